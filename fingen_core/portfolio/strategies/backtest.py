"""One backtester for one history and for ten thousand generated paths.

A day passes in this order::

    close of day t   the rule sees prices and its own wealth up to here, and decides
                     what has to be traded is traded at these prices, and costs are paid
    day t + 1        holdings grow with the market; the day's prices are written into what is known
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fingen_core.errors import InvalidInput
from fingen_core.portfolio.strategies.past import Past
from fingen_core.portfolio.strategies.rule import Rule
from fingen_core.portfolio.strategies.settings import Trading
from fingen_core.types import Array

__all__ = ["Backtest", "backtest", "trade_costs"]

_CHUNK_VALUES = 4_000_000  # prices that are kept at a time: 32 MB in double precision
_LEAST = 0.005  # amounts below half a cent are not traded


@dataclass(frozen=True, eq=False, kw_only=True)
class Backtest:
    """What became of a rule along paths.

    Attributes
    ----------
    wealth : array, shape (n_paths, n_steps + 1)
        In money, after costs; the first value is the capital, before the first trade.
    costs : array, shape (n_paths,)
        All that was paid for trading, in money.
    turnover : array, shape (n_paths,)
        Amounts bought and sold over the capital: 1 is the purchase of the portfolio.
    trades : array of int, shape (n_paths,)
        Assets bought or sold, counted each time.
    """

    wealth: Array
    costs: Array
    turnover: Array
    trades: NDArray[np.int64]

    @property
    def values(self) -> Array:
        """Wealth as a multiple of the capital, shape (n_paths, n_steps + 1)."""
        return self.wealth / self.wealth[:, :1]


def backtest(
    rule: Rule,
    log_returns: ArrayLike,
    *,
    before: ArrayLike,
    base: ArrayLike,
    steps_per_year: float,
    trading: Trading | None = None,
) -> Backtest:
    """Follow a rule along paths.

    Parameters
    ----------
    rule : Rule
    log_returns : array, shape (n_paths, n_steps, n_assets) or (n_steps, n_assets)
        Log returns of the days after the start; a history gives one path.
    before : array, shape (n_before + 1, n_assets)
        Real prices up to the close that the paths set out from, for rules that look back.
    base : array, shape (n_assets,)
        The portfolio that the rule works on: shares of wealth, the rest to 1 is cash.
    steps_per_year : float
        What a year is: for interest, and for rules that look at yearly figures.
    trading : Trading
        Costs, rebalancing days and interest; the usual ones by default.

    Raises
    ------
    InvalidInput
        If shapes do not fit, fewer days are known than the rule looks back, or it asks for weights that are no numbers.

    Notes
    -----
    A rule that decides at a close is traded at that close: what happens between it and the next opening is neither won
    nor lost twice. Wealth that reaches 0 stays there: who has nothing left cannot trade.
    """
    paths, known, shares = _checked(rule, log_returns, before, base)
    terms = trading or Trading()
    n_paths, n_steps, n_assets = paths.shape
    size = max(1, _CHUNK_VALUES // ((len(known) + n_steps) * n_assets))
    parts = [
        _follow(rule, paths[first : first + size], known, base=shares, trading=terms, steps_per_year=steps_per_year)
        for first in range(0, n_paths, size)
    ]
    return Backtest(
        wealth=np.concatenate([part.wealth for part in parts]),
        costs=np.concatenate([part.costs for part in parts]),
        turnover=np.concatenate([part.turnover for part in parts]),
        trades=np.concatenate([part.trades for part in parts]),
    )


def trade_costs(amounts: Array, trading: Trading) -> Array:
    """What trades of these amounts cost, each rounded to the cent, shape of ``amounts``; below half a cent nothing."""
    size = np.abs(amounts)
    exact = trading.proportional * size + trading.fixed
    return np.where(size >= _LEAST, np.floor(exact * 100 + 0.5) / 100, 0.0)


def _follow(
    rule: Rule, log_returns: Array, before: Array, *, base: Array, trading: Trading, steps_per_year: float
) -> Backtest:
    n_paths, n_steps, n_assets = log_returns.shape
    growth = np.exp(log_returns, dtype=np.float64)
    past = Past(before, n_paths, n_steps, base=base, wealth=trading.capital, steps_per_year=steps_per_year)
    account = _Account(n_paths, n_assets, trading)
    interest = (1 + trading.cash_rate) ** (1 / steps_per_year)
    wealth = np.empty((n_steps + 1, n_paths))
    wealth[0] = trading.capital
    for day in range(n_steps):
        alarm = rule.observe(past)
        if day == 0 or (rule.trades_again and day % trading.every == 0):
            account.trade(_weights(rule, past), None)
        elif alarm is not None and alarm.any():
            account.trade(_weights(rule, past), alarm)
        wealth[day + 1] = account.grow(growth[:, day], interest)
        past.reveal(growth[:, day], wealth[day + 1])
    return Backtest(
        wealth=np.ascontiguousarray(wealth.T),
        costs=account.costs,
        turnover=account.traded / trading.capital,
        trades=account.trades,
    )


def _weights(rule: Rule, past: Past) -> Array:
    weights = rule.weights(past)
    if not np.isfinite(weights).all():
        raise InvalidInput(
            f"{rule.label} asks for a weight that is not a number on day {past.day}: a division by zero, or a root of "
            "something negative; guard it in the rule"
        )
    return weights


class _Account:
    """Holdings and cash in money, path by path."""

    def __init__(self, n_paths: int, n_assets: int, trading: Trading) -> None:
        self._trading = trading
        self._held = np.zeros((n_paths, n_assets))
        self._cash = np.full(n_paths, float(trading.capital))
        self.costs, self.traded = np.zeros(n_paths), np.zeros(n_paths)
        self.trades = np.zeros(n_paths, dtype=np.int64)

    def trade(self, weights: Array, who: NDArray[np.bool_] | None) -> None:
        """Bring holdings to ``weights`` of what is left after costs; ``who`` are the paths that trade, all by default.

        Costs are taken off before the amounts are set, so that a fully invested portfolio does not borrow to pay them.
        What this first guess misses, some cents, stays in cash.
        """
        wealth = self._cash + self._held.sum(axis=1)
        guess = trade_costs(wealth[:, None] * weights - self._held, self._trading).sum(axis=1)
        moved = np.maximum(wealth - guess, 0)[:, None] * weights - self._held
        moves = np.abs(moved) >= _LEAST
        if who is not None:
            moves &= who[:, None]
        moved = np.where(moves, moved, 0.0)
        costs = trade_costs(moved, self._trading).sum(axis=1)
        self._held += moved
        self._cash -= moved.sum(axis=1) + costs
        self.costs += costs
        self.traded += np.abs(moved).sum(axis=1)
        self.trades += moves.sum(axis=1)

    def grow(self, growth: Array, interest: float) -> Array:
        """One day of the market; returns wealth, shape (n_paths,)."""
        self._held *= growth
        if interest != 1:
            self._cash *= interest
        wealth = self._cash + self._held.sum(axis=1)
        ruined = wealth <= 0
        if ruined.any():
            self._held[ruined], self._cash[ruined], wealth[ruined] = 0, 0, 0
        return np.asarray(wealth)


def _checked(rule: Rule, log_returns: ArrayLike, before: ArrayLike, base: ArrayLike) -> tuple[Array, Array, Array]:
    paths, known, shares = np.asarray(log_returns), np.asarray(before, dtype=np.float64), np.asarray(base, dtype=float)
    if paths.ndim == 2:
        paths = paths[None]
    if paths.ndim != 3 or known.ndim != 2 or not paths.shape[2] == known.shape[1] == shares.size:
        raise InvalidInput(
            f"paths of shape {paths.shape}, prices before of shape {known.shape} and {shares.size} weights: the last "
            "axis of each must run over the same assets"
        )
    if len(known) <= rule.lookback:
        raise InvalidInput(
            f"{rule.label} looks back {rule.lookback} days, but only {len(known) - 1} are known before the start: "
            "start later, or choose fewer days"
        )
    known = known[len(known) - 1 - rule.lookback :]
    if not (np.isfinite(known) & (known > 0)).all() or not np.isfinite(paths).all() or not np.isfinite(shares).all():
        raise InvalidInput("a price, a return or a weight is not a finite number: replace it before testing a rule")
    return paths, known, shares
