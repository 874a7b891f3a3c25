"""The process that learns companies by their numbers.

``python -m fingen_core.jobs.background.company_worker <folder>``.
"""

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from fingen_core.jobs.background import companies, task
from fingen_core.jobs.background.companies import CompanyTraining
from fingen_core.jobs.background.task import Progress
from fingen_core.market import library

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Do what the folder ``arguments[0]`` asks for; exit code 0 unless it failed."""
    folder = Path(arguments[0]).resolve()
    return task.perform(folder, partial(_train, folder), companies.NOUN)


def _train(folder: Path, now: Progress, stopped: Callable[[], bool]) -> None:
    from fingen_core.generators.companies.fitting import train
    from fingen_core.training.settings.config import preset

    request = CompanyTraining.read(folder)
    name: Any = request.preset
    kind: Any = request.model
    model = train(
        library.load(request.market_digest),
        companies.statements_of(folder),
        preset(name, kind, seed=request.seed),
        delay=request.delay,
        on_progress=lambda phase, share: task.tell(folder, replace(now, phase=phase, share=share)),
        should_stop=stopped,
    )
    model.save(folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
