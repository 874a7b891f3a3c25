"""The analyst's questions in the browser: what if, what would it take, stop, and what crises cost."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE
from tests.browser.server import App

pytestmark = pytest.mark.timeout(300)


def button(page: Page, name: str):
    return page.get_by_role("button", name=name)


def test_a_question_a_loss_and_a_crisis(visit: Callable[..., Page], shared_app: App):
    page = visit(shared_app.page("what_if", "effort=Quick&horizon=5+days"))
    box = page.get_by_label("What if", exact=True)
    box.fill("index -10 % in 5 days")
    box.press("Enter")
    expect(page.get_by_text("Under the condition: equal weight").first).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("Read as: Equal weight").first).to_be_visible()
    expect(page.get_by_text("Effective paths").first).to_be_visible()

    page.goto(shared_app.page("reverse", "effort=Quick&horizon=5+days&loss=8"))
    button(page, "Find ways to lose 8 %").click()
    expect(page.get_by_text("The smallest change that brings it")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("distinct ways to lose it")).to_be_visible(timeout=PATIENCE)

    page.goto(shared_app.page("crises"))
    expect(page.get_by_text("Worst of 20").first).to_be_visible(timeout=PATIENCE)


def test_a_search_says_how_far_it_is_and_stops(visit: Callable[..., Page], shared_app: App):
    page = visit(shared_app.page("reverse", "effort=Thorough&horizon=126+days&loss=60"))
    button(page, "Find ways to lose 60 %").click()
    expect(page.get_by_role("progressbar")).to_be_visible(timeout=PATIENCE)
    page.locator("[class*=st-key-stop-]").get_by_role("button").click()
    expect(page.get_by_text("Stopped. What was found so far is below")).to_be_visible(timeout=PATIENCE)
    expect(button(page, "Find ways to lose 60 %")).to_be_visible()
