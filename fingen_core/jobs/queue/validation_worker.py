"""The process that validates one run: ``python -m fingen_core.jobs.queue.validation_worker <validation folder>``.

Also what a training worker does at its end, in its own process: a quick validation on the held-out days.
"""

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import psutil

from fingen_core.jobs.queue import process
from fingen_core.runs import validations
from fingen_core.runs.folder import RunFolder, now
from fingen_core.runs.validations import ValidationFolder
from fingen_core.storage.locks import Lock

__all__ = ["Judge", "main", "quick"]

Judge: TypeAlias = Callable[..., None]
"""``judge(folder, *, on_progress, should_stop)``, which writes what it finds into the folder."""

_log = logging.getLogger("fingen.worker")


def main(arguments: list[str], judge: Judge | None = None) -> int:
    """Do what the validation in the folder ``arguments[0]`` asks for; exit code 0 unless it failed."""
    folder = ValidationFolder(Path(arguments[0]).resolve())
    with process.held(folder) as asked:
        if asked is None:
            return 0
        return int(process.take_turn(folder, asked, lambda: _run(folder, asked, judge or _judge)))


def quick(run: RunFolder, judge: Judge | None = None) -> bool:
    """Validate a run that was just trained, in this process, which has the device; whether that failed.

    The folder says how it went, in a sentence; the run itself is not touched.
    """
    folder = validations.create_quick(run)
    with Lock(folder.lock):
        me = psutil.Process()
        folder.change(status="running", started=now(), pid=me.pid, pid_started=me.create_time())
        failed = _run(folder, process.Asked(folder), judge or _judge)
    _log.info("quick validation: %s", folder.state().error or "done")
    return failed


def _run(folder: ValidationFolder, asked: process.Asked, judge: Judge) -> bool:
    reporter = process.Reporter(folder)

    def work() -> None:
        judge(folder, on_progress=reporter, should_stop=asked.to_stop)
        reporter.finish({})

    end = process.perform(folder, asked, work)
    folder.change(ended=now(), **end)
    return bool(end["status"] == "failed")


def _judge(folder: ValidationFolder, **more: Any) -> None:
    from fingen_core.jobs.queue.validation import judge_all

    judge_all(folder, **more)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
