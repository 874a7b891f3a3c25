"""Filtered historical simulation: the classical rivals that are hard to beat.

A volatility model per asset (``generators.classical.garch``) divides each day's returns by what was expected of them.
Days of these standardized residuals are drawn whole, all assets together, which keeps the dependence between assets of
history, and are multiplied with today's volatility, which goes on from there (Barone-Adesi, Giannopoulos and Vosper
1999, "VaR without correlations for portfolios of derivative securities", Journal of Futures Markets 19).

On GJR-GARCH two restraints keep the fit usable on rough data, where a plain fit ends at persistence 1 and paths
explode: the long-run variance is that of the training days (targeting), and persistence stays at or below
``max_persistence``. In simulation the volatility of an asset stops at ``MAX_VOLATILITY`` times its training volatility,
the same bound as the neural generator's; real markets have stayed below it.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.generators.classical.garch import Ewma, GjrGarch, Variance, fit_gjr
from fingen_core.generators.protocol.checks import (
    position,
    refuse_condition,
    require_counts,
    require_history,
    require_tickers,
)
from fingen_core.market import Market
from fingen_core.types import Array, Paths

__all__ = ["MAX_VOLATILITY", "EwmaHistoricalSimulation", "FilteredHistoricalSimulation", "GarchStates"]

MAX_VOLATILITY = 12.0
"""Bound of simulated volatility, in units of the training volatility."""

MIN_STEPS = 250
_CHUNK = 512  # paths whose working arrays stay in the cache


@dataclass(frozen=True)
class GarchStates:
    """Next-day variances after each day, shape (n_dates, n_assets), in units of the training variances."""

    dates: pd.DatetimeIndex
    variances: Array

    def at(self, date: str | pd.Timestamp) -> Array:
        """Next-day variances after the last close on or before ``date``, shape (n_assets,)."""
        variances: Array = self.variances[position(self.dates, date)]
        return variances

    def each(self, dates: pd.DatetimeIndex) -> Array:
        """Next-day variances after the last close on or before each of several dates, along a leading axis."""
        return self.variances[np.array([position(self.dates, date) for date in dates], dtype=np.intp)]


class _FilteredSimulation(ABC):
    """Residuals of a volatility model per asset, resampled; what the model is, a subclass says."""

    def __init__(self, label: str) -> None:
        self.label = label
        self._tickers: tuple[str, ...] = ()
        self._variance: tuple[Variance, ...] = ()

    @abstractmethod
    def _models(self, market: Market, y: Array) -> tuple[Variance, ...]:
        """Fit one model per column of ``y``: returns with mean 0 and variance 1, shape (n_steps, n_assets)."""

    @property
    def tickers(self) -> tuple[str, ...]:
        return self._tickers

    def fit(self, market: Market) -> Self:
        """Fit each asset's variance and keep its residuals."""
        require_history(self.label, market, MIN_STEPS)
        returns = market.log_returns()
        self._mean, self._sd = returns.mean(axis=0), returns.std(axis=0)
        y = (returns - self._mean) / self._sd
        self._variance = self._models(market, y)
        self._tickers = market.tickers
        variances = self._variances(y)
        self._last = variances[-1]
        residuals = y / np.sqrt(variances[:-1])
        self._residuals = np.ascontiguousarray(residuals - residuals.mean(axis=0), dtype=np.float32)
        columns = zip(self._variance, self._residuals.T, strict=True)
        self._growth = np.stack([model.growth(column) for model, column in columns], axis=1).astype(np.float32)
        return self

    def states(self, history: Market) -> GarchStates:
        """Filter ``history`` from the training variance on; the first days still carry that start."""
        require_tickers(self.label, self._tickers, history.tickers)
        return GarchStates(history.dates, self._variances((history.log_returns() - self._mean) / self._sd))

    def _variances(self, y: Array) -> Array:
        return np.stack([model.variances(column) for model, column in zip(self._variance, y.T, strict=True)], axis=1)

    def sample(
        self,
        n_paths: int,
        n_steps: int,
        *,
        state: Any = None,
        condition: Mapping[str, float] | None = None,
        seed: int,
    ) -> Paths:
        """Draw log returns, shape (n_paths, n_steps, n_assets), from next-day variances, or a row per path."""
        if not self._tickers:
            raise InvalidInput(f"{self.label} that has no history cannot be sampled: call fit first")
        require_counts(n_paths, n_steps)
        refuse_condition(self.label, condition)
        start = np.asarray(self._last if state is None else state, dtype=np.float32)
        several = start.ndim == 2
        if start.shape not in {self._last.shape, (n_paths, *self._last.shape)}:
            raise InvalidInput(f"state of shape {start.shape}: take it from states(...).at(...) of this generator")
        rng = np.random.default_rng(seed)
        days = rng.integers(len(self._residuals), size=(n_steps, n_paths), dtype=np.int32)
        out = np.empty((n_paths, n_steps, len(self._tickers)), dtype=np.float32)
        for first in range(0, n_paths, _CHUNK):
            chunk = slice(first, first + _CHUNK)
            self._roll(start[chunk] if several else start[None], days[:, chunk], out[chunk])
        return out

    def _roll(self, start: Paths, days: Any, out: Paths) -> None:
        """Fill ``out`` with paths whose residuals are those of ``days``.

        As y^2 = h z^2, tomorrow's variance is omega + h * growth, with a growth that belongs to the drawn day.
        """
        omega = np.array([model.omega for model in self._variance], dtype=np.float32)
        mean, sd = self._mean.astype(np.float32), self._sd.astype(np.float32)
        variance = np.array(np.broadcast_to(start, (out.shape[0], out.shape[2])))
        row = np.empty_like(variance)
        for step, day in enumerate(days):
            np.minimum(variance, MAX_VOLATILITY**2, out=variance)
            np.take(self._residuals, day, axis=0, out=row)
            out[:, step] = mean + sd * np.sqrt(variance) * row
            np.take(self._growth, day, axis=0, out=row)
            variance *= row
            variance += omega


