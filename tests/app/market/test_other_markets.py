"""Weekly, seven-day and monthly markets on every page: no error, no word of other steps, yearly figures as by hand."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from fingen_core.jobs.warm.sampler import Sampler
from fingen_core.market import Market, Source, library
from fingen_core.ui.request import conditions
from fingen_core.ui.stress import crises
from tests.app.page_support import visit
from tests.app.words_support import words

CALENDARS = {
    "weekly": (pd.date_range("2005-01-07", periods=901, freq="W-FRI"), 52),
    "crypto": (pd.date_range("2015-01-01", periods=1501, freq="D"), 365),
    "monthly": (pd.date_range("1990-01-31", periods=361, freq="ME"), 12),
}
PAGES = {
    "data/fundamentals": "",
    "data/market": "market_view",
    "decide/allocation": "allocation_view",
    "decide/forecast": "",
    "decide/strategies": "strategy_view",
    "model/runs": "",
    "model/sweeps": "sweep_kind",
    "model/train": "",
    "model/images": "images_view",
    "risk/portfolio": "risk_view",
    "risk/present": "",
    "risk/validation": "",
    "stress/crises": "kind",
    "stress/library": "library_view",
    "stress/reverse": "",
    "stress/scenarios": "view",
    "stress/what_if": "asked",
    "start/home": "",
}
"""Every page, with the control that chooses what of it to look at."""

OF_OTHERS = {
    "start/home": "of the stocks that FinGen comes with",
    "model/images": "of the pictures that FinGen comes with",
}
"""Pages that show another market, a daily one, whatever was chosen."""

FEW = {"paths": "1000", "risk_paths": "1000", "forecast_paths": "1000"}
MEANT = re.compile(
    r"45 to 60 days are usual|known after, days|not move for days before 2000|load daily prices of the same assets"
)
"""Calendar days, the bundled sample's, and the remedy of a short market."""

