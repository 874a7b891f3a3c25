"""Validations as processes: in line with trainings, stopped, killed, gone on with; and the lights they give a run."""

import json
import os
import signal

import pytest

from fingen_core.errors import InvalidInput, NotFound
from fingen_core.jobs.queue import queue as module
from fingen_core.jobs.queue.queue import Jobs
from fingen_core.jobs.queue.validation import Stages
from fingen_core.runs import RunStore
from fingen_core.runs.folder import RunFolder
from fingen_core.runs.validations import BENCHMARK_SPLIT, ValidationFolder, create, split_day, write_lights
from fingen_core.training.progress import Progress
from fingen_core.validation.protocol import full, quick
from tests.jobs_support import (
    PATIENCE,
    TRAINER,
    VALIDATOR,
    counting,
    end_all,
    small_market,
    until,
)
from tests.workers.validator import LIGHTS, STEPS


@pytest.fixture
def store(home) -> RunStore:
    return RunStore()


@pytest.fixture
def jobs(store):
    jobs = Jobs(store, command=TRAINER, validator=VALIDATOR)
    yield jobs
    end_all(jobs)


def trained(store, jobs, behavior="count"):
    """A run that is done."""
    run = counting(store, behavior, steps=20)
    jobs.submit(run.id)
    assert jobs.wait(run.id, PATIENCE) == "done"
    return store.get(run.id)


def begin(store, jobs, behavior="count"):
    """A done run and its validation, just asked for."""
    run = trained(store, jobs)
    store.rename(run.id, behavior)
    return store.validation(run.id, jobs.validate(run.id, full("2015-12-01")))


def step(store, validation) -> int:
    return int(store.validation(validation.run_id, validation.id).progress.get("step", 0))


def test_a_validation_runs_in_a_process_of_its_own_and_gives_the_run_its_lights(store, jobs):
    started = begin(store, jobs)
    assert (started.kind, started.fit_until, started.rivals) == ("full", "2015-12-01", ("fhs-gjr", "block-bootstrap"))
    assert started.protocol() == full("2015-12-01")
    assert jobs.wait(started.task, PATIENCE) == "done"
    done = store.validation(started.run_id, started.id)
    assert done.lights == LIGHTS
    assert (done.progress["step"], done.progress["phase"], done.error) == (STEPS, "Judging", "")
    assert done.created <= done.started <= done.ended
    assert store.get(started.run_id).lights == LIGHTS
    assert [light["color"] for light in store.card(started.run_id)["validation"]] == ["good", "unsure", "bad"]
    assert "**Novelty: bad.** It repeats its training days." in store.card_markdown(started.run_id)
    assert not (done.folder / "reserve").exists()


def test_the_worker_gets_on_without_numpy_until_its_turn():
    heavy = "{'pandas', 'torch', 'mlflow'}"
    code = f"import sys, fingen_core.jobs.queue.validation_worker; assert not {heavy} & set(sys.modules)"
    assert os.spawnv(os.P_WAIT, VALIDATOR[0], [VALIDATOR[0], "-c", code]) == 0


def test_a_training_and_a_validation_do_not_have_the_device_at_once(store, jobs):
    first = begin(store, jobs, "hold")
    until(lambda: step(store, first) >= 1, "the validation")
    second = counting(store)
    jobs.submit(second.id)
    until(lambda: RunFolder(second.folder).state().pid, "the worker of the training")
    assert store.get(second.id).status == "queued"
    third = jobs.validate(first.run_id, full("2015-12-01"))
    assert jobs.position(f"{first.run_id}.{third}") == 1
    (store.home / "release").touch()
    assert jobs.wait(first.task, PATIENCE) == "done"
    assert jobs.wait(second.id, PATIENCE) == "done"
    assert jobs.wait(f"{first.run_id}.{third}", PATIENCE) == "done"
    assert (store.home / "validated.txt").read_text().split() == [
        first.task,
        f"{first.run_id}.{third}",
    ]


def test_a_stopped_validation_can_be_gone_on_with(store, jobs):
    started = begin(store, jobs, "hold")
    until(lambda: step(store, started) >= 1, "the first step")
    jobs.stop(started.task)
    assert jobs.wait(started.task, PATIENCE) == "stopped"
    stopped = store.validation(started.run_id, started.id)
    assert (stopped.error, stopped.lights, stopped.can_resume) == ("", (), True)
    store.rename(started.run_id, "count")
    jobs.resume(started.task)
    assert jobs.wait(started.task, PATIENCE) == "done"
    assert store.validation(started.run_id, started.id).lights == LIGHTS
    with pytest.raises(InvalidInput, match=f"validation {started.task} is done"):
        jobs.resume(started.task)


def test_a_killed_validation_is_lost_and_says_where(store, jobs):
    started = begin(store, jobs, "hold")
    until(lambda: step(store, started) >= 1, "the first step")
    os.kill(RunFolder(started.folder).state().pid, signal.SIGKILL)
    until(lambda: not RunFolder(started.folder).is_live(), "the death of the worker")
    lost = store.validation(started.run_id, started.id)
    assert lost.status == "lost"
    assert "The validation process was gone in phase Judging, step 1 of 30" in lost.error
    assert jobs.reconcile() == [started.task]
    assert jobs.reconcile() == []
    assert store.get(started.run_id).status == "done"


