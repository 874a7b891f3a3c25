"""The process that brings the MLflow record up to date: ``python -m fingen_core.jobs.queue.mlflow_worker <home>``.

A process of its own, because importing MLflow would cost a page seconds and a hundred megabytes.
"""

import sys
from pathlib import Path

from fingen_core.runs.store import RunStore
from fingen_core.storage.locks import Lock

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Record all runs of the home ``arguments[0]`` that are at rest; 1 if a server could not be reached."""
    home = Path(arguments[0])
    lock = Lock(home / "recorder.lock")
    if not lock.acquire():
        return 0  # another one is at it
    try:
        return int(not RunStore(home).sync())
    finally:
        lock.release()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
