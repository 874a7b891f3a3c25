"""Which sector a stock belongs to: names of the Global Industry Classification Standard, for stocks that FinGen names.

Sectors are the standard's as of 2023. A ticker that is not listed has no sector here; nothing is guessed.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

__all__ = ["SECTORS", "by_sector"]

_MEMBERS = {
    "Communication Services": ("GOOGL", "GOOG", "META", "NFLX", "DIS", "T", "VZ", "CMCSA"),
    "Consumer Discretionary": ("AMZN", "TSLA", "HD", "MCD", "NKE", "LOW", "BBY", "SBUX", "F", "GM"),
    "Consumer Staples": ("WMT", "KO", "PEP", "PG", "COST", "CL", "KMB", "MO", "PM"),
    "Energy": ("XOM", "CVX", "COP", "SLB", "RRC", "OXY", "EOG"),
    "Financials": ("JPM", "BAC", "BRK-B", "WFC", "C", "GS", "MS", "AXP", "V", "MA"),
    "Health Care": ("JNJ", "LLY", "MRK", "PFE", "UNH", "ABBV", "ABT", "AMGN", "BMY", "TMO"),
    "Industrials": ("GE", "BA", "CAT", "HON", "MMM", "UPS", "LMT", "UNP", "DE"),
    "Information Technology": ("AAPL", "MSFT", "NVDA", "AMD", "INTC", "CSCO", "IBM", "ORCL", "QCOM", "TXN"),
    "Materials": ("LIN", "DOW", "FCX", "NEM", "NUE"),
    "Real Estate": ("AMT", "PLD", "SPG", "O"),
    "Utilities": ("NEE", "DUK", "SO", "EXC", "AEP"),
}

SECTORS: Mapping[str, str] = MappingProxyType(
    {ticker: sector for sector, tickers in _MEMBERS.items() for ticker in tickers}
)
"""Sector by ticker."""


def by_sector(tickers: Sequence[str], least: int = 2) -> dict[str, tuple[str, ...]]:
    """Tickers of each sector that ``least`` or more of them belong to, sectors in the order of the alphabet."""
    found: dict[str, list[str]] = {}
    for ticker in tickers:
        if ticker in SECTORS:
            found.setdefault(SECTORS[ticker], []).append(ticker)
    return {sector: tuple(members) for sector, members in sorted(found.items()) if len(members) >= least}
