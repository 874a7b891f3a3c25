"""What a table of numbers is: prices, or returns from which prices are made."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

__all__ = ["PRICES", "Kind", "Values"]

Values: TypeAlias = Literal["prices", "simple returns", "log returns"]

FIRST_LEVEL = 100.0
"""Prices made from returns begin here."""

_LARGEST = 600.0
"""Log levels beyond do not fit into a number; only faults lead there."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What numbers are.

    Attributes
    ----------
    values : {"prices", "simple returns", "log returns"}
    percent : bool
        Whether returns are in percent (1.2 is 1.2 %) rather than decimals.
    """

    values: Values = "prices"
    percent: bool = False

    @property
    def noun(self) -> str:
        """One of the numbers, for people."""
        return "price" if self.values == "prices" else "return"

    @property
    def is_returns(self) -> bool:
        return self.values != "prices"

    def log_growth(self, returns: pd.DataFrame) -> pd.DataFrame:
        """Log return of every number; missing where everything is lost, or more."""
        steps = returns / 100 if self.percent else returns
        return steps if self.values == "log returns" else np.log1p(steps.where(steps > -1))

    def of_log_growth(self, growth: float) -> float:
        """The number that stands for this log return, see :meth:`log_growth`."""
        step = growth if self.values == "log returns" else float(np.expm1(growth))
        return 100 * step if self.percent else step

    def prices(self, values: pd.DataFrame) -> pd.DataFrame:
        """Prices of the numbers: themselves, or levels that begin at 100 before the first return of each asset.

        Parameters
        ----------
        values : DataFrame, shape (n_dates, n_assets)
            As a file has them; index: days. Of returns, texts count as missing.

        Returns
        -------
        DataFrame
            Of returns one row more, a step before the first. A missing return leaves a missing level, and the levels
            after it lack what happened on that day: leave such days out of all assets first.
        """
        if not self.is_returns or values.empty:
            return values
        growth = self.log_growth(values.apply(pd.to_numeric, errors="coerce").sort_index())
        levels = FIRST_LEVEL * np.exp(growth.cumsum().clip(-_LARGEST, _LARGEST))
        before = pd.DataFrame(np.nan, index=[_step_before(levels.index)], columns=levels.columns)
        levels = pd.concat([before, levels])
        known = levels.notna().to_numpy()
        first = known.argmax(axis=0)
        for column in np.flatnonzero(known.any(axis=0)):
            levels.iloc[first[column] - 1, column] = FIRST_LEVEL
        return levels.rename_axis(index=values.index.name, columns=values.columns.name)


PRICES = Kind()


def _step_before(dates: pd.Index) -> pd.Timestamp:
    """The day of the price with which the first return began."""
    days = pd.DatetimeIndex(dates[dates.notna()])
    first = days[0]
    usual = float(np.median(np.diff(days.unique().as_unit("s").asi8))) / 86_400 if len(days.unique()) > 1 else 1.0
    if usual >= 26:
        months = pd.DateOffset(months=max(1, round(usual / 30.44)))
        ends = days.is_month_end.mean() > 0.5
        return first - months + pd.offsets.MonthEnd(0) if ends else first - months
    if usual > 4.5:
        return first - pd.Timedelta(days=round(usual))
    return first - pd.Timedelta(days=1) if (days.day_of_week >= 5).any() else first - pd.offsets.BDay(1)
