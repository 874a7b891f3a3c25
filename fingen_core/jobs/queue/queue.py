"""Trainings and validations as processes: submitted, queued, stopped, resumed; the truth after any accident."""

import logging
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import psutil

from fingen_core.errors import InvalidInput, JobFailed
from fingen_core.jobs.queue.line import Queue
from fingen_core.jobs.spawning import spawn
from fingen_core.runs.folder import RunFolder, State, now, tail, write_text
from fingen_core.runs.run import Run
from fingen_core.runs.store import RunStore
from fingen_core.runs.validations import DEFAULT_RIVALS, Kind, create, newest_first
from fingen_core.storage.locks import Lock
from fingen_core.training import steering
from fingen_core.types import RunStatus

if TYPE_CHECKING:
    from fingen_core.market import Market
    from fingen_core.validation.protocol import Protocol

__all__ = ["Jobs"]

WORKER = (sys.executable, "-m", "fingen_core.jobs.queue.train_worker")
VALIDATOR = (sys.executable, "-m", "fingen_core.jobs.queue.validation_worker")
TERMINATE_AFTER = 5.0
KILL_AFTER = 20.0
"""Seconds after a request to stop until SIGTERM, and until SIGKILL: a checkpoint takes a moment."""

SUBMIT_WITHIN = 60.0
"""Seconds that a new run may wait to be submitted."""

RECORD_EVERY = 10.0
"""Seconds between attempts to bring the MLflow record up to date."""

_LAUNCHES = 3
_POLL = 0.1
_log = logging.getLogger(__name__)


