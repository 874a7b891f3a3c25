"""Runs beside each other in a real browser: ticked, linked, and the settings of one taken over."""

import re

import pytest
from playwright.sync_api import expect

from fingen_core.runs import RunStore
from fingen_core.runs.folder import RunFolder
from tests.app.training_support import make_run
from tests.browser.start.test_pages import settled

pytestmark = pytest.mark.timeout(300)


def tick(page, row: int) -> None:
    """The box of a row of the table, which is painted on a canvas: it has a place, not an element."""
    page.locator("[data-testid=stDataFrame]").first.click(position={"x": 18, "y": 52 + 35 * row})


def test_ticked_rows_stand_beside_each_other_and_the_address_is_the_link(app, visit):
    store = RunStore(app.home)
    older, newer = (make_run(store, name=name, latent_size=size) for name, size in (("Older", 5), ("Newer", 8)))
    for run in (older, newer):
        RunFolder(run.folder).path.joinpath("generator.safetensors").unlink()  # nothing to draw from: no fans
    page = visit(app.page("runs"))
    expect(page.get_by_role("heading", name="Newer")).to_be_visible()
    tick(page, 1)
    expect(page.get_by_role("heading", name="2 runs beside each other")).to_be_visible()
    expect(page).to_have_url(re.compile(f"runs={newer.id}(,|%2C){older.id}"))
    expect(page.locator("[data-testid=stPlotlyChart]")).to_have_count(2)

    other = visit(page.url)
    expect(other.get_by_role("heading", name="2 runs beside each other")).to_be_visible()
    tick(other, 0)
    expect(other.get_by_role("heading", name="Older")).to_be_visible()
    other.get_by_role("button", name="Train again with these settings").click()
    settled(other)
    expect(other.get_by_text("The settings of “Older” and its market, Small, are loaded.")).to_be_visible()
    other.get_by_text("Small", exact=True).first.wait_for()
    other.get_by_role("button", name="Undo").click()
    expect(other.get_by_text("US large caps: 19 assets").first).to_be_visible()
