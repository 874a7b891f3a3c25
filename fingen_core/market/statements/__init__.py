"""A company's statements: where they come from, what they say, the ratios that follow, and what was known when."""

from fingen_core.market.statements.assembly import refuse_absurd
from fingen_core.market.statements.items import ITEMS
from fingen_core.market.statements.ratios import RATIOS, Ratio, ratios
from fingen_core.market.statements.reading import StatementsFile, read_statements, understand_statements
from fingen_core.market.statements.sec import Sec, identity, keep_identity
from fingen_core.market.statements.statements import Statements
from fingen_core.market.statements.store import StatementStore
from fingen_core.market.statements.units import UNITS

__all__ = [
    "ITEMS",
    "RATIOS",
    "UNITS",
    "Ratio",
    "Sec",
    "StatementStore",
    "Statements",
    "StatementsFile",
    "identity",
    "keep_identity",
    "ratios",
    "read_statements",
    "refuse_absurd",
    "understand_statements",
]
