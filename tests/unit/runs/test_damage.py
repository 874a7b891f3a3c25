"""Whatever happens to a file of a store: it costs itself only, is told by name, and can be put away or mended."""

import errno
import random
from pathlib import Path

import pytest

from benchmarks.damaged_stores import DAMAGES
from fingen_core.errors import FinGenError, Unreadable
from fingen_core.jobs.queue.queue import Jobs
from fingen_core.market import library
from fingen_core.portfolio.portfolio import Portfolio
from fingen_core.runs import RunStore, own_presets, stewardship, sweeps
from fingen_core.runs.audit import AuditLog
from fingen_core.runs.folder import RunFolder
from fingen_core.runs.stewardship import Stewardship
from fingen_core.runs.validations import create, write_lights
from fingen_core.scenarios.requests import SampleRequest
from fingen_core.scenarios.saved import SavedScenario, scenario_shelf
from fingen_core.storage.records import Shelf
from fingen_core.training.settings.config import TrainingConfig, preset
from fingen_core.validation.protocol import quick
from tests.app.training_support import make_run
from tests.jobs_support import PATIENCE, TRAINER, small_market
from tests.workers.validator import LIGHTS

BOOK = Portfolio(name="Book", tickers=("A0", "A1"), weights=(0.5, 0.5))
RUN_FILES = ("run.json", "config.json", "state.json", "name", "progress.json", "curves.csv", "market.json")
VALIDATION_FILES = ("request.json", "protocol.json", "state.json", "verdict.json")
SWEEP_FILES = ("request.json", "state.json", "name", "trials.json", "importance.json")


@pytest.fixture
def store(home: Path) -> RunStore:
    return RunStore()


def validated(store: RunStore) -> Path:
    """The folder of a validation that is done, of a run that is."""
    run = make_run(store)
    folder = create(RunFolder(run.folder), kind="full", protocol=quick("2015-06-01"))
    write_lights(folder, LIGHTS)
    folder.change(status="done")
    return folder.path


def swept(home: Path) -> Path:
    config = preset("quick", "vae")
    folder = sweeps.create(home, small_market(), config, [sweeps.knob("learning_rate", config)], n_trials=2)
    folder.write("trials.json", {"trials": [{"number": 0, "state": "done", "params": {}, "value": 1.0}]})
    folder.write("importance.json", {"learning_rate": 1.0})
    folder.change(status="done")
    return folder.path


def damage(path: Path, how: str, seed: int = 0) -> None:
    DAMAGES[how](path, random.Random(f"{path.name} {how} {seed}"))


def is_told(path: Path, found: list) -> bool:
    return path in [one.path for one in found]


@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize("name", RUN_FILES)
def test_a_damaged_run_is_read_or_told_and_stops_nobody(store, name, how):
    healthy, hurt = make_run(store, name="Healthy"), make_run(store, name="Hurt")
    damage(hurt.folder / name, how)
    jobs = Jobs(store, command=TRAINER)
    jobs.reconcile()
    listed = [run.id for run in store.list()]
    assert healthy.id in listed
    assert (hurt.id in listed) != is_told(hurt.folder, store.damaged())
    assert store.validating() == []
    if hurt.id in listed:
        run = store.get(hurt.id)
        assert isinstance(run.name, str)
        assert all(isinstance(value, float) for value in [*run.scores.values(), *run.rivals.values()])
        store.curves(hurt.id)
        store.card_markdown(hurt.id)
    else:
        with pytest.raises(Unreadable, match=f"run {hurt.id} cannot be read: .*; delete it"):
            store.get(hurt.id)


@pytest.mark.parametrize("how", ["missing", "list", "folder", "strange"])
def test_among_damaged_runs_another_is_trained(store, how):
    for name in (*RUN_FILES, "market.parquet", "generator.json", "generator.safetensors"):
        damage(make_run(store, name=f"Hurt {name}").folder / name, how)
    waiting = make_run(store, "queued")
    damage(waiting.folder / "state.json", how)
    jobs = Jobs(store, command=TRAINER)
    run = store.create(small_market(), TrainingConfig(vae_steps=20), name="count")
    jobs.submit(run.id)
    assert jobs.wait(run.id, PATIENCE) == "done"
    jobs.reconcile()


def test_a_run_that_lost_its_state_is_lost_and_not_waiting(store):
    run = make_run(store)
    (run.folder / "state.json").unlink()
    found = store.get(run.id)
    assert (found.status, found.can_resume) == ("lost", True)
    assert "state.json is missing or damaged" in found.error


