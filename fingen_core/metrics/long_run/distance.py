"""The long run in one number: how far paths are from history, in units of how far halves of history are apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from fingen_core.metrics.catalog import METRICS
from fingen_core.metrics.long_run import Portrait, compare, floors, portrait

__all__ = ["MEASURES", "LongRun"]

MEASURES = (
    "acf_abs_rmse",
    "leverage_error",
    "kurtosis_error",
    "kurtosis_equal_error",
    "hill_error",
    "emd_1",
    "emd_20",
    "correlation_error",
    "tail_dependence_error",
    "worst_decile_correlation_error",
    "es_1d",
    "es_10d",
    "es_10d_rules",
    "drawdown_error",
)
"""What counts in the long run."""


@dataclass(frozen=True, eq=False)
class LongRun:
    """A history that paths are compared with.

    Attributes
    ----------
    history : Portrait
    floors : mapping of str to float
        What each measure says about two halves of the history.
    year : int
        Steps in a year.
    """

    history: Portrait
    floors: Mapping[str, float]
    year: int

    @classmethod
    def of(cls, log_returns: ArrayLike, *, year: int) -> Self:
        """Measure a history (n_steps, n_assets); ``InvalidInput`` if it is too short to be halved."""
        returns = np.asarray(log_returns, dtype=np.float64)
        return cls(portrait(returns[None], year=year), floors(returns, year=year), year)

    def misses(self, paths: ArrayLike) -> dict[str, float]:
        """Each measure's distance from its ideal over its floor: 1 is as far as halves of history are apart.

        Measures without a floor, and those of pairs in a market of one asset, are left out.
        """
        values = compare(portrait(paths, year=self.year, like=self.history), self.history)
        return {
            name: float(METRICS[name].miss(values[name]) / self.floors[name])
            for name in MEASURES
            if name in values and self.floors.get(name, 0.0) > 0
        }

    def score(self, paths: ArrayLike) -> float:
        """Mean of ``misses``; lower is better, below 1 is nearer than halves of history are to each other."""
        return float(np.mean(list(self.misses(paths).values())))
