"""The Runs page: every training with its truth, and nothing that cannot be undone."""

import dataclasses
import io
import json
import zipfile

import numpy as np
import pandas as pd
import pytest

from fingen_core.errors import FinGenError
from fingen_core.jobs.warm.sampler import Sampler
from fingen_core.market.step import DAILY
from fingen_core.scenarios import Scenarios
from fingen_core.ui.runs import table as runs_table
from fingen_core.ui.runs import words as training_words
from tests.app.training_support import buttons, counting_jobs, make_run, open_page, setting, texts
from tests.jobs_support import end_all, until

pytestmark = pytest.mark.usefixtures("no_torch")


def test_without_runs_the_page_says_what_to_do_and_does_it():
    app = open_page("model/runs")
    assert "No training yet" in texts(app)
    app.button[0].click().run()
    assert not app.exception
    assert "train_start" in buttons(app)


def test_table_holds_every_run_with_state_scores_and_settings(store):
    make_run(store, "done", name="Older", seed=4)
    make_run(store, "stopped", name="Newer")
    table = runs_table.table(store.list()).set_index("Name")
    assert list(table.index) == ["Newer", "Older"]
    assert table.loc["Older", "State"] == "done"
    assert table.loc["Older", "FZ0 score at 2.5 %"] == pytest.approx(1.2)
    assert table.loc["Older", "Verdict"] == "ahead of both rivals"
    assert table.loc["Older", "Seed"] == 4
    assert open_page("model/runs").dataframe[0].value.shape[0] == 2


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        ({"fz0_2.5": 1.2, "crps": 0.7}, "ahead of both rivals"),
        ({"fz0_2.5": 1.2, "crps": 0.9}, "ahead by FZ0, behind by CRPS"),
        ({"fz0_2.5": 1.35, "crps": 0.9}, "between the rivals by FZ0, behind by CRPS"),
        ({"fz0_2.5": 1.35, "crps": 0.79}, "ahead of block bootstrap, behind FHS on GJR-GARCH"),
        ({"fz0_2.5": 1.5, "crps": 0.9}, "behind both rivals"),
        ({"fz0_2.5": 1.2}, "ahead by FZ0"),
        ({}, ""),
    ],
)
def test_the_verdict_tells_both_scores_as_the_train_page_does(store, scores, words):
    run = dataclasses.replace(make_run(store), scores=scores)
    assert runs_table.table([run]).loc[0, "Verdict"] == words
    assert f"**On the validation days it is {words}" in training_words.told(run) or not words


def test_the_newest_run_is_selected_and_its_changed_settings_stand_first(store):
    make_run(store, name="Only", latent_size=5)
    app = open_page("model/runs")
    assert app.subheader[0].value == "Only"
    first = runs_table.settings_table(store.list()[0]).iloc[0]
    assert (first["Key"], first["This run"], first["Preset"]) == ("latent_size", "5", "8")


def test_settings_of_a_run_are_told_in_the_words_of_its_knobs(store):
    told = runs_table.settings_table(make_run(store, model="gan")).set_index("Key")
    assert told.loc[["model", "gan_loss", "refit"], "This run"].tolist() == ["GAN", "Wasserstein", "yes"]


def test_delete_can_be_undone(store):
    run = make_run(store, name="Precious")
    app = open_page("model/runs")
    buttons(app)["runs_delete"].click().run()
    assert store.get(run.id).deleted
    assert "“Precious” is deleted." in texts(app)
    assert "No training yet" in texts(app)
    buttons(app)["runs_undo"].click().run()
    assert not store.get(run.id).deleted
    assert "is deleted" not in texts(app)


def test_rename(store):
    run = make_run(store)
    app = open_page("model/runs")
    app.text_input(key=f"runs_name_{run.id}").set_value("Better name")
    buttons(app)["runs_rename_save"].click().run()
    assert store.get(run.id).name == "Better name"
    assert app.subheader[0].value == "Better name"


def test_an_empty_name_is_refused_with_a_sentence(store):
    run = make_run(store)
    app = open_page("model/runs")
    app.text_input(key=f"runs_name_{run.id}").set_value("   ")
    buttons(app)["runs_rename_save"].click().run()
    assert "use 1 to" in app.error[0].value
    assert store.get(run.id).name == "First"


def test_open_leads_to_the_run(store):
    run = make_run(store)
    app = open_page("model/runs")
    buttons(app)["runs_open"].click().run()
    assert not app.exception
    assert app.title[0].value == "Train"
    assert app.subheader[0].value == run.name


def test_scenarios_of_a_run_are_those_of_its_market(store, monkeypatch):
    """Another market is chosen here; the Scenarios page would draw from the pretrained model there."""
    asked = []

    def draw(self, request):
        asked.append(request)
        raise FinGenError("not here")

    monkeypatch.setattr(Sampler, "sample", draw)
    run = make_run(store)
    app = open_page("model/runs")
    buttons(app)["runs_scenarios"].click().run()
    assert app.title[0].value == "Scenarios"
    assert {request.source for request in asked} == {f"run:{run.id}"}
    assert app.multiselect(key="by").value == [f"run:{run.id}"]


