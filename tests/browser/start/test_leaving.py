"""Every button that leads to another page works after the controls that are part of the address were moved."""

import re

import pytest
from playwright.sync_api import Page, expect

from fingen_core.market import Market, Source, bundled, library
from tests.browser.start.test_pages import settled

pytestmark = pytest.mark.timeout(600)

WORST = re.compile(r"^Worst 5\s%$")


def arrived(page: Page, title: str) -> None:
    expect(page.locator("h1").first).to_have_text(title)
    settled(page)
    expect(page.get_by_text("This app has encountered an error")).to_have_count(0)
    expect(page.locator("[data-testid=stException]")).to_have_count(0)


def test_home_is_left_after_its_slider_was_moved(shared_app, visit):
    page = visit(shared_app.page())
    settled(page)
    slider = page.locator(".st-key-worst input[type=range]")
    slider.focus()
    slider.press("End")
    page.wait_for_url("**worst=*")
    settled(page)
    page.get_by_role("button", name="Use my tickers").click()
    arrived(page, "Market")
    assert "worst" not in page.url


def test_scenarios_are_left_after_severity_was_set(app, visit, monkeypatch):
    monkeypatch.setenv("FINGEN_HOME", str(app.home))
    market = Market(bundled().prices.iloc[-800:, :4], Source(kind="upload", detail="mine.csv"), name="Mine")
    page = visit(app.page("scenarios", f"market={library.save(market)}&by=block-bootstrap&paths=500"))
    settled(page)
    page.locator(".st-key-severity").get_by_text(WORST).click()
    page.wait_for_url("**severity=*")
    settled(page)
    page.get_by_role("button", name="Train a model").click()
    arrived(page, "Train")
    assert "severity" not in page.url


def test_who_draws_is_in_the_address_beside_the_rest(shared_app, visit):
    page = visit(shared_app.page("scenarios", "paths=500"), width=1280)
    settled(page)
    page.wait_for_url("**by=pretrained*")
    page.locator(".st-key-severity").get_by_text(WORST).click()
    page.wait_for_url("**severity=*")
    settled(page)
    page.locator(".st-key-by input").press("Backspace")
    settled(page)
    assert "severity=" in page.url
    assert "paths=500" in page.url
    expect(page.get_by_text("Nobody draws yet")).to_be_visible()
    label = page.get_by_role("button", name="More").locator("p")
    assert label.evaluate("e => e.scrollWidth <= e.clientWidth")
