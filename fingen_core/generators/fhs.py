"""Filtered historical simulation on GJR-GARCH: the classical rival that is hard to beat.

Each asset's variance follows Glosten, Jagannathan and Runkle (1993), "On the relation between the expected value and
the volatility of the nominal excess return on stocks", Journal of Finance 48, here in units of the training variance::

    y_t = (r_t - mu) / sd = sqrt(h_t) z_t
    h_{t+1} = omega + (a_up [z_t > 0] + a_down [z_t <= 0]) y_t^2 + beta h_t

In the usual notation alpha = a_up and gamma = a_down - a_up. Days of standardized residuals z are drawn whole, all
assets together, which keeps the dependence between assets of history (Barone-Adesi, Giannopoulos and Vosper 1999, "VaR
without correlations for portfolios of derivative securities", Journal of Futures Markets 19).

Two restraints keep the fit usable on rough data, where a plain fit ends at persistence 1 and paths explode: omega is
tied to the training variance (targeting), and persistence stays at or below ``max_persistence``. In simulation the
volatility of an asset stops at ``MAX_VOLATILITY`` times its training volatility, the same bound as the neural
generator's; real markets have stayed below it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.signal import lfilter

from fingen_core.errors import InvalidInput
from fingen_core.generators.checks import position, refuse_condition, require_counts, require_tickers
from fingen_core.market import Market
from fingen_core.types import Array, Paths

__all__ = ["MAX_VOLATILITY", "FilteredHistoricalSimulation", "GarchStates", "GjrGarch", "fit_gjr"]

MAX_VOLATILITY = 12.0
"""Bound of simulated volatility, in units of the training volatility."""

MIN_STEPS = 250
_CHUNK = 512  # paths whose working arrays stay in the cache


@dataclass(frozen=True, kw_only=True)
class GjrGarch:
    """Variance dynamics of one asset with unit variance.

    Attributes
    ----------
    up, down, beta : float
        Weights of a squared rise, a squared fall and yesterday's variance; none negative.
    rise, fall : float
        Mean square of the residuals above and below zero, about a half each.
    """

    up: float
    down: float
    beta: float
    rise: float = 0.5
    fall: float = 0.5

    @property
    def persistence(self) -> float:
        """Share of a variance shock that is left a day later, on average."""
        return self.up * self.rise + self.down * self.fall + self.beta

    @property
    def omega(self) -> float:
        """The constant that makes the long-run variance 1."""
        return 1 - self.persistence

    def variances(self, y: Array) -> Array:
        """Variance of each day and of the one after the last: shape (n_steps + 1,), the first is 1."""
        impact = np.where(y > 0, self.up, self.down) * y**2 + self.omega
        later: Array = lfilter([1.0], [1.0, -self.beta], impact, zi=[self.beta])[0]
        return np.append(1.0, later)


@dataclass(frozen=True)
class GarchStates:
    """Next-day variances after each day, shape (n_dates, n_assets), in units of the training variances."""

    dates: pd.DatetimeIndex
    variances: Array

    def at(self, date: str | pd.Timestamp) -> Array:
        """Next-day variances after the last close on or before ``date``, shape (n_assets,)."""
        variances: Array = self.variances[position(self.dates, date)]
        return variances


class FilteredHistoricalSimulation:
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

    label = "FHS, GJR-GARCH"

    def __init__(self, max_persistence: float = 0.985) -> None:
        if not 0 < max_persistence < 1:
            raise InvalidInput(f"persistence bound {max_persistence}: choose a value inside (0, 1), for instance 0.985")
        self.max_persistence = max_persistence
        self.models: tuple[GjrGarch, ...] = ()
        self._tickers: tuple[str, ...] = ()

    @property
    def tickers(self) -> tuple[str, ...]:
        return self._tickers

    def fit(self, market: Market) -> Self:
        """Fit each asset's variance by Gaussian quasi-likelihood and keep its residuals."""
        return self._fit(market, (None,) * market.n_assets)

    def refit(self, market: Market) -> Self:
        """A new simulation with the same settings fitted to ``market``, begun at this one's parameters."""
        fresh = type(self)(self.max_persistence)
        known = self._tickers == market.tickers
        return fresh._fit(market, self.models if known else (None,) * market.n_assets)

    def _fit(self, market: Market, starts: tuple[GjrGarch | None, ...]) -> Self:
        returns = market.log_returns()
        _refuse_unusable(market, returns)
        self._tickers = market.tickers
        self._mean, self._sd = returns.mean(axis=0), returns.std(axis=0)
        y = (returns - self._mean) / self._sd
        self.models = tuple(
            fit_gjr(column, self.max_persistence, start) for column, start in zip(y.T, starts, strict=True)
        )
        variances = self._variances(y)
        self._last = variances[-1]
        residuals = y / np.sqrt(variances[:-1])
        self._residuals = np.ascontiguousarray(residuals - residuals.mean(axis=0), dtype=np.float32)
        self._growth = self._growths()
        return self

    def _variances(self, y: Array) -> Array:
        return np.stack([model.variances(column) for model, column in zip(self.models, y.T, strict=True)], axis=1)

    def states(self, history: Market) -> GarchStates:
        """Filter ``history`` from the training variance on; the first days still carry that start."""
        require_tickers(self.label, self._tickers, history.tickers)
        return GarchStates(history.dates, self._variances((history.log_returns() - self._mean) / self._sd))

    def sample(
        self,
        n_paths: int,
        n_steps: int,
        *,
        state: Any = None,
        condition: Mapping[str, float] | None = None,
        seed: int,
    ) -> Paths:
        """Draw log returns, shape (n_paths, n_steps, n_assets), from next-day variances ``state``."""
        if not self.models:
            raise InvalidInput(f"{self.label} that has no history cannot be sampled: call fit first")
        require_counts(n_paths, n_steps)
        refuse_condition(self.label, condition)
        start = np.asarray(self._last if state is None else state, dtype=np.float32)
        if start.shape != self._last.shape:
            raise InvalidInput(f"state of shape {start.shape}: take it from states(...).at(...) of this generator")
        rng = np.random.default_rng(seed)
        days = rng.integers(len(self._residuals), size=(n_steps, n_paths), dtype=np.int32)
        out = np.empty((n_paths, n_steps, len(self._tickers)), dtype=np.float32)
        for first in range(0, n_paths, _CHUNK):
            self._roll(start, days[:, first : first + _CHUNK], out[first : first + _CHUNK])
        return out

    def _roll(self, start: Paths, days: Any, out: Paths) -> None:
        """Fill ``out`` with paths whose residuals are those of ``days``.

        As y^2 = h z^2, tomorrow's variance is omega + h * growth, with a growth that belongs to the drawn day.
        """
        omega = np.array([model.omega for model in self.models], dtype=np.float32)
        mean, sd = self._mean.astype(np.float32), self._sd.astype(np.float32)
        variance = np.repeat(start[None], out.shape[0], axis=0)
        row = np.empty_like(variance)
        for step, day in enumerate(days):
            np.minimum(variance, MAX_VOLATILITY**2, out=variance)
            np.take(self._residuals, day, axis=0, out=row)
            out[:, step] = mean + sd * np.sqrt(variance) * row
            np.take(self._growth, day, axis=0, out=row)
            variance *= row
            variance += omega

    def _growths(self) -> Paths:
        up, down, beta = (
            np.array([getattr(model, name) for model in self.models], dtype=np.float32)
            for name in ("up", "down", "beta")
        )
        return np.where(self._residuals > 0, up, down) * self._residuals**2 + beta


