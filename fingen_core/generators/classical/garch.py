"""Volatility of one asset from its own past: GJR-GARCH and the exponentially weighted average of RiskMetrics.

Both take returns ``y`` with mean 0 and variance 1 and give the variance of each day from the days before it.

GJR-GARCH (Glosten, Jagannathan and Runkle 1993, "On the relation between the expected value and the volatility of the
nominal excess return on stocks", Journal of Finance 48)::

    y_t = sqrt(h_t) z_t
    h_{t+1} = omega + (a_up [z_t > 0] + a_down [z_t <= 0]) y_t^2 + beta h_t

In the usual notation alpha = a_up and gamma = a_down - a_up.

Exponentially weighted average (RiskMetrics Technical Document, fourth edition, 1996: decay 0.94 for daily returns)::

    h_{t+1} = decay h_t + (1 - decay) y_t^2
"""

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.signal import lfilter

from fingen_core.types import Array

__all__ = ["Ewma", "GjrGarch", "Variance", "fit_gjr"]

LEAST_AVERAGE = 0.01
"""An exponentially weighted variance stops here, a tenth of the training volatility: stale prices would lead to zero,
and the first move after them to a residual beyond all measure."""


class Variance(Protocol):
    """Variance dynamics of one asset with unit variance."""

    @property
    def omega(self) -> float:
        """What is added to the variance each day."""
        ...

    def variances(self, y: Array) -> Array:
        """Variance of each day and of the one after the last: shape (n_steps + 1,), the first is that of the fit."""
        ...

    def growth(self, z: Array) -> Array:
        """What a simulated residual multiplies the variance with, before ``omega`` is added; shape of ``z``."""
        ...


@dataclass(frozen=True, kw_only=True)
class GjrGarch:
    """Variance that answers falls more than rises and returns to 1.

    Attributes
    ----------
    up, down, beta : float
        Weights of a squared rise, a squared fall and yesterday's variance; none negative.
    rise, fall : float
        Mean square of the residuals above and below zero, about a half each.
    """

    up: float
    down: float
    beta: float
    rise: float = 0.5
    fall: float = 0.5

    @property
    def persistence(self) -> float:
        """Share of a variance shock that is left a day later, on average."""
        return self.up * self.rise + self.down * self.fall + self.beta

    @property
    def omega(self) -> float:
        """The constant that makes the long-run variance 1."""
        return 1 - self.persistence

    def variances(self, y: Array) -> Array:
        """Variance of each day and of the one after the last: shape (n_steps + 1,), the first is 1."""
        impact = np.where(y > 0, self.up, self.down) * y**2 + self.omega
        return np.append(1.0, _averages(impact, self.beta, 1.0))

    def growth(self, z: Array) -> Array:
        """As y^2 = h z^2, tomorrow's variance is omega + h growth(z)."""
        return np.asarray(np.where(z > 0, self.up, self.down) * z**2 + self.beta)


@dataclass(frozen=True, kw_only=True)
class Ewma:
    """Weighted average of past squared returns that never returns to a mean.

    Attributes
    ----------
    decay : float in (0, 1)
        Weight of yesterday's average.
    scale : float
        Mean of y^2 over the average before it. It is above 1 for real returns, as a low average is followed by more
        than it says; variances are the averages times ``scale``, so that residuals have mean square 1.

    Notes
    -----
    In simulation the variance is expected to stay where it is at every horizon, as RiskMetrics says: the squared
    residual has mean 1, and ``decay + (1 - decay) * 1`` is 1.
    """

    decay: float
    scale: float = 1.0

    omega = 0.0

    @classmethod
    def fit(cls, y: Array, decay: float) -> Self:
        """Measure ``scale`` on returns of mean 0 and variance 1, shape (n_steps,)."""
        averages = cls(decay=decay).variances(y)[:-1]
        return cls(decay=decay, scale=float((y**2 / averages).mean()))

    def variances(self, y: Array) -> Array:
        """Variance of each day and of the one after the last: shape (n_steps + 1,), the first is ``scale``."""
        averages = np.append(1.0, _averages((1 - self.decay) * y**2, self.decay, 1.0))
        return np.asarray(self.scale * np.maximum(averages, LEAST_AVERAGE))

    def growth(self, z: Array) -> Array:
        """Tomorrow's variance over today's."""
        return np.asarray(self.decay + (1 - self.decay) * z**2)


