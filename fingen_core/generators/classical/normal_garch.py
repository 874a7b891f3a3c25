"""GJR-GARCH with normal days: the textbook's forecast of volatility, without the heavy tails of real residuals.

Beside filtered historical simulation on the same variances it shows what the shape of a day is worth, beside the
Gaussian random walk what knowing today's volatility is worth.
"""

from typing import Self

import numpy as np

from fingen_core.generators.classical.fhs import FilteredHistoricalSimulation
from fingen_core.market import Market

__all__ = ["NormalGarch"]

_ROWS = 2**15
_TABLE_SEED = 1993


class NormalGarch(FilteredHistoricalSimulation):
    """GJR-GARCH volatility per asset, residuals jointly normal with the correlation of history's.

    Notes
    -----
    Days are drawn from a table of 32,768 normal rows, made once: each row with its mirror image, so their mean is
    exactly 0, and scaled to variance 1. Parameters and errors are those of ``FilteredHistoricalSimulation``.
    """

    def __init__(self, max_persistence: float = 0.985) -> None:
        super().__init__(max_persistence)
        self.label = "GJR-GARCH, normal days"

    def fit(self, market: Market) -> Self:
        """Fit each asset's variance, then replace the residuals by normal ones of the same correlation."""
        super().fit(market)
        n_assets = market.n_assets
        correlation = np.atleast_2d(np.corrcoef(self._residuals.astype(np.float64), rowvar=False))
        values, vectors = np.linalg.eigh(correlation)
        half = np.random.default_rng(_TABLE_SEED).standard_normal((_ROWS // 2, n_assets))
        half = half @ (vectors * np.sqrt(np.maximum(values, 0))).T
        half /= np.sqrt((half**2).mean(axis=0))
        self._residuals = np.ascontiguousarray(np.concatenate([half, -half]), dtype=np.float32)
        columns = zip(self._variance, self._residuals.T, strict=True)
        self._growth = np.stack([model.growth(column) for model, column in columns], axis=1).astype(np.float32)
        return self
