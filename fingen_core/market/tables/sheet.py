"""The cells of one sheet of an Excel workbook, read from its XML row by row."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import islice

from openpyxl.utils.datetime import from_excel

from fingen_core.errors import InvalidInput
from fingen_core.market.tables.limits import MAX_COLUMNS, Bound, refuse_columns
from fingen_core.market.tables.package import Attributes, parse

__all__ = ["Book", "Sheet", "read_sheet"]

_MAX_TEXT = 32_767
_DIGITS = "0123456789"
_OF_VALUES = frozenset({"v", "t"})
_WHOLE = re.compile(r"-?\d{1,15}")
_PEEKED = 4
"""Chunks that are looked at to know what a sheet holds."""
_MAX_MERGED = 100_000
_LAST_ROW, _LAST_COLUMN = 2**20, 2**14


@dataclass(frozen=True)
class Book:
    """What the cells of all sheets refer to.

    Attributes
    ----------
    strings : sequence of str
        Texts that cells name by their place.
    dates : frozenset of str
        Styles that show a number as a date.
    epoch : datetime
        The day from which dates are counted.
    """

    strings: Sequence[str]
    dates: frozenset[str]
    epoch: datetime


@dataclass
class Sheet:
    """What a sheet holds: its rows with their numbers, merged areas, and how many formulas have no stored value."""

    numbers: list[int] = field(default_factory=list)
    rows: list[list[object]] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    unknown: int = 0


def read_sheet(chunks: Iterable[bytes], book: Book, title: str, bound: Bound, most: int = 0) -> Sheet:
    """Read the rows of a sheet that hold anything.

    Parameters
    ----------
    chunks : iterable of bytes
        The XML of the sheet.
    book : Book
        What its cells refer to.
    title : str
        Its name, for messages.
    bound : Bound
        Counts rows and cells.
    most : int
        So many rows of the first megabyte are enough, or a few more; 0 for all.

    Raises
    ------
    InvalidInput
        If there is too much, or a cell holds what no spreadsheet shows.
    ExpatError, ValueError, LookupError
        If the XML is damaged.
    """
    reading = _Reading(book, f"sheet {title} of {bound.name}", bound)
    enough = _until(chunks, reading.sheet, most) if most else chunks
    parse(enough, reading.start, reading.end, reading.text, whole=not most)
    return reading.sheet


def _until(chunks: Iterable[bytes], sheet: Sheet, most: int) -> Iterator[bytes]:
    for chunk in islice(chunks, _PEEKED):
        if len(sheet.rows) >= most:
            return
        yield chunk


class _Reading:
    """What expat tells becomes rows.

    It is called five times a cell, millions of times a sheet: its methods are plain and call each other little.
    """

    def __init__(self, book: Book, where: str, bound: Bound) -> None:
        self.sheet = Sheet()
        self._book, self._where, self._bound = book, where, bound
        self._row: list[object] = []
        self._number = self._column = 0
        self._cell: Attributes = {}
        self._text = ""
        self._inside = self._formula = False

    def start(self, tag: str, attributes: Attributes) -> None:
        """An element begins."""
        if tag == "c":
            self._cell, self._text, self._formula = attributes, "", False
            place = attributes.get("r")
            self._column = _column_of(place.rstrip(_DIGITS)) if place else self._column + 1
        elif tag in _OF_VALUES:
            self._inside = True
        elif tag == "f":
            self._formula = True
        elif tag == "row":
            self._begin_row(attributes)
        elif tag == "mergeCell" and len(self.sheet.merged) < _MAX_MERGED:
            self.sheet.merged.append(attributes["ref"])

    def text(self, data: str) -> None:
        """Text inside an element."""
        if self._inside:
            self._text += data
            if len(self._text) > _MAX_TEXT:
                raise InvalidInput(
                    f"row {self._number:,} of {self._where} holds a text of more than {_MAX_TEXT:,} characters: leave "
                    "it out"
                )

    def end(self, tag: str) -> None:
        """An element ends."""
        if tag in _OF_VALUES:
            self._inside = False
        elif tag == "c":
            if self._text:
                self._end_cell()
            elif self._formula and self._cell.get("t") != "str":
                self.sheet.unknown += 1
        elif tag == "row" and self._row:
            self._bound.row(len(self._row))
            self.sheet.numbers.append(self._number)
            self.sheet.rows.append(self._row)

    def _begin_row(self, attributes: Attributes) -> None:
        number = int(attributes.get("r", self._number + 1))
        if not self._number < number <= _LAST_ROW:
            raise InvalidInput(f"{self._where} has row {number:,} after row {self._number:,}: save it again")
        self._number, self._column, self._row = number, 0, []

    def _end_cell(self) -> None:
        value = self._value()
        row, missing = self._row, self._column - 1 - len(self._row)
        if isinstance(value, str) and not value.strip():
            return
        if missing or len(row) >= MAX_COLUMNS:
            self._refuse_place(missing)
            row.extend([None] * missing)
        row.append(value)

    def _refuse_place(self, missing: int) -> None:
        refuse_columns(self._bound.name, max(self._column, len(self._row) + 1))
        if missing < 0:
            raise InvalidInput(f"row {self._number:,} of {self._where} has cells in disorder: save it again")

    def _value(self) -> object:
        kind, text = self._cell.get("t", "n"), self._text
        if kind == "n":
            return self._day() if self._cell.get("s") in self._book.dates else _number(text)
        if kind == "s":
            return self._book.strings[_place(text)]
        if kind == "b":
            return "TRUE" if text.strip() in ("1", "true") else "FALSE"
        return datetime.fromisoformat(text.strip()) if kind == "d" else text

    def _day(self) -> object:
        number = _number(self._text)
        if isinstance(number, str):
            return number
        try:
            return from_excel(number, self._book.epoch)
        except (OverflowError, ValueError) as error:
            raise InvalidInput(
                f"row {self._number:,} of {self._where} shows the number {number:g} as a date, but there is no such "
                "day: mend it, or show it as a number"
            ) from error


def _place(text: str) -> int:
    """The place of a shared text; a negative one would count from the end."""
    place = int(text)
    if place < 0:
        raise IndexError(place)
    return place


def _number(text: str) -> int | float | str:
    """A number; what is none, or not a finite one, stays as it stands."""
    if _WHOLE.fullmatch(text):
        return int(text)
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) and "_" not in text else text


@lru_cache(maxsize=20_000)
def _column_of(letters: str) -> int:
    column = 0
    for letter in letters:
        place = ord(letter) - 64
        if not 1 <= place <= 26 or column > _LAST_COLUMN:
            raise ValueError(letters)
        column = 26 * column + place
    if not 1 <= column <= _LAST_COLUMN:
        raise ValueError(letters)
    return column
