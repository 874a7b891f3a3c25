"""How bad the month around a day was, as a label that a model can learn and be asked for.

The badness of a day is its equal-weight score in units of what the market's implied correlation lets expect: volatility
is the filter's task and correlation the gate's, so a label that carried them would only repeat the state. A month's is
the sum over ``BLOCK`` days, ranked among all months and told as the normal quantile of its rank: -1.64 is the worst
twentieth, whatever the tails. Each day of training tells the label of one month that holds it.

A label is ``(quantile, 1)``; ``(0, 0)`` is none. Asked for the worst share ``s``, a path draws its rank uniformly from
(0, s), which fixes the badness that its days are to sum up to, whatever their number: sums of ``n`` days spread as the
root of ``n``. Were every day told the same, the noise of the days would come on top of it. So each day is told what is
left to reach: the label of a month whose days are as bad as the remaining ones must be on average, which for
independent normal days is what a walk with a given end does (a Brownian bridge).
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from scipy.stats import norm, rankdata
from torch import Tensor

from fingen_core.errors import InvalidInput
from fingen_core.transforms import ewma
from fingen_core.types import Array

__all__ = ["BLOCK", "N_LABEL", "Aim", "asked_quantiles", "dropped", "month_labels"]

BLOCK = 21
"""Days of a month."""

N_LABEL = 2
"""Numbers of a label."""

_LIMIT = 3.0
_REACH = 4.0
"""Labels are learned up to the first and told up to the second: a day can be pushed only so far."""

_MIDDLE = 2
"""Which of the decays tells the expected correlation: a half-life of 34 days."""


def month_labels(scores: Array, memory: ewma.Memory, seed: int) -> Array:
    """A label for each day of training, shape (n_days, 2).

    Parameters
    ----------
    scores : array, shape (n_days, n_assets)
        Gaussian scores of the days' innovations.
    memory : Memory
        Averages before each of the days.
    seed : int
        Of the choice among the months that hold a day.

    Raises
    ------
    InvalidInput
        If there are fewer days than a month has.
    """
    if len(scores) < BLOCK:
        raise InvalidInput(f"{len(scores)} days for labels of {BLOCK}: choose an earlier start")
    expected = (memory.size_of_mean[:, _MIDDLE] + ewma.EPSILON) / (memory.size[:, _MIDDLE] + ewma.EPSILON)
    badness = scores.mean(axis=1) / expected
    ranks = rankdata(sliding_window_view(badness, BLOCK).sum(axis=1))
    quantiles = np.clip(norm.ppf((ranks - 0.5) / len(ranks)), -_LIMIT, _LIMIT)
    before = np.random.default_rng([seed, BLOCK]).integers(BLOCK, size=len(scores))
    months = np.clip(np.arange(len(scores)) - before, 0, len(quantiles) - 1)
    return np.column_stack([quantiles[months], np.ones(len(months))])


def asked_quantiles(severity: float, n_paths: int, seed: int) -> Array:
    """Normal quantile of the rank of each path among the worst share ``severity``, shape (n_paths,)."""
    ranks = severity * (1 - np.random.default_rng([seed, BLOCK]).random(n_paths))  # in (0, severity]
    return np.asarray(norm.ppf(np.minimum(ranks, 1 - 1e-9)))


@dataclass(frozen=True, eq=False)
class Aim:
    """What paths still have to reach.

    Attributes
    ----------
    left : tensor, shape (n_paths,)
        Badness that the remaining days are to sum up to; negative for falls.
    n_days : int
        Days that remain.
    """

    left: Tensor
    n_days: int

    @classmethod
    def at(cls, quantiles: Tensor, n_days: int) -> Self:
        """The aim of paths of ``n_days`` that end at these quantiles of all such paths."""
        return cls(quantiles * n_days**0.5, n_days)

    def labels(self) -> Tensor:
        """What the next day is told, shape (n_paths, 2)."""
        levels = (self.left / self.n_days * BLOCK**0.5).clamp(-_REACH, _REACH)
        return torch.stack([levels, torch.ones_like(levels)], dim=1)

    def after(self, residuals: Tensor, size: Tensor, size_of_mean: Tensor) -> Self:
        """The aim when a day has come: its residuals (n_paths, n_assets), and the averages (4, n, 1) before it."""
        expected = (size_of_mean[_MIDDLE] + ewma.EPSILON) / (size[_MIDDLE] + ewma.EPSILON)
        return type(self)(self.left - residuals.mean(dim=1) / expected[:, 0], self.n_days - 1)


def dropped(condition: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Conditions (n, k) whose label, the last two columns, is none for a random share of the rows."""
    kept = torch.rand((len(condition), 1), generator=generator, device=condition.device) >= share
    return torch.cat([condition[:, :-N_LABEL], condition[:, -N_LABEL:] * kept], dim=1)
