"""A stand-in for Yahoo Finance: a real HTTP server on this machine that speaks its API and fails on request.

The client under test is the real one: yfinance with a ``requests`` session whose adapter sends every
``https://*.yahoo.com`` request here (``fingen_core.market.transport``). Nothing in yfinance is patched.

``modes`` says how each symbol misbehaves; a symbol without a mode is a healthy stock with a price for every
business day from ``FIRST`` to ``LAST``. Modes:

==================  ====================================================================
``ok``              the default
``429``             always "Too Many Requests"
``429 once``        the first request for prices only
``500``             a server error with an HTML page
``500 once``        the first request for prices only
``404``             Yahoo's JSON for an unknown symbol
``slow``            no answer before ``patience`` is set
``truncated``       a body that ends in the middle
``empty``           knows the symbol, has no prices
``nan``             every other close is null
``split``           adjusted closes are a quarter of what they were (a 4:1 split happened since)
``wrong``           answers for another symbol
``half``            only every other trading day
``young``           prices of the last two years only
``delisted``        no prices after 2022-06-30
``holidays``        no prices on the first business day of a month
==================  ====================================================================

Run as a script it serves until interrupted and prints its address, for browser tests and for hand.
"""

import json
import sys
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np
import pandas as pd

FIRST, LAST = pd.Timestamp("2010-01-04"), pd.Timestamp("2023-12-29")

NAMES = {"AAPL": "Apple Inc.", "MSFT": "Microsoft Corporation", "BRK-B": "Berkshire Hathaway Inc.", "KO": "Coca-Cola"}


STATEMENTS = {
    "TotalAssets": 1000,
    "StockholdersEquity": 400,
    "TotalDebt": 300,
    "CashAndCashEquivalents": 50,
    "TotalRevenue": 700,
    "EBITDA": 150,
    "InterestExpense": 15,
    "NetIncome": 60,
    "OperatingCashFlow": 90,
    "CapitalExpenditure": -40,
    "OrdinarySharesNumber": 16,
}
"""Millions of each item in the first period; each later period has a tenth of it more. Current items are missing."""


CURRENCIES = {"SAP.DE": "EUR", "VOD.L": "GBp"}
"""What symbols are quoted in; all others in dollars."""


STATED_IN = {"SAP.DE": "EUR", "VOD.L": "EUR", "TM": "JPY"}
"""What statements of symbols are in; all others in dollars, and of ``UNSAID`` Yahoo does not say it."""

UNSAID = frozenset({"KO"})


