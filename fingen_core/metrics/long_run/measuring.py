"""From returns to a portrait."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from fingen_core.errors import InvalidInput
from fingen_core.metrics import stylized
from fingen_core.metrics.dependence import tail_dependence_matrix, worst_days_correlation
from fingen_core.metrics.long_run.portrait import (
    HORIZONS,
    LAGS,
    LEVEL,
    LEVERAGE_LAGS,
    LOSS_HORIZONS,
    MIN_STEPS,
    PROBABILITIES,
    RANKS,
    Portrait,
)
from fingen_core.metrics.paths import as_paths, equal_weight, groups, overlapping_sums
from fingen_core.metrics.risk import max_drawdown, tail_of_sorted
from fingen_core.metrics.rules import rule_returns
from fingen_core.metrics.validation import evaluation_weights
from fingen_core.types import Array, Paths

__all__ = ["portrait"]


def portrait(returns: ArrayLike, *, year: int, like: Portrait | None = None) -> Portrait:
    """Measure what the long run looks like.

    Parameters
    ----------
    returns : array, shape (n_steps, n_assets) or (n_paths, n_steps, n_assets)
        Log returns of a history, or of generated paths; at least 252 steps, and a year.
    year : int
        Steps in a year, within which drawdowns are measured.
    like : Portrait, optional
        The portrait of the history that this one will be compared with. Give it for generated paths: it says how many
        days the history has, and its volatilities are the units of the pooled quantiles.

    Returns
    -------
    Portrait

    Raises
    ------
    InvalidInput
        If there are fewer steps, no path is usable, an asset never moves, or ``like`` has other assets.

    Notes
    -----
    Under heavy tails moments grow with the sample: the kurtosis of 250,000 generated days is larger than that of 6,000
    real ones even when both come from one law, and autocorrelations of squares, which divide by it, are smaller. So
    moments, memory and tail index are measured on groups of paths that together have as many days as ``like``, and the
    median over groups is kept. Quantiles, losses and dependence do not grow with the sample and are measured on all
    paths at once. Sums over days overlap.
    """
    x, n_left_out = as_paths(returns)
    n_paths, n_steps, n_assets = x.shape
    if n_steps < max(MIN_STEPS, year):
        least = max(MIN_STEPS, year)
        raise InvalidInput(f"paths of {n_steps} steps: a portrait of the long run needs at least {least}")
    if like is not None and like.n_assets != n_assets:
        raise InvalidInput(f"{n_assets} assets against {like.n_assets}: compare the same tickers")
    market = equal_weight(x)
    every = np.concatenate([market[..., None], x], axis=2)
    own_scale = np.asarray(every.std(axis=(0, 1)))
    scale = own_scale if like is None else np.concatenate([[like.volatility_equal], like.volatility])
    shape = _grouped_shape(every, None if like is None else like.n_days)
    quantiles_equal, quantiles_assets, by_asset = _quantiles(every, scale)
    losses, rules = _losses(x), _rule_losses(x)
    return Portrait(
        n_paths=n_paths,
        n_steps=n_steps,
        n_nonfinite=n_left_out,
        volatility_equal=float(own_scale[0]),
        volatility=own_scale[1:],
        acf=shape["acf"][:, 0],
        acf_abs=shape["acf_abs"][:, 0],
        acf_square=shape["acf_square"][:, 0],
        acf_abs_assets=shape["acf_abs"][:, 1:].mean(axis=1),
        leverage=shape["leverage"][:, 0],
        leverage_assets=shape["leverage"][:, 1:].mean(axis=1),
        kurtosis=shape["kurtosis"][0, 1:],
        kurtosis_equal=shape["kurtosis"][:, 0],
        kurtosis_assets=np.median(shape["kurtosis"][:, 1:], axis=1),
        skewness=shape["skewness"][1:],
        skewness_equal=float(shape["skewness"][0]),
        hill=shape["hill"][1:],
        hill_equal=float(shape["hill"][0]),
        quantiles_equal=quantiles_equal,
        quantiles_assets=quantiles_assets,
        quantiles_by_asset=by_asset,
        scale=scale,
        correlation=stylized.correlation(x),
        tail_dependence=tail_dependence_matrix(x),
        worst_decile_correlation=worst_days_correlation(x),
        value_at_risk=losses[0],
        expected_shortfall=losses[1],
        rules_value_at_risk=rules[0],
        rules_expected_shortfall=rules[1],
        drawdowns=_drawdowns(market, year),
        largest_moves=np.abs(x).max(axis=1),
        worst_days=np.expm1(market.min(axis=1)),
    )


def _grouped_shape(every: Array, n_days: int | None) -> dict[str, Array]:
    """Median over groups of what depends on the size of the sample; first column equal weight, then the assets."""
    parts = groups(every, n_days)

    def median(measure: Callable[[Array], Array]) -> Array:
        return np.asarray(np.median([measure(part) for part in parts], axis=0))

    return {
        "acf": median(lambda part: stylized.autocorrelation(part[..., :1], LAGS)),
        "acf_abs": median(lambda part: stylized.autocorrelation(np.abs(part), LAGS)),
        "acf_square": median(lambda part: stylized.autocorrelation(part[..., :1] ** 2, LAGS)),
        "leverage": median(lambda part: stylized.leverage(part, LEVERAGE_LAGS)),
        "kurtosis": median(
            lambda part: np.stack([stylized.kurtosis(overlapping_sums(part, horizon)) for horizon in HORIZONS])
        ),
        "skewness": median(stylized.skewness),
        "hill": median(stylized.hill_index),
    }


def _quantiles(every: Array, scale: Array) -> tuple[Array, Array, Array]:
    equal, pooled, by_asset = [], [], []
    for horizon in HORIZONS:
        sums = overlapping_sums(every, horizon)
        columns = np.ascontiguousarray(sums.reshape(-1, every.shape[2]).T, dtype=np.float32)
        columns.sort(axis=1)
        by_asset.append(_of_sorted(columns, RANKS))
        equal.append(_of_sorted(columns[0] / np.float32(scale[0]), PROBABILITIES))
        standardized = (columns[1:] / scale[1:, None].astype(np.float32)).reshape(-1)
        standardized.sort()
        pooled.append(_of_sorted(standardized, PROBABILITIES))
    return _where_seen(equal, every), _where_seen(pooled, every), np.stack(by_asset)


def _of_sorted(values: NDArray[Any], probabilities: Array) -> Array:
    """Quantiles of values sorted along the last axis, linear between them as ``numpy.quantile`` has it."""
    position = probabilities * (values.shape[-1] - 1)
    low = position.astype(np.intp)
    high = np.minimum(low + 1, values.shape[-1] - 1)
    below = values[..., low].astype(np.float64)
    return np.asarray(below + (position - low) * (values[..., high] - below))


def _where_seen(quantiles: list[Array], every: Array) -> Array:
    """NaN where less than one of the days lies beyond."""
    beyond = np.minimum(PROBABILITIES, 1 - PROBABILITIES) * every.shape[0] * every.shape[1]
    return np.where(beyond >= 1 - 1e-9, np.stack(quantiles), np.nan)


def _losses(x: Array) -> tuple[Array, Array]:
    """Value at risk and shortfall of the protocol's portfolios, held over each horizon."""
    weights = evaluation_weights(x.shape[2]).astype(np.float32)
    found = []
    for horizon in LOSS_HORIZONS:
        gains = np.expm1(overlapping_sums(x, horizon)).astype(np.float32).reshape(-1, x.shape[2])
        found.append(_tail(weights @ gains.T))
    return np.stack([var for var, _ in found]), np.stack([es for _, es in found])


