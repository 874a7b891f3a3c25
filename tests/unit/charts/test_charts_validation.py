"""What the validation charts draw is what was measured, and their words say what was found."""

import dataclasses
import re
from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from fingen_core.charts import validation as charts
from fingen_core.charts.lettering import width
from fingen_core.charts.theme import COLORS
from fingen_core.charts.validation.calibration import luck
from fingen_core.charts.validation.samples import dashes
from fingen_core.errors import InvalidInput
from fingen_core.forecast.summary import compared
from fingen_core.metrics.catalog import METRICS
from fingen_core.metrics.long_run import HORIZONS, LAGS, PROBABILITIES
from fingen_core.metrics.long_run import portrait as portrait_of
from fingen_core.metrics.novelty import novelty
from fingen_core.validation.verdict import LONG_RUN
from tests.validation_support import gaussian

portrait = partial(portrait_of, year=252)

N = 600
TRUE = 0.01 * np.exp(0.5 * np.sin(np.arange(N) / 25))
RNG = np.random.default_rng(11)
HISTORY = 0.01 * RNG.standard_t(4, (900, 4)) + 0.008 * RNG.standard_normal((900, 1))
PATHS = 0.013 * RNG.standard_normal((6, 300, 4)) + 0.004 * RNG.standard_normal((6, 300, 1))


@pytest.fixture(scope="module")
def right():
    return charts.Walked("Truth", "generated", gaussian(TRUE, true=TRUE, n_assets=2))


@pytest.fixture(scope="module")
def bold():
    return charts.Walked("Bold", "rival", gaussian(TRUE / 2, true=TRUE, n_assets=2))


@pytest.fixture(scope="module")
def samples():
    past = portrait(HISTORY)
    ours = portrait(PATHS, like=past)
    return [charts.Portrayed("History", "history", past), charts.Portrayed("VAE", "generated", ours)]


def lines(figure):
    return {trace.name: trace for trace in figure.data if trace.name}


def words(figure):
    """Title, subtitle and key, without markup."""
    return [re.sub("<[^>]+>", "", line) for line in figure.layout.title.text.split("<br>")]


# ------------------------------------------------------------------------------------------------------------ backtests


@pytest.mark.parametrize("dark", [False, True])
def test_breaches_marks_exactly_the_days_that_fell_below_the_line(right, dark):
    figure = charts.breaches(right, tail=0.05, dark=dark)
    forecasts = right.forecasts
    y, var = forecasts.realized[:, 0], forecasts.value_at_risk[:, 0, 2]
    hit = y <= -var
    marks = lines(figure)["Breach"]
    assert 10 < hit.sum() < 60
    assert list(pd.DatetimeIndex(marks.x)) == list(forecasts.dates[hit])
    np.testing.assert_allclose(marks.y, 100 * y[hit], atol=1e-3)
    np.testing.assert_allclose(lines(figure)["Value at risk, Truth"].y, -100 * var, atol=1e-3)
    assert marks.marker.color == COLORS["dark" if dark else "light"].loss
    assert words(figure)[0] == f"{hit.sum()} losses beyond value at risk, 30 promised"
    assert "5\u202f% tail; 600 days, 2013-01-01 to 2015-04-20" in words(figure)[1]


def test_breaches_data_are_decimals_with_losses_positive(right):
    table = charts.breaches_data(right, "A1", 0.01)
    assert list(table.columns) == ["date", "realized", "value_at_risk", "expected_shortfall", "breach"]
    assert (table["expected_shortfall"] > table["value_at_risk"]).all()
    assert ((table["realized"] <= -table["value_at_risk"]) == table["breach"]).all()


def test_an_unknown_tail_or_portfolio_is_refused_with_the_choices(right):
    with pytest.raises(InvalidInput, match=r"0\.01, 0\.025, 0\.05"):
        charts.breaches(right, tail=0.1)
    with pytest.raises(InvalidInput, match="equal weight"):
        charts.breaches(right, "B7")


