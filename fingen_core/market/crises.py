"""Named stress episodes, so that a chart can say what a fall was and a scenario can start on its eve."""

import csv
from dataclasses import dataclass
from functools import cache

import pandas as pd

from fingen_core.settings import ASSETS

__all__ = ["Crisis", "crises", "crises_between"]


@dataclass(frozen=True, kw_only=True)
class Crisis:
    """One stress episode of the US stock market.

    Attributes
    ----------
    name : str
        Short enough for a label on a chart.
    start : Timestamp
        The last close before the fall: the eve.
    end : Timestamp
        The close at the trough.
    fall : float
        Change of the S&P 500 from start to end, as a decimal: -0.339.
    line : str
        What happened, in one line.
    source : str
        Where dates and story come from.
    """

    name: str
    start: pd.Timestamp
    end: pd.Timestamp
    fall: float
    line: str
    source: str


@cache
def crises() -> tuple[Crisis, ...]:
    """All episodes of ``assets/crises.csv`` in order of time; they do not overlap."""
    with (ASSETS / "crises.csv").open(encoding="utf-8", newline="") as file:
        return tuple(_crisis(row) for row in csv.DictReader(file))


def crises_between(start: pd.Timestamp, end: pd.Timestamp) -> tuple[Crisis, ...]:
    """The episodes of which at least one day lies inside ``start`` to ``end``."""
    return tuple(crisis for crisis in crises() if crisis.start <= end and crisis.end >= start)


def _crisis(row: dict[str, str]) -> Crisis:
    return Crisis(
        name=row["name"],
        start=pd.Timestamp(row["start"]),
        end=pd.Timestamp(row["end"]),
        fall=float(row["fall"]),
        line=row["line"],
        source=row["source"],
    )