class StandIn:
    """The server; use as a context manager. ``asked`` lists (path, symbol, parameters) of every request."""

    def __init__(self, modes: dict[str, str] | None = None, default: str = "ok") -> None:
        self.modes, self.default = dict(modes or {}), default
        self.last = LAST
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.patience = threading.Event()
        self._failed: set[str] = set()
        handler = type("Handler", (_Handler,), {"stand_in": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.patience.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def charts(self, symbol: str) -> list[dict[str, str]]:
        """Parameters of the requests for prices of one symbol (the probe for its time zone is not one)."""
        return [given for path, name, given in self.asked if path == "chart" and name == symbol and "period1" in given]

    def mode(self, symbol: str) -> str:
        mode = self.modes.get(symbol, self.default)
        if mode.endswith(" once"):
            if symbol in self._failed:
                return "ok"
            self._failed.add(symbol)
            return mode.removesuffix(" once")
        return mode

    def closes(self, symbol: str, mode: str = "ok") -> pd.Series:
        """Adjusted closes of a symbol, the same at every call."""
        days = pd.bdate_range(FIRST, self.last)
        rng = np.random.default_rng(zlib.crc32(symbol.encode()))
        closes = pd.Series(100 * np.exp(rng.normal(0.0002, 0.012, len(days)).cumsum()), index=days)
        if symbol.endswith("=X"):
            closes /= 100  # rates are about 1
        if mode == "split":
            closes /= 4
        elif mode == "half":
            closes = closes[::2]
        elif mode == "young":
            closes = closes[self.last - pd.Timedelta(days=730) :]
        elif mode == "delisted":
            closes = closes[:"2022-06-30"]
        elif mode == "holidays":
            closes = closes[~days.to_period("M").duplicated() ^ True]
        elif mode == "nan":
            closes[::2] = np.nan
        return closes


@contextmanager
def running(modes: dict[str, str] | None = None, default: str = "ok") -> Iterator[StandIn]:
    with StandIn(modes, default) as server:
        yield server


class _Handler(BaseHTTPRequestHandler):
    stand_in: StandIn

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        given = {name: values[0] for name, values in parse_qs(parts.query).items()}
        path = unquote(parts.path)
        try:
            if path.startswith("/v8/finance/chart/"):
                self._chart(path.rpartition("/")[2], given)
            elif path.startswith("/ws/fundamentals-timeseries/v1/finance/timeseries/"):
                self._statements(path.rpartition("/")[2], given)
            elif path == "/v1/finance/search":
                self._search(given)
            elif path == "/v1/test/getcrumb":
                self._send(200, "crumb", "text/plain")
            elif path == "/v7/finance/quote":
                self._send(200, '{"quoteResponse": {"result": [], "error": null}}')
            elif path.startswith("/v10/finance/quoteSummary/"):
                self._facts(path.rpartition("/")[2])
            else:  # the cookie at fc.yahoo.com, and consent pages that have no form
                self._send(404 if path == "/" else 200, "<html></html>", "text/html")
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _chart(self, symbol: str, given: dict[str, str]) -> None:
        server = self.stand_in
        server.asked.append(("chart", symbol, given))
        mode = server.mode(symbol)
        if self._fails(mode, symbol):
            return
        shown = "WRONG" if mode == "wrong" else symbol
        body = json.dumps(_answer(shown, server.closes(symbol, mode), given, empty=mode == "empty"))
        self._send(200, body.replace("NaN", "null"))

    def _statements(self, symbol: str, given: dict[str, str]) -> None:
        """Four years or five quarters of each item that is asked for; only every other one for ``half``."""
        server = self.stand_in
        server.asked.append(("statements", symbol, given))
        mode = server.mode(symbol)
        if self._fails(mode, symbol):
            return
        result: list[dict[str, Any]] = []
        for number, kind in enumerate(given["type"].split(",")):
            quarterly = kind.startswith("quarterly")
            item = kind.removeprefix("quarterly").removeprefix("annual")
            if item in STATEMENTS and mode != "empty" and not (mode == "half" and number % 2):
                ends = pd.date_range(end="2023-09-30", periods=5, freq="QE") if quarterly else None
                ends = pd.date_range(end="2022-12-31", periods=4, freq="YE") if ends is None else ends
                values = [
                    {"asOfDate": f"{day:%Y-%m-%d}", "reportedValue": {"raw": STATEMENTS[item] * 1e6 * (1 + at / 10)}}
                    for at, day in enumerate(ends)
                ]
                stamps = [int(day.timestamp()) for day in ends]
                result.append({"meta": {"symbol": [symbol], "type": [kind]}, "timestamp": stamps, kind: values})
        self._send(200, json.dumps({"timeseries": {"result": result, "error": None}}))

    def _facts(self, symbol: str) -> None:
        """Facts of a company, of which only the currency of its statements is looked at."""
        self.stand_in.asked.append(("facts", symbol, {}))
        if symbol in UNSAID or self.stand_in.modes.get(symbol, self.stand_in.default) == "404":
            self._send(404, _error("Not Found", "Quote not found"))
            return
        found = {"financialData": {"maxAge": 86400, "financialCurrency": STATED_IN.get(symbol, "USD")}}
        self._send(200, json.dumps({"quoteSummary": {"result": [found], "error": None}}))

    def _search(self, given: dict[str, str]) -> None:
        server, text = self.stand_in, given.get("q", "").lower()
        server.asked.append(("search", text, given))
        if self._fails(server.mode("search"), text):
            return
        hits = [
            {"symbol": symbol, "longname": name, "typeDisp": "equity", "exchDisp": "NASDAQ", "quoteType": "EQUITY"}
            for symbol, name in NAMES.items()
            if text in symbol.lower() or text in name.lower()
        ]
        self._send(200, json.dumps({"quotes": hits, "news": [], "lists": [], "nav": [], "researchReports": []}))

    def _fails(self, mode: str, symbol: str) -> bool:
        if mode == "429":
            self._send(429, "Too Many Requests", "text/plain")
        elif mode == "500":
            self._send(500, "<html>Internal Server Error</html>", "text/html")
        elif mode == "404":
            self._send(404, _error("Not Found", "No data found, symbol may be delisted"))
        elif mode == "truncated":
            self._send(200, '{"chart":{"result":[{"meta":{"currency":"US')
        elif mode == "slow":
            self.stand_in.patience.wait()
            self._send(500, "<html></html>", "text/html")
        else:
            return False
        return True

    def _send(self, status: int, body: str, kind: str = "application/json") -> None:
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _error(code: str, description: str) -> str:
    return json.dumps({"chart": {"result": None, "error": {"code": code, "description": description}}})


def _answer(symbol: str, closes: pd.Series, given: dict[str, str], *, empty: bool) -> dict[str, Any]:
    opened = closes.index.tz_localize("America/New_York") + pd.Timedelta(hours=9, minutes=30)
    stamps = opened.as_unit("s").asi8
    inside = np.zeros(len(stamps), bool) if empty else np.ones(len(stamps), bool)
    if "period1" in given and not empty:
        inside = (stamps >= int(given["period1"])) & (stamps < int(given["period2"]))
    values = closes.to_numpy()[inside].tolist()
    meta = {
        "currency": CURRENCIES.get(symbol, "USD"),
        "symbol": symbol,
        "longName": NAMES.get(symbol, f"{symbol} Corporation"),
        "exchangeName": "NMS",
        "instrumentType": "EQUITY",
        "firstTradeDate": int(stamps[0]),
        "regularMarketTime": int(stamps[-1]),
        "gmtoffset": -18000,
        "timezone": "EST",
        "exchangeTimezoneName": "America/New_York",
        "priceHint": 2,
        "dataGranularity": "1d",
        "range": "",
        "validRanges": ["1d", "5d", "1mo", "max"],
    }
    quote = dict.fromkeys(("open", "high", "low", "close"), values) | {"volume": [1000] * len(values)}
    result: dict[str, Any] = {"meta": meta, "indicators": {"quote": [quote], "adjclose": [{"adjclose": values}]}}
    if values:
        result["timestamp"] = stamps[inside].tolist()
    else:
        result["indicators"] = {"quote": [{}], "adjclose": [{}]}
    return {"chart": {"result": [result], "error": None}}


def main() -> None:
    """Serve until interrupted; arguments are modes such as ``AAPL=429``."""
    modes = dict(argument.split("=", 1) for argument in sys.argv[1:])
    with running(modes) as server:
        print(server.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
