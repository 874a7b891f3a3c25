"""A company's statements: where they come from, what they say, the ratios that follow, and what was known when."""

from fingen_core.market.statements.items import ITEMS
from fingen_core.market.statements.ratios import RATIOS, Ratio, ratios
from fingen_core.market.statements.reading import StatementsFile, read_statements, understand_statements
from fingen_core.market.statements.statements import Statements
from fingen_core.market.statements.store import StatementStore
from fingen_core.market.statements.units import UNITS

__all__ = [
    "ITEMS",
    "RATIOS",
    "UNITS",
    "Ratio",
    "StatementStore",
    "Statements",
    "StatementsFile",
    "ratios",
    "read_statements",
    "understand_statements",
]
