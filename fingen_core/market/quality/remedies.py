"""What can be wrong with a table of prices, and the small changes that mend it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

__all__ = [
    "Action",
    "Finding",
    "Remedy",
    "Severity",
    "apply_remedy",
    "count",
    "day_text",
    "numbers",
    "percent",
    "positive",
    "tidy",
    "years",
]

Severity: TypeAlias = Literal["info", "warning", "error"]
Action: TypeAlias = Literal[
    "drop column",
    "drop repeated column",
    "drop undated rows",
    "keep last of each date",
    "sort dates",
    "numbers only",
    "positive only",
    "cut start",
    "cut end",
    "drop dates",
    "common dates",
]


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """One change to a table of prices, small enough to be described in a few words.

    Attributes
    ----------
    action : Action
        What to do.
    label : str
        The same for people: "drop RRC", "start on 2004-08-19".
    ticker : str
        The column concerned; empty when it is about dates.
    dates : tuple of Timestamp
        The first date kept ("cut start"), the last one kept ("cut end") or the dates dropped ("drop dates").
    """

    action: Action
    label: str
    ticker: str = ""
    dates: tuple[pd.Timestamp, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that a person should know about these prices; ``ticker`` is empty when it concerns all of them."""

    severity: Severity
    kind: str
    text: str
    ticker: str = ""
    remedy: Remedy | None = None


def tidy(prices: pd.DataFrame) -> pd.DataFrame:
    """The same table with dates as index, text as column names and floats where nothing is lost by it."""
    prices = prices.copy()
    index = pd.to_datetime(prices.index, errors="coerce")
    prices.index = pd.DatetimeIndex(index.tz_localize(None) if index.tz is not None else index, name="date")
    prices.columns = pd.Index([str(name) for name in prices.columns], name="ticker")
    columns = [_tidy_column(prices.iloc[:, place]) for place in range(prices.shape[1])]
    return pd.concat(columns, axis=1) if columns else prices


def _tidy_column(column: pd.Series) -> pd.Series:
    values = numbers(column)
    return column if (column.notna() & values.isna()).any() else values


def apply_remedy(prices: pd.DataFrame, remedy: Remedy) -> pd.DataFrame:
    """Change a copy of ``prices`` as the remedy says; what it names may already be gone."""
    return _ACTIONS[remedy.action](prices, remedy)


_ACTIONS: dict[Action, Callable[[pd.DataFrame, Remedy], pd.DataFrame]] = {
    "drop column": lambda prices, remedy: prices.drop(columns=remedy.ticker, errors="ignore"),
    "drop repeated column": lambda prices, _: prices.loc[:, ~prices.columns.duplicated()],
    "drop undated rows": lambda prices, _: prices[prices.index.notna()],
    "keep last of each date": lambda prices, _: prices[~prices.index.duplicated(keep="last")],
    "sort dates": lambda prices, _: prices.sort_index(),
    "numbers only": lambda prices, remedy: _with_column(prices, remedy.ticker, numbers(prices[remedy.ticker])),
    "positive only": lambda prices, remedy: _with_column(prices, remedy.ticker, positive(prices[remedy.ticker])),
    "cut start": lambda prices, remedy: prices[prices.index >= remedy.dates[0]],
    "cut end": lambda prices, remedy: prices[prices.index <= remedy.dates[0]],
    "drop dates": lambda prices, remedy: prices[~prices.index.isin(remedy.dates)],
    "common dates": lambda prices, _: prices.dropna(how="any"),
}


def _with_column(prices: pd.DataFrame, ticker: str, values: pd.Series) -> pd.DataFrame:
    return prices.assign(**{ticker: values}) if ticker in prices.columns else prices


def numbers(column: pd.Series) -> pd.Series:
    return pd.to_numeric(column, errors="coerce").astype(np.float64)


def positive(column: pd.Series) -> pd.Series:
    return column.where(np.isfinite(column) & (column > 0))


# -- words


def day_text(day: pd.Timestamp) -> str:
    return f"{pd.Timestamp(day):%Y-%m-%d}"


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def years(span: pd.Timedelta) -> str:
    days = span.days
    return f"{days / 365.25:.1f} years" if days >= 365 else count(days, "day")
