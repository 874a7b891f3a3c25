"""Prices or returns from a file: CSV, Parquet or Excel; wide or long; dates and numbers in the usual forms.

:func:`understand` is the way in: it reads a file and answers with every reading that the file admits and that differs
in its numbers. One reading: the file is understood. Several: a person has to choose. None: the file is refused by an
error with value, rule and remedy.
"""

from fingen_core.market.tables import read
from fingen_core.market.upload.answer import Answer, Reading, reread, understand
from fingen_core.market.upload.mapping import (
    VALUES,
    Mapping,
    faults,
    guess,
    guess_currency,
    note_of,
    to_market,
    to_prices,
)

__all__ = [
    "VALUES",
    "Answer",
    "Mapping",
    "Reading",
    "faults",
    "guess",
    "guess_currency",
    "note_of",
    "read",
    "reread",
    "to_market",
    "to_prices",
    "understand",
]
