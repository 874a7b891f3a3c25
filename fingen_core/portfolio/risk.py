"""What a portfolio may lose over several horizons, how sure that is, and which asset brings how much of it.

Everything here takes the gains of the assets at a horizon, whoever drew them: a model, a rival, or history's windows.
Losses are positive; shares are of the value at the start.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from fingen_core.errors import InvalidInput
from fingen_core.market.step import Step
from fingen_core.metrics.resampling import block_days, percentile_band, resampled_rows
from fingen_core.metrics.risk import tail_counts, tail_of_sorted
from fingen_core.portfolio.values import asset_returns
from fingen_core.types import Array

__all__ = [
    "LEVELS",
    "Gains",
    "Kind",
    "euler_shortfall",
    "gains_at",
    "hitting_probability",
    "risk_horizons",
    "risk_table",
    "tail_bands",
]

Kind: TypeAlias = Literal["generated", "history", "rival"]
LEVELS = (0.95, 0.975, 0.99)

_TAIL_NEEDS = 1.0  # independent outcomes that the tail must hold for a band to mean anything


@dataclass(frozen=True, eq=False, kw_only=True)
class Gains:
    """Gains of every asset over some horizons, from one source.

    Attributes
    ----------
    label : str
        Whose, for people.
    kind : {"generated", "history", "rival"}
    over : mapping
        Horizon in steps to simple returns, shape (n_outcomes, n_assets). Of history in the order of time.
    overlapping : bool
        Whether outcomes are windows that share days; else they are independent.
    note : str
        The sample in words.
    cluster : int
        Outcomes that bad times last, about a month: blocks of windows hold at least that much beside their overlap.
    """

    label: str
    kind: Kind
    over: dict[int, Array]
    cluster: int
    overlapping: bool = False
    note: str = ""

    def returns(self, horizon: int, weights: ArrayLike) -> Array:
        """Simple return of a buy-and-hold portfolio, shape (n_outcomes,)."""
        return np.asarray(self.over[horizon] @ np.asarray(weights, dtype=np.float64))

    def mean_block(self, horizon: int) -> float:
        """Length of the blocks by which outcomes are resampled: the overlap and a cluster, 1 if independent."""
        return float(horizon + self.cluster) if self.overlapping else 1.0


def risk_horizons(step: Step) -> tuple[int, ...]:
    """Steps over which losses are measured: 1, 10, 21 and 63 days, and what comes near where steps are longer."""
    usual = step.horizons("step", "fortnight", "month", "quarter")
    return usual if len(usual) > 2 else step.horizons("step", "month", "quarter", "half-year", "year")


def gains_at(log_returns: ArrayLike, horizons: Sequence[int]) -> dict[int, Array]:
    """Simple returns of each asset over the first days of every path.

    Parameters
    ----------
    log_returns : array, shape (n_paths, n_steps, n_assets)
    horizons : sequence of int
        Those longer than the paths are left out.

    Returns
    -------
    mapping of int to array, shape (n_paths, n_assets)
    """
    paths = np.asarray(log_returns)
    if paths.ndim != 3:
        raise InvalidInput(f"log returns of shape {paths.shape}: need (n_paths, n_steps, n_assets)")
    fitting = [days for days in horizons if days <= paths.shape[1]]
    return {days: asset_returns(paths, days) for days in fitting}


def tail_bands(
    returns: ArrayLike,
    levels: Sequence[float] = LEVELS,
    *,
    mean_block: float = 1.0,
    confidence: float = 0.9,
    n_resamples: int = 200,
    seed: int = 0,
) -> pd.DataFrame:
    """Value at risk and expected shortfall at several levels, with bands from one set of resamples.

    Parameters
    ----------
    returns : array, shape (n_outcomes,)
        Simple returns of one portfolio over one horizon; in the order of time if ``mean_block`` is above 1.
    levels : sequence of float in (0, 1)
    mean_block : float
        Mean length of the blocks that are resampled together: 1 for independent paths, for overlapping windows the
        overlap and a month.
    confidence, n_resamples, seed
        Of the percentile bootstrap.

    Returns
    -------
    DataFrame
        A row per measure and level: measure ("VaR", "ES"), level, estimate, low, high; decimals, positive for a loss.
        Bands are NaN where the tail holds less than one independent outcome: none is better than a wrong one.

    Notes
    -----
    Percentile bootstrap (Efron 1979), for blocks the stationary one (Politis and Romano 1994). Estimates are those of
    ``metrics.risk.value_at_risk`` and ``expected_shortfall``.
    """
    sample = np.asarray(returns, dtype=np.float64)
    if sample.ndim != 1 or not len(sample) or not np.isfinite(sample).all():
        raise InvalidInput(f"returns of shape {sample.shape}: need finite outcomes of one portfolio, at least one")
    n = len(sample)
    rows = resampled_rows(n, n_resamples, mean_block, np.random.default_rng(seed))
    resampled, worst_first = np.sort(sample[rows], axis=0), np.sort(sample)
    found = []
    for level in levels:
        if not 0 < level < 1:
            raise InvalidInput(f"level {level}: a confidence level lies inside (0, 1), for instance 0.99")
        estimates, spread = tail_of_sorted(worst_first, 1 - level), tail_of_sorted(resampled, 1 - level)
        told = n / mean_block * (1 - level) >= _TAIL_NEEDS
        for measure, estimate, drawn in zip(("VaR", "ES"), estimates, spread, strict=True):
            low, high = percentile_band(-drawn, confidence) if told else (np.nan, np.nan)
            found.append((measure, level, -float(estimate), float(low), float(high)))
    return pd.DataFrame(found, columns=["measure", "level", "estimate", "low", "high"])


def risk_table(
    sources: Sequence[Gains], weights: ArrayLike, levels: Sequence[float] = LEVELS, *, n_resamples: int = 200
) -> pd.DataFrame:
    """Value at risk and expected shortfall of a portfolio from every source, over every horizon, at every level.

    Returns
    -------
    DataFrame
        Columns source, kind, horizon, measure, level, estimate, low, high, outcomes; 90 % bands.
    """
    parts = []
    for source in sources:
        for horizon in source.over:
            returns = source.returns(horizon, weights)
            table = tail_bands(returns, levels, mean_block=source.mean_block(horizon), n_resamples=n_resamples)
            table.insert(0, "horizon", horizon)
            table.insert(0, "kind", source.kind)
            table.insert(0, "source", source.label)
            parts.append(table.assign(outcomes=len(returns)))
    return pd.concat(parts, ignore_index=True)


def euler_shortfall(gains: ArrayLike, weights: ArrayLike, level: float) -> Array:
    """What each asset contributes to expected shortfall.

    Parameters
    ----------
    gains : array, shape (n_outcomes, n_assets)
        Simple returns over the horizon.
    weights : array, shape (n_assets,)
        Shares of the value at the start; cash contributes nothing.
    level : float in (0, 1)

    Returns
    -------
    array, shape (n_assets,)
        Mean loss of each position over the outcomes that are the portfolio's worst ``1 - level``, the last one counted
        by its fraction; negative where a position hedges. The sum is the expected shortfall.

    Notes
    -----
    Expected shortfall is homogeneous of degree one in the positions, so by Euler's theorem it is the sum of weight
    times derivative, and the derivative is the asset's mean loss in the portfolio's tail: Tasche (1999), "Risk
    contributions and performance measurement".
    """
    profits = np.asarray(gains, dtype=np.float64) * np.asarray(weights, dtype=np.float64)
    if not 0 < level < 1:
        raise InvalidInput(f"level {level}: a confidence level lies inside (0, 1), for instance 0.975")
    order = np.argsort(profits.sum(axis=1), kind="stable")
    counted = tail_counts(len(order), 1 - level)
    return np.asarray(-(counted @ profits[order[: len(counted)]]) / counted.sum())


def hitting_probability(
    values: ArrayLike,
    limit: float,
    *,
    mean_block: float = 1.0,
    confidence: float = 0.9,
    n_resamples: int = 200,
    seed: int = 0,
) -> pd.DataFrame:
    """Chance that a loss limit is hit on or before each day.

    Parameters
    ----------
    values : array, shape (n_paths, n_steps + 1)
        Value of the portfolio along each path, from 1; of history in the order of time.
    limit : float in (0, 1)
        Share of the value at the start whose loss counts.
    mean_block : float
        As of ``tail_bands``.

    Returns
    -------
    DataFrame
        A row per day from 0: day, estimate, low, high.

    Notes
    -----
    A path that recovers has hit the limit all the same: its lowest value so far decides. Watched at closes only, so a
    limit that is watched during the day is hit more often.
    """
    if not 0 < limit < 1:
        raise InvalidInput(f"loss limit {limit}: choose a share inside (0, 1), for instance 0.1 for 10 %")
    paths = np.asarray(values, dtype=np.float64)
    hit = np.minimum.accumulate(paths, axis=1) <= 1 - limit + 1e-12
    n, generator = len(hit), np.random.default_rng(seed)
    if mean_block == 1:
        counts = generator.multinomial(n, np.full(n, 1 / n), size=n_resamples)
    else:
        rows = block_days(n, n_resamples, n, mean_block, generator)
        counts = np.stack([np.bincount(row, minlength=n) for row in rows])
    drawn = counts @ hit.astype(np.float64) / n
    low, high = percentile_band(drawn, confidence)
    return pd.DataFrame({"day": np.arange(hit.shape[1]), "estimate": hit.mean(axis=0), "low": low, "high": high})
