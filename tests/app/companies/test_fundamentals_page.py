"""Company statements: empty, saved, under stress, and missing items said to be missing."""

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from fingen_core.market import bundled
from fingen_core.market.statements import Statements, StatementStore
from fingen_core.settings import ASSETS
from tests.app.page_support import text
from tests.sec_standin import running as sec_running
from tests.yahoo_standin import running

APP = ASSETS.parent / "streamlit_app.py"
PAGE = "pages/data/fundamentals.py"

pytestmark = pytest.mark.usefixtures("one_worker")


def open_page():
    app = AppTest.from_file(str(APP), default_timeout=90).run()
    app.switch_page(PAGE).run()
    assert not app.exception
    return app


def save(ticker="AAPL", **items):
    table = pd.DataFrame({"2022": items})
    StatementStore().write(Statements(ticker=ticker, table=table, source="typed in"))


def test_without_statements_the_page_says_what_to_do():
    app = open_page()
    assert "**No statements of AAPL yet.**" in text(app)
    assert "never as zero" in text(app)
    assert "Market value and Total debt" in app.info[0].value
    app.button(key="save_statements").click().run()
    assert "every cell is empty" in app.error[0].value


def test_a_company_is_stressed_and_what_is_missing_is_left_out():
    save(**{"Market value": 500.0, "Total debt": 400.0, "Total assets": 1000.0})
    save("KO", **{"Total debt": 40.0})
    app = open_page()
    assert "distance to default" in text(app)
    assert any("Coverage is missing" in caption.value for caption in app.caption)
    table = app.table[0].value
    assert list(table.index) == ["Leverage, all paths", "Leverage, stress"]
    assert len(app.get("plotly_chart")) == 2
    peers = next(frame.value for frame in app.dataframe if "Ratio" in frame.value.columns).set_index("Ratio")
    assert peers.columns[-1] == "Definition"  # values first: a narrow screen shows no more
    assert peers.loc["Debt / assets", "AAPL"] == "40.0\u202f%"
    assert peers.loc["Debt / assets", "KO"] == "missing"


def test_coverage_stands_where_its_items_are_known_and_shares_make_a_market_value():
    save(**{"Shares outstanding": 16.0, "Total debt": 400.0, "EBITDA": 100.0, "Interest expense": 30.0})
    app = open_page()
    assert "Coverage, stress" in app.table[0].value.index
    value = 16 * bundled().prices["AAPL"].iloc[-1]
    assert any(f"which is not entered: **{value:,.0f} m** = 16 million" in caption.value for caption in app.caption)


def test_yahoo_fills_the_table_and_a_typed_market_value_stays(monkeypatch):
    save(**{"Market value": 500.0})
    with running() as server:
        monkeypatch.setenv("FINGEN_YAHOO_URL", server.url)
        app = open_page()
        app.button(key="fetch_statements").click().run()
        assert not app.exception
        kept = StatementStore().read("AAPL")
        assert kept.latest("Total debt") == pytest.approx(390)
        assert kept.latest("Market value") == 500
        server.modes["AAPL"] = "404"
        app.button(key="fetch_statements").click().run()
        assert "Yahoo knows no AAPL" in app.error[0].value


DOLLARS = "Item,2023-09-30,2022-09-30\nTotalAssets,352583000000,352755000000\nTotalRevenue,383285000000,394328000000\n"
QUARTERS = (
    "Item,12/31/2022,9/30/2022,6/30/2022,3/31/2022,12/31/2021\nTotalRevenue,110,105,104,102,100\nEBITDA,26,25,24,25,23\n"
    "TotalDebt,200,200,200,200,200\nCash,40,40,40,40,40\nTotalAssets,400,400,400,400,400\n"
)


def upload(app, content: str, name: str = "mine.csv", key: str = "statements_file_AAPL"):
    app.segmented_control(key="statement_source").set_value("File").run()
    app.file_uploader(key=key).set_value((name, content.encode(), "text/csv")).run()
    assert not app.exception
    return app


def told(app) -> str:
    return " ".join(caption.value for caption in app.caption)


