"""What was known of a company on a day: delays, quarters, ages, and what is missing."""

import numpy as np
import pandas as pd
import pytest

from fingen_core.errors import InvalidInput
from fingen_core.jobs.background import companies
from fingen_core.market.statements import Statements, StatementStore
from fingen_core.market.statements.known_numbers import SILENT_AFTER, Delay, known, panel, undated
from fingen_core.market.statements.periods import period_end
from tests.statements_support import several_from_table


def made(**periods: dict[str, float]) -> Statements:
    named = {name.strip("_").replace("_", "-"): items for name, items in periods.items()}
    return Statements(ticker="A", table=pd.DataFrame(named), source="made")


def year(assets: float = 1000.0, debt: float = 400.0, income: float = 50.0) -> dict[str, float]:
    return {"Total assets": assets, "Total debt": debt, "Net income": income}


def on(*days: str) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(days)


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("2022-12-31", "2022-12-31"),
        ("2022-12-31 00:00:00", "2022-12-31"),
        ("2022-02", "2022-02-28"),
        ("FY 2021", "2021-12-31"),
        ("2022 Q1", "2022-03-31"),
        ("Q4 2022", "2022-12-31"),
    ],
)
def test_periods_are_understood(name, day):
    assert period_end(name) == pd.Timestamp(day)


@pytest.mark.parametrize("name", ["Latest", "2022-02-31", "TTM", ""])
def test_periods_that_name_no_day_are_told(name):
    assert period_end(name) is None
    statements = made(Latest=year())
    assert undated(statements) == ("Latest",)
    assert np.isnan(known(statements, on("2023-12-31"))).all()


def test_a_statement_counts_only_after_its_delay():
    statements = made(_2020_12_31=year())
    found = known(statements, on("2020-12-31", "2021-03-30", "2021-03-31"))
    assert np.isnan(found[:2]).all()
    assert found[2].tolist() == pytest.approx([np.log(1000), 0.4, 0.05])
    assert np.isnan(known(statements, on("2021-03-31"), Delay(annual=91))).all()
    with pytest.raises(InvalidInput, match="known after 0 days: choose 30 to 365"):
        Delay(annual=0)


def test_statements_of_the_future_change_nothing():
    dates = pd.bdate_range("2020-01-01", "2022-03-30")
    plain = made(_2019_12_31=year(), _2020_12_31=year(debt=500))
    seen = made(_2019_12_31=year(), _2020_12_31=year(debt=500), _2021_12_31=year(debt=9000, income=-900))
    np.testing.assert_array_equal(known(plain, dates), known(seen, dates))
    later = pd.bdate_range("2020-01-01", "2022-04-01")
    assert known(seen, later)[-1, 1] == 9  # on the day it is known, it does


def test_what_is_missing_stays_missing():
    statements = made(_2020_12_31={"Total assets": 1000.0, "Net income": 50.0})
    found = known(statements, on("2021-06-30"))[0]
    assert np.isnan(found[1])
    assert found[2] == 0.05
    assert np.isnan(known(made(_2020_12_31=year(assets=0)), on("2021-06-30"))).all()
    old = pd.Timestamp("2020-12-31") + pd.Timedelta(days=SILENT_AFTER + 1)
    assert np.isnan(known(statements, pd.DatetimeIndex([old]))).all()
    assert np.isnan(panel({"A": statements}, ["B"], on("2021-06-30"))).all()


def test_income_of_four_quarters_is_a_year_or_missing():
    ends = ("2020-03-31", "2020-06-30", "2020-09-30", "2020-12-31", "2021-03-31")
    table = pd.DataFrame({end: year(income=10.0 + at) for at, end in enumerate(ends)})
    quarterly = Statements(ticker="A", table=table, source="made")
    found = known(quarterly, on("2020-12-15", "2021-03-01", "2021-05-30"))
    assert np.isnan(found[0, 2])  # three quarters are no year
    assert found[1:, 2].tolist() == pytest.approx([0.046, 0.05])
    few = Statements(ticker="A", table=pd.DataFrame({"2020 Q4": year(), "Q1 2020": year()}), source="made")
    assert np.isnan(known(few, on("2021-03-02"))[0, 2])  # quarters by name, though far apart


def test_one_file_holds_several_companies_and_typed_market_values_stay(tmp_path):
    table = pd.DataFrame({"Ticker": ["a", "a", "b"], "Item": ["Total assets", "Total debt", "Total assets"],
                          "2021-12-31": ["100", "", "7"]})  # fmt: skip
    found = several_from_table(table, "all.csv")
    assert sorted(found) == ["A", "B"]
    assert np.isnan(found["A"].latest("Total debt"))
    store = StatementStore(tmp_path)
    store.write(made(_2020_12_31={"Market value": 12.0}))
    store.renew(found["A"])
    assert store.read("A").latest("Market value") == 12
    assert store.read("A").latest("Total assets") == 100
    with pytest.raises(InvalidInput, match="names no company: for several companies add a column called ticker"):
        several_from_table(table.rename(columns={"Ticker": "Owner"}), "all.csv")
    assert companies.digest_of(store.of(["A", "C"])) != companies.digest_of(found)


def test_companies_are_called_as_in_the_market_and_every_row_names_one():
    table = pd.DataFrame({"Ticker": ["ALPHA", "beta"], "Item": ["Total assets"] * 2, "2021": ["100", "7"]})
    assert list(several_from_table(table, "all.csv", ["Alpha", "Beta"])) == ["Alpha", "Beta"]
    table["Ticker"] = ["ALPHA", ""]
    with pytest.raises(InvalidInput, match="'Total assets' without a ticker: write the ticker into every row"):
        several_from_table(table, "all.csv")


def test_a_model_is_found_again_by_what_is_known_and_not_by_what_is_missing():
    known_items = {"2021-12-31": {"Total assets": 10.0}}
    with_gaps = {"2021-12-31": {"Total assets": 10.0, "Cash": np.nan}, "2020-12-31": {"Cash": np.nan}}
    first, second = (Statements(ticker="A", table=pd.DataFrame(one), source="x") for one in (known_items, with_gaps))
    other = Statements(ticker="A", table=pd.DataFrame({"2021-12-31": {"Total assets": 11.0}}), source="x")
    assert companies.digest_of({"A": first}) == companies.digest_of({"A": second})
    assert companies.digest_of({"A": first}) != companies.digest_of({"A": other})
