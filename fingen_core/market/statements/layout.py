"""How a file of statements lies: which cells are items, periods, companies and amounts.

Three layouts are known: items in rows and periods in columns (of one company or of several), a row per period or per
company and period with items in columns, and one row per amount.
"""

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.market.statements.items import ITEMS, item_of
from fingen_core.market.statements.period_names import named_periods
from fingen_core.market.statements.sheet import (
    Lain,
    Places,
    Sheet,
    column_of,
    distinct,
    facts_of,
    is_number,
    left_out,
    meanings,
    most_periods,
    periods_of_rows,
    refuse_nameless,
    share_of_periods,
    sheet_of,
    unit_of,
)
from fingen_core.market.statements.units import unit_in, without
from fingen_core.market.tables import Cells

__all__ = ["lay_out"]

_TOP = 60
"""Rows in which a header is looked for."""


def lay_out(cells: Cells) -> Lain:
    """Find the facts of one sheet.

    Raises
    ------
    InvalidInput
        If no item is known, or what stands around the items makes no layout that is known.
    """
    sheet = sheet_of(cells)
    items = sheet.items.to_numpy()
    across, down = (np.array([distinct(line) for line in lines], int) for lines in (items, items.T))
    if not len(across) or not across.max():
        raise InvalidInput(
            f"{cells.file} names no known item: use {', '.join(ITEMS)} in its first column, and name the other columns "
            "by their periods"
        )
    top, column = int(across.argmax()), int(down.argmax())
    if across.max() > down.max() or (across.max() == down.max() and _heads_periods(sheet, top)):
        return _rows_of_periods(sheet, top)
    return _rows_of_items(sheet, column)


def _heads_periods(sheet: Sheet, top: int) -> bool:
    """Whether a row that holds an item is a header: of the columns below it one names periods."""
    items = {place for place, item in enumerate(sheet.items.iloc[top]) if item}
    return most_periods(sheet.text.iloc[top + 1 :], items) is not None


# -- a row per period, or per company and period ----------------------------------------------------------------------


def _rows_of_periods(sheet: Sheet, top: int) -> Lain:
    """Items in columns: SimFin's layout, and tables that were turned."""
    header, body, raw = sheet.text.iloc[top], sheet.text.iloc[top + 1 :], sheet.raw.iloc[top + 1 :]
    places = meanings(header)
    items = [place for place, item in enumerate(sheet.items.iloc[top]) if item]
    taken = {place for found in places.values() for place in found} | set(items)
    period = periods_of_rows(sheet, body, places, taken)
    company = column_of(body, places, "company")
    body_rows = (period != "") & (company != "" if "company" in places else True)
    refuse_nameless(sheet, company, body_rows, body.iloc[:, items])
    unit, currency = column_of(body, places, "unit"), column_of(body, places, "currency")
    parts = [
        facts_of(
            company, header.iloc[place], period, raw.iloc[:, place], unit + f" {unit_of(header.iloc[place])}", currency
        )[body_rows.to_numpy()]
        for place in items
    ]
    left = [header.iloc[place] for place in range(len(header)) if place not in taken and header.iloc[place]]
    told = (*sheet.told, *left_out("columns", left))
    titles = [cell for row in sheet.text.iloc[:top].to_numpy() for cell in row if cell]
    return Lain(pd.concat(parts, ignore_index=True), tuple(titles), told, "company" in places)


# -- items in rows ----------------------------------------------------------------------------------------------------


def _rows_of_items(sheet: Sheet, column: int) -> Lain:
    """Items in rows: periods in columns, or one amount a row."""
    first = int((sheet.items.iloc[:, column] != "").to_numpy().argmax())
    top = _header_row(sheet, column, first)
    header = sheet.text.iloc[top]
    places = {meaning: found for meaning, found in meanings(header).items() if column not in found}
    if share_of_periods([cell for place, cell in enumerate(header) if place != column]) == 0:
        by_rows = _one_amount_a_row(sheet, column, top, places)
        if by_rows is not None:
            return by_rows
    return _periods_in_columns(sheet, column, top, places)


