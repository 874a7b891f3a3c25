"""Holdings in the portfolio editor: pasted and uploaded, asked about where they are open, one table, one way on."""

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fingen_core.charts.theme import number
from fingen_core.market import bundled
from fingen_core.portfolio.left_out import LeftOut
from fingen_core.portfolio.portfolio import Portfolio
from fingen_core.storage.records import Shelf
from fingen_core.ui.session import portfolio

CLOSES = bundled().prices.iloc[-1]
TERMINAL = (
    "AAPL US Equity\t1,200\t130.15\tUSD\nMSFT US Equity\t350\t240.10\tUSD\n"
    "NESN SW Equity\t90\t110.00\tCHF\nUSD Curncy\t25,000\t1\tUSD\n"
)
FIDELITY = (
    "Account Name,Account Number,Symbol,Description,Quantity,Last Price,Current Value\n"
    'Mine,X1,AAPL,APPLE INC,12,$150.00,"$1,800.00"\n'
    "Mine,X1,SPAXX**,MONEY MARKET,,,$500.00\n"
    "Mine,X1,Pending Activity,,,,$12.00\n"
    '\n"The data is for information"\n'
)
SCHWAB = (
    "Positions for account ...123 as of 2026-05-29\n\nSymbol,Description,Qty,Price,Mkt Val\n"
    'AAPL,APPLE INC,12,150.00,"1,800.00"\n'
    'Cash & Cash Investments,--,--,--,"500.00"\nAccount Total,--,--,--,"2,300.00"\n'
)


def editor():
    from fingen_core.market import bundled
    from fingen_core.ui.holdings import editor as portfolio_editor

    portfolio_editor.form(bundled())


def field(widgets, name):
    """Of the editor; its keys end with the number of the look that began them."""
    (found,) = [widget for widget in widgets if (widget.key or "").startswith(f"portfolio_{name}_")]
    return found


@pytest.fixture
def opened(home):
    app = AppTest.from_function(editor, default_timeout=60).run()
    app.get("button_group")[0].set_value("Paste or upload").run()
    return app


def paste(app, text):
    field(app.text_area, "lines").input(text).run()
    assert not app.exception
    return app


def table(app):
    """Line, what it became, its asset and why, of the lines that are shown."""
    (found,) = [frame.value for frame in app.dataframe if "Why" in frame.value]
    return {
        int(line): (fate, "" if pd.isna(asset) else asset, why)
        for line, fate, asset, why in zip(found["Line"], found[""], found["Asset"], found["Why"], strict=True)
    }


def saved(app, home):
    app.button(key="portfolio_save").click().run()
    assert not app.exception
    (record,) = Shelf(home / "portfolios", "portfolio").list()
    return Portfolio.from_json(record.body)


def captions(app):
    return "\n".join(caption.value for caption in app.caption)


def test_a_terminals_list_goes_on_with_what_is_matched_and_tells_what_is_left_out(opened, home):
    app = paste(opened, TERMINAL)
    rows = table(app)
    assert {line: row[:2] for line, row in rows.items()} == {
        1: ("matched", "AAPL"),
        2: ("matched", "MSFT"),
        3: ("left out", ""),
        4: ("cash", ""),
    }
    assert "not in this market" in rows[3][2]
    assert app.button(key="portfolio_use").label == "Use the 2 matched"
    assert "Left out: 1 line of the list, its worth is not known: NESN SW Equity." in captions(app)
    made = saved(app, home)
    worth = {"AAPL": 1200 * CLOSES["AAPL"], "MSFT": 350 * CLOSES["MSFT"]}
    total = sum(worth.values()) + 25_000
    assert made.value == pytest.approx(total)
    assert dict(zip(made.tickers, made.weights, strict=True)) == pytest.approx(
        {ticker: amount / total for ticker, amount in worth.items()}
    )
    assert (made.left_out.count, made.left_out.names, made.left_out.unknown) == (1, ("NESN SW Equity",), 1)


def test_point_thousands_are_asked_about_before_anything_is_shown(opened, home):
    app = paste(opened, "AAPL;1.200\nMSFT;350")
    (question,) = [radio for radio in app.radio if (radio.key or "").startswith("portfolio_asked_mark")]
    assert question.options == ["1.2: the point parts the decimals", "1,200: the point parts thousands"]
    assert not [button for button in app.button if button.key == "portfolio_use"]
    question.set_value(",").run()
    made = saved(app, home)
    assert made.value == pytest.approx(1200 * CLOSES["AAPL"] + 350 * CLOSES["MSFT"])


@pytest.mark.parametrize(
    ("text", "value", "weights"),
    [
        (FIDELITY, 2300, {"AAPL": 1800 / 2300}),
        (SCHWAB, 2300, {"AAPL": 1800 / 2300}),
        (
            "Symbol,Quantity,Cost Value,Market Value\nAAPL,12,1200,1800\nJPM,6,1000,900",
            2700,
            {"AAPL": 2 / 3, "JPM": 1 / 3},
        ),
        (
            "Instrument,Qty.,Avg. cost,LTP,Cur. val\nAAPL,12,100,150,1800\nJPM,6,100,150,900",
            2700,
            {"AAPL": 2 / 3, "JPM": 1 / 3},
        ),
        (
            "ticker,weight\nAAPL,1.2\nJPM,0.8\nJNJ,-0.6\nXOM,-0.4",
            1e6,
            {"AAPL": 1.2, "JPM": 0.8, "JNJ": -0.6, "XOM": -0.4},
        ),
    ],
    ids=["fidelity", "schwab", "cost", "zerodha", "long-short"],
)  # fmt: skip
def test_lists_become_the_weights_that_they_say(opened, home, text, value, weights):
    made = saved(paste(opened, text), home)
    assert made.value == pytest.approx(value)
    assert dict(zip(made.tickers, made.weights, strict=True)) == pytest.approx(weights)


