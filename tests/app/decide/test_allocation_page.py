"""Allocation: weights of both worlds, the frontier, a walk done by a worker of its own, and what is refused."""

import json
import time

import numpy as np
import pytest

from fingen_core.jobs.background import walk_forward
from fingen_core.jobs.background.walk_forward import Progress, WalkRequest
from fingen_core.market import Market, Source, bundled, library
from fingen_core.portfolio.allocation.methods import METHODS
from fingen_core.ui.allocation import inputs, views
from tests.app.page_support import text, titles, visit

PAGE = "pages/decide/allocation.py"
FAST = {"allocation_paths": "1,000"}

pytestmark = pytest.mark.usefixtures("one_worker")


@pytest.fixture
def small(one_worker, monkeypatch):
    """A market of three assets, where the page and the shared sampler find it."""
    part = bundled().select(["AAPL", "JPM", "KO"]).between("2007-01-01", "2014-12-31")
    market = Market(part.prices, Source(kind="upload", detail="mine.csv"), name="Three")
    with monkeypatch.context() as patch:
        patch.setenv("FINGEN_HOME", str(one_worker.home))
        library.save(market)
    return library.save(market)


def renamed(one_worker, monkeypatch, **names):
    """The same market under other tickers."""
    part = bundled().select(["AAPL", "JPM", "KO"]).between("2007-01-01", "2014-12-31")
    market = Market(part.prices.rename(columns=names), Source(kind="upload", detail="mine.csv"), name="Renamed")
    with monkeypatch.context() as patch:
        patch.setenv("FINGEN_HOME", str(one_worker.home))
        library.save(market)
    return library.save(market)


def captions(app):
    return "".join(one.value for one in app.caption)


def open_page(app, **query):
    return visit(app, PAGE, **{**FAST, **query})


@pytest.mark.parametrize("method", list(METHODS))
def test_every_method_answers_for_both_worlds(app, small, method):
    open_page(app, market=small, allocation_method=METHODS[method].label, allocation_most="60")
    assert titles(app)[0].startswith(f"{METHODS[method].label}: what to hold?")
    bars = json.loads(app.get("plotly_chart")[0].proto.spec)["data"]
    assert [bar["name"] for bar in bars] == ["generated", "history"]
    assert list(app.table[0].value.columns) == ["Generated weights", "History's weights"]


def test_assets_that_get_no_weight_are_named(app, small, monkeypatch):
    monkeypatch.setattr(inputs.Desk, "weights", lambda _: (np.array([0.6, 0.4, 0]), np.array([0.5, 0.2, 0.3])))
    assert "Left out: KO by the generated weights." in captions(open_page(app, market=small))
    assert views._without(["A", "B", "C"], np.array([1, 0, 0]), np.array([0.5, 0, 0.5])) == (
        "Left out: B by both; C by the generated weights."
    )
    names = [f"N{at}" for at in range(9)]
    one = np.eye(9)[0]
    assert views._without(names, one, one) == "Left out: N1, N2, N3, N4, N5 and 3 more by both."
    assert views._without(names, one + 0.1, one + 0.1) == ""


def test_assets_at_the_limit_are_named_together(app, small):
    open_page(app, market=small, allocation_most="35")
    assert "holds most of **" in text(app)
    assert "and " in text(app).partition("holds most of **")[2].partition("**")[0]
    assert "35.0\u202f% each, the most allowed)**" in text(app)
    app.slider(key="allocation_most").set_value(100).run()
    assert "each" not in text(app).partition(" holds ")[2].partition(";")[0]


def test_the_frontier_tells_how_little_is_known(app, small):
    open_page(app, market=small, allocation_view="Frontier", allocation_most="60")
    assert titles(app)[0].startswith("How much of the frontier is known?")
    assert "among those of history" in text(app)


def test_impossible_limits_are_refused_with_what_is_possible(app, small):
    open_page(app, market=small, allocation_most="20")
    assert "allow at least 33.3%" in app.error[0].value


def test_sectors_that_cannot_add_up_are_refused_with_what_is_possible(app, small):
    open_page(app, market=small, allocation_most="60", allocation_sector_most="20")
    assert "3 sectors of at most 20.0% each cannot add up to 100 %: allow at least 33.4%" in app.error[0].value


