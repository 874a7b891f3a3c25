"""The classical generators: recursions against slow obvious ones, the protocol, and what they refuse."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from arch import arch_model

from fingen_core.errors import InvalidInput
from fingen_core.generators.classical.bootstrap import StationaryBootstrap
from fingen_core.generators.classical.fhs import MAX_VOLATILITY, FilteredHistoricalSimulation
from fingen_core.generators.classical.garch import GjrGarch, fit_gjr
from fingen_core.generators.classical.vine import VineCopula
from fingen_core.generators.protocol.base import Generator, States
from fingen_core.generators.registry import LABELS, classical, rivals
from fingen_core.market import Market, Source
from fingen_core.metrics.resampling import block_days


def market_of(log_returns: np.ndarray, start: str = "2000-01-03") -> Market:
    dates = pd.bdate_range(start, periods=len(log_returns) + 1)
    prices = 100 * np.exp(np.vstack([np.zeros(log_returns.shape[1]), np.cumsum(log_returns, axis=0)]))
    return Market(pd.DataFrame(prices, dates, [f"A{i}" for i in range(prices.shape[1])]), Source(kind="upload"))


def gjr_path(n_steps: int, seed: int, up=0.03, down=0.13, beta=0.88) -> np.ndarray:
    """Unit-variance GJR-GARCH with normal noise, one day at a time."""
    rng = np.random.default_rng(seed)
    variance, y = 1.0, np.empty(n_steps)
    for t in range(n_steps):
        y[t] = np.sqrt(variance) * rng.standard_normal()
        variance = 1 - (up + down) / 2 - beta + (up if y[t] > 0 else down) * y[t] ** 2 + beta * variance
    return y


@pytest.fixture(scope="module")
def market() -> Market:
    noise = np.stack([gjr_path(1500, seed) for seed in range(3)], axis=1)
    return market_of(0.01 * (noise + noise.mean(axis=1, keepdims=True)) + 3e-4)


@pytest.fixture(params=sorted(classical()), scope="module")
def build(request) -> Callable[[], Generator]:
    return classical()[request.param]


@pytest.fixture(scope="module")
def fitted(build, market) -> Generator:
    return build().fit(market)


def test_every_classical_generator_has_a_label_and_the_scored_ones_are_among_them():
    assert set(rivals()) <= set(classical()) <= set(LABELS)
    assert len(set(LABELS.values())) == len(LABELS) == 13


def test_every_rival_keeps_the_protocol(fitted, market):
    assert isinstance(fitted, Generator)
    assert fitted.tickers == market.tickers
    states = fitted.states(market)
    assert isinstance(states, States)
    assert states.dates.equals(market.dates)
    drawn = fitted.sample(7, 5, seed=3)
    assert drawn.shape == (7, 5, 3)
    assert drawn.dtype == np.float32
    assert np.array_equal(drawn, fitted.sample(7, 5, seed=3))
    assert not np.array_equal(drawn, fitted.sample(7, 5, seed=4))
    assert np.array_equal(drawn, fitted.sample(7, 5, state=states.at(market.dates[-1]), seed=3))


def test_every_rival_refuses_with_a_remedy(build, fitted, market):
    with pytest.raises(InvalidInput, match="0 paths of 5 days"):
        fitted.sample(0, 5, seed=1)
    with pytest.raises(InvalidInput, match="knows no condition, but got index"):
        fitted.sample(1, 1, condition={"index": -0.2}, seed=1)
    with pytest.raises(InvalidInput, match="begins on 2000-01-03"):
        fitted.states(market).at("1999-12-31")
    with pytest.raises(InvalidInput, match="same tickers"):
        fitted.states(market.select(["A1", "A0", "A2"]))
    with pytest.raises(InvalidInput, match="call fit first"):
        build().sample(1, 1, seed=0)


def test_every_rival_is_fitted_to_the_market_it_is_given(fitted, market):
    first = market.between(end=market.dates[800])
    if isinstance(fitted, VineCopula):
        assert not hasattr(fitted, "refit")  # a walk asks for it, and leaves out what takes half a minute a year
        return
    again = fitted.refit(first)
    assert again is not fitted
    assert np.abs(again.sample(3000, 1, seed=0).std() / first.log_returns().std() - 1) < 0.5
    assert again.tickers == fitted.tickers


def test_blocks_follow_the_calendar_and_have_the_asked_mean_length():
    rng = np.random.default_rng(0)
    days = block_days(1000, 400, 500, 21, rng)
    follows = np.diff(days, axis=1) % 1000 == 1
    # A step goes on with probability 1 - 1/21 (and by chance with 1/1000 of the rest); 4 standard errors of a share.
    expected = 1 - (1 - 1 / 1000) / 21
    assert abs(follows.mean() - expected) < 4 * np.sqrt(expected * (1 - expected) / follows.size)
    assert days.min() == 0
    assert days.max() == 999


def test_blocks_begin_on_every_day_alike():
    days = block_days(20, 20_000, 30, 7, np.random.default_rng(1))
    for step in (0, 1, 29):
        seen = np.bincount(days[:, step], minlength=20) / len(days)
        assert np.abs(seen - 1 / 20).max() < 4 * np.sqrt(1 / 20 * 19 / 20 / len(days))


@pytest.mark.parametrize("block", [1, 21, 1e9])
def test_more_steps_go_on_where_fewer_end(block):
    short, long = (block_days(500, 40, n_steps, block, np.random.default_rng(3)) for n_steps in (63, 252))
    assert np.array_equal(long[:, :63], short)


def test_a_mean_block_of_one_day_is_the_plain_bootstrap():
    days = block_days(50, 2000, 20, 1, np.random.default_rng(0))
    assert abs((np.diff(days, axis=1) % 50 == 1).mean() - 1 / 50) < 0.004


def test_bootstrap_draws_whole_days(market):
    history = {tuple(row) for row in market.log_returns().astype(np.float32)}
    drawn = StationaryBootstrap().fit(market).sample(5, 40, seed=0)
    assert {tuple(row) for row in drawn.reshape(-1, 3)} <= history


@pytest.mark.parametrize("block", [0, 0.99, -3, np.inf, np.nan])
def test_bootstrap_refuses_a_block_below_one_day(block):
    with pytest.raises(InvalidInput, match="at least 1"):
        StationaryBootstrap(block)


def test_variance_recursion_equals_the_slow_one():
    model, y = GjrGarch(up=0.02, down=0.15, beta=0.85, rise=0.48, fall=0.55), gjr_path(400, 5)
    slow = [1.0]
    for value in y:
        impact = model.up if value > 0 else model.down
        slow.append(model.omega + impact * value**2 + model.beta * slow[-1])
    assert np.allclose(model.variances(y), slow, rtol=1e-12)


def test_simulation_equals_the_slow_one(market):
    fhs = FilteredHistoricalSimulation().fit(market)
    drawn = fhs.sample(3, 20, seed=9)
    days = np.random.default_rng(9).integers(market.n_steps, size=(20, 3), dtype=np.int32)
    y = (market.log_returns() - market.log_returns().mean(axis=0)) / market.log_returns().std(axis=0)
    for path in range(3):
        for asset, model in enumerate(fhs.models):
            past = model.variances(y[:, asset])
            residuals = y[:, asset] / np.sqrt(past[:-1])
            residuals -= residuals.mean()
            variance = past[-1]
            for step in range(20):
                z = residuals[days[step, path]]
                value = np.sqrt(variance) * z
                expected = market.log_returns()[:, asset].mean() + market.log_returns()[:, asset].std() * value
                assert drawn[path, step, asset] == pytest.approx(expected, rel=2e-4, abs=1e-7)
                variance = model.omega + (model.up if z > 0 else model.down) * value**2 + model.beta * variance


def test_fit_agrees_with_arch_where_targeting_allows():
    y = gjr_path(6000, 1)
    ours = fit_gjr((y - y.mean()) / y.std(), 0.999)
    theirs = arch_model(y - y.mean(), mean="Zero", vol="GARCH", p=1, o=1, q=1, rescale=False).fit(disp="off")
    assert ours.up == pytest.approx(theirs.params["alpha[1]"], abs=0.015)
    assert ours.down - ours.up == pytest.approx(theirs.params["gamma[1]"], abs=0.02)
    assert ours.beta == pytest.approx(theirs.params["beta[1]"], abs=0.02)
    # Every parameter within two of arch's standard errors of the truth would be luck; the forecast is what matters.
    ratio = ours.variances(y / y.std())[:-1] * y.var() / theirs.conditional_volatility**2
    assert np.abs(np.log(ratio[100:])).mean() < 0.03


def test_persistence_stays_at_its_bound_where_a_plain_fit_leaves_it():
    rng = np.random.default_rng(2)
    level = np.exp(np.cumsum(0.05 * rng.standard_normal(3000)))  # volatility is a random walk: persistence 1
    y = np.sqrt(level) * rng.standard_normal(3000)
    y = (y - y.mean()) / y.std()
    assert fit_gjr(y, 0.999).persistence > 0.986  # the twin: without the bound it goes further
    assert fit_gjr(y, 0.985).persistence <= 0.985 + 1e-9


def test_rough_prices_do_not_explode():
    """Like RRC before 2000: prices that move in steps, four days in ten without a move."""
    rng = np.random.default_rng(4)
    smooth = 2 + np.abs(np.cumsum(0.02 * rng.standard_normal(4000)))
    prices = np.stack(
        [np.round(smooth / 0.05) * 0.05, 50 * np.exp(np.cumsum(0.01 * rng.standard_normal(4000)))], axis=1
    )
    market = market_of(np.diff(np.log(prices), axis=0))
    assert (market.log_returns()[:, 0] == 0).mean() > 0.3
    fhs = FilteredHistoricalSimulation().fit(market)
    drawn = fhs.sample(2000, 252, seed=0)
    assert np.isfinite(drawn).all()
    assert fhs.models[0].persistence <= 0.985 + 1e-9
    largest = np.abs(market.log_returns()).max(axis=0)
    assert ((np.abs(drawn) > 5 * largest).any(axis=(1, 2))).mean() < 0.005
    assert np.abs(drawn.std(axis=(0, 1)) / market.log_returns().std(axis=0) - 1).max() < 0.25


def test_long_run_volatility_is_that_of_the_history(market):
    drawn = FilteredHistoricalSimulation().fit(market).sample(2000, 500, seed=0)[:, 250:]
    assert np.abs(drawn.std(axis=(0, 1)) / market.log_returns().std(axis=0) - 1).max() < 0.1


def test_simulated_volatility_is_bounded(market):
    fhs = FilteredHistoricalSimulation().fit(market)
    calm, storm = np.ones(3), np.full(3, 1e6)
    bounded = fhs.sample(500, 1, state=storm, seed=0) - market.log_returns().mean(axis=0)
    plain = fhs.sample(500, 1, state=calm, seed=0) - market.log_returns().mean(axis=0)
    assert np.allclose(bounded, MAX_VOLATILITY * plain, rtol=1e-3, atol=1e-6)


def test_states_do_not_see_the_future(market):
    fhs = FilteredHistoricalSimulation().fit(market)
    whole, early = fhs.states(market), fhs.states(market.between(end=market.dates[700]))
    assert np.array_equal(whole.at(market.dates[700]), early.at(market.dates[-1]))
    # A fall of 10 % in all assets on day 700 shows in the state after that day, not in the one before it.
    returns = market.log_returns().copy()
    returns[699] -= 0.1
    shocked = fhs.states(market_of(returns))
    assert np.allclose(shocked.at(market.dates[699]), whole.at(market.dates[699]), rtol=1e-9)
    assert (shocked.at(market.dates[700]) > 2 * whole.at(market.dates[700])).all()


def test_a_weekend_is_the_friday_before(market):
    states = FilteredHistoricalSimulation().fit(market).states(market)
    friday = market.dates[market.dates.day_of_week == 4][10]
    assert np.array_equal(states.at(friday + pd.Timedelta(days=2)), states.at(friday))


def test_unusable_histories_are_named(market):
    with pytest.raises(InvalidInput, match=r"100 returns between .* GJR-GARCH needs 250"):
        FilteredHistoricalSimulation().fit(market.between(end=market.dates[100]))
    flat = market.log_returns().copy()
    flat[:, 1] = 0
    with pytest.raises(InvalidInput, match="price of A1 never moves"):
        FilteredHistoricalSimulation().fit(market_of(flat))
    with pytest.raises(InvalidInput, match=r"choose a value inside \(0, 1\)"):
        FilteredHistoricalSimulation(1.0)
    with pytest.raises(InvalidInput, match="state of shape"):
        FilteredHistoricalSimulation().fit(market).sample(1, 1, state=np.ones(4), seed=0)
