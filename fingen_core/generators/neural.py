"""The neural generator: a filtered representation, and a conditional VAE or GAN that draws its innovations."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import torch
from torch import Tensor

from fingen_core.errors import InvalidInput
from fingen_core.generators.conditions import TAUGHT, Condition, target_of
from fingen_core.generators.trained import NeuralStates, Taught, Trained
from fingen_core.market import Market
from fingen_core.models.calibration import Calibration, calibrate
from fingen_core.models.factor import Decoder, Encoder
from fingen_core.models.losses import draw_like
from fingen_core.representations.filtered import N_CONDITIONS, Filtered, Simulator, rollout
from fingen_core.representations.severity import Aim, Targets, asked_quantiles
from fingen_core.training import checkpoint
from fingen_core.training.config import TrainingConfig
from fingen_core.training.progress import Progress, ignore, never
from fingen_core.training.recipe import decoder_for, encoder_for
from fingen_core.transforms import ewma
from fingen_core.types import Array, Paths

__all__ = ["FORMAT", "FittedModel", "NeuralGenerator", "NeuralStates", "train"]

FORMAT = 2
"""Of the stored parts; 1 remembered squares of returns, which this version's filter cannot go on from."""
_CALIBRATION_DRAWS = 60_000
_LABELS = {"vae": "VAE", "gan": "GAN"}


@dataclass(frozen=True, eq=False)
class FittedModel:
    """What training gives: everything between noise and log returns.

    Attributes
    ----------
    representation : Filtered
    decoder : Decoder
        With averaged weights.
    calibration : Calibration
    targets : Targets or None
        Whom a month can be asked to be bad for, where that was learned.
    encoder : Encoder or None
        Of a VAE, the other half: it places days on the latent map, and drawing does not need it.
    """

    representation: Filtered
    decoder: Decoder
    calibration: Calibration
    targets: Targets | None = None
    encoder: Encoder | None = None

    @classmethod
    def calibrated(
        cls,
        representation: Filtered,
        decoder: Decoder,
        examples: tuple[Tensor, Tensor],
        seed: int,
        targets: Targets | None = None,
    ) -> Self:
        """Calibrate a decoder on its training examples (scores, condition)."""
        scores, condition = examples[0], examples[1][:, : decoder.n_condition]  # asked without a label
        repeats = max(1, _CALIBRATION_DRAWS // len(condition))
        generator = torch.Generator(condition.device).manual_seed(seed)
        with torch.no_grad():
            draws = draw_like(decoder, condition.repeat(repeats, 1), generator)
        return cls(representation, decoder, calibrate(draws.cpu(), scores.cpu()), targets)

    def unlabeled(self, condition: Tensor) -> Tensor:
        """Conditions (n, 8) as the encoder reads them: followed by no label, where such are learned."""
        n_targets = self.targets.n if self.targets else 0
        return torch.cat([condition, torch.zeros(len(condition), 2 * n_targets)], dim=1) if n_targets else condition

    def simulator(self, device: str = "cpu") -> Simulator:
        """Ready to roll out on a device."""
        calibration, decoder = self.calibration.to(device), self.decoder.to(device)
        tables = torch.as_tensor(self._tables(), dtype=torch.float32, device=device)

        def draw(condition: Tensor, generator: torch.Generator) -> Tensor:
            return calibration.align(draw_like(decoder, condition, generator))

        return Simulator(self.representation.on(device), draw, tables, device)

    def tensors(self) -> dict[str, Tensor]:
        """For a checkpoint."""
        parts = {
            "representation": self.representation.tensors(),
            "decoder": self.decoder.state_dict(),
            "calibration": vars(self.calibration),
            "targets": {} if self.targets is None else vars(self.targets),
            "encoder": self.encoder.state_dict() if self.encoder is not None else {},
        }
        return {f"{part}.{name}": value for part, values in parts.items() for name, value in values.items()}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor], config: TrainingConfig) -> Self:
        """Take up ``tensors()`` again."""
        representation = Filtered.from_tensors(checkpoint.under(tensors, "representation."))
        kept = checkpoint.under(tensors, "targets.")
        targets = Targets(**kept) if kept else None
        n_conditions = tensors["decoder.gate.0.weight"].shape[1]
        decoder = decoder_for(len(representation.scale), n_conditions, config, targets.n if targets else 0)
        decoder.load_state_dict(checkpoint.under(tensors, "decoder."))
        encoder, kept = None, checkpoint.under(tensors, "encoder.")
        if kept:  # models that were stored before there was a latent map have none
            n_inputs = N_CONDITIONS + (2 * targets.n if targets else 0)
            encoder = encoder_for(len(representation.scale), n_inputs, config)
            encoder.load_state_dict(kept)
        calibration = Calibration(**checkpoint.under(tensors, "calibration."))
        return cls(representation, decoder, calibration, targets, encoder)

    def _tables(self) -> Array:
        """Calibrated margins folded with the marginal map: from a draw to a residual, shape (n_assets, 1201)."""
        margins = self.calibration.margins.double()
        return self.representation.marginals.to_residuals(margins.T.numpy()).T


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
    from fingen_core.generators.fitting import Fitting

    fitting = Fitting(market, config, folder=folder, device=device, on_progress=on_progress, should_stop=should_stop)
    return fitting.run()
