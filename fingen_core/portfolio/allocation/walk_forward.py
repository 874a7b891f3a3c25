"""Were generated scenarios worth it? Weights refitted year by year on both, held through days that neither had seen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from fingen_core.errors import InvalidInput, Stopped
from fingen_core.market import Market, Step
from fingen_core.metrics.resampling import block_days
from fingen_core.metrics.risk import annualized_volatility, expected_shortfall
from fingen_core.portfolio.allocation.limits import Limits
from fingen_core.portfolio.allocation.methods import METHODS, allocate
from fingen_core.portfolio.strategies.backtest import backtest
from fingen_core.portfolio.strategies.measures import sharpe_ratio
from fingen_core.portfolio.strategies.past import Past
from fingen_core.portfolio.strategies.rule import Rule
from fingen_core.portfolio.strategies.settings import Trading
from fingen_core.portfolio.weights import equal_weights
from fingen_core.types import Array

__all__ = ["JUDGED", "SOURCES", "Verdict", "Walk", "judge", "walk_forward"]

SOURCES = ("Generated", "History", "Equal weight")
"""Where weights come from, in the order of the results."""

JUDGED = {
    "volatility": "volatility a year",
    "shortfall": "mean loss of the worst 1 in 20 days",
    "ratio": "Sharpe ratio",
}

_N_RESAMPLES = 500


@dataclass(frozen=True, eq=False, kw_only=True)
class Walk:
    """What became of weights that were chosen year by year.

    Attributes
    ----------
    dates : DatetimeIndex
        Of the values, length n_days + 1.
    values : mapping
        Wealth over capital by source, each of shape (n_days + 1,), after costs.
    weights : mapping
        By source, shape (n_refits, n_assets), held after each refit.
    refits : DatetimeIndex
        The closes at which weights were chosen.
    turnover : mapping
        Amounts traded over the capital, by source.
    """

    dates: pd.DatetimeIndex
    values: Mapping[str, Array]
    weights: Mapping[str, Array]
    refits: pd.DatetimeIndex
    turnover: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Generated against history by what the method aims at.

    Attributes
    ----------
    measure : str
    generated, history : float
    low, high : float
        90 % band of generated less history, from days resampled in blocks of a month.
    wins : {"generated", "history", "neither"}
        Who is better beyond the band.
    """

    measure: str
    generated: float
    history: float
    low: float
    high: float
    wins: str


