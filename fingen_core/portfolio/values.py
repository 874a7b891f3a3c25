"""What becomes of a portfolio along paths of log returns."""

import numpy as np
from numpy.typing import ArrayLike

from fingen_core.errors import InvalidInput
from fingen_core.types import Array

__all__ = ["asset_returns", "horizon_returns", "portfolio_returns", "portfolio_values"]


def portfolio_values(log_returns: ArrayLike, weights: ArrayLike) -> Array:
    """Wealth of a buy-and-hold portfolio that starts at 1.

    Parameters
    ----------
    log_returns : array, shape (n_paths, n_steps, n_assets)
        Log returns per step; a history of shape (n_steps, n_assets) gives one path without the first axis.
    weights : array, shape (n_assets,)
        Shares of wealth at the start; what is missing to 1 is cash without interest.

    Returns
    -------
    array, shape (n_paths, n_steps + 1)
        The first value is 1, before the first return. Short positions can take it below 0.

    Raises
    ------
    InvalidInput
        If shapes do not fit or a value is not finite.
    """
    gains = np.expm1(np.cumsum(_checked(log_returns, weights), axis=-2, dtype=np.float64))
    profit = gains @ np.asarray(weights, dtype=np.float64)
    return np.concatenate([np.ones((*profit.shape[:-1], 1)), 1 + profit], axis=-1)


def portfolio_returns(log_returns: ArrayLike, weights: ArrayLike) -> Array:
    """Simple return per step of a portfolio brought back to its weights each step.

    Parameters
    ----------
    log_returns : array, shape (..., n_assets)
        Log returns per step.
    weights : array, shape (n_assets,) or (n_portfolios, n_assets)
        Shares of wealth.

    Returns
    -------
    array, shape (...) or (..., n_portfolios)
        ``sum_i w_i (exp(r_i) - 1)``, decimals.
    """
    return np.asarray(np.expm1(_checked(log_returns, weights)) @ np.asarray(weights, dtype=np.float64).T)


def asset_returns(log_returns: ArrayLike, n_days: int | None = None) -> Array:
    """Simple return of each asset over the first ``n_days`` (all by default), shape (n_paths, n_assets), unchecked.

    Summed in double precision, whatever the precision of the paths.
    """
    return np.asarray(np.expm1(np.asarray(log_returns)[:, :n_days].sum(axis=1, dtype=np.float64)))


def horizon_returns(log_returns: ArrayLike, weights: ArrayLike) -> Array:
    """Simple return of a buy-and-hold portfolio over all steps, shape (n_paths,)."""
    total = _checked(log_returns, weights).sum(axis=-2)
    return np.asarray(np.expm1(total) @ np.asarray(weights, dtype=np.float64))


def _checked(log_returns: ArrayLike, weights: ArrayLike) -> Array:
    returns, shares = np.asarray(log_returns, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    if returns.ndim == 0 or shares.ndim not in {1, 2} or returns.shape[-1] != shares.shape[-1]:
        raise InvalidInput(
            f"log returns of shape {returns.shape} with weights of shape {shares.shape}: the last axis of both must "
            "run over the same assets"
        )
    if not np.isfinite(shares).all() or not np.isfinite(returns).all():
        raise InvalidInput("a weight or a return is not finite: replace it before computing a portfolio")
    return returns