def test_a_file_in_dollars_is_read_in_dollars_and_its_unit_can_be_changed():
    app = upload(open_page(), DOLLARS)
    assert "Amounts in units (revenue 394328000000 is 394,328 million), by their size" in told(app)
    unit = app.selectbox(key="unit_AAPL_mine.csv")
    assert unit.value == "units"
    app.button(key="save_statements").click().run()
    assert not app.exception
    assert StatementStore().read("AAPL").latest("Total assets") == pytest.approx(352583)
    unit.select("millions").run()
    assert not app.exception
    assert "more than any company has: choose another unit" in app.error[0].value


def test_quarters_by_american_dates_become_ratios_of_a_year():
    app = upload(open_page(), QUARTERS)
    app.button(key="save_statements").click().run()
    assert not app.exception
    peers = next(frame.value for frame in app.dataframe if "Ratio" in frame.value.columns).set_index("Ratio")
    assert peers.loc["Net debt / EBITDA", "AAPL"] == "1.60"
    assert peers.loc["Revenue growth", "AAPL"] == "10.0\u202f%"


def test_an_open_unit_is_asked_before_anything_is_shown():
    app = upload(open_page(), "Item,2022\nTotal assets,352583\nRevenue,383285\n")
    assert "does not say what its amounts are counted in" in app.warning[0].value
    assert "save_statements" not in [button.key for button in app.button]
    unit = app.selectbox(key="unit_AAPL_mine.csv")
    unit.select(unit.options[1]).run()
    assert not app.exception
    app.button(key="save_statements").click().run()
    assert StatementStore().read("AAPL").latest("Revenue") == pytest.approx(383285)


def test_names_that_were_not_taken_are_told_and_two_companies_are_kept():
    text = "Item,2023-12-31\nNetIncome,90\nNetIncomeCommonStockholders,88\nTotalRevenue,900\nGoodwill,3\n"
    app = upload(open_page(), text)
    assert "Net income: NetIncome is taken, NetIncomeCommonStockholders left out" in told(app)
    assert "no item that is kept: Goodwill" in told(app)
    rows = "Ticker;Fiscal Year;Revenue;Net Income;Total Assets\nAAPL;2023;900;90;2000\nKO;2023;300;-5;700\n"
    upload(app, rows, "rows.csv", "statements_of_several")
    app.button(key="keep_several").click().run()
    assert not app.exception
    assert StatementStore().read("KO").latest("Net income") == -5
    assert StatementStore().read("AAPL").latest("Total assets") == 2000


def test_the_sec_is_told_who_asks_once_and_fills_the_table(monkeypatch):
    with sec_running() as server:
        monkeypatch.setenv("FINGEN_SEC_URL", server.url)
        app = open_page()
        app.segmented_control(key="statement_source").set_value("SEC filings").run()
        assert not app.exception
        assert "fetch_sec" not in [button.key for button in app.button]
        app.text_input(key="sec_identity").set_value("nobody")
        next(button for button in app.button if button.label == "Keep").click().run()
        assert "holds no e-mail address" in app.error[0].value
        app.text_input(key="sec_identity").set_value("Jane Doe jane@example.org")
        next(button for button in app.button if button.label == "Keep").click().run()
        assert not app.exception
        app.button(key="fetch_sec").click().run()
        assert not app.exception
        assert {who for _, _, who in server.asked} == {"Jane Doe jane@example.org"}
    kept = StatementStore().read("AAPL")
    assert len(kept.table.columns) == 14
    assert "the latest filed is taken" in told(app)
    monkeypatch.setenv("FINGEN_SEC_URL", "http://127.0.0.1:9")
    app.button(key="fetch_sec").click().run()
    assert "The SEC cannot be reached" in app.error[0].value


@pytest.mark.parametrize(
    "items", [{"Market value": 1e-7, "Total debt": 1e9}, {"Market value": 3.5e17, "Total debt": 1.0}]
)
def test_amounts_that_no_company_has_are_told_and_break_nothing(items):
    save(**items)
    app = open_page()
    assert any("check" in error.value and "unit" in error.value for error in app.error)
    assert any(header.value == "Ask for a company by its numbers" for header in app.subheader)


EUROS = (
    "Muster SE - Consolidated figures\nin EUR thousands\n\nItem,2023-12-31,2022-12-31\nTotal assets,90000000,80000000\n"
    "Revenue,50000000,45000000\nTotal debt,20000000,19000000\n"
)


