"""Company statements: empty, saved, under stress, and missing items said to be missing."""

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from fingen_core.market import bundled
from fingen_core.market.statements import Statements, StatementStore
from fingen_core.settings import ASSETS
from tests.app.page_support import text
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
