"""Risk of a portfolio: worked by hand, and against slow loops that say the same in more words."""

import numpy as np
import pandas as pd
import pytest

from fingen_core.errors import InvalidInput
from fingen_core.market import Market, Source
from fingen_core.metrics.risk import expected_shortfall, value_at_risk
from fingen_core.portfolio.named import NamedPaths, scenario_table, waterfall
from fingen_core.portfolio.risk import (
    Gains,
    euler_shortfall,
    gains_at,
    hitting_probability,
    risk_table,
    tail_bands,
)
from fingen_core.scenarios.regimes import wildness

WEIGHTS = np.array([0.7, -0.2, 0.3])


def drawn(n=400, n_steps=21, seed=0):
    return np.random.default_rng(seed).standard_t(4, size=(n, n_steps, 3)).astype(np.float32) * 0.01


def test_gains_compound_the_first_days_of_each_path():
    paths = drawn(5)
    found = gains_at(paths, (1, 10, 63))
    assert list(found) == [1, 10]  # 63 days are more than the paths have
    slow = [[np.prod([np.exp(float(paths[p, d, a])) for d in range(10)]) - 1 for a in range(3)] for p in range(5)]
    np.testing.assert_allclose(found[10], slow, atol=1e-7)


def test_bands_hold_the_estimates_of_the_plain_functions():
    returns = gains_at(drawn(), (1, 10, 21, 63))[10] @ WEIGHTS
    table = tail_bands(returns).set_index(["measure", "level"])
    for level in (0.95, 0.975, 0.99):
        assert table.loc[("VaR", level), "estimate"] == pytest.approx(value_at_risk(returns, level))
        assert table.loc[("ES", level), "estimate"] == pytest.approx(expected_shortfall(returns, level))
    assert (table["low"] <= table["estimate"]).all()
    assert (table["estimate"] <= table["high"]).all()


def test_overlapping_windows_get_wider_bands_than_independent_paths():
    days = np.random.default_rng(3).normal(0, 0.01, 4000)
    windows = np.convolve(days, np.ones(10), mode="valid")
    naive = tail_bands(windows, [0.95]).set_index("measure")
    honest = tail_bands(windows, [0.95], mean_block=31).set_index("measure")
    width = {name: table.loc["ES", "high"] - table.loc["ES", "low"] for name, table in (("n", naive), ("h", honest))}
    assert width["h"] > 1.6 * width["n"]


def test_no_band_where_the_tail_holds_no_independent_outcome():
    few = tail_bands(np.random.default_rng(0).normal(size=600), [0.95, 0.99], mean_block=84)
    assert few["low"].isna().all()
    assert few["estimate"].notna().all()


def test_table_has_every_source_horizon_measure_and_level():
    source = Gains(label="A", kind="generated", over=gains_at(drawn(), (1, 10)), cluster=21)
    table = risk_table([source, source], WEIGHTS, n_resamples=20)
    assert len(table) == 2 * 2 * 2 * 3
    assert set(table["outcomes"]) == {400}


def test_contributions_are_mean_losses_of_the_tail():
    gains = np.array([[-0.1, 0.02], [0.01, -0.3], [0.05, 0.05], [0.0, 0.0]])
    # worst half by equal weights: outcome 1 (-.145) and outcome 0 (-.04)
    np.testing.assert_allclose(euler_shortfall(gains, [0.5, 0.5], 0.5), [0.0225, 0.07])


def test_contributions_agree_with_a_small_change_of_each_weight():
    gains, step = gains_at(drawn(2000), (1, 10, 21, 63))[21], 1e-6
    for asset in range(3):
        more = WEIGHTS.copy()
        more[asset] += step
        slope = (expected_shortfall(gains @ more, 0.975) - expected_shortfall(gains @ WEIGHTS, 0.975)) / step
        assert euler_shortfall(gains, WEIGHTS, 0.975)[asset] == pytest.approx(slope * WEIGHTS[asset], rel=1e-3)


def test_a_limit_stays_hit_when_the_path_recovers():
    values = np.array([[1, 0.85, 1.2], [1, 0.95, 0.89], [1, 1.1, 1.0], [1, 0.9, 0.95]])
    table = hitting_probability(values, 0.1, n_resamples=50)
    assert table["estimate"].tolist() == [0, 0.5, 0.75]
    assert (table["low"] <= table["estimate"]).all()
    assert (table["high"] >= table["estimate"]).all()


@pytest.mark.parametrize("limit", [0, 1, 1.5, -0.1])
def test_a_limit_outside_its_range_is_refused(limit):
    with pytest.raises(InvalidInput, match="choose a share inside"):
        hitting_probability(np.ones((2, 3)), limit)


def named(name, gains, **more):
    facts = {"group": "Replay", "kind": "history", "gains": np.asarray(gains, float), "n_steps": 5, **more}
    return NamedPaths(name=name, **facts)


