"""Windows of returns as pictures, and pictures as windows again.

Two kinds. A **Gramian angular summation field** (Wang and Oates 2015) shows ``n`` days as ``n x n`` pixels::

    x = (r - min r) / (max r - min r)          in [0, 1], so the angle arccos(x) is unique
    G_ij = cos(arccos x_i + arccos x_j) = x_i x_j - sqrt(1 - x_i^2) sqrt(1 - x_j^2)

Since ``G_ii = 2 x_i^2 - 1`` and ``x`` is not negative, the diagonal alone gives the window back. A **heat map** shows
days as rows and assets as columns; with fewer assets than columns an asset is drawn over one or more columns.

Most pictures are not the picture of any window: those that are form a thin sheet among them. What a network paints lies
beside it, is moved to the nearest picture of a window, and the distance moved says how good the drawing is.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fingen_core.errors import InvalidInput
from fingen_core.types import Array

__all__ = [
    "FOLD",
    "column_assets",
    "distance",
    "from_pixels",
    "from_unit",
    "gramian",
    "gramian_diagonal",
    "gramian_nearest",
    "heat_map",
    "heat_map_nearest",
    "to_pixels",
    "to_unit",
]

FOLD = 1.5
"""Return, in units of its window, whose pixel is at 0.5 +- 0.35: larger ones are squeezed ever more."""

_LEAST = 1e-12
_SWEEPS = 10


def to_unit(windows: ArrayLike) -> tuple[Array, Array]:
    """Scale each window to [0, 1] and keep what the scaling loses.

    Parameters
    ----------
    windows : array, shape (..., n_days)
        Finite numbers, usually log returns.

    Returns
    -------
    unit : array, shape (..., n_days)
    scales : array, shape (..., 2)
        Logarithm of the standard deviation over the window, and its mean in units of that. A window that never moves
        has the standard deviation 1e-12.

    Notes
    -----
    Least and largest value would restore the window as well. But of a painted picture they would be wrong by what the
    painter gets wrong in brightness and contrast, and a hundredth of the range every day is a trend; the shape of a
    window does not depend on either.
    """
    values = np.asarray(windows, dtype=np.float64)
    if not np.isfinite(values).all():
        raise InvalidInput("a window holds values that are not finite: mend the prices first")
    low = values.min(axis=-1, keepdims=True)
    span = np.maximum(values.max(axis=-1, keepdims=True) - low, _LEAST)
    mean, sd = values.mean(axis=-1), np.maximum(values.std(axis=-1), _LEAST)
    return (values - low) / span, np.stack([np.log(sd), mean / sd], axis=-1)


def from_unit(unit: ArrayLike, scales: ArrayLike) -> Array:
    """Exact inverse of ``to_unit``: the shape of ``unit``, with the standard deviation and the mean of ``scales``."""
    x, kept = np.asarray(unit, dtype=np.float64), np.asarray(scales, dtype=np.float64)
    shape = (x - x.mean(axis=-1, keepdims=True)) / np.maximum(x.std(axis=-1, keepdims=True), _LEAST)
    return np.asarray((shape + kept[..., 1:]) * np.exp(kept[..., :1]))


def gramian(unit: ArrayLike) -> Array:
    """Gramian angular summation field of windows in [0, 1], shape (..., n_days, n_days), values in [-1, 1].

    Raises
    ------
    InvalidInput
        If a value lies outside [0, 1] by more than rounding.
    """
    x = np.asarray(unit, dtype=np.float64)
    if x.size and not (x.min() >= -1e-9 and x.max() <= 1 + 1e-9):
        raise InvalidInput(f"values from {x.min():g} to {x.max():g}: scale the window to [0, 1] first, with to_unit")
    x = np.clip(x, 0.0, 1.0)
    s = np.sqrt(1 - x**2)
    return np.asarray(x[..., :, None] * x[..., None, :] - s[..., :, None] * s[..., None, :])


def gramian_diagonal(field: ArrayLike) -> Array:
    """Windows in [0, 1] from the diagonals of fields: the exact inverse of ``gramian``; other pixels are not read."""
    diagonal = np.diagonal(np.asarray(field, dtype=np.float64), axis1=-2, axis2=-1)
    return np.asarray(np.sqrt((np.clip(diagonal, -1.0, 1.0) + 1) / 2))


def gramian_nearest(field: ArrayLike, sweeps: int = _SWEEPS) -> Array:
    """Windows in [0, 1] whose fields lie close to the given pictures in the sense of least squares.

    Parameters
    ----------
    field : array, shape (..., n_days, n_days)
        Any pictures. Of the picture of a window, that window is returned.
    sweeps : int
        Rounds of alternating least squares.

    Notes
    -----
    With ``B = [x, -s]`` the field is ``[x, s] B'``. While ``B`` is held, each day's ``(x_i, s_i)`` is a regression of
    its row on two columns, put back on the quarter circle: all ``n`` pixels of a row speak for a day, where the
    diagonal is one. The diagonal is the start. On pictures with normal noise of 0.1 it comes 2.6 times closer to the
    window than the diagonal does (docs/experiments.md).
    """
    given = np.asarray(field, dtype=np.float64)
    mirrored = (given + np.swapaxes(given, -1, -2)) / 2
    x = gramian_diagonal(mirrored)
    for _ in range(sweeps):
        base = np.stack([x, -np.sqrt(1 - x**2)], axis=-1)
        gram = np.swapaxes(base, -1, -2) @ base + 1e-9 * np.eye(2)
        pair = np.linalg.solve(gram, np.swapaxes(mirrored @ base, -1, -2))
        angle = np.clip(np.arctan2(pair[..., 1, :], pair[..., 0, :]), 0.0, np.pi / 2)
        x = np.cos(angle)
    # Once more from the diagonal: where it agrees with the rest exactly, rounding of the sweeps is not wanted.
    exact = gramian_diagonal(mirrored)
    better = distance(given, gramian(exact)) <= distance(given, gramian(x))
    return np.where(better[..., None], exact, x)


def to_pixels(moves: ArrayLike) -> Array:
    """Moves of any size as pixels in (0, 1), zero at one half: ``(1 + m / sqrt(FOLD^2 + m^2)) / 2``."""
    m = np.asarray(moves, dtype=np.float64)
    return np.asarray((1 + m / np.sqrt(FOLD**2 + m**2)) / 2)


def from_pixels(pixels: ArrayLike) -> Array:
    """Exact inverse of ``to_pixels``; a pixel of 0 or 1 counts as a move of 100 times ``FOLD``."""
    most = 1 / np.sqrt(1 + 1e-4)
    t = np.clip(2 * np.asarray(pixels, dtype=np.float64) - 1, -most, most)
    return np.asarray(FOLD * t / np.sqrt(1 - t**2))


def column_assets(n_assets: int, n_columns: int) -> NDArray[np.intp]:
    """Which asset each column of a heat map shows, shape (n_columns,).

    Raises
    ------
    InvalidInput
        If there are more assets than columns.
    """
    if not 1 <= n_assets <= n_columns:
        raise InvalidInput(
            f"{n_assets} assets on a heat map of {n_columns} columns: choose at most {n_columns} assets, or pictures "
            "of 64 x 64"
        )
    return np.asarray(np.arange(n_columns) * n_assets // n_columns, dtype=np.intp)


def heat_map(pixels: ArrayLike, n_columns: int) -> Array:
    """Draw pixels (..., n_days, n_assets) over ``n_columns`` columns."""
    values = np.asarray(pixels, dtype=np.float64)
    return np.asarray(values[..., column_assets(values.shape[-1], n_columns)])


def heat_map_nearest(pictures: ArrayLike, n_assets: int) -> Array:
    """Pixels (..., n_days, n_assets) of the nearest heat maps: the mean over an asset's columns.

    The exact inverse of ``heat_map``.
    """
    values = np.asarray(pictures, dtype=np.float64)
    columns = column_assets(n_assets, values.shape[-1])
    starts = np.searchsorted(columns, np.arange(n_assets))
    return np.asarray(np.add.reduceat(values, starts, axis=-1) / np.bincount(columns))


def distance(pictures: ArrayLike, nearest: ArrayLike) -> Array:
    """Root mean square difference over the pixels of each picture, shape (...): 0 for the picture of a window."""
    gap = np.asarray(pictures, dtype=np.float64) - np.asarray(nearest, dtype=np.float64)
    return np.asarray(np.sqrt((gap**2).mean(axis=(-2, -1))))
