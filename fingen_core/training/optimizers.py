"""Optimizers by name, and learning-rate schedules as functions of the share of steps done.

What a schedule learns from validation (``plateau``) is a function of the scores so far, which a checkpoint keeps:
nothing here has a memory, so a training that was stopped goes on exactly.
"""

import math
from collections.abc import Iterable, Sequence

import torch
from torch import nn

from fingen_core.training.settings.config import Optimizer, Schedule

__all__ = ["build", "halvings", "rate_factor", "waited"]

_WARM_UP = 0.3
_LEAST_RATE = 1e-3


def build(
    name: Optimizer,
    parameters: Iterable[nn.Parameter],
    *,
    learning_rate: float,
    weight_decay: float,
    betas: tuple[float, float] = (0.9, 0.999),
) -> torch.optim.Optimizer:
    """The optimizer of that name; ``betas`` matter to Adam and its kin only."""
    match name:
        case "adamw":
            return torch.optim.AdamW(parameters, lr=learning_rate, weight_decay=weight_decay, betas=betas)
        case "adam":
            return torch.optim.Adam(parameters, lr=learning_rate, weight_decay=weight_decay, betas=betas)
        case "radam":
            return torch.optim.RAdam(
                parameters, lr=learning_rate, weight_decay=weight_decay, betas=betas, decoupled_weight_decay=True
            )
        case "rmsprop":
            return torch.optim.RMSprop(parameters, lr=learning_rate, weight_decay=weight_decay)
        case _:  # the kin of plain gradient descent; with all days instead of a batch it is the original
            momentum = 0.9 if name in {"sgd-momentum", "sgd-nesterov"} else 0.0
            return torch.optim.SGD(
                parameters,
                lr=learning_rate,
                weight_decay=weight_decay,
                momentum=momentum,
                nesterov=name == "sgd-nesterov",
            )


def rate_factor(schedule: Schedule, share: float, *, warmup: float = 0.0, halved: int = 0) -> float:
    """What the learning rate is multiplied by after that share of the steps, in [0, 1].

    ``one-cycle`` rises from 1/25 to 1 over the first 30 % and falls to nothing, both along a cosine (Smith 2018), and
    takes no ``warmup``. The others grow linearly over the first ``warmup`` of the steps. ``plateau`` is halved
    ``halved`` times, down to a thousandth.
    """
    match schedule:
        case "constant":
            factor = 1.0
        case "cosine":
            factor = _cosine(1.0, 0.0, share)
        case "plateau":
            factor = max(0.5**halved, _LEAST_RATE)
        case "one-cycle":
            if share < _WARM_UP:
                return _cosine(1 / 25, 1.0, share / _WARM_UP)
            return _cosine(1.0, 1e-4, (share - _WARM_UP) / (1 - _WARM_UP))
    return factor * min(1.0, share / warmup) if warmup else factor


def halvings(history: Sequence[tuple[int, float]], patience: int) -> list[int]:
    """Steps at which a plateau is given up: ``patience`` validations in a row without a better score.

    ``history`` holds (step, score) in the order of the steps; lower scores are better. Counting begins anew after each.
    """
    found, best, waiting = [], math.inf, 0
    for step, score in history:
        waiting = 0 if score < best else waiting + 1
        best = min(best, score)
        if waiting == patience:
            found.append(step)
            waiting = 0
    return found


def waited(history: Sequence[tuple[int, float]]) -> int:
    """How many validations ago the best score was."""
    scores = [score for _, score in history]
    return len(scores) - 1 - scores.index(min(scores)) if scores else 0


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * min(share, 1.0))) / 2
