"""Choosing the worst outcomes: worked by hand, and against the expected shortfall that it must agree with."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fingen_core.errors import InvalidInput
from fingen_core.metrics.risk import expected_shortfall, value_at_risk
from fingen_core.scenarios.severity import SEVERITIES, horizon_losses, worst_share

LOSSES = arrays(np.float64, st.integers(1, 200), elements=st.floats(-1, 1))
SHARES = st.floats(0.001, 1)


def test_worst_fifth_of_ten_outcomes_by_hand():
    losses = np.array([0.1, 0.5, -0.2, 0.3, 0.0, 0.4, -0.1, 0.2, 0.05, 0.15])

    chosen = worst_share(losses, 0.2)

    assert chosen.rows.tolist() == [1, 5]
    assert chosen.weights.tolist() == [1, 1]
    assert chosen.threshold == 0.4
    assert chosen.mean(losses) == pytest.approx(0.45)


def test_last_outcome_counts_by_its_fraction():
    losses = np.array([0.4, 0.2, 0.1, 0.0])

    chosen = worst_share(losses, 0.375)  # one and a half of four outcomes

    assert chosen.rows.tolist() == [0, 1]
    assert chosen.weights.tolist() == [1, 0.5]
    assert chosen.mean(losses) == pytest.approx((0.4 + 0.5 * 0.2) / 1.5)


def test_share_below_one_outcome_is_the_worst_one():
    chosen = worst_share([0.1, 0.3, 0.2], 0.01)

    assert chosen.rows.tolist() == [1]
    assert chosen.mean([0.1, 0.3, 0.2]) == pytest.approx(0.3)


def test_one_hundredth_of_two_thousand_is_twenty():
    # 2,000 * 0.01 must not become 20.000000000000004 and so the 21st outcome.
    assert len(worst_share(np.arange(2000.0), 0.01).rows) == 20


def test_mean_of_a_table_of_paths_keeps_its_columns():
    paths = np.array([[1.0, 0.9], [1.0, 0.5], [1.0, 1.1]])
    assert worst_share(horizon_losses(paths), 1 / 3).mean(paths).tolist() == [1.0, 0.5]


def test_losses_are_shares_of_the_value_at_the_start():
    assert horizon_losses([[2.0, 3.0, 1.0], [4.0, 4.0, 5.0]]).tolist() == [0.5, -0.25]


@pytest.mark.parametrize(
    ("losses", "share", "words"),
    [
        ([], 0.1, "at least one"),
        ([[0.1]], 0.1, "one loss per outcome"),
        ([0.1, np.nan], 0.1, "not finite"),
        ([0.1], 0.0, "above 0 and up to 1"),
        ([0.1], 1.5, "share 1.5"),
    ],
)
def test_what_cannot_be_chosen_from_is_refused_with_the_rule(losses, share, words):
    with pytest.raises(InvalidInput, match=words):
        worst_share(losses, share)


def test_worst_hundredth_is_the_tail_of_a_large_sample():
    # The normal distribution's expected shortfall at 99 % is phi(2.3263) / .01 = 2.665; its standard error here is
    # about sqrt(var of the tail + (1 - .01) (ES - VaR)^2) / sqrt(n .01) = .018 for n = 40,000.
    losses = np.random.default_rng(0).standard_normal(40_000)
    chosen = worst_share(losses, 0.01)
    assert len(chosen.rows) == 400
    assert chosen.mean(losses) == pytest.approx(2.665, abs=4 * 0.018)


@given(LOSSES, SHARES)
def test_agrees_with_value_at_risk_and_expected_shortfall(losses, share):
    if share < 1:
        chosen = worst_share(losses, share)
        assert chosen.threshold == pytest.approx(float(value_at_risk(-losses, 1 - share)))
        assert float(chosen.mean(losses)) == pytest.approx(float(expected_shortfall(-losses, 1 - share)), abs=1e-9)


@given(LOSSES, SHARES, SHARES)
def test_a_smaller_share_is_never_milder(losses, one, other):
    small, large = sorted((one, other))
    severe, mild = worst_share(losses, small), worst_share(losses, large)
    assert set(severe.rows) <= set(mild.rows)
    assert severe.mean(losses) >= mild.mean(losses) - 1e-12
    assert severe.threshold >= mild.threshold


@given(LOSSES)
def test_everything_is_everything(losses):
    assert sorted(worst_share(losses, 1.0).rows) == list(range(len(losses)))


def test_offered_severities_run_from_all_to_the_worst_hundredth():
    assert SEVERITIES[0] == 1
    assert SEVERITIES[-1] == 0.01
    assert list(SEVERITIES) == sorted(SEVERITIES, reverse=True)
