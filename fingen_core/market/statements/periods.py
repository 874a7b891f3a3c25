"""Periods of statements: on which day one ended, by its name, and years that are made of quarters or halves."""

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

__all__ = ["ends_of", "of_a_year", "per_year", "period_end", "year_before"]

_LONGEST_QUARTER, _LONGEST_HALF = 135, 270
_YEAR = pd.Timedelta(days=345)  # the ends of four quarters in a row lie within so many days
_ABOUT = pd.Timedelta(days=20)  # years of 52 weeks end on other days
_FORMS = (
    (re.compile(r"(\d{4})-(\d{2})-(\d{2})(?: 00:00:00)?(?: \((?:quarter|half-year)\))?"), "D"),
    (re.compile(r"(\d{4})-(\d{2})"), "M"),
    (re.compile(r"(?:FY ?)?(\d{4})"), "Y"),
    (re.compile(r"(\d{4}) ?Q([1-4])"), "Q"),
    (re.compile(r"Q([1-4]) ?(\d{4})"), "Q back"),
    (re.compile(r"(\d{4}) ?H([12])"), "H"),
    (re.compile(r"H([12]) ?(\d{4})"), "H back"),
)


def period_end(name: str) -> pd.Timestamp | None:
    """The day on which a period ended by its name; ``None`` where it names none.

    Understands 2022-12-31, 2022-12, 2022, FY 2022, 2022 Q4, Q4 2022, 2022 H1 and H1 2022, and a day that is said to
    end a quarter or a half-year. Files have more names: :mod:`fingen_core.market.statements.period_names`.
    """
    for form, kind in _FORMS:
        found = form.fullmatch(name.strip())
        if found:
            return _day(found.groups(), kind)
    return None


def _day(parts: tuple[str, ...], kind: str) -> pd.Timestamp | None:
    if kind.endswith("back"):
        parts = parts[::-1]
    if kind[0] == "H":
        kind, parts = "Q", (parts[0], str(2 * int(parts[1])))
    text = {"Y": "{0}", "M": "{0}-{1}", "D": "{0}-{1}-{2}", "Q": "{0}Q{1}"}[kind[0]].format(*parts)
    try:
        return pd.Period(text, freq=kind[0]).end_time.normalize()
    except ValueError:  # the 31st of a month with 30 days
        return None


def ends_of(names: pd.Index) -> pd.DatetimeIndex | None:
    """The days on which all of these periods ended, ``None`` if one names no day or two name the same."""
    ends = [period_end(str(name)) for name in names]
    told = [end for end in ends if end is not None]
    return pd.DatetimeIndex(told) if len(set(told)) == len(ends) else None


def per_year(ends: pd.Index, names: Iterable[str] = ()) -> int:
    """How many of these periods make a year: 4, 2 or 1.

    By their names, else by how far apart they end: a single quarter must not pass for a year.
    """
    told = [name for name in names if period_end(name) is not None]
    if any("Q" in name or "(quarter)" in name for name in told):
        return 4
    if any("H" in name or "(half-year)" in name for name in told):
        return 2
    gaps = np.diff(ends.sort_values().to_numpy()).astype("timedelta64[D]").astype(int)
    if not len(gaps):
        return 1
    usual = float(np.median(gaps))
    return 4 if usual < _LONGEST_QUARTER else 2 if usual < _LONGEST_HALF else 1


def of_a_year(amounts: pd.Series, end: pd.Timestamp, periods: int = 4) -> float:
    """Sum of the quarters (or the two halves) of the year up to ``end``, by their ends; NaN where one is missing."""
    last = amounts[(amounts.index > end - _YEAR) & (amounts.index <= end)]
    return float(last.sum()) if len(last) == periods and last.notna().all() else float("nan")


def year_before(amounts: pd.Series, end: pd.Timestamp) -> float:
    """Amount of the period that ended a year before ``end``; NaN where there is none."""
    then = end - pd.DateOffset(years=1)
    near = amounts[(amounts.index >= then - _ABOUT) & (amounts.index <= then + _ABOUT)]
    return float(near.iloc[0]) if len(near) else float("nan")
