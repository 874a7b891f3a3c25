"""Runs beside each other: only what differs, curves that stand level, scores and answers of validations."""

import itertools
import json

import numpy as np
import pandas as pd
import pytest

from fingen_core.charts.training import comparison as charts
from fingen_core.runs import RunStore, comparing
from fingen_core.runs.folder import RunFolder
from fingen_core.runs.naming import LONGEST_NAME, SHORT, default_name, shortened
from fingen_core.runs.validations import create, write_lights
from fingen_core.training.settings.config import preset
from fingen_core.training.settings.picture_config import picture_preset
from fingen_core.training.settings.words import changed, told, value_in_words
from fingen_core.validation.protocol import quick
from tests.jobs_support import small_market
from tests.workers.validator import LIGHTS


@pytest.fixture
def store(home):
    return RunStore(home)


# --- names ----------------------------------------------------------------------------------------------------------


def test_names_say_what_differs_and_never_repeat(store):
    plain = [store.create(small_market(), preset("quick")).name for _ in range(3)]
    assert plain == ["VAE quick, Small", "VAE quick, Small (2)", "VAE quick, Small (3)"]
    other = store.create(small_market(), preset("quick", seed=3, latent_size=5, batch_size=64))
    assert other.name == "VAE quick, Small, seed 3, batch size 64, 1 more"
    painted = store.create(small_market(), picture_preset("quick", "gan"))
    assert painted.name == "GAN heat-map quick, Small"
    field = store.create(small_market(), picture_preset("quick", representation="gasf"))
    assert field.name == "VAE Gramian quick, Small"
    config = picture_preset("quick", representation="windows", network="conv1d", severity_label="learned")
    assert store.create(small_market(), config).name == "VAE windows quick, Small, dilated convolutions, severity label"


def test_a_name_is_never_too_long_and_a_given_one_stays(store):
    long = default_name(preset("quick", seed=1), "M" * 300, {default_name(preset("quick", seed=1), "M" * 300)})
    assert len(long) <= LONGEST_NAME
    assert long.endswith("(2)")
    assert [store.create(small_market(), preset("quick"), name="Mine").name for _ in range(2)] == ["Mine", "Mine"]


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("VAE quick, US large caps, KL divergence 10", "VAE quick, KL divergence 10"),
        ("VAE windows quick, US large caps, network Dilated convolutions along the days, trial 12", None),
        (
            "VAE windows quick, US large caps, dilated convolutions, loss Student-t, 2 more",
            "VAE windows quick, …, loss Student-t, …",
        ),
        ("VAE quick, US large caps, latent size 5, 2 more", "VAE quick, latent size 5, 2 more"),
        ("VAE quick, US large caps", "VAE quick"),
        ("A name of mine", "A name of mine"),
        ("W" * 90, "W" * (SHORT - 1) + "…"),
    ],
)
def test_a_short_name_keeps_the_kind_and_the_end(name, short):
    assert shortened(name, "US large caps") == (short or "VAE windows quick, …, trial 12")


def test_charts_get_short_names_that_differ(store):
    market, config = small_market(), preset("quick", seed=3, latent_size=5)
    runs = [store.create(market, config) for _ in range(2)]
    assert list(comparing.labels(runs).values()) == [
        "VAE quick, seed 3, latent size 5",
        "VAE quick, seed 3, latent size 5 (2)",
    ]
    same = [store.create(market, config, name="X" * 60 + end) for end in "ab"]
    assert all(len(name) <= SHORT + 7 for name in comparing.labels(same).values())
    assert len(set(comparing.labels(same).values())) == 2


def test_settings_are_told_as_a_person_would():
    config = preset("quick", "gan", gan_loss="hinge", learning_rate=5e-4)
    assert changed(config) == {"gan_loss": "hinge", "learning_rate": 5e-4}
    assert told(config) == "GAN loss Hinge, learning rate (VAE) 0.0005"
    assert told(preset("thorough")) == ""
    assert told(preset("quick", severity_label="learned", seed=3)) == "seed 3, severity label"
    words = [value_in_words("vae_steps", 20_000, config), value_in_words("refit", True, config)]
    assert [*words, value_in_words("model", "vae", config)] == ["20,000", "yes", "VAE"]
    assert value_in_words("learning_rate", 2e-5, config) == "0.00002"


def test_one_wild_fan_does_not_flatten_the_others():
    tame = [(-40.0, 20.0), (-30.0, 25.0), (-45.0, 22.0)]
    assert charts.shared_range(tame) == (-45.0, 25.0)
    assert charts.shared_range([*tame, (-60.0, 700.0)]) == (-60.0, 120.0)
    assert charts.shared_range([(-60.0, 700.0)]) == (-60.0, 700.0)


