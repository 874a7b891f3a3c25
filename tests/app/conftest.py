"""What tests of pages share."""

from collections.abc import Iterator

import pytest

from fingen_core.jobs.sampler import Sampler


@pytest.fixture(scope="session")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sampler]:
    """One real sampler for all tests: its worker takes seconds to start."""
    sampler = Sampler(tmp_path_factory.mktemp("sampler"))
    yield sampler
    sampler.close()


@pytest.fixture
def one_worker(worker: Sampler, monkeypatch: pytest.MonkeyPatch) -> Sampler:
    """The pages of this test draw from the shared sampler."""
    monkeypatch.setattr("fingen_core.ui.state.sampler", lambda: worker)
    return worker
