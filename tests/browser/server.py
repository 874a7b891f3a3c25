"""Start the real app on a free port with a home of its own, and open it in Chromium."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Playwright

ROOT = Path(__file__).resolve().parents[2]
PAGES = (
    "",
    "market",
    "fundamentals",
    "train",
    "images",
    "runs",
    "sweeps",
    "scenarios",
    "what_if",
    "reverse",
    "crises",
    "library",
    "portfolio",
    "validation",
    "strategies",
    "allocation",
    "forecast",
    "methods",
)
"""Addresses of all pages; the first is Home."""

APP = (sys.executable, "-m", "fingen_core.ui.server")

CHROMIUM = shutil.which(os.environ.get("CHROMIUM", "chromium"))
NO_CHROMIUM = (
    "no Chromium for the browser tests: install it (Debian: apt-get install chromium), "
    "or name one with CHROMIUM=/path/to/chromium"
)
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-dev-shm-usage",
]


@dataclass(frozen=True)
class App:
    """A running server."""

    url: str
    home: Path
    pid: int

    def page(self, name: str = "", query: str = "") -> str:
        return f"{self.url}/{name}{'?' + query if query else ''}"


@contextlib.contextmanager
def serve(home: Path, port: int | None = None, command: tuple[str, ...] = APP) -> Iterator[App]:
    """The app (or what another command serves) on a free port of 127.0.0.1, healthy; ended with the block.

    Anything that reaches for the outside gets a proxy that refuses, so a missed stand-in fails at once instead of
    waiting for a network.
    """
    port = port or free_port()
    nowhere = f"http://127.0.0.1:{free_port()}"
    environment = {
        **os.environ,
        "FINGEN_HOME": str(home),
        "HTTPS_PROXY": nowhere,
        "HTTP_PROXY": nowhere,
        "NO_PROXY": "127.0.0.1,localhost",
        "PYTHONWARNINGS": "default",
    }
    options = [f"--server.port={port}", "--server.address=127.0.0.1", "--server.headless=true"]
    home.mkdir(parents=True, exist_ok=True)
    with (home / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [*command, *options, "--server.fileWatcherType=none"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        _until_healthy(port, process, home / "server.log")
        yield App(f"http://127.0.0.1:{port}", home, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def launch(playwright: Playwright) -> Browser:
    """Debian's Chromium, headless, with an empty profile."""
    return playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)


def _until_healthy(port: int, process: "subprocess.Popen[bytes]", log: Path, patience: float = 60.0) -> None:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the app ended with {process.returncode}:\n{log.read_text()[-2000:]}")
        with (
            contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1) as answer,
        ):
            if answer.status == 200:
                return
        time.sleep(0.05)
    raise RuntimeError(f"the app was not healthy within {patience:g} s:\n{log.read_text()[-2000:]}")
