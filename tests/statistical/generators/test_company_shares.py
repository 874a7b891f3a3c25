"""A made market in which size raises the share of the market's move, and wild times come and go."""

import numpy as np
import pandas as pd
import pytest

from fingen_core.generators.companies.fitting import train
from fingen_core.generators.companies.generator import CompanyGenerator
from fingen_core.market import Market, Source
from fingen_core.market.statements import Statements
from fingen_core.training.settings.config import preset

TOLERANCE = 0.08
"""Of a correlation: .04 is twice its error from 700 days, the rest the straight line that stands for a root."""


def world(n: int = 12, days: int = 700, *, dealt: bool = False):
    """A market whose companies are equally volatile, their statements, and their sizes; ``dealt`` to others."""
    rng = np.random.default_rng(0)
    size = rng.permutation(np.linspace(5, 11, n))
    share = 0.45 + 0.2 * (size - size.mean()) / 3  # of the market's variance in a company's
    state = np.zeros(days)
    for day in range(1, days):
        state[day] = 0.97 * state[day - 1] + 0.12 * rng.standard_normal()
    shocks = np.sqrt(share) * rng.standard_normal((days, 1)) + np.sqrt(1 - share) * rng.standard_normal((days, n))
    returns = 0.015 * np.exp(state / 2)[:, None] * shocks
    tickers = [f"C{at:02d}" for at in range(n)]
    dates = pd.bdate_range(end="2022-12-30", periods=days + 1)
    prices = pd.DataFrame(100 * np.exp(np.vstack([np.zeros(n), returns.cumsum(axis=0)])), dates, tickers)
    told = size.min() + size.max() - size if dealt else size
    statements = {
        ticker: Statements(
            ticker=ticker,
            table=pd.DataFrame(
                {f"{year}-12-31": {"Total assets": float(np.exp(told[at]))} for year in range(2018, 2022)}
            ),
            source="made",
        )
        for at, ticker in enumerate(tickers)
    }
    return Market(prices, Source(kind="upload", detail="made.csv"), "Made"), statements, size


def learned(market, statements) -> CompanyGenerator:
    return train(market, statements, preset("quick", vae_steps=60, filter_epochs=4))


@pytest.fixture(scope="module")
def made():
    market, statements, size = world()
    return learned(market, statements), market, size


def shares_the_truth(model: CompanyGenerator, market: Market, size) -> bool:
    """The smallest and the largest company are as correlated with the market as they are."""
    returns = market.log_returns()
    whole, found = returns.mean(axis=1), []
    for at in (int(size.argmin()), int(size.argmax())):
        paths = model.sample(2000, 21, numbers={"size": float(size[at])}, seed=2)
        asked = np.corrcoef(paths[..., 0].ravel(), paths[..., 1].ravel())[0, 1]
        found.append(abs(asked - np.corrcoef(whole, returns[:, at])[0, 1]) <= TOLERANCE)
    return all(found)


def test_size_moves_how_much_a_company_shares_with_the_market(made):
    assert shares_the_truth(*made)


def test_sizes_of_other_companies_fail_that_check():
    market, statements, size = world(dealt=True)  # the largest gets the statements of the smallest, and so on
    assert not shares_the_truth(learned(market, statements), market, size)


def test_paths_from_a_wild_day_are_wilder(made):
    model, market, _ = made
    month = pd.Series(market.log_returns().mean(axis=1), market.return_dates).rolling(63).std().dropna()
    days = [f"{day:%Y-%m-%d}" for day in (month.idxmin(), month.idxmax())]
    calm, wild = (model.sample(1000, 21, start=day, seed=1)[..., 1].std() for day in days)
    assert wild > 1.25 * calm
