"""Were the hits as many, as scattered and as deep as promised?

A hit is a day whose loss exceeds the value at risk of the evening before; ``tail`` is the promised share of hits.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import xlogy
from scipy.stats import binom, chi2

from fingen_core.errors import InvalidInput
from fingen_core.types import Array

__all__ = [
    "AcerbiSzekely",
    "Christoffersen",
    "LikelihoodRatio",
    "TrafficLight",
    "acerbi_szekely",
    "christoffersen",
    "kupiec",
    "rolling_traffic_lights",
    "traffic_light",
]

Zone = Literal["green", "yellow", "red"]

_ADDITIONS = {5: 0.40, 6: 0.50, 7: 0.65, 8: 0.75, 9: 0.85}  # Basel Committee, 250 days at 99 %


@dataclass(frozen=True, kw_only=True)
class LikelihoodRatio:
    """Result of a likelihood-ratio test.

    Attributes
    ----------
    statistic : float
        Twice the gain of log likelihood; large values speak against the forecast.
    p_value : float
        Chance of a statistic at least as large when the forecast is right.
    n, hits : int
        Days and hits among them.
    rate : float
        Share of hits.
    """

    statistic: float
    p_value: float
    n: int
    hits: int
    rate: float


@dataclass(frozen=True, kw_only=True)
class Christoffersen:
    """Independence of hits from one day to the next, and independence and count together."""

    independence: LikelihoodRatio
    joint: LikelihoodRatio


@dataclass(frozen=True, kw_only=True)
class AcerbiSzekely:
    """Result of the test of expected shortfall: ``statistic`` 0 is ideal, negative says too mild."""

    statistic: float
    n: int
    hits: int


@dataclass(frozen=True, kw_only=True)
class TrafficLight:
    """Basel zone of a number of hits.

    Attributes
    ----------
    zone : {"green", "yellow", "red"}
    hits, n : int
    probability : float
        Chance of at most so many hits when the forecast is right.
    addition : float or None
        What Basel adds to the capital multiplier of 3; ``None`` unless it is 250 days at 1 %.
    """

    zone: Zone
    hits: int
    n: int
    probability: float
    addition: float | None


def kupiec(hits: ArrayLike, tail: float) -> LikelihoodRatio:
    """Proportion-of-failures test: is the share of hits ``tail``?

    Parameters
    ----------
    hits : array of bool, shape (n_days,)
        Whether the loss of each day exceeded its value at risk.
    tail : float in (0, 1)
        Promised share.

    Notes
    -----
    ``-2 [(n - x) log(1 - a) + x log a - (n - x) log(1 - x/n) - x log(x/n)]``, chi-squared with one degree of freedom.
    Rejects too few hits as well as too many. Kupiec (1995), "Techniques for verifying the accuracy of risk measurement
    models", Journal of Derivatives 3.
    """
    hit = _hits(hits, tail)
    n, x = len(hit), int(hit.sum())
    statistic = 2 * (_log_likelihood(n - x, x, x / n) - _log_likelihood(n - x, x, tail))
    return _ratio(statistic, 1, n, x)


def christoffersen(hits: ArrayLike, tail: float) -> Christoffersen:
    """Do hits come in clusters? Alone, and together with their share.

    Parameters
    ----------
    hits : array of bool, shape (n_days,)
        Whether the loss of each day exceeded its value at risk, in order.
    tail : float in (0, 1)
        Promised share.

    Notes
    -----
    Likelihood of a chance of a hit that depends on yesterday against one that does not, from the counts of the four
    transitions: chi-squared with one degree of freedom; the joint test adds the statistic of ``kupiec``: two degrees.
    It sees clusters from one day to the next only. Christoffersen (1998), "Evaluating interval forecasts",
    International Economic Review 39.
    """
    hit = _hits(hits, tail)
    before, after = hit[:-1], hit[1:]
    n00, n01 = int((~before & ~after).sum()), int((~before & after).sum())
    n10, n11 = int((before & ~after).sum()), int((before & after).sum())
    same = _log_likelihood(n00 + n10, n01 + n11, (n01 + n11) / (len(hit) - 1))
    depends = _log_likelihood(n00, n01, n01 / max(n00 + n01, 1)) + _log_likelihood(n10, n11, n11 / max(n10 + n11, 1))
    statistic, n, x = 2 * (depends - same), len(hit), int(hit.sum())
    return Christoffersen(
        independence=_ratio(statistic, 1, n, x), joint=_ratio(statistic + kupiec(hit, tail).statistic, 2, n, x)
    )


def acerbi_szekely(y: ArrayLike, value_at_risk: ArrayLike, expected_shortfall: ArrayLike, tail: float) -> AcerbiSzekely:
    """Second test of Acerbi and Szekely: were the hits as many and as deep as promised?

    Parameters
    ----------
    y : array, shape (n_days,)
        Returns that came.
    value_at_risk, expected_shortfall : array, shape (n_days,)
        Forecasts, as losses.
    tail : float in (0, 1)
        Promised share of hits.

    Notes
    -----
    ``Z2 = 1 - mean(y 1{y <= v} / (tail e))`` with v = -VaR and e = -ES. Its mean is 0 when both are right; -0.1 says
    that the sum of losses beyond value at risk was a tenth larger than promised. Acerbi and Szekely (2014),
    "Backtesting expected shortfall", Risk Magazine.
    """
    came, var, es = (np.asarray(values, dtype=np.float64) for values in (y, value_at_risk, expected_shortfall))
    if came.ndim != 1 or came.shape != var.shape or came.shape != es.shape or not len(came):
        raise InvalidInput(f"shapes {came.shape}, {var.shape}, {es.shape}: give one return and forecast per day")
    hit = _hits(came <= -var, tail)
    if not np.isfinite(came + var + es).all() or (es <= 0).any():
        raise InvalidInput("returns and forecasts must be finite and shortfalls positive: give forecasts as losses")
    statistic = 1 - float((-came * hit / (tail * es)).mean())
    return AcerbiSzekely(statistic=statistic, n=len(came), hits=int(hit.sum()))


def traffic_light(hits: int, n: int = 250, tail: float = 0.01) -> TrafficLight:
    """Basel's zone for ``hits`` in ``n`` days.

    Green while the chance of at most so many hits stays below 95 %, red from 99.99 %: for 250 days at 1 % green up to
    4, yellow 5 to 9, red from 10. Basel Committee on Banking Supervision (1996), "Supervisory framework for the use of
    backtesting".
    """
    if not 0 <= hits <= n or n < 1 or not 0 < tail < 1:
        raise InvalidInput(f"{hits} hits in {n} days at {tail}: hits lie between 0 and the days, a tail inside (0, 1)")
    probability = float(binom.cdf(hits, n, tail))
    zone: Zone = "green" if probability < 0.95 else "yellow" if probability < 0.9999 else "red"
    addition = None
    if (n, tail) == (250, 0.01):
        addition = 0.0 if zone == "green" else _ADDITIONS.get(hits, 1.0)
    return TrafficLight(zone=zone, hits=hits, n=n, probability=probability, addition=addition)


def rolling_traffic_lights(hits: ArrayLike, tail: float = 0.01, window: int = 250) -> NDArray[np.int64]:
    """Zone of each stretch of ``window`` days, 0 green, 1 yellow, 2 red, shape (n_days - window + 1,)."""
    hit = _hits(hits, tail)
    if not 1 <= window <= len(hit):
        raise InvalidInput(f"window of {window} days with {len(hit)} days: choose 1 to {len(hit)}")
    total = np.concatenate([[0], np.cumsum(hit)])
    probability: Array = binom.cdf(total[window:] - total[:-window], window, tail)
    return np.asarray((probability >= 0.95).astype(np.int64) + (probability >= 0.9999))


def _log_likelihood(misses: int, hits: int, chance: float) -> float:
    """Log likelihood of a hit sequence; 0 log 0 is 0."""
    return float(xlogy(misses, 1 - chance) + xlogy(hits, chance))


def _ratio(statistic: float, degrees: int, n: int, hits: int) -> LikelihoodRatio:
    positive = max(statistic, 0.0)  # rounding
    return LikelihoodRatio(statistic=positive, p_value=float(chi2.sf(positive, degrees)), n=n, hits=hits, rate=hits / n)


def _hits(hits: ArrayLike, tail: float) -> NDArray[np.bool_]:
    hit = np.asarray(hits)
    if not 0 < tail < 1:
        raise InvalidInput(f"tail {tail}: a tail probability lies inside (0, 1), for instance 0.01 for the worst 1 %")
    if hit.ndim != 1 or len(hit) < 2 or not np.isin(hit, (0, 1)).all():
        raise InvalidInput(f"hits of shape {hit.shape}: give one true or false per day, for at least two days")
    return hit.astype(bool)
