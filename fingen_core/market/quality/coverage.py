"""Which assets have a number on which days: after these checks nothing is missing."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from fingen_core.market.quality.costs import cut_end, cut_start, dates_lost, drop_costing
from fingen_core.market.quality.look import Check, Look, drop
from fingen_core.market.quality.remedies import Finding, Remedy, count, day_text, percent, years

__all__ = ["COVERAGE"]

_Flags: TypeAlias = npt.NDArray[np.bool_]

PREFERENCE = 1.1
"""Columns are given up for dates only if that keeps so many times more numbers."""


def _empty_columns(values: pd.DataFrame, look: Look) -> list[Finding]:
    return [
        Finding(
            severity="error",
            kind="empty",
            ticker=str(ticker),
            text=f"{ticker} has no usable {look.kind.noun} at all.",
            remedy=drop(str(ticker)),
        )
        for ticker in values.columns[values.isna().all()]
    ]


# -- when assets begin and end -----------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, kw_only=True)
class _Window:
    """The days that are kept, as rows, and the assets that have numbers from their first to their last.

    Attributes
    ----------
    first, last : array, shape (n_assets,)
        Rows of the first and the last number of each asset.
    start, end : int
        First and last row kept.
    refused : array, shape (n_assets,)
        Whether somebody chose to do without the asset.
    """

    values: pd.DataFrame
    look: Look
    first: npt.NDArray[np.intp]
    last: npt.NDArray[np.intp]
    refused: _Flags
    start: int
    end: int

    @property
    def dates(self) -> pd.DatetimeIndex:
        return pd.DatetimeIndex(self.values.index)

    @property
    def kept(self) -> _Flags:
        inside: _Flags = (self.first <= self.start) & (self.last >= self.end) & ~self.refused
        return inside

    def day(self, row: int) -> str:
        return day_text(self.dates[row])

    def without(self, ticker: str) -> Remedy:
        return drop_costing(self.values, ticker, self.look.kind.noun)

    def names(self, which: _Flags) -> list[str]:
        return [str(name) for name in self.values.columns[which]]


def _edges(values: pd.DataFrame, look: Look) -> list[Finding]:
    """Assets that begin late or end early, or have no day in common with the others."""
    window = _best_window(values, look)
    lost = [_lost(window, int(place)) for place in np.flatnonzero(~window.kept)]
    return lost + _cuts(window)


def _best_window(values: pd.DataFrame, look: Look) -> _Window:
    """The days and assets that keep the most numbers (but enough days, if there are), as far as nobody chose."""
    known = values.notna().to_numpy()
    first = known.argmax(axis=0)
    last = len(values) - 1 - known[::-1].argmax(axis=0)
    wanted, refused = _chosen(values, look)
    if refused.all():
        refused = np.zeros(len(first), bool)
    candidates = ~refused
    starts, ends = np.unique(first[candidates])[::-1], np.unique(last[candidates])
    table = np.zeros((len(starts), len(ends)), int)
    np.add.at(
        table,
        (len(starts) - 1 - np.searchsorted(starts[::-1], first[candidates]), np.searchsorted(ends, last[candidates])),
        1,
    )
    assets = table[::-1].cumsum(axis=0)[::-1][:, ::-1].cumsum(axis=1)[:, ::-1]
    length = np.maximum(ends[None, :] - starts[:, None] + 1, 0)
    worth = assets * length * np.where(assets == candidates.sum(), PREFERENCE, 1.0)
    worth = np.where(length >= look.least, worth, worth * 1e-9)
    allowed = (starts[:, None] >= first[wanted].max(initial=0)) & (
        ends[None, :] <= last[wanted].min(initial=len(values))
    )
    if (allowed & (worth > 0)).any():
        worth = np.where(allowed, worth, 0.0)
    row, column = np.unravel_index(int(np.argmax(worth)), worth.shape)
    start, end = int(starts[row]), int(ends[column])
    return _Window(values=values, look=look, first=first, last=last, refused=refused, start=start, end=end)


def _chosen(values: pd.DataFrame, look: Look) -> tuple[_Flags, _Flags]:
    """Which assets somebody wants to keep whatever it costs, and which nobody wants."""
    wanted, refused = np.zeros(values.shape[1], bool), np.zeros(values.shape[1], bool)
    for place, ticker in enumerate(values.columns):
        for kind in ("late start", "early end", "disjoint"):
            choice = look.choices.get(f"{kind} {ticker}", "")
            wanted[place] |= choice in ("cut start", "cut end")
            refused[place] |= choice == "drop column"
    return wanted, refused


def _lost(window: _Window, place: int) -> Finding:
    """Why an asset goes, and what it would cost to keep it."""
    first, last = int(window.first[place]), int(window.last[place])
    if (window.kept & ((window.first > last) | (window.last < first))).any():
        return _disjoint(window, place)
    if first > window.start or f"late start {window.values.columns[place]}" in window.look.choices:
        return _late(window, place)
    return _early(window, place)


def _disjoint(window: _Window, place: int) -> Finding:
    ticker, first, last = str(window.values.columns[place]), int(window.first[place]), int(window.last[place])
    before = window.kept & (window.first > last)
    others = window.names(before if before.any() else window.kept & (window.last < first))
    other = list(window.values.columns).index(others[0])
    begins, ends = window.day(int(window.first[other])), window.day(int(window.last[other]))
    instead = f"keep {ticker}, give up {_few(others)}"
    if before.any():
        text = f"{ticker} ends on {window.day(last)} before {others[0]} begins on {begins}"
        keep_it = Remedy(action="cut end", label=instead, dates=(window.dates[last],))
    else:
        text = f"{ticker} begins on {window.day(first)} after {others[0]} ends on {ends}"
        keep_it = Remedy(action="cut start", label=instead, dates=(window.dates[first],))
    more = f" (and {count(len(others) - 1, 'more asset')})" if len(others) > 1 else ""
    text += f"{more}: no day is common to them. Without {ticker} the most {window.look.kind.noun}s are kept."
    return window.look.ask("error", "disjoint", text, (window.without(ticker), keep_it), ticker=ticker)


def _late(window: _Window, place: int) -> Finding:
    ticker, first = str(window.values.columns[place]), int(window.first[place])
    text = f"{ticker} begins on {window.day(first)}" + _cost(window.dates[first] - window.dates[window.start])
    options = (window.without(ticker), _keeping(cut_start(window.dates, first), ticker))
    return window.look.ask("warning", "late start", text, options, ticker=ticker)


def _early(window: _Window, place: int) -> Finding:
    ticker, last = str(window.values.columns[place]), int(window.last[place])
    text = f"{ticker} ends on {window.day(last)}" + _cost(window.dates[window.end] - window.dates[last])
    options = (window.without(ticker), _keeping(cut_end(window.dates, last), ticker))
    return window.look.ask("warning", "early end", text, options, ticker=ticker)


def _cost(span: pd.Timedelta) -> str:
    """What keeping an asset costs; nothing where it was left out by choice."""
    return f": keeping it would cost every other asset {years(span)} of history." if span.days > 0 else "."


def _keeping(cut: Remedy, ticker: str) -> Remedy:
    return Remedy(action=cut.action, label=f"keep {ticker}, {cut.label}", dates=cut.dates, cost=cut.cost)


def _cuts(window: _Window) -> list[Finding]:
    """Where history is cut for those that begin last and end first among the kept."""
    dates, start, end, findings = window.dates, window.start, window.end, []
    if start > 0:
        ticker = window.names(window.kept & (window.first == start))[0]
        side = f"begins on {window.day(start)}: the {years(dates[start] - dates[0])} before it"
        findings.append(_cut(window, "late start", f"{ticker} {side}", ticker))
    if end < len(dates) - 1:
        ticker = window.names(window.kept & (window.last == end))[0]
        side = f"ends on {window.day(end)}: the {years(dates[-1] - dates[end])} after it"
        findings.append(_cut(window, "early end", f"{ticker} {side}", ticker))
    return findings


def _cut(window: _Window, kind: str, text: str, ticker: str) -> Finding:
    late = kind == "late start"
    cut = cut_start(window.dates, window.start) if late else cut_end(window.dates, window.end)
    options = (cut, window.without(ticker)) if window.kept.sum() > 1 else (cut,)
    return window.look.ask("warning", kind, f"{text} are not common to all assets.", options, ticker=ticker)


def _few(names: list[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


# -- holes in between --------------------------------------------------------------------------------------------------


def _holey_columns(values: pd.DataFrame, look: Look) -> list[Finding]:
    """Columns to give up because the dates they lack are worth more to the others."""
    share = values.isna().mean().sort_values(kind="stable")
    holes = values[share.index].isna().to_numpy()
    complete = len(values) - np.logical_or.accumulate(holes, axis=1).sum(axis=0)
    worth = complete * np.arange(1, len(share) + 1) * np.where(complete >= look.least, 1.0, 1e-9)
    worth[-1] *= PREFERENCE
    return [
        look.ask(
            "error",
            "gaps",
            f"{ticker} has no {look.kind.noun} on {percent(share[ticker])} of the dates: keeping it would cost all "
            "others those days.",
            (
                drop_costing(values, str(ticker), look.kind.noun),
                Remedy(
                    action="keep",
                    label=f"keep {ticker} and leave its missing dates out",
                    cost=f"gives up {dates_lost(int(values[ticker].isna().sum()), len(values))}",
                ),
            ),
            ticker=str(ticker),
        )
        for ticker in share.index[int(np.argmax(worth)) + 1 :]
    ]


def _holes(values: pd.DataFrame, look: Look) -> list[Finding]:
    missing = values.isna()
    lost = int(missing.any(axis=1).sum())
    if not lost:
        return []
    by_ticker = missing.sum().sort_values(ascending=False)
    worst, most = str(by_ticker.index[0]), int(by_ticker.iloc[0])
    first = missing.index[int(np.argmax(missing.any(axis=1).to_numpy()))]
    why = "Filling them would invent calm days."
    if look.kind.is_returns:
        why = "They stay missing: such days are left out for all, before returns are compounded."
    return [
        Finding(
            severity="warning" if lost > 0.02 * len(values) else "info",
            kind="gaps",
            ticker=worst,
            text=f"On {count(lost, 'date')} ({percent(lost / len(values))}) some {look.kind.noun} is missing, first "
            f"{day_text(first)}, mostly {worst} ({most:,}): other holidays or holes. {why}",
            remedy=Remedy(action="common dates", label=f"leave out {count(lost, 'date')} not common to all assets"),
        )
    ]


COVERAGE: tuple[Check, ...] = (_empty_columns, _edges, _holey_columns, _holes)
