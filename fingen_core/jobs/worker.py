"""The process that trains one run: ``python -m fingen_core.jobs.worker <run folder>``.

The folder is all it needs and all it writes to, so the same command serves a page, a terminal or a cluster's scheduler.
It waits for its turn as a process of some ten megabytes; torch is imported when the turn has come.
"""

import contextlib
import errno
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any, TypeAlias

import psutil

from fingen_core.errors import FinGenError, TrainingDiverged
from fingen_core.jobs.turn import Queue
from fingen_core.runs.folder import RunFolder, now, write_text
from fingen_core.runs.locks import Lock
from fingen_core.runs.record import Record
from fingen_core.training.config import TrainingConfig
from fingen_core.training.progress import Progress

__all__ = ["Train", "main"]

Train: TypeAlias = Callable[..., Any]
"""``train(market, config, *, folder, device, on_progress, should_stop)``, giving a generator with ``info``."""

_WRITE_EVERY = 0.2
_RECORD_EVERY = 10.0
_RESERVE = 64 * 1024
_log = logging.getLogger("fingen.worker")


def main(arguments: list[str], train: Train | None = None, push: Callable[[RunFolder], object] | None = None) -> int:
    """Train the run in the folder ``arguments[0]`` and ``push`` it to the record; exit code 0 unless it failed."""
    folder = RunFolder(Path(arguments[0]).resolve())
    push = push or Record(_home(folder)).push
    _write_into(folder / "log.txt")
    asked = _Asked(folder)
    lock = Lock(folder.lock)
    if not lock.acquire(patience=5):
        _log.info("another process has this run in its hands")
        return 0
    try:
        if folder.state().status != "queued":
            _log.info("nothing to do: the run is %s", folder.state().status)
            return 0
        with _watched_from_afar(folder, push):
            failed = _take_turn(folder, asked, train or _train)
    finally:
        lock.release()
    push(folder)
    return int(failed)


@contextlib.contextmanager
def _watched_from_afar(folder: RunFolder, push: Callable[[RunFolder], object]) -> Iterator[None]:
    """On a shared tracking server others follow the curves while they grow; the own file is read by nobody else."""
    ended = threading.Event()

    def keep_recording() -> None:
        while not ended.wait(_RECORD_EVERY):
            push(folder)

    if os.environ.get("MLFLOW_TRACKING_URI"):
        threading.Thread(target=keep_recording, daemon=True, name="record").start()
    yield
    ended.set()


def _take_turn(folder: RunFolder, asked: "_Asked", train: Train) -> bool:
    me = psutil.Process()
    folder.change(pid=me.pid, pid_started=me.create_time())
    queue = Queue(_home(folder))
    device = queue.wait(folder.id, asked.to_stop)
    if device is None:
        folder.change(status="stopped", ended=now())
        queue.leave(folder.id)
        return False
    try:
        folder.change(status="running", started=now(), ended="", error="")
        queue.leave(folder.id)
        return _run(folder, asked, train)
    finally:
        device.release()


def _run(folder: RunFolder, asked: "_Asked", train: Train) -> bool:
    """Train and write down how it ended; whether it failed."""
    reserve = folder / "reserve"
    reporter = _Reporter(folder)
    try:
        # Room on the disk to say that the disk is full.
        reserve.write_bytes(bytes(_RESERVE))
        _log.info("started")
        generator = _trained(folder, asked, train, reporter)
        reporter.finish(generator.info)
        end: dict[str, Any] = {"status": "done", "error": ""}
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - whatever it is, the run must say how it ended
        end = _ending(error, asked)
        reporter.keep(folder.read("generator.json"))
    reserve.unlink(missing_ok=True)
    _write_card(folder, end["status"])
    folder.change(ended=now(), **end)
    _log.info("%s %s", end["status"], end["error"])
    return bool(end["status"] == "failed")


