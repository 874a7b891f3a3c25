"""What becomes of a line: an asset of the market, money, something that is left out and why, or no holding at all."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from fingen_core.market.currencies import code_of
from fingen_core.portfolio.holdings.blocks import Row
from fingen_core.portfolio.holdings.codes import is_isin
from fingen_core.portfolio.holdings.columns import NUMERIC, Columns, at
from fingen_core.portfolio.holdings.entries import CASH, Entry
from fingen_core.portfolio.holdings.lines import Line
from fingen_core.portfolio.holdings.numbers import is_missing, looks_like_number, money_in, numbers
from fingen_core.portfolio.holdings.symbols import Found, Universe, derivative_of
from fingen_core.portfolio.holdings.words import (
    CODES_OF_TICKERS,
    currency_in,
    is_cash,
    is_note,
    is_pending,
    is_short,
    is_total,
    kind_of_class,
)

__all__ = ["Reader", "values_of"]

_ARTICLES = {"option": "an option", "future": "a future", "bond": "a bond", "CFD": "a CFD"}


def values_of(lines: Sequence[Line], columns: Columns, mark: str) -> dict[str, dict[int, float]]:
    """Numbers by meaning and line, NaN where there is none; a column is read at once."""
    named = [(meaning, columns.at[meaning]) for meaning in NUMERIC if meaning in columns.at]
    return {
        meaning: {
            line.number: value
            for line, value in zip(lines, numbers([at(line, place) for line in lines], mark), strict=True)
        }
        for meaning, place in named
    }


@dataclass(frozen=True)
class Reader:
    """Reads the rows of one block.

    Attributes
    ----------
    columns : Columns
    universe : Universe
    assigned : mapping
        Assets that somebody chose for lines, by their number.
    same : bool
        Whether assets that a symbol may mean are taken, as somebody said.
    values : mapping
        What :func:`values_of` gives.
    """

    columns: Columns
    universe: Universe
    assigned: Mapping[int, str]
    same: bool = False
    values: Mapping[str, Mapping[int, float]] = field(default_factory=dict)

    def entry(self, row: Row) -> Entry:
        """What becomes of a row."""
        symbol, code, name = self._texts(row)
        entry = self._numbers(row, symbol or name or code)
        if row.line.number in self.assigned:
            chosen = self.assigned[row.line.number]
            return replace(entry, fate="matched" if chosen else "left out", ticker=chosen, reason="chosen by hand")
        no_holding = self._no_holding(row, symbol, name or code, entry)
        if no_holding:
            return replace(entry, fate="no holding", reason=no_holding)
        told = symbol if symbol else name if not is_isin(code) else ""
        if is_pending(symbol) or is_pending(name):
            return replace(entry, reason="not settled yet")
        if self._is_money(row, symbol, name, entry):
            return self._money(entry, symbol, name)
        other = self._other(row, symbol, name)
        if other:
            return replace(entry, reason=f"{other}, only shares and funds of this market are taken")
        return self._found(entry, self._find(row, told, code, name))

    def hint(self, row: Row) -> str:
        """The asset that a row plainly means; empty if none."""
        symbol, code, name = self._texts(row)
        return self._find(row, symbol or ("" if is_isin(code) else name), code, name, near=False).ticker

    def _find(self, row: Row, symbol: str, code: str, name: str, near: bool = True) -> Found:
        exchange, currency = at(row.line, self.columns.at.get("exchange")), self._currency(row, "price")
        return self.universe.find(symbol, code=code, name=name, exchange=exchange, currency=currency, near=near)

    def _found(self, entry: Entry, found: Found) -> Entry:
        if found.ticker or (found.doubt and self.same):
            reason = found.reason if found.ticker else f"taken as {found.doubt}"
            return replace(entry, fate="matched", ticker=found.ticker or found.doubt, reason=reason)
        if found.doubt:
            return replace(entry, reason=found.reason, nearest=found.doubt, ticker=found.doubt)
        return replace(entry, reason=found.reason, nearest=found.nearest)

    def _texts(self, row: Row) -> tuple[str, str, str]:
        """Symbol, code and name; a code in the place of a symbol is moved."""
        symbol, code, name = (at(row.line, self.columns.at.get(one)) for one in ("symbol", "code", "name"))
        symbol, code, name = ("" if is_missing(text) else text.strip() for text in (symbol, code, name))
        if is_isin(symbol) and not code and not self.universe.has(symbol):
            symbol, code = "", symbol
        return symbol, code, name

    def _numbers(self, row: Row, label: str) -> Entry:
        price, currency = self._number(row, "price"), self._currency(row, "value")
        quantity, value, weight = (self._signed(row, one) for one in ("quantity", "value", "weight"))
        value = value * self.columns.times if value is not None else None
        priced = value is None and quantity is not None and price is not None
        if quantity is not None and price is not None and priced:
            value, currency = quantity * price, self._currency(row, "price")
        elif value is None:
            currency = self._currency(row, "price")
        return Entry(
            line=row.line.number,
            name=label if len(label) <= 60 else f"{label[:57]}...",
            fate="left out",
            quantity=quantity,
            value=value,
            weight=weight,
            priced=priced,
            currency=currency,
        )

    def _signed(self, row: Row, meaning: str) -> float | None:
        """A number, below 0 on the short side."""
        value = self._number(row, meaning)
        short = is_short(at(row.line, self.columns.at.get("side")))
        return -abs(value) if short and value is not None else value

    def _number(self, row: Row, meaning: str) -> float | None:
        value = self.values.get(meaning, {}).get(row.line.number, np.nan)
        return value if np.isfinite(value) else None

    def _currency(self, row: Row, meaning: str) -> str:
        """What a number is in: by the name of its column, by what stands beside it, by a column of currencies."""
        named = self.columns.money.get(meaning, "") or money_in(at(row.line, self.columns.at.get(meaning)))
        return named or code_of(at(row.line, self.columns.at.get("currency")))

    def _no_holding(self, row: Row, symbol: str, name: str, entry: Entry) -> str:
        """Why a line is none at all; empty if it is one."""
        if self.universe.has(symbol):
            return ""
        first = row.line.filled[0]
        if is_total(symbol) or (not symbol and is_total(name)) or (is_total(first) and not looks_like_number(first)):
            return "a total"
        if not symbol and not name:
            return "no symbol and no name, perhaps a total"
        empty = entry.quantity is None and entry.value is None and entry.weight is None
        return "a note" if empty and is_note(symbol or name) else ""

    def _is_money(self, row: Row, symbol: str, name: str, entry: Entry) -> bool:
        if self.universe.has(symbol) and symbol.upper() != CASH:
            return False
        said = kind_of_class(at(row.line, self.columns.at.get("class")))
        kind = said or row.section
        if kind not in ("cash", "stock", ""):
            return False
        if kind == "cash" and self._is_traded(row, entry):
            kind = ""
        ends = f"{symbol} {name}".upper().split()
        return is_cash(symbol, name, kind) or bool(symbol and symbol.upper().split()[-1] == CASH and ends)

    def _is_traded(self, row: Row, entry: Entry) -> bool:
        """Whether a line has a price: an account of the type "Cash" holds shares too."""
        price = self._number(row, "price")
        if price is None and entry.quantity and entry.value:
            price = entry.value / entry.quantity
        return entry.quantity is not None and price is not None and not 0.9 < price < 1.1

    def _money(self, entry: Entry, symbol: str, name: str) -> Entry:
        named = currency_in(symbol) or currency_in(name)
        currency = entry.currency
        if entry.value is None or not currency:
            currency = named or currency
        value = entry.value if entry.value is not None else entry.quantity
        return replace(entry, fate="cash", ticker=CASH, value=value, currency=currency)

    def _other(self, row: Row, symbol: str, name: str) -> str:
        """ "an option", "a bond" ... by its class, its section or its symbol; empty for what may be a share."""
        said = kind_of_class(at(row.line, self.columns.at.get("class"))) or row.section
        kind = "" if self.universe.has(symbol) and said == row.section else said
        if self.universe.has(symbol) and kind in ("bond", "cash", ""):
            return ""  # funds of bonds are of that class too
        if kind and kind not in ("stock", "cash"):
            return _ARTICLES.get(kind, f"a {kind}")
        if symbol.upper() in CODES_OF_TICKERS and not re.search(r"[a-z]", name):
            return "a currency or a company of that symbol"
        return derivative_of(symbol, name)
