"""The one-day protocol: what it may see, what it computes, what it keeps."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.fidelity import between_markers
from fingen_core.errors import InvalidInput
from fingen_core.forecast import benchmark
from fingen_core.forecast.summary import against, daily_scores, summary
from fingen_core.forecast.walk_forward import Forecasts, one_day, walk
from fingen_core.generators.bootstrap import StationaryBootstrap
from fingen_core.generators.fhs import FilteredHistoricalSimulation
from fingen_core.market import Market, Source
from fingen_core.metrics.risk import expected_shortfall, value_at_risk
from fingen_core.metrics.scores import crps, energy_score, fz0, pit
from fingen_core.metrics.validation import TAILS

ROOT = Path(__file__).resolve().parents[2]


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
    assert set(daily_scores(forecasts, "A0")) == {"fz0_1", "fz0_2.5", "fz0_5", "crps"}
    with pytest.raises(InvalidInput, match="portfolio 'A9'"):
        daily_scores(forecasts, "A9")
    shorter = walk(StationaryBootstrap(1).fit(fit), market, FIT_UNTIL, to_date="2012-03-01", n_paths=300)
    with pytest.raises(InvalidInput, match="different days"):
        against(forecasts, shorter)


@pytest.fixture(scope="module")
def bench(market, tmp_path_factory):
    out = tmp_path_factory.mktemp("bench")
    reports = []
    frame = benchmark.run(
        market,
        ["block-bootstrap", "fhs-gjr"],
        fit_until=FIT_UNTIL,
        seeds=2,
        out=out,
        n_paths=200,
        on_progress=reports.append,
    )
    return out, frame, reports


def test_benchmark_table_is_tidy_and_stored(bench):
    out, frame, reports = bench
    assert set(frame["generator"]) == {"fhs-gjr", "block-bootstrap"}
    assert set(frame["seed"]) == {0, 1}
    scores = frame[frame["metric"] == "crps"]
    assert scores["t"].isna().tolist() == (scores["generator"] == "fhs-gjr").tolist()
    assert (frame["n_paths"] == 200).all()
    assert (frame["market"] == "Toy, 3 assets").all()
    stored = pd.read_csv(out / "fidelity.csv", dtype={"commit": str}, keep_default_na=False, na_values=[""])
    assert np.allclose(stored["value"], frame["value"], rtol=1e-5)
    assert pd.read_parquet(out / "fidelity.parquet")["value"].equals(frame["value"])
    assert reports[-1].phase.startswith("4 of 4: block-bootstrap, seed 1: ")


def test_benchmark_goes_on_where_it_stopped(bench, market):
    out, frame, _ = bench
    kept = {path: path.stat().st_mtime_ns for path in (out / "forecasts").iterdir()}
    assert len(kept) == 8
    victim = next(path for path in kept if path.suffix == ".json")
    victim.unlink()  # as if it had been stopped between the two files
    reports = []
    again = benchmark.run(
        market, ["fhs-gjr", "block-bootstrap"], fit_until=FIT_UNTIL, seeds=2, out=out, n_paths=200,
        on_progress=reports.append,
    )  # fmt: skip
    assert again.drop(columns="seconds").equals(frame.drop(columns="seconds"))
    assert len({report.phase for report in reports}) == 1
    untouched = [path for path in kept if path.stem != victim.stem]
    assert all(path.stat().st_mtime_ns == kept[path] for path in untouched)
    benchmark.run(market, ["fhs-gjr"], fit_until=FIT_UNTIL, seeds=1, out=out, n_paths=201)
    assert len(list((out / "forecasts").iterdir())) == 10  # another number of paths is another forecast


def test_benchmark_refuses_what_it_does_not_know(market, tmp_path):
    with pytest.raises(InvalidInput, match="generators timegan with 5 seeds: choose among vae, gan"):
        benchmark.run(market, ["vae", "timegan"], out=tmp_path)
    with pytest.raises(InvalidInput, match="at least one seed"):
        benchmark.run(market, ["vae"], seeds=0, out=tmp_path)
    with pytest.raises(InvalidInput, match="split at 2030-01-01"):
        benchmark.run(market, ["vae"], fit_until="2030-01-01", out=tmp_path)


def test_readme_table_by_hand():
    def rows(generator, seed, offset):
        values = {"fz0_1": 1.3, "fz0_2.5": 1.05, "fz0_5": 0.84, "crps": 0.6571}
        values |= {"kupiec_1": 0.26, "kupiec_2.5": 0.9, "kupiec_5": 0.004}
        ts = {"all": -2.14, "equal weight": -0.04} if generator == "vae" else {"all": np.nan, "equal weight": np.nan}
        return [
            {
                "generator": generator, "seed": seed, "group": group, "metric": metric, "value": value + offset,
                "t": ts[group], "seconds": 1.0 + seed, "device": "CPU", "commit": "abc1234", "market": "Toy, 3 assets",
                "fit_until": "2012-12-31", "n_days": 2516, "n_paths": 2000,
            }
            for group in ("all", "equal weight")
            for metric, value in values.items()
        ]  # fmt: skip

    frame = pd.DataFrame(rows("fhs-gjr", 0, 0) + rows("fhs-gjr", 1, 0) + rows("vae", 0, -0.01) + rows("vae", 1, 0.01))
    lines = benchmark.readme_table(frame).splitlines()
    assert lines[2] == (
        "| Filter + VAE | 1.300 / 1.050 / .840 ± .014 | -2.1 / -2.1 / -2.1 | 1.300 / 1.050 / .840 ± .014 "
        "| .0 / .0 / .0 | .6571 (-2.1) | .26 / .90 / .00 | 1.5 s |"
    )
    assert lines[3].startswith("| FHS on GJR-GARCH, refit every year | 1.300 / 1.050 / .840 ± .000 |  | ")
    assert "2,516 days forecast one by one with 2,000 paths each; Toy, 3 assets; mean of 2 seeds" in lines[-1]


def test_table_goes_between_its_markers():
    text = "a\n<!-- fidelity:begin -->\nold\n<!-- fidelity:end -->\nb\n"
    expected = "a\n<!-- fidelity:begin -->\nnew\n<!-- fidelity:end -->\nb\n"
    assert between_markers(text, "new") == expected
    assert between_markers(expected, "new") == expected
    with pytest.raises(Exception, match=r"README\.md has no"):
        between_markers("no markers", "new")


def test_readme_states_the_stored_results():
    stored = pd.read_csv(ROOT / "benchmarks" / "results" / "fidelity.csv", dtype={"commit": str})
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert between_markers(readme, benchmark.readme_table(stored)) == readme, "run `make fidelity ARGS=--table`"
