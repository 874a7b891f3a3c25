"""Exponentially weighted averages of squared and plain returns: the memory of the volatility filter.

Over scaled returns ``y`` (unit variance on the training days) and for each decay ``d``::

    q <- d q + (1 - d) y_j^2            own square              per asset
    s <- d s + (1 - d) y_j              own return              per asset
    a <- d a + (1 - d) mean_j y_j^2     mean square             per market
    m <- d m + (1 - d) (mean_j y_j)^2   squared mean            per market
    g <- d g + (1 - d) mean_j y_j       mean                    per market

``log m - log a`` is the logarithm of the implied correlation: were all assets to move as one, the squared mean would
equal the mean square.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from fingen_core.errors import InvalidInput
from fingen_core.types import Array

__all__ = ["DECAYS", "EPSILON", "Memory", "correlation_state", "run"]

DECAYS = (0.80, 0.94, 0.98, 0.995)
"""Decays per day: half-lives of about 3, 11, 34 and 138 days."""

EPSILON = 1e-4
"""Added inside logarithms, in units of the training variance, so that a dead calm stays finite."""

_BEGINNING = 250
"""Days whose mean square starts the averages."""

_START_LIMITS = (0.05, 20.0)
"""Start values are clipped to these multiples of the training variance."""


@dataclass(frozen=True, eq=False)
class Memory:
    """The averages after one day, or after each of several days along a leading axis.

    Attributes
    ----------
    own_square, own_mean : array, shape (..., 4, n_assets)
    square, squared_mean, mean : array, shape (..., 4)
    """

    own_square: Array
    own_mean: Array
    square: Array
    squared_mean: Array
    mean: Array

    def __getitem__(self, day: int | slice | NDArray[np.intp]) -> Self:
        parts = (self.own_square, self.own_mean, self.square, self.squared_mean, self.mean)
        return type(self)(*(part[day] for part in parts))

    def __len__(self) -> int:
        return len(self.square)


def run(scaled: Array) -> Memory:
    """Averages before the first day and after each day.

    Parameters
    ----------
    scaled : array, shape (n_steps, n_assets)
        Returns divided by their training standard deviation.

    Returns
    -------
    Memory
        With a leading axis of length ``n_steps + 1``; entry ``t`` knows the first ``t`` days only, except that the
        squares start at their mean over the first 250 days.
    """
    if scaled.ndim != 2 or len(scaled) == 0:
        raise InvalidInput(f"scaled returns of shape {scaled.shape}: need (n_steps, n_assets) with at least one day")
    market = scaled.mean(axis=1)
    beginning = scaled[:_BEGINNING]
    own_start = np.clip((beginning**2).mean(axis=0), *_START_LIMITS)
    squared_mean_start = np.clip((beginning.mean(axis=1) ** 2).mean(), EPSILON, _START_LIMITS[1])
    zero = np.zeros(scaled.shape[1])
    return Memory(
        own_square=_averages(scaled**2, own_start),
        own_mean=_averages(scaled, zero),
        square=_averages((scaled**2).mean(axis=1), own_start.mean()),
        squared_mean=_averages(market**2, squared_mean_start),
        mean=_averages(market, np.float64(0.0)),
    )


def correlation_state(memory: Memory) -> Array:
    """Log of the implied correlation at each decay, shape (..., 4)."""
    return np.log(memory.squared_mean + EPSILON) - np.log(memory.square + EPSILON)


def _averages(values: Array, start: Array | np.float64) -> Array:
    """Exponentially weighted averages with a start value, one per decay on axis 1, shape (n + 1, 4, ...)."""
    first = np.asarray(start, dtype=np.float64)
    out = np.empty((len(values) + 1, len(DECAYS), *values.shape[1:]))
    for index, decay in enumerate(DECAYS):
        out[0, index] = first
        out[1:, index] = lfilter([1 - decay], [1, -decay], values, axis=0, zi=decay * first[None])[0]
    return out
