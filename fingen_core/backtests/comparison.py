"""Is one forecast better than another, or was it luck?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm

from fingen_core.errors import InvalidInput
from fingen_core.types import Array

__all__ = ["DieboldMariano", "diebold_mariano", "newey_west_lags", "standard_error"]


@dataclass(frozen=True, kw_only=True)
class DieboldMariano:
    """Result of a comparison: negative ``mean`` and ``t`` favor the first forecast.

    Attributes
    ----------
    mean : float
        Mean difference of scores, first minus second.
    t : float
        The same over its standard error.
    p_value : float
        Chance of a difference at least this large, either way, between equally good forecasts.
    n : int
        Days.
    lags : int
        Lags of the variance.
    """

    mean: float
    t: float
    p_value: float
    n: int
    lags: int


def newey_west_lags(n: int) -> int:
    """Lags by the usual rule, ``floor(4 (n / 100)^(2/9))``: 8 for ten years of days."""
    return int(4 * (n / 100) ** (2 / 9))


def diebold_mariano(
    first: ArrayLike, second: ArrayLike, *, lags: int | None = None, horizon: int = 1
) -> DieboldMariano:
    """Compare the scores of two forecasts of the same days.

    Parameters
    ----------
    first, second : array, shape (n_days,)
        Scores, lower is better. For many portfolios give the mean over portfolios per day: they share their days.
    lags : int, optional
        Lags of the Newey-West variance; unless given, ``newey_west_lags``, but at least ``horizon``.
    horizon : int
        Days that each forecast spans; overlapping forecasts have related errors.

    Raises
    ------
    InvalidInput
        If lengths differ, there are too few days, or a score is not finite.

    Notes
    -----
    ``t = mean(d) / sqrt(V / n)``, V the sum of autocovariances of d up to ``lags`` with Bartlett weights
    ``1 - k / (lags + 1)``. Identical scores give t = 0. Diebold and Mariano (1995), "Comparing predictive accuracy",
    Journal of Business and Economic Statistics 13.
    """
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if a.ndim != 1 or a.shape != b.shape:
        raise InvalidInput(f"scores of shapes {a.shape} and {b.shape}: give one score per day, for the same days")
    difference = a - b
    if not np.isfinite(difference).all():
        raise InvalidInput(f"{(~np.isfinite(difference)).sum()} days without a finite score: leave them out of both")
    n = len(difference)
    chosen = max(newey_west_lags(n), horizon) if lags is None else lags
    if not 0 <= chosen < n - 1:
        raise InvalidInput(f"{chosen} lags with {n} days: choose from 0 to {n - 2}, or score more days")
    mean, variance = float(difference.mean()), _long_run_variance(difference, chosen)
    t = mean / float(np.sqrt(variance / n)) if variance > 0 else 0.0
    return DieboldMariano(mean=mean, t=t, p_value=float(2 * norm.sf(abs(t))), n=n, lags=chosen)


def standard_error(values: ArrayLike, lags: int) -> float:
    """Standard error of the mean of a series whose neighbors are related, by Newey-West with ``lags`` lags."""
    series = np.asarray(values, dtype=np.float64)
    if series.ndim != 1 or not 0 <= lags < len(series) - 1 or not np.isfinite(series).all():
        raise InvalidInput(f"{lags} lags with values of shape {series.shape}: give more finite values than lags")
    return float(np.sqrt(_long_run_variance(series, lags) / len(series)))


def _long_run_variance(values: Array, lags: int) -> float:
    """Newey-West variance, never negative thanks to the Bartlett weights."""
    centered, n = values - values.mean(), len(values)
    covariances = [float(centered[: n - lag] @ centered[lag:]) / n for lag in range(lags + 1)]
    return covariances[0] + 2 * sum((1 - k / (lags + 1)) * covariances[k] for k in range(1, lags + 1))
