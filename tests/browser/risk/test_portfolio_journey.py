"""The analyst's way: holdings pasted, the answer, a contribution, saved, shared, and a report for the committee."""

import contextlib
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, Page, TimeoutError, expect

from tests.browser.conftest import PATIENCE
from tests.browser.decide.test_forecast_journey import choose
from tests.browser.grids import write
from tests.browser.training.test_journeys import at_rest

pytestmark = pytest.mark.timeout(420)

HOLDINGS = "ticker, quantity, currency\nAAPL, 300, USD\nJPM, 200, USD\nXOM, -150, USD\nCASH, 20000, USD"


def answered(page: Page) -> None:
    expect(page.get_by_text("generated paths, and in these").first).to_be_visible(timeout=2 * PATIENCE)
    expect(page.locator("[data-testid=stSkeleton]")).to_have_count(0)


def pasted(page: Page, text: str) -> None:
    page.get_by_role("button", name="Edit", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Paste or upload").click()
    dialog.get_by_label("Lines").fill(text)
    page.keyboard.press("Control+Enter")


def report(page: Page, form: str, folder: Path) -> Path:
    dialog = page.get_by_role("dialog")
    dialog.get_by_text(form, exact=True).click()
    expect(dialog.locator("[data-testid=stDownloadButton]")).to_have_count(0)  # not the file of the form before
    dialog.get_by_role("button", name="Make report").click()
    ending = {"HTML": ".html", "Excel": ".xlsx", "PDF": ".pdf", "CSV": ".zip"}[form]
    button = dialog.locator("[data-testid=stDownloadButton] button", has_text=ending)
    button.wait_for(timeout=2 * PATIENCE)
    with page.expect_download() as waiting:
        button.click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def turned(page: Page, key: str, to: str) -> None:
    """Press a key and wait for its slide as long as a person would, who presses again if nothing happens."""
    shown = page.get_by_text(to)
    for _ in range(3):
        page.keyboard.press(key)
        with contextlib.suppress(TimeoutError):
            shown.wait_for(timeout=PATIENCE / 3)
            return
        if shown.is_visible():
            return
    expect(shown).to_be_visible()


def test_holdings_in_dollars_are_valued_in_euros_at_a_rate_that_is_typed(app, visit):
    page = visit(app.page("portfolio", "by=block-bootstrap&risk_paths=2,000"))
    answered(page)
    pasted(page, "AAPL, 300\nJPM, 200\nCASH, 5000, EUR")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Cash earns nothing")).to_have_count(0)  # never one to one
    expect(dialog.get_by_text("CASH in EUR, but the portfolio is valued in USD: give the rate")).to_be_visible()
    dialog.get_by_role("combobox", name="Currency").click()
    page.get_by_role("option", name="EUR", exact=True).click()
    expect(dialog.get_by_text("AAPL, JPM in USD, but the portfolio is valued in EUR: give the rate")).to_be_visible()
    dialog.get_by_label("1 USD in EUR").fill("0.94")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("Converted at 1 USD = 0.94 EUR (typed, ")).to_be_visible()
    dialog.get_by_role("button", name="Use", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    answered(page)
    expect(page.get_by_text("Converted at 1 USD = 0.94 EUR (typed, ")).to_be_visible()
    expect(page.get_by_text("their moves are not simulated")).to_be_visible()


def test_from_pasted_holdings_to_the_committee(app, visit, browser: Browser, tmp_path):
    page = visit(app.page("portfolio"))
    answered(page)

    pasted(page, HOLDINGS.replace("AAPL", "AAPLE"))
    expect(page.get_by_role("dialog").get_by_text("1 left out")).to_be_visible()
    expect(page.get_by_role("dialog").get_by_role("button", name="Use the 2 matched")).to_be_visible()
    expect(page.get_by_role("dialog").get_by_text("its worth is not known: AAPLE")).to_be_visible()
    page.get_by_role("dialog").get_by_label("Lines").fill(HOLDINGS)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("dialog").get_by_text("Short")).to_be_visible()
    page.get_by_role("dialog").get_by_label("Name", exact=True).fill("Committee book")
    page.keyboard.press("Tab")
    page.get_by_role("dialog").get_by_text("Saved", exact=True).click()  # a look at another view loses nothing
    expect(page.get_by_text("Nothing is saved yet")).to_be_visible()
    page.get_by_role("dialog").get_by_text("Paste or upload").click()
    expect(page.get_by_role("dialog").get_by_label("Lines")).to_have_value(HOLDINGS)
    expect(page.get_by_role("dialog").get_by_label("Name", exact=True)).to_have_value("Committee book")
    page.get_by_role("button", name="Save and use").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".st-key-context").get_by_role("link", name="Committee book").first).to_be_visible()
    answered(page)
    assert "portfolio=Committee+book" in page.url

    page.get_by_text("Contributions", exact=True).click()
    expect(page.get_by_text("the wildest day of")).to_be_visible()

    page.get_by_role("button", name="Save", exact=True).first.click()
    page.get_by_placeholder("Autumn 2008, my book").fill("Before the meeting")
    page.get_by_role("button", name="Save to the library").click()
    expect(page.get_by_text("it stands in the library as")).to_be_visible()
    scenario = page.url.partition("scenario=")[2].split("&")[0]

    guest = visit(f"{app.url}/?scenario={scenario}")
    expect(guest.get_by_text("the very paths that were saved")).to_be_visible(timeout=2 * PATIENCE)
    expect(guest.get_by_text("the wildest day of")).to_be_visible()
    expect(guest.locator(".st-key-context").get_by_role("link", name="Committee book").first).to_be_visible()

    guest.get_by_role("button", name="Report", exact=True).click()
    html = report(guest, "HTML", tmp_path)
    assert_report_opens_offline(browser, html)
    book = openpyxl.load_workbook(report(guest, "Excel", tmp_path))
    assert book["Portfolio"]["A5"].value == "AAPL"
    assert str(book["Tail risk"]["D5"].value).startswith("=-INDEX(")
    assert report(guest, "PDF", tmp_path).read_bytes().startswith(b"%PDF")

    guest.get_by_role("dialog").get_by_role("button", name="Present").click()
    expect(guest.get_by_text("1 of 10")).to_be_visible(timeout=2 * PATIENCE)
    expect(guest.locator("[data-testid=stSidebar]")).to_be_hidden()
    expect(guest.locator("html[data-keys=heard]")).to_be_attached()
    at_rest(guest)
    turned(guest, "ArrowRight", "2 of 10")
    at_rest(guest)
    guest.keyboard.press("Escape")
    expect(guest.locator("h1").first).to_have_text("What could this portfolio lose?")


