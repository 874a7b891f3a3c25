"""How a company moves beside all others, told by its size, leverage and profitability.

Three things of each company and month are related to the numbers that were known when the month began:

- **exposure**: its move when the market moves by one, a regression through the days of the month
- **own**: logarithm of the mean daily size of what the market does not explain, less its mean over all companies
- **whole**: the same of the whole moves, for the verdict whether numbers tell volatility at all

Means over all companies are taken off month by month (exposures average 1 by themselves), so what times do to
everybody is gone. For each choice of numbers that somebody may tell there is a regression of its own on just these,
with the months in which they were known: a number that is not told is neither zero nor average, it is unknown, and the
relation says what companies with the told numbers were like, whatever their others.

Regressions are linear and drawn toward "numbers say nothing" (ridge) as far as that predicts companies that were left
out better: some twenty companies with three numbers each are a sample of twenty, whatever the count of days, and a
network would know each company by its numbers. What companies of the same numbers still differ by is part of the answer
(``spread``).
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from fingen_core.errors import InvalidInput
from fingen_core.types import Array

__all__ = [
    "LIMIT",
    "N_NUMBERS",
    "PATTERNS",
    "SHUFFLES",
    "Relation",
    "exposures",
    "monthly",
    "pattern_of",
]

N_NUMBERS = 3
LIMIT = 3.0
"""Numbers count up to so many standard deviations from the mean of the companies."""

PATTERNS: tuple[tuple[bool, ...], ...] = tuple(itertools.product((False, True), repeat=N_NUMBERS))
"""Which numbers are told, for each regression."""

_PENALTIES = (1e-6, 0.5, 1.0, 2.0, 5.0, 15.0, 1e9)
"""In units of companies; the last one leaves nothing of the slopes."""

SHUFFLES = 99
"""Deals of the numbers to other companies, to see how well they predict by luck."""

_FEWEST = 4
_RESAMPLES = 200
_CHUNKS = 8
_LEAST_SPREAD = 1e-6
_FACTS = ("spread", "errors", "plain", "n_companies", "chance")


@dataclass(frozen=True, eq=False)
class Relation:
    """Regressions by what is told.

    Attributes
    ----------
    center, scale : array, shape (3,)
        Mean and standard deviation of each number over the companies; NaN and 1 where none is known.
    low, high : array, shape (3,)
        Range seen in training.
    slopes : array, shape (8, 3)
        Per standard deviation, by pattern; 0 for what is not told.
    intercepts, spread : array, shape (8,)
        Level where all told numbers are average; standard deviation of companies around the relation.
    errors, plain : array, shape (8,)
        Mean squared error for the mean level of companies left out, with the numbers and without.
    n_companies : array, shape (8,)
        How many there were to learn from.
    chance : array, shape (8,)
        Share of 99 deals of the numbers to other companies (and the true one) that predict as well.
    resampled : array, shape (n_resamples, 8, 4)
        Intercepts and slopes with the companies drawn again.
    """

    center: Array
    scale: Array
    low: Array
    high: Array
    slopes: Array
    intercepts: Array
    spread: Array
    errors: Array
    plain: Array
    n_companies: Array
    chance: Array
    resampled: Array

    @classmethod
    def fit(cls, levels: Array, numbers: Array, seed: int) -> Self:
        """Learn from months.

        Parameters
        ----------
        levels : array, shape (n_months, n_companies)
            What is related: as ``monthly`` or ``exposures`` gives it.
        numbers : array, shape (n_months, n_companies, 3)
            Known when the month began; NaN is missing.
        seed : int
            Of the resampling.
        """
        if levels.shape != numbers.shape[:2] or numbers.shape[2] != N_NUMBERS or not len(levels):
            raise InvalidInput(
                f"levels {levels.shape} and numbers {numbers.shape}: give (n, k) and (n, k, {N_NUMBERS})"
            )
        center, scale, low, high = _ranges(numbers)
        told = np.clip((numbers - center) / scale, -LIMIT, LIMIT)
        fits = [_Fit.of(levels, told, np.array(pattern), seed) for pattern in PATTERNS]
        facts: dict[str, Array] = {name: np.array([getattr(fit, name) for fit in fits]) for name in _FACTS}
        betas = np.stack([fit.beta for fit in fits])
        resampled = np.stack([fit.resampled for fit in fits], axis=1)
        return cls(center, scale, low, high, betas[:, 1:], betas[:, 0], resampled=resampled, **facts)

    def standardized(self, numbers: Array) -> Array:
        """Numbers (..., 3) in standard deviations, clipped; NaN stays NaN, as does a number that no company told."""
        return np.asarray(np.clip((numbers - self.center) / self.scale, -LIMIT, LIMIT))

    def of(self, numbers: Array) -> Array:
        """Level of companies with these numbers (..., 3), NaN for those that are not told; shape (...)."""
        told = self.standardized(numbers)
        at = pattern_of(told)
        return np.asarray(self.intercepts[at] + (self.slopes[at] * np.nan_to_num(told)).sum(axis=-1))

    def spread_of(self, numbers: Array) -> float:
        """Standard deviation of the level among companies with these numbers (3,)."""
        return float(self.spread[pattern_of(self.standardized(numbers))])

    def uncertainty(self, numbers: Array, share: float = 0.9) -> tuple[float, float]:
        """Bounds of the level of companies with these numbers (3,), had other companies been learned from."""
        told = self.standardized(numbers)
        betas = self.resampled[:, pattern_of(told)]
        drawn = betas[:, 0] + betas[:, 1:] @ np.nan_to_num(told)
        low, high = np.quantile(drawn, [(1 - share) / 2, (1 + share) / 2])
        return float(low), float(high)

    def effect(self, number: int, pattern: Sequence[bool], share: float = 0.9) -> tuple[float, float, float]:
        """What a standard deviation more of one number adds to the level, with bounds over companies."""
        at = PATTERNS.index(tuple(pattern))
        low, high = np.quantile(self.resampled[:, at, 1 + number], [(1 - share) / 2, (1 + share) / 2])
        return float(self.slopes[at, number]), float(low), float(high)

    def arrays(self) -> Mapping[str, Array]:
        """For a file; ``Relation(**arrays)`` gives back an equal value."""
        return vars(self)


def monthly(log_returns: Array, month: int) -> Array:
    """Log of the mean move by month less its mean over companies, shape (n_months, n_companies).

    Months are the newest whole ones of ``month`` steps: ``log_returns`` (n_steps, n_companies) lose the oldest days
    that fill none.
    """
    sizes = np.abs(_by_month(log_returns, month)).mean(axis=1)
    floor = max(float(sizes.mean()) * 1e-3, 1e-12)  # prices that stood still for a month
    logs = np.log(np.maximum(sizes, floor))
    return np.asarray(logs - logs.mean(axis=1, keepdims=True))


def exposures(log_returns: Array, month: int) -> Array:
    """Slope of each company on the mean of all by month, shape (n_months, n_companies); months as of ``monthly``."""
    months = _by_month(log_returns, month)
    whole = months.mean(axis=2, keepdims=True)
    moved = np.maximum((whole**2).sum(axis=1), 1e-12)
    return np.asarray((whole * months).sum(axis=1) / moved)


def _by_month(log_returns: Array, month: int) -> Array:
    n_months = len(log_returns) // month
    kept = log_returns[len(log_returns) - n_months * month :]
    return kept.reshape(n_months, month, log_returns.shape[1])


def pattern_of(told: Array) -> NDArray[np.intp]:
    """Row of ``PATTERNS`` for numbers (..., 3)."""
    return np.asarray((~np.isnan(told)) @ (2 ** np.arange(N_NUMBERS)[::-1]), dtype=np.intp)


@dataclass(frozen=True, eq=False)
class _Fit:
    """One regression: ``beta`` (4,), its facts, and ``resampled`` (n_resamples, 4)."""

    beta: Array
    spread: float
    errors: float
    plain: float
    chance: float
    n_companies: int
    resampled: Array

    @classmethod
    def of(cls, levels: Array, told: Array, pattern: NDArray[np.bool_], seed: int) -> "_Fit":
        moments, means = _sums(levels, told, pattern)
        n = len(moments)
        if n < _FEWEST:  # no relation: all companies of the market, whatever they are like
            own = levels.mean(axis=0)
            spread = float(own.std(ddof=1)) if len(own) > 1 else 0.0
            nothing = np.zeros((_RESAMPLES, 1 + N_NUMBERS))
            nothing[:, 0] = own.mean()
            return cls(nothing[0], spread, spread**2, spread**2, 1.0, n, nothing)
        rng = np.random.default_rng([seed, *map(int, pattern)])
        best, error, plain = _chosen(moments, means)
        draws = rng.integers(n, size=(_RESAMPLES, n))
        # Where the relation is held back, so would its bounds be: they are those of one that hardly is.
        again = _solve(moments[draws].sum(axis=1), _PENALTIES[min(best, 1)])
        spread = float(np.sqrt(max(error - float(_noise(levels, told, pattern).mean()), _LEAST_SPREAD)))
        own = _by_chance(levels, told, pattern, error / plain, rng)
        return cls(_solve(moments.sum(axis=0), _PENALTIES[best]), spread, error, plain, own, n, again)


def _sums(levels: Array, told: Array, pattern: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Of each company that told these numbers: moments (n, 4, 5), means (n, 5)."""
    moments, means = [], []
    for level, numbers in zip(levels.T, np.moveaxis(told, 1, 0), strict=True):
        rows = ~np.isnan(numbers[:, pattern]).any(axis=1)
        if not rows.any():
            continue
        design = np.column_stack([np.ones(rows.sum()), np.where(pattern, numbers[rows], 0.0), level[rows]])
        # Every company counts once, however long it has told its numbers.
        moments.append(design[:, :-1].T @ design / len(design))
        means.append(design.mean(axis=0))
    size = 1 + N_NUMBERS
    return np.reshape(moments, (len(moments), size, size + 1)), np.reshape(means, (len(moments), size + 1))


