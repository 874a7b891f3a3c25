"""Spelled rows as the bytes of a file, separated text or a workbook; and the way back, by the known places."""

import csv
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import openpyxl
import pandas as pd
import xlsxwriter

from .cells import Cell, Day, Num, Numbers, Rows
from .dates import Dates
from .known import Known, Truth

__all__ = ["Book", "Case", "Text", "back", "book_bytes", "frame_of", "read_book", "read_text", "spelled", "text_bytes"]

Grid = list[list[object]]


@dataclass(frozen=True)
class Text:
    """A separated file. ``separator`` " " is R's table (names without a corner), "fixed" pads the cells to columns."""

    separator: str = ","
    encoding: str = "utf-8"
    line_end: str = "\n"
    quote_all: bool = False
    hint: bool = False
    """Excel's first line ``sep=;``."""


@dataclass(frozen=True)
class Book:
    """A workbook: how days and numbers stand in it and which sheets there are."""

    typed_days: str = "yyyy-mm-dd"
    """Format of typed days; "text" as the spelling says, "serial" for bare numbers."""
    typed_numbers: bool = True
    before: tuple[tuple[str, bool], ...] = ()
    """Sheets before the table's: name and whether hidden."""
    sheet: str = "Sheet1"
    wrong_dimension: bool = False
    notes: tuple[str, ...] = field(default=("Prepared by the desk", "Prices are unadjusted", "Ask before use"))


def spelled(rows: Rows, dates: Dates, numbers: Numbers) -> list[list[str]]:
    """Each cell as text."""

    def text(cell: Cell) -> str:
        return cell if isinstance(cell, str) else dates.write(cell) if isinstance(cell, Day) else numbers.write(cell)

    return [[text(cell) for cell in row] for row in rows]


def text_bytes(rows: list[list[str]], how: Text) -> bytes:
    """The rows as a file."""
    return f"{f'sep={how.separator}{how.line_end}' if how.hint else ''}{_joined(rows, how)}".encode(how.encoding)


def _joined(rows: list[list[str]], how: Text) -> str:
    if how.separator == "fixed":
        width = [max(len(row[k]) for row in rows if k < len(row)) for k in range(max(map(len, rows)))]
        return "".join("  ".join(c.rjust(width[k]) for k, c in enumerate(row)) + how.line_end for row in rows)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=how.separator, lineterminator=how.line_end, quoting=csv.QUOTE_MINIMAL)
    if how.quote_all:
        writer = csv.writer(out, delimiter=how.separator, lineterminator=how.line_end, quoting=csv.QUOTE_ALL)
    writer.writerows(rows)
    return out.getvalue()


def read_text(data: bytes, how: Text) -> Grid:
    """The cells of that file, by its own rules."""
    text = data.decode(how.encoding)
    if how.separator == "fixed":
        return [re.split(r"\s{2,}", line.strip()) for line in text.splitlines()]
    lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=how.separator))
    return [list(line) for line in (lines[1:] if how.hint else lines)]


def book_bytes(rows: Rows, dates: Dates, numbers: Numbers, how: Book) -> bytes:
    """The rows as the sheet of a workbook."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    for name, hidden in how.before:
        sheet = book.add_worksheet(name)
        for i, note in enumerate(how.notes):
            sheet.write_string(i, 0, note)
        if hidden:
            _old_prices(sheet)
            sheet.hide()
    table = book.add_worksheet(how.sheet)
    if any(hidden for _, hidden in how.before):
        table.set_first_sheet()
    table.activate()
    _fill(table, rows, dates=dates, numbers=numbers, how=how, book=book)
    book.close()
    return _with_dimension(out.getvalue(), len(how.before) + 1) if how.wrong_dimension else out.getvalue()


def _old_prices(sheet: "xlsxwriter.worksheet.Worksheet") -> None:
    """A hidden sheet that looks like prices and is none of this market's."""
    for i in range(90):
        sheet.write_row(
            i + 4,
            0,
            [f"{pd.Timestamp(2001, 1, 1) + pd.Timedelta(days=i):%Y-%m-%d}", 12 + i % 7 * 0.25, 30 - i % 5 * 0.5],
        )


def _fill(
    sheet: "xlsxwriter.worksheet.Worksheet",
    rows: Rows,
    *,
    dates: Dates,
    numbers: Numbers,
    how: Book,
    book: xlsxwriter.Workbook,
) -> None:
    form, share = book.add_format({"num_format": how.typed_days}), book.add_format({"num_format": "0.00%"})
    for i, row in enumerate(rows):
        for j, cell in enumerate(row):
            if isinstance(cell, Day) and how.typed_days == "serial":
                sheet.write_number(i, j, (cell.at - pd.Timestamp(1899, 12, 30)).days)
            elif isinstance(cell, Day) and how.typed_days != "text":
                sheet.write_datetime(i, j, cell.at.to_pydatetime(), form)
            elif isinstance(cell, Num) and how.typed_numbers and not np.isnan(cell.value):
                percent = cell.unit.endswith("%")
                value = cell.value * (1e6 if cell.unit == "M" else 1)
                sheet.write_number(
                    i,
                    j,
                    round(value / 100, cell.places + 2) if percent else round(value, cell.places),
                    share if percent else None,
                )
            elif text := spelled([[cell]], dates, numbers)[0][0]:
                sheet.write_string(i, j, text)


def _with_dimension(data: bytes, number: int) -> bytes:
    """The same with a dimension tag that speaks of one cell, as some programs leave it."""
    source, out = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for item in source.infolist():
            content = source.read(item.filename)
            if item.filename == f"xl/worksheets/sheet{number}.xml":
                content = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1"', content)
            target.writestr(item, content)
    return out.getvalue()


def read_book(data: bytes, sheet: str) -> Grid:
    """The cells of a sheet, empty ones as empty text."""
    table = openpyxl.load_workbook(io.BytesIO(data))[sheet]
    return [["" if v is None else v for v in row] for row in table.iter_rows(values_only=True)]


Found = dict[tuple[int, int], tuple[pd.Timestamp, float]]


def back(
    grid: Grid, rows: Rows, day_of: Callable[[object], pd.Timestamp], number_of: Callable[[object, Num], float]
) -> Found:
    """Every true number with its day, taken from the known places of a file's cells.

    Parameters
    ----------
    grid : list of list
        Cells of the file, row by row as ``rows`` was written (rows of no cell may be absent in neither).
    """
    found: Found = {}
    for cells, row in zip(grid, rows, strict=False):
        days = [k for k, cell in enumerate(row) if isinstance(cell, Day)]
        for k, cell in enumerate(row):
            if isinstance(cell, Num) and cell.key is not None:
                value = number_of(cells[k], cell) if k < len(cells) else np.nan
                found[cell.key] = (day_of(cells[days[0]]), value)
    return found


# -- a file with its truth -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A rendered file.

    ``back`` gives the truth again from the bytes alone, by the renderer's own rules; ``traits`` name what was drawn.
    """

    seed: int
    index: int
    name: str
    data: bytes
    truth: Truth
    traits: frozenset[str]
    back: Callable[[], pd.DataFrame]


def frame_of(found: Found, known: Known) -> pd.DataFrame:
    """Numbers found at their places as a table like the truth."""
    days = [
        next((found[i, j][0] for j in range(len(known.names)) if (i, j) in found), known.days[i])
        for i in range(len(known.days))
    ]
    values = np.full(known.written.shape, np.nan)
    for (i, j), (_, value) in found.items():
        values[i, j] = value
    return pd.DataFrame(values / (100 if known.percent else 1), index=pd.DatetimeIndex(days), columns=list(known.names))
