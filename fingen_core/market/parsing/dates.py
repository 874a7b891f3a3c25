"""Dates as people and programs write them: which form a column has, and the days that it names.

A day is the local calendar day as written: of "2016-03-01 00:00:00+09:00" it is the first of March, whatever day that
is in Greenwich. Months and quarters are their last day, weeks their Friday.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache

import numpy as np
import pandas as pd

from fingen_core.market.parsing.months import month_of
from fingen_core.market.parsing.numbers import is_missing

__all__ = [
    "DATE_FORMS",
    "DateForm",
    "Fit",
    "find_date_form",
    "fits",
    "form_of",
    "latest_day",
    "likely_forms",
    "to_dates",
]

_SERIAL_DAYS = (2_101, 80_000)
"""Spreadsheet serial numbers of the years 1905 to 2119; smaller ones are years."""

_SERIAL_OLD = 10_000
"""Below it, before 1928, nobody has times of a day: a number with decimals is a price."""

_STAMP_SIZES = ((1e8, 5e9, "s"), (1e11, 5e12, "ms"), (1e14, 5e15, "us"), (1e17, 5e18, "ns"))
"""Seconds since 1970 from 1973 to 2128, and their thousandths."""

_PER_DAY = {"s": 86_400.0, "ms": 86_400e3, "us": 86_400e6, "ns": 86_400e9}

_SAMPLE = 60

_CELL = np.dtype("datetime64[D]")


@dataclass(frozen=True)
class DateForm:
    """A way of writing dates: its name for people, and its pattern (that of ``strptime`` where it has one)."""

    label: str
    pattern: str

    @property
    def is_numeric(self) -> bool:
        """Whether cells of this form might as well be plain numbers."""
        return self.pattern == "%Y%m%d" or self.is_unsure

    @property
    def is_unsure(self) -> bool:
        """Whether prices are often written like that, so that only an order in time tells that these are days."""
        return self.pattern in ("%y%m%d", "%Y%m", "%Y.%m", "%m.%Y", "%b-%y", "%Y", "serial", "unix")


DATE_FORMS: tuple[DateForm, ...] = (
    DateForm("2020-12-31", "ISO8601"),
    DateForm("31.12.2020", "%d.%m.%Y"),
    DateForm("31/12/2020", "%d/%m/%Y"),
    DateForm("12/31/2020", "%m/%d/%Y"),
    DateForm("31-12-2020", "%d-%m-%Y"),
    DateForm("12-31-2020", "%m-%d-%Y"),
    DateForm("20201231", "%Y%m%d"),
    DateForm("31.12.20", "%d.%m.%y"),
    DateForm("31/12/20", "%d/%m/%y"),
    DateForm("12/31/20", "%m/%d/%y"),
    DateForm("31-12-20", "%d-%m-%y"),
    DateForm("12-31-20", "%m-%d-%y"),
    DateForm("20-12-31", "%y-%m-%d"),
    DateForm("20/12/31", "%y/%m/%d"),
    DateForm("201231", "%y%m%d"),
    DateForm("31 Dec 2020", "%d %b %Y"),
    DateForm("31-Dec-2020", "%d-%b-%Y"),
    DateForm("31-Dec-20", "%d-%b-%y"),
    DateForm("Dec 31, 2020", "%b %d, %Y"),
    DateForm("Dec 31, 20", "%b %d, %y"),
    DateForm("2020-Dec-31", "%Y-%b-%d"),
    DateForm("2020-12 (month)", "%Y-%m"),
    DateForm("12/2020 (month)", "%m/%Y"),
    DateForm("12.2020 (month)", "%m.%Y"),
    DateForm("Dec 2020 (month)", "%b %Y"),
    DateForm("Dec-20 (month)", "%b-%y"),
    DateForm("2020 Dec (month)", "%Y %b"),
    DateForm("202012 (month)", "%Y%m"),
    DateForm("2020.12 (month)", "%Y.%m"),
    DateForm("2020 Q4 (quarter)", "%Y Q%q"),
    DateForm("Q4 2020 (quarter)", "Q%q %Y"),
    DateForm("2020-W53 (week)", "%G-W%V"),
    DateForm("2020 (year)", "%Y"),
    DateForm("44196 (spreadsheet day)", "serial"),
    DateForm("1609372800 (seconds since 1970)", "unix"),
)
"""In order of trust: of two forms that read equally many dates, the first in which time does not jump wins."""

_TIME = (
    r"(?:[T ,;_]*\s*\d{1,2}[:.h]\d{2}(?:[:.]\d{2}(?:[.,]\d+)?)?\s*(?:[AaPp]\.?[Mm]\.?)?)?"
    r"\s*(?:Z|[A-Z]{2,5}|[A-Za-z]+/[A-Za-z_/]+|(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?(?::\d{2})?)?\s*(?:\[[A-Za-z_/]+\])?"
)
_WEEKDAY = r"(?:[^\W\d_]{2,12}\.?,?\s+)?"
_NAME = r"(?P<b>[^\s\d_.,/\-]{3,12}?)\.?"
_BETWEEN = r"[\s.,/-]*"
_REGEX: dict[str, str] = {
    "ISO8601": _WEEKDAY + r"(?P<Y>\d{4})(?P<s>[-/. ])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})" + _TIME,
    "%Y%m%d": r"(?P<Y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?:\.0|[ T]?\d{4}(?:\d{2})?)?" + _TIME,
    "%y%m%d": r"(?P<y>\d{2})(?P<m>\d{2})(?P<d>\d{2})",
    "%d %b %Y": _WEEKDAY + rf"(?P<d>\d{{1,2}})(?:\.|er|st|nd|rd|th|º|ª)?\s*(?:de\s)?\s*{_NAME}[\s.,]*(?:de[l]?\s)?\s*"
    rf"(?P<Y>\d{{4}}){_TIME}",
    "%d-%b-%Y": rf"(?P<d>\d{{1,2}})[-/]{_NAME}[-/](?P<Y>\d{{4}}){_TIME}",
    "%d-%b-%y": rf"(?P<d>\d{{1,2}})[-/\s.]+{_NAME}[-/\s.]+'?(?P<y>\d{{2}})(?:\s{_TIME})?",
    "%b %d, %Y": _WEEKDAY + rf"{_NAME}[\s.-]*(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:\s*,\s*|[\s-]+)(?P<Y>\d{{4}}){_TIME}",
    "%b %d, %y": rf"{_NAME}[\s.-]*(?P<d>\d{{1,2}})(?:\s*,\s*|[\s-]+)'?(?P<y>\d{{2}})",
    "%Y-%b-%d": rf"(?P<Y>\d{{4}}){_BETWEEN}{_NAME}{_BETWEEN}(?P<d>\d{{1,2}}){_TIME}",
    "%Y-%m": r"(?P<Y>\d{4})(?:[-/:]|-?M)(?P<m>\d{1,2})",
    "%m/%Y": r"(?P<m>\d{1,2})[-/](?P<Y>\d{4})",
    "%m.%Y": r"(?P<m>\d{1,2})\.(?P<Y>(?:1[89]|20)\d{2})",
    "%b %Y": rf"{_NAME}[\s.,/-]*(?:de\s)?(?P<Y>\d{{4}})",
    "%b-%y": rf"{_NAME}[\s.,/-]*'?(?P<y>\d{{2}})",
    "%Y %b": rf"(?P<Y>\d{{4}})[\s.,/-]*{_NAME}",
    "%Y%m": r"(?P<Y>\d{4})(?P<m>\d{2})(?:\.0)?",
    "%Y.%m": r"(?P<Y>\d{4})\.(?P<f>\d{1,2})0*",
    "%Y Q%q": r"(?P<Y>\d{4})[\s:_/-]*[QTKqtk](?P<q>[1-4])",
    "Q%q %Y": r"[QTKqtk](?P<q>[1-4])[\s:_/'-]*(?P<Y>\d{4})|(?P<q2>[1-4])\.?\s?(?:[QTK]|Quartal)[\s:_/'-]*(?P<Y2>\d{4})",
    "%G-W%V": r"(?P<Y>\d{4})[\s-]?W(?P<w>\d{1,2})",
    "%Y": r"(?:FY ?)?(?P<Y>\d{4})(?:\.0)?",
}


@cache
def _regex(pattern: str) -> re.Pattern[str]:
    """What a cell of a form looks like; forms without an entry are put together from their parts."""
    if pattern in _REGEX:
        return re.compile(_REGEX[pattern])
    parts = {"%d": r"(?P<d>\d{1,2})", "%m": r"(?P<m>\d{1,2})", "%Y": r"(?P<Y>\d{4})", "%y": r"(?P<y>\d{2})"}
    parts |= {".": r"\.\s?"}  # Czechs write 12. 3. 2019
    text = "".join(parts.get(part, re.escape(part)) for part in re.findall(r"%.|.", pattern))
    return re.compile(_WEEKDAY + text + _TIME)


def form_of(pattern: str) -> DateForm:
    """The form of a pattern."""
    return next((form for form in DATE_FORMS if form.pattern == pattern), DateForm(pattern, pattern))


def latest_day(today: date | None = None) -> pd.Timestamp:
    """The latest day that is not in the future anywhere on earth."""
    if today is not None:
        return pd.Timestamp(today)
    return pd.Timestamp((datetime.now(UTC) + timedelta(hours=14)).date())


# -- reading -----------------------------------------------------------------------------------------------------------


def to_dates(column: pd.Series, pattern: str, today: date | None = None) -> pd.Series:
    """Read a column as days; ``NaT`` where it is none.

    Parameters
    ----------
    column : Series
        Text, numbers or dates; in the order of the file, by which two-digit years find their century.
    pattern : str
        That of a :class:`DateForm`.
    today : date, optional
        No two-digit year lies behind it.
    """
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        days = column.dt.tz_localize(None) if column.dt.tz is not None else column
        return days.dt.normalize().dt.as_unit("us")
    codes, unique = pd.factorize(column.to_numpy(object), use_na_sentinel=True)
    days, short = _days_of(list(unique), pattern)
    found = np.full(len(codes), "NaT", _CELL)
    found[codes >= 0] = days[codes[codes >= 0]]
    if short.any():
        found = _with_centuries(found, np.append(short, False)[codes], latest_day(today))
    return pd.Series(found.astype("datetime64[us]"), column.index, name=column.name)


def _days_of(cells: list[object], pattern: str) -> tuple[np.ndarray, np.ndarray]:
    """Days of the cells, and which of them have a year of two digits (these are days of 2000 to 2099 so far)."""
    days, short = np.full(len(cells), "NaT", _CELL), np.zeros(len(cells), bool)
    if pattern in ("serial", "unix") and not any(isinstance(cell, (date, np.datetime64)) for cell in cells):
        return _counted(cells, pattern), short
    read = _reader(pattern)
    for place, cell in enumerate(cells):
        if isinstance(cell, (date, np.datetime64)):  # a datetime and a Timestamp are dates
            days[place] = np.datetime64(str(cell)[:10], "D")
        elif (text := _date_text(cell)) and (found := read(text)) is not None:
            days[place], short[place] = found
    return days, short


def _counted(cells: list[object], pattern: str) -> np.ndarray:
    """Days of many numbers at once: of spreadsheets, or of seconds since 1970 and their thousandths."""
    numbers = pd.to_numeric(pd.Series(cells, dtype=object), errors="coerce").to_numpy(np.float64, copy=True)
    if pattern == "serial":
        old = (numbers < _SERIAL_OLD) & (numbers != np.floor(numbers))
        fine = ~old & (numbers >= _SERIAL_DAYS[0]) & (numbers <= _SERIAL_DAYS[1])
        return _whole_days(np.where(fine, numbers, np.nan), np.datetime64("1899-12-30", "D"))
    days = np.full(len(numbers), np.nan)
    for low, high, unit in _STAMP_SIZES:
        size = (numbers >= low) & (numbers <= high)
        days[size] = numbers[size] / _PER_DAY[unit]
    return _whole_days(days, np.datetime64(0, "D"))


def _whole_days(numbers: np.ndarray, first: np.datetime64) -> np.ndarray:
    known = np.isfinite(numbers)
    days = np.full(len(numbers), "NaT", _CELL)
    days[known] = first + numbers[known].astype(np.int64).astype("timedelta64[D]")
    return days


def _date_text(cell: object) -> str:
    if is_missing(cell) or isinstance(cell, (bool, np.bool_)):
        return ""
    if isinstance(cell, (float, np.floating)) and float(cell).is_integer():
        return str(int(cell))
    return str(cell).strip()


Found = tuple[np.datetime64, bool]


def _reader(pattern: str) -> Callable[[str], Found | None]:
    if pattern in ("serial", "unix"):
        return lambda text: None if np.isnat(day := _counted([text], pattern)[0]) else (day, False)
    regex = _regex(pattern)
    return lambda text: _from_match(found) if (found := regex.fullmatch(text)) else None


def _from_match(found: re.Match[str]) -> Found | None:
    parts = {name.rstrip("2"): text for name, text in found.groupdict().items() if text is not None}
    year = int(parts["Y"]) if "Y" in parts else 2000 + int(parts["y"])
    try:
        return np.datetime64(_day(parts, year), "D"), "y" in parts
    except (ValueError, OverflowError):  # the 31st of a month with 30 days; behind the year 9999
        return None


def _day(parts: dict[str, str], year: int) -> date:
    """The day of matched parts; the last one of a month, quarter or year, the Friday of a week."""
    if "w" in parts:
        return date.fromisocalendar(year, int(parts["w"]), 5)
    if "q" in parts:
        return _month_end(year, 3 * int(parts["q"]))
    if "f" in parts:  # 1871.1 is October where trailing zeros were dropped
        return _month_end(year, int(parts["f"].ljust(2, "0")))
    month = month_of(parts["b"]) if "b" in parts else int(parts.get("m", 12))
    return date(year, month, int(parts["d"])) if "d" in parts else _month_end(year, month)


def _month_end(year: int, month: int) -> date:
    first = date(year, month, 1)
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _with_centuries(days: np.ndarray, short: np.ndarray, latest: pd.Timestamp) -> np.ndarray:
    """Give years of two digits the century in which time runs on, as late as today allows."""
    places = np.flatnonzero(short)
    given = days[places]
    in_time = given <= np.datetime64(latest.date(), "D")
    centuries = in_time.astype(int) - 1
    for order in (1, -1):
        tried = _unwound(given[::order], centuries[::order])[::order]
        if _is_monotone(_plus_century(given, tried)):
            centuries = tried
            break
    days = days.copy()
    days[places] = _plus_century(given, centuries)
    return days


def _unwound(days: np.ndarray, centuries: np.ndarray) -> np.ndarray:
    """Of days from old to new: centuries such that none lies behind the next one."""
    after = _plus_century(days, centuries)
    jumps = (after[:-1] - after[1:]).astype(int) > 50 * 365
    steps = np.concatenate([jumps[::-1].cumsum()[::-1], [0]])
    return np.asarray(centuries - steps)


def _is_monotone(days: np.ndarray) -> bool:
    steps = np.diff(days).astype(int)
    return bool((steps >= 0).mean() > 0.98 or (steps <= 0).mean() > 0.98) if len(steps) else True


def _plus_century(days: np.ndarray, centuries: np.ndarray) -> np.ndarray:
    months = days.astype("datetime64[M]")
    within = days - months.astype(_CELL)
    moved = (months + (centuries * 1200).astype("timedelta64[M]")).astype(_CELL) + within
    return np.asarray(moved)


# -- finding the form --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, kw_only=True)
class Fit:
    """How well a form reads a column.

    Attributes
    ----------
    form : DateForm
    share : float
        Of the filled cells that it reads.
    order : float
        Share of the steps, row by row, in the main direction.
    unrest : float
        Mean distance of the steps between days in a row from the usual step, in usual steps: 0 for a clock.
    """

    form: DateForm
    share: float
    order: float
    unrest: float
    usual: float
    """The usual step in days."""

    @property
    def is_sure(self) -> bool:
        """Whether cells are dates and not prices that look like them: those have no order in time and no pace."""
        if not self.form.is_unsure:
            return True
        return self.order >= 0.95 and 0 < self.usual <= 400 and self.unrest < 3


def fits(column: pd.Series, today: date | None = None, least: float = 0.5) -> list[Fit]:
    """The forms that read ``least`` or more of the filled cells of a column, each judged on all of its cells."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return [_fit(DATE_FORMS[0], column, len(column.dropna()), today)]
    if pd.api.types.is_bool_dtype(column.dtype):
        return []
    likely = likely_forms(column, 0.8 * least)
    n_filled = _count_filled(column) if likely else 0
    found = [_fit(form, column, n_filled, today) for form in likely]
    return [fit for fit in found if fit.share >= least]


