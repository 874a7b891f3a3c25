"""The quick version of the one-day protocol: what a training watches while it runs.

The score is that of ``fingen_core.forecast`` with fewer paths: draws for each held-out day against what came, over a
fixed set of portfolios. Lower is better. Compare only scores with the same days, paths and portfolios.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fingen_core.errors import InvalidInput
from fingen_core.metrics.risk import tail_of_sorted
from fingen_core.metrics.scores import crps_of_sorted, fz0_unchecked
from fingen_core.types import Array

__all__ = ["QUANTILES", "TAILS", "evaluation_weights", "quick_scores", "tail_name"]

TAILS = (0.01, 0.025, 0.05)
"""Tail probabilities of the protocol."""

QUANTILES = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
"""Quantiles of every forecast that are kept: the median and the edges of the 50, 80 and 95 % bands."""

LEAST_SHORTFALL = 1e-3
"""Percent; an untrained model may draw gains only, for which FZ0 is not defined: its shortfall counts as this."""

_RANDOM = 6  # portfolios of each random kind


def tail_name(tail: float) -> str:
    """Name of the score at a tail: ``fz0_2.5`` for 0.025."""
    return f"fz0_{100 * tail:g}"


@lru_cache(maxsize=16)
def evaluation_weights(n_assets: int) -> Array:
    """Weights of the protocol's portfolios, shape (n_portfolios, n_assets), the same in every run.

    Rows: equal weight; each asset alone; 6 random long-only (Dirichlet(1)); 6 random long-short (normal, mean removed,
    absolute weights sum to 1). With one asset only the first is left.
    """
    equal = np.full((1, n_assets), 1 / n_assets)
    if n_assets == 1:
        return equal
    rng = np.random.default_rng(20130102)
    long_only = rng.dirichlet(np.ones(n_assets), _RANDOM)
    long_short = rng.standard_normal((_RANDOM, n_assets))
    long_short -= long_short.mean(axis=1, keepdims=True)
    long_short /= np.abs(long_short).sum(axis=1, keepdims=True)
    weights = np.concatenate([equal, np.eye(n_assets), long_only, long_short])
    weights.flags.writeable = False
    return weights


def quick_scores(draws: ArrayLike, realized: ArrayLike, *, weights: Array | None = None) -> dict[str, float]:
    """Mean FZ0 and CRPS of one-day draws over days and portfolios.

    Parameters
    ----------
    draws : array, shape (n_days, n_paths, n_assets)
        Log returns that were simulated for each day from the state of the evening before. At least 200 paths; under
        1,000 the score at 1 % is noisy, so compare models at the same number.
    realized : array, shape (n_days, n_assets)
        Log returns that came.
    weights : array, shape (n_portfolios, n_assets), optional
        Portfolios; ``evaluation_weights`` unless given.

    Returns
    -------
    dict
        ``fz0_1``, ``fz0_2.5``, ``fz0_5`` and ``crps``, of simple portfolio returns in percent; lower is better.

    Raises
    ------
    InvalidInput
        If shapes do not fit or a number is not finite.

    Notes
    -----
    FZ0 as in ``scores.fz0``; CRPS without the bias of a small sample, as in ``scores.crps``.
    """
    drawn, came = np.asarray(draws, dtype=np.float32), np.asarray(realized, dtype=np.float64)
    _refuse_misfit(drawn, came)
    chosen = evaluation_weights(came.shape[1]) if weights is None else np.asarray(weights, dtype=np.float64)
    outcomes = 100 * (chosen.astype(np.float32) @ np.expm1(drawn).swapaxes(1, 2))  # day, portfolio, path
    outcomes.sort(axis=-1)
    y = 100 * (np.expm1(came) @ chosen.T)
    worst_first = np.moveaxis(outcomes, -1, 0)
    scores = {tail_name(tail): _score(*tail_of_sorted(worst_first, tail), y, tail) for tail in TAILS}
    return scores | {"crps": float(crps_of_sorted(outcomes, y).mean())}


def _score(quantile: Any, mean: Any, y: Array, tail: float) -> float:
    """Mean FZ0 from a quantile and a tail mean (negative for losses)."""
    var, es = (np.maximum(-np.asarray(value, dtype=np.float64), LEAST_SHORTFALL) for value in (quantile, mean))
    return float(fz0_unchecked(var, es, y, tail).mean())


def _refuse_misfit(drawn: Any, came: Array) -> None:
    if drawn.ndim != 3 or came.shape != (drawn.shape[0], drawn.shape[2]) or drawn.shape[1] < 2:
        raise InvalidInput(
            f"draws of shape {drawn.shape} for realized returns of shape {came.shape}: "
            "need (n_days, n_paths, n_assets) and (n_days, n_assets), with at least two paths"
        )
    for name, values in (("draws", drawn), ("realized returns", came)):
        if not np.isfinite(values).all():
            raise InvalidInput(f"{1 - np.isfinite(values).mean():.2%} of the {name} are not finite: nothing to score")
