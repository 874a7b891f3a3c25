"""The run store: making, naming, hiding, reading and exporting runs."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from fingen_core.errors import FinGenError, InvalidInput, NotFound
from fingen_core.runs import RunStore, card
from fingen_core.runs.curves import append
from fingen_core.runs.folder import RunFolder, tail
from fingen_core.settings import ASSETS
from fingen_core.storage.locks import Lock, is_held
from fingen_core.training.progress import Progress
from fingen_core.training.settings.config import TrainingConfig, preset
from tests.jobs_support import small_market


@pytest.fixture
def store() -> RunStore:
    return RunStore()


@pytest.fixture
def run(store: RunStore):
    return store.create(small_market(), preset("quick", "gan", seed=7), name="First")


def report(step: int, **values: float) -> Progress:
    return Progress(
        phase="VAE", step=step, n_steps=100, losses={f"vae/{name}": value for name, value in values.items()}
    )


def test_a_new_run_is_queued_and_remembers_everything(store, run):
    again = store.get(run.id)
    assert (again.status, again.name, again.config) == ("queued", "First", preset("quick", "gan", seed=7))
    assert (again.tickers, again.market_name, again.market_digest) == (("A0", "A1"), "Small", small_market().digest())
    assert store.market(run.id).digest() == small_market().digest()
    assert (again.started, again.ended, again.error, again.progress) == (None, None, "", {})
    assert again.created.utcoffset().total_seconds() == 0
    assert not again.has_model


def test_a_run_without_a_name_gets_one(store):
    assert store.create(small_market(), TrainingConfig()).name == "VAE balanced, Small"


def test_ids_are_short_safe_and_sort_by_time(store):
    ids = [store.create(small_market(), TrainingConfig()).id for _ in range(3)]
    assert ids == sorted(ids)
    assert all(len(run_id) == 12 and run_id.isalnum() and run_id.islower() for run_id in ids)
    assert [run.id for run in store.list()] == ids[::-1]


@pytest.mark.parametrize("run_id", ["", "..", "../../../etc", "nosuchrun123", "000000000000", "A" * 12, "a/b"])
def test_an_id_from_outside_cannot_leave_the_store(store, run, run_id):
    with pytest.raises(NotFound, match="there is no run"):
        store.get(run_id)


def test_renaming(store, run):
    store.rename(run.id, "  Second \n name ")
    assert store.get(run.id).name == "Second name"
    for bad in ("", "  ", "x" * 121, "a\x00b"):
        with pytest.raises(InvalidInput, match="1 to 120"):
            store.rename(run.id, bad)


def test_deleting_hides_and_restoring_brings_back(store, run):
    other = store.create(small_market(), TrainingConfig())
    store.delete(run.id)
    assert [found.id for found in store.list()] == [other.id]
    assert [found.id for found in store.list(deleted=True)] == [run.id]
    store.restore(run.id)
    assert {found.id for found in store.list()} == {run.id, other.id}
    assert store.get(run.id).status == "stopped"


def test_only_a_deleted_run_can_be_removed_for_good(store, run):
    with pytest.raises(InvalidInput, match="delete it first"):
        store.purge(run.id)
    store.delete(run.id)
    store.purge(run.id)
    assert list(store.path.iterdir()) == []
    with pytest.raises(NotFound):
        store.get(run.id)


def test_a_damaged_run_does_not_hide_the_others(store, run):
    broken = store.create(small_market(), TrainingConfig())
    (broken.folder / "config.json").write_text('{"no_such_setting": 1}')
    assert [found.id for found in store.list()] == [run.id]
    (told,) = store.damaged()
    assert (told.noun, told.name, told.path) == ("run", broken.name, broken.folder)
    assert "cannot be read" in told.why
    assert "delete it" in told.why


def test_a_full_disk_is_a_sentence_and_leaves_nothing(store, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("fingen_core.market.library.write", full)
    with pytest.raises(FinGenError, match=r"No space left on device.*free some space"):
        store.create(small_market(), TrainingConfig())
    assert list(store.path.iterdir()) == []


def test_a_run_that_says_running_without_a_worker_is_lost(store, run):
    folder = RunFolder(run.folder)
    folder.change(status="running", started="2026-01-01T00:00:00+00:00")
    folder.write("progress.json", {**report(3).as_dict(), "heartbeat": "2026-01-01T00:00:05+00:00"})
    (folder / "log.txt").write_text("fine\nKilled\n\n")
    lost = store.get(run.id)
    assert lost.status == "lost"
    assert "in phase VAE, step 3 of 100" in lost.error
    assert lost.error.endswith("Killed")
    assert lost.ended.second == 5
    with Lock(folder.lock):
        assert store.get(run.id).status == "running"


def test_curves_are_read_in_increments(store, run):
    path = run.folder / "curves.csv"
    assert store.curves(run.id).empty
    append(path, report(1, kl=1.0, total=2.5))
    first = store.curves(run.id)
    assert first.columns.tolist() == ["step", "phase", "name", "value"]
    assert first["name"].tolist() == ["vae/kl", "vae/total"]
    first["value"] = 0.0  # a caller's changes are its own
    append(path, report(2, kl=float("nan"), total=1 / 3))
    table = store.curves(run.id)
    assert table["step"].tolist() == [1, 1, 2, 2]
    assert table["value"].tolist()[:2] == [1.0, 2.5]
    assert table["value"].isna().tolist() == [False, False, True, False]
    assert table["value"].iloc[3] == 1 / 3


def test_a_line_that_was_cut_by_a_kill_is_lost_alone(store, run):
    path = run.folder / "curves.csv"
    append(path, report(1, kl=1.0))
    with path.open("a") as file:
        file.write("2,VA")
    assert store.curves(run.id)["step"].tolist() == [1]
    append(path, report(3, kl=3.0))
    assert store.curves(run.id)["step"].tolist() == [1, 3]


def test_a_resumed_training_replaces_the_steps_it_repeats(store, run):
    path = run.folder / "curves.csv"
    for step in (1, 2, 3):
        append(path, report(step, kl=float(step)))
    store.curves(run.id)
    for step in (2, 3, 4):
        append(path, report(step, kl=10.0 * step))
    for reader in (store, RunStore()):
        table = reader.curves(run.id)
        assert table["step"].tolist() == [1, 2, 3, 4]
        assert table["value"].tolist() == [1.0, 20.0, 30.0, 40.0]


def test_curves_that_were_started_anew_are_read_anew(store, run):
    path = run.folder / "curves.csv"
    for step in range(5):
        append(path, report(step, kl=1.0))
    store.curves(run.id)
    path.unlink()
    append(path, report(0, kl=2.0))
    assert store.curves(run.id)["value"].tolist() == [2.0]


def test_many_runs_and_a_growing_curve_are_read_whole(store, run):
    for number in range(49):
        folder = RunFolder(store.path / f"{number:012d}")
        folder.path.mkdir()
        for name in ("run.json", "config.json", "state.json", "name"):
            (folder / name).write_bytes((run.folder / name).read_bytes())
        folder.write("progress.json", {**report(5).as_dict(), "sample": [0.001] * 252})
    for step in range(400):
        append(run.folder / "curves.csv", report(step, **{f"t{number}": 0.1 for number in range(8)}))
    assert len(store.list()) == 50
    assert len(store.curves(run.id)) == 3200
    append(run.folder / "curves.csv", report(400, t0=1.0))
    assert len(store.curves(run.id)) == 3201


def test_the_card_names_purpose_data_scores_and_limits(store, run):
    facts = {"scores": {"fz0_2.5": 1.2}, "rivals": {"fhs-gjr/fz0_2.5": 1.3}, "device": "cpu", "seconds": 4.0}
    made = card.build(
        {"id": run.id, "name": "First", "status": "done", "market": RunFolder(run.folder).read("run.json")["market"]},
        json.loads(run.config.to_json()),
        facts,
    )
    assert made["data"]["digest"] == run.market_digest
    assert (made["seed"], made["scores"], made["hardware"]["device"]) == (7, {"fz0_2.5": 1.2}, "cpu")
    assert made["not_for"]
    assert made["limits"]
    text = card.markdown(made)
    assert "| score | model | fhs-gjr |" in text
    assert "| FZ0 at 2.5 % | 1.2000 | 1.3000 |" in text
    assert "Assets: A0, A1" in text
    assert "has not happened" in text or "have not happened" in text


def test_the_card_keeps_what_was_seen_in_training(run):
    found = {"kind": "mode collapse", "sentence": "It varies too little.", "remedy": "Learn slower.", "phase": "GAN"}
    made = card.build({"id": run.id}, {}, {"findings": [found]})
    assert made["warnings"] == ["GAN, mode collapse: It varies too little. Learn slower."]
    assert "## Seen while it trained\n\n- GAN, mode collapse: It varies" in card.markdown(made)
    assert "Seen while" not in card.markdown(card.build({"id": run.id}, {}, {}))


def test_the_card_of_a_run_without_a_model_says_so(store, run):
    assert store.card(run.id)["scores"] == {}
    assert "before its first validation" in store.card_markdown(run.id)


def test_the_card_carries_the_new_name_of_a_renamed_run(store, run):
    RunFolder(run.folder).write("card.json", store.card(run.id))
    (run.folder / "card.md").write_text(store.card_markdown(run.id))
    store.rename(run.id, "Renamed")
    assert store.card_markdown(run.id).startswith("# Renamed\n")
    with zipfile.ZipFile(io.BytesIO(store.export(run.id))) as archive:
        assert archive.namelist().count(f"{run.id}/card.md") == 1
        assert archive.read(f"{run.id}/card.md").startswith(b"# Renamed\n")
        assert json.loads(archive.read(f"{run.id}/card.json"))["name"] == "Renamed"


def test_the_commit_is_read_without_git(tmp_path):
    git = tmp_path / ".git"
    git.mkdir()
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    (git / "packed-refs").write_text("# pack-refs\nabc123 refs/heads/main\n")
    assert card.commit(tmp_path) == "abc123"
    (git / "refs/heads").mkdir(parents=True)
    (git / "refs/heads/main").write_text("def456\n")
    assert card.commit(tmp_path) == "def456"
    assert card.commit(tmp_path / "nowhere") == ""


def test_an_export_holds_the_model_its_settings_and_its_card(store, run):
    (run.folder / "generator.safetensors").write_bytes(b"weights")
    with zipfile.ZipFile(io.BytesIO(store.export(run.id))) as archive:
        names = set(archive.namelist())
        assert {f"{run.id}/{name}" for name in ("generator.safetensors", "config.json", "card.md")} <= names
        assert archive.read(f"{run.id}/generator.safetensors") == b"weights"


def test_a_lock_excludes_and_ends_with_its_holder(tmp_path):
    path = tmp_path / "lock"
    assert not is_held(path)
    mine, other = Lock(path), Lock(path)
    assert mine.acquire()
    assert is_held(path)
    assert not other.acquire(patience=0.05)
    mine.release()
    assert other.acquire()
    other.release()
    assert not is_held(path)


def test_tail_is_the_last_line_that_says_something(tmp_path):
    path = tmp_path / "log"
    assert tail(path) == ""
    path.write_text("one\ntwo \n\n \n")
    assert tail(path) == "two"


def test_neither_torch_nor_mlflow_come_with_the_store_the_jobs_or_the_sampler(home: Path):
    code = """
