"""A browser, a running app, and a watchful eye on what every visited page asks for and complains about."""

import os
import signal
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.server import CHROMIUM, NO_CHROMIUM, ROOT, App, launch, serve

PATIENCE = 90_000
"""Milliseconds; the machine may be busy with other tests."""

FAILED = pytest.StashKey[bool]()
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            # Tests of one file share a server, so they stay on one worker.
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason=NO_CHROMIUM))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """A cold server with an empty home."""
    home = tmp_path / "home"
    with serve(home) as running:
        yield running
    end_trainings(home)


@pytest.fixture(scope="module")
def shared_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """A server for tests that change nothing."""
    home = tmp_path_factory.mktemp("shared") / "home"
    with serve(home) as running:
        yield running


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember failures, for a picture of what was on screen."""
    report = yield
    item.stash.setdefault(FAILED, False)
    item.stash[FAILED] |= report.failed
    return report


@pytest.fixture
def visit(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """Open an address as a new person; afterwards nothing may have gone outside, and nothing may have gone wrong."""
    opened: list[Watched] = []

    def open_as_somebody(
        url: str, *, width: int = 1440, height: int = 900, scheme: Any = "light", expected: str = ""
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, accept_downloads=True
        )
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        opened.append(Watched(page, expected))
        page.goto(url)
        return page

    yield open_as_somebody
    for number, watched in enumerate(opened):
        if request.node.stash.get(FAILED, False):
            picture = ROOT / "screenshots" / "failed" / f"{request.node.name}-{number}.png"
            watched.page.screenshot(path=picture, full_page=True)
            print(f"what was on screen: {picture}")
        watched.page.context.close()
    assert [line for watched in opened for line in watched.outside] == []
    assert [line for watched in opened for line in watched.complaints] == []


class Watched:
    """What a page asked for and complained about."""

    def __init__(self, page: Page, expected: str = "") -> None:
        self.page, self.expected = page, expected
        self.outside: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self._asked(request.url))
        page.on("websocket", lambda socket: self._asked(socket.url))
        page.on("console", lambda message: self._said(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("response", lambda response: self._answered(response.status, response.url))

    def _asked(self, url: str) -> None:
        address = urlparse(url)
        if address.scheme not in ("data", "blob") and address.hostname != "127.0.0.1":
            self.outside.append(url)

    def _said(self, kind: str, text: str) -> None:
        # A missing resource is judged by its address below; reloads and stopped servers are part of some tests.
        known = ("Failed to load resource", "WebSocket", "disconnected from server", *filter(None, [self.expected]))
        if kind == "error" and not any(part in text for part in known):
            self.complaints.append(f"console: {text}")

    def _answered(self, status: int, url: str) -> None:
        # On a deep link Streamlit first looks for its server below that path, and finds it one step up.
        probing = urlparse(url).path.endswith(("/_stcore/health", "/_stcore/host-config"))
        if status >= 400 and not probing:
            self.complaints.append(f"{status}: {url}")


def until(condition: Callable[[], object], what: str, patience: float = PATIENCE / 1000) -> None:
    """Wait for something outside the page."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for: {what}"
        time.sleep(0.05)


def end_trainings(home: Path) -> None:
    """End the workers of a home; they have sessions of their own and outlive the server on purpose."""
    for process in psutil.process_iter():
        try:
            if any(str(home / "runs") in word for word in process.cmdline()):
                os.kill(process.pid, signal.SIGKILL)
        except (psutil.Error, ProcessLookupError):
            continue
