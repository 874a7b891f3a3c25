"""Training a generator of pictures from a market: one loop that can be stopped and resumed exactly.

Every so many steps the training looks at what it paints: paths are joined from its windows and compared with the
history, and a handful of pictures, always from the same noise, is kept so that one can watch them become a market.
"""

import contextlib
import copy
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fingen_core import __version__
from fingen_core.errors import InvalidInput, NotFound
from fingen_core.generators.independent import GaussianRandomWalk
from fingen_core.generators.pictures import PICTURE_FORMAT, PictureGenerator, PictureModel, board_for
from fingen_core.market import Market
from fingen_core.metrics.long_run import LongRun
from fingen_core.models.convolutional import Painter
from fingen_core.models.picture_losses import Autoencoder
from fingen_core.representations.images import REPRESENTATIONS
from fingen_core.training import checkpoint
from fingen_core.training.devices import pick
from fingen_core.training.loop import Interrupted, Loop
from fingen_core.training.picture_config import PictureConfig
from fingen_core.training.picture_recipe import picture_loop
from fingen_core.training.progress import Progress
from fingen_core.transforms import ewma

__all__ = ["LOOKS", "PictureFitting"]

LOOKS = "looks.npz"
"""Pictures of every look at the training: ``steps`` and ``pictures`` (n_looks, 6, rows, columns), gray levels."""

_MINIMUM_DAYS = 500
_CHECKPOINT = "checkpoint.safetensors"
_READ_EVERY = 10
_REPORT_SECONDS = 0.4
_SAVE_SECONDS = 5.0
_PATHS, _DAYS = 120, 252
_PICTURES = 6
_MOST_CHANNELS = 32


