"""Searches for stress: what is asked, what is found, and the desk that takes such requests.

A search takes seconds to a minute, so no page waits for it: the desk hands it to a worker of its own, the page looks
now and then how far it is, shows what is there already, and may stop it. The sampler stays free meanwhile::

    page  -> desk: ask      one worker, requests one after the other, each only once
    page <-  desk: status   share done, parts that are ready, the end
    page  -> desk: stop     a file in the worker's folder, which the search looks for between its steps
"""

import queue
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from fingen_core.errors import FinGenError, JobFailed, Stopped
from fingen_core.jobs.warm.worker_process import WorkerDied, WorkerOwner, WorkerProcess
from fingen_core.scenarios.requests import StressRequest

__all__ = ["Desk", "Found", "Status"]

WORKER = (sys.executable, "-m", "fingen_core.jobs.warm.search_worker")
_MOST_KEPT = 24

_PATIENCE = 8.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Found:
    """A part of an answer: its name, facts as JSON values, and arrays (log returns, weights), read-only."""

    name: str
    facts: dict[str, Any]
    arrays: dict[str, np.ndarray[Any, Any]]


@dataclass(frozen=True, eq=False, kw_only=True)
class Status:
    """How far a search is.

    Attributes
    ----------
    state : {"waiting", "running", "done", "failed", "stopped"}
    share : float
        Of the work that is done, about.
    line : str
        What is being done, for people.
    parts : mapping
        What was found so far, by name.
    error : str
        Why it failed.
    seconds : float
        Since it began to run.
    """

    state: Literal["waiting", "running", "done", "failed", "stopped"] = "waiting"
    share: float = 0.0
    line: str = "waiting for its turn"
    parts: dict[str, Found] = field(default_factory=dict)
    error: str = ""
    seconds: float = 0.0

    @property
    def is_over(self) -> bool:
        return self.state in {"done", "failed", "stopped"}


class Desk(WorkerOwner):
    """Takes searches and keeps what was found. Safe to share among threads.

    Parameters
    ----------
    home : Path, optional
        ``FINGEN_HOME`` by default.
    command : sequence of str, optional
        What is started, followed by the temporary folder; the stress worker by default.
    timeout : float
        Seconds that a search may take before its worker is given up.
    """

    _what = "the stress worker"

    def __init__(
        self, home: Path | None = None, *, command: Sequence[str] | None = None, timeout: float = 300.0
    ) -> None:
        super().__init__(home, command or WORKER, timeout)
        self._kept: OrderedDict[str, Status] = OrderedDict()
        self._waiting: queue.SimpleQueue[StressRequest] = queue.SimpleQueue()
        self._current = ""
        self._unwanted: set[str] = set()
        self._thread: threading.Thread | None = None

    def ask(self, request: StressRequest) -> Status:
        """Begin a search, unless the same one is known and was not stopped or failed; how far it is."""
        key = request.digest()
        with self._lock:
            known = self._kept.get(key)
            if known is not None and known.state not in {"failed", "stopped"}:
                self._kept.move_to_end(key)
                return known
            self._unwanted.discard(key)
            fresh = self._kept[key] = Status()
            self._kept.move_to_end(key)
            self._forget()
            self._waiting.put(request)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, daemon=True, name="stress desk")
                self._thread.start()
        return fresh

    def status(self, digest: str) -> Status | None:
        """How far a search is; ``None`` if it was never asked for, or long ago."""
        with self._lock:
            return self._kept.get(digest)

    def wait(self, request: StressRequest, timeout: float = 300.0) -> Status:
        """Ask, and wait for the end: for scripts and tests, never for a page."""
        status, deadline = self.ask(request), time.monotonic() + timeout
        while not status.is_over and time.monotonic() < deadline:
            time.sleep(0.02)
            status = self.status(request.digest()) or status
        return status

    def stop(self, digest: str) -> None:
        """End a search that waits or runs; what was found so far stays."""
        with self._lock:
            known, running, process = self._kept.get(digest), digest == self._current, self._process
            if known is None or known.is_over:
                return
            self._unwanted.add(digest)
            if not running:
                self._kept[digest] = replace(known, state="stopped")
        if running and process is not None:
            process.ask_to_stop()
            threading.Timer(_PATIENCE, self._give_up, (digest, process)).start()

    def warm(self) -> None:
        """Start the worker in the background, so that the first search need not wait for it."""
        threading.Thread(target=self._running, daemon=True, name="warm desk").start()

    def _work(self) -> None:
        while True:
            try:
                request = self._waiting.get(timeout=30)
            except queue.Empty:
                return
            self._search(request)

    def _search(self, request: StressRequest) -> None:
        key, began = request.digest(), time.monotonic()
        with self._lock:
            if key in self._unwanted or key not in self._kept:
                return
            self._current = key
            self._kept[key] = replace(self._kept[key], state="running", line="loading the model")

        def on_part(part: dict[str, Any]) -> None:
            self._change(key, began, **_progress(part), found=_found(part) if "name" in part else None)

        try:
            self._answer(request, on_part)
            self._change(key, began, state="done", share=1.0)
        except Stopped:
            self._change(key, began, state="stopped")
        except FinGenError as error:
            stopped = key in self._unwanted
            self._change(key, began, state="stopped" if stopped else "failed", error="" if stopped else str(error))
        finally:
            with self._lock:
                self._current = ""

    def _answer(self, request: StressRequest, on_part: Callable[[dict[str, Any]], None]) -> None:
        message, key = {"op": "stress", "request": request.as_dict()}, request.digest()
        try:
            self._exchange(message, self._timeout, on_part, wanted=lambda: key not in self._unwanted)
        except WorkerDied as death:
            if key in self._unwanted:
                raise Stopped("the search was stopped") from None
            raise JobFailed(
                "the process of this search ended twice, perhaps for lack of memory: try a shorter horizon. It said: "
                f"{str(death) or 'nothing'}"
            ) from death

    def _give_up(self, digest: str, process: WorkerProcess) -> None:
        """Kill a worker that did not stop when it was asked to."""
        with self._lock:
            still = self._current == digest and self._process is process
        if still:
            self.close()

    def _change(self, key: str, began: float, *, found: Found | None = None, **changes: Any) -> None:
        with self._lock:
            before = self._kept.get(key)
            if before is not None:
                parts = before.parts if found is None else {**before.parts, found.name: found}
                self._kept[key] = replace(before, parts=parts, seconds=time.monotonic() - began, **changes)

    def _forget(self) -> None:
        """Keep the last two dozen; only for whoever holds the lock."""
        for key in [key for key, status in self._kept.items() if status.is_over][
            : max(0, len(self._kept) - _MOST_KEPT)
        ]:
            del self._kept[key]


def _progress(part: dict[str, Any]) -> dict[str, Any]:
    return {name: part[name] for name in ("share", "line") if name in part}


def _found(part: dict[str, Any]) -> Found:
    for array in part["arrays"].values():
        array.flags.writeable = False
    return Found(name=part["name"], facts=part["facts"], arrays=part["arrays"])
