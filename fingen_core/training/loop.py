"""The one training loop: players that take turns, each with named loss terms.

A VAE is one player, a GAN two. A step gives every player its updates; gradients are clipped, weights averaged, and
nothing that is not finite goes by unnoticed. All randomness comes from one generator whose state is part of the
checkpoint, so that a loop that was stopped and resumed ends exactly where an undisturbed one does.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from fingen_core.errors import TrainingDiverged
from fingen_core.training import checkpoint, optimizers
from fingen_core.training.capture import Captured, Capturer, capturer_for
from fingen_core.training.settings.config import Schedule

__all__ = ["Loop", "Player"]

_log = logging.getLogger("fingen.training")


@dataclass(eq=False, kw_only=True)
class Player:
    """One side of a training.

    Attributes
    ----------
    name : str
        "vae", "generator", "critic", "filter".
    module : nn.Module
        Whose parameters this player moves.
    optimizer : torch.optim.Optimizer
        Over those parameters.
    terms : callable
        Unweighted loss terms on a fresh batch.
    weights : mapping of str to callable
        For each term, its weight as a function of the share of steps done. A term without one counts 1.
    updates : int
        Updates per step of the loop.
    averaging : float
        Decay of the weight average; 0 keeps the last weights.
    probe : callable, optional
        Figures that say how the player does and are no loss; asked now and then, must not draw from the loop's
        generator.
    verdicts : callable, optional
        Of a critic: its scores of fixed real examples and of generated ones; must not draw from the loop's generator.
    """

    name: str
    module: nn.Module
    optimizer: torch.optim.Optimizer
    terms: Callable[[], Mapping[str, Tensor]]
    weights: Mapping[str, Callable[[float], float]] = field(default_factory=dict)
    updates: int = 1
    averaging: float = 0.0
    probe: Callable[[], Mapping[str, Tensor]] | None = None
    verdicts: Callable[[], tuple[Tensor, Tensor]] | None = None

    def __post_init__(self) -> None:
        self.base_rates = [group["lr"] for group in self.optimizer.param_groups]
        self.average = [parameter.detach().clone() for parameter in self.module.parameters()]
        self.last: dict[str, Tensor] = {}


class Loop:
    """Alternate the players for a fixed number of steps.

    Parameters
    ----------
    players : list of Player
        In the order of their turns.
    n_steps : int
        Length of the whole schedule.
    generator : torch.Generator
        Where the players' terms draw from.
    schedule : str
        Name of the learning-rate schedule, shared by all players.
    gradient_clip : float
        Largest norm of a player's gradient.
    warmup : float
        Share of the steps over which the rates grow from nothing.
    """

    def __init__(
        self,
        players: list[Player],
        n_steps: int,
        *,
        generator: torch.Generator,
        schedule: Schedule = "one-cycle",
        gradient_clip: float = 5.0,
        warmup: float = 0.0,
    ) -> None:
        self.players, self.n_steps, self.generator = players, n_steps, generator
        self.schedule, self.gradient_clip, self.warmup = schedule, gradient_clip, warmup
        self.capturer: Capturer | None = capturer_for(generator.device)
        """What captures updates; ``None`` takes them one kernel after the other."""
        self.remark = ""
        """Why steps are not captured although the device could; empty if there is nothing to say."""
        self._captured: dict[str, Captured] = {}
        self.step = 0
        self.halvings: list[int] = []
        """Steps from which a plateau schedule halves its rates, each once more; whoever validates sets them."""
        self.changes: list[tuple[int, str, float]] = []
        """Learning rates that hold from a step on: step, player, rate, in the order of the steps."""

    def advance(self) -> None:
        """Do one step."""
        share = self.step / self.n_steps
        halved = sum(step <= self.step for step in self.halvings)
        factor = optimizers.rate_factor(self.schedule, share, warmup=self.warmup, halved=halved)
        for player in self.players:
            for group, rate in zip(player.optimizer.param_groups, self._rates(player), strict=True):
                group["lr"] = rate * factor
            for _ in range(player.updates):
                self._update(player, share)
            self._average(player)
        self.step += 1

    def losses(self) -> dict[str, float]:
        """Unweighted terms and gradient norms of the last step, "player/term" to value.

        Reading them waits for the device, so read every few dozen steps. Raises ``TrainingDiverged`` when one is not
        finite.
        """
        values = {f"{player.name}/{name}": float(term) for player in self.players for name, term in player.last.items()}
        for name, value in values.items():
            if not -float("inf") < value < float("inf"):
                raise TrainingDiverged(
                    f"{name} is {value} at step {self.step}: lower the learning rate or the gradient clip"
                )
        return values

    @torch.no_grad()
    def probe(self) -> dict[str, float]:
        """What the players' probes say now, "player/figure" to value; waits for the device."""
        return {
            f"{player.name}/{name}": float(value)
            for player in self.players
            if player.probe is not None
            for name, value in player.probe().items()
        }

    def averaged(self, player: Player) -> dict[str, Tensor]:
        """The state of a player's module with averaged weights."""
        names = [name for name, _ in player.module.named_parameters()]
        return {**player.module.state_dict(), **dict(zip(names, [a.clone() for a in player.average], strict=True))}

    def state(self) -> dict[str, Tensor]:
        """Everything needed to go on: weights, averages, optimizer memory, random state, step."""
        out = {"step": torch.tensor(self.step), "random": self.generator.get_state()}
        for player in self.players:
            out |= {f"{player.name}.module.{name}": value for name, value in player.module.state_dict().items()}
            out |= {f"{player.name}.average.{index}": value for index, value in enumerate(player.average)}
            for index, memory in player.optimizer.state_dict()["state"].items():
                for name, value in memory.items():
                    if value is not None:
                        out[f"{player.name}.optimizer.{index}.{name}"] = torch.as_tensor(value)
        return out

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Take up a ``state()`` again."""
        self.step = int(state["step"])
        self.generator.set_state(state["random"].cpu().to(torch.uint8))
        for player in self.players:
            player.module.load_state_dict(checkpoint.under(state, f"{player.name}.module."))
            for index, value in enumerate(player.average):
                value.copy_(state[f"{player.name}.average.{index}"])
            memory: dict[int, dict[str, Any]] = {}
            for name, kept in checkpoint.under(state, f"{player.name}.optimizer.").items():
                place, key = name.split(".", 1)
                memory.setdefault(int(place), {})[key] = kept.clone()
            groups = player.optimizer.state_dict()["param_groups"]
            player.optimizer.load_state_dict({"state": memory, "param_groups": groups})

    def _rates(self, player: Player) -> list[float]:
        """Peaks of the player's learning rates at this step."""
        changed = [rate for step, name, rate in self.changes if name == player.name and step <= self.step]
        return [changed[-1]] * len(player.base_rates) if changed else player.base_rates

    def _update(self, player: Player, share: float) -> None:
        captured = self._captured_of(player, share)
        if captured is None:
            player.last = self._gradients(player, lambda names: self._weights(player, names, share))
        else:
            player.last = captured(self._weights(player, tuple(captured.seen)[:-1], share))
        player.optimizer.step()

    def _gradients(self, player: Player, weigh: Callable[[tuple[str, ...]], Tensor | list[float]]) -> dict[str, Tensor]:
        """Set the gradients of a player; returns its unweighted terms, and the norm before clipping."""
        terms = player.terms()
        weights = weigh(tuple(terms))
        total = torch.stack([weight * term for weight, term in zip(weights, terms.values(), strict=True)]).sum()
        player.optimizer.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(list(player.module.parameters()), self.gradient_clip)
        return {**{name: term.detach() for name, term in terms.items()}, "gradient_norm": norm.detach()}

    def _weights(self, player: Player, names: tuple[str, ...], share: float) -> list[float]:
        return [player.weights.get(name, _one)(share) for name in names]

    def _captured_of(self, player: Player, share: float) -> Captured | None:
        """The captured update of a player, captured now if it was not; ``None`` where that is not possible."""
        if self.capturer is None or player.name in self._captured:
            return self._captured.get(player.name)
        before = self.generator.get_state()
        names = tuple(player.terms())  # once for their names alone
        self.generator.set_state(before)
        try:
            self._captured[player.name] = Captured(
                lambda weights: self._gradients(player, lambda _: weights),
                list(player.module.parameters()),
                self._weights(player, names, share),
                capturer=self.capturer,
                generator=self.generator,
            )
        except RuntimeError as error:
            reason = str(error).strip().partition("\n")[0].rstrip(".")
            self.remark = f"Steps are taken one kernel after the other, since they could not be captured: {reason}."
            _log.warning(self.remark)
            self.capturer = None
            self._captured.clear()
        return self._captured.get(player.name)

    @torch.no_grad()
    def _average(self, player: Player) -> None:
        # The average forgets its first guess quickly, so that short trainings are not held back by it.
        decay = min(player.averaging, (1 + self.step) / (10 + self.step))
        torch._foreach_lerp_(player.average, [p.detach() for p in player.module.parameters()], 1 - decay)


def _one(_: float) -> float:
    return 1.0
