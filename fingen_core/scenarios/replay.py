"""Named crises on today's weights, and shocks of one factor passed on to everything else."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from fingen_core.errors import InvalidInput
from fingen_core.market import Crisis, Market
from fingen_core.market.calendar import PeriodCalendar, trading_calendar
from fingen_core.market.quality import least_dates
from fingen_core.portfolio.values import asset_returns
from fingen_core.scenarios.bands import reach_of
from fingen_core.types import Array, Paths

__all__ = ["FEWEST_PATHS", "Replay", "Shock", "factor_shock", "replay"]

FEWEST_PATHS = 30
"""Paths that move as far, below which the model is not asked for a mean."""

_BAND = 0.25
"""Half the width, in the factor's standard deviations, of the stripe of paths that stand for a shock."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Replay:
    """One crisis as these holdings would have lived through it.

    Attributes
    ----------
    crisis : Crisis
    dates : DatetimeIndex
        Closes that were used, from the eve to the trough; of steps longer than a day they enclose the crisis.
    is_wider : bool
        Whether they are of steps longer than a day and not the crisis's own days.
    index_move : float
        Simple return of the index over the same closes, of daily prices the crisis's own; NaN where it has none.
    n_steps : int
        Steps of the market from the eve to the trough; of proxied assets as many as they would have had.
    values : array, shape (n_dates,)
        Of the portfolio, bought on the eve for 1 and held.
    moves : array, shape (n_assets,)
        Simple return of every asset.
    contributions : array, shape (n_assets,)
        Shares of the wealth on the eve; they add up to the portfolio's return.
    proxied : tuple of str
        Assets without prices of that time, moved by their beta to the index.
    betas : array, shape (n_assets,)
        Of the proxied assets; NaN where real prices were used.
    """

    crisis: Crisis
    dates: pd.DatetimeIndex
    is_wider: bool
    index_move: float
    n_steps: int
    values: Array
    moves: Array
    contributions: Array
    proxied: tuple[str, ...]
    betas: Array

    @property
    def loss(self) -> float:
        return float(1 - self.values[-1])