def test_lights_count_the_breaches_of_each_window(bold):
    table = charts.rolling_lights_data(bold, tail=0.01)
    hits = bold.forecasts.hits()[:, 0, 0]
    slow = [hits[end - 250 : end].sum() for end in range(250, N + 1)]
    assert list(table["breaches"]) == slow
    assert list(table["date"]) == list(bold.forecasts.dates[249:])
    # Basel's table for 250 days at 1 %: green up to 4, yellow from 5, red from 10.
    expected = np.select([table["breaches"] <= 4, table["breaches"] <= 9], ["green", "yellow"], "red")
    assert list(table["zone"]) == list(expected)
    assert (table["zone"] == "red").any(), "half the volatility has to be caught"


def test_lights_name_their_zones_beside_the_plot(right, bold):
    figure = charts.rolling_lights([right, bold])
    zones = {note.text: note.y for note in figure.layout.annotations}
    assert list(zones) == ["green", "yellow", "red"]
    assert zones["green"] == 2.25  # the middle of 0 to 4.5
    assert words(figure)[0].startswith("Truth: in the green zone ")


def test_too_few_days_for_a_window_are_looked_at_by_halves():
    few = charts.Walked("Few", "generated", gaussian(TRUE[:60], true=TRUE[:60]))
    table = charts.rolling_lights_data(few)
    assert len(table) == 31
    assert set(table["window"]) == {30}
    assert "last 30 forecasts" in charts.rolling_lights([few]).layout.yaxis.title.text


def test_ranks_of_a_right_forecast_fill_the_bins_and_a_bold_one_the_ends(right, bold):
    table = charts.pit_histogram_data([right, bold], n_bins=10)
    ours, theirs = (table[table["sample"] == name] for name in ("Truth", "Bold"))
    assert ours["share"].sum() == pytest.approx(1)
    assert ours["share"].between(ours["low"], ours["high"]).sum() >= 9
    assert theirs["share"].iloc[0] > theirs["high"].iloc[0]
    figure = charts.pit_histogram([right, bold], n_bins=10)
    np.testing.assert_allclose(lines(figure)["Truth"].y, 100 * ours["share"], atol=1e-3)
    assert figure.layout.xaxis.ticksuffix.endswith("%")


def test_luck_is_where_a_binomial_stays_19_times_in_20():
    low, high = luck(1000, 0.05)
    counts = np.random.default_rng(0).binomial(1000, 0.05, 200_000) / 1000
    inside = ((counts >= low) & (counts <= high)).mean()
    assert 0.95 <= inside < 0.97  # discrete: at least what is promised


def test_coverage_draws_observed_over_promised(right, bold):
    table = charts.coverage_data([right, bold])
    hits = bold.forecasts.hits()[:, 0]
    theirs = table[table["sample"] == "Bold"]
    assert list(theirs["breaches"]) == list(hits.sum(axis=0))
    figure = charts.coverage([right, bold])
    np.testing.assert_allclose(lines(figure)["Bold"].x, hits.mean(axis=0) / [0.01, 0.025, 0.05], atol=1e-4)
    assert words(figure)[0] == "Breaches as promised at 3 of 3 tails"
    assert words(charts.coverage([bold]))[0] == "Breaches as promised at 0 of 3 tails"
    assert len({trace.marker.symbol for trace in figure.data}) == 2, "never told apart by color alone"


def test_forecasts_that_overlap_count_only_as_often_as_they_do_not():
    daily = gaussian(TRUE, true=TRUE)
    several = charts.Walked("Ten", "generated", gaussian(TRUE, true=TRUE, horizon=10, stride=5))
    assert several.forecasts.overlap == 2
    assert charts.coverage_data([several])["low"].iloc[2] == luck(300, 0.05)[0] < luck(600, 0.05)[0]
    assert charts.pit_histogram_data([several])["high"].iloc[0] == luck(300, 0.05)[1]
    table = charts.rolling_lights_data(several, window=100)
    hits = daily.hits()[::2, 0, 0]
    assert list(table["breaches"]) == [hits[end - 100 : end].sum() for end in range(100, 301)]


