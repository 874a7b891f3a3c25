"""How assets move together, on all days and on the worst ones.

Functions take returns of shape (n_steps, n_assets), a history, or (n_paths, n_steps, n_assets), generated paths, whose
days are pooled.
"""

import numpy as np
from numpy.typing import ArrayLike

from fingen_core.errors import InvalidInput
from fingen_core.metrics.paths import as_paths, equal_weight
from fingen_core.metrics.stylized import correlation
from fingen_core.types import Array

__all__ = ["pairs", "tail_dependence_matrix", "worst_days_correlation"]


def tail_dependence_matrix(returns: ArrayLike, share: float = 0.05) -> Array:
    """Chance that an asset is in its worst ``share`` of days when another is in its own, shape (n_assets, n_assets).

    ``share`` off the diagonal for independent assets, 1 for assets that fall together always. Symmetric, because every
    asset has the same number of worst days.
    """
    paths, _ = as_paths(returns)
    x = paths.reshape(-1, paths.shape[2])
    count = _count(len(x), share)
    worst = np.zeros(x.shape, dtype=np.float32)
    np.put_along_axis(worst, np.argpartition(x, count - 1, axis=0)[:count], 1, axis=0)
    return np.asarray(worst.T @ worst, dtype=np.float64) / count


def worst_days_correlation(returns: ArrayLike, share: float = 0.1) -> Array:
    """Correlation of assets over the ``share`` of days that is worst for equal weight, shape (n_assets, n_assets)."""
    paths, _ = as_paths(returns)
    x, market = paths.reshape(-1, paths.shape[2]), equal_weight(paths).reshape(-1)
    count = _count(len(x), share)
    return correlation(x[np.argpartition(market, count - 1)[:count]])


def pairs(matrix: Array) -> Array:
    """The entries above the diagonal: each pair of assets once."""
    if len(matrix) < 2:
        raise InvalidInput("one asset has no pairs: choose at least two")
    return np.asarray(matrix[np.triu_indices(len(matrix), 1)])


def _count(n: int, share: float) -> int:
    count = int(round(n * share, 9)) if 0 < share < 1 else 0
    if count < 2:
        raise InvalidInput(f"the worst {share:.1%} of {n} days holds {count}: at least two are needed")
    return count
