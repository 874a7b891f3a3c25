"""Statements keep what is missing missing; Merton's model against cases that are known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from fingen_core.charts import companies as charts
from fingen_core.errors import InvalidInput, Unreadable
from fingen_core.market.statements import ITEMS, Statements, StatementStore, ratios, read_statements
from fingen_core.market.statements.known_numbers import mixed_sizes
from fingen_core.portfolio.merton import Covenants, along, breaches, equity_value, solve
from tests.statements_support import from_table, several_from_table


def made() -> Statements:
    table = pd.DataFrame({"2022": {"Total debt": 50, "Total assets": 200, "Revenue": 110, "EBITDA": 22},
                          "2021": {"Total debt": 40, "Revenue": 100}})  # fmt: skip
    return Statements(ticker="A", table=table, source="typed")


def test_ratios_by_hand_and_missing_stays_missing():
    found = ratios(made())
    assert found.loc["Debt / assets", "2022"] == 0.25
    assert found.loc["EBITDA margin", "2022"] == 0.2
    assert found.loc["Revenue growth", "2022"] == pytest.approx(0.1)
    assert np.isnan(found.loc["Debt / assets", "2021"])
    assert np.isnan(found.loc["Interest coverage", "2022"])  # no interest given is not interest of zero
    assert np.isnan(found.loc["Net debt / EBITDA", "2022"])  # nor is unknown cash no cash
    assert np.isnan(made().latest("Cash"))
    assert made().latest("Total debt") == 50


def test_quarters_are_compared_as_years_and_with_the_same_quarter_of_the_year_before():
    ends = ("2023-03-31", "2022-12-31", "2022-09-30", "2022-06-30", "2022-03-31")
    items = {"Total debt": 400.0, "Cash": 0.0, "Total assets": 800.0, "Net income": 10.0}
    table = pd.DataFrame({end: items | {"EBITDA": 20.0 + at, "Revenue": 110.0 - at} for at, end in enumerate(ends)})
    quarterly = Statements(ticker="A", table=table, source="made")
    assert quarterly.per_year == 4
    assert made().per_year == 1
    found = ratios(quarterly)
    assert found.loc["Net debt / EBITDA", "2023-03-31"] == pytest.approx(400 / (20 + 21 + 22 + 23))
    assert found.loc["Return on assets", "2023-03-31"] == pytest.approx(0.05)
    assert found.loc["Debt / assets", "2022-03-31"] == 0.5
    assert np.isnan(found.loc["Return on assets", "2022-09-30"])  # three quarters are no year
    assert found.loc["Revenue growth", "2023-03-31"] == pytest.approx(110 / 106 - 1)
    assert np.isnan(found.loc["Revenue growth", "2022-12-31"])
    alone = Statements(ticker="A", table=pd.DataFrame({"2022 Q4": items}), source="made")
    assert np.isnan(ratios(alone).loc["Return on assets", "2022 Q4"])


def test_growth_is_that_of_a_year_whatever_lies_between():
    gap = Statements(ticker="A", table=pd.DataFrame({"2022": {"Revenue": 110}, "2020": {"Revenue": 90}}), source="x")
    assert np.isnan(ratios(gap).loc["Revenue growth", "2022"])
    plain = pd.DataFrame({"Latest": {"Revenue": 110}, "One before": {"Revenue": 100}})
    assert ratios(Statements(ticker="A", table=plain, source="x")).loc["Revenue growth", "Latest"] == pytest.approx(0.1)


def test_the_newest_period_is_the_first_that_was_filled_in():
    table = pd.DataFrame({"Latest": {"Cash": np.nan}, "One before": {"Cash": 3.0}, "Two before": {"Cash": 2.0}})
    assert Statements(ticker="A", table=table, source="typed").newest == "One before"
    assert made().newest == "2022"


def test_a_file_that_begins_with_the_oldest_period_is_turned_around():
    periods = {"2019": [10, 100], "2020": [20, 110], "FY 2021": [30, 121]}
    table = pd.DataFrame({"item": ["Total debt", "Revenue"]} | periods)
    read = from_table(table, "B", "b.csv")
    assert read.newest == "FY 2021"
    assert read.latest("Total debt") == 30
    assert ratios(read).loc["Revenue growth", "FY 2021"] == pytest.approx(0.1)
    as_typed = from_table(table.rename(columns={"2020": "a year before"}), "B", "b.csv")  # its days are not known
    assert as_typed.newest == "2019"


def test_shares_of_broken_covenants_have_an_axis_even_where_none_breaks():
    quiet = charts.broken(pd.DataFrame({"leverage, all paths": [0.0, 0.0]}), "Title", "Note")
    assert quiet.layout.yaxis.range == (0, 5)
    loud = charts.broken(pd.DataFrame({"leverage, stress": [0.0, 0.5]}), "Title", "Note")
    assert 50 < loud.layout.yaxis.range[1] < 55


def test_what_is_kept_comes_back_and_missing_items_too(tmp_path):
    store = StatementStore(tmp_path)
    assert store.read("A") is None
    store.write(made())
    pd.testing.assert_frame_equal(store.read("A").table, made().table)
    (tmp_path / "A.json").write_text("{")
    with pytest.raises(Unreadable, match="enter them again"):
        store.read("A")


def test_a_file_is_read_by_the_names_of_its_items():
    table = pd.DataFrame({"item": ["Total Revenue", "TOTAL DEBT", "Goodwill"], "2022": ["1,000.5", "", "3"]})
    read = from_table(table, "B", "b.csv")
    assert read.latest("Revenue") == 1000.5
    assert np.isnan(read.latest("Total debt"))
    assert list(read.table.index) == list(ITEMS)


def test_a_file_from_the_oldest_to_the_newest_is_turned_around():
    read = from_table(pd.DataFrame({"item": ["Revenue"], "2021": ["90"], "2022": ["110"]}), "B", "b.csv")
    assert read.latest("Revenue") == 110
    assert ratios(read).loc["Revenue growth", "2022"] == pytest.approx(110 / 90 - 1)
    assert from_table(pd.DataFrame({"item": ["Cash"], "Old": ["1"], "New": ["2"]}), "B", "b.csv").latest("Cash") == 1


def test_a_decimal_mark_holds_for_the_whole_file():
    table = pd.DataFrame({"item": ["Revenue", "Cash"], "2022": ["1.234", "1.000"], "2021": ["1.234,5", "2,5"]})
    read = from_table(table, "B", "b.csv")
    assert read.table.loc["Revenue"].tolist() == [1234, 1234.5]
    several = several_from_table(
        pd.DataFrame({"ticker": ["B", "C"], "item": ["Revenue", "Revenue"], "2022": ["1.234", "2,5"]}), "b.csv"
    )
    assert several["B"].latest("Revenue") == 1234


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"item": ["Revenue"], "2022": ["many"]}, "is no number"),
        ({"item": ["Revenue"], "2022": ["inf"]}, "'inf' for Revenue in 2022 .* is no number"),
        ({"item": ["Revenue", "Revenue"], "2022": ["1", "2"]}, "twice, 1 in row 2 and 2 in row 3: keep one"),
        ({"item": ["Goodwill"], "2022": ["1"]}, "no known item"),
        ({"item": ["Revenue"]}, "no row above them that names periods"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(table, words):
    with pytest.raises(InvalidInput, match=words):
        from_table(pd.DataFrame(table), "B", "b.csv")


@pytest.mark.parametrize("volatility", [0.1, 0.25, 0.6])
@pytest.mark.parametrize("leverage", [0.2, 0.7, 1.1])
@pytest.mark.parametrize("rate", [-0.01, 0.0, 0.05])
def test_solving_finds_the_assets_that_the_equity_was_made_from(volatility, leverage, rate):
    debt = 100 * leverage
    equity = float(equity_value(100.0, volatility, debt, rate))
    if equity < 1e-3:
        pytest.skip("equity worth nothing tells nothing of the assets")
    d1 = (np.log(100 / debt) + rate + volatility**2 / 2) / volatility
    firm = solve(equity, norm.cdf(d1) * volatility * 100 / equity, debt, rate=rate)
    assert (firm.asset_value, firm.asset_volatility) == pytest.approx((100, volatility), rel=1e-5)
    assert firm.distance == pytest.approx(d1 - volatility, abs=1e-4)
    assert firm.probability == pytest.approx(norm.cdf(volatility - d1), abs=1e-5)


def test_the_call_is_worth_what_textbooks_say():
    # At the money, one year, 20 %, 5 %: 10.4506 (the standard Black-Scholes example).
    assert float(equity_value(100.0, 0.2, 100.0, 0.05)) == pytest.approx(10.4506, abs=1e-4)


def test_along_starts_at_the_firm_and_a_fall_brings_default_nearer():
    firm = solve(60.0, 0.4, 50.0, rate=0.02)
    distance, probability = along(firm, [[60.0, 45.0, 20.0, 80.0]])
    assert distance[0, 0] == pytest.approx(firm.distance, abs=1e-3)
    assert distance[0, 2] < distance[0, 1] < distance[0, 0] < distance[0, 3]
    fallen = float(equity_value(0.8 * firm.asset_value, firm.asset_volatility, 50.0, 0.02))
    again = along(firm, [[fallen]])[0][0, 0]
    assert again == pytest.approx(firm.distance + np.log(0.8) / firm.asset_volatility, abs=1e-3)
    assert probability[0, 2] > probability[0, 0]


def test_covenants_break_on_the_first_day_and_unknown_ones_are_left_out():
    firm = solve(100.0, 0.3, 100.0)
    paths = np.array([[100.0, 80.0, 50.0], [100.0, 110.0, 120.0]])
    rules = Covenants(most_leverage=0.6, least_cover=4.0, earnings_per_equity=0.5)
    found = breaches(firm, paths, rules, ebitda=20.0, interest=4.0)
    assert found["leverage"].tolist()[0] == 2  # 100 / 150; at 80 it is 0.556
    assert found["coverage"].tolist()[0] == 2  # 20 (1 - 0.25) / 4 = 3.75; at 80 it is 4.5
    assert found.iloc[1].isna().all()
    assert list(breaches(firm, paths, rules, ebitda=float("nan"), interest=4.0)) == ["leverage"]


@pytest.mark.parametrize("wrong", [(0, 0.3, 50), (60, float("nan"), 50), (60, 0.3, -1)])
def test_missing_inputs_are_refused(wrong):
    with pytest.raises(InvalidInput, match="enter what is missing"):
        solve(*wrong)


def test_the_currency_is_kept_and_is_not_known_of_what_was_stored_before(tmp_path):
    euros = replace(made(), currency="EUR")
    store = StatementStore(tmp_path)
    store.write(euros)
    assert store.read("A").currency == "EUR"
    old = {key: value for key, value in euros.to_dict().items() if key != "currency"}
    assert Statements.from_dict("A", old).currency == ""


def test_a_market_value_in_another_currency_does_not_stay(tmp_path):
    store = StatementStore(tmp_path)
    items = {"2022": {"Market value": 500.0, "Revenue": 1.0}}
    for before, after, stays in (("EUR", "USD", False), ("EUR", "EUR", True), ("", "USD", True)):
        store.write(Statements(ticker="B", table=pd.DataFrame(items), source="typed", currency=before))
        fetched = pd.DataFrame({"2023": {"Revenue": 2.0}})
        store.renew(Statements(ticker="B", table=fetched, source="SEC", currency=after))
        assert (store.read("B").latest("Market value") == 500) is stays


def test_companies_of_one_file_keep_each_its_own_currency():
    rows = {"ticker": ["B", "C"], "item": ["Revenue"] * 2, "currency": ["EUR", "USD"], "2022": ["1000.5", "2000.5"]}
    read = several_from_table(pd.DataFrame(rows), "b.csv")
    assert {ticker: one.currency for ticker, one in read.items()} == {"B": "EUR", "C": "USD"}
    titled = pd.DataFrame({"item in EUR million": ["Revenue", "Total debt"], "2022": ["10.5", "2"]})
    assert from_table(titled, "B", "b.csv").currency == "EUR"


@pytest.mark.parametrize(
    ("above", "headings"),
    [("", ()), ("Muster SE - Figures\nin EUR thousands\n\n", ("Muster SE - Figures", "in EUR thousands"))],
)
def test_headings_are_lines_of_one_cell_above_the_table(above, headings):
    data = f"{above}Item,2023,2022\nTotal assets,90000000,80000000\nRevenue,5000000,4500000\n".encode()
    assert read_statements(data, "b.csv", "B", unit="thousands").headings == headings


@pytest.mark.parametrize(("codes", "mixed"), [(("EUR", "USD"), True), (("EUR", "EUR"), False), (("EUR", ""), False)])
def test_sizes_in_several_currencies_do_not_compare(codes, mixed):
    found = mixed_sizes({str(at): replace(made(), currency=code) for at, code in enumerate(codes)})
    assert ("in EUR, USD and are not converted" in found) is mixed
