"""Small markets and judgements that the tests of validation share."""

import dataclasses
from functools import partial

import numpy as np
import pandas as pd
from scipy.stats import norm

from fingen_core.forecast.walk_forward import Forecasts
from fingen_core.market import Market, Source
from fingen_core.metrics.long_run import portrait as portrait_of
from fingen_core.metrics.novelty import Novelty
from fingen_core.metrics.validation import TAILS
from fingen_core.portfolio.weights import evaluation_portfolios
from fingen_core.validation.judged import Judged, Reference
from fingen_core.validation.protocol import Protocol

portrait = partial(portrait_of, year=252)

FIT_UNTIL = "2012-06-29"


def market_of(log_returns: np.ndarray, name: str = "Toy") -> Market:
    dates = pd.bdate_range("2009-06-01", periods=len(log_returns) + 1)
    prices = 50 * np.exp(np.vstack([np.zeros(log_returns.shape[1]), np.cumsum(log_returns, axis=0)]))
    tickers = [f"A{i}" for i in range(prices.shape[1])]
    return Market(pd.DataFrame(prices, dates, tickers), Source(kind="upload"), name)


def toy_market(n_days: int = 1200, n_assets: int = 3, seed: int = 0) -> Market:
    """Volatility that swings slowly, assets that share a factor."""
    rng = np.random.default_rng(seed)
    volatility = 0.01 * np.exp(0.5 * np.sin(np.arange(n_days) / 40))[:, None]
    own, shared = rng.standard_normal((n_days, n_assets)), rng.standard_normal((n_days, 1))
    return market_of(volatility * (own + shared))


def small(fit_until: str = FIT_UNTIL, **changes: object) -> Protocol:
    """A protocol of a second or less."""
    values = {"n_paths": 200, "max_days": 60, "max_windows": 30, "n_paths_long": 40, "n_starts": 8}
    return Protocol(fit_until=fit_until, **(values | changes))


def gaussian(
    believed: np.ndarray, *, true: np.ndarray, n_assets: int = 2, horizon: int = 1, stride: int = 1, seed: int = 2
) -> Forecasts:
    """Forecasts of somebody who believes in normal returns with these volatilities (n_days,); the truth has others.

    All portfolios share one return, so that every group tells the same.
    """
    rng = np.random.default_rng(seed)
    names = tuple(evaluation_portfolios([f"A{i}" for i in range(n_assets)]).index)
    y = np.repeat((true * rng.standard_normal(len(true)))[:, None], len(names), axis=1)
    tails = np.array(TAILS)
    var, es = -norm.ppf(tails), norm.pdf(norm.ppf(tails)) / tails
    scale = np.repeat(believed[:, None], len(names), axis=1)
    z = y / scale
    crps = scale * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))
    return Forecasts(
        dates=pd.bdate_range("2013-01-01", periods=len(true), name="date"),
        portfolios=names,
        realized=y,
        value_at_risk=scale[..., None] * var,
        expected_shortfall=scale[..., None] * es,
        crps=crps,
        pit=norm.cdf(z),
        energy=crps[:, 0],
        horizon=horizon,
        stride=stride,
    )


def judged_of(judged: Judged, **changes: object) -> Judged:
    """The same with some parts exchanged."""
    return dataclasses.replace(judged, **changes)


def portrayed(judged: Judged, paths: np.ndarray, reference: Reference) -> Judged:
    """The same with the portrait of other paths."""
    return judged_of(judged, portrait=portrait(paths, like=reference.portrait))


def novelty_of(generated: np.ndarray, real: np.ndarray) -> Novelty:
    """Distances as given; the closest windows are empty ones."""
    nothing = np.zeros((21, 2))
    return Novelty(
        window=21,
        generated=np.sort(generated),
        real=np.sort(real),
        closest_generated=nothing,
        closest_real=nothing,
        closest_distance=float(generated.min()),
        closest_start=0,
        closest_date="2009-06-01",
    )
