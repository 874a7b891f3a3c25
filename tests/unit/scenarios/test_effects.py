"""What a condition does: weighted figures by hand, precedents in a history that is known, soft weights."""

import numpy as np
import pandas as pd
import pytest

from fingen_core.errors import InvalidInput
from fingen_core.market import Market, Source
from fingen_core.market.step import DAILY
from fingen_core.scenarios.conditions import View
from fingen_core.scenarios.search.effects import effects, moves, precedents, weighted_quantile
from fingen_core.scenarios.search.entropy_pooling import pooled_weights, reach_of_means


def market(*prices):
    dates = pd.bdate_range("2020-01-01", periods=len(prices))
    return Market(pd.DataFrame({"A": prices}, dates), Source(kind="upload"))


def view(low, high, n_days=1):
    return View(label="A", weights=(1.0,), low=low, high=high, n_days=n_days)


def test_weighted_quantile_of_equal_weights_is_the_ordinary_one():
    values = np.random.default_rng(0).standard_normal((101, 3))
    expected = np.quantile(values, 0.3, axis=0, method="inverted_cdf")
    np.testing.assert_allclose(weighted_quantile(values, np.ones(101), 0.3), expected)


def test_weighted_quantile_counts_weights():
    assert weighted_quantile([1.0, 2.0, 3.0], [0.1, 0.1, 0.8], 0.5) == 3
    assert weighted_quantile([3.0, 1.0, 2.0], [0.1, 0.8, 0.1], 0.5) == 1


def test_effects_by_hand():
    given, plain = np.array([[-0.2, -0.1], [-0.4, -0.1]]), np.array([[0.1, 0.0], [-0.1, 0.0]])
    table = effects(given, [3, 1], plain, (given[:, 0], plain[:, 0]), ["A", "B"], lambda _: np.array([0.01, 0.02]))
    assert table["mean"].tolist() == pytest.approx([-0.25, -0.1])
    assert table["plain_mean"].tolist() == pytest.approx([0, 0])
    assert table["per_unit"].tolist() == pytest.approx([1, 0.4])  # B falls .4 for each 1 that A falls
    assert table["low"].tolist() == [-0.4, -0.1]
    assert table["mean_low"].tolist() == pytest.approx([-0.26, -0.12])
    assert table["mean_high"].tolist() == pytest.approx([-0.24, -0.08])


def test_what_each_unit_brings_is_as_well_known_as_its_band_says():
    rng, truth, inside = np.random.default_rng(3), 0.6, 0

    def drawn(n, mean):
        driver = rng.normal(mean, 0.05, n)
        return np.stack([driver, truth * driver + rng.normal(0, 0.03, n)], axis=1)

    def reach(values):
        return reach_of_means(values, np.ones(len(values)))

    for _ in range(300):
        given, plain = drawn(80, -0.2), drawn(120, 0.0)
        table = effects(given, np.ones(80), plain, (given[:, 0], plain[:, 0]), ["driver", "other"], reach)
        driver, other = table.iloc[0], table.iloc[1]
        assert driver["per_unit_high"] - driver["per_unit_low"] < 1e-12  # 1 by definition
        inside += other["per_unit_low"] < truth < other["per_unit_high"]
    # 90 % of 300, give or take three binomial deviations of 1.7 %; a band that forgot the plain paths would hold 80 %.
    assert 0.85 < inside / 300 < 0.95


def test_moves_end_with_equal_weight():
    paths = np.log1p(np.array([[[0.1, -0.1], [0.0, 0.5]]])).astype(np.float32)
    np.testing.assert_allclose(moves(paths, 1), [[0.1, -0.1, 0.0]], atol=1e-6)


def test_precedents_are_found_and_do_not_overlap():
    prices = [100.0] * 20
    prices[5:] = [80.0] * 15  # the fall of 20 % comes between the fifth and the sixth day
    found, n_satisfying, n_windows = precedents(market(*prices), [view(-0.21, -0.19, 3)])
    assert n_windows == 17
    assert n_satisfying == 3  # windows that begin on the third, fourth and fifth day
    assert found[0].satisfied
    assert found[0].values == pytest.approx((-0.2,))
    starts = [one.start for one in found]
    assert all(abs((a - b).days) >= 3 for row, a in enumerate(starts) for b in starts[:row])


def test_a_history_that_is_too_short_is_refused():
    with pytest.raises(InvalidInput, match="ask for fewer days"):
        precedents(market(1.0, 2.0, 3.0), [view(0.1, None, 5)])


VALUES = 0.05 * np.random.default_rng(1).standard_normal((20_000, 1))


def test_soft_weights_hold_on_average_and_change_little_for_a_mild_view():
    weights, effective = pooled_weights(VALUES, [view(-0.06, -0.05)], DAILY)
    # Tilting a normal distribution by d deviations leaves n exp(-d^2) effective; d is 1 at the near end of the range.
    assert float(weights @ VALUES[:, 0]) == pytest.approx(-0.05, abs=2e-4)
    assert effective == pytest.approx(20_000 * np.exp(-1), rel=0.1)


@pytest.mark.parametrize(
    ("low", "high", "words"), [(-0.16, -0.15, "of 20,000 plain paths would carry"), (-0.9, -0.8, "not one of 20,000")]
)
def test_soft_views_too_far_out_are_refused(low, high, words):
    with pytest.raises(InvalidInput, match=words):
        pooled_weights(VALUES, [view(low, high)], DAILY)


def test_soft_views_that_contradict_each_other_are_refused():
    with pytest.raises(InvalidInput, match="contradict"):
        pooled_weights(np.repeat(VALUES, 2, axis=1), [view(0.02, 0.03), view(-0.03, -0.02)], DAILY)