class Jobs:
    """Starts and stops the workers of one run store; any number of servers may do so at the same time.

    Parameters
    ----------
    store : RunStore
    command : sequence of str, optional
        What is started for a run, followed by its folder; the training worker by default.
    validator : sequence of str, optional
        The same for a validation.

    Notes
    -----
    A worker belongs to nobody: it has a session of its own and goes on when the server ends. It holds its run's lock as
    long as it lives, so a second one for the same run finds the lock taken and leaves, whoever started it. All of this
    holds for validations too, which go by their ``task``, the ids of run and validation with a dot between them.
    """

    def __init__(
        self, store: RunStore, *, command: Sequence[str] | None = None, validator: Sequence[str] | None = None
    ) -> None:
        self.store = store
        self.queue = Queue(store.home)
        self._commands = {"run": tuple(command or WORKER), "validation": tuple(validator or VALIDATOR)}
        self._next_record = 0.0

    def submit(self, run_id: str) -> None:
        """Put a new run in line for the device; doing so twice is the same as once.

        Raises
        ------
        InvalidInput
            If the run has ended: it can be resumed instead.
        """
        self._start(run_id, ("queued",), "it was trained already: resume it, or make a new run")

    def resume(self, run_id: str) -> None:
        """Put a stopped, failed or lost run in line again; it goes on exactly at its last checkpoint.

        Raises
        ------
        InvalidInput
            If the run is done: there is nothing left to train.
        """
        self._start(run_id, ("queued", "stopped", "failed", "lost"), "nothing is left to train: make a new run")

    def validate(
        self,
        run_id: str,
        protocol: "Protocol",
        rivals: Sequence[str] = DEFAULT_RIVALS,
        *,
        kind: Kind = "full",
        market: "Market | None" = None,
    ) -> str:
        """Put a validation of a run in line for the device; returns the id of the validation.

        Raises
        ------
        InvalidInput
            If the run is deleted, has no model to be judged as it is, or a rival is unknown.
        """
        from fingen_core.generators.registry import classical

        run = self.store.get(run_id)
        if run.paints:
            raise InvalidInput(
                f"run {run_id} paints windows of several weeks, which is too slow to forecast day by day: it is judged "
                "on the long run while it learns, see the Images page"
            )
        unknown = [key for key in rivals if key not in classical()]
        if unknown:
            raise InvalidInput(f"there is no rival {unknown[0]!r}: choose among {', '.join(classical())}")
        if kind == "after" and not (run.has_model and market is not None):
            raise InvalidInput(f"run {run_id} has no model to be judged on later days: validate it fully instead")
        folder = create(self.store.folder(run_id), kind=kind, protocol=protocol, rivals=rivals, market=market)
        self.submit(folder.id)
        return folder.path.name

    def stop(self, run_id: str) -> None:
        """Ask a run to stop, keeping its best checkpoint. Returns at once; a worker that does not listen is ended."""
        folder = self.store.task(run_id)
        if folder.present().status not in {"queued", "running"}:
            return
        folder.flag("stop")
        if not self._settle(folder):
            threading.Thread(target=self._insist, args=(folder,), daemon=True, name=f"stop {run_id}").start()

    def pause(self, run_id: str) -> None:
        """Hold a training at its next look around: it keeps its process, its state, and the device."""
        folder = self._steered(run_id)
        steering.write(folder / steering.PAUSE, {})

    def step(self, run_id: str, n_steps: int) -> None:
        """Let a training that is held do so many steps, rounded up to its next look around, and hold it again.

        Raises
        ------
        InvalidInput
            If it is not held, or ``n_steps`` is below 1.
        """
        folder = self._steered(run_id)
        if not folder.is_paused():
            raise InvalidInput(f"run {run_id} is not held: pause it first")
        if n_steps < 1:
            raise InvalidInput(f"{n_steps} steps: let it do at least one")
        write_text(folder / steering.STEP, str(n_steps))

    def go_on(self, run_id: str) -> None:
        """Let a training that is held go on; one that is not, does anyway."""
        self.store.folder(run_id).flag(steering.PAUSE, on=False)

    def change_rates(self, run_id: str, rates: Mapping[str, float]) -> None:
        """Give players of a training other learning rates from its next look around on, "critic" to rate.

        Raises
        ------
        InvalidInput
            If the run does not train, or a rate is not above 0 and at most 1.
        """
        folder = self._steered(run_id)
        steering.write(folder / steering.RATES, steering.checked_rates(rates))

    def _steered(self, run_id: str) -> RunFolder:
        folder = self.store.folder(run_id)
        status = folder.present().status
        if status not in {"queued", "running"}:
            raise InvalidInput(f"run {run_id} is {status}: only a training that runs can be steered; resume it first")
        return folder

    def delete(self, run_id: str) -> None:
        """Hide a run or a validation and stop what is active of it; ``RunStore.restore`` brings a run back."""
        folder = self.store.task(run_id)
        for task in (folder, *newest_first(folder)):
            self.stop(task.id)
        folder.flag("deleted")

    def position(self, run_id: str) -> int:
        """How many runs are before this one in the line, the one in training not counted."""
        waiting = self.queue.waiting()
        return waiting.index(run_id) if run_id in waiting else 0

    def follow(self, run_id: str) -> Iterator[Run]:
        """The run as it stands, again and again, until it is no longer active; that is the last one."""
        while True:
            self._settle(self.store.folder(run_id))
            run = self.store.get(run_id)
            yield run
            if not run.is_active:
                return
            time.sleep(_POLL)

    def wait(self, run_id: str, timeout: float = float("inf")) -> RunStatus:
        """Wait until a run or a validation is no longer active and give its status; ``JobFailed`` when time is up."""
        folder, deadline = self.store.task(run_id), time.monotonic() + timeout
        while True:
            self._settle(folder)
            status = folder.present().status
            if status not in {"queued", "running"}:
                return status
            if time.monotonic() > deadline:
                raise JobFailed(
                    f"{folder.noun} {run_id} is still {status} after {timeout:g} seconds: stop it or wait longer"
                )
            time.sleep(_POLL)

    def reconcile(self) -> list[str]:
        """Bring what is written into line with what is; the ids of runs and validations that changed.

        Dead workers' runs are marked lost, waiting runs whose worker is gone get a new one, and workers that ignore a
        request to stop are ended. Cheap enough for every look at the page.
        """
        changed = [folder.id for folder in self.store.tasks() if self._settle(folder)]
        self._record_soon()
        return changed

    def _record_soon(self) -> None:
        """Let a process of its own bring the MLflow record up to date, if there is anything to say."""
        # Workers record their own run as they leave; this is for names, deletions and the runs of killed workers.
        if time.monotonic() < self._next_record:
            return
        self._next_record = time.monotonic() + RECORD_EVERY
        if not self.store.unrecorded(rested=RECORD_EVERY):
            return
        with (self.store.home / "recorder.log").open("wb") as log:
            spawn(
                [sys.executable, "-m", "fingen_core.jobs.queue.mlflow_worker", str(self.store.home)],
                log,
                self.store.home,
            )

    def _start(self, run_id: str, allowed: tuple[str, ...], otherwise: str) -> None:
        folder = self.store.task(run_id)
        if folder.is_deleted() or self.store.folder(run_id.partition(".")[0]).is_deleted():
            raise InvalidInput(f"{folder.noun} {run_id} is deleted: restore it first")
        lock = Lock(folder.lock)
        if not lock.acquire(patience=0.5):
            if folder.wants_stop():
                raise InvalidInput(f"{folder.noun} {run_id} is still being stopped: try again in a moment")
            return  # a worker has it
        try:
            state = folder.present_without_worker()
            if state.status not in allowed:
                raise InvalidInput(f"{folder.noun} {run_id} is {state.status}: {otherwise}")
            if state.status == "queued" and run_id in self.queue.waiting():
                return  # somebody else was faster
            self.queue.join(run_id)
            for flag in ("stop", steering.PAUSE, steering.STEP, steering.RATES):
                folder.flag(flag, on=False)
            folder.change(status="queued", ended="", error="", launches=1)
        finally:
            lock.release()
        self._launch(folder)

    def _launch(self, folder: RunFolder) -> None:
        self.queue.launched(folder.id)
        with (folder / "log.txt").open("ab") as log:
            spawn([*self._commands[folder.noun], str(folder.path)], log, self.store.home)

    def _settle(self, folder: RunFolder) -> bool:
        """Correct what is written about one run; whether anything was."""
        state = folder.state()
        if state.status not in {"queued", "running"}:
            return False
        lock = Lock(folder.lock)
        if not lock.acquire():
            if folder.wants_stop():
                _press(folder, state)
            return False
        try:
            state, present = folder.state(), folder.present_without_worker()
            if present.status != state.status:
                self.queue.leave(folder.id)
                folder.change(status=present.status, ended=present.ended or now(), error=present.error)
                _log.info("%s %s is %s", folder.noun, folder.id, present.status)
                return True
            if state.status != "queued" or self.queue.is_launching(folder.id):
                return False
            return self._launch_again(folder, state)
        finally:
            lock.release()

    def _launch_again(self, folder: RunFolder, state: State) -> bool:
        """A waiting worker is gone: start another, unless they keep dying."""
        if folder.id not in self.queue.waiting():
            return _forsake(folder)
        if state.launches >= _LAUNCHES:
            self.queue.leave(folder.id)
            said = tail(folder / "log.txt")
            error = (
                f"The {folder.work} process ended {state.launches} times before it began. "
                f"The last line of its log: {said}"
            )
            folder.change(status="failed", ended=now(), error=error)
            return True
        folder.change(launches=state.launches + 1)
        self._launch(folder)
        return True

    def _insist(self, folder: RunFolder) -> None:
        try:
            while folder.present().status in {"queued", "running"}:
                self._settle(folder)
                time.sleep(_POLL)
        except FileNotFoundError:
            if folder.path.exists():
                raise
            # The folder was removed for good meanwhile: there is nothing left to stop.


def _forsake(folder: RunFolder) -> bool:
    """A server that was killed after making a run and before submitting it must not leave one that waits for ever."""
    if time.time() - (folder / "state.json").stat().st_mtime < SUBMIT_WITHIN:
        return False
    folder.change(status="stopped", ended=now(), error="It was made but never put in line: resume it to begin.")
    return True


def _press(folder: RunFolder, state: State) -> None:
    """End a worker that was asked to stop and has not, the harder the longer ago."""
    try:
        asked = (folder / "stop").stat().st_mtime
    except FileNotFoundError:
        return
    waited = time.time() - asked
    if waited > TERMINATE_AFTER:
        _end(folder, state, hard=waited > KILL_AFTER)


def _end(folder: RunFolder, state: State, *, hard: bool) -> None:
    """Ask a worker to end, or end it, and nobody who was given its number after it."""
    try:
        process = psutil.Process(state.pid)
        same = abs(process.create_time() - state.pid_started) < 5 and str(folder.path) in process.cmdline()
        if state.pid and same:
            (process.kill if hard else process.terminate)()
    except psutil.Error:
        return
