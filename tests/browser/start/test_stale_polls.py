"""A page that is left while it polls: does the next one stay on screen when the browser hears of it late?"""

import sys

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.server import serve

pytestmark = pytest.mark.timeout(300)

LATE = """
window.WebSocket = class extends window.WebSocket {
  constructor(...options) {
    super(...options);
    this.addEventListener("message", (message) => {
      if (message.late || !window.delay) return;
      message.stopImmediatePropagation();
      const again = new MessageEvent("message", { data: message.data });
      again.late = true;
      setTimeout(() => this.dispatchEvent(again), window.delay);
    });
  }
};
"""
"""Holds back what the server says by ``window.delay`` milliseconds, as a slow network or a busy browser would."""

ASKED = "asked at"


@pytest.mark.parametrize(("launcher", "blank"), [("cured", False), ("as-it-is", True)])
def test_a_poll_of_the_page_that_was_left_does_not_empty_the_next(browser: Browser, tmp_path, launcher, blank):
    command = (sys.executable, "-m", "tests.workers.two_pages", launcher)
    with serve(tmp_path / "home", command=command) as app, browser.new_context() as context:
        page = context.new_page()
        page.add_init_script(LATE)
        page.goto(app.page())
        expect(page.get_by_text("all of the first")).to_be_visible()
        expect(page.get_by_text(ASKED)).to_be_visible()
        page.evaluate("window.delay = 500")
        page.get_by_role("button", name="To the second").click()
        page.wait_for_url("**/second")
        page.wait_for_timeout(5000)  # one second to draw, a half to hear of it, and the answer to the poll, if any
        assert (page.get_by_text("all of the second").count() == 0) == blank
