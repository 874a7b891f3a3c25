"""The trading days that come next: by the rules of an exchange where history follows them, else by its own habits."""

from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.tseries.holiday import (
    AbstractHolidayCalendar,
    GoodFriday,
    Holiday,
    USLaborDay,
    USMartinLutherKingJr,
    USMemorialDay,
    USPresidentsDay,
    USThanksgivingDay,
    nearest_workday,
    sunday_to_monday,
)
from pandas.tseries.offsets import Easter

from fingen_core.errors import InvalidInput
from fingen_core.market.step import Step, step_of

__all__ = ["Calendar", "PeriodCalendar", "TradingCalendar", "dates_after", "trading_calendar"]

_YEARS = 8
"""Years of history whose habits count."""

_LEAST_YEARS = 3
"""Years in which a day of the year must have been without trading, and never with it, to be a holiday."""

_AGREE = 0.02
"""Share of the weekdays on which the rules of an exchange may be wrong (days of mourning, storms)."""

_USUAL = 0.9
"""Share of the months in which prices must be of one place in the month for it to be the usual one."""

_EASTER_DAYS = (-3, -2, 1, 39, 50, 60)
"""Days after Easter Sunday on which some exchange closes: from Maundy Thursday to Corpus Christi."""


class _NewYork(AbstractHolidayCalendar):  # type: ignore[misc]
    """Holidays of the New York Stock Exchange. New Year's Day on a Saturday is not made up for."""

    rules = [  # noqa: RUF012 (as pandas has it)
        Holiday("New Year", month=1, day=1, observance=sunday_to_monday),
        USMartinLutherKingJr,
        USPresidentsDay,
        GoodFriday,
        USMemorialDay,
        Holiday("Juneteenth", month=6, day=19, start_date="2022-01-01", observance=nearest_workday),
        Holiday("Independence Day", month=7, day=4, observance=nearest_workday),
        USLaborDay,
        USThanksgivingDay,
        Holiday("Christmas", month=12, day=25, observance=nearest_workday),
    ]


