"""Open, high, low and close by what is always true of them, whatever they are called."""

import numpy as np

from fingen_core.types import Array

__all__ = ["closes_first", "holds", "range_columns"]

_MOST_WRONG, _WIDEST = 0.02, 1.25
_STEPS, _MOST_STEPS = 3.0, 15.0
"""So many usual steps of a price lie between its high and its low, usually and at most."""


def range_columns(values: Array) -> tuple[int, int] | None:
    """The columns with the highest and the lowest price of each day, if there are such two.

    ``values`` has shape (n_dates, n_columns), NaN where a value is missing.
    """
    rows = values[np.isfinite(values).all(axis=1) & (values > 0).all(axis=1)]
    if len(rows) < 20 or values.shape[1] < 3:
        return None
    highest = [int(place) for place in range(rows.shape[1]) if holds(rows, high=place)]
    lowest = [int(place) for place in range(rows.shape[1]) if holds(rows, low=place)]
    if len(highest) != 1 or len(lowest) != 1 or highest == lowest:
        return None
    ratio = rows[:, highest[0]] / rows[:, lowest[0]]
    middle, most = float(np.median(ratio)), float(np.quantile(ratio, 0.99))
    step = float(np.median(np.abs(np.diff(np.log(rows), axis=0)))) / 0.6745
    near = middle <= _WIDEST and most <= 2 * _WIDEST
    # Of months, and of coins, a high is further from its low; assets beside each other drift apart by many steps.
    of_steps = np.log(middle) <= _STEPS * step and np.log(most) <= _MOST_STEPS * step
    return (highest[0], lowest[0]) if (near or of_steps) and float((ratio > 1).mean()) > 0.5 else None


def holds(values: Array, *, high: int | None = None, low: int | None = None) -> bool:
    """Whether a column is never below, or never above, any of the others."""
    place = high if high is not None else low
    others = np.delete(values, place or 0, axis=1)
    column = values[:, [place or 0]]
    wrong = others > column * (1 + 1e-9) if high is not None else others < column * (1 - 1e-9)
    with np.errstate(invalid="ignore"):
        return bool(wrong.any(axis=1).mean() <= _MOST_WRONG)


def closes_first(first: Array, second: Array) -> bool | None:
    """Whether ``first`` is the close and ``second`` the open; ``None`` where prices do not tell.

    Days in order of time. An open is near the close before it: nearer than a close to the open before it.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        if_first = np.abs(np.log(second[1:] / first[:-1]))
        if_second = np.abs(np.log(first[1:] / second[:-1]))
    fine = np.isfinite(if_first) & np.isfinite(if_second)
    if fine.sum() < 20:
        return None
    ratio = float(np.mean(if_first[fine])) / max(float(np.mean(if_second[fine])), 1e-12)
    return True if ratio < 0.7 else False if ratio > 1 / 0.7 else None
