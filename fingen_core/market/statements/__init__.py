"""A company's statements: where they come from, what they say, the ratios that follow, and what was known when."""

from fingen_core.market.statements.items import ITEMS
from fingen_core.market.statements.ratios import RATIOS, Ratio, ratios
from fingen_core.market.statements.reading import from_table, several_from_table
from fingen_core.market.statements.statements import Statements
from fingen_core.market.statements.store import StatementStore

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
