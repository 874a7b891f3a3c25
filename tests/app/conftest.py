"""What tests of pages share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from fingen_core.jobs.warm.sampler import Sampler
from fingen_core.runs import RunStore
from tests.app.training_support import ENTRY, without_torch


@pytest.fixture(scope="session")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sampler]:
    """One real sampler for all tests: its worker takes seconds to start."""
    sampler = Sampler(tmp_path_factory.mktemp("sampler"))
    yield sampler
    sampler.close()


@pytest.fixture
def one_worker(worker: Sampler, monkeypatch: pytest.MonkeyPatch) -> Sampler:
    """The pages of this test draw from the shared sampler."""
    monkeypatch.setattr("fingen_core.ui.session.state.sampler", lambda: worker)
    return worker


@pytest.fixture
def app() -> AppTest:
    """The app from its entry script, not yet drawn."""
    return AppTest.from_file(str(ENTRY), default_timeout=90)


@pytest.fixture
def store(home: Path) -> RunStore:
    """The runs of this test."""
    return RunStore()


@pytest.fixture
def no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that count instead of training."""
    without_torch(monkeypatch)
