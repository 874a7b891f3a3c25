"""A path in words: which days, which assets, and how wild and how tied together it was, before and during."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fingen_core.portfolio.values import portfolio_returns
from fingen_core.scenarios.outcomes import correlation
from fingen_core.types import Array

__all__ = ["Story", "mean_correlation", "tell_story", "volatility", "wildness"]

_WORST_DAYS = 3
_CRASH, _SLIDE = 0.75, 0.45
_FEWEST_DAYS = 5  # of a correlation
_AT_ONCE = 1000


@dataclass(frozen=True, kw_only=True)
class Story:
    """What there is to say about one path.

    Attributes
    ----------
    loss : float
        Of the portfolio over all days.
    worst_days : list of (day, change)
        The three worst, in order of time; days count from 1, changes are shares of the wealth at the start.
    concentration : float
        Share of the loss that those days make up; above 1 where others made good for some.
    half_way : int
        Day on which half of the loss was reached for good.
    hardest, mildest : (ticker, return, contribution)
        Contributions are shares of the wealth at the start.
    volatility_before, volatility_during, correlation_before, correlation_during : float
        Volatility of the portfolio a year, mean correlation of the assets; NaN where there are too few days or assets.
    n_before : int
        Days of history that "before" is measured on.
    """

    loss: float
    worst_days: list[tuple[int, float]]
    concentration: float
    half_way: int
    hardest: list[tuple[str, float, float]]
    mildest: tuple[str, float, float]
    volatility_before: float
    volatility_during: float
    correlation_before: float
    correlation_during: float
    n_before: int

    @property
    def kind(self) -> str:
        """ "crash", "slide" or "fall in steps"."""
        if self.concentration >= _CRASH:
            return "crash"
        return "slide" if self.concentration <= _SLIDE else "fall in steps"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Story":
        return cls(
            **{
                **values,
                "worst_days": [(int(day), float(change)) for day, change in values["worst_days"]],
                "hardest": [tuple(one) for one in values["hardest"]],
                "mildest": tuple(values["mildest"]),
            }
        )


def tell_story(path: Array, weights: Array, tickers: Sequence[str], before: Array, *, steps_per_year: float) -> Story:
    """Find out what there is to say.

    Parameters
    ----------
    path : array, shape (n_steps, n_assets)
        Log returns.
    weights : array, shape (n_assets,)
        Bought at the start and held.
    tickers : sequence of str
    before : array, shape (n_before, n_assets)
        Log returns of the days that led up to the start.
    steps_per_year : float
    """
    growth = np.exp(np.cumsum(np.asarray(path, dtype=np.float64), axis=0))
    values = np.concatenate([[1.0], 1 + (growth - 1) @ weights])
    changes, loss = np.diff(values), float(1 - values[-1])
    worst = np.sort(np.argsort(changes, kind="stable")[:_WORST_DAYS])
    above = np.flatnonzero(1 - values[1:] < loss / 2)
    returns = growth[-1] - 1
    contributions = returns * weights
    order = np.argsort(contributions, kind="stable")
    named = [(tickers[i], float(returns[i]), float(contributions[i])) for i in order]
    return Story(
        loss=loss,
        worst_days=[(int(day) + 1, float(changes[day])) for day in worst],
        concentration=float(-changes[worst].sum() / loss) if loss > 0 else float("nan"),
        half_way=int(above[-1]) + 2 if len(above) else 1,
        hardest=named[:3],
        mildest=named[-1],
        volatility_before=volatility(before, weights, steps_per_year),
        volatility_during=volatility(path, weights, steps_per_year),
        correlation_before=mean_correlation(before),
        correlation_during=mean_correlation(path),
        n_before=len(before),
    )


def volatility(log_returns: ArrayLike, weights: Array, steps_per_year: float) -> float:
    """Root mean square of the portfolio's daily returns at constant weights, a year."""
    days = portfolio_returns(log_returns, weights)
    return float(np.sqrt(np.mean(days**2) * steps_per_year)) if len(days) else float("nan")


def mean_correlation(log_returns: ArrayLike) -> float:
    """Mean over all pairs of assets; NaN with fewer than five days or two assets."""
    days = np.asarray(log_returns, dtype=np.float64)
    if len(days) < _FEWEST_DAYS or days.shape[1] < 2:
        return float("nan")
    matrix = correlation(days)
    return float(matrix[np.triu_indices(len(matrix), 1)].mean())


def wildness(log_returns: ArrayLike, weights: Array, steps_per_year: float) -> Array:
    """``volatility`` and ``mean_correlation`` of every path, shape (n_paths, 2).

    All paths at once: a search finds thousands of them.
    """
    paths = np.asarray(log_returns)
    parts = [_wildness(paths[row : row + _AT_ONCE], weights, steps_per_year) for row in range(0, len(paths), _AT_ONCE)]
    return np.concatenate(parts)


def _wildness(paths: Array, weights: Array, steps_per_year: float) -> Array:
    days = np.asarray(paths, dtype=np.float64)
    _, n_steps, n_assets = days.shape
    wild = np.sqrt((portfolio_returns(days, weights) ** 2).mean(axis=1) * steps_per_year)
    if n_steps < _FEWEST_DAYS or n_assets < 2:
        return np.stack([wild, np.full(len(days), np.nan)], axis=1)
    centered = days - days.mean(axis=1, keepdims=True)
    size = np.sqrt((centered**2).sum(axis=1, keepdims=True))
    unit = centered / np.where(size > 0, size, 1)
    # The square of the sum over assets holds every pair twice, and each asset that moves once with itself.
    pairs = (unit.sum(axis=2) ** 2).sum(axis=1) - (size > 0).sum(axis=(1, 2))
    return np.stack([wild, pairs / (n_assets * (n_assets - 1))], axis=1)
