"""Sweeps: what may be tuned, trials that are ordinary runs, the same proposals after any accident."""

import json
import os
import signal
import sys

import optuna
import pytest

from fingen_core.errors import InvalidInput, NotFound
from fingen_core.jobs.queue.queue import Jobs
from fingen_core.jobs.queue.search_space import distribution
from fingen_core.jobs.queue.sweeps import Sweeps
from fingen_core.runs import RunStore, sweeps
from fingen_core.runs.sweeps import Knob, Trial, knob, objective, tunable
from fingen_core.training.settings.config import CHOICE_CONTROLS, TrainingConfig, controls, preset
from fingen_core.training.settings.picture_config import picture_preset
from tests.jobs_support import end_all, small_market, until
from tests.workers.scorer import DIVERGES_ABOVE, score

SWEEPER = (sys.executable, "-m", "tests.workers.sweeper")
CONFIG = preset("quick", vae_steps=40, validate_every=10, latent_size=5)
KNOBS = (Knob(name="learning_rate", low=1e-5, high=1e-1), Knob(name="kl_weight", low=0.0, high=3.0))


@pytest.fixture
def office(home):
    """Sweeps of one home, whatever is left of them ended with the test."""
    jobs = Jobs(RunStore(home))
    yield Sweeps(jobs, command=SWEEPER)
    for sweep in sweeps.listing(home):
        folder = sweeps.folder_of(home, sweep.id)
        folder.flag("stop")
        if folder.is_live() and (pid := folder.state().pid):
            os.kill(pid, signal.SIGKILL)
            until(lambda folder=folder: not folder.is_live(), "the end of the sweep")
    end_all(jobs)


def told(sweep):
    """What must not depend on accidents."""
    return [(trial.number, trial.state, trial.params, trial.value) for trial in sweep.trials]


# --- what may be tuned ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in controls() if name not in {"seed", "validation_share"}])
def test_every_control_is_a_knob_over_its_limits_and_every_proposal_is_allowed(name):
    control = controls()[name]
    whole = knob(name, TrainingConfig(model="gan"))
    assert (whole.low, whole.high) == (control.low, control.high)
    space = distribution(whole, control)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for _ in range(20):
        value = study.ask({name: space}).params[name]
        assert control.low <= value <= control.high
        counts = all(float(limit).is_integer() for limit in (control.low, control.high, control.step))
        assert isinstance(value, int) == counts


def test_words_are_knobs_too_and_what_cannot_be_tuned_says_what_can():
    for name in CHOICE_CONTROLS:
        assert len(knob(name, TrainingConfig()).choices) >= 2
    with pytest.raises(InvalidInput, match=r"'seed' cannot be tuned: choose among .*learning_rate"):
        knob("seed", TrainingConfig())
    assert knob("beta", TrainingConfig()) == knob("kl_weight", TrainingConfig())
    assert knob("loss", picture_preset("quick")).choices == ("gaussian", "student-t", "mse", "pixels")
    windows = picture_preset("quick", "gan", representation="windows", network="dense")
    assert knob("network", windows).choices == ("conv1d", "dense")
    with pytest.raises(InvalidInput, match="'validation_share' cannot be tuned"):  # its trials would see other days
        knob("validation_share", TrainingConfig())


@pytest.mark.parametrize("model", ["vae", "gan"])
def test_what_can_be_tuned_matters_to_the_model(model):
    for config in (preset("quick", model), picture_preset("quick", model)):
        names = tunable(config)
        assert len(set(names)) == len(names) > 20
        assert ("critic_updates" in names) == (model == "gan")
        for name in names:
            knob(name, config)
    assert ("schedule" in tunable(picture_preset("quick", model))) == (model == "vae")


@pytest.mark.parametrize(
    ("knobs", "more", "words"),
    [
        ([], {}, "tick at least one"),
        ([Knob(name="learning_rate", low=1e-3, high=1e-4)], {}, "whose end is above its beginning"),
        ([Knob(name="learning_rate", low=1e-9, high=1e-4)], {}, "choose a range within 0.000001 to 1"),
        ([Knob(name="optimizer", choices=("adam",))], {}, "choose at least two of adamw, adam"),
        ([Knob(name="optimizer", choices=("adam", "magic"))], {}, "choose at least two of adamw, adam"),
        ([KNOBS[0], KNOBS[0]], {}, "tuned twice"),
        (KNOBS, {"n_trials": 1}, "choose 2 to 500"),
        (KNOBS, {"minutes": -1.0}, "use a number above 0"),
        (KNOBS, {"seed": -1}, "whole number from 0"),
    ],
)
def test_what_cannot_be_is_refused_with_the_remedy_before_anything_is_written(home, knobs, more, words):
    with pytest.raises(InvalidInput, match=words):
        sweeps.create(home, small_market(), CONFIG, knobs, **{"n_trials": 4, **more})
    assert not (home / "sweeps").exists()


def test_the_objective_is_the_score_of_the_best_checkpoint():
    assert objective(CONFIG, {"fz0_1": 1.0, "fz0_5": 2.0, "crps": 9.0}) == 1.5
    assert objective(CONFIG, {"crps": 9.0}) is None
    assert objective(CONFIG, {"fz0_1": float("nan")}) is None
    assert objective(picture_preset("quick"), {"long_run": 2.0}) == 2.0


def test_what_was_asked_for_comes_back_and_a_sweep_that_is_not_there_says_so(home):
    words = Knob(name="optimizer", choices=("adam", "sgd"))
    folder = sweeps.create(home, small_market(), CONFIG, [*KNOBS, words], n_trials=4, seed=3, minutes=1.5, prune=False)
    found = sweeps.read(folder)
    assert found.config == CONFIG
    assert found.knobs == (*KNOBS, words)
    assert (found.n_trials, found.seed, found.minutes, found.prune) == (4, 3, 1.5, False)
    assert found.status == "queued"
    assert found.best is None
    with pytest.raises(NotFound, match="there is no sweep"):
        sweeps.folder_of(home, "../../etc")


