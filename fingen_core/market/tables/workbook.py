"""Excel workbooks: which of their visible sheets holds a table, and its cells."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900

from fingen_core.errors import InvalidInput
from fingen_core.market.tables.limits import MAX_CELLS, MEGABYTE, Bound, Progress, damage, refuse_grid
from fingen_core.market.tables.package import Attributes, Package, parse
from fingen_core.market.tables.sheet import Book, Sheet, read_sheet

__all__ = ["Read", "read_whole_workbook", "read_workbook"]

_PEEK, _MAX_SHEETS = 200, 50
"""Rows that are looked at to know what a sheet holds, and sheets that are looked at."""
_DAMAGED = (
    "{} begins like an Excel file but cannot be read: open it in a spreadsheet program and save it again as .xlsx, or "
    "as CSV"
)
_MAX_STRINGS, _MAX_TEXTS = 500_000, 48 * MEGABYTE
_GROUPS = ("cellStyleXfs", "cellXfs", "cellStyles", "dxfs")
_STORE = "open and save it in a spreadsheet program first"
_MAX_TITLE = 31
_LOCAL_DATES = frozenset({*range(27, 37), *range(50, 59)})
"""Built-in formats that show dates in East Asian editions."""


@dataclass(frozen=True, kw_only=True)
class Read:
    """Rows of a sheet, its name, those of all visible ones, and what has to be told."""

    frame: pd.DataFrame
    sheet: str
    sheets: tuple[str, ...]
    told: tuple[str, ...]


@dataclass(frozen=True)
class _Tab:
    title: str
    part: str
    visible: bool


def read_workbook(data: bytes, name: str, sheet: str, holds: str, progress: Progress | None) -> Read:
    """Read one sheet: the one that is asked for, or the first visible one that holds a table."""
    with damage(_DAMAGED.format(name)):
        workbook = _Workbook(data, name)
        tab = workbook.tab(sheet)
        workbook.package.check(tab.part)
        found = workbook.read(tab, Bound(name, progress))
        if found is None:
            raise InvalidInput(f"{name} has no table in its sheets: the first one needs {holds}")
        return found


def read_whole_workbook(data: bytes, name: str, holds: str) -> list[Read]:
    """Read all visible sheets that hold anything, within the bounds of one."""
    with damage(_DAMAGED.format(name)):
        workbook = _Workbook(data, name)
        if len(workbook.visible) > _MAX_SHEETS:
            many = f"{name} has {len(workbook.visible):,} sheets, but at most {_MAX_SHEETS} are read"
            raise InvalidInput(f"{many}: keep those with tables")
        workbook.package.check(*(tab.part for tab in workbook.visible.values()))
        bound = Bound(name)
        found = [read for tab in workbook.visible.values() if (read := workbook.read(tab, bound)) is not None]
        if not found:
            raise InvalidInput(f"{name} has no table in its sheets: one needs {holds}")
        return found


class _Workbook:
    """A workbook whose sheets are known and not yet read."""

    def __init__(self, data: bytes, name: str) -> None:
        self.package = Package(data, name)
        tabs, epoch = _tabs(self.package)
        self.visible = {tab.title: tab for tab in tabs if tab.visible}
        self._hidden = [tab.title for tab in tabs if not tab.visible]
        if not self.visible:
            raise InvalidInput(f"{name} has no visible sheet with cells: show the one that holds the table")
        self._book = _book(self.package, epoch)

    def tab(self, wanted: str) -> _Tab:
        """The sheet that is asked for, else the first that looks like a table, half as much at least as any other."""
        if wanted:
            if wanted in self.visible:
                return self.visible[wanted]
            known = ", ".join(list(self.visible)[:20])
            raise InvalidInput(f"{self.package.name} has no visible sheet {wanted[:60]}: choose one of {known}")
        looked = [(self._likeness(tab), tab) for tab in list(self.visible.values())[:_MAX_SHEETS]]
        most = max(like for like, _ in looked)
        return next(tab for like, tab in looked if 2 * like >= most)

    def _likeness(self, tab: _Tab) -> int:
        """How many of the first rows look like those of a table."""
        bound = Bound(self.package.name)
        head = read_sheet(self.package.chunks(tab.part), self._book, tab.title, bound, most=_PEEK)
        return sum(_is_row_of_table(row) for row in head.rows[:_PEEK])

    def read(self, tab: _Tab, bound: Bound) -> Read | None:
        """The cells of a sheet; ``None`` if it has none."""
        found = read_sheet(_watched(self.package, tab.part, bound), self._book, tab.title, bound)
        if not found.rows:
            return None
        told = tuple(_told(found, tab.title, self._hidden))
        return Read(frame=_frame(found, bound.name), sheet=tab.title, sheets=tuple(self.visible), told=told)


def _tabs(package: Package) -> tuple[list[_Tab], datetime]:
    """The sheets that have cells, in the order of the workbook (charts have none), and the first day of its dates."""
    main = _main(package)
    targets = package.targets(main)
    tabs, epoch = [], CALENDAR_WINDOWS_1900
    for tag, attributes in package.elements(main, "workbookPr", "sheet"):
        if tag == "workbookPr" and attributes.get("date1904") in ("1", "true"):
            epoch = CALENDAR_MAC_1904
        if tag == "sheet":
            kind, part = targets[next((value for key, value in attributes.items() if key.endswith(":id")), "")]
            if kind == "worksheet":
                tabs.append(
                    _Tab(attributes["name"][:_MAX_TITLE], part, attributes.get("state", "visible") == "visible")
                )
    return tabs, epoch


def _main(package: Package) -> str:
    kinds = dict(package.targets("").values())
    return kinds.get("officeDocument", "xl/workbook.xml")


def _book(package: Package, epoch: datetime) -> Book:
    main = _main(package)
    parts = dict(package.targets(main).values())
    strings = _strings(package, parts["sharedStrings"]) if parts.get("sharedStrings", "") in package else []
    dates = _dates(package, parts["styles"]) if parts.get("styles", "") in package else frozenset()
    return Book(strings, dates, epoch)


def _dates(package: Package, part: str) -> frozenset[str]:
    """Styles that show a number as a date, by their place among the formats of cells."""
    formats: dict[str, str] = {}
    styles: list[str] = []
    inside = ""
    for tag, attributes in package.elements(part, "numFmt", "xf", *_GROUPS):
        if tag == "numFmt":
            formats[attributes["numFmtId"]] = attributes.get("formatCode", "")[:255]
        elif tag in _GROUPS:
            inside = tag
        elif tag == "xf" and inside == "cellXfs":
            styles.append(attributes.get("numFmtId", "0"))
    shown = {style for style in set(styles) if _shows_date(style, formats)}
    return frozenset(str(place) for place, style in enumerate(styles) if style in shown)


def _shows_date(style: str, formats: dict[str, str]) -> bool:
    code = formats.get(style) or BUILTIN_FORMATS.get(int(style), "")
    return int(style) in _LOCAL_DATES or is_date_format(code)


def _strings(package: Package, part: str) -> list[str]:
    """Texts that cells share, without what is written above them as a help for reading."""
    strings: list[str] = []
    pieces: list[str] = []
    open_ = [False, False]  # inside a text, inside a help for reading

    def start(tag: str, _: Attributes) -> None:
        if tag == "t":
            open_[0] = not open_[1]
        elif tag == "rPh":
            open_[1] = True

    def text(data: str) -> None:
        if open_[0]:
            pieces.append(data)

    def end(tag: str) -> None:
        if tag == "t":
            open_[0] = False
        elif tag == "rPh":
            open_[1] = False
        elif tag == "si":
            if len(strings) >= _MAX_STRINGS:
                raise InvalidInput(f"{package.name} has more than {_MAX_STRINGS:,} different texts: leave columns out")
            strings.append("".join(pieces))
            pieces.clear()

    parse(package.chunks(part, _MAX_TEXTS), start, end, text)
    return strings


def _watched(package: Package, part: str, bound: Bound) -> Iterator[bytes]:
    done, size = 0, package.size(part)
    for chunk in package.chunks(part):
        yield chunk
        done += len(chunk)
        bound.tell(done / size)


def _is_row_of_table(row: Sequence[object]) -> bool:
    """Two cells or more, of which one is a number or a day: notes are text beside text."""
    filled = [cell for cell in row if cell is not None]
    return len(filled) > 1 and any(not isinstance(cell, str) or cell[:1].isdigit() for cell in filled[1:])


def _frame(sheet: Sheet, name: str) -> pd.DataFrame:
    width = max(map(len, sheet.rows))
    refuse_grid(name, len(sheet.rows), width)
    for row in sheet.rows:
        row.extend([None] * (width - len(row)))
    _fill_merged(sheet, width)
    cells = np.array(sheet.rows, dtype=object).reshape(len(sheet.rows), width)
    return pd.DataFrame(cells, index=pd.Index(sheet.numbers), columns=range(width), dtype=object, copy=False)


def _fill_merged(sheet: Sheet, width: int) -> None:
    """All cells of a merged area hold what it shows, as the names of fields above several assets do.

    Titles are left alone: areas of one row that begin in the first column or stand in their row alone.
    """
    filled = 0
    for area in sheet.merged:
        left, top, right, bottom = range_boundaries(area)
        rows = sheet.rows[bisect_left(sheet.numbers, top) : bisect_right(sheet.numbers, bottom)]
        if not rows or left > width or (top == bottom and (left == 1 or sum(c is not None for c in rows[0]) < 2)):
            continue
        filled += len(rows) * (min(right, width) - left + 1)
        if filled > MAX_CELLS:
            raise ValueError("merged areas lie upon one another")
        _fill(rows, left - 1, min(right, width))


def _fill(rows: list[list[object]], left: int, right: int) -> None:
    shown = rows[0][left]
    for row in rows:
        row[left:right] = [shown if cell is None else cell for cell in row[left:right]]


def _told(sheet: Sheet, title: str, hidden: Sequence[str]) -> Iterator[str]:
    if sheet.unknown == 1:
        yield f"1 cell of sheet {title} holds a formula without a stored value: {_STORE}"
    elif sheet.unknown:
        yield f"{sheet.unknown:,} cells of sheet {title} hold formulas without stored values: {_STORE}"
    if hidden:
        few = ", ".join(hidden[:5]) + (" and more" if len(hidden) > 5 else "")
        yield f"hidden and not read: {few}"