def _noise(levels: Array, told: Array, pattern: NDArray[np.bool_]) -> Array:
    """Variance of the mean level of each company that told these numbers, shape (n,)."""
    found = []
    for level, numbers in zip(levels.T, np.moveaxis(told, 1, 0), strict=True):
        rows = ~np.isnan(numbers[:, pattern]).any(axis=1)
        if rows.any():
            chunks = np.array_split(level[rows] - level[rows].mean(), min(_CHUNKS, int(rows.sum())))
            found.append(np.var([chunk.mean() for chunk in chunks]) / len(chunks))
    return np.array(found)


def _chosen(moments: Array, means: Array) -> tuple[int, float, float]:
    """The penalty that predicts companies left out best, its mean squared error, and that without numbers."""
    errors = [_left_out(moments, means, penalty) for penalty in _PENALTIES]
    best = int(np.argmin(errors))
    return best, errors[best], max(errors[-1], _LEAST_SPREAD**2)


def _by_chance(levels: Array, told: Array, pattern: NDArray[np.bool_], ratio: float, rng: np.random.Generator) -> float:
    """How often numbers that were dealt out to other companies predict as well as their own."""
    if not pattern.any():
        return 1.0
    as_good = 0
    for _ in range(SHUFFLES):
        moments, means = _sums(levels, told[:, rng.permutation(told.shape[1])], pattern)
        _, error, plain = _chosen(moments, means)
        as_good += error / plain <= ratio
    return (1 + as_good) / (1 + SHUFFLES)


