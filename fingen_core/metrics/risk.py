"""How much can be lost: value at risk, expected shortfall, drawdowns, volatility.

Losses are positive. Outcomes run along the first axis, time along the last one (or ``axis``). A number that is not
finite is refused, never skipped: one missing path would silently change which outcome is the hundredth worst.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fingen_core.errors import InvalidInput
from fingen_core.metrics.resampling import percentile_band, resampled_rows
from fingen_core.types import Array

__all__ = [
    "Band",
    "annualized_volatility",
    "bootstrap_band",
    "drawdowns",
    "expected_shortfall",
    "max_drawdown",
    "tail_counts",
    "tail_of_sorted",
    "time_under_water",
    "value_at_risk",
]


class Band(NamedTuple):
    """An estimate with the interval around it."""

    estimate: Array
    low: Array
    high: Array


def value_at_risk(returns: ArrayLike, level: float) -> Any:
    """Loss that is exceeded in ``1 - level`` of outcomes.

    Parameters
    ----------
    returns : array, shape (n_outcomes, ...)
        Simple returns over the horizon; the first axis runs over outcomes.
    level : float in (0, 1)
        Confidence level; 0.99 asks for the worst hundredth.

    Returns
    -------
    array, shape (...)
        Value at risk in units of ``returns``, positive for a loss, negative when even that outcome is a gain.

    Raises
    ------
    InvalidInput
        If ``level`` lies outside (0, 1), there is no outcome, or one is not finite.

    Notes
    -----
    The ``ceil(n * (1 - level))``-th worst outcome: the lower empirical quantile, an outcome that really is in the
    sample. Expected shortfall over the same tail is never smaller.
    """
    worst_first = _sorted(returns, level)
    return -tail_of_sorted(worst_first, 1 - level)[0]


def expected_shortfall(returns: ArrayLike, level: float) -> Any:
    """Mean loss over the worst ``1 - level`` of outcomes.

    Parameters
    ----------
    returns : array, shape (n_outcomes, ...)
        Simple returns over the horizon; the first axis runs over outcomes.
    level : float in (0, 1)
        Confidence level; 0.975 is the Basel market-risk standard.

    Returns
    -------
    array, shape (...)
        Expected shortfall in units of ``returns``, positive for a loss, never below value at risk.

    Raises
    ------
    InvalidInput
        If ``level`` lies outside (0, 1), there is no outcome, or one is not finite.

    Notes
    -----
    The tail holds ``n * (1 - level)`` outcomes, rarely a whole number: the last counts by its fraction, so the
    figure does not jump as the slider moves.
    """
    worst_first = _sorted(returns, level)
    return -tail_of_sorted(worst_first, 1 - level)[1]


def tail_of_sorted(worst_first: NDArray[Any], tail: float) -> tuple[Any, Any]:
    """Quantile and mean of the worst ``tail`` of outcomes that are sorted along the first axis, unchecked.

    Returns
    -------
    quantile, mean : arrays, shape (...)
        In units of the outcomes: negative for losses.
    """
    n_outcomes = len(worst_first)
    size = _tail_size(n_outcomes, tail)
    whole = min(int(size), n_outcomes)
    edge = worst_first[min(int(np.ceil(size)), n_outcomes) - 1]
    mean = (worst_first[:whole].sum(axis=0) + (size - whole) * edge) / size
    return edge, np.minimum(mean, edge)  # rounding alone could lift a mean of equal numbers above them


def tail_counts(n_outcomes: int, tail: float) -> Array:
    """How much each of the worst ``tail`` of outcomes counts, the worst first: 1, and the last by its fraction."""
    size = _tail_size(n_outcomes, tail)
    counts = np.ones(max(1, int(np.ceil(size))))
    counts[-1] = size - (len(counts) - 1)
    return counts


def bootstrap_band(
    statistic: Callable[[Array, float], Any],
    returns: ArrayLike,
    level: float,
    *,
    confidence: float = 0.9,
    n_resamples: int = 400,
    seed: int = 0,
    mean_block: float = 1,
) -> Band:
    """Estimate with the interval that resampled outcomes give it.

    Parameters
    ----------
    statistic : callable
        ``value_at_risk`` or ``expected_shortfall``.
    returns : array, shape (n_outcomes,)
        Simple returns: of independent paths, or of the days of one history in their order, with a ``mean_block``.
    level : float in (0, 1)
        Confidence level of the statistic.
    confidence : float in (0, 1)
        Share of resamples inside the band.
    n_resamples, seed : int
        Number of resamples with replacement, and what makes them repeatable.
    mean_block : float
        Mean length of the blocks that are drawn together, in outcomes: 1 for independent paths; for days, whose bad
        ones come in clusters, a month or more (21). Blocks of 1 would make the band of a history too narrow.

    Notes
    -----
    Percentile bootstrap (Efron 1979, "Bootstrap methods", Annals of Statistics 7), for blocks the stationary one
    (Politis and Romano 1994, "The stationary bootstrap", JASA 89). It only knows outcomes that were drawn: with fewer
    than about ten in the tail it is too narrow.
    """
    sample = _finite(returns)
    if sample.ndim != 1:
        raise InvalidInput(f"returns of shape {sample.shape}: a band takes the outcomes of one portfolio at a time")
    if not 0 < confidence < 1:
        raise InvalidInput(f"confidence {confidence}: choose a value inside (0, 1), for instance 0.9")
    if not 1 <= mean_block < np.inf:
        raise InvalidInput(f"mean block of {mean_block}: choose at least 1, for instance 21 days (a month)")
    rows = resampled_rows(len(sample), n_resamples, mean_block, np.random.default_rng(seed))
    return Band(statistic(sample, level), *percentile_band(statistic(sample[rows], level), confidence))


def drawdowns(values: ArrayLike, *, axis: int = -1) -> Array:
    """Share lost since the highest value so far.

    Parameters
    ----------
    values : array
        Wealth or prices, positive, along ``axis`` in time. The first must be the value **before** the first return
        (1 for a portfolio), or a loss on the first day is forgotten.
    axis : int
        Axis of time.

    Returns
    -------
    array, shape of ``values``
        From 0 (at a high) towards 1 (all lost).

    Raises
    ------
    InvalidInput
        If a value is not finite or not positive.
    """
    wealth = _finite(values)
    if (wealth <= 0).any():
        raise InvalidInput(f"value {wealth.min():g}: drawdowns are shares of wealth, which must stay above 0")
    return 1 - wealth / np.maximum.accumulate(wealth, axis=axis)


def max_drawdown(values: ArrayLike, *, axis: int = -1) -> Any:
    """Largest share lost between a high and a later low: the largest of ``drawdowns``, without the time axis."""
    return drawdowns(values, axis=axis).max(axis=axis)


def time_under_water(values: ArrayLike, *, axis: int = -1) -> Any:
    """Longest stretch of steps in a row below an earlier high, without the time axis; open stretches count."""
    below = np.moveaxis(drawdowns(values, axis=axis), axis, -1) > 0
    steps = np.arange(below.shape[-1])
    last_high = np.maximum.accumulate(np.where(below, 0, steps), axis=-1)
    return (steps - last_high).max(axis=-1)


def annualized_volatility(returns: ArrayLike, steps_per_year: float, *, axis: int = 0) -> Any:
    """Standard deviation (of a sample: n - 1) along ``axis`` times the root of ``steps_per_year``."""
    values = _finite(returns)
    if values.shape[axis] < 2:
        raise InvalidInput(f"{values.shape[axis]} returns: a standard deviation needs two")
    return values.std(axis=axis, ddof=1) * np.sqrt(steps_per_year)


def _tail_size(n_outcomes: int, tail: float) -> float:
    """Number of outcomes in the tail; 2,000 * (1 - 0.99) is 20.000000000000018: not the 21st outcome."""
    return round(n_outcomes * tail, 9)


def _sorted(returns: ArrayLike, level: float) -> Array:
    if not 0 < level < 1:
        raise InvalidInput(f"level {level}: a confidence level lies inside (0, 1), for instance 0.99 for the worst 1 %")
    return np.sort(_finite(returns), axis=0)


def _finite(values: ArrayLike) -> Array:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim == 0 or not array.size:
        raise InvalidInput(f"an array of shape {array.shape}: at least one outcome is needed")
    if not np.isfinite(array).all():
        share = 1 - np.isfinite(array).mean()
        raise InvalidInput(f"{share:.2%} of the values are not finite: drop or fill them before measuring")
    return array