def test_the_best_is_among_those_that_ran_to_their_end(home):
    folder = sweeps.create(home, small_market(), CONFIG, KNOBS, n_trials=4)
    trials = [
        Trial(number=0, state="done", params={"learning_rate": 1e-3}, value=1.2),
        Trial(number=1, state="pruned", params={"learning_rate": 1e-4}, value=0.5),
        Trial(number=2, state="done", params={"learning_rate": 1e-2}, value=1.1),
    ]
    folder.write("trials.json", {"trials": [vars(trial) for trial in trials]})
    found = sweeps.read(folder)
    assert found.best == trials[2]
    assert found.settings(trials[2]) == CONFIG.replace(learning_rate=1e-2)


# --- at work --------------------------------------------------------------------------------------------------------


def test_a_sweep_trains_ordinary_runs_prunes_and_says_what_matters(office, home):
    sweep_id = office.start(small_market(), CONFIG, KNOBS, n_trials=8, seed=1)
    sweep = office.wait(sweep_id)
    assert (sweep.status, sweep.error) == ("done", "")
    assert len(sweep.trials) == 8
    store = RunStore(home)
    assert sweep.trials[0].params == {"learning_rate": CONFIG.learning_rate, "kl_weight": CONFIG.kl_weight}
    for trial in sweep.trials:
        run = store.get(trial.run_id)
        assert run.sweep == sweep_id
        assert run.config == CONFIG.replace(refit=False, **trial.params)
        assert run.status == "done" or trial.state == "pruned"
        assert trial.state == "pruned" or trial.value == pytest.approx(score(run.config))
    states = [trial.state for trial in sweep.trials]
    assert states[:5] == ["done"] * 5  # nobody to lag behind yet
    assert "stopped" in {store.get(trial.run_id).status for trial in sweep.trials if trial.state == "pruned"}
    assert sweep.best.value == min(trial.value for trial in sweep.trials if trial.state == "done")
    assert set(sweep.importance) == {"learning_rate", "kl_weight"}
    assert sum(sweep.importance.values()) == pytest.approx(1)
    assert list(sweep.importance.values()) == sorted(sweep.importance.values(), reverse=True)
    assert not list(store.path.glob("*/validations/*"))


def test_a_sweep_that_was_stopped_and_one_that_was_killed_propose_what_one_in_a_piece_does(office, home, tmp_path):
    other = Sweeps(Jobs(RunStore(tmp_path)), command=SWEEPER)
    whole = other.start(small_market(), CONFIG, KNOBS, n_trials=5, seed=2)
    broken = office.start(small_market(), CONFIG, KNOBS, n_trials=5, seed=2)
    folder = sweeps.folder_of(home, broken)
    until(lambda: len(office.get(broken).trials) > 1, "the second trial")
    (home / "hold").touch()
    office.stop(broken)
    assert office.wait(broken).status == "stopped"
    under_way = office.get(broken).trials[-1]
    assert RunStore(home).get(under_way.run_id).status == "stopped"
    (home / "hold").unlink()
    office.resume(broken)
    until(lambda: len(office.get(broken).trials) > 3, "the fourth trial")
    os.kill(folder.state().pid, signal.SIGKILL)
    until(lambda: office.get(broken).status == "lost", "the loss")
    assert "process was gone" in office.get(broken).error
    office.resume(broken)
    finished = office.wait(broken)
    assert finished.status == "done"
    assert told(finished) == told(other.wait(whole))
    assert len({trial.run_id for trial in finished.trials}) == 5
    with pytest.raises(InvalidInput, match="start a new one"):
        office.resume(broken)


def test_a_failed_training_is_a_failed_trial_and_only_failures_end_the_sweep(office):
    knobs = [Knob(name="latent_size", low=DIVERGES_ABOVE + 1, high=64)]
    sweep = office.wait(office.start(small_market(), CONFIG, knobs, n_trials=5))
    assert sweep.status == "failed"
    assert "the first 3 trials failed" in sweep.error
    assert "lower the learning rate" in sweep.error
    assert [trial.state for trial in sweep.trials] == ["failed"] * 3


def test_settings_that_contradict_each_other_are_no_run_but_a_failed_trial_with_the_sentence(office, home):
    config = CONFIG.replace(free_bits=0.5, kl_weight=1.0)
    knobs = [Knob(name="schedule", choices=("one-cycle", "cosine")), Knob(name="rate_warmup", low=0.0, high=0.5)]
    sweep = office.wait(office.start(small_market(), config, knobs, n_trials=5, prune=False))
    assert sweep.status == "done"
    refused = [trial for trial in sweep.trials if trial.state == "failed"]
    assert refused
    for trial in refused:
        assert "which warms up by itself" in trial.error
        assert trial.run_id == ""
    assert len(RunStore(home).list()) == 5 - len(refused)


def test_no_trial_begins_after_the_budget_and_a_deleted_sweep_can_come_back(office, home):
    sweep_id = office.start(small_market(), CONFIG, KNOBS, n_trials=400, minutes=0.01)
    sweep = office.wait(sweep_id)
    assert sweep.status == "done"
    assert 1 <= len(sweep.trials) < 20
    office.delete(sweep_id)
    assert office.listing() == []
    office.restore(sweep_id)
    assert [found.id for found in office.listing()] == [sweep_id]
    assert json.loads((sweep.folder / "progress.json").read_text())["spent"] >= 0.6
