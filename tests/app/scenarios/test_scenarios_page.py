"""Scenarios: drawn by models and rivals beside history, from any day, as bad as asked for."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from fingen_core.errors import JobFailed
from fingen_core.jobs.warm.sampler import Sampler
from fingen_core.market import Market, Source, bundled, library
from fingen_core.runs import RunStore
from fingen_core.scenarios.market_state import evenings
from fingen_core.settings import ASSETS
from fingen_core.training.settings.config import preset
from fingen_core.ui.request.scenes import VIEWS
from tests.app.page_support import text, titles, visit

APP = ASSETS.parent / "streamlit_app.py"

pytestmark = pytest.mark.usefixtures("one_worker")
FAST = {"by": "block-bootstrap", "paths": "500"}


def open_page(app, **query):
    return visit(app, "pages/stress/scenarios.py", **{**FAST, **query})


def test_pretrained_model_is_drawn_beside_history(app):
    app.switch_page("pages/stress/scenarios.py").run(timeout=120)
    assert not app.exception
    generated, history = titles(app)
    assert generated.startswith("Generated: ")
    assert "5,000 paths, 63 days, from 2022-12-28, seed 0" in generated
    assert history.startswith("History: ")
    assert "From 2022-12-28 over 63 days" in text(app)


def test_settings_come_from_the_address(app):
    open_page(app, days="21 days", seed="7", severity="Worst 5 %", of="JPM")
    rival, history = titles(app)
    assert "Worst 25 of 500 paths, 21 days, from 2022-12-28, seed 7" in rival
    assert "over the **worst 5\u202f%** of generated paths, only 25 of them; over the worst 5\u202f% of" in text(app)
    assert "of 8,292 overlapping windows, 21 days" in history
    assert "JPM" in text(app)


@pytest.mark.parametrize("view", list(VIEWS))
def test_every_view_answers(app, view):
    open_page(app, view=view, severity="Worst 10 %")
    assert app.segmented_control(key="view").value == view
    if view == "Table":
        assert "Value at risk" in str(app.table[0].value.index.tolist())
        assert list(app.table[0].value.columns) == ["Rival: block bootstrap", "History"]
    else:
        assert all(titles(app))


def test_paths_can_set_out_from_the_eve_of_a_crisis(app):
    open_page(app)
    start = app.selectbox(key="start")
    eve = next(option for option in start.options if "2008" in option or "2007" in option)
    start.select(eve).run()
    assert f"from {eve[-10:]}" in titles(app)[0]


def test_paths_can_set_out_from_a_chosen_day(app):
    open_page(app, start="A day of my choice", day="2009-03-09")
    assert "from 2009-03-09" in titles(app)[0]
    assert "The start, 2009-03-09: the equal-weight portfolio had moved more in a month than before 9" in captions(app)
    assert "since 1990, and brought more in a quarter than before 0 %" in captions(app)


def captions(app):
    return " ".join(caption.value for caption in app.caption)


def test_paths_can_set_out_from_a_state_of_the_market(app):
    open_page(app, by="fhs-gjr", start="A state of the market", state_volatility="95", state_trend="10")
    assert "From days with volatility at percentile 95 and trend at percentile 10 over 63 days" in text(app)
    found = evenings(bundled(), {"volatility": 95, "trend": 10})
    assert f"Paths set out from {found.sentence()}" in captions(app)
    app.select_slider(key="state_trend").set_value("any").run()
    assert "From days with volatility at percentile 95 over 63 days" in text(app)


def test_a_state_that_history_lacks_is_a_warning(app):
    open_page(app, by="fhs-gjr", start="A state of the market", state_volatility="5", state_trend="5")
    assert warnings(app)[0].startswith("No day of history was in this state. The nearest, 1994-06-23")


def test_no_state_chosen_says_what_to_do(app):
    open_page(app, by="fhs-gjr", start="A state of the market", state_volatility="any")
    assert "Choose a volatility, a trend or both" in app.info[0].value


def test_with_and_without_are_shown_in_one_click(app):
    open_page(app, by="fhs-gjr", start="A state of the market", state_volatility="99", paths="2,000")
    app.toggle(key="compared").set_value(True).run()
    assert not app.exception
    table = app.table[0].value
    assert list(table.columns) == ["With", "Without", "Difference"]
    volatility = [float(text.split("\u202f")[0]) for text in table.loc["Volatility a year", ["With", "Without"]]]
    assert volatility[0] > 1.5 * volatility[1]
    assert "it makes the paths wider" in text(app)
    assert len(titles(app)) == 3
    assert "from 2022-12-28, seed 0" in titles(app)[2]


def test_a_rival_that_forgets_is_drawn_and_said_to_forget(app):
    open_page(app, start="A state of the market", state_volatility="99")
    assert "from 2022-12-28, seed 0" in titles(app)[0]
    assert "**Rival: block bootstrap** draws the same in every state" in text(app)


def test_more_than_fits_into_memory_is_refused_with_what_fits(app):
    open_page(app, days="252 days", paths="10,000")
    assert "choose at most 5,000 paths" in app.error[0].value


def test_nobody_drawing_says_what_to_do(app):
    open_page(app)
    app.multiselect(key="by").set_value([]).run()
    assert "choose a model or a rival" in app.info[0].value


def test_a_failing_sampler_is_a_sentence_with_a_remedy(app, monkeypatch):
    def fail(self, request, *, timeout=None):
        raise JobFailed("the sampler's process ended twice over this request: try fewer paths")

    open_page(app)
    monkeypatch.setattr(Sampler, "sample", fail)
    app.multiselect(key="by").set_value(["fhs-gjr"]).run()
    assert "try fewer paths" in app.error[0].value
    assert [button.label for button in app.button] == ["Try again"]


def test_files_say_that_their_paths_have_not_happened(app):
    open_page(app)
    assert "Has not happened" in " ".join(caption.value for caption in app.caption)
    labels = [button.proto.label for button in app.get("download_button")]
    assert {"Paths as Parquet", "Paths as CSV"} <= set(labels)


def other_market():
    prices = bundled().prices.iloc[-800:, :4]
    return library.save(Market(prices, Source(kind="upload", detail="mine.csv"), name="Mine"))


def test_a_link_brings_its_market_and_a_market_without_model_says_what_to_do(app, monkeypatch):
    monkeypatch.setattr(
        "fingen_core.ui.session.state.sampler", Sampler.shared
    )  # of this test's home, where the market is
    open_page(app, market=other_market(), days="21 days")
    assert "779 overlapping windows, 21 days" in titles(app)[1]
    assert "Mine: 4 assets" in " ".join(link.proto.label for link in app.get("page_link"))
    assert "No model of this market yet" in text(app)
    assert "Train a model" in [button.label for button in app.button]


def test_a_link_to_a_market_that_is_not_here_says_so(app):
    open_page(app, market="0123456789abcdef")
    assert "not on this server" in app.toast[0].value
    assert titles(app)[1].startswith("History: ")


def warnings(app):
    return [element.value for element in app.warning]


@pytest.fixture
def run(monkeypatch):
    """A finished run of the bundled market, whose paths the block bootstrap stands in for."""
    store = RunStore()
    made = store.create(bundled(), preset("quick"), name="Mine")
    (made.folder / "generator.safetensors").write_bytes(b"")
    (made.folder / "generator.json").write_text("{}")
    monkeypatch.setattr("fingen_core.ui.request.samples.draw", drawn_by_a_rival)
    return store.get(made.id)


def drawn_by_a_rival(request):
    from fingen_core.ui.session import state

    return state.sampler().sample(dataclasses.replace(request, source="block-bootstrap"))


def test_who_draws_by_default_is_in_the_address(app):
    app.query_params["paths"] = "500"
    app.switch_page("pages/stress/scenarios.py").run(timeout=120)
    assert app.query_params["by"] == "pretrained"
    assert app.query_params["paths"] == "500"


def test_an_own_run_drawn_from_a_session_is_in_the_address_that_is_shared(app, run):
    app.session_state["run_id"] = run.id
    app.query_params["paths"] = "500"
    app.switch_page("pages/stress/scenarios.py").run(timeout=120)
    assert not app.exception
    assert app.query_params["by"] == f"run:{run.id}"

    RunStore().rename(run.id, "Ours")
    other = AppTest.from_file(str(APP), default_timeout=60)
    open_page(other, by=app.query_params["by"])
    assert other.multiselect(key="by").value == [f"run:{run.id}"]
    assert warnings(other) == []
    assert "Ours" in other.multiselect(key="by").options


def test_several_and_nobody_are_in_the_address_too(app):
    open_page(app, by=["block-bootstrap", "fhs-gjr"])
    assert app.multiselect(key="by").value == ["block-bootstrap", "fhs-gjr"]
    app.multiselect(key="by").set_value([]).run()
    assert app.query_params["by"] == ""
    other = AppTest.from_file(str(APP), default_timeout=60)
    open_page(other, by="")
    assert other.multiselect(key="by").value == []


def test_a_link_to_a_run_that_is_not_here_says_so_until_somebody_chooses(app):
    open_page(app, by=["run:20200101-000000-abcd", "block-bootstrap"])
    assert "`20200101-000000-abcd`, which is not on this server" in warnings(app)[0]
    assert "Drawn without it: Rival: block bootstrap." in warnings(app)[0]
    assert "run:20200101-000000-abcd" in app.query_params["by"]
    app.multiselect(key="by").set_value(["fhs-gjr"]).run()
    assert warnings(app) == []
    assert app.query_params["by"] == "fhs-gjr"


def test_a_link_to_a_deleted_run_says_so(app, run):
    RunStore().delete(run.id)
    open_page(app, by=f"run:{run.id}")
    assert "has been deleted. Drawn without it: Pretrained VAE." in warnings(app)[0]


def test_a_choice_survives_a_visit_elsewhere(app):
    open_page(app)
    app.multiselect(key="by").set_value(["fhs-gjr", "block-bootstrap"]).run()
    app.query_params.clear()
    app.switch_page("pages/help/methods.py").run()
    app.switch_page("pages/stress/scenarios.py").run()
    assert app.multiselect(key="by").value == ["fhs-gjr", "block-bootstrap"]


def test_the_way_out_is_open_after_every_control_was_moved(app):
    everything = {"days": "21 days", "seed": "7", "severity": "Worst 5 %", "of": "JPM", "view": "Table"}
    open_page(app, market=other_market(), **(everything | {"of": "AAPL"}))
    next(button for button in app.button if button.label == "Train a model").click().run()
    assert not app.exception
    assert [one.value for one in app.title] == ["Train"]
    assert not set(everything) & set(app.query_params)


PLACES = [["all", ""], ["sector", "Energy"], ["asset", "XOM"]]


@pytest.fixture
def asked(run, monkeypatch):
    """A run that learned severity; what the sampler is asked for, answered by the block bootstrap."""
    (run.folder / "generator.json").write_text(json.dumps({"severity_targets": PLACES}))
    requests = []

    def draw(request):
        requests.append(request)
        drawn = drawn_by_a_rival(dataclasses.replace(request, condition={}))
        return dataclasses.replace(drawn, condition=request.condition)

    monkeypatch.setattr("fingen_core.ui.request.samples.draw", draw)
    return requests


def test_a_model_that_learned_severity_can_be_asked_for_it_and_for_whom(app, asked, run):
    open_page(app, by=f"run:{run.id}", learned_severity="worst 5 %")
    assert asked[-1].condition == {"severity": 0.05}
    assert "asked for the worst 5 % over 63 days" in text(app)
    assert app.selectbox(key="learned_place").options == ["all assets", "Energy", "XOM"]
    app.selectbox(key="learned_place").set_value("Energy").run()
    assert asked[-1].condition == {"severity": 0.05, "sector": "Energy"}
    app.toggle(key="compared").set_value(True).run()
    assert not app.exception
    assert [dict(request.condition) for request in asked[-2:]] == [{"severity": 0.05, "sector": "Energy"}, {}]
    assert "asked for the worst 5 % for Energy" in text(app)


def test_without_severity_nothing_is_asked(app, asked, run):
    open_page(app, by=f"run:{run.id}")
    assert asked[-1].condition == {}
    assert app.toggle(key="compared").disabled


def test_who_did_not_learn_it_is_named_with_the_setting_that_teaches_it(app, asked, run):
    open_page(app, by=[f"run:{run.id}", "fhs-gjr"], learned_severity="worst 5 %", start="A state of the market")
    assert asked[0].condition == {"volatility": 95.0, "severity": 0.05}
    assert asked[1].condition == {"volatility": 95.0}
    assert "answers to volatility, trend, severity, sector, asset" in text(app)
    app.multiselect(key="by").set_value(["pretrained"]).run()
    assert "a model trained with *Severity label* set to learned does" in text(app)


def test_a_tail_is_not_searched_for_as_if_nothing_had_been_asked(app, asked, run):
    open_page(app, by=f"run:{run.id}", learned_severity="worst 5 %", severity="Worst 1 %")
    assert "knows no conditions" in captions(app)
    assert not any(button.label.startswith("Search") for button in app.button)


def test_of_hundreds_of_assets_fewer_paths_are_drawn_at_first(app, monkeypatch):
    monkeypatch.setattr("fingen_core.ui.session.state.sampler", Sampler.shared)  # of this test's home
    moves = np.random.default_rng(0).normal(0, 0.01, (800, 300))
    days = pd.bdate_range("2015-01-01", periods=800, name="date")
    prices = pd.DataFrame(100 * np.exp(moves.cumsum(axis=0)), days, [f"A{place:03d}" for place in range(300)])
    digest = library.save(Market(prices, Source(kind="upload", detail="many.csv"), name="Many"))
    visit(app, "pages/stress/scenarios.py", market=digest, by="block-bootstrap")
    assert app.select_slider(key="paths").value == 2000
    assert not app.error
