"""A person looks at pictures, plays, and trains a painter of her own; reloads in the middle of it."""

import pytest
from playwright.sync_api import expect

from fingen_core.runs import RunStore
from tests.browser.conftest import PATIENCE
from tests.browser.training.test_journeys import at_rest

pytestmark = pytest.mark.timeout(600)


def test_pictures_a_game_and_a_training_that_survives_a_reload(app, visit):
    page = visit(app.page("images"))
    expect(page.locator("[data-testid=stPlotlyChart]")).to_have_count(2, timeout=PATIENCE)
    page.get_by_text("Which one is real?", exact=True).click()
    page.get_by_role("button", name="The left is real").click()
    expect(page.get_by_text("of 1", exact=False).first).to_be_visible()
    page.get_by_text("Training", exact=True).click()
    page.get_by_text("Expert settings", exact=True).click()
    page.get_by_role("tab", name="Size and length").click()
    steps = page.locator("[class*=st-key-images_steps_] input[type=range]")
    steps.focus()
    steps.press("Home")
    at_rest(page)
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_url("**run=*")
    page.reload()
    expect(page.get_by_text("Trained in", exact=False)).to_be_visible(timeout=3 * PATIENCE)
    (run,) = RunStore(app.home).list()
    assert run.status == "done"
    assert run.paints
    assert run.config.steps == 10
    assert run.scores["long_run"] > 0
