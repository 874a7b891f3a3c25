"""A table with a header on top, for those who look for none themselves."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.market.parsing import find_date_form
from fingen_core.market.tables.cells import PRICES, Cells, read_cells

__all__ = ["read"]


def read(data: bytes, name: str, holds: str = PRICES) -> pd.DataFrame:
    """The cells of a file below the first row of a usual width, named by it.

    ``attrs["first_row"]`` is the number, in the file, of the row whose index is 0, so that messages can name rows as a
    person sees them.

    Raises
    ------
    InvalidInput
        If the file cannot be read, or has names only.
    """
    cells = read_cells(data, name, holds=holds)
    table = _named(cells) if cells.names else _below_header(cells)
    if table.empty:
        raise InvalidInput(f"{name} has column names but no rows: export it again with its values")
    return table


def _named(cells: Cells) -> pd.DataFrame:
    return _finished(cells.frame.infer_objects(), [name or "date" for name in cells.names], 1, "")


def _below_header(cells: Cells) -> pd.DataFrame:
    top = _header(cells)
    header, first = cells.frame.iloc[top], int(cells.frame.index[top])
    names = ["" if cell is None else str(cell).strip() for cell in header]
    if cells.separator and find_date_form(header.iloc[:1])[0] is not None:  # values from the first row on
        return _finished(cells.frame.iloc[top:], [""] * len(names), first, cells.separator)
    return _finished(cells.frame.iloc[top + 1 :], names, first + 1, cells.separator)


def _header(cells: Cells) -> int:
    """The place of the first row that is as wide as most rows; of a workbook, the first of several cells."""
    filled = (cells.frame.notna() & (cells.frame != "")).to_numpy()
    if not cells.separator:
        return int(np.argmax(filled.sum(axis=1) > 1))
    widths = filled.shape[1] - np.argmax(filled[:, ::-1], axis=1)
    usual = Counter(widths[widths > 1].tolist()).most_common(1)
    return int(np.argmax(widths >= usual[0][0])) if usual else 0


def _finished(table: pd.DataFrame, names: Sequence[str], first: int, separator: str) -> pd.DataFrame:
    """Unique text as names of columns, nameless columns without any value left out, facts about the file kept."""
    seen = Counter[str]()
    unique = []
    for place, title in enumerate(names):
        name = title or f"Column {place + 1}"
        seen[name] += 1
        unique.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    table = table.set_axis(pd.Index(unique, dtype=object), axis=1).set_axis(table.index - first, axis=0)
    blank = (table.isna() | (table.astype(object) == "")).all(axis=0)
    table = table.loc[:, ~(blank & table.columns.str.startswith("Column "))]
    table.attrs = {"first_row": first, "separator": separator}
    return table
