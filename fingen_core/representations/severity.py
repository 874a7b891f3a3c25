"""How bad the month around a day was, as a label that a model can learn and be asked for.

The badness of a day is its equal-weight score in units of what the market's implied correlation lets expect: volatility
is the filter's task and correlation the gate's, so a label that carried them would only repeat the state. A month's is
the sum over ``BLOCK`` days, ranked among all months and told as the normal quantile of its rank: -1.64 is the worst
twentieth, whatever the tails. Each day of training tells the label of one month that holds it.

A label is ``(quantile, 1)``; ``(0, 0)`` is none. Asked for the worst share ``s``, a path draws its rank uniformly from
(0, s) and keeps it to the end. Over another horizon the same rank asks for another daily push: sums of ``n`` days
spread as the root of ``n``, so the quantile is stretched by ``sqrt(BLOCK / n_steps)``, as far as labels reach.
"""

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from scipy.stats import norm, rankdata
from torch import Tensor

from fingen_core.errors import InvalidInput
from fingen_core.transforms import ewma
from fingen_core.types import Array

__all__ = ["BLOCK", "N_LABEL", "asked_labels", "dropped", "month_labels"]

BLOCK = 21
"""Days of a month."""

N_LABEL = 2
"""Numbers of a label."""

_LIMIT = 3.0
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
    quantiles = norm.ppf((ranks - 0.5) / len(ranks))
    before = np.random.default_rng([seed, BLOCK]).integers(BLOCK, size=len(scores))
    months = np.clip(np.arange(len(scores)) - before, 0, len(quantiles) - 1)
    return _labels(quantiles[months])


def asked_labels(severity: float, n_paths: int, n_steps: int, seed: int) -> Array:
    """A label for each path of the worst share ``severity``, shape (n_paths, 2)."""
    ranks = severity * (1 - np.random.default_rng([seed, BLOCK]).random(n_paths))  # in (0, severity]
    stretched = norm.ppf(np.minimum(ranks, 1 - 1e-9)) * np.sqrt(BLOCK / n_steps)
    return _labels(stretched)


def dropped(condition: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Conditions (n, k) whose label, the last two columns, is none for a random share of the rows."""
    kept = torch.rand((len(condition), 1), generator=generator, device=condition.device) >= share
    return torch.cat([condition[:, :-N_LABEL], condition[:, -N_LABEL:] * kept], dim=1)


def _labels(quantiles: Array) -> Array:
    return np.column_stack([np.clip(quantiles, -_LIMIT, _LIMIT), np.ones(len(quantiles))])
