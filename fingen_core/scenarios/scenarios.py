"""What could happen: generated paths with their provenance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.market.calendar import dates_after
from fingen_core.market.step import Step
from fingen_core.types import Array, Paths

__all__ = ["Scenarios"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Scenarios:
    """Paths that a generator drew, and everything needed to draw them again.

    Attributes
    ----------
    log_returns : array, shape (n_paths, n_steps, n_assets)
        Log returns per step, single precision.
    tickers : tuple of str
        Names along the last axis.
    start : Timestamp
        The day whose close the paths set out from.
    step : Step
        How far prices are apart: that of the market they belong to.
    label : str
        Who drew them, for people.
    run_id : str
        Run of the model; empty for a classical baseline.
    seed : int
    condition : mapping
        What was asked for besides: severity, named state. JSON values only.
    market_digest : str
        The market that the generator was fitted to.
    """

    log_returns: Paths
    tickers: tuple[str, ...]
    start: pd.Timestamp
    step: Step
    label: str = "Generated"
    run_id: str = ""
    seed: int = 0
    condition: Mapping[str, Any] = field(default_factory=dict)
    market_digest: str = ""

    def __post_init__(self) -> None:
        shape = self.log_returns.shape
        if len(shape) != 3 or shape[2] != len(self.tickers):
            raise InvalidInput(
                f"log returns of shape {shape} for {len(self.tickers)} tickers: need (n_paths, n_steps, n_assets)"
            )

    @property
    def n_paths(self) -> int:
        return int(self.log_returns.shape[0])

    @property
    def n_steps(self) -> int:
        return int(self.log_returns.shape[1])

    def dates(self) -> pd.DatetimeIndex:
        """Dates of the steps, length n_steps, after ``start``: business days (holidays are not known ahead), weeks."""
        return dates_after(self.start, self.n_steps, self.step).rename("date")

    def prices(self, levels: Sequence[float] | Array | float = 100.0) -> Array:
        """Price paths from ``levels`` at the start, shape (n_paths, n_steps + 1, n_assets)."""
        total = np.cumsum(self.log_returns, axis=1, dtype=np.float64)
        growth = np.concatenate([np.zeros((self.n_paths, 1, len(self.tickers))), total], axis=1)
        return np.asarray(np.asarray(levels, dtype=np.float64) * np.exp(growth))

    def take(self, rows: Array | Sequence[int], **condition: Any) -> Self:
        """Some of the paths, with what they were chosen by added to the condition."""
        chosen = self.log_returns[np.asarray(rows, dtype=np.intp)]
        return replace(self, log_returns=chosen, condition={**self.condition, **condition})

    def frame(self) -> pd.DataFrame:
        """Long-form rows: path, step (from 1), date, ticker, log_return."""
        n_paths, n_steps, n_assets = self.log_returns.shape
        return pd.DataFrame(
            {
                "path": np.repeat(np.arange(n_paths, dtype=np.int32), n_steps * n_assets),
                "step": np.tile(np.repeat(np.arange(1, n_steps + 1, dtype=np.int16), n_assets), n_paths),
                "date": np.tile(np.repeat(self.dates().to_numpy(), n_assets), n_paths),
                "ticker": pd.Categorical.from_codes(
                    np.tile(np.arange(n_assets), n_paths * n_steps), categories=list(self.tickers)
                ),
                "log_return": self.log_returns.reshape(-1),
            }
        )
