"""A stand-in for the SEC: a real HTTP server on this machine that speaks its JSON and fails on request.

The client under test is the real one: edgartools, whose every request to sec.gov is sent here
(``fingen_core.market.statements.sec``). Nothing in edgartools is patched.

``modes`` says how each company misbehaves, by its symbol: ``429``, ``403``, ``500``, ``404`` (no figures) and
``truncated``. The list of symbols misbehaves as ``symbols``.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit

import pandas as pd

APPLE, SAP, NEW = 320193, 1000184, 9_999_991
"""Apple's fiscal years end in September; SAP files years under IFRS in euros; a new one is in the live list only."""

SYMBOLS = {"AAPL": APPLE, "SAP": SAP, "ZZNEW": NEW}
FIRST, LAST = 2010, 2023

MILLION = 1_000_000


def of_year(year: int) -> float:
    """Revenue of a fiscal year in millions; other items are shares of it."""
    return 1000.0 + 100 * (year - FIRST)


def fact(value: float, end: pd.Timestamp, start: pd.Timestamp | None, filed: pd.Timestamp, form: str) -> dict[str, Any]:
    made = {
        "end": f"{end:%Y-%m-%d}",
        "val": round(value * MILLION),
        "accn": f"0000320193-{filed:%y}-{filed:%m%d}00",
        "fy": end.year,
        "fp": "FY" if form.startswith("10-K") or form == "20-F" else "Q1",
        "form": form,
        "filed": f"{filed:%Y-%m-%d}",
    }
    return made | ({"start": f"{start:%Y-%m-%d}"} if start is not None else {})


def fiscal_year(year: int) -> tuple[pd.Timestamp, list[pd.Timestamp]]:
    """Its first day, and the last days of its quarters: October to September."""
    start = pd.Timestamp(year - 1, 10, 1)
    return start, [
        pd.Timestamp(day) for day in (f"{year - 1}-12-31", f"{year}-03-31", f"{year}-06-30", f"{year}-09-30")
    ]


PARTS = (0.3, 0.25, 0.2, 0.25)
"""Shares of the quarters in a year."""


def apple() -> dict[str, Any]:
    """Quarters one to three filed for three months and since the year's beginning, the fourth within the year only."""
    tags: dict[str, list[dict[str, Any]]] = {}
    units: dict[str, str] = {}

    def add(tag: str, *facts: dict[str, Any], unit: str = "USD") -> None:
        tags.setdefault(tag, []).extend(facts)
        units[tag] = unit

    for year in range(FIRST, LAST + 1):
        start, ends = fiscal_year(year)
        revenue = "SalesRevenueNet" if year < 2018 else "RevenueFromContractWithCustomerExcludingAssessedTax"
        for at, end in enumerate(ends):
            form, filed = ("10-K" if at == 3 else "10-Q"), end + pd.Timedelta(days=35)
            total = of_year(year)
            begin = start if at == 0 else ends[at - 1] + pd.Timedelta(days=1)
            for tag, share in ((revenue, 1.0), ("NetIncomeLoss", 0.2), ("OperatingIncomeLoss", 0.25)):
                if at < 3:
                    add(tag, fact(total * share * PARTS[at], end, begin, filed, form))
                if at > 0:
                    add(tag, fact(total * share * sum(PARTS[: at + 1]), end, start, filed, form))
            for tag, share in (
                ("NetCashProvidedByUsedInOperatingActivities", 0.3),
                ("PaymentsToAcquirePropertyPlantAndEquipment", 0.05),
                ("DepreciationDepletionAndAmortization", 0.05),
            ):  # of cash flows sums since the year's beginning are filed, and nothing else
                add(tag, fact(total * share * sum(PARTS[: at + 1]), end, start, filed, form))
            for tag, share in (("Assets", 2.0), ("StockholdersEquity", 0.8), ("LongTermDebtNoncurrent", 0.5)):
                add(tag, fact(total * share, end, None, filed, form))
            add("LongTermDebtCurrent", fact(total * 0.1, end, None, filed, form))
            add("CommonStockSharesOutstanding", fact(16.0, end, None, filed, form), unit="shares")
        add("InterestExpense", fact(of_year(year) * 0.02, ends[3], start, ends[3] + pd.Timedelta(days=35), "10-K"))
    start, ends = fiscal_year(2015)
    add("NetIncomeLoss", fact(111.0, ends[3], start, pd.Timestamp("2016-03-01"), "10-K/A"))  # an amendment
    facts = {tag: {"label": tag, "description": tag, "units": {units[tag]: rows}} for tag, rows in tags.items()}
    return {"cik": APPLE, "entityName": "Apple Inc.", "facts": {"us-gaap": facts}}


