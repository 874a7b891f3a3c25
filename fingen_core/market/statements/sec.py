"""Statements from filings with the SEC, about 15 years of them; the only module that knows edgartools.

The same door as Yahoo's: :meth:`Sec.statements` answers with :class:`Statements`, or says in a sentence why not. The
SEC asks everybody who asks it to say who they are: a name and an e-mail address, which are asked for once, kept in the
home, and sent to the SEC and nobody else.

What a company filed about a period last is what is taken, so an amendment replaces what it amends. Filings in XBRL
begin in 2009. For tests ``FINGEN_SEC_URL`` sends all requests to a stand-in on this machine.
"""

import json
import os
import re
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pandas as pd

from fingen_core.errors import InvalidInput, SourceUnavailable
from fingen_core.market.statements.sec_facts import table_of
from fingen_core.market.statements.statements import Statements
from fingen_core.market.transport import loopback
from fingen_core.settings import home
from fingen_core.storage.files import write_text

__all__ = ["STAND_IN", "Sec", "identity", "keep_identity"]

STAND_IN = "FINGEN_SEC_URL"
_LOCK = threading.RLock()
"""edgartools keeps one client and one identity for the whole process."""
_EMAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[A-Za-z]{2,}")
_SYMBOL = re.compile(r"[A-Z0-9.\-]{1,12}")
_ODD = (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError)
"""What comes through of answers that are cut off or of another form."""

_WHO = "The SEC wants to know who asks: enter your name and e-mail address first, under Company statements."
_UNREACHABLE = "The SEC cannot be reached: check the connection, then fetch again."
_SLOW_DOWN = "The SEC asks to slow down (HTTP 429): wait ten minutes, then fetch again."
_FORBIDDEN = (
    "The SEC refused to answer (HTTP 403): check the name and e-mail address that it is told, then fetch again."
)
_UNKNOWN = (
    "The SEC knows no {ticker}: companies file there under their US symbol (share classes are written BRK-B). "
    "Fetch from Yahoo, upload a file, or type the amounts in."
)
_NONE = (
    "The SEC has no figures of {ticker} {kind}: funds file none, and many foreign companies file years only. Choose "
    "annual periods, fetch from Yahoo, or upload a file."
)
_CUT = "The SEC's answer was cut off or unreadable: try again in a minute."


def identity() -> str:
    """Who asks, as it was kept; empty where nobody has said."""
    path = _identity_path()
    if not path.exists():
        return ""
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["identity"])
    except (ValueError, KeyError, TypeError):  # a damaged file is asked for again
        return ""


def keep_identity(text: str) -> str:
    """Keep who asks: a name and an e-mail address.

    Raises
    ------
    InvalidInput
        If there is no e-mail address in it, or no name beside it.
    """
    plain = " ".join(text.split())
    address = _EMAIL.search(plain)
    if address is None or len(plain) > 200 or not plain.isprintable() or not plain.isascii():
        raise InvalidInput(
            f"{plain[:60]!r} holds no e-mail address: write a name and an address, Jane Doe jane@example.org"
        )
    if not plain.replace(address[0], "").strip(" <>,;"):
        raise InvalidInput(f"{plain[:60]!r} holds no name: write a name before the e-mail address")
    write_text(_identity_path(), json.dumps({"identity": plain}))
    return plain


def _identity_path() -> Any:
    return home() / "sec" / "identity.json"


@dataclass
class _Wire:
    """What went over the wire: requests, answers, and the status of the last."""

    asked: int = 0
    answered: int = 0
    status: int = 0

    def on_request(self, _: Any) -> None:
        self.asked += 1
        self.status = 0

    def on_response(self, response: Any) -> None:
        self.answered += 1
        self.status = int(response.status_code)


