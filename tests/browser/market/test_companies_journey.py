"""A company's numbers: uploaded, typed, compared, what is missing, and what stress would break."""

import csv

import pytest
from playwright.sync_api import Page, expect

from fingen_core.market.statements import ITEMS
from tests.browser.conftest import PATIENCE
from tests.browser.decide.test_forecast_journey import choose
from tests.browser.grids import write
from tests.browser.server import App
from tests.browser.training.test_journeys import at_rest

pytestmark = pytest.mark.timeout(300)
AAPL = b"item,2022,2021\nMarket cap,500,600\nTotal debt,400,380\nTotal assets,1000,950\nRevenue,300,\nEBITDA,120,110\n"


def test_statements_become_ratios_and_broken_covenants(app: App, visit, tmp_path):
    page = visit(app.page("fundamentals"))
    expect(page.get_by_text("No statements of AAPL yet.")).to_be_visible(timeout=2 * PATIENCE)
    expect(page.get_by_text("Enter Market value and Total debt of AAPL above")).to_be_visible()
    upload(page, AAPL.replace(b"1000", b"lots"))
    expect(page.get_by_text("'lots' for Total assets in 2022")).to_be_visible()
    upload(page, AAPL)
    expect(page.get_by_text("Source: statements.csv, amounts in millions. Shown in millions.")).to_be_visible()
    page.get_by_role("button", name="Save statements").click()

    expect(page.get_by_text("distance to default").first).to_be_visible(timeout=2 * PATIENCE)
    expect(page.get_by_text("Coverage is missing: it needs EBITDA and interest expense.")).to_be_visible()
    broken = page.locator("[data-testid=stTable] tr")
    expect(broken.filter(has_text="Leverage, stress")).to_be_visible()
    expect(broken.filter(has_text="Coverage")).to_have_count(0)
    enter(page, "Most leverage, %", "40")  # 400 of 900 is beyond it already
    expect(broken.filter(has_text="Leverage, all paths")).to_contain_text("100.0\u202f%")
    enter(page, "Most leverage, %", "99")
    expect(broken.filter(has_text="Leverage, all paths")).to_contain_text("never")

    with page.expect_download() as waiting:
        page.locator("[class*=st-key-company-ratios-csv]").get_by_role("button").click()
    waiting.value.save_as(tmp_path / "ratios.csv")
    ratios = {row["ratio"]: row["AAPL"] for row in csv.DictReader((tmp_path / "ratios.csv").read_text().splitlines())}
    assert float(ratios["Debt / assets"]) == pytest.approx(0.4)
    assert float(ratios["EBITDA margin"]) == pytest.approx(0.4)
    assert ratios["Interest coverage"] == ""  # missing, not 0
    assert ratios["Revenue growth"] == ""

    grid = page.locator("[data-testid=stDataFrame]").first
    write(page, grid, 2, list(ITEMS).index("Interest expense"), "30")
    page.get_by_role("button", name="Save statements").click()
    expect(broken.filter(has_text="Coverage, stress")).to_be_visible()

    choose(page, "company", "KO")
    expect(page.get_by_text("No statements of KO yet.")).to_be_visible()
    choose(page, "company", "AAPL")
    expect(page.get_by_text("Source: statements.csv, amounts in millions. Shown in millions.")).to_be_visible()


def upload(page: Page, content: bytes) -> None:
    page.locator("[class*=st-key-statement_source]").get_by_text("File", exact=True).click()
    # By its name: until this one is drawn, the first on the page is the one for several companies.
    chooser = page.get_by_role("region", name="Statements from a file", exact=True).locator("input[type=file]")
    chooser.set_input_files({"name": "statements.csv", "mimeType": "text/csv", "buffer": content})


def enter(page: Page, label: str, value: str) -> None:
    field = page.get_by_label(label, exact=True)
    field.fill(value)
    field.press("Enter")
    at_rest(page)
