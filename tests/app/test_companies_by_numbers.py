"""A company asked for by its numbers: statements come from Yahoo or a file, a job learns, the answer says how sure."""

import time

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from fingen_core.jobs import companies as jobs
from fingen_core.jobs.companies import Ask, CompanyTraining
from fingen_core.jobs.light import Progress, tell
from fingen_core.jobs.sampler import Sampler
from fingen_core.market import Market, Source, library
from fingen_core.market.fundamentals import Statements, StatementStore
from fingen_core.settings import ASSETS
from fingen_core.ui.fetching import StatementsFetch
from tests.app.page_support import text, titles
from tests.company_world import made
from tests.yahoo_standin import STATEMENTS, running

APP = ASSETS.parent / "streamlit_app.py"
PAGE = "pages/data/fundamentals.py"
TICKERS = ("AAPL", "MSFT", "KO")


@pytest.fixture
def own_worker(home, monkeypatch):
    """A sampler of this test's home: it reads the models there."""
    sampler = Sampler(home)
    monkeypatch.setattr("fingen_core.ui.state.sampler", lambda: sampler)
    yield sampler
    sampler.close()


def open_page(market: str = "") -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=120)
    if market:
        app.query_params["market"] = market
    app.run()
    app.switch_page(PAGE).run()
    assert not app.exception
    return app


def until_done(request: CompanyTraining) -> None:
    deadline = time.monotonic() + 120
    while jobs.progress(request).is_active and time.monotonic() < deadline:
        time.sleep(0.2)
    assert jobs.progress(request).status == "done", jobs.progress(request)


def asked_for() -> CompanyTraining:
    (folder,) = [path for path in (jobs.home() / "companies").iterdir() if path.is_dir()]
    return CompanyTraining.read(folder)


@pytest.mark.usefixtures("one_worker")
def test_without_statements_the_section_says_what_to_do():
    app = open_page()
    assert any("0 companies with known statements" in info.value for info in app.info)
    assert any("never" not in info.value for info in app.info)
    assert not [button for button in app.button if button.key == "company_train"]
    assert app.button(key="fetch_missing").label == "Fetch statements of 19 companies"


def test_statements_from_yahoo_are_learned_from_and_a_company_is_asked_for(monkeypatch, own_worker):
    with running({"KO": "half"}) as server:
        monkeypatch.setenv("FINGEN_YAHOO_URL", server.url)
        # Yahoo's prices and statements alike come from the stand-in.
        prices = pd.DataFrame({ticker: server.closes(ticker) for ticker in TICKERS})["2017":]
        digest = library.save(Market(prices, Source(kind="yahoo"), "Three"))
        app = open_page(digest)
        app.button(key="fetch_missing").click().run()
        job = app.session_state["statements_fetch"]
        assert isinstance(job, StatementsFetch)
        job.wait(30)
        assert job.problems == []
        app.run()
    assert not app.exception
    assert StatementStore().read("MSFT").latest("Total debt") == pytest.approx(1.3 * STATEMENTS["TotalDebt"])
    # Of KO the stand-in has no total assets: nothing that is told of it can be missing quietly.
    assert any("Only 2 companies" in warning.value for warning in app.warning)
    assert any("Known on no day of these prices: KO" in caption.value for caption in app.caption)
    app.selectbox(key="company_preset").set_value("quick").run()
    app.button(key="company_train").click().run()
    assert not app.exception
    request = asked_for()
    assert (request.market_digest, request.annual, request.preset) == (digest, 90, "quick")
    until_done(request)
    app.run()
    assert not app.exception
    assert "Nothing is told: **any company**" in text(app)
    app.number_input(key="company_ask_leverage").set_value(30.0).run()
    assert not app.exception
    assert "Too few to tell from chance" in text(app)
    assert any(title.startswith("A company with these numbers") for title in titles(app))
    table = app.table[0].value
    assert list(table.columns) == ["With these numbers", "Any company"]
    assert table.iloc[0, 0].endswith("%")
    app.number_input(key="company_ask_size").set_value(1e8).run()
    assert any("outside what training has seen" in warning.value for warning in app.warning)
    assert own_worker.info()["state"] == "idle"


def test_a_model_of_sixteen_companies_tells_leverage_and_names_who_is_near(home, own_worker):
    market, statements, leverage, _ = made(days=600)
    digest = library.save(market)
    for one in statements.values():
        StatementStore().write(one)
    request = CompanyTraining(market_digest=digest, statements=jobs.digest_of(statements), preset="quick")
    jobs.start(request, statements)
    until_done(request)
    low, high = (
        own_worker.company(Ask(model=request.digest(), numbers={"leverage": value}, n_paths=500, n_steps=21)).told
        for value in (float(leverage.min()), float(leverage.max()))
    )
    assert high[:, :, 1].std() > 2 * low[:, :, 1].std()
    app = open_page(digest)
    app.selectbox(key="company_preset").set_value("quick").run()
    app.number_input(key="company_ask_leverage").set_value(60.0).run()
    assert not app.exception
    assert "These numbers tell volatility" in text(app)
    near = app.table[1].value
    assert near.iloc[0]["Debt / assets"].startswith(("58", "62"))
    assert home in jobs.folder_of(request.digest()).parents


@pytest.mark.usefixtures("one_worker")
def test_one_company_or_periods_without_a_day_are_told():
    table = pd.DataFrame({"Latest": {"Total assets": 10.0, "Total debt": 3.0}})
    StatementStore().write(Statements(ticker="AAPL", table=table, source="typed in"))
    app = open_page()
    assert any("Periods without a date, so never known: AAPL" in caption.value for caption in app.caption)


@pytest.mark.usefixtures("one_worker")
def test_a_training_that_failed_or_was_lost_says_so_and_can_be_begun_again():
    for ticker in ("AAPL", "KO"):
        table = pd.DataFrame({"2020": {"Total assets": 10.0, "Total debt": 3.0, "Net income": 1.0}})
        StatementStore().write(Statements(ticker=ticker, table=table, source="typed in"))
    statements = StatementStore().of(["AAPL", "KO"])
    request = CompanyTraining(market_digest="sample", statements=jobs.digest_of(statements))
    folder = jobs.folder_of(request.digest())
    folder.mkdir(parents=True)
    tell(folder, Progress(status="running", pid=2**22 + 1, pid_started=1.0))
    app = open_page()
    assert any("the training's process is gone" in error.value for error in app.error)
    assert app.button(key="company_train").label == "Train on these companies"


def test_yahoo_that_refuses_is_asked_no_more_than_twice(monkeypatch):
    from fingen_core.market.yahoo import Yahoo

    with running(default="404") as server:
        monkeypatch.setenv("FINGEN_YAHOO_URL", server.url)
        job = StatementsFetch(Yahoo(), ("A", "B", "C"))
        job.wait(30)
    assert job.done == 2
    assert "Given up after 2 failures in a row" in job.problems[-1]
