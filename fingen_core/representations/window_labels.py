"""How bad a window was, for whom: the label of ``representations.severity`` for models that paint whole windows.

The badness of a window is the sum of the target's mean move over its days, in units of what a regression on the evening
before lets expect, so that the label does not repeat the state. A window of the training is told the normal quantile of
its rank, -1.64 for the worst twentieth, and where one is asked for its scales are drawn among windows as bad as it:
falls come with volatility, which a picture of fixed brightness cannot show.

How bad days are that a model drew is read among those of its own plain paths from the same evening, so that the worst
twentieth asked for is the model's. A path is to end at a quantile, and its windows share that out as ``severity.Aim``
does among days. A day can be led by what is left of the aim; a window is drawn at once, and what is drawn under a label
still differs by as much as plain windows do (a label moves what the code is expected to be, not how much it varies). So
some candidates are drawn for each window, and the one is taken that comes closest to what it was to bring.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import norm
from torch import Tensor

from fingen_core.types import Array

__all__ = ["WindowAim", "WindowLabels"]

_LIMIT = 3.0
_UNMEASURED = np.zeros((0, 0))
_LEAST = 1e-12
_PER_UNIT = 10
_GRID = np.linspace(-_LIMIT, _LIMIT, 1 + round(2 * _LIMIT * _PER_UNIT))
_NEAR = 0.02
"""Scales are drawn among the windows whose rank differs by at most this share of all."""


@dataclass(frozen=True, eq=False)
class WindowLabels:
    """Labels of the windows of a training, and how the badness of other days is read.

    Attributes
    ----------
    weights : array, shape (n_targets, n_assets)
        Rows sum to 1; the first are all assets alike.
    expected : array, shape (1 + n_state, 2)
        Of a regression on the state: log size of the moves of a window, and of those of equal weights.
    order : array of int, shape (n_windows, n_targets)
        The windows of the training from the worst on.
    grid : array, shape (61, n_targets)
        Badness of days that a model draws at normal quantiles from -3 to 3; of no length before ``measured``.
    """

    weights: Array
    expected: Array
    order: NDArray[np.int64]
    grid: Array

    @classmethod
    def fit(cls, windows: Array, state: Array, groups: Mapping[str, Sequence[int]]) -> Self:
        """From all windows of a training (n_windows, n_days, n_assets), standardized, and the states before them."""
        n_assets = windows.shape[2]
        rows = [np.ones(n_assets), *(np.isin(np.arange(n_assets), members) for members in groups.values())]
        weights = np.vstack([*rows, np.eye(n_assets)]).astype(float)
        weights /= weights.sum(axis=1, keepdims=True)
        sizes = [np.square(windows).mean(axis=(1, 2)), np.square(windows.mean(axis=2)).mean(axis=1)]
        logs = np.log(np.stack(sizes, axis=1) + _LEAST) / 2
        expected, *_ = np.linalg.lstsq(_design(state), logs, rcond=None)
        bare = cls(weights, np.asarray(expected, dtype=np.float64), np.zeros((0, 0), dtype=np.int64), _UNMEASURED)
        return replace(bare, order=np.argsort(bare._badness(windows, state), axis=0, kind="stable"))

    def measured(self, days: Array, state: Array) -> Self:
        """The same labels, which read how bad days are among these (n, length, n_assets) from these states."""
        return replace(self, grid=np.quantile(self._badness(days, state), norm.cdf(_GRID), axis=0))

    @property
    def n_targets(self) -> int:
        return len(self.weights)

    def quantiles(self, days: Array, state: Array, target: int) -> Array:
        """Normal quantile of the badness of days (n, length, n_assets), the states before them given, shape (n,)."""
        found, grid = self._badness(days, state)[:, target], self.grid[:, target]
        inside = np.interp(found, grid, _GRID)
        # Beyond the ends as steep as at them: of two days that were too bad, one is worse.
        steps = np.maximum(np.array([grid[_PER_UNIT] - grid[0], grid[-1] - grid[-1 - _PER_UNIT]]), _LEAST)
        return np.asarray(
            inside - np.maximum(grid[0] - found, 0) / steps[0] + np.maximum(found - grid[-1], 0) / steps[1]
        )

    def _badness(self, days: Array, state: Array) -> Array:
        """Sum of each target's mean move over what was to be expected, shape (n, n_targets)."""
        moves = days.sum(axis=1)
        size, size_of_mean = np.exp(_design(state) @ self.expected).T
        found = moves @ self.weights.T / size[:, None]
        found[:, 0] = moves.mean(axis=1) / size_of_mean
        return np.asarray(found)

    def told(self) -> Tensor:
        """Labels of the windows of the training for every target, shape (n_windows, 2 n_targets)."""
        places = np.empty_like(self.order)
        np.put_along_axis(places, self.order, np.arange(len(self.order))[:, None], axis=0)
        levels = np.clip(norm.ppf((places + 0.5) / len(places)), -_LIMIT, _LIMIT)
        return torch.as_tensor(np.concatenate([levels, np.ones_like(levels)], axis=1), dtype=torch.float32)

    def telling(self, target: int, levels: Array) -> Tensor:
        """Labels that tell one target's level, shape (n, 2 n_targets)."""
        told = torch.zeros(len(levels), 2 * self.n_targets)
        told[:, target] = torch.as_tensor(levels, dtype=torch.float32)
        told[:, self.n_targets + target] = 1.0
        return told

    def alike(self, target: int, levels: Array, rng: np.random.Generator) -> NDArray[np.int64]:
        """A window of the training about as bad as each of these levels, shape (n,)."""
        n = len(self.order)
        ranks = norm.cdf(levels) + rng.uniform(-_NEAR, _NEAR, len(levels))
        return np.asarray(self.order[np.clip((ranks * n).astype(int), 0, n - 1), target])

    def tensors(self) -> dict[str, Tensor]:
        """For a checkpoint."""
        return {
            "weights": torch.from_numpy(self.weights),
            "expected": torch.from_numpy(self.expected),
            "order": torch.from_numpy(self.order.astype(np.int32)),
        }

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor]) -> Self:
        """Take up ``tensors()`` again."""
        weights, expected = (tensors[name].double().numpy() for name in ("weights", "expected"))
        return cls(weights, expected, tensors["order"].long().numpy(), _UNMEASURED)


