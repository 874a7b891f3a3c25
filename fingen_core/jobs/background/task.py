"""Work of some seconds to minutes that a page asks for: one process, one folder that says how it goes.

::

    <folder>/request.json    what was asked for; equal requests share a folder, so nothing is done twice
             progress.json   where the worker is, and how it ended
             stop            somebody asked it to stop
             log.txt

For trainings that belong among the runs there is ``jobs``; this is for what a page keeps for itself.
"""

import contextlib
import hashlib
import json
import logging
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from types import FrameType, MappingProxyType
from typing import TYPE_CHECKING, Any, Self

import psutil

from fingen_core.errors import FinGenError, JobFailed, Stopped, Unreadable
from fingen_core.jobs.spawning import give_way, spawn
from fingen_core.runs.folder import tail, write_text
from fingen_core.settings import home
from fingen_core.storage import read_object, well_typed

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

__all__ = ["LATER", "MarketRequest", "Progress", "fingerprint", "perform", "progress", "start", "stop", "tell"]

LATER: Mapping[str, bool] = MappingProxyType({"later": True})
"""Metadata of a request's field that came later: at its default the request keeps the folder it had without it."""

_KINDS: Mapping[str, type | tuple[type, ...]] = MappingProxyType(
    {"status": str, "phase": str, "share": (int, float), "error": str, "pid": int, "pid_started": (int, float)}
)
_log = logging.getLogger("fingen.worker")
_STOP = "stop"
_CLOCK_MOVES = 30.0
"""Seconds by which the beginning of a process that goes on may seem to change: it is told from when the machine was
started by the clock, which is set now and then. Numbers of processes are not used again so soon."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where the work is: status "none", "running", "done", "failed", "stopped", "lost"; phase and share for people."""

    status: str = "none"
    phase: str = ""
    share: float = 0.0
    error: str = ""
    pid: int = 0
    pid_started: float = 0.0

    @property
    def is_active(self) -> bool:
        return self.status == "running"


@dataclass(frozen=True, kw_only=True)
class MarketRequest:
    """What is asked for about a market, plain values; equal requests have equal digests.

    Attributes
    ----------
    market_digest : str
        Of a market in the library; "sample" is the bundled one.
    seed : int
    """

    market_digest: str
    seed: int = 0

    def digest(self) -> str:
        """Sixteen hexadecimal digits that identify the request."""
        return fingerprint(self)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The request of a folder."""
        return cls(**json.loads((folder / "request.json").read_text(encoding="utf-8")))


def fingerprint(request: "DataclassInstance") -> str:
    """Sixteen hexadecimal digits that identify a request by the values of its fields; see ``LATER``."""
    off = {one.name for one in fields(request) if "later" in one.metadata and getattr(request, one.name) == one.default}
    told = {name: value for name, value in asdict(request).items() if name not in off}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def start(folder: Path, request: Mapping[str, Any], command: Sequence[str], noun: str) -> None:
    """Start the work of a folder, ``command`` with the folder behind it, unless it is done or under way."""
    if progress(folder, noun).status in {"running", "done"}:
        return
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / "request.json", json.dumps(request, indent=1))
    (folder / _STOP).unlink(missing_ok=True)
    me = os.getpid()
    ours = Progress(status="running", phase="Starting", pid=me, pid_started=_born(me))
    tell(folder, ours)
    try:
        with (folder / "log.txt").open("wb") as log:
            pid = spawn([*command, str(folder)], log, home())
    except (OSError, JobFailed):
        tell(folder, Progress(status="failed", error="no process could be started"))
        raise
    if progress(folder, noun) == ours:  # else the worker has spoken already
        tell(folder, Progress(status="running", phase="Starting", pid=pid, pid_started=_born(pid)))


def stop(folder: Path, noun: str) -> None:
    """Ask the work of a folder to stop."""
    now = progress(folder, noun)
    if now.is_active and now.pid not in {0, os.getpid()}:
        (folder / _STOP).touch()  # before it listens to the signal, a worker ends of it without a word
        with contextlib.suppress(psutil.Error):
            psutil.Process(now.pid).terminate()


def progress(folder: Path, noun: str) -> Progress:
    """Where the work of a folder is now; a worker that is gone without a word is "lost"."""
    try:
        found = read_object(folder / "progress.json")
    except Unreadable:
        return Progress()
    told = Progress(**well_typed(found, _KINDS))
    if told.is_active and not _goes_on(told):
        if (folder / _STOP).exists():
            return Progress(status="stopped")
        said = tail(folder / "log.txt") or "nothing"
        text = f"the {noun}'s process is gone, perhaps for lack of memory; it said: {said}"
        return Progress(status="lost", error=text)
    return told


def tell(folder: Path, now: Progress) -> None:
    """Write down where the work is."""
    write_text(folder / "progress.json", json.dumps(asdict(now)))


def perform(folder: Path, work: Callable[[Progress, Callable[[], bool]], None], noun: str) -> int:
    """Do the work in this process whatever comes, and write down how it ended; exit code 0 unless it failed.

    ``work`` is given where it begins, to be told on with another phase and share, and whom to ask whether to stop.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    give_way()
    me = psutil.Process()
    now = Progress(status="running", phase="Starting", pid=me.pid, pid_started=me.create_time())
    stopped = _Stop()
    try:
        work(now, stopped)
        end = replace(now, status="done", phase="Done", share=1.0)
    except Stopped:
        end = replace(now, status="stopped")
    except FinGenError as error:  # being interrupted on request is not a failure, whatever the loop calls it
        stop = replace(now, status="stopped")
        end = stop if stopped() else replace(now, status="failed", error=str(error))
    except Exception as error:  # noqa: BLE001 - whatever it is, the folder must say how it ended
        _log.error("unexpected end", exc_info=error)
        text = f"the {noun} met a bug ({type(error).__name__}): see log.txt beside it"
        end = replace(now, status="failed", error=text)
    tell(folder, end)
    return int(end.status == "failed")


class _Stop:
    """Whether SIGTERM asked to stop."""

    def __init__(self) -> None:
        self._asked = False
        signal.signal(signal.SIGTERM, self._on_signal)

    def __call__(self) -> bool:
        return self._asked

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True


def _goes_on(told: Progress) -> bool:
    born = _born(told.pid)
    return born > 0 and abs(born - told.pid_started) < _CLOCK_MOVES


def _born(pid: int) -> float:
    """When a process began; 0 if there is none, or only what is left of one."""
    try:
        process = psutil.Process(pid)
        return 0.0 if process.status() == psutil.STATUS_ZOMBIE else float(process.create_time())
    except (psutil.Error, ValueError):
        return 0.0
