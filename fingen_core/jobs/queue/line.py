"""Whose turn it is: one training or validation at a time has the device, in the order of asking.

Each run or validation that was submitted has a ticket, a file whose name sorts by the time of asking, and a worker that
waits. The first in line takes the device's lock; when its worker ends, even by ``kill -9``, the kernel opens the lock
and the next one goes on. There is no scheduler that could be missing.
"""

import time
from collections.abc import Callable
from pathlib import Path

from fingen_core.runs.validations import path_of
from fingen_core.storage.locks import Lock, is_held

__all__ = ["Queue"]

LAUNCH_SECONDS = 10.0
"""How long a launched worker may take until it holds its run."""

_POLL = 0.1


class Queue:
    """The line of runs that wait for the device of one home."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.path = home / "queue"

    def join(self, run_id: str) -> None:
        """Go to the end of the line, or stay where one is."""
        self.path.mkdir(parents=True, exist_ok=True)
        if self._ticket(run_id) is None:
            (self.path / f"{time.time_ns():020d}-{run_id}").touch()

    def leave(self, run_id: str) -> None:
        ticket = self._ticket(run_id)
        if ticket is not None:
            ticket.unlink(missing_ok=True)

    def waiting(self) -> list[str]:
        """Ids of the runs in line, the first one first."""
        return [ticket.name.partition("-")[2] for ticket in self._tickets()]

    def launched(self, run_id: str) -> None:
        """A worker was started for this run just now."""
        ticket = self._ticket(run_id)
        if ticket is not None:
            ticket.touch()

    def is_launching(self, run_id: str) -> bool:
        """Whether a worker was started so recently that it may not hold its run yet."""
        ticket = self._ticket(run_id)
        try:
            return ticket is not None and time.time() - ticket.stat().st_mtime < LAUNCH_SECONDS
        except FileNotFoundError:
            return False

    def wait(self, run_id: str, should_stop: Callable[[], bool]) -> Lock | None:
        """Wait for the device; ``None`` when asked to stop before.

        The place in the line is kept: whoever is killed before it could write down that it began is still waiting.
        """
        self.join(run_id)  # a worker that a scheduler started was not submitted
        device = Lock(self.path / "device.lock")
        while not should_stop():
            if self._is_first(run_id) and device.acquire():
                return device
            time.sleep(_POLL)
        return None

    def _is_first(self, run_id: str) -> bool:
        for other in self.waiting():
            if other == run_id:
                return True
            if is_held(path_of(self.home, other) / "lock") or self.is_launching(other):
                return False
        return True

    def _tickets(self) -> list[Path]:
        return sorted(self.path.glob("[0-9]*-*")) if self.path.exists() else []

    def _ticket(self, run_id: str) -> Path | None:
        return next((ticket for ticket in self._tickets() if ticket.name.endswith(f"-{run_id}")), None)
