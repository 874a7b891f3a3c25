"""Locks that the kernel holds for a process and releases when it ends, however it ends.

A file that says "running" is a claim; a lock is a fact. So whether a worker lives, who may write a run's state, and who
has the device are all asked of ``flock``. The lock belongs to the open file, not to the process: two locks on one path
exclude each other inside one process too.
"""

import fcntl
import os
import time
from pathlib import Path
from typing import Self

__all__ = ["Lock", "is_held"]

_POLL = 0.02


class Lock:
    """An exclusive lock on a file, which is created when needed and never removed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    def acquire(self, patience: float = 0.0) -> bool:
        """Take the lock within ``patience`` seconds; whether it worked."""
        deadline = time.monotonic() + patience
        while not self._try():
            if time.monotonic() >= deadline:
                return False
            time.sleep(_POLL)
        return True

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self) -> Self:
        self.acquire(float("inf"))
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def _try(self) -> bool:
        # Files that Python opens are not inherited by child processes: a child cannot keep its parent's lock.
        file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        self._file = file
        return True


def is_held(path: Path) -> bool:
    """Whether some process holds the lock at this moment.

    Asking takes the lock for some microseconds, so whoever needs it should try with a little patience.
    """
    try:
        file = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False
