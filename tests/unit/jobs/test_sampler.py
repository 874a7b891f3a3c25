"""The warm sampler: right answers, remembered; and what happens when its worker dies, hangs or refuses."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest

from fingen_core.errors import InvalidInput, JobFailed, NotFound
from fingen_core.generators.classical.bootstrap import StationaryBootstrap
from fingen_core.generators.classical.fhs import FilteredHistoricalSimulation
from fingen_core.jobs.warm import sampler as module
from fingen_core.jobs.warm.sampler import Sampler
from fingen_core.jobs.warm.sampler_worker import Recent
from fingen_core.market import library
from fingen_core.runs import RunStore
from fingen_core.scenarios.market_state import evenings
from fingen_core.scenarios.requests import SampleRequest
from fingen_core.settings import ASSETS
from fingen_core.training.settings.config import TrainingConfig
from tests.jobs_support import SAMPLER, small_market, until


@pytest.fixture
def pretend(home):
    """A sampler whose worker does as the files in the home tell."""
    sampler = Sampler(command=SAMPLER)
    yield sampler
    (home / "hang").unlink(missing_ok=True)
    sampler.close()


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """A sampler with its real worker, and a saved market in its home."""
    home = tmp_path_factory.mktemp("real")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FINGEN_HOME", str(home))
        library.save(small_market())
    sampler = Sampler(home)
    yield sampler
    sampler.close()


def ask(**changes) -> SampleRequest:
    return SampleRequest(**{"source": "pretrained", "n_paths": 3, "n_steps": 4, "seed": 1, **changes})


def bootstrap(**changes) -> SampleRequest:
    return ask(**{"source": "block-bootstrap", "market_digest": small_market().digest(), **changes})


def asked(home: Path) -> list[int]:
    """The process that had each request in its hands."""
    return [int(line) for line in (home / "asked.txt").read_text().split()]


# ---------------------------------------------------------------------------------------------------------- the request


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"source": "run:../../x"}, "no run is called"),
        ({"source": "tea leaves"}, "use run:<id>, pretrained, fhs-gjr or block-bootstrap"),
        ({"n_paths": 0}, "n_paths = 0: use a whole number from 1 to 100,000"),
        ({"n_paths": 2.0}, "n_paths = 2.0"),
        ({"n_steps": 2521}, "n_steps = 2521: use a whole number from 1 to 2,520"),
        ({"seed": -1}, "seed = -1"),
        ({"start": "yesterday"}, "start = 'yesterday': use a date such as"),
        ({"condition": {"volatility": 101}}, "volatility = 101: use a percentile of history from 0 to 100"),
        ({"condition": {"severity": 1.5}}, "severity = 1.5: use a number above 0 and at most 1"),
        ({"condition": {"mood": 1}}, "condition 'mood': choose among volatility, trend"),
        ({"condition": {"trend": 5}, "start": "2016-01-04"}, "paths set out from one day or from days in that state"),
    ],
)
def test_a_request_is_checked_when_it_is_made(changes, sentence):
    with pytest.raises(InvalidInput, match=sentence.replace("?", r"\?")):
        ask(**changes)


def test_the_digest_identifies_every_field():
    variants = [
        ask(),
        ask(source="fhs-gjr"),
        ask(n_paths=4),
        ask(n_steps=5),
        ask(seed=2),
        ask(start="2020-01-01"),
        ask(market_digest="x"),
        ask(condition={"volatility": 90}),
        ask(condition={"volatility": 91}),
        ask(condition={"trend": 90}),
    ]
    assert len({variant.digest() for variant in variants}) == len(variants)
    assert ask().digest() == ask().digest()


# ----------------------------------------------------------------------------------------------------------- the worker


def test_paths_are_those_of_the_generator_itself(real):
    drawn = real.sample(bootstrap())
    expected = StationaryBootstrap().fit(small_market()).sample(3, 4, seed=1)
    np.testing.assert_array_equal(drawn.log_returns, expected)
    assert drawn.log_returns.dtype == np.float32
    assert not drawn.log_returns.flags.writeable
    assert (drawn.tickers, drawn.seed, drawn.run_id) == (("A0", "A1"), 1, "")
    assert (drawn.start, drawn.market_digest) == (small_market().dates[-1], small_market().digest())


def test_paths_set_out_from_the_last_close_before_the_day_asked_for(real):
    market = small_market()
    saturday = market.dates[100] + pd.offsets.Week(weekday=5)
    drawn = real.sample(bootstrap(start=f"{saturday:%Y-%m-%d}"))
    assert drawn.start == market.dates[market.dates <= saturday][-1]
    assert drawn.start < saturday


def test_a_state_of_the_market_is_looked_for_in_its_history(real):
    request = bootstrap(source="fhs-gjr", condition={"volatility": 90.0})
    drawn = real.sample(request)
    found = evenings(small_market(), request.condition)
    generator = FilteredHistoricalSimulation().fit(small_market())
    states = generator.states(small_market()).each(found.drawn(3, seed=1))
    np.testing.assert_array_equal(drawn.log_returns, generator.sample(3, 4, state=states, seed=1))
    assert drawn.condition["volatility"] == 90
    assert drawn.condition["market_state"]["examples"] == list(found.examples())
    assert drawn.start == small_market().dates[-1]


@pytest.mark.parametrize(
    ("request_", "error", "sentence"),
    [
        (bootstrap(condition={"volatility": 90}), InvalidInput, "draws the same whatever the market's state"),
        (bootstrap(condition={"severity": 0.1}), InvalidInput, "knows no condition, but got severity"),
        (bootstrap(start="1980-01-01"), InvalidInput, "1980-01-01"),
        (bootstrap(market_digest="0" * 16), NotFound, "no market is saved"),
        (ask(source="run:" + "0" * 12), NotFound, "there is no run"),
        (bootstrap(n_paths=100_000, n_steps=2_520), InvalidInput, "at most 200,000,000"),
    ],
)
def test_an_error_of_the_worker_arrives_as_it_was(real, request_, error, sentence):
    pid = real.info()["pid"]
    with pytest.raises(error, match=sentence):
        real.sample(request_)
    assert real.info()["pid"] == pid or pid == 0


def test_a_run_without_a_model_says_so(real):
    run = RunStore(real.home).create(small_market(), TrainingConfig())
    with pytest.raises(NotFound, match=f"run {run.id} has no model yet"):
        real.sample(ask(source=f"run:{run.id}"))


def test_a_killed_worker_is_replaced_at_the_next_request(real):
    real.sample(bootstrap(seed=10))
    pid = real.info()["pid"]
    os.kill(pid, signal.SIGKILL)
    until(lambda: real.info()["state"] == "off", "the death of the worker")
    drawn = real.sample(bootstrap(seed=11))
    assert drawn.n_paths == 3
    assert real.info()["pid"] not in (0, pid)
    assert real.info()["memory_bytes"] > 2**20


def test_the_worker_ends_with_its_server(home):
    code = (
        "import sys; from fingen_core.jobs.warm.sampler import Sampler; "
        "from fingen_core.scenarios.requests import SampleRequest; "
        f"s = Sampler(command={SAMPLER!r}); s.sample(SampleRequest(source='pretrained', n_paths=1, n_steps=1)); "
        "print(s.info()['pid'], flush=True); sys.stdin.readline()"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ASSETS.parent, text=True
    )
    with server:
        worker = psutil.Process(int(server.stdout.readline()))
        server.kill()
    until(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE, "the end of the worker")


# ----------------------------------------------------------------------------------------------------------- the client


def test_the_same_request_is_drawn_once(pretend, home):
    first = pretend.sample(ask())
    assert pretend.sample(ask()) is first
    assert len(asked(home)) == 1
    pretend.sample(ask(seed=2))
    assert len(asked(home)) == 2


def test_paths_of_a_run_that_was_resumed_are_others(home):
    sampler, asked_for = Sampler(home), ask(source="run:0123456789ab")
    model = home / "runs" / asked_for.run_id / "generator.safetensors"
    model.parent.mkdir(parents=True)
    model.write_bytes(b"first")
    before = sampler.identity(asked_for)
    assert sampler.identity(asked_for) == before
    model.write_bytes(b"resumed")
    assert sampler.identity(asked_for) != before
    assert sampler.identity(asked_for).startswith(asked_for.digest())


def test_many_sessions_that_ask_the_same_get_the_same(pretend, home):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(pretend.sample, [ask(seed=number % 2) for number in range(16)]))
    assert len(asked(home)) == 2
    assert len(set(asked(home))) == 1
    for number, scenarios in enumerate(found):
        np.testing.assert_array_equal(scenarios.log_returns, np.full((3, 4, 2), number % 2))


def test_a_request_in_flight_is_asked_again_when_the_worker_dies(pretend, home):
    (home / "die once").touch()
    assert pretend.sample(ask()).n_paths == 3
    assert len(set(asked(home))) == 2


def test_a_request_that_kills_two_workers_fails_with_a_sentence(pretend, home):
    (home / "die always").touch()
    with pytest.raises(JobFailed, match=r"ended twice over this request.*It said: about to be killed"):
        pretend.sample(ask())
    assert len(asked(home)) == 2
    (home / "die always").unlink()
    assert pretend.sample(ask()).n_paths == 3


def test_a_worker_that_hangs_is_given_up(pretend, home):
    (home / "hang").touch()
    with pytest.raises(JobFailed, match=r"no scenarios after 0\.5 seconds"):
        pretend.sample(ask(), timeout=0.5)
    (home / "hang").unlink()
    assert pretend.sample(ask()).n_paths == 3


def test_kill_9_while_busy_is_survived_at_any_moment(pretend, home):
    """A page waits while its worker is killed in the middle of the work: it gets its paths all the same."""
    (home / "hang").touch()
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(pretend.sample, ask())
        until(lambda: (home / "asked.txt").exists() and asked(home), "a request in the worker's hands")
        assert pretend.info()["state"] == "busy"
        (home / "hang").unlink()
        os.kill(asked(home)[0], signal.SIGKILL)
        assert future.result(timeout=30).n_paths == 3


def test_errors_keep_their_class(pretend, home):
    (home / "refuse").touch()
    with pytest.raises(NotFound, match="no such run"):
        pretend.sample(ask())


def test_results_are_kept_up_to_a_number_of_bytes(pretend, home, monkeypatch):
    pretend._results = module._Results(most_bytes=3 * 4 * 2 * 4 * 2)  # two results of this size
    for seed in (1, 2, 3):
        pretend.sample(ask(seed=seed))
    pretend.sample(ask(seed=3))
    assert len(asked(home)) == 3
    pretend.sample(ask(seed=1))
    assert len(asked(home)) == 4


def test_a_model_that_changed_is_drawn_from_again(pretend, home):
    folder = home / "runs" / "0123456789ab"
    folder.mkdir(parents=True)
    weights = folder / "generator.safetensors"
    weights.write_bytes(b"1")
    request = ask(source="run:0123456789ab")
    pretend.sample(request)
    pretend.sample(request)
    assert len(asked(home)) == 1
    weights.write_bytes(b"22")
    pretend.sample(request)
    assert len(asked(home)) == 2


def test_the_worker_is_asked_to_balance_with_all_settings(pretend, home):
    config = TrainingConfig(moments_weight=3.0)
    assert pretend.balance("sample", config) == [{"term": "moments", "proposed": 6.0}]
    (home / "refuse").touch()
    with pytest.raises(NotFound, match="no such run"):
        pretend.balance("sample", config)


def test_warming_up_happens_in_the_background_and_finds_the_devices(pretend):
    assert pretend.info() == {"state": "off", "pid": 0, "memory_bytes": 0}
    pretend.warm()
    assert pretend.devices() == [{"name": "cpu"}]
    until(lambda: pretend.info()["state"] == "idle", "the end of the warm-up")


def test_there_is_one_sampler_per_server_and_home(home, tmp_path, monkeypatch):
    assert Sampler.shared() is Sampler.shared()
    first = Sampler.shared()
    monkeypatch.setenv("FINGEN_HOME", str(tmp_path))
    assert Sampler.shared() is not first


def test_the_temporary_folder_goes_with_the_worker(pretend):
    pretend.sample(ask())
    folder = pretend._process.folder
    assert folder.exists()
    assert not list(folder.glob("*.npy"))
    pretend.close()
    assert not folder.exists()


def test_folders_of_servers_that_are_gone_are_removed(pretend, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    names = [f"fingen-sampler-{ended.pid}-a1", f"fingen-sampler-{os.getppid()}-b2", "fingen-sampler-c3", "other-1-d4"]
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "log.txt").write_text("")
    pretend.sample(ask())
    assert [(tmp_path / name).exists() for name in names] == [False, True, True, True]
    assert pretend._process.folder.name.startswith(f"fingen-sampler-{os.getpid()}-")


def test_only_the_most_recent_values_are_kept():
    made = []

    def make(name):
        return lambda: made.append(name) or name

    recent = Recent(2)
    for name in ("a", "b", "a", "c", "a", "b"):
        assert recent.get(name, make(name)) == name
    assert made == ["a", "b", "c", "b"]


def test_threads_are_not_left_behind(pretend):
    before = threading.active_count()
    pretend.sample(ask())
    pretend.close()
    until(lambda: threading.active_count() <= before, "the end of the reader")
