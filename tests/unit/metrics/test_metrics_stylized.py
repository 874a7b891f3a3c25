"""Stylized facts against series whose facts are known."""

import numpy as np
import pytest
from scipy import stats

from fingen_core.errors import InvalidInput
from fingen_core.metrics import stylized


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((4000, 2))


def test_autocorrelation_by_hand():
    # Alternating signs: perfectly opposed one step later, equal two later.
    x = np.tile([1.0, -1.0], 50)[:, None]
    assert stylized.autocorrelation(x, [0, 1, 2])[:, 0] == pytest.approx([1, -1, 1])


def test_autocorrelation_of_an_autoregression(noise):
    x = np.zeros_like(noise)
    for t in range(1, len(x)):
        x[t] = 0.6 * x[t - 1] + noise[t]
    # Standard error of an autocorrelation of n days is below 1 / sqrt(n) = .016.
    assert stylized.autocorrelation(x, [1, 2, 3]) == pytest.approx(
        np.array([[0.6, 0.6], [0.36, 0.36], [0.216, 0.216]]), abs=0.064
    )


def test_many_short_paths_are_estimated_like_one_long_history():
    rng = np.random.default_rng(1)
    x = np.zeros((2000, 21, 1))
    x[:, 0] = rng.standard_normal((2000, 1)) / np.sqrt(1 - 0.36)
    for t in range(1, 21):
        x[:, t] = 0.6 * x[:, t - 1] + rng.standard_normal((2000, 1))
    assert stylized.autocorrelation(x, [1, 10])[:, 0] == pytest.approx([0.6, 0.6**10], abs=0.03)
    # The twin takes each path's own mean, and finds too little memory.
    own = np.mean([stylized.autocorrelation(path, [10])[0, 0] for path in x])
    assert own < 0.6**10 - 0.05


def test_leverage_sees_only_falls_that_raise_volatility(noise):
    x, variance = np.zeros(4000), 1.0
    for t, shock in enumerate(noise[:, 0]):
        x[t] = np.sqrt(variance) * shock
        variance = 0.4 + (0.6 if shock < 0 else 0.0) * x[t] ** 2 + 0.3 * variance
    both = np.stack([x, noise[:, 1]], axis=1)
    lagged = stylized.leverage(both, [1, 20])
    assert lagged[0, 0] < -0.15
    assert abs(lagged[0, 1]) < 0.064
    assert lagged[0, 0] == pytest.approx(np.corrcoef(x[:-1], x[1:] ** 2)[0, 1], abs=0.02)


def test_moments_agree_with_scipy(noise):
    x = np.stack([noise[:, 0] ** 3, np.exp(noise[:, 1] / 4)], axis=1)
    assert stylized.kurtosis(x) == pytest.approx(stats.kurtosis(x, fisher=False))
    assert stylized.skewness(x) == pytest.approx(stats.skew(x))
    assert stylized.kurtosis(x.reshape(40, 100, 2)) == pytest.approx(stylized.kurtosis(x))


def test_hill_index_of_a_pareto_tail():
    losses = (1 - np.random.default_rng(2).random((20_000, 1))) ** (-1 / 3)
    # Standard error is alpha / sqrt(k) = 3 / sqrt(1,000); 4 of them.
    assert stylized.hill_index(-losses, 0.05) == pytest.approx(3, abs=0.38)
    with pytest.raises(InvalidInput, match=r"fewer than 5\.0% of the returns are losses"):
        stylized.hill_index(losses, 0.05)


def test_tail_dependence_between_its_bounds(noise):
    together = np.repeat(noise[:, :1], 3, axis=1) * [1, 2, 3]
    assert stylized.tail_dependence(together) == pytest.approx(1)
    assert stylized.tail_dependence(noise) == pytest.approx(0.05, abs=0.06)
    opposed = np.stack([noise[:, 0], -noise[:, 0]], axis=1)
    assert stylized.tail_dependence(opposed) == 0
    with pytest.raises(InvalidInput, match="no pairs"):
        stylized.tail_dependence(noise[:, :1])


def test_correlation_error_by_hand(noise):
    half = np.stack([noise[:, 0], noise[:, 0] + noise[:, 1]], axis=1)
    assert stylized.correlation(half) == pytest.approx(np.corrcoef(half.T))
    gap = abs(np.corrcoef(half.T)[0, 1] - np.corrcoef(noise.T)[0, 1])
    assert stylized.correlation_error(half, noise) == pytest.approx(gap)
    with pytest.raises(InvalidInput, match="3 assets against 2"):
        stylized.correlation_error(np.c_[noise, noise[:, 0] ** 2], noise)


def test_distribution_distance_of_a_shift():
    x = np.random.default_rng(3).standard_normal((5000, 1))
    assert stylized.distribution_distance(x, x) == pytest.approx(0)
    assert stylized.distribution_distance(x + 0.5, x) == pytest.approx(0.5 / x.std())
    assert stylized.distribution_distance(x + 0.5, x, horizon=5) == pytest.approx(2.5 / (x.std() * np.sqrt(5)))
    with pytest.raises(InvalidInput, match="horizon of 0 days"):
        stylized.distribution_distance(x, x, horizon=0)


def test_what_cannot_be_measured_is_refused(noise):
    with pytest.raises(InvalidInput, match="need"):
        stylized.kurtosis(noise[:, 0])
    with pytest.raises(InvalidInput, match="never moves"):
        stylized.kurtosis(np.ones((50, 1)))
    with pytest.raises(InvalidInput, match="not finite"):
        stylized.correlation(np.array([[np.nan, 1.0], [0.0, 1.0]]))
    with pytest.raises(InvalidInput, match="lag 4000"):
        stylized.autocorrelation(noise, [1, 4000])
    with pytest.raises(InvalidInput, match="holds 1"):
        stylized.tail_dependence(noise[:20])
