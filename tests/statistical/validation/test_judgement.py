"""Is the judge right on average? Fixed seeds, tolerances of 4 standard errors, and twins that must fail."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from fingen_core.backtests import acerbi_szekely, christoffersen, diebold_mariano, kupiec
from fingen_core.forecast.summary import against
from fingen_core.forecast.walk_forward import walk
from fingen_core.generators.classical.bootstrap import StationaryBootstrap
from fingen_core.generators.classical.fhs import FilteredHistoricalSimulation
from fingen_core.market import Market, Source
from fingen_core.metrics.risk import bootstrap_band, expected_shortfall, value_at_risk
from fingen_core.metrics.scores import crps, fz0, pit


def four_errors(share: float, n: int) -> float:
    """Four standard errors of a share."""
    return 4 * float(np.sqrt(share * (1 - share) / n))


def normal_tail(tail: float) -> tuple[float, float]:
    """Value at risk and expected shortfall of a standard normal."""
    quantile = stats.norm.ppf(tail)
    return -quantile, stats.norm.pdf(quantile) / tail


@pytest.mark.parametrize("tail", [0.01, 0.025, 0.05])
def test_tail_measures_of_a_normal_sample(tail):
    n, repeats = 4000, 200
    sample = np.random.default_rng(0).standard_normal((n, repeats))
    var, es = normal_tail(tail)
    measured = value_at_risk(sample, 1 - tail), expected_shortfall(sample, 1 - tail)
    for value, truth in zip(measured, (var, es), strict=True):
        # The bias of a sample quantile is of order 1 / n, a tenth of the four standard errors.
        assert abs(value.mean() - truth) < 4 * value.std() / np.sqrt(repeats) + 2 / (n * tail)
    wrong = value_at_risk(sample.T, 1 - tail)  # the twin: along the wrong axis there are other numbers, and too many
    assert wrong.shape == (n,)
    assert abs(wrong.mean() - var) > abs(measured[0].mean() - var)


def test_kupiec_rejects_one_in_twenty_right_forecasts_and_most_mild_ones():
    n, repeats, tail = 1000, 2000, 0.05
    y = np.random.default_rng(1).standard_normal((repeats, n))
    var, _ = normal_tail(tail)

    def rejected(value_at_risk: float) -> float:
        return float(np.mean([kupiec(day <= -value_at_risk, tail).p_value < 0.05 for day in y]))

    # Counts are whole, so the size is near .05, not at it.
    assert rejected(var) == pytest.approx(0.05, abs=four_errors(0.05, repeats) + 0.01)
    assert rejected(0.8 * var) > 0.9  # the twin: too mild by a fifth
    assert rejected(1.25 * var) > 0.9  # and too wide


def test_christoffersen_sees_clusters_and_only_clusters():
    rng, n, repeats = np.random.default_rng(2), 1000, 500
    scattered = rng.random((repeats, n)) < 0.05
    starts = rng.random((repeats, n)) < 0.025
    clustered = starts | np.roll(starts, 1, axis=1)  # every hit has a neighbor
    share = np.mean([christoffersen(hits, 0.05).independence.p_value < 0.05 for hits in scattered])
    assert share == pytest.approx(0.05, abs=four_errors(0.05, repeats) + 0.02)
    assert np.mean([christoffersen(hits, 0.05).independence.p_value < 0.05 for hits in clustered]) > 0.99
    assert np.mean([kupiec(hits, 0.05).p_value < 0.05 for hits in clustered]) < 0.3  # counting alone misses them


def test_acerbi_szekely_is_zero_for_the_truth():
    n, tail = 200_000, 0.025
    y = np.random.default_rng(3).standard_normal(n)
    var, es = normal_tail(tail)
    exact = acerbi_szekely(y, np.full(n, var), np.full(n, es), tail).statistic
    error = np.std(-y * (y <= -var) / (tail * es)) / np.sqrt(n)
    assert abs(exact) < 4 * error
    mild = acerbi_szekely(y, np.full(n, var), np.full(n, 0.9 * es), tail).statistic
    assert mild == pytest.approx(1 - 1 / 0.9, abs=5 * error)  # the twin: a tenth too mild


def test_diebold_mariano_needs_its_lags():
    """Equally good forecasts whose differences are related: the test rejects one in twenty, without lags many more."""
    rng, n, repeats = np.random.default_rng(4), 1000, 1000
    noise = rng.standard_normal((repeats, n + 5))
    related = sum(noise[:, k : n + k] for k in range(5))
    zero = np.zeros(n)
    with_lags = np.mean([diebold_mariano(day, zero, lags=12).p_value < 0.05 for day in related])
    without = np.mean([diebold_mariano(day, zero, lags=0).p_value < 0.05 for day in related])
    assert with_lags == pytest.approx(0.05, abs=four_errors(0.05, repeats) + 0.025)  # Bartlett leaves a little
    assert without > 0.25


@pytest.mark.parametrize("wrong", [0.8, 1.25])
def test_scores_are_proper(wrong):
    rng, n, tail = np.random.default_rng(5), 40_000, 0.05
    y, draws = rng.standard_normal(n), rng.standard_normal((50, n))
    var, es = normal_tail(tail)
    gap = fz0(wrong * var, wrong * es, y, tail) - fz0(var, es, y, tail)
    assert gap.mean() > 4 * gap.std() / np.sqrt(n)
    gap = crps(wrong * draws, y) - crps(draws, y)
    assert gap.mean() > 4 * gap.std() / np.sqrt(n)


def test_crps_does_not_depend_on_the_number_of_draws():
    rng, n = np.random.default_rng(6), 20_000
    y = rng.standard_normal(n)
    few, many = (crps(rng.standard_normal((size, n)), y) for size in (5, 200))
    truth = 1 / np.sqrt(np.pi)  # E|X - y| - E|X - X'| / 2 of normals: 2 / sqrt(pi) - 1 / sqrt(pi)
    for scores in (few, many):
        assert abs(scores.mean() - truth) < 4 * scores.std() / np.sqrt(n)
    naive = few.mean() + truth / 5  # the twin: pairs of a draw with itself counted, E|X - X'| / 2 shrinks by a fifth
    assert abs(naive - truth) > 0.1


def test_pit_is_uniform_for_the_truth():
    rng, n = np.random.default_rng(7), 4000
    y, draws = rng.standard_normal(n), rng.standard_normal((499, n))
    assert stats.kstest(pit(draws, y), "uniform").pvalue > 0.001
    assert stats.kstest(pit(0.8 * draws, y), "uniform").pvalue < 1e-6


def test_band_covers_the_truth_as_often_as_it_says():
    rng, repeats = np.random.default_rng(8), 300
    var, es = normal_tail(0.05)
    inside = {value_at_risk: 0, expected_shortfall: 0}
    for _ in range(repeats):
        sample = rng.standard_normal(1000)
        for statistic, truth in ((value_at_risk, var), (expected_shortfall, es)):
            band = bootstrap_band(statistic, sample, 0.95, confidence=0.9, n_resamples=200)
            inside[statistic] += band.low <= truth <= band.high
    for count in inside.values():
        assert count / repeats == pytest.approx(0.9, abs=four_errors(0.9, repeats) + 0.02)


@pytest.fixture(scope="module")
def garch_market() -> Market:
    """Three related assets, each a GJR-GARCH: what FHS assumes is true here."""
    rng, n = np.random.default_rng(9), 4000
    shocks = 0.6 * rng.standard_normal((n, 3)) + 0.8 * rng.standard_normal((n, 1))
    variance, y = np.ones(3), np.empty((n, 3))
    for t in range(n):
        y[t] = np.sqrt(variance) * shocks[t]
        variance = 0.03 + np.where(y[t] > 0, 0.03, 0.17) * y[t] ** 2 + 0.87 * variance
    dates = pd.bdate_range("2000-01-03", periods=n + 1)
    prices = 100 * np.exp(np.vstack([np.zeros(3), np.cumsum(0.01 * y, axis=0)]))
    return Market(pd.DataFrame(prices, dates, ["A", "B", "C"]), Source(kind="upload"))


def test_the_protocol_finds_the_right_model(garch_market):
    """On a GARCH market FHS covers as promised without clusters and beats the bootstrap, whose hits cluster."""
    until = garch_market.dates[2500]
    fit, _ = garch_market.split(until)
    fhs = walk(FilteredHistoricalSimulation().fit(fit), garch_market, until, n_paths=1000)
    bootstrap = walk(StationaryBootstrap().fit(fit), garch_market, until, n_paths=1000)
    assert len(fhs.dates) == 1500
    for i, tail in enumerate((0.01, 0.025, 0.05)):
        assert kupiec(fhs.hits()[:, 0, i], tail).p_value > 0.01
    assert christoffersen(fhs.hits()[:, 0, 2], 0.05).independence.p_value > 0.01
    assert stats.kstest(fhs.pit[:, 0], "uniform").pvalue > 0.001
    assert christoffersen(bootstrap.hits()[:, 0, 2], 0.05).independence.p_value < 0.01
    comparison = against(fhs, bootstrap)
    assert comparison["fz0_5"] < -2.5
    assert comparison["crps"] < -4


def test_bootstrap_keeps_the_memory_inside_its_blocks(garch_market):
    """Autocorrelation of |r| survives in blocks of 21 days, and is lost in blocks of one."""
    history = np.abs(garch_market.log_returns()[:, 0])
    real = np.corrcoef(history[:-1], history[1:])[0, 1]

    def memory(block: float) -> float:
        path = np.abs(StationaryBootstrap(block).fit(garch_market).sample(200, 250, seed=0)[:, :, 0])
        return float(np.corrcoef(path[:, :-1].ravel(), path[:, 1:].ravel())[0, 1])

    assert memory(21) == pytest.approx(real * 20 / 21, abs=0.03)
    assert abs(memory(1)) < 0.03
