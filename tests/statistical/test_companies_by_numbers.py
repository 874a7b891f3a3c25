"""A market in which leverage raises volatility by a known size: a company asked for by it has that volatility."""

import numpy as np
import pandas as pd
import pytest

from fingen_core.errors import InvalidInput, Stopped
from fingen_core.generators.companies import CompanyGenerator
from fingen_core.generators.company_fitting import train
from fingen_core.market.fundamentals import Statements
from fingen_core.scenarios.companies import measures, nearest, outside, verdict, verdict_words
from fingen_core.training.config import preset
from tests.company_world import DAYS, EFFECT, N, made

TOLERANCE = 0.10
"""Of the ratio of two volatilities: 0.02 by the 16 companies' 1,250 days (relative error of each volatility about
1 / sqrt(2 * 1250) times 2 for heavy tails, / sqrt(16) for a slope through all), 0.03 by 2,000 paths of 21 days of a
common market, 0.04 by the straight line that stands for the exposure's exponential; added up and rounded."""


@pytest.fixture(scope="module")
def world():
    return made()


@pytest.fixture(scope="module")
def model(world):
    return train(world[0], world[1], preset("quick"))


@pytest.fixture(scope="module")
def shuffled():
    market, statements, *_ = made(shuffled=True)
    return train(market, statements, preset("quick", vae_steps=40, filter_epochs=1))


def volatility(model, **numbers) -> float:
    return measures(model.sample(2000, 21, numbers=numbers, seed=1), 252)["volatility"]


def leverage_raises_volatility_by_the_truth(model, leverage) -> bool:
    low, high = (volatility(model, leverage=leverage.mean() + sign * leverage.std()) for sign in (-1, 1))
    return abs(high / low / np.exp(2 * EFFECT) - 1) < TOLERANCE


def test_a_company_asked_for_by_its_leverage_has_the_volatility_of_the_truth(model, world):
    assert leverage_raises_volatility_by_the_truth(model, world[2])
    assert verdict(model.info, ["leverage"]) == "clear"
    assert "These numbers tell volatility" in verdict_words(model.info, ["leverage"])


def test_statements_of_other_companies_show_no_effect(shuffled, world):
    assert not leverage_raises_volatility_by_the_truth(shuffled, world[2])
    assert verdict(shuffled.info, ["leverage"]) in {"nothing", "weak"}


def test_the_level_itself_is_that_of_companies_like_it(model, world):
    market, _, leverage, _ = world
    by_leverage = market.log_returns()[:, np.argsort(leverage)[-3:]]
    asked = volatility(model, leverage=float(np.sort(leverage)[-3:].mean()))
    # The last day's state is not the mean of history: the market's own volatility on the paths is its measure.
    paths = model.sample(2000, 21, seed=1)
    now = paths[:, :, 0].std() / market.log_returns().mean(axis=1).std()
    assert asked / now == pytest.approx(by_leverage.std() * 252**0.5, rel=0.15)


def test_size_moves_how_much_a_company_shares_with_the_market(model, world):
    market, _, leverage, size = world
    returns = market.log_returns()
    whole = returns.mean(axis=1)
    for at in (int(size.argmin()), int(size.argmax())):
        numbers = {"size": float(size[at]), "leverage": float(leverage[at])}
        paths = model.sample(2000, 21, numbers=numbers, seed=2)
        asked = np.corrcoef(paths[:, :, 0].ravel(), paths[:, :, 1].ravel())[0, 1]
        # Known to .02 from 1,250 days; straight lines stand for roots and exponentials: .08 in all.
        assert asked == pytest.approx(np.corrcoef(whole, returns[:, at])[0, 1], abs=0.08)


