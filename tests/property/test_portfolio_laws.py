"""What is always true of a portfolio's risk."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fingen_core.metrics.risk import expected_shortfall
from fingen_core.portfolio.named import NamedPaths, waterfall
from fingen_core.portfolio.portfolio import Portfolio
from fingen_core.portfolio.risk import euler_shortfall, hitting_probability, tail_bands

shares = st.floats(-2, 2, allow_nan=False).filter(lambda share: abs(share) > 1e-9)
weights = st.lists(shares, min_size=1, max_size=5).map(np.array)
levels = st.sampled_from([0.5, 0.9, 0.95, 0.975, 0.99])
seeds = st.integers(0, 1000)


def gains(n_assets, seed, n=250):
    generator = np.random.default_rng(seed)
    return np.expm1(generator.standard_t(3, size=(n, n_assets)) * 0.02)


@given(weights, levels, seeds)
def test_contributions_sum_to_expected_shortfall(weights, level, seed):
    sample = gains(len(weights), seed)
    whole = expected_shortfall(sample @ weights, level)
    np.testing.assert_allclose(euler_shortfall(sample, weights, level).sum(), whole, atol=1e-12)


@given(weights, levels, seeds)
def test_no_position_contributes_more_than_it_would_lose_alone(weights, level, seed):
    sample = gains(len(weights), seed)
    alone = expected_shortfall(sample * weights, level)
    assert (euler_shortfall(sample, weights, level) <= alone + 1e-12).all()


@given(weights, seeds)
def test_shortfall_is_never_below_value_at_risk(weights, seed):
    table = tail_bands(gains(len(weights), seed) @ weights, n_resamples=20).pivot_table(
        index="level", columns="measure", values="estimate"
    )
    assert (table["ES"] >= table["VaR"]).all()
    assert table["VaR"].is_monotonic_increasing


@given(weights)
def test_a_portfolio_comes_back_from_json_and_from_the_market(weights):
    tickers = tuple("ABCDE"[: len(weights)])
    portfolio = Portfolio(name="p", tickers=tickers, weights=tuple(weights))
    again = Portfolio.from_json(portfolio.to_json())
    assert again == portfolio
    assert again.digest() == portfolio.digest()
    np.testing.assert_array_equal(portfolio.on(tickers[::-1])[::-1], weights)


@given(st.floats(0.01, 0.9), seeds)
def test_a_limit_is_hit_more_often_later_and_less_often_when_wider(limit, seed):
    values = np.exp(np.cumsum(np.random.default_rng(seed).normal(0, 0.03, size=(60, 21)), axis=1))
    values = np.concatenate([np.ones((60, 1)), values], axis=1)
    chance = hitting_probability(values, limit, n_resamples=5)["estimate"]
    wider = hitting_probability(values, min(limit * 1.1, 0.99), n_resamples=5)["estimate"]
    assert chance.is_monotonic_increasing
    assert (wider <= chance).all()


@given(weights, seeds)
def test_what_the_assets_bring_sums_to_the_loss(weights, seed):
    sample = gains(len(weights), seed, 30)
    chances = np.random.default_rng(seed).random(30)
    scenario = NamedPaths(name="s", group="g", kind="generated", gains=sample, n_steps=1, chances=chances)
    np.testing.assert_allclose(waterfall(scenario, weights).sum(), np.average(sample @ weights, weights=chances))
