"""A company's statements: items by period, as far as they are known.

What is missing is missing: it stays NaN and is never taken for zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.market.statements.items import ITEMS
from fingen_core.market.statements.periods import ends_of, per_year

__all__ = ["Statements"]


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
    notes : tuple of str
        What a person has to know of them, a sentence each: what was taken, left out, restated.
    currency : str
        What the amounts are counted in, three capital letters; empty where it is not known.
    """

    ticker: str
    table: pd.DataFrame
    source: str
    notes: tuple[str, ...] = ()
    currency: str = ""

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
            "notes": list(self.notes),
            "currency": self.currency,
        }

    @classmethod
    def from_dict(cls, ticker: str, kept: Mapping[str, Any]) -> Self:
        """Read ``to_dict()``; ``ValueError``, ``KeyError`` or ``TypeError`` if it is something else."""
        table = pd.DataFrame(kept["values"], index=kept["items"], columns=kept["periods"], dtype=np.float64)
        return cls(
            ticker=ticker,
            table=table,
            source=kept["source"],
            notes=tuple(map(str, kept.get("notes", ()))),
            currency=str(kept.get("currency", "")),
        )

    @property
    def per_year(self) -> int:
        """How many of its periods make a year: 4 or 2 where all name their ends and are quarters or halves, else 1."""
        ends = ends_of(self.table.columns)
        return 1 if ends is None else per_year(ends, self.table.columns)

    @property
    def newest(self) -> str:
        """The newest period of which anything is known: people leave columns empty."""
        known = self.table.notna().any()
        return str(known.idxmax())


def _newest_first(table: pd.DataFrame) -> pd.DataFrame:
    """Files may begin with the oldest period, and what is read as the newest must not be ten years old."""
    ends = ends_of(table.columns)
    return table if ends is None else table.iloc[:, np.argsort(-ends.asi8)]  # else the order is all that is known
