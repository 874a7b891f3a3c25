"""Generators whose days know nothing of each other: a distribution of one day, drawn again and again.

They see neither today's state nor yesterday's move. A path of several days is a row of independent days; its
volatility never clusters. What one day looks like, a subclass says.
"""

from abc import abstractmethod
from typing import Self

import numpy as np

from fingen_core.generators.classical.stateless import Forgetful
from fingen_core.market import Market
from fingen_core.types import Array, Paths

__all__ = ["GaussianRandomWalk", "IndependentDays"]


class IndependentDays(Forgetful):
    """Base of the generators that draw each day alone."""

    @abstractmethod
    def _draw(self, n_days: int, rng: np.random.Generator) -> Paths:
        """Draw log returns of ``n_days`` days, shape (n_days, n_assets)."""

    def _paths(self, n_paths: int, n_steps: int, rng: np.random.Generator) -> Paths:
        return self._draw(n_paths * n_steps, rng).reshape(n_paths, n_steps, len(self._tickers))


class GaussianRandomWalk(IndependentDays):
    """Normal days with the mean and the covariance of history: the textbook's market, and the least a rival can be.

    Notes
    -----
    The factor of the covariance comes from its eigenvalues, so assets that are combinations of others do no harm.
    """

    label = "Gaussian random walk"
    min_steps = 2

    def refit(self, market: Market) -> Self:
        """A new random walk fitted to ``market``."""
        return type(self)().fit(market)

    def _learn(self, returns: Array) -> None:
        self._mean = returns.mean(axis=0).astype(np.float32)
        values, vectors = np.linalg.eigh(np.cov(returns, rowvar=False).reshape(returns.shape[1], -1))
        self._factor = (vectors * np.sqrt(np.maximum(values, 0))).T.astype(np.float32)

    def _draw(self, n_days: int, rng: np.random.Generator) -> Paths:
        days: Paths = rng.standard_normal((n_days, len(self._mean)), dtype=np.float32) @ self._factor
        days += self._mean
        return days
