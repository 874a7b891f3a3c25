"""What a file holds before anybody asks what it means: its cells, row by row."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from fingen_core.market.tables.reading import PRICES, read

__all__ = ["Cells", "Progress", "read_cells"]

Progress = Callable[[float], None]
"""Told the share that is done, from 0 to 1."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Cells:
    """The cells of one sheet: nothing is taken for a header, and no row is left out that holds anything.

    Attributes
    ----------
    frame : DataFrame
        Columns 0, 1, 2 ...; index: the number of each row as a person sees it in the file, from 1. Text as it stands
        in CSV, typed values of Excel and Parquet; ``None`` or "" where there is nothing.
    names : tuple of str
        Names of the columns where the form of the file has them apart from its rows, as Parquet does; else empty.
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
    data: bytes,
    name: str,
    *,
    sheet: str = "",  # noqa: ARG001
    holds: str = PRICES,
    progress: Progress | None = None,  # noqa: ARG001
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
        If the file is empty, too large, of another kind, damaged, or has too many columns or rows.
    """
    table = read(data, name, holds)
    first = int(table.attrs.get("first_row", 2))
    head = pd.DataFrame([list(table.columns)], index=[first - 1], dtype=object)
    body = table.astype(object).set_axis(range(table.shape[1]), axis=1).set_axis(table.index + first, axis=0)
    return Cells(frame=pd.concat([head, body]), file=name, separator=str(table.attrs.get("separator", "")))
