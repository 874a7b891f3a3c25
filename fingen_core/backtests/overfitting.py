"""How much of a good backtest is the search for it: deflated Sharpe ratio, overfitting by cross-validation, SPA.

Whoever tries many rules and shows the best one shows luck as well as skill. These figures take the search into account:

- the **deflated Sharpe ratio** asks whether the best ratio is above what the best of as many worthless rules reaches
- the **probability of backtest overfitting** chooses the best rule on one half of history and looks where it stands in
  the other half, for all ways of halving
- **superior predictive ability** and its first form, the reality check, ask whether the best rule beats a benchmark by
  more than the best of as many resampled differences
"""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fingen_core.errors import InvalidInput
from fingen_core.types import Array

__all__ = [
    "DeflatedSharpe",
    "Overfitting",
    "Superiority",
    "deflated_sharpe",
    "expected_best_sharpe",
    "overfitting",
    "probabilistic_sharpe",
    "superiority",
]

_MOST_VALUES = 4_000_000


@dataclass(frozen=True, kw_only=True)
class DeflatedSharpe:
    """A Sharpe ratio beside the one that luck alone would give.

    Attributes
    ----------
    sharpe, luck : float
        The ratio found, and that expected of the best of ``n_trials`` worthless rules, both for one day.
    probability : float
        Deflated Sharpe ratio: probability that the true ratio is above ``luck``.
    n_trials, n_days : int
    """

    sharpe: float
    luck: float
    probability: float
    n_trials: int
    n_days: int


@dataclass(frozen=True, eq=False, kw_only=True)
class Overfitting:
    """Where the best of one half stands in the other half.

    Attributes
    ----------
    probability : float
        Share of halvings in which the best rule of one half is in the lower half of the ranks of the other.
    logits : array, shape (n_halvings,)
        ``log(rank / (1 - rank))`` of the chosen rule out of sample; below 0 is the lower half.
    inside, outside : array, shape (n_halvings,)
        Its Sharpe ratio for one day in the half it was chosen on, and in the other.
    n_blocks : int
    """

    probability: float
    logits: Array
    inside: Array
    outside: Array
    n_blocks: int


@dataclass(frozen=True, kw_only=True)
class Superiority:
    """p-values of the hypothesis that no rule is better than the benchmark; small ones speak against it.

    Attributes
    ----------
    consistent, lower, upper : float
        Hansen's test with studentized differences and its three ways of centering.
    reality_check : float
        White's: upper centering, not studentized.
    """

    consistent: float
    lower: float
    upper: float
    reality_check: float


def probabilistic_sharpe(sharpe: float, benchmark: float, n_days: int, skewness: float, kurtosis: float) -> float:
    """Probability that the true Sharpe ratio is above ``benchmark``; both for one day, kurtosis 3 for a normal.

    Notes
    -----
    ``Phi((SR - SR0) sqrt(T - 1) / sqrt(1 - skewness SR + (kurtosis - 1) / 4 SR^2))`` (Bailey and Lopez de Prado 2012,
    "The Sharpe ratio efficient frontier").
    """
    from scipy.stats import norm

    spread = 1 - skewness * sharpe + (kurtosis - 1) / 4 * sharpe**2
    if n_days < 2 or spread <= 0:
        raise InvalidInput(
            f"{n_days} days with a skewness of {skewness:.2f} and a kurtosis of {kurtosis:.2f}: no distribution of a "
            "Sharpe ratio follows; use more days"
        )
    return float(norm.cdf((sharpe - benchmark) * np.sqrt(n_days - 1) / np.sqrt(spread)))


def expected_best_sharpe(n_trials: int, variance: float) -> float:
    """Sharpe ratio expected of the best of ``n_trials`` rules that are worth nothing.

    ``variance`` is that of their ratios; the result is for the same stretch of time.

    Notes
    -----
    ``sqrt(V) ((1 - g) z(1 - 1 / N) + g z(1 - 1 / (N e)))`` with the quantiles z of a normal and Euler's g (Bailey and
    Lopez de Prado 2014). One trial is no search: 0.
    """
    from scipy.stats import norm

    if n_trials < 1 or not variance >= 0:
        raise InvalidInput(f"{n_trials} trials with a variance of {variance}: need one trial and a variance from 0 up")
    if n_trials == 1:
        return 0.0
    quantiles = norm.ppf([1 - 1 / n_trials, 1 - 1 / (n_trials * np.e)])
    return float(np.sqrt(variance) * ((1 - np.euler_gamma) * quantiles[0] + np.euler_gamma * quantiles[1]))


def deflated_sharpe(returns: ArrayLike, chosen: int | None = None) -> DeflatedSharpe:
    """Deflated Sharpe ratio of one of several rules.

    Parameters
    ----------
    returns : array, shape (n_days, n_trials)
        Daily returns of everything that was tried, the rejected rules too.
    chosen : int, optional
        Column of the rule in question; the one with the highest ratio by default.

    Notes
    -----
    Bailey and Lopez de Prado (2014), "The deflated Sharpe ratio", Journal of Portfolio Management 40. Trials count as
    independent: rules that resemble each other are deflated a little too much.
    """
    values = _trials(returns, 1)
    ratios = _sharpe(values)
    column = int(np.argmax(ratios)) if chosen is None else chosen
    days = values[:, column]
    scaled = (days - days.mean()) / max(days.std(), 1e-300)
    variance = float(ratios.var(ddof=1)) if len(ratios) > 1 else 0.0
    luck = expected_best_sharpe(len(ratios), variance)
    sharpe = float(ratios[column])
    probability = probabilistic_sharpe(
        sharpe, luck, len(values), float((scaled**3).mean()), float((scaled**4).mean()) or 3.0
    )
    return DeflatedSharpe(sharpe=sharpe, luck=luck, probability=probability, n_trials=len(ratios), n_days=len(values))


