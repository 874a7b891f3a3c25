"""Forecast: the verdict above the fan, what came over a past one, and what is refused."""

import json
import re

import pytest
from streamlit.testing.v1 import AppTest

from fingen_core.market import Market, Source, bundled, library
from fingen_core.portfolio.portfolio import Portfolio
from fingen_core.settings import ASSETS, home
from fingen_core.storage.records import Shelf
from tests.app.page_support import text

APP = ASSETS.parent / "streamlit_app.py"
PAGE = "pages/decide/forecast.py"
FAST = {"by": "fhs-gjr", "forecast_paths": "1,000"}

pytestmark = pytest.mark.usefixtures("one_worker")


def open_page(**query):
    app = AppTest.from_file(str(APP), default_timeout=90)
    for name, value in {**FAST, **query}.items():
        app.query_params[name] = value
    app.run()
    app.switch_page(PAGE).run()
    assert not app.exception
    return app


def charts(app):
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def test_the_verdict_stands_above_the_fan_and_is_honest_about_direction():
    app = open_page()
    said = text(app)
    assert "none of which it had seen" in said
    assert "in the 80\u202f% band" in said
    assert "(equal weight)." in said
    assert "Judged on" not in said  # it is what was asked for
    assert "**Direction** is not predictable" in said
    assert "**How far** it goes is" in said
    fan, coverage, ranks = charts(app)
    assert fan["layout"]["title"]["text"].startswith("80 % of paths end between")
    assert {trace["name"] for trace in coverage["data"]} == {
        "Filter + VAE",
        "FHS on GJR-GARCH",
        "Block bootstrap, 21 days",
    }
    assert "Ranks" in ranks["layout"]["title"]["text"]
    assert "0" in coverage["layout"]["yaxis"]["ticktext"]
    assert not {"+0", "-1"} & set(coverage["layout"]["yaxis"]["ticktext"])  # a true minus sign, and no signed zero
    assert ranks["layout"]["xaxis"]["ticktext"][-1] == "100\u202f%"
    assert ranks["layout"]["xaxis"]["ticklabeloverflow"] == "allow"  # or the last mark is not drawn
    assert app.segmented_control(key="forecast_judged_10").value == 10  # as the verdict, which says "10 days ahead"
    assert "10 days ahead" in said
    scores = app.dataframe[1].value.set_index("Measure").loc["CRPS, %"]
    told = [re.search(r"\(t (\S+?)\)", cell)[1] for cell in scores if "(t " in cell]
    assert told == re.findall(r"\(t (\S+?),", said)  # one sign in the sentence and in the table
    assert len(told) == 2
    uniform = app.dataframe[1].value.set_index("Measure").loc["Ranks uniform, p"]
    assert "0.000" not in list(uniform)
    assert len(app.dataframe[0].value) == 20  # equal weight and 19 assets


def test_the_future_lies_on_trading_days_and_new_year_is_none():
    fan = charts(open_page(forecast_days="5"))[0]
    median = next(trace for trace in fan["data"] if trace.get("name") == "median")
    assert [day[:10] for day in median["x"]] == [
        "2022-12-28", "2022-12-29", "2022-12-30", "2023-01-03", "2023-01-04", "2023-01-05",
    ]  # fmt: skip


def test_a_past_forecast_is_laid_over_what_came():
    app = open_page(forecast_from="Eve of COVID-19, 2020-02-19", forecast_of="JPM")
    assert "**What came**: −" in text(app)
    assert "below all of the paths." in text(app)
    assert "(JPM)." in text(app)  # whose own forecasts were kept
    assert "Judged on" not in text(app)
    assert charts(app)[1]["layout"]["title"]["text"].count(", JPM; bars") == 1
    fan = charts(app)[0]
    came = next(trace for trace in fan["data"] if trace.get("name") == "what came")
    prices = bundled().prices["JPM"].loc["2020-02-19":].iloc[:22]
    assert came["x"][-1][:10] == f"{prices.index[-1]:%Y-%m-%d}"
    assert "bands held" in text(app)
    assert set(app.dataframe[0].value["Inside"]) <= {"yes", "no"}


def test_a_saved_portfolio_is_forecast_with_its_cash():
    made = Portfolio(name="Half", tickers=("JPM",), weights=(0.5,))
    Shelf(home() / "portfolios", "portfolio").add("Half", made.to_json())
    start = {"forecast_from": "Eve of COVID-19, 2020-02-19"}
    app = open_page(forecast_of="Portfolio: Half", **start)
    assert "Judged on equal weight, not on Half: no validation knows a portfolio of your own." in text(app)
    half = charts(app)[0]["data"]
    whole = charts(open_page(forecast_of="JPM", **start))[0]["data"]
    for name in ("history", "what came", "median"):
        one, other = (next(trace["customdata"] for trace in fan if trace.get("name") == name) for fan in (half, whole))
        assert share(one[-1]) == pytest.approx(share(other[-1]) / 2, abs=0.06)  # as written, to 0.1 %
    assert share(one[-1]) != share(other[-1])


def test_an_asset_whose_forecasts_were_not_kept_says_what_stands_for_it():
    said = text(open_page(forecast_of="AAPL", forecast_days="1"))
    assert "(equal weight)." in said
    assert "Judged on equal weight, not on AAPL: the kept forecasts leave it out" in said


def share(written):
    return float(written.split("\u202f")[0].replace("\u2212", "-"))


def test_a_level_that_is_reached_already_is_refused_with_the_remedy():
    app = open_page(forecast_level="100.0")
    assert "choose one above or below it" in app.error[0].value


def test_a_market_that_was_never_judged_says_so(one_worker, monkeypatch):
    part = bundled().select(("AAPL", "KO")).between("2008-01-01", "2012-12-31")
    market = Market(part.prices, Source(kind="upload", detail="mine.csv"), name="Mine")
    with monkeypatch.context() as patch:
        patch.setenv("FINGEN_HOME", str(one_worker.home))
        library.save(market)
    app = open_page(market=library.save(market))
    assert "**Not judged yet.**" in text(app)
    assert any(button.label == "Train a model" for button in app.button)
