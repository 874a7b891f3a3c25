"""What the scenario charts draw and say."""

import numpy as np
import pytest

from fingen_core.charts import outcomes
from fingen_core.charts import scenarios as charts
from fingen_core.charts.theme import COLORS
from fingen_core.scenarios.outcomes import Outcomes

RNG = np.random.default_rng(7)
NOTE = "300 paths, 21 days, from 2022-12-28, seed 1"


def sample(kind="generated", label="VAE", drift=0.0, n_paths=300, n_steps=21):
    moves = RNG.normal(drift, 0.01, (n_paths, n_steps))
    values = np.exp(np.cumsum(np.hstack([np.zeros((n_paths, 1)), moves]), axis=1))
    return Outcomes.of(values, label=label, kind=kind, note=NOTE)


def named_lines(figure):
    return {trace.name: trace for trace in figure.data if trace.name}


def words(figure):
    return [note.text for note in figure.layout.annotations]


@pytest.mark.parametrize("dark", [False, True])
def test_fan_draws_quantiles_of_every_day_in_percent(dark):
    one = sample()
    figure = charts.fan(one, "Title", dark=dark)
    lines = named_lines(figure)
    expected = (np.quantile(one.values, 0.05, axis=0) - 1) * 100
    np.testing.assert_allclose(lines["5 % of paths below"].y, expected, atol=1e-3)
    assert figure.layout.yaxis.ticksuffix.endswith("%")
    assert figure.layout.xaxis.title.text == "Trading days from the start"
    assert NOTE in figure.layout.title.text


def test_a_horizon_of_one_stretch_draws_its_volatility_as_points():
    samples = [sample(n_steps=5), sample("history", "History", n_steps=5)]
    figure = outcomes.volatility(samples, "x", "y", n_days=5, steps_per_year=252)
    assert [trace.mode for trace in figure.data] == ["markers", "markers"]
    assert list(figure.layout.xaxis.ticktext) == ["VAE", "History"]
    each = 100 * np.sqrt(252 * (np.diff(np.log(samples[0].values), axis=1) ** 2).mean(axis=1))
    low, middle, high = np.quantile(each, [0.05, 0.5, 0.95])
    point = figure.data[0]
    assert point.y[0] == pytest.approx(middle, abs=1e-3)
    assert (point.error_y.arrayminus[0], point.error_y.array[0]) == pytest.approx((middle - low, high - middle))
    assert figure.layout.yaxis.range[1] > high


@pytest.mark.parametrize(
    ("n_steps", "ticks"),
    [
        (3, [0, 1, 2, 3]),
        (12, [0, 2, 4, 6, 8, 10, 12]),
        (13, [0, 2, 4, 6, 8, 10, 12]),
        (24, [0, 6, 12, 18, 24]),
        (52, [0, 13, 26, 39, 52]),
        (63, [0, 21, 42, 63]),
        (90, [0, 30, 60, 90]),
        (252, [0, 42, 84, 126, 168, 210, 252]),
    ],
)
def test_ticks_of_a_horizon_end_with_it_where_round_numbers_do(n_steps, ticks):
    assert list(charts.fan(sample(n_steps=n_steps), "x").layout.xaxis.tickvals) == ticks


def test_fan_names_paths_and_only_the_worst_is_red():
    one = sample()
    names = [charts.Named("worst", one.worst_path(), True), charts.Named("median", one.median_path())]
    figure = charts.fan(one, "Title", named=names)
    lines = named_lines(figure)
    np.testing.assert_allclose(lines["worst"].y, (one.values[one.worst_path()] - 1) * 100, atol=1e-3)
    assert lines["worst"].line.color == COLORS["light"].loss
    assert lines["median"].line.color == COLORS["light"].generated
    assert {"worst", "median", "5 %", "95 %"} <= set(words(figure))


def test_generated_pictures_say_that_they_have_not_happened():
    assert "Generated. Has not happened." in words(charts.fan(sample(), "x"))
    assert "Generated. Has not happened." in words(charts.fan(sample("rival"), "x"))
    assert "Generated. Has not happened." not in words(charts.fan(sample("history"), "x"))


def test_fans_side_by_side_share_their_axis():
    one, other = sample(), sample("history", drift=-0.004)
    limits = charts.value_range([one, other])
    assert charts.fan(one, "x", y_range=limits).layout.yaxis.range == limits
    assert limits[0] < (min(one.values.min(), other.values.min()) - 1) * 100