def replay(market: Market, weights: ArrayLike, crisis: Crisis, index: Market) -> Replay:
    """Holdings bought on the eve of a crisis and held to its trough.

    Parameters
    ----------
    market : Market
        Its prices are used where they reach back to the eve; else every asset moves by its beta to the index, step by
        step, at the dates that its own would have. Of steps longer than a day the last close is the first one on or
        after the trough: the last before it may leave the fall out.
    weights : array, shape (n_assets,)
    crisis : Crisis
    index : Market
        One series that covers the crisis, and enough of the market's dates for a beta: 250, of longer
        steps 60.

    Raises
    ------
    InvalidInput
        If neither the market nor the index covers the crisis, if no close of daily prices lies inside it, or if they
        share too few dates for a beta.
    """
    holdings = np.asarray(weights, dtype=np.float64)
    covered = market.dates[0] <= crisis.start and market.dates[-1] >= crisis.end
    if covered:
        prices = _episode(market, crisis)
        if len(prices) < 2:
            raise InvalidInput(
                f"{market.name} has no close after {crisis.start:%Y-%m-%d} and up to "
                f"{crisis.end:%Y-%m-%d}, its prices are {market.step.adjective}"
            )
        growth = prices.to_numpy() / prices.to_numpy()[0]
        dates, proxied, n_steps = pd.DatetimeIndex(prices.index), tuple[str, ...](), len(prices) - 1
        betas = np.full(market.n_assets, np.nan)
    else:
        dates, growth, betas = _by_beta(market, crisis, index)
        proxied, n_steps = market.tickers, len(dates) - 1
        if not _is_longer(market):  # a market that never rests has more days than the index
            n_steps = max(1, round(n_steps * market.step.per_year / index.step.per_year))
    is_wider = _is_longer(market) and (dates[0], dates[-1]) != (crisis.start, crisis.end)
    moves = growth[-1] - 1
    return Replay(
        crisis=crisis,
        dates=dates,
        is_wider=is_wider,
        index_move=_index_move(index, dates) if is_wider else crisis.fall,
        n_steps=n_steps,
        values=1 + (growth - 1) @ holdings,
        moves=moves,
        contributions=moves * holdings,
        proxied=proxied,
        betas=betas,
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class Shock:
    """What a move of one factor does to every asset, told in two ways.

    Attributes
    ----------
    table : DataFrame
        Columns asset, beta, by_beta, by_model, low, high (5 % and 95 % of the model's paths); decimals.
    n_paths : int
        Paths in the stripe around the shock: what ``by_model`` rests on.
    width : float
        Half the width of that stripe.
    correlation : float
        Of beta times the factor and the equal-weight portfolio, over history: how much the factor explains.
    given : array, shape (n_paths, n_assets)
        Returns of the assets on the paths of the stripe.
    beside : array, shape (n_paths,)
        How far the factor lies from the move on each.
    """

    table: pd.DataFrame
    n_paths: int
    width: float
    correlation: float
    given: Array
    beside: Array

    def mean_of(self, weights: ArrayLike) -> tuple[float, float, float]:
        """Mean return of holdings by the model, and the ends of its 90 % band; NaN where the paths are too few.

        The paths are a regression on the factor, read off at the move: Student's t on what is left beside the line.
        """
        if self.n_paths < FEWEST_PATHS:
            return float("nan"), float("nan"), float("nan")
        held = self.given @ np.asarray(weights, dtype=np.float64)
        off, center = self.beside - self.beside.mean(), float(self.beside.mean())
        slope = float(_slope(self.beside, held[:, None])[0])
        rest = held - held.mean() - slope * off
        variance = (
            float(rest @ rest) / (self.n_paths - 2) * (1 / self.n_paths + center**2 / max(float(off @ off), 1e-12))
        )
        mean, half = float(held.mean()) - slope * center, reach_of(self.n_paths - 1) * float(np.sqrt(variance))
        return mean, mean - half, mean + half


def factor_shock(market: Market, paths: Paths, factor: ArrayLike, move: float, n_days: int) -> Shock:
    """Conditional expectation of every asset's return given that a factor moves.

    Parameters
    ----------
    market : Market
        History for the betas: overlapping returns over ``n_days``.
    paths : array, shape (n_paths, n_steps, n_assets)
        Plain generated paths of at least ``n_days``.
    factor : array, shape (n_assets,)
        Holdings whose return is the factor.
    move : float
        Simple return of the factor, a decimal.
    n_days : int

    Notes
    -----
    By beta: least squares through history's mean, one slope for calm and crisis. By the model: the mean over generated
    paths whose factor lies within a quarter of its standard deviation of the move, so that a large fall may act
    otherwise than ten small ones; NaN below 30 such paths.
    """
    holdings = np.asarray(factor, dtype=np.float64)
    if not 1 <= n_days <= paths.shape[1]:
        raise InvalidInput(f"{n_days} days, but paths have {paths.shape[1]}: choose fewer")
    prices = market.prices.to_numpy()
    past = prices[n_days:] / prices[:-n_days] - 1
    driver = past @ holdings
    if not driver.std() > 0:
        raise InvalidInput("a factor that never moves has no betas: choose another")
    centered = driver - driver.mean()
    beta = centered @ (past - past.mean(axis=0)) / (centered @ centered)
    given = asset_returns(paths, n_days)
    value = given @ holdings
    width = float(_BAND * value.std())
    near = np.abs(value - move) <= width
    enough = int(near.sum()) >= FEWEST_PATHS
    low, high = np.quantile(given[near], [0.05, 0.95], axis=0) if enough else np.full((2, len(beta)), np.nan)
    # Inside the stripe paths crowd toward the mean: carry each asset the rest of the way along its own slope there.
    off = move - float(value[near].mean()) if enough else 0.0
    table = pd.DataFrame(
        {
            "asset": list(market.tickers),
            "beta": beta,
            "by_beta": past.mean(axis=0) + beta * (move - driver.mean()),
            "by_model": given[near].mean(axis=0) + off * _slope(value[near], given[near]) if enough else np.nan,
            "low": low,
            "high": high,
        }
    )
    explained = float(np.corrcoef(driver, past.mean(axis=1))[0, 1])
    return Shock(
        table=table,
        n_paths=int(near.sum()),
        width=width,
        correlation=explained,
        given=given[near],
        beside=value[near] - move,
    )


def _slope(x: Array, y: Array) -> Array:
    centered = x - x.mean()
    return np.asarray(centered @ (y - y.mean(axis=0)) / max(float(centered @ centered), 1e-12))


def _by_beta(market: Market, crisis: Crisis, index: Market) -> tuple[pd.DatetimeIndex, Array, Array]:
    """Growth of every asset had it moved by its beta to the index, from the eve to the trough."""
    if index.dates[0] > crisis.start or index.dates[-1] < crisis.end:
        raise InvalidInput(
            f"neither {market.name} nor {index.name} has prices from {crisis.start:%Y-%m-%d} to {crisis.end:%Y-%m-%d}"
        )
    betas = _betas(market, index)
    episode = _index_around(index, market, crisis)
    moves = episode.pct_change().fillna(0.0).to_numpy()
    growth = np.cumprod(1 + np.maximum(moves[:, None] * betas, -0.99), axis=0)
    return pd.DatetimeIndex(episode.index), growth, betas


def _index_around(index: Market, market: Market, crisis: Crisis) -> pd.Series:
    """Levels of the index from the eve to the trough: its days, of longer steps the market's own dates around them.

    A beta of months says nothing of days.
    """
    calendar = trading_calendar(market.dates, market.step)
    if not isinstance(calendar, PeriodCalendar):
        return _episode(index, crisis).iloc[:, 0]
    near = market.dates[0] if crisis.start < market.dates[0] else market.dates[-1]
    dates = calendar.around(near, crisis.start, crisis.end)
    levels = _index_at(index, market, dates)
    if len(levels) < len(dates):
        raise InvalidInput(
            f"neither {market.name} nor {index.name} has {market.step.adjective} closes around {crisis.start:%Y-%m-%d} "
            f"to {crisis.end:%Y-%m-%d}"
        )
    return levels


def _betas(market: Market, index: Market) -> Array:
    """Slopes of the assets' returns on those of the index, over the dates of the market."""
    driver = _index_at(index, market, pd.DatetimeIndex(market.prices.index))
    fewest = least_dates(market.step)
    if len(driver) <= fewest:
        raise InvalidInput(
            f"{market.name} and {index.name} share {len(driver)} dates, but a beta needs {fewest}: fetch an earlier "
            "start"
        )
    returns = market.prices.loc[driver.index].pct_change().to_numpy()[1:]
    return _slope(driver.pct_change().to_numpy()[1:], returns)


def _index_at(index: Market, market: Market, dates: pd.DatetimeIndex) -> pd.Series:
    """Levels of the index at dates of the market; a month that ends on a Sunday has the close of Friday."""
    levels = index.prices.iloc[:, 0]
    if not _is_longer(market):
        return levels.loc[dates.intersection(levels.index)]
    oldest = pd.Timedelta(days=365.25 / market.step.per_year)
    return levels.reindex(dates, method="ffill", tolerance=oldest).dropna()


def _episode(market: Market, crisis: Crisis) -> pd.DataFrame:
    """Prices from the last close on or before the eve to the trough, or to the first close that has it behind."""
    dates = market.prices.index
    first = int(dates.searchsorted(crisis.start, side="right")) - 1
    if _is_longer(market):
        stop = int(dates.searchsorted(crisis.end, side="left")) + 1
    else:
        stop = int(dates.searchsorted(crisis.end, side="right"))
    return market.prices.iloc[first:stop]


def _is_longer(market: Market) -> bool:
    return market.step.unit != "day" or market.step.count > 1


def _index_move(index: Market, dates: pd.DatetimeIndex) -> float:
    """Simple return of the index from the first to the last of these dates; NaN where it does not reach."""
    if index.dates[0] > dates[0] or index.dates[-1] < dates[-1]:
        return float("nan")
    first, last = index.prices.iloc[:, 0].asof(pd.DatetimeIndex([dates[0], dates[-1]]))
    return float(last / first - 1)
