"""Weights of portfolios: equal, by inverse volatility, checked ones, and those that every forecast is judged on."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from fingen_core.errors import InvalidInput
from fingen_core.metrics.validation import evaluation_weights
from fingen_core.types import Array

__all__ = [
    "checked_weights",
    "equal_weights",
    "evaluation_portfolios",
    "inverse_volatility_weights",
    "market_cap_weights",
]


def equal_weights(n_assets: int) -> Array:
    """The same weight for each of ``n_assets``, together 1."""
    if n_assets < 1:
        raise InvalidInput(f"{n_assets} assets: a portfolio needs one")
    return np.full(n_assets, 1 / n_assets)


def inverse_volatility_weights(log_returns: ArrayLike) -> Array:
    """Weights in inverse proportion to volatility, together 1.

    Parameters
    ----------
    log_returns : array, shape (n_steps, n_assets)
        History to measure volatility on.

    Raises
    ------
    InvalidInput
        If an asset never moves or a return is not finite.
    """
    volatility = np.asarray(log_returns, dtype=np.float64).std(axis=0)
    if volatility.ndim != 1 or not (np.isfinite(volatility) & (volatility > 0)).all():
        raise InvalidInput("inverse volatility needs assets whose returns are finite and move: drop the others")
    inverse = 1 / volatility
    return np.asarray(inverse / inverse.sum())


def market_cap_weights(caps: Mapping[str, float], tickers: Sequence[str]) -> Array:
    """Weights in proportion to market capitalization, together 1.

    Parameters
    ----------
    caps : mapping
        Market value of each company by ticker, all in one currency.
    tickers : sequence of str
        The assets.

    Raises
    ------
    InvalidInput
        If the capitalization of an asset is not known or not above 0.
    """
    known = [caps.get(ticker, np.nan) for ticker in tickers]
    unknown = [ticker for ticker, cap in zip(tickers, known, strict=True) if not (np.isfinite(cap) and cap > 0)]
    if unknown:
        raise InvalidInput(
            f"the market value of {', '.join(unknown[:5])}{' and more' * (len(unknown) > 5)} is not known: paste "
            "tickers with their market values as holdings by value"
        )
    sizes = np.asarray(known, dtype=np.float64)
    return np.asarray(sizes / sizes.sum())


def checked_weights(weights: Mapping[str, float] | ArrayLike, tickers: Sequence[str]) -> Array:
    """Weights as an array in the order of ``tickers``.

    Parameters
    ----------
    weights : mapping or array, shape (n_assets,)
        By ticker (those left out are 0) or in order. What is missing to a sum of 1 is cash without interest, more than
        1 is borrowed; negative weights are short positions.
    tickers : sequence of str
        The assets.

    Raises
    ------
    InvalidInput
        If a ticker is unknown, the count is wrong, a weight is not finite, or all are 0.
    """
    if isinstance(weights, Mapping):
        unknown = [ticker for ticker in weights if ticker not in tickers]
        if unknown:
            raise InvalidInput(
                f"weight for {unknown[0]}, which is not in this market: choose from {', '.join(tickers)}"
            )
        weights = [float(weights.get(ticker, 0.0)) for ticker in tickers]
    values = np.asarray(weights, dtype=np.float64)
    if values.shape != (len(tickers),):
        raise InvalidInput(f"weights of shape {values.shape} for {len(tickers)} assets: give one weight per asset")
    if not np.isfinite(values).all():
        raise InvalidInput(f"weight {values[~np.isfinite(values)][0]} is not a number to invest by: replace it")
    if not values.any():
        raise InvalidInput("all weights are 0, so nothing can be won or lost: give at least one asset a weight")
    return values


def evaluation_portfolios(tickers: Sequence[str]) -> pd.DataFrame:
    """The protocol's portfolios: index their names, columns ``tickers``.

    Equal weight; each asset alone; 6 random long-only and 6 random long-short ones, the same in every run.
    """
    weights = evaluation_weights(len(tickers))
    n_random = (len(weights) - 1 - len(tickers)) // 2 if len(weights) > 1 else 0
    singles = list(tickers) if len(weights) > 1 else []
    random = [f"{kind} {i + 1}" for kind in ("long-only", "long-short") for i in range(n_random)]
    return pd.DataFrame(weights, ["equal weight", *singles, *random], list(tickers))
