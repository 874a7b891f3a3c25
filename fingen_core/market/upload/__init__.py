"""Prices or returns from a file: CSV, Parquet or Excel; wide or long; dates and numbers in the usual forms.

:func:`understand` is the way in: it reads a file and answers with every reading that the file admits and that differs
in its numbers. One reading: the file is understood. Several: a person has to choose. None: the file is refused by an
error with value, rule and remedy.
"""

import pandas as pd

from fingen_core.market.tables import read
from fingen_core.market.upload.answer import Answer, Reading, reread, understand
from fingen_core.market.upload.choices import mappings_of
from fingen_core.market.upload.faults import faults
from fingen_core.market.upload.mapping import (
    VALUES,
    Mapping,
    asset_names,
    guess_currency,
    note_of,
    prices_of,
    to_prices,
    to_values,
)
from fingen_core.market.upload.market import to_market

__all__ = [
    "VALUES",
    "Answer",
    "Mapping",
    "Reading",
    "asset_names",
    "faults",
    "guess",
    "guess_currency",
    "note_of",
    "prices_of",
    "read",
    "reread",
    "to_market",
    "to_prices",
    "to_values",
    "understand",
]


def guess(table: pd.DataFrame) -> Mapping:
    """What the named columns of a table most likely mean."""
    return mappings_of(table)[0]
