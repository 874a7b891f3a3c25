"""The neural generator: a filtered representation, and a conditional VAE or GAN that draws its innovations."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from fingen_core.errors import InvalidInput
from fingen_core.generators.checks import position, refuse_condition, require_counts, require_tickers
from fingen_core.market import Market
from fingen_core.models.calibration import Calibration, calibrate
from fingen_core.models.factor import Decoder
from fingen_core.models.losses import draw_like
from fingen_core.representations.filtered import N_CONDITIONS, Filtered, Simulator, rollout
from fingen_core.training import checkpoint
from fingen_core.training.config import TrainingConfig
from fingen_core.training.progress import Progress
from fingen_core.training.recipe import decoder_for
from fingen_core.transforms import ewma
from fingen_core.types import Array, Paths

__all__ = ["FORMAT", "FittedModel", "NeuralGenerator", "NeuralStates", "train"]

_FILE = "generator.safetensors"
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
    """

    representation: Filtered
    decoder: Decoder
    calibration: Calibration

    @classmethod
    def calibrated(cls, representation: Filtered, decoder: Decoder, examples: tuple[Tensor, Tensor], seed: int) -> Self:
        """Calibrate a decoder on its training examples (scores, condition)."""
        scores, condition = examples
        repeats = max(1, _CALIBRATION_DRAWS // len(condition))
        generator = torch.Generator(condition.device).manual_seed(seed)
        with torch.no_grad():
            draws = draw_like(decoder, condition.repeat(repeats, 1), generator)
        return cls(representation, decoder, calibrate(draws.cpu(), scores.cpu()))

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
        }
        return {f"{part}.{name}": value for part, values in parts.items() for name, value in values.items()}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor], config: TrainingConfig) -> Self:
        """Take up ``tensors()`` again."""

        def under(part: str) -> dict[str, Tensor]:
            return {name.removeprefix(part): value for name, value in tensors.items() if name.startswith(part)}

        representation = Filtered.from_tensors(under("representation."))
        decoder = decoder_for(len(representation.scale), N_CONDITIONS, config)
        decoder.load_state_dict(under("decoder."))
        return cls(representation, decoder, Calibration(**under("calibration.")))

    def _tables(self) -> Array:
        """Calibrated margins folded with the marginal map: from a draw to a residual, shape (n_assets, 1201)."""
        margins = self.calibration.margins.double()
        return self.representation.marginals.to_residuals(margins.T.numpy()).T


@dataclass(frozen=True, eq=False)
class NeuralStates:
    """The filter's averages after each day of a history.

    Attributes
    ----------
    dates : DatetimeIndex
    memory : Memory
        One entry per date.
    """

    dates: pd.DatetimeIndex
    memory: ewma.Memory

    def at(self, date: str | pd.Timestamp) -> ewma.Memory:
        """Averages after the last close on or before ``date``."""
        return self.memory[position(self.dates, date)]

    def each(self, dates: pd.DatetimeIndex) -> ewma.Memory:
        """Averages after the last close on or before each of several dates, along a leading axis."""
        return self.memory[np.array([position(self.dates, date) for date in dates], dtype=np.intp)]


