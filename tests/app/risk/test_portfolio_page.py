"""Portfolio risk: one sentence, seven views, portfolios by name, and what is refused."""

import json

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from fingen_core.errors import JobFailed
from fingen_core.jobs.warm.sampler import Sampler
from fingen_core.market import Market, Source, bundled, library
from fingen_core.market.currencies import Rate
from fingen_core.market.statements import Statements, StatementStore
from fingen_core.portfolio.drafts import Drafts
from fingen_core.portfolio.left_out import LeftOut
from fingen_core.portfolio.portfolio import Portfolio
from fingen_core.runs.validations import shipped
from fingen_core.settings import home
from fingen_core.storage.records import Shelf
from fingen_core.ui.risk import presentation
from fingen_core.ui.risk.views import VIEWS
from tests.app.page_support import text, titles, visit
from tests.app.training_support import ENTRY
from tests.yahoo_standin import running

PAGE = "pages/risk/portfolio.py"
FAST = {"by": "block-bootstrap", "risk_paths": "2,000", "risk_stress": "Lehman"}

pytestmark = pytest.mark.usefixtures("one_worker")


@pytest.fixture
def keep(one_worker, monkeypatch):
    """Saves a market where the page and the shared sampler, which has a home of its own, find it."""

    def saved(tickers, first, last, name):
        part = bundled().select(tickers).between(first, last)
        market = Market(part.prices, Source(kind="upload", detail="mine.csv"), name=name)
        with monkeypatch.context() as patch:
            patch.setenv("FINGEN_HOME", str(one_worker.home))
            library.save(market)
        return library.save(market)

    return saved


@pytest.fixture
def small(keep):
    """A market that is quick to fit, with some crises in it."""
    return keep(["AAPL", "JPM", "KO"], "2007-01-01", "2012-12-31", "Three")


def field(widgets, name):
    """Of the editor; its keys end with the number of the look that began them."""
    (found,) = [widget for widget in widgets if (widget.key or "").startswith(f"portfolio_{name}_")]
    return found


def captions(app):
    return "\n".join(caption.value for caption in app.caption)


def open_page(app, market, **query):
    return visit(app, PAGE, **{**FAST, "market": market, **query})


def save(name="Barbell", **fields):
    made = Portfolio(**{"name": name, "tickers": ("AAPL", "KO"), "weights": (0.7, -0.2), **fields})
    Shelf(home() / "portfolios", "portfolio").add(name, made.to_json())
    return made


def test_first_answer_stands_in_one_sentence_with_percent_and_money(app, small):
    open_page(app, small)
    assert "Over 10 days from 2012-12-31, **Equal weight** loses" in text(app)
    assert "USD" in text(app)
    assert "in 1 in 40 generated paths" in text(app)
    value, shortfall = titles(app)
    assert value.startswith("Value at risk at 97.5")
    assert "2,000 paths from 2012-12-31, seed 0" in shortfall
    table = app.dataframe[0].value
    assert len(table) == 24
    assert list(table.columns) == ["Days", "Measure", "block bootstrap", "Amount", "History", "FHS, GJR-GARCH"]


@pytest.mark.parametrize("view", list(VIEWS))
def test_every_view_answers(app, small, view):
    open_page(app, small, risk_view=view)
    assert app.segmented_control(key="risk_view").value == view
    assert all(titles(app))
    assert not app.error


def test_a_saved_portfolio_is_chosen_by_its_name_in_the_address(app, small):
    save(value=2e6, currency="EUR")
    open_page(app, small, portfolio="Barbell", risk_view="Contributions")
    assert "**Barbell** loses" in text(app)
    assert "EUR" in text(app)
    table = app.dataframe[0].value.set_index("Asset")
    assert table["Weight"].str[:4].to_dict() == {"AAPL": "70.0", "KO": "−20."}  # JPM is not held


