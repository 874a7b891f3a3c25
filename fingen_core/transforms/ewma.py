"""Exponentially weighted averages of sizes of returns and of plain returns: the memory of the volatility filter.

Over scaled returns ``y`` (unit variance on the training days) and for each decay ``d``::

    A <- d A + (1 - d) |y_j|            own size                per asset
    s <- d s + (1 - d) y_j              own return              per asset
    a <- d a + (1 - d) mean_j |y_j|     mean size               per market
    m <- d m + (1 - d) |mean_j y_j|     size of the mean        per market
    g <- d g + (1 - d) mean_j y_j       mean                    per market

Sizes rather than squares, because one wild day moves an average of squares for months though it says little about the
months to come. ``2 log(m / a)`` is the logarithm of the implied correlation: were all assets to move as one, the size
of their mean would equal their mean size. ``g / m`` is the direction of the market's moves: 1 after rises only, -1
after falls only.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from fingen_core.errors import InvalidInput
from fingen_core.types import Array

__all__ = ["DECAYS", "EPSILON", "Memory", "advance", "market_state", "run", "spread_over"]

DECAYS = (0.80, 0.94, 0.98, 0.995)
"""Decays per day: half-lives of about 3, 11, 34 and 138 days."""

EPSILON = 1e-4
"""Added inside logarithms and quotients, in units of the training deviation, so that a dead calm stays finite."""

_BEGINNING = 250
"""Days whose mean size starts the averages."""

_START_LIMITS = (0.05, 5.0)
"""Start values are clipped to these multiples of the training deviation."""


@dataclass(frozen=True, eq=False)
class Memory:
    """The averages after one day, or after each of several days along a leading axis.

    Attributes
    ----------
    own_size, own_mean : array, shape (..., 4, n_assets)
    size, size_of_mean, mean : array, shape (..., 4)
    """

    own_size: Array
    own_mean: Array
    size: Array
    size_of_mean: Array
    mean: Array

    def __getitem__(self, day: int | slice | NDArray[np.intp] | None) -> Self:
        parts = (self.own_size, self.own_mean, self.size, self.size_of_mean, self.mean)
        return type(self)(*(part[day] for part in parts))

    def __len__(self) -> int:
        return len(self.size)


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
        sizes start at their mean over the first 250 days.
    """
    if scaled.ndim != 2 or len(scaled) == 0:
        raise InvalidInput(f"scaled returns of shape {scaled.shape}: need (n_steps, n_assets) with at least one day")
    market, sizes = scaled.mean(axis=1), np.abs(scaled)
    own_start = np.clip(sizes[:_BEGINNING].mean(axis=0), *_START_LIMITS)
    size_of_mean_start = np.clip(np.abs(market[:_BEGINNING]).mean(), EPSILON, _START_LIMITS[1])
    zero = np.zeros(scaled.shape[1])
    return Memory(
        own_size=_averages(sizes, own_start),
        own_mean=_averages(scaled, zero),
        size=_averages(sizes.mean(axis=1), own_start.mean()),
        size_of_mean=_averages(np.abs(market), size_of_mean_start),
        mean=_averages(market, np.float64(0.0)),
    )


def advance(memory: Memory, scaled: Array) -> Memory:
    """Averages of several paths after some more days, all days at once.

    Parameters
    ----------
    memory : Memory
        One entry per path.
    scaled : array, shape (n_paths, n_days, n_assets)
        The days that were added.
    """
    ages = np.arange(scaled.shape[1] - 1, -1, -1)
    decays = np.array(DECAYS)[:, None]
    gains, kept = (1 - decays) * decays**ages, decays[:, 0] ** scaled.shape[1]
    market, sizes = scaled.mean(axis=2), np.abs(scaled)

    def added(before: Array, values: Array) -> Array:
        past = kept[:, None] if before.ndim == 3 else kept
        return np.asarray(past * before + np.einsum("kt,pt...->pk...", gains, values, optimize=True))

    return Memory(
        own_size=added(memory.own_size, sizes),
        own_mean=added(memory.own_mean, scaled),
        size=added(memory.size, sizes.mean(axis=2)),
        size_of_mean=added(memory.size_of_mean, np.abs(market)),
        mean=added(memory.mean, market),
    )


def spread_over(memory: Memory, n_assets: int) -> Memory:
    """The state of one market on one day, carried over to another: each of its assets gets the mean size and move."""

    def each(values: Array) -> Array:
        return np.repeat(np.asarray(values)[:, None], n_assets, axis=1)

    own = (each(memory.size), each(memory.mean))
    return Memory(*own, size=memory.size, size_of_mean=memory.size_of_mean, mean=memory.mean)


def market_state(memory: Memory) -> Array:
    """Log of the implied correlation and direction of the market's moves, each at every decay, shape (..., 8)."""
    correlation = 2 * (np.log(memory.size_of_mean + EPSILON) - np.log(memory.size + EPSILON))
    return np.concatenate([correlation, memory.mean / (memory.size_of_mean + EPSILON)], axis=-1)


def _averages(values: Array, start: Array | np.float64) -> Array:
    """Exponentially weighted averages with a start value, one per decay on axis 1, shape (n + 1, 4, ...)."""
    first = np.asarray(start, dtype=np.float64)
    out = np.empty((len(values) + 1, len(DECAYS), *values.shape[1:]))
    for index, decay in enumerate(DECAYS):
        out[0, index] = first
        out[1:, index] = lfilter([1 - decay], [1, -decay], values, axis=0, zi=decay * first[None])[0]
    return out