def test_sectors_are_held_to_their_limit_in_both_worlds(app):
    def weighs():
        table = next(one.value for one in app.table if "Assets" in one.value.columns)
        return {name: table[name].str.rstrip("%").str.strip().astype(float) for name in ("Generated", "History")}

    open_page(app, allocation_most="30")
    assert max(held.max() for held in weighs().values()) > 35
    app.slider(key="allocation_sector_most").set_value(25).run()
    assert not app.exception
    assert "the most allowed for a sector" in text(app)
    assert "Each of 7 sectors: at most 25" in captions(app)
    for held in weighs().values():
        assert held.max() <= 25
        assert held.sum() == pytest.approx(100, abs=0.5)
    app.multiselect(key="allocation_sectors").set_value(["Energy"]).run()
    app.slider(key="allocation_sector_Energy").set_value((30, 40)).run()
    assert not app.exception
    assert "Energy at least 30\u202f% and at most 40\u202f%; every other: at most 25" in captions(app)
    assert weighs()["Generated"]["Energy"] >= 30
    assert weighs()["Generated"].drop("Energy").max() <= 25
    app.selectbox(key="allocation_method").set_value("hrp").run()
    assert app.slider(key="allocation_sector_most").disabled
    assert "cannot keep to limits per sector: they are left out" in captions(app)
    assert "allowed for a sector" not in text(app)


def test_who_has_no_known_sector_is_named(app, one_worker, monkeypatch):
    market = renamed(one_worker, monkeypatch, JPM="^IDX")
    open_page(app, market=market, allocation_most="60", allocation_sector_most="35")
    assert "2 sectors: at most 35\u202f%, as set under More. ^IDX has no known sector and is not limited" in captions(
        app
    )
    assert "Without a sector" in app.table[1].value.index
    market = renamed(one_worker, monkeypatch, AAPL="ONE", JPM="TWO", KO="THREE")
    open_page(app, market=market, allocation_most="60", allocation_sector_most="35")
    assert "knows the sector of none" in captions(app)
    assert len(app.table) == 1


def test_a_sector_that_another_market_lacks_is_let_go(app, small):
    own = {"allocation_sectors": "Health Care", "allocation_sector_Health Care": ["0", "10"]}
    open_page(app, allocation_most="60", **own)
    assert "Health Care at most 10" in captions(app)
    visit(app, PAGE, market=small)
    assert not app.error, app.error[0].value
    assert "Consumer Staples" in app.table[1].value.index
    assert "Health Care" not in captions(app)


def test_weights_become_the_portfolio(app, small):
    open_page(app, market=small, allocation_most="60")
    next(button for button in app.button if button.label == "Look at the risk of these weights").click().run()
    assert not app.exception
    assert "Minimum variance" in [box.value for box in app.selectbox]


def test_a_walk_is_done_by_a_worker_and_judged(app, small):
    open_page(
        app,
        market=small,
        allocation_view="Walk-forward",
        allocation_most="60",
        allocation_sector_most="50",
        walk_turnover="10",
        walk_proportional="0.5",
        walk_by="Block bootstrap, refitted each year",
    )
    assert "Not walked yet" in app.info[0].value
    app.button(key="walk-start").click().run()
    assert not app.exception
    requests = [WalkRequest.read(folder) for folder in (walk_forward.home() / "allocations").iterdir()]
    assert len(requests) == 1
    deadline = time.monotonic() + 90
    while walk_forward.progress(requests[0]).is_active and time.monotonic() < deadline:
        time.sleep(0.2)
    assert walk_forward.progress(requests[0]).status == "done", walk_forward.progress(requests[0])
    assert requests[0].sector_highest == 0.5
    assert (requests[0].turnover, requests[0].proportional, requests[0].fixed) == (0.1, 0.005, 1.0)
    found = walk_forward.load(requests[0])
    assert max(found.weights[name][0].max() for name in ("Generated", "History")) <= 0.5 + 1e-4
    app.run()
    assert not app.exception
    assert "in 90 % of resamples" in text(app)
    assert "after 0.50\u202f% of" in titles(app)[0]
    assert "at most 10\u202f% exchanged a year" in titles(app)[0]
    assert titles(app)[0].split("<br>")[0] in {
        "Generated scenarios did not win",
        "Generated scenarios won",
        "History's weights won",
    }


def test_a_walk_whose_process_is_gone_says_so(small):
    request = WalkRequest(market_digest=small, source="t-copula", method="hrp", start="2010-12-31", horizon=21)
    request.folder().mkdir(parents=True)
    walk_forward.tell(request.folder(), Progress(status="running", pid=2**22 + 1, pid_started=1.0))
    assert "process is gone" in walk_forward.progress(request).error
    assert not walk_forward.progress(request).is_active


def test_a_market_that_is_too_short_for_a_walk_says_so(app, one_worker, monkeypatch):
    part = bundled().select(["AAPL", "JPM", "KO"]).between("2018-01-01", "2021-12-31")
    market = Market(part.prices, Source(kind="upload", detail="mine.csv"), name="Short")
    with monkeypatch.context() as patch:
        patch.setenv("FINGEN_HOME", str(one_worker.home))
        library.save(market)
    open_page(app, market=library.save(market), allocation_view="Walk-forward", allocation_most="60")
    assert "A walk needs 1,260 days" in app.info[0].value