def sap() -> dict[str, Any]:
    tags: dict[str, list[dict[str, Any]]] = {}
    for year in range(2017, LAST + 1):
        start, end = pd.Timestamp(year, 1, 1), pd.Timestamp(year, 12, 31)
        filed = end + pd.Timedelta(days=60)
        for tag, share in (("Revenue", 1.0), ("ProfitLoss", 0.1)):
            tags.setdefault(tag, []).append(fact(of_year(year) * share, end, start, filed, "20-F"))
        tags.setdefault("Assets", []).append(fact(of_year(year) * 2, end, None, filed, "20-F"))
    facts = {tag: {"label": tag, "description": tag, "units": {"EUR": rows}} for tag, rows in tags.items()}
    dollars = [fact(5.0, pd.Timestamp("2023-12-31"), None, pd.Timestamp("2024-03-01"), "20-F")]
    facts["Assets"]["units"]["USD"] = dollars
    return {"cik": SAP, "entityName": "SAP SE", "facts": {"ifrs-full": facts}}


class StandIn:
    """The server; use as a context manager. ``asked`` lists path, original host and who asked, of every request."""

    def __init__(self, modes: dict[str, str] | None = None) -> None:
        self.modes = dict(modes or {})
        self.asked: list[tuple[str, str, str]] = []
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
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def running(modes: dict[str, str] | None = None) -> Iterator[StandIn]:
    with StandIn(modes) as server:
        yield server


class _Handler(BaseHTTPRequestHandler):
    stand_in: StandIn

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        path, server = urlsplit(self.path).path, self.stand_in
        server.asked.append((path, self.headers.get("X-Original-Host", ""), self.headers.get("User-Agent", "")))
        try:
            self._answer(path)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _answer(self, path: str) -> None:
        modes = self.stand_in.modes
        if path == "/files/company_tickers.json":
            if not self._fails(modes.get("symbols", "")):
                rows = {
                    str(at): {"cik_str": cik, "ticker": name, "title": name}
                    for at, (name, cik) in enumerate(SYMBOLS.items())
                }
                self._send(200, json.dumps(rows))
            return
        if path == "/files/company_tickers_mf.json":
            fund = [36405, "S000002277", "C000005880", "VFINX"]
            self._send(200, json.dumps({"fields": ["cik", "seriesId", "classId", "symbol"], "data": [fund]}))
            return
        cik = int("".join(filter(str.isdigit, path.rpartition("/")[2])) or 0)
        name = next((symbol for symbol, number in SYMBOLS.items() if number == cik), "")
        if self._fails(modes.get(name, "")):
            return
        if path.startswith("/api/xbrl/companyfacts/") and name:
            body = {APPLE: apple, SAP: sap}.get(cik, lambda: {"cik": cik, "entityName": name, "facts": {}})()
            self._send(200, json.dumps(body))
        elif path.startswith("/submissions/") and name:
            self._send(
                200,
                json.dumps({"cik": str(cik), "name": name, "tickers": [name], "filings": {"recent": {}, "files": []}}),
            )
        else:
            self._send(404, "<Error><Code>NoSuchKey</Code></Error>", "application/xml")

    def _fails(self, mode: str) -> bool:
        if mode == "truncated":
            self._send(200, '{"cik":320193,"entityName":"Apple')
        elif mode:
            self._send(int(mode), f"<html>{mode}</html>", "text/html")
        return bool(mode)

    def _send(self, status: int, body: str, kind: str = "application/json") -> None:
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