def _solve(moments: Array, penalty: float) -> Array:
    """Intercept and slopes (..., 4) from summed moments (..., 4, 5); the intercept is free."""
    size = moments.shape[-2]
    ridge = np.diag([1e-9, *[penalty] * (size - 1)])
    return np.asarray(np.linalg.solve(moments[..., :size] + ridge, moments[..., size:])[..., 0])


def _left_out(moments: Array, means: Array, penalty: float) -> float:
    """Mean squared error for the mean level of each company by the relation among all others."""
    betas = _solve(moments.sum(axis=0) - moments, penalty)
    return float(((means[:, -1] - (means[:, :-1] * betas).sum(axis=1)) ** 2).mean())


def _ranges(numbers: Array) -> tuple[Array, Array, Array, Array]:
    """Center, scale, low and high of each number; companies count alike, however long they have told theirs."""
    parts: list[tuple[float, float, float, float]] = []
    for number in np.moveaxis(numbers, 2, 0):
        own = [column[~np.isnan(column)] for column in number.T]
        own = [column for column in own if len(column)]
        if not own:
            parts.append((np.nan, 1.0, np.nan, np.nan))
            continue
        means = np.array([column.mean() for column in own])
        squares = np.array([(column**2).mean() for column in own])
        deviation = float(np.sqrt(max(squares.mean() - means.mean() ** 2, 0.0)))
        lowest, highest = min(float(column.min()) for column in own), max(float(column.max()) for column in own)
        parts.append((float(means.mean()), deviation if deviation > _LEAST_SPREAD else 1.0, lowest, highest))
    center, scale, low, high = (np.array(part) for part in zip(*parts, strict=True))
    return center, scale, low, high
