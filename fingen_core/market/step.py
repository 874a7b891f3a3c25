"""How far apart the prices of a market are: days, weeks or months, and how many of them make a year.

Measured from the dates alone. A yearly figure of anything goes by ``Step.per_year``, a word for a span by
``Step.words``: nothing else in the package says how many steps a year has.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self, get_args

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.types import Array

__all__ = ["DAILY", "TRADING_DAYS", "Span", "Step", "Unit", "step_of"]

TRADING_DAYS = 252
"""Trading days a year where trading rests on two days of seven and on holidays."""

Unit = Literal["day", "week", "month", "quarter", "year"]
Span = Literal["step", "week", "fortnight", "month", "two months", "quarter", "half-year", "year", "two years"]

_DAYS_PER_YEAR = 365.25
_DAYS: dict[Unit, float] = {
    "week": 7,
    "month": _DAYS_PER_YEAR / 12,
    "quarter": _DAYS_PER_YEAR / 4,
    "year": _DAYS_PER_YEAR,
}
_NOMINAL = {5: TRADING_DAYS, 6: 302, 7: 365}
"""Steps a year by days of trading a week: six days lose as many holidays as five."""

_DAILY_GAP = 4.5
"""Median distance in days up to which prices are daily (two days of the week are 3 and 4 apart)."""

_LONG_GAP = 10
"""Days without trading from which on a history has a hole, which says nothing of its step."""

_LIKE = (0.8, 1.15)
"""Steps a year over the nominal number between which a market is taken as having just that number."""

_ADJECTIVES: dict[Unit, str] = {
    "day": "daily",
    "week": "weekly",
    "month": "monthly",
    "quarter": "quarterly",
    "year": "yearly",
}
_SPANS: dict[Unit, Span] = {"day": "step", "week": "week", "month": "month", "quarter": "quarter", "year": "year"}
_SAID = re.compile(r"\b(?:(?:trading|business)\s+)?(?P<word>days?|daily)\b(?!-)", re.IGNORECASE)
_MONTHS: dict[Span, float] = {
    "week": 12 / 52,
    "fortnight": 24 / 52,
    "month": 1,
    "two months": 2,
    "quarter": 3,
    "half-year": 6,
    "year": 12,
    "two years": 24,
}


@dataclass(frozen=True)
class Step:
    """The distance from one price to the next.

    Attributes
    ----------
    unit : {"day", "week", "month", "quarter", "year"}
        What it is counted in; a day is a day with trading.
    per_year : float
        Steps in a year: 252 (five days a week), 365 (seven), 52, 12, 4, 1, or as measured where none of these fits.
    count : int
        Units in one step: 2 with ``week`` for prices of every other week.
    """

    unit: Unit
    per_year: float
    count: int = 1

    def __post_init__(self) -> None:
        if self.unit not in get_args(Unit) or self.per_year <= 0 or self.count < 1:
            raise InvalidInput(
                f"a step of {self.count} {self.unit}, {self.per_year:g} a year: the unit is one of "
                f"{', '.join(get_args(Unit))}, and both numbers are positive"
            )

    @classmethod
    def of(cls, stored: Mapping[str, Any] | None) -> Self:
        """What ``as_dict`` gave; nothing was stored while every market was daily."""
        return cls(**stored) if stored else cls("day", TRADING_DAYS)

    def as_dict(self) -> dict[str, Any]:
        """JSON values; empty for daily markets, whose records stay as they were before other steps were known."""
        return {} if self == DAILY else asdict(self)

    def is_like(self, other: "Step") -> bool:
        """Whether what was learned of one says something of the other: days of five and of seven a week do not mix."""
        same = (self.unit, self.count) == (other.unit, other.count)
        return same and abs(np.log(self.per_year / other.per_year)) < np.log(1.2)

    @property
    def noun(self) -> str:
        """One step: "day", "month", "2 weeks"."""
        return self.unit if self.count == 1 else f"{self.count} {self.unit}s"

    @property
    def nouns(self) -> str:
        """What steps are counted in: "days", "months", "steps of 2 weeks"."""
        return f"{self.unit}s" if self.count == 1 else f"steps of {self.noun}"

    @property
    def adjective(self) -> str:
        """How returns of one step are called: "daily", "monthly", "2-week"."""
        return _ADJECTIVES[self.unit] if self.count == 1 else f"{self.count}-{self.unit}"

    def words(self, n: int) -> str:
        """``n`` steps: "63 days", "1 month"; of steps of two weeks three are "6 weeks"."""
        total = n * self.count
        return f"{total:,} {self.unit}" + ("" if total == 1 else "s")

    def legend(self, *spans: Span, that: str = "") -> str:
        """What a number of steps means: "Trading days: 21 are a month, 63 a quarter, 252 a year."; after ``that``."""
        named = [(self.steps(span), span) for span in spans if self._exact(span) > 1]
        head = "Trading days" if self == DAILY else self.nouns.capitalize()
        head += f" {that}" if that else ""
        if not named:
            return f"{head}."
        told = [f"{n} {'are a' if row == 0 else 'a'} {span}" for row, (n, span) in enumerate(named)]
        return f"{head}: {', '.join(told)}."

    def retold(self, text: str) -> str:
        """A text that was written for trading days in the words of this step; where trading never rests, for days."""
        if self == DAILY:
            return text
        words = {"day": self.noun, "days": self.nouns, "daily": self.adjective}

        def other(found: re.Match[str]) -> str:
            said = words[found["word"].lower()]
            return said.capitalize() if found[0][0].isupper() else said

        return _SAID.sub(other, text)

    @property
    def week(self) -> int:
        return self.steps("week")

    @property
    def month(self) -> int:
        return self.steps("month")

    @property
    def quarter(self) -> int:
        return self.steps("quarter")

    @property
    def stretch(self) -> int:
        """Steps over which volatility is looked at, and of the blocks that keep its waves: a month, at least five."""
        return max(5, self.month)

    @property
    def stretch_words(self) -> str:
        """That stretch after "the last": "month", of monthly prices "5 months"."""
        return "month" if self.stretch == self.month else self.words(self.stretch)

    def of_last_stretch(self, what: str) -> str:
        """ "last month's return", of monthly prices "return of the last 5 months"."""
        words = self.stretch_words
        return f"last month's {what}" if words == "month" else f"{what} of the last {words}"

    @property
    def moments(self) -> str:
        """What one looks from: "evenings", of longer steps "dates"."""
        return "evenings" if (self.unit, self.count) == ("day", 1) else "dates"

    @property
    def half_year(self) -> int:
        return self.steps("half-year")

    @property
    def year(self) -> int:
        return self.steps("year")

    def steps(self, span: Span) -> int:
        """Steps in that span, at least one: a month is 21 trading days, 30 days of seven-day markets, 4 weeks."""
        return max(1, round(self._exact(span)))

    def steps_in(self, n: int, unit: Unit) -> int:
        """Steps in ``n`` days, weeks or months; days are trading days.

        Raises
        ------
        InvalidInput
            If that is shorter than a step.
        """
        if unit == self.unit:
            exact = n / self.count
        elif self.unit == "day" and self.count == 1:
            exact = n * self.steps(_SPANS[unit])
        else:
            exact = n * (self.per_year / TRADING_DAYS if unit == "day" else self._exact(_SPANS[unit]))
        if exact < 0.9:
            raise InvalidInput(
                f"{n} {unit}{'s' * (n != 1)}, but prices of this market are {self.adjective}: the shortest time is "
                f"{self.words(1)}"
            )
        return max(1, round(exact))

    def horizons(self, *spans: Span) -> tuple[int, ...]:
        """Steps in each of ``spans`` that is no shorter than a step; without any, those usual for this step."""
        exact = [self._exact(span) for span in spans or _usual(self)]
        found = {max(1, round(steps)) for steps in exact if steps >= 0.9}
        return tuple(sorted(found)) or (1,)

    def _exact(self, span: Span) -> float:
        if span == "step":
            return 1.0
        months = _MONTHS[span]
        if self.unit == "day" and self.count == 1 and months < 12:
            return self._days(span)
        return months * self.per_year / 12

    def _days(self, span: Span) -> float:
        """Markets of days count whole weeks and whole months: three months of 21 days are 63."""
        if span in ("week", "fortnight"):
            return round(self.per_year / 52) * (2 if span == "fortnight" else 1)
        return round(self.per_year / 12) * _MONTHS[span]


DAILY = Step("day", TRADING_DAYS)
"""Prices of five days a week."""


def _usual(step: Step) -> tuple[Span, ...]:
    if step.unit == "day":
        return ("week", "fortnight", "month", "quarter", "half-year", "year")
    if step.unit == "week":
        return ("month", "quarter", "half-year", "year")
    return ("month", "quarter", "half-year", "year", "two years")


def step_of(dates: pd.DatetimeIndex) -> Step:
    """The step of prices at these dates.

    Parameters
    ----------
    dates : DatetimeIndex
        Increasing, at least two. Holidays, missing days and a hole in history do not change the step.

    Returns
    -------
    Step
        Days where the median distance is below 4.5 days: 252 a year with five days of the week, 365 with seven, 302
        with six. Else weeks, months, quarters or years, or the multiple of one of them that is nearest. A market whose
        steps a year lie outside 80 to 115 % of that number has the number that was measured.

    Raises
    ------
    InvalidInput
        With fewer than two dates.
    """
    days = pd.DatetimeIndex(dates).normalize().unique()
    if len(days) < 2:
        raise InvalidInput(f"{len(days)} dates: a step needs two")
    gaps = np.diff(days.as_unit("s").asi8) / 86_400
    typical = float(np.median(gaps))
    if typical < _DAILY_GAP:
        return Step("day", _trading_days(days, gaps))
    return _longer(typical, gaps)


def _trading_days(days: pd.DatetimeIndex, gaps: Array) -> float:
    """Steps a year of daily prices: by days of the week, unless there are far more or fewer."""
    nominal = _NOMINAL.get(n_weekdays := _weekdays(days, gaps), n_weekdays * 52)
    if len(days) < 30:  # too short a time to see how many days are missing
        return nominal
    measured = _DAYS_PER_YEAR / float(gaps[gaps <= _LONG_GAP].mean())
    if _LIKE[0] <= measured / nominal <= _LIKE[1]:
        return nominal
    near = min(_NOMINAL.values(), key=lambda number: abs(np.log(measured / number)))
    return near if 0.9 <= measured / near <= 1.1 else round(measured)


def _weekdays(days: pd.DatetimeIndex, gaps: Array) -> int:
    """Days of the week with trading in at least half of the weeks; days that never came by are as is usual."""
    holes = np.flatnonzero(gaps > _LONG_GAP)
    every = pd.date_range(days[0], days[-1])
    for hole in holes:
        every = every[(every <= days[hole]) | (every >= days[hole + 1])]
    came = np.bincount(every.day_of_week, minlength=7)
    traded = np.bincount(days.day_of_week, minlength=7)
    usual = np.arange(7) < 5
    return int(np.where(came > 0, 2 * traded >= np.maximum(came, 1), usual).sum())


def _longer(typical: float, gaps: Array) -> Step:
    """Steps of weeks and more: the largest unit of which the typical distance is a whole multiple."""
    fits = [(unit, max(1, round(typical / days)), days) for unit, days in _DAYS.items()]
    fits = [fit for fit in fits if fit[0] != "quarter" or fit[1] == 1]  # half-years are told in months
    good = [fit for fit in fits if 0.9 <= typical / (fit[1] * fit[2]) <= 1.1]
    unit, count, days = good[-1] if good else ("day", round(typical), 1.0)
    nominal = _DAYS_PER_YEAR / days / count
    measured = _DAYS_PER_YEAR / float(gaps[gaps <= 3 * typical].mean())
    inside = _LIKE[0] <= measured / nominal <= _LIKE[1]
    return Step(unit, _tidy(nominal if inside else measured), count)


def _tidy(per_year: float) -> float:
    """Whole numbers where there is more than one step a year."""
    return round(per_year) if per_year >= 0.9 else per_year
