"""Does it live like a market? The stylized facts of returns.

Every function takes returns of shape (n_steps, n_assets), a history, or (n_paths, n_steps, n_assets), generated paths,
and pools the paths: products are averaged over all paths before they are divided, and the mean is that of all paths, so
that many short paths and one long history are estimated alike. Returns that are not finite are refused. The list of
facts: Cont (2001), "Empirical properties of asset returns: stylized facts and statistical issues", Quantitative
Finance 1.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.fft import irfft, next_fast_len, rfft

from fingen_core.errors import InvalidInput
from fingen_core.types import Array

__all__ = [
    "autocorrelation",
    "correlation",
    "correlation_error",
    "distribution_distance",
    "hill_index",
    "kurtosis",
    "leverage",
    "skewness",
    "tail_dependence",
]


def autocorrelation(returns: ArrayLike, lags: Sequence[int]) -> Array:
    """Correlation of a series with itself ``lags`` steps later, shape (n_lags, n_assets).

    Give absolute or squared returns to see volatility cluster. ``sum_t (x_t - m)(x_{t+k} - m) / n_k`` over the
    variance, with m the mean over all steps and paths and n_k the number of products.
    """
    x = _paths(returns)
    centered = x - x.mean(axis=(0, 1))
    return _lagged(centered, centered, lags) / _positive_variance(centered)


def leverage(returns: ArrayLike, lags: Sequence[int]) -> Array:
    """Correlation of a return with the squared return ``lags`` steps later, shape (n_lags, n_assets).

    Negative for equities: volatility rises after a fall.
    """
    x = _paths(returns)
    centered = x - x.mean(axis=(0, 1))
    squares = centered**2 - (centered**2).mean(axis=(0, 1))
    return _lagged(centered, squares, lags) / np.sqrt(_positive_variance(centered) * _positive_variance(squares))


def kurtosis(returns: ArrayLike) -> Array:
    """Fourth central moment over the squared variance, shape (n_assets,); 3 for a normal distribution."""
    x = _paths(returns)
    squares = (x - x.mean(axis=(0, 1))) ** 2  # squared once more below: ten times faster than a fourth power
    return np.asarray((squares**2).mean(axis=(0, 1)) / _positive(squares.mean(axis=(0, 1))) ** 2)


def skewness(returns: ArrayLike) -> Array:
    """Third central moment over the variance to the power 3/2, shape (n_assets,); below 0: large falls."""
    x = _paths(returns)
    centered = x - x.mean(axis=(0, 1))
    squares = centered**2
    return np.asarray((squares * centered).mean(axis=(0, 1)) / _positive(squares.mean(axis=(0, 1))) ** 1.5)


def hill_index(returns: ArrayLike, share: float = 0.05) -> Array:
    """Tail index of the worst ``share`` of losses, shape (n_assets,); about 3 for daily equities, lower is heavier.

    One over the mean of ``log(loss_i / loss_k)`` over the k - 1 losses above the k-th largest. Hill (1975), "A simple
    general approach to inference about the tail of a distribution", Annals of Statistics 3.
    """
    losses = -_flat(returns)
    largest = np.sort(losses, axis=0)[::-1][: _tail_count(len(losses), share)]
    if (largest[-1] <= 0).any():
        raise InvalidInput(f"fewer than {share:.1%} of the returns are losses: choose a smaller share")
    mean_log: Array = np.log(largest[:-1] / largest[-1]).mean(axis=0)
    return np.asarray(1 / mean_log)


def tail_dependence(returns: ArrayLike, share: float = 0.05) -> float:
    """Chance that an asset is in its worst ``share`` of days when another is in its own, averaged over pairs.

    ``share`` for independent assets, 1 for assets that fall together always.
    """
    x = _flat(returns)
    count = _tail_count(len(x), share)
    worst = np.argsort(x, axis=0, kind="stable").argsort(axis=0, kind="stable") < count
    together = worst.T.astype(np.float64) @ worst / count
    return float(_off_diagonal(together).mean())


def correlation(returns: ArrayLike) -> Array:
    """Correlation of assets over all steps and paths, shape (n_assets, n_assets)."""
    x = _flat(returns)
    centered = x - x.mean(axis=0)
    scaled = centered / np.sqrt(_positive_variance(centered[None]))
    return np.asarray(scaled.T @ scaled / len(x))


def correlation_error(returns: ArrayLike, reference: ArrayLike) -> float:
    """Mean absolute difference of the correlations of two sets of returns, over pairs of assets."""
    ours, theirs = correlation(returns), correlation(reference)
    if ours.shape != theirs.shape:
        raise InvalidInput(f"{len(ours)} assets against {len(theirs)}: compare the same tickers")
    return float(np.abs(_off_diagonal(ours - theirs)).mean())


def distribution_distance(returns: ArrayLike, reference: ArrayLike, horizon: int = 1) -> Array:
    """Earth mover's distance of ``horizon``-day sums, shape (n_assets,), over sd(reference) sqrt(horizon).

    Mean absolute difference of 999 quantiles; sums do not overlap. 0 for the same distribution; what matters is the
    value for two halves of the reference.
    """
    ours, theirs = (_sums(values, horizon) for values in (returns, reference))
    grid = np.arange(1, 1000) / 1000
    gap: Array = np.abs(np.quantile(ours, grid, axis=0) - np.quantile(theirs, grid, axis=0)).mean(axis=0)
    return np.asarray(gap / (_flat(reference).std(axis=0) * np.sqrt(horizon)))


def _sums(returns: ArrayLike, horizon: int) -> Array:
    x = _paths(returns)
    n_sums = x.shape[1] // horizon if horizon >= 1 else 0
    if n_sums < 1:
        raise InvalidInput(f"horizon of {horizon} days in paths of {x.shape[1]}: choose 1 to {x.shape[1]}")
    blocks = x[:, : n_sums * horizon].reshape(x.shape[0] * n_sums, horizon, x.shape[2])
    return np.asarray(blocks.sum(axis=1))


def _lagged(first: Array, second: Array, lags: Sequence[int]) -> Array:
    """Mean of ``first_t * second_{t + lag}`` for each lag, shape (n_lags, n_assets).

    By Fourier transform: sixty lags cost little more than one. Zeros behind each path keep its end from meeting its
    start.
    """
    n_paths, n_steps = first.shape[:2]
    wrong = [lag for lag in lags if not 0 <= lag < n_steps]
    if wrong:
        raise InvalidInput(f"lag {wrong[0]} in paths of {n_steps} steps: choose lags from 0 to {n_steps - 1}")
    length = next_fast_len(n_steps + max(lags), real=True)
    ahead = rfft(second, length, axis=1)
    behind = ahead if second is first else rfft(first, length, axis=1)
    products = irfft((behind.conj() * ahead).sum(axis=0), length, axis=0)
    counts = n_paths * (n_steps - np.asarray(lags))
    return np.asarray(products[list(lags)] / counts[:, None])


def _paths(returns: ArrayLike) -> Array:
    x = np.asarray(returns, dtype=np.float64)
    if x.ndim not in {2, 3} or not x.size:
        raise InvalidInput(f"returns of shape {x.shape}: need (n_steps, n_assets) or (n_paths, n_steps, n_assets)")
    if not np.isfinite(x).all():
        raise InvalidInput(f"{1 - np.isfinite(x).mean():.2%} of the returns are not finite: drop or fill them first")
    return x if x.ndim == 3 else x[None]


def _flat(returns: ArrayLike) -> Array:
    x = _paths(returns)
    return x.reshape(-1, x.shape[2])


def _positive_variance(centered: Array) -> Array:
    return _positive((centered**2).mean(axis=(0, 1)))


def _positive(variance: Array) -> Array:
    if not (variance > 0).all():
        raise InvalidInput("an asset never moves, so nothing can be divided by its variance: drop it")
    return np.asarray(variance)


def _tail_count(n: int, share: float) -> int:
    count = int(round(n * share, 9)) if 0 < share < 1 else 0
    if count < 2:
        raise InvalidInput(f"the worst {share:.1%} of {n} returns holds {count}: at least two are needed")
    return count


def _off_diagonal(matrix: Array) -> Array:
    if len(matrix) < 2:
        raise InvalidInput("one asset has no pairs: choose at least two")
    return matrix[~np.eye(len(matrix), dtype=bool)]
