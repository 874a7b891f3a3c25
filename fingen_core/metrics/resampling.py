"""Days of a history drawn in blocks, so that what belongs together in time stays together."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fingen_core.types import Array

__all__ = ["block_days", "percentile_band", "resampled_rows"]


def block_days(
    n_days: int, n_paths: int, n_steps: int, mean_block: float, rng: np.random.Generator
) -> NDArray[np.int32]:
    """Rows to take, shape (n_paths, n_steps): each follows the one before it, or with chance 1/mean_block is any.

    Notes
    -----
    One uniform number per step and path, drawn step by step, so that more steps go on where fewer end: below
    1/mean_block a block begins, and how far below says on which row. No loop over steps: the row at a step is the
    start of its block plus the steps since the block began, and the beginning of the present block is a running maximum
    over the steps at which blocks begin.
    """
    steps = np.arange(n_steps, dtype=np.int32)[:, None]
    drawn = rng.random((n_steps, n_paths)) * mean_block  # below 1 with chance 1/mean_block, and then uniform
    drawn[0] /= mean_block  # the first step always begins a block
    begins = drawn < 1
    starts = (np.where(begins, drawn, 0) * n_days).astype(np.int32)
    began = np.maximum.accumulate(np.where(begins, steps, 0), axis=0)
    return ((np.take_along_axis(starts, began, axis=0) + steps - began) % n_days).T


def resampled_rows(n_outcomes: int, n_resamples: int, mean_block: float, rng: np.random.Generator) -> NDArray[np.int32]:
    """Rows of resamples with replacement, shape (n_outcomes, n_resamples); a ``mean_block`` of 1 draws each alone."""
    if mean_block == 1:
        return rng.integers(n_outcomes, size=(n_outcomes, n_resamples), dtype=np.int32)
    return block_days(n_outcomes, n_resamples, n_outcomes, mean_block, rng).T


def percentile_band(resampled: ArrayLike, confidence: float) -> tuple[Array, Array]:
    """Ends of the interval that holds ``confidence`` of resampled estimates, along the first axis."""
    low, high = np.quantile(
        np.asarray(resampled, dtype=np.float64), [(1 - confidence) / 2, (1 + confidence) / 2], axis=0
    )
    return low, high
