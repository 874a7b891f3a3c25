"""Returns of simple trading rules: unlike a portfolio that is held, a rule sees in which order the days come.

Each rule knows the returns up to the evening before and nothing else. Day ``t`` of the result is the profit of day
``t + WARM_UP`` for a stake of 1:

- mean reversion: each asset bought if it fell over the last 5 days, sold short if it rose, equal amounts
- trend: each asset bought if it rose over the last 60 days, sold short if it fell, equal amounts
- volatility timing: equal weight, held at its volatility over the last 60 days over that of the last 10, at most twice

A generator that gets single days right but not their order earns the wrong distribution with these.
"""

import numpy as np
from numpy.typing import ArrayLike

from fingen_core.errors import InvalidInput
from fingen_core.metrics.paths import as_paths
from fingen_core.types import Array

__all__ = ["RULES", "WARM_UP", "rule_returns"]

RULES = ("mean reversion", "trend", "volatility timing")
"""Names of the rules, in the order of the last axis of ``rule_returns``."""

WARM_UP = 60
"""Days that the rules look at before they first trade."""

_REVERSION_DAYS, _SHORT_DAYS, _MOST_EXPOSURE = 5, 10, 2.0


def rule_returns(log_returns: ArrayLike) -> Array:
    """Daily simple returns of ``RULES`` on a stake of 1, shape (n_paths, n_steps - WARM_UP, 3).

    Parameters
    ----------
    log_returns : array, shape (n_paths, n_steps, n_assets) or (n_steps, n_assets)
        More than ``WARM_UP`` days.
    """
    paths, _ = as_paths(log_returns)
    n_steps = paths.shape[1]
    if n_steps <= WARM_UP:
        raise InvalidInput(f"{n_steps} days: the rules look back {WARM_UP} days before they trade, give more")
    simple = np.expm1(paths)
    gains = simple[:, WARM_UP:]
    equal = simple.mean(axis=2)
    reversion = -(np.sign(_past(paths, _REVERSION_DAYS)) * gains).mean(axis=2)
    trend = (np.sign(_past(paths, WARM_UP)) * gains).mean(axis=2)
    long, short = (_past(equal**2, days) / days for days in (WARM_UP, _SHORT_DAYS))
    # Where the last days did not move at all the exposure is the largest one: no division, only a comparison.
    capped = long >= _MOST_EXPOSURE**2 * short
    exposure = np.where(capped, _MOST_EXPOSURE, np.sqrt(long / np.where(capped, 1, short)))
    return np.stack([reversion, trend, exposure * equal[:, WARM_UP:]], axis=2)


def _past(values: Array, n_days: int) -> Array:
    """Sum over the ``n_days`` before each day from ``WARM_UP`` on: the day itself is not in it."""
    # Summed anew for each day: a running total would leave rounding where the sum is exactly 0.
    n_steps = values.shape[1]
    return np.asarray(sum(values[:, WARM_UP - lag : n_steps - lag] for lag in range(1, n_days + 1)))
