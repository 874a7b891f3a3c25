"""Which decimal mark a file has, by all of its numbers together."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.market.parsing.numbers import is_missing, to_numbers
from fingen_core.market.upload.reads import Reads

__all__ = ["decimal_digits", "decimal_marks", "marked_cell"]

_SAMPLE = 50


def decimal_marks(reads: Reads, columns: Sequence[str], separator: str) -> list[str]:
    """The decimal marks that a file may have: those under which the fewest cells are no numbers.

    Two, the likelier first, where every marked number has three digits behind its one mark: "4.782".

    Raises
    ------
    InvalidInput
        If one column needs the one mark and another column the other.
    """
    texts = [name for name in columns if _has_text(reads.frame[name])]
    open_to_comma = {name: _might_have_commas(reads, name) for name in texts}
    if not any(reads.of(name, ".").wrong.any() for name in texts) and not all(open_to_comma.values()):
        return ["."]
    numeric = [name for name in texts if _is_numeric(reads, name)]
    _refuse_mixture(reads, numeric)
    wrong = {mark: sum(int(reads.of(name, mark).wrong.sum()) for name in numeric) for mark in ".,"}
    if wrong["."] != wrong[","]:
        return [min(wrong, key=lambda mark: wrong[mark])]
    if all(_same(reads, name) for name in numeric):
        return ["."]
    european = separator == ";" or (separator != "," and any(_shows(reads.frame[name], ",") for name in numeric))
    return [",", "."] if european else [".", ","]


def _has_text(column: pd.Series) -> bool:
    return pd.api.types.infer_dtype(column, skipna=True) in ("string", "mixed", "mixed-integer")


def _sample(column: pd.Series) -> pd.Series:
    """Some texts from all over a column."""
    some = column.iloc[np.unique(np.linspace(0, max(len(column) - 1, 0), 4 * _SAMPLE).astype(int))[: len(column)]]
    return some[[isinstance(cell, str) and not is_missing(cell) for cell in some]].head(_SAMPLE)


def _might_have_commas(reads: Reads, name: str) -> bool:
    """Whether no cell of a sample is a number with a decimal point and none with a decimal comma."""
    some = _sample(reads.frame[name])
    point, comma = to_numbers(some, ".")[0], to_numbers(some, ",")[0]
    return not bool((point.notna() & comma.isna()).any())


def _is_numeric(reads: Reads, name: str) -> bool:
    return any(reads.of(name, mark).values.notna().sum() > reads.of(name, mark).wrong.sum() for mark in ".,")


def _refuse_mixture(reads: Reads, names: Sequence[str]) -> None:
    """Refuse columns of which one has decimal points throughout and another one decimal commas."""
    with_mark = {mark: [name for name in names if _needs(reads, name, mark)] for mark in ".,"}
    if with_mark["."] and with_mark[","]:
        point, comma = with_mark["."][0], with_mark[","][0]
        raise InvalidInput(
            f"column {point} has decimal points and column {comma} decimal commas: write all numbers of a file with "
            "the same mark"
        )


def _needs(reads: Reads, name: str, mark: str) -> bool:
    other = "," if mark == "." else "."
    right, left = reads.of(name, mark), reads.of(name, other)
    return bool(right.wrong.sum() == 0 and left.wrong.sum() > 0.3 * max(right.values.notna().sum(), 1))


def _same(reads: Reads, name: str) -> bool:
    point, comma = reads.of(name, ".").values.to_numpy(), reads.of(name, ",").values.to_numpy()
    return bool(np.array_equal(point, comma, equal_nan=True))


def _shows(column: pd.Series, mark: str) -> bool:
    return any(mark in str(cell) for cell in _sample(column))


def marked_cell(reads: Reads, columns: Sequence[str]) -> str:
    """The first cell that is another number with the other mark, as it is written."""
    for name in columns:
        point, comma = reads.of(name, ".").values, reads.of(name, ",").values
        apart = np.flatnonzero((point.notna() & comma.notna() & (point != comma)).to_numpy())
        if len(apart):
            return str(reads.frame[name].iloc[apart[0]]).strip()
    return ""


def decimal_digits(frame: pd.DataFrame, columns: Sequence[str], decimal: str) -> int:
    """Decimals of most numbers as written; 15 where they are written in full."""
    counts = []
    for name in list(columns)[:20]:
        column = frame[name]
        some = column.iloc[np.unique(np.linspace(0, len(column) - 1, _SAMPLE).astype(int))]
        counts += [len(text.partition(decimal)[2]) for text in map(_written, some) if text]
    return int(np.quantile(counts, 0.9)) if counts else 0


def _written(cell: object) -> str:
    if is_missing(cell):
        return ""
    text = f"{cell:.15g}" if isinstance(cell, (float, np.floating)) else str(cell).strip()
    return text.rstrip("%").strip()
