"""The benchmark: tidy tables on disk, nothing done twice, the README says what is stored."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import calibration, markets
from benchmarks.fidelity import between_markers, renewed
from fingen_core.errors import InvalidInput, Stopped
from fingen_core.generators.classical.bootstrap import StationaryBootstrap
from fingen_core.generators.classical.fhs import FilteredHistoricalSimulation
from fingen_core.market import bundled
from fingen_core.validation import benchmark, digests
from fingen_core.validation.benchmark import readme_table
from fingen_core.validation.judged import Judged, Reference
from fingen_core.validation.readme import calibration_table
from fingen_core.validation.table import COLUMNS, rows
from tests.validation_support import FIT_UNTIL, small, toy_market

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def market():
    return toy_market()


@pytest.fixture(scope="module")
def bench(market, tmp_path_factory):
    out = tmp_path_factory.mktemp("bench")
    reports, pages = [], []

    def report(table, judged, reference):
        pages.append((table, judged, reference))
        return f"<p>{len(judged)} judgements</p>"

    frame = benchmark.run(
        market,
        ["block-bootstrap", "fhs-gjr"],
        protocol=small(),
        seeds=2,
        out=out,
        report=report,
        on_progress=reports.append,
    )
    return out, frame, reports, pages


def test_table_is_tidy_and_stored(bench):
    out, frame, reports, pages = bench
    assert tuple(frame.columns[: len(COLUMNS)]) == COLUMNS
    assert set(frame["generator"]) == {"fhs-gjr", "block-bootstrap"}
    assert set(frame["seed"]) == {0, 1}
    scores = frame[frame["metric"] == "crps"]
    assert scores["t"].isna().tolist() == (scores["generator"] == "fhs-gjr").tolist()
    assert (frame["n_paths"] == 200).all()
    assert (frame["market"] == "Toy, 3 assets").all()
    stored = pd.read_csv(out / "results.csv", dtype={"commit": str}, keep_default_na=False, na_values=[""])
    assert np.allclose(stored["value"], frame["value"], rtol=1e-5)
    assert pd.read_parquet(out / "results.parquet")["value"].equals(frame["value"])
    assert reports[-1].phase.startswith("4 of 4: block-bootstrap, seed 1: ")
    assert reports[-1].seconds_left == 0
    assert (out / "report.html").read_text() == "<p>4 judgements</p>"
    table, judged, reference = pages[0]
    assert table is frame
    assert [(one.key, one.seed) for one in judged] == [
        ("fhs-gjr", 0), ("block-bootstrap", 0), ("fhs-gjr", 1), ("block-bootstrap", 1),
    ]  # fmt: skip
    assert [one.refit_yearly for one in judged] == [True, False, True, False]
    assert isinstance(reference, Reference)


def test_calibration_of_all_generators_is_stored_and_shown(bench):
    out, *_ = bench
    stored = pd.read_csv(out / "calibration.csv")
    assert {"coverage_80", "crps", "pinball", "direction", "dispersion"} <= set(stored["measure"])
    assert set(stored["generator"]) == {"fhs-gjr", "block-bootstrap"}
    crps = stored[(stored["measure"] == "crps")]
    assert (crps["t"].isna() == (crps["generator"] == "fhs-gjr")).all()
    assert set(stored["market"]) == {"Toy, 3 assets"}
    assert set(stored["n_paths"]) == {200}
    assert "commit" in stored
    lines = calibration_table(stored).splitlines()
    assert sum(line.startswith("| Block bootstrap") for line in lines) == 2  # one and ten days ahead
    assert "10 days ahead" in lines[5]
    n = int(stored.loc[stored["horizon"] == 1, "n"].max())
    assert lines[-1].startswith(f"Fitted up to {FIT_UNTIL}, then {n:,} forecasts of 1 day and ")
    assert "200 paths each; Toy, 3 assets; mean of 2 seeds; commit " in lines[-1]


def test_the_usual_comparison_holds_the_rivals_of_a_forecast():
    assert set(benchmark.USUAL) <= set(benchmark.GENERATORS)
    assert {"vae", "gan", "random-walk", "garch-normal", "fhs-gjr"} <= set(benchmark.USUAL)


def test_rows_are_those_of_the_judgements(bench):
    _, frame, _, pages = bench
    _, judged, history = pages[0]
    theirs = next(one for one in judged if (one.key, one.seed) == ("fhs-gjr", 1))
    ours = next(one for one in judged if (one.key, one.seed) == ("block-bootstrap", 1))
    chosen = frame[(frame["generator"] == "block-bootstrap") & (frame["seed"] == 1)].reset_index(drop=True)
    pd.testing.assert_frame_equal(chosen[list(COLUMNS)], rows(ours, theirs, history))


def test_it_goes_on_where_it_stopped(bench, market, monkeypatch):
    out, frame, _, _ = bench
    kept = sorted((out / "judged").iterdir())
    assert len(kept) == 4
    victim = next(path for path in kept if path.name.startswith("block-bootstrap-1"))
    (victim / "facts.json").unlink()  # as if it had been stopped while writing
    broken = next(path for path in kept if path.name.startswith("block-bootstrap-0"))
    (broken / "novelty.npz").write_bytes(b"half")
    fitted = []
    monkeypatch.setattr(
        benchmark, "build", lambda key, fit, **_: (fitted.append(key), (StationaryBootstrap().fit(fit), "CPU"))[1]
    )
    again = benchmark.run(market, ["fhs-gjr", "block-bootstrap"], protocol=small(), seeds=2, out=out)
    assert fitted == ["block-bootstrap"]  # once, for both
    facts = ["seconds", "seconds_judge"]
    pd.testing.assert_frame_equal(again.drop(columns=facts), frame.drop(columns=facts), rtol=1e-3, atol=1e-6)
    assert sorted((out / "judged").iterdir()) == kept


def test_another_protocol_or_code_is_another_judgement(bench, market, monkeypatch):
    out, *_ = bench
    before = set((out / "judged").iterdir())
    benchmark.run(market, ["block-bootstrap"], protocol=small(n_paths=201), seeds=1, out=out)
    assert len(set((out / "judged").iterdir()) - before) == 1
    monkeypatch.setattr(benchmark, "code_digest", lambda key: "changed")
    benchmark.run(market, ["block-bootstrap"], protocol=small(), seeds=1, out=out)
    assert len(set((out / "judged").iterdir()) - before) == 2


def test_classical_code_is_apart_from_what_learns():
    assert digests.code_digest("fhs-gjr") == digests.code_digest("historical")
    assert digests.code_digest("vae") == digests.code_digest("linear-copula")
    assert digests.code_digest("fhs-gjr") != digests.code_digest("vae")
    assert digests.digest(["a", 1]) != digests.digest(["a", 2])
    rooms = {name.partition("/")[0] for name in digests.code_files("fhs-gjr")}
    assert not rooms & {"models", "representations", "training", "transforms"}
    learning = {
        "generators/filtered/fitting.py",
        "generators/filtered/generator.py",
        "generators/learned/trained.py",
        "generators/protocol/conditions.py",
    }
    assert learning <= set(digests.code_files("vae"))
    assert not learning & set(digests.code_files("fhs-gjr"))


def test_what_only_looks_on_or_searches_makes_no_judgement_old():
    idle = (
        "filtered/balancing",
        "filtered/coverage",
        "filtered/latent_map",
        "filtered/noise_map",
        "filtered/pretrained",
        "learned/snapshots",
        "pictures/generator",
    )
    assert all((digests._CORE / "generators" / f"{name}.py").is_file() for name in idle)
    for key in ("vae", "fhs-gjr"):
        assert not {f"generators/{name}.py" for name in idle} & set(digests.code_files(key))


def test_a_judgement_depends_on_every_file_that_judge_and_generator_really_load():
    code = (
        "import sys; import fingen_core.validation.judge, fingen_core.generators.filtered.generator, "
        "fingen_core.generators.filtered.ablations; print(*(m.__file__ for n, m in sys.modules.items() if n[:12] == "
        "'fingen_core.'), sep='\\n')"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {Path(line).relative_to(digests._CORE).as_posix() for line in done.stdout.split()}
    apart = (*digests._ELSEWHERE, *digests._WATCHING)
    missing = {name for name in loaded - set(digests.code_files("vae")) if not name.startswith(apart)}
    # Folders without code, which Python loads on the way to a file.
    assert {name for name in missing if not name.endswith("__init__.py")} == set()
    assert len(loaded) > 40


def test_what_has_no_chance_is_fitted_once_for_all_seeds(market, tmp_path, monkeypatch):
    fits, refits = [], []

    class Counted(FilteredHistoricalSimulation):
        def fit(self, market):
            fits.append(market.dates[-1])
            return super().fit(market)

        def refit(self, market):
            refits.append(market.dates[-1].year)
            return super().refit(market)

    monkeypatch.setattr(benchmark, "classical", lambda: {"fhs-gjr": Counted})
    benchmark.run(market, ["fhs-gjr"], protocol=small(), seeds=3, out=tmp_path)
    assert fits.count(pd.Timestamp(FIT_UNTIL)) == 1  # refits fit as well, to later days
    later = sorted(set(market.return_dates[market.return_dates > FIT_UNTIL].year))[1:]
    assert refits == [year - 1 for year in later]


def test_learned_generators_are_trained_for_each_seed_on_the_fit_alone(market, tmp_path, monkeypatch):
    trained = []

    def build(key, fit, *, seed, device, on_progress):
        trained.append((key, seed, device, fit.dates[-1]))
        return StationaryBootstrap(1).fit(fit), "a processor"

    monkeypatch.setattr(benchmark, "build", build)
    frame = benchmark.run(market, ["linear-copula", "vae"], protocol=small(), seeds=2, out=tmp_path, device="cuda:0")
    day = pd.Timestamp(FIT_UNTIL)
    assert trained == [(key, seed, "cuda:0", day) for seed in (0, 1) for key in ("vae", "linear-copula")]
    assert set(frame["device"]) == {"a processor"}


def test_it_stops_when_asked_and_keeps_what_is_done(market, tmp_path):
    asked = []

    def should_stop():
        asked.append(None)
        return len(asked) > 130  # in the second judgement

    with pytest.raises(Stopped):
        benchmark.run(market, ["block-bootstrap"], protocol=small(), seeds=2, out=tmp_path, should_stop=should_stop)
    done = [Judged.load(folder).seed for folder in (tmp_path / "judged").iterdir()]
    assert done == [0]
    assert not (tmp_path / "results.csv").exists()


def test_what_it_does_not_know_is_refused(market, tmp_path):
    with pytest.raises(InvalidInput, match="generators timegan with 5 seeds: choose among vae, gan"):
        benchmark.run(market, ["vae", "timegan"], out=tmp_path)
    with pytest.raises(InvalidInput, match="at least one seed"):
        benchmark.run(market, ["vae"], seeds=0, out=tmp_path)
    with pytest.raises(InvalidInput, match="split at 2030-01-01"):
        benchmark.run(market, ["vae"], fit_until="2030-01-01", out=tmp_path)


def test_default_split(market):
    assert benchmark.default_split(bundled()) == "2012-12-31"
    share = (market.dates <= benchmark.default_split(market)).sum() / len(market.dates)
    assert share == pytest.approx(0.6, abs=0.001)


def rows_by_hand(generator, seed, offset):
    values = {"fz0_1": 1.3, "fz0_2.5": 1.05, "fz0_5": 0.84, "crps": 0.6571}
    values |= {"kupiec_1": 0.26, "kupiec_2.5": 0.9, "kupiec_5": 0.004}
    values |= {"kupiec_rejected_1": 0.25, "kupiec_rejected_2.5": 0.125, "kupiec_rejected_5": 0.0}
    ts = {"all": -2.14, "equal weight": -0.04} if generator == "vae" else {"all": np.nan, "equal weight": np.nan}
    facts = {
        "generator": generator, "seed": seed, "seconds": 1.0 + seed, "device": "CPU", "commit": "abc1234",
        "market": "Toy, 3 assets", "fit_until": "2012-12-31", "n_paths": 2000,
    }  # fmt: skip
    found = [
        {
            "question": "tomorrow", "horizon": horizon, "group": group, "metric": metric,
            "value": value + offset + (horizon > 1), "t": ts[group] / horizon, "t_short": 2 * ts[group] / horizon,
            "n": 2516 if horizon == 1 else 502,
        }
        for horizon in (1, 10)
        for group in ("all", "equal weight")
        for metric, value in values.items()
    ]  # fmt: skip
    long = {"es_10d": (0.052 + offset, 0.23), "leverage_ratio": (0.9 + offset, 0.35), "acf_abs_rmse": (0.05, 0.09)}
    found += [
        {
            "question": "long run",
            "horizon": 0,
            "group": "all",
            "metric": metric,
            "value": value,
            "floor": floor,
            "n": 1000,
        }
        for metric, (value, floor) in long.items()
    ]
    found.append(
        {"question": "novelty", "horizon": 0, "group": "all", "metric": "share_copies", "value": 0.0042, "n": 2000}
    )
    return [facts | row for row in found]


def test_readme_tables_by_hand():
    frame = pd.DataFrame(
        [
            *(rows_by_hand("fhs-gjr", 0, 0) + rows_by_hand("fhs-gjr", 1, 0)),
            *(rows_by_hand("vae", 0, -0.01) + rows_by_hand("vae", 1, 0.01)),
        ]
    )
    lines = readme_table(frame).splitlines()
    assert lines[2] == (
        "| Filter + VAE | 1.300 / 1.050 / .840 ± .014 | -2.1 / -2.1 / -2.1 | 1.300 / 1.050 / .840 ± .014 "
        "| .0 / .0 / .0 | .6571 (-2.1, -4.3) | .26 / .90 / .00 | 25 / 12 / 0 % | 1.5 s |"
    )
    assert lines[7] == (
        "| Filter + VAE | 2.300 / 2.050 / 1.840 ± .014 | -.2 / -.2 / -.2 | 2.300 / 2.050 / 1.840 ± .014 "
        "| .0 / .0 / .0 | 1.6571 (-.2, -.4) | 1.26 / 1.90 / 1.00 | 125 / 112 / 100 % |"
    )
    assert lines[3].startswith("| FHS on GJR-GARCH, refit every year | 1.300 / 1.050 / .840 ± .000 |  | ")
    assert lines[0].count("|") == lines[1].count("|") == lines[2].count("|")
    assert "2,516 days forecast one by one with 2,000 paths each; 502 forecasts of 10 days" in lines[10]
    assert "Toy, 3 assets; mean of 2 seeds" in lines[10]
    assert lines[12] == "| a year of days | ES, 10 days | memory of abs(r) | leverage | copies |"
    assert lines[14] == "| *floor: two halves of history* | *23 %* | *.090* | *± .35* |  |"
    assert lines[15] == "| Filter + VAE | 5 ± 1 % | .050 | .90 ± .01 | .4 % |"
    assert lines[16] == "| FHS on GJR-GARCH | 5 % | .050 | .90 | .4 % |"
    assert lines[18].startswith("1,000 paths of a year")


def test_a_table_of_one_day_alone_has_one_part():
    frame = pd.DataFrame(rows_by_hand("vae", 0, 0))
    lines = readme_table(frame[(frame["question"] == "tomorrow") & (frame["horizon"] == 1)]).splitlines()
    assert len(lines) == 5
    assert "10 days" not in lines[0]
    assert "one seed" in lines[-1]


def test_table_goes_between_its_markers():
    text = "a\n<!-- fidelity:begin -->\nold\n<!-- fidelity:end -->\nb\n"
    expected = "a\n<!-- fidelity:begin -->\nnew\n<!-- fidelity:end -->\nb\n"
    assert between_markers(text, "new") == expected
    assert between_markers(expected, "new") == expected
    with pytest.raises(Exception, match=r"README\.md has no"):
        between_markers("no markers", "new")


def test_a_generator_can_be_renewed_in_stored_results():
    stored = pd.DataFrame(rows_by_hand("fhs-gjr", 0, 0) + rows_by_hand("vae", 0, 0))
    fresh = pd.DataFrame(rows_by_hand("fhs-gjr", 0, 0) + rows_by_hand("vae", 0, 0.5))
    found = renewed(stored, fresh, ["vae"])
    assert len(found) == len(stored)
    assert found[found["generator"] == "vae"]["value"].tolist() == fresh[fresh["generator"] == "vae"]["value"].tolist()
    other = pd.DataFrame(rows_by_hand("fhs-gjr", 0, 0.01) + rows_by_hand("vae", 0, 0.5))
    with pytest.raises(Exception, match="judged differently"):
        renewed(stored, other, ["vae"])


def test_readme_states_the_stored_results():
    stored = pd.read_csv(ROOT / "benchmarks" / "results" / "results.csv", dtype={"commit": str})
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert between_markers(readme, readme_table(stored)) == readme, "run `make fidelity ARGS=--table`"


def test_the_document_states_the_stored_calibration_of_every_generator():
    text = calibration.DOCUMENT.read_text(encoding="utf-8")
    assert calibration.document(text) == text, "run `python -m benchmarks.calibration --table`"
    stored = pd.read_csv(calibration.STORED)
    assert set(stored["generator"]) == set(benchmark.GENERATORS)
    assert {"random-walk", "garch-normal", "fhs-gjr", "vae", "gan"} <= set(stored["generator"])


def test_the_document_states_the_stored_results_of_other_markets():
    text = markets.DOCUMENT.read_text(encoding="utf-8")
    assert markets.document(text) == text, "run `python -m benchmarks.markets --table`"