# ------------------------------------------------------------------------------------------------------------ rivals


def test_the_running_difference_ends_outside_its_cone_exactly_when_t_is_large(right, bold):
    table = charts.loss_difference_data([right], bold, tail=0.025)
    t = compared(right.forecasts, bold.forecasts)["fz0_2.5"][0].t
    assert table["t"].iloc[0] == t < -1.96
    last = table.iloc[-1]
    assert last["cumulative"] / last["luck"] == pytest.approx(t / 1.96)
    assert last["cumulative"] == pytest.approx(table["difference"].sum())
    figure = charts.loss_difference([right], bold)
    assert words(figure)[0] == "Better than Bold"
    assert words(charts.loss_difference([bold], right))[0] == "Worse than Truth"


def test_equally_good_forecasts_are_not_called_better():
    one, other = (charts.Walked(name, "rival", gaussian(TRUE, true=TRUE)) for name in ("One", "Other"))
    assert words(charts.loss_difference([one], other))[0] == "Not clearly better than Other"
    alone = words(charts.loss_difference([one], other, one.forecasts.portfolios[0]))[0]
    assert alone.endswith(" alone: not clearly better than Other")


def test_too_few_forecasts_are_said_to_be_too_few():
    one, other = (
        charts.Walked(name, "rival", gaussian(scale * TRUE[:12], true=TRUE[:12]))
        for name, scale in (("A", 1), ("B", 2))
    )
    assert words(charts.loss_difference([one], other))[0] == "Too few days to say if better than B"


def test_different_days_are_not_compared(right):
    other = charts.Walked("Short", "rival", gaussian(TRUE[:300], true=TRUE[:300]))
    with pytest.raises(InvalidInput, match="different days"):
        charts.loss_difference([right], other)


def tidy(**metrics):
    """Rows of two generators: name to (value, floor, t) each."""
    rows = []
    for name, values in metrics.items():
        for key, (value, floor, t) in zip(("vae", "fhs-gjr"), values, strict=True):
            question = METRICS[name].question
            horizon = 1 if question == "tomorrow" else 0
            fact = {"generator": key, "seed": 0, "question": question, "horizon": horizon, "group": "all"}
            rows.append(fact | {"metric": name, "value": value, "floor": floor, "t": t, "t_short": t, "n": 100})
    return pd.DataFrame(rows)


WHO = [("vae", "VAE", "generated"), ("fhs-gjr", "FHS", "rival")]


def test_the_scoreboard_counts_in_floors_and_puts_the_first_one_in_front():
    nan = np.nan
    table = tidy(es_1d=[(0.1, 0.2, nan), (0.3, 0.2, nan)], hill_error=[(0.6, 0.2, nan), (0.2, 0.2, nan)])
    figure = charts.scoreboard(table, WHO)
    assert list(charts.scoreboard_data(table, ["vae", "fhs-gjr"])["times"].round(6)) == [3.0, 1.0, 0.5, 1.5]
    assert list(lines(figure)["VAE"].x) == [3.0, 0.5]  # the order of LONG_RUN: the tail index first
    assert [name for name in LONG_RUN if name in ("es_1d", "hill_error")] == ["hill_error", "es_1d"]
    assert words(figure)[0].startswith("1 of 2 measures are within history's own")
    assert "VAE" in "".join(words(figure))


def test_scores_draw_the_difference_with_the_luck_that_t_implies():
    table = tidy(fz0_1=[(1.0, np.nan, -4.0), (1.2, np.nan, np.nan)], crps=[(0.7, np.nan, 1.0), (0.6, np.nan, np.nan)])
    data = charts.scores_data(table, ["vae", "fhs-gjr"], "fhs-gjr")
    assert list(data["difference"].round(6)) == [-0.2, 0.1]
    np.testing.assert_allclose(data["high"] - data["difference"], [1.96 * 0.05, 1.96 * 0.1])
    figure = charts.scores(table, WHO, ("fhs-gjr", "FHS"))
    assert words(figure)[0] == "Against FHS: 1 of 2 scores better, 0 worse"
    assert list(lines(figure)) == ["VAE"]