def test_fan_stays_small_however_many_paths():
    assert len(charts.fan(sample(n_paths=5000, n_steps=63), "x").to_json()) < 80_000


def test_fan_data_is_what_is_drawn():
    one = sample()
    table = charts.fan_data(one, [charts.Named("worst", one.worst_path(), True)])
    assert list(table["day"]) == list(range(22))
    assert table["worst [%]"].iloc[-1] == pytest.approx((one.values[:, -1].min() - 1) * 100)


@pytest.mark.parametrize(
    ("kind", "drift", "share", "start"),
    [
        ("generated", 0.0, 1.0, "Generated: 1 in 20 loses "),
        ("history", 0.0, 1.0, "History: 1 in 20 lost "),
        ("generated", 0.05, 1.0, "Generated: 19 in 20 gain over "),
        ("history", 0.0, 0.05, "History, worst 5"),
    ],
)
def test_headline_says_the_finding_and_fits_a_narrow_screen(kind, drift, share, start):
    text = charts.headline(sample(kind, drift=drift).worst(share), share)
    assert text.startswith(start)
    assert len(text) <= 44


def test_distribution_shares_add_up_to_everything():
    samples = [sample(), sample("history", "History"), sample("rival", "FHS")]
    figure = outcomes.distribution(samples, "x", "y")
    for name in ("VAE", "History", "FHS"):
        assert np.asarray(named_lines(figure)[name].y)[::2].sum() == pytest.approx(100)
    assert [text.split("<b>")[1].split("</b>")[0] for text in words(figure)] == ["VAE", "History", "FHS"]


def test_two_runs_differ_by_dash_not_only_by_name():
    figure = outcomes.distribution([sample(label="A"), sample(label="B")], "x", "y")
    lines = named_lines(figure)
    assert lines["A"].line.dash != lines["B"].line.dash


def test_drawdown_counts_paths_at_least_as_deep():
    values = np.array([[1, 0.9, 1.0], [1, 1.1, 0.88], [1, 1, 1.1], [1, 0.5, 0.6]])  # deepest: 10, 20, 0 and 50 %
    one = Outcomes.of(values, label="VAE", kind="generated", note=NOTE)
    line = named_lines(outcomes.drawdown([one], "x", "y"))["VAE"]
    depth, share = np.asarray(line.x), np.asarray(line.y)
    assert share[np.searchsorted(depth, 15)] == 50
    assert share[np.searchsorted(depth, 45)] == 25
    assert list(outcomes.drawdown_data([one])["drawdown"].round(10)) == [0.1, 0.2, 0.0, 0.5]


def test_volatility_of_a_constant_move():
    values = np.exp(np.outer(np.ones(3), 0.01 * np.arange(22)))
    one = Outcomes.of(values, label="VAE", kind="generated", note=NOTE)
    line = named_lines(outcomes.volatility([one], "x", "y", n_days=5, steps_per_year=256))["VAE, median"]
    np.testing.assert_allclose(line.y, 16, atol=1e-6)
    table = outcomes.volatility_data([one], 5, 256)
    assert list(table["day"]) == list(range(5, 22))


def test_correlation_scale_is_the_same_everywhere():
    figure = charts.correlations(np.eye(3), ["A", "B", "C"], "x", "y")
    assert (figure.data[0].zmin, figure.data[0].zmax) == (-1, 1)
    assert list(figure.data[0].x) == ["A", "B", "C"]


def test_worst_case_names_portfolio_best_and_worst():
    assets = np.array([[1, 1, 1], [0.9, 1.2, 0.5]])
    figure = charts.worst_case(assets, assets.mean(axis=1), ["A", "B", "C"], "x", "y", kind="generated")
    assert {"portfolio", "B", "C"} <= set(words(figure))
    assert "A" not in words(figure)


def test_every_popover_has_text():
    assert all(len(text.strip()) > 100 for text in {**charts.HOW, **outcomes.HOW}.values())


def test_generated_data_say_that_they_have_not_happened():
    assert set(charts.fan_data(sample())["status"]) == {"Generated. Has not happened."}
    assert "status" not in charts.fan_data(sample("history"))
