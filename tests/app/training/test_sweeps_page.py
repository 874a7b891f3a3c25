"""The Sweeps page: knobs by ticking them, a sweep that goes on without the page, the best settings with one click."""

import json
import os
import signal
import sys

import pytest

from fingen_core.jobs.queue.queue import Jobs
from fingen_core.jobs.queue.sweeps import Sweeps
from fingen_core.runs import RunStore, own_presets, sweeps
from fingen_core.runs.sweeps import Knob, Trial
from fingen_core.training.settings.config import preset
from fingen_core.training.settings.picture_config import PICTURE_CHOICES, picture_preset
from fingen_core.ui.session import state
from tests.app.training_support import buttons, make_run, open_page, setting, texts, without_torch
from tests.jobs_support import end_all, small_market, until

KNOBS = (
    Knob(name="learning_rate", low=1e-4, high=1e-2),
    Knob(name="latent_size", low=2, high=16),
    Knob(name="optimizer", choices=("adam", "adamw")),
)


@pytest.fixture(autouse=True)
def _no_torch(monkeypatch):
    without_torch(monkeypatch)
    command = (sys.executable, "-m", "tests.workers.sweeper")
    monkeypatch.setattr(state, "sweeps", lambda: Sweeps(Jobs(state.store()), command=command))


def ticked(app, name):
    return next(box for box in app.checkbox if box.key == f"sweep_tick_{name}")


def finished(home, status="done", error=""):
    """A sweep of four trials that left its files behind."""
    folder = sweeps.create(home, small_market(), preset("quick", seed=3), KNOBS, n_trials=4, name="Tuned")
    runs = [make_run(RunStore(), name=f"Tuned, trial {number + 1}") for number in range(3)]
    values, states = (1.3, 1.1, 1.25, None), ("done", "done", "pruned", "failed")
    rates, sizes, words = (2e-3, 5e-4, 8e-3, 1e-2), (8, 5, 3, 2), ("adamw", "adam", "adam", "adamw")
    trials = [
        Trial(
            number=number,
            state=states[number],
            params={"learning_rate": rates[number], "latent_size": sizes[number], "optimizer": words[number]},
            value=values[number],
            run_id=runs[number].id if number < 3 else "",
            error="" if number < 3 else "tail_weight = 1 with batches of 64 days",
            seconds=20.0,
        )
        for number in range(4)
    ]
    folder.write("trials.json", {"trials": [vars(trial) for trial in trials]})
    folder.write("importance.json", {"learning_rate": 0.7, "latent_size": 0.25, "optimizer": 0.05})
    folder.change(status=status, started=runs[0].created.isoformat(), ended=runs[0].created.isoformat(), error=error)
    return folder, runs


def test_nothing_begins_before_a_setting_is_ticked():
    app = open_page("model/sweeps")
    assert "Tick at least one setting" in texts(app)
    assert buttons(app)["sweep_start"].disabled
    ticked(app, "learning_rate").check().run()
    assert not buttons(app)["sweep_start"].disabled
    (slider,) = [found for found in app.select_slider if found.key.startswith("sweep_range_learning_rate")]
    assert slider.value == pytest.approx((3.2e-4, 1.8e-2))  # around .002; the whole range is within reach
    assert (slider.options[0], slider.options[-1]) == ("0.000001", "1")
    ticked(app, "kl_weight").check().run()
    ticked(app, "free_bits").check().run()
    ranges = {found.label: found.value for found in app.select_slider}
    assert ranges["KL divergence"] == (0.0, 3.0)
    assert ranges["Free bits"] == (0.0, 2.0)  # nothing to be around


def test_settings_of_the_other_model_cannot_be_ticked_and_own_presets_can_be_set_out_from(home):
    own_presets.save(home, "Mine", preset("balanced", "gan", latent_size=5))
    app = open_page("model/sweeps")
    keys = {box.key for box in app.checkbox}
    assert "sweep_tick_critic_updates" not in keys
    assert "sweep_tick_seed" not in keys
    base = app.selectbox(key="sweep_base")
    assert any("Your preset “Mine”" in option for option in base.options)
    base.set_value("quick-gan").run()
    assert "sweep_tick_critic_updates" in {box.key for box in app.checkbox}