def test_not_said_is_not_zero_and_not_the_mean(model, world):
    leverage = world[2]
    unsaid, zero = volatility(model), volatility(model, leverage=0.0)
    assert zero < 0.75 * unsaid  # at a leverage of zero a company is calm here
    told = model.sample(2000, 21, numbers={"leverage": float(leverage.mean())}, seed=1)
    plain = model.sample(2000, 21, seed=1)
    # Of whom nothing is told may be anyone: paths differ more among each other than those of known leverage.
    spread = [np.log(paths[:, :, 1].std(axis=1)).std() for paths in (told, plain)]
    assert spread[1] > 1.15 * spread[0]


def test_statements_that_are_not_known_yet_change_nothing(world):
    market, statements, *_ = world
    config = preset("quick", vae_steps=20, filter_epochs=1)
    part = market.between(end="2022-12-30")
    later = {ticker: _with(one, "2022-12-31", "Total debt", 1e9) for ticker, one in statements.items()}
    first, second = (train(part, found, config) for found in (statements, later))
    ours, theirs = (one.model.tensors() for one in (first, second))
    assert all(bool((ours[name] == theirs[name]).all()) for name in ours)
    np.testing.assert_array_equal(first.whole.slopes, second.whole.slopes)
    # The twin: a year that was known does change it.
    known = {ticker: _with(one, "2020-12-31", "Total debt", 1e9) for ticker, one in statements.items()}
    assert not np.array_equal(train(part, known, config).whole.slopes, first.whole.slopes)


def _with(one: Statements, period: str, item: str, value: float) -> Statements:
    table = one.table.copy()
    table.loc[item, period] = value
    return Statements(ticker=one.ticker, table=table, source=one.source)


def test_what_is_stored_draws_the_same(model, tmp_path):
    model.save(tmp_path)
    again = CompanyGenerator.load(tmp_path)
    how = {"numbers": {"size": 8.0}, "start": "2021-03-01", "end": "2021-06-01", "seed": 3}
    np.testing.assert_array_equal(model.sample(50, 5, **how), again.sample(50, 5, **how))
    assert not np.array_equal(model.sample(50, 5, **how), model.sample(50, 5, **(how | {"seed": 4})))
    assert again.info["n_companies"] == N
    assert again.info["all_company_days"] == N * DAYS


def test_paths_from_a_wild_day_are_wilder(model, world):
    returns = pd.Series(world[0].log_returns().mean(axis=1), world[0].return_dates)
    month = returns.rolling(63).std().dropna()
    calm, wild = (f"{day:%Y-%m-%d}" for day in (month.idxmin(), month.idxmax()))
    found = [measures(model.sample(1000, 21, start=day, seed=1), 252)["volatility"] for day in (calm, wild)]
    assert found[1] > 1.3 * found[0]


def test_who_is_near_and_what_lies_outside(model, world):
    market, _, leverage, _ = world
    near = nearest(model.info, {"leverage": float(leverage[4])})
    assert near["ticker"][0] == market.tickers[4]
    assert near["distance"][0] == pytest.approx(0, abs=1e-9)
    assert outside(model.info, {"leverage": 0.4}) == {}
    assert outside(model.info, {"leverage": 0.7 + float(leverage.std())})["leverage"] == pytest.approx(1)


def test_what_cannot_be_learned_or_asked_is_refused(model, world):
    market, statements, *_ = world
    with pytest.raises(InvalidInput, match="fetch or upload"):
        train(market, {"C00": statements["C00"]}, preset("quick"))
    with pytest.raises(InvalidInput, match="500 or more"):
        train(market.between(start="2023-01-02"), statements, preset("quick"))
    with pytest.raises(Stopped):
        train(market, statements, preset("quick"), should_stop=lambda: True)
    with pytest.raises(InvalidInput, match="no number of a company"):
        model.sample(5, 5, numbers={"beauty": 1.0}, seed=0)
    with pytest.raises(InvalidInput, match="leave it out"):
        model.sample(5, 5, numbers={"size": float("nan")}, seed=0)
    with pytest.raises(InvalidInput, match="choose days from"):
        model.sample(5, 5, start="1980-01-01", seed=0)
