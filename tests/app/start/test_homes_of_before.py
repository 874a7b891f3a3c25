"""Homes that earlier versions made still open: runs, validations, presets, portfolios, scenarios, statements, links.

``tests/homes`` keeps one small home for each shape of the package that wrote it; ``flat-package`` is of November 2026,
before the package had rooms. Its run was trained on three stocks of the bundled market.
"""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from fingen_core.jobs.warm.sampler import Sampler
from fingen_core.market import library
from fingen_core.market.statements import StatementStore
from fingen_core.portfolio.portfolio import Portfolio
from fingen_core.runs import RunStore, own_presets, stewardship
from fingen_core.scenarios.requests import SampleRequest
from fingen_core.scenarios.saved import SavedScenario, scenario_shelf
from fingen_core.storage.records import Shelf
from tests.app.training_support import open_page, texts

HOMES = Path(__file__).resolve().parents[2] / "homes"
RUN = "1m8rg67vg8yx"
MARKET = "ec744d50f2117a74"
PAGES = (
    "start/home",
    "data/market",
    "data/fundamentals",
    "model/train",
    "model/runs",
    "model/sweeps",
    "model/images",
    "stress/scenarios",
    "stress/what_if",
    "stress/reverse",
    "stress/crises",
    "stress/library",
    "risk/portfolio",
    "risk/validation",
    "decide/strategies",
    "decide/allocation",
    "decide/forecast",
)


@pytest.fixture(autouse=True)
def kept(home: Path) -> Path:
    with zipfile.ZipFile(HOMES / "flat-package.zip") as archive:
        archive.extractall(home)
    return home


def test_all_that_was_kept_is_read(kept: Path) -> None:
    (run,) = RunStore().list()
    assert (run.id, run.name, run.status) == (RUN, "A VAE", "done")
    assert RunStore().damaged() == []
    (validation,) = RunStore().validations(RUN)
    assert validation.status == "done"
    assert [own.name for own in own_presets.listing(kept)] == ["Mine"]
    (book,) = Shelf(kept / "portfolios", "portfolio").list()
    assert Portfolio.from_json(book.body).weights == (0.5, 0.3, 0.2)
    (saved,) = scenario_shelf(kept).list()
    assert SavedScenario.of(saved).requests[0].source == f"run:{RUN}"
    assert library.load(MARKET).tickers == ("JPM", "XOM", "AAPL")
    assert StatementStore().read("JPM") is not None
    assert stewardship.load(kept, f"run:{RUN}").owner == "Ann"


def test_its_model_draws_the_very_paths_that_it_drew(kept: Path) -> None:
    sampler = Sampler(kept)
    try:
        drawn = sampler.sample(SampleRequest(source=f"run:{RUN}", n_paths=10, n_steps=5))
    finally:
        sampler.close()
    assert drawn.log_returns.shape == (10, 5, 3)
    first = [-0.04363217204809189, 0.00025913710123859346, 0.0010169998276978731]
    np.testing.assert_allclose(drawn.log_returns[0, 0], first, rtol=1e-5)  # as one processor computed it


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_over_it_by_links_of_before(page: str) -> None:
    app = open_page(page, run=RUN, runs=RUN, market=MARKET, by=f"run:{RUN}", portfolio="Book")
    assert not app.exception


def test_what_it_holds_stands_on_its_pages() -> None:
    assert "A VAE" in texts(open_page("model/runs", run=RUN))
    assert "Saved" in texts(open_page("stress/library"))
