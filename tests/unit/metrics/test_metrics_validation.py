"""Quick validation scores against the measures they are made of."""

import numpy as np
import pytest

from fingen_core.errors import InvalidInput
from fingen_core.metrics.risk import expected_shortfall, value_at_risk
from fingen_core.metrics.scores import crps, fz0
from fingen_core.metrics.validation import TAILS, evaluation_weights, quick_scores, tail_name


@pytest.fixture(scope="module")
def days() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    volatility = 0.01 * np.exp(0.3 * rng.standard_normal((40, 1, 1)))
    return volatility * rng.standard_normal((40, 400, 4)), volatility[:, 0] * rng.standard_normal((40, 4))


def test_scores_equal_the_slow_ones(days):
    draws, realized = days
    expected: dict[str, list[float]] = {tail_name(tail): [] for tail in TAILS} | {"crps": []}
    for drawn, came in zip(draws, realized, strict=True):
        for weights in evaluation_weights(4):
            outcomes, y = 100 * np.expm1(drawn) @ weights, 100 * np.expm1(came) @ weights
            for tail in TAILS:
                var, es = value_at_risk(outcomes, 1 - tail), expected_shortfall(outcomes, 1 - tail)
                expected[tail_name(tail)].append(float(fz0(var, es, y, tail)))
            expected["crps"].append(float(crps(outcomes, y)))
    assert quick_scores(draws, realized) == pytest.approx(
        {name: np.mean(all_) for name, all_ in expected.items()}, rel=1e-4
    )


def test_the_truth_scores_best(days):
    """Too mild, too wide, shifted and shuffled in time: each must score worse than the truth."""
    draws, realized = days
    truth = quick_scores(draws, realized)
    for wrong in (0.6 * draws, 1.8 * draws, draws - 0.01, draws[::-1]):
        assert all(score > truth[name] for name, score in quick_scores(wrong, realized).items())


def test_portfolios_are_those_of_the_protocol():
    weights = evaluation_weights(19)
    assert weights.shape == (1 + 19 + 6 + 6, 19)
    assert np.allclose(weights[0], 1 / 19)
    assert np.array_equal(weights[1:20], np.eye(19))
    assert np.allclose(weights[20:26].sum(axis=1), 1)
    assert (weights[20:26] >= 0).all()
    assert np.allclose(weights[26:].sum(axis=1), 0)
    assert np.allclose(np.abs(weights[26:]).sum(axis=1), 1)
    assert evaluation_weights(1).tolist() == [[1.0]]
    with pytest.raises(ValueError, match="read-only"):
        weights[0, 0] = 2


def test_gains_only_are_scored_not_refused(days):
    draws, realized = days
    assert np.isfinite(list(quick_scores(np.abs(draws), realized, weights=np.eye(4)).values())).all()


def test_draws_that_cannot_be_scored_are_refused(days):
    draws, realized = days
    with pytest.raises(InvalidInput, match=r"shape \(40, 400, 4\) for realized returns of shape \(39, 4\)"):
        quick_scores(draws, realized[1:])
    broken = draws.copy()
    broken[3, 2, 1] = np.nan
    with pytest.raises(InvalidInput, match="of the draws are not finite"):
        quick_scores(broken, realized)