@pytest.mark.parametrize(
    ("value", "metric", "text"),
    [
        (0.1234, "es_1d", "12.3\u202f%"),
        (-0.1234, "es_1d_equal", "\u221212.3\u202f%"),
        (0.1234, "es_1d_equal", "+12.3\u202f%"),
        (0.01234, "hits_1", "1.2\u202f%"),
        (1.23456, "fz0_1", "1.235"),
        (np.nan, "fz0_1", "n/a"),
    ],
)
def test_numbers_are_shown_in_their_unit(value, metric, text):
    assert charts.shown(value, METRICS[metric]) == text


# ------------------------------------------------------------------------------------------------------------ long run


def test_survival_puts_all_on_the_volatility_of_history(samples):
    past, ours = (sample.portrait for sample in samples)
    table = charts.survival_data(samples)
    mine = table[table["sample"] == "VAE"].set_index("probability")["loss"]
    equal = np.log1p(np.expm1(PATHS).mean(axis=2))
    expected = -np.quantile(equal, 0.01) / past.volatility_equal
    assert mine[0.01] == pytest.approx(expected, rel=1e-3)
    assert ours.volatility_equal != pytest.approx(past.volatility_equal, rel=0.05), "else the unit is not tested"
    assert table["probability"].max() == 0.25
    assert not table.isna().to_numpy().any()
    figure = charts.survival(samples)
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"
    normal = lines(figure)["Normal"]
    np.testing.assert_allclose(norm.sf(np.asarray(normal.x, dtype=float)), normal.y, rtol=1e-6)


def test_survival_over_many_days_is_per_root_of_the_days(samples):
    table = charts.survival_data(samples, horizon=20)
    portrait_ = samples[0].portrait
    column = int(np.flatnonzero(np.isclose(PROBABILITIES, 0.05))[0])
    theirs = table[(table["sample"] == "History") & np.isclose(table["probability"], 0.05)]["loss"].iloc[0]
    assert theirs == pytest.approx(-portrait_.quantiles_equal[HORIZONS.index(20), column] / np.sqrt(20))


def test_qq_of_history_against_itself_is_the_diagonal(samples):
    twin = charts.Portrayed("Twin", "generated", samples[0].portrait)
    table = charts.qq_data([samples[0], twin])
    np.testing.assert_allclose(table["own"], table["history"])
    figure = charts.qq([samples[0], twin])
    assert words(figure)[0] == "Worst 1 % of returns: 1.00 times history's"
    points = lines(figure)["Twin"]
    np.testing.assert_allclose(points.x, points.y, atol=1e-4)


def test_drawdown_counts_years_at_least_as_deep(samples):
    depth = samples[1].portrait.drawdowns
    line = lines(charts.drawdowns(samples))["VAE"]
    x, share = np.asarray(line.x) / 100, np.asarray(line.y)
    for place in (20, 80, 140):
        assert share[place] == pytest.approx((depth >= x[place] - 5e-6).mean(), abs=1.01 / len(depth))
    assert list(charts.drawdowns_data(samples)["sample"].unique()) == ["History", "VAE"]


@pytest.mark.parametrize(
    ("draw", "column", "field", "options"),
    [
        (charts.autocorrelation, "autocorrelation", "acf_abs", {"kind": "abs"}),
        (charts.autocorrelation, "autocorrelation", "acf", {"kind": "r"}),
        (charts.autocorrelation, "autocorrelation", "acf_square", {"kind": "square"}),
        (charts.autocorrelation, "autocorrelation", "acf_abs_assets", {"kind": "abs", "of": "assets"}),
        (charts.leverage, "leverage", "leverage", {}),
        (charts.leverage, "leverage", "leverage_assets", {"of": "assets"}),
        (charts.aggregation, "kurtosis", "kurtosis_equal", {}),
        (charts.aggregation, "kurtosis", "kurtosis_assets", {"of": "assets"}),
    ],
)
def test_memory_charts_draw_the_portrait(samples, draw, column, field, options):
    figure = draw(samples, **options)
    for sample in samples:
        np.testing.assert_allclose(lines(figure)[sample.label].y, getattr(sample.portrait, field), atol=1e-3)
    table = getattr(charts, f"{draw.__name__}_data")(samples, **options)
    mine = table[table["sample"] == "VAE"][column]
    np.testing.assert_allclose(mine, getattr(samples[1].portrait, field))
    assert "6 paths of 300 days, history 900" in " ".join(words(figure))


