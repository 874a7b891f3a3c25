"""Holdings as people have them: pasted lines or a file with tickers and quantities, values or weights.

The way of a list: :func:`lines_of` gives its rows with the numbers they have in the file; :func:`parse` finds out what
the columns mean and refuses every fault by line, value, rule and remedy; :func:`to_portfolio` weighs what was read.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.market import upload
from fingen_core.market.currencies import Rate, code_of, unit_of
from fingen_core.market.parsing import decimal_mark, to_numbers
from fingen_core.portfolio.portfolio import Portfolio

__all__ = ["CASH", "KINDS", "Holdings", "Kind", "Line", "foreign", "lines_of", "parse", "to_portfolio"]

Kind: TypeAlias = Literal["quantity", "value", "weight"]
KINDS: tuple[Kind, ...] = ("quantity", "value", "weight")
CASH = "CASH"
"""The ticker of a line that is money; its number is an amount (of a list of weights, a weight)."""

_NAMES: dict[str, str] = {
    "ticker": r"ticker|symbol|asset|instrument|security|name|stock",
    "quantity": r"quantity|qty|shares|units|position|pieces|nominal",
    "value": r"value|amount|market.?value|exposure|worth|notional|market.?cap",
    "weight": r"weight|share of|allocation|percent|%",
    "currency": r"currency|ccy|cur\b",
}
_NOTHING: Mapping[str, str] = MappingProxyType({})
_MOST_LINES, _MOST_BYTES, _MOST_TOLD = 2_000, 2 * 2**20, 5
_LEFT_OUT = {"", "total", "sum"}
_QUOTED = re.compile(r'"[^"]*"')
_BEFORE_PERCENT = re.compile(r"\s+%")
_PARTING_COMMA = re.compile(r"(?<!\d),|,(?!\d)")


@dataclass(frozen=True)
class Line:
    """A row with the number that it has in the file."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Holdings:
    """What a list says.

    Attributes
    ----------
    kind : {"quantity", "value", "weight"}
    amounts : dict
        Numbers by ticker.
    cash : dict
        Money by currency; of lines that name none under "".
    currencies : dict
        What a holding's price or value is in, by ticker; where nobody says so it is left out.
    percent : bool
        Whether weights had percent signs: then they are decimals already, however large.
    """

    kind: Kind
    amounts: dict[str, float]
    cash: dict[str, float] = field(default_factory=dict)
    currencies: dict[str, str] = field(default_factory=dict)
    percent: bool = False

    @property
    def currency(self) -> str:
        """The one currency that is named; empty if it is none or several."""
        named = {unit_of(code)[0] for code in (*self.currencies.values(), *self.cash) if code}
        return named.pop() if len(named) == 1 else ""


def lines_of(data: bytes, name: str = "the list") -> list[Line]:
    """The rows of pasted text, a CSV or an Excel file, empty ones left out.

    Raises
    ------
    InvalidInput
        If there is nothing, too much, or a file of another kind.
    """
    if not data.strip():
        raise InvalidInput(f"{name} is empty: give one line per holding, for instance AAPL, 120")
    if len(data) > _MOST_BYTES:
        raise InvalidInput(f"{name} has {len(data) / 2**20:.0f} MB, at most 2 MB are read: leave other columns out")
    found = _of_sheet(data, name) if data[:4] == b"PK\x03\x04" else _of_text(data, name)
    if len(found) > _MOST_LINES:
        raise InvalidInput(f"{name} has {len(found):,} lines, at most {_MOST_LINES:,} are read: leave some out")
    return found


def parse(
    lines: Sequence[Line], tickers: Sequence[str], kind: Kind = "quantity", quoted: Mapping[str, str] = _NOTHING
) -> Holdings:
    """What the lines mean.

    Parameters
    ----------
    lines : sequence of Line
        The first one may name the columns; then their order is free. Without names: ticker, number, currency.
    tickers : sequence of str
        The assets of the market; large and small letters are alike.
    kind : {"quantity", "value", "weight"}
        What the numbers are, unless the name of their column says so.
    quoted : mapping
        What prices are quoted in, by ticker, where that is known: quantities are valued in it.

    Raises
    ------
    InvalidInput
        Naming up to five faulty lines, each in a paragraph of its own.
    """
    if not lines:
        raise InvalidInput("no line holds anything: give one line per holding, for instance AAPL, 120")
    named = _header(lines[0].cells)
    rows = lines[1:] if named else lines
    columns = named or {"ticker": 0, kind: 1, "currency": 2}
    found_kind: Kind = next((one for one in ("value", "quantity", "weight") if one in columns), kind)
    if not rows:
        raise InvalidInput("only the names of columns were found: add one line per holding below them")
    numbers = [_cell(row, columns[found_kind]) for row in rows]
    mark = decimal_mark(pd.Series(numbers), ";" if any(";" in cell for row in rows for cell in row.cells) else "")
    values, wrong = to_numbers(pd.Series(numbers, dtype=object), mark)
    reading = _Reading(
        tickers, found_kind, quoted if found_kind == "quantity" else {}, any(number.endswith("%") for number in numbers)
    )
    for row, value, bad in zip(rows, values, wrong, strict=True):
        told = {meaning: _cell(row, at) for meaning, at in columns.items()}
        reading.take(row.number, told, np.nan if bad else float(value))
    return reading.holdings()


