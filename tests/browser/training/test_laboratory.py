"""The Expert fold in a real browser: weights balanced by the worker, a contradiction, and the way back."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE
from tests.browser.training.test_journeys import slide

pytestmark = pytest.mark.timeout(300)


def test_weights_are_balanced_and_contradictions_told_and_taken_back(app, visit):
    page = visit(app.page("train"))
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_visible()
    page.get_by_text("Expert settings: as in Balanced").click()
    balance = page.get_by_role("button", name="Balance the weights")
    expect(balance).to_be_disabled()
    slide(page, "moments_weight", "End")
    expect(balance).to_be_enabled()
    balance.click()
    expect(page.get_by_text("Balanced: moments")).to_be_visible(timeout=2 * PATIENCE)
    page.get_by_text("Expert settings: 1 changed").wait_for()

    page.get_by_text("GAN", exact=True).click()  # which brings the preset's values
    page.get_by_text("Expert settings: as in Balanced").wait_for()
    slide(page, "gradient_penalty", "Home")
    expect(page.get_by_text("These settings contradict each other")).to_be_visible()
    expect(page.get_by_text("set gradient_penalty to 10")).to_be_visible()
    expect(page.get_by_role("button", name="Train", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Back to the preset").click()
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_visible()
