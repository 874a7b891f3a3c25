"""Trading rules, dependence, bands with memory and the catalog: by hand and against slow obvious implementations."""

import numpy as np
import pytest

from fingen_core.errors import InvalidInput
from fingen_core.metrics import stylized
from fingen_core.metrics.catalog import METRICS
from fingen_core.metrics.dependence import pairs, tail_dependence_matrix, worst_days_correlation
from fingen_core.metrics.paths import groups, halves_of, overlapping_sums
from fingen_core.metrics.risk import bootstrap_band, value_at_risk
from fingen_core.metrics.rules import RULES, WARM_UP, rule_returns


@pytest.fixture(scope="module")
def returns() -> np.ndarray:
    rng = np.random.default_rng(0)
    return 0.01 * (rng.standard_normal((100, 3)) + rng.standard_normal((100, 1)))


def test_rules_by_a_slow_walk(returns):
    found = rule_returns(returns)
    assert found.shape == (1, 40, len(RULES))
    equal = np.expm1(returns).mean(axis=1)
    for t in range(WARM_UP, 100):
        gains = np.expm1(returns[t])
        week, quarter = returns[t - 5 : t].sum(axis=0), returns[t - 60 : t].sum(axis=0)
        exposure = min(2.0, np.sqrt((equal[t - 60 : t] ** 2).mean() / (equal[t - 10 : t] ** 2).mean()))
        slow = [(-np.sign(week) * gains).mean(), (np.sign(quarter) * gains).mean(), exposure * equal[t]]
        assert found[0, t - WARM_UP] == pytest.approx(slow)


def test_rules_do_not_look_ahead(returns):
    """What comes later changes nothing, and the day itself changes its own profit only through the profit."""
    later = np.array(returns)
    later[80:] = 0.5
    before = rule_returns(later)[0, : 80 - WARM_UP]
    assert before == pytest.approx(rule_returns(returns)[0, : 80 - WARM_UP])
    turned = np.array(returns)
    turned[79] = np.log(2 - np.exp(returns[79]))  # the opposite simple return on the last day that is compared
    assert rule_returns(turned)[0, 79 - WARM_UP] == pytest.approx(-rule_returns(returns)[0, 79 - WARM_UP])


