"""What a condition does: the same generator asked with it and without, in a few figures with their error."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from fingen_core.portfolio.values import portfolio_values
from fingen_core.scenarios.outcomes import correlation
from fingen_core.scenarios.scenarios import Scenarios
from fingen_core.scenarios.severity import horizon_losses, worst_share
from fingen_core.types import Array

__all__ = ["MEASURES", "effect_table", "effect_words", "plausibility"]

MEASURES = ("Volatility a year", "Mean loss", "Loss of the worst 5 %", "Correlation")
"""Rows of the table; the losses are over the horizon, the correlation is the mean over pairs of assets."""

_BATCHES = 10


def effect_table(asked: Scenarios, plain: Scenarios, weights: ArrayLike, steps_per_year: float) -> pd.DataFrame:
    """Figures of paths drawn with a condition and without.

    Parameters
    ----------
    asked, plain : Scenarios
        Of the same assets.
    weights : array, shape (n_assets,)
        Of the portfolio whose volatility and losses are measured; bought at the start and held.
    steps_per_year : float

    Returns
    -------
    DataFrame
        Rows ``MEASURES``; columns with, without, difference and error, in decimals. Correlation is left out where there
        is one asset only.

    Notes
    -----
    The error is the standard error of the difference, from ten batches of paths: differences within twice of it may be
    luck.
    """
    pairs = [_batches(scenarios, np.asarray(weights, dtype=np.float64), steps_per_year) for scenarios in (asked, plain)]
    (whole, parts), (other, other_parts) = pairs
    spread = np.sqrt((parts.var(axis=0, ddof=1) + other_parts.var(axis=0, ddof=1)) / _BATCHES)
    table = pd.DataFrame(
        {"with": whole, "without": other, "difference": whole - other, "error": spread}, index=pd.Index(MEASURES)
    )
    return table if len(asked.tickers) > 1 else table.drop(index="Correlation")


def effect_words(table: pd.DataFrame) -> str:
    """The table in a sentence: what the condition moves by more than luck."""
    words = {
        "Volatility a year": ("wider", "narrower"),
        "Mean loss": ("worse on average", "better on average"),
        "Correlation": ("more alike across assets", "less alike across assets"),
    }
    clear = table[table["difference"].abs() > 2 * table["error"]]
    moved = [words[name][int(row["difference"] < 0)] for name, row in clear.iterrows() if name in words]
    if not moved:
        return "Asked for, it makes no difference that these paths could tell from luck."
    return f"Asked for, it makes the paths {', '.join(moved[:-1])}{' and ' if len(moved) > 1 else ''}{moved[-1]}."


def plausibility(asked: Scenarios, plain: Scenarios, weights: ArrayLike) -> str:
    """How often the paths without are as bad as those with: the share that loses what those lose on average."""
    losses = [horizon_losses(portfolio_values(drawn.log_returns, weights)) for drawn in (asked, plain)]
    share = float((losses[1] >= losses[0].mean()).mean())
    if not share:
        return f"None of the {plain.n_paths:,} paths without loses what these lose on average."
    return f"Of the paths without, {share * 100:.2g} % lose what these lose on average, or more."


def _batches(scenarios: Scenarios, weights: Array, steps_per_year: float) -> tuple[Array, Array]:
    """Figures of all paths, and of ten batches of them, shape (10, n_measures)."""
    rows = np.array_split(np.arange(scenarios.n_paths), _BATCHES)
    parts = [_figures(scenarios.log_returns[part], weights, steps_per_year) for part in rows if len(part)]
    return _figures(scenarios.log_returns, weights, steps_per_year), np.array(parts)


def _figures(log_returns: ArrayLike, weights: Array, steps_per_year: float) -> Array:
    paths = np.asarray(log_returns)
    values = portfolio_values(paths, weights)
    losses = horizon_losses(values)
    moves = np.diff(np.log(values), axis=1)
    together = correlation(paths)
    n_assets = paths.shape[2]
    pairs = together[np.triu_indices(n_assets, 1)].mean() if n_assets > 1 else 1.0
    volatility = np.sqrt((moves**2).mean() * steps_per_year)
    return np.array([volatility, losses.mean(), worst_share(losses, 0.05).mean(losses), pairs])
