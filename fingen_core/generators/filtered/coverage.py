"""Whether a model has seen such a market before: states beside those of the days that it learned from."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from fingen_core.transforms import ewma
from fingen_core.types import Array, Paths

__all__ = ["Familiarity", "StateRange"]

_FAST, _SLOW = 1, 2  # of ewma.DECAYS: half-lives of about half a month and a month and a half
_MARGIN = 1.05


@dataclass(frozen=True, kw_only=True)
class Familiarity:
    """Where paths went, in terms of what the model has learned from.

    Attributes
    ----------
    start_volatility, start_correlation : float
        Share of the training days whose state was calmer, or less correlated, than the one set out from.
    start_outside : bool
        Whether the start lies outside the range of the training days.
    outside : float
        Share of the paths that leave that range at some time.
    first_day : float
        Median day on which they do; NaN if none does.
    excess : float
        Largest mean size of the moves on a path (median over paths) over the largest of the training days.
    """

    start_volatility: float
    start_correlation: float
    start_outside: bool
    outside: float
    first_day: float
    excess: float

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, eq=False)
class StateRange:
    """Sizes of moves and implied correlation on the training days.

    Attributes
    ----------
    size : array, shape (n_days,)
        Mean size of the assets' moves, half-life half a month, in training deviations.
    correlation : array, shape (n_days,)
        Log of the implied correlation, half-life a month and a half.
    """

    size: Array
    correlation: Array

    @classmethod
    def of(cls, memory: ewma.Memory) -> "StateRange":
        """From the filter's averages after each training day."""
        return cls(memory.size[:, _FAST], _correlation(memory))

    def judge(self, start: ewma.Memory, paths: Paths, scale: Array) -> Familiarity:
        """Follow the state along paths (n_paths, n_steps, n_assets) of log returns that set out from ``start``."""
        n_paths, n_steps, _ = paths.shape
        memory = ewma.Memory(**{name: np.repeat(part[None], n_paths, axis=0) for name, part in vars(start).items()})
        sizes = np.empty((n_paths, n_steps))
        for day in range(n_steps):
            memory = ewma.advance(memory, paths[:, day : day + 1] / scale)
            sizes[:, day] = memory.size[:, _FAST]
        limit = float(self.size.max())
        beyond = sizes > limit * _MARGIN
        out = beyond.any(axis=1)
        own, tie = float(start.size[_FAST]), float(_correlation(start))
        inside = self.size.min() / _MARGIN <= own <= limit * _MARGIN
        return Familiarity(
            start_volatility=float((self.size < own).mean()),
            start_correlation=float((self.correlation < tie).mean()),
            start_outside=not inside,
            outside=float(out.mean()),
            first_day=float(np.median(np.argmax(beyond[out], axis=1) + 1)) if out.any() else float("nan"),
            excess=float(np.median(sizes.max(axis=1))) / limit,
        )


def _correlation(memory: ewma.Memory) -> Array:
    return np.asarray(ewma.market_state(memory)[..., _SLOW])
