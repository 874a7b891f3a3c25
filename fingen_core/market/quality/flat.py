"""Prices that do not move, that move in steps, or that move as another's do."""

import numpy as np
import pandas as pd

from fingen_core.market.quality.costs import cut_start, drop_costing
from fingen_core.market.quality.look import Check, Look, drop, each_column
from fingen_core.market.quality.remedies import Finding, Remedy, day_text, percent
from fingen_core.types import Array

__all__ = ["FLAT", "ROUNDED", "drop_or_cut"]

STALE_SHARE, _STALE_YEARS = 0.25, 2
"""Too many steps without any change: this share within so many years."""

FEW_LEVELS, COARSE_STEP = 40, 0.25
"""Fewer distinct prices in a year, or a smallest step larger than this share of a usual move, is coarse rounding."""


def _stale(prices: pd.DataFrame, look: Look) -> list[Finding]:
    return each_column(prices, look, _stale_column)


def _stale_column(prices: pd.DataFrame, ticker: str, look: Look) -> list[Finding]:
    same = np.diff(prices[ticker].to_numpy()) == 0
    if not same.any():
        return []
    window = min(max(_STALE_YEARS * look.year - 4, 100), len(same))
    share = _moving_mean(same, window)
    longest, end = _longest_run(same)
    at = int(np.argmax(share))
    until, nouns = day_text(prices.index[at + window]), look.step.nouns
    if share.max() > STALE_SHARE:
        text = (
            f"{ticker} did not move on {percent(same.mean())} of all {nouns}, and on {percent(share.max())} of the "
            f"{window} {nouns} to {until}: its prices are rounded or filled, and volatility fits break on them."
        )
        last_bad = int(np.flatnonzero(share > STALE_SHARE)[-1]) + window
    elif longest >= look.flat_run:
        text = (
            f"{ticker} did not move for {longest} {nouns} in a row to {day_text(prices.index[end])}: halted, delisted "
            "or filled, not calm."
        )
        return [_one_stretch(prices, ticker, text, (end - longest, end), look)]
    elif share.max() > STALE_SHARE * 0.8:
        text = f"{ticker} did not move on {percent(share.max())} of the {window} {nouns} to {until}: still usable."
        return [Finding(severity="info", kind="stale", ticker=ticker, text=text)]
    else:
        return []
    return [look.ask("error", "stale", text, drop_or_cut(prices, ticker, last_bad, look), ticker=ticker)]


def _one_stretch(prices: pd.DataFrame, ticker: str, text: str, rows: tuple[int, int], look: Look) -> Finding:
    """One flat stretch can also be left out, if that leaves no hole in time."""
    dates, (first, last) = pd.DatetimeIndex(prices.index), rows
    options = drop_or_cut(prices, ticker, last, look)
    inside = last < len(dates) - 1 and (dates[last + 1] - dates[first]).days <= look.hole
    if inside:
        out = tuple(pd.Timestamp(day) for day in dates[first + 1 : last + 1])
        label = f"leave {day_text(out[0])} to {day_text(out[-1])} out"
        cost = f"gives up {len(out)} dates of all; the step across them is not one {look.step.noun}"
        options = (*options, Remedy(action="drop dates", label=label, dates=out, cost=cost))
    return look.ask("error", "stale", text, options, ticker=ticker, day=pd.Timestamp(dates[last]))


def drop_or_cut(prices: pd.DataFrame, ticker: str, last_bad: int, look: Look) -> tuple[Remedy, ...]:
    """Give up the column, or all dates up to row ``last_bad``; what costs fewer prices (and leaves a year) first."""
    rows, columns = prices.shape
    left = rows - last_bad - 1
    if left < look.least:
        return (drop_costing(prices, ticker, look.kind.noun),) if columns > 1 else (drop(ticker),)
    cut = cut_start(pd.DatetimeIndex(prices.index), last_bad + 1)
    if columns == 1:
        return (cut,)
    dropped = drop_costing(prices, ticker, look.kind.noun)
    return (cut, dropped) if (last_bad + 1) * columns < rows else (dropped, cut)


def _moving_mean(values: Array, window: int) -> Array:
    total = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    means: Array = (total[window:] - total[:-window]) / window
    return means


def _longest_run(flags: Array) -> tuple[int, int]:
    """Length of the longest run of true values, and the row of the price it ends with."""
    row = np.arange(1, len(flags) + 1)
    run = row - np.maximum.accumulate(np.where(flags, 0, row))
    end = int(np.argmax(run))
    return int(run[end]), end + 1


def _coarse(prices: pd.DataFrame, look: Look) -> list[Finding]:
    if look.kind.is_returns or look.step.unit not in ("day", "week"):  # levels made from returns are not rounded
        return []
    findings = []
    for ticker in prices.columns:
        year, levels, step = _coarsest_year(prices[ticker], look.year)
        if levels < min(FEW_LEVELS, look.year // 2):
            text = f"{ticker} took only {levels} different prices in the year from {day_text(year)}: coarse rounding."
            findings.append(Finding(severity="warning", kind="rounding", ticker=str(ticker), text=text))
        elif step > COARSE_STEP and look.step.unit == "day":
            text = (
                f"{ticker}'s prices move in steps of {percent(step)} of a usual daily move in the year from "
                f"{day_text(year)}: small returns there are rounding."
            )
            findings.append(Finding(severity="info", kind="rounding", ticker=str(ticker), text=text))
    return findings


def _coarsest_year(column: pd.Series, n: int) -> tuple[pd.Timestamp, int, float]:
    """Start of the year with the coarsest rounding, its number of distinct prices, its smallest step over the sd."""
    values, worst = column.to_numpy(), (column.index[0], n, 0.0)
    for row in range(0, len(values) - n + 1, n):
        year = values[row : row + n]
        levels, spread = np.unique(year), float(np.std(np.diff(year)))
        step = float(np.min(np.diff(levels))) / spread if len(levels) > 1 and spread > 0 else np.inf
        if step > worst[2]:
            worst = (column.index[row], len(levels), step)
    return worst


def _twins(prices: pd.DataFrame, look: Look) -> list[Finding]:  # noqa: ARG001 (as every check)
    """Columns that say the same thing twice: a model would see an asset of double weight, with correlation one."""
    if prices.shape[1] < 2 or len(prices) < 3:
        return []
    moves = np.diff(np.log(prices.to_numpy()), axis=0)
    spread = moves.std(axis=0)
    scaled = (moves - moves.mean(axis=0)) / np.where(spread > 0, spread, np.inf)
    correlation = np.tril(scaled.T @ scaled / len(moves), -1)
    findings, gone = [], set()
    for later, earlier in np.argwhere(correlation > 0.99):
        if later in gone or earlier in gone:
            continue
        one, other = str(prices.columns[later]), str(prices.columns[earlier])
        same = correlation[later, earlier] > 0.999999
        if same:
            gone.add(later)
        text = f"{one} is {other} again" if same else f"{one} and {other} move almost as one"
        findings.append(
            Finding(
                severity="error" if same else "info",
                kind="duplicates",
                ticker=one,
                text=f"{text}: correlation of returns {correlation[later, earlier]:.4f}.",
                remedy=drop(one) if same else None,
            )
        )
    return findings


FLAT: tuple[Check, ...] = (_stale,)
ROUNDED: tuple[Check, ...] = (_twins, _coarse)
