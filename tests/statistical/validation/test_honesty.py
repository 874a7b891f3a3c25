"""Does the judge catch what is wrong, each time by the measure made for it, and let its honest twin pass?

The market is simulated, so that the truth is known: an honest generator draws from the same law. Every wrong one is
that law, or the history itself, spoiled in one way. A floor is the mean difference of real halves, so an honest value
lies below it or not far above: twice the floor is where suspicion begins here.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import pytest

from fingen_core.forecast.summary import against, summary
from fingen_core.forecast.walk_forward import walk
from fingen_core.generators.classical.fhs import FilteredHistoricalSimulation
from fingen_core.market import Market, Source
from fingen_core.metrics.catalog import METRICS
from fingen_core.metrics.long_run import Portrait, compare
from fingen_core.metrics.long_run import floors as floors_of
from fingen_core.metrics.long_run import portrait as portrait_of
from fingen_core.metrics.long_run import sampling_floors as sampling_floors_of
from fingen_core.metrics.novelty import novelty
from fingen_core.metrics.resampling import block_days

portrait = partial(portrait_of, year=252)
floors = partial(floors_of, year=252)
sampling_floors = partial(sampling_floors_of, year=252)

N_ASSETS, N_DAYS, N_PATHS, N_STEPS = 4, 4000, 300, 252
SUSPICIOUS = 2.0


def truth(n_paths: int, n_steps: int, seed: int) -> np.ndarray:
    """Log returns of a market with one factor, common shocks, heavy tails, memory and leverage; begun at rest."""
    rng = np.random.default_rng(seed)
    variance, paths = np.ones((n_paths, N_ASSETS)), np.empty((n_paths, n_steps, N_ASSETS))
    for t in range(-250, n_steps):
        z = 0.6 * rng.standard_normal((n_paths, N_ASSETS)) + 0.8 * rng.standard_normal((n_paths, 1))
        y = np.sqrt(variance) * z * np.sqrt(4 / rng.chisquare(6, (n_paths, 1)))
        variance = 0.04 + np.where(y > 0, 0.04, 0.14) * y**2 + 0.87 * variance
        if t >= 0:
            paths[:, t] = 0.01 * y
    return paths


@dataclass(frozen=True)
class Case:
    """A history, what it looks like, its floors, and ways to draw from it."""

    history: np.ndarray
    portrait: Portrait
    floors: dict[str, float]
    fresh: np.ndarray

    def pieces(self, mean_block: float, seed: int = 5) -> np.ndarray:
        rows = block_days(N_DAYS, N_PATHS, N_STEPS, mean_block, np.random.default_rng(seed))
        return self.history[rows]

    def compared(self, returns: np.ndarray) -> dict[str, float]:
        return compare(portrait(returns, like=self.portrait), self.portrait)

    def times_floor(self, returns: np.ndarray) -> dict[str, float]:
        """How many floors each number misses its ideal by."""
        found = self.compared(returns)
        return {name: METRICS[name].miss(found[name]) / floor for name, floor in self.floors.items() if floor > 0}


@pytest.fixture(scope="module")
def case() -> Case:
    history = truth(1, N_DAYS, seed=0)[0]
    return Case(history, portrait(history), floors(history), truth(N_PATHS, N_STEPS, seed=7))


def test_an_honest_generator_passes_everywhere(case):
    missed = case.times_floor(case.fresh)
    assert len(missed) > 40
    assert max(missed.values()) < SUSPICIOUS
    assert np.mean([value < 1 for value in missed.values()]) > 0.9
    found = case.compared(case.fresh)
    assert [found[name] for name in ("share_nonfinite", "share_beyond", "share_beyond_century")] == [0, 0, 0]
    new = novelty(case.fresh, case.history)
    assert new.share_copies == 0
    assert new.ratio == pytest.approx(1, abs=0.03)
    assert new.ratio_closest == pytest.approx(1, abs=0.03)


def test_another_period_of_the_same_market_is_within_its_floor(case):
    """One other history of the same length: as far away as halves are from each other, now and then a little more."""
    missed = case.times_floor(truth(1, N_DAYS, seed=3)[0])
    assert np.mean([value < SUSPICIOUS for value in missed.values()]) > 0.95
    assert max(missed.values()) < 1.5 * SUSPICIOUS
    calmer = case.times_floor(0.7 * truth(1, N_DAYS, seed=3)[0])  # the twin: a period with less volatility
    assert calmer["volatility_equal"] > 3 * SUSPICIOUS
    assert np.mean([value < SUSPICIOUS for value in calmer.values()]) < 0.8


def test_volatility_too_high_by_a_tenth_is_caught(case):
    honest = case.compared(case.pieces(N_STEPS))
    loud = case.compared(1.1 * case.pieces(N_STEPS))
    noise = sampling_floors(case.history, N_PATHS, repeats=3)
    for name in ("volatility_equal", "volatility_asset", "var_1d_equal", "var_1d_asset"):
        assert abs(honest[name]) < 2 * noise[name]
        assert loud[name] > 4 * noise[name]
    for name in ("volatility_equal", "var_1d_equal", "var_10d_equal", "es_1d_equal", "es_10d_equal"):
        assert loud[name] == pytest.approx(honest[name] + 0.1, abs=0.03)
    for name in ("acf_abs_rmse", "kurtosis_error", "correlation_error", "hill_error"):  # not made for it
        assert loud[name] == pytest.approx(honest[name], abs=0.01)


def typical(case: Case, mean_block: float) -> dict[str, float]:
    """Mean of what four draws are told: one alone may fall short of what draws do on average."""
    found = [case.compared(case.pieces(mean_block, seed)) for seed in (5, 6, 7, 8)]
    return {name: float(np.mean([one[name] for one in found])) for name in found[0]}


def test_shuffled_days_are_caught_by_memory_and_by_rules_not_by_single_days(case):
    shuffled, kept = (typical(case, block) for block in (1, N_STEPS))
    noise = sampling_floors(case.history, N_PATHS, repeats=3)
    for name in ("acf_abs_rmse", "acf_abs_assets_rmse", "acf_square_rmse", "leverage_error", "es_10d", "es_1d_rules"):
        assert shuffled[name] > 3 * noise[name]
        assert shuffled[name] > 2.5 * kept[name]
    assert abs(shuffled["leverage_ratio"]) < 0.25
    for name in ("es_1d_equal", "es_1d_asset", "correlation_error", "hill_error"):  # a day is as it was
        assert abs(shuffled[name]) < 2 * noise[name]


def test_shuffled_days_are_not_caught_by_the_distance_of_windows(case):
    """A jumble of known days is new as a window: novelty alone proves nothing, which is why it stands last."""
    assert novelty(case.pieces(1), case.history).ratio == pytest.approx(1, abs=0.05)


def test_independent_assets_are_caught_by_what_they_do_together(case):
    each = [case.pieces(N_STEPS, seed)[..., asset] for asset, seed in enumerate(range(5, 5 + N_ASSETS))]
    missed = case.times_floor(np.stack(each, axis=2))
    together = ("correlation_error", "tail_dependence_error", "worst_decile_correlation_error", "es_1d_equal")
    for name in together:
        assert missed[name] > SUSPICIOUS
    for name in ("volatility_asset", "es_1d_asset", "acf_abs_assets_rmse", "emd_1"):
        assert missed[name] < 1  # alone they are right
    found = case.compared(np.stack(each, axis=2))
    assert found["correlation_signed"] < -0.5
    assert found["tail_dependence_signed"] < -0.3
    rows = case.pieces(N_STEPS)  # the twin: the same pieces with all assets together
    assert all(case.times_floor(rows)[name] < 1 for name in together)


@pytest.mark.parametrize("change", [1.0, 1.1, "noise"])
def test_repeated_windows_are_caught_even_when_resized_or_blurred(case, change):
    rng = np.random.default_rng(8)
    repeated = case.history[rng.integers(N_DAYS - 21, size=(N_PATHS, 1)) + np.arange(21)]
    if change == "noise":
        repeated = repeated + 0.05 * case.history.std(axis=0) * rng.standard_normal(repeated.shape)
    else:
        repeated = change * repeated
    found = novelty(repeated, case.history)
    assert found.share_copies > 0.9
    assert found.ratio < 0.15
    assert np.corrcoef(found.closest_generated.ravel(), found.closest_real.ravel())[0, 1] > 0.99
    assert found.closest_real == pytest.approx(case.history[found.closest_start : found.closest_start + 21])


def test_a_few_copies_among_many_new_windows_are_caught(case):
    rng = np.random.default_rng(9)
    mixed = np.array(case.fresh[:, :21])
    copied = N_PATHS // 10
    mixed[:copied] = case.history[rng.integers(N_DAYS - 21, size=(copied, 1)) + np.arange(21)]
    found = novelty(mixed, case.history)
    assert found.share_copies == pytest.approx(0.1)
    assert found.ratio_closest < 0.1
    assert found.ratio > 0.95  # the median does not see them


def test_resampled_blocks_copy_as_often_as_their_length_says(case):
    """A window of 21 days lies inside one block of mean length 21 with chance (20/21)^20."""
    chance = (20 / 21) ** 20
    found = novelty(case.pieces(21), case.history)
    assert found.share_copies == pytest.approx(chance, abs=4 * np.sqrt(chance * (1 - chance) / len(found.generated)))


def test_drawing_only_the_mean_of_a_decoder_is_caught():
    """Returns of a linear factor model; the wrong generator leaves out what the factors do not explain."""
    rng = np.random.default_rng(10)
    loadings = np.array([0.5, 0.6, 0.7, 0.8])

    def draw(n_paths: int, n_steps: int, *, mean_only: bool = False) -> np.ndarray:
        mean = rng.standard_normal((n_paths, n_steps, 1)) * loadings
        own = np.sqrt(1 - loadings**2) * rng.standard_normal((n_paths, n_steps, N_ASSETS))
        return 0.01 * (mean if mean_only else mean + own)

    history = draw(1, N_DAYS)[0]
    real, floor = portrait(history), floors(history)
    wrong, honest = (
        compare(portrait(draw(N_PATHS, N_STEPS, mean_only=only), like=real), real) for only in (True, False)
    )
    assert wrong["volatility_asset"] == pytest.approx(np.median(loadings) - 1, abs=0.03)
    assert wrong["correlation_signed"] > 0.4
    for name in ("volatility_asset", "correlation_signed", "es_1d", "emd_1", "tail_dependence_error"):
        assert METRICS[name].miss(wrong[name]) > 3 * SUSPICIOUS * floor[name]
        assert METRICS[name].miss(honest[name]) < SUSPICIOUS * floor[name]


def test_broken_and_impossible_paths_are_counted(case):
    broken = np.array(case.fresh)
    broken[0, 5, 1], broken[1, 0, 0] = np.nan, np.inf
    broken[2] = 5.0  # wealth of e^1260: finite returns, but no number holds their product
    broken[3, 100, 2] = 5.5 * np.abs(case.history[:, 2]).max()
    broken[4, 7] = np.log(1 - 0.25)
    found = case.compared(broken)
    assert found["share_nonfinite"] == pytest.approx(3 / N_PATHS)
    assert found["share_beyond"] == pytest.approx(1 / N_PATHS)
    assert found["share_beyond_century"] == pytest.approx(1 / N_PATHS)


class Spoiled:
    """A generator whose draws are changed on their way out."""

    def __init__(self, generator, change):
        self.generator, self.change = generator, change
        self.label, self.tickers = "spoiled", generator.tickers

    def states(self, history):
        return self.generator.states(history)

    def sample(self, n_paths, n_steps, *, state=None, condition=None, seed):
        return self.change(self.generator.sample(n_paths, n_steps, state=state, seed=seed))


def unlinked(paths):
    """Each asset from another path: right alone, independent of the others."""
    return np.stack([np.roll(paths[..., asset], asset, axis=0) for asset in range(paths.shape[2])], axis=2)


@pytest.fixture(scope="module")
def tomorrow():
    """Forecasts of the right model, and a way to forecast with a spoiled one."""
    prices = 100 * np.exp(np.cumsum(truth(1, 4500, seed=9)[0], axis=0))
    market = Market(
        pd.DataFrame(prices, pd.bdate_range("2000-01-03", periods=len(prices)), list("ABCD")), Source(kind="upload")
    )
    until = market.dates[2000]
    fhs = FilteredHistoricalSimulation().fit(market.split(until)[0])

    def forecast(change=None):
        return walk(fhs if change is None else Spoiled(fhs, change), market, until, n_paths=500)

    return forecast(), forecast


def value(table: pd.DataFrame, metric: str, group: str = "all") -> float:
    return float(table[(table.metric == metric) & (table.group == group)].value.item())


def test_the_right_forecast_passes_tomorrow(tomorrow):
    table = summary(tomorrow[0])
    for tail in ("2.5", "5"):  # 1 % is for more than 1,000 paths
        assert value(table, f"kupiec_rejected_{tail}") < 0.3
        assert value(table, f"kupiec_{tail}", "equal weight") > 0.05
        assert value(table, f"independence_{tail}", "equal weight") > 0.05
        assert abs(value(table, f"z2_{tail}", "equal weight")) < 0.15


@pytest.mark.parametrize("by", [0.9, 1.1])
def test_volatility_wrong_by_a_tenth_is_caught_tomorrow(tomorrow, by):
    honest, forecast = tomorrow
    wrong = forecast(lambda paths: np.float32(by) * paths)
    table, scores = summary(wrong), against(wrong, honest)
    assert value(table, "kupiec_rejected_5") > 0.5
    assert (value(table, "hits_5") - 0.05) * (by - 1) < -0.0005  # too few breaches when too wide, too many when narrow
    assert abs(value(table, "hits_5") - 0.05) > 0.008
    assert min(scores["crps"], scores["energy"]) > 2.5
    assert min(scores["fz0_2.5"], scores["fz0_5"]) > 1.5


def test_independent_assets_are_caught_tomorrow(tomorrow):
    honest, forecast = tomorrow
    wrong = forecast(unlinked)
    scores = against(wrong, honest)
    assert min(scores["energy"], scores["crps"], scores["fz0_5"]) > 4
    assert value(summary(wrong), "hits_5", "equal weight") > 0.08
    singles = [list(wrong.portfolios).index(ticker) for ticker in "ABCD"]
    assert wrong.crps[:, singles] == pytest.approx(honest.crps[:, singles], rel=1e-3)  # alone they are right
