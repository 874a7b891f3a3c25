"""Sweeps as processes: started, stopped, resumed. A sweep's process only chooses settings; its runs do the training."""

import sys
import time
from collections.abc import Sequence
from typing import Any

from fingen_core.errors import InvalidInput
from fingen_core.jobs.queue.queue import Jobs
from fingen_core.jobs.spawning import spawn
from fingen_core.runs import sweeps
from fingen_core.runs.folder import now
from fingen_core.runs.sweeps import Knob, Sweep, SweepFolder
from fingen_core.storage.locks import Lock
from fingen_core.training.settings.picture_config import Configuration

__all__ = ["Sweeps"]

SWEEPER = (sys.executable, "-m", "fingen_core.jobs.queue.sweep_worker")
LAUNCH_SECONDS = 30.0
"""How long a process may take until it holds its sweep."""

_POLL = 0.2


class Sweeps:
    """Starts and stops the sweeps of one home.

    Parameters
    ----------
    jobs : Jobs
    command : sequence of str, optional
        What is started for a sweep, followed by its folder.
    """

    def __init__(self, jobs: Jobs, *, command: Sequence[str] | None = None) -> None:
        self.home = jobs.store.home
        self._jobs = jobs
        self._command = tuple(command or SWEEPER)

    def start(self, market: Any, config: Configuration, knobs: Sequence[Knob], **more: Any) -> str:
        """Make a sweep and start it; its id. Parameters and errors as of ``runs.sweeps.create``."""
        folder = sweeps.create(self.home, market, config, knobs, **more)
        self._launch(folder)
        return folder.id

    def get(self, sweep_id: str) -> Sweep:
        """The sweep as it stands now; ``NotFound`` if there is none."""
        folder = sweeps.folder_of(self.home, sweep_id)
        self._settle(folder)
        return sweeps.read(folder)

    def listing(self) -> list[Sweep]:
        """All sweeps as they stand now, the newest first."""
        return [self.get(sweep.id) for sweep in sweeps.listing(self.home)]

    def stop(self, sweep_id: str) -> None:
        """Ask a sweep to stop together with the training that it is at; both can be resumed."""
        folder = sweeps.folder_of(self.home, sweep_id)
        if folder.present().status in {"queued", "running"}:
            folder.flag("stop")

    def resume(self, sweep_id: str) -> None:
        """Go on with a stopped, failed or lost sweep: its training first, exactly where that was.

        Raises
        ------
        InvalidInput
            If it is done, or is still being stopped.
        """
        folder = sweeps.folder_of(self.home, sweep_id)
        lock = Lock(folder.lock)
        if not lock.acquire(patience=0.5):
            raise InvalidInput(f"sweep {sweep_id} is at work or still being stopped: try again in a moment")
        try:
            state = folder.present_without_worker()
            if state.status not in {"stopped", "failed", "lost"}:
                raise InvalidInput(f"sweep {sweep_id} is {state.status}: start a new one")
            folder.flag("stop", on=False)
            folder.change(status="queued", ended="", error="")
        finally:
            lock.release()
        self._launch(folder)

    def delete(self, sweep_id: str) -> None:
        """Hide a sweep and stop it if it is active; its runs stay. ``restore`` brings it back."""
        self.stop(sweep_id)
        sweeps.folder_of(self.home, sweep_id).flag("deleted")

    def restore(self, sweep_id: str) -> None:
        """Undo ``delete``."""
        sweeps.folder_of(self.home, sweep_id).flag("deleted", on=False)

    def wait(self, sweep_id: str) -> Sweep:
        """Wait until a sweep is no longer active."""
        while (sweep := self.get(sweep_id)).is_active:
            time.sleep(_POLL)
        return sweep

    def _launch(self, folder: SweepFolder) -> None:
        with (folder / "log.txt").open("ab") as log:
            spawn([*self._command, str(folder.path)], log, self.home)

    def _settle(self, folder: SweepFolder) -> None:
        """Write down what became of a sweep whose process is gone."""
        state = folder.state()
        waited = state.status == "queued" and time.time() - (folder / "state.json").stat().st_mtime > LAUNCH_SECONDS
        if state.status != "running" and not waited and not (state.status == "queued" and folder.wants_stop()):
            return
        lock = Lock(folder.lock)
        if not lock.acquire():
            return
        try:
            present = folder.present_without_worker()
            if present.status not in {"queued", "running"}:
                folder.change(status=present.status, ended=present.ended or now(), error=present.error)
            elif waited:
                folder.change(status="lost", ended=now(), error="Its process was gone before it began: resume it.")
        finally:
            lock.release()
