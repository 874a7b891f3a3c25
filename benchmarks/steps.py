"""Steps per second of every loop that a training consists of, without what happens between steps."""

import time
from collections.abc import Iterator
from typing import get_args

import torch

from fingen_core.generators.filtered.fitting import Fitting
from fingen_core.generators.filtered.generator import NeuralGenerator
from fingen_core.generators.pictures.fitting import PictureFitting
from fingen_core.generators.pictures.generator import PictureGenerator
from fingen_core.market import bundled
from fingen_core.training.loop import Loop
from fingen_core.training.settings.base import Preset
from fingen_core.training.settings.config import preset
from fingen_core.training.settings.picture_config import picture_preset
from fingen_core.types import ModelKind

__all__ = ["filtered_loops", "picture_loops", "steps_per_second"]

_READY = 5
"""Steps before the clock starts, in which a step is captured where that is possible."""


class _Filtered(Fitting[NeuralGenerator]):
    def loops(self) -> Iterator[tuple[str, Loop]]:
        for phase in self.phases:
            loop = self._loop(phase)
            yield phase.label, loop
            while loop.step < _READY:  # the next phase sets out from what this one leaves
                loop.advance()
            self.done[phase.name] = self._weights(phase, loop)


class _Painted(PictureFitting[PictureGenerator]):
    def loop(self) -> Loop:
        return self._loop(self.phases[0])


def filtered_loops(name: Preset, device: str) -> Iterator[tuple[str, Loop]]:
    """The loops of a filtered GAN on the bundled market: volatility filter, VAE, GAN."""
    yield from _Filtered(bundled(), preset(name, "gan", refit=False), NeuralGenerator, device=device).loops()


def picture_loops(name: Preset, device: str) -> Iterator[tuple[str, Loop]]:
    """Loops of models of heat maps of the bundled market, 28 x 28."""
    for model in get_args(ModelKind):
        painted = _Painted(bundled(), picture_preset(name, model), PictureGenerator, device=device)
        yield f"heat maps, {model.upper()}", painted.loop()


def steps_per_second(loop: Loop, seconds: float) -> float:
    """Measured over that time, after some steps to get ready."""
    for _ in range(_READY):
        loop.advance()
    _wait(loop.generator.device)
    begun, first = time.perf_counter(), loop.step
    while time.perf_counter() - begun < seconds and loop.step < loop.n_steps:
        for _ in range(min(10, loop.n_steps - loop.step)):
            loop.advance()
        _wait(loop.generator.device)
    return (loop.step - first) / (time.perf_counter() - begun)


def _wait(device: torch.device) -> None:
    """A GPU is told what to do long before it has done it."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
