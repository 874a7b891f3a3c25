"""Periods of statements: on which day one ended, by its name, and years that are made of quarters."""

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

__all__ = ["ends_of", "is_quarterly", "of_a_year", "period_end", "year_before"]

_LONGEST_QUARTER = 200
_YEAR = pd.Timedelta(days=345)  # the ends of four quarters in a row lie within so many days
_ABOUT = pd.Timedelta(days=20)  # years of 52 weeks end on other days
_FORMS = (
    (re.compile(r"(\d{4})-(\d{2})-(\d{2})(?: 00:00:00)?"), "D"),
    (re.compile(r"(\d{4})-(\d{2})"), "M"),
    (re.compile(r"(?:FY ?)?(\d{4})"), "Y"),
    (re.compile(r"(\d{4}) ?Q([1-4])"), "Q"),
    (re.compile(r"Q([1-4]) ?(\d{4})"), "Q back"),
)


def period_end(name: str) -> pd.Timestamp | None:
    """The day on which a period ended by its name; ``None`` where it names none.

    Understands 2022-12-31, 2022-12, 2022, FY 2022, 2022 Q4 and Q4 2022.
    """
    for form, kind in _FORMS:
        found = form.fullmatch(name.strip())
        if found:
            text = {"D": "{0}-{1}-{2}", "M": "{0}-{1}", "Y": "{0}", "Q": "{0}Q{1}", "Q back": "{1}Q{0}"}[kind]
            return _day(text.format(*found.groups()), kind[0])
    return None


def _day(text: str, frequency: str) -> pd.Timestamp | None:
    try:
        return pd.Period(text, freq=frequency).end_time.normalize()
    except ValueError:  # the 31st of a month with 30 days
        return None


def ends_of(names: pd.Index) -> pd.DatetimeIndex | None:
    """The days on which all of these periods ended, ``None`` if one names no day or two name the same."""
    ends = [period_end(str(name)) for name in names]
    told = [end for end in ends if end is not None]
    return pd.DatetimeIndex(told) if len(set(told)) == len(ends) else None


def is_quarterly(ends: pd.Index, names: Iterable[str] = ()) -> bool:
    """By the names of periods, else by how far apart they end: a single quarter must not pass for a year."""
    if any("Q" in name and period_end(name) is not None for name in names):
        return True
    gaps = np.diff(ends.sort_values().to_numpy()).astype("timedelta64[D]").astype(int)
    return bool(len(gaps)) and float(np.median(gaps)) < _LONGEST_QUARTER


def of_a_year(amounts: pd.Series, end: pd.Timestamp) -> float:
    """Sum of the four quarters up to ``end``, by their ends; NaN where one is missing."""
    last = amounts[(amounts.index > end - _YEAR) & (amounts.index <= end)]
    return float(last.sum()) if len(last) == 4 and last.notna().all() else float("nan")


def year_before(amounts: pd.Series, end: pd.Timestamp) -> float:
    """Amount of the period that ended a year before ``end``; NaN where there is none."""
    then = end - pd.DateOffset(years=1)
    near = amounts[(amounts.index >= then - _ABOUT) & (amounts.index <= then + _ABOUT)]
    return float(near.iloc[0]) if len(near) else float("nan")