def test_scenarios_stand_by_their_loss_with_what_each_asset_brings():
    mild, wild = named("mild", [[-0.1, 0.0, 0.1]]), named("wild", [[-0.5, -0.2, 0], [-0.3, 0.1, -0.1]])
    table = scenario_table([mild, wild], WEIGHTS, value_at_risk=0.1)
    assert table["scenario"].tolist() == ["wild", "mild"]
    # outcomes: -.35 + .04 = -.31 and -.21 - .02 - .03 = -.26
    assert table["loss"].tolist() == pytest.approx([0.285, 0.04])
    assert table["worst"].tolist() == pytest.approx([0.31, 0.04])
    assert table["multiple"].tolist() == pytest.approx([2.85, 0.4])
    np.testing.assert_allclose(waterfall(wild, WEIGHTS), [-0.28, 0.01, -0.015])


def test_a_mean_loss_has_a_band_by_the_effective_number_and_history_has_none():
    rng = np.random.default_rng(0)
    gains = rng.normal(-0.2, 0.1, (400, 3))
    one = named("w", gains, kind="generated", effective=100.0)
    table = scenario_table([one], [1, 0, 0], 0.1)
    assert table["reach"][0] == pytest.approx(1.645 * gains[:, 0].std() / 10)
    assert table["reach"][0] > scenario_table([named("w", gains, kind="generated")], [1, 0, 0], 0.1)["reach"][0] * 1.99
    assert np.isnan(scenario_table([named("w", gains)], [1, 0, 0], 0.1)["reach"][0])
    assert np.isnan(scenario_table([named("w", gains[:1], kind="generated")], [1, 0, 0], 0.1)["reach"][0])


def test_the_band_of_a_worst_twentieth_holds_its_share_of_draws():
    # Mean of the worst 5 % of 2,000 exponential losses: 1 + ln 20. A 90 % band holds 270 of 300, give or take 4 x 5.2.
    rng, exact = np.random.default_rng(1), 1 + np.log(20)

    def held(chosen):
        count = 0
        for _ in range(300):
            losses = np.sort(rng.exponential(size=2000))[-100:]
            worst = named("w", np.stack([-losses, losses * 0, losses * 0], 1), kind="generated", chosen=chosen)
            row = scenario_table([worst], [1, 0, 0], 0.1).iloc[0]
            count += abs(row["loss"] - exact) <= row["reach"]
        return count

    assert abs(held(0.05) - 270) < 21
    assert held(1.0) < 249  # wrong on purpose: as if it were known where the tail begins


def test_weighted_paths_count_by_their_chance():
    one = named("w", [[-0.5, 0, 0], [0.5, 0, 0]], chances=np.array([3.0, 1.0]))
    assert scenario_table([one], [1, 0, 0], 0.1)["loss"][0] == pytest.approx(0.25)
    assert one.n_effective == pytest.approx(1.6)
    with pytest.raises(InvalidInput, match="none negative"):
        named("bad", [[0.0, 0, 0]], chances=np.array([-1.0]))


def test_a_loss_beyond_history_and_replays_of_as_many_days_is_marked():
    prices = pd.DataFrame({"A": [100.0, 90, 80, 70, 70, 140]}, pd.date_range("2020-12-28", periods=6))
    history = Market(prices, Source(kind="upload"))
    sets = [
        named("wild", [[-0.3], [-0.5]], kind="generated", n_steps=2),
        named("mild", [[-0.2]], kind="generated", n_steps=2),
        named("Replay: long", [[-0.9]], n_steps=3),
        named("Replay: short", [[-0.25]], n_steps=1),
    ]
    table = scenario_table(sets, [1.0], 0.1, history).set_index("scenario")
    assert table.loc["wild", "precedent"] == pytest.approx(0.25)  # 100 to 80 is 20 %, 90 to 70 is 22 %
    assert table.loc["wild", "precedent_of"] == "Replay: short"
    assert table.loc["wild", "beyond"] == pytest.approx(1.6)
    assert table["beyond"].drop("wild").isna().all()
    before = scenario_table(sets[:1], [1.0], 0.1, history).iloc[0]
    assert before["precedent"] == pytest.approx(2 / 9)
    assert before["precedent_of"] == "the worst 2 days of 2020-2021"
    assert np.isnan(scenario_table(sets[:1], [1.0], 0.1)["beyond"][0])  # nothing is known of the past


def test_a_short_book_that_loses_more_than_everything_is_marked():
    prices = pd.DataFrame({"A": [100.0, 90, 80]}, pd.date_range("2021-01-01", periods=3))
    history = Market(prices, Source(kind="upload"))
    short = scenario_table([named("up", [[1.5], [0.1]], kind="generated", n_steps=1)], [-1.0], 0.1, history).iloc[0]
    assert (short["ruined"], short["drawn"]) == (1, 2)
    assert np.isinf(short["beyond"])  # the short book never lost a day


def test_a_day_is_as_wild_as_its_month():
    quiet, wild = np.tile([0.001, -0.001], 100), np.tile([0.05, -0.05], 20)
    logs = np.concatenate([[0.0], quiet, wild])
    prices = pd.DataFrame({"A": 100 * np.exp(np.cumsum(logs))}, pd.bdate_range("2001-01-01", periods=len(logs)))
    market = Market(prices, Source(kind="upload", detail="mine.csv"))
    assert wildness(market, prices.index[150]) < 0.5
    assert wildness(market, prices.index[-1]) > 0.8
    assert np.isnan(wildness(market, prices.index[5]))
