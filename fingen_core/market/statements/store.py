"""Statements on disk."""

import json
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

import numpy as np

from fingen_core.errors import InvalidInput
from fingen_core.market.files import write_text
from fingen_core.market.statements.statements import Statements
from fingen_core.settings import home

__all__ = ["StatementStore"]


class StatementStore:
    """One JSON file per company under ``FINGEN_HOME/statements``; whole or not there."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def read(self, ticker: str) -> Statements | None:
        """What is kept of a company, if anything."""
        path = self._path(ticker)
        if not path.exists():
            return None
        try:
            return Statements.from_dict(ticker, json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidInput(f"the stored statements of {ticker} cannot be read: enter them again") from error

    def write(self, statements: Statements) -> None:
        """Replace what is kept of a company."""
        text = json.dumps(statements.to_dict(), indent=1)
        write_text(self._path(statements.ticker), text)

    def renew(self, statements: Statements) -> None:
        """Replace what is kept by what a source has that knows no market value: one that was typed in stays."""
        kept, table = self.read(statements.ticker), statements.table.copy()
        if kept is not None and np.isnan(statements.latest("Market value")):
            table.loc["Market value", table.columns[0]] = kept.latest("Market value")
        self.write(Statements(ticker=statements.ticker, table=table, source=statements.source))

    def of(self, tickers: Iterable[str]) -> dict[str, Statements]:
        """What is kept of several companies, by ticker; those without statements are left out."""
        return {ticker: found for ticker in tickers if (found := self.read(ticker)) is not None}

    def _path(self, ticker: str) -> Path:
        return (self._folder or home() / "statements") / f"{quote(ticker, safe='')}.json"