def used(market):
    """A session at the address of a draft; that *Use* leads to one is for the tests in a browser."""
    key = Drafts(home() / "drafts").keep(Portfolio(name="Typed", tickers=("AAPL", "KO"), weights=(0.6, 0.3)))
    return open_page(AppTest.from_file(str(ENTRY), default_timeout=90), market, draft=key)


def again(app):
    """What a reload brings: a new session at the same address."""
    address = {name: value if isinstance(value, str) else value[0] for name, value in app.query_params.items()}
    return visit(AppTest.from_file(str(ENTRY), default_timeout=90), PAGE, **address)


def test_a_draft_comes_back_with_the_address_and_is_saved_or_dropped(small):
    app = used(small)
    assert "**Typed**: draft, not saved" in text(app)
    fresh = again(app)
    assert not fresh.toast
    assert "**Typed** loses" in text(fresh)
    assert "**Typed**: draft, not saved" in text(fresh)
    assert Portfolio.from_json(fresh.session_state["portfolio"]).weights == (0.6, 0.3)

    fresh.button(key="portfolio_draft_drop").click().run()
    assert "**Equal weight** loses" in text(fresh)
    assert "draft" not in fresh.query_params
    assert not list((home() / "drafts").glob("*.json"))
    fresh.button(key="portfolio_draft_undo").click().run()
    assert "**Typed**: draft, not saved" in text(fresh)

    fresh.button(key="portfolio_draft_save").click().run()
    assert "draft, not saved" not in text(fresh)
    assert "**Typed** loses" in text(fresh)
    assert [record.name for record in Shelf(home() / "portfolios", "portfolio").list()] == ["Typed"]
    assert not list((home() / "drafts").glob("*.json"))
    late = again(app)  # its address names a draft that was saved meanwhile
    assert not late.toast
    assert "**Typed** loses" in text(late)


def test_another_choice_keeps_the_draft_on_offer(small):
    app = used(small)
    choice = next(box for box in app.selectbox if (box.key or "").startswith("portfolio_choice"))
    assert "Typed (draft)" in choice.options
    choice.select("Equal weight").run()
    assert "draft, not saved" not in text(app)
    choice = next(box for box in app.selectbox if (box.key or "").startswith("portfolio_choice"))
    assert "Typed (draft)" in choice.options
    fresh = again(app)
    assert "**Equal weight** loses" in text(fresh)


def test_a_draft_that_is_gone_is_told(app, small):
    open_page(app, small, draft="0123456789abcdef", portfolio="Gone")
    assert "that draft of a portfolio is not on this server any more" in app.toast[0].value
    assert "**Equal weight** loses" in text(app)


def test_contributions_name_only_what_is_held(app, small):
    save()
    open_page(app, small, portfolio="Barbell", risk_view="Contributions")
    assert sorted(app.dataframe[0].value["Asset"]) == ["AAPL", "KO"]


def test_a_name_that_is_not_here_falls_back_and_says_so(app, small):
    open_page(app, small, portfolio="Gone")
    assert "no portfolio 'Gone'" in app.toast[0].value
    assert "**Equal weight** loses" in text(app)


def test_a_benchmark_stands_beside_the_portfolio(app, small):
    open_page(app, small, benchmark="Inverse volatility")
    assert "for Inverse volatility it would be" in text(app)
    assert "Inverse volatility (generated)" in app.dataframe[0].value.columns


def test_scenarios_of_every_kind_stand_side_by_side(app, small):
    open_page(app, small, risk_view="Scenarios")
    table = app.dataframe[0].value
    assert {"Severity", "State", "History", "Replay"} == set(table["Kind"])
    assert "Replay: Lehman" in set(table["Scenario"])
    assert {"Beyond the past", "Lost more than everything"} <= set(table)
    picked = app.selectbox(key=next(box.key for box in app.selectbox if "risk_scenario" in (box.key or "")))
    assert picked.value.startswith("Replay: ")
    picked.select("Replay: Lehman").run()
    assert titles(app)[1].startswith("Replay: Lehman")


