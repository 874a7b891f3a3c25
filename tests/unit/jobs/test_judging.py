"""What a validation does, from request to verdict: everything is written, nothing is done twice, stops are heard."""

import numpy as np
import pandas as pd
import pytest

from fingen_core.errors import FinGenError, Stopped
from fingen_core.jobs.queue import validation as judging
from fingen_core.runs import RunStore
from fingen_core.runs.folder import RunFolder
from fingen_core.runs.validations import create, read
from tests.judging_support import bootstrap_as_model, finished_run, judged_folder
from tests.validation_support import FIT_UNTIL, small


class Wild:
    """A generator whose volatility is 1.8 times what it should be."""

    def __init__(self, generator):
        self.generator = generator

    def sample(self, *arguments, **options):
        return self.generator.sample(*arguments, **options) * np.float32(1.8)

    def __getattr__(self, name):
        return getattr(self.generator, name)


@pytest.fixture
def run(home, monkeypatch):
    bootstrap_as_model(monkeypatch)
    return finished_run(RunStore())


def test_a_validation_writes_all_that_the_page_shows(run):
    told = []
    folder = create(RunFolder(run.folder), kind="full", protocol=small(n_starts=4))
    judging.judge_all(folder, on_progress=told.append, should_stop=lambda: False)
    found = read(folder, run.id)
    assert [judged.key for judged in found.judged()] == ["vae", "fhs-gjr", "block-bootstrap"]
    assert [light.question for light in found.lights] == ["tomorrow", "long run", "novelty"]
    assert found.reference().last_date == FIT_UNTIL
    # Halves of this history have too few windows for a floor of their own.
    assert set(found.papers()) == {"vae", "fhs-gjr", "block-bootstrap"}
    table = found.table()
    assert set(table["generator"]) == {"vae", "fhs-gjr", "block-bootstrap"}
    fz0 = table[(table["metric"] == "fz0_2.5") & (table["group"] == "all") & (table["horizon"] == 1)]
    assert fz0.set_index("generator")["t"].notna().to_dict() == {
        "vae": True,
        "fhs-gjr": False,
        "block-bootstrap": False,
    }
    assert found.judged()[0].seconds_fit == 1.5
    steps = [progress.step for progress in told]
    assert steps == sorted(steps)
    assert steps[-1] > 900


def test_a_quick_validation_leaves_out_what_papers_report(run):
    found = read(judged_folder(run, "quick", ("block-bootstrap",)), run.id)
    assert found.papers() == {}
    assert [judged.key for judged in found.judged()] == ["vae", "block-bootstrap"]


def test_what_is_through_is_not_judged_again(run, monkeypatch):
    folder = judged_folder(run, "full", ("block-bootstrap",))
    before = read(folder, run.id).table()

    def refuse(*_, **__):
        raise AssertionError("judged again")

    monkeypatch.setattr(judging, "judge", refuse)
    monkeypatch.setattr(judging, "reference", refuse)
    (folder / "table.csv").unlink()
    judging.judge_all(folder, on_progress=lambda _: None, should_stop=lambda: False)
    pd.testing.assert_frame_equal(
        read(folder, run.id).table(), before, rtol=1e-3, atol=1e-5
    )  # arrays are kept in single precision


def test_a_request_to_stop_is_heard(run):
    folder = create(RunFolder(run.folder), kind="full", protocol=small())
    with pytest.raises(Stopped):
        judging.judge_all(folder, on_progress=lambda _: None, should_stop=lambda: True)
    assert not (folder / "verdict.json").exists()


def test_a_model_that_knows_the_test_days_is_refused(run, monkeypatch):
    from fingen_core.generators.filtered.generator import NeuralGenerator

    class Peeking:
        def __init__(self, _):
            self.info = {"last_date": "2013-01-01"}

    monkeypatch.undo()
    monkeypatch.setenv("FINGEN_HOME", str(RunFolder(run.folder).home))
    monkeypatch.setattr(NeuralGenerator, "load", Peeking)
    folder = create(RunFolder(run.folder), kind="quick", protocol=small(), rivals=())
    with pytest.raises(FinGenError, match="learned from days up to 2013-01-01, later than 2012-06-29"):
        judging.judge_all(folder, on_progress=lambda _: None, should_stop=lambda: False)


def test_a_bad_model_is_plainly_worse_than_a_good_one(run, monkeypatch):
    good = read(judged_folder(run, "quick", ("block-bootstrap",)), run.id)
    bootstrap_as_model(monkeypatch, Wild)
    bad = read(judged_folder(run, "quick", ("block-bootstrap",)), run.id)

    def misses(validation) -> pd.Series:
        table = validation.table()
        rows = table[(table["generator"] == "vae") & (table["question"] == "long run")].set_index("metric")
        return rows["value"] / rows["floor"]

    assert misses(bad)["emd_1"] > 2 * misses(good)["emd_1"]
    assert misses(bad)["es_1d"] > 2 * misses(good)["es_1d"]
    assert {light.question: light.color for light in bad.lights}["long run"] == "bad"
    assert {light.question: light.color for light in good.lights}["long run"] != "bad"
