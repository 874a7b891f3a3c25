"""What arithmetic says about columns of numbers, whatever their names: quantity times price is value."""

from collections.abc import Mapping, Sequence
from itertools import permutations

import numpy as np

from fingen_core.types import Array

__all__ = ["Product", "holds", "is_price", "products", "scale_of"]

Product = tuple[int, int, int]
"""Places of two factors and of their product."""

_MOST_COLUMNS = 12
_MOST_ROWS = 40
_SHARE = 0.9
_NEAR = 3.0
_FAR = 1.05


def holds(left: Array, right: Array, product: Array) -> bool:
    """Whether ``left * right`` is ``product`` up to rounding in nine of ten rows, and not by ones or noughts.

    Parameters
    ----------
    left, right, product : array, shape (n_rows,)
        NaN rows are left out.
    """
    whole = np.isfinite(left) & np.isfinite(right) & np.isfinite(product) & (product != 0)
    left, right, product = left[whole], right[whole], product[whole]
    if not len(product) or (np.abs(left) == 1).all() or (np.abs(right) == 1).all():
        return False
    slack = 0.0051 * (np.minimum(np.abs(left), np.abs(right)) + np.maximum(np.abs(left), np.abs(right)) * 0.01 + 1)
    slack = np.minimum(slack, 0.01 * np.abs(product)) + 1e-9
    with np.errstate(over="ignore"):  # what is beyond all numbers is near nothing
        near = np.abs(left * right - product) <= np.maximum(slack, 1e-4 * np.abs(product))
    return bool(near.mean() >= _SHARE)


def products(columns: Mapping[int, Array]) -> list[Product]:
    """All places ``(a, b, c)``, ``a < b``, of which the numbers of ``c`` are those of ``a`` times those of ``b``."""
    cut = {place: values[:_MOST_ROWS] for place, values in list(columns.items())[:_MOST_COLUMNS]}
    found = []
    for left, right, product in permutations(cut, 3):
        if left < right and holds(cut[left], cut[right], cut[product]):
            found.append((left, right, product))
    return found


def is_price(values: Array, closes: Array) -> bool:
    """Whether numbers lie near the last closes of the same lines, NaN where no close is known."""
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = np.abs(np.log(values / closes))
    known = apart[np.isfinite(apart)]
    return bool(len(known) and np.median(known) < np.log(_NEAR) and known.max() < np.log(2 * _NEAR))


def scale_of(weights: Sequence[float], most: float) -> tuple[float, ...]:
    """What weights without percent signs may have to be divided by: 1, 100, or both where nothing tells them apart.

    Parameters
    ----------
    weights : sequence of float
        Of all lines, cash and those that are left out included.
    most : float
        Long and short together, as a multiple of the value, beyond which nobody invests.

    Notes
    -----
    As written they make sense if they add up to 1, or are long and leave a part in cash; as percent if they add up to
    100, or cannot be as written.
    """
    net, gross = float(np.sum(weights)), float(np.abs(weights).sum())
    long = all(weight >= 0 for weight in weights)
    tolerance = 0.006 + 0.0006 * len(weights)
    written = abs(net - 1) <= tolerance or (long and 0.5 <= net <= _FAR)
    percent = abs(net - 100) <= 100 * tolerance or gross > most
    if written and not percent:
        return (1.0,)
    if percent and not written:
        return (100.0,)
    return (1.0, 100.0)