def fit_gjr(y: Array, max_persistence: float = 0.985, start: GjrGarch | None = None) -> GjrGarch:
    """Gaussian quasi-likelihood fit of one asset's variance, long-run variance 1 by construction.

    Parameters
    ----------
    y : array, shape (n_steps,)
        Returns with mean 0 and variance 1.
    max_persistence : float
        Upper bound of persistence.
    start : GjrGarch, optional
        Where to begin.

    Notes
    -----
    Persistence is ``max_persistence`` times a logistic function and its shares are a softmax, so no step of the
    optimizer can leave the region. Two rounds: the second uses the measured mean squares of rises and falls.
    """
    squares_up, squares_down = np.where(y > 0, y**2, 0.0)[:-1], np.where(y > 0, 0.0, y**2)[:-1]
    squares = y**2
    model = start or GjrGarch(up=0.04, down=0.12, beta=0.88)

    def loss(point: Array, rise: float, fall: float) -> float:
        up, down, beta = _weights(point, rise, fall, max_persistence)
        impact = up * squares_up + down * squares_down + (1 - up * rise - down * fall - beta)
        later = _averages(impact, beta, 1.0)
        return float(np.log(later).mean() + (squares[1:] / later).mean())

    for _ in range(2):
        rise, fall = model.rise, model.fall
        best = minimize(loss, _point(model, max_persistence), args=(rise, fall), method="L-BFGS-B").x
        up, down, beta = _weights(best, rise, fall, max_persistence)
        model = GjrGarch(up=up, down=down, beta=beta, rise=rise, fall=fall)
        z = y / np.sqrt(model.variances(y)[:-1])
        model = _measured(model, z, max_persistence)
    return model


def _averages(values: Array, decay: float, first: float) -> Array:
    """a_{t+1} = values_t + decay a_t from a_0 = first, without a_0; shape (n_steps,)."""
    averages: NDArray[np.float64] = lfilter([1.0], [1.0, -decay], values, zi=[decay * first])[0]
    return averages


def _measured(model: GjrGarch, z: Array, max_persistence: float) -> GjrGarch:
    """The same dynamics with the mean squares of the residuals ``z``, shrunk where that would pass the bound."""
    z = z - z.mean()
    rise, fall = float((z[z > 0] ** 2).sum() / len(z)), float((z[z <= 0] ** 2).sum() / len(z))
    shrink = min(1.0, (max_persistence - model.beta) / (model.up * rise + model.down * fall))
    return GjrGarch(up=model.up * shrink, down=model.down * shrink, beta=model.beta, rise=rise, fall=fall)


def _weights(point: Array, rise: float, fall: float, max_persistence: float) -> tuple[float, float, float]:
    """(up, down, beta) from three free numbers."""
    persistence = max_persistence / (1 + np.exp(-point[0]))
    shares = np.exp(np.array([point[1], point[2], 0.0]))
    shares *= persistence / shares.sum()
    return float(shares[0] / rise), float(shares[1] / fall), float(shares[2])


def _point(model: GjrGarch, max_persistence: float) -> Array:
    """The three free numbers of a model, inverse of ``_weights``, kept off the rim where gradients vanish."""
    beta = max(model.beta, 1e-3)
    ratio = min(model.persistence / max_persistence, 0.99)
    up, down = max(model.up * model.rise, 1e-3), max(model.down * model.fall, 1e-3)
    return np.array([np.log(ratio / (1 - ratio)), np.log(up / beta), np.log(down / beta)])
