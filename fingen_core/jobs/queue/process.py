"""What every worker does around its work: one process per folder, waiting its turn, saying how it ended.

The folder is all a worker needs and all it writes to, so the same command serves a page, a terminal or a cluster's
scheduler. It waits as a process of some ten megabytes; torch is imported when the turn has come.
"""

import contextlib
import errno
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import psutil

from fingen_core.errors import FinGenError, TrainingDiverged
from fingen_core.jobs.queue.line import Queue
from fingen_core.jobs.spawning import give_way
from fingen_core.runs.folder import RunFolder, now
from fingen_core.storage.locks import Lock
from fingen_core.training.progress import Progress

__all__ = ["Asked", "Reporter", "held", "perform", "take_turn"]

_WRITE_EVERY = 0.2
_RESERVE = 64 * 1024
_log = logging.getLogger("fingen.worker")


class Asked:
    """Whether somebody asked this worker to stop: by the flag in the folder, or by SIGTERM."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._signaled = False
        signal.signal(signal.SIGTERM, self._on_signal)

    def to_stop(self) -> bool:
        return self._signaled or self._folder.wants_stop()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._signaled = True


class Reporter:
    """Writes each report down: curves always, the snapshot a few times a second."""

    def __init__(self, folder: RunFolder) -> None:
        from fingen_core.runs import curves

        self._append = curves.append
        self._folder = folder
        self._newest: dict[str, Any] = folder.read("progress.json")
        self._written = 0.0

    def __call__(self, progress: Progress) -> None:
        self._append(self._folder / "curves.csv", progress)
        new_phase = progress.phase != self._newest.get("phase")
        # What is not part of every report stays on screen until there is a newer one.
        filled = {name: value for name, value in progress.as_dict().items() if value not in (None, {}, [])}
        self._newest = {**self._newest, "seconds_left": None, **filled}
        if new_phase or progress.scores or progress.paused or time.monotonic() - self._written > _WRITE_EVERY:
            self._write()

    def finish(self, info: dict[str, Any]) -> None:
        """The model's final scores, and the bar at its end."""
        self._newest |= {"step": self._newest.get("n_steps", 0), "seconds_left": 0.0}
        self.keep(info)

    def keep(self, info: dict[str, Any]) -> None:
        """Scores of the model that is kept, which need not be the newest ones, and the seconds that it took."""
        self._newest |= {name: info[name] for name in ("scores", "rivals", "findings", "seconds") if info.get(name)}
        self._write()

    def _write(self) -> None:
        self._folder.write("progress.json", {**self._newest, "heartbeat": now()})
        self._written = time.monotonic()


@contextlib.contextmanager
def held(folder: RunFolder) -> Iterator[Asked | None]:
    """Hold the folder's lock while it is worked on; ``None`` when there is nothing to do or somebody else has it."""
    _write_into(folder / "log.txt")
    asked = Asked(folder)
    lock = Lock(folder.lock)
    if not lock.acquire(patience=5):
        _log.info("another process has this %s in its hands", folder.noun)
        yield None
        return
    try:
        status = folder.state().status
        if status != "queued":
            _log.info("nothing to do: the %s is %s", folder.noun, status)
        yield asked if status == "queued" else None
    finally:
        lock.release()


def take_turn(folder: RunFolder, asked: Asked, work: Callable[[], bool]) -> bool:
    """Wait for the device and do the work, which says whether it failed."""
    me = psutil.Process()
    folder.change(pid=me.pid, pid_started=me.create_time())
    queue = Queue(folder.home)
    device = queue.wait(folder.id, asked.to_stop)
    if device is None:
        folder.change(status="stopped", ended=now())
        queue.leave(folder.id)
        return False
    try:
        folder.change(status="running", started=now(), ended="", error="")
        queue.leave(folder.id)
        give_way()
        return work()
    finally:
        device.release()


def perform(folder: RunFolder, asked: Asked, work: Callable[[], None]) -> dict[str, Any]:
    """Do the work whatever comes, and give the status and the sentence with which it ended."""
    reserve = folder / "reserve"
    try:
        # Room on the disk to say that the disk is full.
        reserve.write_bytes(bytes(_RESERVE))
        _log.info("started")
        work()
        end: dict[str, Any] = {"status": "done", "error": ""}
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - whatever it is, the folder must say how it ended
        end = _ending(error, asked, folder.work)
    reserve.unlink(missing_ok=True)
    _log.info("%s %s", end["status"], end["error"])
    return end


def _ending(error: BaseException, asked: Asked, work: str) -> dict[str, Any]:
    """Status and sentence for what ended the work; tracebacks go to the log only."""
    if isinstance(error, FinGenError):
        # Being interrupted on request is not a failure, whatever the loop calls it.
        if asked.to_stop() and not isinstance(error, TrainingDiverged):
            return {"status": "stopped", "error": ""}
        _log.error("%s: %s", type(error).__name__, error)
        return {"status": "failed", "error": str(error)}
    _log.error("unexpected end", exc_info=error)
    return {"status": "failed", "error": _sentence(error, work)}


def _sentence(error: BaseException, work: str) -> str:
    # Libraries that write files themselves pass on only the words of the system's error.
    full = isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}
    if full or "no space left" in str(error).lower():
        return "The disk is full: free some space, then resume from the last checkpoint."
    if isinstance(error, MemoryError) or "out of memory" in str(error).lower():
        if work == "validation":
            return "The machine ran out of memory: judge with fewer paths or rivals, or close other programs."
        return "The device ran out of memory: choose a smaller batch or network, or the CPU, and train again."
    return f"An unexpected fault ended the {work} ({type(error).__name__}): the details are in its log."


def _write_into(path: Path) -> None:
    """Send all that this process says to a file, what libraries write in C included."""
    sys.stdout.flush()
    sys.stderr.flush()
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for stream in (1, 2):
        os.dup2(file, stream)
    os.close(file)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", force=True)
