"""Numbers and dates as people and programs write them."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

__all__ = ["DATE_FORMS", "DateForm", "decimal_mark", "find_date_form", "to_dates", "to_numbers"]

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "#n/a", "#na", "-", "--", "–", "—", ".", "nd"})
"""What stands for "no value" in files from the wild, in small letters."""

_SERIAL_DAYS = (10_000, 80_000)
"""Spreadsheet serial numbers of the years 1927 to 2119."""


@dataclass(frozen=True)
class DateForm:
    """A way of writing dates: its name for people, and its pattern for ``strptime``."""

    label: str
    pattern: str


DATE_FORMS: tuple[DateForm, ...] = (
    DateForm("2020-12-31", "ISO8601"),
    DateForm("31.12.2020", "%d.%m.%Y"),
    DateForm("31/12/2020", "%d/%m/%Y"),
    DateForm("12/31/2020", "%m/%d/%Y"),
    DateForm("31-12-2020", "%d-%m-%Y"),
    DateForm("20201231", "%Y%m%d"),
    DateForm("31.12.20", "%d.%m.%y"),
    DateForm("31/12/20", "%d/%m/%y"),
    DateForm("12/31/20", "%m/%d/%y"),
    DateForm("31 Dec 2020", "%d %b %Y"),
    DateForm("31-Dec-2020", "%d-%b-%Y"),
    DateForm("31-Dec-20", "%d-%b-%y"),
    DateForm("Dec 31, 2020", "%b %d, %Y"),
    DateForm("December 31, 2020", "%B %d, %Y"),
    DateForm("44196 (spreadsheet day)", "serial"),
)
"""In order of trust: of two forms that read equally many dates, the first in which time does not jump wins."""


def to_numbers(column: pd.Series, decimal: str = ".") -> tuple[pd.Series, pd.Series]:
    """Read a column as numbers.

    Parameters
    ----------
    column : Series
        Text, numbers or a mixture.
    decimal : {".", ","}
        The decimal mark; the other one, blanks and apostrophes separate thousands.

    Returns
    -------
    values : Series of float64
        NaN where there is no number. Percent signs divide by 100.
    wrong : Series of bool
        Where there is something that is neither a number nor a sign for "missing"; also where the mark of thousands
        does not part thousands, as in "12.34" among decimal commas: read as 1234 it would be a wrong price.
    """
    if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype):
        return column.astype(np.float64), pd.Series(False, index=column.index)
    if decimal == ".":
        plain = pd.to_numeric(column, errors="coerce")
        if plain.notna().all():  # The usual case, and much faster.
            return plain.astype(np.float64), pd.Series(False, index=column.index)
    text = column.astype(object).map(_plain)
    absent = text.str.lower().isin(MISSING)
    percent = text.str.endswith("%")
    thousands = "," if decimal == "." else "."
    misplaced = text.str.contains(thousands, regex=False) & ~text.str.match(_grouped(thousands))
    cleaned = text.str.replace(rf"[{thousands}'’\s  $€£¥]|%$", "", regex=True)
    if decimal == ",":
        cleaned = cleaned.str.replace(",", ".", regex=False)
    # Accountants write -5 as (5).
    cleaned = cleaned.str.replace(r"^\((.*)\)$", r"-\1", regex=True).str.replace("−", "-", regex=False)
    values = pd.to_numeric(cleaned.where(~absent & ~misplaced), errors="coerce").astype(np.float64)
    values = values.where(~percent, values / 100)
    return values, values.isna() & ~absent & (cleaned.str.lower() != "nan")


def _grouped(thousands: str) -> str:
    """A pattern for the whole part of a number in which ``thousands`` parts groups of three; of two as well, as India
    does above the last three."""
    mark = re.escape(thousands)
    return rf"[-+(−$€£¥\s]*\d{{1,3}}({mark}\d{{2,3}})*{mark}\d{{3}}(?![\d{mark}])"


def _plain(cell: object) -> str:
    if cell is None or cell is pd.NaT or (isinstance(cell, float) and np.isnan(cell)):
        return ""
    return repr(cell) if isinstance(cell, float) else str(cell).strip()


_COMMA_DECIMAL = re.compile(r"^[-+(]?(\d+|\d{1,3}([.\s']\d{3})+),(\d{1,2}|\d{4,})\)?%?$|^[-+(]?0,\d+\)?%?$")
_EITHER = re.compile(r"^[-+(]?\d{1,3},\d{3}\)?%?$")


def decimal_mark(cells: pd.Series, separator: str = "") -> str:
    """The decimal mark of a file, judged by its number-like cells.

    ``separator`` is the file's column separator: where cells are separated by semicolons, "1,234" is read as a decimal
    comma, otherwise as one thousand.
    """
    text = [str(cell).strip() for cell in cells]
    if any(_COMMA_DECIMAL.match(cell) for cell in text):
        return ","
    points = any(re.search(r"\d\.\d", cell) for cell in text)
    return "," if separator == ";" and not points and any(_EITHER.match(cell) for cell in text) else "."


def to_dates(column: pd.Series, pattern: str) -> pd.Series:
    """Read a column as days; ``NaT`` where it is none. ``pattern`` is that of a :class:`DateForm`."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        days = column
    elif pattern == "serial":
        serial = pd.to_numeric(column, errors="coerce")
        serial = serial.where(serial.between(*_SERIAL_DAYS) & (serial % 1 == 0))
        days = pd.Timestamp("1899-12-30") + pd.to_timedelta(serial, unit="D")
    else:
        days = pd.to_datetime(column.map(_plain_date), format=pattern, errors="coerce", utc=pattern == "ISO8601")
    if days.dt.tz is not None:
        days = days.dt.tz_localize(None)
    return days.dt.normalize().dt.as_unit("us")


