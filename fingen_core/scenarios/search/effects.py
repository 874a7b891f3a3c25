"""What a condition does to everything else: paths with it beside paths without it, asset by asset."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from fingen_core.errors import InvalidInput
from fingen_core.market import Market
from fingen_core.portfolio.values import asset_returns
from fingen_core.scenarios.conditions import View
from fingen_core.types import Array, Paths

__all__ = ["Precedent", "effects", "moves", "precedents", "weighted_quantile"]

_LOW, _HIGH = 0.05, 0.95
_DEVIATIONS = NormalDist().inv_cdf(_HIGH)


def weighted_quantile(values: ArrayLike, weights: ArrayLike, level: float) -> Array:
    """Smallest value up to which at least ``level`` of the weight lies, along the first axis of (n, ...) values."""
    x, w = np.asarray(values, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    order = np.argsort(x, axis=0, kind="stable")
    total = np.cumsum(w[order] / w.sum(), axis=0)
    row = np.minimum((total < level - 1e-12).sum(axis=0), len(x) - 1)
    return np.asarray(np.take_along_axis(x, np.take_along_axis(order, row[None], axis=0), axis=0)[0])


def moves(paths: Paths, n_days: int) -> Array:
    """Simple return of every asset over the first days, and of all at equal weight last, (n_paths, n_assets + 1)."""
    each = asset_returns(paths, n_days)
    return np.concatenate([each, each.mean(axis=1, keepdims=True)], axis=1)


def effects(  # noqa: PLR0917
    given: Array,
    weights: ArrayLike,
    plain: Array,
    driver: tuple[ArrayLike, ArrayLike],
    names: Sequence[str],
    reach: Callable[[Array], Array],
) -> pd.DataFrame:
    """Moves with and without a condition, one row for each of several things that move.

    Parameters
    ----------
    given : array, shape (n_paths, n_things)
        Simple returns of paths under the condition.
    weights : array, shape (n_paths,)
    plain : array, shape (n_plain, n_things)
        Returns of paths without it.
    driver : pair of arrays
        Returns of what the first condition is about, with (n_paths,) and without (n_plain,) the condition.
    names : sequence of str
    reach : callable
        Takes numbers of the paths under the condition, (n_paths, n); half of the 90 % band of their means, (n,).

    Returns
    -------
    DataFrame
        Columns asset, mean, mean_low, mean_high (90 % band of the mean), low, high (5 % and 95 % of paths), plain_mean,
        plain_low, plain_high, and ``per_unit`` with ``per_unit_low`` and ``per_unit_high`` (its 90 % band): the change
        of the mean for each unit by which the mean of the driver changes. Far out it differs from a beta measured on
        all days: that is the point.
    """
    w = np.asarray(weights, dtype=np.float64) / np.sum(weights)
    mean, before, half = w @ given, plain.mean(axis=0), reach(given)
    unit, off = _per_unit(given, w, plain, driver, reach)
    return pd.DataFrame(
        {
            "asset": list(names),
            "mean": mean,
            "mean_low": mean - half,
            "mean_high": mean + half,
            "low": weighted_quantile(given, w, _LOW),
            "high": weighted_quantile(given, w, _HIGH),
            "plain_mean": before,
            "plain_low": np.quantile(plain, _LOW, axis=0),
            "plain_high": np.quantile(plain, _HIGH, axis=0),
            "per_unit": unit,
            "per_unit_low": unit - off,
            "per_unit_high": unit + off,
        }
    )


def _per_unit(
    given: Array, w: Array, plain: Array, driver: tuple[ArrayLike, ArrayLike], reach: Callable[[Array], Array]
) -> tuple[Array, Array]:
    """Change for each unit of the driver's change, and half of its 90 % band, by the delta method.

    Of a ratio it is the band of ``thing - ratio * driver``, divided by the driver's change: what moves with the driver
    from one search to the next hardly counts. Searched and plain paths are drawn apart, so their parts add as squares.
    """
    leads = [np.asarray(one, dtype=np.float64)[:, None] for one in driver]
    change = float(w @ leads[0][:, 0]) - float(leads[1].mean())
    if abs(change) <= 1e-6:
        return np.full(given.shape[1], np.nan), np.full(given.shape[1], np.nan)
    ratio = (w @ given - plain.mean(axis=0)) / change
    searched = reach(given - ratio * leads[0])
    drawn = _DEVIATIONS * (plain - ratio * leads[1]).std(axis=0) / np.sqrt(len(plain))
    return ratio, np.hypot(searched, drawn) / abs(change)


@dataclass(frozen=True, kw_only=True)
class Precedent:
    """A time in history that came near: the day it set out from, what the views looked at, whether it satisfied all."""

    start: pd.Timestamp
    values: tuple[float, ...]
    satisfied: bool


def precedents(market: Market, views: Sequence[View], n: int = 3) -> tuple[list[Precedent], int, int]:
    """The times when history came nearest to some views.

    Returns
    -------
    list of Precedent
        The nearest first, no two of them overlapping.
    n_satisfying, n_windows : int
        How many of all overlapping windows satisfy every view, and how many there are.
    """
    longest = max(view.n_days for view in views)
    if longest > market.n_steps:
        raise InvalidInput(f"{longest} days, but {market.name} has {market.n_steps} returns: ask for fewer days")
    n_windows = market.n_steps - longest + 1
    values = np.stack([_window_returns(market, view, n_windows) for view in views], axis=1)
    spread = np.maximum(values.std(axis=0), 1e-6)
    low = np.array([-np.inf if view.low is None else view.low for view in views])
    high = np.array([np.inf if view.high is None else view.high for view in views])
    middle = np.array([view.middle for view in views])
    miss = np.maximum(np.maximum(low - values, values - high), 0) / spread
    worst = miss.max(axis=1)
    order = np.lexsort((np.abs((values - middle) / spread).max(axis=1), worst))
    found: list[int] = []
    for row in order[: 200 * n]:
        if all(abs(int(row) - other) >= longest for other in found):
            found.append(int(row))
        if len(found) == n:
            break
    nearest = [
        Precedent(
            start=market.dates[row],
            values=tuple(float(value) for value in values[row]),
            satisfied=bool(worst[row] == 0),
        )
        for row in found
    ]
    return nearest, int((worst == 0).sum()), n_windows


def _window_returns(market: Market, view: View, n_windows: int) -> Array:
    prices = market.prices.to_numpy()
    growth = prices[view.n_days : view.n_days + n_windows] / prices[:n_windows]
    return np.asarray((growth - 1) @ np.asarray(view.weights))
