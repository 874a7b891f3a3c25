"""A company's statements: items by period, as far as they are known, and the ratios that follow from them.

What is missing is missing: it stays NaN, is never taken for zero, and a ratio that needs it is missing too.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self
from urllib.parse import quote

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.market.files import write_text
from fingen_core.market.parsing import decimal_mark, to_numbers
from fingen_core.market.periods import ends_of, is_quarterly, of_a_year, year_before
from fingen_core.settings import home
from fingen_core.types import Array

__all__ = [
    "ITEMS",
    "RATIOS",
    "Ratio",
    "StatementStore",
    "Statements",
    "from_table",
    "ratios",
    "several_from_table",
]

ITEMS: Mapping[str, str] = MappingProxyType(
    {
        "Market value": "Balance sheet",
        "Shares outstanding": "Balance sheet",
        "Total assets": "Balance sheet",
        "Total equity": "Balance sheet",
        "Total debt": "Balance sheet",
        "Cash": "Balance sheet",
        "Current assets": "Balance sheet",
        "Current liabilities": "Balance sheet",
        "Revenue": "Income statement",
        "EBITDA": "Income statement",
        "EBIT": "Income statement",
        "Interest expense": "Income statement",
        "Net income": "Income statement",
        "Operating cash flow": "Cash flow",
        "Capital expenditure": "Cash flow",
    }
)
"""Items and the statement that each stands in; market value comes from the exchange, the rest from the company. Shares
are counted in millions, like the amounts."""

_TICKERS = ("ticker", "symbol", "company")
_ALSO_CALLED = {
    "marketcap": "Market value",
    "marketcapitalization": "Market value",
    "shares": "Shares outstanding",
    "numberofshares": "Shares outstanding",
    "ordinarysharesnumber": "Shares outstanding",
    "stockholdersequity": "Total equity",
    "equity": "Total equity",
    "debt": "Total debt",
    "cashandcashequivalents": "Cash",
    "totalrevenue": "Revenue",
    "sales": "Revenue",
    "operatingincome": "EBIT",
    "netincomecommonstockholders": "Net income",
    "cashflowfromoperations": "Operating cash flow",
    "capex": "Capital expenditure",
}


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """A ratio with its definition; ``of`` takes the items of one period, missing ones as NaN."""

    name: str
    group: str
    definition: str
    items: tuple[str, ...]
    of: Callable[..., float]
    is_share: bool = False


def _over(numerator: float, denominator: float) -> float:
    """NaN where the denominator is missing or not above 0: such a ratio says nothing."""
    return numerator / denominator if denominator > 0 else float("nan")


def _quotient(name: str, group: str, over: str, under: str, *, is_share: bool = False) -> Ratio:
    """One item over another."""
    definition = f"{over} / {under.lower()}"
    return Ratio(name=name, group=group, definition=definition, items=(over, under), of=_over, is_share=is_share)


RATIOS: tuple[Ratio, ...] = (
    _quotient("Debt / assets", "Leverage", "Total debt", "Total assets", is_share=True),
    Ratio(
        name="Net debt / EBITDA",
        group="Leverage",
        definition="(Total debt less cash) / EBITDA",
        items=("Total debt", "Cash", "EBITDA"),
        of=lambda debt, cash, ebitda: _over(debt - cash, ebitda),
    ),
    _quotient("Interest coverage", "Coverage", "EBITDA", "Interest expense"),
    _quotient("EBITDA margin", "Margins", "EBITDA", "Revenue", is_share=True),
    _quotient("Net margin", "Margins", "Net income", "Revenue", is_share=True),
    _quotient("Return on assets", "Margins", "Net income", "Total assets", is_share=True),
    _quotient("Current ratio", "Liquidity", "Current assets", "Current liabilities"),
)
"""Ratios of one period; growth of revenue, which needs two, is added by ``ratios``."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Statements:
    """Items of one company by period.

    Attributes
    ----------
    ticker : str
    table : DataFrame
        Index: ``ITEMS``. Columns: periods, the newest first: where all of them name a day, they are put in that order.
        Amounts in millions; NaN is missing.
    source : str
        Where they came from, for people.
    """

    ticker: str
    table: pd.DataFrame
    source: str

    def __post_init__(self) -> None:
        table = self.table.reindex(list(ITEMS)).astype(np.float64)
        if not len(table.columns) or np.isinf(table.to_numpy()).any():
            raise InvalidInput(f"statements of {self.ticker} with {len(table.columns)} periods: give one, all finite")
        table.columns = [str(name) for name in table.columns]
        object.__setattr__(self, "table", _newest_first(table))

    def latest(self, item: str) -> float:
        """The newest known amount of an item; NaN where there is none."""
        known = self.table.loc[item].dropna()
        return float(known.iloc[0]) if len(known) else float("nan")

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, ``null`` for what is missing; ``from_dict`` gives back an equal value."""
        values = [[None if np.isnan(value) else value for value in row] for row in self.table.to_numpy().tolist()]
        return {
            "items": list(self.table.index),
            "periods": list(self.table.columns),
            "values": values,
            "source": self.source,
        }

    @classmethod
    def from_dict(cls, ticker: str, kept: Mapping[str, Any]) -> Self:
        """Read ``to_dict()``; ``ValueError``, ``KeyError`` or ``TypeError`` if it is something else."""
        table = pd.DataFrame(kept["values"], index=kept["items"], columns=kept["periods"], dtype=np.float64)
        return cls(ticker=ticker, table=table, source=kept["source"])

    @property
    def are_quarterly(self) -> bool:
        """Whether all periods name their ends and are quarters."""
        ends = ends_of(self.table.columns)
        return ends is not None and is_quarterly(ends, self.table.columns)

    @property
    def newest(self) -> str:
        """The newest period of which anything is known: people leave columns empty."""
        known = self.table.notna().any()
        return str(known.idxmax())


def _newest_first(table: pd.DataFrame) -> pd.DataFrame:
    """Files may begin with the oldest period, and what is read as the newest must not be ten years old."""
    ends = ends_of(table.columns)
    return table if ends is None else table.iloc[:, np.argsort(-ends.asi8)]  # else the order is all that is known


def ratios(statements: Statements) -> pd.DataFrame:
    """Ratios by period; index: names, columns: periods. Missing where an item is missing.

    Income and cash flow of a quarter are those of the year that it ends, or a quarter's debt would be four times its
    EBITDA's where a year's is not. Growth is that of the period itself over the same one a year before.
    """
    table, found = statements.table, {}
    if statements.are_quarterly:
        table = _yearly(table)
    for ratio in RATIOS:
        found[ratio.name] = [ratio.of(*(float(table.loc[item, p]) for item in ratio.items)) for p in table.columns]
    revenue = statements.table.loc["Revenue"]
    found["Revenue growth"] = [_over(now, then) - 1 for now, then in zip(revenue, _before(revenue), strict=True)]
    return pd.DataFrame(found, index=table.columns).T


def _yearly(quarters: pd.DataFrame) -> pd.DataFrame:
    """The same periods with income and cash flow summed over four quarters."""
    table, ends = quarters.copy(), ends_of(quarters.columns)
    for item in (item for item, kind in ITEMS.items() if kind != "Balance sheet"):
        amounts = pd.Series(quarters.loc[item].to_numpy(), ends)
        table.loc[item] = [of_a_year(amounts, end) for end in amounts.index]
    return table


def _before(amounts: pd.Series) -> Iterable[float]:
    """What an item was a year before each period; in the next column where periods name no days."""
    ends = ends_of(amounts.index)
    if ends is None:
        return [*amounts.to_numpy()[1:], float("nan")]
    dated = pd.Series(amounts.to_numpy(), ends)
    return [year_before(dated, end) for end in ends]


def from_table(table: pd.DataFrame, ticker: str, source: str, decimal: str = "") -> Statements:
    """Statements from a file's cells: the first column names items, the others are periods.

    Periods that all name their ends come out with the newest first, however the file has them. The decimal mark is that
    of the whole file unless ``decimal`` says it.

    Raises
    ------
    InvalidInput
        If no item is known, a name comes twice, or a cell is neither empty nor a finite number.
    """
    if table.shape[1] < 2:
        raise InvalidInput(f"{source} has {table.shape[1]} columns: the first names items, each other is a period")
    periods, rows = [str(name) for name in table.columns[1:]], {}
    mark = decimal or _mark(table.iloc[:, 1:])
    columns = {period: _amounts(table[period], table.iloc[:, 0], mark) for period in periods}
    for at, name in enumerate(table.iloc[:, 0]):
        item = _item(str(name))
        if item in rows:
            raise InvalidInput(f"{item} stands in {source} twice: keep one row")
        if item:
            rows[item] = [columns[period][at] for period in periods]
    if not rows:
        raise InvalidInput(f"{source} names no known item: use {', '.join(ITEMS)} in its first column")
    return Statements(ticker=ticker, table=pd.DataFrame(rows, index=periods).T, source=source)


def _mark(cells: pd.DataFrame) -> str:
    """The decimal mark of all amounts of a file."""
    text = pd.concat([cells[column].astype("string") for column in cells], ignore_index=True)
    return decimal_mark(text.dropna(), str(cells.attrs.get("separator", "")))


def _amounts(cells: pd.Series, names: pd.Series, mark: str) -> Array:
    """Amounts of one period; NaN where a cell is empty."""
    text = cells.astype("string")
    numbers, wrong = to_numbers(text, mark)
    wrong |= np.isinf(numbers)
    if wrong.any():
        at = int(np.flatnonzero(wrong.to_numpy())[0])
        raise InvalidInput(f"{text.iloc[at]!r} for {names.iloc[at]} in {cells.name} is no number: mend it or empty it")
    return np.asarray(numbers, dtype=np.float64)


def several_from_table(table: pd.DataFrame, source: str, tickers: Iterable[str] = ()) -> dict[str, Statements]:
    """Statements of several companies from one file: the first column names tickers, the second items.

    Large and small letters are alike: companies are called as in ``tickers``, others in capitals.

    Raises
    ------
    InvalidInput
        As of ``from_table``, or if the first column is not called ticker, symbol or company, or is empty in a row.
    """
    first = str(table.columns[0]).strip().lower()
    if table.shape[1] < 3 or first not in _TICKERS:
        raise InvalidInput(
            f"{source} begins with a column {str(table.columns[0])[:40]!r}: for several companies the first column is "
            "called ticker, the second names items, and each other is a period such as 2022-12-31"
        )
    filled, mark = table.dropna(how="all"), _mark(table.iloc[:, 2:])
    names = filled.iloc[:, 0].astype("string").str.strip().str.upper().replace("", pd.NA)
    if names.isna().any():
        item = str(filled.iloc[int(names.isna().to_numpy().argmax()), 1])[:40]
        raise InvalidInput(f"{source} has a row {item!r} without a ticker: write the ticker into every row")
    names = names.replace({ticker.upper(): ticker for ticker in tickers})
    return {
        str(ticker): from_table(rows.iloc[:, 1:].reset_index(drop=True), str(ticker), source, mark)
        for ticker, rows in filled.groupby(names, sort=False)
    }


def _item(name: str) -> str:
    plain = re.sub(r"[^a-z]", "", name.lower())
    known = {re.sub(r"[^a-z]", "", item.lower()): item for item in ITEMS}
    return known.get(plain, _ALSO_CALLED.get(plain, ""))


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