def test_what_the_train_page_says_now_can_be_set_out_from(home):
    app = open_page("model/train")
    setting(app, "latent_size").set_value(5).run()
    app.switch_page("pages/model/sweeps.py").run()
    assert "As on the Train page: Balanced, VAE, latent size 5" in app.selectbox(key="sweep_base").options


def test_a_sweep_is_started_watched_and_stopped_from_the_page(home):
    (home / "hold").touch()
    app = open_page("model/sweeps")
    ticked(app, "learning_rate").check().run()
    ticked(app, "optimizer").check().run()
    (slider,) = [found for found in app.select_slider if found.key.startswith("sweep_range_learning_rate")]
    slider.set_value((1e-4, 1e-2))
    app.number_input(key="sweep_trials").set_value(3).run()
    buttons(app)["sweep_start"].click().run()
    assert not app.exception
    (sweep,) = sweeps.listing(home)
    try:
        assert app.query_params["sweep"] == sweep.id
        assert sweep.knobs[0].name == "optimizer"
        assert (sweep.knobs[1].low, sweep.knobs[1].high) == (1e-4, 1e-2)
        assert sweep.n_trials == 3
        until(lambda: any(run.status == "running" for run in RunStore().list()), "the first training")
        app.run()
        assert "sweep_stop" in buttons(app)
        buttons(app)["sweep_stop"].click().run()
        until(lambda: not state.sweeps().get(sweep.id).is_active, "the stop")
        app.run()
        assert "sweep_resume" in buttons(app)
        assert app.dataframe[0].value["State"].tolist() == ["interrupted"]
    finally:
        folder = sweeps.folder_of(home, sweep.id)
        if folder.is_live() and (pid := folder.state().pid):
            os.kill(pid, signal.SIGKILL)
        end_all(Jobs(RunStore()))


def test_painters_are_swept_from_the_page_over_their_own_knobs(home):
    app = open_page("model/sweeps")
    app.segmented_control(key="sweep_kind").set_value("windows").run()
    keys = {box.key for box in app.checkbox}
    assert {"sweep_tick_memory_weight", "sweep_tick_network", "sweep_tick_size"} <= keys
    assert not {"sweep_tick_likelihood", "sweep_tick_filter_epochs", "sweep_tick_condition_dropout"} & keys
    assert "the distance of its long run from history" in texts(app)
    ticked(app, "severity_label").check().run()
    assert "sweep_tick_condition_dropout" in {box.key for box in app.checkbox}  # it may matter now
    ticked(app, "severity_label").uncheck().run()
    ticked(app, "network").check().run()
    (words,) = [field for field in app.multiselect if field.key.startswith("sweep_words_network")]
    assert words.options == ["Dilated convolutions", "Dense"]  # a picture's convolutions do not go with windows
    ticked(app, "learning_rate").check().run()
    app.number_input(key="sweep_trials").set_value(2).run()
    buttons(app)["sweep_start"].click().run()
    assert not app.exception
    (sweep,) = sweeps.listing(home)
    found = state.sweeps().wait(sweep.id)
    assert (found.status, found.error) == ("done", "")
    assert found.config == picture_preset("quick", representation="windows", network="conv1d")
    assert [trial.state for trial in found.trials] == ["done", "done"]
    assert {RunStore().get(trial.run_id).config.representation for trial in found.trials} == {"windows"}
    end_all(Jobs(RunStore()))


def test_one_series_has_no_correlation_to_turn(home):
    app = open_page("model/sweeps")
    for kind in PICTURE_CHOICES["representation"]:
        app.segmented_control(key="sweep_kind").set_value(kind).run()
        assert not app.exception, kind
    app.segmented_control(key="sweep_kind").set_value("gasf").run()
    keys = {box.key for box in app.checkbox}
    assert "sweep_tick_moments_weight" in keys
    assert "sweep_tick_correlation_weight" not in keys


