"""How far apart prices are, measured from their dates."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fingen_core.errors import InvalidInput
from fingen_core.market import Market, Source, bundled
from fingen_core.market.step import DAILY, TRADING_DAYS, Step, step_of


def days(start="2010-01-01", end="2020-12-31", closed=(5, 6)):
    every = pd.date_range(start, end)
    return every[~every.day_of_week.isin(closed)]


def without(dates, share, seed=0):
    kept = np.random.default_rng(seed).random(len(dates)) >= share
    kept[[0, -1]] = True
    return dates[kept]


def market(dates):
    prices = 100 + np.arange(len(dates), dtype=float)
    return Market(pd.DataFrame({"A": prices}, index=dates), Source(kind="upload"))


@pytest.mark.parametrize(
    ("dates", "unit", "per_year"),
    [
        (days(), "day", 252),
        (without(days(), 0.08), "day", 252),  # many holidays
        (without(days(), 0.2), "day", 252),
        (days("2022-01-03", "2023-12-29"), "day", 252),
        (days().append(days("2023-06-01", "2024-12-31")), "day", 252),  # years are missing
        (days("2023-06-05", "2023-06-09"), "day", 252),  # one week
        (days("2023-06-05", "2023-06-06"), "day", 252),
        (days(closed=(4, 5)), "day", 252),  # Sunday to Thursday
        (days("2010-01-01", "2013-06-28", closed=(3, 4)).append(days("2013-06-30", closed=(4, 5))), "day", 252),
        (days().union(days(closed=(0, 1, 2, 3, 4, 6))[::7]), "day", 252),  # a Saturday now and then
        (without(days(closed=(6,)), 0.03), "day", 302),
        (days(closed=()), "day", 365),
        (without(days(closed=()), 0.05), "day", 365),
        (days("2023-06-03", "2023-06-14", closed=()), "day", 365),
        (days(closed=(1, 3, 5, 6)), "day", 156),  # Monday, Wednesday, Friday
        (pd.date_range("2010-01-01", "2020-12-31", freq="W-FRI"), "week", 52),
        (without(pd.date_range("2010-01-01", "2020-12-31", freq="W-FRI"), 0.05), "week", 52),
        (pd.date_range("2010-01-01", "2020-12-31", freq="MS"), "month", 12),
        (pd.date_range("2010-01-01", "2020-12-31", freq="ME"), "month", 12),
        (pd.date_range("2010-01-01", "2020-12-31", freq="BME"), "month", 12),
        (pd.date_range("2020-01-01", "2020-04-01", freq="MS"), "month", 12),
        (pd.date_range("2000-01-01", "2020-12-31", freq="QE"), "quarter", 4),
        (pd.date_range("1990-01-01", "2020-12-31", freq="YE"), "year", 1),
    ],
)
def test_unit_and_steps_a_year(dates, unit, per_year):
    assert step_of(dates) == Step(unit, per_year)


@pytest.mark.parametrize(
    ("dates", "step", "three"),
    [
        (pd.date_range("2010-01-01", "2020-12-31", freq="2W-FRI"), Step("week", 26, 2), "6 weeks"),
        (pd.date_range("2010-01-01", "2020-12-31", freq="2MS"), Step("month", 6, 2), "6 months"),
        (pd.date_range("2000-01-01", "2020-12-31", freq="6ME"), Step("month", 2, 6), "18 months"),
        (pd.date_range("2010-01-01", "2020-12-31", freq="10D"), Step("day", 37, 10), "30 days"),
    ],
)
def test_multiples_of_a_unit(dates, step, three):
    assert step_of(dates) == step
    assert step.words(3) == three


@given(
    seed=st.integers(0, 10_000),
    share=st.floats(0, 0.12),
    n_years=st.integers(2, 30),
    hole=st.booleans(),
    kind=st.sampled_from([((5, 6), 252), ((4, 5), 252), ((), 365), ("W-WED", 52), ("ME", 12), ("MS", 12), ("QE", 4)]),
)
def test_holes_do_not_change_the_step(seed, share, n_years, hole, kind):
    form, per_year = kind
    end = pd.Timestamp(1990 + n_years, 1, 1)
    dates = pd.date_range("1990-01-01", end, freq=form) if isinstance(form, str) else days("1990-01-01", end, form)
    dates = without(dates, share, seed)
    if hole and len(dates) > 40:
        first = len(dates) // 3
        dates = dates.delete(np.arange(first, first + len(dates) // 4))
    assert step_of(dates).per_year == per_year


def test_half_of_the_days_missing_is_another_market():
    assert step_of(without(days(), 0.5, seed=3)).per_year == pytest.approx(130, abs=8)  # 261 weekdays, half of them


def test_a_part_of_a_market_has_the_step_of_the_whole():
    whole = market(pd.date_range("2000-01-01", "2020-12-31", freq="ME"))
    early, late = whole.split("2020-10-31")
    assert early.step == late.step == whole.between("2020-11-01").step == whole.select(["A"]).step == whole.step
    assert whole.step == Step("month", 12)
    assert bundled().step == DAILY == Step("day", TRADING_DAYS)


def test_words():
    assert DAILY.words(63) == "63 days"
    assert DAILY.words(1) == "1 day"
    assert DAILY.words(5797) == "5,797 days"
    monthly = Step("month", 12)
    assert (monthly.words(1), monthly.words(63), monthly.adjective) == ("1 month", "63 months", "monthly")
    assert (Step("week", 26, 2).noun, Step("week", 26, 2).adjective) == ("2 weeks", "2-week")


@pytest.mark.parametrize(
    ("step", "usual"),
    [
        (DAILY, (5, 10, 21, 63, 126, 252)),
        (Step("day", 365), (7, 14, 30, 90, 180, 365)),
        (Step("week", 52), (4, 13, 26, 52)),
        (Step("month", 12), (1, 3, 6, 12, 24)),
        (Step("quarter", 4), (1, 2, 4, 8)),
        (Step("year", 1), (1, 2)),
    ],
)
def test_usual_horizons(step, usual):
    assert step.horizons() == usual


def test_spans_shorter_than_a_step_are_left_out():
    assert Step("month", 12).horizons("week", "fortnight", "month", "quarter") == (1, 3)
    assert DAILY.horizons("month", "two months", "quarter", "half-year", "two years") == (21, 42, 63, 126, 504)
    assert Step("year", 1).horizons("week") == (1,)
    assert (DAILY.week, DAILY.month, DAILY.quarter, DAILY.year) == (5, 21, 63, 252)


def test_one_date_has_no_step():
    with pytest.raises(InvalidInput, match="a step needs two"):
        step_of(pd.DatetimeIndex(["2020-01-01"]))
    with pytest.raises(InvalidInput, match="fortnight"):
        Step("fortnight", 26)


@pytest.mark.parametrize(
    ("step", "words", "moments"),
    [
        (DAILY, "last month's return", "evenings"),
        (Step("day", 365), "last month's return", "evenings"),
        (Step("week", 52), "return of the last 5 weeks", "dates"),
        (Step("month", 12), "return of the last 5 months", "dates"),
    ],
)
def test_words_name_the_window_over_which_volatility_is_looked_at(step, words, moments):
    assert step.of_last_stretch("return") == words
    assert step.moments == moments