@pytest.mark.parametrize(
    ("behavior", "sentence"),
    [
        ("refuse", "no day is left to test: choose an earlier date"),
        ("memory", "judge with fewer paths or rivals"),
        ("validate badly", "unexpected fault ended the validation (ZeroDivisionError)"),
    ],
)
def test_a_failure_is_a_sentence_and_leaves_the_run_as_it_is(store, jobs, behavior, sentence):
    started = begin(store, jobs, behavior)
    assert jobs.wait(started.task, PATIENCE) == "failed"
    failed = store.validation(started.run_id, started.id)
    assert sentence in failed.error
    assert "secret detail" not in failed.error
    run = store.get(started.run_id)
    assert (run.status, run.error, run.lights) == ("done", "", ())


def test_a_training_validates_its_held_out_model_at_its_end(store, jobs):
    run = trained(store, jobs, "validate")
    until(lambda: not RunFolder(run.folder).is_live(), "the quick validation")
    (found,) = store.validations(run.id)
    assert (found.kind, found.status, found.lights) == ("quick", "done", LIGHTS)
    assert found.protocol() == quick("2015-12-01")
    assert json.loads((run.folder / "card.json").read_text())["validation"][0]["color"] == "good"


def test_a_quick_validation_that_fails_does_not_fail_the_training(store, jobs):
    run = trained(store, jobs, "validate badly")
    until(lambda: not RunFolder(run.folder).is_live(), "the quick validation")
    (found,) = store.validations(run.id)
    assert (found.status, store.get(run.id).status, store.get(run.id).error) == ("failed", "done", "")
    assert "unexpected fault" in found.error
    assert "ZeroDivisionError" in store.log(run.id)


def test_full_lights_count_before_quick_ones_and_deleted_ones_not_at_all(store, jobs):
    run = trained(store, jobs, "validate")
    until(lambda: not RunFolder(run.folder).is_live(), "the quick validation")
    thorough = create(RunFolder(run.folder), kind="full", protocol=full("2015-06-01"))
    write_lights(thorough, LIGHTS[::-1])
    thorough.change(status="done")
    create(RunFolder(run.folder), kind="quick", protocol=quick("2015-06-01"))  # waits
    assert store.get(run.id).lights == LIGHTS[::-1]
    jobs.delete(thorough.id)
    assert store.get(run.id).lights == LIGHTS
    assert [found.kind for found in store.validations(run.id)] == ["quick", "quick"]


def test_deleting_a_run_stops_its_validation(store, jobs):
    started = begin(store, jobs, "hold")
    until(lambda: step(store, started) >= 1, "the first step")
    jobs.delete(started.run_id)
    assert jobs.wait(started.task, PATIENCE) == "stopped"
    with pytest.raises(InvalidInput, match="restore it first"):
        jobs.resume(started.task)
    until(lambda: not ValidationFolder(started.folder).is_live(), "the end of the worker")  # it says so before it ends
    store.purge(started.run_id)
    with pytest.raises(NotFound):
        store.validation(started.run_id, started.id)


def test_a_killed_server_does_not_leave_a_validation_waiting(store, jobs, monkeypatch):
    run = trained(store, jobs)
    until(lambda: not RunFolder(run.folder).is_live(), "the end of the training's worker")
    folder = create(RunFolder(run.folder), kind="full", protocol=full("2015-12-01"))
    monkeypatch.setattr(module, "SUBMIT_WITHIN", -1.0)
    assert jobs.reconcile() == [folder.id]
    assert store.validation(run.id, folder.path.name).status == "stopped"


def test_what_cannot_be_validated_is_refused_in_a_sentence(store, jobs):
    run = counting(store)
    with pytest.raises(InvalidInput, match="no rival 'crystal-ball': choose among fhs-gjr"):
        jobs.validate(run.id, full("2015-12-01"), ["crystal-ball"])
    with pytest.raises(InvalidInput, match="validate it fully instead"):
        jobs.validate(run.id, full("2015-12-01"), kind="after", market=small_market())
    with pytest.raises(NotFound, match="has no validation"):
        store.validation(run.id, "0" * 12)
    with pytest.raises(NotFound, match="has no validation"):
        store.validation(run.id, "../../..")
    assert store.validations(run.id) == []


def test_a_full_validation_leaves_three_tenths_of_the_days_to_be_judged(store):
    market = small_market(n_days=1001)
    day = split_day(market)
    assert (market.dates <= day).sum() == 701
    from fingen_core.market import bundled

    assert split_day(bundled()) == BENCHMARK_SPLIT


def test_one_bar_over_all_stages_never_goes_back(monkeypatch):
    told = []
    stages = Stages({"fit": 3.0, "judge": 1.0}, told.append)
    for stage, step_ in (("fit", 0), ("fit", 50), ("fit", 100), ("judge", 50), ("judge", 100)):
        stages.of(stage, "Words")(Progress(phase="inner", step=step_, n_steps=100))
    assert [progress.step for progress in told] == [0, 375, 750, 875, 1000]
    assert {progress.phase for progress in told} == {"Words"}
    assert told[0].seconds_left is None
    assert told[-1].seconds_left == 0


def test_stages_done_before_take_no_part_of_the_bar():
    told = []
    stages = Stages({"reference": 5.0, "fit": 3.0, "judge": 1.0}, told.append)
    stages.skip("reference", "fit")
    stages.of("judge")(Progress(phase="Judging", step=1, n_steps=4))
    assert (told[0].step, told[0].phase) == (250, "Judging")
