"""Charts of the risk page show the numbers they are given, and the same ones when enlarged for a room."""

import json

import numpy as np
import pandas as pd
import pytest

from fingen_core.charts import risk as charts
from fingen_core.charts.stage import enlarged
from fingen_core.market.step import DAILY
from fingen_core.portfolio.named import NamedPaths, scenario_table
from fingen_core.scenarios.outcomes import NOT_HAPPENED, Outcomes


def rows(source, kind, estimate, low=np.nan):
    return {
        "source": source,
        "kind": kind,
        "horizon": 10,
        "measure": "ES",
        "level": 0.975,
        "estimate": estimate,
        "low": low,
        "high": 2 * estimate - low,
    }


@pytest.fixture
def table():
    return pd.DataFrame([rows("VAE", "generated", 0.1, 0.09), rows("History", "history", 0.2)])


def test_points_stand_at_their_estimates_and_no_band_is_no_bar(table):
    chart = charts.tails(table, "ES", "t", "s", step=DAILY)
    assert [trace.name for trace in chart.data] == ["VAE", "History"]
    assert chart.data[0].y[0] == pytest.approx(10)
    assert chart.data[0].error_y.array[0] == pytest.approx(1)
    assert chart.data[1].error_y.array[0] == 0
    assert "10.0" in chart.data[0].customdata[0]
    assert "to" not in chart.data[1].customdata[0]


def test_a_waterfall_ends_at_the_sum_and_folds_the_small_ones():
    brought = np.array([-0.1, 0.02, -0.001, -0.002, -0.05])
    chart = charts.waterfall(brought, list("ABCDE"), "t", "s", generated=True, most=3)
    (bars,) = chart.data
    assert list(bars.y) == ["A", "E", "B", "others", "Portfolio"]
    assert sum(bars.x) == pytest.approx(brought.sum() * 100, abs=1e-3)
    assert NOT_HAPPENED.split(".")[0] in chart.layout.title.text


def test_a_waterfall_shows_shorts_that_gain_and_nothing_that_is_not_held():
    brought = np.array([0, -0.03, 0, 0.09, 0, 0.05, -0.2, 0, 0])
    chart = charts.waterfall(brought, list("ABCDEFGHI"), "t", "s", generated=False)
    assert list(chart.data[0].y) == ["G", "B", "F", "D", "Portfolio"]


def test_scenarios_have_the_color_of_their_kind_and_the_largest_on_top():
    sets = [
        NamedPaths(name="mild", group="g", kind="history", gains=np.array([[-0.1]]), n_steps=1),
        NamedPaths(name="wild", group="g", kind="generated", gains=np.array([[-0.3]]), n_steps=1),
    ]
    chart = charts.losses_by_scenario(scenario_table(sets, [1.0], 0.1), "t", "s")
    assert list(chart.data[0].y) == ["mild", "wild"]  # drawn from below
    assert len(set(chart.data[0].marker.color)) == 2


def test_what_has_no_precedent_is_hollow_and_says_so():
    sets = [
        NamedPaths(name="lived", group="g", kind="history", gains=np.array([[-0.2]]), n_steps=1),
        NamedPaths(name="wild", group="g", kind="generated", gains=np.array([[-0.3], [-0.5]]), n_steps=1),
    ]
    bars = charts.losses_by_scenario(scenario_table(sets, [1.0], 0.1), "t", "s").data[0]
    assert list(bars.text) == ["20.0\u202f%", "40.0\u202f%<br>2.0 × past"]
    assert list(bars.marker.line.width) == [0, 1.5]
    ruined = charts.losses_by_scenario(scenario_table(sets, [3.0], 0.1), "t", "s").data[0]
    assert ruined.text[1].startswith("120.0\u202f%, ruin")


def test_a_gain_is_called_one_and_leaves_room_beside_the_names():
    sets = [
        NamedPaths(name="mild", group="g", kind="history", gains=np.array([[0.02]]), n_steps=1),
        NamedPaths(name="wild", group="g", kind="generated", gains=np.array([[-0.3]]), n_steps=1),
    ]
    chart = charts.losses_by_scenario(scenario_table(sets, [1.0], 0.1), "t", "s")
    assert list(chart.data[0].text) == ["2.0\u202f% gain", "30.0\u202f%<br>never seen"]
    low, high = chart.layout.xaxis.range
    amounts = chart.data[1]
    assert [text.replace("<br> ", "<br>").strip() for text in amounts.text] == list(chart.data[0].text)
    assert amounts.textposition == "middle right"
    assert min(amounts.x) == 0  # beside zero and not beside the end of the bar, where the names stand
    assert low <= -2
    assert high >= 30 + 0.12 * (high - low)
    assert "left of zero: gain" in chart.layout.xaxis.title.text


def test_time_under_water_is_a_share_of_paths():
    values = np.array([[1, 0.9, 0.95, 1.1], [1, 1.1, 1.2, 1.3]])
    sample = Outcomes.of(values, label="x", kind="generated", note="")
    chart = charts.under_water([sample], "t", "s")
    assert list(chart.data[0].y) == [100, 50, 50, 0]
    assert charts.under_water_data([sample])["days"].tolist() == [2, 0]


def test_large_type_changes_no_number(table):
    chart = charts.tails(table, "ES", "t", "s", step=DAILY)
    large = enlarged(chart, factor=2, height=700)
    before, after = json.loads(chart.to_json()), json.loads(large.to_json())
    assert [trace["y"] for trace in before["data"]] == [trace["y"] for trace in after["data"]]
    assert after["data"][0]["marker"]["size"] == 2 * before["data"][0]["marker"]["size"]
    assert large.layout.font.size == 26
    assert large.layout.title.text is None
    assert chart.layout.title.text.startswith("t")


def test_large_bars_have_long_names_above_them():
    names = ["From the height of COVID-19, worst 5 %", "Replay: Rates 2022"]
    sets = [
        NamedPaths(name=name, group="g", kind="history", gains=np.array([[gain]]), n_steps=1)
        for name, gain in zip(names, (-0.6, 0.1), strict=True)
    ]
    chart = charts.losses_by_scenario(scenario_table(sets, [1.0], 0.1), "t", "s")
    large = enlarged(chart, height=600)
    assert [note.text for note in large.layout.annotations] == names[::-1]
    assert large.layout.yaxis.showticklabels is False
    assert list(large.data[0].x) == list(chart.data[0].x)
    for bar, note in zip(large.data[0].y, large.layout.annotations, strict=True):
        assert bar + large.data[0].width / 2 <= note.y
