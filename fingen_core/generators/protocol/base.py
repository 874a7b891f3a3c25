"""Anything that can say what might happen next."""

from collections.abc import Mapping
from typing import Any, Protocol, Self, runtime_checkable

import pandas as pd

from fingen_core.market import Market
from fingen_core.types import Paths

__all__ = ["Generator", "States"]


@runtime_checkable
class States(Protocol):
    """The states a generator was in after each day of a history: what it needs to go on from there."""

    @property
    def dates(self) -> pd.DatetimeIndex:
        """The day after whose close each state holds, length n_dates."""
        ...

    def at(self, date: str | pd.Timestamp) -> Any:
        """The state after the last close on or before ``date``; ``InvalidInput`` if there is none."""
        ...


@runtime_checkable
class Generator(Protocol):
    """Draws log-return paths of a market it was fitted to.

    ``label`` is for people ("FHS, GJR-GARCH"), ``tickers`` the assets in the order of the last axis.
    """

    @property
    def label(self) -> str: ...

    @property
    def tickers(self) -> tuple[str, ...]: ...

    def fit(self, market: Market) -> Self:
        """Learn from all of ``market``; afterwards the state is that of its last day. Returns itself."""
        ...

    def states(self, history: Market) -> States:
        """Run through ``history`` (the same tickers, any dates) without learning, remembering each day's state.

        A state at day t depends on returns up to and including t only.
        """
        ...

    def sample(
        self,
        n_paths: int,
        n_steps: int,
        *,
        state: Any = None,
        condition: Mapping[str, float] | None = None,
        seed: int,
    ) -> Paths:
        """Draw log returns, shape (n_paths, n_steps, n_assets).

        ``state`` is one of ``states(...).at(...)`` of this generator; ``None`` is the last day of the fit. Where its
        states can be taken several at once (``states(...).each(...)``), one per path does as well. The same arguments
        give the same array. ``condition`` names what a generator has learned to be asked for
        (``generators.protocol.conditions``); a name that it has not learned is refused with ``InvalidInput``.
        """
        ...
