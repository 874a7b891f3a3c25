"""Can forecasts be believed? Bands that hold as much as they promise, scores beside rivals, and what is predictable.

Two claims are kept apart that are often mixed up: which way a return goes (does the median of the forecast rank
outcomes?) and how far it goes (does the width of the forecast rank their sizes?).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import kstest, rankdata

from fingen_core.backtests import diebold_mariano, newey_west_lags, standard_error
from fingen_core.errors import InvalidInput
from fingen_core.forecast.outlook import BANDS
from fingen_core.forecast.walk_forward import Forecasts
from fingen_core.metrics.resampling import block_days
from fingen_core.metrics.validation import QUANTILES, TAILS
from fingen_core.types import Array

__all__ = ["COLUMNS", "RankCorrelation", "calibration", "foreseeable", "rank_correlation"]

COLUMNS = ("generator", "horizon", "group", "measure", "value", "error", "t", "n")
"""Columns of the tidy table of ``calibration``."""

_LEAST = 20
_BLOCK = 21  # forecasts whose errors are resampled together


@dataclass(frozen=True, kw_only=True)
class RankCorrelation:
    """Spearman's rank correlation, the standard error of resampling whole blocks of days, and the days."""

    value: float
    error: float
    n: int


def calibration(
    forecasts: Mapping[str, Forecasts], *, against: str = "", group: str = "equal weight", n_resamples: int = 200
) -> pd.DataFrame:
    """How well forecasts of several generators were calibrated, as a tidy table.

    Parameters
    ----------
    forecasts : mapping
        Of the same days, by the generator's key.
    against : str
        Key of the generator that the others are compared with by Diebold-Mariano.
    group : str
        A portfolio of the forecasts, or "all".
    n_resamples : int
        Of blocks of days, for the errors of rank correlations.

    Returns
    -------
    DataFrame
        ``COLUMNS``. Measures: ``crps``, ``pinball`` (mean over the tails at 1, 2.5 and 5 %) and ``pinball_all`` (mean
        over all stored quantiles), in percent, lower is better, ``t`` against ``against`` (negative: this one is
        better); ``coverage_50``, ``_80``, ``_95``: share of outcomes inside the central bands; ``pit_p``: p-value of
        Kolmogorov and Smirnov that ranks are uniform (one portfolio only); ``direction``: rank correlation of the
        median with the return; ``dispersion``: of the width of the band with the size of the return. ``error`` is a
        standard error that knows about overlapping and clustered days.

    Notes
    -----
    The central band of share ``c`` holds an outcome where ``|PIT - 1/2| <= c / 2``, so coverage needs no stored bands.
    Where a forecast has no stored quantiles (those of earlier versions), ``direction`` and ``pinball_all`` are left out
    and its value at risk at 5 % stands for the width.
    """
    if against and against not in forecasts:
        raise InvalidInput(f"compared with {against!r}: choose among {', '.join(forecasts)}")
    found = []
    for key, made in forecasts.items():
        rival = forecasts[against] if against and key != against else None
        if rival is not None and not (made.dates.equals(rival.dates) and made.portfolios == rival.portfolios):
            rival = None
        rows = [*_scores(made, rival, group), *_coverage(made, group), *_predictable(made, group, n_resamples)]
        found += [{"generator": key, "horizon": made.horizon, "group": group, **row} for row in rows]
    return pd.DataFrame(found, columns=list(COLUMNS)).astype(dict.fromkeys(("value", "error", "t"), np.float64))


def foreseeable(returns: ArrayLike, horizon: int, *, block: int) -> dict[str, RankCorrelation]:
    """What history alone let one foresee, with the plainest of forecasts, over stretches that do not overlap.

    Parameters
    ----------
    returns : array, shape (n_days,)
        Log returns of one asset or portfolio.
    horizon : int
        Steps of a stretch.
    block : int
        Steps before it that are looked at: a month.

    Returns
    -------
    dict
        ``direction``: the return of the last ``block`` steps beside that of the stretch that follows; ``dispersion``:
        their volatility beside the size of what follows. Empty with fewer than 20 stretches.
    """
    series = np.asarray(returns, dtype=np.float64)
    total, squares = (np.concatenate([[0.0], np.cumsum(values)]) for values in (series, series**2))
    starts = np.arange(block, len(series) - horizon + 1, horizon)
    if len(starts) < _LEAST:
        return {}
    before, after = total[starts] - total[starts - block], total[starts + horizon] - total[starts]
    volatility = squares[starts] - squares[starts - block]
    mean_block = max(2.0, block / horizon)
    return {
        "direction": rank_correlation(before, after, mean_block=mean_block),
        "dispersion": rank_correlation(volatility, np.abs(after), mean_block=mean_block),
    }


