"""Home: drawn at once, one slider, one next step, and what there is to work with."""

import json

import numpy as np
import pytest

from fingen_core.settings import ASSETS

pytestmark = pytest.mark.usefixtures("one_worker")


def charts(app):
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def title(chart):
    return chart["layout"]["title"]["text"]


def test_generated_stands_beside_history_on_the_same_axes(app):
    app.run()
    assert not app.exception
    generated, history = charts(app)
    assert title(generated).startswith("Generated, worst 10")
    assert "Worst 500 of 5,000 paths, 63 days, from 2022-12-28, seed 0" in title(generated)
    assert title(history).startswith("History, worst 10")
    assert "8,250 overlapping windows" in title(history)
    assert generated["layout"]["yaxis"]["range"] == history["layout"]["yaxis"]["range"]


def test_it_says_what_it_is_in_three_sentences_and_names_the_next_step(app):
    app.run()
    purpose = app.caption[0].value
    assert purpose.count(". ") + purpose.endswith(".") == 3
    assert "not predicted" in purpose
    assert [button.label for button in app.button] == ["Use my tickers"]


def test_slider_answers_with_worse_paths(app):
    app.run()
    mild = title(charts(app)[0])
    app.select_slider(key="worst").set_value(0.05).run()
    severe = title(charts(app)[0])
    assert severe.startswith("Generated, worst 5")
    assert "Worst 250 of 5,000 paths" in severe
    assert mild != severe


def test_address_sets_the_slider(app):
    app.query_params["worst"] = "Worst 1 %"
    app.run()
    assert app.select_slider(key="worst").value == 0.01
    assert "Worst 50 of 5,000 paths" in title(charts(app)[0])


def test_next_step_leads_to_the_market(app):
    app.run()
    app.button[0].click().run()
    assert [one.value for one in app.title] == ["Market"]


def test_next_step_leads_to_the_market_after_the_slider_was_moved(app):
    app.query_params["worst"] = "Worst 1 %"
    app.run()
    app.button[0].click().run()
    assert not app.exception
    assert [one.value for one in app.title] == ["Market"]
    assert "worst" not in app.query_params


def test_state_of_device_data_and_runs_is_shown(app):
    app.run()
    text = " ".join(element.value for element in app.markdown)
    assert "**Device**" in text
    assert "US large caps, 19 assets, to 2022-12-28" in text
    assert "None yet" in text


def test_worst_path_is_named_and_is_the_worst(app):
    app.run()
    lines = {trace.get("name"): trace for trace in charts(app)[0]["data"]}
    worst = lines["worst"]["y"]
    ends = worst[-1] if isinstance(worst, list) else _decoded(worst)[-1]
    assert ends < -15


def _decoded(array):
    import base64

    return np.frombuffer(base64.b64decode(array["bdata"]), dtype=np.dtype(array["dtype"]))


def test_without_the_prepared_paths_the_model_draws_them(app, monkeypatch):
    monkeypatch.setattr("fingen_core.scenarios.opening.MODEL", ASSETS / "nowhere")
    monkeypatch.setattr("fingen_core.scenarios.opening.opening.__defaults__", (ASSETS / "nowhere",))
    app.run(timeout=120)
    assert not app.exception
    assert "5,000 paths, 63 days, from 2022-12-28" in title(charts(app)[0])
