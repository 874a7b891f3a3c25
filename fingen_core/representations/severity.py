"""How bad the month around a day was, for whom, as a label that a model can learn and be asked for.

Whom it was bad for is a **target**: all assets alike, those of one sector, or one asset. The badness of a day is the
target's mean score in units of what was to be expected; for all assets that is what the market's implied correlation
lets expect. Volatility is the filter's task and correlation the gate's, so a label that carried them would only repeat
the state. A month's badness is the sum over ``BLOCK`` days, ranked among all months and told as the normal quantile of
its rank: -1.64 is the worst twentieth, whatever the tails. Each day of training tells the label of one month that holds
it, for one target at a time.

A label is a level and a flag per target, ``(levels, told)``; all zero is none. Asked for the worst share ``s``, a path
draws its rank uniformly from (0, s), which fixes the badness that its days are to sum up to, whatever their number:
sums of ``n`` days spread as the root of ``n``. Were every day told the same, their noise would come on top of it. So
each day is told what is left to reach: the label of a month whose days are as bad as the remaining ones must be on
average, which for independent normal days is what a walk with a given end does (a Brownian bridge).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from scipy.stats import norm, rankdata
from torch import Tensor

from fingen_core.errors import InvalidInput
from fingen_core.transforms import ewma
from fingen_core.types import Array

__all__ = ["BLOCK", "Aim", "Targets", "asked_quantiles", "dropped", "month_labels"]

BLOCK = 21
"""Days of a month."""

_LIMIT = 3.0
_REACH = 4.0
_BACK = 1.0
_MOST = 6.0
"""Labels are learned up to the first and told up to the second: a day can be pushed only so far. A path that has fallen
further than it was to is pushed back no harder than the third, and no day counts for more than the last: after a crash
a path is wild, and pushed back in full it would soar. Paths that are to end in the middle are held from both sides."""

_MIDDLE = 2
"""Which of the decays tells the expected correlation: a half-life of 34 days."""

_ALL = 0.5
"""Share of the labeled examples that tell how bad their month was for all assets; the other targets share the rest."""


@dataclass(frozen=True, eq=False)
class Targets:
    """Whom a month can be bad for; the first are all assets alike.

    Attributes
    ----------
    weights : tensor, shape (n_targets, n_assets)
        Rows sum to 1.
    spread : tensor, shape (n_targets,)
        Standard deviation of each target's daily mean score on the training days.
    """

    weights: Tensor
    spread: Tensor

    @classmethod
    def of(cls, scores: Array, groups: Mapping[str, Sequence[int]]) -> Self:
        """All assets, each group of them and each single asset; scores (n_days, n_assets)."""
        n_assets = scores.shape[1]
        rows = [np.ones(n_assets), *(np.isin(np.arange(n_assets), members) for members in groups.values())]
        weights = np.vstack([*rows, np.eye(n_assets)]).astype(float)
        weights /= weights.sum(axis=1, keepdims=True)
        spread = (scores @ weights.T).std(axis=0)
        return cls(torch.as_tensor(weights, dtype=torch.float32), torch.as_tensor(spread, dtype=torch.float32))

    @property
    def n(self) -> int:
        return len(self.spread)

    def to(self, device: str) -> Self:
        """On a device."""
        return replace(self, weights=self.weights.to(device), spread=self.spread.to(device))

    def badness(self, scores: Tensor, size: Tensor, size_of_mean: Tensor) -> Tensor:
        """Badness of days for each target (n, n_targets), negative for falls.

        ``scores`` (n, n_assets); ``size`` and ``size_of_mean`` (n,) are averages before the days, or one for all.
        """
        found = scores @ self.weights.T / self.spread
        expected = (size_of_mean + ewma.EPSILON) / (size + ewma.EPSILON)
        return torch.cat([(scores.mean(dim=1) / expected)[:, None], found[:, 1:]], dim=1)


def month_labels(targets: Targets, scores: Tensor, memory: ewma.Memory, seed: int) -> Tensor:
    """Labels of each day of training for every target, shape (n_days, 2 n_targets).

    Parameters
    ----------
    targets : Targets
    scores : tensor, shape (n_days, n_assets)
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
    sizes = (torch.as_tensor(part[:, _MIDDLE], dtype=torch.float32) for part in (memory.size, memory.size_of_mean))
    badness = targets.badness(scores, *sizes).double().numpy()
    ranks = rankdata(sliding_window_view(badness, BLOCK, axis=0).sum(axis=-1), axis=0)
    quantiles = np.clip(norm.ppf((ranks - 0.5) / len(ranks)), -_LIMIT, _LIMIT)
    before = np.random.default_rng([seed, BLOCK]).integers(BLOCK, size=len(scores))
    months = np.clip(np.arange(len(scores)) - before, 0, len(quantiles) - 1)
    levels = torch.as_tensor(quantiles[months], dtype=torch.float32)
    return torch.cat([levels, torch.ones_like(levels)], dim=1)