class Sec:
    """A client of the SEC's filings.

    Parameters
    ----------
    who : str
        Who asks; by default what is kept.
    now : callable
        The time (UTC).
    """

    def __init__(self, who: str = "", now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._who, self._now = who, now

    def statements(self, ticker: str, *, quarterly: bool = False) -> Statements:
        """Statements of one company from all its filings, in millions.

        Market value is not among them: it stays missing.

        Raises
        ------
        InvalidInput
            If the symbol cannot be one.
        SourceUnavailable
            If nobody has said who asks, the SEC does not answer, or has no figures; the message says why and what to
            do.
        """
        symbol = ticker.strip().upper()
        if not _SYMBOL.fullmatch(symbol):
            raise InvalidInput(f"{ticker[:30]!r} is no symbol that files with the SEC: letters, digits, . and - only")
        who = self._who or identity()
        if not who:
            raise SourceUnavailable(_WHO)
        facts = self._facts(symbol, who)
        kind = "quarterly" if quarterly else "annual"
        found = table_of(facts, quarterly=quarterly)
        if found is None:
            raise SourceUnavailable(f"No statements of {symbol}. {_NONE.format(ticker=symbol, kind=f'by {kind[:-2]}')}")
        source = f"SEC filings, {kind}, {found.currency}, {self._now():%Y-%m-%d}"
        return Statements(ticker=symbol, table=found.table, source=source, notes=found.told, currency=found.currency)

    def _facts(self, symbol: str, who: str) -> pd.DataFrame:
        """All facts that a company filed, one row each."""
        with _LOCK, _asking(who) as (edgar, wire):
            try:
                found = edgar.Company(symbol).get_facts()
                frame = None if found is None else found.to_dataframe(pit_mode=True)
            except edgar.exceptions.CompanyNotFoundError as error:
                text = _UNREACHABLE if wire.asked > wire.answered else _UNKNOWN.format(ticker=symbol)
                raise SourceUnavailable(f"No statements of {symbol}. {text}") from error
            except (edgar.exceptions.EdgarError, edgar.httprequests.HTTPError, *_ODD) as error:
                raise SourceUnavailable(f"No statements of {symbol}. {_why(wire, error)}") from error
        if frame is None or frame.empty:
            text = _CUT if wire.status == 200 else _NONE.format(ticker=symbol, kind="at all")
            raise SourceUnavailable(f"No statements of {symbol}. {text}")
        return frame


def _why(wire: _Wire, error: Exception) -> str:
    """What a failure means, judged by the answer's status before its name."""
    meanings = (
        (wire.status == 429 or "TooMany" in type(error).__name__, _SLOW_DOWN),
        (wire.status == 403, _FORBIDDEN),
        (wire.status >= 500, f"The SEC itself failed (HTTP {wire.status}): try again later."),
        (wire.asked > wire.answered, _UNREACHABLE),
        (True, _CUT),
    )
    return next(text for applies, text in meanings if applies)


@contextmanager
def _asking(who: str) -> Iterator[tuple[Any, _Wire]]:
    """edgartools that says who asks, tells what goes over the wire, and neither warns nor tries for minutes."""
    import stamina

    wire, active = _Wire(), stamina.is_active()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        edgar = _edgartools(str(home() / "sec"))
        stamina.set_active(False)
        manager = edgar.httpclient.HTTP_MGR
        manager.httpx_params["event_hooks"] = {"request": [wire.on_request], "response": [wire.on_response]}
        manager.httpx_params["mounts"] = _mounts()
        edgar.set_identity(who)  # closes the client, so that the next one has these settings
        _forget(edgar)
        try:
            yield edgar, wire
        finally:
            stamina.set_active(active)
            _forget(edgar)


def _forget(edgar: Any) -> None:
    """Its caches in memory: the facts of a company take 40 to 80 MB, and a failed look-up is kept like any other."""
    edgar.entity.entity_facts.clear_company_facts_cache()
    edgar.reference.tickers._get_live_company_cik_lookup.cache_clear()


@cache
def _edgartools(folder: str) -> Any:
    """edgartools, loaded at the first request (it takes a second) and told where to keep what it fetched."""
    os.environ["EDGAR_LOCAL_DATA_DIR"] = folder
    import edgar
    import edgar.entity.entity_facts
    import edgar.exceptions
    import edgar.httpclient
    import edgar.httprequests
    import edgar.reference.tickers

    return edgar


def _mounts() -> dict[str, Any]:
    """Where requests go: to the SEC, or all of them to a stand-in on this machine."""
    import httpx

    address = os.environ.get(STAND_IN, "")
    if not address:
        return {}
    target = httpx.URL(loopback(address, STAND_IN))

    class Reroute(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            host = request.url.host
            if host != "sec.gov" and not host.endswith(".sec.gov"):
                raise httpx.UnsupportedProtocol(f"{host} is not the SEC, and the stand-in stands for nobody else")
            request.headers["X-Original-Host"] = host
            request.url = request.url.copy_with(scheme=target.scheme, host=target.host, port=target.port)
            return super().handle_request(request)

    return {"https://": Reroute(), "http://": Reroute()}
