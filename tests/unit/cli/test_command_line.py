"""The command line: what a person types, what comes out, and what the exit code says."""

import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fingen_core.__main__ import main
from fingen_core.jobs.queue import queue as jobs_module
from fingen_core.jobs.queue.queue import Jobs
from fingen_core.jobs.warm import sampler as sampler_module
from fingen_core.market import library
from fingen_core.market.step import DAILY
from fingen_core.runs import RunStore
from fingen_core.runs.mlflow_record import Record
from fingen_core.scenarios import Scenarios
from fingen_core.settings import ASSETS
from fingen_core.training.settings.picture_config import picture_preset
from tests.jobs_support import SAMPLER, TRAINER, counting, end_all, small_market, step, until


@pytest.fixture(autouse=True)
def quick_workers(monkeypatch):
    """Trainings count, and the record is written elsewhere; both have their own tests."""
    monkeypatch.setattr(jobs_module, "WORKER", TRAINER)
    monkeypatch.setattr(Record, "push", lambda *_: True)


@pytest.fixture
def store(home):
    store = RunStore()
    yield store
    end_all(Jobs(store))


@pytest.fixture
def market() -> str:
    return library.save(small_market(520))


def fails(capsys, *arguments: str, code: int = 1) -> str:
    """The one sentence on stderr of a command that must fail."""
    assert main([*arguments]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    return err


def answer(capsys, *arguments: str, code: int = 0) -> dict:
    """What a command prints with --json, which must be one object and nothing else."""
    assert main([*arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_training_prints_the_run_and_its_scores(capsys, store, market):
    printed = answer(
        capsys,
        *("train", "--market", market, "--model", "gan", "--preset", "quick", "--seed", "3", "--name", "count"),
        *("--set", "vae_steps=20", "--set", "optimizer=sgd", "--set", "refit=false", "--device", "cpu"),
    )
    run = store.get(printed["run_id"])
    assert (run.status, run.name, run.device) == ("done", "count", "cpu")
    config = run.config
    assert (config.model, config.preset, config.seed, config.vae_steps) == ("gan", "quick", 3, 20)
    assert (config.optimizer, config.refit) == ("sgd", False)
    assert printed["scores"] == run.scores != {}
    assert printed["rivals"] == {"fhs-gjr/fz0_2.5": 1.0}
    assert printed["status"] == "done"
    assert printed["seconds"] > 0


def test_settings_can_come_from_a_file(capsys, store, market, tmp_path):
    run = counting(store)
    printed = answer(
        capsys, "train", "--market", market, "--config", str(run.folder / "config.json"), "--set", "seed=9", "--detach"
    )
    assert store.get(printed["run_id"]).config == run.config.replace(seed=9)


def test_a_representation_asks_for_a_painter(capsys, store, market):
    changes = ("--set", "representation=windows", "--set", "network=conv1d", "--set", "severity_label=learned")
    printed = answer(capsys, "train", "--market", market, "--preset", "quick", *changes, "--seed", "4", "--detach")
    wanted = picture_preset(
        "quick", "vae", representation="windows", network="conv1d", severity_label="learned", seed=4
    )
    assert store.get(printed["run_id"]).config == wanted


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--set", "representation=windows", "--set", "vae_steps=30"), "use NAME=VALUE with one of adversarial_weight"),
        (("--set", "vae_stepz=1"), "use NAME=VALUE with one of adversarial_weight"),
        (("--set", "vae_steps"), "use NAME=VALUE"),
        (("--set", "vae_steps=1"), "vae_steps = 1, but it must be a number from 20"),
        (("--market", "nonsense"), "use sample, a digest from `data list`, a file, or yahoo:AAPL,MSFT"),
        (("--market", "0" * 16), "no market is saved as 0000000000000000"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_a_sentence(capsys, store, arguments, sentence):
    assert sentence in fails(capsys, "train", *arguments)
    assert store.list() == []


def test_a_failed_training_is_an_error_with_its_sentence(capsys, store, market):
    printed = answer(capsys, "train", "--market", market, "--name", "diverge", code=1)
    assert printed["error"]["type"] == "JobFailed"
    assert "lower the learning rate" in printed["error"]["message"]
    assert store.list()[0].status == "failed"


def test_a_wrong_command_line_is_code_2(capsys):
    assert "no such command" in fails(capsys, "trian", code=2).lower()
    assert "is not one of 'vae', 'gan'" in fails(capsys, "train", "--model", "x", code=2)
    assert answer(capsys, "train", "--model", "x", code=2)["error"]["type"] == "BadParameter"


def test_ctrl_c_stops_the_training_and_keeps_the_checkpoint(store, market):
    # A shell that runs tests in the background has its children ignore Ctrl+C, and theirs: the signal is put back.
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from fingen_core import __main__ as command; from fingen_core.jobs.queue import queue as jobs; "
        f"jobs.WORKER = {TRAINER!r}; sys.exit(command.main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, "train", "--market", market, "--name", "hold", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ASSETS.parent, text=True) as process:
        until(lambda: store.list() and step(store, store.list()[0].id) >= 1, "the first step")
        os.kill(process.pid, signal.SIGINT)
        try:
            printed = json.loads(process.communicate(timeout=60)[0])
        finally:
            process.kill()
    assert process.returncode == 130
    assert printed["status"] == "stopped"
    assert (store.get(printed["run_id"]).folder / "checkpoint.json").exists()


def test_a_file_becomes_a_market(capsys, store, tmp_path):
    path = tmp_path / "prices.csv"
    small_market(520).prices.to_csv(path)
    printed = answer(capsys, "train", "--market", str(path), "--name", "count", "--set", "vae_steps=20")
    assert store.get(printed["run_id"]).tickers == ("A0", "A1")
    assert answer(capsys, "data", "quality", "--market", str(path))["usable"]


def test_quality_mends_a_file_and_saves_it(capsys, tmp_path):
    prices = small_market(520).prices.copy()
    prices["A1"] = 5.0  # a price that never moves
    prices["A2"] = small_market(520, 3).prices["A2"]
    path = tmp_path / "prices.csv"
    prices.to_csv(path)
    printed = answer(capsys, "data", "quality", "--market", str(path), "--apply")
    assert any(found["ticker"] == "A1" and found["remedy"] for found in printed["findings"])
    assert library.load(printed["digest"]).tickers == ("A0", "A2")
    assert "quality --apply" in fails(capsys, "train", "--market", str(path))


def test_markets_are_listed(capsys, market):
    printed = answer(capsys, "data", "list")
    assert [row["digest"] for row in printed["markets"]] == ["sample", market]
    assert main(["data", "list"]) == 0
    assert f"{market}  2015-01-01 to " in capsys.readouterr().out


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_sampling_writes_long_rows(capsys, market, tmp_path, suffix):
    out = tmp_path / f"scenarios{suffix}"
    printed = answer(
        capsys,
        *("sample", "--run", "block-bootstrap", "--market", market, "--paths", "5", "--steps", "3", "--seed", "1"),
        *("--start", "2015-06-01", "--out", str(out)),
    )
    frame = pd.read_parquet(out) if suffix == ".parquet" else pd.read_csv(out, parse_dates=["date"])
    assert list(frame.columns) == ["path", "step", "date", "ticker", "log_return"]
    assert len(frame) == printed["rows"] == 5 * 3 * 2
    assert frame["date"].iloc[0] == pd.Timestamp("2015-06-02")
    assert (printed["start"], printed["paths"], printed["tickers"]) == ("2015-06-01", 5, ["A0", "A1"])
    if suffix == ".parquet":
        assert frame.attrs["note"] == "Generated by FinGen; has not happened."
        assert frame.attrs["seed"] == 1
    assert list(tmp_path.iterdir()) == [out]


def test_severity_keeps_the_worst_paths(capsys, monkeypatch, tmp_path):
    """Path number k loses k percent of A and gains as much in B, apart from path 3, which loses everything there."""
    returns = np.zeros((10, 1, 2), np.float32)
    returns[:, 0, 0] = -np.arange(10) / 100
    returns[3, 0, 1] = -1.0
    drawn = Scenarios(log_returns=returns, tickers=("A", "B"), start=pd.Timestamp("2020-01-01"), step=DAILY)
    monkeypatch.setattr(sampler_module.Sampler, "sample", lambda *_: drawn)
    for by, worst in (("equal-weight", -0.03), ("A", -0.09)):
        out = tmp_path / f"{by}.parquet"
        assert answer(capsys, "sample", "--severity", "0.1", "--by", by, "--out", str(out))["paths"] == 1
        assert pd.read_parquet(out)["log_return"].iloc[0] == pytest.approx(worst)
    assert "use equal-weight or one of A, B" in fails(capsys, "sample", "--by", "C")
    assert "above 0 and up to 1" in fails(capsys, "sample", "--severity", "2")


def test_what_cannot_be_drawn_is_refused_before_any_work(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(sampler_module, "WORKER", SAMPLER)
    assert "must end in .parquet or .csv" in fails(capsys, "sample", "--out", str(tmp_path / "x.xlsx"))
    assert "n_paths = 0" in fails(capsys, "sample", "--paths", "0")
    assert "there is no run" in fails(capsys, "sample", "--run", "../x")
    assert "cannot be written" in fails(capsys, "sample", "--out", str(tmp_path / "no" / "x.csv"))


def test_runs_are_listed_shown_renamed_deleted_restored_and_exported(capsys, store, tmp_path):
    assert main(["runs", "list"]) == 0
    assert capsys.readouterr().out == "no runs yet\n"
    run = counting(store)
    assert main(["runs", "rename", run.id, "Better name"]) == 0
    capsys.readouterr()
    assert main(["runs", "list"]) == 0
    assert f"{run.id}  queued" in capsys.readouterr().out
    shown = answer(capsys, "runs", "show", run.id)
    assert (shown["name"], shown["card"]["data"]["name"]) == ("Better name", "Small")
    out = tmp_path / "run.zip"
    assert answer(capsys, "runs", "export", run.id, "--out", str(out))["bytes"] == out.stat().st_size
    with zipfile.ZipFile(out) as archive:
        assert f"{run.id}/config.json" in archive.namelist()
    assert answer(capsys, "runs", "export", run.id, "--curves", "--out", str(tmp_path / "c.csv"))["bytes"] > 0
    assert (tmp_path / "c.csv").read_text() == "step,phase,name,value\n"
    assert answer(capsys, "runs", "delete", run.id)["deleted"]
    assert answer(capsys, "runs", "list")["runs"] == []
    assert [row["run_id"] for row in answer(capsys, "runs", "list", "--deleted")["runs"]] == [run.id]
    assert not answer(capsys, "runs", "restore", run.id)["deleted"]
    assert answer(capsys, "runs", "delete", run.id, "--forever") == {"run_id": run.id, "purged": True}
    assert "there is no run" in fails(capsys, "runs", "show", run.id)


def test_a_run_is_stopped_and_resumed(capsys, store):
    run = counting(store, "hold")
    Jobs(store).submit(run.id)
    until(lambda: step(store, run.id) >= 1, "the first step")
    assert answer(capsys, "runs", "stop", run.id)["status"] == "stopped"
    (store.home / "release").touch()
    assert answer(capsys, "runs", "resume", run.id)["status"] == "done"


def test_the_benchmark_hands_its_options_on(capsys, monkeypatch, tmp_path, market):
    from fingen_core.validation import benchmark
    from fingen_core.validation.protocol import full

    seen = {}

    def run(market, generators, **options):
        seen.update(options, generators=generators, digest=market.digest())
        pd.DataFrame({"measure": ["crps"]}).to_csv(options["out"] / "calibration.csv")
        return pd.DataFrame({"generator": ["vae"], "value": [1.5]})

    monkeypatch.setattr(benchmark, "run", run)
    monkeypatch.setattr(benchmark, "readme_table", lambda table: "| table |")
    monkeypatch.setattr("fingen_core.validation.readme.calibration_table", lambda table: "| calibration |")
    printed = answer(
        capsys,
        *("benchmark", "--market", market, "--generators", "vae, fhs-gjr", "--seeds", "2", "--out", str(tmp_path)),
        *("--fit-until", "2015-09-01", "--horizons", "1,5"),
    )
    assert printed["rows"] == [{"generator": "vae", "value": 1.5}]
    assert (seen["generators"], seen["seeds"], seen["digest"]) == (["vae", "fhs-gjr"], 2, market)
    assert seen["out"] == Path(tmp_path)
    assert seen["protocol"] == full("2015-09-01").replace(horizons=(1, 5))
    answer(capsys, "benchmark", "--market", market, "--quick", "--paths", "300", "--out", str(tmp_path))
    loaded = library.load(market)
    assert seen["protocol"].n_paths == 300
    assert seen["protocol"].max_days == 250
    assert seen["protocol"].fit_until == f"{loaded.dates[int(0.6 * loaded.n_steps)]:%Y-%m-%d}"
    assert seen["generators"] == list(benchmark.USUAL)
    answer(capsys, "benchmark", "--market", market, "--quick", "--generators", "all", "--out", str(tmp_path))
    assert seen["generators"] == list(benchmark.GENERATORS)
    assert "give days with commas" in fails(capsys, "benchmark", "--market", market, "--horizons", "week")
    assert "begin with 1" in fails(capsys, "benchmark", "--market", market, "--horizons", "5,10")


def test_help_is_quick_and_light():
    code = (
        "import sys; from fingen_core.__main__ import main; main(['--help']); main(['train', '--help']); "
        "assert not {'torch', 'pandas', 'mlflow', 'numpy'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ASSETS.parent, capture_output=True, text=True, check=True)
    assert "benchmark" in done.stdout
    assert "--set NAME=VALUE" in done.stdout


def test_a_condition_is_asked_for_and_kept_with_the_paths(capsys, market, tmp_path):
    out = tmp_path / "scenarios.parquet"
    arguments = ("sample", "--run", "fhs-gjr", "--market", market, "--paths", "5", "--steps", "3", "--out", str(out))
    printed = answer(capsys, *arguments, "--condition", "volatility=95", "--condition", "trend=10")
    assert (printed["condition"]["volatility"], printed["condition"]["trend"]) == (95, 10)
    assert pd.read_parquet(out).attrs["condition"] == printed["condition"]
    assert main([*arguments, "--condition", "volatility=95"]) == 0
    shown = capsys.readouterr().out
    assert "asked for volatility 95.0\n" in shown
    assert "setting out from " in shown
    assert "days of history" in shown


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("volatility", "--condition volatility: use NAME=VALUE"),
        ("volatility=high", "volatility = 'high': use a percentile of history from 0 to 100"),
        ("severity=1.5", "severity = 1.5: use a number above 0 and at most 1"),
        ("severity=0.05", "FHS, GJR-GARCH knows no condition, but got severity"),
    ],
)
def test_a_condition_that_cannot_be_met_is_refused(capsys, market, text, sentence):
    assert sentence in fails(capsys, "sample", "--run", "fhs-gjr", "--market", market, "--condition", text)


def test_a_file_with_two_readings_is_asked_about_and_read_as_told(capsys, tmp_path):
    days = [f"{day:%d.%m.%Y}" for day in small_market(520).dates]
    rows = [f"{day};{4000 + 17 * (i % 9):_};{5000 + 13 * (i % 7):_}" for i, day in enumerate(days)]
    path = tmp_path / "kurse.csv"
    path.write_text("Datum;A;B\n" + "\n".join(rows).replace("_", "."))
    assert main(["data", "quality", "--market", str(path)]) == 1
    first, *ways = capsys.readouterr().err.splitlines()
    assert first == (
        "error: kurse.csv can be read in 2 ways. What do the numbers of this file mean? Choose with --reading:"
    )
    assert [way.partition(" (")[0] for way in ways] == ['  1: "4.000" is 4000', '  2: "4.000" is 4']
    assert main(["data", "quality", "--market", str(path), "--reading", "2"]) in (0, 1)
    assert main(["data", "quality", "--market", str(path), "--reading", "3"]) == 1
    assert "--reading 3: kurse.csv has 2 readings, give a number up to 2" in capsys.readouterr().err
