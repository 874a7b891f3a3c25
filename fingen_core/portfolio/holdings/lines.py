"""The lines of a pasted list or a file, with the numbers that they have there."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.market.spreadsheet import unguarded
from fingen_core.market.tables import read_cells
from fingen_core.portfolio.holdings.numbers import looks_like_number

__all__ = ["Line", "lines_of"]

_MOST_LINES, _MOST_CELLS, _MOST_BYTES = 20_000, 400_000, 5 * 2**20
_HOLDS = "a column of tickers and one of quantities, values or weights"
_QUOTED = re.compile(r'"[^"]*"')
_BEFORE_SIGN = re.compile(r"(?<=\d)\s+([%€£₹])")
_PARTING_COMMA = re.compile(r"(?<!\d),|,(?!\d)")
_BLANK_BEHIND = re.compile(r",\s")
_NO_THOUSANDS = re.compile(r"(?<!\d),|,(?!\d{3}(?!\d))")
"""Commas but those that part thousands, in a line that writes a blank behind the others: "AAPL, 1,200"."""
_OPEN = re.compile(r'(^|[,;\t|])\s*"[^"]*$')
_TYPED = (b"PK\x03\x04", b"PAR1")
_WIDEST = 200
_HEAD = 4096


@dataclass(frozen=True)
class Line:
    """A row with the number that it has in the file."""

    number: int
    cells: tuple[str, ...]

    @property
    def filled(self) -> list[str]:
        """The cells that hold something."""
        return [cell for cell in self.cells if cell]


def lines_of(data: bytes, name: str = "") -> list[Line]:
    """The rows of pasted text, a CSV, Excel or Parquet file, empty ones left out.

    Parameters
    ----------
    data : bytes
    name : str
        Of the file; empty for what was pasted, whose lines may each have a separator of their own.

    Raises
    ------
    InvalidInput
        If there is nothing, too much, or a file of another kind.
    """
    told = name or "the list"
    if not data.strip():
        raise InvalidInput(f"{told} is empty: give one line per holding, for instance AAPL, 120")
    if len(data) > _MOST_BYTES:
        raise InvalidInput(
            f"{told} has {len(data) / 2**20:.0f} MB, at most {_MOST_BYTES // 2**20} MB are read: leave columns out"
        )
    if (lines := data.count(b"\n")) > 10 * _MOST_LINES:  # blank ones and all: looking at each takes seconds
        raise InvalidInput(f"{told} has {lines:,} lines, at most {_MOST_LINES:,} are read: leave some out")
    found = _of_file(data, name) if name or data[:4] in _TYPED else _of_text(_decoded(data, told))
    if len(found) > _MOST_LINES:
        raise InvalidInput(f"{told} has {len(found):,} lines, at most {_MOST_LINES:,} are read: leave some out")
    return found


def _of_file(data: bytes, name: str) -> list[Line]:
    """Rows of a file, cut by the one separator that it has; a text without any is cut as what is pasted."""
    if data[:4] not in _TYPED and b"\x00" not in data[:_HEAD]:
        text = _decoded(data, name)
        if not any(_separator(row) for row in text.splitlines()):
            return _of_text(text)
    cells = read_cells(data, name or "the list", holds=_HOLDS)
    frame = cells.frame
    if frame.size > _MOST_CELLS:
        raise InvalidInput(
            f"{cells.file} has {frame.size:,} cells, at most {_MOST_CELLS:,} are read: leave columns out"
        )
    names = [Line(0, tuple(cells.names))] if cells.names else []
    rows = zip(frame.index, frame.astype(object).to_numpy(), strict=True)
    found = [*names, *(Line(int(number), tuple(_written(cell) for cell in row)) for number, row in rows)]
    return [line for line in found if any(line.cells)]


def _written(cell: object) -> str:
    """A cell as text; the decimals of a typed number cannot be mistaken for thousands."""
    if cell is None or cell is pd.NaT or (isinstance(cell, float) and np.isnan(cell)):
        return ""
    if isinstance(cell, bool | np.bool_) or not isinstance(cell, int | float | np.number):
        return str(cell).strip()
    text = np.format_float_positional(float(cell), trim="-")
    return text + "0" if len(text.partition(".")[2]) == 3 else text


def _of_text(text: str) -> list[Line]:
    if text.lower().startswith("sep="):
        text = "\n" + text.partition("\n")[2]
    rows = _rows(text)
    parted, width = any(_separator(row) for _, row in rows), _width(rows)
    found = [Line(number, _cells_of(row, parted, width)) for number, row in rows]
    return [line for line in found if any(line.cells)]


def _decoded(data: bytes, name: str) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    if b"\x00" in data[:_HEAD]:
        raise InvalidInput(f"{name} is no text and no Excel file (.xlsx): save it as CSV or Excel")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _rows(text: str) -> list[tuple[int, str]]:
    """Lines with their numbers; a quoted cell that goes over several lines keeps them together."""
    found: list[tuple[int, str]] = []
    waiting = ""
    began = 0
    for number, row in enumerate(text.splitlines(), 1):
        whole = f"{waiting} {row}" if waiting else row
        began = began if waiting else number
        if whole.count('"') % 2 and _OPEN.search(whole) and number - began < 20:
            waiting = whole
            continue
        found.append((began, whole))
        waiting = ""
    return [*found, (began, waiting)] if waiting else found


def _width(rows: Sequence[tuple[int, str]]) -> int:
    """How many names stand between the commas of the first line that has no number; 0 where there is none.

    From three on, a line with as many commas is parted by them all, also between digits.
    """
    names = next((row for _, row in rows if "," in row and not re.search(r"[\d;\t|]", row)), "")
    width = len(_by_commas(names))
    return width if width > 2 else 0


def _by_commas(row: str) -> list[str]:
    return next(csv.reader(io.StringIO(row)), [])


def _cells_of(row: str, parted: bool, width: int) -> tuple[str, ...]:
    """The cells of a line by its own separator: in pasted lists lines differ, and one odd line must not spoil all.

    In a list whose lines are parted by marks, a line without one is parted by blanks only if numbers stand in it.
    """
    separator = "," if width and len(_by_commas(row)) == width else _separator(row)
    if separator == "," and _BLANK_BEHIND.search(_QUOTED.sub("", row)):
        cells = [cell.strip('" ') for cell in _NO_THOUSANDS.split(row)] if '"' not in row else _by_commas(row)
    elif separator:
        cells = next(csv.reader(io.StringIO(row), delimiter=separator), [])
    else:
        cells = _by_blanks(row.replace('"', ""), parted)
    return tuple(unguarded(cell.strip()) for cell in cells[:_WIDEST])


def _by_blanks(row: str, parted: bool) -> list[str]:
    """A name of one or several words, then numbers and what follows them."""
    words = _BEFORE_SIGN.sub(r"\1", row).split()
    first = next((at for at, word in enumerate(words) if at and looks_like_number(word)), 0)
    if first:
        return [" ".join(words[:first]), *words[first:]]
    return [row.strip()] if parted else words


def _separator(row: str) -> str | None:
    """What parts the cells of a line; ``None`` for blanks.

    A comma between two digits parts only where no blank does: "PG 1,200.50" is a ticker and a number.
    """
    bare = _QUOTED.sub("", row)
    mark = next((mark for mark in "\t;|" if mark in bare), None)
    if mark or "," not in bare:
        return mark
    return "," if _PARTING_COMMA.search(bare) or len(bare.split()) == 1 else None
