"""Generators that forget: neither today's state nor anything else that happened after the fit moves their paths."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.generators.protocol.checks import (
    position,
    refuse_condition,
    require_counts,
    require_history,
    require_tickers,
)
from fingen_core.market import Market
from fingen_core.types import Array, Paths

__all__ = ["Forgetful", "Stateless"]


@dataclass(frozen=True)
class Stateless:
    """States of a generator that forgets: after every day the same, ``None``."""

    dates: pd.DatetimeIndex

    def at(self, date: str | pd.Timestamp) -> None:
        """``None``; ``InvalidInput`` when ``date`` lies before the first close."""
        position(self.dates, date)


class Forgetful(ABC):
    """Base of the generators whose paths depend on the fit alone.

    Attributes
    ----------
    label : str
    min_steps : int
        Fewest returns that a fit accepts; with 0 any history will do, also one that never moves.

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
        """Fit to log returns, shape (n_steps, n_assets)."""

    @abstractmethod
    def _paths(self, n_paths: int, n_steps: int, rng: np.random.Generator) -> Paths:
        """Draw log returns, shape (n_paths, n_steps, n_assets)."""

    @property
    def tickers(self) -> tuple[str, ...]:
        return self._tickers

    def fit(self, market: Market) -> Self:
        """Learn from all days of ``market``."""
        if self.min_steps:
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
        return self._paths(n_paths, n_steps, np.random.default_rng(seed))
