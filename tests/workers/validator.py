"""A validation worker that counts instead of judging, told by the name of its run how to behave."""

import sys
import time
from typing import Any

from fingen_core.errors import FinGenError
from fingen_core.jobs.queue import validation_worker
from fingen_core.runs.validations import ValidationFolder, write_lights
from fingen_core.training.progress import Progress
from fingen_core.validation.verdict import Light

STEPS = 30
LIGHTS = (
    Light(question="tomorrow", color="good", sentence="Ahead on 30 days.", evidence={"t": -2.5}),
    Light(question="long run", color="unsure", sentence="Within its floor, hardly.", evidence={}),
    Light(question="novelty", color="bad", sentence="It repeats its training days.", evidence={"ratio": 0.1}),
)


def judge(folder: ValidationFolder, *, on_progress: Any, should_stop: Any) -> None:
    behavior = folder.run.name()
    with (folder.home / "validated.txt").open("a") as order:
        order.write(f"{folder.id}\n")
    if behavior == "validate badly":
        raise ZeroDivisionError("secret detail")
    if behavior == "memory":
        raise MemoryError
    if behavior == "refuse":
        raise FinGenError("no day is left to test: choose an earlier date")
    for step in range(1, STEPS + 1):
        on_progress(Progress(phase="Judging", step=step, n_steps=STEPS, seconds_left=float(STEPS - step)))
        while behavior == "hold" and not (folder.home / "release").exists() and not should_stop():
            time.sleep(0.005)
        if should_stop():
            raise FinGenError("stopped")
    write_lights(folder, LIGHTS)


if __name__ == "__main__":
    sys.exit(validation_worker.main(sys.argv[1:], judge))
