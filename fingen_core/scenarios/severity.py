"""How bad: choosing the worst share of outcomes, exactly."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fingen_core.errors import InvalidInput
from fingen_core.metrics.risk import tail_counts
from fingen_core.types import Array

__all__ = ["SEVERITIES", "Selection", "horizon_losses", "worst_share"]

SEVERITIES: tuple[float, ...] = (1.0, 0.5, 0.25, 0.1, 0.05, 0.025, 0.01)
"""Shares that the pages offer; drawing and selecting is exact down to about 1 %."""


@dataclass(frozen=True, eq=False)
class Selection:
    """The worst outcomes, worst first.

    Attributes
    ----------
    rows : array of int, shape (n_chosen,)
        Rows of the sample.
    weights : array, shape (n_chosen,)
        1 for every row but possibly the last, which counts by its fraction.
    threshold : float
        The smallest loss that was chosen: the value at risk of level ``1 - share``.
    """

    rows: NDArray[np.intp]
    weights: Array
    threshold: float

    def mean(self, values: ArrayLike) -> Array:
        """Mean over the chosen rows of ``values``, shape (n_outcomes, ...), each by its weight.

        Of the losses themselves this is the expected shortfall of level ``1 - share``.
        """
        chosen = np.asarray(values, dtype=np.float64)[self.rows]
        return np.asarray(np.tensordot(self.weights, chosen, axes=1) / self.weights.sum())


def worst_share(losses: ArrayLike, share: float) -> Selection:
    """The worst ``share`` of outcomes.

    Parameters
    ----------
    losses : array, shape (n_outcomes,)
        Positive for a loss; finite.
    share : float in (0, 1]
        0.01 asks for the worst hundredth; 1 keeps everything.

    Returns
    -------
    Selection
        The ``ceil(n_outcomes * share)`` largest losses; ties keep the order of the sample.

    Raises
    ------
    InvalidInput
        If ``share`` lies outside (0, 1], there is no outcome, or a loss is not finite.

    Notes
    -----
    ``n_outcomes * share`` is rarely whole: the last chosen outcome then counts by its fraction, so means over the
    selection do not jump as the share moves. A picture shows it as a whole path.
    """
    sample = np.asarray(losses, dtype=np.float64)
    if sample.ndim != 1 or sample.size == 0:
        raise InvalidInput(f"losses of shape {sample.shape}: severity needs one loss per outcome, and at least one")
    if not np.isfinite(sample).all():
        raise InvalidInput("a loss is not finite: draw the scenarios again, and report the run if it stays so")
    if not 0 < share <= 1:
        raise InvalidInput(f"share {share}: choose a value above 0 and up to 1, for instance 0.01 for the worst 1 %")
    weights = tail_counts(sample.size, share)
    rows = np.argsort(-sample, kind="stable")[: len(weights)]
    return Selection(rows, weights, float(sample[rows[-1]]))


def horizon_losses(values: ArrayLike) -> Array:
    """Share lost from start to end, shape (n_outcomes,), of values (n_outcomes, n_steps + 1); negative is a gain."""
    paths = np.asarray(values, dtype=np.float64)
    return np.asarray(1 - paths[:, -1] / paths[:, 0])
