"""What a search aims at: the loss of a portfolio, as a number for each path and its slope in the path's returns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fingen_core.errors import InvalidInput
from fingen_core.portfolio.values import asset_returns
from fingen_core.types import Array, Paths

__all__ = ["PortfolioLoss", "holding_returns"]


def holding_returns(paths: ArrayLike, weights: ArrayLike, n_days: int | None = None) -> Array:
    """Simple return of holdings bought at the start, over the first ``n_days`` (all by default), shape (n_paths,)."""
    return np.asarray(asset_returns(paths, n_days) @ np.asarray(weights, dtype=np.float64))


@dataclass(frozen=True, eq=False)
class PortfolioLoss:
    """Share of the wealth that a portfolio, bought at the start and held, has lost by the end.

    Attributes
    ----------
    weights : array, shape (n_assets,)
    target : float
        The loss to be reached, a decimal.
    """

    weights: Array
    target: float

    def __post_init__(self) -> None:
        if not 0.001 <= self.target < 1 and self.weights.min() >= 0:
            raise InvalidInput(
                f"a loss of {self.target * 100:g} %: choose one from 0.1 % up to (not including) 100 %, which holdings "
                "without short positions cannot lose"
            )
        if not 0.001 <= self.target <= 10:
            raise InvalidInput(f"a loss of {self.target * 100:g} %: choose one from 0.1 % to 1,000 %")

    def losses(self, paths: Paths | Array) -> Array:
        """Shape (n_paths,); negative for a gain."""
        return -holding_returns(paths, self.weights)

    def score(self, paths: Paths | Array) -> Array:
        """At least 0 where the target is reached, shape (n_paths, 1)."""
        return (self.losses(paths) - self.target)[:, None]

    def __call__(self, log_returns: Array) -> tuple[Array, Array]:
        """Losses, and their slope in every day's log return."""
        growth = np.exp(log_returns.sum(axis=1))
        slope = np.broadcast_to(-(growth * self.weights)[:, None], log_returns.shape)
        return -((growth - 1) @ self.weights), np.array(slope)
