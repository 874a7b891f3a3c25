"""The Train page: settings that cannot disagree with the rules, a start that happens once, every state told truly."""

import json

import numpy as np
import pandas as pd
import pytest

from fingen_core.charts.training import curves as charts
from fingen_core.errors import InvalidInput
from fingen_core.market import Market, Source, library
from fingen_core.training.settings.config import CHOICE_CONTROLS, CHOICES, PRESETS, TrainingConfig, controls, preset
from fingen_core.ui.runs import devices
from fingen_core.ui.session import state
from fingen_core.ui.setup import form
from tests.app.training_support import CPU, buttons, counting_jobs, make_run, open_page, setting, texts
from tests.jobs_support import end_all, small_market, until

pytestmark = pytest.mark.usefixtures("no_torch")


# --- the form -------------------------------------------------------------------------------------------------------


def test_form_shows_every_setting_of_the_model_with_its_explanation():
    app = open_page("model/train")
    for name, control in controls().items():
        if "vae" in control.models and not control.when:
            assert (setting(app, name).label, setting(app, name).help) == (control.label, control.help)
        else:
            assert setting(app, name) is None
    for name, choice in CHOICE_CONTROLS.items():
        if "vae" in choice.models:
            assert setting(app, name).label == choice.label
            for text in CHOICES[name].values():
                assert text.partition(":")[2].strip()[1:] in setting(app, name).help
        else:
            assert setting(app, name) is None


def test_important_settings_stand_first_and_the_rest_is_sorted_into_tabs():
    app = open_page("model/train")
    assert [tab.label for tab in app.tabs] == list(form.TABS)
    groups = {group for tab in form.TABS.values() for group in tab}
    assert {control.group for control in (*controls().values(), *CHOICE_CONTROLS.values())} == groups


def test_a_choice_says_what_it_is_good_for_where_it_is_made():
    app = open_page("model/train")
    app.radio(key="train_model").set_value("gan").run()
    assert "needs the gradient penalty." in texts(app)
    setting(app, "gan_loss").set_value("hinge").run()
    assert "The critic stops where it is sure enough" in texts(app)


def test_a_setting_that_waits_for_a_choice_comes_with_it():
    app = open_page("model/train")
    assert setting(app, "plateau_patience") is None
    setting(app, "schedule").set_value("plateau").run()
    assert setting(app, "plateau_patience").value == TrainingConfig().plateau_patience
    setting(app, "rate_warmup").set_value(0.1).run()
    setting(app, "schedule").set_value("one-cycle").run()  # which has a warm-up of its own
    assert setting(app, "rate_warmup") is None
    assert app.expander[0].label.endswith("as in Balanced")
    assert "train_start" in buttons(app)


def test_settings_that_contradict_each_other_are_refused_with_the_remedy():
    app = open_page("model/train")
    app.radio(key="train_model").set_value("gan").run()
    setting(app, "gradient_penalty").set_value(0.0).run()
    assert "set gradient_penalty to 10" in app.error[0].value
    assert "train_start" not in buttons(app)
    setting(app, "gan_loss").set_value("hinge").run()
    assert not app.error
    assert "train_start" in buttons(app)


class Measured:
    """A sampler that was asked to balance."""

    def __init__(self):
        self.asked = []

    def info(self):
        return {"state": "off", "pid": 0, "memory_bytes": 0}

    def balance(self, digest, config):
        self.asked.append((digest, config))
        if config.tail_weight:
            raise InvalidInput("the tail weighs too much: try again")
        pulls = (("reconstruction", 2.0, 1.0, 1.0), ("moments", 0.05, config.moments_weight, 41.0))
        return [dict(zip(("term", "norm", "weight", "proposed"), pull, strict=True)) for pull in pulls]


def test_balancing_sets_the_weights_that_were_measured(monkeypatch):
    sampler = Measured()
    monkeypatch.setattr(state, "sampler", lambda: sampler)
    app = open_page("model/train")
    assert buttons(app)["train_balance"].disabled
    setting(app, "latent_size").set_value(5).run()
    setting(app, "moments_weight").set_value(1.0).run()
    buttons(app)["train_balance"].click().run()
    assert setting(app, "moments_weight").value == 41
    assert setting(app, "latent_size").value == 5
    assert "Balanced: moments 41." in texts(app)
    ((digest, config),) = sampler.asked
    assert (digest, config.moments_weight, config.latent_size) == ("sample", 1.0, 5)
    setting(app, "tail_weight").set_value(1.0).run()
    buttons(app)["train_balance"].click().run()
    assert "the tail weighs too much" in app.error[0].value
    assert setting(app, "moments_weight").value == 41


def test_choosing_the_gan_shows_the_settings_of_the_critic():
    app = open_page("model/train")
    app.radio(key="train_model").set_value("gan").run()
    assert setting(app, "critic_updates").value == 2
    assert setting(app, "gradient_penalty").value == 10


