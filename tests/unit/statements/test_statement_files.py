"""Files of statements: layouts, units, periods, names and signs, read right, asked about or refused."""

import io

import numpy as np
import pandas as pd
import pytest

from fingen_core.errors import InvalidInput
from fingen_core.market.statements import StatementsFile, ratios, read_statements
from fingen_core.market.statements.items import ALIASES, item_of
from fingen_core.market.statements.period_names import named_periods
from fingen_core.market.statements.units import currency_in, unit_in, without


def read(text: str, ticker: str = "A", name: str = "f.csv", **how: str) -> StatementsFile:
    return read_statements(text.encode(), name, ticker, **how)


def table(text: str, **how: str) -> pd.DataFrame:
    return read(text, **how).settled()["A"].table


DOLLARS = """Item,2023-09-30,2022-09-30
TotalAssets,352583000000,352755000000
TotalDebt,111088000000,120069000000
TotalRevenue,383285000000,394328000000
EBITDA,125820000000,130541000000
NetIncome,96995000000,99803000000
"""
QUARTERS = """Item,12/31/2022,9/30/2022,6/30/2022,3/31/2022,12/31/2021
TotalRevenue,110,105,104,102,100
EBITDA,26,25,24,25,23
TotalDebt,200,200,200,200,200
Cash,40,40,40,40,40
TotalAssets,400,400,400,400,400
"""


# -- units -------------------------------------------------------------------------------------------------------------


def test_dollars_are_told_from_millions_by_their_size():
    found = read(DOLLARS)
    assert found.unit == "units"
    assert found.settled()["A"].latest("Total assets") == pytest.approx(352583)
    assert "Amounts in units (revenue 394328000000 is 394,328 million), by their size" in found.told
    with pytest.raises(InvalidInput, match=r"would be 394,328,000,000 million, more than any company has: choose"):
        read(DOLLARS, unit="millions")


@pytest.mark.parametrize(
    ("words", "factor"),
    [
        ("(in thousands, except per share data)", 1e-3),
        ("USD millions", 1),
        ("Mio. EUR", 1),
        ("in Tsd. EUR", 1e-3),
        ("$000", 1e-3),
        ("USD '000", 1e-3),
        ("(Rs. crore)", 10),
        ("TEUR", 1e-3),
        ("All figures in thousands of U.S. dollars", 1e-3),
    ],
)
def test_a_unit_is_found_in_the_words_of_the_file_wherever_they_stand(words, factor):
    rows = "Total assets,45231,44100\nRevenue,30100,29000\n"
    above = f'"{words}",,\nItem,2022,2021\n{rows}'
    corner = f'"Item {words}",2022,2021\n{rows}'
    column = f'Item,Unit,2022,2021\nTotal assets,"{words}",45231,44100\nRevenue,"{words}",30100,29000\n'
    for text in (above, corner, column):
        assert table(text).loc["Total assets"].tolist() == pytest.approx([45231 * factor, 44100 * factor])


def test_where_sizes_admit_two_units_it_is_asked():
    text = "Item,2022,2021\nTotal assets,352583,352755\nRevenue,383285,394328\n"
    found = read(text)
    assert [offer.unit for offer in found.offers] == ["thousands", "millions"]
    assert (
        "thousands (revenue 394328 is 394.328 million); or millions (revenue 394328 is 394,328 million)"
        in found.question
    )
    with pytest.raises(InvalidInput, match="does not say what its amounts are counted in"):
        found.settled()
    assert table(text, unit="thousands").loc["Total assets"].iloc[0] == pytest.approx(352.583)


def test_words_that_the_amounts_contradict_are_not_believed():
    found = read(DOLLARS.replace("Item", "Item (in millions)"))
    assert found.unit == "units"


def test_billions_are_found_in_words():
    text = "Posten (in Mrd. Euro);2022\nBilanzsumme;45,2\nUmsatz;30,1\n"
    assert table(text).loc["Total assets"].tolist() == [45200]


def test_rows_and_cells_have_units_of_their_own():
    text = (
        "Item (in millions),2022,2021\nTotal assets,900,800\nRevenue (in thousands),500000,400000\n"
        "Net income,0.05bn,40\nShares outstanding (thousands),12000,11000\n"
    )
    latest = table(text).iloc[:, 0]
    assert latest[["Total assets", "Revenue", "Net income", "Shares outstanding"]].tolist() == [900, 500, 50, 12]


@pytest.mark.parametrize(
    ("title", "shares", "millions"),
    [
        ("in millions, except number of shares, which are reflected in thousands", 15943425, 15943.425),
        ("in millions", 15943, 15943),
        ("in millions", 15943425000, 15943.425),
        ("in thousands, except share data", 15943425000, 15943.425),
    ],
)
def test_shares_have_a_unit_of_their_own(title, shares, millions):
    factor = 1000 if "thousands, except" in title else 1
    text = f'"({title})",\nItem,2022\nTotal assets,{352583 * factor}\nShares outstanding,{shares}\n'
    latest = table(text).iloc[:, 0]
    assert latest["Total assets"] == pytest.approx(352583)
    assert latest["Shares outstanding"] == pytest.approx(millions)