def test_who_draws_is_kept_while_other_pages_are_looked_at(app, small):
    def drawn_by():
        return next(box for box in app.selectbox if (box.key or "").startswith("risk_by"))

    visit(app, PAGE, market=small, risk_paths="2,000", risk_stress="Lehman", by="fhs-gjr")
    drawn_by().select("block-bootstrap").run()
    app.switch_page("pages/help/methods.py")
    del app.query_params["by"]
    app.run()
    app.switch_page(PAGE).run()
    assert not app.exception
    assert drawn_by().value == "block-bootstrap"


def test_the_context_line_names_the_portfolio_and_scenarios_can_be_measured_on_it(app, small):
    save()
    open_page(app, small, portfolio="Barbell")
    assert "Default: Barbell" in [link.proto.label for link in app.get("page_link")]
    app.switch_page("pages/stress/scenarios.py").run()
    assert not app.exception
    assert app.selectbox(key="of").value == "Portfolio: Barbell"
    assert "Barbell **" in text(app)
    app.selectbox(key="of").select("Equal weight").run()
    app.run()
    assert app.selectbox(key="of").value == "Equal weight"


def test_the_editor_opens_with_the_weights_that_are_looked_at(app, small):
    open_page(app, small)
    app.button(key="portfolio_edit").click().run()
    assert not app.exception
    assert field(app.text_input, "name").value == "My portfolio"
    assert field(app.number_input, "value").value == 1_000_000


def editor():
    from fingen_core.market import bundled
    from fingen_core.ui.holdings import editor as portfolio_editor

    portfolio_editor.form(bundled())


def test_the_editor_keeps_what_was_entered_while_another_view_is_looked_at(home):
    app = AppTest.from_function(editor, default_timeout=60).run()

    def look_at(view):
        app.get("button_group")[0].set_value(view).run()
        assert not app.exception

    field(app.text_input, "name").input("Mine").run()
    field(app.selectbox, "currency").select("EUR").run()
    look_at("Saved")
    look_at("Paste or upload")
    field(app.text_area, "lines").input("AAPL, 10").run()
    look_at("Weights")
    assert (field(app.text_input, "name").value, field(app.selectbox, "currency").value) == ("Mine", "EUR")
    app.button(key="portfolio_fill_All 0").click().run()
    assert "all weights are 0" in app.error[0].value
    look_at("Paste or upload")
    assert field(app.text_area, "lines").value == "AAPL, 10"
    look_at("Weights")
    assert "all weights are 0" in app.error[0].value
    app.button(key="portfolio_fill_Equal").click().run()
    assert not app.error


def editor_of_returns():
    from fingen_core.market import Market, Source, bundled
    from fingen_core.ui.holdings import editor as portfolio_editor

    prices = 100 * bundled().prices / bundled().prices.iloc[0]
    portfolio_editor.form(Market(prices, Source(kind="upload", detail="returns.csv", indexed=True), name="My returns"))


def test_where_prices_are_made_from_returns_values_are_asked_for_and_quantities_refused(home):
    app = AppTest.from_function(editor_of_returns, default_timeout=60).run()
    app.get("button_group")[0].set_value("Paste or upload").run()
    assert "what a share costs is not known. Give values, or weights." in captions(app)
    field(app.text_area, "lines").input("AAPL, 1000\nKO, 3000").run()
    assert not app.error
    assert "| Long | 100.0\u202f% | USD\u202f4.00\u202fk |" in " ".join(element.value for element in app.markdown)
    app.segmented_control(key="portfolio_kind").set_value("quantity").run()
    assert "quantities such as 1,000 AAPL: the prices of My returns were made from returns" in app.error[0].value
    assert not [one for one in app.button if one.key == "portfolio_use"]
    field(app.text_area, "lines").input("ticker, weight\nAAPL, 25 %\nKO, 75 %").run()
    assert not app.error
    # The same editor takes quantities where there are prices.
    app = AppTest.from_function(editor, default_timeout=60).run()
    app.get("button_group")[0].set_value("Paste or upload").run()
    field(app.text_area, "lines").input("AAPL, 1000\nKO, 3000").run()
    assert app.segmented_control(key="portfolio_kind").value == "quantity"
    assert not app.error