def _header_row(sheet: Sheet, column: int, first: int) -> int:
    """The row above the first item in which most cells name periods; else the last row that names columns."""
    best, most = -1, 0.0
    for row in range(max(first - _TOP, 0), first):
        others = [cell for place, cell in enumerate(sheet.text.iloc[row]) if place != column and cell]
        share = share_of_periods(others)
        if share >= 0.5 and share * len(others) >= most:
            best, most = row, share * len(others)
    if best >= 0:
        return best
    for row in range(first - 1, -1, -1):
        if sum(bool(cell) for place, cell in enumerate(sheet.text.iloc[row]) if place != column):
            return row
    raise InvalidInput(f"{sheet.name} has items and no row above them that names periods: name each column, 2022-12-31")


def _one_amount_a_row(sheet: Sheet, column: int, top: int, places: Places) -> Lain | None:
    """Company, period, item and value in columns; ``None`` where the rows name no periods."""
    body, raw = sheet.text.iloc[top + 1 :], sheet.raw.iloc[top + 1 :]
    taken = {place for found in places.values() for place in found} | {column}
    if not {"day", "year"} & set(places):
        place = most_periods(body, taken - set(places.get("part", [])))
        if place is None or all(is_number(cell) and len(cell) > 4 for cell in body.iloc[:, place] if cell):
            return None
        taken.add(place)
        places = {**places, "day": [place]}
    values = places.get("value") or [
        place for place in range(body.shape[1]) if place not in taken and _numeric(body, place)
    ]
    if len(values) != 1:
        raise InvalidInput(
            f"{sheet.name} has a row for each item and period and {len(values)} columns that may hold its amount: name "
            "one of them Value"
        )
    period = periods_of_rows(sheet, body, places, taken)
    label = body.iloc[:, column]
    company = column_of(body, places, "company")
    refuse_nameless(sheet, company, period != "", body.iloc[:, values])
    facts = facts_of(
        company,
        label,
        period,
        raw.iloc[:, values[0]],
        column_of(body, places, "unit"),
        column_of(body, places, "currency"),
    )
    keep = ((label != "") & (period != "")).to_numpy()
    titles = [cell for row in sheet.text.iloc[:top].to_numpy() for cell in row if cell]
    return Lain(facts[keep], (*titles, *sheet.text.iloc[top]), tuple(sheet.told), "company" in places)


def _numeric(body: pd.DataFrame, place: int) -> bool:
    cells = [cell for cell in body.iloc[:, place] if cell]
    return bool(cells) and float(np.mean([is_number(cell) for cell in cells])) >= 0.5


def _periods_in_columns(sheet: Sheet, column: int, top: int, places: Places) -> Lain:
    header, above = sheet.text.iloc[top], sheet.text.iloc[top - 1] if top else None
    named = {place for meaning in ("company", "unit", "currency", "apart") for place in places.get(meaning, [])} | {
        column
    }
    body, raw = sheet.text.iloc[top + 1 :], sheet.raw.iloc[top + 1 :]
    amounts = [
        place for place in range(body.shape[1]) if place not in named and _any_number(sheet, body, place, column)
    ]
    left = [place for place in range(body.shape[1]) if place not in named | set(amounts) and header.iloc[place]]
    nameless = [place for place in amounts if not header.iloc[place]]
    amounts = [place for place in amounts if header.iloc[place]]
    if not amounts:
        raise InvalidInput(
            f"{sheet.name} has {body.shape[1]} columns and none of amounts under a name: the first names items, each "
            "other is a period such as 2022-12-31"
        )
    prefixes = _prefixes(above, header, amounts)
    blocks = _blocks(body, column, amounts, header)
    company = _companies(sheet, body, places, column)
    parts = []
    for names, rows in blocks:
        for place in amounts:
            length, owner = prefixes[place]
            label = body.iloc[rows, column]
            period = f"{length} {names[place]}".strip()
            who = owner or company.iloc[rows]
            words = body.iloc[rows, places["unit"][0]] if "unit" in places else ""
            money = body.iloc[rows, places["currency"][0]] if "currency" in places else ""
            facts = facts_of(who, label, period, raw.iloc[rows, place], words, money)
            facts["unit"] = facts["unit"].astype(str) + f" {unit_of(names[place])}"
            parts.append(facts[(facts["label"] != "").to_numpy()])
    told = [*sheet.told, *left_out("columns", [header.iloc[place] for place in left])]
    told += [f"Left out: {len(nameless)} columns without a name"] * bool(nameless)
    return Lain(
        pd.concat(parts, ignore_index=True),
        tuple(_titles(sheet, column, top, body, amounts)),
        tuple(told),
        "company" in places or any(owner for _, owner in prefixes.values()),
    )


