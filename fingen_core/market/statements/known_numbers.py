"""What was known of a company on a day: size, leverage and profitability from the newest statement out by then.

Statements carry the day on which their period ended, not the day on which they came out, and a model that read them on
the former would look ahead. By the field's convention a statement counts as known only some time after its period has
ended (``Delay``): 90 days for a year, 60 for a quarter, unless somebody says otherwise. Before the first known one, and
where an item is missing, a number is NaN: missing, which is never the same as zero.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.market.statements import Statements
from fingen_core.market.statements.periods import of_a_year, per_year, period_end
from fingen_core.types import Array

__all__ = ["NUMBERS", "SILENT_AFTER", "Delay", "known", "mixed_sizes", "panel", "undated"]

NUMBERS: Mapping[str, str] = MappingProxyType(
    {
        "size": "Logarithm of total assets, in millions",
        "leverage": "Total debt / total assets",
        "profitability": "Net income of four quarters or one year / total assets",
    }
)
"""The numbers that a company can be asked for, in the order of the last axis, with their definitions."""

SILENT_AFTER = 550
"""Days after a period's end from which it is too old: the next year would be known after 365 and the delay."""


@dataclass(frozen=True, kw_only=True)
class Delay:
    """Days from the end of a period to the day from which its statement counts as known.

    Raises
    ------
    InvalidInput
        If one lies outside 30 to 365: no company reports sooner, and who reports later is not heard of.
    """

    annual: int = 90
    quarterly: int = 60

    def __post_init__(self) -> None:
        for name, days in (("annual", self.annual), ("quarterly", self.quarterly)):
            if not 30 <= days <= 365:
                raise InvalidInput(f"{name} statements known after {days} days: choose 30 to 365, 90 and 60 are usual")


def undated(statements: Statements) -> tuple[str, ...]:
    """Periods whose names say no day, so that nobody knows since when they were known."""
    return tuple(name for name in statements.table.columns if period_end(name) is None)


def known(statements: Statements, dates: pd.DatetimeIndex, delay: Delay | None = None) -> Array:
    """Numbers of one company as they were known on the evening of each date.

    Returns
    -------
    array, shape (n_dates, 3)
        In the order of ``NUMBERS``; NaN where a number was not known.
    """
    table = _dated(statements)
    out = np.full((len(dates), len(NUMBERS)), np.nan)
    if not len(table):
        return out
    periods = per_year(table.index, statements.table.columns)
    days = (delay or Delay()).quarterly if periods == 4 else (delay or Delay()).annual
    numbers = _numbers(table, periods)
    rows = (table.index + pd.Timedelta(days=days)).searchsorted(dates, side="right") - 1
    age = dates - table.index[np.maximum(rows, 0)]
    told = (rows >= 0) & (age <= pd.Timedelta(days=SILENT_AFTER))
    out[told] = numbers[rows[told]]
    return out


def mixed_sizes(statements: Mapping[str, Statements]) -> str:
    """What to know of sizes where statements count in several currencies; empty where they do not."""
    codes = sorted({one.currency for one in statements.values() if one.currency})
    if len(codes) < 2:
        return ""
    return (
        f"Total assets are in {', '.join(codes)} and are not converted: sizes of these companies do not compare, so "
        "do not ask by size; leverage and profitability are shares and do compare"
    )


def panel(
    found: Mapping[str, Statements], tickers: Sequence[str], dates: pd.DatetimeIndex, delay: Delay | None = None
) -> Array:
    """Numbers of several companies, shape (n_dates, n_companies, 3); NaN throughout for those without statements."""
    nothing = np.full((len(dates), len(NUMBERS)), np.nan)
    columns = [known(found[ticker], dates, delay) if ticker in found else nothing for ticker in tickers]
    return np.stack(columns, axis=1)


def _dated(statements: Statements) -> pd.DataFrame:
    """Items by the day on which their period ended, the oldest first; the first of two of the same day."""
    ends = [period_end(name) for name in statements.table.columns]
    dated = statements.table.loc[:, [end is not None for end in ends]].T
    dated.index = pd.DatetimeIndex([end for end in ends if end is not None])
    return dated[~dated.index.duplicated()].sort_index()


def _numbers(table: pd.DataFrame, periods: int) -> Array:
    """Numbers of each period, (n_periods, 3), of which so many make a year.

    Income of a quarter or a half is that of the year which it ends, or missing.
    """
    assets = table["Total assets"].where(table["Total assets"] > 0)
    income = table["Net income"]
    if periods > 1:
        income = pd.Series([of_a_year(income, end, periods) for end in income.index], income.index, dtype=np.float64)
    columns = [np.log(assets), table["Total debt"] / assets, income / assets]
    return np.column_stack([column.to_numpy(dtype=np.float64) for column in columns])