def test_the_band_of_memory_is_that_of_independent_days(samples):
    figure = charts.autocorrelation(samples)
    band = next(trace for trace in figure.data if trace.fill == "toself")
    assert max(band.y) == pytest.approx(1.96 / np.sqrt(900))
    assert figure.layout.xaxis.range[1] > LAGS[-1]


def test_heat_maps_share_order_and_scale_and_the_third_is_the_difference(samples):
    names = ["AAA", "BBB", "CCC", "DDD"]
    maps = charts.heat_maps(*samples, names)
    past, ours, gap = (np.asarray(chart.data[0].z) for chart in maps)
    np.testing.assert_allclose(gap, ours - past, atol=1.1e-3)
    assert maps[0].data[0].x == maps[1].data[0].x == maps[2].data[0].x
    assert (maps[0].data[0].zmin, maps[0].data[0].zmax) == (maps[1].data[0].zmin, maps[1].data[0].zmax) == (-1, 1)
    table = charts.heat_maps_data(*samples, names)
    assert len(table) == 6
    row = table.iloc[0]
    i, j = names.index(row["first"]), names.index(row["second"])
    assert row["history"] == samples[0].portrait.correlation[i, j]
    assert row["difference"] == pytest.approx(row["generated"] - row["history"])
    assert words(maps[2])[0] == f"They differ by {table['difference'].abs().mean():.3f} on average"


def test_pairs_need_two_assets():
    one = charts.Portrayed("History", "history", portrait(HISTORY[:, :1]))
    with pytest.raises(InvalidInput, match="at least two assets"):
        charts.heat_maps(one, one, ["AAA"])


# ------------------------------------------------------------------------------------------------------------- novelty


def test_copies_are_seen_and_said():
    copied = novelty(
        np.stack([HISTORY[:84], HISTORY[400:484]]), HISTORY, dates=pd.bdate_range("2001-01-01", periods=900)
    )
    fresh = novelty(PATHS, HISTORY)
    bad, good = charts.Compared("Copy", "generated", copied), charts.Compared("VAE", "generated", fresh)
    assert words(charts.novelty_distances([bad]))[0].startswith("0.00 times as far from history as new")
    assert "100.0 % near copies" in " ".join(words(charts.novelty_distances([bad])))
    assert words(charts.closest_window(bad))[0] == "The closest pair: a near copy"
    assert words(charts.closest_window(good))[0] == "The closest pair: no copy, and hardly alike"
    near = dataclasses.replace(fresh, closest_distance=0.5)
    assert words(charts.closest_window(charts.Compared("VAE", "generated", near)))[0].endswith("alike, but not a copy")
    figure = charts.novelty_distances([good])
    for name in ("Between real windows", "VAE"):
        assert np.asarray(lines(figure)[name].y)[::2].sum() == pytest.approx(100)
    table = charts.novelty_distances_data([good])
    assert table[table["sample"] == "VAE"]["distance"].to_numpy() == pytest.approx(fresh.generated)


def test_the_closest_window_compounds_equal_weight_from_its_start():
    found = novelty(PATHS, HISTORY, dates=pd.bdate_range("2001-01-01", periods=900))
    sample = charts.Compared("VAE", "generated", found)
    table = charts.closest_window_data(sample)
    daily = np.expm1(found.closest_generated).mean(axis=1)
    np.testing.assert_allclose(table["generated"], np.concatenate([[1], np.cumprod(1 + daily)]) - 1)
    real = np.expm1(HISTORY[found.closest_start : found.closest_start + 21]).mean(axis=1)
    np.testing.assert_allclose(table["real"].iloc[-1], np.prod(1 + real) - 1)
    assert set(table["status"]) == {"Generated. Has not happened."}
    assert any("Has not happened" in note.text for note in charts.closest_window(sample).layout.annotations)


