"""What the columns of a table are called: no header, one row of names, or several of them."""

import re
from dataclasses import dataclass

import pandas as pd

from fingen_core.market.parsing import find_date_form, to_numbers
from fingen_core.market.parsing.numbers import is_missing
from fingen_core.market.parsing.words import field_of, says_asset, says_date
from fingen_core.market.upload.blocks import Block

__all__ = ["Table", "take_header"]

_MOST_LEVELS = 6
_STATISTICS = re.compile(
    r"count|mean|avg|average|std|st\.? ?dev|min|max|sum|total|n|obs|median|var|skew|kurt|first|last|\d*%?"
)
_UNIT = re.compile(
    r"[A-Z]{2}[A-Z]?\$|U\$|[$€£¥%]|GBp|GBX|USD|EUR|GBP|CHF|JPY|AUD|CAD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|RON|TRY|ZAR|CNY|HKD|SGD|"
    r"INR|KRW|TWD|BRL|MXN|ILS|THB|in percent|percent|points?|index|local"
)
_LEVEL_NAMES = frozenset({"price", "ticker", "attributes", "currency", "ccy", "unit", "units", "isin", "field", "type"})


@dataclass(frozen=True, eq=False, kw_only=True)
class Table:
    """A table with named columns.

    Attributes
    ----------
    frame : DataFrame
        Its rows; index: their numbers in the file. ``attrs["told"]``: what was left out of the file.
    date : str
        The column that holds dates best.
    levels : dict of str to tuple of str
        By column: what the rows of the header call it, from top to bottom.
    corners : tuple of str
        What the rows of the header have over the dates.
    """

    frame: pd.DataFrame
    date: str
    levels: dict[str, tuple[str, ...]]
    corners: tuple[str, ...]


def take_header(block: Block, names: tuple[str, ...], separator: str, told: tuple[str, ...]) -> Table:
    """Name the columns of a block by the rows above it."""
    body, place = block.body, block.date
    kept, beside = _without_beside(body, place)
    rows, corners, above = _given(names, kept, place) if names else _header_rows(block.head[kept], place)
    rows, corners = _without_units(_spread(rows, kept.index(place)), corners, kept.index(place))
    own = _date_name(corners)
    levels = [tuple(row[column].strip() for row in rows) for column in range(len(kept))]
    flat = [own if kept[column] == place else _flat(level) for column, level in enumerate(levels)]
    unique = _unique(flat, [column + 1 for column in kept])
    frame = body[kept].set_axis(pd.Index(unique, dtype=object), axis=1)
    frame.attrs = {"first_row": 0, "separator": separator, "told": (*told, *above, *block.told, *beside)}
    frame.attrs["words"] = block.words
    return Table(
        frame=frame, date=unique[kept.index(place)], levels=dict(zip(unique, levels, strict=True)), corners=corners
    )


_Header = tuple[list[list[str]], tuple[str, ...], tuple[str, ...]]
"""Rows of names from top to bottom; what they have over the dates; and what else stands above, told."""


def _given(names: tuple[str, ...], kept: list[int], place: int) -> _Header:
    return [[names[column] for column in kept]], (names[place],), ()


def _is_blank(column: pd.Series) -> bool:
    return bool((column.isna() | (column == "")).all())


def _without_beside(body: pd.DataFrame, place: int) -> tuple[list[int], tuple[str, ...]]:
    """The columns of the table that has the dates; what stands behind an empty column is another one if it has dates
    of its own, or few cells."""
    groups: list[list[int]] = [[]]
    for column in body.columns:
        if column != place and _is_blank(body[column]):
            groups.append([])
        else:
            groups[-1].append(int(column))
    kept: list[list[int]] = []
    others: list[list[int]] = []
    for group in filter(None, groups):
        (kept if place in group or _belongs(body, group, place) else others).append(group)
    told = [f"{_columns(group)} left out: a second table beside the first" for group in others]
    return [column for group in kept for column in group], tuple(told)


def _belongs(body: pd.DataFrame, group: list[int], place: int) -> bool:
    filled = [(body[column].notna() & (body[column] != "")).mean() for column in group]
    form, share = find_date_form(body[group[0]])
    own_dates = form is not None and share > 0.8 and not (body[group[0]] == body[place]).all()
    return max(filled) >= 0.3 and not own_dates


def _columns(group: list[int]) -> str:
    return f"Column {group[0] + 1}" if len(group) == 1 else f"Columns {group[0] + 1} to {group[-1] + 1}"


def _text(cell: object) -> str:
    if is_missing(cell) and not (isinstance(cell, str) and cell.strip()):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _header_rows(head: pd.DataFrame, place: int) -> _Header:
    """The rows above a table that name its columns, from the lowest up."""
    at = list(head.columns).index(place)
    rows: list[list[str]] = []
    used: list[int] = []
    spare: tuple[int, list[str]] | None = None
    units: tuple[int, list[str]] | None = None
    corner = ""
    for number in list(head.index)[::-1][: 2 * _MOST_LEVELS]:
        cells = [_text(cell) for cell in head.loc[number]]
        values = [cell for column, cell in enumerate(cells) if column != at and cell]
        if (used and min(used) - number > 1) or (spare and spare[0] - number > 1 and not used):
            break
        if not values:
            if rows or corner or not says_date(cells[at]):
                break
            corner = cells[at]
        elif not rows and _are_units(cells, cells[at], at):
            units = units or (number, cells)
        elif _are_numbers(values) and not _are_names(cells, at):
            if rows:
                break
            spare = spare or ((number, cells) if _may_be_names(cells, at) else None)
            continue
        elif (rows and not _is_level(cells, at)) or (not rows and len(values) == 1 and len(cells) > 4):
            break
        else:
            rows.insert(0, cells)
        used.append(number)
    spare = spare or units
    if not rows and spare:
        rows, used = [spare[1]], [spare[0]]
    corners = tuple(row[at] for row in rows) + ((corner,) if corner else ())
    return rows, corners, _told_above(head, used)