@pytest.mark.parametrize("name", list(PRESETS))
def test_a_preset_brings_its_own_values_and_keeps_the_seed(name):
    app = open_page("model/train")
    setting(app, "seed").set_value(7).run()
    app.radio(key="train_preset").set_value(name).run()
    assert setting(app, "vae_steps").value == preset(name).vae_steps
    assert setting(app, "seed").value == 7


def test_a_changed_setting_is_counted_and_can_be_taken_back():
    app = open_page("model/train")
    assert app.expander[0].label.endswith("as in Balanced")
    setting(app, "latent_size").set_value(12).run()
    assert app.expander[0].label.endswith("1 changed")
    buttons(app)["train_reset"].click().run()
    assert setting(app, "latent_size").value == TrainingConfig().latent_size


def test_more_steps_make_the_estimate_longer():
    app = open_page("model/train")
    before = app.metric[0].value
    setting(app, "vae_steps").set_value(20_000).run()
    assert before.endswith(" s")
    assert "min" in app.metric[0].value


@pytest.mark.parametrize("name", list(controls()))
def test_stops_stay_inside_the_limits_and_hold_what_every_preset_needs(name):
    control = controls()[name]
    needed = {getattr(preset(p, model), name) for p in PRESETS for model in ("vae", "gan")}
    found = form.stops(control, needed)
    if found:
        assert found == sorted(set(found))
        assert found[0] == control.low
        assert found[-1] == control.high
        assert needed <= set(found)
        assert len(found) <= 501
    for value in found:
        assert TrainingConfig(schedule="constant", **{name: value})


def test_settings_come_back_exactly_from_a_link(store):
    run = make_run(store, latent_size=5, learning_rate=3.3e-4, seed=11)
    app = open_page("model/train", **{"from": run.id})
    assert setting(app, "latent_size").value == 5
    assert setting(app, "learning_rate").value == pytest.approx(3.3e-4)
    assert setting(app, "seed").value == 11
    assert "from" not in app.query_params


# --- the start ------------------------------------------------------------------------------------------------------


def test_train_makes_a_run_of_these_settings_and_shows_it(store):
    app = open_page("model/train")
    app.radio(key="train_preset").set_value("quick").run()
    setting(app, "vae_steps").set_value(20).run()
    app.text_input(key="train_name").set_value("Mine").run()
    buttons(app)["train_start"].click().run()
    assert not app.exception
    (run,) = store.list()
    try:
        assert run.id in app.query_params["run"]
        assert (run.name, run.config) == ("Mine", preset("quick", vae_steps=20))
        until(lambda: store.get(run.id).status == "done", "the end of the training")
    finally:
        end_all(counting_jobs(store))


def test_a_device_that_became_known_meanwhile_does_not_change_what_was_chosen(monkeypatch):
    monkeypatch.setattr(devices, "known", list)
    app = open_page("model/train")
    before = app.selectbox(key="train_device")
    monkeypatch.setattr(devices, "known", lambda: [CPU])
    app.run()
    after = app.selectbox(key="train_device")
    assert (before.options, before.value) == (["Automatic"], "auto")
    assert after.options == ["Automatic", "CPU, 2 threads, 8.0 GB"]
    assert after.value == "auto"


def test_the_same_wish_twice_opens_the_training_that_is_under_way(store):
    first = make_run(store, "queued", name="hold")
    library.save(store.market(first.id))
    app = open_page("model/train")
    app.session_state["market_digest"] = first.market_digest
    app.run()
    app.radio(key="train_preset").set_value("quick").run()
    buttons(app)["train_start"].click().run()
    try:
        assert [run.id for run in store.list()] == [first.id]
        assert first.id in app.query_params["run"]
    finally:
        end_all(counting_jobs(store))


def test_prices_that_would_teach_something_false_are_refused_with_the_way_out():
    flat = pd.DataFrame(
        {"A": 100 * np.exp(np.random.default_rng(0).normal(0, 0.01, 600).cumsum()), "B": np.full(600, 50.0)},
        pd.bdate_range("2018-01-01", periods=600),
    )
    digest = library.save(Market(flat, Source(kind="upload"), "Half flat"))
    app = open_page("model/train")
    app.session_state["market_digest"] = digest
    app.run()
    assert "false" in app.warning[0].value
    assert "B" in texts(app)
    assert "train_mend" in buttons(app)
    assert "train_start" not in buttons(app)


