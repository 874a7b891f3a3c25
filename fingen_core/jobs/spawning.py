"""Processes that belong to nobody: they have a session of their own and go on when the server ends.

What differs between systems stands in this file alone. Windows was not tried.
"""

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import psutil

from fingen_core.errors import JobFailed
from fingen_core.runs.mlflow_record import keep_telemetry_off
from fingen_core.settings import ASSETS

__all__ = ["end_with_children", "give_way", "spawn"]


# Not tried on Windows, where a process outlives the console that began it by a flag; elsewhere by a session of its own.
_ON_ITS_OWN: dict[str, Any] = (
    {"creationflags": 0x00000008 | 0x00000200}  # DETACHED_PROCESS, CREATE_NEW_PROCESS_GROUP
    if sys.platform == "win32"
    else {"start_new_session": True}
)


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
            **_ON_ITS_OWN,
        )
    except OSError as error:
        raise JobFailed(
            f"no process could be started ({error.strerror}): close other programs and try again"
        ) from error
    # Somebody has to take note of its end, or it stays in the process table as long as the server lives.
    threading.Thread(target=process.wait, daemon=True, name=f"process {process.pid}").start()
    return process.pid


def end_with_children(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it has begun, and wait until it is gone."""
    try:
        family = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
    except psutil.NoSuchProcess:
        family = []
    for member in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            member.kill()
    process.wait()


def give_way() -> None:
    """Let other processes of this machine come first: pages have to answer while a model trains."""
    if sys.platform == "win32":
        psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    else:
        os.nice(5)