def test_holdings_in_another_currency_are_converted_at_a_rate_that_is_typed_or_fetched(home, monkeypatch):
    app = AppTest.from_function(editor, default_timeout=60).run()
    app.get("button_group")[0].set_value("Paste or upload").run()
    field(app.selectbox, "currency").select("EUR").run()
    field(app.text_area, "lines").input("AAPL, 10\nKO, 5\nCASH, 100, EUR").run()
    assert "AAPL, KO in USD, but the portfolio is valued in EUR: give the rate" in app.error[0].value
    field(app.number_input, "rate").set_value(0.5).run()
    assert not app.error
    assert "Converted at 1 USD = 0.5 EUR (typed, " in captions(app)
    assert "their moves are not simulated" in captions(app)
    with running() as server:
        monkeypatch.setenv("FINGEN_YAHOO_URL", server.url)
        app.button(key="portfolio_rates_fetch").click().run()
        close = server.closes("USDEUR=X")["2022-12-28"]
        assert f"1 USD = {close:.6g} EUR (Yahoo Finance USDEUR=X, close, 2022-12-28)" in captions(app)
        server.modes["USDEUR=X"] = "404"
    app.button(key="portfolio_save").click().run()
    assert not app.exception
    (record,) = Shelf(home / "portfolios", "portfolio").list()
    saved = Portfolio.from_json(record.body)
    prices = bundled().prices.iloc[-1]
    assert saved.value == pytest.approx((10 * prices["AAPL"] + 5 * prices["KO"]) * close + 100)
    assert (saved.currency, saved.rates[0].day) == ("EUR", "2022-12-28")


def test_a_list_may_be_valued_in_its_own_currency_and_a_value_be_converted(home):
    app = AppTest.from_function(editor, default_timeout=60).run()
    field(app.selectbox, "currency").select("CHF").run()
    assert "Without a rate it counts as typed" in captions(app)
    field(app.number_input, "rate").set_value(0.9).run()
    app.button(key="portfolio_convert").click().run()
    assert field(app.number_input, "value").value == 900_000
    assert "Converted at 1 USD = 0.9 CHF" in captions(app)
    app.get("button_group")[0].set_value("Paste or upload").run()
    field(app.text_area, "lines").input("AAPL, 10").run()
    app.button(key="portfolio_in_its_own").click().run()
    assert not app.error
    assert field(app.selectbox, "currency").value == "USD"


def test_weights_by_market_value_come_from_statements_or_say_what_is_missing(home):
    market, store = bundled(), StatementStore()
    app = AppTest.from_function(editor, default_timeout=60).run()
    app.button(key="portfolio_fill_caps").click().run()
    assert "neither a market value nor a number of shares is known of AAPL" in app.error[0].value
    assert "(19 of 19 assets)" in app.error[0].value
    for row, ticker in enumerate(market.tickers):
        table = pd.DataFrame({"2022": {"Shares outstanding": 100.0 + row}})
        store.write(Statements(ticker=ticker, table=table, source="typed in"))
    app.button(key="portfolio_fill_caps").click().run()
    assert not app.error
    worth = market.prices.iloc[-1] * (100 + np.arange(19))
    rows = app.session_state["portfolio_kept"]["portfolio_rows"]
    assert rows["Weight [%]"].to_numpy() == pytest.approx((worth / worth.sum() * 100).to_numpy())
    assert "Market values of 19 companies: shares × close of 2022-12-28 for 19." in captions(app)
    app.button(key="portfolio_fill_Equal").click().run()
    assert "Market values of" not in captions(app)


