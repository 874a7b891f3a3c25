"""The fitted parts of a generator that paints: a representation, a painter, and what a VAE's code leaves unsaid."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fingen_core.errors import InvalidInput
from fingen_core.market import Market
from fingen_core.models.convolutional import Canvas, Painter, Reader
from fingen_core.representations.images import REPRESENTATIONS, GramianFields
from fingen_core.representations.window_labels import WindowLabels
from fingen_core.representations.windows import WindowRepresentation
from fingen_core.training import checkpoint
from fingen_core.training.picture_recipe import canvas, painter_for, reader_for
from fingen_core.training.settings.picture_config import PictureConfig
from fingen_core.types import Array

__all__ = ["PICTURE_FORMAT", "Gallery", "PictureModel", "board_for"]

PICTURE_FORMAT = 1


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
    labels : WindowLabels or None
        Where a severity was learned. Conditions may then be followed by a label; without it nothing is asked for.
    """

    representation: WindowRepresentation
    painter: Painter
    reader: Reader | None
    residual: Tensor
    labels: WindowLabels | None = None

    @classmethod
    def of(  # noqa: PLR0917
        cls,
        representation: WindowRepresentation,
        painter: Painter,
        reader: Reader | None,
        loss: str,
        examples: tuple[Tensor, Tensor],
        labels: WindowLabels | None = None,
    ) -> Self:
        """Measure on training examples what a VAE leaves unsaid."""
        bare = cls(representation, painter, reader, torch.zeros(0), labels)
        own = reader is None or (painter.canvas.noisy and loss in {"gaussian", "student-t"})
        return bare if own else cls(representation, painter, reader, bare._unsaid(*examples), labels)

    @torch.no_grad()
    def draw(self, condition: Tensor, generator: torch.Generator) -> Tensor:
        """Values (n, *shape) for conditions (n, n_conditions)."""
        told = self._told(condition)
        code = torch.randn((len(condition), self.painter.canvas.n_code), generator=generator)
        return self.from_code(code + self.painter.expected(told), told, generator)

    @torch.no_grad()
    def from_code(self, code: Tensor, condition: Tensor, generator: torch.Generator) -> Tensor:
        """Values that a code stands for."""
        condition = self._told(condition)
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
        return torch.as_tensor(self.reader(values, self._told(condition)).chunk(2, dim=1)[0])

    def paint(self, market: Market, rows: NDArray[np.intp], seed: int) -> "Gallery":
        """A picture drawn from the state before each of several days of history."""
        representation = self.representation
        memory = representation.memory(market.log_returns())[rows]
        scales = representation.law.draw(representation.state(memory), np.random.default_rng(seed))
        condition = torch.as_tensor(representation.condition(memory, scales), dtype=torch.float32)
        values = self.draw(condition, torch.Generator().manual_seed(seed))
        return self.gallery(values.double().numpy(), scales)

    def gallery(self, values: Array, scales: Array) -> "Gallery":
        """Values of windows as pictures, with the windows that they decode to."""
        representation = self.representation
        return Gallery(
            representation.pixels(values).astype(np.float32),
            (representation.decode(values, scales) * representation.scale).astype(np.float32),
            representation.off_manifold(values).astype(np.float32),
        )

    def _told(self, condition: Tensor) -> Tensor:
        """Conditions as the networks read them: followed by no label, where such are learned and none is there."""
        lacking = self.painter.canvas.n_conditions - condition.shape[1]
        return torch.cat([condition, torch.zeros(len(condition), lacking)], dim=1) if lacking else condition

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
            "labels": self.labels.tensors() if self.labels is not None else {},
        }
        return {f"{part}.{name}": value for part, values in parts.items() for name, value in values.items()}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor], config: PictureConfig) -> Self:
        """Take up ``tensors()`` again."""
        kind = REPRESENTATIONS[config.representation]
        representation = kind.from_tensors(config.side, checkpoint.under(tensors, "representation."))
        kept = checkpoint.under(tensors, "labels.")
        labels = WindowLabels.from_tensors(kept) if kept else None
        board = board_for(representation, config, labels.n_targets if labels else 0)
        painter = painter_for(board, config)
        painter.load_state_dict(checkpoint.under(tensors, "painter."))
        reader = reader_for(board) if config.model == "vae" else None
        if reader is not None:
            reader.load_state_dict(checkpoint.under(tensors, "reader."))
        return cls(representation, painter, reader, checkpoint.under(tensors, "draw.")["residual"], labels)


def board_for(representation: WindowRepresentation, config: PictureConfig, n_targets: int = 0) -> Canvas:
    """The canvas of a fitted representation; labels of ``n_targets`` may follow its conditions."""
    return canvas(representation.shape, representation.n_conditions, representation.groups, config, n_targets)


@dataclass(frozen=True, eq=False)
class Gallery:
    """Pictures and the windows that they decode to.

    Attributes
    ----------
    pixels : array, shape (n, channels, rows, columns)
        In [0, 1].
    log_returns : array, shape (n, n_days, n_assets)
    off_manifold : array, shape (n,)
        Distance of each picture from the nearest picture of a window, in pixels of [0, 1].
    """

    pixels: NDArray[np.float32]
    log_returns: NDArray[np.float32]
    off_manifold: NDArray[np.float32]
