"""Stationary block bootstrap: tomorrow is a stretch of the past, cut at random places.

Politis and Romano (1994), "The stationary bootstrap", JASA 89: blocks of geometric length with mean ``mean_block``,
wrapped around the end of the sample. Rows of all assets are drawn together, so the dependence between assets on one
day is that of history. It knows nothing of today's state and cannot go beyond the worst day it has seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.generators.checks import position, refuse_condition, require_counts, require_tickers
from fingen_core.market import Market
from fingen_core.metrics.resampling import block_days
from fingen_core.types import Paths

__all__ = ["Stateless", "StationaryBootstrap"]


@dataclass(frozen=True)
class Stateless:
    """States of a generator that forgets: after every day the same, ``None``."""

    dates: pd.DatetimeIndex

    def at(self, date: str | pd.Timestamp) -> None:
        """``None``; ``InvalidInput`` when ``date`` lies before the first close."""
        position(self.dates, date)


class StationaryBootstrap:
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

    def __init__(self, mean_block: float = 21) -> None:
        if not 1 <= mean_block < np.inf:
            raise InvalidInput(f"mean block of {mean_block} days: choose at least 1, for instance 21 (a month)")
        self.mean_block = float(mean_block)
        self.label = f"Block bootstrap, {mean_block:g} days"
        self._tickers: tuple[str, ...] = ()
        self._rows: Paths | None = None

    @property
    def tickers(self) -> tuple[str, ...]:
        return self._tickers

    def fit(self, market: Market) -> Self:
        """Remember the days of ``market``."""
        self._tickers = market.tickers
        self._rows = np.ascontiguousarray(market.log_returns(), dtype=np.float32)
        return self

    def refit(self, market: Market) -> Self:
        """A new bootstrap with the same block length over the days of ``market``."""
        return type(self)(self.mean_block).fit(market)

    def states(self, history: Market) -> Stateless:
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
        if self._rows is None:
            raise InvalidInput("a block bootstrap that has no history cannot be sampled: call fit first")
        require_counts(n_paths, n_steps)
        refuse_condition(self.label, condition)
        rng = np.random.default_rng(seed)
        days = block_days(len(self._rows), n_paths, n_steps, self.mean_block, rng)
        return np.take(self._rows, days, axis=0)
