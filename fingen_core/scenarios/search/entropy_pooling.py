"""Soft conditions: plain paths, weighted so that views hold on average, as little as possible from equal weights.

Entropy pooling (Meucci, Fully flexible views, 2008) by skfolio. It stays with paths that were drawn anyway: where
few of them look like the view, few carry all the weight, and the effective number says so.
"""

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from fingen_core.errors import InvalidInput
from fingen_core.market.step import Step
from fingen_core.scenarios.conditions import View, percent_words
from fingen_core.types import Array

__all__ = ["FEWEST", "pooled_weights", "reach_of_means"]

FEWEST = 100
"""Effective paths below which a soft condition is refused."""


def pooled_weights(values: Array, views: Sequence[View], step: Step) -> tuple[Array, float]:
    """Weights of plain paths under which every view's mean lies in its range.

    Parameters
    ----------
    values : array, shape (n_paths, n_views)
        What the views look at, of plain paths.
    views : sequence of View

    Returns
    -------
    weights : array, shape (n_paths,)
        They sum to 1.
    effective : float
        ``1 / sum w^2``.

    Raises
    ------
    InvalidInput
        If no weights do it, or fewer than 100 effective paths are left.
    """
    from skfolio.exceptions import SolverError
    from skfolio.prior import EntropyPooling

    names = [f"view{row}" for row in range(len(views))]
    rules = []
    for name, view in zip(names, views, strict=True):
        rules += [f"{name} >= {view.low}"] if view.low is not None else []
        rules += [f"{name} <= {view.high}"] if view.high is not None else []
    for row, view in enumerate(views):
        below, above = float(values[:, row].min()), float(values[:, row].max())
        if (view.high is not None and below > view.high) or (view.low is not None and above < view.low):
            raise InvalidInput(
                f"not one of {len(values):,} plain paths comes as far as {view.words(step)} (they lie between "
                f"{percent_words(below)} and {percent_words(above)}): ask for it exactly, or for less"
            )
    # A column without a view: skfolio's covariance wants two.
    sample = pd.DataFrame({**dict(zip(names, values.T, strict=True)), "rank": np.linspace(0, 1, len(values))})
    try:
        with warnings.catch_warnings():
            # Its line search overflows on the way and comes back; its covariance, which nobody uses here, is repaired.
            warnings.simplefilter("ignore")
            fitted = EntropyPooling(mean_views=rules).fit(sample)
    except SolverError:
        raise InvalidInput(
            f"no weights of {len(values):,} plain paths give this on average: the views contradict each other or lie "
            "too far out; ask for it exactly, or for less"
        ) from None
    weights = np.asarray(fitted.return_distribution_.sample_weight, dtype=np.float64)
    effective = float(1 / (weights**2).sum())
    if effective < FEWEST:
        raise InvalidInput(
            f"only {effective:.0f} of {len(values):,} plain paths would carry all the weight, too few to say anything "
            f"(least {FEWEST}): ask for it exactly, or for less"
        )
    return weights / weights.sum(), effective


def reach_of_means(values: Array, weights: Array) -> Array:
    """Half of the 90 % bands of weighted means of independent paths, shape (n_things,) for values (n_paths, n_things).

    The weights are taken as given; that they keep the mean of a view where it is makes means that hang on it surer.
    """
    w = weights / weights.sum()
    off = (values - w @ values) * w[:, None]
    return np.asarray(stats.norm.ppf(0.95) * np.sqrt((off**2).sum(axis=0)))
