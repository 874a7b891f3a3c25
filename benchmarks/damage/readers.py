"""What reads files: every way in, as pages and commands take it."""

from collections.abc import Callable

from fingen_core.market import upload
from fingen_core.market.statements import read_statements
from fingen_core.portfolio import holdings

__all__ = ["READERS"]

TICKERS = ("AAPL", "JPM", "JNJ", "XOM", "MSFT")


def _prices(data: bytes, name: str) -> None:
    answer = upload.understand(data, name)
    for reading in answer.readings:
        reading.prices()


def _holdings(data: bytes, name: str) -> None:
    holdings.understand(holdings.lines_of(data, name), TICKERS)


def _statements(data: bytes, name: str) -> None:
    read_statements(data, name, "AAPL", TICKERS)


READERS: dict[str, Callable[[bytes, str], None]] = {
    "prices": _prices,
    "holdings": _holdings,
    "statements": _statements,
}