class NeuralGenerator:
    """A conditional VAE or GAN on the ``filtered`` representation.

    Parameters
    ----------
    config : TrainingConfig
        Settings of ``fit``.
    device : str
        "auto", "cpu", "cuda:0" or "mps".
    """

    def __init__(self, config: TrainingConfig | None = None, device: str = "auto") -> None:
        self.config, self.device = config or TrainingConfig(), device
        self.info: dict[str, Any] = {}
        self._model: FittedModel | None = None
        self._last: ewma.Memory | None = None
        self._simulator: Simulator | None = None

    @property
    def label(self) -> str:
        return str(self.info.get("label", _LABELS[self.config.model]))

    @property
    def tickers(self) -> tuple[str, ...]:
        return tuple(self.info.get("tickers", ()))

    @property
    def market_digest(self) -> str:
        return str(self.info.get("market_digest", ""))

    @property
    def model(self) -> FittedModel:
        """The fitted parts; ``InvalidInput`` before ``fit``."""
        if self._model is None:
            raise InvalidInput(f"this {self.label} has not been trained: fit it to a market, or load one from a run")
        return self._model

    @property
    def last_state(self) -> ewma.Memory:
        """The averages after the last day of the fit; ``InvalidInput`` before it."""
        return self._start()

    def fit(self, market: Market) -> Self:
        """Train with the settings given at construction."""
        trained = train(market, self.config, device=self.device)
        self._set(trained.model, trained._start(), trained.info)
        return self

    def states(self, history: Market) -> NeuralStates:
        """Filter a history of the same tickers without learning from it."""
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
        return rollout(self._ready(), self._start() if state is None else state, n_paths, n_steps, seed)

    def sample_each(self, starts: ewma.Memory, n_steps: int, *, seed: int) -> Paths:
        """Draw one path from each of several states, shape (n_starts, n_steps, n_assets), all at once.

        ``starts`` has a leading axis, as ``states(...).memory[rows]`` gives it; repeat a row for more paths from it.
        """
        require_counts(len(starts), n_steps)
        return rollout(self._ready(), starts, len(starts), n_steps, seed)

    def _ready(self) -> Simulator:
        if self._simulator is None:
            self._simulator = self.model.simulator("cpu" if self.device == "auto" else self.device)
        return self._simulator

    def save(self, folder: Path) -> None:
        """Write ``generator.safetensors`` (weights, settings) and ``generator.json`` (the same facts, for people)."""
        last = {f"last.{name}": torch.from_numpy(np.array(value)) for name, value in vars(self._start()).items()}
        checkpoint.save(folder / _FILE, {**self.model.tensors(), **last}, self.info)
        (folder / "generator.json").write_text(json.dumps(self.info, indent=1))

    @classmethod
    def load(cls, folder: Path, device: str = "cpu") -> Self:
        """Read what ``save`` wrote; ``NotFound`` or ``InvalidInput`` say what is wrong."""
        tensors, info = checkpoint.load(Path(folder) / _FILE)
        if info.get("format", 1) != FORMAT:
            raise InvalidInput(
                f"this model was stored in format {info.get('format', 1)} by another version of FinGen, and this one "
                f"reads format {FORMAT}: train it again, its settings are kept with its run"
            )
        config = TrainingConfig.from_json(json.dumps(info["config"]))
        last = {name.removeprefix("last."): part.numpy() for name, part in tensors.items() if name.startswith("last.")}
        generator = cls(config, device)
        generator._set(FittedModel.from_tensors(tensors, config), ewma.Memory(**last), info)
        return generator

    @classmethod
    def of(cls, model: FittedModel, market: Market, config: TrainingConfig, facts: Mapping[str, Any]) -> Self:
        """A generator whose state is the last day of ``market``, to which ``model`` was fitted."""
        info = {
            "format": FORMAT,
            "tickers": list(market.tickers),
            "market_digest": market.digest(),
            "market_name": market.name,
            "first_date": f"{market.dates[0]:%Y-%m-%d}",
            "last_date": f"{market.dates[-1]:%Y-%m-%d}",
            "config": json.loads(config.to_json()),
            **facts,
        }
        generator = cls(config, "cpu")
        generator._set(model, model.representation.memory(market.log_returns())[-1], info)
        return generator

    def _set(self, model: FittedModel, last: ewma.Memory, info: Mapping[str, Any]) -> None:
        self._model, self._last, self.info, self._simulator = model, last, dict(info), None

    def _start(self) -> ewma.Memory:
        if self._last is None:
            raise InvalidInput(f"this {self.label} has not been trained: fit it to a market, or load one from a run")
        return self._last


def _ignore(_: Progress) -> None:
    return None


def _never() -> bool:
    return False


def train(
    market: Market,
    config: TrainingConfig,
    *,
    folder: Path | None = None,
    device: str = "auto",
    on_progress: Callable[[Progress], None] = _ignore,
    should_stop: Callable[[], bool] = _never,
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
    Interrupted
        When ``should_stop`` turned true; the checkpoint is saved.
    TrainingDiverged
        When a loss stops being finite.
    InvalidInput
        When the market is too short.
    """
    from fingen_core.generators.fitting import Fitting

    fitting = Fitting(market, config, folder=folder, device=device, on_progress=on_progress, should_stop=should_stop)
    return fitting.run()
