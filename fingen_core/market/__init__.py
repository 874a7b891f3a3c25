"""Real markets: prices, where they come from, and what is wrong with them."""

from fingen_core.market import library
from fingen_core.market.bundled import bundled, sp500_index
from fingen_core.market.crises import Crisis, crises, crises_between
from fingen_core.market.market import Market, Source
from fingen_core.market.step import Step, step_of

__all__ = [
    "Crisis",
    "Market",
    "Source",
    "Step",
    "bundled",
    "crises",
    "crises_between",
    "library",
    "sp500_index",
    "step_of",
]