# --- settings -------------------------------------------------------------------------------------------------------


def test_only_settings_that_differ_are_listed(store):
    runs = [
        store.create(small_market(), preset("quick"), name="A"),
        store.create(small_market(seed=1), preset("quick", seed=2, likelihood="student-t"), name="A"),
    ]
    table = comparing.differing_settings(runs).set_index("Setting")
    assert list(table.index) == ["Market", "Likelihood (VAE)", "Seed"]
    assert list(table.columns) == [f"A ({run.id[-4:]})" for run in runs]
    assert table.loc["Seed"].tolist() == ["0", "2"]
    same = comparing.differing_settings([runs[0], runs[0]])
    assert len(same) == 0


def test_what_a_model_does_not_use_is_a_dash_and_pictures_share_what_they_share(store):
    runs = [
        store.create(small_market(), preset("quick"), name="VAE"),
        store.create(small_market(), preset("quick", "gan", seed=1, gan_loss="hinge"), name="GAN"),
        store.create(small_market(), picture_preset("quick", seed=1), name="Painter"),
    ]
    table = comparing.differing_settings(runs).set_index("Setting")
    assert table.loc["GAN loss"].tolist() == ["–", "Hinge", "–"]
    assert table.loc["Seed"].tolist() == ["0", "1", "1"]
    assert table.loc["Picture"].tolist() == ["–", "–", "Heat map"]
    shared = ["–" not in row.to_list() for _, row in table.iterrows()]
    assert shared == sorted(shared, reverse=True)


# --- curves ---------------------------------------------------------------------------------------------------------


def curves_of(*rows):
    return pd.DataFrame(rows, columns=["step", "phase", "name", "value"])


def test_curves_stand_level_from_the_beginning_of_their_phase():
    filtered = [(10, "Filter", "filter/x", 1.0), (60, "Filter", "filter/x", 0.9)]
    prompt = curves_of(*filtered, (61, "VAE", "vae/kl", 9.0), (160, "VAE", "crps", 5.0), (260, "VAE", "crps", 4.0))
    late = curves_of((30, "Filter", "filter/x", 1.0), (90, "VAE", "vae/kl", 9.0), (130, "VAE", "crps", 3.0))
    assert comparing.curve(prompt, "crps")["step"].tolist() == [100, 200]
    assert comparing.curve(prompt, "crps")["value"].tolist() == [5.0, 4.0]
    assert comparing.curve(late, "crps")["step"].tolist() == [100]  # whenever its first report came
    assert comparing.curve(prompt, "filter/x")["step"].tolist() == [10, 60]


def test_curves_are_listed_with_the_runs_that_have_them_scores_first():
    found = comparing.curve_names(
        {"a": curves_of((1, "VAE", "vae/kl", 1.0), (2, "VAE", "crps", 1.0)), "b": curves_of((1, "VAE", "vae/kl", 1.0))}
    )
    assert found == {"crps": ["a"], "vae/kl": ["a", "b"]}


# --- scores ---------------------------------------------------------------------------------------------------------


def validated(store, run, difference=-0.25):
    folder = create(RunFolder(run.folder), kind="quick", protocol=quick("2015-12-01"), rivals=("fhs-gjr",))
    folder.change(status="done")
    write_lights(folder, LIGHTS)
    rows = [
        (generator, "tomorrow", horizon, "all", metric, value + extra)
        for generator, value in (("vae", 1.0 + difference), ("fhs-gjr", 1.0))
        for metric, extra in (("fz0_2.5", 0.0), ("crps", 2.0))
        for horizon in (1, 10)
    ]
    names = ["generator", "question", "horizon", "group", "metric", "value"]
    table = pd.DataFrame(rows, columns=names)
    table.loc[table["horizon"] == 10, "value"] += table["generator"].eq("vae") * 9
    table.to_csv(folder / "table.csv", index=False)
    return store.get(run.id)


def test_scores_lights_and_the_distance_to_the_rival(store):
    run, other = (store.create(small_market(), preset("quick"), name=name) for name in "AB")
    RunFolder(run.folder).write("progress.json", {"scores": {"fz0_2.5": 1.2, "crps": 0.7}})
    table = comparing.score_table(store, [validated(store, run), store.get(other.id)])
    assert table.loc[run.id, "fz0_2.5"] == 1.2
    assert table.loc[run.id, ["validated_fz0_2.5", "validated_crps"]].tolist() == pytest.approx([-0.25, -0.25])
    assert table.loc[run.id, ["light_tomorrow", "light_long run", "light_novelty"]].tolist() == [2, 1, 0]
    assert table.loc[other.id].isna().all()
    assert "energy" not in table
    assert {axis.key for axis in comparing.axes()} >= set(table.columns)