def foreign(holdings: Holdings, currency: str) -> dict[str, list[str]]:
    """What has to be converted into ``currency``: holdings (and ``CASH``) by the currency that they are in.

    Weights are shares of the whole and need no rate.
    """
    found: dict[str, list[str]] = {}
    if holdings.kind != "weight":
        named = [*holdings.currencies.items(), *((CASH, code) for code in holdings.cash)]
        for ticker, code in named:
            unit, _ = unit_of(code)
            if unit and unit != currency:
                found.setdefault(unit, []).append(ticker)
    return found


def to_portfolio(
    holdings: Holdings,
    prices: Mapping[str, float],
    *,
    name: str,
    value: float = 1_000_000.0,
    currency: str = "",
    rates: Iterable[Rate] = (),
) -> Portfolio:
    """Weights of holdings.

    Parameters
    ----------
    holdings : Holdings
    prices : mapping
        Price by ticker, for quantities.
    name : str
    value : float
        Of the portfolio when the list has weights only.
    currency : str
        Of the portfolio; by default the one that the list names, or dollars. What names no currency is taken to be in
        it.
    rates : iterable of Rate
        Into that currency, for what is in another one.

    Raises
    ------
    InvalidInput
        If a rate is missing, or the holdings are worth nothing on balance: weights would be a division by zero.
    """
    amounts, kind = holdings.amounts, holdings.kind
    used: tuple[Rate, ...] = ()
    currency = currency or holdings.currency or "USD"
    if kind == "weight":
        size = sum(abs(amount) for amount in amounts.values()) + sum(abs(amount) for amount in holdings.cash.values())
        scale = 100.0 if size > 2.5 and not holdings.percent else 1.0  # 60, 40 are percent; 0.6, 0.4 are not
        weights = {ticker: amount / scale for ticker, amount in amounts.items()}
        note = f"Weights of {len(amounts)} holdings{', read as percent' if scale > 1 else ''}"
    else:
        apart = foreign(holdings, currency)
        known = {rate.base: rate for rate in rates if rate.quote == currency}
        _refuse_without_rates(apart, known, currency)
        used = tuple(known[code] for code in apart)

        def one(code: str) -> float:
            unit, part = unit_of(code)
            return part * (known[unit].value if unit in apart else 1.0)

        worth = {
            ticker: amount * (prices[ticker] if kind == "quantity" else 1) * one(holdings.currencies.get(ticker, ""))
            for ticker, amount in amounts.items()
        }
        value = sum(worth.values()) + sum(amount * one(code) for code, amount in holdings.cash.items())
        if value <= 0:
            raise InvalidInput(
                f"holdings worth {value:,.0f} with cash: weights need a value above 0; add a line {CASH} with what "
                "backs the short positions"
            )
        weights = {ticker: amount / value for ticker, amount in worth.items()}
        note = f"{len(amounts)} holdings by {kind}" + (", at the last close" if kind == "quantity" else "")
    return Portfolio(
        name=name,
        tickers=tuple(weights),
        weights=tuple(weights.values()),
        value=value,
        currency=currency,
        note=note,
        rates=used,
    )


def _refuse_without_rates(apart: Mapping[str, Sequence[str]], known: Mapping[str, Rate], currency: str) -> None:
    told = []
    for code, tickers in apart.items():
        if code not in known:
            some = f"{', '.join(tickers[:4])}{' and more' * (len(tickers) > 4)}"
            told.append(
                f"{some} in {code}, but the portfolio is valued in {currency}: give the rate of {code} in {currency}, "
                f"or value it in {code}"
            )
    if told:
        raise InvalidInput("\n\n".join(told))


