"""Locks that the system holds for a process and releases when it ends, however it ends.

A file that says "running" is a claim; a lock is a fact. So whether a worker lives, who may write a run's state, and who
has the device are all asked of a lock on a file: ``flock``, or what Windows has in its place (``filelock``). It belongs
to the open file, not to the process: two locks on one path exclude each other inside one process too.
"""

import math
from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout

__all__ = ["Lock", "is_held"]

_POLL = 0.02
_ASKING = 0.003
"""Seconds for which somebody else who only asks may have a lock in hand."""


class Lock:
    """An exclusive lock on a file, which is created when needed and never removed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = FileLock(path, mode=0o644, thread_local=False)

    def acquire(self, patience: float = 0.0) -> bool:
        """Take the lock within ``patience`` seconds; whether it worked. Who holds it already cannot take it again."""
        if self._lock.is_locked:
            return False
        try:
            self._lock.acquire(timeout=-1 if math.isinf(patience) else patience, poll_interval=_POLL)
        except Timeout:
            return False
        return True

    def release(self) -> None:
        self._lock.release()

    def __enter__(self) -> Self:
        self.acquire(math.inf)
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def is_held(path: Path) -> bool:
    """Whether some process holds the lock at this moment.

    Asking takes the lock for some microseconds, so whoever needs it should try with a little patience.
    """
    if not path.exists():
        return False
    asked = FileLock(path, mode=0o644, thread_local=False)
    try:
        asked.acquire(timeout=_ASKING, poll_interval=_ASKING / 3)
    except FileNotFoundError:
        return False
    except Timeout:
        return True
    asked.release()
    return False
