"""Are generated paths new, or history again?

A resampled history wins every comparison with history, because it is history. So this asks how far each generated
window of days lies from the nearest real one, and puts beside it how far real windows lie from each other.

Distance is that of shapes. Returns are divided by each asset's standard deviation, every window is brought to length 1
(the root of its sum of squares), and the distance is Euclidean: 0 for a copy, also of another size, the root of 2 for
windows that have nothing in common. Without the second step the nearest window would nearly always be the calmest one
of history, and what is measured would be volatility.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from fingen_core.errors import InvalidInput
from fingen_core.metrics.catalog import METRICS
from fingen_core.metrics.paths import as_paths, halves_of
from fingen_core.types import Array

__all__ = ["COPY", "MOST_WINDOWS", "Novelty", "novelty", "novelty_floors"]

COPY = 0.1
"""A window this near to a real one, as a share of its size, is a near copy."""

MOST_WINDOWS = 2_000
"""Windows that are measured on each side, chosen at random when there are more."""

_NEAR_QUANTILE = 0.05
_ROWS_AT_ONCE = 1000  # of distances to all real windows: 20 MB


@dataclass(frozen=True, eq=False, kw_only=True)
class Novelty:
    """How far generated windows lie from history.

    Attributes
    ----------
    window : int
        Days of a window.
    generated : array, shape (n_generated,)
        Distance of each generated window to the nearest real one, sorted upwards.
    real : array, shape (n_real,)
        Distance of each real window to the nearest real one that shares no day with it, sorted upwards.
    closest_generated, closest_real : array, shape (window, n_assets)
        Log returns of the generated window that is nearest to history, and of the real window it is nearest to.
    closest_distance : float
    closest_start : int
        Row of the history's returns at which that real window begins.
    closest_date : str
        Its date (ISO); empty when no dates were given.
    """

    window: int
    generated: Array
    real: Array
    closest_generated: Array
    closest_real: Array
    closest_distance: float
    closest_start: int
    closest_date: str

    @property
    def ratio(self) -> float:
        """Median distance of generated windows over that of real ones: 1 is as new as a new piece of history."""
        return float(np.median(self.generated) / np.median(self.real))

    @property
    def ratio_closest(self) -> float:
        """The same for the 5 % quantiles: sees copies among many new windows."""
        return float(np.quantile(self.generated, _NEAR_QUANTILE) / np.quantile(self.real, _NEAR_QUANTILE))

    @property
    def share_copies(self) -> float:
        """Share of generated windows nearer to a real one than ``COPY``."""
        return float((self.generated < COPY).mean())

    def numbers(self) -> dict[str, float]:
        """The figures by their names in ``METRICS``."""
        return {
            "novelty_ratio": self.ratio,
            "novelty_ratio_closest": self.ratio_closest,
            "share_copies": self.share_copies,
        }

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Arrays by name for an ``.npz``, in single precision."""
        arrays = {item.name: np.asarray(getattr(self, item.name)) for item in fields(self)}
        return {name: a.astype(np.float32) if a.dtype == np.float64 else a for name, a in arrays.items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """What ``to_arrays`` gave; other names are refused."""
        names = {item.name for item in fields(cls)}
        if set(arrays) != names:
            odd = sorted(names.symmetric_difference(arrays))
            raise InvalidInput(f"{', '.join(odd)} missing or unknown: no arrays of a novelty, measure again")
        values: dict[str, Any] = {}
        for name, stored in arrays.items():
            values[name] = stored.item() if stored.ndim == 0 else stored.astype(np.float64)
        return cls(**values)


def novelty(
    generated: ArrayLike,
    history: ArrayLike,
    *,
    window: int = 21,
    dates: pd.DatetimeIndex | None = None,
    seed: int = 0,
) -> Novelty:
    """Measure how far generated windows lie from history.

    Parameters
    ----------
    generated : array, shape (n_paths, n_steps, n_assets)
        Generated log returns of at least ``window`` steps; paths that are not finite are left out.
    history : array, shape (n_days, n_assets)
        Log returns that the generator was fitted to; at least 10 windows long.
    window : int
        Days of a window, at least 2.
    dates : DatetimeIndex, length n_days, optional
        Dates of the history's returns, to say when the nearest window was.
    seed : int
        Which windows are measured when there are more than ``MOST_WINDOWS``.

    Returns
    -------
    Novelty

    Raises
    ------
    InvalidInput
        If shapes do not fit, the history is too short or not finite, or an asset never moves.

    Notes
    -----
    Generated windows do not overlap; of a generated path of 252 days there are twelve. Each looks for its nearest among
    all overlapping windows of history. Real windows look among the same, except those they share a day with, so both
    sides search nearly the same crowd: the nearest of many is nearer than the nearest of few.
    """
    past, _ = as_paths(history)
    paths, _ = as_paths(generated)
    _refuse_misfit(past, paths, window)
    scale = past[0].std(axis=0)
    if not (scale > 0).all():
        raise InvalidInput("an asset never moves in the history, so no distance has a unit: drop it")
    if dates is not None and len(dates) != past.shape[1]:
        raise InvalidInput(f"{len(dates)} dates for {past.shape[1]} returns: give one per return")
    rng = np.random.default_rng(seed)
    real = np.moveaxis(sliding_window_view(past[0], window, axis=0), -1, 1)
    crowd = _shapes(real, scale)
    fresh = paths[:, : paths.shape[1] // window * window].reshape(-1, window, past.shape[2])
    fresh = fresh[_some(len(fresh), rng)]
    distance, nearest = _nearest(_shapes(fresh, scale), crowd)
    chosen = _some(len(crowd), rng)
    among_real, _ = _nearest(crowd[chosen], crowd, own=chosen, window=window)
    closest = int(np.argmin(distance))
    start = int(nearest[closest])
    return Novelty(
        window=window,
        generated=np.sort(distance),
        real=np.sort(among_real),
        closest_generated=fresh[closest],
        closest_real=np.array(real[start]),
        closest_distance=float(distance[closest]),
        closest_start=start,
        closest_date="" if dates is None else f"{dates[start]:%Y-%m-%d}",
    )


def novelty_floors(history: ArrayLike, *, year: int, window: int = 21) -> dict[str, float]:
    """What ``Novelty.numbers`` says of real years as if they had been generated from other real years.

    Parameters
    ----------
    history : array, shape (n_days, n_assets)
        Log returns of at least two years, and 20 windows.
    year : int
        Steps in a year.
    window : int

    Returns
    -------
    dict
        Mean distance from the ideal (``Metric.miss``) over up to ten ways to choose half of the years, both ways.
    """
    misses = []
    for one, other in halves_of(history, max(year, 10 * window)):
        for ours, theirs in ((one, other), (other, one)):
            found = novelty(ours, theirs.reshape(-1, theirs.shape[2]), window=window).numbers()
            misses.append({name: METRICS[name].miss(value) for name, value in found.items()})
    return {name: float(np.mean([miss[name] for miss in misses])) for name in misses[0]}


def _shapes(windows: Array, scale: Array) -> NDArray[np.float32]:
    """Standardized windows of length 1, shape (n_windows, window * n_assets)."""
    flat = (windows / scale).reshape(len(windows), -1)
    size = np.linalg.norm(flat, axis=1, keepdims=True)
    return np.asarray(flat / np.where(size > 0, size, 1), dtype=np.float32)  # nothing happened: the origin


def _nearest(
    ours: NDArray[np.float32], crowd: NDArray[np.float32], *, own: NDArray[np.intp] | None = None, window: int = 0
) -> tuple[Array, NDArray[np.intp]]:
    """Distance to, and row of, the nearest of the crowd; rows within a window of ``own`` are left out."""
    distances, rows = [], []
    sizes = (crowd**2).sum(axis=1)
    for first in range(0, len(ours), _ROWS_AT_ONCE):
        part = ours[first : first + _ROWS_AT_ONCE]
        squares = sizes - 2 * part @ crowd.T
        if own is not None:
            gap = np.abs(own[first : first + _ROWS_AT_ONCE, None] - np.arange(len(crowd)))
            squares[gap < window] = np.inf
        row = squares.argmin(axis=1)
        rows.append(row)
        # The difference of the two themselves: the sum of products is off by 1e-7, and its root by 3e-4 at a copy.
        distances.append(np.linalg.norm((part - crowd[row]).astype(np.float64), axis=1))
    return np.concatenate(distances), np.concatenate(rows)


def _some(n: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """All rows, or ``MOST_WINDOWS`` of them at random, in order."""
    if n <= MOST_WINDOWS:
        return np.arange(n)
    return np.sort(rng.choice(n, MOST_WINDOWS, replace=False))


def _refuse_misfit(past: Array, paths: Array, window: int) -> None:
    if len(past) != 1 or past.shape[2] != paths.shape[2]:
        raise InvalidInput(
            f"generated returns of {paths.shape[2]} assets for {len(past)} histories of {past.shape[2]}: "
            "give one history of the same tickers"
        )
    if not 2 <= window <= paths.shape[1] or past.shape[1] < 10 * window:
        raise InvalidInput(
            f"window of {window} days with paths of {paths.shape[1]} and a history of {past.shape[1]}: choose 2 to "
            f"{max(2, min(paths.shape[1], past.shape[1] // 10))} days, or give longer ones"
        )
