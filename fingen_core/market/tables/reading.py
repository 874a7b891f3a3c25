"""The cells of a CSV, Parquet or Excel file, whatever they mean."""

import csv
import io
import zipfile
from collections import Counter

import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.market.parsing import find_date_form

__all__ = ["MAX_COLUMNS", "PRICES", "STATEMENTS", "read"]

MAX_BYTES, MAX_TEXT = 50 * 2**20, 30 * 2**20
MAX_COLUMNS = 1_000
MAX_ROWS = 1_000_000

_SEPARATORS = (";", "\t", "|", ",")
_PARQUET, _ZIP = b"PAR1", b"PK\x03\x04"


PRICES = "a date column and at least one column of prices"
STATEMENTS = "a column that names items and at least one column of amounts, named by its period"


def read(data: bytes, name: str, holds: str = PRICES) -> pd.DataFrame:
    """The cells of a file as they are: text from CSV, typed values from Parquet and Excel.

    ``holds`` says what such a file has to have, for those whose file has not.

    The kind is told by the content, not by the name. ``attrs["first_row"]`` is the number, in the file, of the first
    row of the answer, so that messages can name rows as a person sees them.

    Raises
    ------
    InvalidInput
        If the file is empty, too large, of another kind, damaged, or has too many columns or rows.
    """
    if not data.strip():
        raise InvalidInput(f"{name} is empty: choose a file with {holds}")
    typed = data[:4] in (_PARQUET, _ZIP)
    most = MAX_BYTES if typed else MAX_TEXT
    if len(data) > most:
        raise InvalidInput(
            f"{name} has {len(data) / 2**20:,.0f} MB, but at most {most // 2**20} MB are read: leave assets or years "
            f"out{'' if typed else ', or save it as Parquet'}"
        )
    if data[:4] == _PARQUET:
        table = _read_parquet(data, name)
    elif data[:4] == _ZIP:
        table = _read_excel(data, name, holds)
    else:
        table = _read_text(data, name, holds)
    if table.empty:
        raise InvalidInput(f"{name} has column names but no rows: export it again with its values")
    return table


def _refuse_size(name: str, columns: int, rows: int = 0) -> None:
    if columns > MAX_COLUMNS:
        raise InvalidInput(
            f"{name} has {columns:,} columns, but at most {MAX_COLUMNS:,} are read: leave assets out, or exchange rows "
            "and columns if the dates run across"
        )
    if rows > MAX_ROWS:
        raise InvalidInput(f"{name} has {rows:,} rows, but at most {MAX_ROWS:,} are read: leave assets or years out")


def _read_parquet(data: bytes, name: str) -> pd.DataFrame:
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    try:
        file = ParquetFile(io.BytesIO(data))
        _refuse_size(name, file.metadata.num_columns, file.metadata.num_rows)
        table = file.read().to_pandas()
    except (ArrowException, OSError, ValueError) as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput(f"{name} begins like a Parquet file but cannot be read: export it again") from error
    if not isinstance(table.index, pd.RangeIndex):
        table = table.reset_index(names=[part or "date" for part in table.index.names])
    return _named(table, first_row=1)


def _read_excel(data: bytes, name: str, holds: str) -> pd.DataFrame:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = next((sheet for sheet in book.worksheets if (sheet.max_row or 0) > 1), book.worksheets[0])
        _refuse_size(name, sheet.max_column or 0, sheet.max_row or 0)
        rows = [list(row) for row in sheet.iter_rows(values_only=True)]
        book.close()
    except (InvalidFileException, zipfile.BadZipFile, KeyError, OSError, ValueError, IndexError) as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput(
            f"{name} begins like an Excel file but cannot be read: save it as .xlsx without a password, or as CSV"
        ) from error
    top = next((place for place, row in enumerate(rows) if sum(cell is not None for cell in row) > 1), None)
    if top is None:
        raise InvalidInput(f"{name} has no table in its sheets: the first one needs {holds}")
    header = [str(cell).strip() if cell is not None else "" for cell in rows[top]]
    return _named(pd.DataFrame(rows[top + 1 :], columns=header, dtype=object), first_row=top + 2)


def _read_text(data: bytes, name: str, holds: str) -> pd.DataFrame:
    text = _decode(data, name)
    top_line = text.partition("\n")[0]
    _refuse_size(name, max(top_line.count(separator) for separator in _SEPARATORS) + 1, text.count("\n"))
    try:
        return _split(text, name, holds)
    except csv.Error as error:
        raise InvalidInput(f"{name} cannot be cut into columns ({error}): save it as CSV or Excel again") from error


def _split(text: str, name: str, holds: str) -> pd.DataFrame:
    head = text[: 2**20].splitlines()[:60]
    separator, fields, top = _shape(head)
    if fields < 2:
        raise InvalidInput(
            f"{name} has one column only, found no comma, semicolon, tab or bar between values: it needs {holds}"
        )
    first = next(csv.reader([head[top]], delimiter=separator))
    bare = find_date_form(pd.Series(first[:1]))[0] is not None
    rows = list(csv.reader(io.StringIO(text), delimiter=separator))[top if bare else top + 1 :]
    header = [f"Column {place + 1}" for place in range(fields)] if bare else [cell.strip() for cell in first]
    return _named(pd.DataFrame(_even(rows, fields), columns=header, dtype=object), top + (1 if bare else 2), separator)


def _decode(data: bytes, name: str) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    if b"\x00" in data[:4096]:
        raise InvalidInput(f"{name} is no CSV, Parquet or Excel (.xlsx) file: export it in one of these forms")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _shape(lines: list[str]) -> tuple[str, int, int]:
    """Separator, number of fields and the header's line: what most of the first lines agree on."""
    best = (",", 1, 0)
    score = 0.0
    for separator in _SEPARATORS:
        widths = [len(row) for row in csv.reader(lines, delimiter=separator)]
        usual, agreeing = (
            Counter(width for width in widths if width > 1).most_common(1)[0] if max(widths, default=0) > 1 else (1, 0)
        )
        if usual > 1 and agreeing / len(widths) > score:
            best, score = (separator, usual, widths.index(usual)), agreeing / len(widths)
    return best


def _even(rows: list[list[str]], width: int) -> list[list[str]]:
    return [(row + [""] * width)[:width] for row in rows]


def _named(table: pd.DataFrame, first_row: int, separator: str = "") -> pd.DataFrame:
    """Unique text as column names, rows without any value dropped (their numbers stay), facts about the file kept."""
    names, seen = [], Counter[str]()
    for place, column in enumerate(table.columns):
        name = str(column) or f"Column {place + 1}"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    table = table.set_axis(pd.Index(names, dtype=object), axis=1)
    blank = table.isna() | (table.astype(object) == "")
    table = table.loc[~blank.all(axis=1), ~(blank.all(axis=0) & table.columns.str.startswith("Column "))]
    table.attrs = {"first_row": first_row, "separator": separator}
    return table
