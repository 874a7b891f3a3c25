"""How far could it go? An asset, a level and a stop, the saved book, and a past evening laid over what came."""

import csv
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from fingen_core.portfolio.portfolio import Portfolio
from fingen_core.storage.records import Shelf
from tests.browser.conftest import PATIENCE
from tests.browser.server import App
from tests.browser.training.test_journeys import at_rest

pytestmark = pytest.mark.timeout(300)
THIN = "\u202f"


def choose(page: Page, key: str, option: str) -> None:
    """By its beginning, typed: a long list draws only what is seen of it."""
    at_rest(page)
    box = page.locator(f".st-key-{key} input")
    box.click()
    box.fill(option)
    page.get_by_role("option", name=option, exact=True).click()


def enter(page: Page, label: str, value: str) -> None:
    """A number behind the button More, whose popover stays open."""
    field = page.get_by_label(label, exact=True)
    if not field.is_visible():
        page.get_by_role("button", name="More").click()
    field.fill(value)
    field.press("Enter")
    at_rest(page)


def chance(page: Page, row: str) -> Locator:
    return page.locator("[data-testid=stTable] tr").filter(has_text=row)


def rows_of(page: Page, chart: int, folder: Path) -> list[dict[str, str]]:
    """What a chart offers as CSV."""
    page.locator("[data-testid=stMain]").get_by_role("button", name="Save", exact=True).nth(chart).click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Data as CSV").click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    page.keyboard.press("Escape")
    return list(csv.DictReader(path.read_text().splitlines()))


def test_how_far_an_asset_the_book_and_a_past_month_went(app: App, visit, tmp_path):
    book = Portfolio(name="Half in JPM", tickers=("JPM",), weights=(0.5,))
    Shelf(app.home / "portfolios", "portfolio").add(book.name, book.to_json())
    page = visit(app.page("forecast", "forecast_of=JPM&forecast_paths=1,000"))
    expect(page.get_by_text("none of which it had seen")).to_be_visible(timeout=2 * PATIENCE)
    expect(page.get_by_text("Direction", exact=True)).to_be_visible()
    fan = page.locator("[data-testid=stPlotlyChart]").first
    expect(fan.get_by_text("JPM, Pretrained VAE: 1,000 paths")).to_be_visible()
    box = fan.bounding_box()
    assert box is not None
    assert box["y"] < 600  # the verdict stands above, and the fan begins on the first screen

    expect(chance(page, f"falling to 95{THIN}%")).to_be_visible()
    enter(page, "Level, % of today", "110")
    expect(chance(page, f"rising to 110{THIN}%")).to_be_visible()
    enter(page, "Stop: loss, %", "3")
    expect(chance(page, f"Stop (\u22123.0{THIN}%) first")).to_be_visible()
    assert "forecast_stop=3" in page.url
    page.keyboard.press("Escape")

    choose(page, "forecast_of", "Portfolio: Half in JPM")
    expect(fan.get_by_text("Half in JPM, Pretrained VAE: 1,000 paths")).to_be_visible()
    choose(page, "forecast_from", "Eve of COVID-19, 2020-02-19")
    expect(page.locator("strong", has_text="What came")).to_be_visible()
    expect(page.get_by_text("bands held", exact=False).first).to_be_visible()
    at_rest(page)
    rows = rows_of(page, 0, tmp_path)
    assert [rows[0]["date"], rows[-1]["date"], len(rows)] == ["2020-02-19", "2020-03-19", 22]
    assert float(rows[-1]["came"]) < float(rows[-1]["low_95"]) < float(rows[-1]["median"])
    assert all(float(row["low_95"]) <= float(row["low_50"]) <= float(row["high_50"]) for row in rows)
    assert "has not happened" in rows[0]["status"].lower()
