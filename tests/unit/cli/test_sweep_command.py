"""``sweep`` on the command line: ranges as they are typed, a whole sweep in one answer, going on after a stop."""

import json
import sys

import pytest

from fingen_core.__main__ import main
from fingen_core.jobs.queue import sweeps as sweeps_module
from fingen_core.jobs.queue.sweeps import Sweeps
from fingen_core.market import library
from fingen_core.runs import RunStore, own_presets, sweeps
from fingen_core.training.settings.config import preset
from tests.jobs_support import small_market

BASE = ("--preset", "quick", "--set", "vae_steps=40", "--set", "validate_every=10", "--set", "latent_size=5")


@pytest.fixture(autouse=True)
def quick_workers(monkeypatch):
    monkeypatch.setattr(sweeps_module, "SWEEPER", (sys.executable, "-m", "tests.workers.sweeper"))


@pytest.fixture
def market(home) -> str:
    return library.save(small_market(520))


def test_a_sweep_prints_its_trials_its_best_and_can_be_repeated(capsys, home, market):
    asked = (*BASE, "--tune", "learning_rate=1e-5:1e-1", "--tune", "optimizer=adam,sgd", "--trials", "2", "--seed", "4")
    assert main(["sweep", "--market", market, *asked, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["status"], printed["seed"], len(printed["trials"])) == ("done", 4, 2)
    assert printed["best"]["value"] == min(trial["value"] for trial in printed["trials"])
    kept = sweeps.read(sweeps.folder_of(home, printed["sweep_id"]))
    assert kept.config == preset("quick", vae_steps=40, validate_every=10, latent_size=5, seed=4)
    assert [knob.choices for knob in kept.knobs] == [(), ("adam", "sgd")]
    assert main(["sweep", "--resume", kept.id]) == 1
    assert "start a new one" in capsys.readouterr().err


def test_text_tells_each_trial_and_the_settings_to_type(capsys, home, market):
    assert main(["sweep", "--market", market, *BASE, "--tune", "beta=0:2", "--trials", "2", "--no-prune"]) == 0
    out = capsys.readouterr().out
    assert out.count("trial   1  done") == 1
    assert "best: trial " in out
    assert "  --set kl_weight=" in out
    assert not sweeps.listing(home)[0].prune


@pytest.mark.parametrize(
    ("tuned", "words"),
    [
        (["learning_rate=fast"], "write the range as LOW:HIGH, such as 0.000001:1"),
        (["magic"], "cannot be tuned: choose among"),
        (["optimizer=adam"], "choose at least two of"),
        ([], "tick at least one setting"),
    ],
)
def test_what_cannot_be_tuned_is_told_in_a_sentence(capsys, home, market, tuned, words):
    options = [part for name in tuned for part in ("--tune", name)]
    assert main(["sweep", "--market", market, *options]) == 1
    assert words in capsys.readouterr().err
    assert RunStore().list() == []


def test_a_preset_that_was_shared_can_be_set_out_from(capsys, home, market, tmp_path):
    file = tmp_path / "shared.json"
    config = preset("quick", vae_steps=40, validate_every=10, latent_size=5, seed=9)
    file.write_text(own_presets.to_json("Ours", config))
    more = ("--config", str(file), "--tune", "kl_weight", "--trials", "2", "--detach", "--json")
    assert main(["sweep", "--market", market, *more]) == 0
    sweep_id = json.loads(capsys.readouterr().out)["sweep_id"]
    from fingen_core.jobs.queue.queue import Jobs

    found = Sweeps(Jobs(RunStore())).wait(sweep_id)
    assert (found.status, found.config) == ("done", config)