def test_one_asset_has_no_correlation_to_weigh_and_the_page_says_why():
    closes = 100 * np.exp(np.random.default_rng(0).normal(0, 0.01, 600).cumsum())
    alone = pd.DataFrame({"A": closes}, pd.bdate_range("2018-01-01", periods=600))
    app = open_page("model/train")
    assert setting(app, "correlation_weight") is not None
    assert "One asset has no correlation with others" not in texts(app)
    app.session_state["market_digest"] = library.save(Market(alone, Source(kind="upload"), "Alone"))
    app.run()
    assert setting(app, "correlation_weight") is None
    assert setting(app, "moments_weight") is not None
    assert "One asset has no correlation with others" in texts(app)


# --- the states -----------------------------------------------------------------------------------------------------


def test_an_unknown_run_is_told_and_the_form_is_there():
    app = open_page("model/train", run="nosuchrun123")
    assert "there is no run" in app.error[0].value
    assert "train_start" in buttons(app)


def test_a_done_run_says_where_it_stands_and_leads_to_its_scenarios(store):
    app = open_page("model/train", run=make_run(store).id)
    assert "ahead of both rivals**, by FZ0 at 2.5 % and CRPS" in texts(app)
    assert buttons(app)["train_scenarios"].label == "See its scenarios"
    table = app.dataframe[0].value
    assert table.loc["FZ0 score at 2.5 %", "This model"] == pytest.approx(1.2)
    assert table.loc["CRPS", "Block bootstrap"] == pytest.approx(0.8)


def test_what_other_settings_changed_is_seen_beside_the_run_before(store):
    first = make_run(store, name="First")
    assert "train_compare" not in buttons(open_page("model/train", run=first.id))
    make_run(store, name="Another", model="gan")
    second = make_run(store, name="Second", kl_weight=3.0)
    app = open_page("model/train", run=second.id)
    buttons(app)["train_compare"].click().run()
    assert app.title[0].value == "Runs"
    assert app.query_params["runs"] == f"{first.id},{second.id}"
    assert app.dataframe[1].value["Setting"].tolist() == ["KL divergence"]


def test_a_model_that_loses_says_so(store):
    run = make_run(store)
    path = run.folder / "progress.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"scores": {"fz0_2.5": 1.35, "crps": 0.9}}))
    words = texts(open_page("model/train", run=run.id))
    assert "ahead of block bootstrap, behind FHS on GJR-GARCH" in words
    assert "by CRPS it is behind both rivals" in words
    assert "served better" in words


def test_a_stopped_run_offers_to_resume_and_does(store):
    run = make_run(store, "stopped", name="count", vae_steps=20)
    app = open_page("model/train", run=run.id)
    assert "Resume goes on exactly where it was" in texts(app)
    try:
        buttons(app)["train_resume"].click().run()
        until(lambda: store.get(run.id).status == "done", "the end of the training")
    finally:
        end_all(counting_jobs(store))


def test_the_form_leads_back_to_the_newest_stopped_run_of_this_market(store):
    make_run(store, "stopped", name="Older")
    run = make_run(store, "stopped", name="count", vae_steps=20)
    assert "train_go_on" not in buttons(open_page("model/train"))  # another market is chosen
    library.save(store.market(run.id))
    app = open_page("model/train", market=run.market_digest)
    assert "2 stopped trainings, the newest: “count”" in texts(app)
    try:
        buttons(app)["train_go_on"].click().run()
        assert run.id in app.query_params["run"]
        until(lambda: store.get(run.id).status == "done", "the end of the training")
    finally:
        end_all(counting_jobs(store))


def test_the_header_names_the_newest_finished_run_of_this_market(store):
    run = make_run(store, name="Finished")
    make_run(store, "stopped", name="Stopped")
    library.save(store.market(run.id))
    app = open_page("model/runs", market=run.market_digest)
    assert "Default: Finished" in [link.proto.label for link in app.get("page_link")]


def test_a_run_without_a_live_worker_is_shown_as_lost(store):
    run = make_run(store, "running")  # says running, but no process holds its lock
    app = open_page("model/train", run=run.id)
    assert "process was gone" in app.warning[0].value
    assert "train_resume" in buttons(app)
    assert "train_stop" not in buttons(app)


def test_divergence_offers_lower_learning_rates(store):
    run = make_run(store, "failed", error="vae/kl is inf at step 3: lower the learning rate or the gradient clip")
    app = open_page("model/train", run=run.id)
    assert "inf at step 3" in app.error[0].value
    buttons(app)["train_lower"].click().run()
    assert setting(app, "learning_rate").value == pytest.approx(run.config.learning_rate / 4)
    assert "run" not in app.query_params


def test_another_failure_offers_to_resume_only(store):
    run = make_run(store, "failed", error="The disk is full: free some space, then resume from the last checkpoint.")
    app = open_page("model/train", run=run.id)
    assert "disk is full" in app.error[0].value
    assert "train_resume" in buttons(app)
    assert "train_lower" not in buttons(app)