@dataclass(frozen=True, eq=False)
class WindowAim:
    """What paths still have to reach.

    Attributes
    ----------
    labels : WindowLabels
    target : int
        Which of the targets it is about.
    left : array, shape (n_paths,)
        Badness that the remaining days are to sum up to, each day of unit spread; negative for falls.
    n_days : int
        Days that remain.
    """

    labels: WindowLabels
    target: int
    left: Array
    n_days: int

    @classmethod
    def at(cls, labels: WindowLabels, target: int, quantiles: Array, n_days: int) -> Self:
        """The aim of paths of ``n_days`` that end at these quantiles of all such paths."""
        return cls(labels, target, quantiles * n_days**0.5, n_days)

    def read_among(self, days: Array, state: Array) -> Self:
        """The same aim, which reads how bad days are among these plain ones."""
        return replace(self, labels=self.labels.measured(days, state))

    def part(self, rows: slice) -> Self:
        """That of some of the paths."""
        return replace(self, left=self.left[rows])

    def goals(self, length: int, rng: np.random.Generator) -> Array:
        """Quantiles at which the next ``length`` days are to come out, as on a walk whose end is given."""
        share = length / self.n_days
        wander = rng.standard_normal(len(self.left)) * (length * (1 - share)) ** 0.5
        return np.asarray(np.clip((self.left * share + wander) / length**0.5, -_LIMIT, _LIMIT))

    def levels(self, goals: Array, length: int, window: int, rng: np.random.Generator) -> Array:
        """Labels of whole windows whose first ``length`` days come out at these quantiles."""
        share = length / window
        rest = rng.standard_normal(len(goals)) * (1 - share) ** 0.5
        return np.asarray(np.clip(goals * share**0.5 + rest, -_LIMIT, _LIMIT))

    def after(self, days: Array, state: Array) -> Self:
        """The aim when days (n_paths, length, n_assets) have come, the states before them given."""
        length = days.shape[1]
        came = self.labels.quantiles(days, state, self.target) * length**0.5
        return replace(self, left=self.left - came, n_days=self.n_days - length)


def _design(state: Array) -> Array:
    return np.column_stack([np.ones(len(state)), state])