def test_statements_in_euros_wait_for_a_rate_and_are_never_mixed_with_dollars():
    table = pd.DataFrame({"2022": {"Shares outstanding": 100.0, "Total debt": 4000.0}})
    StatementStore().write(Statements(ticker="AAPL", table=table, source="typed in", currency="EUR"))
    app = open_page()
    assert "statements of AAPL are in EUR, its price is in USD: give the rate" in app.info[0].value
    assert "distance to default **" not in text(app)
    rate = next(field for field in app.number_input if field.label == "1 USD in EUR")
    rate.set_value(0.8).run()
    assert not app.exception
    value = 80 * bundled().prices["AAPL"].iloc[-1]
    assert f"**{value:,.0f} m EUR** = 100 million shares" in told(app)
    assert "1 USD = 0.8 EUR (typed" in told(app)
    assert "distance to default **" in text(app)


def test_a_market_value_in_the_currency_of_the_statements_needs_no_rate():
    table = pd.DataFrame({"2022": {"Shares outstanding": 1.0, "Market value": 9000.0, "Total debt": 4000.0}})
    StatementStore().write(Statements(ticker="AAPL", table=table, source="typed in", currency="EUR"))
    app = open_page()
    assert "distance to default **" in text(app)
    assert not [field for field in app.number_input if field.label == "1 USD in EUR"]


def test_another_companys_file_is_told_before_it_replaces_and_undone_after():
    save(**{"Revenue": 7.0})
    app = upload(open_page(), EUROS)
    assert app.selectbox(key="statements_currency_AAPL_mine.csv, amounts in thousands").value == "EUR"
    warned = " ".join(one.value for one in app.warning)
    assert "“Muster SE - Consolidated figures”, which does not name AAPL" in warned
    assert "Saving replaces what is kept of AAPL: 2022, from typed in" in warned
    app.button(key="save_statements").click().run()
    assert not app.exception
    saved = StatementStore().read("AAPL")
    assert (saved.currency, saved.latest("Revenue")) == ("EUR", 50_000)
    assert "Saving replaces" not in " ".join(one.value for one in app.warning)
    app.button(key="statements_undo").click().run()
    assert not app.exception
    kept = StatementStore().read("AAPL")
    assert (kept.currency, kept.latest("Revenue"), kept.source) == ("", 7.0, "typed in")
    assert "statements_undo" not in [button.key for button in app.button]


def test_a_file_of_other_markets_companies_gets_advice_that_can_be_followed():
    rows = "Ticker;Fiscal Year;Revenue;Total Assets\nAAA;2023;900;2000\nBBB;2023;300;700\n"
    app = upload(open_page(), rows)
    assert "AAA, BBB, not of AAPL: this market has none of them. Load their prices" in app.error[0].value
    app = upload(app, rows + "KO;2023;5;70\n", "more.csv")
    assert "AAA, BBB, KO, not of AAPL: choose KO above" in app.error[0].value
    upload(app, rows + "KO;2023;5;70\n", "rows.csv", "statements_of_several")
    assert "Of 3 companies in the file 1 in this market. Not in it: AAA, BBB" in told(app)


def test_a_file_without_a_title_or_with_the_companys_is_not_doubted():
    app = upload(open_page(), DOLLARS)
    assert not app.warning
    upload(app, "AAPL, Inc.\n".replace(",", "") + DOLLARS, "titled.csv")
    assert not app.warning


def test_several_that_were_replaced_come_back():
    save(**{"Revenue": 7.0})
    rows = "Ticker;Fiscal Year;Revenue;Total Assets\nAAPL;2023;900;2000\nKO;2023;300;700\n"
    app = upload(open_page(), rows, "rows.csv", "statements_of_several")
    assert "Replaces what is kept of AAPL; it can be undone" in told(app)
    app.button(key="keep_several").click().run()
    assert not app.exception
    assert StatementStore().read("AAPL").latest("Revenue") == 900
    app.button(key="statements_undo").click().run()
    assert not app.exception
    assert StatementStore().read("AAPL").latest("Revenue") == 7
    assert StatementStore().read("KO").latest("Revenue") == 300
