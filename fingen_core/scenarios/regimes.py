"""Calm and stress: stretches of days told apart by how much the market moved, and how assets move together in each."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from fingen_core.errors import InvalidInput
from fingen_core.market import Crisis, Market
from fingen_core.scenarios.outcomes import correlation
from fingen_core.types import Array

__all__ = ["Regimes", "height", "regimes", "wildness"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Regimes:
    """Correlation of the assets in calm and in stress, shape (n_assets, n_assets), and how many days each rests on."""

    calm: Array
    stress: Array
    n_calm: int
    n_stress: int


def regimes(log_returns: ArrayLike, *, n_days: int, calm_share: float = 0.5, stress_share: float = 0.1) -> Regimes:
    """Correlation in the calmest half and in the wildest tenth of months.

    Parameters
    ----------
    log_returns : array, shape (n_steps, n_assets) or (n_paths, n_steps, n_assets)
        A history or paths; days that do not fill a stretch are left out at the end.
    n_days : int
        Length of a stretch: a month, ``Step.stretch``.
    calm_share, stress_share : float
        Of all stretches, by the mean square of the assets' mean return.

    Raises
    ------
    InvalidInput
        If there are fewer than ten stretches.

    Notes
    -----
    Choosing by volatility raises correlation by itself, even where dependence does not change (Forbes and Rigobon
    2002, "No contagion, only interdependence", Journal of Finance 57): compare like with like.
    """
    days = np.asarray(log_returns, dtype=np.float64)
    days = days[None] if days.ndim == 2 else days
    n_paths, n_steps, n_assets = days.shape
    whole = n_steps // n_days
    if n_paths * whole < 10:
        raise InvalidInput(
            f"{n_paths * whole} stretches of {n_days} steps: calm and stress need ten; use more paths or longer ones"
        )
    stretches = days[:, : whole * n_days].reshape(n_paths * whole, n_days, n_assets)
    order = np.argsort((stretches.mean(axis=2) ** 2).mean(axis=1), kind="stable")
    n_calm, n_stress = max(1, int(len(order) * calm_share)), max(1, int(len(order) * stress_share))
    calm, stress = stretches[order[:n_calm]], stretches[order[-n_stress:]]
    return Regimes(
        calm=correlation(calm), stress=correlation(stress), n_calm=n_calm * n_days, n_stress=n_stress * n_days
    )


def height(market: Market, crisis: Crisis) -> tuple[pd.Timestamp, float]:
    """The wildest day of a crisis, and how wild it was.

    Returns
    -------
    day : Timestamp
        The close inside the crisis after which the mean square of the assets' mean return over the last month
        (``Step.stretch``) was largest.
    volatility : float
        Its root, a decimal per day.

    Raises
    ------
    InvalidInput
        If the market has no full stretch of days before a close of the crisis.
    """
    size = _size(market)
    inside = size.loc[crisis.start : crisis.end].dropna()
    if inside.empty:
        raise InvalidInput(
            f"{crisis.name} lies outside this market, or has no {market.step.words(market.step.stretch)} before it: "
            f"choose "
            "another"
        )
    return pd.Timestamp(inside.idxmax()), float(np.sqrt(inside.max()))


def wildness(market: Market, day: pd.Timestamp) -> float:
    """Share of history's days that were calmer than this close, by the month before each; NaN before there was one.

    By the mean square of the assets' mean return, as ``height``.
    """
    size = _size(market).dropna()
    until = size.loc[:day]
    return float((size < until.iloc[-1]).mean()) if len(until) else float("nan")


def _size(market: Market) -> pd.Series:
    n_days = market.step.stretch
    return pd.Series(market.log_returns().mean(axis=1) ** 2, index=market.return_dates).rolling(n_days).mean()