class _Reading:
    """Takes line after line and keeps every fault."""

    def __init__(self, tickers: Sequence[str], kind: Kind, quoted: Mapping[str, str], percent: bool) -> None:
        self._known = {ticker.upper(): ticker for ticker in tickers}
        self._kind = kind
        self._percent = percent
        self._amounts: dict[str, float] = {}
        self._lines: dict[str, int] = {}
        self._quoted = quoted
        self._cash: dict[str, float] = {}
        self._currencies: dict[str, str] = {}
        self._faults: list[str] = []

    def take(self, line: int, cells: Mapping[str, str], value: float) -> None:
        name, text = cells["ticker"], cells[self._kind]
        if name.lower() in _LEFT_OUT:
            return
        code = code_of(cells.get("currency", ""))
        ticker = CASH if name.upper().split()[-1] == CASH else self._known.get(name.upper(), "")
        if not ticker:
            some = ", ".join(list(self._known.values())[:6])
            self._fault(line, f'"{name[:30]}" is not in this market ({some} ...): remove the line, or load it first')
        elif (key := f"{ticker} {unit_of(code)[0]}" if ticker == CASH else ticker) in self._lines:
            self._fault(line, f"{key.strip()} stands in line {self._lines[key]} already: add the two up")
        elif text.endswith("%") and self._kind != "weight":
            self._fault(line, f'"{text[:30]}" is a percentage, not a {self._kind}: choose Weights, or leave the % out')
        elif not text:
            self._fault(line, f"{ticker} has no {self._kind}: write a number after it, like 1250.5")
        elif not np.isfinite(value):
            self._fault(line, f'"{text[:30]}" is not a {self._kind}: write a finite number like 1250.5')
        elif self._percent and value and not text.endswith("%"):
            self._fault(line, f'"{text[:30]}" has no % sign, other lines have: write it in all lines or in none')
        else:
            self._lines[key] = line
            if ticker == CASH:
                part = unit_of(code)[1] if self._kind != "weight" else 1.0  # a share of the whole has no unit
                self._cash[unit_of(code)[0]] = value * part
                self._refuse_odd(line, cells.get("currency", ""), code)
            else:
                self._amounts[ticker] = value
                self._take_currency(line, ticker, cells.get("currency", ""), code)

    def _take_currency(self, line: int, ticker: str, text: str, code: str) -> None:
        """What the line says, unless it is known what the price is quoted in."""
        quoted = self._quoted.get(ticker, "")
        if code and quoted and unit_of(code)[0] != unit_of(quoted)[0]:
            self._fault(
                line,
                f"{code}, but the price of {ticker}, at which its quantity is valued, is quoted in {quoted}: leave the "
                "currency out, or give a value instead of a quantity",
            )
        self._refuse_odd(line, text, code)
        if quoted or code:
            self._currencies[ticker] = quoted or code

    def _refuse_odd(self, line: int, text: str, code: str) -> None:
        if text.strip() and not code:
            self._fault(line, f'"{text[:30]}" is not a currency: write three letters, for instance EUR')

    def _fault(self, line: int, text: str) -> None:
        self._faults.append(f"line {line}: {text}")

    def holdings(self) -> Holdings:
        if self._faults:
            more = len(self._faults) - _MOST_TOLD
            told = self._faults[:_MOST_TOLD] + ([f"and {more} more lines like these"] if more > 0 else [])
            raise InvalidInput("\n\n".join(told))
        if not any(self._amounts.values()):
            raise InvalidInput("every number is 0 or money, so nothing can be won or lost: hold at least one asset")
        return Holdings(
            kind=self._kind,
            amounts=self._amounts,
            cash=self._cash,
            currencies=self._currencies,
            percent=self._percent,
        )


def _of_text(data: bytes, name: str) -> list[Line]:
    if b"\x00" in data[:4096]:
        raise InvalidInput(f"{name} is no text and no Excel file (.xlsx): save it as CSV or Excel")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    found = [Line(number, _cells_of(row)) for number, row in enumerate(text.splitlines(), 1)]
    return [line for line in found if any(line.cells)]


def _cells_of(row: str) -> tuple[str, ...]:
    """The cells of a line by its own separator: in pasted lists lines differ, and one odd line must not spoil all."""
    separator = _separator(row)
    cells = (
        next(csv.reader(io.StringIO(row), delimiter=separator), [])
        if separator
        else _BEFORE_PERCENT.sub("%", row).split()
    )
    return tuple(cell.strip() for cell in cells)


def _separator(row: str) -> str | None:
    """What parts the cells of a line; ``None`` for blanks.

    A comma between two digits parts only where no blank does: "PG 1,200.50" is a ticker and a number.
    """
    bare = _QUOTED.sub("", row)
    mark = next((mark for mark in "\t;|" if mark in bare), None)
    if mark or "," not in bare:
        return mark
    return "," if _PARTING_COMMA.search(bare) or len(bare.split()) == 1 else None


def _of_sheet(data: bytes, name: str) -> list[Line]:
    table = upload.read(data, name)
    first = int(table.attrs.get("first_row", 2))
    head = Line(first - 1, tuple(str(column) for column in table.columns))
    rows = table.astype(object).where(table.notna(), "")
    body = [Line(first + at, tuple(str(cell).strip() for cell in row)) for at, row in enumerate(rows.to_numpy())]
    return [head, *(line for line in body if any(line.cells))]


def _header(cells: Sequence[str]) -> dict[str, int]:
    """Columns by what their names mean; empty if the line names none."""
    found: dict[str, int] = {}
    for meaning, pattern in _NAMES.items():
        at = next((i for i, cell in enumerate(cells) if re.search(rf"\b({pattern})", cell.lower())), None)
        if at is not None and at not in found.values():
            found[meaning] = at
    numeric = [meaning for meaning in KINDS if meaning in found]
    return found if "ticker" in found and numeric else {}


def _cell(line: Line, at: int) -> str:
    return line.cells[at] if at < len(line.cells) else ""
