"""The Market page: bundled, Yahoo and upload; healthy, faulty and with nobody there."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from fingen_core.market import Market, bundled, library
from fingen_core.settings import ASSETS
from fingen_core.ui.session import state
from tests.yahoo_standin import StandIn


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """Yahoo's place is taken; its last price is of yesterday, so that nothing is stale."""
    with StandIn() as running:
        running.last = pd.Timestamp.now().normalize() - pd.Timedelta(days=1)
        monkeypatch.setenv("FINGEN_YAHOO_URL", running.url)
        yield running


@pytest.fixture
def page() -> AppTest:
    at = AppTest.from_file(str(ASSETS.parent / "streamlit_app.py"), default_timeout=60)
    at.switch_page("pages/data/market.py").run()
    assert not at.exception
    return at


def _texts(at: AppTest) -> str:
    boxes = [*at.markdown, *at.caption, *at.error, *at.warning, *at.info, *at.subheader]
    return "\n".join(str(box.value) for box in boxes)


def _chart(at: AppTest) -> dict[str, Any]:
    spec: dict[str, Any] = json.loads(at.get("plotly_chart")[0].proto.spec)
    return spec


def _button(at: AppTest, key: str) -> Any:
    return next((button for button in at.button if button.key == key), None)


def _choose(at: AppTest, key: str, value: Any) -> AppTest:
    widgets = [*at.get("button_group"), *at.multiselect, *at.selectbox]
    next(widget for widget in widgets if widget.key == key).set_value(value)
    at.run()
    assert not at.exception
    return at


def test_the_bundled_market_is_drawn_judged_and_in_use(page: AppTest) -> None:
    assert page.title[0].value == "Market"
    text = _texts(page)
    assert "**US large caps**" in text
    assert "19 assets · 8,313 dates" in text
    assert "Fit to learn from" in text
    assert "not for commercial use" in text
    chart = _chart(page)
    assert len(chart["data"]) == 20
    assert chart["data"][-1]["name"] == "Equal weight"
    assert {"Lehman", "COVID-19", "Gulf war"} <= {note["text"] for note in chart["layout"]["annotations"]}
    report = page.table[0].value
    assert list(report["Asset"][:2]) == ["AAPL", "AMD"]


def test_the_next_step_is_one_button(page: AppTest) -> None:
    _button(page, "market_train").click()
    page.run()
    assert page.title[0].value == "Train"


@pytest.mark.parametrize(
    ("view", "title"),
    [("drawdowns", "Deepest fall"), ("returns", "Worst day"), ("correlations", "Average correlation: 0.32")],
)
def test_each_view_says_its_finding(page: AppTest, view: str, title: str) -> None:
    _choose(page, "market_view", view)
    assert title in _chart(page)["layout"]["title"]["text"]


def test_a_stale_asset_is_refused_and_one_button_drops_it(page: AppTest) -> None:
    _choose(page, "market_assets", list(bundled(everything=True).tickers))
    assert "1 thing to mend" in _texts(page)
    assert "20 assets" in _texts(page)
    assert len(_chart(page)["data"]) == 21
    assert _button(page, "market_use") is None
    found = page.table[0].value.iloc[0]
    assert (found["Asset"], found["Remedy"]) == ("RRC", "drop RRC")
    _button(page, "market_mend").click().run()
    assert "Fit to learn from" in _texts(page)
    assert len(_chart(page)["data"]) == 20
    assert _button(page, "market_train") is not None  # what is left is the bundled market
    _button(page, "market_undo").click().run()
    assert "1 thing to mend" in _texts(page)


def test_own_choice_is_used_saved_and_stays_when_another_page_was_open(page: AppTest) -> None:
    _choose(page, "market_assets", ["KO", "PEP", "XOM"])
    assert "**KO, PEP, XOM**" in _texts(page)
    _button(page, "market_use").click().run()
    assert "In use on every page" in _texts(page)
    entry = library.listing()[0]
    assert (entry.tickers, entry.name) == (("KO", "PEP", "XOM"), "KO, PEP, XOM")
    assert page.session_state["market_digest"] == entry.digest
    page.switch_page("pages/model/runs.py").run()
    page.switch_page("pages/data/market.py").run()
    assert "In use on every page" in _texts(page)


