"""A made-up market whose truth is known: leverage raises volatility, size raises the share of the market's move."""

import numpy as np
import pandas as pd

from fingen_core.market import Market, Source
from fingen_core.market.fundamentals import Statements

EFFECT = 0.35
"""What a standard deviation more of leverage adds to the logarithm of volatility."""

N, DAYS = 16, 1250
YEARS = range(2022, 2015, -1)


def made(seed: int = 0, *, shuffled: bool = False, days: int = DAYS):
    """Market, statements by ticker, and the leverage of each company; ``shuffled`` statements are those of others."""
    rng = np.random.default_rng(seed)
    leverage = rng.permutation(np.linspace(0.1, 0.7, N))
    size = rng.permutation(np.linspace(5, 11, N))
    share = 0.45 + 0.2 * (size - size.mean()) / 3  # of the market's variance in a company's
    state = np.zeros(days)
    for day in range(1, days):
        state[day] = 0.97 * state[day - 1] + 0.12 * rng.standard_normal()
    whole = rng.standard_t(6, days) / np.sqrt(1.5)
    own = rng.standard_t(5, (days, N)) / np.sqrt(5 / 3)
    level = np.exp(EFFECT * (leverage - leverage.mean()) / leverage.std())
    mixed = np.sqrt(share) * whole[:, None] + np.sqrt(1 - share) * own
    prices = 100 * np.exp(np.vstack([np.zeros(N), (0.015 * np.exp(state / 2)[:, None] * mixed * level).cumsum(axis=0)]))
    tickers = [f"C{number:02d}" for number in range(N)]
    dates = pd.bdate_range(end="2023-12-29", periods=days + 1)
    market = Market(pd.DataFrame(prices, index=dates, columns=tickers), Source(kind="upload"), "Made up")
    owner = rng.permutation(N) if shuffled else np.arange(N)
    statements = {t: _statements(t, size[at], leverage[at]) for t, at in zip(tickers, owner, strict=True)}
    return market, statements, leverage, size


def _statements(ticker: str, size: float, leverage: float) -> Statements:
    assets = float(np.exp(size))
    year = {"Total assets": assets, "Total debt": leverage * assets, "Net income": 0.05 * assets}
    return Statements(ticker=ticker, table=pd.DataFrame({f"{y}-12-31": year for y in YEARS}), source="made up")
