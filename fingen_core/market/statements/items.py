"""The items of a company's statements that are kept."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["ITEMS"]

ITEMS: Mapping[str, str] = MappingProxyType(
    {
        "Market value": "Balance sheet",
        "Shares outstanding": "Balance sheet",
        "Total assets": "Balance sheet",
        "Total equity": "Balance sheet",
        "Total debt": "Balance sheet",
        "Cash": "Balance sheet",
        "Current assets": "Balance sheet",
        "Current liabilities": "Balance sheet",
        "Revenue": "Income statement",
        "EBITDA": "Income statement",
        "EBIT": "Income statement",
        "Interest expense": "Income statement",
        "Net income": "Income statement",
        "Operating cash flow": "Cash flow",
        "Capital expenditure": "Cash flow",
    }
)
"""Items and the statement that each stands in; market value comes from the exchange, the rest from the company. Shares
are counted in millions, like the amounts."""
