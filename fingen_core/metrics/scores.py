"""Scores of forecasts against what came: lower is better, and the truth has the lowest mean (they are proper).

Value at risk and expected shortfall are losses here as everywhere, so positive where a loss is expected. Outcomes run
along the first axis of ``samples``. Numbers that are not finite are refused.
"""

from typing import Any

import numpy as np
import scoringrules
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import pdist

from fingen_core.errors import InvalidInput
from fingen_core.types import Array

__all__ = ["crps", "crps_of_sorted", "energy_score", "fz0", "fz0_unchecked", "pinball", "pit"]


def fz0(value_at_risk: ArrayLike, expected_shortfall: ArrayLike, y: ArrayLike, tail: float) -> Array:
    """Joint score of value at risk and expected shortfall.

    Parameters
    ----------
    value_at_risk, expected_shortfall : array
        Forecasts at tail probability ``tail``, as losses: shortfall positive and never below value at risk.
    y : array
        Returns that came, in the same units.
    tail : float in (0, 1)
        Tail probability, 0.01 for the worst hundredth.

    Returns
    -------
    array
        The broadcast shape; lower is better.

    Raises
    ------
    InvalidInput
        If a shortfall is not positive or below its value at risk (a sign or percent mistake), or not finite.

    Notes
    -----
    With v = -VaR and e = -ES: ``-1{y <= v} (v - y) / (tail e) + v / e + log(-e) - 1``. Patton, Ziegel and Chen (2019),
    "Dynamic semiparametric models for expected shortfall (and value-at-risk)", Journal of Econometrics 211. Other units
    add a constant, so differences between forecasts do not depend on them, ratios do.
    """
    var, es, came = _same_shape(value_at_risk, expected_shortfall, y)
    _refuse_tail(tail)
    if (es <= 0).any() or (es < var).any():
        raise InvalidInput(
            f"expected shortfall down to {es.min():g}, and {(es < var).sum()} below their value at risk: "
            "give both as losses (positive), in the same units and at the same tail"
        )
    return fz0_unchecked(var, es, came, tail)


def fz0_unchecked(var: Array, es: Array, y: Array, tail: float) -> Array:
    """The algebra of ``fz0``."""
    return np.asarray((y <= -var) * (-var - y) / (tail * es) + var / es + np.log(es) - 1)


def pinball(quantile: ArrayLike, y: ArrayLike, tail: float) -> Array:
    """Score of one quantile: ``(1{y < q} - tail) (q - y)``, in units of ``y``.

    ``quantile`` is a return here (negative for a loss), the forecast that ``y`` falls below with chance ``tail``.
    Koenker and Bassett (1978), "Regression quantiles", Econometrica 46.
    """
    q, came = _same_shape(quantile, y)
    _refuse_tail(tail)
    return np.asarray(((came < q) - tail) * (q - came))


def crps(samples: ArrayLike, y: ArrayLike) -> Array:
    """Continuous ranked probability score of drawn outcomes, in units of ``y``.

    Parameters
    ----------
    samples : array, shape (n_outcomes, ...)
        Draws of the forecast; at least two.
    y : array, shape (...)
        What came.

    Notes
    -----
    ``E|X - y| - E|X - X'| / 2`` over different draws X and X', which has no bias however few they are. Gneiting and
    Raftery (2007), "Strictly proper scoring rules, prediction, and estimation", JASA 102.
    """
    drawn, came = _samples(samples, y)
    return np.asarray(scoringrules.crps_ensemble(came, drawn, m_axis=0, estimator="pwm"))


def crps_of_sorted(samples: NDArray[Any], y: Array) -> Array:
    """The same as ``crps`` for samples sorted along the **last** axis, unchecked and in their precision.

    With x sorted, the sum of |x_i - x_j| over pairs is the sum of (2 i - n - 1) x_i, i from 1.
    """
    n = samples.shape[-1]
    ranks = (2 * np.arange(1, n + 1) - n - 1).astype(samples.dtype)
    spread = samples @ ranks / (n * (n - 1))
    return np.asarray(np.abs(samples - y[..., None].astype(samples.dtype)).mean(axis=-1) - spread)


def energy_score(samples: ArrayLike, y: ArrayLike, *, n_pairs_from: int = 500) -> float:
    """The same for several assets at once: distances are Euclidean.

    Parameters
    ----------
    samples : array, shape (n_outcomes, n_assets)
        Draws of the forecast.
    y : array, shape (n_assets,)
        What came.
    n_pairs_from : int
        The distance between draws is taken over all pairs of the first so many (124,750 pairs of 500).
    """
    drawn, came = _samples(samples, y)
    if drawn.ndim != 2:
        raise InvalidInput(f"samples of shape {drawn.shape}: an energy score takes (n_outcomes, n_assets)")
    return float(np.linalg.norm(drawn - came, axis=1).mean() - pdist(drawn[:n_pairs_from]).mean() / 2)


def pit(samples: ArrayLike, y: ArrayLike) -> Array:
    """Share of draws below what came: uniform between 0 and 1 when the forecast is right; never 0 or 1."""
    drawn, came = _samples(samples, y)
    return np.asarray(((drawn < came).sum(axis=0) + 0.5) / (len(drawn) + 1))


def _samples(samples: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    drawn, came = np.asarray(samples, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if drawn.ndim == 0 or drawn.shape[1:] != came.shape or len(drawn) < 2:
        raise InvalidInput(
            f"samples of shape {drawn.shape} for outcomes of shape {came.shape}: need at least two draws along the "
            "first axis of each outcome"
        )
    return _finite(drawn), _finite(came)


def _same_shape(*arrays: ArrayLike) -> tuple[Array, ...]:
    try:
        return tuple(np.broadcast_arrays(*(_finite(np.asarray(array, dtype=np.float64)) for array in arrays)))
    except ValueError as error:
        if isinstance(error, InvalidInput):
            raise
        shapes = ", ".join(str(np.shape(array)) for array in arrays)
        raise InvalidInput(
            f"shapes {shapes} do not fit together: give forecasts and outcomes of the same days"
        ) from error


def _finite(array: Array) -> Array:
    if not np.isfinite(array).all():
        raise InvalidInput(f"{1 - np.isfinite(array).mean():.2%} of the values are not finite: nothing to score")
    return array


def _refuse_tail(tail: float) -> None:
    if not 0 < tail < 1:
        raise InvalidInput(f"tail {tail}: a tail probability lies inside (0, 1), for instance 0.01 for the worst 1 %")
