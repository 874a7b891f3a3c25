"""Training a generator of pictures from a market.

Every so many steps the training looks at what it paints: paths are joined from its windows and compared with the
history, and a handful of pictures, always from the same noise, is kept so that one can watch them become a market.
"""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fingen_core.errors import InvalidInput
from fingen_core.generators.classical.independent import GaussianRandomWalk
from fingen_core.generators.learned.snapshots import N_DAYS
from fingen_core.generators.learned.trained import Trained
from fingen_core.generators.learned.trainer import Course, Phase, Weights
from fingen_core.generators.pictures.model import PICTURE_FORMAT, PictureModel, board_for
from fingen_core.generators.protocol.conditions import sector_columns, target_names
from fingen_core.market import Market
from fingen_core.metrics.long_run import MIN_STEPS
from fingen_core.metrics.long_run.distance import LongRun
from fingen_core.models.picture_losses import Autoencoder
from fingen_core.representations.images import REPRESENTATIONS
from fingen_core.representations.window_labels import WindowLabels
from fingen_core.training.devices import one_thread
from fingen_core.training.loop import Loop
from fingen_core.training.parts import shown
from fingen_core.training.picture_recipe import picture_loop, picture_module
from fingen_core.training.settings.picture_config import PictureConfig
from fingen_core.transforms import ewma
from fingen_core.types import Paths

__all__ = ["LOOKS", "PictureFitting"]

LOOKS = "looks.npz"
"""Pictures of every look at the training: ``steps`` and ``pictures`` (n_looks, 6, rows, columns), gray levels."""

_PATHS = 120
_PICTURES = 6
_MOST_CHANNELS = 32


Made = TypeVar("Made", bound=Trained[PictureConfig, PictureModel])


