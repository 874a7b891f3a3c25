"""The cells of one sheet of an Excel workbook, read from its XML row by row."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from openpyxl.utils.datetime import from_excel

from fingen_core.errors import InvalidInput
from fingen_core.market.tables.limits import MAX_COLUMNS, Bound, refuse_columns
from fingen_core.market.tables.package import Attributes, parse

__all__ = ["Book", "Sheet", "read_sheet"]

_MAX_TEXT = 32_767
_DIGITS = "0123456789"
_WHOLE = re.compile(r"-?\d{1,15}")
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
        About so many rows are enough; 0 for all.

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
    for chunk in chunks:
        if len(sheet.rows) >= most:
            return
        yield chunk


class _Reading:
    """What expat tells becomes rows. It is called a few times a cell, so it holds its state in plain attributes."""

    def __init__(self, book: Book, where: str, bound: Bound) -> None:
        self.sheet = Sheet()
        self._book, self._where, self._bound = book, where, bound
        self._row: list[object] = []
        self._number = self._column = 0
        self._kind = self._style = ""
        self._pieces: list[str] = []
        self._inside = self._formula = False

    def start(self, tag: str, attributes: Attributes) -> None:
        """An element begins."""
        if tag == "c":
            self._begin_cell(attributes)
        elif tag in ("v", "t"):
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
            self._pieces.append(data)
            if len(self._pieces) > 1_000:
                self._refuse_text()

    def end(self, tag: str) -> None:
        """An element ends."""
        if tag in ("v", "t"):
            self._inside = False
        elif tag == "c":
            self._end_cell()
        elif tag == "row":
            self._end_row()

    def _begin_row(self, attributes: Attributes) -> None:
        number = int(attributes.get("r", self._number + 1))
        if not self._number < number <= _LAST_ROW:
            raise InvalidInput(f"{self._where} has row {number:,} after row {self._number:,}: save it again")
        self._number, self._column, self._row = number, 0, []

    def _begin_cell(self, attributes: Attributes) -> None:
        place = attributes.get("r")
        self._column = _column_of(place.rstrip(_DIGITS)) if place else self._column + 1
        self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "")
        self._pieces, self._formula = [], False

    def _end_cell(self) -> None:
        text = "".join(self._pieces)
        if text.isspace() or not text:
            self.sheet.unknown += self._formula and self._kind != "str"
            return
        if len(text) > _MAX_TEXT:
            self._refuse_text()
        row, place = self._row, self._column - 1
        if place >= MAX_COLUMNS:
            refuse_columns(self._bound.name, self._column)
        if place < len(row):
            raise InvalidInput(f"{self._where} holds two values in one cell of row {self._number:,}: save it again")
        if place > len(row):
            row.extend([None] * (place - len(row)))
        row.append(self._value(text))

    def _end_row(self) -> None:
        if self._row:
            self._bound.row(len(self._row))
            self.sheet.numbers.append(self._number)
            self.sheet.rows.append(self._row)

    def _value(self, text: str) -> object:
        kind = self._kind
        if kind == "n":
            return self._day(text) if self._style in self._book.dates else _number(text)
        if kind == "s":
            return self._book.strings[_place(text)]
        if kind == "b":
            return "TRUE" if text.strip() in ("1", "true") else "FALSE"
        if kind == "d":
            return datetime.fromisoformat(text.strip())
        return text

    def _day(self, text: str) -> object:
        number = _number(text)
        if isinstance(number, str):
            return number
        try:
            return from_excel(number, self._book.epoch)
        except (OverflowError, ValueError) as error:
            raise InvalidInput(
                f"row {self._number:,} of {self._where} shows the number {text[:20]} as a date, but there is no such "
                "day: mend it, or show it as a number"
            ) from error

    def _refuse_text(self) -> None:
        raise InvalidInput(
            f"row {self._number:,} of {self._where} holds a text of more than {_MAX_TEXT:,} characters: leave it out"
        )


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
    return number if math.isfinite(number) else text


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