def rank_correlation(
    first: ArrayLike, second: ArrayLike, *, mean_block: float = _BLOCK, n_resamples: int = 200, seed: int = 0
) -> RankCorrelation:
    """Spearman's rank correlation, mean over columns, of series whose neighbors are related.

    Parameters
    ----------
    first, second : array, shape (n_days,) or (n_days, n_columns)
    mean_block : float
        Days of a block that is resampled whole, on average.

    Notes
    -----
    Ranks are taken once; the error is the standard deviation of the correlation of resampled ranks over stationary
    bootstraps (Politis and Romano 1994), the same days for all columns. A column that never changes counts as 0.
    """
    a, b = (np.asarray(x, dtype=np.float64).reshape(len(np.asarray(x)), -1) for x in (first, second))
    if a.shape != b.shape or len(a) < _LEAST or not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise InvalidInput(
            f"series of shapes {a.shape} and {b.shape}: give finite ones of the same {_LEAST} days or more"
        )
    ranks = rankdata(a, axis=0), rankdata(b, axis=0)
    days = block_days(len(a), n_resamples, len(a), mean_block, np.random.default_rng(seed))
    drawn = [_correlation(ranks[0][rows], ranks[1][rows]) for rows in days]
    return RankCorrelation(value=_correlation(*ranks), error=float(np.std(drawn, ddof=1)), n=len(a))


def _correlation(a: Array, b: Array) -> float:
    """Pearson correlation, mean over columns."""
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    scale = np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0))
    products = (a * b).sum(axis=0)
    return float(np.divide(products, scale, out=np.zeros_like(products), where=scale > 0).mean())


def _scores(forecasts: Forecasts, rival: Forecasts | None, group: str) -> list[dict[str, Any]]:
    ours = _daily(forecasts, group)
    theirs = _daily(rival, group) if rival is not None else {}
    n, rows = len(forecasts.dates), []
    lags = _lags(forecasts)
    for name, daily in ours.items():
        row = {"measure": name, "value": float(daily.mean()), "n": n}
        if n >= _LEAST:
            row["error"] = standard_error(daily, lags)
            if name in theirs:
                row["t"] = diebold_mariano(daily, theirs[name], lags=lags).t
        rows.append(row)
    return rows


def _daily(forecasts: Forecasts, group: str) -> dict[str, Array]:
    """Scores of each day, mean over the group, of returns in percent."""
    columns = forecasts.rows(group)
    found = {
        "crps": 100 * forecasts.crps[:, columns].mean(axis=1),
        "pinball": forecasts.pinball()[:, columns].mean(axis=(1, 2)),
    }
    if forecasts.quantiles is not None:
        quantiles, y = forecasts.quantiles[:, columns].astype(np.float64), forecasts.realized[:, columns, None]
        lost = ((y < quantiles) - np.array(QUANTILES)) * (quantiles - y)
        found["pinball_all"] = 100 * lost.mean(axis=(1, 2))
    return found


def _coverage(forecasts: Forecasts, group: str) -> list[dict[str, Any]]:
    pit = forecasts.pit[:, forecasts.rows(group)]
    rows: list[dict[str, Any]] = []
    for share in BANDS:
        inside = (np.abs(pit - 0.5) <= share / 2).mean(axis=1)
        row = {"measure": f"coverage_{share * 100:g}", "value": float(inside.mean()), "n": len(pit)}
        if len(pit) >= _LEAST:
            row["error"] = standard_error(inside, _lags(forecasts))
        rows.append(row)
    apart = pit[:: forecasts.overlap]
    if pit.shape[1] == 1 and len(apart) >= _LEAST:
        rows.append({"measure": "pit_p", "value": float(kstest(apart[:, 0], "uniform").pvalue), "n": len(apart)})
    return rows


def _predictable(forecasts: Forecasts, group: str, n_resamples: int) -> list[dict[str, Any]]:
    if len(forecasts.dates) < _LEAST:
        return []
    columns = forecasts.rows(group)
    came, width = forecasts.realized[:, columns], forecasts.value_at_risk[:, columns, TAILS.index(0.05)]
    pairs = {}
    if forecasts.quantiles is not None:
        quantiles = forecasts.quantiles[:, columns]
        width = quantiles[..., QUANTILES.index(0.9)] - quantiles[..., QUANTILES.index(0.1)]
        pairs["direction"] = quantiles[..., QUANTILES.index(0.5)], came
    pairs["dispersion"] = width, np.abs(came)
    block = max(2.0, _BLOCK / forecasts.stride)
    found = {name: rank_correlation(*pair, mean_block=block, n_resamples=n_resamples) for name, pair in pairs.items()}
    return [{"measure": name, "value": one.value, "error": one.error, "n": one.n} for name, one in found.items()]


def _lags(forecasts: Forecasts) -> int:
    return min(max(newey_west_lags(len(forecasts.dates)), forecasts.overlap), max(0, len(forecasts.dates) - 2))
