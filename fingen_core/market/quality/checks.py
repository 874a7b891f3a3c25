"""The checks of the quality report, in their order; each takes prices and returns findings."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from fingen_core.market.quality.remedies import (
    Action,
    Finding,
    Remedy,
    apply_remedy,
    count,
    day_text,
    numbers,
    percent,
    positive,
    years,
)
from fingen_core.types import Array

__all__ = ["CHECKS", "MIN_DATES", "span", "too_short"]

MIN_DATES = 250
"""A year of trading days: below it neither volatility nor correlation can be estimated."""

STALE_SHARE, STALE_WINDOW, STALE_RUN = 0.25, 500, 15
"""Too many days without any change: this share within two years, or this many days in a row."""

JUMP_UP, JUMP_DOWN, MANY_JUMPS = 0.5, -0.45, 10
"""Simple returns beyond these are shown, so many per column; a forgotten 2:1 split may fall a little short of half."""

MANY_WRONG = 0.05
"""A column with a larger share of text or impossible prices goes as a whole."""

PREFERENCE = 1.1
"""Columns are given up for dates only if that keeps so many times more prices."""

FEW_LEVELS, COARSE_STEP = 40, 0.25
"""Fewer distinct prices in a year, or a smallest step larger than this share of a daily move, is coarse rounding."""

LONG_GAP, HOLE_IN_TIME = 10, 30
"""Calendar days without any price: beyond the first they are mentioned, beyond the second history is cut there."""

ENOUGH_DATES = 1000
"""Four years: the newest stretch of a broken history is kept if it is so long, since scenarios set out from its end."""


# -- checks of the table's form: after them it holds floats over unique, increasing dates ---------------------------


def _repeated_tickers(prices: pd.DataFrame) -> list[Finding]:
    twice = list(dict.fromkeys(str(name) for name in prices.columns[prices.columns.duplicated()]))
    if not twice:
        return []
    return [
        Finding(
            severity="error",
            kind="duplicates",
            ticker=twice[0],
            text=f"{', '.join(twice)} appears more than once as a column name: only the first can be kept.",
            remedy=Remedy(action="drop repeated column", label=f"keep the first {', '.join(twice)}"),
        )
    ]


def _undated(prices: pd.DataFrame) -> list[Finding]:
    missing = int(prices.index.isna().sum())
    if not missing:
        return []
    return [
        Finding(
            severity="error",
            kind="dates",
            text=f"{count(missing, 'row')} without a date: a price without its day cannot be placed.",
            remedy=Remedy(action="drop undated rows", label=f"drop {count(missing, 'row')} without a date"),
        )
    ]


def _repeated_dates(prices: pd.DataFrame) -> list[Finding]:
    repeated = prices.index[prices.index.duplicated()].unique()
    if not len(repeated):
        return []
    text = f"{count(len(repeated), 'date')} appear more than once, the first {day_text(repeated[0])}."
    if len(repeated) == 1:
        text = f"The date {day_text(repeated[0])} appears more than once."
    return [
        Finding(
            severity="error",
            kind="duplicates",
            text=f"{text} Only one price per day can be right.",
            remedy=Remedy(action="keep last of each date", label="keep the last row of each date"),
        )
    ]


def _unsorted(prices: pd.DataFrame) -> list[Finding]:
    if prices.index.is_monotonic_increasing:
        return []
    return [
        Finding(
            severity="info",
            kind="dates",
            text="The dates do not run from old to new.",
            remedy=Remedy(action="sort dates", label="sort by date"),
        )
    ]


def _text(prices: pd.DataFrame) -> list[Finding]:
    findings = []
    for ticker in prices.columns:
        column = prices[ticker]
        if pd.api.types.is_float_dtype(column.dtype):
            continue
        wrong = column.notna() & numbers(column).isna()
        day = wrong.index[int(np.argmax(wrong.to_numpy()))]
        text = (
            f"{ticker} holds text instead of a price on {count(int(wrong.sum()), 'date')}, first "
            f'"{str(column[day])[:20]}" on {day_text(day)}.'
        )
        remedy = _without_cells(prices, str(ticker), wrong, "numbers only")
        findings.append(Finding(severity="error", kind="text", ticker=str(ticker), text=text, remedy=remedy))
    return findings


def _not_positive(prices: pd.DataFrame) -> list[Finding]:
    findings = []
    for ticker in prices.columns:
        column = prices[ticker]
        wrong = column.notna() & positive(column).isna()
        if wrong.any():
            day = wrong.index[int(np.argmax(wrong.to_numpy()))]
            text = (
                f"{ticker} is zero, negative or infinite on {count(int(wrong.sum()), 'date')}, first {column[day]:g} "
                f"on {day_text(day)}; a log return needs positive prices."
            )
            remedy = _without_cells(prices, str(ticker), wrong, "positive only")
            findings.append(
                Finding(severity="error", kind="non-positive", ticker=str(ticker), text=text, remedy=remedy)
            )
    return findings


def _without_cells(prices: pd.DataFrame, ticker: str, wrong: pd.Series, action: Action) -> Remedy:
    """Leave the wrong cells empty, or drop the column when too many of them are wrong."""
    if wrong.mean() > MANY_WRONG and prices.shape[1] > 1:
        return _drop(ticker)
    return Remedy(action=action, label=f"leave {count(int(wrong.sum()), 'price')} of {ticker} out", ticker=ticker)


# -- checks of coverage: after them nothing is missing ---------------------------------------------------------------


def _empty_columns(prices: pd.DataFrame) -> list[Finding]:
    return [
        Finding(
            severity="error",
            kind="empty",
            ticker=str(ticker),
            text=f"{ticker} has no usable price at all.",
            remedy=_drop(str(ticker)),
        )
        for ticker in prices.columns[prices.isna().all()]
    ]


def _late_starts(prices: pd.DataFrame) -> list[Finding]:
    first = pd.Series({ticker: prices[ticker].first_valid_index() for ticker in prices.columns})
    late, cut = _keep_most(first, lambda day: int((prices.index >= day).sum()))
    return _coverage(first, late, cut, prices.index[0], start=True)


def _early_ends(prices: pd.DataFrame) -> list[Finding]:
    last = pd.Series({ticker: prices[ticker].last_valid_index() for ticker in prices.columns})
    early, cut = _keep_most(last, lambda day: int((prices.index <= day).sum()), latest=False)
    return _coverage(last, early, cut, prices.index[-1], start=False)


def _keep_most(
    edges: pd.Series, length: Callable[[pd.Timestamp], int], *, latest: bool = True
) -> tuple[list[str], pd.Timestamp]:
    """Which columns to give up, and where to cut, so that the most prices remain (but a year, if there is one)."""

    def kept(day: pd.Timestamp) -> pd.Series:
        return edges <= day if latest else edges >= day

    def worth(day: pd.Timestamp) -> tuple[bool, float]:
        everything = PREFERENCE if kept(day).all() else 1.0
        return length(day) >= MIN_DATES, everything * int(kept(day).sum()) * length(day)

    cut = max(sorted(edges.unique(), reverse=latest), key=worth)
    return [str(ticker) for ticker in edges.index[~kept(cut)]], cut


def _coverage(
    edges: pd.Series, lost: list[str], cut: pd.Timestamp, outer: pd.Timestamp, *, start: bool
) -> list[Finding]:
    verb, kind = ("begins", "late start") if start else ("ends", "early end")
    findings = [
        Finding(
            severity="warning",
            kind=kind,
            ticker=ticker,
            text=f"{ticker} {verb} on {day_text(edges[ticker])}: keeping it would cost every other asset "
            f"{years(abs(edges[ticker] - cut))} of history.",
            remedy=_drop(ticker),
        )
        for ticker in lost
    ]
    if cut != outer:
        ticker = str(edges.index[edges == cut][0])
        side = "before" if start else "after"
        findings.append(
            Finding(
                severity="warning",
                kind=kind,
                ticker=ticker,
                text=f"{ticker} {verb} on {day_text(cut)}: the {years(abs(cut - outer))} {side} it are not common "
                "to all assets.",
                remedy=Remedy(
                    action="cut start" if start else "cut end",
                    label=f"{'start' if start else 'end'} on {day_text(cut)}",
                    dates=(cut,),
                ),
            )
        )
    return findings


def _holey_columns(prices: pd.DataFrame) -> list[Finding]:
    """Columns to give up because the dates they lack are worth more to the others."""
    share = prices.isna().mean().sort_values(kind="stable")
    holes = prices[share.index].isna().to_numpy()
    complete = len(prices) - np.logical_or.accumulate(holes, axis=1).sum(axis=0)
    worth = complete * np.arange(1, len(share) + 1) * np.where(complete >= MIN_DATES, 1.0, 1e-9)
    worth[-1] *= PREFERENCE
    return [
        Finding(
            severity="error",
            kind="gaps",
            ticker=str(ticker),
            text=f"{ticker} has no price on {percent(share[ticker])} of the dates: keeping it would cost all others "
            "those days.",
            remedy=_drop(str(ticker)),
        )
        for ticker in share.index[int(np.argmax(worth)) + 1 :]
    ]


def _holes(prices: pd.DataFrame) -> list[Finding]:
    missing = prices.isna()
    lost = int(missing.any(axis=1).sum())
    if not lost:
        return []
    by_ticker = missing.sum().sort_values(ascending=False)
    worst, most = str(by_ticker.index[0]), int(by_ticker.iloc[0])
    first = missing.index[int(np.argmax(missing.any(axis=1).to_numpy()))]
    return [
        Finding(
            severity="warning" if lost > 0.02 * len(prices) else "info",
            kind="gaps",
            ticker=worst,
            text=f"On {count(lost, 'date')} ({percent(lost / len(prices))}) some price is missing, first "
            f"{day_text(first)}, mostly {worst} ({most:,}): other holidays or holes. Filling them would invent "
            "calm days.",
            remedy=Remedy(action="common dates", label=f"leave out {count(lost, 'date')} not common to all assets"),
        )
    ]


# -- checks of the values ----------------------------------------------------------------------------------------------


def _long_gaps(prices: pd.DataFrame) -> list[Finding]:
    """Days without any price: a step across them is not one day."""
    steps = np.diff(prices.index.to_numpy()).astype("timedelta64[D]").astype(int)
    if not len(steps):
        return []
    usual = float(np.median(steps))
    if usual > 4:
        return [
            Finding(
                severity="warning",
                kind="frequency",
                text=f"Prices are {usual:.0f} days apart: every step of a scenario means {usual:.0f} days, not one.",
            )
        ]
    findings = [_gap(prices, int(row), int(steps[row])) for row in np.flatnonzero(steps > LONG_GAP)[:10]]
    return findings + _best_stretch(prices, np.flatnonzero(steps > HOLE_IN_TIME))


def _gap(prices: pd.DataFrame, row: int, days: int) -> Finding:
    before, after = day_text(prices.index[row]), day_text(prices.index[row + 1])
    text = f"No prices at all for {days} days between {before} and {after}."
    return Finding(severity="info", kind="gaps", text=text)


def _best_stretch(prices: pd.DataFrame, breaks: np.ndarray) -> list[Finding]:
    if not len(breaks):
        return []
    starts, ends = np.append(0, breaks + 1), np.append(breaks, len(prices) - 1)
    enough = np.flatnonzero(ends - starts >= ENOUGH_DATES)
    best = int(enough[-1]) if len(enough) else int(np.argmax(ends - starts))
    first, last = prices.index[starts[best]], prices.index[ends[best]]
    remedies = []
    if starts[best] > 0:
        remedies.append(Remedy(action="cut start", label=f"start on {day_text(first)}", dates=(first,)))
    if ends[best] < len(prices) - 1:
        remedies.append(Remedy(action="cut end", label=f"end on {day_text(last)}", dates=(last,)))
    newer = len(prices) - 1 - int(ends[best])
    what = "the newest stretch that is long enough" if len(enough) else "the longest stretch"
    text = (
        f"History is broken by {count(len(breaks), 'gap')} of more than {HOLE_IN_TIME} days; {what} is "
        f"{day_text(first)} to {day_text(last)}."
    )
    if newer:
        text += (
            f" What is newer ({count(newer, 'date')}) is too little to learn from, so scenarios would set out from "
            f"{day_text(last)}."
        )
    return [Finding(severity="error", kind="gaps", text=text, remedy=remedy) for remedy in remedies]


def _each_column(prices: pd.DataFrame, check: Callable[[pd.DataFrame, str], list[Finding]]) -> list[Finding]:
    """Findings of ``check`` for one column after the other, each seeing what the remedies before it left."""
    findings: list[Finding] = []
    for ticker in list(prices.columns):
        for finding in check(prices, str(ticker)):
            findings.append(finding)
            if finding.remedy:
                prices = apply_remedy(prices, finding.remedy)
    return findings


def _stale(prices: pd.DataFrame) -> list[Finding]:
    return _each_column(prices, _stale_column)


def _stale_column(prices: pd.DataFrame, ticker: str) -> list[Finding]:
    same = np.diff(prices[ticker].to_numpy()) == 0
    if not same.any():
        return []
    window = min(STALE_WINDOW, len(same))
    share = _moving_mean(same, window)
    longest, end = _longest_run(same)
    at = int(np.argmax(share))
    until = day_text(prices.index[at + window])
    if share.max() > STALE_SHARE:
        text = (
            f"{ticker} did not move on {percent(same.mean())} of all days, and on {percent(share.max())} of the "
            f"{window} days to {until}: its prices are rounded or filled, and volatility fits break on them."
        )
        last_bad = int(np.flatnonzero(share > STALE_SHARE)[-1]) + window
    elif longest >= STALE_RUN:
        text = (
            f"{ticker} did not move for {longest} days in a row to {day_text(prices.index[end])}: halted, delisted or "
            "filled, not calm."
        )
        last_bad = end
    elif share.max() > STALE_SHARE * 0.8:
        text = f"{ticker} did not move on {percent(share.max())} of the {window} days to {until}: still usable."
        return [Finding(severity="info", kind="stale", ticker=ticker, text=text)]
    else:
        return []
    remedy = _drop_or_cut(prices, ticker, last_bad)
    return [Finding(severity="error", kind="stale", ticker=ticker, text=text, remedy=remedy)]


def _moving_mean(values: np.ndarray, window: int) -> Array:
    total = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    means: Array = (total[window:] - total[:-window]) / window
    return means


def _longest_run(flags: np.ndarray) -> tuple[int, int]:
    """Length of the longest run of true values, and the row of the price it ends with."""
    row = np.arange(1, len(flags) + 1)
    run = row - np.maximum.accumulate(np.where(flags, 0, row))
    end = int(np.argmax(run))
    return int(run[end]), end + 1


def _jumps(prices: pd.DataFrame) -> list[Finding]:
    return _each_column(prices, _jumps_of_column)


def _jumps_of_column(prices: pd.DataFrame, ticker: str) -> list[Finding]:
    """Every jump that can stay, and the first that cannot: the others are looked at again without it."""
    values = prices[ticker].to_numpy()
    moves = values[1:] / values[:-1] - 1
    findings = []
    for row in np.flatnonzero((moves > JUMP_UP) | (moves < JUMP_DOWN))[:MANY_JUMPS]:
        findings.append(_jump(prices, ticker, int(row), moves))
        if findings[-1].remedy:
            return findings[-1:]
    return findings


def _jump(prices: pd.DataFrame, ticker: str, row: int, moves: Array) -> Finding:
    values = prices[ticker].to_numpy()
    day, move = prices.index[row + 1], f"{100 * moves[row]:+.1f} %".replace("-", "−")
    says = f"{ticker} moved {move} on {day_text(day)}"
    if row + 2 < len(values) and abs(values[row + 2] / values[row] - 1) < 0.2:
        return Finding(
            severity="error",
            kind="jumps",
            ticker=ticker,
            text=f"{says} and came back the next day: a wrong price, not a crash.",
            remedy=Remedy(action="drop dates", label=f"leave {day_text(day)} out", dates=(day,)),
        )
    ratio = _split_ratio(values[row] / values[row + 1])
    if ratio:
        return Finding(
            severity="error",
            kind="jumps",
            ticker=ticker,
            text=f"{says} and stayed there: a {ratio} split that the prices were not adjusted for.",
            remedy=_drop_or_cut(prices, ticker, row),
        )
    return Finding(
        severity="warning",
        kind="jumps",
        ticker=ticker,
        text=f"{says} and stayed there: check that this is news, not a split. It is kept.",
    )


def _split_ratio(ratio: float) -> str:
    """Name of the split that explains a price ratio to within 2 %, such as "4:1"; empty if none does."""
    for new in (2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 30, 50, 100):
        if abs(ratio / new - 1) < 0.02:
            return f"{new}:1"
        if abs(ratio * new - 1) < 0.02:
            return f"1:{new}"
    return ""


def _coarse(prices: pd.DataFrame) -> list[Finding]:
    findings = []
    for ticker in prices.columns:
        year, levels, step = _coarsest_year(prices[ticker])
        if levels < FEW_LEVELS:
            text = f"{ticker} took only {levels} different prices in the year from {day_text(year)}: coarse rounding."
            findings.append(Finding(severity="warning", kind="rounding", ticker=str(ticker), text=text))
        elif step > COARSE_STEP:
            text = (
                f"{ticker}'s prices move in steps of {percent(step)} of a usual daily move in the year from "
                f"{day_text(year)}: small returns there are rounding."
            )
            findings.append(Finding(severity="info", kind="rounding", ticker=str(ticker), text=text))
    return findings


def _coarsest_year(column: pd.Series) -> tuple[pd.Timestamp, int, float]:
    """Start of the year with the coarsest rounding, its number of distinct prices, its smallest step over the sd."""
    values, worst = column.to_numpy(), (column.index[0], MIN_DATES, 0.0)
    for row in range(0, len(values) - MIN_DATES + 1, MIN_DATES):
        year = values[row : row + MIN_DATES]
        levels, spread = np.unique(year), float(np.std(np.diff(year)))
        step = float(np.min(np.diff(levels))) / spread if len(levels) > 1 and spread > 0 else np.inf
        if step > worst[2]:
            worst = (column.index[row], len(levels), step)
    return worst


def _twins(prices: pd.DataFrame) -> list[Finding]:
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
                remedy=_drop(one) if same else None,
            )
        )
    return findings


def too_short(prices: pd.DataFrame) -> list[Finding]:
    if prices.shape[1] == 0:
        text = "No asset is left: every column has a problem that only dropping it would mend."
    elif len(prices) < MIN_DATES:
        text = (
            f"Only {count(len(prices), 'date')} common to {count(prices.shape[1], 'asset')}, but at least "
            f"{MIN_DATES} are needed: choose an earlier start, or leave out the assets with the shortest history."
        )
    else:
        return []
    return [Finding(severity="error", kind="span", text=text)]


def span(prices: pd.DataFrame) -> Finding:
    if prices.empty:
        return Finding(severity="info", kind="span", text="Nothing is left to describe.")
    first, last = prices.index[0], prices.index[-1]
    text = (
        f"{count(prices.shape[1], 'asset')} over {count(len(prices), 'common date')}, "
        f"{day_text(first)} to {day_text(last)} ({years(last - first)})."
    )
    return Finding(severity="info", kind="span", text=text)


# -- remedies


def _drop(ticker: str) -> Remedy:
    return Remedy(action="drop column", label=f"drop {ticker}", ticker=ticker)


def _drop_or_cut(prices: pd.DataFrame, ticker: str, last_bad: int) -> Remedy:
    """Give up the column, or all dates up to row ``last_bad``: whichever costs fewer prices and leaves a year."""
    rows, columns = prices.shape
    left = rows - last_bad - 1
    if left >= MIN_DATES and (columns == 1 or (last_bad + 1) * columns < rows):
        day = prices.index[last_bad + 1]
        return Remedy(action="cut start", label=f"start on {day_text(day)}", dates=(day,))
    return _drop(ticker)


CHECKS: tuple[Callable[[pd.DataFrame], list[Finding]], ...] = (
    _repeated_tickers,
    _undated,
    _repeated_dates,
    _unsorted,
    _text,
    _not_positive,
    _empty_columns,
    _late_starts,
    _early_ends,
    _holey_columns,
    _holes,
    _long_gaps,
    _stale,
    _jumps,
    _twins,
    _coarse,
)
