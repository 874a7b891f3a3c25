"""A training worker for sweeps: it scores settings by a formula, and diverges where it is told to."""

import json
import math
import sys
import time
from pathlib import Path
from typing import Any

from fingen_core.errors import FinGenError, TrainingDiverged
from fingen_core.jobs.queue import train_worker
from fingen_core.training.progress import Progress
from fingen_core.training.settings.picture_config import PictureConfig

DIVERGES_ABOVE = 60
"""Latent sizes beyond this end in a loss that is not finite."""


class Scored:
    def __init__(self, config: Any, value: float) -> None:
        self.info = {"scores": scores(config, value), "device": "cpu"}


def scores(config: Any, value: float) -> dict[str, float]:
    """What a training of this kind is scored by."""
    return {"long_run": value} if isinstance(config, PictureConfig) else {"fz0_1": value, "fz0_5": value}


def score(config: Any) -> float:
    """Best, 1, at a learning rate of .001 and the smallest weight of the KL divergence."""
    return 1 + abs(math.log10(config.learning_rate) + 3) + config.kl_weight / 100


def train(market: Any, config: Any, *, folder: Path, device: str, on_progress: Any, should_stop: Any) -> Scored:
    home = folder.parent.parent
    with (home / "trained.txt").open("a") as trained:
        trained.write(f"{folder.name}\n")
    if config.latent_size > DIVERGES_ABOVE:
        raise TrainingDiverged("vae/kl became inf at step 3: lower the learning rate")
    best = score(config)
    n_steps = config.steps if isinstance(config, PictureConfig) else config.vae_steps
    for step in range(1, n_steps + 1):
        if should_stop():
            raise FinGenError("stopped")
        looks = step % config.validate_every == 0
        now = best + (n_steps - step) / 100
        found = scores(config, now) if looks else {}
        on_progress(Progress(phase="VAE", step=step, n_steps=n_steps, losses={"vae/kl": now}, scores=found))
        while (home / "hold").exists() and not should_stop():
            time.sleep(0.005)
        time.sleep(0.06 if looks else 0.001)
    (folder / "generator.safetensors").write_text("")
    (folder / "generator.json").write_text(json.dumps(Scored(config, best).info))
    (folder / "held-out").mkdir(exist_ok=True)
    return Scored(config, best)


def refuse(*_: Any, **__: Any) -> None:
    raise AssertionError("trials are not validated")


if __name__ == "__main__":
    sys.exit(train_worker.main(sys.argv[1:], train, push=lambda folder: (folder / "pushed").touch(), judge=refuse))
