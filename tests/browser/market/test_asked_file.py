"""A file that can be read in two ways: one question, an answer, and a market, wide and on a phone."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from tests.browser.server import App


def _thousands(seed: int) -> bytes:
    """Whole prices with a point for thousands: 4782 is "4.782", which may as well be a price of 4.782."""
    moves = np.random.default_rng(seed).normal(0, 0.01, (320, 2))
    prices = (4800 * np.exp(moves.cumsum(axis=0))).round().astype(int)
    days = pd.bdate_range("2016-03-01", periods=320)
    rows = [f"{d:%d.%m.%Y};{a:,};{b:,}".replace(",", ".") for d, (a, b) in zip(days, prices, strict=True)]
    return "\n".join(["Datum;AAA;BBB", *rows, ""]).encode()


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (420, "dark")])
def test_a_question_is_asked_and_its_answer_becomes_the_market(
    shared_app: App, visit: Callable[..., Page], width: int, scheme: str
) -> None:
    page = visit(shared_app.page("market"), width=width, scheme=scheme)
    page.get_by_text("Upload", exact=True).click()
    chooser = page.locator("input[type=file]")
    chooser.set_input_files({"name": "mine.csv", "mimeType": "text/csv", "buffer": _thousands(width)})
    question = page.get_by_role("radiogroup").filter(has_text="is 4.")
    expect(question.get_by_role("radio")).to_have_count(2)
    expect(page.get_by_text("Nothing is used before you choose")).to_be_visible()
    expect(page.get_by_role("button", name="Use this market")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    question.get_by_text("is 4", exact=False).first.click()
    expect(page.get_by_text("2 assets on 320 dates, from 320 rows of 3 columns")).to_be_visible()
    page.get_by_role("button", name="Use this market").click()
    expect(page.get_by_text("In use on every page")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