# ----------------------------------------------------------------------------------------------------------- for all


def every_chart(samples, right, bold, dark):
    compared_ = charts.Compared("VAE", "generated", novelty(PATHS, HISTORY))
    nan = np.nan
    table = tidy(es_1d=[(0.1, 0.2, nan), (0.3, 0.2, nan)], fz0_1=[(1.0, nan, -4.0), (1.2, nan, nan)])
    return [
        charts.breaches(right, rival=bold, dark=dark),
        charts.rolling_lights([right, bold], dark=dark),
        charts.pit_histogram([right, bold], dark=dark),
        charts.coverage([right, bold], dark=dark),
        charts.loss_difference([right], bold, dark=dark),
        charts.scoreboard(table, WHO, dark=dark),
        charts.scores(table, WHO, ("fhs-gjr", "FHS"), dark=dark),
        charts.survival(samples, dark=dark),
        charts.qq(samples, dark=dark),
        charts.drawdowns(samples, dark=dark),
        charts.autocorrelation(samples, dark=dark),
        charts.leverage(samples, dark=dark),
        charts.aggregation(samples, dark=dark),
        *charts.heat_maps(*samples, list("ABCD"), dark=dark),
        charts.novelty_distances([compared_], dark=dark),
        charts.closest_window(compared_, dark=dark),
    ]


@pytest.mark.parametrize("dark", [False, True])
def test_every_chart_has_words_that_fit_a_narrow_screen_and_the_colors_of_its_mode(samples, right, bold, dark):
    other = {tone for name, tone in vars(COLORS["light" if dark else "dark"]).items() if name != "series"}
    own = {tone for name, tone in vars(COLORS["dark" if dark else "light"]).items() if name != "series"}
    for figure in every_chart(samples, right, bold, dark):
        said = words(figure)
        assert len(said) >= 2, "a title and a sample"
        assert max([width(said[0], 15, 600), *(width(line, 12) for line in said[1:])]) <= 385, said  # pixels
        assert figure.layout.margin.t >= 20 * len(said), "the words have room"
        assert not {tone for tone in other - own if f'"{tone}"' in figure.to_json()}


def test_lines_of_one_color_differ_by_dash():
    rivals = [charts.Walked(name, "rival", gaussian(TRUE[:30], true=TRUE[:30])) for name in "ABC"]
    ours = charts.Walked("O", "generated", rivals[0].forecasts)
    assert dashes([ours, *rivals])[0] == "solid"
    assert len(set(dashes([ours, *rivals]))) == 4


def test_every_chart_says_how_to_read_it():
    drawn = {
        "breaches",
        "rolling_lights",
        "coverage",
        "pit_histogram",
        "loss_difference",
        "survival",
        "qq",
        "drawdowns",
    }
    drawn |= {"autocorrelation", "leverage", "aggregation", "correlation", "tail_dependence", "novelty_distances"}
    assert set(charts.HOW) == drawn | {"closest_window", "scoreboard", "scores"}
    assert all(len(text) > 100 for text in charts.HOW.values())


def test_a_model_behind_by_luck_is_not_called_not_better():
    """A line that ends above zero gets a title that says so."""
    behind = charts.Walked("Wide", "generated", gaussian(1.06 * TRUE[:150], true=TRUE[:150]))
    beside = charts.Walked("Truth", "rival", gaussian(TRUE[:150], true=TRUE[:150]))
    table = charts.loss_difference_data([behind], beside)
    assert 0.5 < table["t"].iloc[0] < 1.96
    assert words(charts.loss_difference([behind], beside))[0] == "Behind Truth, within luck"