def test_rules_earn_what_the_order_of_days_offers():
    steps = np.arange(400)
    rising = np.where(steps % 2, 0.02, -0.005)[:, None]  # a trend with a zigzag
    found = rule_returns(rising)[0].mean(axis=0)
    assert found[1] == pytest.approx(np.expm1(rising[WARM_UP:]).mean())
    assert found[0] < 0
    swinging = np.where((steps // 5) % 2, 0.01, -0.01)[:, None]  # five days up, five days down
    assert rule_returns(swinging)[0, :, 0].mean() > 0
    still = np.concatenate([np.full(60, 0.01), np.zeros(20), [0.03]])[:, None]
    assert rule_returns(still)[0, -1, 2] == pytest.approx(2 * np.expm1(0.03))  # never more than twice
    with pytest.raises(InvalidInput, match="60 days: the rules look back 60"):
        rule_returns(rising[:60])


def test_tail_dependence_by_ranks(returns):
    worst = returns.argsort(axis=0).argsort(axis=0) < 10
    slow = [[(worst[:, i] & worst[:, j]).sum() / 10 for j in range(3)] for i in range(3)]
    found = tail_dependence_matrix(returns, 0.1)
    assert found == pytest.approx(np.array(slow))
    assert pairs(found).mean() == pytest.approx(stylized.tail_dependence(returns, 0.1))
    assert tail_dependence_matrix(returns.reshape(4, 25, 3), 0.1) == pytest.approx(found)
    with pytest.raises(InvalidInput, match="holds 1"):
        tail_dependence_matrix(returns, 0.01)


def test_correlation_of_the_worst_days(returns):
    worst = np.argsort(np.exp(returns).mean(axis=1))[:10]
    assert worst_days_correlation(returns) == pytest.approx(np.corrcoef(returns[worst].T))
    with pytest.raises(InvalidInput, match="no pairs"):
        pairs(np.ones((1, 1)))


def test_sums_overlap_and_groups_hold_a_history():
    path = np.arange(1.0, 6)[None, :, None]
    assert overlapping_sums(path, 3)[0, :, 0].tolist() == [6, 9, 12]
    assert overlapping_sums(path, 1)[0, :, 0].tolist() == [1, 2, 3, 4, 5]
    assert overlapping_sums(path, 5)[0, :, 0].tolist() == [15]
    with pytest.raises(InvalidInput, match="horizon of 6 days"):
        overlapping_sums(path, 6)
    paths = np.zeros((11, 10, 1))
    assert [len(part) for part in groups(paths, 30)] == [3, 3, 3]
    assert [len(part) for part in groups(paths, 4)] == [1] * 11
    assert [len(part) for part in groups(paths, 1000)] == [11]
    assert [len(part) for part in groups(paths, None)] == [11]
    numbered = np.arange(11.0)[:, None, None] * np.ones((1, 10, 1))  # neighbors go to different groups
    assert [part[:, 0, 0].tolist() for part in groups(numbered, 30)] == [[0, 3, 6], [1, 4, 7], [2, 5, 8]]


@pytest.mark.parametrize(("n_days", "n_ways"), [(20, 1), (39, 1), (40, 3), (67, 10), (300, 10)])
def test_halves_are_disjoint_stretches_and_no_two_pairs_are_the_same(n_days, n_ways):
    history = np.arange(n_days, dtype=float)[:, None] / 1000
    pairs_of = halves_of(history, 10)
    assert len({one.tobytes() for one, _ in pairs_of}) == len(pairs_of) == n_ways
    for one, other in pairs_of:
        assert one.shape == other.shape
        assert one.shape[1] >= 10
        assert not set(one.ravel()) & set(other.ravel())
        assert np.diff(one[..., 0], axis=1) == pytest.approx(0.001)  # days in a row
        assert one.size + other.size > n_days - 2 * n_days // 10
        assert history[0, 0] in one


def test_band_with_memory_covers_where_one_without_is_too_narrow():
    """Days in clusters of ten: value at risk of 1,000 days is known as badly as from 100 independent ones."""
    rng, repeats = np.random.default_rng(1), 150
    inside = {1: 0, 25: 0}
    truth = value_at_risk(np.repeat(rng.standard_normal(200_000), 2), 0.9)
    for _ in range(repeats):
        days = np.repeat(rng.standard_normal(100), 10)
        for block in inside:
            band = bootstrap_band(value_at_risk, days, 0.9, n_resamples=100, mean_block=block, confidence=0.9)
            inside[block] += band.low <= truth <= band.high
    assert inside[1] / repeats < 0.6
    assert inside[25] / repeats == pytest.approx(0.9, abs=4 * np.sqrt(0.09 / repeats))
    with pytest.raises(InvalidInput, match=r"mean block of 0\.5"):
        bootstrap_band(value_at_risk, days, 0.9, mean_block=0.5)


def test_the_catalog_explains_each_number():
    labels = [metric.label for metric in METRICS.values()]
    assert len(set(labels)) == len(labels)
    for name, metric in METRICS.items():
        assert metric.formula, name
        assert (metric.better == "near") <= (metric.ideal is not None), name
        assert metric.question in ("tomorrow", "long run", "novelty")
    assert {metric.question for metric in METRICS.values()} == {"tomorrow", "long run", "novelty"}


def test_a_miss_is_the_distance_from_the_ideal():
    assert METRICS["leverage_ratio"].miss(0.25) == 0.75
    assert METRICS["es_10d_equal"].miss(-0.3) == 0.3
    assert METRICS["hits_2.5"].miss(0.035) == pytest.approx(0.01)
    assert METRICS["fz0_1"].miss(1.3) == 1.3
