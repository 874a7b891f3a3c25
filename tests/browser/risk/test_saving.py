"""Enter in a save dialog saves once, however often it is pressed, and closes it."""

import pytest
from playwright.sync_api import Locator, Page, expect

from fingen_core.portfolio.portfolio import Portfolio
from fingen_core.runs import own_presets
from fingen_core.scenarios.saved import scenario_shelf
from fingen_core.storage.records import Shelf
from tests.browser.risk.test_portfolio_journey import answered

pytestmark = pytest.mark.timeout(420)

POPOVER = "[data-testid=stPopoverBody]"


def typed(page: Page, name: str, text: str) -> None:
    """Fill a field of the open popover and press Enter twice, faster than any page is drawn."""
    entered(page.locator(POPOVER).get_by_role("textbox", name=name, exact=True).first, text)


def entered(field: Locator, text: str) -> None:
    field.fill(text)
    field.evaluate(
        """field => { for (const _ of [1, 2]) field.dispatchEvent(
            new KeyboardEvent('keydown', { key: 'Enter', code: 'Enter', keyCode: 13, which: 13, bubbles: true })); }"""
    )


def test_scenarios_are_saved_and_described_once_and_their_dialogs_close(app, visit):
    page = visit(app.page("portfolio", "by=block-bootstrap&risk_paths=2,000"))
    answered(page)
    page.get_by_role("button", name="Save", exact=True).first.click()
    typed(page, "Name", "Before the meeting")
    expect(page.locator(POPOVER)).to_have_count(0)
    expect(page.get_by_text("it stands in the library as")).to_be_visible()
    expect(page.get_by_text("the very paths that were saved")).to_be_visible()
    assert [record.name for record in scenario_shelf(app.home).list()] == ["Before the meeting"]
    assert "scenario=" in page.url

    page.goto(app.page("library"))
    page.get_by_role("button", name="Name and notes").click()
    typed(page, "Name", "After the meeting")
    expect(page.locator(POPOVER)).to_have_count(0)
    expect(page.get_by_role("heading", name="After the meeting")).to_be_visible()
    assert [record.name for record in scenario_shelf(app.home).list()] == ["After the meeting"]


def test_a_portfolio_is_renamed_by_enter_and_the_dialog_closes(app, visit):
    shelf = Shelf(app.home / "portfolios", "portfolio")
    shelf.add("My book", Portfolio(name="My book", tickers=("AAPL",), weights=(0.5,)).to_json())
    page = visit(app.page("portfolio", "by=block-bootstrap&risk_paths=2,000"))
    answered(page)
    page.get_by_role("button", name="Edit", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Saved", exact=True).click()
    expect(dialog.get_by_role("button", name="Rename")).to_be_visible()
    entered(dialog.get_by_role("textbox", name="Name", exact=True), "Our book")
    expect(dialog).to_have_count(0)
    assert [record.name for record in shelf.list()] == ["Our book"]


def test_settings_are_saved_once_and_their_dialog_closes(app, visit):
    page = visit(app.page("train"))
    page.get_by_role("button", name="Save or share settings").click()
    typed(page, "Save these settings as", "Mine")
    expect(page.locator(POPOVER)).to_have_count(0)
    expect(page.get_by_role("button", name="Mine", exact=True)).to_be_visible()
    assert [preset.name for preset in own_presets.listing(app.home)] == ["Mine"]
