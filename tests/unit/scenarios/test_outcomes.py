"""Samples side by side: tails, volatility, correlation and the order of assets."""

import numpy as np
import pytest

from fingen_core.errors import InvalidInput
from fingen_core.market import bundled
from fingen_core.market.step import DAILY
from fingen_core.metrics.risk import expected_shortfall
from fingen_core.portfolio.risk import Gains, gains_at, risk_table
from fingen_core.scenarios.history import window_values, windows
from fingen_core.scenarios.outcomes import (
    Outcomes,
    cluster_order,
    correlation,
    rolling_volatility,
    stress_days,
    tail_table,
)

RNG = np.random.default_rng(5)
VALUES = np.exp(np.cumsum(np.hstack([np.zeros((500, 1)), RNG.normal(0, 0.01, (500, 20))]), axis=1))


def sample(values=VALUES, kind="generated"):
    return Outcomes.of(values, label=kind.title(), kind=kind, note="note")


def test_worst_share_keeps_track_of_rows_and_fractions():
    few = sample(np.array([[1, 0.9], [1, 0.5], [1, 1.2], [1, 0.7]]))
    chosen = few.worst(0.375)
    assert chosen.rows.tolist() == [1, 3]
    assert chosen.mean_loss() == pytest.approx((0.5 + 0.5 * 0.3) / 1.5)
    assert chosen.values[chosen.worst_path(), -1] == 0.5


def test_mean_loss_of_the_worst_is_the_expected_shortfall():
    assert sample().worst(0.013).mean_loss() == pytest.approx(expected_shortfall(sample().returns(), 0.987))


def test_median_path_ends_in_the_middle():
    ends = sample().values[:, -1]
    assert abs((ends <= ends[sample().median_path()]).mean() - 0.5) < 0.005


def test_values_that_are_no_wealth_are_refused():
    with pytest.raises(InvalidInput, match="not above 0"):
        sample(np.array([[1.0, -0.1]]))
    with pytest.raises(InvalidInput, match="at least one step"):
        sample(np.ones((3, 1)))


def test_rolling_volatility_against_a_slow_loop():
    values = VALUES[:4]
    fast = rolling_volatility(values, 5, 252)
    returns = np.diff(np.log(values), axis=1)
    slow = [[np.sqrt((row[day - 5 : day] ** 2).mean() * 252) for day in range(5, 21)] for row in returns]
    np.testing.assert_allclose(fast, slow, rtol=1e-9)


def test_tail_table_bands_hold_their_estimates_and_history_is_less_sure():
    long = np.repeat(VALUES, 20, axis=0)  # neighbors are alike, as windows that overlap
    table = tail_table([sample(long), sample(long, kind="history")], step=DAILY).set_index(["measure", "kind"])
    banded = table.dropna()
    assert (banded["low"] <= banded["estimate"]).mean() > 0.9
    row = "Value at risk, 95\u00a0%"
    width = (table["high"] - table["low"]).loc[row]
    assert width["history"] > 2 * width["generated"]
    assert np.isnan(table.loc[("Worst loss over the horizon", "generated"), "low"])


def test_bands_of_history_are_those_of_the_page_of_a_portfolio():
    market = bundled().between("1995-01-01", "2004-12-31")
    weights = np.full(market.n_assets, 1 / market.n_assets)
    past = sample(window_values(market, 21, weights), kind="history")
    ours = tail_table([past], step=DAILY).set_index("measure")[["estimate", "low", "high"]]
    gains = gains_at(windows(market, 21), (21,))
    there = risk_table([Gains(label="History", kind="history", over=gains, overlapping=True, cluster=21)], weights)
    for row in there.itertuples():
        words = {"VaR": "Value at risk", "ES": "Expected shortfall"}[row.measure]
        here = ours.loc[f"{words}, {row.level * 100:g}\u00a0%"].to_numpy()
        np.testing.assert_allclose(here, [row.estimate, row.low, row.high], atol=1e-6)  # NaN where there is no band
    assert np.isnan(ours.loc["Value at risk, 99\u00a0%", "low"]) == np.isnan(there["low"].iloc[-1])


def test_correlation_of_paths_is_that_of_their_days():
    days = RNG.normal(size=(60, 3)) @ np.array([[1, 0.5, 0], [0, 1, 0], [0, 0, 1]])
    np.testing.assert_allclose(correlation(days.reshape(3, 20, 3)), np.corrcoef(days.T), atol=1e-12)


def test_an_asset_that_never_moves_correlates_with_nothing():
    days = np.column_stack([RNG.normal(size=50), np.zeros(50)])
    assert correlation(days).tolist() == [[1, 0], [0, 1]]


def test_stress_days_are_the_worst_tenth_by_the_mean():
    days = np.arange(40.0).reshape(20, 2)
    assert stress_days(days).tolist() == [[0, 1], [2, 3]]


def test_cluster_order_puts_like_assets_together():
    first, second = RNG.normal(size=(2, 300, 1))
    noise = RNG.normal(0, 0.3, (300, 6))
    days = np.hstack([first, second, first, second, first, second]) + noise
    order = cluster_order(correlation(days))
    sides = [asset % 2 for asset in order]
    assert sides in ([0, 0, 0, 1, 1, 1], [1, 1, 1, 0, 0, 0])
    assert cluster_order(np.eye(2)) == [0, 1]
