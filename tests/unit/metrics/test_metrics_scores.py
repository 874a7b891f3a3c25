"""Scores against numbers worked by hand, slow implementations and scoringrules."""

import numpy as np
import pytest
import scoringrules

from fingen_core.errors import InvalidInput
from fingen_core.metrics.scores import crps, crps_of_sorted, energy_score, fz0, pinball, pit


def test_fz0_by_hand():
    # No hit: VaR / ES + log ES - 1. A hit adds the excess over tail * ES.
    assert fz0(2.0, 2.5, 1.0, 0.01) == pytest.approx(0.8 + np.log(2.5) - 1)
    assert fz0(2.0, 2.5, -3.0, 0.01) == pytest.approx(1 / (0.01 * 2.5) + 0.8 + np.log(2.5) - 1)
    assert fz0(2.0, 2.5, -2.0, 0.01) == pytest.approx(0.8 + np.log(2.5) - 1)  # just at VaR: a hit without excess


def test_fz0_units_add_a_constant():
    y = np.random.default_rng(0).standard_normal(50) * 0.02
    decimals = fz0(0.03, 0.04, y, 0.05)
    percent = fz0(3.0, 4.0, 100 * y, 0.05)
    assert np.allclose(percent - decimals, np.log(100))


@pytest.mark.parametrize(
    ("var", "es", "y", "message"),
    [
        (0.03, 0.02, 0.0, "1 below their value at risk"),
        (-0.03, -0.04, 0.0, r"down to -0\.04"),
        (3.0, 0.04, 0.0, "same units"),  # percent on one side
        (np.nan, 0.04, 0.0, "not finite"),
        (np.ones(3), np.ones(3), np.zeros(2), r"shapes \(3,\), \(3,\), \(2,\)"),
    ],
)
def test_fz0_refuses_signs_and_units_that_cannot_be(var, es, y, message):
    with pytest.raises(InvalidInput, match=message):
        fz0(var, es, y, 0.01)


def test_pinball_by_hand():
    assert pinball(-0.02, 0.01, 0.05) == pytest.approx(0.05 * 0.03)
    assert pinball(-0.02, -0.05, 0.05) == pytest.approx(0.95 * 0.03)
    with pytest.raises(InvalidInput, match="tail 5"):
        pinball(0, 0, 5)


def test_crps_by_hand():
    # |0 - 1| and |2 - 1| give 1; the one pair is 2 apart: 1 - 2 / 2.
    assert crps([0.0, 2.0], 1.0) == pytest.approx(0)
    assert crps([0.0, 2.0], 5.0) == pytest.approx(4 - 1)


def test_three_ways_to_the_same_crps():
    rng = np.random.default_rng(1)
    samples, y = rng.standard_normal((40, 3, 2)), rng.standard_normal((3, 2))
    pairs = np.abs(samples[:, None] - samples[None]).sum(axis=(0, 1)) / (40 * 39)
    slow = np.abs(samples - y).mean(axis=0) - pairs / 2
    assert crps(samples, y) == pytest.approx(slow)
    assert crps_of_sorted(np.sort(np.moveaxis(samples, 0, -1)), y) == pytest.approx(slow)
    assert scoringrules.crps_ensemble(y, samples, m_axis=0, estimator="fair") == pytest.approx(slow)


def test_energy_score_against_the_slow_one():
    rng = np.random.default_rng(2)
    samples, y = rng.standard_normal((60, 4)), rng.standard_normal(4)
    pairs = [np.linalg.norm(samples[i] - samples[j]) for i in range(60) for j in range(i)]
    slow = np.mean([np.linalg.norm(sample - y) for sample in samples]) - np.mean(pairs) / 2
    assert energy_score(samples, y) == pytest.approx(slow)
    assert energy_score(samples[:, :1], y[:1]) == pytest.approx(float(crps(samples[:, 0], y[0])))
    with pytest.raises(InvalidInput, match="n_outcomes, n_assets"):
        energy_score(samples[:, 0], y[0])


def test_pit_by_hand():
    assert pit([1.0, 2.0, 3.0], 2.5) == pytest.approx(2.5 / 4)
    assert pit([1.0, 2.0, 3.0], 9.0) == pytest.approx(3.5 / 4)


@pytest.mark.parametrize("shape", [(1,), (5, 2), ()])
def test_samples_and_outcomes_must_fit(shape):
    with pytest.raises(InvalidInput, match="at least two draws"):
        crps(np.zeros(shape), 0.0)
