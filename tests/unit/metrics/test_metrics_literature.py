"""The scores of papers: signatures by hand, what each score sees, and what it is said to be blind to."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from fingen_core.errors import InvalidInput
from fingen_core.metrics import literature
from fingen_core.metrics.literature import (
    PAPER_METRICS,
    discriminative_score,
    disjoint_windows,
    frechet_distance,
    paper_floors,
    paper_metrics,
    predictive_score,
    signature_mmd,
)
from fingen_core.metrics.signatures import lead_lag, signature


def normal(n_windows: int, seed: int, n_assets: int = 3, n_steps: int = 12) -> np.ndarray:
    """Windows of normal returns that share a factor."""
    rng = np.random.default_rng(seed)
    common = rng.standard_normal((n_windows, n_steps, 1))
    return 0.01 * (common + rng.standard_normal((n_windows, n_steps, n_assets)))


def autoregressive(n_windows: int, seed: int, weight: float) -> np.ndarray:
    """Windows of unit-variance series that remember yesterday with ``weight``."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((n_windows, 12, 2))
    x = np.empty_like(noise)
    x[:, 0] = noise[:, 0]
    for step in range(1, 12):
        x[:, step] = weight * x[:, step - 1] + np.sqrt(1 - weight**2) * noise[:, step]
    return x


# Signatures -----------------------------------------------------------------------------------------------------------


def test_signature_of_a_corner_by_hand():
    """One to the right, then one up: the area before the diagonal is 1, after it 0."""
    found = signature(np.array([[[1.0, 0.0], [0.0, 1.0]]]), level=2)[0]
    assert found.tolist() == [1.0, 1.0, 0.5, 1.0, 0.0, 0.5]


def test_signature_of_a_line_is_its_powers_over_factorials():
    x = np.array([0.3, -1.2, 0.7])
    second, third = np.multiply.outer(x, x), np.multiply.outer(np.multiply.outer(x, x), x)
    fourth = np.multiply.outer(third, x)
    expected = np.concatenate([x, second.ravel() / 2, third.ravel() / 6, fourth.ravel() / 24])
    assert np.allclose(signature(x[None, None]), expected[None], rtol=1e-12)
    # Walking the same line in seven pieces changes nothing.
    assert np.allclose(signature(np.repeat(x[None, None] / 7, 7, axis=1)), expected[None], rtol=1e-12)


def test_signature_equals_the_slow_iterated_sums():
    """Each word's integral over pieces: how many letters fall into one piece decides the factorial."""
    pieces = np.random.default_rng(0).standard_normal((5, 2))
    words = [(i, j, k) for i in range(2) for j in range(2) for k in range(2)]

    def integral(word: tuple[int, ...], last: int) -> float:
        """Over words that end at piece ``last`` or earlier."""
        if not word:
            return 1.0
        if last < 0:
            return 0.0
        total, inside = 0.0, 1.0
        for taken in range(len(word) + 1):
            if taken:
                inside *= pieces[last, word[len(word) - taken]] / taken
            total += inside * integral(word[: len(word) - taken], last - 1)
        return total

    slow = [integral(word, 4) for word in words]
    assert np.allclose(signature(pieces[None], level=3)[0, 2 + 4 :], slow, rtol=1e-10)


def test_products_of_coordinates_are_sums_of_shuffles():
    found = signature(np.random.default_rng(1).standard_normal((20, 9, 3)), level=2)
    first, second = found[:, :3], found[:, 3:].reshape(20, 3, 3)
    assert np.allclose(first[:, :, None] * first[:, None, :], second + second.transpose(0, 2, 1))


def test_area_between_lead_and_lag_is_the_sum_of_squares():
    returns = np.random.default_rng(2).standard_normal((6, 10))
    second = signature(lead_lag(returns), level=2)[:, 3:].reshape(6, 3, 3)
    assert np.allclose(second[:, 1, 2] - second[:, 2, 1], (returns**2).sum(axis=1))


def test_signatures_refuse_what_they_cannot_take():
    with pytest.raises(InvalidInput, match="level 5"):
        signature(np.ones((1, 2, 2)), level=5)
    with pytest.raises(InvalidInput, match="shape"):
        signature(np.ones((2, 2)))
    with pytest.raises(InvalidInput, match="shape"):
        lead_lag(np.ones((2, 0)))


