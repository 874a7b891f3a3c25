"""A company's equity as a call on its assets: distance to default, and what equity paths do to it.

Merton (1974), "On the pricing of corporate debt: the risk structure of interest rates", Journal of Finance 29. With
asset value A, asset volatility s, debt D due in T years and a risk-free rate r::

    d1 = (log(A / D) + (r + s^2 / 2) T) / (s sqrt(T))        d2 = d1 - s sqrt(T)
    E = A N(d1) - D exp(-r T) N(d2)                          s_E E = N(d1) s A

Two equations, two unknowns: A and s follow from the equity value E and its volatility s_E. Distance to default is d2,
default probability N(-d2), both under the risk-free drift: a yardstick that ranks, not a rating.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.stats import norm

from fingen_core.errors import InvalidInput
from fingen_core.types import Array

__all__ = ["Covenants", "Firm", "along", "breaches", "equity_value", "solve"]


@dataclass(frozen=True, kw_only=True)
class Firm:
    """A solved company: ``asset_value`` and ``debt`` in one currency, ``asset_volatility`` a year."""

    asset_value: float
    asset_volatility: float
    debt: float
    rate: float
    years: float

    @property
    def distance(self) -> float:
        """Distance to default, in standard deviations."""
        return float(_d2(np.asarray(self.asset_value), self))

    @property
    def probability(self) -> float:
        """Default probability over ``years``."""
        return float(norm.cdf(-self.distance))


@dataclass(frozen=True, kw_only=True)
class Covenants:
    """What lenders ask for.

    Attributes
    ----------
    most_leverage : float
        Debt over debt and market value of equity.
    least_cover : float
        EBITDA over interest expense.
    earnings_per_equity : float
        Assumed share of a fall of the equity that EBITDA follows: 0.5 halves it. Not measured.
    """

    most_leverage: float = 0.6
    least_cover: float = 3.0
    earnings_per_equity: float = 0.5


def equity_value(assets: ArrayLike, volatility: float, debt: float, rate: float = 0.0, years: float = 1.0) -> Array:
    """Value of the call on the assets."""
    value = np.asarray(assets, dtype=np.float64)
    spread = volatility * np.sqrt(years)
    d1 = (np.log(value / debt) + (rate + volatility**2 / 2) * years) / spread
    return np.asarray(value * norm.cdf(d1) - debt * np.exp(-rate * years) * norm.cdf(d1 - spread))


def solve(equity: float, equity_volatility: float, debt: float, *, rate: float = 0.0, years: float = 1.0) -> Firm:
    """Asset value and volatility from equity value, equity volatility and debt.

    Raises
    ------
    InvalidInput
        If an input is missing, not finite or not above 0 (the rate may be), or beyond what a company can have; or if
        the equity is so small beside the debt that no asset value can be told from it.

    Notes
    -----
    For each asset volatility the asset value follows by a bracketed root of the first equation; a second bracketed root
    finds the volatility for which the second holds. It lies between 0 and the equity's. Both are found for a debt of 1;
    where debt is nothing beside equity the call is sure to end in the money, and both follow without a search.
    """
    _refuse(equity, equity_volatility, debt, rate, years)
    ratio, owed = equity / debt, float(np.exp(-rate * years))
    if ratio > _NO_DEBT:
        assets, volatility = ratio + owed, equity_volatility * ratio / (ratio + owed)
    else:
        assets, volatility = _roots(ratio, equity_volatility, rate, years)
    firm = Firm(asset_value=assets * debt, asset_volatility=volatility, debt=debt, rate=rate, years=years)
    if not _holds(firm, equity, equity_volatility):
        raise InvalidInput(_UNSOLVED.format(equity=equity, debt=debt))
    return firm


_SIZES = (1e-9, 1e15)
_NO_DEBT, _NO_EQUITY = 1e9, 1e-8
_TOLERANCE = 1e-5
_UNSOLVED = (
    "equity value {equity:g} beside a debt of {debt:g}: no value of the assets fits both, check the units of the two"
)


def _refuse(equity: float, volatility: float, debt: float, rate: float, years: float) -> None:
    named = {"equity value": equity, "equity volatility": volatility, "debt": debt, "years": years}
    bounds = {"equity volatility": (1e-6, 100.0), "years": (1e-3, 100.0)}
    for name, value in named.items():
        if not (np.isfinite(value) and value > 0):
            raise InvalidInput(f"{name} {value:g}: Merton's model needs one above 0, enter what is missing")
        low, high = bounds.get(name, _SIZES)
        if not low <= value <= high:
            raise InvalidInput(f"{name} {value:g}: give one between {low:g} and {high:g}, check its unit")
    if not (np.isfinite(rate) and abs(rate * years) <= 20):
        raise InvalidInput(f"rate {rate:g}: give a number such as 0.02")
    if equity / debt < _NO_EQUITY:
        raise InvalidInput(_UNSOLVED.format(equity=equity, debt=debt))


def _roots(equity: float, equity_volatility: float, rate: float, years: float) -> tuple[float, float]:
    """Asset value and volatility for a debt of 1."""
    owed = float(np.exp(-rate * years))
    highest = equity + owed + 1

    def assets(volatility: float) -> float:
        def missing(value: float) -> float:
            return float(equity_value(value, volatility, 1.0, rate, years)) - equity

        return float(brentq(missing, equity, highest, xtol=1e-15, rtol=1e-15))

    def gap(volatility: float) -> float:
        value = assets(volatility)
        spread = volatility * np.sqrt(years)
        d1 = (np.log(value) + (rate + volatility**2 / 2) * years) / spread
        return float(norm.cdf(d1) * volatility * value - equity_volatility * equity)

    lowest = 1e-3 * equity_volatility * equity / highest
    try:
        volatility = float(brentq(gap, lowest, equity_volatility * (1 + 1e-9), xtol=1e-15, rtol=1e-14))
        return assets(volatility), volatility
    except (ValueError, RuntimeError) as error:  # no change of sign where rounding hides it, or no end of the search
        raise InvalidInput(_UNSOLVED.format(equity=equity, debt=1.0)) from error


def _holds(firm: Firm, equity: float, equity_volatility: float) -> bool:
    """Whether both equations hold."""
    value = float(equity_value(firm.asset_value, firm.asset_volatility, firm.debt, firm.rate, firm.years))
    d1 = firm.distance + firm.asset_volatility * np.sqrt(firm.years)
    moved = float(norm.cdf(d1)) * firm.asset_volatility * firm.asset_value
    return bool(np.isclose(value, equity, rtol=_TOLERANCE) and np.isclose(moved, equity_volatility * equity, rtol=1e-3))


def along(firm: Firm, equity_paths: ArrayLike) -> tuple[Array, Array]:
    """Distance to default and default probability along paths of the equity's value; shape of the paths.

    Debt and asset volatility stay; the asset value is read off the call's value, between 4,000 points evenly spaced in
    its logarithm.
    """
    paths = np.asarray(equity_paths, dtype=np.float64)
    if not (np.isfinite(paths).all() and (paths > 0).all()):
        raise InvalidInput("a value of the equity is not finite or not above 0: choose other paths")
    highest = paths.max() + 2 * firm.debt * max(1.0, float(np.exp(-firm.rate * firm.years)))
    grid = np.geomspace(1e-3 * firm.debt, highest, 4000)
    values = equity_value(grid, firm.asset_volatility, firm.debt, firm.rate, firm.years)
    rising = np.concatenate([[True], np.diff(np.maximum.accumulate(values)) > 0])
    assets = np.exp(np.interp(np.log(paths), np.log(np.maximum(values[rising], 1e-300)), np.log(grid[rising])))
    distance = _d2(assets, firm)
    return distance, np.asarray(norm.cdf(-distance))


def breaches(
    firm: Firm, equity_paths: ArrayLike, covenants: Covenants, *, ebitda: float, interest: float
) -> pd.DataFrame:
    """First day on which each covenant breaks along each path.

    Returns
    -------
    DataFrame
        One row per path; columns ``leverage`` and ``coverage``: the day, 0 if broken at once, NaN if never. A covenant
        whose items are missing (NaN) is left out, not passed.
    """
    paths = np.asarray(equity_paths, dtype=np.float64)
    if not (np.isfinite(paths).all() and (paths > 0).all()):
        raise InvalidInput("a value of the equity is not finite or not above 0: choose other paths")
    found = {"leverage": _first(firm.debt / (firm.debt + paths) > covenants.most_leverage)}
    if np.isfinite(ebitda) and np.isfinite(interest) and interest > 0:
        earnings = ebitda * (1 + covenants.earnings_per_equity * np.minimum(paths / paths[:, :1] - 1, 0))
        found["coverage"] = _first(earnings / interest < covenants.least_cover)
    return pd.DataFrame(found)


def _first(broken: NDArray[np.bool_]) -> Array:
    return np.asarray(np.where(broken.any(axis=1), broken.argmax(axis=1), np.nan))


def _d2(assets: Array, firm: Firm) -> Array:
    spread = firm.asset_volatility * np.sqrt(firm.years)
    drift = (firm.rate - firm.asset_volatility**2 / 2) * firm.years
    return np.asarray((np.log(assets / firm.debt) + drift) / spread)