def test_copy_settings_leads_to_the_form_with_them(store):
    make_run(store, latent_size=5)
    app = open_page("model/runs")
    buttons(app)["runs_copy"].click().run()
    assert setting(app, "latent_size").value == 5


def test_downloads_hold_what_they_say(store):
    run = make_run(store)
    app = open_page("model/runs")
    labels = [button.label for button in app.get("download_button")]
    assert len([label for label in labels if label.startswith(("Model", "Curves"))]) == 3
    names = zipfile.ZipFile(io.BytesIO(store.export(run.id))).namelist()
    assert {f"{run.id}/config.json", f"{run.id}/curves.csv", f"{run.id}/card.md"} <= set(names)
    assert list(pd.DataFrame(store.curves(run.id)).columns) == ["step", "phase", "name", "value"]


def test_a_failed_run_says_why_and_resumes(store):
    run = make_run(store, "failed", name="count", error="The disk is full: free some space.", vae_steps=20)
    app = open_page("model/runs")
    assert "The disk is full" in texts(app)
    try:
        buttons(app)["runs_resume"].click().run()
        until(lambda: store.get(run.id).status == "done", "the end of the training")
    finally:
        end_all(counting_jobs(store))


def test_a_dead_worker_is_shown_as_lost_not_as_running(store):
    make_run(store, "running")
    app = open_page("model/runs")
    assert app.dataframe[0].value["State"].tolist() == ["lost"]
    assert "process was gone" in texts(app)


def test_the_page_of_a_running_training_can_stop_it(store):
    from fingen_core.training.settings.config import preset
    from tests.jobs_support import small_market

    run = store.create(small_market(), preset("quick", vae_steps=50), name="hold")
    jobs = counting_jobs(store)
    jobs.submit(run.id)
    try:
        until(lambda: store.get(run.id).status == "running", "the start")
        app = open_page("model/runs")
        assert app.dataframe[0].value["State"][0].startswith("running")
        buttons(app)["runs_stop"].click().run()
        until(lambda: store.get(run.id).status == "stopped", "the stop")
    finally:
        end_all(jobs)


def test_the_selected_run_tells_what_was_seen_in_its_training(store):
    run = make_run(store)
    path = run.folder / "progress.json"
    found = {"kind": "mode collapse", "sentence": "Too much of the same.", "remedy": "Slower.", "phase": "GAN"}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"findings": [found | {"step": 60}]}))
    app = open_page("model/runs")
    assert "**Mode collapse** (GAN, from step 60). Too much of the same." in app.warning[0].value


# --- beside each other ----------------------------------------------------------------------------------------------


def test_runs_of_the_address_are_ticked_and_compared(store):
    first, second = make_run(store, name="Older", seed=4), make_run(store, name="Newer", latent_size=5)
    app = open_page("model/runs", runs=f"{first.id},{second.id},0123456789ab")
    assert "of the runs of this link: `0123456789ab`" in app.toast[0].value
    assert "2 runs beside each other" in texts(app)
    differing = app.dataframe[1].value
    assert differing["Setting"].tolist() == ["Seed", "Latent size"]
    assert differing["Older"].tolist() == ["4", "8"]
    assert app.dataframe[2].value["Run"].tolist() == ["Older", "Newer"]
    assert "runs_open" not in buttons(app)
    app.selectbox(key="compare_curve_2").set_value("vae/kl").run()
    assert not app.exception
    spec = json.loads(app.get("plotly_chart")[0].proto.spec)
    assert [trace["name"] for trace in spec["data"]] == ["Older", "Newer"]


def test_fans_come_one_by_one_on_the_same_axes_or_say_why_not(store, monkeypatch):
    class Drawing:
        def info(self):
            return {"state": "off", "pid": 0, "memory_bytes": 0}

        def sample(self, request):
            if request.run_id == second.id:
                raise FinGenError("no history before that day")
            spread = np.random.default_rng(request.seed).normal(0, 0.01, (request.n_paths, request.n_steps, 2))
            return Scenarios(
                log_returns=spread.astype(np.float32),
                tickers=("A0", "A1"),
                start=pd.Timestamp("2016-02-24"),
                step=DAILY,
                label="VAE",
                run_id=request.run_id,
                seed=request.seed,
                condition={},
                market_digest="x",
            )

    monkeypatch.setattr("fingen_core.ui.session.state.sampler", Drawing)
    first, second, third = (make_run(store, name=name) for name in ("One", "Two", "Three"))
    app = open_page("model/runs", runs=",".join(run.id for run in (first, second, third)))
    until(lambda: "no history before that day" in texts(app.run()), "the fans")
    fans = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")][-2:]
    assert fans[0]["layout"]["yaxis"]["range"] == fans[1]["layout"]["yaxis"]["range"]
    assert f"compare_again_{second.id}" in buttons(app)
    colors = [
        {trace["line"]["color"] for trace in fan["data"] if trace.get("name", "").startswith("50")} for fan in fans
    ]
    assert colors[0].isdisjoint(colors[1])


def test_one_ticked_run_says_how_to_compare(store):
    run = make_run(store, name="Only")
    app = open_page("model/runs", runs=run.id)
    assert "Tick more rows to compare" in texts(app)
    assert "runs_open" in buttons(app)
