"""Prices that may become the market, faults included."""

from dataclasses import dataclass

import pandas as pd

from fingen_core.market import Source
from fingen_core.market.returns import PRICES, Kind

__all__ = ["Candidate"]


@dataclass(frozen=True, eq=False)
class Candidate:
    """Prices or returns that may become the market, faults included.

    Attributes
    ----------
    key : str
        The same for the same numbers, whatever else is on the page.
    values : DataFrame
        As they came: what is repaired.
    name : str
    source : Source
    notes : tuple of str
        Faults of a file by row and column.
    kind : Kind
        Whether ``values`` are prices or returns.
    """

    key: str
    values: pd.DataFrame
    name: str
    source: Source
    notes: tuple[str, ...] = ()
    kind: Kind = PRICES
