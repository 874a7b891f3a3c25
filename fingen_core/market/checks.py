"""Old address of :mod:`fingen_core.market.quality`."""

from fingen_core.market.quality.checks import MIN_DATES

__all__ = ["MIN_DATES"]