class FilteredHistoricalSimulation(_FilteredSimulation):
    """GJR-GARCH volatility per asset, whole days of residuals resampled.

    Parameters
    ----------
    max_persistence : float in (0, 1)
        Upper bound of persistence.

    Raises
    ------
    InvalidInput
        If ``max_persistence`` is not inside (0, 1), a history is too short or flat, or nothing was fitted yet.

    Notes
    -----
    Measured on one core: 19 assets and 5,800 days are fitted in 0.4 s, 1,000 paths of 63 days drawn in 0.01 s (100
    million asset-days per second).
    """

    def __init__(self, max_persistence: float = 0.985) -> None:
        if not 0 < max_persistence < 1:
            raise InvalidInput(f"persistence bound {max_persistence}: choose a value inside (0, 1), for instance 0.985")
        super().__init__("FHS, GJR-GARCH")
        self.max_persistence = max_persistence
        self.models: tuple[GjrGarch, ...] = ()
        self._starts: tuple[GjrGarch, ...] = ()

    def refit(self, market: Market) -> Self:
        """A new simulation with the same settings fitted to ``market``, begun at this one's parameters."""
        fresh = type(self)(self.max_persistence)
        fresh._starts = self.models if self._tickers == market.tickers else ()
        return fresh.fit(market)

    def _models(self, market: Market, y: Array) -> tuple[Variance, ...]:
        starts = self._starts or (None,) * market.n_assets
        self.models = tuple(
            fit_gjr(column, self.max_persistence, start) for column, start in zip(y.T, starts, strict=True)
        )
        return self.models


class EwmaHistoricalSimulation(_FilteredSimulation):
    """Exponentially weighted volatility per asset, whole days of residuals resampled.

    Parameters
    ----------
    decay : float in (0, 1)
        Weight of yesterday's average; 0.94 is that of RiskMetrics for daily returns.

    Raises
    ------
    InvalidInput
        If ``decay`` is not inside (0, 1), a history is too short or flat, or nothing was fitted yet.

    Notes
    -----
    Nothing draws this volatility back to a mean: over a year most paths calm down and a few grow wild, while the mean
    variance stays. It is meant for tomorrow, and judged at long horizons as it is.
    """

    def __init__(self, decay: float = 0.94) -> None:
        if not 0 < decay < 1:
            raise InvalidInput(f"decay {decay}: choose a value inside (0, 1), for instance 0.94")
        super().__init__(f"FHS, EWMA {decay:g}")
        self.decay = decay

    def refit(self, market: Market) -> Self:
        """A new simulation with the same decay fitted to ``market``."""
        return type(self)(self.decay).fit(market)

    def _models(self, market: Market, y: Array) -> tuple[Variance, ...]:  # noqa: ARG002
        return tuple(Ewma.fit(column, self.decay) for column in y.T)