# Windows --------------------------------------------------------------------------------------------------------------


def test_windows_share_no_day_and_end_with_the_last():
    days = np.arange(11.0)[:, None]
    assert disjoint_windows(days, 4)[..., 0].tolist() == [[3, 4, 5, 6], [7, 8, 9, 10]]
    paths = np.stack([days, 100 + days])
    assert disjoint_windows(paths, 5)[:, 0, 0].tolist() == [1, 6, 101, 106]
    with pytest.raises(InvalidInput, match="windows of 12 days"):
        disjoint_windows(days, 12)


def test_overlapping_real_windows_are_refused():
    days = np.random.default_rng(0).standard_normal((60, 2))
    sliding = np.stack([days[start : start + 12] for start in range(0, 48, 3)] * 2)
    with pytest.raises(InvalidInput, match="begin 3 days apart but last 12: cut them with disjoint_windows"):
        discriminative_score(sliding, normal(40, 0, n_assets=2), seed=0)


@pytest.mark.parametrize("score", [discriminative_score, predictive_score, signature_mmd, frechet_distance])
def test_every_score_refuses_what_it_cannot_compare(score):
    real = normal(30, 0)
    with pytest.raises(InvalidInput, match="30 real and 19 generated windows: at least 20"):
        score(real, normal(19, 1), seed=0)
    with pytest.raises(InvalidInput, match="same steps and assets"):
        score(real, normal(30, 1, n_assets=2), seed=0)
    broken = normal(30, 1)
    broken[3, 2, 1] = np.nan
    with pytest.raises(InvalidInput, match="not finite"):
        score(real, broken, seed=0)
    flat = real.copy()
    flat[..., 1] = 0.0
    with pytest.raises(InvalidInput, match="asset 1 never moves"):
        score(flat, real, seed=0)


def test_scores_are_repeatable_and_free_of_units():
    real, generated = normal(60, 0), 1.3 * normal(70, 1)
    once = paper_metrics(real, generated, seed=3)
    assert once == paper_metrics(real, generated, seed=3)
    assert list(once) == list(PAPER_METRICS)
    percent = paper_metrics(100 * real, 100 * generated, seed=3)
    assert {name: percent[name] for name in once} == pytest.approx(once, rel=1e-6)


def test_more_windows_than_a_score_looks_at_are_thinned(monkeypatch):
    monkeypatch.setattr(literature, "MOST_WINDOWS", 40)
    real, generated = normal(90, 0), normal(300, 1)
    few, other = (predictive_score(real, generated, seed=seed) for seed in (0, 1))
    assert few != other  # other windows were left out
    assert few == predictive_score(real, generated, seed=0)


def test_one_asset_is_enough():
    scores = paper_metrics(normal(40, 0, n_assets=1), normal(40, 1, n_assets=1), seed=0)
    assert all(np.isfinite(list(scores.values())))


def test_floors_compare_the_halves_of_history():
    calm, wild = normal(40, 0), 2 * normal(40, 1)
    same, changed = (
        paper_floors(np.concatenate([calm, normal(40, 2)]), seed=0),
        paper_floors(np.concatenate([calm, wild]), seed=0),
    )
    assert set(same) == set(PAPER_METRICS)
    for name in ("discriminative", "signature_mmd", "frechet"):
        assert changed[name] > 2 * max(same[name], 0.02), name


# What each score sees, and does not -----------------------------------------------------------------------------------


def test_discriminative_score_sees_volatility_and_not_its_own_law():
    real = normal(150, 0)
    own = [discriminative_score(real, normal(150, seed), seed=0) for seed in (1, 2, 3)]
    assert np.mean(own) < 0.6 / np.sqrt(150)
    assert discriminative_score(real, 1.5 * normal(150, 1), seed=0) > 0.3


def test_discriminative_score_is_blind_to_copies():
    real = normal(150, 0)
    copies = real[np.random.default_rng(0).permutation(150)]
    assert discriminative_score(real, copies, seed=0) == 0.0


