"""Spelling of days: forms that are usual somewhere, each with its inverse."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from .cells import Day
from .words import ENGLISH, Language

__all__ = ["EPOCHS", "EVERYWHERE", "MONTHLY", "UTC", "ZONES", "Dates", "clock", "formed", "named", "numeric", "zoned"]

ZONES = (
    "America/New_York",
    "America/Sao_Paulo",
    "America/Los_Angeles",
    "Europe/London",
    "Europe/Paris",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Asia/Seoul",
    "Asia/Tokyo",
    "Asia/Hong_Kong",
    "Australia/Sydney",
    "Pacific/Auckland",
)


@dataclass(frozen=True)
class Dates:
    """One spelling: ``write`` of a day gives text, ``read`` the calendar day back.

    ``hint`` is the country that the order of day and month speaks of: "us", "continent" or "".
    """

    name: str
    write: Callable[[Day], str]
    read: Callable[[str], pd.Timestamp]
    hint: str = ""
    months_only: bool = False
    earliest: int = 1800
    """The first year that this form can tell."""


def _spell(form: str, at: pd.Timestamp, words: Language) -> str:
    month = at.month - 1
    text = (
        form.replace("%B", words.months[month])
        .replace("%b", words.short[month])
        .replace("~%d", str(at.day))
        .replace("~%m", str(at.month))
    )
    return (
        text.replace("%a", ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[at.weekday()])
        .replace("%Y", f"{at.year:04d}")
        .replace("%y", f"{at.year % 100:02d}")
        .replace("%m", f"{at.month:02d}")
        .replace("%d", f"{at.day:02d}")
    )


def _pattern(form: str, words: Language) -> re.Pattern[str]:
    """The form as an expression with a group for each part."""
    escaped = re.escape(form.replace("~", "")).replace("%%", "%")
    long, short = (
        "|".join(re.escape(w) for w in sorted(set(names), key=len, reverse=True))
        for names in (words.months, words.short)
    )
    parts = {
        "%Y": r"(?P<y>\d{4})",
        "%y": r"(?P<y>\d\d)",
        "%m": r"(?P<m>\d\d?)",
        "%d": r"(?P<d>\d\d?)",
        "%B": f"(?P<m>{long})",
        "%b": f"(?P<m>{short})",
        "%a": r"\w{3}",
    }
    for mark, group in parts.items():
        escaped = escaped.replace(mark, group)
    return re.compile(escaped)


def _unspell(form: str, words: Language) -> Callable[[str], pd.Timestamp]:
    pattern = _pattern(form, words)
    names = words.months if "%B" in form else words.short

    def read(text: str) -> pd.Timestamp:
        found = pattern.match(text.strip())
        if found is None:
            raise ValueError(f"{text!r} is not of the form {form!r}")
        parts = found.groupdict()
        year = int(parts["y"])
        if len(parts["y"]) == 2:  # whoever writes two digits means the last century that is not in the future
            year += 2000 if year <= 26 else 1900
        month = int(parts["m"]) if parts["m"].isdigit() else names.index(parts["m"]) + 1
        return pd.Timestamp(year, month, int(parts.get("d") or 1))

    return read


def formed(name: str, form: str, words: Language = ENGLISH, *, hint: str = "", months_only: bool = False) -> Dates:
    earliest = 1930 if "%y" in form else 1800
    return Dates(name, lambda day: _spell(form, day.at, words), _unspell(form, words), hint, months_only, earliest)


EVERYWHERE = (
    *[formed("iso", "%Y-%m-%d")] * 4,
    formed("iso slashes", "%Y/%m/%d"),
    *[formed("compact", "%Y%m%d")] * 2,
    formed("iso dots", "%Y.%m.%d"),
)


def numeric(words: Language, rng: np.random.Generator) -> Dates:
    """Day, month and year in digits, in the order of that country."""
    form = words.numeric[rng.integers(len(words.numeric))]
    hint = (
        "us"
        if form.lstrip("~").startswith("%m")
        else "continent"
        if "%d.%m" in form.replace("~", "") or words.code != "en"
        else ""
    )
    return formed(("two-digit year " if "%y" in form else "") + form.replace("~", ""), form, words, hint=hint)


def named(words: Language, rng: np.random.Generator) -> Dates:
    """The month by its name."""
    form = words.named[rng.integers(len(words.named))]
    if words.code == "en" and rng.random() < 0.12:
        return _capitals()
    return formed(f"month name {words.code}", form, words)


def _capitals() -> Dates:
    """31DEC2015, as statistics programs write it."""
    plain = formed("month name en", "%d%b%Y")
    return Dates("month name in capitals", lambda day: plain.write(day).upper(), lambda text: plain.read(text.title()))


def clock(dates: Dates, rng: np.random.Generator) -> Dates:
    """The same with a time of day behind it, as spreadsheets and terminals write it."""
    times = (" 00:00:00", " 00:00", " 16:00:00", " 4:00:00 PM", " 12:00:00 AM", " 23:58", " 00:00:00.000")
    time = times[rng.integers(len(times))]
    if dates.name == "iso":
        time = (*times, "T00:00:00", "T00:00:00.000", "T16:00:00")[rng.integers(len(times) + 3)]
    read = dates.read
    return Dates(
        f"time of day, {dates.name}",
        lambda day: dates.write(day) + time,
        lambda text: read(text[: -len(time)]),
        dates.hint,
        dates.months_only,
        dates.earliest,
    )


def zoned(rng: np.random.Generator) -> Dates:
    """Midnight of a place with its offset from Greenwich; the place stands at each day."""
    between = str(("T", " ")[rng.integers(2)])

    def write(day: Day) -> str:
        local = pd.Timestamp(day.at).to_pydatetime().replace(tzinfo=ZoneInfo(day.zone or "UTC"))
        return str(local.isoformat(between))

    return Dates("zone", write, lambda text: pd.Timestamp(text[:10]), earliest=1972)


def _epoch(name: str, unit: int) -> Dates:
    def write(day: Day) -> str:
        return str(int((day.at - pd.Timestamp(1970, 1, 1)) / pd.Timedelta(seconds=1)) * unit)

    return Dates(
        name, write, lambda text: pd.Timestamp(1970, 1, 1) + pd.Timedelta(seconds=int(text) // unit), earliest=2002
    )


EPOCHS = (_epoch("seconds since 1970", 1), _epoch("milliseconds since 1970", 1000))
UTC = (
    Dates("UTC said", lambda day: f"{day.at:%Y-%m-%d} 00:00:00 UTC", lambda text: pd.Timestamp(text[:10])),
    Dates("zulu", lambda day: f"{day.at:%Y-%m-%d}T00:00:00.000Z", lambda text: pd.Timestamp(text[:10])),
)


def _year_point_month(day: Day) -> str:
    return f"{day.at.year + day.at.month / 100:.2f}".rstrip("0")


def _back(text: str) -> pd.Timestamp:
    year, month = text.split(".")
    return pd.Timestamp(int(year), int(month.ljust(2, "0")), 1)


MONTHLY = (
    formed("YYYYMM", "%Y%m", months_only=True),
    formed("YYYYMM", "%Y%m", months_only=True),
    formed("YYYY-MM", "%Y-%m", months_only=True),
    formed("MM/YYYY", "%m/%Y", months_only=True),
    formed("YYYYMmm", "%YM%m", months_only=True),
    formed("1871.01", "%Y.%m", months_only=True),
    Dates("1871.1 is October", _year_point_month, _back, months_only=True),
    formed("month and year", "%b %Y", months_only=True),
    formed("month and year", "%B %Y", months_only=True),
    formed("two-digit year, month and year", "%b-%y", months_only=True),
    formed("month and year", "%Y %b", months_only=True),
)
