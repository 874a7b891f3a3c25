"""Training a filtered model from a market: filter, VAE and GAN on most days, then everything again on all of them.

The model is first trained without the last ``validation_share`` of the days, on which its one-day scores are compared
with two rivals' while it learns; the best checkpoint by that score says how long to train. Then everything is fitted
again on all days.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fingen_core.generators.filtered.held_out import HeldOutDays, mean_fz0
from fingen_core.generators.filtered.model import FORMAT, FittedModel
from fingen_core.generators.learned.snapshots import Network
from fingen_core.generators.learned.trained import Trained
from fingen_core.generators.learned.trainer import Course, Phase, Weights
from fingen_core.generators.protocol.conditions import sector_columns, target_names
from fingen_core.market import Market
from fingen_core.models.factor import Decoder
from fingen_core.models.volatility import VolatilityFilter
from fingen_core.representations.filtered import FILTER_HIDDEN, N_CONDITIONS, FilterData, Filtered, rollout
from fingen_core.representations.severity import Targets, month_labels
from fingen_core.training import checkpoint, recipe
from fingen_core.training.devices import one_thread
from fingen_core.training.loop import Loop
from fingen_core.training.settings.config import TrainingConfig
from fingen_core.types import Array, Paths

__all__ = ["HELD_OUT", "Fitting", "Phase", "is_small"]

HELD_OUT = "held-out"
"""Folder under that of a training: the model before the refit on all days."""

_SAMPLE_DAYS = 250
_LARGE_STEP = 2**18  # batch rows times hidden units


@dataclass(frozen=True, eq=False)
class _Best:
    """The best checkpoint so far by the validation score."""

    step: int
    scores: Mapping[str, float]
    weights: Weights


Made = TypeVar("Made", bound=Trained[TrainingConfig, FittedModel])


class Fitting(Course[TrainingConfig], Generic[Made]):
    """One training of a filtered model; ``kind`` is the generator that it makes."""

    format = FORMAT
    unit = "days"
    least_batch = 32

    def __init__(self, market: Market, config: TrainingConfig, kind: type[Made], **how: Any) -> None:
        super().__init__(market, config, **how)
        self.kind = kind
        self.n_fit = round(len(self.returns) * (1 - config.validation_share))
        self.days = HeldOutDays(market, self.n_fit)
        self.done: dict[str, Weights] = {}
        self.best: dict[str, _Best] = {}
        self.encoders: dict[str, Weights] = {}
        """Other halves of the VAEs that are kept, by phase."""

    @cached_property
    def phases(self) -> list[Phase]:
        """All loops in their order."""
        kinds = {"filter": "Volatility filter", "vae": "VAE"} | ({"gan": "GAN"} if self.config.model == "gan" else {})
        first = [Phase(kind, label, kind, False) for kind, label in kinds.items()]
        again = [Phase(f"{kind}-refit", f"{label}, refit on all days", kind, True) for kind, label in kinds.items()]
        return first + (again if self.config.refit else [])

    def run(self) -> Made:
        """Train, or go on training, to the end."""
        with one_thread(is_small(self.config)):
            return self._run()

    def _run(self) -> Made:
        state, running = self._resume()
        self.phase = next((phase for phase in self.phases if phase.name not in self.done), self.phases[-1])
        if not self.rivals:
            self.rivals = self.days.rival_scores(lambda name: self._report(label=f"Rival: {name}"))
        self._report(rivals=self.rivals)
        for phase in self.phases:
            if phase.name not in self.done:
                loop = self._through(phase, state if phase.name == running else None)
                self.done[phase.name] = self._result(phase, loop)
                self._say_what_is_kept(phase)
                self._save({}, "")
        generator = self._generator(self.phases[-1].everything)
        self._save({}, "")
        if self.folder is not None:
            self._generator(False, self.days.before).save(self.folder / HELD_OUT)
            generator.save(self.folder)
        self._report(step=self.n_steps, sample=self._path_of(generator.model))
        return generator

    # -- phases ------------------------------------------------------------------------------------------------------

    @cached_property
    def _lengths(self) -> dict[str, int]:
        n_assets = self.market.n_assets
        lengths = {"vae": self.config.vae_steps, "gan": self.config.gan_steps}
        return {
            phase.name: lengths.get(phase.kind, recipe.filter_steps(len(self._part(phase)) * n_assets, self.config))
            for phase in self.phases
        }

    def _loop(self, phase: Phase) -> Loop:
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

    def _is_watched(self, phase: Phase) -> bool:
        return phase.kind != "filter"

    def _is_recorded(self, phase: Phase) -> bool:
        return phase.kind != "filter" and not phase.everything  # the refit does the same once more

    def _paths_after(self, loop: Loop, rows: NDArray[np.intp]) -> Paths:
        return self._network(rows).paths(self._decoder(self._weights(self.phase, loop)))

    def _network(self, rows: NDArray[np.intp]) -> Network:
        """Whose paths are watched; its start is the same at every snapshot."""
        cache: dict[bool, Network] = self.__dict__.setdefault("_networks", {})
        if self.phase.everything not in cache:
            representation = self._prepared(self.phase)[0]
            cache[self.phase.everything] = Network(representation, representation.memory(self.returns)[rows])
        return cache[self.phase.everything]

    def _can_shrink(self, phase: Phase) -> bool:
        return self.config.optimizer != "gradient-descent" and phase.kind != "filter"

    def _facts(self) -> dict[str, Any]:
        config = self.config
        return {"n_assets": self.market.n_assets, "n_latent": config.latent_size, "kl_warmup": config.kl_warmup}

    def _forget(self, phase: Phase) -> None:
        super()._forget(phase)
        self.best.pop(phase.name, None)

    def _say_what_is_kept(self, phase: Phase) -> None:
        """What went wrong after the best step is not in the model."""
        alarms = [found for found in self.findings if found.phase == phase.label and found.kind != "note"]
        if phase.name in self.best and alarms and (best := self.best[phase.name].step) < alarms[0].step:
            self._note(phase, best, f"The model is that of step {best}, from before the first warning.")

    def _length(self, phase: Phase, loop: Loop) -> int:
        """All of the schedule, or in a refit as many steps as were best on the validation days."""
        first = phase.name.removesuffix("-refit")
        return self.best[first].step if phase.everything and first in self.best else loop.n_steps

    def _result(self, phase: Phase, loop: Loop) -> Weights:
        if phase.kind != "filter" and not phase.everything:
            return self.best[phase.name].weights
        self._keep_encoder(phase, loop)
        return self._weights(phase, loop)

    def _keep_encoder(self, phase: Phase, loop: Loop) -> None:
        """Keep the encoder that belongs to the decoder that is kept."""
        if phase.kind == "vae":
            averaged = checkpoint.under(loop.averaged(loop.players[-1]), "encoder.")
            self.encoders[phase.name] = {name: weight.detach().cpu().clone() for name, weight in averaged.items()}

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
        targets = self._targets(scores)
        labels = month_labels(targets, scores, representation.memory(returns)[:-1], self.config.seed)
        return scores, torch.cat([condition, labels], dim=1)

    def _targets(self, scores: Tensor) -> Targets:
        return Targets.of(scores.double().numpy(), sector_columns(self.market.tickers))

    def _examples(self, phase: Phase) -> tuple[Tensor, Tensor]:
        scores, condition = self._prepared(phase)[1]
        return scores.to(self.device.name), condition.to(self.device.name)

    def _model(self, phase: Phase, weights: Weights) -> FittedModel:
        representation, examples = self._prepared(phase)
        targets = self._targets(examples[0]) if self.config.severity_label == "learned" else None
        return FittedModel.calibrated(representation, self._decoder(weights), examples, self.config.seed, targets)

    def _decoder(self, weights: Weights) -> Decoder:
        """The decoder of these weights, which tell how many targets its labels have."""
        n_targets = weights["label.weight"].shape[1] if "label.weight" in weights else 0
        decoder = recipe.decoder_for(self.market.n_assets, N_CONDITIONS, self.config, n_targets)
        decoder.load_state_dict(weights)
        return decoder.requires_grad_(False)

    def _generator(self, everything: bool, market: Market | None = None) -> Made:
        """The model, or with ``everything`` false as it was before it saw the validation days."""
        phase = [phase for phase in self.phases if phase.everything == everything and phase.name in self.done][-1]
        facts = {
            "scores": dict(self.best[self.config.model].scores) if self.config.model in self.best else {},
            "rivals": self.rivals,
            "best_step": {name: best.step for name, best in self.best.items()},
            "validation_days": len(self.days),
            "refit": everything,
            **self.facts,
        }
        if self.config.severity_label == "learned":
            facts["severity_targets"] = target_names(self.market.tickers)
        model = self._model(phase, self.done[phase.name])
        if phase.name in self.encoders:
            n_inputs = N_CONDITIONS + (2 * model.targets.n if model.targets else 0)
            encoder = recipe.encoder_for(self.market.n_assets, n_inputs, self.config)
            encoder.load_state_dict(self.encoders[phase.name])
            model = replace(model, encoder=encoder.requires_grad_(False))
        return self.kind.of(model, market or self.market, self.config, facts)

    # -- validation --------------------------------------------------------------------------------------------------

    def _checked(self, phase: Phase, loop: Loop) -> dict[str, float]:
        """Scores of the averaged weights on the validation days; remembers the best."""
        if phase.kind == "filter" or phase.everything:
            return {}
        weights = self._weights(phase, loop)
        scores = self.days.scores(self._model(phase, weights))
        known = self.best.get(phase.name)
        if known is None or mean_fz0(scores) < mean_fz0(known.scores):
            kept = {name: weight.detach().cpu().clone() for name, weight in weights.items()}
            self.best[phase.name] = _Best(loop.step, scores, kept)
            self._keep_encoder(phase, loop)
        self._remember(phase, loop, mean_fz0(scores))
        return scores

    def _sample(self) -> list[float]:
        return self._path_of(self._model(self.phase, self.best[self.phase.name].weights))

    def _path_of(self, model: FittedModel) -> list[float]:
        start = model.representation.memory(self.returns[: self.n_fit])[-1]
        path = rollout(model.simulator(), start, 1, _SAMPLE_DAYS, self.config.seed)[0]
        return [round(float(value), 6) for value in path.mean(axis=1)]

    # -- keeping -----------------------------------------------------------------------------------------------------

    def _keep_stopped(self, phase: Phase, loop: Loop) -> None:  # noqa: ARG002
        finished = [name for name in ("gan", "vae") if name in self.best]
        if self.folder is not None and finished:
            for name in finished:
                self.done.setdefault(name, self.best[name].weights)
            self._generator(False).save(self.folder)

    def _finished(self) -> dict[str, Weights]:
        done = {f"done|{name}": weights for name, weights in self.done.items()}
        encoders = {f"encoder|{name}": weights for name, weights in self.encoders.items()}
        return done | encoders | {f"best|{name}": best.weights for name, best in self.best.items()}

    def _values(self) -> dict[str, Any]:
        return {"best": {name: {"step": best.step, "scores": dict(best.scores)} for name, best in self.best.items()}}

    def _take_up(self, groups: Mapping[str, Weights], values: Mapping[str, Any]) -> None:
        self.done = {
            name.removeprefix("done|"): {key: tensor.to(self.device.name) for key, tensor in weights.items()}
            for name, weights in groups.items()
            if name.startswith("done|")
        }
        self.encoders = {
            name.removeprefix("encoder|"): weights for name, weights in groups.items() if name.startswith("encoder|")
        }
        self.best = {
            name: _Best(best["step"], best["scores"], groups[f"best|{name}"]) for name, best in values["best"].items()
        }


def is_small(config: TrainingConfig) -> bool:
    """Whether the steps of these settings are not worth sharing between threads."""
    return config.batch_size * config.network_size < _LARGE_STEP
