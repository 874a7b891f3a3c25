"""A training worker whose training is counting: quick, exact, and told by the name of its run how to behave."""

import errno
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from fingen_core.errors import Stopped, TrainingDiverged
from fingen_core.jobs.queue import train_worker
from fingen_core.storage.locks import Lock
from fingen_core.training.progress import Progress
from tests.workers.validator import judge

CHECKPOINT_EVERY = 7


class Counted:
    """What comes out: a number that depends on every step having been done exactly once, in order."""

    def __init__(self, value: int) -> None:
        self.info = {"scores": {"fz0_2.5": value / 1e9}, "rivals": {"fhs-gjr/fz0_2.5": 1.0}, "device": "cpu"}


def train(market: Any, config: Any, *, folder: Path, device: str, on_progress: Any, should_stop: Any) -> Counted:
    behavior = (folder / "name").read_text()
    home = folder.parent.parent
    device_lock = Lock(home / "test-overlap.lock")
    if not device_lock.acquire():
        (home / "overlap").touch()
    with (home / "order.txt").open("a") as order:
        order.write(f"{folder.name} {os.getpid()}\n")
    misbehave(behavior)
    step, value = resumed(folder)
    while step < config.vae_steps:
        if should_stop() and behavior != "deaf":
            save(folder, step, value)
            raise Stopped("stopped")
        step += 1
        value = (value * 1103515245 + 12345 + step) % 2**31
        on_progress(Progress(phase="Counting", step=step, n_steps=config.vae_steps, losses={"count/value": value}))
        if step % CHECKPOINT_EVERY == 0:
            save(folder, step, value)
        if behavior in {"hold", "deaf"}:
            while not (home / "release").exists() and (behavior == "deaf" or not should_stop()):
                time.sleep(0.005)
        time.sleep(0.001)
    (folder / "generator.safetensors").write_text(str(value))
    (folder / "generator.json").write_text(json.dumps(Counted(value).info))
    if behavior.startswith("validate"):
        (folder / "held-out").mkdir()
        (folder / "held-out" / "generator.json").write_text(json.dumps({"last_date": "2015-12-01"}))
    device_lock.release()
    return Counted(value)


def misbehave(behavior: str) -> None:
    if behavior == "diverge":
        raise TrainingDiverged("vae/kl became inf at step 3: lower the learning rate")
    if behavior == "disk":
        raise OSError(errno.ENOSPC, "No space left on device")
    if behavior == "library":
        raise RuntimeError("Error while serializing: I/O error: No space left on device (os error 28)")
    if behavior == "memory":
        raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
    if behavior == "bug":
        raise ZeroDivisionError("secret detail")


def resumed(folder: Path) -> tuple[int, int]:
    try:
        found = json.loads((folder / "checkpoint.json").read_text())
    except FileNotFoundError:
        return 0, 1
    return found["step"], found["value"]


def save(folder: Path, step: int, value: int) -> None:
    fresh = folder / "checkpoint.new"
    fresh.write_text(json.dumps({"step": step, "value": value}))
    fresh.replace(folder / "checkpoint.json")


if __name__ == "__main__":
    train_worker._RECORD_EVERY = float(os.environ.get("TEST_RECORD_EVERY", "60"))
    sys.exit(train_worker.main(sys.argv[1:], train, push=lambda folder: (folder / "pushed").touch(), judge=judge))