def test_a_finished_sweep_tells_its_best_what_matters_and_every_trial(home):
    folder, _ = finished(home)
    app = open_page("model/sweeps", sweep=folder.id)
    words = texts(app)
    assert "of 4 trials 2 ran to the end, 1 was stopped early and 1 failed (the table says why)" in words
    assert "**Best: trial 2**, score 1.1000 against 1.3000 with the settings as they were" in words
    assert "Learning rate (VAE) **0.0005**, Latent size **5**, Optimizer **Adam**" in words
    titles = [json.loads(chart.proto.spec)["layout"]["title"]["text"] for chart in app.get("plotly_chart")]
    assert any("Learning rate (VAE) may matter most" in title for title in titles)
    table = app.dataframe[0].value
    assert table["State"].tolist() == ["done", "done", "stopped early", "failed"]
    assert "tail_weight = 1" in table["Why"].iloc[3]


def test_the_best_settings_are_loaded_with_one_click_and_can_be_taken_back_there(home):
    folder, _ = finished(home)
    app = open_page("model/sweeps", sweep=folder.id)
    buttons(app)["sweep_use"].click().run()
    assert app.title[0].value == "Train"
    assert setting(app, "learning_rate").value == pytest.approx(5e-4)
    assert (setting(app, "latent_size").value, setting(app, "optimizer").value) == (5, "adam")
    assert setting(app, "seed").value == 3
    assert "The settings of trial 2 of “Tuned” are loaded." in texts(app)
    assert "taken_over_undo" in buttons(app)


def test_the_best_settings_of_a_painter_are_loaded_on_the_images_page(home):
    config = picture_preset("quick", seed=2)
    folder = sweeps.create(home, small_market(), config, [Knob(name="size", low=4, high=64)], n_trials=2, name="Tuned")
    trial = Trial(number=0, state="done", params={"size": 8}, value=2.0)
    folder.write("trials.json", {"trials": [vars(trial)]})
    folder.change(status="done")
    app = open_page("model/sweeps", sweep=folder.id)
    assert "Network size **8**" in texts(app)
    buttons(app)["sweep_use"].click().run()
    assert app.title[0].value == "Images"
    assert "The settings of trial 1 of “Tuned” are loaded." in texts(app)
    assert [field.value for field in app.select_slider if field.key.startswith("images_size_")] == [8]


def test_the_best_runs_are_compared(home):
    folder, runs = finished(home)
    app = open_page("model/sweeps", sweep=folder.id)
    buttons(app)["sweep_compare"].click().run()
    assert app.title[0].value == "Runs"
    assert app.query_params["runs"] == f"{runs[0].id},{runs[1].id}"
    assert "2 runs beside each other" in texts(app)


def test_a_sweep_that_failed_says_why_and_one_that_is_not_there_too(home):
    folder, _ = finished(home, "failed", "the first 3 trials failed; the last one said: no")
    app = open_page("model/sweeps", sweep=folder.id)
    assert "the first 3 trials failed" in app.error[0].value
    assert "sweep_resume" in buttons(app)
    assert "there is no sweep" in open_page("model/sweeps", sweep="0123456789ab").error[0].value


def test_a_sweep_is_deleted_with_undo(home):
    folder, _ = finished(home)
    app = open_page("model/sweeps", sweep=folder.id)
    buttons(app)["sweep_delete"].click().run()
    assert "Earlier sweeps" not in texts(app)
    buttons(app)["sweep_undo"].click().run()
    assert "Earlier sweeps" in texts(app)
    buttons(app)[f"sweep_open_{folder.id}"].click().run()
    assert "**Best: trial 2**" in texts(app)


def test_trials_stay_out_of_the_way_on_the_runs_page_until_they_are_asked_for(home):
    store = RunStore()
    ordinary = make_run(store, name="Ordinary")
    trial = store.create(small_market(), preset("quick"), name="A trial", sweep="0123456789ab")
    app = open_page("model/runs")
    assert app.dataframe[0].value["Name"].tolist() == ["Ordinary"]
    app.toggle(key="runs_trials").set_value(True).run()
    assert set(app.dataframe[0].value["Name"]) == {"Ordinary", "A trial"}
    linked = open_page("model/runs", runs=f"{trial.id},{ordinary.id}")
    assert set(linked.dataframe[0].value["Name"]) == {"Ordinary", "A trial"}
