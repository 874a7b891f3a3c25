"""A company asked for by its numbers: statements gathered, a training watched and stopped, a crisis, an answer."""

import pytest
from playwright.sync_api import Page, expect

from fingen_core.market import Market, Source, bundled, library
from tests.browser.conftest import PATIENCE
from tests.browser.decide.test_forecast_journey import choose
from tests.browser.market.test_companies_journey import enter
from tests.browser.server import App
from tests.yahoo_standin import running

pytestmark = pytest.mark.timeout(300)
TICKERS = ("AAPL", "GE", "JPM", "KO")
STATEMENTS = b"""ticker,item,2021-12-31,2020-12-31,2019-12-31
GE,Total assets,4000,4100,4200
GE,Total debt,2800,2800,2700
GE,Net income,150,160,
JPM,Total assets,9000,8500,8000
JPM,Total debt,4000,3900,3800
JPM,Net income,300,250,280
KO,Total assets,2000,1900,1800
KO,Total debt,300,290,280
KO,Net income,190,180,170
"""


@pytest.fixture(autouse=True)
def yahoo(monkeypatch):
    """Before the app, which is told its address."""
    with running() as server:
        monkeypatch.setenv("FINGEN_YAHOO_URL", server.url)
        yield server


@pytest.fixture
def market(app: App, monkeypatch) -> Market:
    """Four companies, three years with COVID-19 in them, in the library of the app."""
    monkeypatch.setenv("FINGEN_HOME", str(app.home))
    part = bundled().select(list(TICKERS)).between("2019-01-02", "2021-12-31")
    made = Market(part.prices, Source(kind="upload", detail="mine.csv"), name="Four")
    library.save(made)
    return made


def test_a_company_is_asked_for_by_its_numbers(yahoo, app: App, market: Market, visit):
    page = visit(app.page("fundamentals", f"market={market.digest()}"))
    expect(page.get_by_text("Companies with known statements: 0")).to_be_visible(timeout=2 * PATIENCE)
    gather(page)
    expect(page.get_by_text("Numbers known of 4 of 4 companies")).to_be_visible()
    assert {symbol for path, symbol, _ in yahoo.asked if path == "statements"} == {"AAPL"}
    expect(page.get_by_text("Only 4 companies have known statements")).to_be_visible()
    train_with_a_stop_between(page)

    expect(page.get_by_text("Nothing is told: any company of this market")).to_be_visible()
    choose(page, f"company_when_{market.digest()}", "COVID-19")
    expect(page.get_by_text("COVID-19, 2020-02-19 to").first).to_be_visible()
    enter(page, "Debt / assets, %", "250")
    expect(page.get_by_text("standard deviations outside what training has seen")).to_be_visible()
    expect(page.get_by_text("A company with debt / assets 250", exact=False)).to_be_visible()
    risk = page.locator("[data-testid=stTable]").filter(has_text="Any company")
    volatility = risk.locator("tr").filter(has_text="Volatility, a year").locator("td")
    expect(volatility).to_have_count(2)
    told, plain = volatility.all_text_contents()
    assert told != plain

    enter(page, "Debt / assets, %", "40")
    expect(page.get_by_text("standard deviations outside what training has seen")).to_have_count(0)
    assert page.get_by_label("Total assets, millions", exact=True).get_attribute("placeholder") == "not said"
    near = page.locator("[data-testid=stTable]").filter(has_text="Distance").locator("tbody tr")
    expect(near.first).to_contain_text("JPM")  # 4000 of 9000; the stand-in's Apple owes 30 %
    enter(page, "Debt / assets, %", "")
    expect(page.get_by_text("Nothing is told: any company of this market, COVID-19")).to_be_visible()


def gather(page: Page) -> None:
    """Three companies from a file, the fourth from Yahoo; the fold with both stays open."""
    page.locator("[data-testid=stExpander]").get_by_text("What it learns from").click()
    chooser = page.locator(".st-key-statements_of_several input[type=file]")
    chooser.set_input_files({"name": "several.csv", "mimeType": "text/csv", "buffer": STATEMENTS})
    page.get_by_role("button", name="Keep these statements").click()
    page.get_by_role("button", name="Fetch statements of AAPL").click()


def train_with_a_stop_between(page: Page) -> None:
    page.get_by_role("button", name="Train on these companies").click()
    page.locator(".st-key-company_stop").get_by_role("button").click()
    expect(page.get_by_text("Stopped. Not trained on these prices")).to_be_visible()
    choose(page, "company_preset", "Quick")
    page.get_by_role("button", name="Train on these companies").click()
    expect(page.locator("[data-testid=stProgress]").get_by_text("Relating moves to numbers")).to_be_visible()
    expect(page.locator("[data-testid=stProgress]")).to_have_count(0, timeout=2 * PATIENCE)
