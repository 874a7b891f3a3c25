"""Laws of the measures, whatever the numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fingen_core.backtests import christoffersen, diebold_mariano, kupiec, traffic_light
from fingen_core.metrics import stylized
from fingen_core.metrics.risk import drawdowns, expected_shortfall, max_drawdown, time_under_water, value_at_risk
from fingen_core.metrics.scores import crps, fz0, pinball, pit
from fingen_core.portfolio.values import horizon_returns, portfolio_returns, portfolio_values

returns = arrays(np.float64, st.integers(1, 60), elements=st.floats(-0.9, 2, allow_subnormal=False))
pairs = arrays(
    np.float64, st.tuples(st.integers(2, 60), st.just(2)), elements=st.floats(-0.9, 2, allow_subnormal=False)
)
levels = st.floats(0.01, 0.99)
close = {"abs": 1e-9, "rel": 1e-9}


@given(returns, levels)
def test_shortfall_is_never_below_value_at_risk(x, level):
    assert expected_shortfall(x, level) >= value_at_risk(x, level)


@given(returns, levels, st.floats(-1, 1), st.floats(0.01, 100))
def test_a_sure_gain_lowers_the_loss_and_size_scales_it(x, level, gain, size):
    for measure in (value_at_risk, expected_shortfall):
        assert measure(x + gain, level) == pytest.approx(measure(x, level) - gain, **close)
        assert measure(size * x, level) == pytest.approx(size * measure(x, level), **close)


@given(returns, levels, levels)
def test_a_higher_level_never_loses_less(x, one, other):
    low, high = sorted((one, other))
    for measure in (value_at_risk, expected_shortfall):
        assert measure(x, high) >= measure(x, low) - 1e-12


@given(pairs, levels)
def test_diversification_never_adds_to_shortfall(x, level):
    parts = expected_shortfall(x[:, 0], level) + expected_shortfall(x[:, 1], level)
    assert expected_shortfall(x.sum(axis=1), level) <= parts + 1e-9


@given(returns, st.randoms(use_true_random=False))
def test_order_of_outcomes_does_not_matter(x, random):
    shuffled = np.array(random.sample(list(x), len(x)))
    assert value_at_risk(shuffled, 0.9) == value_at_risk(x, 0.9)
    assert expected_shortfall(shuffled, 0.9) == pytest.approx(expected_shortfall(x, 0.9), **close)


@given(returns, st.floats(0.01, 0.99), st.floats(-1, 2))
def test_pinball_is_least_at_the_quantile(x, tail, other):
    quantile = -value_at_risk(x, 1 - tail)
    assert pinball(quantile, x, tail).mean() <= pinball(other, x, tail).mean() + 1e-9


@given(returns, st.floats(0.01, 0.5), st.floats(-0.5, 0.5), st.floats(0.01, 1))
def test_fz0_is_least_at_value_at_risk_and_shortfall(x, tail, var, excess):
    x = x - x.max() - 0.01  # losses only, so that every tail mean is one
    truth = value_at_risk(x, 1 - tail), expected_shortfall(x, 1 - tail)
    other = truth[0] + var, max(truth[0] + var, 0) + excess
    assert fz0(*truth, x, tail).mean() <= fz0(*other, x, tail).mean() + 1e-9


@given(arrays(np.float64, st.integers(2, 30), elements=st.floats(-5, 5)), st.floats(-5, 5), st.floats(-3, 3))
def test_crps_moves_and_grows_with_its_numbers(x, y, shift):
    assert crps(x + shift, y + shift) == pytest.approx(crps(x, y), abs=1e-8)
    assert crps(2 * x, 2 * y) == pytest.approx(2 * crps(x, y), abs=1e-8)
    assert crps(x, y) <= np.abs(x - y).mean() + 1e-12
    assert 0 < pit(x, y) < 1


@given(arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 30)), elements=st.floats(0.01, 100)))
def test_drawdowns_lie_between_nothing_and_all(values):
    depth = drawdowns(values)
    assert (depth >= 0).all()
    assert (depth < 1).all()
    assert (depth[:, 0] == 0).all()
    assert max_drawdown(7 * values) == pytest.approx(max_drawdown(values))
    assert ((time_under_water(values) > 0) == (max_drawdown(values) > 0)).all()


@given(arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 9), st.just(3)), elements=st.floats(-0.5, 0.5)))
def test_portfolios_of_one_asset_and_of_none(log_returns):
    alone = portfolio_values(log_returns, [0, 1, 0])
    assert alone[:, -1] == pytest.approx(np.exp(log_returns[:, :, 1].sum(axis=1)))
    assert portfolio_values(log_returns, [0, 0, 0]) == pytest.approx(np.ones_like(alone))
    weights = np.array([0.2, -0.4, 1.1])
    assert horizon_returns(log_returns, weights) == pytest.approx(portfolio_values(log_returns, weights)[:, -1] - 1)
    assert portfolio_returns(log_returns[:, :1], weights)[:, 0] == pytest.approx(
        portfolio_values(log_returns[:, :1], weights)[:, 1] - 1, abs=1e-12
    )


@given(st.lists(st.booleans(), min_size=2, max_size=80), st.floats(0.01, 0.5))
def test_likelihood_ratios_are_not_negative(hits, tail):
    result = kupiec(hits, tail)
    assert result.statistic >= 0
    assert 0 <= result.p_value <= 1
    assert christoffersen(hits, tail).joint.statistic >= result.statistic - 1e-9
    if 0 < result.rate < 1:
        assert kupiec(hits, result.rate).statistic == pytest.approx(0, abs=1e-9)


@given(st.integers(0, 250))
def test_one_hit_more_never_improves_the_zone(hits):
    order = ["green", "yellow", "red"]
    now, then = traffic_light(hits), traffic_light(min(hits + 1, 250))
    assert order.index(now.zone) <= order.index(then.zone)
    assert (now.addition or 0) <= (then.addition or 0)


@given(pairs, st.integers(0, 3))
def test_a_comparison_changes_sign_with_its_order(x, lags):
    lags = min(lags, max(len(x) - 2, 0))
    if len(x) < 3:
        return
    forward, backward = diebold_mariano(x[:, 0], x[:, 1], lags=lags), diebold_mariano(x[:, 1], x[:, 0], lags=lags)
    assert forward.t == pytest.approx(-backward.t)
    assert forward.p_value == pytest.approx(backward.p_value)


@given(st.integers(0, 1000), st.floats(0.1, 10), st.floats(-1, 1))
def test_stylized_facts_do_not_depend_on_scale(seed, scale, shift):
    x = np.random.default_rng(seed).standard_normal((200, 2))
    y = scale * x + shift
    for fact in (stylized.kurtosis, stylized.skewness, stylized.tail_dependence, stylized.correlation):
        assert fact(y) == pytest.approx(fact(x), abs=1e-9)
    assert stylized.autocorrelation(y, [0, 1, 5]) == pytest.approx(stylized.autocorrelation(x, [0, 1, 5]), abs=1e-9)
    assert stylized.leverage(y, [1]) == pytest.approx(stylized.leverage(x, [1]), abs=1e-9)
    assert stylized.autocorrelation(x, [0]) == pytest.approx(1)
    assert stylized.correlation_error(x, y) == pytest.approx(0, abs=1e-9)
