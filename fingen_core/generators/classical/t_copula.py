"""t copula with Student t margins: heavy tails of each asset, and falls that come together.

Each asset's return is a Student t variable of its own degrees of freedom; ranks depend on each other as those of a
multivariate t with correlation ``R`` and common degrees of freedom ``nu``. The smaller ``nu``, the more often the worst
days of two assets fall on the same day, which no Gaussian copula can show (Embrechts, McNeil and Straumann 2002,
"Correlation and dependence in risk management: properties and pitfalls", in Dempster (ed.), Risk Management: Value at
Risk and Beyond).

Fitted in two steps: the margins by maximum likelihood, then the copula by maximum likelihood at the margins'
probabilities. For a given ``nu`` the probabilities become t scores x, and ``R`` is the fixed point of ::

    w_i = (nu + n_assets) / (nu + x_i' R^-1 x_i)        R <- sum_i w_i x_i x_i', scaled to a unit diagonal

(the EM step of a multivariate t); ``nu`` maximizes what is left, by a bounded search over its logarithm.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.optimize import minimize, minimize_scalar
from scipy.special import gammaln, stdtr, stdtrit

from fingen_core.generators.classical.independent import IndependentDays
from fingen_core.market import Market
from fingen_core.types import Array, Paths

__all__ = ["StudentMargin", "TCopula", "fit_t_copula"]

_DEGREES = (2.1, 200.0)
"""Bounds of degrees of freedom: above 2 the variance is finite, at 200 a t is as good as normal."""

_FARTHEST = 25.0
"""Returns are cut at so many standard deviations, as those of the learned generators are. The margins have no such end:
among hundreds of millions of draws one log return is so large that its price is no longer a number."""

_GRID = np.sinh(np.linspace(-18.0, 18.0, 4001))
"""Scores between which sampling interpolates, evenly spaced in their inverse hyperbolic sine."""


@dataclass(frozen=True, kw_only=True)
class StudentMargin:
    """Student t distribution of one asset's returns: ``location + scale * t(degrees)``."""

    location: float
    scale: float
    degrees: float

    @classmethod
    def fit(cls, returns: Array) -> Self:
        """Maximum likelihood; ``returns`` of shape (n_steps,). Degrees of freedom stay within 2.1 and 200."""
        median, sd = float(np.median(returns)), float(returns.std())
        scaled = (returns - median) / sd

        def loss(point: Array) -> float:
            location, log_scale, log_degrees = point
            z = (scaled - location) * np.exp(-log_scale)
            return float(log_scale - _log_density(z, np.exp(log_degrees)).mean())

        bounds = [(-1.0, 1.0), (np.log(0.02), np.log(3.0)), tuple(np.log(_DEGREES))]
        best = minimize(loss, [0.0, np.log(0.7), np.log(4.0)], method="L-BFGS-B", bounds=bounds).x
        return cls(
            location=median + sd * float(best[0]), scale=sd * float(np.exp(best[1])), degrees=float(np.exp(best[2]))
        )

    def probability(self, returns: Array) -> Array:
        """Chance of a return at or below each of ``returns``."""
        return np.asarray(stdtr(self.degrees, (returns - self.location) / self.scale))

    def at_probability(self, probabilities: Array) -> Array:
        """The return at each probability inside (0, 1), inverse of ``probability``."""
        return np.asarray(self.location + self.scale * stdtrit(self.degrees, probabilities))

    def score(self, returns: Array, degrees: float) -> Array:
        """The t score with ``degrees`` degrees of freedom that is as probable as each return."""
        return _exchange((returns - self.location) / self.scale, self.degrees, degrees)

    def quantile(self, scores: Array, degrees: float) -> Array:
        """The return that is as probable as each t score, inverse of ``score``."""
        return self.location + self.scale * _exchange(scores, degrees, self.degrees)


