"""Real markets: prices, where they come from, and what is wrong with them."""

from fingen_core.market.market import Market, Source

__all__ = ["Market", "Source"]
