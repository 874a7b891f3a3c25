"""The logbook of a training: what it remembers, tells and keeps, so that it can be stopped and resumed exactly."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar

import torch
from torch import Tensor

from fingen_core import __version__
from fingen_core.errors import InvalidInput, NotFound
from fingen_core.market import Market
from fingen_core.training import checkpoint
from fingen_core.training.detectors import Finding
from fingen_core.training.devices import pick
from fingen_core.training.enough import refuse_short
from fingen_core.training.loop import Loop
from fingen_core.training.pace import Pace
from fingen_core.training.progress import Progress, ignore, never
from fingen_core.training.steering import Steering

__all__ = ["Config", "Learning", "Logbook", "Phase", "Weights"]

Weights = dict[str, Tensor]

_CHECKPOINT = "checkpoint.safetensors"


class Learning(Protocol):
    """What a course reads of any kind of settings."""

    @property
    def batch_size(self) -> int: ...
    @property
    def validate_every(self) -> int: ...
    @property
    def early_stopping(self) -> int: ...
    @property
    def plateau_patience(self) -> int: ...
    @classmethod
    def from_json(cls, text: str) -> Self: ...
    def to_json(self) -> str: ...


Config = TypeVar("Config", bound=Learning)


@dataclass(frozen=True)
class Phase:
    """One loop of the training.

    Attributes
    ----------
    name : str
        Key in the checkpoint.
    label : str
        For people.
    kind : {"filter", "vae", "gan"}
    everything : bool
        Whether all days are used, or those before the validation days.
    """

    name: str
    label: str
    kind: str
    everything: bool


class Logbook(ABC, Generic[Config]):
    """Of one training; ``fingen_core.generators.filtered.generator.train`` tells what the parameters are."""

    format: ClassVar[int]
    """Of the checkpoint."""

    def __init__(
        self,
        market: Market,
        config: Config,
        *,
        folder: Path | None = None,
        device: str = "auto",
        on_progress: Callable[[Progress], None] = ignore,
        should_stop: Callable[[], bool] = never,
    ) -> None:
        refuse_short(market)
        self.market, self.config, self.folder = market, config, folder
        self.device = pick(device)
        self.on_progress, self.should_stop = on_progress, should_stop
        self.returns = market.log_returns()
        self.rivals: dict[str, float] = {}
        self.history: dict[str, list[tuple[int, float]]] = {}
        self.readings: dict[str, dict[str, list[float]]] = {}
        self.findings: list[Finding] = []
        self.batch_size = config.batch_size
        self.phase: Phase = self.phases[0]
        self.steering = Steering(folder)
        self.seconds = 0.0
        self._pace = Pace()
        self._clock = self._reported = self._saved = time.monotonic()

    @property
    @abstractmethod
    def phases(self) -> list[Phase]:
        """All loops in their order."""

    @property
    @abstractmethod
    def _lengths(self) -> dict[str, int]:
        """Steps of each phase, by its name."""

    def _finished(self) -> dict[str, Weights]:
        """Groups of tensors for the checkpoint, beside the running loop."""
        return {}

    def _values(self) -> dict[str, Any]:
        """Values for the checkpoint, beside those that every training has."""
        return {}

    def _take_up(self, groups: Mapping[str, Weights], values: Mapping[str, Any]) -> None:
        """Take up ``_finished()`` and ``_values()`` again."""

    def _note(self, phase: Phase, step: int, sentence: str) -> None:
        self.findings.append(Finding(kind="note", sentence=sentence, phase=phase.label, step=step))

    # -- telling -----------------------------------------------------------------------------------------------------

    @property
    def n_steps(self) -> int:
        return sum(self._lengths.values())

    @property
    def facts(self) -> dict[str, Any]:
        """What every generator remembers of the training that made it."""
        return {
            "findings": [found.as_dict() for found in self.findings],
            "changes": [change.as_dict() for change in self.steering.changes],
            "device": self.device.as_dict(),
            "seconds": round(self._spent, 2),
            "version": __version__,
            "torch": torch.__version__,
        }

    @property
    def _spent(self) -> float:
        return self.seconds + time.monotonic() - self._clock

    def _report(
        self,
        *,
        loop: Loop | None = None,
        step: int | None = None,
        label: str = "",
        losses: Mapping[str, float] | None = None,
        scores: Mapping[str, float] | None = None,
        rivals: Mapping[str, float] | None = None,
        sample: list[float] | None = None,
        paused: bool = False,
    ) -> None:
        now = time.monotonic()
        if loop is not None:
            self._pace.measure(self.phase.kind, loop.step, now)
        done = self._before(self.phase)
        self.on_progress(
            Progress(
                phase=label or self.phase.label,
                step=done + (loop.step if loop else 0) if step is None else step,
                n_steps=self.n_steps,
                seconds_left=0.0 if step == self.n_steps else self._seconds_left(loop),
                throughput=self._pace.rate(self.phase.kind) if loop is not None else 0.0,
                losses=dict(losses or {}),
                scores=dict(scores or {}),
                rivals=dict(rivals or {}),
                sample=sample,
                findings=[found.as_dict() for found in self.findings],
                paused=paused,
                seconds=round(self._spent, 2),
            )
        )
        self._reported = now

    def _before(self, phase: Phase) -> int:
        """Steps of the phases before this one."""
        return sum(self._lengths[earlier.name] for earlier in self.phases[: self.phases.index(phase)])

    def _rest(self, seconds: float) -> None:
        """Leave out time in which nothing was to be done."""
        self._clock += seconds
        self._pace.rest(seconds)

    def _seconds_left(self, loop: Loop | None) -> float | None:
        position = self.phases.index(self.phase)
        left = {phase: self._lengths[phase.name] for phase in self.phases[position:]}
        if loop is not None:
            left[self.phase] -= loop.step
        return self._pace.seconds([(phase.kind, steps) for phase, steps in left.items()])

    # -- keeping -----------------------------------------------------------------------------------------------------

    def _save(self, loop: Mapping[str, Tensor], running: str) -> None:
        if self.folder is None:
            return
        groups = {"loop": loop, **self._finished()}
        tensors = {f"{group}|{name}": value for group, kept in groups.items() for name, value in kept.items()}
        values = {
            "format": self.format,
            "config": self.config.to_json(),
            "market": self.market.digest(),
            "device": _kind(self.device.name),
            "running": running,
            "rivals": self.rivals,
            "history": self.history,
            "readings": self.readings,
            "findings": [found.as_dict() for found in self.findings],
            "batch_size": self.batch_size,
            "seconds": self._spent,
            **self._values(),
        }
        checkpoint.save(self.folder / _CHECKPOINT, tensors, values)
        self._saved = time.monotonic()

    def _resume(self) -> tuple[Weights, str]:
        """Take up the checkpoint, if there is one: state of the running loop, and its phase."""
        try:
            tensors, values = checkpoint.load(self.folder / _CHECKPOINT) if self.folder else ({}, {})
        except NotFound:
            return {}, ""
        if not values or values.get("format") != self.format:  # of another version: nothing in it fits, so begin anew
            return {}, ""
        # Parsed, so that settings which did not exist when it was written count as what they are without being set.
        known = type(self.config).from_json(values["config"])
        if known != self.config or values["market"] != self.market.digest():
            raise InvalidInput(
                "the checkpoint in this folder belongs to other settings or another market: train into a new folder"
            )
        groups: dict[str, Weights] = {}
        for name, tensor in tensors.items():
            group, _, key = name.rpartition("|")
            groups.setdefault(group or "loop", {})[key] = tensor
        self.rivals, self.seconds = values["rivals"], values["seconds"]
        history = values.get("history", {})
        self.history = {name: [(step, score) for step, score in scores] for name, scores in history.items()}
        self.readings = values.get("readings", {})
        self.findings = [Finding(**found) for found in values.get("findings", [])]
        self.batch_size = values.get("batch_size", self.config.batch_size)
        self._take_up(groups, values)
        # A random state of another kind of device means nothing here: the phase begins again.
        same_device = values["device"] == _kind(self.device.name)
        return groups.get("loop", {}), values.get("running", self.phases[0].name) if same_device else ""


def _kind(device: str) -> str:
    return device.split(":", maxsplit=1)[0]
