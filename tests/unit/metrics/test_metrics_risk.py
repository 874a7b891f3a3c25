"""Risk measures against numbers worked by hand and slow obvious implementations."""

import numpy as np
import pytest

from fingen_core.errors import InvalidInput
from fingen_core.metrics.risk import (
    annualized_volatility,
    bootstrap_band,
    drawdowns,
    expected_shortfall,
    max_drawdown,
    tail_counts,
    time_under_water,
    value_at_risk,
)

TEN = np.array([0.03, -0.08, 0.01, -0.02, 0.05, -0.05, 0.02, -0.01, 0.00, 0.04])
# worst first: -.08 -.05 -.02 -.01 .00 .01 .02 .03 .04 .05


@pytest.mark.parametrize(
    ("level", "var", "es"),
    [
        (0.9, 0.08, 0.08),  # the worst one
        (0.8, 0.05, 0.065),  # the worst two
        (0.75, 0.02, (0.08 + 0.05 + 0.5 * 0.02) / 2.5),  # two and a half
        (0.95, 0.08, 0.08),  # half of the worst
        (0.5, 0.00, 0.16 / 5),
        (0.1, -0.04, -(-0.16 + 0.01 + 0.02 + 0.03 + 0.04) / 9),
    ],
)
def test_tail_of_ten_outcomes_by_hand(level, var, es):
    assert value_at_risk(TEN, level) == pytest.approx(var, abs=1e-15)
    assert expected_shortfall(TEN, level) == pytest.approx(es, abs=1e-15)


def test_whole_tails_are_not_lifted_by_rounding():
    # 2,000 * (1 - 0.99) is 20.000000000000018 in floating point: the 20th outcome, not the 21st.
    outcomes = np.arange(2000) / 1000 - 1
    assert value_at_risk(outcomes, 0.99) == pytest.approx(1 - 0.019)
    assert expected_shortfall(outcomes, 0.99) == pytest.approx(1 - np.mean(np.arange(20)) / 1000)


def test_outcomes_run_along_the_first_axis():
    """The twin: the well-known mistake sorts along the wrong axis and calls the median a VaR."""
    rng = np.random.default_rng(0)
    returns = rng.standard_normal((400, 3)) * [0.01, 0.02, 0.05]
    var = value_at_risk(returns, 0.95)
    assert var.shape == (3,)
    for asset in range(3):
        assert var[asset] == -sorted(returns[:, asset])[20 - 1]
    wrong = -np.sort(returns[:, :1], axis=1)[:, 0]  # a sort of length one sorts nothing
    assert not np.isclose(np.median(wrong), var[0], rtol=0.5)


def test_shape_is_that_of_the_other_axes():
    returns = np.random.default_rng(1).standard_normal((50, 4, 3))
    assert value_at_risk(returns, 0.9).shape == (4, 3)
    assert expected_shortfall(returns, 0.9)[2, 1] == pytest.approx(expected_shortfall(returns[:, 2, 1], 0.9))


@pytest.mark.parametrize("level", [0, 1, 99, -0.5, np.nan])
def test_a_level_in_percent_is_refused(level):
    with pytest.raises(InvalidInput, match=r"inside \(0, 1\)"):
        value_at_risk(TEN, level)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_refused(bad):
    with pytest.raises(InvalidInput, match=r"10\.00% of the values are not finite"):
        expected_shortfall(np.append(TEN[1:], bad), 0.9)


def test_nothing_is_refused():
    with pytest.raises(InvalidInput, match="at least one outcome"):
        value_at_risk([], 0.9)


def test_the_last_outcome_of_a_tail_counts_by_its_fraction():
    assert tail_counts(50, 0.05).tolist() == [1, 1, 0.5]
    assert tail_counts(2000, 1 - 0.99).sum() == 20  # not a trillionth of the 21st
    assert tail_counts(10, 0.01).tolist() == [pytest.approx(0.1)]


def test_drawdowns_by_hand():
    values = [1, 0.9, 1.2, 0.6, 0.9, 1.3, 1.3]
    assert drawdowns(values) == pytest.approx([0, 0.1, 0, 0.5, 0.25, 0, 0])
    assert max_drawdown(values) == pytest.approx(0.5)
    assert time_under_water(values) == 2


def test_the_first_loss_counts():
    wealth = np.cumprod(1 + np.array([-0.2, 0.1]))
    assert max_drawdown(np.append(1, wealth)) == pytest.approx(0.2)
    assert max_drawdown(wealth) == 0  # the twin that forgets the start


def test_time_axis_can_be_chosen():
    prices = np.array([[100.0, 10], [50, 20], [80, 5]])
    assert max_drawdown(prices, axis=0) == pytest.approx([0.5, 0.75])
    assert time_under_water(prices, axis=0).tolist() == [2, 1]
    assert time_under_water(np.array([3.0, 2.0, 1.0])) == 2  # still open at the end


def test_drawdown_of_negative_wealth_is_refused():
    with pytest.raises(InvalidInput, match=r"value -0\.1"):
        drawdowns([1, 0.5, -0.1])


def test_slow_drawdown_agrees():
    values = np.exp(np.cumsum(np.random.default_rng(3).standard_normal((5, 60)) * 0.05, axis=1))
    for path, fast in zip(values, max_drawdown(values), strict=True):
        slow = max(1 - path[later] / path[early] for early in range(60) for later in range(early, 60))
        assert fast == pytest.approx(slow)


def test_annualized_volatility_by_hand():
    assert annualized_volatility([0.01, -0.01, 0.03], 252) == pytest.approx(0.02 * np.sqrt(252))
    assert annualized_volatility(np.ones((4, 2)), 252).tolist() == [0, 0]
    with pytest.raises(InvalidInput, match="1 returns"):
        annualized_volatility([0.01], 252)


def test_band_holds_the_estimate_and_repeats():
    outcomes = np.random.default_rng(5).standard_normal(2000) * 0.02
    band = bootstrap_band(expected_shortfall, outcomes, 0.95)
    assert band.low < band.estimate < band.high
    assert band == bootstrap_band(expected_shortfall, outcomes, 0.95)
    wider = bootstrap_band(expected_shortfall, outcomes, 0.95, confidence=0.99)
    assert wider.low < band.low
    assert wider.high > band.high
    with pytest.raises(InvalidInput, match="one portfolio at a time"):
        bootstrap_band(value_at_risk, outcomes.reshape(-1, 2), 0.95)
    with pytest.raises(InvalidInput, match="confidence 90"):
        bootstrap_band(value_at_risk, outcomes, 0.95, confidence=90)
