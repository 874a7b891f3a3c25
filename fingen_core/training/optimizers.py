"""Optimizers by name, and learning-rate schedules as functions of the share of steps done."""

import math
from collections.abc import Iterable

import torch
from torch import nn

from fingen_core.training.config import Optimizer, Schedule

__all__ = ["build", "rate_factor"]

_WARM_UP = 0.3


def build(
    name: Optimizer,
    parameters: Iterable[nn.Parameter],
    *,
    learning_rate: float,
    weight_decay: float,
    betas: tuple[float, float] = (0.9, 0.999),
) -> torch.optim.Optimizer:
    """The optimizer of that name; ``betas`` matter to Adam and AdamW only."""
    match name:
        case "adamw":
            return torch.optim.AdamW(parameters, lr=learning_rate, weight_decay=weight_decay, betas=betas)
        case "adam":
            return torch.optim.Adam(parameters, lr=learning_rate, weight_decay=weight_decay, betas=betas)
        case "rmsprop":
            return torch.optim.RMSprop(parameters, lr=learning_rate, weight_decay=weight_decay)
        case "sgd":
            return torch.optim.SGD(parameters, lr=learning_rate, weight_decay=weight_decay)
        case "sgd-momentum":
            return torch.optim.SGD(parameters, lr=learning_rate, weight_decay=weight_decay, momentum=0.9)
        case "sgd-nesterov":
            return torch.optim.SGD(parameters, lr=learning_rate, weight_decay=weight_decay, momentum=0.9, nesterov=True)


def rate_factor(schedule: Schedule, share: float) -> float:
    """What the learning rate is multiplied by after that share of the steps, in [0, 1].

    ``one-cycle`` rises from 1/25 to 1 over the first 30 % and falls to nothing, both along a cosine (Smith 2018).
    """
    match schedule:
        case "constant":
            return 1.0
        case "cosine":
            return _cosine(1.0, 0.0, share)
        case "one-cycle":
            if share < _WARM_UP:
                return _cosine(1 / 25, 1.0, share / _WARM_UP)
            return _cosine(1.0, 1e-4, (share - _WARM_UP) / (1 - _WARM_UP))


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * min(share, 1.0))) / 2
