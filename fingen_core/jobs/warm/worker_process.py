"""Worker processes that a server keeps warm: their pipes and their folder, and who keeps one and replaces it.

The owner asks, the worker answers::

    owner  --- one line of JSON on its stdin --->  worker
    owner  <-- one line of JSON on its stdout ---  worker   parts on the way, then the answer
    owner  <-- arrays in .npy files -------------  worker   in a private temporary folder; nothing is pickled

A worker that is killed is started again at the next request, or at once for a request that it had in its hands.
"""

import atexit
import contextlib
import json
import logging
import os
import queue
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import psutil

from fingen_core import errors, settings
from fingen_core.errors import FinGenError, JobFailed
from fingen_core.runs.folder import tail
from fingen_core.runs.mlflow_record import keep_telemetry_off
from fingen_core.settings import ASSETS

__all__ = ["WorkerDied", "WorkerOwner", "WorkerProcess"]

_PREFIX = "fingen-sampler-"  # of temporary folders; the id of the server that made it follows
_log = logging.getLogger(__name__)


class WorkerOwner:
    """Keeps one worker process and starts another when it has died.

    Parameters
    ----------
    home : Path, optional
        ``FINGEN_HOME`` by default.
    command : sequence of str
        What is started, followed by the temporary folder.
    timeout : float
        Seconds that a request may take before its worker is given up.
    """

    _what: ClassVar[str] = "the worker"
    _shared: ClassVar["WorkerOwner | None"] = None  # of each subclass, its own
    _sharing: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, home: Path | None = None, command: Sequence[str] = (), timeout: float = 180.0) -> None:
        self.home = home or settings.home()
        self._command, self._timeout = tuple(command), timeout
        self._lock = threading.Lock()
        self._process: WorkerProcess | None = None

    @classmethod
    def shared(cls) -> Self:
        """The one of this server."""
        with cls._sharing:
            if cls._shared is None or cls._shared.home != settings.home():
                if cls._shared is not None:
                    cls._shared.close()
                cls._shared = cls()
                atexit.register(cls._shared.close)
            return cls._shared  # type: ignore[return-value]

    def close(self) -> None:
        """End the worker; a later request starts another."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.close()

    def _running(self) -> "WorkerProcess":
        with self._lock:
            if self._process is None or not self._process.is_alive():
                if self._process is not None:
                    self._process.close()
                self._process = WorkerProcess(self._command, self.home)
            return self._process

    def _exchange(
        self,
        message: dict[str, Any],
        timeout: float,
        on_part: Callable[[dict[str, Any]], None] | None = None,
        *,
        wanted: Callable[[], bool] = lambda: True,
    ) -> dict[str, Any]:
        """One exchange, repeated once if the worker dies over it while the answer is ``wanted``, else ``WorkerDied``.

        For one thread at a time.
        """
        attempt = 1
        while True:
            try:
                return self._running().exchange(message, timeout, on_part)
            except WorkerDied as death:
                self.close()
                _log.warning("%s ended in the middle of a request (attempt %d): %s", self._what, attempt, death)
                if attempt == 2 or not wanted():
                    raise
                attempt += 1


class WorkerDied(Exception):
    """The worker ended; the message is the last line of its log."""


class WorkerProcess:
    """A running worker, its pipes and its folder."""

    def __init__(self, command: tuple[str, ...], home: Path) -> None:
        keep_telemetry_off()
        _sweep()
        self.folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
        self._number = 0
        with (self.folder / "log.txt").open("wb") as log:
            try:
                self._popen = subprocess.Popen(
                    [*command, str(self.folder)],
                    cwd=ASSETS.parent,
                    env={**os.environ, "FINGEN_HOME": str(home)},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    start_new_session=True,  # Ctrl-C in the terminal is for the server; the worker ends with its stdin
                )
            except OSError as error:
                shutil.rmtree(self.folder, ignore_errors=True)
                raise JobFailed(
                    f"the sampler could not be started ({error.strerror}): close other programs and try again"
                ) from error
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True, name=f"sampler {self.pid}")
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._popen.pid

    def is_alive(self) -> bool:
        return self._popen.poll() is None

    def exchange(
        self, message: dict[str, Any], timeout: float, on_part: Callable[[dict[str, Any]], None] | None = None
    ) -> dict[str, Any]:
        """Send a request and wait for its answer; errors of the other side are raised here as they were there.

        ``on_part`` is called with what the worker says on the way, its files as arrays.
        """
        self._number += 1
        assert self._popen.stdin is not None
        try:
            self._popen.stdin.write(json.dumps({"id": self._number, **message}).encode() + b"\n")
            self._popen.stdin.flush()
        except OSError as error:
            raise WorkerDied(tail(self.folder / "log.txt")) from error
        deadline = time.monotonic() + timeout
        answer = self._answer(deadline, timeout)
        while "part" in answer:
            part = {**answer["part"], "arrays": self._arrays(answer["part"].get("files", {}))}
            if on_part is not None:
                on_part(part)
            answer = self._answer(deadline, timeout)
        if "error" in answer:
            raise _error(answer["error"])
        if "file" in answer:
            answer["array"] = self._array(answer["file"])
        answer["arrays"] = self._arrays(answer.get("files", {}))
        return answer

    def ask_to_stop(self) -> None:
        """Tell the worker that nobody waits for the request in its hands any more; it ends it with ``Stopped``."""
        (self.folder / f"stop-{self._number}").touch()

    def close(self) -> None:
        """End the process now and remove its folder."""
        self._popen.kill()
        self._popen.wait()
        for pipe in (self._popen.stdin, self._popen.stdout):
            with contextlib.suppress(OSError):  # what was left in the buffer has no reader any more
                if pipe is not None:
                    self._reader.join(timeout=5)
                    pipe.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answer(self, deadline: float, timeout: float) -> dict[str, Any]:
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                self._popen.kill()
                raise JobFailed(
                    f"no scenarios after {timeout:g} seconds: ask for fewer paths or steps, or a smaller market"
                ) from None
            if not line:
                self._popen.wait()
                raise WorkerDied(tail(self.folder / "log.txt"))
            answer: dict[str, Any] = json.loads(line)
            if answer.get("id") == self._number:
                return answer

    def _arrays(self, files: dict[str, str]) -> dict[str, np.ndarray[Any, Any]]:
        return {name: self._array(file) for name, file in files.items()}

    def _array(self, name: str) -> np.ndarray[Any, Any]:
        path = self.folder / Path(name).name
        try:
            array: np.ndarray[Any, Any] = np.load(path, allow_pickle=False)
        except (OSError, ValueError) as error:
            raise JobFailed(f"the sampler's result cannot be read ({error}): try again") from error
        path.unlink(missing_ok=True)
        return array

    def _read(self) -> None:
        assert self._popen.stdout is not None
        for line in self._popen.stdout:
            self._lines.put(line)
        self._lines.put(b"")


def _sweep() -> None:
    """Remove the folders of servers that are gone; a server and its worker that were killed together leave one."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdecimal() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)  # what belongs to another user stays


def _error(found: dict[str, str]) -> FinGenError:
    """An error of the worker, as the class it had there."""
    kind = getattr(errors, found["type"], FinGenError) if found["type"] in errors.__all__ else FinGenError
    return kind(found["message"])
