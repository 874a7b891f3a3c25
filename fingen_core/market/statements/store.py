"""Statements on disk."""

import contextlib
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, unquote

import numpy as np

from fingen_core.errors import Unreadable
from fingen_core.market.statements.statements import Statements
from fingen_core.settings import home
from fingen_core.storage import Damaged, read_object, unreadable
from fingen_core.storage.files import write_text

__all__ = ["StatementStore"]


class StatementStore:
    """One JSON file per company under ``FINGEN_HOME/statements``; whole or not there."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def read(self, ticker: str) -> Statements | None:
        """What is kept of a company, if anything."""
        path = self._path(ticker)
        return _read(path, ticker) if path.exists() else None

    def damaged(self) -> list[Damaged]:
        """Statements that cannot be read any more."""
        found = []
        for path in sorted(self._place().glob("*.json")):
            ticker = unquote(path.stem)
            try:
                _read(path, ticker)
            except Unreadable as problem:
                found.append(Damaged(noun="company's statements", name=ticker, path=path, why=str(problem)))
        return found

    def write(self, statements: Statements) -> None:
        """Replace what is kept of a company."""
        text = json.dumps(statements.to_dict(), indent=1)
        write_text(self._path(statements.ticker), text)

    def renew(self, statements: Statements) -> None:
        """Replace what is kept by what a source has that knows no market value: one that was typed in stays.

        Where both name a currency and not the same, it does not.
        """
        kept, table = self.of([statements.ticker]).get(statements.ticker), statements.table.copy()
        if kept is not None and _same_currency(kept, statements) and np.isnan(statements.latest("Market value")):
            table.loc["Market value", table.columns[0]] = kept.latest("Market value")
        self.write(replace(statements, table=table))

    def of(self, tickers: Iterable[str]) -> dict[str, Statements]:
        """What is kept of several companies, by ticker; those without statements are left out."""
        found = {}
        for ticker in tickers:
            with contextlib.suppress(Unreadable):  # see damaged()
                kept = self.read(ticker)
                if kept is not None:
                    found[ticker] = kept
        return found

    def _place(self) -> Path:
        return self._folder or home() / "statements"

    def _path(self, ticker: str) -> Path:
        return self._place() / f"{quote(ticker, safe='')}.json"


def _same_currency(one: Statements, other: Statements) -> bool:
    return not (one.currency and other.currency) or one.currency == other.currency


def _read(path: Path, ticker: str) -> Statements:
    with unreadable(f"the stored statements of {ticker}", "fetch or enter them again"):
        return Statements.from_dict(ticker, read_object(path))
