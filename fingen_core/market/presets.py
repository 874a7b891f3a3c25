"""Ready-made lists of Yahoo symbols, so that a first market needs no typing."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["PRESETS"]

PRESETS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "US mega caps": {
            "AAPL": "Apple",
            "MSFT": "Microsoft",
            "NVDA": "Nvidia",
            "AMZN": "Amazon",
            "GOOGL": "Alphabet",
            "BRK-B": "Berkshire Hathaway",
            "JPM": "JPMorgan Chase",
            "LLY": "Eli Lilly",
            "XOM": "Exxon Mobil",
            "WMT": "Walmart",
        },
        "US sectors": {
            "XLB": "Materials",
            "XLE": "Energy",
            "XLF": "Financials",
            "XLI": "Industrials",
            "XLK": "Technology",
            "XLP": "Consumer staples",
            "XLU": "Utilities",
            "XLV": "Health care",
            "XLY": "Consumer discretionary",
        },
        "World indexes": {
            "^GSPC": "S&P 500, US",
            "^FTSE": "FTSE 100, UK",
            "^GDAXI": "DAX, Germany",
            "^FCHI": "CAC 40, France",
            "^N225": "Nikkei 225, Japan",
            "^HSI": "Hang Seng, Hong Kong",
            "^BSESN": "Sensex, India",
            "^BVSP": "Bovespa, Brazil",
        },
        "Multi-asset ETFs": {
            "SPY": "US stocks",
            "EFA": "Developed stocks outside the US",
            "EEM": "Emerging-market stocks",
            "IEF": "US Treasuries, 7 to 10 years",
            "TLT": "US Treasuries, over 20 years",
            "LQD": "US investment-grade bonds",
            "HYG": "US high-yield bonds",
            "GLD": "Gold",
            "DBC": "Commodities",
            "VNQ": "US real estate",
        },
        "Currencies": {
            "EURUSD=X": "Euro in dollars",
            "GBPUSD=X": "Pound in dollars",
            "AUDUSD=X": "Australian dollar in dollars",
            "NZDUSD=X": "New Zealand dollar in dollars",
            "JPY=X": "Dollar in yen",
            "CHF=X": "Dollar in Swiss francs",
            "CAD=X": "Dollar in Canadian dollars",
        },
        "Commodities": {
            "GC=F": "Gold",
            "SI=F": "Silver",
            "HG=F": "Copper",
            "NG=F": "Natural gas",
            "ZC=F": "Corn",
            "ZS=F": "Soybeans",
            "ZW=F": "Wheat",
        },
    }
)
"""Names by symbol. Crude oil futures are left out: they closed below zero on 2020-04-20, and a log return cannot."""
