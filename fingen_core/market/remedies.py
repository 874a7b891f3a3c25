"""Old address of :mod:`fingen_core.market.quality.remedies`."""

from fingen_core.market.quality.remedies import count, day_text, percent

__all__ = ["count", "day_text", "percent"]