def _trained(folder: RunFolder, asked: "_Asked", train: Train, reporter: "_Reporter") -> Any:
    from fingen_core.market import library

    os.nice(5)  # pages come first
    config = TrainingConfig.from_json((folder / "config.json").read_text(encoding="utf-8"))
    market = library.read(folder / "market")
    return train(
        market,
        config,
        folder=folder.path,
        device=folder.read("run.json").get("device", "auto"),
        on_progress=reporter,
        should_stop=asked.to_stop,
    )


def _train(market: Any, config: TrainingConfig, **more: Any) -> Any:
    from fingen_core.generators.neural import train

    return train(market, config, **more)


def _ending(error: BaseException, asked: "_Asked") -> dict[str, Any]:
    """Status and sentence for what ended the training; tracebacks go to the log only."""
    if isinstance(error, FinGenError):
        # Being interrupted on request is not a failure, whatever the loop calls it.
        if asked.to_stop() and not isinstance(error, TrainingDiverged):
            return {"status": "stopped", "error": ""}
        _log.error("%s: %s", type(error).__name__, error)
        return {"status": "failed", "error": str(error)}
    _log.error("unexpected end", exc_info=error)
    return {"status": "failed", "error": _sentence(error)}


def _sentence(error: BaseException) -> str:
    # Libraries that write files themselves pass on only the words of the system's error.
    full = isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}
    if full or "no space left" in str(error).lower():
        return "The disk is full: free some space, then resume from the last checkpoint."
    if isinstance(error, MemoryError) or "out of memory" in str(error).lower():
        return "The device ran out of memory: choose a smaller batch or network, or the CPU, and train again."
    return f"An unexpected fault ended the training ({type(error).__name__}): the details are in its log."


class _Asked:
    """Whether somebody asked this worker to stop: by the flag in the folder, or by SIGTERM."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._signaled = False
        signal.signal(signal.SIGTERM, self._on_signal)

    def to_stop(self) -> bool:
        return self._signaled or self._folder.wants_stop()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._signaled = True


class _Reporter:
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
        if new_phase or progress.scores or time.monotonic() - self._written > _WRITE_EVERY:
            self._write()

    def finish(self, info: dict[str, Any]) -> None:
        """The model's final scores, and the bar at its end."""
        self._newest |= {"step": self._newest.get("n_steps", 0), "seconds_left": 0.0}
        self.keep(info)

    def keep(self, info: dict[str, Any]) -> None:
        """Scores of the model that is kept, which need not be the newest ones."""
        self._newest |= {name: info[name] for name in ("scores", "rivals") if info.get(name)}
        self._write()

    def _write(self) -> None:
        self._folder.write("progress.json", {**self._newest, "heartbeat": now()})
        self._written = time.monotonic()


def _write_card(folder: RunFolder, status: str) -> None:
    """Describe the model that is there, if there is one; a failure here must not hide how the training ended."""
    from fingen_core.runs import card
    from fingen_core.runs.store import RunStore, card_facts

    if not (folder / "generator.json").exists():
        return
    with _logged("the model card was not written"):
        run = RunStore(_home(folder)).get(folder.id)
        info = {"scores": run.scores, "rivals": run.rivals, **folder.read("generator.json")}
        facts = {**card_facts(run), "status": status, "ended": now().split(".")[0] + "+00:00"}
        made = card.build(facts, folder.read("config.json"), info)
        folder.write("card.json", made)
        write_text(folder / "card.md", card.markdown(made))


@contextlib.contextmanager
def _logged(what: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError, FinGenError):
        _log.exception(what)


def _write_into(path: Path) -> None:
    """Send all that this process says to a file, what libraries write in C included."""
    sys.stdout.flush()
    sys.stderr.flush()
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for stream in (1, 2):
        os.dup2(file, stream)
    os.close(file)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", force=True)


def _home(folder: RunFolder) -> Path:
    return folder.path.parent.parent


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
