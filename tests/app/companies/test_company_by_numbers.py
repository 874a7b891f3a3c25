"""The Companies page's last section: what to do without statements, a training watched and stopped, an answer."""

import time

import numpy as np
import pandas as pd
import pytest

from fingen_core.jobs.background import companies as jobs
from fingen_core.market import Market, Source, bundled, library
from fingen_core.market.statements import Statements, StatementStore
from fingen_core.ui.kit.fetching import StatementsFetch
from tests.app.page_support import text, titles, visit
from tests.yahoo_standin import running

PAGE = "pages/data/fundamentals.py"
PATIENCE = 90


@pytest.fixture
def market(one_worker, monkeypatch):
    """Eight assets where the page, the training and the shared sampler find them."""
    monkeypatch.setenv("FINGEN_HOME", str(one_worker.home))
    part = bundled()
    part = part.select(list(part.tickers[:8])).between("2007-06-01", "2009-07-31")
    made = Market(part.prices, Source(kind="upload", detail="mine.csv"), name="Eight")
    library.save(made)
    for ticker in made.tickers:  # another test may have left some
        (one_worker.home / "statements" / f"{ticker}.json").unlink(missing_ok=True)
    return made


def report(market: Market, n: int) -> None:
    for at, ticker in enumerate(market.tickers[:n]):
        items = {"Total assets": 1000.0 * (1 + at), "Total debt": 100.0 * (1 + at) * (1 + at / 3), "Net income": 40.0}
        table = pd.DataFrame({"2008-12-31": items, "2006-12-31": items})
        StatementStore().write(Statements(ticker=ticker, table=table, source="made"))


def the_request() -> jobs.CompanyTraining:
    folders = sorted((jobs.home() / "companies").iterdir(), key=lambda folder: folder.stat().st_mtime)
    return jobs.CompanyTraining.read(folders[-1])


def ended(request: jobs.CompanyTraining) -> str:
    deadline = time.monotonic() + PATIENCE
    while jobs.progress(request).is_active and time.monotonic() < deadline:
        time.sleep(0.1)
    return jobs.progress(request).status


def test_without_statements_the_section_says_what_to_do(app, market):
    visit(app, PAGE, market=market.digest())
    assert any("Companies with known statements: 0" in one.value for one in app.info)
    assert any("fetch the missing ones from Yahoo or the SEC" in one.value for one in app.info)
    assert "company_train" not in [button.key for button in app.button]
    assert app.button(key="fetch_missing").label == "Fetch statements of 8 companies"


def test_yahoo_fills_in_all_companies_and_is_left_alone_when_it_fails(app, market, monkeypatch):
    first, *others = market.tickers
    with running(dict.fromkeys(others, "404")) as server:
        monkeypatch.setenv("FINGEN_YAHOO_URL", server.url)
        visit(app, PAGE, market=market.digest())
        app.button(key="fetch_missing").click().run()
        assert not app.exception
        job = app.session_state["statements_fetch"]
        assert isinstance(job, StatementsFetch)
        job.wait(PATIENCE)
        app.run()
        assert not app.exception
    assert list(StatementStore().of(market.tickers)) == [first]
    assert job.done == 3  # no storm of requests that fail
    assert any("Yahoo knows no" in one.value for one in app.warning)
    assert any("Given up after 2 failures" in one.value for one in app.warning)


def test_few_companies_are_warned_of_and_a_training_can_be_stopped(app, market):
    report(market, 3)
    visit(app, PAGE, market=market.digest())
    assert any("Only 3 companies" in one.value for one in app.warning)
    app.button(key="company_train").click().run()
    assert not app.exception
    app.button(key="company_stop").click().run()
    assert ended(the_request()) == "stopped"
    app.run()
    assert any("Stopped. Not trained" in one.value for one in app.caption)


def test_a_company_is_asked_for_and_answered(app, market):
    report(market, 8)
    visit(app, PAGE, market=market.digest())
    app.selectbox(key="company_preset").select("quick").run()
    app.button(key="company_train").click().run()
    assert not app.exception
    assert ended(the_request()) == "done", jobs.progress(the_request())
    app.run()
    assert not app.exception
    assert "Nothing is told: **any company**" in text(app)
    app.number_input(key="company_ask_leverage").set_value(250.0).run()
    assert not app.exception
    assert "A company with debt / assets 250" in text(app)
    assert any("standard deviations outside" in one.value for one in app.warning)
    table = next(one.value for one in app.table if "Any company" in one.value.columns)
    assert list(table.columns) == ["With these numbers", "Any company"]
    assert "Expected shortfall, 21 days, 99 %" in table.index
    near = next(one.value for one in app.table if "Distance" in one.value.columns)
    assert near.index[0] == market.tickers[7]
    assert any("A company with these numbers" in title for title in titles(app))
    when = app.selectbox(key=f"company_when_{market.digest()}")
    app.selectbox(key=f"company_when_{market.digest()}").select(when.options[1]).run()
    assert not app.exception
    assert when.options[1] in text(app)
    facts = jobs.facts(the_request().digest())
    assert facts["n_companies"] == 8
    assert np.isfinite(facts["scale"]).all()
