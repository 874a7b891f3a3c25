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
        return cls(np.stack([_table(column) for column in residuals.T]))

    def to_scores(self, residuals: Array) -> Array:
        """Gaussian scores, same shape; residuals beyond the table sit at its ends, -6 and 6."""
        pairs = zip(residuals.T, self.tables, strict=True)
        return np.stack([np.interp(column, table, GRID) for column, table in pairs], axis=-1)

    def to_residuals(self, scores: Array) -> Array:
        """The inverse of ``to_scores`` for scores inside [-6, 6]."""
        pairs = zip(scores.T, self.tables, strict=True)
        return np.stack([np.interp(column, GRID, table) for column, table in pairs], axis=-1)


def _table(sample: Array) -> Array:
    """Residual at each score of the grid."""
    low, high = np.quantile(sample, [_TAIL, 1 - _TAIL])
    probability = stats.norm.cdf(GRID)
    table = np.quantile(sample, probability)
    below, above = probability < _TAIL, probability > 1 - _TAIL
    table[below] = low - _tail_excess(low - sample[sample < low], probability[below] / _TAIL)
    table[above] = high + _tail_excess(sample[sample > high] - high, stats.norm.sf(GRID[above]) / _TAIL)
    # Ties in the sample (prices that move in steps) would leave flat stretches, which have no inverse.
    return np.maximum.accumulate(table) + 1e-6 * GRID


def _tail_excess(excess: Array, survival: Array) -> Array:
    """Excess over the threshold at a survival probability given that it is exceeded (generalized Pareto)."""
    shape, _, scale = stats.genpareto.fit(excess, floc=0)
    clipped = float(np.clip(shape, *_SHAPE_LIMITS))
    if clipped != shape:
        scale = float(excess.mean()) * (1 - clipped)
    return np.asarray(stats.genpareto.isf(survival, clipped, scale=scale))
