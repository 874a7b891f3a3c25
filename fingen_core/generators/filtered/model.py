"""The fitted parts of a filtered generator: everything between noise and log returns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from fingen_core.models.decoder_calibration import Calibration, calibrate
from fingen_core.models.factor import Decoder, Encoder
from fingen_core.models.losses import draw_like
from fingen_core.representations.filtered import N_CONDITIONS, Filtered, Simulator
from fingen_core.representations.severity import Targets
from fingen_core.training import checkpoint
from fingen_core.training.recipe import decoder_for, encoder_for
from fingen_core.training.settings.config import TrainingConfig
from fingen_core.types import Array

__all__ = ["FORMAT", "FittedModel"]

FORMAT = 2
"""Of the stored parts; 1 remembered squares of returns, which this version's filter cannot go on from."""

_CALIBRATION_DRAWS = 60_000


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