def test_shares_that_may_be_counted_in_two_ways_are_asked_about():
    text = "Item,2022\nTotal assets,150000000000\nShares outstanding,150000\n"
    found = read(text, unit="units")
    assert found.shares_offers == ("thousands", "millions")
    assert "thousands: 150000 is 150 million shares" in found.question
    assert table(text, unit="units", shares="thousands").loc["Shares outstanding"].tolist() == [150]


@pytest.mark.parametrize("name", ["Total debt", "Revenue in Mio. EUR", "Cash"])
def test_names_without_units_are_items(name):
    assert item_of(without(name))


def test_currencies_are_told_and_two_in_one_company_refused():
    assert currency_in("Amounts in Mio. EUR") == "EUR"
    assert unit_in("Company 000 Ltd").money == ""
    text = "Ticker,Year,Currency,Total assets\nA,2022,USD,900\nA,2021,EUR,800\n"
    with pytest.raises(InvalidInput, match=r"amounts of A in f\.csv are in EUR and USD"):
        read(text)


# -- decimal marks -----------------------------------------------------------------------------------------------------


def test_thousands_and_decimals_are_told_apart_by_what_companies_are():
    german = "Posten (Mio. EUR);2022;2021\nBilanzsumme;4.782;4.501\nUmsatz;3.111;2.987\n"
    assert table(german).loc["Total assets"].tolist() == [4782, 4501]
    english = 'Item (in millions),2022\nTotal assets,"4,782"\nRevenue,"3,111.5"\n'
    assert table(english).loc["Total assets"].tolist() == [4782]


# -- periods -----------------------------------------------------------------------------------------------------------


def test_quarters_by_american_dates_make_years():
    found = ratios(read(QUARTERS).settled()["A"])
    assert found.loc["Net debt / EBITDA", "2022-12-31"] == pytest.approx(1.6)
    assert found.loc["Revenue growth", "2022-12-31"] == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("name", "end", "months"),
    [
        ("Q4 2022", "2022-12-31", 3),
        ("4Q22", "2022-12-31", 3),
        ("Q1'23", "2023-03-31", 3),
        ("FY22 Q3", "2022-09-30", 3),
        ("3. Quartal 2022", "2022-09-30", 3),
        ("FY22", "2022-12-31", 12),
        ("2022A", "2022-12-31", 12),
        ("FY 98", "1998-12-31", 12),
        ("2021/22", "2022-12-31", 12),
        ("H1 2022", "2022-06-30", 6),
        ("2. Halbjahr 2022", "2022-12-31", 6),
        ("3 months ended 12/31/2022", "2022-12-31", 3),
        ("Three Months Ended Sep. 30, 2023", "2023-09-30", 3),
        ("52 weeks ended Jan 28, 2023", "2023-01-28", 12),
        ("Year ended December 31, 2022", "2022-12-31", 12),
        ("31.12.2022", "2022-12-31", 0),
        ("9/30/2022", "2022-09-30", 0),
        ("20221231", "2022-12-31", 0),
    ],
)
def test_names_of_periods(name, end, months):
    found = named_periods([name])[name]
    assert (found.end, found.months, found.left_out) == (pd.Timestamp(end), months, "")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("TTM", "trailing"),
        ("2024E", "estimate"),
        ("9 months ended September 30, 2022", "9 months"),
        ("YoY change", "change"),
        ("9M 2022", "neither"),
    ],
)
def test_what_is_no_period_is_left_out_and_told(name, why):
    assert why in named_periods([name])[name].left_out
    found = read(f'Item,2022,2021,"{name}"\nRevenue,900,800,5\nTotal assets,1000,900,7\n')
    assert found.settled()["A"].table.columns.tolist() == ["2022", "2021"]
    assert any(name in sentence for sentence in found.told)


def test_day_and_month_are_told_apart_by_the_others_or_asked():
    first_of_quarter = named_periods(["01/01/2022", "04/01/2022", "07/01/2022", "10/01/2022"])
    assert first_of_quarter["04/01/2022"].end == pd.Timestamp("2022-04-01")
    assert named_periods(["30/06/2022", "31/12/2021"])["30/06/2022"].end == pd.Timestamp("2022-06-30")
    with pytest.raises(InvalidInput, match="'03/04/2022' can be"):
        named_periods(["03/04/2022"])


