"""The trading days that come next."""

import pandas as pd
import pytest

from fingen_core.errors import InvalidInput
from fingen_core.market import bundled
from fingen_core.market.calendar import trading_calendar


def test_us_stocks_follow_new_york():
    dates = bundled().dates
    calendar = trading_calendar(dates[dates < "2021-12-01"])
    assert calendar.new_york
    assert "New York" in calendar.words
    real = dates[dates > dates[dates < "2021-12-01"][-1]][:250]
    assert calendar.after(dates[dates < "2021-12-01"][-1], 250).equals(real)  # the year that came, Juneteenth included


def test_markets_without_holidays_go_on_by_weekdays():
    business = trading_calendar(pd.bdate_range("2010-01-01", "2023-12-29"))
    assert not business.new_york
    assert business.after(pd.Timestamp("2023-12-29"), 2).tolist() == [
        pd.Timestamp("2024-01-01"),
        pd.Timestamp("2024-01-02"),
    ]
    assert trading_calendar(pd.date_range("2015-01-01", "2023-12-31")).weekdays == tuple(range(7))
    weekly = trading_calendar(pd.date_range("2015-01-02", "2023-12-29", freq="W-FRI"))
    assert weekly.after(pd.Timestamp("2023-12-29"), 2)[1] == pd.Timestamp("2024-01-12")


def test_holidays_of_another_exchange_are_found_in_its_history():
    days = pd.bdate_range("2012-01-01", "2023-12-29")
    fixed = ((days.month == 5) & (days.day == 1)) | ((days.month == 12) & (days.day == 26))
    friday = pd.DatetimeIndex([pd.Timestamp(day) for day in ("2021-04-02", "2022-04-15", "2023-04-07", "2016-03-25",
        "2017-04-14", "2018-03-30", "2019-04-19", "2020-04-10", "2015-04-03", "2014-04-18")])  # fmt: skip
    calendar = trading_calendar(days[~fixed & ~days.isin(friday)])
    assert set(calendar.days_of_year) == {(5, 1), (12, 26)}
    assert calendar.after_easter == (-2,)
    assert pd.Timestamp("2024-03-29") not in calendar.after(pd.Timestamp("2024-03-27"), 5)  # Good Friday
    assert "3 yearly holidays" in calendar.words
    with pytest.raises(InvalidInput, match="0 days ahead"):
        calendar.after(days[-1], 0)


@pytest.mark.parametrize("freq", ["W-FRI", "W-MON", "2W-FRI", "ME", "QE", "YE"])
@pytest.mark.parametrize(
    "crisis", [("1929-09-03", "1932-07-08"), ("1987-10-01", "1987-10-30"), ("2020-02-19", "2020-03-23")]
)
def test_dates_around_a_crisis_enclose_it_however_far_it_lies(freq: str, crisis: tuple[str, str]) -> None:
    """A market that begins in 2015 lends its steps to days of a century before."""
    first, last = pd.Timestamp(crisis[0]), pd.Timestamp(crisis[1])
    dates = pd.date_range("2015-01-02", periods=260 if "W" in freq else 40, freq=freq)
    calendar = trading_calendar(dates)
    found = calendar.around(dates[0], first, last)
    assert found[0] <= first < found[1]
    assert found[-2] < last <= found[-1]
