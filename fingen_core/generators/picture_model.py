"""The fitted parts of a generator that paints: a representation, a painter, and what a VAE's code leaves unsaid."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from fingen_core.errors import InvalidInput
from fingen_core.models.convolutional import Canvas, Painter, Reader
from fingen_core.representations.images import REPRESENTATIONS, GramianFields
from fingen_core.representations.windows import WindowRepresentation
from fingen_core.training import checkpoint
from fingen_core.training.picture_config import PictureConfig
from fingen_core.training.picture_recipe import canvas, painter_for, reader_for

__all__ = ["PictureModel", "board_for"]


@dataclass(frozen=True, eq=False)
class PictureModel:
    """What training gives: everything between noise and windows.

    Attributes
    ----------
    representation : WindowRepresentation
    painter : Painter
        With averaged weights.
    reader : Reader or None
        The encoder of a VAE.
    residual : tensor
        Standard deviation of what a VAE's code does not carry, which draws add as noise: per channel and column on
        noisy canvases whose loss learns no scale, per channel and in units of the window's range for Gramian fields.
        Empty where the painter has its own noise.
    """

    representation: WindowRepresentation
    painter: Painter
    reader: Reader | None
    residual: Tensor

    @classmethod
    def of(
        cls,
        representation: WindowRepresentation,
        painter: Painter,
        reader: Reader | None,
        loss: str,
        examples: tuple[Tensor, Tensor],
    ) -> Self:
        """Measure on training examples what a VAE leaves unsaid."""
        bare = cls(representation, painter, reader, torch.zeros(0))
        own = reader is None or (painter.canvas.noisy and loss in {"gaussian", "student-t"})
        return bare if own else cls(representation, painter, reader, bare._unsaid(*examples))

    @torch.no_grad()
    def draw(self, condition: Tensor, generator: torch.Generator) -> Tensor:
        """Values (n, *shape) for conditions (n, n_conditions)."""
        code = torch.randn((len(condition), self.painter.canvas.n_code), generator=generator)
        return self.from_code(code, condition, generator)

    @torch.no_grad()
    def from_code(self, code: Tensor, condition: Tensor, generator: torch.Generator) -> Tensor:
        """Values that a code stands for."""
        if not self.residual.numel():
            return self.painter.paint(code, condition, generator)
        mean, _ = self.painter(code, condition, generator)
        shown = self.painter.bounded(mean)
        if isinstance(self.representation, GramianFields):
            return self.representation.stirred(shown, self.residual, generator)
        return torch.as_tensor(shown + self.residual * self.painter.noise(len(code), generator))

    @torch.no_grad()
    def code_of(self, values: Tensor, condition: Tensor) -> Tensor:
        """Mean code (n, n_code) of pictures; ``InvalidInput`` without an encoder."""
        if self.reader is None:
            raise InvalidInput("a GAN cannot say which code a picture has: choose a VAE to walk between pictures")
        return torch.as_tensor(self.reader(values, condition).chunk(2, dim=1)[0])

    @torch.no_grad()
    def _unsaid(self, values: Tensor, condition: Tensor) -> Tensor:
        rows = torch.arange(0, len(values), max(1, len(values) // 200))
        mean, _ = self.painter(self.code_of(values[rows], condition[rows]), condition[rows], None)
        shown = self.painter.bounded(mean)
        if isinstance(self.representation, GramianFields):
            return self.representation.unsaid(values[rows], shown)
        return (values[rows] - shown).square().mean(dim=(0, 2), keepdim=True)[0].sqrt()

    def tensors(self) -> dict[str, Tensor]:
        """For a checkpoint."""
        parts = {
            "representation": self.representation.tensors(),
            "painter": self.painter.state_dict(),
            "reader": self.reader.state_dict() if self.reader is not None else {},
            "draw": {"residual": self.residual},
        }
        return {f"{part}.{name}": value for part, values in parts.items() for name, value in values.items()}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor], config: PictureConfig) -> Self:
        """Take up ``tensors()`` again."""
        kind = REPRESENTATIONS[config.representation]
        representation = kind.from_tensors(config.side, checkpoint.under(tensors, "representation."))
        board = board_for(representation, config)
        painter = painter_for(board, config)
        painter.load_state_dict(checkpoint.under(tensors, "painter."))
        reader = reader_for(board) if config.model == "vae" else None
        if reader is not None:
            reader.load_state_dict(checkpoint.under(tensors, "reader."))
        return cls(representation, painter, reader, checkpoint.under(tensors, "draw.")["residual"])


def board_for(representation: WindowRepresentation, config: PictureConfig) -> Canvas:
    """The canvas of a fitted representation."""
    return canvas(representation.shape, representation.n_conditions, representation.groups, config)
