"""Fetches from Yahoo and the SEC that go on while the page is redrawn, and can be watched and stopped.

It takes a second or two per ticker, and a rerun of the page would end a fetch that ran inside it. What was fetched
before a stop is kept on disk.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

from fingen_core.errors import FinGenError, SourceUnavailable
from fingen_core.market.statements import Statements, StatementStore
from fingen_core.market.yahoo.client import Fetched, Yahoo

__all__ = ["Fetch", "StatementsFetch", "StatementsSource", "Wish"]


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is asked for."""

    tickers: tuple[str, ...]
    start: date
    end: date | None
    name: str


class StatementsSource(Protocol):
    """Who answers for the statements of a company."""

    def statements(self, ticker: str, *, quarterly: bool = False) -> Statements:
        """Statements of one company, or an error that says why there are none."""


_Source = TypeVar("_Source")


class _Fetching:
    """Work in a thread that a page watches by ``done`` of ``total``, and may stop between two tickers."""

    def __init__(self, work: Callable[[_Source], None], source: _Source, total: int, name: str) -> None:
        self.done, self.total = 0, total
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=work, args=(source,), daemon=True, name=name)
        self._thread.start()

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        """End it before the next ticker."""
        self._stopped.set()

    def wait(self, seconds: float) -> None:
        """Return when it has ended, or after so many seconds."""
        self._thread.join(seconds)


class Fetch(_Fetching):
    """One fetch of prices; the page reads ``done``, ``total`` and ``text``, then ``result`` or ``problem``."""

    def __init__(self, yahoo: Yahoo, wish: Wish) -> None:
        self.wish, self.text = wish, "Starting"
        self.result: Fetched | None = None
        self.problem: FinGenError | None = None
        super().__init__(self._work, yahoo, len(wish.tickers), "yahoo")

    def _work(self, yahoo: Yahoo) -> None:
        wish = self.wish
        try:
            self.result = yahoo.fetch(
                wish.tickers,
                f"{wish.start}",
                f"{wish.end}" if wish.end else None,
                name=wish.name,
                on_progress=self._tell,
            )
        except FinGenError as problem:
            self.problem = problem
        finally:
            # Anything else is a bug: the interpreter logs its traceback, and the page must not wait forever.
            if self.result is None and self.problem is None:
                self.problem = SourceUnavailable("The fetch ended without a word: see the server's log, and try again.")

    def _tell(self, done: int, total: int, text: str) -> None:
        if self._stopped.is_set():
            raise SourceUnavailable(
                f"Stopped after {done} of {total} tickers; what has come is kept for the next fetch."
            )
        self.done, self.total, self.text = done, total, text


class StatementsFetch(_Fetching):
    """Statements of several companies, kept one by one.

    The page reads ``done``, ``total`` and ``problems``, sentences about companies that failed.
    """

    _patience = 2

    def __init__(self, source: StatementsSource, tickers: tuple[str, ...]) -> None:
        self.tickers = tickers
        self.problems: list[str] = []
        super().__init__(self._work, source, len(tickers), "statements")

    def _work(self, source: StatementsSource) -> None:
        ended = False
        try:
            self._fetch(source)
            ended = True
        finally:
            # Anything else is a bug: the interpreter logs its traceback, and the page must say that some are missing.
            if not ended:
                self.problems.append("The fetch ended without a word: see the server's log, and try again.")

    def _fetch(self, source: StatementsSource) -> None:
        store, failed = StatementStore(), 0
        for ticker in self.tickers:
            if self._stopped.is_set():
                return
            try:
                store.renew(source.statements(ticker))
                failed = 0
            except FinGenError as problem:
                self.problems.append(str(problem))
                failed += 1
            self.done += 1
            if failed >= self._patience:  # it is the source, not the company: no storm of requests that fail
                self.problems.append(f"Given up after {failed} failures in a row: try the rest later.")
                return
