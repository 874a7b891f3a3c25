"""How requests leave for Yahoo: one at a time, at a polite pace, remembering what came back.

For tests the same requests can be sent to a stand-in: set ``FINGEN_YAHOO_URL`` to its address, for instance
``http://127.0.0.1:8123``. Every ``https://*.yahoo.com`` request then goes there, and requests to anywhere else are
refused. Only addresses of this machine are accepted, and time runs a hundred times faster: nobody needs politeness.
"""

import ipaddress
import os
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from fingen_core.errors import InvalidInput

__all__ = ["STAND_IN", "Pace", "loopback", "new_session", "usual_pace"]

STAND_IN = "FINGEN_YAHOO_URL"


class Pace:
    """A token bucket: ``burst`` requests at once, then ``per_second``.

    Parameters
    ----------
    per_second : float
        Requests a second in the long run.
    burst : int
        Requests that may go without waiting after a pause.
    clock, sleep : callables
        Seconds now, and waiting; replaced in tests.
    """

    def __init__(
        self,
        per_second: float = 1.0,
        burst: int = 6,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.per_second, self.burst = per_second, burst
        self.clock, self.sleep = clock, sleep
        self._tokens, self._last = float(burst), clock()

    def wait(self) -> None:
        """Return when the next request may go."""
        self._refill()
        if self._tokens < 1:
            self.sleep((1 - self._tokens) / self.per_second)
            self._refill()
        self._tokens -= 1

    def _refill(self) -> None:
        now = self.clock()
        self._tokens = min(self.burst, self._tokens + (now - self._last) * self.per_second)
        self._last = now


def usual_pace() -> Pace:
    """One request a second after a burst of six; hurried when a stand-in answers."""
    if os.environ.get(STAND_IN):
        return Pace(100.0, 600, sleep=lambda seconds: time.sleep(seconds / 100))
    return Pace()


def new_session(pace: Pace, stand_in: str | None = None) -> Any:
    """A session whose every request waits for its turn and whose last answer's status is ``session.last_status``.

    Parameters
    ----------
    pace : Pace
        The one stream of requests.
    stand_in : str or None
        Address of a stand-in for Yahoo on this machine; default: the environment's ``FINGEN_YAHOO_URL``.

    Raises
    ------
    InvalidInput
        If the stand-in's address is not on this machine.
    """
    stand_in = stand_in or os.environ.get(STAND_IN, "")
    if stand_in:
        session = _polite(requests.Session, pace)()
        session.mount("https://", _Reroute(loopback(stand_in)))
        session.mount("http://", _Reroute(loopback(stand_in)))
        return session
    # Yahoo answers browsers; curl_cffi, which yfinance brings along, shakes hands like one.
    from curl_cffi import requests as browser

    return _polite(browser.Session, pace)(impersonate="chrome")


def _polite(base: type, pace: Pace) -> Any:
    class Polite(base):  # type: ignore[misc]
        last_status = 0

        def request(self, method: str, url: str, **options: Any) -> Any:
            pace.wait()
            self.last_status = 0
            answer = super().request(method, url, **options)
            self.last_status = answer.status_code
            return answer

    return Polite


class _Reroute(HTTPAdapter):
    """Send what is meant for Yahoo to the stand-in; the original host travels in a header."""

    def __init__(self, target: str) -> None:
        super().__init__()
        self._target = target.rstrip("/")

    def send(self, request: Any, *args: Any, **options: Any) -> Any:
        host = urlsplit(request.url).hostname or ""
        if host != "yahoo.com" and not host.endswith(".yahoo.com"):
            raise requests.exceptions.InvalidURL(f"{host} is not Yahoo, and the stand-in stands for nobody else")
        original = request.url
        parts = urlsplit(original)
        request.url = self._target + (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        request.headers["X-Original-Host"] = host
        options["proxies"] = {}  # chosen for Yahoo's address; the stand-in is on this machine
        answer = super().send(request, *args, **options)
        answer.url = original
        return answer


def loopback(address: str, name: str = STAND_IN) -> str:
    """The address of a stand-in, which ``name`` in the environment gives, if it is on this machine.

    Raises
    ------
    InvalidInput
        If it is not.
    """
    host = urlsplit(address).hostname or ""
    try:
        here = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        here = False
    if not here or urlsplit(address).scheme != "http":
        raise InvalidInput(f"{name}={address!r}, but a stand-in must be on this machine: use http://127.0.0.1:<port>")
    return address