import sys
from fingen_core.jobs.queue.queue import Jobs
from fingen_core.jobs.warm.sampler import Sampler; from fingen_core.scenarios.requests import SampleRequest
from fingen_core.runs import RunStore
from fingen_core.training.settings.config import TrainingConfig
from tests.jobs_support import small_market
store = RunStore()
run = store.create(small_market(), TrainingConfig())
store.rename(run.id, "Other"); store.list(); store.curves(run.id); store.card(run.id)
Jobs(store).reconcile(); store.delete(run.id); store.restore(run.id); store.export(run.id)
Sampler().info()
assert not {"torch", "mlflow"} & set(sys.modules), sorted(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ASSETS.parent)


def test_a_waiting_worker_is_small():
    heavy = "{'pandas', 'torch', 'mlflow'}"
    code = f"import sys, fingen_core.jobs.queue.train_worker as worker; assert not {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ASSETS.parent)


def test_what_a_training_took_is_what_it_counted_and_else_from_beginning_to_end(store, run):
    folder = RunFolder(run.folder)
    assert store.get(run.id).took is None
    folder.change(status="done", started="2024-01-01T10:00:00+00:00", ended="2024-01-01T10:05:00+00:00")
    folder.write("progress.json", {"seconds": 20.0})
    assert store.get(run.id).took == 20.0  # the rest of the five minutes it was held
    folder.write("progress.json", {"step": 100})  # of before seconds were counted
    assert store.get(run.id).took == 300.0
