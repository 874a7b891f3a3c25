"""A monotone map per asset between standardized residuals and Gaussian scores.

Inside the 5 % and 95 % quantiles the map follows the sample; beyond them a generalized Pareto tail, fitted to the
exceedances, goes on past the worst day in history, which resampling cannot. The map is a table over a fixed grid of
Gaussian scores, so that applying it is one look-up and one linear interpolation, and its inverse is exact.

Reference: McNeil, Frey and Embrechts, Quantitative Risk Management, section 5.2 (semi-parametric tails).
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from fingen_core.errors import InvalidInput
from fingen_core.types import Array

__all__ = ["GRID", "MarginalMap"]

GRID = np.linspace(-6.0, 6.0, 1201)
"""Gaussian scores at which the tables are known."""

_TAIL = 0.05
_SHAPE_LIMITS = (-0.2, 0.35)
"""A shape over .35 would let a single asset's fourth moment vanish into the tail of a few hundred exceedances."""


@dataclass(frozen=True, eq=False)
class MarginalMap:
    """Tables of one map per asset.

    Attributes
    ----------
    tables : array, shape (n_assets, 1201)
        Standardized residual at each Gaussian score of ``GRID``; strictly increasing.
    """

    tables: Array

    @classmethod
    def fit(cls, residuals: Array) -> "MarginalMap":
        """Fit to residuals of shape (n_steps, n_assets); at least 250 days."""
        if residuals.ndim != 2 or len(residuals) < 250:
            raise InvalidInput(f"residuals of shape {residuals.shape}: the tails need at least 250 days")
        low, high = np.quantile(residuals, [_TAIL, 1 - _TAIL], axis=0)
        below = [bound - column[column < bound] for column, bound in zip(residuals.T, low, strict=True)]
        above = [column[column > bound] - bound for column, bound in zip(residuals.T, high, strict=True)]
        shapes = zip(_shapes(below), _shapes(above), strict=True)
        return cls(np.stack([_table(column, pair) for column, pair in zip(residuals.T, shapes, strict=True)]))

    def to_scores(self, residuals: Array) -> Array:
        """Gaussian scores, same shape; residuals beyond the table sit at its ends, -6 and 6."""
        pairs = zip(residuals.T, self.tables, strict=True)
        return np.stack([np.interp(column, table, GRID) for column, table in pairs], axis=-1)

    def to_residuals(self, scores: Array) -> Array:
        """The inverse of ``to_scores`` for scores inside [-6, 6]."""
        pairs = zip(scores.T, self.tables, strict=True)
        return np.stack([np.interp(column, GRID, table) for column, table in pairs], axis=-1)

    def lower_edge(self) -> Array:
        """Residuals at which the lower tail begins, shape (n_assets,)."""
        return np.array([np.interp(stats.norm.ppf(_TAIL), GRID, table) for table in self.tables])


def _shapes(excesses: list[Array]) -> list[float]:
    """Generalized Pareto shapes of several samples, each drawn toward their mean as far as it is noise.

    A few hundred exceedances know a shape to about .07 only. The share of the observed spread that the estimates'
    own variance ``(1 + shape)^2 / n`` explains is taken back (James and Stein).
    """
    found = np.array([stats.genpareto.fit(excess, floc=0)[0] for excess in excesses])
    noise = np.mean((1 + found) ** 2 / [len(excess) for excess in excesses])
    kept = max(0.0, 1 - noise / found.var(ddof=1)) if len(found) > 2 and found.var(ddof=1) > 0 else 1.0
    drawn = found.mean() + kept * (found - found.mean())
    return [float(shape) for shape in np.clip(drawn, *_SHAPE_LIMITS)]


def _table(sample: Array, shapes: tuple[float, float]) -> Array:
    """Residual at each score of the grid, given the shapes of the lower and the upper tail."""
    low, high = np.quantile(sample, [_TAIL, 1 - _TAIL])
    probability = stats.norm.cdf(GRID)
    table = np.quantile(sample, probability)
    below, above = probability < _TAIL, probability > 1 - _TAIL
    table[below] = low - _tail_excess(low - sample[sample < low], shapes[0], probability[below] / _TAIL)
    table[above] = high + _tail_excess(sample[sample > high] - high, shapes[1], stats.norm.sf(GRID[above]) / _TAIL)
    # Ties in the sample (prices that move in steps) would leave flat stretches, which have no inverse.
    return np.maximum.accumulate(table) + 1e-6 * GRID


def _tail_excess(excess: Array, shape: float, survival: Array) -> Array:
    """Excess over the threshold at a survival probability given that it is exceeded; the scale keeps its mean."""
    return np.asarray(stats.genpareto.isf(survival, shape, scale=float(excess.mean()) * (1 - shape)))