def test_half_years_make_years():
    text = "Item,H2 2022,H1 2022,H2 2021\nRevenue,60,50,55\nEBITDA,12,8,10\nTotal debt,40,40,40\nCash,20,20,20\n"
    found = ratios(read(text).settled()["A"])
    assert found.loc["Net debt / EBITDA", "H2 2022"] == pytest.approx(1)
    assert found.loc["Revenue growth", "H2 2022"] == pytest.approx(60 / 55 - 1)


def test_quarters_and_years_in_one_file_are_kept_apart():
    found = read("Item,2022,Q4 2022,Q3 2022,Q2 2022\nRevenue,400,110,100,95\n")
    assert found.settled()["A"].table.columns.tolist() == ["Q4 2022", "Q3 2022", "Q2 2022"]
    assert "Quarters are kept, other periods left out: 2022" in found.told


# -- names and signs ---------------------------------------------------------------------------------------------------


def test_of_two_names_of_an_item_the_first_in_rank_is_taken_and_the_other_named():
    found = read(
        "Item,2023-12-31,2022-12-31\nNetIncomeCommonStockholders,88,78\nNetIncome,90,80\nOperatingIncome,120,110\n"
        "EBIT,121,111\nTotalRevenue,900,850\n"
    )
    latest = found.settled()["A"].table.iloc[:, 0]
    assert (latest["Net income"], latest["EBIT"]) == (90, 121)
    assert "Net income: NetIncome is taken, NetIncomeCommonStockholders left out" in found.told
    assert "EBIT: EBIT is taken, OperatingIncome left out" in found.told
    empty = table("Item,2023\nEBIT,\nOperatingIncome,120\nRevenue,900\n")
    assert empty.loc["EBIT"].tolist() == [120]


def test_no_name_belongs_to_two_items():
    names = [name for some in ALIASES.values() for name in some.split()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("name", "item"),
    [
        ("us-gaap:Assets", "Total assets"),
        ("ifrs-full:ProfitLoss", "Net income"),
        ("Total Stockholders' Equity", "Total equity"),
        ("Bilanzsumme", "Total assets"),
        ("Umsatzerlöse", "Revenue"),
        ("Chiffre d'affaires", "Revenue"),
        ("Résultat net", "Net income"),
        ("Net income (loss)", "Net income"),
        ("RevenueFromContractWithCustomerExcludingAssessedTax", "Revenue"),
        ("Change in Fixed Assets & Intangibles", "Capital expenditure"),
        ("Assets, Total", "Total assets"),
        ("Revenue growth", ""),
        ("Revenue per share", ""),
    ],
)
def test_items_by_the_usual_spellings(name, item):
    assert item_of(name) == item


def test_costs_below_zero_are_turned_and_unknown_rows_named():
    found = read("Item,2022,2021\nRevenue,900,800\nInterest Expense,-15,-14\nCapex,-40,-38\nGoodwill,5,4\nLeases,1,1\n")
    latest = found.settled()["A"].table.iloc[:, 0]
    assert (latest["Interest expense"], latest["Capital expenditure"]) == (15, 40)
    assert "Interest expense is written below 0 and counted above it" in found.told
    assert "Left out, no item that is kept: Goodwill, Leases" in found.told


def test_parts_make_a_total_where_both_are_there():
    found = read("Item,2022\nRevenue,900\nShort Term Debt,10\nLong Term Debt,90\nEBIT,50\nD&A,20\n")
    latest = found.settled()["A"].table.iloc[:, 0]
    assert (latest["Total debt"], latest["EBITDA"]) == (100, 70)
    assert any(sentence.startswith("Total debt is Short-term debt plus") for sentence in found.told)
    assert np.isnan(table("Item,2022\nRevenue,900\nLong Term Debt,90\n").loc["Total debt"].iloc[0])


# -- layouts -----------------------------------------------------------------------------------------------------------

SIMFIN = """Ticker;SimFinId;Currency;Fiscal Year;Fiscal Period;Report Date;Publish Date;Shares (Diluted);Revenue;Total Assets
AAA;1;USD;2021;FY;2021-06-30;2021-08-20;120000000;850000000;1900000000
AAA;1;USD;2022;FY;2022-06-30;2022-08-20;121000000;900000000;2000000000
BBB;2;USD;2022;FY;2022-12-31;2023-02-20;30000000;300000000;700000000
"""  # noqa: E501


def test_a_row_per_company_and_year():
    plain = (
        "Ticker;Fiscal Year;Currency;Revenue;Net Income;Total Assets\n"
        "AAA;2022;USD;850;80;1900\nAAA;2023;USD;900;90;2000\nBBB;2023;USD;300;-5;700\n"
    )
    found = read(plain).settled()
    assert sorted(found) == ["AAA", "BBB"]
    assert found["AAA"].table.loc["Revenue"].to_dict() == {"2023": 900, "2022": 850}
    assert found["BBB"].latest("Net income") == -5
    bulk = read(SIMFIN)
    assert bulk.unit == "units"
    assert bulk.settled()["AAA"].table.loc["Revenue"].to_dict() == {"2022-06-30": 900, "2021-06-30": 850}
    assert bulk.settled()["AAA"].latest("Shares outstanding") == pytest.approx(121)