def _count_filled(column: pd.Series) -> int:
    codes, unique = pd.factorize(column.to_numpy(object))
    filled = np.array([not is_missing(cell) for cell in unique] + [False], bool)
    return int(filled[codes].sum())


def likely_forms(column: pd.Series, least: float = 0.5) -> list[DateForm]:
    """The forms that read ``least`` or more of some cells from all over a column."""
    cells = column.to_numpy(object)
    some: list[object] = []
    for place in np.unique(np.linspace(0, max(len(cells) - 1, 0), 4 * _SAMPLE).astype(int))[: len(cells)]:
        if len(some) < _SAMPLE and not is_missing(cells[place]):
            some.append(cells[place])
    days = sum(isinstance(cell, (date, np.datetime64)) for cell in some)
    texts = [text for cell in some if not isinstance(cell, (date, np.datetime64)) and (text := _date_text(cell))]
    if not some or (not days and not any(any(letter.isdigit() for letter in text) for text in texts)):
        return []
    few = texts[:: max(len(texts) // 8, 1)]
    likely = [form for form in DATE_FORMS if days or _count(form, few)]
    return [form for form in likely if days + _count(form, texts) >= least * len(some)]


def _count(form: DateForm, texts: list[str]) -> int:
    if form.pattern in ("serial", "unix"):
        return int((~np.isnat(_counted(list(texts), form.pattern))).sum())
    read = _reader(form.pattern)
    return sum(read(text) is not None for text in texts)


def _fit(form: DateForm, column: pd.Series, n_filled: int, today: date | None) -> Fit:
    days = to_dates(column, form.pattern, today).dropna()
    steps = np.diff(days.to_numpy().astype(_CELL)).astype(int)
    order = max(float((steps >= 0).mean()), float((steps <= 0).mean())) if len(steps) else 0.0
    apart = np.diff(np.unique(days.to_numpy().astype(_CELL))).astype(int)
    usual = float(np.median(apart)) if len(apart) else 0.0
    unrest = float(np.abs(apart - usual).mean() / max(usual, 1)) if len(apart) else 0.0
    return Fit(form=form, share=len(days) / max(n_filled, 1), order=round(order, 3), unrest=unrest, usual=usual)


def find_date_form(column: pd.Series, today: date | None = None) -> tuple[DateForm | None, float]:
    """The form that reads the most cells as dates, and the share of the filled cells that it reads."""
    found = [fit for fit in fits(column, today) if fit.is_sure]
    best = max(found, key=lambda fit: (round(fit.share, 2), fit.order, -fit.unrest), default=None)
    return (best.form, best.share) if best else (None, 0.0)
