"""The neural generator: a filtered representation, and a conditional VAE or GAN that draws its innovations."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import torch

from fingen_core.errors import InvalidInput
from fingen_core.generators.filtered.model import FORMAT, FittedModel
from fingen_core.generators.learned.trained import NeuralStates, Taught, Trained
from fingen_core.generators.protocol.conditions import TAUGHT, Condition, target_of
from fingen_core.market import Market
from fingen_core.representations.filtered import Simulator, rollout
from fingen_core.representations.severity import Aim, asked_quantiles
from fingen_core.training.progress import Progress, ignore, never
from fingen_core.training.settings.config import TrainingConfig
from fingen_core.transforms import ewma
from fingen_core.types import Paths

__all__ = ["NeuralGenerator", "NeuralStates", "train"]

_LABELS = {"vae": "VAE", "gan": "GAN"}


class NeuralGenerator(Taught, Trained[TrainingConfig, FittedModel]):
    """A conditional VAE or GAN on the ``filtered`` representation."""

    stamp: ClassVar[Mapping[str, Any]] = {"format": FORMAT}
    kind_of_config, kind_of_model = TrainingConfig, FittedModel

    def __init__(self, config: TrainingConfig | None = None, device: str = "auto") -> None:
        super().__init__(config, device)
        self._simulator: Simulator | None = None

    def _named(self) -> str:
        return _LABELS[self.config.model]

    def _trained(self, market: Market) -> "NeuralGenerator":
        return train(market, self.config, device=self.device)

    @classmethod
    def _refuse(cls, info: Mapping[str, Any]) -> None:
        if info.get("format", 1) != FORMAT:
            raise InvalidInput(
                f"this model was stored in format {info.get('format', 1)} by another version of FinGen, and this one "
                f"reads format {FORMAT}: train it again, its settings are kept with its run"
            )

    @property
    def learned(self) -> tuple[str, ...]:
        return TAUGHT if self.config.severity_label == "learned" else ()

    def _asked(self, condition: Condition, start: ewma.Memory, n_paths: int, n_steps: int, seed: int) -> Paths:
        quantiles = torch.as_tensor(asked_quantiles(condition["severity"], n_paths, seed), dtype=torch.float32)
        assert self.model.targets is not None
        target = target_of(self.label, condition, self.info["severity_targets"])
        aim = Aim.at(self.model.targets, target, quantiles, n_steps)
        return rollout(self._ready(), start, n_paths, n_steps, seed, aim)

    def _paths(self, start: ewma.Memory, n_paths: int, n_steps: int, seed: int) -> Paths:
        return rollout(self._ready(), start, n_paths, n_steps, seed)

    def _ready(self) -> Simulator:
        if self._simulator is None:
            self._simulator = self.model.simulator("cpu" if self.device == "auto" else self.device)
        return self._simulator

    def _take(self, model: FittedModel, last: ewma.Memory, info: Mapping[str, Any]) -> None:
        super()._take(model, last, info)
        self._simulator = None


def train(
    market: Market,
    config: TrainingConfig,
    *,
    folder: Path | None = None,
    device: str = "auto",
    on_progress: Callable[[Progress], None] = ignore,
    should_stop: Callable[[], bool] = never,
) -> NeuralGenerator:
    """Train a generator on all of ``market``.

    Parameters
    ----------
    market : Market
        At least 500 days.
    config : TrainingConfig
    folder : Path, optional
        Where the checkpoint is kept; a training of the same market and settings found there is resumed exactly.
    device : str
        "auto", "cpu", "cuda:0", "mps".
    on_progress : callable
        Told about twice a second.
    should_stop : callable
        Asked every few steps.

    Raises
    ------
    Stopped
        When ``should_stop`` turned true; the checkpoint is saved.
    TrainingDiverged
        When a loss stops being finite.
    InvalidInput
        When the market is too short.
    """
    from fingen_core.generators.filtered.fitting import Fitting

    how: dict[str, Any] = {"folder": folder, "device": device, "on_progress": on_progress, "should_stop": should_stop}
    return Fitting(market, config, NeuralGenerator, **how).run()
