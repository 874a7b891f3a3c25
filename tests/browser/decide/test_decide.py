"""The portfolio manager's ten minutes: a rule, its luck, the search for a better one; then what to hold, and a walk."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE

pytestmark = pytest.mark.timeout(420)


def look_at(page: Page, control: str, name: str) -> None:
    page.locator(f".st-key-{control}").get_by_text(name, exact=True).click()
    expect(page.locator("[data-testid=stApp]")).to_have_attribute("data-test-script-state", "notRunning")


def test_a_rule_is_judged_by_luck_and_by_what_was_tried(shared_app, visit, tmp_path):
    page = visit(shared_app.page("strategies", "strategy_paths=500"))
    expect(page.get_by_text("History gave")).to_be_visible(timeout=2 * PATIENCE)
    box = page.locator("[data-testid=stPlotlyChart]").first.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 900  # the first answer needs no scrolling
    look_at(page, "strategy_view", "Overfitting")
    expect(page.get_by_text("1 trial", exact=True)).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Try neighbors of these settings").click()
    expect(page.get_by_text("7 trials", exact=True)).to_be_visible(timeout=PATIENCE)
    expect(page.locator("[data-testid=stApp]")).to_have_attribute("data-test-script-state", "notRunning")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Trials as CSV").click()
    saved = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(saved)
    assert len(saved.read_text().splitlines()) == 8
    assert "strategy_view=Overfitting" in page.url


def test_several_rules_stand_beside_each_other_and_an_own_one_is_mended(shared_app, visit):
    query = "strategy_paths=500&rules=Moving-average trend&rules=Risk parity&rules=Own rule&own_rule=weight = prize"
    page = visit(shared_app.page("strategies", f"{query}&strategy_view=Side by side"))
    table = page.locator("[data-testid=stTable]")
    wrong = page.get_by_text("prize is not known here; use price")
    expect(wrong).to_be_visible(timeout=2 * PATIENCE)
    expect(table.locator("th").filter(has_text="Risk parity")).to_be_visible()
    expect(table.locator("thead th")).to_have_count(4)  # the name of the lines, two rules, and holding
    box = page.get_by_label("Own rule: the weight of each asset")
    box.fill("weight = 1 if price > mean(price, 200) else 0")
    box.press("Enter")
    expect(table.locator("thead th")).to_have_count(5, timeout=PATIENCE)
    expect(wrong).to_have_count(0)
    look_at(page, "strategy_view", "Worst tenth")
    expect(page.get_by_text("Bad times:").first).to_be_visible()


def test_weights_of_both_worlds_and_a_walk_through_history(shared_app, visit):
    query = "allocation_paths=1,000&allocation_sector_most=25&walk_by=Block bootstrap, refitted each year"
    page = visit(shared_app.page("allocation", query))
    expect(page.get_by_text("Each of 7 sectors: at most 25")).to_be_visible(timeout=2 * PATIENCE)
    expect(page.get_by_text("on generated scenarios holds")).to_be_visible(timeout=2 * PATIENCE)
    look_at(page, "allocation_view", "Walk-forward")
    page.get_by_role("button", name="Walk through history").click()
    expect(page.get_by_text("of resamples. 1 became")).to_be_visible(timeout=2 * PATIENCE)
    page.reload()
    expect(page.get_by_text("of resamples. 1 became")).to_be_visible(timeout=2 * PATIENCE)
