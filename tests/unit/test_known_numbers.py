"""Numbers of companies as they were known on a day: nothing before its time, nothing missing taken for zero."""

import numpy as np
import pandas as pd
import pytest

from fingen_core.errors import InvalidInput
from fingen_core.market.fundamentals import Statements, StatementStore, several_from_table
from fingen_core.market.known_numbers import Delay, known, panel, period_end, undated

DATES = pd.bdate_range("2020-01-01", "2023-12-29")


def made(ticker="A", **periods) -> Statements:
    names = {name.removeprefix("y").replace("_", "-"): items for name, items in periods.items()}
    return Statements(ticker=ticker, table=pd.DataFrame(names), source="typed")


def year(assets=100.0, debt=40.0, income=5.0):
    return {"Total assets": assets, "Total debt": debt, "Net income": income}


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("2022-12-31", "2022-12-31"),
        ("2022-12-31 00:00:00", "2022-12-31"),
        ("2022-02", "2022-02-28"),
        ("2022", "2022-12-31"),
        ("FY 2022", "2022-12-31"),
        ("2022 Q3", "2022-09-30"),
        ("Q3 2022", "2022-09-30"),
        ("Latest", None),
        ("2022-02-31", None),
    ],
)
def test_a_period_ends_on_the_day_that_its_name_says(name, day):
    assert period_end(name) == (None if day is None else pd.Timestamp(day))


def test_a_statement_is_known_only_after_the_delay_and_not_forever():
    one = made(y2021=year(), y2020=year(debt=20.0))
    found = pd.DataFrame(known(one, DATES), index=DATES, columns=["size", "leverage", "profitability"])
    last = pd.Timestamp("2021-12-31") + pd.Timedelta(days=90)
    assert np.isnan(found.loc[:"2021-03-30"]).all(axis=None)
    assert (found.loc["2021-04-01" : last - pd.Timedelta(days=1), "leverage"] == 0.2).all()
    assert (found.loc[last:"2023-07-03", "leverage"] == 0.4).all()
    assert np.isnan(found.loc["2023-07-06":]).all(axis=None)  # 550 days after its end nobody hears of it any more
    assert found.loc["2022-06-01", "size"] == np.log(100)


def test_changing_a_statement_that_is_not_known_yet_changes_nothing():
    before, after = made(y2021=year(), y2020=year()), made(y2021=year(debt=95.0), y2020=year())
    eve = pd.Timestamp("2021-12-31") + pd.Timedelta(days=89)
    np.testing.assert_array_equal(known(before, DATES[eve >= DATES]), known(after, DATES[eve >= DATES]))
    assert not np.array_equal(known(before, DATES), known(after, DATES), equal_nan=True)
    # The twin that reads a statement on the day of its end would have seen the change.
    early = Delay(annual=30)
    day = DATES[eve >= DATES]
    assert not np.array_equal(known(before, day, early), known(after, day, early), equal_nan=True)


def test_a_missing_item_is_missing_and_takes_no_older_one():
    one = made(y2021=year(debt=np.nan), y2020=year())
    found = known(one, pd.DatetimeIndex(["2022-06-01"]))[0]
    assert np.isnan(found[1])
    assert found[2] == 0.05
    assert np.isnan(known(made(y2021=year(assets=0.0)), pd.DatetimeIndex(["2022-06-01"]))).all()


def test_income_of_quarters_is_that_of_the_year_which_they_end_or_missing():
    ends = ["2022-12-31", "2022-09-30", "2022-06-30", "2022-03-31", "2021-12-31"]
    quarters = {end: year(income=float(number)) for number, end in enumerate(ends, 1)}
    one = Statements(ticker="Q", table=pd.DataFrame(quarters), source="typed")
    found = known(one, pd.DatetimeIndex(["2022-09-01", "2022-12-01", "2023-03-02"]), Delay(quarterly=60))
    assert np.isnan(found[0, 2])  # three quarters are no year
    assert found[:, 1].tolist() == [0.4, 0.4, 0.4]
    assert found[1, 2] == pytest.approx((2 + 3 + 4 + 5) / 100)
    assert found[2, 2] == pytest.approx((1 + 2 + 3 + 4) / 100)


def test_periods_without_a_day_are_named_and_never_known():
    typed = Statements(ticker="T", table=pd.DataFrame({"Latest": year(), "2021": year()}), source="typed")
    assert undated(typed) == ("Latest",)
    only = Statements(ticker="T", table=pd.DataFrame({"Latest": year()}), source="typed")
    both = panel({"T": only}, ("T", "U"), DATES)
    assert both.shape == (len(DATES), 2, 3)
    assert np.isnan(both).all()


@pytest.mark.parametrize("wrong", [{"annual": 0}, {"quarterly": 400}])
def test_a_delay_of_nothing_is_refused(wrong):
    with pytest.raises(InvalidInput, match="choose 30 to 365"):
        Delay(**wrong)


def test_one_file_holds_the_statements_of_several_companies(tmp_path):
    table = pd.DataFrame(
        {
            "Ticker": ["aaa", "aaa", "bbb"],
            "Item": ["Total assets", "Total debt", "Total assets"],
            "2022-12-31": ["1,000", "", "50"],
        }
    )
    found = several_from_table(table, "all.csv")
    assert found["AAA"].latest("Total assets") == 1000
    assert np.isnan(found["AAA"].latest("Total debt"))
    assert found["BBB"].latest("Total assets") == 50
    store = StatementStore(tmp_path)
    store.write(Statements(ticker="AAA", table=pd.DataFrame({"2021": {"Market value": 7.0}}), source="typed"))
    store.renew(found["AAA"])
    assert store.read("AAA").latest("Market value") == 7
    assert list(store.of(["AAA", "BBB"])) == ["AAA"]
    with pytest.raises(InvalidInput, match="first column is called ticker"):
        several_from_table(table.rename(columns={"Ticker": "Item 0"}), "all.csv")
