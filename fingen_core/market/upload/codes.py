"""Numbers that stand for a missing value, like -99.99 and 9999."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from fingen_core.types import Array

Mask = npt.NDArray[np.bool_]

__all__ = ["find_codes", "without_codes"]

_FAR = 1.5
"""A code is further than this from both its neighbours, as a ratio."""


def find_codes(values: pd.DataFrame) -> tuple[float, ...]:
    """Numbers made of nines that stand for "missing" in at least one column.

    Parameters
    ----------
    values : DataFrame, shape (n_dates, n_assets)
        As the file has them, in order of time.
    """
    found: set[float] = set()
    for _, column in values.items():
        numbers = column.to_numpy(np.float64)
        for code in _candidates(numbers):
            if _marks(numbers, code).any():
                found.add(code)
    return tuple(sorted(found))


def without_codes(values: pd.DataFrame, codes: tuple[float, ...]) -> tuple[pd.DataFrame, dict[float, int]]:
    """The same table where codes are missing values, and how often each was; a price that happens to be 9999 stays."""
    counts = dict.fromkeys(codes, 0)
    if not codes:
        return values, counts
    cleaned = {}
    for place, column in enumerate(values.columns):
        numbers = pd.to_numeric(values.iloc[:, place], errors="coerce").to_numpy(np.float64)
        marked = np.zeros(len(numbers), bool)
        for code in codes:
            of_code = _marks(numbers, code)
            counts[code] += int(of_code.sum())
            marked |= of_code
        cleaned[column] = values.iloc[:, place].mask(pd.Series(marked, values.index).to_numpy())
    return pd.DataFrame(cleaned, index=values.index, columns=values.columns), counts


def _candidates(numbers: Array) -> list[float]:
    return [float(code) for code in np.unique(numbers[_is_nines(numbers)])]


def _marks(numbers: Array, code: float) -> Mask:
    """Where a code stands, if its series has no such size otherwise."""
    here = np.asarray(numbers == code, bool)
    none = np.zeros(len(numbers), bool)
    others = numbers[np.isfinite(numbers) & ~here & ~_is_nines(numbers)]
    if not here.any() or not len(others):
        return none
    signed = bool((others < 0).mean() > 0.02)
    if signed:  # returns: as large a move as that has no match
        large = float(np.quantile(np.abs(others), 0.99))
        return here if abs(code) > max(3 * large, 1.2 * float(np.abs(others).max())) else none
    if code < 0:
        return here
    if code < 99.9 or (code < 999 and here.sum() < 2):
        return none
    return here if _stands_apart(numbers, here, code) else none


_NINE_CODES = np.array(
    [
        sign * float("9" * whole + part)
        for sign in (1, -1)
        for whole in range(2, 9)
        for part in ("", ".9", ".99", ".999")
    ]
)


def _is_nines(numbers: Array) -> Mask:
    return np.asarray(np.isin(numbers, _NINE_CODES), bool)


def _stands_apart(numbers: Array, here: Mask, code: float) -> bool:
    """Whether a code is far from the known value before it and the one after it, everywhere."""
    known = pd.Series(np.where(here | _is_nines(numbers) | (numbers <= 0), np.nan, numbers))
    before, after = known.ffill().to_numpy()[here], known.bfill().to_numpy()[here]
    with np.errstate(invalid="ignore", divide="ignore"):
        far = [np.abs(np.log(code / near)) > np.log(_FAR) for near in (before, after)]
    near = [~apart & np.isfinite(value) for apart, value in zip(far, (before, after), strict=True)]
    return not bool((near[0] | near[1]).any())