def test_a_market_used_before_can_be_used_again(page: AppTest) -> None:
    _choose(page, "market_assets", ["KO", "PEP"])
    _button(page, "market_use").click().run()
    _choose(page, "market_assets", ["XOM", "CVX"])
    _button(page, "market_use").click().run()
    _choose(page, "market_source", "saved")
    digest = next(entry.digest for entry in library.listing() if entry.name == "KO, PEP")
    _choose(page, "market_saved", digest)
    _button(page, "market_use").click().run()
    assert page.session_state["market_digest"] == digest


def test_the_index_alone(page: AppTest) -> None:
    _choose(page, "market_sample", "index")
    assert "**S&P 500 index**" in _texts(page)
    assert len(_chart(page)["data"]) == 1
    for view in ("drawdowns", "returns", "correlations"):
        _choose(page, "market_view", view)


def test_without_assets_the_page_says_what_to_do(page: AppTest) -> None:
    _choose(page, "market_assets", [])
    assert page.info[0].value == "Choose at least one asset above."
    assert not page.get("plotly_chart")


# -- Yahoo -----------------------------------------------------------------------------------------------------------


def _fetch(at: AppTest, tickers: list[str]) -> AppTest:
    _choose(at, "market_source", "yahoo")
    _choose(at, "market_tickers", tickers)
    _button(at, "market_go").click().run()
    if "market_fetch" in at.session_state:
        at.session_state["market_fetch"].wait(60)
        at.run()
    assert not at.exception
    return at


def test_a_preset_fills_the_tickers(server: StandIn, page: AppTest) -> None:
    _choose(page, "market_source", "yahoo")
    assert "Nothing fetched yet" in _texts(page)
    _choose(page, "market_preset", "US sectors")
    assert next(box for box in page.multiselect if box.key == "market_tickers").value[:2] == ["XLB", "XLE"]


def test_prices_from_yahoo_become_the_market(server: StandIn, page: AppTest) -> None:
    _fetch(page, ["AAPL", "MSFT"])
    assert list(page.table[0].value["Status"]) == ["✓ ok", "✓ ok"]
    assert "**AAPL, MSFT**" in _texts(page)
    assert "personal use" in _texts(page)
    _button(page, "market_use").click().run()
    market = library.load(page.session_state["market_digest"])
    assert (market.tickers, market.source.kind) == (("AAPL", "MSFT"), "yahoo")
    np.testing.assert_allclose(market.prices["AAPL"], server.closes("AAPL"))


def test_an_unknown_ticker_is_told_with_its_remedy(server: StandIn, page: AppTest) -> None:
    server.modes["APPLE"] = "404"
    _fetch(page, ["apple", "MSFT"])
    statuses = page.table[0].value
    assert statuses.loc["APPLE", "Status"] == "✕ missing"
    assert "check the symbol with the search" in statuses.loc["APPLE", "What happened, what to do"]
    assert "**MSFT**" in _texts(page) or "1 asset" in _texts(page)


def test_holes_from_yahoo_are_mended_by_one_button(server: StandIn, page: AppTest) -> None:
    server.modes["KO"] = "half"
    _fetch(page, ["AAPL", "MSFT", "KO"])
    assert page.table[0].value.loc["KO", "Status"] == "◐ partial"
    assert "drop KO" in _texts(page)
    _button(page, "market_mend").click().run()
    assert _button(page, "market_use") is not None
    assert "2 assets" in _texts(page)


def test_nobody_there_shows_the_bundled_market_with_a_banner(server: StandIn, page: AppTest) -> None:
    server.default = "truncated"
    _choose(page, "market_source", "yahoo")
    _choose(page, "market_tickers", ["AAPL"])
    _button(page, "market_go").click().run()
    page.session_state["market_fetch"].wait(60)
    page.run()
    assert page.warning[0].value.startswith("Yahoo's answer was cut off or unreadable")
    assert "the bundled market is shown" in page.warning[0].value
    assert "**US large caps**" in _texts(page)
    assert next(box for box in page.multiselect if box.key == "market_tickers").value == ["AAPL"]


def test_impossible_symbols_are_refused_before_anything_is_asked(server: StandIn, page: AppTest) -> None:
    _fetch(page, ["A/B"])
    assert "'A/B' is no Yahoo symbol" in page.error[0].value
    assert server.asked == []