def _rule_losses(x: Array) -> tuple[Array, Array]:
    """The same of the trading rules; over several days the profits of a constant stake add up."""
    daily = rule_returns(x)
    found = []
    for horizon in LOSS_HORIZONS:
        gains = overlapping_sums(daily, horizon).astype(np.float32).reshape(-1, daily.shape[2])
        found.append(_tail(np.ascontiguousarray(gains.T)))
    return np.stack([var for var, _ in found]), np.stack([es for _, es in found])


def _tail(outcomes: Paths) -> tuple[Array, Array]:
    """Losses at ``LEVEL`` of outcomes along the last axis; only the tail is sorted."""
    n = outcomes.shape[1]
    size = min(n, int(n * (1 - LEVEL)) + 2)
    head = np.sort(np.partition(outcomes, size - 1, axis=1)[:, :size], axis=1).astype(np.float64)
    quantile, mean = _tail_of_head(head.T, n)
    return -quantile, -mean


def _tail_of_head(head: Array, n: int) -> tuple[Array, Array]:
    """``tail_of_sorted`` of ``n`` outcomes of which only the worst are here, sorted."""
    tail = (1 - LEVEL) * n / len(head)
    quantile, mean = tail_of_sorted(head, tail)
    return np.asarray(quantile), np.asarray(mean)


def _drawdowns(market: Array, year: int) -> Array:
    """Largest drawdowns within windows of a year that begin every month, sorted."""
    wealth = np.concatenate([np.zeros((len(market), 1)), np.cumsum(market, axis=1)], axis=1)
    windows = sliding_window_view(wealth, year + 1, axis=1)[:, :: max(1, year // 12)]
    return np.sort(np.asarray(max_drawdown(np.exp(windows - windows[..., :1]))).reshape(-1))