WRONG = {
    "weekly": r"trading day|\bdaily\b|\b\d+ days?\b|\bdays (of|in|that|from|a)\b|day by day|\b252\b",
    "monthly": r"trading day|\bdaily\b|\b\d+ (days?|weeks?)\b|\bdays (of|in|that|from|a)\b|day by day|\b252\b",
    "crypto": r"trading day|business day|\b252\b|\b63 days|\b21 days|five days of the week",
}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of all these tests: the shared sampler looks for markets there."""
    return tmp_path_factory.mktemp("shelf")


@pytest.fixture(autouse=True)
def home(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FINGEN_HOME", str(shelf))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return shelf


@pytest.fixture(scope="module")
def worker(shelf: Path) -> Iterator[Sampler]:
    """One sampler that knows that home."""
    sampler = Sampler(shelf)
    yield sampler
    sampler.close()


@pytest.fixture(params=CALENDARS)
def market(request: pytest.FixtureRequest) -> Market:
    """Four assets that move together; 15 % a year, whatever the step."""
    dates, per_year = CALENDARS[request.param]
    rng = np.random.default_rng(7)
    shocks = 0.6 * rng.standard_normal((len(dates), 1)) + 0.8 * rng.standard_t(6, (len(dates), 4)) / 1.2247
    prices = 100 * np.exp(np.cumsum(0.15 / np.sqrt(per_year) * shocks, axis=0))
    found = Market(pd.DataFrame(prices, dates, ["AAA", "BBB", "CCC", "DDD"]), Source(kind="upload"), request.param)
    library.save(found)
    return found


@pytest.fixture
def per_year(market: Market) -> int:
    return CALENDARS[market.name][1]


@pytest.fixture
def on(app: AppTest, market: Market, one_worker: Sampler) -> Iterator[Any]:
    """Opens a page of that market."""
    del one_worker

    def open_page(page: str, **query: str) -> AppTest:
        opened = visit(app, f"pages/{page}.py", market=market.digest(), **query)
        assert not opened.error, [one.value for one in opened.error]
        return opened

    yield open_page
    app.query_params.clear()


def views(app: AppTest, key: str) -> Iterator[AppTest]:
    """The page in each of its views."""
    if not key:
        yield app
        return
    for option in list(app.segmented_control(key=key).options):
        control = app.segmented_control(key=key)
        yield control.set_value(option).run() if control.value != option else app


@pytest.mark.parametrize("page", PAGES)
def test_every_view_opens_in_the_words_of_the_step(page: str, market: Market, on: Any) -> None:
    app = on(page, **FEW)
    if page == "data/market":
        app.segmented_control(key="market_source").set_value("Used before").run()
    for seen in views(app, PAGES[page]):
        assert not seen.exception, seen.exception
        assert not seen.error, [one.value for one in seen.error]
        if page not in OF_OTHERS:
            wrong = [said for said in words(seen) if re.search(WRONG[market.name], MEANT.sub("", said), re.I)]
            assert not wrong, wrong[:3]


def test_the_look_for_words_finds_what_is_wrong(market: Market) -> None:
    for said in ("Trading days: 21 are a month", "over 63 days", "252 a year"):
        assert re.search(WRONG[market.name], said, re.I)
    assert not re.search(WRONG[market.name], f"over {market.step.words(4)}", re.I)


def test_the_glossary_and_the_pages_of_models_speak_of_the_step(market: Market, on: Any) -> None:
    told = " ".join(words(on("help/methods", topic="Glossary")))
    assert not re.search(r"trading day", told, re.I)
    short = " ".join(words(on("model/train")))
    assert ("a model needs 500" in short) == (market.n_steps < 500)
    assert ("load daily prices of the same assets" in short) == (market.name == "monthly")


def held(market: Market, n_steps: int) -> np.ndarray:
    """Returns of equal weights, bought and held, over all windows of history."""
    closes = market.prices.to_numpy()
    return (closes[n_steps:] / closes[:-n_steps]).mean(axis=1) - 1


def shown(cell: str) -> float:
    """The first number of a cell in percent, as a decimal."""
    return float(cell.replace("\u2212", "-").replace("\u202f", " ").split()[0]) / 100


def test_allocation_tells_volatility_a_year(market: Market, per_year: int, on: Any) -> None:
    app = on("decide/allocation", allocation_most="25")  # four assets of at most a quarter: equal weights
    table = next(one.value for one in app.table if "History's weights" in one.value.columns)
    horizon = int(re.search(r"Over the generated (\d+)", " ".join(one.value for one in app.markdown))[1])
    windows = held(market, horizon)
    expected = windows.std(ddof=1) * np.sqrt(per_year / horizon)
    assert shown(table.loc["Volatility, history", "History's weights"]) == pytest.approx(expected, rel=0.02)


def test_scenarios_draw_the_volatility_of_history_a_year(market: Market, per_year: int, on: Any) -> None:
    year = {"days": "12 months"} if market.step.unit == "month" else {}  # a quarter is one stretch of months
    app = on("stress/scenarios", view="Volatility", severity="1", **FEW, **year)
    chart = json.loads(app.get("plotly_chart")[0].proto.spec)
    median = next(one for one in chart["data"] if one.get("name") == "History, median")
    days, drawn = np.asarray(_numbers(median["x"])), np.asarray(_numbers(median["y"]))
    n_steps, length = int(days[-1]), int(days[0])
    closes = market.prices.to_numpy()
    paths = np.array([closes[at : at + n_steps + 1] / closes[at] for at in range(len(closes) - n_steps)]).mean(axis=2)
    squares = np.diff(np.log(paths), axis=1)[:, -length:] ** 2
    assert drawn[-1] == pytest.approx(100 * np.median(np.sqrt(per_year * squares.mean(axis=1))), rel=1e-3)


def _numbers(packed: Any) -> Any:
    """Plotly packs arrays as base64."""
    if not isinstance(packed, dict):
        return packed
    return np.frombuffer(base64.b64decode(packed["bdata"]), dtype=packed["dtype"])


def test_strategies_tell_the_sharpe_ratio_a_year(market: Market, per_year: int, on: Any) -> None:
    app = on("decide/strategies", strategy_view="Side by side")
    said = next(one.value for one in app.markdown if one.value.startswith("Over "))
    n_steps, start = re.match(r"Over (\d+) \w+ from (\d{4}-\d\d-\d\d)", said).groups()
    at = market.dates.get_loc(start)
    wealth = (market.prices.to_numpy()[at : at + int(n_steps) + 1] / market.prices.to_numpy()[at]).mean(axis=1)
    returns = np.diff(wealth) / wealth[:-1]
    expected = returns.mean() / returns.std(ddof=1) * np.sqrt(per_year)
    cell = app.table[0].value.loc["Sharpe, history", "Buy and hold"]
    assert 100 * shown(cell) == pytest.approx(expected, abs=0.03)  # buying costs a little


def test_a_file_shows_volatility_a_year(market: Market, per_year: int, on: Any) -> None:
    app = on("data/market")
    app.segmented_control(key="market_source").set_value("Upload").run()
    file = market.prices.rename_axis("Date").to_csv().encode()
    app.file_uploader[0].set_value((f"{market.name}.csv", file, "text/csv")).run()
    assert not app.exception
    table = next(one.value for one in app.dataframe if "Volatility" in one.value.columns).set_index("Asset")
    for ticker in market.tickers:
        moves = np.diff(np.log(market.prices[ticker].to_numpy()))
        assert table.loc[ticker, "Volatility"] == pytest.approx(100 * moves.std() * np.sqrt(per_year), rel=0.005)
        assert 10 < table.loc[ticker, "Volatility"] < 22


def test_a_start_stands_among_the_windows_and_dates_that_are_looked_at(market: Market) -> None:
    window = {"weekly": "5 weeks", "monthly": "5 months"}.get(market.name, "a month")
    moments = "evenings" if market.step.unit == "day" else "dates"
    told = conditions._standing.__wrapped__("", f"{market.dates[-1]:%Y-%m-%d}", market)
    moves, steps = np.log(market.prices).diff().dropna().mean(axis=1).to_numpy(), market.step.stretch
    sizes = np.array(
        [
            (moves[end - steps : end] ** 2).mean()
            for end in range(250 if len(moves) >= 500 else len(moves) // 2, len(moves) + 1)
        ]
    )
    calmer = f"{(sizes[:-1] < sizes[-1]).sum() / len(sizes) * 100:.0f}"
    assert f"had moved more in {window} than before {calmer} % of the {moments} since" in told


def test_crises_left_out_for_one_reason_are_named_together() -> None:
    dates = pd.date_range("2018-12-31", "2022-12-31", freq="ME")
    short = Market(pd.DataFrame({"A": np.linspace(100, 150, len(dates))}, dates), Source(kind="upload"), "Short")
    lived, missing = crises._replays.__wrapped__("", "", short, np.ones(1))
    assert [one.crisis.name for one in lived] == ["COVID-19", "Rates 2022"]
    assert len(missing) == 1
    assert missing[0].startswith("Gulf war, Bond massacre, ")
    assert missing[0].endswith(
        "Late 2018: Short and S&P 500 index share 49 dates, but a beta needs 60: fetch an earlier start"
    )