@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize("name", VALIDATION_FILES)
def test_a_damaged_validation_is_read_or_told_and_leaves_its_run(store, name, how):
    folder = validated(store)
    damage(folder / name, how)
    (run,) = store.list()
    readable = store.validations(run.id)
    assert bool(readable) != is_told(folder, store.damaged())
    for validation in readable:
        assert [light.color for light in validation.lights] in ([], [light.color for light in LIGHTS])
        if name == "protocol.json":
            with pytest.raises(Unreadable, match="cannot be read"):
                validation.protocol()


@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize("name", SWEEP_FILES)
def test_a_damaged_sweep_is_read_or_told_and_leaves_the_others(home, name, how):
    healthy, hurt = swept(home), swept(home)
    damage(hurt / name, how)
    listed = [sweep.folder for sweep in sweeps.listing(home)]
    assert healthy in listed
    assert (hurt in listed) != is_told(hurt, sweeps.damaged(home))


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_record_is_told_and_mended_by_its_copy(home, how):
    shelf = Shelf(home / "portfolios", "portfolio")
    other, record = shelf.add("Other", BOOK.to_json()), shelf.add("Mine", BOOK.to_json())
    shelf.rename(record.id, "Mine, renamed")
    path = shelf.folder / f"{record.id}.json"
    damage(path, how)

    def opened(found):
        return Portfolio.from_json(found.body)

    assert other.id in [found.id for found in shelf.list()]
    told = shelf.damaged(opened)
    if how == "missing":  # somebody removed it
        assert told == []
        return
    if not told:  # a value was changed into another good one
        assert opened(shelf.get(record.id)).tickers
        return
    (one,) = told
    assert (one.path, one.noun) == (path, "portfolio")
    one.restore()
    assert shelf.get(record.id).name == "Mine"
    assert shelf.damaged(opened) == []


def test_what_is_damaged_can_be_put_away_and_brought_back(home):
    shelf = Shelf(home / "portfolios", "portfolio")
    record = shelf.add("Mine", BOOK.to_json())
    path = shelf.folder / f"{record.id}.json"
    path.write_text("{")
    (one,) = shelf.damaged()
    assert one.before is None
    with pytest.raises(FinGenError, match="no copy of the portfolio"):
        one.restore()
    place = one.put_away(home)
    assert shelf.damaged() == []
    assert place.read_text() == "{"
    one.bring_back(place)
    assert is_told(path, shelf.damaged())


@pytest.mark.parametrize("how", [how for how in DAMAGES if how != "missing"])
def test_other_stores_tell_what_is_damaged(home, how):
    config = preset("quick", "vae")
    own_presets.save(home, "Mine", config)
    stewardship.save(home, "pretrained", Stewardship().changed(owner="Ann", status="draft", text="x", who="Ann"))
    library.save(small_market())
    saved = SavedScenario(
        page="pages/stress/scenarios.py",
        requests=(SampleRequest(source="block-bootstrap", n_paths=10, n_steps=5),),
        digests=("0" * 16,),
        portfolio=BOOK,
    )
    scenario_shelf(home).add("Saved", saved.body())
    for folder, told, usable in (
        ("presets", lambda: own_presets.damaged(home), lambda: own_presets.listing(home)),
        ("scenarios", lambda: scenario_shelf(home).damaged(SavedScenario.of), lambda: scenario_shelf(home).list()),
        ("markets", library.damaged, library.listing),
        ("stewardship", lambda: stewardship.damaged(home), lambda: [stewardship.load(home, "pretrained")]),
    ):
        (path,) = (home / folder).glob("*.json")
        damage(path, how)
        assert is_told(path, told()) or usable() or '"deleted": true' in path.read_text(errors="replace")


def test_a_torn_line_of_the_audit_log_costs_only_itself(home):
    log = AuditLog(home)
    log.add("first")
    with log.path.open("ab") as file:
        file.write(b'{"when": "2026')
    odd = "line\u2028separator \u2029 \x85 \x0b \x0c\r\n and next"
    log.add("second", odd, who=odd)
    log.add("third", fact=odd)
    entries = log.entries()
    assert [entry.what for entry in entries] == ["third", "second", "first"]
    assert (entries[1].about, entries[1].who, entries[0].facts["fact"]) == (odd, odd, odd)
    lines = log.path.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 4  # one line an entry, for every reader, and the torn one


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_full_or_read_only_disk_is_told_at_the_action(home, monkeypatch, number):
    def refuse(*_, **__):
        raise OSError(number, "no")

    shelf = Shelf(home / "portfolios", "portfolio")
    shelf.folder.mkdir(parents=True)
    monkeypatch.setattr("tempfile.mkstemp", refuse)
    with pytest.raises(FinGenError, match="free some space or mend"):
        shelf.add("Mine", BOOK.to_json())
    with pytest.raises(FinGenError, match="free some space or mend"):
        library.save(small_market())
    with pytest.raises(FinGenError, match="free some space or mend"):
        stewardship.save(home, "pretrained", Stewardship())
