"""Generators whose days know nothing of each other: a distribution of one day, drawn again and again.

They see neither today's state nor yesterday's move. A path of several days is a row of independent days; its
volatility never clusters. What one day looks like, a subclass says.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from fingen_core.errors import InvalidInput
from fingen_core.generators.bootstrap import Stateless
from fingen_core.generators.checks import refuse_condition, require_counts, require_history, require_tickers
from fingen_core.market import Market
from fingen_core.types import Array, Paths

__all__ = ["GaussianRandomWalk", "IndependentDays"]


class IndependentDays(ABC):
    """Base of the generators that draw each day alone.

    Attributes
    ----------
    label : str
    min_steps : int
        Fewest returns that a fit accepts.

    Raises
    ------
    InvalidInput
        If a history is too short or flat, or when sampled before it was fitted.
    """

    label: str
    min_steps: int = 250

    def __init__(self) -> None:
        self._tickers: tuple[str, ...] = ()

    @abstractmethod
    def _learn(self, returns: Array) -> None:
        """Fit the distribution of one day to log returns, shape (n_steps, n_assets)."""

    @abstractmethod
    def _draw(self, n_days: int, rng: np.random.Generator) -> Paths:
        """Draw log returns of ``n_days`` days, shape (n_days, n_assets)."""

    @property
    def tickers(self) -> tuple[str, ...]:
        return self._tickers

    def fit(self, market: Market) -> Self:
        """Learn from all days of ``market``."""
        require_history(self.label, market, self.min_steps)
        self._learn(market.log_returns())
        self._tickers = market.tickers
        return self

    def states(self, history: Market) -> Stateless:
        """The same state after every day: none."""
        require_tickers(self.label, self._tickers, history.tickers)
        return Stateless(history.dates)

    def sample(
        self,
        n_paths: int,
        n_steps: int,
        *,
        state: Any = None,  # noqa: ARG002
        condition: Mapping[str, float] | None = None,
        seed: int,
    ) -> Paths:
        """Draw log returns, shape (n_paths, n_steps, n_assets); every state gives the same distribution."""
        if not self._tickers:
            raise InvalidInput(f"{self.label} that has no history cannot be sampled: call fit first")
        require_counts(n_paths, n_steps)
        refuse_condition(self.label, condition)
        days = self._draw(n_paths * n_steps, np.random.default_rng(seed))
        return days.reshape(n_paths, n_steps, len(self._tickers))


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
