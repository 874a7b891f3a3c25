"""The judgement of one generator: what it sees, what it keeps, and that it can be stopped."""

import json
from functools import partial

import numpy as np
import pandas as pd
import pytest

from fingen_core.errors import InvalidInput, NotFound, Stopped
from fingen_core.forecast.starts import Evenings
from fingen_core.forecast.walk_forward import walk
from fingen_core.generators.classical.bootstrap import StationaryBootstrap
from fingen_core.generators.classical.fhs import FilteredHistoricalSimulation
from fingen_core.metrics.long_run import compare
from fingen_core.metrics.long_run import floors as floors_of
from fingen_core.metrics.long_run import portrait as portrait_of
from fingen_core.metrics.novelty import novelty
from fingen_core.validation.judge import judge, long_run, reference
from fingen_core.validation.judged import Judged, Reference
from fingen_core.validation.table import COLUMNS, best_rival, rows, same_forecasts
from tests.validation_support import FIT_UNTIL, small, toy_market

portrait = partial(portrait_of, year=252)
floors = partial(floors_of, year=252)


@pytest.fixture(scope="module")
def market():
    return toy_market()


@pytest.fixture(scope="module")
def fit(market):
    return market.split(FIT_UNTIL)[0]


@pytest.fixture(scope="module")
def history(market):
    return reference(market, small())


@pytest.fixture(scope="module")
def bootstrap(market, fit, history) -> Judged:
    return judge(
        StationaryBootstrap().fit(fit), market, small(), key="block-bootstrap", seed=3, against=history, seconds_fit=1.5
    )


@pytest.fixture(scope="module")
def fhs(market, fit, history) -> Judged:
    fitted = FilteredHistoricalSimulation().fit(fit)
    return judge(fitted, market, small(), key="fhs-gjr", seed=3, against=history, refit_yearly=True)