class PictureFitting:
    """One training: see ``fingen_core.generators.pictures.train_pictures`` for the parameters."""

    def __init__(
        self,
        market: Market,
        config: PictureConfig,
        *,
        folder: Path | None,
        device: str,
        on_progress: Callable[[Progress], None],
        should_stop: Callable[[], bool],
    ) -> None:
        if market.n_steps < _MINIMUM_DAYS:
            raise InvalidInput(
                f"{market.n_steps} daily returns from {market.dates[0]:%Y-%m-%d}, but training needs {_MINIMUM_DAYS}: "
                "choose an earlier start or tickers with a longer history"
            )
        if config.representation == "gasf" and market.n_assets > _MOST_CHANNELS:
            raise InvalidInput(
                f"{market.n_assets} assets, but Gramian fields paint one channel each and at most {_MOST_CHANNELS}: "
                "choose fewer assets, their equal-weight portfolio, or the heat map"
            )
        self.market, self.config, self.folder = market, config, folder
        self.device = pick(device)
        self.on_progress, self.should_stop = on_progress, should_stop
        self.returns = market.log_returns()
        self.representation = REPRESENTATIONS[config.representation].fit(market, config.side)
        self.board = board_for(self.representation, config)
        self.scores: dict[str, float] = {}
        self.rivals: dict[str, float] = {}
        self.seconds = 0.0
        self._pace: tuple[int, float] | None = None
        self._clock = self._reported = self._saved = time.monotonic()

    def run(self) -> PictureGenerator:
        """Train, or go on training, to the end."""
        with _one_thread():
            return self._run()

    def _run(self) -> PictureGenerator:
        self._report(None, label="Measuring history")
        loop = self._loop()
        self._resume(loop)
        if not self.rivals:
            self.rivals = self._rival_scores()
            self._look(loop)
        self._report(loop, rivals=self.rivals, scores=self.scores)
        while loop.step < loop.n_steps:
            if loop.step % _READ_EVERY == 0 and self.should_stop():
                self._interrupt(loop)
            loop.advance()
            last = loop.step == loop.n_steps
            losses = loop.losses() if loop.step % _READ_EVERY == 0 or last else {}
            if loop.step % self.config.validate_every == 0 or last:
                self._report(loop, losses=losses, scores=self._look(loop), sample=self._sample())
            elif losses and time.monotonic() - self._reported > _REPORT_SECONDS:
                self._report(loop, losses=losses)
            if time.monotonic() - self._saved > _SAVE_SECONDS:
                self._save(loop)
        self._save(loop)
        generator = self._generator(loop)
        if self.folder is not None:
            generator.save(self.folder)
        return generator

    def _loop(self) -> Loop:
        seed = int(np.random.SeedSequence([self.config.seed, self.config.side]).generate_state(1)[0])
        generator = torch.Generator(self.device.name).manual_seed(seed)
        values, condition = (part.to(self.device.name) for part in self._examples)
        return picture_loop(values, condition, self.board, self.config, generator)

    @cached_property
    def _examples(self) -> tuple[Tensor, Tensor]:
        return self.representation.examples(self.returns)

    @cached_property
    def _history(self) -> LongRun:
        return LongRun.of(self.returns)

    @cached_property
    def _starts(self) -> ewma.Memory:
        """States of evenings spread over the history, the same at every look."""
        rows = np.linspace(min(250, len(self.returns) // 4), len(self.returns), _PATHS).astype(np.intp)
        return self.representation.memory(self.returns)[rows]

    # -- looks -------------------------------------------------------------------------------------------------------

    def _model(self, loop: Loop) -> PictureModel:
        """The painter with averaged weights, on the CPU."""
        player = loop.players[-1]
        module = copy.deepcopy(player.module).cpu().requires_grad_(False)
        module.load_state_dict({name: value.cpu() for name, value in loop.averaged(player).items()})
        if isinstance(module, Autoencoder):
            painter, reader = module.painter, module.reader
            return PictureModel.of(self.representation, painter, reader, self.config.loss, self._examples)
        assert isinstance(module, Painter)
        return PictureModel.of(self.representation, module, None, self.config.loss, self._examples)

    def _look(self, loop: Loop) -> dict[str, float]:
        """Scores of what is painted now; keeps a few pictures."""
        generator = self._looked_at = self._generator(loop)
        paths = generator.sample_each(self._starts, _DAYS, seed=1)
        rows = np.linspace(0, len(self._examples[0]) - 1, 60).astype(np.intp)
        gallery = generator.paint(self.market, rows, seed=1)
        self.scores = {
            "long_run": self._history.score(paths) if np.isfinite(paths).all() else float("inf"),
            "off_manifold": float(gallery.off_manifold.mean()),
        }
        self._keep_look(loop.step, gallery.pixels[:: len(rows) // _PICTURES][:_PICTURES, 0])
        return self.scores

    def _keep_look(self, step: int, pictures: NDArray[np.float32]) -> None:
        if self.folder is None:
            return
        steps, kept = _read_looks(self.folder / LOOKS)
        before = [i for i, known in enumerate(steps) if known < step]  # a resumed training looks again
        gray = np.round(255 * np.clip(pictures, 0, 1)).astype(np.uint8)
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = self.folder / f".{LOOKS}"
        np.savez_compressed(fresh, steps=np.array([*steps[before], step]), pictures=np.array([*kept[before], gray]))
        fresh.replace(self.folder / LOOKS)

    def _rival_scores(self) -> dict[str, float]:
        self._report(None, label="Rival: random-walk")
        walk = GaussianRandomWalk().fit(self.market).sample(_PATHS, _DAYS, seed=1)
        return {"random-walk/long_run": self._history.score(walk)}

    def _sample(self) -> list[float]:
        """Equal-weight log returns of one path, for the eye."""
        path = self._looked_at.sample(1, _DAYS, seed=self.config.seed)[0]
        return [round(float(value), 6) for value in path.mean(axis=1)]

    def _generator(self, loop: Loop) -> PictureGenerator:
        facts = {
            "scores": self.scores,
            "rivals": self.rivals,
            "step": loop.step,
            "parameters": sum(parameter.numel() for parameter in loop.players[-1].module.parameters()),
            "device": self.device.as_dict(),
            "seconds": round(self.seconds + time.monotonic() - self._clock, 2),
            "version": __version__,
            "torch": torch.__version__,
        }
        return PictureGenerator.of(self._model(loop), self.market, self.config, facts)

    # -- telling and keeping -----------------------------------------------------------------------------------------

    def _report(
        self,
        loop: Loop | None,
        *,
        label: str = "",
        losses: Mapping[str, float] | None = None,
        scores: Mapping[str, float] | None = None,
        rivals: Mapping[str, float] | None = None,
        sample: list[float] | None = None,
    ) -> None:
        now, step = time.monotonic(), loop.step if loop else 0
        if self._pace is None and loop is not None:
            self._pace = (step, now)
        done, since = (step - self._pace[0], now - self._pace[1]) if self._pace else (0, 0.0)
        rate = done / since if done and since > 0 else 0.0
        self.on_progress(
            Progress(
                phase=label or f"Painting ({self.config.model.upper()})",
                step=step,
                n_steps=self.config.steps,
                seconds_left=(self.config.steps - step) / rate if rate else None,
                throughput=rate,
                losses=dict(losses or {}),
                scores=dict(scores or {}),
                rivals=dict(rivals or {}),
                sample=sample,
            )
        )
        self._reported = now

    def _interrupt(self, loop: Loop) -> None:
        self._save(loop)
        if self.folder is not None and loop.step >= self.config.validate_every:
            self._generator(loop).save(self.folder)
        raise Interrupted(f"stopped at step {loop.step} of {loop.n_steps}: resume to go on")

    def _save(self, loop: Loop) -> None:
        if self.folder is None:
            return
        values = {
            "format": PICTURE_FORMAT,
            "config": self.config.to_json(),
            "market": self.market.digest(),
            "device": self.device.name.split(":", maxsplit=1)[0],
            "scores": self.scores,
            "rivals": self.rivals,
            "seconds": self.seconds + time.monotonic() - self._clock,
        }
        checkpoint.save(self.folder / _CHECKPOINT, loop.state(), values)
        self._saved = time.monotonic()

    def _resume(self, loop: Loop) -> None:
        """Take up the checkpoint, if there is one of this kind of device: a random state means nothing to another."""
        try:
            tensors, values = checkpoint.load(self.folder / _CHECKPOINT) if self.folder else ({}, {})
        except NotFound:
            return
        if not values or values.get("format") != PICTURE_FORMAT:
            return
        if (values["config"], values["market"]) != (self.config.to_json(), self.market.digest()):
            raise InvalidInput(
                "the checkpoint in this folder belongs to other settings or another market: train into a new folder"
            )
        if values["device"] == self.device.name.split(":", maxsplit=1)[0]:
            loop.restore(tensors)
            self.scores, self.rivals, self.seconds = values["scores"], values["rivals"], values["seconds"]


def _read_looks(path: Path) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    if not path.exists():
        return np.zeros(0, dtype=np.int64), np.zeros((0, 0, 0, 0), dtype=np.uint8)
    with np.load(path, allow_pickle=False) as kept:
        return kept["steps"], kept["pictures"]


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Pictures this small are not worth sharing, and with one thread the sums come out the same on every machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
