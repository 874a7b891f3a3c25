"""Trainings as processes: one at a time, stopped, resumed, killed at any moment, by any number of servers."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import threading

import psutil
import pytest

from fingen_core.errors import InvalidInput, JobFailed
from fingen_core.jobs.queue import queue as module
from fingen_core.jobs.queue.queue import Jobs
from fingen_core.runs import RunStore
from fingen_core.runs.folder import RunFolder
from fingen_core.settings import ASSETS
from fingen_core.training.settings.config import TrainingConfig
from tests.jobs_support import (
    PATIENCE,
    TRAINER,
    counting,
    end_all,
    kill_worker,
    small_market,
    step,
    until,
    workers_of,
)


@pytest.fixture
def store(home) -> RunStore:
    return RunStore()


@pytest.fixture
def jobs(store):
    jobs = Jobs(store, command=TRAINER)
    yield jobs
    end_all(jobs)


def counted(steps: int) -> int:
    """What the counting trainer must arrive at."""
    value = 1
    for number in range(1, steps + 1):
        value = (value * 1103515245 + 12345 + number) % 2**31
    return value


def result(run) -> int:
    return int((run.folder / "generator.safetensors").read_text())


def training_beyond(store: RunStore, run_id: str, moment: int) -> bool:
    return store.get(run_id).status == "running" and step(store, run_id) >= moment


def trained(store: RunStore) -> list[str]:
    """Ids of the runs whose training began, in that order."""
    return [line.split()[0] for line in (store.home / "order.txt").read_text().splitlines()]


def test_a_run_is_trained_in_a_process_of_its_own(store, jobs):
    run = counting(store)
    jobs.submit(run.id)
    assert jobs.wait(run.id, PATIENCE) == "done"
    done = store.get(run.id)
    assert result(done) == counted(40)
    assert done.scores == {"fz0_2.5": counted(40) / 1e9}
    assert done.rivals == {"fhs-gjr/fz0_2.5": 1.0}
    assert (done.progress["step"], done.progress["phase"], done.error) == (40, "Counting", "")
    assert done.created <= done.started <= done.ended
    assert store.curves(run.id)["step"].tolist() == list(range(1, 41))
    assert store.card(run.id)["scores"] == done.scores
    assert "started" in store.log(run.id)
    assert not (run.folder / "reserve").exists()
    with pytest.raises(InvalidInput, match="is done"):
        jobs.submit(run.id)
    with pytest.raises(InvalidInput, match="nothing is left to train"):
        jobs.resume(run.id)


def test_two_submissions_at_once_run_one_after_the_other_in_order(store, jobs):
    runs = [counting(store, "hold"), counting(store), counting(store)]
    for run in runs:
        jobs.submit(run.id)
        jobs.submit(run.id)  # twice is once
    until(lambda: store.get(runs[0].id).status == "running", "the first run")
    until(lambda: len(workers_of(store.home)) == 3, "three workers")
    assert [store.get(run.id).status for run in runs] == ["running", "queued", "queued"]
    assert [jobs.position(run.id) for run in runs] == [0, 0, 1]
    (store.home / "release").touch()
    assert [jobs.wait(run.id, PATIENCE) for run in runs] == ["done"] * 3
    assert trained(store) == [run.id for run in runs]
    assert not (store.home / "overlap").exists()


def test_stopping_keeps_the_checkpoint_and_resuming_is_exact(store, jobs):
    run = counting(store, "hold", steps=30)
    jobs.submit(run.id)
    until(lambda: step(store, run.id) >= 1, "the first step")
    jobs.stop(run.id)
    assert jobs.wait(run.id, PATIENCE) == "stopped"
    assert store.get(run.id).error == ""
    store.rename(run.id, "count")
    jobs.resume(run.id)
    assert jobs.wait(run.id, PATIENCE) == "done"
    assert result(run) == counted(30)
    assert len(store.curves(run.id)) == 30


def test_a_queued_run_can_be_stopped_before_its_turn(store, jobs):
    first, second = counting(store, "hold"), counting(store)
    jobs.submit(first.id)
    jobs.submit(second.id)
    jobs.stop(second.id)
    assert jobs.wait(second.id, PATIENCE) == "stopped"
    assert jobs.queue.waiting() == [] or second.id not in jobs.queue.waiting()
    (store.home / "release").touch()
    assert jobs.wait(first.id, PATIENCE) == "done"
    assert trained(store) == [first.id]


def test_a_run_that_was_never_submitted_stays_queued_until_it_is_stopped(store, jobs):
    run = counting(store)
    assert jobs.reconcile() == []
    assert store.get(run.id).status == "queued"
    jobs.stop(run.id)
    assert store.get(run.id).status == "stopped"


def test_a_run_whose_server_was_killed_before_submitting_it_does_not_wait_for_ever(store, jobs, monkeypatch):
    run = counting(store)
    monkeypatch.setattr(module, "SUBMIT_WITHIN", 0.0)
    assert jobs.reconcile() == [run.id]
    assert (store.get(run.id).status, store.get(run.id).error) == (
        "stopped",
        "It was made but never put in line: resume it to begin.",
    )
    jobs.resume(run.id)
    assert jobs.wait(run.id, PATIENCE) == "done"
    assert store.get(run.id).error == ""


def test_deleting_stops_first_and_undo_allows_to_resume(store, jobs):
    run = counting(store, "hold")
    jobs.submit(run.id)
    until(lambda: step(store, run.id) >= 1, "the first step")
    jobs.delete(run.id)
    assert store.list() == []
    assert jobs.wait(run.id, PATIENCE) == "stopped"
    store.restore(run.id)
    store.rename(run.id, "count")
    jobs.resume(run.id)
    assert jobs.wait(run.id, PATIENCE) == "done"
    assert result(run) == counted(40)


def test_sigterm_saves_the_checkpoint_and_ends_as_stopped(store, jobs):
    run = counting(store, "hold")
    jobs.submit(run.id)
    until(lambda: step(store, run.id) >= 1, "the first step")
    os.kill(RunFolder(run.folder).state().pid, signal.SIGTERM)
    assert jobs.wait(run.id, PATIENCE) == "stopped"
    assert json.loads((run.folder / "checkpoint.json").read_text())["step"] >= 1


def test_a_worker_that_does_not_listen_is_ended(store, jobs, monkeypatch):
    monkeypatch.setattr(module, "TERMINATE_AFTER", 0.1)
    monkeypatch.setattr(module, "KILL_AFTER", 0.3)
    run = counting(store, "deaf")
    jobs.submit(run.id)
    until(lambda: step(store, run.id) >= 1, "the first step")
    jobs.stop(run.id)
    assert jobs.wait(run.id, PATIENCE) == "stopped"


@pytest.mark.parametrize(
    ("behavior", "sentence"),
    [
        ("diverge", "vae/kl became inf at step 3: lower the learning rate"),
        ("disk", "The disk is full: free some space, then resume"),
        ("library", "The disk is full: free some space, then resume"),
        ("memory", "The device ran out of memory: choose a smaller batch or network"),
        ("bug", r"unexpected fault ended the training \(ZeroDivisionError\): the details are in its log"),
    ],
)
def test_a_failure_is_a_sentence_and_its_traceback_is_in_the_log(store, jobs, behavior, sentence):
    run = counting(store, behavior)
    jobs.submit(run.id)
    assert jobs.wait(run.id, PATIENCE) == "failed"
    failed = store.get(run.id)
    assert re.search(sentence, failed.error)
    assert "Traceback" not in failed.error
    assert "secret detail" not in failed.error
    assert ("Traceback" in store.log(run.id)) == (behavior != "diverge")


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_worker_is_lost_and_resumes_exactly(store, jobs, seed):
    steps = 400
    run = counting(store, "count", steps)
    jobs.submit(run.id)
    kills = sorted(random.Random(seed).sample(range(1, steps // 2), 2))
    for moment in kills:
        until(lambda moment=moment: training_beyond(store, run.id, moment), f"step {moment}")
        kill_worker(store, run.id)
        lost = store.get(run.id)
        assert lost.status == "lost"
        assert "The training process was gone in phase Counting" in lost.error
        assert jobs.reconcile() == [run.id]
        assert jobs.reconcile() == []
        assert store.get(run.id).error == lost.error
        jobs.resume(run.id)
    assert jobs.wait(run.id, PATIENCE) == "done"
    assert result(run) == counted(steps)
    assert store.curves(run.id)["step"].tolist() == list(range(1, steps + 1))


def test_the_next_in_line_starts_when_the_one_before_is_killed(store, jobs):
    first, second = counting(store, "hold"), counting(store)
    jobs.submit(first.id)
    jobs.submit(second.id)
    until(lambda: step(store, first.id) >= 1, "the first step")
    kill_worker(store, first.id)
    until(lambda: store.get(second.id).status == "done", "the second run, without anybody's help")
    assert store.get(first.id).status == "lost"


def test_a_waiting_worker_that_is_killed_is_replaced(store, jobs, monkeypatch):
    first, second = counting(store, "hold"), counting(store)
    jobs.submit(first.id)
    jobs.submit(second.id)
    until(lambda: RunFolder(second.folder).state().pid, "the second worker")
    until(lambda: step(store, first.id) >= 1, "the first step")
    kill_worker(store, second.id)
    assert store.get(second.id).status == "queued"
    monkeypatch.setattr("fingen_core.jobs.queue.line.LAUNCH_SECONDS", 0.0)
    jobs.reconcile()
    monkeypatch.setattr("fingen_core.jobs.queue.line.LAUNCH_SECONDS", 60.0)
    (store.home / "release").touch()
    assert jobs.wait(second.id, PATIENCE) == "done"
    assert trained(store) == [first.id, second.id]


def test_workers_that_die_before_they_begin_are_not_started_for_ever(store, monkeypatch):
    monkeypatch.setattr("fingen_core.jobs.queue.line.LAUNCH_SECONDS", 0.0)
    jobs = Jobs(store, command=(sys.executable, "-c", "import sys; sys.exit('no such library')"))
    run = counting(store)
    jobs.submit(run.id)
    assert jobs.wait(run.id, PATIENCE) == "failed"
    assert "ended 3 times before it began" in store.get(run.id).error
    assert jobs.queue.waiting() == []


def test_two_servers_that_resume_the_same_run_start_it_once(store, jobs):
    run = counting(store, "hold")
    RunFolder(run.folder).change(status="stopped")
    code = (
        "import sys; from fingen_core.jobs.queue.queue import Jobs; from fingen_core.runs import RunStore; "
        "sys.stdin.readline(); "
        f"Jobs(RunStore(), command={TRAINER!r}).resume({run.id!r})"
    )
    servers = [
        subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, cwd=ASSETS.parent, text=True)
        for _ in range(2)
    ]
    for server in servers:  # both wait at the same line, then both go
        server.stdin.write("go\n")
        server.stdin.flush()
    for server in servers:
        server.communicate()
        assert server.returncode == 0
    until(lambda: step(store, run.id) >= 1, "the first step")
    (store.home / "release").touch()
    assert jobs.wait(run.id, PATIENCE) == "done"
    assert trained(store) == [run.id]


def test_many_threads_that_submit_the_same_run_start_it_once(store, jobs):
    run = counting(store)
    threads = [threading.Thread(target=jobs.submit, args=(run.id,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert jobs.wait(run.id, PATIENCE) == "done"
    assert trained(store) == [run.id]


def test_a_second_worker_for_the_same_run_leaves_it_alone(store, jobs):
    run = counting(store)
    jobs.submit(run.id)
    jobs.wait(run.id, PATIENCE)
    assert subprocess.run([*TRAINER, str(run.folder)], cwd=ASSETS.parent, check=False).returncode == 0
    assert trained(store) == [run.id]
    assert "nothing to do: the run is done" in store.log(run.id)


def test_a_worker_that_a_scheduler_starts_needs_nothing_but_the_folder(store):
    run = counting(store)
    subprocess.run([*TRAINER, str(run.folder)], cwd=ASSETS.parent, check=True)
    assert store.get(run.id).status == "done"
    assert result(run) == counted(40)


def test_a_recycled_process_number_is_not_signaled(store, jobs, monkeypatch):
    monkeypatch.setattr(module, "TERMINATE_AFTER", -1.0)
    bystander = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        run = counting(store)
        folder = RunFolder(run.folder)
        folder.change(status="running", pid=bystander.pid, pid_started=psutil.Process(bystander.pid).create_time())
        folder.flag("stop")
        module._press(folder, folder.state())
        assert bystander.poll() is None
    finally:
        bystander.communicate()
    assert bystander.returncode in (0, 1)


def test_waiting_has_an_end(store, jobs):
    run = counting(store, "hold")
    jobs.submit(run.id)
    with pytest.raises(JobFailed, match="stop it or wait longer"):
        jobs.wait(run.id, timeout=0.0)


@pytest.mark.parametrize("seed", range(2))
def test_a_killed_server_loses_nothing_and_nothing_runs_twice(store, jobs, seed):
    """kill -9 of the server at some moment: the trainings go on by themselves, and the next server finds them."""
    rng = random.Random(100 + seed)
    first, second = counting(store, "hold", steps=40), counting(store, steps=40)
    command = [sys.executable, "-m", "tests.workers.server", first.id, second.id]
    server = subprocess.Popen(command, cwd=ASSETS.parent)
    try:
        ready = store.home / "server.json"
        until(ready.exists, "the server")
        sampler = psutil.Process(json.loads(ready.read_text())["sampler"])
        until(lambda: step(store, first.id) >= 1, "the first step")
        (store.home / "release").touch()
        moment = rng.randrange(2, 30)
        until(lambda: step(store, first.id) >= moment, f"step {moment}")
    finally:
        server.kill()
        server.wait()
    until(lambda: not sampler.is_running() or sampler.status() == psutil.STATUS_ZOMBIE, "the end of the sampler")
    next_server = Jobs(RunStore(), command=TRAINER)
    next_server.reconcile()
    assert next_server.wait(first.id, PATIENCE) == "done"
    assert next_server.wait(second.id, PATIENCE) == "done"
    assert [result(run) for run in (first, second)] == [counted(40)] * 2
    assert trained(store) == [first.id, second.id]
    assert not (store.home / "overlap").exists()


def test_the_record_is_brought_up_to_date_by_a_process_of_its_own(store, jobs, monkeypatch):
    run = counting(store)
    RunFolder(run.folder).change(status="done", ended="2026-01-01T00:00:00.000+00:00")
    jobs.reconcile()
    until(lambda: store.record.is_current(RunFolder(run.folder)), "the record")
    assert "mlflow" not in sys.modules or (store.home / "recorder.log").exists()


def test_a_deleted_run_is_not_started(store, jobs):
    run = counting(store)
    jobs.delete(run.id)
    for start in (jobs.submit, jobs.resume):
        with pytest.raises(InvalidInput, match="restore it first"):
            start(run.id)


def test_others_can_follow_a_run_on_a_shared_server(store, jobs, monkeypatch):
    """The worker tells the record while it trains, not only at its end."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("TEST_RECORD_EVERY", "0.01")
    run = counting(store, "hold")
    jobs.submit(run.id)
    until(lambda: store.get(run.id).status == "running", "the beginning of the training")
    until((run.folder / "pushed").exists, "a push while it trains")
    assert store.get(run.id).status == "running"  # it is held until it is released
    (store.home / "release").touch()
    assert jobs.wait(run.id, PATIENCE) == "done"


def test_settings_reach_the_trainer(store, jobs):
    run = store.create(small_market(), TrainingConfig(vae_steps=20, seed=5), name="count", device="cpu")
    jobs.submit(run.id)
    assert jobs.wait(run.id, PATIENCE) == "done"
    assert store.get(run.id).progress["n_steps"] == 20
