"""What is said of a backtest: return, volatility, Sharpe ratio, drawdown, and where history stands among paths."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from fingen_core.errors import InvalidInput
from fingen_core.metrics.risk import annualized_volatility
from fingen_core.types import Array

__all__ = ["MEASURES", "daily_returns", "luck", "measures", "sharpe_ratio", "worst_share_rows"]

MEASURES = {
    "total": "Return over the horizon",
    "yearly": "Return a year",
    "volatility": "Volatility a year",
    "sharpe": "Sharpe ratio",
    "drawdown": "Deepest drawdown",
}
"""Columns of ``measures`` with their names for people; all are decimals, the Sharpe ratio a plain number."""


def daily_returns(wealth: ArrayLike) -> Array:
    """Simple return of each day, shape (n_paths, n_steps); 0 once everything is lost."""
    values = _wealth(wealth)
    before = values[:, :-1]
    return np.where(before > 0, values[:, 1:] / np.where(before > 0, before, 1) - 1, 0.0)


def sharpe_ratio(returns: ArrayLike, steps_per_year: float, *, axis: int = -1) -> Array:
    """Mean over standard deviation (of a sample: n - 1) of returns, a year.

    Interest is not taken off, for all rules alike. Returns that never move have a ratio of 0.
    """
    values = np.asarray(returns, dtype=np.float64)
    if values.shape[axis] < 2:
        raise InvalidInput(f"{values.shape[axis]} returns: a Sharpe ratio needs two")
    mean, spread = values.mean(axis=axis), values.std(axis=axis, ddof=1)
    moves = spread > 1e-12
    return np.asarray(np.where(moves, mean / np.where(moves, spread, 1), 0.0) * np.sqrt(steps_per_year))


def measures(wealth: ArrayLike, steps_per_year: float) -> pd.DataFrame:
    """One row for each path, columns ``MEASURES``.

    Parameters
    ----------
    wealth : array, shape (n_paths, n_steps + 1)
        The first value is the capital before the first trade, so that costs of buying count.
    steps_per_year : float
    """
    values = _wealth(wealth)
    returns = daily_returns(values)
    total = values[:, -1] / values[:, 0] - 1
    years = returns.shape[1] / steps_per_year
    high = np.maximum.accumulate(values, axis=1)
    return pd.DataFrame(
        {
            "total": total,
            "yearly": (1 + total) ** (1 / years) - 1,
            "volatility": annualized_volatility(returns, steps_per_year, axis=1),
            "sharpe": sharpe_ratio(returns, steps_per_year),
            "drawdown": (1 - values / high).max(axis=1),
        }
    )


def luck(outcome: float, generated: ArrayLike) -> float:
    """Share of generated outcomes below one that happened, ties counted half: 0.5 is neither lucky nor unlucky."""
    values = np.asarray(generated, dtype=np.float64)
    if not values.size or not np.isfinite(values).all() or not np.isfinite(outcome):
        raise InvalidInput("a rank among outcomes needs at least one, all of them finite")
    return float(((values < outcome) + 0.5 * (values == outcome)).mean())


def worst_share_rows(values: ArrayLike, share: float) -> NDArray[np.intp]:
    """Rows of the worst ``share`` of outcomes, worst first, at least one."""
    outcomes = np.asarray(values, dtype=np.float64)
    if not 0 < share <= 1:
        raise InvalidInput(f"share of {share}: choose a value above 0 and up to 1, for instance 0.1")
    n_rows = max(1, round(len(outcomes) * share))
    return np.argsort(outcomes, kind="stable")[:n_rows]


def _wealth(wealth: ArrayLike) -> Array:
    values = np.atleast_2d(np.asarray(wealth, dtype=np.float64))
    if values.ndim != 2 or values.shape[1] < 3:
        raise InvalidInput(f"wealth of shape {values.shape}: need (n_paths, n_steps + 1) with at least two steps")
    if not np.isfinite(values).all() or (values[:, 0] <= 0).any():
        raise InvalidInput("wealth must be finite and start above 0: check the rule and the paths")
    return values