def test_a_live_run_shows_progress_and_stops_on_a_click(store):
    run = store.create(small_market(), preset("quick", vae_steps=50), name="hold")
    jobs = counting_jobs(store)
    jobs.submit(run.id)
    try:
        until(lambda: store.get(run.id).progress.get("step"), "the first step")
        app = open_page("model/train", run=run.id)
        labels = {metric.label: metric.value for metric in app.metric}
        assert int(labels["Step"]) >= 1
        buttons(app)["train_stop"].click().run()
        until(lambda: store.get(run.id).status == "stopped", "the stop")
    finally:
        end_all(jobs)


FINDINGS = [
    {
        "kind": "mode collapse",
        "sentence": "Generated days vary 20% as much as real ones.",
        "remedy": "Lower the generator's learning rate.",
        "phase": phase,
        "step": 60,
    }
    for phase in ("GAN", "GAN, refit on all days")
] + [{"kind": "note", "sentence": "Stopped early at step 80.", "remedy": "", "phase": "GAN", "step": 80}]


def test_what_the_detectors_saw_is_told_once_with_the_knob_to_turn(store):
    run = make_run(store)
    path = run.folder / "progress.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"findings": FINDINGS}))
    app = open_page("model/train", run=run.id)
    (warning,) = app.warning
    assert "**Mode collapse** (GAN and GAN, refit on all days, from step 60)" in warning.value
    assert "vary 20" in warning.value
    assert "Lower the generator's learning rate." in warning.value
    assert "Stopped early at step 80." in texts(app)


def test_a_training_without_findings_says_nothing(store):
    assert not open_page("model/train", run=make_run(store).id).warning


# --- the charts -----------------------------------------------------------------------------------------------------


def test_rivals_are_amber_level_lines_and_the_model_is_not():
    curve = pd.DataFrame({"step": [100, 200], "phase": "VAE", "value": [1.3, 1.2]})
    figure = charts.scores(curve, {"fhs-gjr": 1.27, "block-bootstrap": 1.43}, "fz0_2.5")
    rivals, model = figure.data[:2], figure.data[2]
    assert {trace.line.color for trace in rivals} == {charts.theme.colors().rival}
    assert [set(trace.y) for trace in rivals] == [{1.27}, {1.43}]
    assert model.line.color == charts.theme.colors().generated
    assert figure.layout.title.text.startswith("Best so far: ahead of every rival")


@pytest.mark.parametrize(
    ("best", "title"),
    [(1.5, "Best so far: behind every rival"), (1.3, "Best so far: behind FHS on GJR-GARCH")],
)
def test_the_title_of_the_scores_is_honest(best, title):
    curve = pd.DataFrame({"step": [100], "phase": "VAE", "value": [best]})
    figure = charts.scores(curve, {"fhs-gjr": 1.27, "block-bootstrap": 1.43}, "fz0_2.5")
    assert figure.layout.title.text.startswith(title)


def test_an_empty_chart_of_scores_has_no_numbers_on_its_axes():
    figure = charts.scores(pd.DataFrame(columns=["step", "phase", "value"]), {}, "fz0_2.5")
    assert (figure.layout.xaxis.showticklabels, figure.layout.yaxis.showticklabels) == (False, False)


def test_a_wild_path_does_not_stretch_the_axes_of_the_real_one():
    figure = charts.beside_real([0.5, -0.5], [0.01, -0.02])
    low, high = figure.layout.yaxis.range
    assert (low, high) == (figure.layout.yaxis2.range[0], figure.layout.yaxis2.range[1])
    assert high < 5


def test_each_phase_of_a_loss_is_a_line_of_its_own():
    curve = pd.DataFrame(
        {"step": [1, 2, 3, 4], "phase": ["VAE"] * 2 + ["VAE, refit"] * 2, "value": [4.0, 3.0, 4.0, 2.0]}
    )
    figure = charts.loss(curve, "KL divergence")
    assert [list(trace.x) for trace in figure.data] == [[0, 1], [0, 1]]
    assert figure.data[0].line.color != figure.data[1].line.color


@pytest.mark.parametrize(
    "page", ["model/train", "model/sweeps", "stress/what_if", "stress/reverse", "stress/scenarios"]
)
def test_a_market_that_is_too_short_for_a_model_says_so_and_what_would_do(page):
    rng = np.random.default_rng(0)
    months = pd.date_range("1990-01-31", periods=360, freq="ME")
    prices = pd.DataFrame(100 * np.exp(rng.normal(0, 0.04, (360, 2)).cumsum(0)), months, ["A", "B"])
    digest = library.save(Market(prices, Source(kind="upload"), "Months"))
    app = open_page(page, market=digest)
    if page == "model/sweeps":
        app.checkbox[0].check().run()
    told = texts(app)
    assert "Months has 359 monthly returns, but a model needs 500" in told
    assert "load daily prices of the same assets, or 42 years of these" in told
    assert "train_start" not in buttons(app)
