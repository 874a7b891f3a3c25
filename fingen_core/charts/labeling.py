"""Where names of points stand on a scatter chart, so that they touch neither each other nor the points' own marks."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from fingen_core.charts.lettering import width
from fingen_core.types import Array

__all__ = ["boxes", "text_positions"]

_PLACES = {
    "top center": (0.0, 1.0),
    "bottom center": (0.0, -1.0),
    "middle right": (1.0, 0.0),
    "middle left": (-1.0, 0.0),
    "top right": (1.0, 1.0),
    "bottom right": (1.0, -1.0),
    "top left": (-1.0, 1.0),
    "bottom left": (-1.0, -1.0),
}
"""Plotly's words, the best first: on which side of its point, from left to right and from bottom to top."""

_MARK = 7.0
"""Half of a mark with the gap to its words, pixels."""


def text_positions(points: ArrayLike, names: Sequence[str], size: float, plot: tuple[float, float]) -> list[str]:
    """A place for each name, in their order: the first that is free, else the one that covers least.

    Parameters
    ----------
    points : array, shape (n, 2)
        Pixels from the bottom left corner of the plot.
    names : sequence of str
    size : float
        Of the letters, pixels.
    plot : tuple of float
        Width and height of the plot in pixels, beyond which words are cut off. Give those of the narrowest screen: on
        a wider one the points lie farther apart.

    Returns
    -------
    list of str
        For ``textposition`` of a Plotly trace.
    """
    places = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    taken = [(x - _MARK, y - _MARK, x + _MARK, y + _MARK) for x, y in places]
    chosen = []
    for index, name in enumerate(names):
        others = np.array(taken[:index] + taken[index + 1 :], dtype=np.float64).reshape(-1, 4)
        tried = {place: boxes(places[[index]], [name], [place], size)[0] for place in _PLACES}
        best = min(tried, key=lambda place: _covered(tried[place], others) + _outside(tried[place], plot))
        chosen.append(best)
        taken.append(tuple(tried[best]))
    return chosen


def boxes(points: ArrayLike, names: Sequence[str], places: Sequence[str], size: float) -> Array:
    """Left, bottom, right and top of each name in pixels, shape (n, 4)."""
    found = []
    for (x, y), name, place in zip(np.asarray(points, dtype=np.float64), names, places, strict=True):
        (across, up), wide, high = _PLACES[place], width(name, size), 1.3 * size
        left = x - wide / 2 + across * (wide / 2 + (_MARK if up == 0 else 0))
        bottom = y - high / 2 + up * (high / 2 + _MARK)
        found.append((left, bottom, left + wide, bottom + high))
    return np.array(found, dtype=np.float64).reshape(-1, 4)


def _covered(box: Array, others: Array) -> float:
    """Area that a box shares with others."""
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    return float(np.prod(np.maximum(sides, 0), axis=1).sum())


def _outside(box: Array, plot: tuple[float, float]) -> float:
    """Area of a box beyond the plot; counted ten times, as words that are cut off cannot be read."""
    inside = np.maximum(np.minimum(box[2:], plot) - np.maximum(box[:2], 0), 0)
    return 10 * float(np.prod(box[2:] - box[:2]) - np.prod(inside))