def _may_be_names(cells: list[str], at: int) -> bool:
    """Whether whole numbers beside an unknown word are names, and no statistics."""
    values = [cell for column, cell in enumerate(cells) if column != at and cell]
    return (
        _are_whole(values)
        and len(set(values)) == len(values)
        and not _STATISTICS.fullmatch(cells[at].lower().strip(" :"))
    )


def _without_units(rows: list[list[str]], corners: tuple[str, ...], at: int) -> tuple[list[list[str]], tuple[str, ...]]:
    """Rows that say in which currency or unit the columns are do not name them."""
    units = [place for place, row in enumerate(rows) if _are_units(row, corners[place], at)]
    if len(units) == len(rows):
        return rows, corners
    kept = [place for place in range(len(corners)) if place not in units]
    return [row for place, row in enumerate(rows) if place not in units], tuple(corners[place] for place in kept)


def _are_units(row: list[str], corner: str, at: int) -> bool:
    """Whether cells are units, all of them or all but one, as beside "Weekday"."""
    cells = [cell for column, cell in enumerate(row) if column != at and cell]
    n_units = sum(_UNIT.fullmatch(cell.strip("()[]")) is not None for cell in cells)
    return corner.lower().strip(" :") in ("currency", "ccy", "unit", "units", "währung") or (
        n_units == len(cells) > 0 or n_units == len(cells) - 1 >= 2
    )


def _are_names(cells: list[str], at: int) -> bool:
    """Whether numbers are names of assets, as 10107 and 700 are: whole, and beside a word for dates or nothing."""
    values = [cell for column, cell in enumerate(cells) if column != at and cell]
    beside = cells[at].lower().strip(":")
    return _are_whole(values) and (not beside or says_date(beside) or beside in _LEVEL_NAMES or says_asset(beside))


def _are_whole(cells: list[str]) -> bool:
    """Whether all are whole numbers as names are, 10107 and 000660, or words, "3M" and "Unnamed: 0" among them."""
    return all(re.fullmatch(r"\d+", cell) or re.search(r"[^\W\d_]", cell) for cell in cells)


def _are_numbers(cells: list[str]) -> bool:
    """Whether most cells are numbers; 3M is a name."""
    column = pd.Series(cells, dtype=object).where([not re.search(r"[^\W\d_]", cell) for cell in cells], "name")
    return bool((to_numbers(column)[0].notna() | to_numbers(column, ",")[0].notna()).mean() > 0.5)


def _is_level(cells: list[str], at: int) -> bool:
    """Whether a row above the names is one of the header too, and not a title, or a setting with its value."""
    values = [cell for column, cell in enumerate(cells) if column != at]
    filled = [cell for cell in values if cell]
    if cells[at].endswith(":") or any(find_date_form(pd.Series([cell], dtype=object))[0] for cell in filled[:2]):
        return False
    known = (
        not cells[at] or cells[at].lower().strip(":") in _LEVEL_NAMES or says_asset(cells[at]) or says_date(cells[at])
    )
    if len(values) <= 2 or len(filled) == 1:
        return known and bool(values[0])
    return (len(filled) >= len(values) / 2 or bool(values[0])) and (known or len(filled) > 2)


def _spread(rows: list[list[str]], at: int) -> list[list[str]]:
    """Names that stand over several columns once, as merged cells do, stand over each of them."""
    spread = []
    for depth, row in enumerate(rows):
        last, wide = "", []
        for column, cell in enumerate(row):
            last = cell or last if column != at else ""
            wide.append(last if depth < len(rows) - 1 and column != at else cell)
        spread.append(wide)
    return spread


def _date_name(corners: tuple[str, ...]) -> str:
    named = [corner for corner in corners[::-1] if corner]
    return next((name for name in named if says_date(name)), named[0] if named else "Date")


def _flat(levels: tuple[str, ...]) -> str:
    """One name out of several: fields last, as in "AAA Close"."""
    parts = list(dict.fromkeys(level for level in levels if level))
    return " ".join(sorted(parts, key=lambda part: field_of(part) is not None))


def _unique(names: list[str], places: list[int]) -> list[str]:
    taken: set[str] = set()
    unique = []
    for name, place in zip(names, places, strict=True):
        wanted = base = name or f"Column {place}"
        count = 1
        while wanted in taken:
            count += 1
            wanted = f"{base} ({count})"
        taken.add(wanted)
        unique.append(wanted)
    return unique


def _told_above(head: pd.DataFrame, used: list[int]) -> tuple[str, ...]:
    others = [number for number in head.index if number not in used]
    if not others:
        return ()
    where = f"Row {others[0]:,}" if len(others) == 1 else f"Rows {others[0]:,} to {others[-1]:,}"
    words = next((text for cell in head.loc[others[0]] if (text := _text(cell))), "")
    return (f'{where} left out: above the table, "{words[:40]}"',)
