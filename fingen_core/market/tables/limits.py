"""How much is read of a file, and the one place where what the reading libraries raise becomes a sentence."""

import csv
import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from xml.parsers.expat import ExpatError

from fingen_core.errors import InvalidInput

__all__ = [
    "MAX_BYTES",
    "MAX_CELLS",
    "MAX_COLUMNS",
    "MAX_ROWS",
    "MEGABYTE",
    "Bound",
    "Progress",
    "damage",
    "refuse_cells",
    "refuse_columns",
    "refuse_grid",
    "refuse_rows",
]

Progress = Callable[[float], None]
"""Told the share that is done, from 0 to 1."""

MEGABYTE = 2**20
MAX_COLUMNS = 1_000
MAX_ROWS = 1_000_000
MAX_CELLS = 4_000_000
"""500 assets over 5,000 days are 2.5 million; four as Python objects take some 300 MB."""
MAX_BYTES = 50 * MEGABYTE

_OF_LIBRARIES = (
    ArithmeticError,
    AttributeError,
    EOFError,
    ExpatError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    csv.Error,
    struct.error,
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
)
"""What zipfile, zlib, expat, csv, codecs, pyarrow and pandas raise on damaged files. pyarrow's own exceptions are
ValueErrors, LookupErrors, OSErrors and RuntimeErrors; UnicodeError is a ValueError, RecursionError a RuntimeError."""


@contextmanager
def damage(sentence: str) -> Iterator[None]:
    """Refuse a file with this sentence when a library that reads it gives up."""
    try:
        yield
    except InvalidInput:
        raise
    except _OF_LIBRARIES as error:
        raise InvalidInput(sentence) from error


def refuse_columns(name: str, columns: int) -> None:
    """Refuse a table that is too wide."""
    if columns > MAX_COLUMNS:
        raise InvalidInput(
            f"{name} has {columns:,} columns, but at most {MAX_COLUMNS:,} are read: leave assets out, or exchange rows "
            "and columns if the dates run across"
        )


def refuse_rows(name: str, rows: int, more: str = "") -> None:
    """Refuse a table that is too long."""
    if rows > MAX_ROWS:
        raise InvalidInput(
            f"{name} has {more}{rows:,} rows, but at most {MAX_ROWS:,} are read: leave assets or years out"
        )


def refuse_cells(name: str, cells: int, more: str = "") -> None:
    """Refuse a table that is too large."""
    if cells > MAX_CELLS:
        raise InvalidInput(
            f"{name} has {more}{cells:,} cells, but at most {MAX_CELLS:,} are read: leave assets or years out"
        )


def refuse_grid(name: str, rows: int, columns: int) -> None:
    """Refuse a table that is wide because of a few rows and long: filling up the others takes memory as well."""
    if rows * columns > 4 * MAX_CELLS:
        raise InvalidInput(
            f"{name} has {rows:,} rows, and one with {columns:,} cells: leave out what stands beside or below the table"
        )


@dataclass
class Bound:
    """Counts what is read of one table, refuses what is too much as soon as it is, and tells what is done."""

    name: str
    progress: Progress | None = None
    _rows: int = field(default=0, init=False)
    _cells: int = field(default=0, init=False)
    _told: float = field(default=0.0, init=False)

    def row(self, cells: int) -> None:
        """One more row, of so many cells."""
        self._rows += 1
        self._cells += cells
        if self._rows > MAX_ROWS or self._cells > MAX_CELLS or cells > MAX_COLUMNS:
            refuse_columns(self.name, cells)
            refuse_rows(self.name, self._rows, "at least ")
            refuse_cells(self.name, self._cells, "at least ")

    def tell(self, share: float) -> None:
        """Tell the share that is done, at most ten times a second."""
        now = time.monotonic()
        if self.progress is not None and now - self._told > 0.1:
            self._told = now
            self.progress(min(max(share, 0.0), 1.0))
