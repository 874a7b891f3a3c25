"""What paths say about the next days, by hand; and whether calibrated forecasts are told from others."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm, spearmanr

from fingen_core.errors import InvalidInput
from fingen_core.forecast.calibration import calibration, foreseeable, rank_correlation
from fingen_core.forecast.outlook import bands, chance, crossing, rising, stop_before_target, summary_table
from fingen_core.forecast.walk_forward import Forecasts, walk
from fingen_core.generators.classical.independent import GaussianRandomWalk
from fingen_core.generators.classical.normal_garch import NormalGarch
from fingen_core.metrics.validation import QUANTILES
from tests.validation_support import FIT_UNTIL, gaussian, toy_market

PATHS = np.array(
    [
        [1, 1.02, 1.06, 0.90],  # target first, then far below the stop
        [1, 0.94, 1.10, 1.10],  # stop first
        [1, 1.01, 1.00, 1.00],  # neither, ends where it began
        [1, 0.99, 0.98, 1.01],  # neither, ends higher
    ]
)


def test_chances_by_hand():
    assert rising(PATHS).estimate == 0.5
    assert crossing(PATHS, 0.95).estimate == 0.5
    assert crossing(PATHS, 1.1).estimate == 0.25
    first = stop_before_target(PATHS, 0.05, 0.05)
    assert {name: one.estimate for name, one in first.items()} == {"stop": 0.25, "target": 0.25, "neither": 0.5}


def test_wilson_by_hand_and_at_the_ends():
    found = chance([True] * 8 + [False] * 2)
    z, n, p = norm.ppf(0.975), 10, 0.8
    room = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    assert (found.low, found.high) == pytest.approx(
        ((p + z**2 / 20 - room) / (1 + z**2 / n), (p + z**2 / 20 + room) / (1 + z**2 / n))
    )
    never = chance(np.zeros(100, bool))
    assert never.estimate == never.low == 0
    assert never.high == pytest.approx(z**2 / 100 / (1 + z**2 / 100))


def test_a_random_walk_hits_a_level_twice_as_often_as_it_ends_beyond():
    # Reflection principle; 4 standard errors of 20,000 paths, and steps that jump over the level make it rarer.
    rng = np.random.default_rng(0)
    steps = 0.01 * rng.choice([-1.0, 1.0], (20_000, 64))
    values = np.exp(np.concatenate([np.zeros((20_000, 1)), steps.cumsum(axis=1)], axis=1))
    level = float(np.exp(0.0999))  # reached by ten steps up
    beyond = float((values[:, -1] > level * 1.005).mean())
    exact = float((np.isclose(np.log(values[:, -1]), 0.1)).mean())
    assert crossing(values, level).estimate == pytest.approx(
        2 * beyond + exact, abs=4 * np.sqrt(0.2 * 0.8 / 20_000) * 2
    )


def test_bands_are_nested_and_start_at_nothing():
    rng = np.random.default_rng(1)
    values = np.concatenate([np.ones((500, 1)), np.exp(rng.normal(0, 0.02, (500, 5)).cumsum(axis=1))], axis=1)
    table = bands(values)
    assert (table.iloc[0] == 0).all()
    assert table["high_95"].iloc[5] == pytest.approx(np.quantile(values[:, 5], 0.975) - 1)
    ordered = table[["low_95", "low_80", "low_50", "median", "high_50", "high_80", "high_95"]].to_numpy()
    assert (np.diff(ordered, axis=1) >= 0).all()


def test_summary_says_what_came_and_whether_the_band_held_it():
    table = summary_table({"A": PATHS, "B": PATHS}, {"A": 0.0, "B": 0.5}).set_index("name")
    assert table["inside"].to_dict() == {"A": True, "B": False}
    assert table.loc["B", "rank"] == 1
    assert "came" not in summary_table({"A": PATHS})


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: crossing(PATHS, 1.0),
        lambda: stop_before_target(PATHS, 0, 0.1),
        lambda: stop_before_target(PATHS, 0.1, -0.1),
        lambda: bands(PATHS[:, :1]),
        lambda: chance([]),
        lambda: bands(np.full((3, 3), np.nan)),
    ],
)
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(InvalidInput):
        wrong()


def values_of(table: pd.DataFrame, generator: str) -> pd.DataFrame:
    return table[table["generator"] == generator].set_index("measure")


def test_coverage_tells_calibrated_bands_from_narrow_ones():
    n = 3000
    true = 0.01 * np.exp(0.5 * np.sin(np.arange(n) / 40))
    table = calibration({"good": gaussian(true, true=true), "narrow": gaussian(0.7 * true, true=true)}, against="good")
    good, narrow = values_of(table, "good"), values_of(table, "narrow")
    for share in (50, 80, 95):
        row, wrong = good.loc[f"coverage_{share}"], narrow.loc[f"coverage_{share}"]
        assert abs(row["value"] - share / 100) < 4 * row["error"]
        assert wrong["value"] < share / 100 - 4 * wrong["error"]  # the twin that must fail
    assert good.loc["pit_p", "value"] > 0.01 > narrow.loc["pit_p", "value"]
    assert narrow.loc["crps", "t"] > 3
    assert np.isnan(good.loc["crps", "t"])


def test_size_is_told_by_a_width_that_knows_and_not_by_one_that_does_not():
    n = 3000
    true = 0.01 * np.exp(0.8 * np.sin(np.arange(n) / 40))
    table = calibration({"knows": gaussian(true, true=true), "flat": gaussian(np.full(n, 0.01), true=true)})
    knows, flat = values_of(table, "knows").loc["dispersion"], values_of(table, "flat").loc["dispersion"]
    assert knows["value"] > 4 * knows["error"] > 0
    assert flat["value"] == 0  # never changes, so it ranks nothing


def test_rank_correlation_is_spearmans():
    rng = np.random.default_rng(2)
    a = rng.normal(size=400)
    b = a + rng.normal(size=400)
    found = rank_correlation(a, b)
    assert found.value == pytest.approx(spearmanr(a, b).statistic)
    assert 0.02 < found.error < 0.06
    assert found.n == 400


def test_history_foresees_sizes_where_volatility_clusters_and_directions_nowhere():
    rng = np.random.default_rng(3)
    wild = 0.01 * np.exp(0.9 * np.sin(np.arange(6000) / 150)) * rng.standard_normal(6000)
    found = foreseeable(wild, 5, block=21)
    assert found["dispersion"].value > 4 * found["dispersion"].error
    assert abs(found["direction"].value) < 4 * found["direction"].error
    trend = foreseeable(0.02 * np.sin(np.arange(6000) / 50) + 0.001 * rng.standard_normal(6000), 5, block=21)
    assert trend["direction"].value > 4 * trend["direction"].error  # the twin: a direction that can be foreseen
    assert foreseeable(wild[:50], 5, block=21) == {}


@pytest.fixture(scope="module")
def walked() -> dict[str, Forecasts]:
    market = toy_market(900)
    fit, _ = market.split(FIT_UNTIL[:4] + "-01-31")
    made = {"random-walk": GaussianRandomWalk().fit(fit), "garch-normal": NormalGarch().fit(fit)}
    return {key: walk(one, market, "2012-01-31", n_paths=400) for key, one in made.items()}


def test_a_walk_keeps_quantiles_and_its_file_too(walked, tmp_path):
    made = walked["garch-normal"]
    assert made.quantiles.shape == (*made.realized.shape, len(QUANTILES))
    assert (np.diff(made.quantiles, axis=-1) >= 0).all()
    made.save(tmp_path / "walk.npz")
    assert np.array_equal(Forecasts.load(tmp_path / "walk.npz").quantiles, made.quantiles)
    inside = (made.quantiles[..., 1] <= made.realized) & (made.realized <= made.quantiles[..., -2])
    table = calibration({"a": made}, group="all").set_index("measure")
    assert table.loc["coverage_80", "value"] == pytest.approx(inside.mean(), abs=0.01)  # ranks and quantiles agree
    assert {"direction", "dispersion", "pinball_all"} <= set(table.index)


def test_forecasts_of_earlier_versions_have_no_direction(tmp_path):
    true = np.full(100, 0.01)
    gaussian(true, true=true).save(tmp_path / "old.npz")
    table = calibration({"old": Forecasts.load(tmp_path / "old.npz")})
    assert "direction" not in set(table["measure"])
    assert "dispersion" in set(table["measure"])


def test_normal_garch_has_normal_days_with_the_correlation_of_history():
    market = toy_market(1200)
    rng = np.random.default_rng(4)
    assert rng is not None
    made = NormalGarch().fit(market)
    drawn = made.sample(20_000, 1, seed=1)[:, 0]
    z = (drawn - drawn.mean(axis=0)) / drawn.std(axis=0)
    assert np.abs((z**4).mean(axis=0) - 3).max() < 4 * np.sqrt(96 / 20_000)  # standard error of a normal kurtosis
    assert np.corrcoef(drawn, rowvar=False)[0, 1] == pytest.approx(0.5, abs=0.08)
