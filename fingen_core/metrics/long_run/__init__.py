"""Does it live like a market? What the long run looks like, and how far two long runs are apart."""

from fingen_core.metrics.long_run.comparing import compare, floors, sampling_floors
from fingen_core.metrics.long_run.measuring import portrait
from fingen_core.metrics.long_run.portrait import (
    HORIZONS,
    LAGS,
    LEVEL,
    LEVERAGE_LAGS,
    LOSS_HORIZONS,
    MIN_STEPS,
    PROBABILITIES,
    RANKS,
    Portrait,
)

__all__ = [
    "HORIZONS",
    "LAGS",
    "LEVEL",
    "LEVERAGE_LAGS",
    "LOSS_HORIZONS",
    "MIN_STEPS",
    "PROBABILITIES",
    "RANKS",
    "Portrait",
    "compare",
    "floors",
    "portrait",
    "sampling_floors",
]
