"""What every trained generator has: paths that go on from the averages of some evening, and a file to live in."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from fingen_core.errors import InvalidInput
from fingen_core.generators.protocol.checks import position, require_counts, require_tickers
from fingen_core.generators.protocol.conditions import Condition, checked_condition, refuse_unlearned
from fingen_core.market import Market, Step
from fingen_core.training import checkpoint
from fingen_core.training.settings.base import Settings
from fingen_core.transforms import ewma
from fingen_core.types import Array, Paths

__all__ = ["FILE", "FromMemory", "NeuralStates", "Storable", "Taught", "Trained"]

FILE = "generator.safetensors"
_LAST = "last."


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


class FromMemory(ABC):
    """Base of the generators whose paths go on from exponentially weighted averages of past days."""

    unfitted: ClassVar[str] = "has not been fitted: fit it to a market first"

    def __init__(self) -> None:
        self._last: ewma.Memory | None = None

    @property
    @abstractmethod
    def label(self) -> str:
        """For people."""

    @property
    @abstractmethod
    def tickers(self) -> tuple[str, ...]:
        """Assets in the order of the last axis; none before a fit."""

    @abstractmethod
    def _memory(self, log_returns: Array) -> ewma.Memory:
        """Averages before the first day and after each; ``InvalidInput`` before a fit."""

    @abstractmethod
    def _paths(self, start: ewma.Memory, n_paths: int, n_steps: int, seed: int) -> Paths:
        """Log returns (n_paths, n_steps, n_assets) from one evening's averages, or each from its own."""

    def states(self, history: Market) -> NeuralStates:
        """Filter a history of the same tickers without learning from it."""
        require_tickers(self.label, self.tickers, history.tickers)
        return NeuralStates(history.dates, self._memory(history.log_returns()))

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
        refuse_unlearned(self.label, checked_condition(condition), ())
        require_counts(n_paths, n_steps)
        return self._paths(self._start() if state is None else state, n_paths, n_steps, seed)

    def sample_each(self, starts: ewma.Memory, n_steps: int, *, seed: int) -> Paths:
        """Draw one path from each of several states, shape (n_starts, n_steps, n_assets), all at once.

        ``starts`` has a leading axis, as ``states(...).memory[rows]`` gives it; repeat a row for more paths from it.
        """
        require_counts(len(starts), n_steps)
        return self._paths(starts, len(starts), n_steps, seed)

    @property
    def last_state(self) -> ewma.Memory:
        """The averages after the last day of the fit; ``InvalidInput`` before it."""
        return self._start()

    def _start(self) -> ewma.Memory:
        if self._last is None:
            raise self._not_yet()
        return self._last

    def _not_yet(self) -> InvalidInput:
        return InvalidInput(f"this {self.label} {self.unfitted}")


class Taught(FromMemory):
    """Base of those among them that can learn conditions in their training, and be asked for them."""

    @property
    @abstractmethod
    def learned(self) -> tuple[str, ...]:
        """Names of the conditions that it can be asked for."""

    @abstractmethod
    def _asked(self, condition: Condition, start: ewma.Memory, n_paths: int, n_steps: int, seed: int) -> Paths:
        """Paths under a condition of which every name is in ``learned``."""

    def sample(
        self,
        n_paths: int,
        n_steps: int,
        *,
        state: ewma.Memory | None = None,
        condition: Mapping[str, float] | None = None,
        seed: int,
    ) -> Paths:
        asked = checked_condition(condition)
        if not asked:
            return super().sample(n_paths, n_steps, state=state, seed=seed)
        refuse_unlearned(self.label, asked, self.learned)
        require_counts(n_paths, n_steps)
        return self._asked(asked, self._start() if state is None else state, n_paths, n_steps, seed)


class _Remembers(Protocol):
    def memory(self, log_returns: Array) -> ewma.Memory: ...


class Storable(Protocol):
    """The fitted parts of a generator: a representation, networks, and what turns them into tensors and back."""

    @property
    def representation(self) -> _Remembers: ...

    def tensors(self) -> dict[str, Tensor]: ...

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor], config: Any) -> Self: ...


Config = TypeVar("Config", bound=Settings)
Model = TypeVar("Model", bound=Storable)