def _plain_date(cell: object) -> str | None:
    """The text of a date cell; a date that is one already is written in ISO form."""
    text = _plain(cell)
    if not text or text.lower() in MISSING:
        return None
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if hasattr(cell, "isoformat"):
        return text[:10]
    return text


def find_date_form(column: pd.Series) -> tuple[DateForm | None, float]:
    """The form that reads the most cells as dates, and the share of the filled cells that it reads."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return DATE_FORMS[0], 1.0
    filled = column.dropna()
    if pd.api.types.is_bool_dtype(column.dtype) or not _candidates(filled.head(40)):
        return None, 0.0
    # Enough to tell; every n-th, so that days above 12 are among them.
    cells = filled.iloc[:: max(len(filled) // 1_000, 1)].map(_plain_date).dropna()
    best: tuple[float, float, DateForm | None] = (0.0, 0.0, None)
    for form in _candidates(filled.head(40)):
        days = to_dates(cells, form.pattern)
        score = (round(float(days.notna().mean()), 2), _order(days))
        if score > best[:2]:
            best = (*score, form)
    return best[2], best[0]


def _candidates(column: pd.Series) -> list[DateForm]:
    """The forms that read half of these cells; few cells, because most columns hold no dates at all."""
    cells = column.map(_plain_date).dropna()
    if cells.empty or (pd.to_numeric(cells, errors="coerce") % 1 > 0).mean() > 0.5:
        return []
    forms = [form for form in DATE_FORMS if to_dates(cells, form.pattern).notna().mean() >= 0.5]
    years = cells.str.fullmatch(r"\d{1,5}(\.\d+)?|\d{8}").mean() > 0.5  # "2020" is a price rather than a year
    return [form for form in forms if not (years and form.pattern == "ISO8601")]


def _order(days: pd.Series) -> float:
    """How much like a calendar: the share of steps in the main direction, less when steps jump by months."""
    steps = days.dropna().diff().dropna().dt.days.to_numpy()
    if not len(steps):
        return 0.0
    forward = max(float((steps >= 0).mean()), float((steps <= 0).mean()))
    return round(forward - 0.001 * min(float(np.median(np.abs(steps))), 300), 4)
