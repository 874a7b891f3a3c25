"""Text that spreadsheets leave alone: no name becomes a formula when a CSV file is opened, and none is lost on return.

Excel, LibreOffice and others run what begins with ``=``, ``+``, ``-`` or ``@`` in a CSV, quoted or not, also in full
width and behind blanks. An apostrophe before it makes it text, as it does in a cell that is typed into. The apostrophe
comes off when FinGen reads such a file::

    guarded("=1+1") == "'=1+1"        unguarded("'=1+1") == "=1+1"
    guarded("'=1+1") == "''=1+1"      unguarded(guarded(text)) == text, whatever the text
"""

import csv
import unicodedata
from pathlib import Path
from typing import IO, Any

import pandas as pd

__all__ = ["guarded", "read_csv", "to_csv", "unguarded"]

_MARK = "'"
_STARTS = frozenset("=+-@")
_BLANKS = frozenset("\t\r\n")
_CELL_ENDS = (";", "\t", "|", "\r", "\n")
"""What ends a cell for a program that takes another separator than the comma, unless all is in quotes."""


def guarded(text: str) -> str:
    """The text with an apostrophe before it, if a spreadsheet might take it for a formula; else the same text."""
    return _MARK + text if _starts_formula(text.lstrip(_MARK)) else text


def unguarded(text: str) -> str:
    """What ``guarded`` was given."""
    return text[1:] if text[:1] == _MARK and _starts_formula(text.lstrip(_MARK)) else text


def to_csv(frame: pd.DataFrame, *, index: bool = False, digits: int | None = None) -> str:
    """A table as CSV with every text guarded: cells, column heads, index.

    Parameters
    ----------
    frame : DataFrame
    index : bool
        Whether the index is written too.
    digits : int, optional
        Significant digits of decimal numbers; all of them if not given.
    """
    safe = _each(frame, guarded, index=index)
    several = any(end in text for text in _texts(safe, index=index) for end in _CELL_ENDS)
    return str(
        safe.to_csv(
            index=index,
            float_format=f"%.{digits}g" if digits else None,
            quoting=csv.QUOTE_ALL if several else csv.QUOTE_MINIMAL,
        )
    )


def read_csv(source: Path | IO[Any], **options: Any) -> pd.DataFrame:
    """A table that ``to_csv`` wrote, with the names that it had; ``options`` are those of ``pandas.read_csv``."""
    return _each(pd.read_csv(source, **options), unguarded, index=True)


def _starts_formula(text: str) -> bool:
    """Blanks of every kind and signs without width may stand before the sign; a tab or a line end is one itself."""
    if text[:1] in _BLANKS and text:
        return True
    seen = (letter for letter in text if not letter.isspace() and unicodedata.category(letter) not in ("Cf", "Cc"))
    first = unicodedata.normalize("NFKC", next(seen, ""))
    return first[:1] in _STARTS if first else False


def _each(frame: pd.DataFrame, change: Any, *, index: bool) -> pd.DataFrame:
    """The table with every text changed."""
    made = frame.copy(deep=False)
    for place in range(made.shape[1]):
        column = made.iloc[:, place]
        if _holds_text(column.dtype):
            made.isetitem(place, _changed(column, change))
    made.columns = _labels(made.columns, change)
    if index:
        made.index = _labels(made.index, change)
    return made


def _changed(column: pd.Series, change: Any) -> pd.Series:
    """Texts of a column changed, each different one once: a column may hold a million of the same."""
    texts = {value for value in column if isinstance(value, str)}
    other = {text: made for text in texts if (made := change(text)) != text}
    if not other:
        return column
    values = [other.get(value, value) if isinstance(value, str) else value for value in column]
    return pd.Series(values, index=column.index, dtype=object, name=column.name)


def _labels(labels: pd.Index, change: Any) -> pd.Index:
    if isinstance(labels, pd.MultiIndex):
        levels = [_labels(labels.get_level_values(place), change) for place in range(labels.nlevels)]
        return pd.MultiIndex.from_arrays(levels, names=[level.name for level in levels])
    name = change(labels.name) if isinstance(labels.name, str) else labels.name
    if not _holds_text(labels.dtype):
        return labels.rename(name)
    return pd.Index([change(label) if isinstance(label, str) else label for label in labels], name=name)


def _texts(frame: pd.DataFrame, *, index: bool) -> set[str]:
    """Every different text of a table."""
    found: set[str] = set()
    columns = [frame.iloc[:, place] for place in range(frame.shape[1])]
    for values in [*columns, frame.columns, *([frame.index] if index else [])]:
        if _holds_text(values.dtype):
            found |= {value for value in values if isinstance(value, str)}
    return found


def _holds_text(dtype: Any) -> bool:
    kinds = (pd.api.types.is_object_dtype, pd.api.types.is_string_dtype)
    return isinstance(dtype, pd.CategoricalDtype) or any(is_kind(dtype) for is_kind in kinds)