def test_discriminative_score_is_blind_to_rare_days():
    real, tame = normal(200, 0), normal(200, 1)
    rng = np.random.default_rng(2)
    for window in rng.choice(200, 8, replace=False):  # a crash of ten deviations in one window of 25
        real[window, rng.integers(12)] = -0.14
    assert discriminative_score(real, tame, seed=0) < 0.1
    assert np.quantile(tame, 0.001) > 0.6 * np.quantile(real, 0.001)  # while the tail is far from right


def test_predictive_score_of_a_known_law_and_of_noise():
    real = autoregressive(400, 0, 0.6)
    floor = np.sqrt(2 / np.pi)  # mean absolute value of a standard normal
    learned = predictive_score(real, autoregressive(400, 1, 0.6), seed=0)
    noise = predictive_score(real, autoregressive(400, 1, 0.0), seed=0)
    # The penalty costs a little above the best forecast's 0.8 * floor; the tolerance is 4 standard errors plus that.
    assert learned == pytest.approx(0.8 * floor, abs=0.02 + 4 * 0.6 * 0.8 / np.sqrt(400 * 7 * 2))
    assert noise == pytest.approx(floor, abs=0.02 + 4 * 0.6 / np.sqrt(400 * 7))


def test_predictive_score_is_blind_where_returns_cannot_be_predicted():
    real = normal(300, 0)
    right, wild = predictive_score(real, normal(300, 1), seed=0), predictive_score(real, 5 * normal(300, 1), seed=0)
    assert wild == pytest.approx(right, rel=0.03)


def test_signature_mmd_sees_volatility_and_memory():
    real = normal(300, 0)
    own = np.abs([signature_mmd(real, normal(300, seed), seed=0) for seed in (1, 2, 3)]).max()
    assert signature_mmd(real, 1.5 * normal(300, 1), seed=0) > 10 * own
    assert signature_mmd(autoregressive(300, 0, 0.0), autoregressive(300, 1, 0.5), seed=0) > 10 * own


def test_signature_mmd_of_two_samples_of_one_law_is_nought_on_average():
    found = [signature_mmd(normal(60, seed, 1), normal(60, 1000 + seed, 1), seed=0, level=2) for seed in range(240)]
    spread = np.std(found, ddof=1) / np.sqrt(len(found))
    assert abs(np.mean(found)) < 4 * spread
    # The twin: without taking off the bias each coordinate would keep two variances over 60 windows.
    assert 4 * spread < 2 / 60


def test_frechet_distance_equals_the_formula_with_a_matrix_root():
    real, generated = normal(80, 0), 1.4 * normal(80, 1)
    ours, theirs = literature._both(real, generated, 5)
    rng = np.random.default_rng([5, 2])
    kernels = rng.standard_normal((literature._KERNELS, 15)) / np.sqrt(15)
    a, b = literature._convolved(ours, kernels), literature._convolved(theirs, kernels)
    center, scale = a.mean(axis=0), a.std(axis=0)
    a, b = (a - center) / scale, (b - center) / scale
    first, second = np.cov(a.T), np.cov(b.T)
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(first + second - 2 * sqrtm(first @ second).real)
    assert frechet_distance(real, generated, seed=5) == pytest.approx(expected / a.shape[1], rel=1e-3)
    assert frechet_distance(real, real, seed=5) == pytest.approx(0, abs=1e-8)


def test_frechet_features_are_convolutions():
    windows = np.random.default_rng(0).standard_normal((4, 9, 2))
    kernel = np.random.default_rng(1).standard_normal((1, 2 * literature._KERNEL_DAYS))
    by_asset = kernel.reshape(2, literature._KERNEL_DAYS)
    slow = np.array([[(window[t : t + 5].T * by_asset).sum() for t in range(5)] for window in windows])
    found = literature._convolved(windows, kernel)
    assert np.allclose(found[:, 0], (slow > 0).mean(axis=1))
    assert np.allclose(found[:, 1], slow.max(axis=1))


def test_forecasts_use_the_five_days_before():
    windows = np.arange(2 * 8 * 2, dtype=float).reshape(2, 8, 2)
    past, following = literature._lagged(windows)
    assert past.shape == (6, 10)
    assert following.tolist() == windows[:, 5:].reshape(-1, 2).tolist()
    assert sorted(past[0]) == sorted(windows[0, :5].ravel())
    assert sorted(past[-1]) == sorted(windows[1, 2:7].ravel())