class PictureFitting(Course[PictureConfig], Generic[Made]):
    """One training of a painter, in a single phase; ``kind`` is the generator that it makes."""

    format = PICTURE_FORMAT
    unit = "pictures"
    least_batch = 8

    def __init__(self, market: Market, config: PictureConfig, kind: type[Made], **how: Any) -> None:
        super().__init__(market, config, **how)
        self.kind = kind
        if config.representation == "gasf" and market.n_assets > _MOST_CHANNELS:
            raise InvalidInput(
                f"{market.n_assets} assets, but Gramian fields paint one channel each and at most {_MOST_CHANNELS}: "
                "choose fewer assets, their equal-weight portfolio, or the heat map"
            )
        self.representation = REPRESENTATIONS[config.representation].fit(market, config.side)
        self.labels = self._labels() if config.severity_label == "learned" else None
        self.board = board_for(self.representation, config, self.labels.n_targets if self.labels else 0)
        self.scores: dict[str, float] = {}
        self.best: tuple[int, dict[str, float], Weights] | None = None

    @cached_property
    def phases(self) -> list[Phase]:
        kind = self.config.model
        return [Phase(kind, f"Painting ({kind.upper()})", kind, True)]

    def run(self) -> Made:
        """Train, or go on training, to the end."""
        with one_thread():  # pictures this small are not worth sharing
            return self._run()

    def _run(self) -> Made:
        self._report(label="Measuring history")
        state, running = self._resume()
        phase = self.phases[0]
        if not self.rivals:
            self.rivals = self._rival_scores()
        if not running:
            self._look(self._loop(phase))
        self._report(rivals=self.rivals, scores=self.scores)
        loop = self._through(phase, state if running else None)
        self._save(loop.state(), phase.name)
        generator = self._generator(loop, best=True)
        if self.folder is not None:
            generator.save(self.folder)
        return generator

    # -- the loop ----------------------------------------------------------------------------------------------------

    @property
    def _lengths(self) -> dict[str, int]:
        return {self.phases[0].name: self.config.steps}

    def _loop(self, phase: Phase) -> Loop:
        seed = int(np.random.SeedSequence([self.config.seed, self.config.side]).generate_state(1)[0])
        generator = torch.Generator(self.device.name).manual_seed(seed)
        values, condition = (part.to(self.device.name) for part in self._examples)
        config = self.config.replace(batch_size=self.batch_size)
        targets = None if self.labels is None else torch.as_tensor(self.labels.weights, dtype=torch.float32)
        loop = picture_loop(values, condition, self.board, config, generator, self.representation.moves, targets)
        loop.halvings = self._halvings(phase)
        return loop

    def _paths_after(self, loop: Loop, rows: NDArray[np.intp]) -> Paths:
        start = self.representation.memory(self.returns)[rows]
        return self._generator(loop).sample_each(start, N_DAYS, seed=1)

    def _facts(self) -> dict[str, Any]:
        return {"n_assets": self.market.n_assets, "n_latent": self.board.n_code, "kl_warmup": 0.0, "unit": "windows"}

    @cached_property
    def _examples(self) -> tuple[Tensor, Tensor]:
        values, condition = self.representation.examples(self.returns)
        return values, condition if self.labels is None else torch.cat([condition, self.labels.told()], dim=1)

    def _labels(self) -> WindowLabels:
        windows = self.representation.windows(self.returns)
        state = self.representation.state(self.representation.memory(self.returns)[: len(windows)])
        return WindowLabels.fit(windows, state, sector_columns(self.market.tickers))

    # -- looks -------------------------------------------------------------------------------------------------------

    def _checked(self, phase: Phase, loop: Loop) -> dict[str, float]:
        scores = self._look(loop)
        self._remember(phase, loop, scores["long_run"])
        if self.config.early_stopping and scores["long_run"] <= min(score for _, score in self.history[phase.name]):
            self.best = (loop.step, self.scores, {name: part.cpu() for name, part in _averaged(loop).items()})
        return scores

    def _look(self, loop: Loop) -> dict[str, float]:
        """Scores of what is painted now; keeps a few pictures."""
        generator = self._looked_at = self._generator(loop)
        paths = generator.sample_each(self._starts, self._n_measured, seed=1)
        rows = np.linspace(0, len(self._examples[0]) - 1, 60).astype(np.intp)
        gallery = generator.model.paint(self.market, rows, seed=1)
        self.scores = {
            "long_run": self._distance(paths),
            "off_manifold": float(gallery.off_manifold.mean()),
        }
        self._keep_look(loop.step, gallery.pixels[:: len(rows) // _PICTURES][:_PICTURES, 0])
        return self.scores

    def _distance(self, paths: Paths) -> float:
        """Distance of joined paths from history; without end for paths that no market could have."""
        try:
            return self._history.score(paths) if np.isfinite(paths).all() else float("inf")
        except InvalidInput:  # an untrained painter may draw paths that hardly ever fall, which have no tail
            return float("inf")

    def _sample(self) -> list[float]:
        path = self._looked_at.sample(1, self._n_measured, seed=self.config.seed)[0]
        return [round(float(value), 6) for value in path.mean(axis=1)]

    @property
    def _n_measured(self) -> int:
        """Steps of the paths that are measured: a year, and what a portrait needs."""
        return max(MIN_STEPS, self.market.step.year)

    @cached_property
    def _history(self) -> LongRun:
        return LongRun.of(self.returns, year=self.market.step.year)

    @cached_property
    def _starts(self) -> ewma.Memory:
        """States of evenings spread over the history, the same at every look."""
        rows = np.linspace(min(250, len(self.returns) // 4), len(self.returns), _PATHS).astype(np.intp)
        return self.representation.memory(self.returns)[rows]

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
        self._report(label="Rival: random-walk")
        walk = GaussianRandomWalk().fit(self.market).sample(_PATHS, self._n_measured, seed=1)
        return {"random-walk/long_run": self._history.score(walk)}

    # -- the generator -----------------------------------------------------------------------------------------------

    def _model(self, weights: Weights) -> PictureModel:
        """The painter with these weights, on the CPU."""
        module = picture_module(self.board, self.config).requires_grad_(False)
        module.load_state_dict(weights)
        painter, reader = (module.painter, module.reader) if isinstance(module, Autoencoder) else (module, None)
        values, condition = self._examples
        told = shown(condition, self.board.n_targets, self.config.condition_dropout)
        return PictureModel.of(self.representation, painter, reader, self.config.loss, (values, told), self.labels)

    def _generator(self, loop: Loop, *, best: bool = False) -> Made:
        """What is painted now; with ``best``, what was painted at the best look if early stopping kept that."""
        step, scores, weights = (loop.step, self.scores, _averaged(loop))
        if best and self.best is not None:
            step, scores, weights = self.best
        facts = {
            "scores": scores,
            "rivals": self.rivals,
            "step": step,
            "parameters": sum(parameter.numel() for parameter in loop.players[-1].module.parameters()),
            **self.facts,
        }
        if self.labels is not None:
            facts["severity_targets"] = target_names(self.market.tickers)
        return self.kind.of(self._model(weights), self.market, self.config, facts)

    def _keep_stopped(self, phase: Phase, loop: Loop) -> None:  # noqa: ARG002
        if self.folder is not None and loop.step >= self.config.validate_every:
            self._generator(loop).save(self.folder)

    def _forget(self, phase: Phase) -> None:
        super()._forget(phase)
        self.best = None

    def _finished(self) -> dict[str, Weights]:
        return {"best": self.best[2]} if self.best is not None else {}

    def _values(self) -> dict[str, Any]:
        return {"scores": self.scores, "best": list(self.best[:2]) if self.best is not None else None}

    def _take_up(self, groups: Mapping[str, Weights], values: Mapping[str, Any]) -> None:
        self.scores = values["scores"]
        if values.get("best") is not None:
            step, scores = values["best"]
            self.best = (step, scores, groups["best"])


def _averaged(loop: Loop) -> Weights:
    """Averaged weights of what is kept."""
    return loop.averaged(loop.players[-1])


def _read_looks(path: Path) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    if not path.exists():
        return np.zeros(0, dtype=np.int64), np.zeros((0, 0, 0, 0), dtype=np.uint8)
    with np.load(path, allow_pickle=False) as kept:
        return kept["steps"], kept["pictures"]