def dropped(condition: Tensor, n_targets: int, share: float, generator: torch.Generator) -> Tensor:
    """Conditions (n, k) whose label, the last columns, tells of one random target, and for a share of rows of none."""
    n, device = len(condition), condition.device
    kind, which = torch.rand((2, n), generator=generator, device=device)
    others = 1 + (which * (n_targets - 1)).long()
    is_all = (kind - share) / (1 - share) < (_ALL if n_targets > 1 else 1)
    target = torch.where(is_all, torch.zeros_like(others), others)
    # Compared rather than one_hot, which asks the device for the largest target and so cannot be captured.
    shown = (target[:, None] == torch.arange(n_targets, device=device)) & (kind >= share)[:, None]
    return torch.cat([condition[:, : -2 * n_targets], condition[:, -2 * n_targets :] * shown.repeat(1, 2)], dim=1)


def asked_quantiles(severity: float, n_paths: int, seed: int) -> Array:
    """Normal quantile of the rank of each path among the worst share ``severity``, shape (n_paths,)."""
    ranks = severity * (1 - np.random.default_rng([seed, BLOCK]).random(n_paths))  # in (0, severity]
    return np.asarray(norm.ppf(np.minimum(ranks, 1 - 1e-9)))


@dataclass(frozen=True, eq=False)
class Aim:
    """What paths still have to reach.

    Attributes
    ----------
    targets : Targets
    target : int
        Which of them it is about.
    quantiles : tensor, shape (n_paths,)
        Where paths are to end among all.
    left : tensor, shape (n_paths,)
        Badness that the remaining days are to sum up to; negative for falls.
    n_days : int
        Days that remain.
    """

    targets: Targets
    target: int
    quantiles: Tensor
    left: Tensor
    n_days: int

    @classmethod
    def at(cls, targets: Targets, target: int, quantiles: Tensor, n_days: int) -> Self:
        """The aim of paths of ``n_days`` that end at these quantiles of all such paths."""
        return cls(targets, target, quantiles, quantiles * n_days**0.5, n_days)

    def part(self, rows: slice, device: str) -> Self:
        """That of some of the paths, on a device."""
        left, quantiles = self.left[rows].to(device), self.quantiles[rows].to(device)
        return replace(self, targets=self.targets.to(device), quantiles=quantiles, left=left)

    def labels(self) -> Tensor:
        """What the next day is told, shape (n_paths, 2 n_targets)."""
        falls, back = self.quantiles < 0, (_REACH - 2 * self.quantiles.abs()).clamp_min(_BACK)
        reach = torch.full_like(back, _REACH)
        low, high = torch.where(falls, -reach, -back), torch.where(falls, back, reach)
        levels = torch.minimum(torch.maximum(self.left / self.n_days * BLOCK**0.5, low), high)
        told = torch.zeros(len(levels), 2 * self.targets.n, device=levels.device)
        told[:, self.target] = levels
        told[:, self.targets.n + self.target] = 1.0
        return told

    def after(self, residuals: Tensor, size: Tensor, size_of_mean: Tensor) -> Self:
        """The aim when a day has come: its residuals (n_paths, n_assets), and the averages (4, n, 1) before it."""
        came = self.targets.badness(residuals, size[_MIDDLE, :, 0], size_of_mean[_MIDDLE, :, 0])
        counted = came[:, self.target].clamp(-_MOST, _MOST)
        return replace(self, left=self.left - counted, n_days=self.n_days - 1)
