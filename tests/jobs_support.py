"""What the tests of runs and jobs share: a small market, waiting for conditions, counting workers."""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import psutil

from fingen_core.jobs.queue.queue import Jobs
from fingen_core.market import Market, Source
from fingen_core.runs import Run, RunStore
from fingen_core.runs.folder import RunFolder
from fingen_core.training.settings.config import TrainingConfig

TRAINER = (sys.executable, "-m", "tests.workers.trainer")
VALIDATOR = (sys.executable, "-m", "tests.workers.validator")
SAMPLER = (sys.executable, "-m", "tests.workers.sampler")
PATIENCE = 60.0


def small_market(n_days: int = 300, n_assets: int = 2, seed: int = 0) -> Market:
    """Prices that wander; good for everything that does not ask whether they look real."""
    steps = np.random.default_rng(seed).normal(0, 0.01, (n_days, n_assets))
    dates = pd.bdate_range("2015-01-01", periods=n_days)
    tickers = [f"A{number}" for number in range(n_assets)]
    return Market(pd.DataFrame(100 * np.exp(steps.cumsum(0)), dates, tickers), Source(kind="upload"), "Small")


def counting(store: RunStore, behavior: str = "count", steps: int = 40) -> Run:
    """A run for the counting trainer."""
    return store.create(small_market(), TrainingConfig(vae_steps=steps), name=behavior)


def until(condition: Callable[[], object], what: str) -> None:
    """Wait for a condition; an assertion with its name when it does not come."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for: {what}"
        time.sleep(0.01)


def step(store: RunStore, run_id: str) -> int:
    return int(store.get(run_id).progress.get("step", 0))


def kill_worker(store: RunStore, run_id: str) -> None:
    """kill -9, and wait until it is gone; it may have been quicker and ended by itself."""
    folder = RunFolder(store.path / run_id)
    with contextlib.suppress(ProcessLookupError):
        os.kill(folder.state().pid, signal.SIGKILL)
    until(lambda: not folder.is_live(), "the death of the worker")


def end_all(jobs: Jobs) -> None:
    """Stop whatever a test left behind."""
    (jobs.store.home / "release").touch()
    for folder in jobs.store.tasks():
        if folder.is_live() and (pid := folder.state().pid) and psutil.pid_exists(pid):
            os.kill(pid, signal.SIGKILL)
        jobs.queue.leave(folder.id)


def workers_of(home: Path) -> list[psutil.Process]:
    """Live processes that were started for runs of a home."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and any(
                str(home / "runs") in word for word in process.cmdline()
            ):
                found.append(process)
        except psutil.Error:
            continue
    return found
