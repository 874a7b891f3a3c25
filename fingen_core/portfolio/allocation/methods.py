"""Ways to choose weights, all from skfolio, with the same limits for each.

skfolio takes a second or more to import, so this happens when the first weights are asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from fingen_core.errors import InvalidInput
from fingen_core.portfolio.allocation.limits import Limits
from fingen_core.types import Array

if TYPE_CHECKING:
    from skfolio.prior import BasePrior

__all__ = ["METHODS", "Method", "allocate", "estimator", "risk_of"]


@dataclass(frozen=True, kw_only=True)
class Method:
    """A way to choose weights.

    Attributes
    ----------
    label, explain : str
        For people: its name, and what it does in a sentence.
    judged_by : {"volatility", "shortfall", "ratio"}
        What it tries to be good at, and is judged by out of sample.
    knows_sectors : bool
        Whether it can keep to limits per sector.
    """

    label: str
    explain: str
    judged_by: str
    knows_sectors: bool = True


METHODS: dict[str, Method] = {
    "variance": Method(
        label="Minimum variance", explain="The least variance of all allowed weights.", judged_by="volatility"
    ),
    "cvar": Method(
        label="Minimum CVaR",
        explain="The least mean loss over the worst twentieth of scenarios (conditional value at risk at 95 %).",
        judged_by="shortfall",
    ),
    "ratio": Method(
        label="Maximum ratio",
        explain="The highest mean over standard deviation. It trusts expected returns, which are hardly known.",
        judged_by="ratio",
    ),
    "budget": Method(
        label="Risk budgeting",
        explain="Every asset contributes the same to CVaR at 95 %, as nearly as limits allow.",
        judged_by="shortfall",
    ),
    "hrp": Method(
        label="Hierarchical risk parity",
        explain="Splits variance down a tree of assets that move alike; inverts no matrix and trusts no mean.",
        judged_by="volatility",
        knows_sectors=False,
    ),
}


def estimator(method: str, limits: Limits, n_assets: int, prior: "BasePrior | None" = None) -> Any:
    """skfolio's optimizer for a method; ``prior`` says where returns come from, the sample itself by default."""
    from skfolio import RiskMeasure
    from skfolio.optimization import HierarchicalRiskParity, MeanRisk, ObjectiveFunction, RiskBudgeting

    if method not in METHODS:
        raise InvalidInput(f"no method is called {method!r}: choose from {', '.join(METHODS)}")
    terms: dict[str, Any] = {"min_weights": limits.lowest, "max_weights": limits.highest, "prior_estimator": prior}
    terms |= _sector_terms(method, limits, n_assets)
    if method == "ratio":
        return MeanRisk(objective_function=ObjectiveFunction.MAXIMIZE_RATIO, **terms)
    if method == "budget":
        return RiskBudgeting(risk_measure=RiskMeasure.CVAR, **terms)
    if method == "hrp":
        return HierarchicalRiskParity(**terms)
    return MeanRisk(risk_measure=RiskMeasure.CVAR if method == "cvar" else RiskMeasure.VARIANCE, **terms)


def _sector_terms(method: str, limits: Limits, n_assets: int) -> dict[str, Array]:
    """What skfolio is told of limits per sector: nothing where there are none."""
    rows, bounds = limits.inequalities(n_assets)
    if not len(rows):
        return {}
    if not METHODS[method].knows_sectors:
        able = ", ".join(one.label for one in METHODS.values() if one.knows_sectors)
        raise InvalidInput(
            f"{METHODS[method].label} splits weights down a tree and cannot keep to limits per sector: leave them out, "
            f"or choose from {able}"
        )
    return {"left_inequality": rows, "right_inequality": bounds}


def allocate(
    method: str, returns: ArrayLike, tickers: Sequence[str], limits: Limits, prior: "BasePrior | None" = None
) -> Array:
    """Weights of a method, together 1, shape (n_assets,).

    Parameters
    ----------
    method : str
        One of ``METHODS``.
    returns : array, shape (n_scenarios, n_assets)
        Simple returns: of scenarios over a horizon, or of the days that ``prior`` is fitted to.
    tickers : sequence of str
    limits : Limits
    prior : skfolio prior, optional
        For instance ``SyntheticData`` on a ``GeneratorDistribution``.

    Raises
    ------
    InvalidInput
        If limits cannot be kept, a return is not finite, or the optimizer finds nothing.
    """
    values = np.asarray(returns, dtype=np.float64)
    if values.ndim != 2 or values.shape[1] != len(tickers) or len(values) < 2 or not np.isfinite(values).all():
        raise InvalidInput(
            f"returns of shape {values.shape} for {len(tickers)} tickers: need (n_scenarios, n_assets), all finite"
        )
    limits.check(len(tickers))
    if method == "ratio" and prior is None and (values.mean(axis=0) <= 0).all():
        raise InvalidInput("no asset has a positive mean return in these scenarios: choose a method without a ratio")
    dates = pd.bdate_range("2000-01-03", periods=len(values), name="date")
    found = estimator(method, limits, len(tickers), prior)
    try:
        found.fit(pd.DataFrame(values, dates, list(tickers)))
    except (ValueError, RuntimeError, ArithmeticError) as error:
        said = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise InvalidInput(
            f"{METHODS[method].label} finds no weights ({said}): widen the limits, or choose another method"
        ) from error
    weights = np.clip(np.asarray(found.weights_, dtype=np.float64), 0, None)
    return np.asarray(weights / weights.sum())


def risk_of(weights: Array, returns: ArrayLike, per_year: float) -> dict[str, float]:
    """What a portfolio looks like over scenarios: mean and volatility a year, CVaR at 95 % over the horizon.

    ``per_year`` is the number of horizons in a year.
    """
    from fingen_core.metrics.risk import annualized_volatility, expected_shortfall

    outcomes = np.asarray(returns, dtype=np.float64) @ weights
    return {
        "mean": float(outcomes.mean() * per_year),
        "volatility": float(annualized_volatility(outcomes, per_year)),
        "shortfall": float(expected_shortfall(outcomes, 0.95)),
    }
