"""The MLflow record of runs: complete, repeatable, and silent towards the outside."""

import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from fingen_core.runs import RunStore
from fingen_core.runs.curves import append
from fingen_core.runs.folder import RunFolder
from fingen_core.settings import ASSETS
from fingen_core.training.progress import Progress
from fingen_core.training.settings.config import TrainingConfig
from tests.jobs_support import small_market


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record whose tables exist: MLflow takes seconds to lay them out, once per home."""
    home = tmp_path_factory.mktemp("laid-out")
    RunStore(home).record._client()
    return home / "mlflow.db"


@pytest.fixture
def store(laid_out: Path, home: Path) -> RunStore:
    shutil.copy(laid_out, home / "mlflow.db")
    return RunStore()


def finished(store: RunStore, name: str = "Recorded") -> RunFolder:
    run = store.create(small_market(), TrainingConfig(seed=3), name=name, sweep="0123456789ab")
    folder = RunFolder(run.folder)
    for step in (1, 2):
        append(folder / "curves.csv", Progress(phase="VAE", step=step, n_steps=2, losses={"vae/kl": 0.5 / step}))
    append(folder / "curves.csv", Progress(phase="VAE", step=2, n_steps=2, scores={"fz0_2.5": 1.25}))
    folder.write("generator.json", {"seconds": 1})
    folder.change(status="done", started=run.created.isoformat(), ended=run.created.isoformat())
    return folder


def recorded(store: RunStore, uri: str = ""):
    """All runs of the experiment, deleted ones too, with their client."""
    from mlflow import MlflowClient
    from mlflow.entities import ViewType

    client = MlflowClient(tracking_uri=uri or store.record.uri)
    experiment = client.get_experiment_by_name("fingen")
    return client, client.search_runs([experiment.experiment_id], run_view_type=ViewType.ALL)


def test_a_run_is_recorded_once_with_settings_curves_files_and_state(store):
    folder = finished(store)
    assert not store.record.is_current(folder)
    assert store.sync()
    assert store.record.is_current(folder)
    assert store.unrecorded() == []
    store.record.push(folder)  # again: nothing is doubled
    client, runs = recorded(store)
    assert len(runs) == 1
    run = runs[0]
    assert (run.info.run_name, run.info.status, run.info.lifecycle_stage) == ("Recorded", "FINISHED", "active")
    assert run.data.params["seed"] == "3"
    assert run.data.tags["fingen.id"] == folder.id
    assert run.data.tags["fingen.sweep"] == "0123456789ab"
    assert json.loads(run.data.tags["fingen.market"])["digest"] == small_market().digest()
    history = client.get_metric_history(run.info.run_id, "vae/kl")
    assert [(point.step, point.value) for point in history] == [(1, 0.5), (2, 0.25)]
    assert run.data.metrics["fz0_2.5"] == 1.25
    assert {"run.json", "config.json", "generator.json"} <= {
        file.path for file in client.list_artifacts(run.info.run_id)
    }

    store.rename(folder.id, "Renamed")
    store.delete(folder.id)
    assert [other.id for other in store.unrecorded()] == [folder.id]
    store.sync()
    store.sync()
    _, runs = recorded(store)
    assert [(one.info.run_name, one.info.lifecycle_stage) for one in runs] == [("Renamed", "deleted")]

    store.restore(folder.id)
    append(folder / "curves.csv", Progress(phase="VAE", step=3, n_steps=3, losses={"vae/kl": 0.1}))
    store.sync()
    client, runs = recorded(store)
    assert [one.info.lifecycle_stage for one in runs] == ["active"]
    assert len(client.get_metric_history(runs[0].info.run_id, "vae/kl")) == 3


def test_a_tracking_uri_is_respected_and_a_server_that_is_away_costs_nothing(store, tmp_path, monkeypatch, caplog):
    folder = finished(store)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://user:secret@127.0.0.1:{closed_port()}")
    assert not store.sync()
    assert folder.id in caplog.text
    assert "secret" not in caplog.text.split("yet:")[0]
    assert [other.id for other in store.unrecorded()] == [folder.id]
    shutil.copy(store.home / "mlflow.db", tmp_path / "shared.db")
    (store.home / "mlflow.db").unlink()
    elsewhere = f"sqlite:///{tmp_path / 'shared.db'}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", elsewhere)
    monkeypatch.chdir(tmp_path)
    assert store.sync()
    assert len(recorded(store, elsewhere)[1]) == 1
    assert not (store.home / "mlflow.db").exists()


def closed_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_nothing_is_told_to_the_makers_of_mlflow(store):
    """A fresh process, without the variables that a test run sets, opens no socket and has no telemetry client."""
    code = """
import os, socket, sys
for name in ("MLFLOW_DISABLE_TELEMETRY", "DO_NOT_TRACK", "PYTEST_CURRENT_TEST", "CI", "GITHUB_ACTIONS"):
    os.environ.pop(name, None)
opened = []
real = socket.socket.connect
def connect(self, address):
    opened.append(address)
    return real(self, address)
socket.socket.connect = connect
socket.getaddrinfo = lambda *a, **k: opened.append(a)
from fingen_core.runs import RunStore
from fingen_core.training.settings.config import TrainingConfig
from tests.jobs_support import small_market
store = RunStore()
run = store.create(small_market(), TrainingConfig())
assert store.record.push(store.folder(run.id))
import mlflow.telemetry
from mlflow.telemetry.utils import is_telemetry_disabled
assert is_telemetry_disabled() and mlflow.telemetry.get_telemetry_client() is None
assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == os.environ["DO_NOT_TRACK"] == "true"
assert opened == [], opened
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ASSETS.parent)


def test_two_processes_that_open_a_fresh_record_do_not_trip_over_each_other(home):
    store = RunStore()
    folders = [finished(store, f"Run {number}") for number in range(2)]
    command = [sys.executable, "-m", "fingen_core.jobs.queue.mlflow_worker", str(store.home)]
    single = "import sys; from pathlib import Path; from fingen_core.runs.folder import RunFolder; "
    single += "from fingen_core.runs.mlflow_record import Record; "
    single += "sys.exit(not Record(Path(sys.argv[1])).push(RunFolder(Path(sys.argv[2]))))"
    processes = [
        subprocess.Popen([sys.executable, "-c", single, str(store.home), str(folder.path)], cwd=ASSETS.parent)
        for folder in folders
    ]
    assert [process.wait() for process in processes] == [0, 0]
    assert subprocess.run(command, cwd=ASSETS.parent, check=False).returncode == 0
    assert len(recorded(store)[1]) == 2