def test_a_converted_portfolio_shows_its_rates_beside_its_value(app, small):
    save(rates=(Rate(base="EUR", quote="USD", value=1.07, day="2012-12-28", source="typed"),))
    open_page(app, small, portfolio="Barbell")
    assert "Worth USD" in captions(app)
    assert "Converted at 1 EUR = 1.07 USD (typed, 2012-12-28)" in captions(app)


def test_the_report_names_its_parts_and_who_answers_for_the_model(app, small, home):
    open_page(app, small)
    app.button(key="report_open").click().run()
    assert not app.exception
    assert "Scenarios" in app.get("button_group")[-2].value
    assert app.text_input(key="report_owner").value == ""
    assert app.selectbox(key="report_status").value == "draft"
    assert app.button(key="report_make").label == "Make report"


def test_slides_follow_the_address_and_show_one_chart_without_controls(app, small):
    for name, value in {**FAST, "market": small, "parts": "Loss limit", "slide": "1"}.items():
        app.query_params[name] = value
    app.switch_page("pages/risk/present.py").run()
    assert not app.exception
    assert "What could Equal weight lose?" in text(app)
    assert len(app.get("plotly_chart")) == 0
    app.query_params["slide"] = "99"  # the last one, then
    app.run()
    assert app.query_params["slide"] in ("2", ["2"])
    assert "lose 10" in text(app)
    (chart,) = app.get("plotly_chart")
    layout = json.loads(chart.proto.spec)["layout"]
    assert layout["font"]["size"] > 20
    assert "text" not in layout.get("title", {})
    assert "2 of 2 · Generated. Has not happened." in " ".join(caption.value for caption in app.caption)


def test_the_slide_of_the_model_card_says_what_the_model_is_bad_at(app, small, monkeypatch):
    for name, value in {**FAST, "market": small, "parts": "Model card", "slide": "2"}.items():
        app.query_params[name] = value
    app.switch_page("pages/risk/present.py").run()
    assert not app.exception
    assert "What block bootstrap is bad at" in text(app)
    assert "these limits are known, none was measured" in text(app)
    monkeypatch.setattr(presentation, "validation_of", lambda *_: shipped())  # as if it were the one that ships
    app.run()
    assert "- **Expected shortfall, 10 days, median asset**: +" in text(app)
    assert "The light of the long run counts 14 measures" in text(app)
    assert len(app.get("plotly_chart")) == 0


def test_a_failing_sampler_is_a_sentence_with_a_remedy(app, small, monkeypatch):
    def fail(self, request, *, timeout=None):
        raise JobFailed("the sampler's process ended twice over this request: try fewer paths")

    monkeypatch.setattr(Sampler, "sample", fail)
    open_page(app, small)
    assert "try fewer paths" in app.error[0].value


def test_a_short_market_without_crises_is_measured_all_the_same(app, keep):
    open_page(app, keep(["AAPL", "KO"], "2013-07-01", "2014-12-31", "Two"), risk_view="Scenarios")
    table = app.dataframe[0].value
    assert set(table["Kind"]) == {"Severity", "History", "Replay"}
    replays = table[table["Kind"] == "Replay"]
    assert replays["Scenario"].str.endswith("(by proxy)").all()
    assert "Replay: Lehman (by proxy)" in set(replays["Scenario"])
    app.segmented_control(key="risk_view").set_value("Contributions").run()
    assert not app.exception
    assert "Stress" not in app.dataframe[0].value.columns


def test_what_a_list_left_out_stays_in_view_with_its_worth(app, small):
    left = LeftOut(count=2, names=("NESN SW Equity", "SPAXX**"), value=9900.0, share=0.042, unknown=1)
    save(left_out=left)
    open_page(app, small, portfolio="Barbell")
    words = "Left out: 2 lines of the list, USD 9,900 (4.2 % of it), the worth of 1 is not known: NESN SW Equity, SPAXX"
    assert words in text(app)
    assert "Left out" not in captions(app)