def _any_number(sheet: Sheet, body: pd.DataFrame, place: int, column: int) -> bool:
    """Whether a column has a filled cell beside an item that is kept: text there is a fault, not a remark."""
    beside = (sheet.items.iloc[:, column].loc[body.index] != "").to_numpy()
    cells = body.iloc[:, place][beside]
    return any(is_number(cell) for cell in cells) or (_is_period(body, place, sheet) and any(cells != ""))


def _is_period(body: pd.DataFrame, place: int, sheet: Sheet) -> bool:
    head = sheet.text.iloc[: len(sheet.text) - len(body), place]
    return any(cell and named_periods([cell])[cell].end is not None for cell in head)


def _companies(sheet: Sheet, body: pd.DataFrame, places: Places, column: int) -> pd.Series:
    company = column_of(body, places, "company")
    if "company" in places:
        bare = (sheet.items.iloc[:, column].loc[body.index] != "") & (company == "")
        if bare.any():
            item = body.iloc[int(bare.to_numpy().argmax()), column][:40]
            raise InvalidInput(f"{sheet.name} has a row {item!r} without a ticker: write the ticker into every row")
    return company


def _prefixes(above: pd.Series | None, header: pd.Series, amounts: list[int]) -> dict[int, tuple[str, str]]:
    """Of each column of amounts: how long its period lasted, and whose it is, where the row above says so."""
    nothing = dict.fromkeys(amounts, ("", ""))
    if above is None:
        return nothing
    spread = above.iloc[amounts[0] :].where(above.iloc[amounts[0] :] != "").ffill().fillna("")
    texts = {place: str(spread.loc[header.index[place]]) for place in amounts}
    if all(text.lower().rstrip(": ").endswith("ended") for text in texts.values() if text) and any(texts.values()):
        return {place: (text.rstrip(": "), "") for place, text in texts.items()}
    repeated = len({header.iloc[place] for place in amounts}) < len(amounts)
    if repeated and len(set(texts.values()) - {""}) > 1:
        return {place: ("", text) for place, text in texts.items()}
    return nothing


def _blocks(
    body: pd.DataFrame, column: int, amounts: list[int], header: pd.Series
) -> list[tuple[pd.Series, list[int]]]:
    """Names of the columns and the rows that they hold for: a header may be repeated, or change, further down."""
    blocks: list[tuple[pd.Series, list[int]]] = [(header, [])]
    for row in range(len(body)):
        cells = [body.iloc[row, place] for place in amounts]
        same = cells == [blocks[-1][0].iloc[place] for place in amounts]
        other = not item_of(without(body.iloc[row, column])) and all(cells) and _are_days(cells)
        if same or other:
            blocks.append((body.iloc[row], []))
        else:
            blocks[-1][1].append(row)
    return [(names, rows) for names, rows in blocks if rows]


def _are_days(cells: list[str]) -> bool:
    """Whether all cells name days or quarters; plain years may be amounts."""
    if any(cell.replace(".", "").replace(",", "").replace("-", "").isdigit() and "-" not in cell[1:] for cell in cells):
        return False
    named = named_periods(cells)
    return all(named[cell].end is not None for cell in cells)


def _titles(sheet: Sheet, column: int, top: int, body: pd.DataFrame, amounts: list[int]) -> list[str]:
    """Texts above the amounts, and between them where a row holds none."""
    found = [
        cell
        for row in sheet.text.iloc[:top].to_numpy()
        for cell in row
        if cell and (not is_number(cell) or unit_in(cell).money)
    ]
    found.append(str(sheet.text.iloc[top, column]))
    empty = ~body.iloc[:, amounts].map(is_number).any(axis=1).to_numpy()
    found += [str(cell) for row in body[empty].to_numpy() for cell in row if cell]
    return found