def test_typed_weights_outlast_a_reload_and_enter_in_the_name_saves_them_once(app, visit):
    page = visit(app.page("portfolio", "by=block-bootstrap&risk_paths=2,000"))
    answered(page)
    page.get_by_role("button", name="Edit", exact=True).click()
    dialog = page.get_by_role("dialog")
    at_rest(page)
    dialog.get_by_role("button", name="All 0").click()
    expect(dialog.get_by_text("all weights are 0")).to_be_visible()
    grid = dialog.locator("[data-testid=stDataFrame]")
    expect(grid).to_have_count(1)  # the one before has gone
    write(page, grid, 1, 0, "60")
    dialog.get_by_role("button", name="Use", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("draft, not saved")).to_be_visible()
    answered(page)

    page.reload()
    expect(page.get_by_text("draft, not saved")).to_be_visible()
    answered(page)
    expect(page.locator(".st-key-context").get_by_role("link", name="My portfolio (draft)").first).to_be_visible()

    page.get_by_role("button", name="Edit", exact=True).click()
    expect(dialog.get_by_label("Name", exact=True)).to_have_count(1)
    dialog.get_by_label("Name", exact=True).fill("One asset")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    answered(page)
    expect(page.locator(".st-key-context").get_by_role("link", name="Default: One asset").first).to_be_visible()
    expect(page.get_by_text("draft, not saved")).to_have_count(0)
    page.get_by_role("button", name="Edit", exact=True).click()
    name = dialog.get_by_label("Name", exact=True)
    expect(name).to_have_count(1)  # the one before has gone
    expect(name).to_have_value("One asset")  # still open: nothing saves by itself
    dialog.get_by_text("Saved", exact=True).click()
    expect(dialog.get_by_text("1 assets, USD")).to_be_visible()
    assert len(list((app.home / "portfolios").glob("*.json"))) == 1


def test_long_and_short_are_typed_compared_deleted_and_brought_back(app, visit):
    page = visit(app.page("portfolio"))
    answered(page)
    page.get_by_role("button", name="Edit", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="All 0").click()
    expect(dialog.get_by_text("all weights are 0")).to_be_visible()
    grid = dialog.locator("[data-testid=stDataFrame]")
    for row, weight, side in ((0, "60", "Long"), (1, "-30", "Short"), (3, "50", "Long")):
        write(page, grid, 1, row, weight)
        share = {"60": "60.0", "-30": "30.0", "50": "110.0"}[weight]
        expect(dialog.locator("tr").filter(has_text=side)).to_contain_text(f"{share}\u202f%")
    expect(dialog.locator("tr").filter(has_text="Cash")).to_contain_text("20.0\u202f%")
    dialog.get_by_label("Name", exact=True).fill("Long and short")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Save and use").click()
    expect(dialog).to_have_count(0)
    answered(page)

    page.get_by_role("button", name="More").click()
    choose(page, "risk_benchmark_Long-and-short", "Equal weight")
    expect(page.get_by_text("for Equal weight it would be")).to_be_visible()
    assert "benchmark=Equal+weight" in page.url
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Edit", exact=True).click()
    dialog.get_by_text("Saved", exact=True).click()
    expect(dialog.get_by_text("3 assets")).to_be_visible()
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog.get_by_text("Nothing is saved any more")).to_be_visible()
    dialog.get_by_role("button", name="Undo").click()
    expect(dialog.get_by_text("3 assets")).to_be_visible()


def assert_report_opens_offline(browser: Browser, path: Path) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: wrong.append(request.url) if request.url.startswith("http") else None)
    page.goto(path.as_uri())
    page.wait_for_function("[...document.querySelectorAll('.js-plotly-plot')].every(c => c.querySelector('.main-svg'))")
    assert page.locator(".js-plotly-plot").count() >= 7
    assert page.locator("h1").inner_text() == "Risk of Committee book"
    told = page.locator("body").inner_text()
    for part in ("Has not happened", "Not for", "Data lineage", "Change log", "draft", "SR 26-2", "paths digest"[:5]):
        assert part in told
    assert "compliant" not in told
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert wrong == []
    context.close()
