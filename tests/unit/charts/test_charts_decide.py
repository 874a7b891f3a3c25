"""What the charts of strategies and allocation draw, and the table behind them."""

import numpy as np
import pandas as pd
import pytest

from fingen_core.charts import allocation, strategies
from fingen_core.charts.theme import COLORS
from fingen_core.portfolio.allocation.frontier import frontier
from fingen_core.portfolio.allocation.limits import Limits
from fingen_core.portfolio.strategies.backtest import backtest
from fingen_core.portfolio.strategies.rules import BuyAndHold, ConstantMix
from fingen_core.portfolio.strategies.settings import Trading
from fingen_core.portfolio.strategies.summary import Summary, fair_table, neighbors_of
from fingen_core.scenarios.outcomes import NOT_HAPPENED

RNG = np.random.default_rng(4)
PATHS = RNG.standard_normal((200, 60, 3)) * 0.02


def summary(rule, paths=PATHS, **trading):
    tested = backtest(
        rule, paths, before=np.ones((1, 3)), base=np.full(3, 1 / 3), trading=Trading(**trading), steps_per_year=252
    )
    return Summary.of(rule.told(), tested, 252)


def lines(figure):
    return {trace.name: trace for trace in figure.data if trace.name}


def words(figure):
    return [note.text for note in figure.layout.annotations]


def test_a_summary_keeps_quantiles_and_measures():
    one = summary(BuyAndHold(), proportional=0, fixed=0)
    ends = np.expm1(PATHS.sum(axis=1)).mean(axis=1)
    assert one.n_paths == 200
    np.testing.assert_allclose(one.measures["total"], ends, rtol=1e-9)
    assert one.middle("total")[0] == pytest.approx(np.median(ends))
    np.testing.assert_allclose(one.fan[:, -1], 1 + np.quantile(ends, [0.05, 0.25, 0.5, 0.75, 0.95]), rtol=1e-9)
    assert (one.costs, one.trades) == (0, 3)


def test_rules_side_by_side_by_hand():
    hold, mix = summary(BuyAndHold()), summary(ConstantMix(), every=5)
    past = [summary(BuyAndHold(), PATHS[:1]), summary(ConstantMix(), PATHS[:1], every=5)]
    table = fair_table([hold, mix], past, hold).set_index("rule")
    assert table.loc["Buy and hold", "beats_holding"] == 0.5  # it ties with itself on every path
    better = (mix.measures["total"] > hold.measures["total"]).mean()
    assert table.loc["Constant mix", "beats_holding"] == pytest.approx(better, abs=0.01)
    worst = np.argsort(hold.measures["total"].to_numpy())[:20]
    assert table.loc["Constant mix", "worst_tenth"] == pytest.approx(mix.measures["total"].iloc[worst].mean())
    assert table.loc["Buy and hold", "total_history"] == pytest.approx(past[0].measures["total"].iloc[0])
    assert 0 <= table.loc["Constant mix", "sharpe_luck"] <= 1
    assert "total_history" not in fair_table([hold], [], hold)


def test_neighbors_spread_over_the_range_without_the_value_itself():
    assert neighbors_of(50, 0, 100, 3) == [25, 75]
    assert neighbors_of(7, 0, 100, 3) == [25, 50, 75]


@pytest.mark.parametrize("dark", [False, True])
def test_history_runs_inside_the_fan(dark):
    one, past = summary(BuyAndHold()), summary(BuyAndHold(), PATHS[:1])
    chart = strategies.equity(one.fan, past.fan[2], "Title", "Note", dark=dark)
    assert lines(chart)["History"].line.color == COLORS["dark" if dark else "light"].history
    np.testing.assert_allclose(lines(chart)["History"].y, (past.fan[2] - 1) * 100, atol=1e-3)
    assert NOT_HAPPENED in words(chart)
    assert "history" in words(chart)
    assert "History" not in lines(strategies.equity(one.fan, None, "Title", "Note"))


def test_luck_says_how_many_paths_did_worse():
    chart = strategies.lucky({"Return": 0.24, "Drawdown": 0.9}, "How lucky?", "Note")
    assert list(chart.data[1].text) == ["24\u202f%", "90\u202f%"]
    assert list(chart.data[1].x) == [24, 90]


def test_outcomes_hold_every_path_and_the_mark_of_history():
    one = summary(BuyAndHold())
    chart = strategies.outcomes(one.measures["total"], one.measures["total"], 5.0, "Title", "Note", axis="Return")
    assert sum(np.array(lines(chart)["rule"].y)[::2]) == pytest.approx(100, abs=0.1)
    assert "history 500.0\u202f%" in words(chart)
    assert chart.layout.xaxis.range[1] >= 500


def test_costs_bad_times_curves_and_logits_draw_what_they_are_given():
    found = {"Trend": tuple(np.array([0.1, 0.05]) + shift for shift in (0, -0.1, 0.1)), "Hold": (np.ones(2),) * 3}
    chart = strategies.costs([0, 0.01], found, [0.2, 0.1], "Title", "Note")
    np.testing.assert_allclose(lines(chart)["Trend"].y, [10, 5])
    np.testing.assert_allclose(lines(chart)["history"].y, [20, 10])
    bad = strategies.bad_times(["A", "B"], [-0.2, -0.1], [0.1, 0.05], "Title", "Note")
    assert list(lines(bad)["worst tenth"].x) == [-20, -10]
    dates = pd.bdate_range("2000-01-03", periods=4)
    drawn = strategies.curves(dates, {"Hold": np.array([1, 2, 3, 4.0])}, "Title", "Note")
    assert list(lines(drawn)["Hold"].y) == [1, 2, 3, 4]
    ranks = strategies.logits([-1, -1, 1, 2], "Title", "Note")
    assert sum(ranks.data[0].y) == pytest.approx(100)
    red = COLORS["light"].loss
    assert sum(y for y, color in zip(ranks.data[0].y, ranks.data[0].marker.color, strict=True) if color == red) == 50


def test_weights_are_ordered_by_the_generated_ones():
    chart = allocation.weights(["A", "B", "C"], [0.2, 0.5, 0.3], [0.4, 0.3, 0.3], "Title", "Note")
    assert list(chart.data[0].x) == ["B", "C", "A"]
    assert list(chart.data[1].y) == [30, 30, 40]


def test_frontiers_and_walks_name_their_lines():
    one = frontier(PATHS.sum(axis=1), Limits(), per_year=4, n_points=4, n_resamples=3)
    chart = allocation.frontiers({"Generated": one, "History": one}, "Title", "Note")
    assert {"generated", "history"} <= set(words(chart))
    assert len(lines(chart)["Generated, resampled"].x) == 12
    dates = pd.bdate_range("2000-01-03", periods=3)
    wealth = {"Generated": np.array([1, 2, 3.0]), "History": np.array([1, 1, 2.0]), "Equal weight": np.ones(3)}
    walked = allocation.walked(dates, wealth, dates[:1], "Title", "Note")
    assert list(lines(walked)["Generated"].y) == [1, 2, 3]
    assert {"generated", "history", "equal weight"} <= set(words(walked))