def fit_gjr(y: Array, max_persistence: float = 0.985, start: GjrGarch | None = None) -> GjrGarch:
    """Gaussian quasi-likelihood fit of one asset's variance, long-run variance 1 by construction.

    Parameters
    ----------
    y : array, shape (n_steps,)
        Returns with mean 0 and variance 1.
    max_persistence : float
        Upper bound of persistence.
    start : GjrGarch, optional
        Where to begin.

    Notes
    -----
    Persistence is ``max_persistence`` times a logistic function and its shares are a softmax, so no step of the
    optimizer can leave the region. Two rounds: the second uses the measured mean squares of rises and falls.
    """
    squares_up, squares_down = np.where(y > 0, y**2, 0.0)[:-1], np.where(y > 0, 0.0, y**2)[:-1]
    squares = y**2
    model = start or GjrGarch(up=0.04, down=0.12, beta=0.88)

    def loss(point: Array, rise: float, fall: float) -> float:
        up, down, beta = _weights(point, rise, fall, max_persistence)
        impact = up * squares_up + down * squares_down + (1 - up * rise - down * fall - beta)
        later, _ = lfilter([1.0], [1.0, -beta], impact, zi=[beta])
        return float(np.log(later).mean() + (squares[1:] / later).mean())

    for _ in range(2):
        rise, fall = model.rise, model.fall
        best = minimize(loss, _point(model, max_persistence), args=(rise, fall), method="L-BFGS-B").x
        up, down, beta = _weights(best, rise, fall, max_persistence)
        model = GjrGarch(up=up, down=down, beta=beta, rise=rise, fall=fall)
        z = y / np.sqrt(model.variances(y)[:-1])
        model = _measured(model, z, max_persistence)
    return model


def _measured(model: GjrGarch, z: Array, max_persistence: float) -> GjrGarch:
    """The same dynamics with the mean squares of the residuals ``z``, shrunk where that would pass the bound."""
    z = z - z.mean()
    rise, fall = float((z[z > 0] ** 2).sum() / len(z)), float((z[z <= 0] ** 2).sum() / len(z))
    shrink = min(1.0, (max_persistence - model.beta) / (model.up * rise + model.down * fall))
    return GjrGarch(up=model.up * shrink, down=model.down * shrink, beta=model.beta, rise=rise, fall=fall)


def _weights(point: Array, rise: float, fall: float, max_persistence: float) -> tuple[float, float, float]:
    """(up, down, beta) from three free numbers."""
    persistence = max_persistence / (1 + np.exp(-point[0]))
    shares = np.exp(np.array([point[1], point[2], 0.0]))
    shares *= persistence / shares.sum()
    return float(shares[0] / rise), float(shares[1] / fall), float(shares[2])


def _point(model: GjrGarch, max_persistence: float) -> Array:
    """The three free numbers of a model, inverse of ``_weights``, kept off the rim where gradients vanish."""
    beta = max(model.beta, 1e-3)
    ratio = min(model.persistence / max_persistence, 0.99)
    up, down = max(model.up * model.rise, 1e-3), max(model.down * model.fall, 1e-3)
    return np.array([np.log(ratio / (1 - ratio)), np.log(up / beta), np.log(down / beta)])


def _refuse_unusable(market: Market, returns: Array) -> None:
    if len(returns) < MIN_STEPS:
        raise InvalidInput(
            f"{len(returns)} returns between {market.dates[0]:%Y-%m-%d} and {market.dates[-1]:%Y-%m-%d}, but a "
            f"GARCH fit needs {MIN_STEPS}: choose an earlier start"
        )
    flat = [ticker for ticker, sd in zip(market.tickers, returns.std(axis=0), strict=True) if sd < 1e-10]
    if flat:
        raise InvalidInput(f"the price of {', '.join(flat)} never moves: drop it from the market")