class TCopula(IndependentDays):
    """t copula over Student t margins, one day; paths are independent days.

    Attributes
    ----------
    margins : tuple of StudentMargin
    correlation : array, shape (n_assets, n_assets)
    degrees : float
        Of the copula.

    Notes
    -----
    Measured on one core: 19 assets and 5,800 days are fitted in 0.7 s, 1,000 paths of 252 days drawn in 0.6 s.
    """

    label = "t copula, Student t margins"

    def refit(self, market: Market) -> Self:
        """A new t copula fitted to ``market``."""
        return type(self)().fit(market)

    def _learn(self, returns: Array) -> None:
        self._limits = _FARTHEST * returns.std(axis=0)
        self.margins = tuple(StudentMargin.fit(column) for column in returns.T)
        self.correlation, self.degrees = fit_t_copula(returns, self.margins)
        values, vectors = np.linalg.eigh(self.correlation)
        self._factor = (vectors * np.sqrt(np.maximum(values, 0))).T.astype(np.float32)
        self._tables = [np.arcsinh(_exchange(_GRID, self.degrees, margin.degrees)) for margin in self.margins]

    def _draw(self, n_days: int, rng: np.random.Generator) -> Paths:
        scores: Paths = rng.standard_normal((n_days, len(self.margins)), dtype=np.float32) @ self._factor
        scores /= np.sqrt(rng.chisquare(self.degrees, (n_days, 1)) / self.degrees).astype(np.float32)
        grid = np.arcsinh(_GRID)
        np.arcsinh(scores, out=scores)
        for column, (margin, table) in enumerate(zip(self.margins, self._tables, strict=True)):
            found = np.sinh(np.interp(scores[:, column], grid, table))
            limit = self._limits[column]
            scores[:, column] = np.clip(margin.location + margin.scale * found, -limit, limit)
        return scores


def fit_t_copula(returns: Array, margins: Sequence[StudentMargin]) -> tuple[Array, float]:
    """Maximum likelihood of a t copula at given margins.

    Parameters
    ----------
    returns : array, shape (n_steps, n_assets)
    margins : sequence of StudentMargin, length n_assets

    Returns
    -------
    correlation : array, shape (n_assets, n_assets)
    degrees : float
        Between 2.1 and 200; of one asset, whose copula says nothing, those of its margin.
    """
    if len(margins) == 1:
        return np.ones((1, 1)), margins[0].degrees
    known = np.eye(len(margins))  # where the next search for R begins

    def loss(log_degrees: float) -> float:
        nonlocal known
        degrees = float(np.exp(log_degrees))
        scores = _scores(returns, margins, degrees)
        known = _correlation(scores, degrees, known)
        return -_log_likelihood(scores, known, degrees)

    found = minimize_scalar(loss, bounds=tuple(np.log(_DEGREES)), method="bounded", options={"xatol": 0.01})
    degrees = float(np.exp(found.x))
    return _correlation(_scores(returns, margins, degrees), degrees, known), degrees


def _scores(returns: Array, margins: Sequence[StudentMargin], degrees: float) -> Array:
    columns = zip(margins, returns.T, strict=True)
    return np.stack([margin.score(column, degrees) for margin, column in columns], axis=1)


def _correlation(scores: Array, degrees: float, start: Array) -> Array:
    """The correlation that makes t scores, shape (n_steps, n_assets), most likely."""
    correlation = start
    for _ in range(200):
        weights = (degrees + scores.shape[1]) / (degrees + _distances(scores, correlation))
        scatter = (scores * weights[:, None]).T @ scores
        scale = np.sqrt(np.diag(scatter))
        following = scatter / np.outer(scale, scale)
        step = float(np.abs(following - correlation).max())
        correlation = following
        if step < 1e-5:
            break
    return correlation


def _distances(scores: Array, correlation: Array) -> Array:
    """x' R^-1 x of each row; a ridge keeps assets that copy each other from dividing by zero."""
    ridge = 1e-8 * np.eye(len(correlation))
    return np.asarray((scores @ np.linalg.inv(correlation + ridge) * scores).sum(axis=1))


def _log_likelihood(scores: Array, correlation: Array, degrees: float) -> float:
    """Mean log density of the copula: that of the multivariate t less those of its margins."""
    n_assets = scores.shape[1]
    _, log_determinant = np.linalg.slogdet(correlation + 1e-8 * np.eye(n_assets))
    constant = gammaln((degrees + n_assets) / 2) - gammaln(degrees / 2) - n_assets / 2 * np.log(degrees * np.pi)
    joint = constant - log_determinant / 2
    joint = joint - (degrees + n_assets) / 2 * np.log1p(_distances(scores, correlation) / degrees)
    return float((joint - _log_density(scores, degrees).sum(axis=1)).mean())


def _log_density(z: Array, degrees: float) -> Array:
    """Log density of Student's t."""
    constant = gammaln((degrees + 1) / 2) - gammaln(degrees / 2) - np.log(degrees * np.pi) / 2
    return np.asarray(constant - (degrees + 1) / 2 * np.log1p(z**2 / degrees))


def _exchange(z: Array, degrees: float, others: float) -> Array:
    """The t score with ``others`` degrees of freedom as probable as ``z`` with ``degrees``.

    Both sides go through the lower tail, where small probabilities keep their digits.
    """
    return np.asarray(-np.sign(z) * stdtrit(others, stdtr(degrees, -np.abs(z))))
