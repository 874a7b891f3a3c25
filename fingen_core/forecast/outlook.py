"""What drawn paths say about the next days: bands, and the chances of rising, of a level, of a stop before a target.

Values are those of one asset or portfolio along each path, shape (n_paths, n_steps + 1), from 1 on the evening of the
forecast. All chances are shares of paths that are watched at closes only; their error is that of the drawing, not of
the model.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from fingen_core.errors import InvalidInput
from fingen_core.types import Array

__all__ = ["BANDS", "Chance", "bands", "chance", "crossing", "rising", "stop_before_target", "summary_table"]

BANDS = (0.5, 0.8, 0.95)
"""Shares of outcomes that bands hold."""

_Z = float(norm.ppf(0.975))


@dataclass(frozen=True, kw_only=True)
class Chance:
    """A share of paths with the interval of its drawing.

    Attributes
    ----------
    estimate, low, high : float
        The share, and the 95 % interval of Wilson, which holds at 0 and 1 too.
    n : int
        Paths.
    """

    estimate: float
    low: float
    high: float
    n: int


def chance(hit: ArrayLike) -> Chance:
    """The share of true values.

    Notes
    -----
    ``(p + z^2/2n ± z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n)`` with z = 1.96. Wilson (1927), "Probable inference, the
    law of succession, and statistical inference", JASA 22.
    """
    values = np.asarray(hit, dtype=bool)
    if values.ndim != 1 or not len(values):
        raise InvalidInput(f"hits of shape {values.shape}: give one true or false per path, for at least one path")
    n, p = len(values), float(values.mean())
    middle, room = p + _Z**2 / (2 * n), _Z * float(np.sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2)))
    scale = 1 + _Z**2 / n
    low, high = (middle - room) / scale, (middle + room) / scale
    return Chance(estimate=p, low=min(max(0.0, low), p), high=max(min(1.0, high), p), n=n)


def bands(values: ArrayLike, shares: tuple[float, ...] = BANDS) -> pd.DataFrame:
    """Central bands and the median of every day, as changes since the start.

    Returns
    -------
    DataFrame
        Index: day from 0. Columns: median, and ``low_50``, ``high_50``, ... for each share; decimals.
    """
    paths = _paths(values)
    found = {"median": np.median(paths, axis=0) - 1}
    for share in shares:
        low, high = np.quantile(paths, [(1 - share) / 2, (1 + share) / 2], axis=0) - 1
        found |= {f"low_{share * 100:g}": low, f"high_{share * 100:g}": high}
    return pd.DataFrame(found).rename_axis("day")


def rising(values: ArrayLike) -> Chance:
    """The chance that the last value lies above the first."""
    paths = _paths(values)
    return chance(paths[:, -1] > paths[:, 0])


def crossing(values: ArrayLike, level: float) -> Chance:
    """The chance that some close reaches ``level``, a multiple of the starting value, from whichever side it lies."""
    paths = _paths(values)
    if not (np.isfinite(level) and level > 0) or level == 1:
        raise InvalidInput(f"level {level:g} times the start: choose one above or below the starting value")
    later = paths[:, 1:]
    return chance((later >= level).any(axis=1) if level > 1 else (later <= level).any(axis=1))


def stop_before_target(values: ArrayLike, stop: float, target: float) -> dict[str, Chance]:
    """Which comes first: a fall to the stop, a rise to the target, or neither.

    Parameters
    ----------
    values : array, shape (n_paths, n_steps + 1)
    stop, target : float
        Loss and gain at which somebody sells, both positive decimals: 0.05 is 5 %.

    Returns
    -------
    dict
        Chances of ``stop``, ``target`` and ``neither``; their estimates sum to 1.

    Notes
    -----
    A close cannot be both, so the first close at or beyond either decides. Within the day both may be reached:
    there the stop comes first more often than closes tell.
    """
    paths = _paths(values)
    if not 0 < stop < 1 or not (np.isfinite(target) and target > 0):
        raise InvalidInput(f"stop {stop:g} and target {target:g}: give a loss inside (0, 1) and a gain above 0")
    never = paths.shape[1]
    fell, rose = _first(paths <= 1 - stop + 1e-12, never), _first(paths >= 1 + target - 1e-12, never)
    return {
        "stop": chance(fell < rose),
        "target": chance(rose < fell),
        "neither": chance((fell == never) & (rose == never)),
    }


def summary_table(
    values: Mapping[str, Array], came: Mapping[str, float] | None = None, share: float = 0.8
) -> pd.DataFrame:
    """One row per asset or portfolio over the whole horizon.

    Parameters
    ----------
    values : mapping
        Values along paths, by name.
    came : mapping, optional
        Return that came, by name; where it is missing, so are the columns that speak of it.
    share : float
        Of the outcomes that the band holds.

    Returns
    -------
    DataFrame
        name, median, low, high (of the band), rising, rising_low, rising_high, and with ``came``: came, inside (whether
        the band held it), rank (share of paths below it). Decimals.
    """
    rows = []
    for name, paths in values.items():
        end = _paths(paths)[:, -1] - 1
        low, median, high = np.quantile(end, [(1 - share) / 2, 0.5, (1 + share) / 2])
        up = rising(paths)
        row = {"name": name, "median": median, "low": low, "high": high}
        row |= {"rising": up.estimate, "rising_low": up.low, "rising_high": up.high}
        if came is not None:
            known = came.get(name, np.nan)
            row |= {"came": known, "inside": low <= known <= high, "rank": float((end < known).mean())}
        rows.append(row)
    return pd.DataFrame(rows)


def _first(reached: NDArray[np.bool_], never: int) -> Array:
    """Day on which each path is first there; ``never`` where it is not."""
    return np.asarray(np.where(reached.any(axis=1), reached.argmax(axis=1), never))


def _paths(values: ArrayLike) -> Array:
    paths = np.asarray(values, dtype=np.float64)
    if paths.ndim != 2 or paths.shape[0] < 1 or paths.shape[1] < 2 or not np.isfinite(paths).all():
        raise InvalidInput(
            f"values of shape {paths.shape}: give finite ones, (n_paths, n_steps + 1), at least one step"
        )
    return paths