@dataclass(frozen=True, kw_only=True)
class _Schedule(Rule):
    """Weights that were chosen at each rebalancing day, known since that day."""

    label: ClassVar[str] = "Schedule"
    table: Array = field(repr=False, compare=False)
    every: int

    def weights(self, past: Past) -> Array:
        return np.broadcast_to(self.table[past.day // self.every], (past.n_paths, past.n_assets))


def walk_forward(
    market: Market,
    generated: Callable[[pd.DataFrame, str, Limits], Array],
    method: str,
    limits: Limits,
    *,
    start: str | pd.Timestamp,
    horizon: int,
    trading: Trading | None = None,
    most_turnover: float = 1.0,
    on_progress: Callable[[int, int], object] = lambda *_: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Walk:
    """Choose weights at ``start`` and then once a year, from history and from a generator, and hold them.

    Parameters
    ----------
    market : Market
        The whole history; only days up to a refit are given to whoever chooses.
    generated : callable
        ``generated(daily_returns, method, limits)``: weights from scenarios. It sees the same days as history does.
    method : str
        One of ``METHODS``.
    limits : Limits
    start : date
        Close of the first choice.
    horizon : int
        Steps that history's scenarios span: overlapping windows.
    trading : Trading
        Costs; weights are traded every ``trading.every`` steps, by default once a year.
    most_turnover : float
        Largest share of a portfolio that may be exchanged at a refit, decimals: what is held then moves towards what
        was chosen only as far as this allows. The first choice is bought whole.
    on_progress : callable
        Refits that are done, and how many there are.
    should_stop : callable

    Raises
    ------
    InvalidInput
        If fewer than two years are left before or after the start.
    Stopped
        If somebody asked for it.
    """
    step = market.step
    terms = trading or Trading(every=step.year)
    first = int(market.dates.searchsorted(pd.Timestamp(start), side="right")) - 1
    n_days = market.n_steps - first
    if first < (least := 2 * step.year) or n_days < terms.every:
        raise InvalidInput(
            f"a walk from {pd.Timestamp(start):%Y-%m-%d} has {step.words(max(first, 0))} before and "
            f"{max(n_days, 0):,} after it: it needs {least} and {terms.every}; choose another start or a longer market"
        )
    logs = market.log_returns()
    rows = range(first, market.n_steps, terms.every)
    chosen: dict[str, list[Array]] = {name: [] for name in SOURCES}
    for at, row in enumerate(rows):
        if should_stop():
            raise Stopped("the walk through history was stopped")
        on_progress(at, len(rows))
        known = pd.DataFrame(np.expm1(logs[:row]), market.return_dates[:row], list(market.tickers))
        chosen["Generated"].append(generated(known, method, limits))
        chosen["History"].append(allocate(method, _windows(logs[:row], horizon), market.tickers, limits))
        chosen["Equal weight"].append(equal_weights(market.n_assets))
    on_progress(len(rows), len(rows))
    closes = market.prices.to_numpy()[list(rows)]
    weights = {name: _slowly(np.array(tables), closes, most_turnover) for name, tables in chosen.items()}
    tested = {
        name: backtest(
            _Schedule(table=table, every=terms.every),
            logs[first:],
            before=market.prices.to_numpy()[: first + 1],
            base=equal_weights(market.n_assets),
            steps_per_year=step.per_year,
            trading=terms,
        )
        for name, table in weights.items()
    }
    return Walk(
        dates=market.dates[first:],
        values={name: one.values[0] for name, one in tested.items()},
        weights=weights,
        refits=market.dates[list(rows)],
        turnover={name: float(one.turnover[0]) for name, one in tested.items()},
    )


def judge(walk: Walk, method: str, *, step: Step, seed: int = 0) -> Verdict:
    """Whether generated scenarios beat history's by what the method aims at.

    Less is better for volatility and shortfall, more for the ratio. A difference counts when its 90 % band, from days
    of both resampled together in blocks of a month, leaves out 0. ``step`` is that of the market that was walked.
    """
    measure = METHODS[method].judged_by
    returns = np.array([walk.values[name][1:] / walk.values[name][:-1] - 1 for name in SOURCES[:2]])
    rng = np.random.default_rng(seed)
    rows = block_days(returns.shape[1], _N_RESAMPLES, returns.shape[1], step.stretch, rng)
    differences = [float(np.subtract(*_measured(returns[:, picked], measure, step.per_year))) for picked in rows]
    low, high = np.quantile(differences, [0.05, 0.95])
    generated, history = (float(value) for value in _measured(returns, measure, step.per_year))
    better = (high < 0, low > 0) if measure != "ratio" else (low > 0, high < 0)
    wins = "generated" if better[0] else "history" if better[1] else "neither"
    return Verdict(measure=measure, generated=generated, history=history, low=float(low), high=float(high), wins=wins)


def _measured(returns: Array, measure: str, steps_per_year: float) -> Array:
    if measure == "shortfall":
        return np.asarray(expected_shortfall(returns.T, 0.95))
    if measure == "volatility":
        return np.asarray(annualized_volatility(returns, steps_per_year, axis=1))
    return sharpe_ratio(returns, steps_per_year)


def _slowly(chosen: Array, closes: Array, most: float) -> Array:
    """Weights after each refit, shape (n_refits, n_assets), when at most ``most`` of a portfolio is exchanged at once.

    ``closes`` are the prices at the refits: weights drift from one to the next.
    """
    if most >= 1:
        return chosen
    held = [chosen[0]]
    for target, grown in zip(chosen[1:], closes[1:] / closes[:-1], strict=True):
        drifted = held[-1] * grown / (held[-1] @ grown)
        exchanged = 0.5 * float(np.abs(target - drifted).sum())
        held.append(drifted + min(1.0, most / max(exchanged, most)) * (target - drifted))
    return np.array(held)


def _windows(logs: ArrayLike, horizon: int) -> Array:
    """Simple returns over every window of ``horizon`` days."""
    total = np.concatenate([np.zeros((1, np.shape(logs)[1])), np.cumsum(logs, axis=0)])
    return np.asarray(np.expm1(total[horizon:] - total[:-horizon]))
