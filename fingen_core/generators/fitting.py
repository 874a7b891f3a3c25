"""Training a neural generator from a market, in phases that can be stopped and resumed exactly.

The model is first trained without the last ``validation_share`` of the days, on which its one-day scores are compared
with two rivals' while it learns; the best checkpoint by that score says how long to train. Then everything is fitted
again on all days. Each phase is a deterministic function of market, settings and the phases before it; what a schedule
or a detector remembers is part of the checkpoint.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fingen_core import __version__
from fingen_core.errors import InvalidInput, NotFound
from fingen_core.generators.base import Generator
from fingen_core.generators.neural import FORMAT, FittedModel, NeuralGenerator
from fingen_core.generators.registry import rivals
from fingen_core.market import Market
from fingen_core.metrics.validation import quick_scores
from fingen_core.models.calibration import interpolate
from fingen_core.models.volatility import VolatilityFilter
from fingen_core.representations.filtered import FILTER_HIDDEN, N_CONDITIONS, FilterData, Filtered, rollout
from fingen_core.representations.severity import month_labels
from fingen_core.training import checkpoint, detectors, optimizers, recipe
from fingen_core.training.config import TrainingConfig
from fingen_core.training.detectors import Finding
from fingen_core.training.devices import pick
from fingen_core.training.loop import Interrupted, Loop
from fingen_core.training.progress import Progress
from fingen_core.types import Array

__all__ = ["HELD_OUT", "MINIMUM_DAYS", "Fitting", "Phase", "threads_for"]

MINIMUM_DAYS = 500
"""Fewer days leave too little to fit tails on and to hold out."""

HELD_OUT = "held-out"
"""Folder under that of a training: the model before the refit on all days."""

_CHECKPOINT = "checkpoint.safetensors"
_READ_EVERY = 10
_REPORT_SECONDS = 0.4
_SAVE_SECONDS = 5.0
_VALIDATION_PATHS = 200
_VALIDATION_DAYS = 500
_SAMPLE_DAYS = 250
_LARGE_STEP = 2**18  # batch rows times hidden units
_LEAST_BATCH = 32

Weights = dict[str, Tensor]


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


@dataclass(frozen=True, eq=False)
class _Best:
    """The best checkpoint so far by the validation score."""

    step: int
    scores: Mapping[str, float]
    weights: Weights


class Fitting:
    """One training: see ``fingen_core.generators.neural.train`` for the parameters."""

    def __init__(
        self,
        market: Market,
        config: TrainingConfig,
        *,
        folder: Path | None,
        device: str,
        on_progress: Callable[[Progress], None],
        should_stop: Callable[[], bool],
    ) -> None:
        if market.n_steps < MINIMUM_DAYS:
            raise InvalidInput(
                f"{market.n_steps} daily returns from {market.dates[0]:%Y-%m-%d}, but training needs {MINIMUM_DAYS}: "
                "choose an earlier start or tickers with a longer history"
            )
        self.market, self.config, self.folder = market, config, folder
        self.device = pick(device)
        self.on_progress, self.should_stop = on_progress, should_stop
        self.returns = market.log_returns()
        self.n_fit = round(len(self.returns) * (1 - config.validation_share))
        self.done: dict[str, Weights] = {}
        self.best: dict[str, _Best] = {}
        self.rivals: dict[str, float] = {}
        self.history: dict[str, list[tuple[int, float]]] = {}
        self.readings: dict[str, dict[str, list[float]]] = {}
        self.findings: list[Finding] = []
        self.batch_size = config.batch_size
        self.phase: Phase = self.phases[0]
        self.seconds = 0.0
        self._clock = self._reported = self._saved = time.monotonic()

    @cached_property
    def phases(self) -> list[Phase]:
        """All loops in their order."""
        kinds = {"filter": "Volatility filter", "vae": "VAE"} | ({"gan": "GAN"} if self.config.model == "gan" else {})
        first = [Phase(kind, label, kind, False) for kind, label in kinds.items()]
        again = [Phase(f"{kind}-refit", f"{label}, refit on all days", kind, True) for kind, label in kinds.items()]
        return first + (again if self.config.refit else [])

    def run(self) -> NeuralGenerator:
        """Train, or go on training, to the end."""
        with threads_for(self.config):
            return self._run()

    def _run(self) -> NeuralGenerator:
        state, running = self._resume()
        self.phase = next((phase for phase in self.phases if phase.name not in self.done), self.phases[-1])
        if not self.rivals:
            self.rivals = self._rival_scores()
        self._report(rivals=self.rivals)
        for phase in self.phases:
            if phase.name in self.done:
                continue
            self.phase = phase
            loop = self._loop(phase)
            if running == phase.name:
                loop.restore(state)
            try:
                self._run_phase(phase, loop)
            except (RuntimeError, MemoryError) as error:
                self._run_phase(phase, self._with_half_the_batch(phase, error))
            running = ""
        generator = self._generator(self.phases[-1].everything)
        self._save({}, "")
        if self.folder is not None:
            self._held_out().save(self.folder / HELD_OUT)
            generator.save(self.folder)
        self._report(step=self.n_steps, sample=self._sample(generator.model))
        return generator

    # -- phases ------------------------------------------------------------------------------------------------------

    def _loop(self, phase: Phase) -> Loop:
        """Build the loop of a phase on what the phases before it left."""
        index = self.phases.index(phase)
        seed = int(np.random.SeedSequence([self.config.seed, index]).generate_state(1)[0])
        generator = torch.Generator(self.device.name).manual_seed(seed)
        if phase.kind == "filter":
            return recipe.filter_loop(FilterData.of(self._part(phase), self.device.name), self.config, generator)
        scores, condition = self._examples(phase)
        config = self.config.replace(batch_size=self.batch_size)
        if phase.kind == "vae":
            loop = recipe.vae_loop(scores, condition, config, generator)
        else:
            decoder = self.done["vae-refit" if phase.everything else "vae"]
            loop = recipe.gan_loop(decoder, scores, condition, config, generator)
        loop.halvings = self._halvings(phase)
        return loop

    def _run_phase(self, phase: Phase, loop: Loop) -> None:
        until = self._length(phase, loop)
        while loop.step < until and not self._gave_up(phase):
            if loop.step % _READ_EVERY == 0 and self.should_stop():
                self._interrupt(phase, loop)
            loop.advance()
            last = loop.step == until
            losses = loop.losses() if loop.step % _READ_EVERY == 0 or loop.step == 1 or last else {}
            if phase.kind != "filter" and (loop.step % detectors.READ_EVERY == 0 or loop.step == 1 or last):
                losses |= loop.probe()
                self._look(phase, loop, losses)
            due = loop.step % self.config.validate_every == 0 or last
            scores = self._validate(phase, loop) if due and phase.kind != "filter" and not phase.everything else {}
            last = last or self._gave_up(phase)
            if scores or (losses and time.monotonic() - self._reported > _REPORT_SECONDS) or last:
                self._report(loop=loop, losses=losses, scores=scores)
            if self.folder is not None and time.monotonic() - self._saved > _SAVE_SECONDS:
                self._save(loop.state(), phase.name)
        self.done[phase.name] = self._result(phase, loop)
        self._say_what_is_kept(phase)
        self._save({}, "")

    def _look(self, phase: Phase, loop: Loop, figures: Mapping[str, float]) -> None:
        """Let the detectors see the newest figures; each of them is heard once in a phase."""
        seen = self.readings.setdefault(phase.name, {})
        for name, value in figures.items():
            seen.setdefault(name, []).append(value)
        config, heard = self.config, {(found.kind, found.phase) for found in self.findings}
        for found in detectors.findings(
            seen,
            share=loop.step / loop.n_steps,
            n_assets=self.market.n_assets,
            n_latent=config.latent_size,
            kl_warmup=config.kl_warmup,
        ):
            if (found.kind, phase.label) not in heard:
                self.findings.append(replace(found, phase=phase.label, step=loop.step))

    def _with_half_the_batch(self, phase: Phase, error: Exception) -> Loop:
        """A fresh loop of the phase with half the batch; any other error, and a second one, goes on its way."""
        shared = self.config.optimizer == "gradient-descent" or phase.kind == "filter"
        smaller = self.batch_size // 2
        if not _is_about_memory(error) or shared or self.batch_size < self.config.batch_size or smaller < _LEAST_BATCH:
            raise error
        self._note(phase, 0, f"Batches of {self.batch_size} days did not fit into memory: halved to {smaller}.")
        self.batch_size = smaller
        for kept in (self.history, self.readings, self.best):
            kept.pop(phase.name, None)
        return self._loop(phase)

    def _gave_up(self, phase: Phase) -> bool:
        """Whether validation has not improved for as long as early stopping is patient."""
        patience, history = self.config.early_stopping, self.history.get(phase.name, [])
        return 0 < patience <= optimizers.waited(history)

    def _halvings(self, phase: Phase) -> list[int]:
        """Where a plateau's rates are halved; a refit, which nothing validates, repeats those of the first pass."""
        history = self.history.get(phase.name.removesuffix("-refit"), [])
        return optimizers.halvings(history, self.config.plateau_patience)

    def _say_what_is_kept(self, phase: Phase) -> None:
        """What went wrong after the best step is not in the model."""
        alarms = [found for found in self.findings if found.phase == phase.label and found.kind != "note"]
        if phase.name in self.best and alarms and (best := self.best[phase.name].step) < alarms[0].step:
            self._note(phase, best, f"The model is that of step {best}, from before the first warning.")

    def _note(self, phase: Phase, step: int, sentence: str) -> None:
        self.findings.append(Finding(kind="note", sentence=sentence, phase=phase.label, step=step))

    def _length(self, phase: Phase, loop: Loop) -> int:
        """Steps to do: all of the schedule, or in a refit as many as were best on the validation days."""
        first = phase.name.removesuffix("-refit")
        return self.best[first].step if phase.everything and first in self.best else loop.n_steps

    def _result(self, phase: Phase, loop: Loop) -> Weights:
        if phase.kind != "filter" and not phase.everything:
            return self.best[phase.name].weights
        return self._weights(phase, loop)

    def _weights(self, phase: Phase, loop: Loop) -> Weights:
        """Averaged weights of the filter or the decoder."""
        averaged = loop.averaged(loop.players[-1])
        if phase.kind != "vae":
            return averaged
        return {name.removeprefix("decoder."): w for name, w in averaged.items() if name.startswith("decoder.")}

    # -- parts -------------------------------------------------------------------------------------------------------

    def _part(self, phase: Phase) -> Array:
        return self.returns if phase.everything else self.returns[: self.n_fit]

    def _representation(self, phase: Phase) -> Filtered:
        network = VolatilityFilter(self.config.filter_networks, FILTER_HIDDEN, torch.Generator())
        network.load_state_dict(self.done["filter-refit" if phase.everything else "filter"])
        return Filtered.fit(self._part(phase), network.cpu().requires_grad_(False))

    def _prepared(self, phase: Phase) -> tuple[Filtered, tuple[Tensor, Tensor]]:
        """Representation and its examples; fitted once per part."""
        cache: dict[bool, tuple[Filtered, tuple[Tensor, Tensor]]] = self.__dict__.setdefault("_cache", {})
        if phase.everything not in cache:
            representation = self._representation(phase)
            cache[phase.everything] = (representation, self._labeled(representation, self._part(phase)))
        return cache[phase.everything]

    def _labeled(self, representation: Filtered, returns: Array) -> tuple[Tensor, Tensor]:
        """Scores and conditions, with a label of severity behind the latter where it is to be learned."""
        scores, condition = representation.examples(returns)
        if self.config.severity_label == "none":
            return scores, condition
        labels = month_labels(scores.double().numpy(), representation.memory(returns)[:-1], self.config.seed)
        return scores, torch.cat([condition, torch.as_tensor(labels, dtype=torch.float32)], dim=1)

    def _examples(self, phase: Phase) -> tuple[Tensor, Tensor]:
        scores, condition = self._prepared(phase)[1]
        return scores.to(self.device.name), condition.to(self.device.name)

    def _model(self, phase: Phase, weights: Weights) -> FittedModel:
        representation, examples = self._prepared(phase)
        decoder = recipe.decoder_for(self.market.n_assets, N_CONDITIONS, self.config)
        decoder.load_state_dict(weights)
        return FittedModel.calibrated(representation, decoder.requires_grad_(False), examples, self.config.seed)

    def _held_out(self) -> NeuralGenerator:
        """The model as it was before it saw the validation days: what it says about them is a forecast."""
        before, _ = self.market.split(self.market.dates[self.n_fit])
        return self._generator(False, before)

    def _generator(self, everything: bool, market: Market | None = None) -> NeuralGenerator:
        phase = [phase for phase in self.phases if phase.everything == everything and phase.name in self.done][-1]
        facts = {
            "scores": self._best_scores(),
            "rivals": self.rivals,
            "best_step": {name: best.step for name, best in self.best.items()},
            "validation_days": len(self.returns) - self.n_fit,
            "refit": everything,
            "findings": [found.as_dict() for found in self.findings],
            "device": self.device.as_dict(),
            "seconds": round(self.seconds + time.monotonic() - self._clock, 2),
            "version": __version__,
            "torch": torch.__version__,
        }
        return NeuralGenerator.of(self._model(phase, self.done[phase.name]), market or self.market, self.config, facts)

    # -- validation --------------------------------------------------------------------------------------------------

    @cached_property
    def _days(self) -> NDArray[np.intp]:
        """Rows of the validation days, at most 500, evenly spread."""
        rows = np.arange(self.n_fit, len(self.returns), dtype=np.intp)
        return rows[:: max(1, -(-len(rows) // _VALIDATION_DAYS))]

    def _validate(self, phase: Phase, loop: Loop) -> dict[str, float]:
        """Scores of the averaged weights on the validation days; remembers the best."""
        weights = self._weights(phase, loop)
        scores = quick_scores(self._draw_days(self._model(phase, weights)), self.returns[self._days])
        known = self.best.get(phase.name)
        if known is None or _mean_fz0(scores) < _mean_fz0(known.scores):
            kept = {name: weight.detach().cpu().clone() for name, weight in weights.items()}
            self.best[phase.name] = _Best(loop.step, scores, kept)
        self._remember(phase, loop, _mean_fz0(scores))
        return scores

    def _remember(self, phase: Phase, loop: Loop, score: float) -> None:
        """Keep a validation score for the schedule and for early stopping."""
        self.history.setdefault(phase.name, []).append((loop.step, score))
        before, loop.halvings = len(loop.halvings), self._halvings(phase)
        if loop.schedule == "plateau" and len(loop.halvings) > before:
            self._note(phase, loop.step, f"Learning rates halved at step {loop.step}.")
        if self._gave_up(phase) and loop.step < loop.n_steps:
            best = self.best[phase.name].step
            self._note(
                phase, loop.step, f"Stopped early at step {loop.step} of {loop.n_steps}: step {best} validated best."
            )

    @torch.no_grad()
    def _draw_days(self, model: FittedModel) -> Array:
        """One-day draws for every validation day, (n_days, n_paths, n_assets); the same noise at every call."""
        memory = model.representation.memory(self.returns)[self._days]
        sigma, condition = model.representation.sigma(memory), model.representation.condition(memory)
        simulator = model.simulator()
        given = torch.as_tensor(condition, dtype=torch.float32).repeat_interleave(_VALIDATION_PATHS, 0)
        drawn = simulator.draw(given, torch.Generator().manual_seed(20_130_102))
        deepened = simulator.deepened(interpolate(simulator.tables, drawn))
        residuals = deepened.reshape(len(sigma), _VALIDATION_PATHS, -1).numpy()
        drift = float(model.representation.volatility.drift()) * model.representation.scale
        return np.asarray(drift + sigma[:, None].astype(np.float32) * residuals)

    def _rival_scores(self) -> dict[str, float]:
        """Scores of the classical generators, fitted to the same days and judged on the same."""
        found: dict[str, float] = {}
        before, _ = self.market.split(self.market.dates[self.n_fit])
        for name, build in rivals().items():
            self._report(label=f"Rival: {name}")
            generator = build().fit(before)
            scores = quick_scores(self._draw_rival(generator), self.returns[self._days])
            found |= {f"{name}/{key}": value for key, value in scores.items()}
        return found

    def _draw_rival(self, generator: Generator) -> Array:
        states = generator.states(self.market)
        dates = self.market.dates[self._days]
        draws = [
            generator.sample(_VALIDATION_PATHS, 1, state=states.at(date), seed=int(row))[:, 0]
            for row, date in zip(self._days, dates, strict=True)
        ]
        return np.stack(draws)

    def _best_scores(self) -> dict[str, float]:
        return dict(self.best[self.config.model].scores) if self.config.model in self.best else {}

    def _sample(self, model: FittedModel) -> list[float]:
        """Equal-weight log returns of one path, for the eye."""
        start = model.representation.memory(self.returns[: self.n_fit])[-1]
        path = rollout(model.simulator(), start, 1, _SAMPLE_DAYS, self.config.seed)[0]
        return [round(float(value), 6) for value in path.mean(axis=1)]

    # -- telling and keeping -----------------------------------------------------------------------------------------

    @cached_property
    def _lengths(self) -> dict[str, int]:
        n_assets = self.market.n_assets
        lengths = {"vae": self.config.vae_steps, "gan": self.config.gan_steps}
        return {
            phase.name: lengths.get(phase.kind, recipe.filter_steps(len(self._part(phase)) * n_assets, self.config))
            for phase in self.phases
        }

    @property
    def n_steps(self) -> int:
        return sum(self._lengths.values())

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
    ) -> None:
        now = time.monotonic()
        throughput = 0.0
        if loop is not None:
            self._pace.measure(self.phase.kind, loop.step, now)
            throughput = self._pace.rate(self.phase.kind)
            if scores:
                model = self._model(self.phase, self.best[self.phase.name].weights)
                sample = self._sample(model)
        done = sum(self._lengths[p.name] for p in self.phases[: self.phases.index(self.phase)])
        self.on_progress(
            Progress(
                phase=label or self.phase.label,
                step=done + (loop.step if loop else 0) if step is None else step,
                n_steps=self.n_steps,
                seconds_left=0.0 if step == self.n_steps else self._seconds_left(loop),
                throughput=throughput,
                losses=dict(losses or {}),
                scores=dict(scores or {}),
                rivals=dict(rivals or {}),
                sample=sample,
                findings=[found.as_dict() for found in self.findings],
            )
        )
        self._reported = now

    @cached_property
    def _pace(self) -> "_Pace":
        return _Pace()

    def _seconds_left(self, loop: Loop | None) -> float | None:
        position = self.phases.index(self.phase)
        left = {phase.name: self._lengths[phase.name] for phase in self.phases[position:]}
        if loop is not None:
            left[self.phase.name] -= loop.step
        return self._pace.seconds({name: (name.split("-", maxsplit=1)[0], steps) for name, steps in left.items()})

    def _interrupt(self, phase: Phase, loop: Loop) -> None:
        self._save(loop.state(), phase.name)
        finished = [name for name in ("gan", "vae") if name in self.best]
        if self.folder is not None and finished:
            for name in finished:
                self.done.setdefault(name, self.best[name].weights)
            self._generator(False).save(self.folder)
        raise Interrupted(f"stopped in phase {phase.label} at step {loop.step} of {loop.n_steps}: resume to go on")

    def _save(self, loop: Mapping[str, Tensor], running: str) -> None:
        if self.folder is None:
            return
        tensors = {f"loop|{name}": value for name, value in loop.items()}
        for group, weights in (
            *((f"done|{name}", weights) for name, weights in self.done.items()),
            *((f"best|{name}", best.weights) for name, best in self.best.items()),
        ):
            tensors |= {f"{group}|{name}": value for name, value in weights.items()}
        values = {
            "format": FORMAT,
            "config": self.config.to_json(),
            "market": self.market.digest(),
            "device": self.device.name.split(":", maxsplit=1)[0],
            "running": running,
            "best": {name: {"step": best.step, "scores": dict(best.scores)} for name, best in self.best.items()},
            "rivals": self.rivals,
            "history": self.history,
            "readings": self.readings,
            "findings": [found.as_dict() for found in self.findings],
            "batch_size": self.batch_size,
            "seconds": self.seconds + time.monotonic() - self._clock,
        }
        checkpoint.save(self.folder / _CHECKPOINT, tensors, values)
        self._saved = time.monotonic()

    def _resume(self) -> tuple[Weights, str]:
        """Take up the checkpoint, if there is one: state of the running loop, and its phase."""
        try:
            tensors, values = checkpoint.load(self.folder / _CHECKPOINT) if self.folder else ({}, {})
        except NotFound:
            return {}, ""
        if not values or values.get("format") != FORMAT:  # of another version: nothing in it fits, so begin anew
            return {}, ""
        # Parsed, so that settings which did not exist when it was written count as what they are without being set.
        if TrainingConfig.from_json(values["config"]) != self.config or values["market"] != self.market.digest():
            raise InvalidInput(
                "the checkpoint in this folder belongs to other settings or another market: train into a new folder"
            )
        groups: dict[str, Weights] = {}
        for name, tensor in tensors.items():
            group, key = name.rsplit("|", 1)
            groups.setdefault(group, {})[key] = tensor
        device = self.device.name
        self.done = {
            name.removeprefix("done|"): {key: tensor.to(device) for key, tensor in weights.items()}
            for name, weights in groups.items()
            if name.startswith("done|")
        }
        self.best = {
            name: _Best(best["step"], best["scores"], groups[f"best|{name}"]) for name, best in values["best"].items()
        }
        self.rivals, self.seconds = values["rivals"], values["seconds"]
        history = values.get("history", {})
        self.history = {name: [(step, score) for step, score in scores] for name, scores in history.items()}
        self.readings = values.get("readings", {})
        self.findings = [Finding(**found) for found in values.get("findings", [])]
        self.batch_size = values.get("batch_size", self.config.batch_size)
        # A random state of another kind of device means nothing here: the phase begins again.
        same_device = values["device"] == device.split(":", maxsplit=1)[0]
        return groups.get("loop", {}), values["running"] if same_device else ""


@contextlib.contextmanager
def threads_for(config: TrainingConfig) -> Iterator[None]:
    """One thread for small steps, which are not worth sharing.

    Two threads that wait for each other, and for everybody else on the machine, took up to ten times as long as one;
    and with one the sums come out the same on every machine.
    """
    before = torch.get_num_threads()
    try:
        if config.batch_size * config.network_size < _LARGE_STEP:
            torch.set_num_threads(1)
        yield
    finally:
        torch.set_num_threads(before)


class _Pace:
    """Seconds per step of each kind of phase, measured where possible, else guessed from the others."""

    guess: ClassVar[dict[str, float]] = {"filter": 1.0, "vae": 1.2, "gan": 5.0}
    """Relative cost of a step."""

    def __init__(self) -> None:
        self.begun: dict[str, tuple[int, float]] = {}
        self.cost: dict[str, float] = {}

    def measure(self, kind: str, step: int, now: float) -> None:
        first, then = self.begun.get(kind, (step, now))
        if step <= first:
            self.begun[kind] = (step, now)
        elif now > then:
            self.begun.setdefault(kind, (step, now))
            self.cost[kind] = (now - then) / (step - first)

    def rate(self, kind: str) -> float:
        return 1 / self.cost[kind] if kind in self.cost else 0.0

    def seconds(self, left: Mapping[str, tuple[str, int]]) -> float | None:
        if not self.cost:
            return None
        known, cost = next(iter(self.cost.items()))
        unit = cost / self.guess[known]
        return sum(steps * self.cost.get(kind, unit * self.guess[kind]) for kind, steps in left.values())


def _is_about_memory(error: Exception) -> bool:
    words = str(error).lower()
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "allocate memory" in words


def _mean_fz0(scores: Mapping[str, float]) -> float:
    """What the best checkpoint is chosen by: FZ0 averaged over the three tails."""
    tails = [value for name, value in scores.items() if name.startswith("fz0")]
    return sum(tails) / len(tails)