# --- figures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dark", [False, True])
def test_neighbors_differ_in_color_dash_and_mark_and_forty_strokes_are_distinct(dark):
    strokes = charts.strokes(40, dark)
    assert strokes[:7] == charts.strokes(7, dark)
    assert len({(stroke.color, stroke.dash) for stroke in strokes}) == 40
    for stroke, following in itertools.pairwise(strokes):
        assert stroke.color != following.color
        assert stroke.dash != following.dash
        assert stroke.symbol != following.symbol


def test_parallel_coordinates_put_the_better_to_the_right_and_skip_what_is_missing():
    table = pd.DataFrame({"crps": [0.7, 0.9, 0.8], "light": [2.0, np.nan, 0.0]}, index=["A", "B", "C"])
    scales = [
        charts.Scale("crps", "CRPS"),
        charts.Scale("light", "Light", lower_is_better=False, words={0.0: "bad", 1.0: "unsure", 2.0: "good"}),
    ]
    drawn = dict(zip("ABC", charts.strokes(3), strict=True))
    lines = {trace.name: trace for trace in charts.parallel(table, scales, drawn, "Better to the right").data}
    assert list(lines["A"].x) == [1.0, 1.0]
    assert list(lines["B"].x) == [0.0]
    assert list(lines["C"].x) == pytest.approx([0.5, 0.0])
    assert lines["C"].customdata[1] == "Light: bad"
    alike = charts.parallel(table.assign(crps=0.7), scales[:1], drawn, "Alike")
    assert {trace.x[0] for trace in alike.data} == {0.5}


def test_curves_of_runs_have_their_strokes_and_refits_are_faint():
    table = pd.DataFrame(
        {"phase": ["VAE", "VAE", "VAE, refit on all days"], "step": [1, 2, 1], "value": [3.0, 2.0, 1.0]}
    )
    stroke = charts.Stroke("#112233", "dot", "star")
    chart = charts.curves({"A": table}, {"A": stroke}, "KL divergence")
    assert [trace.opacity for trace in chart.data] == [1, 0.35]
    assert {(trace.line.color, trace.line.dash) for trace in chart.data} == {("#112233", "dot")}
    assert json.loads(chart.to_json())["data"][0]["name"] == "A"


def test_the_phase_that_a_gan_sets_out_from_is_faint():
    phases = ["VAE", "GAN", "VAE, refit on all days", "GAN, refit on all days"]
    table = pd.DataFrame({"phase": phases, "step": [1, 1, 1, 1], "value": [3.0, 2.0, 1.0, 0.5]})
    chart = charts.curves({"A": table}, {"A": charts.strokes(1)[0]}, "Gradient norm")
    assert [trace.opacity for trace in chart.data] == [0.35, 1, 0.35, 0.35]
    alone = charts.curves({"A": table[2:3]}, {"A": charts.strokes(1)[0]}, "Gradient norm")
    assert alone.data[0].opacity == 1


def test_names_of_axes_stand_clear_of_the_values_below_and_above():
    scales = [charts.Scale("fz0", "FZ0 at 2.5 % less rival's"), charts.Scale("crps", "CRPS")]
    table = pd.DataFrame({"fz0": [1.0, 2.0], "crps": [0.5, 0.7]}, index=["A", "B"])
    chart = charts.parallel(table, scales, dict(zip("AB", charts.strokes(2), strict=True)), "Better to the right")
    bottoms, tops = [], []  # pixels above their axis
    for note in chart.layout.annotations:
        if note.text in {scale.title for scale in scales}:
            bottoms.append(note.yshift - 0.7 * note.font.size)
        else:
            tops.append(note.yshift + 0.7 * note.font.size)
    assert len(bottoms) == 2
    assert len(tops) == 4
    assert min(bottoms) > max(tops)


def test_an_axis_of_nearly_equal_figures_writes_as_many_digits_as_tell_its_ends_apart():
    drawn = dict(zip("AB", charts.strokes(2), strict=True))
    for values, ends in (((1.00241, 1.00229), {"1.0024", "1.0023"}), ((1.5, 2.5), {"1.5", "2.5"})):
        table = pd.DataFrame({"fz0": values}, index=["A", "B"])
        chart = charts.parallel(table, [charts.Scale("fz0", "FZ0")], drawn, "Better to the right")
        assert {note.text for note in chart.layout.annotations} == {"FZ0", *ends}