class Trained(FromMemory, Generic[Config, Model]):
    """A generator that a training made, behind the same protocol as every generator.

    Parameters
    ----------
    config : Settings
        Settings of ``fit``.
    device : str
        "auto", "cpu", "cuda:0" or "mps".
    """

    stamp: ClassVar[Mapping[str, Any]]
    """First facts of a stored generator: its format and, where there is need to tell, its kind."""

    kind_of_config: ClassVar[type[Settings]]
    kind_of_model: ClassVar[type[Storable]]
    unfitted: ClassVar[str] = "has not been trained: fit it to a market, or load one from a run"

    def __init__(self, config: Config | None = None, device: str = "auto") -> None:
        super().__init__()
        self.config: Config = config or self.kind_of_config()  # type: ignore[assignment]
        self.device = device
        self.info: dict[str, Any] = {}
        self._model: Model | None = None

    @property
    def label(self) -> str:
        return str(self.info.get("label", self._named()))

    @property
    def tickers(self) -> tuple[str, ...]:
        return tuple(self.info.get("tickers", ()))

    @property
    def market_digest(self) -> str:
        return str(self.info.get("market_digest", ""))

    @property
    def step(self) -> Step:
        """How far apart the prices were that it learned from."""
        return Step.of(self.info.get("market_step"))

    @property
    def model(self) -> Model:
        """The fitted parts; ``InvalidInput`` before ``fit``."""
        if self._model is None:
            raise self._not_yet()
        return self._model

    @abstractmethod
    def _named(self) -> str:
        """What people call it who gave it no label."""

    @abstractmethod
    def _trained(self, market: Market) -> Self:
        """Another one, trained with the settings and on the device given at construction."""

    @classmethod
    @abstractmethod
    def _refuse(cls, info: Mapping[str, Any]) -> None:
        """``InvalidInput`` if a stored generator is of another kind or format."""

    def fit(self, market: Market) -> Self:
        """Train with the settings given at construction."""
        trained = self._trained(market)
        self._take(trained.model, trained._start(), trained.info)
        return self

    def save(self, folder: Path) -> None:
        """Write ``generator.safetensors`` (weights, settings) and ``generator.json`` (the same facts, for people)."""
        last = {f"{_LAST}{name}": torch.from_numpy(np.array(value)) for name, value in vars(self._start()).items()}
        checkpoint.save(folder / FILE, {**self.model.tensors(), **last}, self.info)
        (folder / "generator.json").write_text(json.dumps(self.info, indent=1))

    @classmethod
    def load(cls, folder: Path, device: str = "cpu") -> Self:
        """Read what ``save`` wrote; ``NotFound`` or ``InvalidInput`` say what is wrong."""
        tensors, info = checkpoint.load(Path(folder) / FILE)
        cls._refuse(info)
        generator = cls(cls.kind_of_config.from_json(json.dumps(info["config"])), device)  # type: ignore[arg-type]
        last = {name: part.numpy() for name, part in checkpoint.under(tensors, _LAST).items()}
        model: Any = cls.kind_of_model.from_tensors(tensors, generator.config)
        generator._take(model, ewma.Memory(**last), info)
        return generator

    @classmethod
    def of(cls, model: Model, market: Market, config: Config, facts: Mapping[str, Any]) -> Self:
        """A generator whose state is the last day of ``market``, to which ``model`` was fitted."""
        info = {
            **cls.stamp,
            "tickers": list(market.tickers),
            "market_digest": market.digest(),
            "market_name": market.name,
            **({"market_step": stored} if (stored := market.step.as_dict()) else {}),
            "first_date": f"{market.dates[0]:%Y-%m-%d}",
            "last_date": f"{market.dates[-1]:%Y-%m-%d}",
            "config": json.loads(config.to_json()),
            **facts,
        }
        generator = cls(config, "cpu")
        generator._take(model, model.representation.memory(market.log_returns())[-1], info)
        return generator

    def states(self, history: Market) -> NeuralStates:
        """Filter a history of the same tickers and step without learning from it."""
        if self.info and not self.step.is_like(history.step):
            raise InvalidInput(
                f"{self.label} learned {self.step.adjective} returns ({self.step.per_year:g} a year), but those of "
                f"{history.name} are {history.step.adjective} ({history.step.per_year:g} a year): train a model on "
                "this market, or choose the market of the model"
            )
        return super().states(history)

    def _memory(self, log_returns: Array) -> ewma.Memory:
        return self.model.representation.memory(log_returns)

    def _take(self, model: Model, last: ewma.Memory, info: Mapping[str, Any]) -> None:
        self._model, self._last, self.info = model, last, dict(info)
