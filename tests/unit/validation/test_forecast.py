"""The one-day protocol: what it may see, what it computes, what it keeps."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest

from fingen_core.backtests import diebold_mariano, kupiec, newey_west_lags
from fingen_core.errors import InvalidInput, Stopped
from fingen_core.forecast.starts import Evenings
from fingen_core.forecast.summary import against, daily_scores, one_day, summary
from fingen_core.forecast.walk_forward import Forecasts, walk
from fingen_core.generators.classical.bootstrap import StationaryBootstrap
from fingen_core.generators.classical.fhs import FilteredHistoricalSimulation
from fingen_core.market import Market, Source
from fingen_core.metrics.risk import expected_shortfall, value_at_risk
from fingen_core.metrics.scores import crps, energy_score, fz0, pinball, pit
from fingen_core.metrics.validation import TAILS


def market_of(log_returns: np.ndarray) -> Market:
    dates = pd.bdate_range("2009-06-01", periods=len(log_returns) + 1)
    prices = 50 * np.exp(np.vstack([np.zeros(log_returns.shape[1]), np.cumsum(log_returns, axis=0)]))
    return Market(pd.DataFrame(prices, dates, [f"A{i}" for i in range(prices.shape[1])]), Source(kind="upload"), "Toy")


@pytest.fixture(scope="module")
def market() -> Market:
    rng = np.random.default_rng(0)
    volatility = 0.01 * np.exp(0.5 * np.sin(np.arange(900) / 40))[:, None]
    return market_of(volatility * (rng.standard_normal((900, 3)) + rng.standard_normal((900, 1))))


@dataclass
class Recorder(StationaryBootstrap):
    """A bootstrap that writes down on which evenings it was asked, and to what it was fitted again."""

    asked: list = field(default_factory=list)
    refitted: list = field(default_factory=list)

    def __post_init__(self):
        super().__init__(1)

    def states(self, history):
        recorder = self

        class Evenings:
            dates = history.dates

            def at(self, date):
                recorder.asked.append(date)

        return Evenings()

    def refit(self, market):
        self.refitted.append(market.dates[-1])
        return self.fit(market)


FIT_UNTIL = "2011-11-30"


@pytest.fixture(scope="module")
def forecasts(market) -> Forecasts:
    fit, _ = market.split(FIT_UNTIL)
    return walk(StationaryBootstrap(1).fit(fit), market, FIT_UNTIL, n_paths=300, seed=1)


def test_every_later_day_is_forecast_from_the_evening_before(market):
    generator = Recorder().fit(market)
    walked = walk(generator, market, FIT_UNTIL, n_paths=200)
    assert walked.dates[0] == pd.Timestamp("2011-12-01")
    assert walked.dates[-1] == market.dates[-1]
    assert len(walked.dates) == len(generator.asked) == (market.return_dates > FIT_UNTIL).sum()
    assert all(asked < day for asked, day in zip(generator.asked, walked.dates, strict=True))
    assert generator.asked[1:] == list(walked.dates[:-1])


def test_a_yearly_refit_sees_the_years_before_only(market):
    generator = Recorder().fit(market.split(FIT_UNTIL)[0])
    walked = walk(generator, market, FIT_UNTIL, n_paths=200, refit_yearly=True)
    assert walked.dates[-1].year == 2012
    assert generator.refitted == [pd.Timestamp("2011-12-30")]
    without = Recorder().fit(market)
    walk(without, market, FIT_UNTIL, to_date="2012-01-31", n_paths=200)
    assert without.refitted == []


def test_a_forecast_does_not_see_its_day(market):
    fit, _ = market.split(FIT_UNTIL)
    returns = market.log_returns().copy()
    day = int(market.return_dates.searchsorted(pd.Timestamp("2011-12-15")))
    returns[day] -= 0.2
    shocked = market_of(returns)
    fhs = FilteredHistoricalSimulation().fit(fit)
    before = walk(fhs, market, FIT_UNTIL, to_date="2011-12-16", n_paths=200)
    after = walk(fhs, shocked, FIT_UNTIL, to_date="2011-12-16", n_paths=200)
    same = np.isclose(before.value_at_risk, after.value_at_risk, rtol=1e-4).all(axis=(1, 2))
    assert before.dates[-2] == pd.Timestamp("2011-12-15")
    assert same.tolist() == [True] * (len(same) - 1) + [False]  # only the day after the shock knows of it


def test_judged_values_equal_the_slow_ones(market):
    fit, _ = market.split(FIT_UNTIL)
    drawn = np.random.default_rng(7).standard_normal((400, 1, 3)).astype(np.float32) * 0.02

    class Fixed(StationaryBootstrap):
        def sample(self, *_, **__):
            return drawn

    walked = walk(Fixed().fit(fit), market, FIT_UNTIL, to_date="2011-12-02", n_paths=400)
    weights = np.array([[1 / 3] * 3, [1, 0, 0], [0, 1, 0]])
    assert walked.portfolios[:3] == ("equal weight", "A0", "A1")
    for day in range(2):
        came = np.expm1(market.log_returns()[market.return_dates.get_loc(walked.dates[day])])
        for row, portfolio in enumerate(weights):
            outcomes = np.expm1(drawn[:, 0].astype(float)) @ portfolio
            y = came @ portfolio
            assert walked.realized[day, row] == pytest.approx(y)
            for i, tail in enumerate(TAILS):
                var, es = value_at_risk(outcomes, 1 - tail), expected_shortfall(outcomes, 1 - tail)
                assert walked.value_at_risk[day, row, i] == pytest.approx(var, rel=1e-5)
                assert walked.expected_shortfall[day, row, i] == pytest.approx(es, rel=1e-5)
                assert walked.fz0()[day, row, i] == pytest.approx(fz0(100 * var, 100 * es, 100 * y, tail), rel=1e-4)
                assert walked.hits()[day, row, i] == (y <= -var)
            assert walked.crps[day, row] == pytest.approx(crps(outcomes, y), rel=1e-4)
            assert walked.pit[day, row] == pytest.approx(pit(outcomes, y))
        assert walked.energy[day] == pytest.approx(energy_score(np.expm1(drawn[:, 0].astype(float)), came), rel=1e-5)


def test_ten_days_ahead_equal_the_slow_ones(market):
    fit, _ = market.split(FIT_UNTIL)
    drawn = np.random.default_rng(7).standard_normal((400, 10, 3)).astype(np.float32) * 0.02
    asked = []

    class Fixed(StationaryBootstrap):
        def sample(self, n_paths, n_steps, **_):
            asked.append((n_paths, n_steps))
            return drawn

    walked = walk(Fixed().fit(fit), market, FIT_UNTIL, to_date="2012-01-31", n_paths=400, horizon=10, stride=5)
    first = int(market.return_dates.searchsorted(pd.Timestamp(FIT_UNTIL), side="right"))
    last = int(market.return_dates.searchsorted(pd.Timestamp("2012-01-31"), side="right"))
    assert (walked.horizon, walked.stride, walked.overlap) == (10, 5, 2)
    assert list(walked.dates) == list(market.return_dates[first + 9 : last : 5])
    assert set(asked) == {(400, 10)}
    wealth = np.cumprod(np.exp(drawn.astype(float)), axis=1)[:, -1]
    for number, day in enumerate(range(first, last - 9, 5)):
        prices = market.prices.to_numpy()
        came = prices[day + 10] / prices[day] - 1  # bought on the evening before the first day and held
        for row, portfolio in enumerate(np.array([[1 / 3] * 3, [1, 0, 0]])):
            outcomes = (wealth - 1) @ portfolio
            assert walked.realized[number, row] == pytest.approx(came @ portfolio)
            assert walked.crps[number, row] == pytest.approx(crps(outcomes, came @ portfolio), rel=1e-4)
            var, es = value_at_risk(outcomes, 0.975), expected_shortfall(outcomes, 0.975)
            assert walked.value_at_risk[number, row, 1] == pytest.approx(var, rel=1e-5)
            assert walked.expected_shortfall[number, row, 1] == pytest.approx(es, rel=1e-5)
            lost = pinball(-100 * var, 100 * came @ portfolio, 0.025)
            assert walked.pinball()[number, row, 1] == pytest.approx(lost, rel=1e-5)
        assert walked.energy[number] == pytest.approx(energy_score(wealth - 1, came), rel=1e-4)


def test_several_days_are_forecast_from_the_evening_before_the_first(market):
    generator = Recorder().fit(market)
    walked = walk(generator, market, FIT_UNTIL, n_paths=200, horizon=10, stride=7)
    rows = [market.return_dates.get_loc(date) for date in walked.dates]
    assert generator.asked == [market.dates[row - 9] for row in rows]
    assert len(generator.asked) > 10


def test_a_refit_is_made_once_for_all_walks(market):
    generator = Recorder().fit(market.split(FIT_UNTIL)[0])
    evenings = Evenings(generator, market, FIT_UNTIL, refit_yearly=True)
    for horizon, stride in ((1, 1), (10, 5)):
        walk(generator, market, FIT_UNTIL, n_paths=200, horizon=horizon, stride=stride, evenings=evenings)
    assert generator.refitted == [pd.Timestamp("2011-12-30")]


def test_a_walk_stops_when_asked(market):
    asked = []

    def should_stop():
        asked.append(None)
        return len(asked) == 5

    generator = Recorder().fit(market)
    with pytest.raises(Stopped, match="stopped on request"):
        walk(generator, market, FIT_UNTIL, n_paths=200, should_stop=should_stop)
    assert len(generator.asked) == 4


def test_each_day_and_seed_has_noise_of_its_own(market, forecasts):
    fit, _ = market.split(FIT_UNTIL)
    again = walk(StationaryBootstrap(1).fit(fit), market, FIT_UNTIL, to_date="2011-12-30", n_paths=300, seed=1)
    other = walk(StationaryBootstrap(1).fit(fit), market, FIT_UNTIL, to_date="2011-12-30", n_paths=300, seed=2)
    assert np.array_equal(again.value_at_risk, forecasts.value_at_risk[: len(again.dates)])
    assert not np.isclose(other.value_at_risk[:, 0, 2], again.value_at_risk[:, 0, 2], rtol=1e-9).any()
    assert len(np.unique(again.value_at_risk[:, 0, 2])) > 10  # the bootstrap knows no state: only noise differs


def test_progress_ends_at_the_last_day(market):
    reports = []
    walk(StationaryBootstrap().fit(market), market, "2012-10-01", n_paths=200, on_progress=reports.append)
    last = reports[-1]
    assert last.step == last.n_steps == (market.return_dates > "2012-10-01").sum()
    assert last.seconds_left == 0
    assert last.phase == "Forecasts of Block bootstrap, 21 days"


def test_what_cannot_be_walked_is_refused(market):
    fitted = StationaryBootstrap().fit(market)
    with pytest.raises(InvalidInput, match="100 paths"):
        walk(fitted, market, FIT_UNTIL, n_paths=100)
    with pytest.raises(InvalidInput, match="no day to test after 2030-01-01"):
        walk(fitted, market, "2030-01-01")
    with pytest.raises(InvalidInput, match="5 days to test after 2012-11-05, but a forecast spans 10"):
        walk(fitted, market, "2012-11-05", horizon=10)
    with pytest.raises(InvalidInput, match="horizon of 0 days"):
        walk(fitted, market, FIT_UNTIL, horizon=0)

    class Broken(StationaryBootstrap):
        def sample(self, n_paths, n_steps, **_):
            return np.full((n_paths, n_steps, 3), np.nan, dtype=np.float32)

    with pytest.raises(InvalidInput, match="not finite for 2011-12-01"):
        walk(Broken().fit(market), market, FIT_UNTIL)

    class Stiff(StationaryBootstrap):
        refit = None

    with pytest.raises(InvalidInput, match="cannot be refitted"):
        walk(Stiff().fit(market), market, FIT_UNTIL, refit_yearly=True, n_paths=200)


def test_forecasts_survive_the_disk(forecasts, tmp_path):
    forecasts.save(tmp_path / "kept" / "one.npz")
    again = Forecasts.load(tmp_path / "kept" / "one.npz")
    assert again.dates.equals(forecasts.dates)
    assert again.portfolios == forecasts.portfolios
    assert np.array_equal(again.fz0(), forecasts.fz0())
    assert np.array_equal(again.energy, forecasts.energy)
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["one.npz"]


def test_forecasts_know_their_horizon_after_the_disk(market, forecasts, tmp_path):
    walked = walk(StationaryBootstrap().fit(market), market, "2012-06-29", n_paths=200, horizon=10, stride=5)
    walked.save(tmp_path / "ten.npz")
    again = Forecasts.load(tmp_path / "ten.npz")
    assert (again.horizon, again.stride) == (10, 5)
    with np.load(tmp_path / "ten.npz", allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files if name not in ("horizon", "stride")}
    np.savez(tmp_path / "old.npz", **arrays)  # written when there was one day only
    assert (Forecasts.load(tmp_path / "old.npz").horizon, Forecasts.load(tmp_path / "old.npz").stride) == (1, 1)


def test_overlapping_forecasts_are_tested_apart(market):
    fit, _ = market.split(FIT_UNTIL)
    ours = walk(StationaryBootstrap().fit(fit), market, FIT_UNTIL, n_paths=200, horizon=10, stride=2)
    theirs = walk(FilteredHistoricalSimulation().fit(fit), market, FIT_UNTIL, n_paths=200, horizon=10, stride=2)
    table = summary(ours, theirs).set_index(["group", "metric"])
    apart = ours.hits()[::5, 0, 2]
    assert table.loc[("equal weight", "kupiec_5"), "value"] == kupiec(apart, 0.05).p_value
    assert table.loc[("equal weight", "kupiec_5"), "n"] == len(apart)
    assert table.loc[("all", "hits_5"), "n"] == len(ours.dates)
    assert ("equal weight", "green_1") not in table.index
    mean = daily_scores(ours)["crps"], daily_scores(theirs)["crps"]
    assert table.loc[("all", "crps"), "t_short"] == diebold_mariano(*mean, lags=5).t
    automatic = max(5, newey_west_lags(len(ours.dates)))
    assert table.loc[("all", "crps"), "t"] == diebold_mariano(*mean, lags=automatic).t
    with pytest.raises(InvalidInput, match="different days"):
        against(ours, walk(StationaryBootstrap().fit(fit), market, FIT_UNTIL, n_paths=200))


def test_too_few_forecasts_are_scored_but_not_tested(market):
    fit, _ = market.split(FIT_UNTIL)
    ours, theirs = (walk(StationaryBootstrap(length).fit(fit), market, "2012-10-22", n_paths=200) for length in (1, 21))
    assert len(ours.dates) < 20
    table = summary(ours, theirs).set_index(["group", "metric"])
    assert table["t"].isna().all()
    assert np.isfinite(table.loc[("all", "fz0_5"), "value"])
    assert ("all", "kupiec_rejected_5") not in table.index


def test_table_is_tidy(forecasts):
    table = forecasts.table()
    assert len(table) == len(forecasts.dates) * len(forecasts.portfolios) * 3
    row = table[(table["date"] == forecasts.dates[4]) & (table["portfolio"] == "A1") & (table["tail"] == 0.025)].iloc[0]
    assert row["value_at_risk"] == forecasts.value_at_risk[4, 2, 1]
    assert row["fz0"] == forecasts.fz0()[4, 2, 1]
    assert row["crps"] == forecasts.crps[4, 2]
    assert row["hit"] == forecasts.hits()[4, 2, 1]


def test_summary_is_the_mean_of_what_it_names(forecasts, market):
    table = summary(forecasts).set_index(["group", "metric"])["value"]
    assert table["all", "fz0_2.5"] == pytest.approx(forecasts.fz0()[..., 1].mean())
    assert table["equal weight", "fz0_1"] == pytest.approx(forecasts.fz0()[:, 0, 0].mean())
    assert table["equal weight", "crps"] == pytest.approx(100 * forecasts.crps[:, 0].mean())
    assert table["all", "hits_5"] == pytest.approx(forecasts.hits()[..., 2].mean())
    assert 0 <= table["equal weight", "kupiec_5"] <= 1
    assert ("equal weight", "green_1") not in table.index  # fewer than the 250 days that Basel's zones count over
    fit, _ = market.split(FIT_UNTIL)
    same = one_day(StationaryBootstrap(1).fit(fit), market, FIT_UNTIL, n_paths=300, seed=1)
    assert same["value"].tolist() == summary(forecasts)["value"].tolist()


def test_comparison_prefers_the_better_forecast(forecasts, market):
    fit, _ = market.split(FIT_UNTIL)
    wild = walk(StationaryBootstrap(1).fit(market_of(3 * fit.log_returns())), market, FIT_UNTIL, n_paths=300, seed=1)
    table = summary(forecasts, wild).set_index(["group", "metric"])
    assert (table.loc["all"].loc[["fz0_1", "fz0_5", "crps", "energy"], "t"] < -3).all()
    assert against(wild, forecasts)["crps"] == pytest.approx(-table.loc[("all", "crps"), "t"])
    assert np.isnan(table.loc[("all", "hits_1"), "t"])
    assert set(daily_scores(forecasts, "A0")) == set(daily_scores(forecasts)) - {"energy"}
    with pytest.raises(InvalidInput, match="portfolio 'A9'"):
        daily_scores(forecasts, "A9")
    shorter = walk(StationaryBootstrap(1).fit(fit), market, FIT_UNTIL, to_date="2012-03-01", n_paths=300)
    with pytest.raises(InvalidInput, match="different days"):
        against(forecasts, shorter)
