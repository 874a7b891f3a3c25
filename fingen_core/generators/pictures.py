"""The generator that paints: a representation of windows or pictures, and a VAE or GAN that draws them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fingen_core.errors import InvalidInput
from fingen_core.generators.checks import refuse_condition, require_counts, require_tickers
from fingen_core.generators.neural import NeuralStates
from fingen_core.market import Market
from fingen_core.models.convolutional import Canvas, Painter, Reader
from fingen_core.representations.images import REPRESENTATIONS
from fingen_core.representations.windows import WindowRepresentation
from fingen_core.training import checkpoint
from fingen_core.training.picture_config import PictureConfig
from fingen_core.training.picture_recipe import canvas, painter_for, reader_for
from fingen_core.training.progress import Progress
from fingen_core.transforms import ewma
from fingen_core.types import Array, Paths

__all__ = ["FILE", "PICTURE_FORMAT", "Gallery", "PictureGenerator", "PictureModel", "board_for", "train_pictures"]

FILE = "generator.safetensors"
PICTURE_FORMAT = 1
_SCENE = {"heat-map": "heat maps", "gasf": "Gramian fields", "windows": "windows"}


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
        own = reader is None or (painter.canvas.noisy and loss == "gaussian")
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
        if self.painter.canvas.noisy:
            return torch.as_tensor(shown + self.residual * self.painter.noise(len(code), generator))
        return self.representation.stirred(shown, self.residual, generator)

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
        if self.painter.canvas.noisy:
            return (values[rows] - shown).square().mean(dim=(0, 2), keepdim=True)[0].sqrt()
        return self.representation.unsaid(values[rows], shown)

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

        def under(part: str) -> dict[str, Tensor]:
            return {name.removeprefix(part): value for name, value in tensors.items() if name.startswith(part)}

        kind = REPRESENTATIONS[config.representation]
        representation = kind.from_tensors(config.side, under("representation."))
        board = board_for(representation, config)
        painter = painter_for(board, config)
        painter.load_state_dict(under("painter."))
        reader = reader_for(board) if config.model == "vae" else None
        if reader is not None:
            reader.load_state_dict(under("reader."))
        return cls(representation, painter, reader, under("draw.")["residual"])


class PictureGenerator:
    """A VAE or GAN on windows or pictures, behind the same protocol as every generator.

    Parameters
    ----------
    config : PictureConfig
        Settings of ``fit``.
    device : str
        Where ``fit`` trains; paths are drawn on the CPU.
    """

    def __init__(self, config: PictureConfig | None = None, device: str = "auto") -> None:
        self.config, self.device = config or PictureConfig(), device
        self.info: dict[str, Any] = {}
        self._model: PictureModel | None = None
        self._last: ewma.Memory | None = None

    @property
    def label(self) -> str:
        return str(self.info.get("label", f"{self.config.model.upper()} of {_SCENE[self.config.representation]}"))

    @property
    def tickers(self) -> tuple[str, ...]:
        return tuple(self.info.get("tickers", ()))

    @property
    def market_digest(self) -> str:
        return str(self.info.get("market_digest", ""))

    @property
    def model(self) -> PictureModel:
        """The fitted parts; ``InvalidInput`` before ``fit``."""
        if self._model is None:
            raise InvalidInput(f"this {self.label} has not been trained: fit it to a market, or load one from a run")
        return self._model

    def fit(self, market: Market) -> Self:
        """Train with the settings given at construction."""
        trained = train_pictures(market, self.config, device=self.device)
        self._model, self._last, self.info = trained._model, trained._last, trained.info
        return self

    def states(self, history: Market) -> NeuralStates:
        """Averages of a history of the same tickers after each day, without learning from it."""
        require_tickers(self.label, self.tickers, history.tickers)
        return NeuralStates(history.dates, self.model.representation.memory(history.log_returns()))

    def sample(
        self,
        n_paths: int,
        n_steps: int,
        *,
        state: ewma.Memory | None = None,
        condition: Mapping[str, float] | None = None,
        seed: int,
    ) -> Paths:
        """Draw log returns, shape (n_paths, n_steps, n_assets), from a state or from the last day of the fit."""
        refuse_condition(self.label, condition)
        require_counts(n_paths, n_steps)
        model = self.model
        start = self._start() if state is None else state
        return model.representation.rollout(model.draw, start, n_paths, n_steps, seed)

    def sample_each(self, starts: ewma.Memory, n_steps: int, *, seed: int) -> Paths:
        """Draw one path from each of several states, shape (n_starts, n_steps, n_assets)."""
        require_counts(len(starts), n_steps)
        return self.model.representation.rollout(self.model.draw, starts, len(starts), n_steps, seed)

    def real(self, market: Market, rows: NDArray[np.intp]) -> Gallery:
        """Pictures of windows of history, by the number of the return each begins with."""
        representation = self.model.representation
        windows = representation.windows(market.log_returns())[rows]
        values, scales = representation.encode(windows)
        return self._gallery(values, scales)

    def paint(self, market: Market, rows: NDArray[np.intp], seed: int) -> Gallery:
        """A picture drawn from the state before each of several days of history."""
        representation = self.model.representation
        memory = representation.memory(market.log_returns())[rows]
        rng = np.random.default_rng(seed)
        scales = representation.law.draw(representation.state(memory), rng)
        condition = torch.as_tensor(representation.condition(memory, scales), dtype=torch.float32)
        values = self.model.draw(condition, torch.Generator().manual_seed(seed))
        return self._gallery(values.double().numpy(), scales)

    def morph(self, market: Market, first: int, second: int, n_pictures: int) -> Gallery:
        """Pictures on the straight line between the codes of two windows of history, both ends included.

        What the code does not carry is the same noise along the whole line, so only the code moves.

        Raises
        ------
        InvalidInput
            If the model is a GAN, which has no encoder.
        """
        representation, returns = self.model.representation, market.log_returns()
        rows = np.array([first, second])
        values, scales = representation.encode(representation.windows(returns)[rows])
        condition = torch.as_tensor(
            representation.condition(representation.memory(returns)[rows], scales), dtype=torch.float32
        )
        codes = self.model.code_of(torch.as_tensor(values, dtype=torch.float32), condition)
        share = torch.linspace(0, 1, n_pictures)[:, None]
        code, told = (ends[:1] * (1 - share) + ends[1:] * share for ends in (codes, condition))
        along = [self.model.from_code(code[i : i + 1], told[i : i + 1], _same()) for i in range(n_pictures)]
        mixed = scales[:1] * (1 - share.numpy()) + scales[1:] * share.numpy()
        return self._gallery(torch.cat(along).double().numpy(), mixed)

    def save(self, folder: Path) -> None:
        """Write ``generator.safetensors`` (weights, settings) and ``generator.json`` (the same facts, for people)."""
        last = {f"last.{name}": torch.from_numpy(np.array(value)) for name, value in vars(self._start()).items()}
        checkpoint.save(folder / FILE, {**self.model.tensors(), **last}, self.info)
        (folder / "generator.json").write_text(json.dumps(self.info, indent=1))

    @classmethod
    def load(cls, folder: Path, device: str = "cpu") -> Self:
        """Read what ``save`` wrote; ``NotFound`` or ``InvalidInput`` say what is wrong."""
        tensors, info = checkpoint.load(Path(folder) / FILE)
        if info.get("kind") != "pictures" or info.get("format") != PICTURE_FORMAT:
            raise InvalidInput(
                f"this is no model of pictures of format {PICTURE_FORMAT}: it was stored by another version of FinGen, "
                "train it again"
            )
        config = PictureConfig.from_json(json.dumps(info["config"]))
        last = {name.removeprefix("last."): part.numpy() for name, part in tensors.items() if name.startswith("last.")}
        generator = cls(config, device)
        generator._model = PictureModel.from_tensors(tensors, config)
        generator._last, generator.info = ewma.Memory(**last), info
        return generator

    @classmethod
    def made(cls, model: PictureModel, market: Market, config: PictureConfig, facts: Mapping[str, Any]) -> Self:
        """A generator whose state is the last day of ``market``, to which ``model`` was fitted."""
        generator = cls(config, "cpu")
        generator.info = {
            "kind": "pictures",
            "format": PICTURE_FORMAT,
            "tickers": list(market.tickers),
            "market_digest": market.digest(),
            "market_name": market.name,
            "first_date": f"{market.dates[0]:%Y-%m-%d}",
            "last_date": f"{market.dates[-1]:%Y-%m-%d}",
            "config": json.loads(config.to_json()),
            **facts,
        }
        generator._model = model
        generator._last = model.representation.memory(market.log_returns())[-1]
        return generator

    def _gallery(self, values: Array, scales: Array) -> Gallery:
        representation = self.model.representation
        return Gallery(
            representation.pixels(values).astype(np.float32),
            (representation.decode(values, scales) * representation.scale).astype(np.float32),
            representation.off_manifold(values).astype(np.float32),
        )

    def _start(self) -> ewma.Memory:
        if self._last is None:
            raise InvalidInput(f"this {self.label} has not been trained: fit it to a market, or load one from a run")
        return self._last


def board_for(representation: WindowRepresentation, config: PictureConfig) -> Canvas:
    """The canvas of a fitted representation."""
    return canvas(representation.shape, representation.n_conditions, representation.groups, config)


def _same() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def _ignore(_: Progress) -> None:
    return None


def _never() -> bool:
    return False


def train_pictures(
    market: Market,
    config: PictureConfig,
    *,
    folder: Path | None = None,
    device: str = "auto",
    on_progress: Callable[[Progress], None] = _ignore,
    should_stop: Callable[[], bool] = _never,
) -> PictureGenerator:
    """Train a generator of pictures on all of ``market``; arguments and errors as of ``generators.neural.train``."""
    from fingen_core.generators.picture_fitting import PictureFitting

    fitting = PictureFitting(
        market, config, folder=folder, device=device, on_progress=on_progress, should_stop=should_stop
    )
    return fitting.run()
