"""The portrait of the long run: against slow obvious implementations, by hand, and at its borders."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from fingen_core.errors import InvalidInput
from fingen_core.metrics.catalog import METRICS
from fingen_core.metrics.long_run import HORIZONS, LAGS, LEVERAGE_LAGS, PROBABILITIES, RANKS, Portrait, compare
from fingen_core.metrics.long_run import floors as floors_of
from fingen_core.metrics.long_run import portrait as portrait_of
from fingen_core.metrics.long_run import sampling_floors as sampling_floors_of
from fingen_core.metrics.novelty import novelty, novelty_floors
from fingen_core.metrics.risk import expected_shortfall, max_drawdown, value_at_risk
from fingen_core.metrics.validation import evaluation_weights

portrait = partial(portrait_of, year=252)
floors = partial(floors_of, year=252)
sampling_floors = partial(sampling_floors_of, year=252)


def drawn(n_paths: int, n_steps: int, n_assets: int = 3, seed: int = 0) -> np.ndarray:
    """Related heavy-tailed returns with a little memory of size."""
    rng = np.random.default_rng(seed)
    size = np.exp(0.3 * np.cumsum(rng.standard_normal((n_paths, n_steps, 1)), axis=1) / np.sqrt(n_steps))
    z = rng.standard_t(5, (n_paths, n_steps, n_assets)) + rng.standard_t(5, (n_paths, n_steps, 1))
    return 0.01 * size * z


@pytest.fixture(scope="module")
def history() -> np.ndarray:
    return drawn(1, 1300)[0]


@pytest.fixture(scope="module")
def real(history) -> Portrait:
    return portrait(history)


def equal(x: np.ndarray) -> np.ndarray:
    return np.log(np.exp(x).mean(axis=-1))


def sums(x: np.ndarray, horizon: int) -> np.ndarray:
    """Slow: every stretch of every path, one by one; first axis the stretches."""
    paths = x if x.ndim == 3 else x[None]
    return np.array([path[t : t + horizon].sum(axis=0) for path in paths for t in range(len(path) - horizon + 1)])


def slow_autocorrelation(x: np.ndarray, lag: int) -> float:
    centered = x - x.mean()
    products = [centered[t] * centered[t + lag] for t in range(len(x) - lag)]
    return float(np.mean(products) / np.mean(centered**2))


def test_memory_of_a_history_by_slow_sums(history, real):
    market = equal(history)
    for values, found in ((market, real.acf), (np.abs(market), real.acf_abs), (market**2, real.acf_square)):
        assert found.shape == (60,)
        assert found[[0, 6, 59]] == pytest.approx([slow_autocorrelation(values, lag) for lag in (1, 7, 60)])
    assets = np.mean([slow_autocorrelation(np.abs(history[:, j]), LAGS[4]) for j in range(3)])
    assert real.acf_abs_assets[4] == pytest.approx(assets)


def test_leverage_of_a_history_by_slow_sums(history, real):
    def slow(x: np.ndarray, lag: int) -> float:
        centered = x - x.mean()
        squares = centered**2 - (centered**2).mean()
        products = [centered[t] * squares[t + lag] for t in range(len(x) - lag)]
        return float(np.mean(products) / np.sqrt((centered**2).mean() * (squares**2).mean()))

    assert real.leverage.shape == (len(LEVERAGE_LAGS),)
    assert real.leverage[[0, 19]] == pytest.approx([slow(equal(history), lag) for lag in (1, 20)])
    assert real.leverage_assets[2] == pytest.approx(np.mean([slow(history[:, j], 3) for j in range(3)]))


def test_moments_of_a_history_agree_with_scipy(history, real):
    assert real.volatility == pytest.approx(history.std(axis=0))
    assert real.volatility_equal == pytest.approx(equal(history).std())
    assert real.kurtosis == pytest.approx(stats.kurtosis(history, fisher=False))
    assert real.skewness == pytest.approx(stats.skew(history))
    assert real.skewness_equal == pytest.approx(stats.skew(equal(history)))
    for i, horizon in enumerate(HORIZONS):
        by_asset = stats.kurtosis(sums(history, horizon), fisher=False)
        assert real.kurtosis_assets[i] == pytest.approx(np.median(by_asset))
        assert real.kurtosis_equal[i] == pytest.approx(stats.kurtosis(sums(equal(history), horizon), fisher=False))


def test_what_depends_on_the_sample_is_the_median_over_groups_as_long_as_the_history(history, real):
    paths = drawn(18, 260, seed=4)  # five paths have as many days as the history, so three groups and three left over
    found = portrait(paths, like=real)
    parts = [paths[0:15:3], paths[1:15:3], paths[2:15:3]]
    each = [stats.kurtosis(part.reshape(-1, 3), fisher=False) for part in parts]
    assert found.kurtosis == pytest.approx(np.median(each, axis=0))
    memory = [portrait(part).acf_square for part in parts]
    assert found.acf_square == pytest.approx(np.median(memory, axis=0))
    assert found.volatility == pytest.approx(paths.reshape(-1, 3).std(axis=0))  # the rest: all paths at once
    everything = stats.kurtosis(paths.reshape(-1, 3), fisher=False)
    assert portrait(paths).kurtosis == pytest.approx(everything)  # one group when nothing says how long


def test_kurtosis_of_groups_does_not_grow_with_the_number_of_paths():
    """Student t with 3.5 degrees of freedom: its sample kurtosis grows with the sample, that of groups does not."""
    rng = np.random.default_rng(11)
    like = portrait(0.01 * rng.standard_t(3.5, (2000, 2)))
    paths = 0.01 * rng.standard_t(3.5, (800, 252, 2))
    few, many = (np.median(portrait(paths[:n], like=like).kurtosis) for n in (160, 800))
    assert many == pytest.approx(few, rel=0.15)
    assert np.median(portrait(paths).kurtosis) > 2 * many


def test_quantiles_by_numpy(history, real):
    columns = np.column_stack([equal(history), history])
    for i, horizon in enumerate(HORIZONS):
        slow = sums(columns, horizon)
        assert real.quantiles_by_asset[i] == pytest.approx(np.quantile(slow, RANKS, axis=0).T, rel=1e-5, abs=1e-8)
        seen = np.isfinite(real.quantiles_equal[i])
        assert len(slow) == 1300 - horizon + 1
        assert (seen == (np.minimum(PROBABILITIES, 1 - PROBABILITIES) * 1300 >= 1 - 1e-9)).all()
        own = np.quantile(slow[:, 0], PROBABILITIES[seen]) / columns[:, 0].std()
        assert real.quantiles_equal[i, seen] == pytest.approx(own, rel=1e-4, abs=1e-5)
        pooled = np.quantile((slow[:, 1:] / history.std(axis=0)).ravel(), PROBABILITIES[seen])
        assert real.quantiles_assets[i, seen] == pytest.approx(pooled, rel=1e-4, abs=1e-5)


def test_pooled_quantiles_are_in_the_units_of_the_history(history, real):
    twice = portrait(2 * history, like=real)
    seen = np.isfinite(real.quantiles_assets)
    assert twice.quantiles_assets[seen] == pytest.approx(2 * real.quantiles_assets[seen], rel=1e-5, abs=1e-7)
    assert portrait(2 * history).quantiles_assets[seen] == pytest.approx(
        real.quantiles_assets[seen], rel=1e-5, abs=1e-7
    )


def test_losses_are_those_of_portfolios_held_over_the_horizon(history, real):
    weights = evaluation_weights(3)
    assert real.value_at_risk.shape == real.expected_shortfall.shape == (2, len(weights))
    for i, horizon in enumerate((1, 10)):
        gains = np.expm1(sums(history, horizon)) @ weights.T
        assert real.value_at_risk[i] == pytest.approx(value_at_risk(gains, 0.99), rel=1e-5)
        assert real.expected_shortfall[i] == pytest.approx(expected_shortfall(gains, 0.99), rel=1e-5)


def test_drawdowns_are_those_of_years_that_begin_each_month(history, real):
    wealth = np.exp(np.concatenate([[0], np.cumsum(equal(history))]))
    slow = [max_drawdown(wealth[start : start + 253]) for start in range(0, 1300 - 252 + 1, 21)]
    assert real.drawdowns == pytest.approx(np.sort(slow))


def test_extremes_of_each_path(history):
    paths = drawn(4, 252, seed=2)
    found = portrait(paths)
    assert found.largest_moves == pytest.approx(np.abs(paths).max(axis=1))
    assert found.worst_days == pytest.approx((np.exp(paths).mean(axis=2) - 1).min(axis=1))
    assert (found.n_paths, found.n_steps, found.n_assets, found.n_days) == (4, 252, 3, 1008)


def test_comparison_by_hand(real):
    def changed(**values) -> Portrait:
        return Portrait(**{**vars(real), **values})

    ours = changed(
        acf_abs=real.acf_abs + 0.1,
        leverage=0.25 * real.leverage,
        kurtosis=real.kurtosis * np.array([1.1, 0.8, 1.5]),
        skewness=real.skewness + np.array([0.3, 0, 0]),
        correlation=real.correlation - 0.2,
        expected_shortfall=real.expected_shortfall * 1.2,
        rules_expected_shortfall=real.rules_expected_shortfall * np.array([1, 1.3, 0.7]),
        drawdowns=0.5 * real.drawdowns,
        quantiles_by_asset=real.quantiles_by_asset
        + np.sqrt(np.array(HORIZONS))[:, None, None] * np.concatenate([[0], real.volatility])[:, None],
        volatility_equal=1.1 * real.volatility_equal,
    )
    found = compare(ours, real)
    expected = {
        "acf_abs_rmse": 0.1,
        "acf_rmse": 0,
        "leverage_ratio": 0.25,
        "leverage_error": 0.75 * np.sqrt((real.leverage**2).mean()),
        "kurtosis_error": 0.2,
        "kurtosis_asset": 0.1,
        "skewness_error": 0.1,
        "correlation_error": 0.2,
        "correlation_signed": -0.2,
        "es_1d": 0.2,
        "es_10d_equal": 0.2,
        "es_10d_asset": 0.2,
        "var_1d": 0,
        "es_1d_rules": 0.2,
        "drawdown_error": 0.5,
        "drawdown_signed": -0.5,
        "emd_1": 1,
        "emd_100": 1,
        "emd_1_equal": 0,
        "volatility_equal": 0.1,
        "hill_error": 0,
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_every_number_has_its_entry_in_the_catalog_and_the_other_way_round(history, real):
    names = set(compare(real, real)) | set(novelty(drawn(9, 252), history).numbers())
    assert names == {name for name, metric in METRICS.items() if metric.question != "tomorrow"}


def test_arrays_and_back(real):
    again = Portrait.from_arrays(real.to_arrays())
    assert compare(again, real) == pytest.approx(compare(real, real), abs=1e-5)
    assert (again.n_paths, again.n_steps, again.n_nonfinite) == (1, 1300, 0)
    assert isinstance(again.n_paths, int)
    arrays = real.to_arrays()
    arrays["surprise"] = arrays.pop("hill")
    with pytest.raises(InvalidInput, match="hill, surprise"):
        Portrait.from_arrays(arrays)


def test_one_asset_has_no_pairs():
    alone = drawn(1, 600, n_assets=1)[0]
    found = portrait(alone)
    assert found.correlation == pytest.approx(np.ones((1, 1)))
    assert found.tail_dependence == pytest.approx(np.ones((1, 1)))
    numbers = compare(portrait(drawn(6, 252, n_assets=1, seed=3), like=found), found)
    assert not [name for name in numbers if "correlation" in name or "tail_dependence" in name]
    assert numbers["es_1d_asset"] == numbers["es_1d_equal"]
    assert set(floors(alone)) == set(numbers)


def test_floors_are_the_mean_over_halves_both_ways():
    """Two stretches: one way to choose, the first year and a bit against the second."""
    history = drawn(1, 610, seed=6)[0]
    one, other = portrait(history[:305]), portrait(history[305:])
    both = compare(one, other), compare(other, one)
    slow = {name: np.mean([METRICS[name].miss(values[name]) for values in both]) for name in both[0]}
    assert floors(history) == pytest.approx(slow)
    assert min(floors(history).values()) >= 0


def test_floors_do_not_hang_on_one_cut():
    """A market that doubles its volatility half-way: halves of years mix both times."""
    calm = drawn(1, 4 * 252, seed=7)[0]
    history = np.concatenate([calm, 2 * calm])
    cut = compare(portrait(history[: 4 * 252]), portrait(history[4 * 252 :]))
    assert cut["volatility_equal"] == pytest.approx(-0.5, abs=0.01)
    assert 0.02 < floors(history)["volatility_equal"] < 0.4


def test_sampling_floor_shrinks_with_more_paths(history):
    few, many = (sampling_floors(history, n, repeats=4, seed=1) for n in (10, 200))
    for name in ("volatility_equal", "es_1d", "emd_1", "correlation_error"):
        assert many[name] < few[name]
    assert sampling_floors(history, 10, seed=1) == sampling_floors(history, 10, seed=1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: portrait(drawn(3, 251)), "paths of 251 steps: .* at least 252"),
        (lambda: portrait(drawn(1, 300)[0, :, 0]), r"returns of shape \(300,\)"),
        (lambda: portrait(np.full((300, 2), np.nan)), "1 paths, none of which can be measured"),
        (lambda: portrait(np.zeros((300, 2))), "never moves"),
        (lambda: portrait(drawn(3, 260), like=portrait(drawn(1, 300, 2)[0])), "3 assets against 2"),
        (lambda: compare(portrait(drawn(3, 260)), portrait(drawn(1, 300, 2)[0])), "3 assets against 2"),
        (lambda: floors(drawn(1, 503)[0]), "503 days in 1 paths: .* at least 504"),
        (lambda: floors(drawn(4, 600)), "600 days in 4 paths"),
        (lambda: sampling_floors(drawn(1, 400)[0], 10, 401), "10 pieces of 401 days"),
    ],
)
def test_what_cannot_be_measured_is_refused(call, message):
    with pytest.raises(InvalidInput, match=message):
        call()


def test_impossible_is_beyond_the_largest_move_of_all_the_reference(real):
    """Of a reference of several paths the largest move counts, not a usual one."""
    calm = np.full((2, 3), 0.02)
    reference = Portrait(**{**vars(real), "largest_moves": np.array([[0.01, 0.01, 0.01], [0.02, 0.02, 0.02]])})
    ours = Portrait(**{**vars(real), "n_paths": 2, "largest_moves": calm + np.array([[0, 0, 0.079], [0, 0, 0.081]])})
    assert compare(ours, reference)["share_beyond"] == pytest.approx(0.5)


def test_broken_paths_are_counted_and_left_out(real):
    paths = drawn(6, 260, seed=8)
    broken = np.concatenate([paths, np.full((1, 260, 3), np.nan), np.full((1, 260, 3), 3.0)])
    with_them, without = portrait(broken), portrait(paths)
    assert with_them.n_nonfinite == 2
    assert with_them.acf_abs == pytest.approx(without.acf_abs)
    assert compare(with_them, real)["share_nonfinite"] == pytest.approx(0.25)


def test_novelty_by_slow_distances():
    rng = np.random.default_rng(12)
    history, generated = rng.standard_normal((60, 2)), rng.standard_normal((3, 11, 2))
    found = novelty(generated, history, window=5, dates=pd.bdate_range("2020-01-01", periods=60))
    scale = history.std(axis=0)

    def shape(window: np.ndarray) -> np.ndarray:
        flat = (window / scale).ravel()
        return flat / np.sqrt((flat**2).sum())

    real = [shape(history[t : t + 5]) for t in range(56)]
    fresh = [shape(path[start : start + 5]) for path in generated for start in (0, 5)]
    table = np.array([[np.linalg.norm(a - b) for b in real] for a in fresh])
    assert found.generated == pytest.approx(np.sort(table.min(axis=1)), abs=1e-5)
    among = [min(np.linalg.norm(a - b) for t, b in enumerate(real) if abs(t - s) >= 5) for s, a in enumerate(real)]
    assert found.real == pytest.approx(np.sort(among), abs=1e-5)
    window, start = np.unravel_index(table.argmin(), table.shape)
    assert found.closest_start == start
    assert found.closest_real == pytest.approx(history[start : start + 5])
    assert found.closest_generated == pytest.approx(generated[window // 2, 5 * (window % 2) :][:5])
    assert found.closest_date == f"{pd.bdate_range('2020-01-01', periods=60)[start]:%Y-%m-%d}"
    assert found.ratio == pytest.approx(np.median(table.min(axis=1)) / np.median(among), rel=1e-4)


def test_novelty_of_history_itself_is_zero():
    history = np.random.default_rng(13).standard_normal((400, 3))
    found = novelty(3 * history[None, 7:100], history)
    assert found.numbers() == pytest.approx(
        {"novelty_ratio": 0, "novelty_ratio_closest": 0, "share_copies": 1}, abs=1e-6
    )
    again = type(found).from_arrays(found.to_arrays())
    assert (again.closest_start, again.closest_date, again.window) == (found.closest_start, "", 21)
    assert again.numbers() == pytest.approx(found.numbers(), abs=1e-6)


def test_novelty_measures_a_sample_of_many_windows_the_same_way_each_time():
    rng = np.random.default_rng(14)
    history, generated = rng.standard_normal((3000, 2)), rng.standard_normal((300, 210, 2))
    one, same, other = (novelty(generated, history, seed=seed) for seed in (0, 0, 1))
    assert len(one.generated) == len(one.real) == 2000
    assert one.generated == pytest.approx(same.generated, abs=0)
    assert one.ratio == pytest.approx(other.ratio, abs=0.02)
    assert one.ratio == pytest.approx(1, abs=0.02)


def test_real_years_are_as_new_as_they_should_be(history):
    """Two stretches of one history; that all is right on average shows in floors far below those of copies."""
    found = novelty_floors(history[:610], year=252)
    first, second = history[:305], history[305:610]
    both = novelty(first[None], second), novelty(second[None], first)
    assert found["novelty_ratio"] == pytest.approx(np.mean([abs(each.ratio - 1) for each in both]))
    assert found["share_copies"] == 0
    assert max(novelty_floors(history, year=252).values()) < 0.1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: novelty(x, drawn(1, 600, 2)[0]), "3 assets for 1 histories of 2"),
        (lambda x: novelty(x, drawn(1, 209)[0]), "window of 21 days with paths of 30 and a history of 209"),
        (lambda x: novelty(x, drawn(1, 600)[0], window=31), "choose 2 to 30 days"),
        (lambda x: novelty(x, drawn(1, 600)[0], dates=pd.bdate_range("2020-01-01", periods=3)), "3 dates for 600"),
        (lambda x: novelty(x, np.zeros((600, 3))), "never moves"),
    ],
)
def test_novelty_refuses_what_has_no_distance(call, message):
    with pytest.raises(InvalidInput, match=message):
        call(drawn(2, 30))
