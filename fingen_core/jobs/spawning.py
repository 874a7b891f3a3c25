"""Processes that belong to nobody: they have a session of their own and go on when the server ends."""

import os
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from fingen_core.errors import JobFailed
from fingen_core.runs.record import keep_telemetry_off
from fingen_core.settings import ASSETS

__all__ = ["spawn"]


def spawn(command: Sequence[str], log: IO[bytes], home: Path) -> int:
    """Start a process that works in ``home`` and says what it says into ``log``; its id.

    Raises
    ------
    JobFailed
        If the system starts no more processes.
    """
    keep_telemetry_off()
    # The arrays of a training are small: threads of the linear algebra would mostly wait for each other.
    environment = {"OPENBLAS_NUM_THREADS": "1", **os.environ, "FINGEN_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    try:
        process = subprocess.Popen(
            command,
            cwd=ASSETS.parent,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    except OSError as error:
        raise JobFailed(
            f"no process could be started ({error.strerror}): close other programs and try again"
        ) from error
    # Somebody has to take note of its end, or it stays in the process table as long as the server lives.
    threading.Thread(target=process.wait, daemon=True, name=f"process {process.pid}").start()
    return process.pid
