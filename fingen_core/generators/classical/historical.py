"""Historical simulation: tomorrow is one of the last days, each as likely as the other.

The plainest way to value at risk. Whole rows of all assets are drawn with replacement from a window of the days
known at the evening of the state, so the dependence between assets on one day is that of the window. The window moves
with the state: after the end of the fit it takes in the days that have come, which is all that this generator learns
about today. Days are drawn independently, so paths of several days know no clusters.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.generators.protocol.checks import (
    position,
    refuse_condition,
    require_counts,
    require_history,
    require_tickers,
)
from fingen_core.market import Market
from fingen_core.types import Paths

__all__ = ["HistoricalSimulation", "WindowStates"]

BEGINNING = 250
"""Days that the shortest window holds: in the first year of the known days it looks ahead to the end of that year."""


@dataclass(frozen=True, eq=False)
class WindowStates:
    """Windows of the returns known after each day.

    Attributes
    ----------
    dates : DatetimeIndex
        The days after whose close each window ends.
    rows : array, shape (n_known, n_assets)
        All known log returns, the oldest first; those before the first of ``dates`` are the fit's.
    n_before : int
        How many of them lie before the first return of the history.
    window : int or None
        Length of a window; ``None`` goes back to the first known day.
    """

    dates: pd.DatetimeIndex
    rows: Paths
    n_before: int
    window: int | None

    def at(self, date: str | pd.Timestamp) -> Paths:
        """Returns of the window that ends with the last close on or before ``date``, shape (n_days, n_assets)."""
        end = max(self.n_before + position(self.dates, date), min(BEGINNING, len(self.rows)))
        return self.rows[_first(end, self.window) : end]


class HistoricalSimulation:
    """Single days drawn from a moving window.

    Parameters
    ----------
    window : int, optional
        Length in days, at least 250; all known days by default.

    Raises
    ------
    InvalidInput
        If the window is shorter than 250 days, the history of the fit is shorter than the window (or than 250 days),
        or when sampled before it was fitted.
    """

    def __init__(self, window: int | None = None) -> None:
        if window is not None and window < BEGINNING:
            raise InvalidInput(
                f"window of {window} days: a 1 % tail needs at least {BEGINNING}, choose for instance 500 or all days"
            )
        self.window = window
        self.label = "Historical simulation, " + ("all days" if window is None else f"{window} days")
        self._tickers: tuple[str, ...] = ()
        self._rows: Paths | None = None

    @property
    def tickers(self) -> tuple[str, ...]:
        return self._tickers

    def fit(self, market: Market) -> Self:
        """Remember the days of ``market``."""
        require_history(self.label, market, self.window or BEGINNING)
        self._tickers = market.tickers
        self._dates = market.return_dates
        self._rows = np.ascontiguousarray(market.log_returns(), dtype=np.float32)
        return self

    def refit(self, market: Market) -> Self:
        """A new simulation with the same window that knows the days of ``market``."""
        return type(self)(self.window).fit(market)

    def states(self, history: Market) -> WindowStates:
        """Windows over ``history``, with the fit's days before its first return put in front."""
        require_tickers(self.label, self._tickers, history.tickers)
        rows = np.asarray(history.log_returns(), dtype=np.float32)
        if self._rows is None:
            return WindowStates(history.dates, rows, 0, self.window)
        before = self._rows[self._dates <= history.dates[0]]
        return WindowStates(history.dates, np.concatenate([before, rows]), len(before), self.window)

    def sample(
        self,
        n_paths: int,
        n_steps: int,
        *,
        state: Any = None,
        condition: Mapping[str, float] | None = None,
        seed: int,
    ) -> Paths:
        """Draw log returns, shape (n_paths, n_steps, n_assets), from the window ``state``."""
        if self._rows is None:
            raise InvalidInput(f"{self.label} that has no history cannot be sampled: call fit first")
        require_counts(n_paths, n_steps)
        refuse_condition(self.label, condition)
        rows = self._rows[_first(len(self._rows), self.window) :] if state is None else state
        if np.ndim(rows) != 2 or np.shape(rows)[1] != len(self._tickers) or len(rows) == 0:
            raise InvalidInput(
                f"state of shape {np.shape(rows)}: take it from states(...).at(...) of this generator, which gives "
                f"(n_days, {len(self._tickers)})"
            )
        days = np.random.default_rng(seed).integers(len(rows), size=(n_paths, n_steps), dtype=np.int32)
        return np.take(np.asarray(rows, dtype=np.float32), days, axis=0)


def _first(end: int, window: int | None) -> int:
    return 0 if window is None else max(0, end - window)
