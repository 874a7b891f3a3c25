"""Statements from the cells of a file."""

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.market.parsing import decimal_mark, to_numbers
from fingen_core.market.statements.items import ITEMS
from fingen_core.market.statements.statements import Statements
from fingen_core.types import Array

__all__ = ["from_table", "several_from_table"]

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
