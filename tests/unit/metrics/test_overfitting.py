"""Figures of overfitting: published examples, slow loops, and arch directly."""

import itertools

import numpy as np
import pytest

from fingen_core.backtests.overfitting import (
    deflated_sharpe,
    expected_best_sharpe,
    overfitting,
    probabilistic_sharpe,
    superiority,
)
from fingen_core.errors import InvalidInput
from fingen_core.portfolio.strategies.measures import daily_returns, luck, measures, sharpe_ratio, worst_share_rows


def test_deflated_sharpe_of_the_published_example():
    # Bailey and Lopez de Prado (2014): a ratio of 2.5 a year over five years of 250 days, skewness -3, kurtosis 10,
    # the best of 100 trials whose yearly ratios have a variance of 1/2. It would take 46 trials for 95 %, and 88 if
    # returns were normal.
    daily, variance = 2.5 / np.sqrt(250), 0.5 / 250
    assert expected_best_sharpe(100, variance) == pytest.approx(0.1132, abs=5e-5)
    for trials, skewness, kurtosis, expected in ((100, -3, 10, 0.9004), (46, -3, 10, 0.9505), (88, 0, 3, 0.9505)):
        best = expected_best_sharpe(trials, variance)
        found = probabilistic_sharpe(daily, best, 1250, skewness, kurtosis)
        assert found == pytest.approx(expected, abs=1e-4)


def test_expected_best_ratio_is_that_of_simulated_worthless_rules():
    draws = np.random.default_rng(0).standard_normal((20_000, 50)).max(axis=1)
    error = 4 * draws.std() / np.sqrt(len(draws)) + 0.02  # the formula itself is an approximation, good to .02
    assert expected_best_sharpe(50, 1.0) == pytest.approx(draws.mean(), abs=error)
    assert expected_best_sharpe(1, 1.0) == 0
    assert abs(expected_best_sharpe(5, 1.0) - draws.mean()) > error  # wrong on purpose: too few trials


def test_deflated_sharpe_counts_the_trials():
    values = np.random.default_rng(1).standard_normal((2000, 40)) * 0.01
    values[:, 7] += 0.002
    many, one = deflated_sharpe(values), deflated_sharpe(values[:, [7]])
    assert many.n_trials == 40
    assert many.sharpe == pytest.approx(one.sharpe)
    assert many.probability < one.probability
    assert one.luck == 0


def slow_overfitting(values, n_blocks):
    blocks = np.array_split(values[len(values) % n_blocks :], n_blocks)
    logits = []
    for chosen in itertools.combinations(range(n_blocks), n_blocks // 2):
        inside = np.concatenate([blocks[i] for i in chosen])
        outside = np.concatenate([blocks[i] for i in range(n_blocks) if i not in chosen])
        best = np.argmax([sharpe_ratio(column, 252) for column in inside.T])
        ratios = [float(sharpe_ratio(column, 252)) for column in outside.T]
        rank = (sorted(ratios).index(ratios[best]) + 1) / (len(ratios) + 1)
        logits.append(np.log(rank / (1 - rank)))
    return np.array(logits)


def test_overfitting_agrees_with_a_slow_loop():
    values = np.random.default_rng(2).standard_normal((125, 5))
    found = overfitting(values, 6)
    np.testing.assert_allclose(found.logits, slow_overfitting(values, 6), atol=1e-12)
    assert found.probability == np.mean(slow_overfitting(values, 6) <= 0)


def test_overfitting_knows_skill_from_noise():
    rng = np.random.default_rng(3)
    skill = rng.standard_normal((2000, 20))
    skill[:, 4] += 0.5
    assert overfitting(skill).probability == 0
    noise = [overfitting(rng.standard_normal((320, 20)), 8).probability for _ in range(60)]
    error = 4 * np.std(noise) / np.sqrt(len(noise))
    assert np.mean(noise) == pytest.approx(0.5, abs=error + 0.03)
    # Wrong on purpose: judged on the half it was chosen on, the best rule is never overfit.
    assert (overfitting(noise_twice := np.tile(rng.standard_normal((160, 20)), (2, 1)), 2).logits > 0).all()
    assert noise_twice.shape == (320, 20)


def test_superiority_is_that_of_arch():
    from arch.bootstrap import SPA

    rng = np.random.default_rng(4)
    benchmark, returns = rng.standard_normal(600) * 0.01, rng.standard_normal((600, 6)) * 0.01
    returns[:, 2] += 0.001
    found = superiority(benchmark, returns, block_days=10, n_resamples=300, seed=5)
    test = SPA(-benchmark, -returns, block_size=10, reps=300, seed=5)
    test.compute()
    assert [found.lower, found.consistent, found.upper] == list(test.pvalues)
    check = SPA(-benchmark, -returns, block_size=10, reps=300, seed=5, studentize=False)
    check.compute()
    assert found.reality_check == check.pvalues["upper"]
    with_itself = superiority(benchmark, np.column_stack([returns, benchmark]), block_days=10, n_resamples=300, seed=5)
    assert with_itself == found
    with pytest.raises(InvalidInput, match="try another rule"):
        superiority(benchmark, benchmark, block_days=10)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: overfitting(np.zeros((100, 1))), "at least 2 rules"),
        (lambda: overfitting(np.zeros((20, 3))), "16 blocks"),
        (lambda: overfitting(np.zeros((100, 3)), 5), "even number"),
        (lambda: deflated_sharpe(np.full((10, 2), np.nan)), "not finite"),
        (lambda: expected_best_sharpe(0, 1.0), "need one trial"),
        (lambda: probabilistic_sharpe(3, 0, 100, 3, 3), "no distribution"),
    ],
)
def test_what_cannot_be_judged_is_refused(call, message):
    with pytest.raises(InvalidInput, match=message):
        call()


def test_measures_by_hand():
    table = measures([[100.0, 110.0, 99.0, 118.8], [100.0, 100.0, 100.0, 100.0], [100.0, 50.0, 0.0, 0.0]], 3)
    returns = [0.1, -0.1, 0.2]
    assert table["total"][0] == pytest.approx(0.188)
    assert table["yearly"][0] == pytest.approx(0.188)
    assert table["sharpe"][0] == pytest.approx(np.mean(returns) / np.std(returns, ddof=1) * np.sqrt(3))
    assert table["drawdown"][0] == pytest.approx(0.1)
    assert (table.loc[1] == 0).all()
    assert table["drawdown"][2] == 1
    np.testing.assert_allclose(daily_returns([[1.0, 0.5, 0.0, 0.0]]), [[-0.5, -1, 0]])


def test_luck_is_the_share_below():
    assert luck(2, [1, 2, 3, 4]) == 0.375
    assert luck(9, [1, 2]) == 1
    assert list(worst_share_rows([3, 1, 2, 0, 5, 6, 7, 8, 9, 4], 0.2)) == [3, 1]
