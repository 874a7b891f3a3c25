"""What a file holds before anybody asks what it means: its cells, row by row."""

from dataclasses import dataclass

import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.market.tables.files import refuse_bytes
from fingen_core.market.tables.kinds import Kind, kind_of
from fingen_core.market.tables.limits import Progress
from fingen_core.market.tables.parquet import read_parquet
from fingen_core.market.tables.text import read_text
from fingen_core.market.tables.workbook import Read, read_whole_workbook, read_workbook

__all__ = ["PRICES", "STATEMENTS", "Cells", "read_cells", "read_sheets"]

PRICES = "a date column and at least one column of prices"
STATEMENTS = "a column that names items and at least one column of amounts, named by its period"


@dataclass(frozen=True, eq=False, kw_only=True)
class Cells:
    """The cells of one sheet: nothing is taken for a header, and no row is left out that holds anything.

    Attributes
    ----------
    frame : DataFrame of object
        Columns 0, 1, 2 ...; index: the number of each row as a person sees it in the file, from 1, so that a gap shows
        where blank rows are. Text as it stands in CSV; text, numbers and days of Excel and Parquet. ``None`` or ""
        where there is nothing. Merged cells of Excel all hold what they show; errors are text such as "#N/A", truth
        values "TRUE" and "FALSE".
    names : tuple of str
        Names of the columns where the form of the file has them apart from its rows, as Parquet does; else empty. An
        index without a name is "".
    file : str
        Name of the file.
    sheet : str
        The sheet that was read; empty where a file has none.
    sheets : tuple of str
        All visible sheets, in the order of the workbook; any of them can be asked for.
    separator : str
        What parts the cells of a text file; empty for typed ones.
    told : tuple of str
        What a person has to know, a sentence each: formulas without stored values, sheets that are hidden.
    """

    frame: pd.DataFrame
    names: tuple[str, ...] = ()
    file: str
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    separator: str = ""
    told: tuple[str, ...] = ()


def read_cells(
    data: bytes, name: str, *, sheet: str = "", holds: str = PRICES, progress: Progress | None = None
) -> Cells:
    """Read the cells of a file.

    Parameters
    ----------
    data : bytes
        The file; its kind is told by the content, not by the name.
    name : str
        Its name, for messages.
    sheet : str
        Of a workbook: which sheet; by default the visible one that holds a table.
    holds : str
        What such a file has to have, for those whose file has not.
    progress : callable, optional
        Told the share that is done.

    Raises
    ------
    InvalidInput
        If the file is empty, too large, of another kind, damaged, or has too many columns, rows or cells.
    """
    kind = _kind(data, name, holds)
    if kind == "parquet":
        frame, names = read_parquet(data, name, progress)
        return Cells(frame=frame, names=names, file=name)
    if kind == "zip":
        return _of_workbook(read_workbook(data, name, sheet, holds, progress), name)
    frame, separator = read_text(data, name, holds, progress)
    return Cells(frame=frame, file=name, separator=separator)


def read_sheets(data: bytes, name: str, *, holds: str = STATEMENTS) -> list[Cells]:
    """Read the cells of a file; of a workbook those of all its visible sheets that hold anything.

    Raises
    ------
    InvalidInput
        As of :func:`read_cells`; the bounds are those of one sheet.
    """
    if _kind(data, name, holds) == "zip":
        return [_of_workbook(read, name) for read in read_whole_workbook(data, name, holds)]
    return [read_cells(data, name, holds=holds)]


def _of_workbook(read: Read, name: str) -> Cells:
    return Cells(frame=read.frame, file=name, sheet=read.sheet, sheets=read.sheets, told=read.told)


def _kind(data: bytes, name: str, holds: str) -> Kind:
    if not data.strip():
        raise InvalidInput(f"{name} is empty: choose a file with {holds}")
    kind = kind_of(data, name)
    refuse_bytes(len(data), name, f"leave assets or years out{', or save it as Parquet' if kind == 'text' else ''}")
    return kind