def test_average_values_are_prices_and_quantities_count(opened, home):
    made = saved(paste(opened, "Symbol,Average Value,Quantity\nAAPL,90,12\nJPM,45,6"), home)
    assert made.value == pytest.approx(12 * CLOSES["AAPL"] + 6 * CLOSES["JPM"])


def test_a_file_is_read_like_a_paste_and_totals_are_named(opened):
    opened.file_uploader(key="portfolio_file").upload("positions.csv", SCHWAB.encode(), "text/csv").run()
    assert not opened.exception
    assert {line: row[0] for line, row in table(opened).items()} == {
        4: "matched",
        5: "cash",
        1: "no holding",
        6: "no holding",
    }


def test_an_asset_may_be_chosen_for_a_line_and_its_worth_counts(opened, home, monkeypatch):
    text = "Symbol,Market Value\nAAPL,300\nAPPL,100"
    app = paste(opened, text)
    assert "nearest: AAPL" in table(app)[3][2]
    assert "USD 100 (25.0 % of it): APPL" in captions(app)
    monkeypatch.setattr(st, "data_editor", lambda table, **_: table.assign(Asset=["AAPL", "JPM"]))
    app.run()
    assert not app.exception
    made = saved(app, home)
    assert dict(zip(made.tickers, made.weights, strict=True)) == {"AAPL": 0.75, "JPM": 0.25}
    assert made.left_out is None


def test_a_list_without_any_asset_of_the_market_shows_its_lines_and_no_way_on(opened):
    app = paste(opened, "NESN SW, 90\nROG SW, 15")
    assert "No line is an asset of this market" in app.warning[0].value
    assert not [button for button in app.button if button.key == "portfolio_use"]
    assert len(table(app)) == 2


PRICED = "Ticker,Shares,Price\nAAPL,100,129.93\nKO,170,62.35\nQQZZ,100,14.10"


def test_what_lines_are_worth_is_shown_at_the_closes_that_value_them_and_their_day(opened):
    app = paste(opened, PRICED)
    (found,) = [frame.value for frame in app.dataframe if "Why" in frame.value]
    shown = dict(zip(found["In the list"], found["Worth"], strict=True))
    assert shown["AAPL"].endswith(number(100 * CLOSES["AAPL"], 2))
    assert shown["KO"].endswith(number(170 * CLOSES["KO"], 2))
    assert shown["QQZZ"] == f"{number(1410, 2)} by the list"
    told = captions(app)
    assert f"2 holdings by quantity, at the closes of {bundled().dates[-1]:%Y-%m-%d}." in told
    assert "USD 1,410 (5.6 % of it at the list's prices): QQZZ" in told
    assert "Left out: QQZZ (not in this market)." in told  # the column of reasons is out of sight on a phone


def test_what_the_list_decides_is_shown_and_not_asked(opened):
    assert app_keys(opened, "portfolio_kind")
    assert app_keys(opened, "portfolio_value")
    app = paste(opened, FIDELITY)
    assert not app_keys(app, "portfolio_kind")
    assert not app_keys(app, "portfolio_value")
    assert "By the list itself, its numbers are **values**." in captions(app)
    paste(app, "ticker,weight\nAAPL,60 %\nKO,40 %")
    assert not app_keys(app, "portfolio_kind")
    assert app_keys(app, "portfolio_value")
    assert "By the list itself, its numbers are **weights**." in captions(app)
    paste(app, "AAPL, 12\nKO, 7")
    app.segmented_control(key="portfolio_kind").set_value("value").run()
    assert "2 holdings by value" in captions(app)
    assert app.segmented_control(key="portfolio_kind").value == "value"


def app_keys(app, start):
    """Keys of the fields that are shown and begin like this."""
    widgets = [*app.segmented_control, *app.number_input]
    return [one.key for one in widgets if (one.key or "").startswith(start)]


@pytest.mark.parametrize(
    "page",
    ["stress/scenarios", "stress/what_if", "stress/reverse", "stress/crises", "decide/strategies", "decide/forecast"],
)
def test_pages_that_measure_on_a_portfolio_say_what_it_lacks(page, app, one_worker, monkeypatch):
    left = LeftOut(count=2, names=("QQZZ", "ZZQ"), value=1410.0, share=0.056)
    made = Portfolio(name="Mine", tickers=("AAPL", "KO"), weights=(0.5, 0.5), left_out=left)
    told = portfolio.tell_left_out

    def tell_and_stop(measured):
        told(measured)
        st.stop()  # what is measured takes longer

    monkeypatch.setattr(portfolio, "tell_left_out", tell_and_stop)
    app.session_state["portfolio"] = made.to_json()
    if page == "decide/forecast":
        app.query_params["forecast_of"] = "Portfolio: Mine"
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    assert "Mine without QQZZ and 1 more: 5.6 % left out." in captions(app)
