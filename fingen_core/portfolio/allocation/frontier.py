"""The efficient frontier, and how little of it is known: the same frontier from resampled scenarios."""

import importlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linprog

from fingen_core.errors import InvalidInput
from fingen_core.metrics.resampling import block_days
from fingen_core.metrics.risk import annualized_volatility
from fingen_core.portfolio.allocation.limits import Limits
from fingen_core.types import Array

__all__ = ["Frontier", "frontier"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Frontier:
    """Portfolios of least variance for rising mean returns.

    Attributes
    ----------
    weights : array, shape (n_points, n_assets)
    volatility, mean : array, shape (n_points,)
        Over the scenarios, a year, decimals.
    resampled_weights : array, shape (n_resamples, n_points, n_assets)
        The same from resampled scenarios.
    resampled_volatility, resampled_mean : array, shape (n_resamples, n_points)
        What these portfolios would have over the scenarios as they are: never better than the frontier.
    claimed_volatility, claimed_mean : array, shape (n_resamples, n_points)
        What each resampled frontier says of itself.
    """

    weights: Array
    volatility: Array
    mean: Array
    resampled_weights: Array
    resampled_volatility: Array
    resampled_mean: Array
    claimed_volatility: Array
    claimed_mean: Array


def frontier(
    returns: ArrayLike,
    limits: Limits,
    *,
    per_year: float,
    n_points: int = 8,
    n_resamples: int = 15,
    mean_block: float = 1,
    seed: int = 0,
) -> Frontier:
    """Frontier of scenarios, and those of resampled scenarios.

    Parameters
    ----------
    returns : array, shape (n_scenarios, n_assets)
        Simple returns over the horizon.
    limits : Limits
    per_year : float
        Number of horizons in a year.
    n_points, n_resamples : int
    mean_block : float
        Mean length of the blocks drawn together: 1 for independent scenarios; overlapping windows of a history need at
        least as many as overlap.
    seed : int

    Notes
    -----
    Resampling after Michaud (1998), "Efficient asset management": portfolios of the same rank on each resampled
    frontier belong together. The quadratic programs are set up once and solved again with other numbers.
    """
    values = np.asarray(returns, dtype=np.float64)
    if values.ndim != 2 or len(values) <= values.shape[1]:
        raise InvalidInput(f"returns of shape {values.shape}: a frontier needs more scenarios than assets")
    limits.check(values.shape[1])
    solver = _Solver(values.shape[1], limits)
    rng = np.random.default_rng(seed)
    found = solver.points(values, n_points)
    rows = block_days(len(values), n_resamples, len(values), mean_block, rng)
    resampled = np.array([solver.points(values[picked], n_points) for picked in rows])
    claimed = [_moments(weights, values[picked], per_year) for weights, picked in zip(resampled, rows, strict=True)]
    volatility, mean = _moments(found, values, per_year)
    held = [_moments(weights, values, per_year) for weights in resampled]
    return Frontier(
        weights=found,
        volatility=volatility,
        mean=mean,
        resampled_weights=resampled,
        resampled_volatility=np.array([one[0] for one in held]),
        resampled_mean=np.array([one[1] for one in held]),
        claimed_volatility=np.array([one[0] for one in claimed]),
        claimed_mean=np.array([one[1] for one in claimed]),
    )


def _moments(weights: Array, values: Array, per_year: float) -> tuple[Array, Array]:
    outcomes = values @ weights.T
    return annualized_volatility(outcomes, per_year), outcomes.mean(axis=0) * per_year


class _Solver:
    """Least variance for a mean return, as one parametrized program."""

    def __init__(self, n_assets: int, limits: Limits) -> None:
        cp: Any = importlib.import_module("cvxpy")  # takes a second, so only when it is needed

        self._weights = cp.Variable(n_assets)
        self._root, self._mean = cp.Parameter((n_assets, n_assets)), cp.Parameter(n_assets)
        self._target = cp.Parameter()
        allowed = [
            self._weights.sum() == 1,
            self._weights >= limits.lowest,
            self._weights <= limits.highest,
        ]
        self._rows, self._bounds = limits.inequalities(n_assets)
        if len(self._rows):
            allowed.append(self._rows @ self._weights <= self._bounds)
        risk = cp.sum_squares(self._root @ self._weights)
        self._least = cp.Problem(cp.Minimize(risk), allowed)
        self._at_mean = cp.Problem(cp.Minimize(risk), [*allowed, self._mean @ self._weights >= self._target])
        self._limits = limits

    def points(self, values: Array, n_points: int) -> Array:
        """Weights along the frontier of a sample, shape (n_points, n_assets)."""
        scale = values.std()
        mean, covariance = values.mean(axis=0) / scale, np.cov(values, rowvar=False) / scale**2
        size, vectors = np.linalg.eigh(covariance)
        self._root.value = (vectors * np.sqrt(np.maximum(size, 0))).T
        self._mean.value = mean
        first = self._solve(self._least)
        lowest, highest = float(mean @ first), self._highest(mean)
        targets = np.linspace(lowest, highest - 1e-6 * max(highest - lowest, 1e-6), n_points)
        found = [first]
        for target in targets[1:]:
            self._target.value = target
            found.append(self._solve(self._at_mean))
        return np.array(found)

    def _solve(self, problem: object) -> Array:
        problem.solve(solver="CLARABEL")  # type: ignore[attr-defined]
        if self._weights.value is None:
            raise InvalidInput("no weights lie on this frontier: widen the limits")
        weights = np.clip(np.asarray(self._weights.value, dtype=np.float64), 0, None)
        return np.asarray(weights / weights.sum())

    def _highest(self, mean: Array) -> float:
        """Largest mean within the limits."""
        found = linprog(
            -mean,
            A_ub=self._rows if len(self._rows) else None,
            b_ub=self._bounds if len(self._rows) else None,
            A_eq=np.ones((1, len(mean))),
            b_eq=[1.0],
            bounds=(self._limits.lowest, self._limits.highest),
        )
        if found.x is None:
            raise InvalidInput("no weights keep to these limits: widen them")
        return float(mean @ found.x)
