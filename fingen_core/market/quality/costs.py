"""What a remedy gives up, in words: years of history, and the crises in them."""

import pandas as pd

from fingen_core.market.crises import crises_between
from fingen_core.market.quality.remedies import Remedy, count, day_text, years

__all__ = ["cut_end", "cut_start", "dates_lost", "drop_costing", "span_lost"]

_NAMED = 3


def span_lost(first: pd.Timestamp, last: pd.Timestamp) -> str:
    """The time from ``first`` to ``last`` and the crises in it: "2.6 years with Lehman and Flash crash"."""
    names = [crisis.name for crisis in crises_between(first, last)]
    with_crises = f" with {_joined(names)}" if names else ""
    return f"{years(last - first)}{with_crises}"


def dates_lost(number: int, of: int) -> str:
    return f"{number:,} of {count(of, 'date')}"


def cut_start(dates: pd.DatetimeIndex, row: int, label: str = "") -> Remedy:
    """Keep the dates from ``row`` on."""
    lost = f"gives up {dates_lost(row, len(dates))}: {span_lost(dates[0], dates[row])}"
    return Remedy(action="cut start", label=label or f"start on {day_text(dates[row])}", dates=(dates[row],), cost=lost)


def cut_end(dates: pd.DatetimeIndex, row: int, label: str = "") -> Remedy:
    """Keep the dates up to ``row``."""
    lost = f"gives up {dates_lost(len(dates) - 1 - row, len(dates))}: {span_lost(dates[row], dates[-1])}"
    return Remedy(action="cut end", label=label or f"end on {day_text(dates[row])}", dates=(dates[row],), cost=lost)


def drop_costing(values: pd.DataFrame, ticker: str, noun: str) -> Remedy:
    """Give up a column."""
    lost = f"gives up {count(int(values[ticker].count()), noun)} of {ticker}"
    return Remedy(action="drop column", label=f"drop {ticker}", ticker=ticker, cost=lost)


def _joined(names: list[str]) -> str:
    if len(names) > _NAMED:
        return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more crises"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