def test_the_search_adds_a_symbol(server: StandIn, page: AppTest) -> None:
    _choose(page, "market_source", "yahoo")
    page.text_input[0].set_value("coca").run()
    _choose(page, "market_hit_coca", "KO")
    assert "KO" in next(box for box in page.multiselect if box.key == "market_tickers").value
    page.text_input[0].set_value("zzz").run()
    assert "Yahoo finds nothing called 'zzz'" in _texts(page)
    server.modes["search"] = "429"
    page.text_input[0].set_value("apple").run()
    assert "The search failed. Yahoo asks to slow down" in page.warning[0].value


def _in_use(at: AppTest) -> Market:
    """The market as every page is given it."""
    return state.market_of(at.session_state["market_digest"])


# -- upload ----------------------------------------------------------------------------------------------------------


def _file(n: int = 400, **how: Any) -> bytes:
    rng = np.random.default_rng(2)
    index = pd.bdate_range("2019-01-01", periods=n, name="Date")
    prices = pd.DataFrame(100 * np.exp(rng.normal(0, 0.01, (n, 2)).cumsum(axis=0)), index=index, columns=["AAA", "BBB"])
    text: str = prices.to_csv(**how)
    return text.encode()


def _give(at: AppTest, data: bytes, name: str = "mine.csv") -> AppTest:
    _choose(at, "market_source", "upload")
    at.file_uploader[0].set_value((name, data, "text/csv")).run()
    assert not at.exception
    return at


def test_a_file_becomes_the_market_and_stays_when_another_page_was_open(page: AppTest) -> None:
    _give(page, _file(sep=";", decimal=",", date_format="%d.%m.%Y"))
    assert "2 assets · 400 dates" in _texts(page)
    _button(page, "market_use").click().run()
    market = library.load(page.session_state["market_digest"])
    assert (market.name, market.source.kind, market.source.detail) == ("mine", "upload", "mine.csv")
    page.switch_page("pages/model/runs.py").run()
    page.switch_page("pages/data/market.py").run()
    assert "In use on every page" in _texts(page)


def test_a_file_says_what_its_prices_are_quoted_in_and_may_change_its_mind(page: AppTest) -> None:
    _give(page, _file())
    for code in ("EUR", "GBp"):
        next(box for box in page.selectbox if box.key and box.key.startswith("market_currency_")).set_value(code).run()
        _button(page, "market_use").click().run()
        assert _in_use(page).source.currencies == {"AAA": code, "BBB": code}
        assert "In use on every page" in _texts(page)


def test_faults_are_named_by_row_and_column_and_can_be_mended(page: AppTest) -> None:
    lines = _file().decode().splitlines()
    lines[8] = "2019-01-10,soon,-4"
    _give(page, "\n".join(lines).encode())
    text = _texts(page)
    assert 'row 9, column AAA: "soon" is not a number' in text
    assert "row 9, column BBB: -4, but a price must be positive" in text
    assert _button(page, "market_use") is None
    _button(page, "market_mend").click().run()
    assert _button(page, "market_use") is not None
    assert "2 assets · 399 dates" in _texts(page)


def test_a_wrong_guess_can_be_changed(page: AppTest) -> None:
    _give(page, _file())
    box = next(box for box in page.multiselect if box.key and box.key.startswith("market_columns_"))
    assert box.value == ["AAA", "BBB"]
    box.set_value(["BBB"]).run()
    assert "1 asset · 400 dates" in _texts(page)
    layout = next(box for box in page.selectbox if box.key and box.key.startswith("market_layout_"))
    layout.set_value("long").run()
    assert not page.exception


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"a,b\n1,2\n", "no column with dates among a, b"),
        (b"\x89PNG\x00\x00", "is no CSV, Parquet or Excel"),
        (("," * 2000).encode() + b"\n1\n", "2,001 columns, but at most 1,000"),
        (b"  ", "mine.csv is empty"),
    ],
)
def test_a_file_that_is_none_is_refused_and_another_can_follow(page: AppTest, data: bytes, sentence: str) -> None:
    _give(page, data)
    assert sentence in page.error[0].value
    _give(page, _file())
    assert "2 assets · 400 dates" in _texts(page)
    page.file_uploader[0].set_value([]).run()
    assert not page.get("plotly_chart")


def test_too_little_history_is_said_and_stops_here(page: AppTest) -> None:
    _give(page, _file(100))
    assert "Only 100 dates common to 2 assets, but at least 250 are needed" in _texts(page)
    assert _button(page, "market_use") is None