@dataclass(frozen=True, kw_only=True)
class TradingCalendar:
    """How trading days go on after the end of a history.

    Attributes
    ----------
    weekdays : tuple of int
        Days of the week with trading, Monday is 0.
    new_york : bool
        Whether the holidays of the New York Stock Exchange are left out.
    days_of_year : tuple of (month, day)
        Fixed holidays that history shows; empty with ``new_york``.
    after_easter : tuple of int
        Holidays that move with Easter, in days after Easter Sunday; empty with ``new_york``.
    """

    weekdays: tuple[int, ...]
    new_york: bool = False
    days_of_year: tuple[tuple[int, int], ...] = ()
    after_easter: tuple[int, ...] = ()

    @property
    def words(self) -> str:
        """Which rules these are, for people."""
        if self.new_york:
            return "New York Stock Exchange holidays, which this history follows"
        n_closed = len(self.days_of_year) + len(self.after_easter)
        days = {5: "Monday to Friday", 7: "every day of the week"}.get(len(self.weekdays), "this history's weekdays")
        if not n_closed:
            return f"{days}, no holidays, as in this history"
        return f"{days} without {n_closed} yearly holiday{'s' * (n_closed > 1)} found in this history"

    def after(self, last: pd.Timestamp, n: int) -> pd.DatetimeIndex:
        """The ``n`` trading days after ``last``."""
        if n < 1:
            raise InvalidInput(f"{n} days ahead: choose a whole number from 1 on")
        found: pd.DatetimeIndex = pd.DatetimeIndex([])
        span = 2 * n + 30
        while len(found) < n:
            found = self.among(pd.date_range(last + pd.Timedelta(days=1), periods=span * 7 // len(self.weekdays)))
            span *= 2
        return found[:n]

    def among(self, days: pd.DatetimeIndex) -> pd.DatetimeIndex:
        """Those of ``days`` on which there is trading."""
        open_days = np.isin(days.day_of_week, self.weekdays)
        if len(days) and self.new_york:
            open_days &= ~days.isin(_new_york(days[0].year, days[-1].year))
        for month, day in self.days_of_year:
            open_days &= ~((days.month == month) & (days.day == day))
        if len(days) and self.after_easter:
            moving = [
                _easter(year) + pd.Timedelta(days=offset)
                for year in range(days[0].year, days[-1].year + 1)
                for offset in self.after_easter
            ]
            open_days &= ~days.isin(moving)
        return days[open_days]


@dataclass(frozen=True, kw_only=True)
class PeriodCalendar:
    """How weeks, months or years go on after the end of a history.

    Attributes
    ----------
    step : Step
        Weeks or more.
    place : {"first", "first weekday", "last", "last weekday", "same day"}
        Which day of the month prices are of; of weeks it is the day of the week of ``weekday``.
    weekday : int or None
        The usual day of the week, Monday is 0; ``None`` is that of the last price.
    """

    step: Step
    place: str = "same day"
    weekday: int | None = None

    @property
    def words(self) -> str:
        """Which rules these are, for people."""
        if self.step.unit == "week":
            day = "the same day" if self.weekday is None else _DAY_NAMES[self.weekday]
            return f"{day} of every {'week' if self.step.count == 1 else self.step.noun}, as in this history"
        return f"the {self.place} of every {self.step.noun}, as in this history".replace(
            "same day", "same day of the month"
        )

    def after(self, last: pd.Timestamp, n: int) -> pd.DatetimeIndex:
        """The ``n`` dates after ``last``, in its unit of weeks or months: month ends stay month ends."""
        if n < 1:
            raise InvalidInput(f"{n} {self.step.nouns} ahead: choose a whole number from 1 on")
        return self._dates(last, np.arange(1, n + 1))

    def around(self, near: pd.Timestamp, first: pd.Timestamp, last: pd.Timestamp) -> pd.DatetimeIndex:
        """Dates from the last on or before ``first`` to the first on or after ``last``, counted from the date ``near``.

        Before ``near`` as well as after it.
        """
        days = 365.25 / self.step.per_year
        ends = [int((end - near).days / days) for end in (first, last)]
        # 52 weeks are no year of days, so what is counted here runs off by some weeks in a century.
        spare = 2 + max(map(abs, ends)) // 100
        dates = self._dates(near, np.arange(ends[0] - spare, ends[1] + spare + 1))
        return dates[dates.searchsorted(first, side="right") - 1 : dates.searchsorted(last, side="left") + 1]

    def _dates(self, near: pd.Timestamp, steps: NDArray[np.int64]) -> pd.DatetimeIndex:
        """Dates so many steps after ``near``, negative before it."""
        ahead = steps * self.step.count
        if self.step.unit == "day":
            return near + pd.to_timedelta(ahead, unit="D")
        if self.step.unit == "week":
            usual = near.day_of_week if self.weekday is None else self.weekday
            monday = near.normalize() - pd.Timedelta(days=near.day_of_week)
            return monday + pd.to_timedelta(7 * ahead + usual, unit="D")
        months = near.to_period("M") + ahead * _MONTHS_IN[self.step.unit]
        return pd.DatetimeIndex([_placed(month, self.place, near.day) for month in months])


Calendar: TypeAlias = TradingCalendar | PeriodCalendar
"""How the dates of a market go on."""

_MONTHS_IN = {"month": 1, "quarter": 3, "year": 12}
_DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def dates_after(last: pd.Timestamp, n: int, step: Step) -> pd.DatetimeIndex:
    """The ``n`` dates after ``last`` where nothing but the step is known: business days, weeks, ends of months.

    Holidays are not known ahead. A last date at the end of a month is taken for the end of every month.
    """
    if step.unit == "day" and step.count == 1:
        weekdays = 7 if step.per_year > 340 else 6 if step.per_year > 280 else 5
        return TradingCalendar(weekdays=tuple(range(weekdays))).after(last.normalize(), n)
    return PeriodCalendar(step=step, place=_place(pd.DatetimeIndex([last]))).after(last, n)


def _period_calendar(dates: pd.DatetimeIndex, step: Step) -> PeriodCalendar:
    if step.unit == "week":
        return PeriodCalendar(step=step, weekday=int(np.bincount(dates.day_of_week, minlength=7).argmax()))
    return PeriodCalendar(step=step, place=_place(dates))


def _place(dates: pd.DatetimeIndex) -> str:
    """Where in the month nearly all of these dates lie."""
    months = dates.to_period("M")
    for place in ("last", "last weekday", "first", "first weekday"):
        there = [_placed(month, place, 1) for month in months]
        if (pd.DatetimeIndex(there) == dates.normalize()).mean() >= _USUAL:
            return place
    return "same day"


def _placed(month: pd.Period, place: str, day: int) -> pd.Timestamp:
    """A day of a month; one that the month lacks is its last."""
    first, last = month.start_time.normalize(), month.end_time.normalize()
    if place == "last":
        return last
    if place == "last weekday":
        return pd.offsets.BDay().rollback(last)
    if place == "first weekday":
        return pd.offsets.BDay().rollforward(first)
    return first + pd.Timedelta(days=min(day, last.day) - 1) if place == "same day" else first


def trading_calendar(dates: pd.DatetimeIndex, step: Step | None = None) -> Calendar:
    """The calendar that a history follows.

    Parameters
    ----------
    dates : DatetimeIndex
        Its days, increasing; the last eight years count.
    step : Step, optional
        How far they are apart; default: measured.

    Returns
    -------
    Calendar
        Of weeks and more: the usual day of the week, or the usual place in the month. Of days: that of New York if it
        is right about 98 % of the weekdays and nearly all of its holidays were without trading; else the history's own
        weekdays (those with a price in at least half of the weeks), without the days of the year, fixed or counted from
        Easter, that had no trading in at least three years and trading in none.
    """
    step = step or step_of(dates)
    if step.unit != "day" or step.count > 1:
        return _period_calendar(dates, step)
    recent = dates[dates > dates[-1] - pd.DateOffset(years=_YEARS)].normalize()
    days = pd.date_range(recent[0], recent[-1])
    n_weeks = max(1.0, len(days) / 7)
    counts = np.bincount(recent.day_of_week, minlength=7)
    weekdays = tuple(int(day) for day in np.flatnonzero(counts >= n_weeks / 2)) or tuple(range(5))
    plain = TradingCalendar(weekdays=weekdays)
    usual = plain.among(days)
    exchange = TradingCalendar(weekdays=weekdays, new_york=True)
    if len(weekdays) == 5 and _agrees(exchange, usual, recent):
        return exchange
    closed = usual[~usual.isin(recent)]
    return TradingCalendar(
        weekdays=weekdays,
        days_of_year=_fixed(usual, closed) if len(weekdays) > 1 else (),
        after_easter=_moving(usual, closed) if len(weekdays) > 1 else (),
    )


def _agrees(exchange: TradingCalendar, usual: pd.DatetimeIndex, traded: pd.DatetimeIndex) -> bool:
    expected = usual.isin(exchange.among(usual))
    came = usual.isin(traded)
    holidays = ~expected
    return bool((expected != came).mean() <= _AGREE and (not holidays.any() or (~came[holidays]).mean() >= 0.9))


def _fixed(usual: pd.DatetimeIndex, closed: pd.DatetimeIndex) -> tuple[tuple[int, int], ...]:
    """Days of the year that were always closed, on at least three of the years in which they fell on a weekday."""
    all_days = pd.Series(1, index=usual).groupby([usual.month, usual.day]).sum()
    without = pd.Series(1, index=closed).groupby([closed.month, closed.day]).sum()
    return tuple(
        (int(month), int(day))
        for (month, day), count in without.items()
        if count >= _LEAST_YEARS and count == all_days[(month, day)]
    )


def _moving(usual: pd.DatetimeIndex, closed: pd.DatetimeIndex) -> tuple[int, ...]:
    """Days counted from Easter that were always closed, in at least three years."""
    found = []
    for offset in _EASTER_DAYS:
        years = range(usual[0].year, usual[-1].year + 1)
        due = pd.DatetimeIndex([_easter(year) + pd.Timedelta(days=offset) for year in years])
        due = due[due.isin(usual)]
        if len(due) >= _LEAST_YEARS and due.isin(closed).all():
            found.append(offset)
    return tuple(found)


def _easter(year: int) -> pd.Timestamp:
    return Easter().rollforward(pd.Timestamp(year, 1, 1))


@cache
def _new_york(first: int, last: int) -> pd.DatetimeIndex:
    return _NewYork().holidays(pd.Timestamp(first, 1, 1), pd.Timestamp(last, 12, 31))
