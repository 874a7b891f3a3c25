"""Statements from tables that tests make."""

from collections.abc import Iterable, Mapping

import pandas as pd

from fingen_core.market.statements import Statements, understand_statements
from fingen_core.market.tables import Cells


def cells_of(table: pd.DataFrame, name: str, separator: str = ",") -> Cells:
    """A table with its header as the cells of a file."""
    head = pd.DataFrame([list(table.columns)], index=[1], dtype=object)
    body = table.astype(object).set_axis(range(table.shape[1]), axis=1).set_axis(range(2, len(table) + 2), axis=0)
    return Cells(frame=pd.concat([head, body]), file=name, separator=separator)


def from_table(table: pd.DataFrame, ticker: str, name: str) -> Statements:
    """Statements of one company."""
    return understand_statements([cells_of(table, name)], ticker).settled()[ticker]


def several_from_table(table: pd.DataFrame, name: str, tickers: Iterable[str] = ()) -> Mapping[str, Statements]:
    """Statements of several companies."""
    return understand_statements([cells_of(table, name)], tickers=tickers).settled()
