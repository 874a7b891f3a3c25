"""Backtests against published constants, numbers worked by hand and slow implementations."""

import numpy as np
import pytest

from fingen_core.backtests import (
    acerbi_szekely,
    christoffersen,
    diebold_mariano,
    kupiec,
    newey_west_lags,
    rolling_traffic_lights,
    traffic_light,
)
from fingen_core.errors import InvalidInput


def hits_of(n: int, at: list[int]) -> np.ndarray:
    hits = np.zeros(n, dtype=bool)
    hits[at] = True
    return hits


def test_kupiec_by_hand():
    # 3 hits in 250 days at 1 %: 2 [(247 log .988 + 3 log .012) - (247 log .99 + 3 log .01)]
    result = kupiec(hits_of(250, [10, 100, 200]), 0.01)
    assert result.statistic == pytest.approx(0.0949, abs=1e-4)
    assert result.p_value == pytest.approx(0.758, abs=1e-3)
    assert (result.n, result.hits, result.rate) == (250, 3, 0.012)


def test_kupiec_regions_of_its_paper():
    """Counts that are not rejected at 5 %: fewer than 7 of 255 at 1 %, 7 to 20 of 255 at 5 %, 5 to 16 of 1,000 at 1 %.

    The table of the original paper, as printed in textbooks (for 5 %: 6 < x < 21; for 1 %: x < 7; 4 < x < 17).
    """
    for n, tail, low, high in ((255, 0.01, 0, 6), (255, 0.05, 7, 20), (1000, 0.01, 5, 16)):
        kept = [x for x in range(60) if kupiec(hits_of(n, list(range(x))), tail).statistic < 3.8415]
        assert (kept[0] if low else 0, kept[-1]) == (low, high)


def test_p_values_at_the_usual_critical_values():
    # chi-squared: 3.841 is the 95 % point of one degree of freedom, 5.991 of two.
    hits = hits_of(500, [1, 2, 3, 50, 51, 200, 300, 301, 302, 303])
    result = christoffersen(hits, 0.01)
    assert (result.independence.p_value < 0.05) == (result.independence.statistic > 3.841)
    assert (result.joint.p_value < 0.05) == (result.joint.statistic > 5.991)
    assert result.joint.statistic == pytest.approx(kupiec(hits, 0.01).statistic + result.independence.statistic)


def test_christoffersen_by_hand():
    # 0 0 1 1 0 0 0 1 0 0: transitions 00 4, 01 2, 10 2, 11 1
    result = christoffersen([0, 0, 1, 1, 0, 0, 0, 1, 0, 0], 0.3).independence
    depends = 4 * np.log(4 / 6) + 2 * np.log(2 / 6) + 2 * np.log(2 / 3) + np.log(1 / 3)
    same = 6 * np.log(6 / 9) + 3 * np.log(3 / 9)
    assert result.statistic == pytest.approx(2 * (depends - same))


@pytest.mark.parametrize("hits", [np.zeros(100), np.ones(100)])
def test_no_hits_and_only_hits_have_finite_results(hits):
    assert np.isfinite(kupiec(hits, 0.01).statistic)
    assert christoffersen(hits, 0.01).independence.statistic == 0


def test_acerbi_szekely_by_hand():
    y = np.array([0.01, -0.05, 0.0, -0.03])
    # two hits: (.05 + .03) / (.25 * .04) over 4 days = 2
    result = acerbi_szekely(y, np.full(4, 0.03), np.full(4, 0.04), 0.25)
    assert result.statistic == pytest.approx(1 - 2)
    assert result.hits == 2
    with pytest.raises(InvalidInput, match="as losses"):
        acerbi_szekely(y, np.full(4, -0.03), np.full(4, -0.04), 0.25)
    with pytest.raises(InvalidInput, match="one return and forecast per day"):
        acerbi_szekely(y, 0.03, 0.04, 0.25)


def test_diebold_mariano_by_hand():
    difference = np.array([1.0, -1.0, 2.0, 0.0, 3.0])
    centered = difference - 1
    variance = centered @ centered / 5 + 2 * 0.5 * (centered[:-1] @ centered[1:]) / 5
    result = diebold_mariano(difference, np.zeros(5), lags=1)
    assert result.mean == pytest.approx(1)
    assert result.t == pytest.approx(1 / np.sqrt(variance / 5))
    assert diebold_mariano(np.zeros(5), difference, lags=1).t == pytest.approx(-result.t)


def test_diebold_mariano_lags():
    score = np.random.default_rng(0).standard_normal(2516)
    assert newey_west_lags(2516) == 8
    assert diebold_mariano(score, np.zeros(2516)).lags == 8
    assert diebold_mariano(score, np.zeros(2516), horizon=21).lags == 21
    assert diebold_mariano(score, score).t == 0
    with pytest.raises(InvalidInput, match="9 lags with 10 days"):
        diebold_mariano(score[:10], score[10:20], lags=9)
    with pytest.raises(InvalidInput, match="same days"):
        diebold_mariano(score, score[1:])


def test_basel_zones():
    zones = [traffic_light(hits) for hits in range(13)]
    assert [light.zone for light in zones] == ["green"] * 5 + ["yellow"] * 5 + ["red"] * 3
    assert [light.addition for light in zones[4:11]] == [0, 0.40, 0.50, 0.65, 0.75, 0.85, 1.0]
    # Cumulative probabilities of the Basel paper's table, in percent.
    assert [round(100 * zones[hits].probability, 2) for hits in (0, 4, 5, 9)] == [8.11, 89.22, 95.88, 99.97]
    assert traffic_light(5, 500).addition is None
    with pytest.raises(InvalidInput, match="11 hits in 10 days"):
        traffic_light(11, 10)


def test_rolling_zones_equal_the_single_ones():
    hits = np.random.default_rng(1).random(600) < 0.03
    names = ["green", "yellow", "red"]
    rolling = rolling_traffic_lights(hits)
    assert len(rolling) == 351
    for start in (0, 77, 350):
        assert names[rolling[start]] == traffic_light(int(hits[start : start + 250].sum())).zone
    with pytest.raises(InvalidInput, match="window of 250 days with 100 days"):
        rolling_traffic_lights(hits[:100])


@pytest.mark.parametrize("hits", [[0.2, 0.4], [1], [[0, 1]], [0, 1, 2]])
def test_what_is_not_a_hit_sequence_is_refused(hits):
    with pytest.raises(InvalidInput, match="one true or false per day"):
        kupiec(hits, 0.01)


def test_a_tail_in_percent_is_refused():
    with pytest.raises(InvalidInput, match="tail 5"):
        kupiec([0, 1], 5)
