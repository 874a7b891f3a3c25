"""Stationary block bootstrap: tomorrow is a stretch of the past, cut at random places.

Politis and Romano (1994), "The stationary bootstrap", JASA 89: blocks of geometric length with mean ``mean_block``,
wrapped around the end of the sample. Rows of all assets are drawn together, so the dependence between assets on one
day is that of history. It knows nothing of today's state and cannot go beyond the worst day it has seen.
"""

from typing import Self

import numpy as np

from fingen_core.errors import InvalidInput
from fingen_core.generators.classical.stateless import Forgetful
from fingen_core.market import Market
from fingen_core.metrics.resampling import block_days
from fingen_core.types import Array, Paths

__all__ = ["StationaryBootstrap"]


class StationaryBootstrap(Forgetful):
    """Resampled blocks of history.

    Parameters
    ----------
    mean_block : float
        Mean length of a block in days, at least 1; 1 resamples single days.

    Raises
    ------
    InvalidInput
        If ``mean_block`` is below 1, or when sampled before it was fitted.
    """

    min_steps = 0

    def __init__(self, mean_block: float = 21) -> None:
        if not 1 <= mean_block < np.inf:
            raise InvalidInput(f"mean block of {mean_block} days: choose at least 1, for instance 21 (a month)")
        super().__init__()
        self.mean_block = float(mean_block)
        self.label = f"Block bootstrap, {mean_block:g} days"

    def refit(self, market: Market) -> Self:
        """A new bootstrap with the same block length over the days of ``market``."""
        return type(self)(self.mean_block).fit(market)

    def _learn(self, returns: Array) -> None:
        self._rows = np.ascontiguousarray(returns, dtype=np.float32)

    def _paths(self, n_paths: int, n_steps: int, rng: np.random.Generator) -> Paths:
        return np.take(self._rows, block_days(len(self._rows), n_paths, n_steps, self.mean_block, rng), axis=0)