def test_items_across_and_one_amount_a_row():
    turned = "Period,Revenue,Total assets,Net income\n2021-12-31,850,1900,80\n2022-12-31,900,2000,90\n"
    assert table(turned).loc["Revenue"].to_dict() == {"2022-12-31": 900, "2021-12-31": 850}
    long = "Company,Period,Item,Value\nA,2021,Revenue,850\nA,2022,Revenue,900\nA,2022,Assets,2000\nB,2022,Revenue,300\n"
    found = read(long).settled()
    assert found["A"].table.loc["Revenue"].to_dict() == {"2022": 900, "2021": 850}
    assert found["B"].latest("Revenue") == 300


def test_a_title_notes_sections_and_a_second_header_are_no_amounts():
    text = (
        "ACME Inc.,,,\n(in thousands),,,\n,Notes,2022,2021\nASSETS,,,\nCash,4,12000,11000\n"
        "Total assets,,900000,800000\n,,2022,2021\nRevenue,5,700000,650000\n"
    )
    latest = table(text).iloc[:, 0]
    assert (latest["Cash"], latest["Total assets"], latest["Revenue"]) == (12, 900, 700)


def test_periods_under_their_lengths():
    text = (
        ',3 Months Ended,,9 Months Ended,\n,"Sep. 30, 2023","Sep. 30, 2022","Sep. 30, 2023","Sep. 30, 2022"\n'
        "Net sales,900,800,2700,2400\n"
    )
    found = read(text)
    assert found.settled()["A"].table.loc["Revenue"].to_dict() == {
        "2023-09-30 (quarter)": 900,
        "2022-09-30 (quarter)": 800,
    }
    assert any("9 months are neither" in sentence for sentence in found.told)


def test_all_sheets_of_a_workbook_are_read():
    data = io.BytesIO()
    with pd.ExcelWriter(data) as book:
        pd.DataFrame({"Item": ["Total assets"], "2022": [900.0]}).to_excel(book, sheet_name="Balance", index=False)
        pd.DataFrame({"Item": ["Revenue"], "2022": [700.0]}).to_excel(book, sheet_name="Income", index=False)
    found = read_statements(data.getvalue(), "f.xlsx", "A")
    latest = found.settled()["A"].table.iloc[:, 0]
    assert (latest["Total assets"], latest["Revenue"]) == (900, 700)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Item,2022\nGoodwill,5\n", "names no known item"),
        ("Item,TTM\nRevenue,5\n", "no period that is kept"),
        ("Item,2022\nRevenue,5 %\n", "'5 %' for Revenue in 2022 .* is no number"),
        ("Item,2022\nRevenue,\n", "no amount|none of amounts"),
        ("Ticker,Item,2022\nA,Revenue,5\n,Revenue,6\n", "'Revenue' without a ticker"),
        ("Item,2022\nRevenue,900\nTotal assets,-5\n", "below 0"),
        ("Item,2022\nRevenue,900\nRevenue,901\n", "twice, 900 in row 2 and 901 in row 3"),
    ],
)
def test_what_cannot_be_read_says_why(text, words):
    with pytest.raises(InvalidInput, match=words):
        read(text).settled()


def test_two_names_of_one_rank_are_two_names_and_basic_shares_come_before_diluted():
    text = "Ticker;Year;Total assets;Shares (Diluted);Shares (Basic)\nA;2022;1900000000;121000000;120000000\n"
    found = read(text, unit="units")
    assert found.settled()["A"].latest("Shares outstanding") == pytest.approx(120)
    assert "Shares outstanding: Shares (Basic) is taken, Shares (Diluted) left out" in found.told
    twins = read("Item (in millions),2022\nRevenue,900\nRevenue [restated],901\n")
    assert twins.settled()["A"].latest("Revenue") == 900
    assert "Revenue: Revenue is taken, Revenue [restated] left out" in twins.told


def test_words_inside_names_are_no_units():
    assert unit_in("Konzernergebnis, Immobilien, Commitments, Submillimeter").money == ""


def test_of_very_many_companies_those_of_the_market_are_kept():
    rows = "".join(f"T{at},2022,{900 + at}\n" for at in range(400))
    found = read_statements(f"Ticker,Year,Total assets\n{rows}".encode(), "f.csv", "", ["T7", "T9"])
    assert {name: one.latest("Total assets") for name, one in found.settled().items()} == {"T7": 907, "T9": 909}
    assert "Left out, companies of other markets: 398" in found.told
