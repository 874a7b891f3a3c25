"""Paths of returns as the other measures want them: three axes, sums over days, groups as long as a history."""

from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fingen_core.errors import InvalidInput
from fingen_core.types import Array

__all__ = ["as_paths", "equal_weight", "groups", "halves_of", "overlapping_sums"]

_MOST_LOG_WEALTH = 500.0
"""Wealth of e^500 or e^-500 is beyond what products of a few such numbers can hold (e^709)."""

_MOST_SPLITS = 10


def as_paths(returns: ArrayLike) -> tuple[Array, int]:
    """Usable paths, shape (n_paths, n_steps, n_assets), and the number of those left out.

    Parameters
    ----------
    returns : array, shape (n_paths, n_steps, n_assets) or (n_steps, n_assets)
        Log returns; without the first axis it is one path, a history.

    Raises
    ------
    InvalidInput
        If the shape is another one, or no path is usable: a return that is not finite, or prices that grow or shrink
        by a factor of e^500.
    """
    x = np.asarray(returns, dtype=np.float64)
    if x.ndim not in {2, 3} or not x.size:
        raise InvalidInput(f"returns of shape {x.shape}: need (n_steps, n_assets) or (n_paths, n_steps, n_assets)")
    paths = x if x.ndim == 3 else x[None]
    with np.errstate(invalid="ignore", over="ignore"):  # what is not finite is what is looked for
        bound = np.abs(paths).sum(axis=1).max(axis=1)  # no log wealth is further from 0; NaN stays NaN
    good: NDArray[np.bool_] = np.asarray(np.isfinite(bound))
    for path in np.flatnonzero(good & (bound > _MOST_LOG_WEALTH)):  # hardly any path comes here
        good[path] = np.abs(np.cumsum(paths[path], axis=0)).max() <= _MOST_LOG_WEALTH
    if not good.any():
        raise InvalidInput(
            f"{len(paths)} paths, none of which can be measured: returns are not finite or prices leave what a number "
            "can hold; repair the data, or train again with a lower learning rate"
        )
    n_left_out = int((~good).sum())
    return (paths[good] if n_left_out else paths), n_left_out


def equal_weight(paths: Array) -> Array:
    """Daily log returns of all assets brought back to equal weights every day, shape (n_paths, n_steps)."""
    return np.asarray(np.log1p(np.expm1(paths).mean(axis=2)))


def overlapping_sums(paths: Array, horizon: int) -> Array:
    """Sums over every stretch of ``horizon`` days, shape (n_paths, n_steps - horizon + 1, n_assets)."""
    n_steps = paths.shape[1]
    if not 1 <= horizon <= n_steps:
        raise InvalidInput(f"horizon of {horizon} days in paths of {n_steps}: choose 1 to {n_steps}")
    if horizon == 1:
        return paths
    total = np.cumsum(paths, axis=1)
    return np.asarray(
        np.concatenate([total[:, horizon - 1 : horizon], total[:, horizon:] - total[:, :-horizon]], axis=1)
    )


def groups(paths: Array, n_days: int | None) -> list[Array]:
    """Paths in groups that hold about ``n_days`` days each, so that each is as large a sample as a history of them.

    Each group takes every so-many-th path: paths that begin on the same day often stand side by side, and a group of
    neighbors would hold fewer kinds of market than a history does. At least one path a group; paths that do not fill a
    last group are left out, and all are one group when they hold fewer days (or ``n_days`` is ``None``).
    """
    size = len(paths) if n_days is None else max(1, round(n_days / paths.shape[1]))
    n_groups = len(paths) // size
    return [paths[first::n_groups][:size] for first in range(n_groups)] if n_groups > 1 else [paths]


def halves_of(history: ArrayLike, n_days: int) -> list[tuple[Array, Array]]:
    """Ways to cut a history into two disjoint halves of stretches of ``n_days`` days or a little more.

    Parameters
    ----------
    history : array, shape (n_steps, n_assets)
        Log returns of at least ``2 n_days`` days.
    n_days : int
        Fewest days of a stretch; days that belong together stay together.

    Returns
    -------
    list of pairs of arrays, each of shape (n_stretches / 2, n_days_or_more, n_assets)
        Up to ten pairs, the same in every run; no two are the same.
    """
    paths, _ = as_paths(history)
    n = 2 * (paths.shape[1] // (2 * n_days))
    if len(paths) > 1 or n < 2:
        raise InvalidInput(
            f"{paths.shape[1]} days in {len(paths)} paths: a floor compares halves of one history of at least "
            f"{2 * n_days} days; choose an earlier start"
        )
    n_steps = paths.shape[1] // n
    stretches = paths[0, : n * n_steps].reshape(n, n_steps, -1)
    masks = [np.array([row in half for row in range(n)]) for half in _half_of(n)]
    return [(stretches[mask], stretches[~mask]) for mask in masks]


def _half_of(n: int) -> list[set[int]]:
    """Up to ten ways to choose half of ``n`` (an even number); each holds the first, so none is another's rest."""
    if n <= 6:  # at most ten ways in all
        return [set(half) for half in combinations(range(n), n // 2) if 0 in half]
    rng, found = np.random.default_rng(n), dict[frozenset[int], None]()
    while len(found) < _MOST_SPLITS:
        half = frozenset(rng.permutation(n)[: n // 2].tolist())
        found[half if 0 in half else frozenset(range(n)) - half] = None
    return [set(half) for half in found]