def overfitting(returns: ArrayLike, n_blocks: int = 16) -> Overfitting:
    """Probability of backtest overfitting by combinatorially symmetric cross-validation.

    Parameters
    ----------
    returns : array, shape (n_days, n_trials)
        Daily returns of everything that was tried; at least two rules.
    n_blocks : int
        Blocks of consecutive days, an even number; 16 give 12,870 halvings. Days that do not fill a block are left
        out at the start.

    Notes
    -----
    Bailey, Borwein, Lopez de Prado and Zhu (2015), "The probability of backtest overfitting". Ranks run from
    1 / (N + 1) to N / (N + 1); rules with the same ratio share their mean rank.
    """
    values = _trials(returns, 2)
    if n_blocks < 2 or n_blocks % 2 or len(values) < 2 * n_blocks:
        raise InvalidInput(
            f"{len(values)} days in {n_blocks} blocks: need an even number of blocks with at least two days each"
        )
    size = len(values) // n_blocks
    blocks = values[len(values) - size * n_blocks :].reshape(n_blocks, size, -1)
    sums, squares = blocks.sum(axis=1), (blocks**2).sum(axis=1)
    halves = _halvings(n_blocks)
    step = max(1, _MOST_VALUES // values.shape[1] ** 2)
    parts = [
        _halved(halves[first : first + step], sums, squares, size * n_blocks // 2)
        for first in range(0, len(halves), step)
    ]
    logits, inside, outside = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Overfitting(
        probability=float((logits <= 0).mean()), logits=logits, inside=inside, outside=outside, n_blocks=n_blocks
    )


def superiority(
    benchmark: ArrayLike, returns: ArrayLike, *, block_days: int, n_resamples: int = 1000, seed: int = 0
) -> Superiority:
    """Test whether any rule is better than a benchmark, given how many were tried.

    Parameters
    ----------
    benchmark : array, shape (n_days,)
        Daily returns of what the rules are to beat.
    returns : array, shape (n_days, n_trials)
    block_days : int
        Mean length of the blocks of the stationary bootstrap.
    n_resamples, seed : int

    Notes
    -----
    Hansen (2005), "A test for superior predictive ability", and White (2000), "A reality check for data snooping", both
    from ``arch.bootstrap.SPA`` with the negative return as loss. A rule that is the benchmark itself is left out: the
    difference has no variance.
    """
    from arch.bootstrap import SPA

    values, past = _trials(returns, 1), np.asarray(benchmark, dtype=np.float64)
    values = values[:, np.abs(values - past[:, None]).max(axis=0) > 1e-12]
    if not values.shape[1]:
        raise InvalidInput("every rule is the benchmark itself: try another rule beside it")

    def p_values(studentize: bool) -> Array:
        test = SPA(-past, -values, block_size=block_days, reps=n_resamples, studentize=studentize, seed=seed)
        test.compute()
        return np.asarray(test.pvalues[["lower", "consistent", "upper"]], dtype=float)

    lower, consistent, upper = p_values(True)
    return Superiority(
        consistent=float(consistent), lower=float(lower), upper=float(upper), reality_check=float(p_values(False)[2])
    )


def _halvings(n_blocks: int) -> Array:
    """All choices of half of the blocks, shape (n_halvings, n_blocks), 1 where a block is chosen."""
    rows = list(itertools.combinations(range(n_blocks), n_blocks // 2))
    chosen = np.zeros((len(rows), n_blocks))
    np.put_along_axis(chosen, np.array(rows), 1.0, axis=1)
    return chosen


def _halved(halves: Array, sums: Array, squares: Array, n_days: int) -> tuple[Array, Array, Array]:
    inside = _ratio(halves @ sums, halves @ squares, n_days)
    outside = _ratio((1 - halves) @ sums, (1 - halves) @ squares, n_days)
    rows = np.arange(len(halves))
    best = inside.argmax(axis=1)
    chosen = outside[rows, best]
    below = (outside < chosen[:, None]).sum(axis=1)
    ties = (outside == chosen[:, None]).sum(axis=1)
    rank = (below + (ties + 1) / 2) / (outside.shape[1] + 1)
    return np.log(rank / (1 - rank)), inside[rows, best], chosen


def _ratio(sums: Array, squares: Array, n_days: int) -> Array:
    mean = sums / n_days
    variance = (squares - n_days * mean**2) / (n_days - 1)
    moves = variance > 1e-20
    return np.where(moves, mean / np.sqrt(np.where(moves, variance, 1)), 0.0)


def _sharpe(values: Array) -> Array:
    return _ratio(values.sum(axis=0), (values**2).sum(axis=0), len(values))


def _trials(returns: ArrayLike, least: int) -> Array:
    values = np.asarray(returns, dtype=np.float64)
    if values.ndim == 1:
        values = values[:, None]
    if values.ndim != 2 or len(values) < 3 or values.shape[1] < least:
        raise InvalidInput(
            f"returns of shape {values.shape}: need (n_days, n_trials) with at least {least} "
            f"rule{'s' if least > 1 else ''} over 3 days"
        )
    if not np.isfinite(values).all():
        raise InvalidInput("a return is not finite: replace it before judging rules")
    return values