def test_each_part_is_what_the_measures_give(market, fit, history, bootstrap):
    generator, protocol = StationaryBootstrap().fit(fit), small()
    n_test = (market.return_dates > FIT_UNTIL).sum()
    stride = -(-n_test // 60)
    walked = walk(generator, market, FIT_UNTIL, n_paths=200, seed=3, stride=stride)
    assert np.array_equal(bootstrap.one_day.value_at_risk, walked.value_at_risk)
    assert len(bootstrap.one_day.dates) <= 60
    assert bootstrap.ten_day.horizon == 10
    assert len(bootstrap.ten_day.dates) <= 30
    paths = long_run(generator, fit, protocol, seed=3)
    assert compare(bootstrap.portrait, history.portrait) == compare(
        portrait(paths, like=history.portrait), history.portrait
    )
    assert bootstrap.novelty.numbers() == novelty(paths, fit.log_returns(), seed=3).numbers()
    assert (bootstrap.seconds_fit, bootstrap.label) == (1.5, generator.label)
    assert bootstrap.seconds_judge > 0
    assert bootstrap.market_digest == market.digest()


def test_reference_knows_the_fit_and_compares_the_test(market, fit, history):
    assert history.n_fit == fit.n_steps
    assert history.n_test == market.n_steps - fit.n_steps
    assert history.last_date == FIT_UNTIL
    assert history.floors == floors(fit.log_returns())
    test = market.split(FIT_UNTIL)[1]
    assert history.test == compare(portrait(test.log_returns(), like=history.portrait), history.portrait)
    short = reference(market, small(test_until="2012-12-31"))
    assert short.test == {}  # half a year has no long run
    assert short.n_test == (market.between(FIT_UNTIL, "2012-12-31").n_steps)
    early = reference(market, small("2010-12-31"))
    assert early.floors == {}  # less than two years have no halves of a year each
    assert early.n_fit < 504


def test_a_long_run_sets_out_from_evenings_of_the_fit(fit):
    asked = []

    class Recorder(StationaryBootstrap):
        def states(self, history):
            known = super().states(history)

            class Evenings:
                dates = known.dates

                def at(self, date):
                    asked.append(pd.Timestamp(date))

            return Evenings()

        def sample(self, n_paths, n_steps, *, state=None, condition=None, seed):
            return np.full((n_paths, n_steps, 3), len(asked), dtype=np.float32)

    protocol = small(n_paths_long=43, n_starts=8)
    paths = long_run(Recorder().fit(fit), fit, protocol)
    assert len(set(asked)) == 8
    assert asked == sorted(asked)
    assert min(asked) >= fit.dates[fit.n_steps // 4]
    assert max(asked) <= fit.dates[-1]
    counts = [int((paths[:, 0, 0] == number).sum()) for number in range(1, 9)]
    assert sorted(counts) == [5] * 5 + [6] * 3
    before = list(asked)
    asked.clear()
    long_run(Recorder().fit(fit), fit, protocol, seed=9)
    assert asked == before  # every generator and seed from the same evenings


def test_same_seed_same_judgement(market, fit, history, bootstrap):
    again = judge(StationaryBootstrap().fit(fit), market, small(), key="block-bootstrap", seed=3, against=history)
    assert np.array_equal(again.one_day.crps, bootstrap.one_day.crps)
    assert np.array_equal(again.ten_day.crps, bootstrap.ten_day.crps)
    assert np.array_equal(again.portrait.acf_abs, bootstrap.portrait.acf_abs)
    other = judge(StationaryBootstrap().fit(fit), market, small(), key="block-bootstrap", seed=4, against=history)
    assert not np.array_equal(other.one_day.crps, bootstrap.one_day.crps)
    assert not np.array_equal(other.portrait.acf_abs, bootstrap.portrait.acf_abs)


def test_refits_are_shared_between_horizons(market, fit, history):
    refitted = []

    class Recorder(StationaryBootstrap):
        def refit(self, history):
            refitted.append(history.dates[-1])
            return self

    judge(Recorder().fit(fit), market, small(), key="x", against=history, refit_yearly=True)
    years = sorted(set(market.return_dates[market.return_dates > FIT_UNTIL].year))
    assert [date.year for date in refitted] == [year - 1 for year in years[1:]]
    shared = Evenings(Recorder().fit(fit), market, FIT_UNTIL, refit_yearly=True)
    for seed in range(2):
        judge(shared.generator, market, small(), key="x", seed=seed, against=history, evenings=shared)
    assert len(refitted) == 2 * (len(years) - 1)  # two seeds, but only one more round of fits


def test_progress_goes_up_to_the_end(market, fit, history, monkeypatch):
    from fingen_core.forecast import walk_forward
    from fingen_core.validation import pace

    monkeypatch.setattr(pace, "_REPORT_SECONDS", 0)
    monkeypatch.setattr(walk_forward, "_REPORT_SECONDS", 0)
    reports = []
    judge(StationaryBootstrap().fit(fit), market, small(), key="x", against=history, on_progress=reports.append)
    steps = [report.step for report in reports]
    assert steps == sorted(steps)
    assert steps[-1] == reports[-1].n_steps == 1000
    assert steps[-2] < 1000
    assert reports[-1].seconds_left == 0
    phases = list(dict.fromkeys(report.phase.partition(": ")[2] for report in reports))
    assert phases == ["1 day ahead", "10 days ahead", "the long run", "portrait and novelty"]


@pytest.mark.parametrize("after", [1, 70, 88])
def test_it_stops_when_asked(market, fit, history, after):
    asked = []

    def should_stop():
        asked.append(None)
        return len(asked) > after

    with pytest.raises(Stopped, match="stopped on request"):
        judge(StationaryBootstrap().fit(fit), market, small(), key="x", against=history, should_stop=should_stop)
    assert len(asked) == after + 1


def test_it_survives_the_disk_whole_or_not_at_all(bootstrap, history, tmp_path):
    bootstrap.save(tmp_path / "one")
    again = Judged.load(tmp_path / "one")
    assert rows(again, None, history)["value"].to_numpy() == pytest.approx(
        rows(bootstrap, None, history)["value"].to_numpy(), rel=1e-4, abs=1e-5
    )
    for name in ("key", "label", "seed", "seconds_fit", "seconds_judge", "device", "protocol", "tickers", "commit"):
        assert getattr(again, name) == getattr(bootstrap, name)
    assert again.forecasts(10).stride == bootstrap.forecasts(10).stride
    assert not list(tmp_path.rglob("*.partial"))
    history.save(tmp_path / "history")
    past = Reference.load(tmp_path / "history")
    assert past.floors == history.floors
    assert past.protocol == history.protocol
    (tmp_path / "one" / "portrait.npz").write_bytes(b"half")
    with pytest.raises(InvalidInput, match="the judgement in one cannot be read"):
        Judged.load(tmp_path / "one")
    (tmp_path / "one" / "facts.json").unlink()
    with pytest.raises(NotFound, match="no finished judgement in one"):
        Judged.load(tmp_path / "one")
    (tmp_path / "history" / "facts.json").write_text(json.dumps({"n_fit": 3}))
    with pytest.raises(InvalidInput, match="cannot be read"):
        Reference.load(tmp_path / "history")


def test_an_unknown_horizon_is_refused(bootstrap):
    assert bootstrap.forecasts(1) is bootstrap.one_day
    with pytest.raises(InvalidInput, match=r"not judged over 5 days: choose from \[1, 10\]"):
        bootstrap.forecasts(5)


def test_table_is_tidy_and_complete(bootstrap, fhs, history):
    table = rows(bootstrap, fhs, history)
    assert tuple(table.columns) == COLUMNS
    assert set(table["question"]) == {"tomorrow", "long run", "novelty"}
    assert not table.duplicated(["question", "horizon", "group", "metric"]).any()
    assert set(table.loc[table["question"] == "tomorrow", "horizon"]) == {1, 10}
    long = table[table["question"] == "long run"].set_index("metric")
    assert long["value"].to_dict() == compare(bootstrap.portrait, history.portrait)
    assert long["floor"].to_dict() == history.floors
    assert (long["n"] == 40).all()
    assert table.set_index("metric")["value"]["share_copies"] == bootstrap.novelty.share_copies
    scores = table[(table["horizon"] == 1) & (table["group"] == "all")].set_index("metric")
    assert np.isfinite(scores.loc[["fz0_1", "crps", "energy", "pinball_5"], ["t", "t_short"]].to_numpy()).all()
    assert rows(fhs, fhs, history)["t"].isna().all()  # nobody is compared with himself
    assert not (rows(bootstrap)["question"] == "long run").any()


def test_forecasts_of_other_days_are_not_compared(market, fit, history, bootstrap, fhs):
    fewer = judge(StationaryBootstrap().fit(fit), market, small(max_days=30), key="x", against=history)
    assert not same_forecasts(fewer, fhs)
    assert same_forecasts(bootstrap, fhs)
    assert rows(fewer, fhs, history)["t"].isna().all()


def test_best_rival_knows_which_way_is_better():
    def row(generator, metric, value, seed=0):
        question = "tomorrow" if metric != "novelty_ratio" else "novelty"
        return {
            "generator": generator, "seed": seed, "question": question, "horizon": 1, "group": "all",
            "metric": metric, "value": value,
        }  # fmt: skip

    table = pd.DataFrame(
        [
            row("vae", "crps", 0.1),
            row("fhs-gjr", "crps", 0.5, 0),
            row("fhs-gjr", "crps", 0.7, 1),
            row("historical", "crps", 0.65),
            row("fhs-gjr", "hits_1", 0.02),
            row("historical", "hits_1", 0.005),
            row("fhs-gjr", "kupiec_1", 0.3),
            row("historical", "kupiec_1", 0.001),
            row("fhs-gjr", "novelty_ratio", 1.3),
            row("historical", "novelty_ratio", 0.9),
        ]
    )
    best = best_rival(table).set_index("metric")
    assert best["generator"].to_dict() == {
        "crps": "fhs-gjr", "hits_1": "historical", "kupiec_1": "fhs-gjr", "novelty_ratio": "historical",
    }  # fmt: skip
    assert best["value"]["crps"] == pytest.approx(0.6)
    assert best_rival(table, ["vae"])["value"].tolist() == [0.1]


@pytest.mark.parametrize("n_assets", [1, 2])
def test_markets_of_one_and_two_assets_are_judged(n_assets, tmp_path):
    market = toy_market(n_assets=n_assets, seed=2)
    fit = market.split(FIT_UNTIL)[0]
    past = reference(market, small())
    judged = judge(FilteredHistoricalSimulation().fit(fit), market, small(), key="fhs-gjr", against=past)
    table = rows(judged, None, past)
    assert np.isfinite(table["value"]).all()
    assert ("correlation_error" in set(table["metric"])) == (n_assets > 1)
    judged.save(tmp_path)
    assert Judged.load(tmp_path).one_day.portfolios == judged.one_day.portfolios


def test_a_test_shorter_than_ten_days_has_one_day_only(market, fit, history):
    last = market.return_dates[market.return_dates > FIT_UNTIL][6]
    protocol = small(test_until=f"{last:%Y-%m-%d}")
    judged = judge(StationaryBootstrap().fit(fit), market, protocol, key="x", against=history)
    assert judged.ten_day is None
    assert judged.horizons == (1,)
    assert judged.one_day.dates[-1] == last
    assert len(judged.one_day.dates) == 7
