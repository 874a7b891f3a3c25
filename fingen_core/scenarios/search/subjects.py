"""What a what-if sentence can talk about: assets, groups of them, the market, the S&P 500 by a stated proxy."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fingen_core.errors import FinGenError, InvalidInput
from fingen_core.market import Market
from fingen_core.market.bundled import sp500_index
from fingen_core.market.presets import PRESETS
from fingen_core.types import Array

__all__ = ["EQUAL", "Subject", "find", "subjects", "tracking_portfolio"]

EQUAL = "Equal weight"
SP500 = "S&P 500"
_DAYS_TRACKED, _FEWEST_DAYS = 1250, 500
_LEAST_CORRELATION = 0.8

_COMPANIES = {
    "AAPL": "Apple",
    "AMD": "AMD",
    "BAC": "Bank of America",
    "BBY": "Best Buy",
    "CVX": "Chevron",
    "GE": "General Electric",
    "HD": "Home Depot",
    "JNJ": "Johnson & Johnson",
    "JPM": "JPMorgan Chase",
    "KO": "Coca-Cola",
    "LLY": "Eli Lilly",
    "MRK": "Merck",
    "MSFT": "Microsoft",
    "PEP": "PepsiCo",
    "PFE": "Pfizer",
    "PG": "Procter & Gamble",
    "UNH": "UnitedHealth",
    "WMT": "Walmart",
    "XOM": "Exxon Mobil",
}

_GROUPS: Mapping[str, tuple[str, ...]] = {
    "Banks": ("BAC", "JPM"),
    "Tech stocks": ("AAPL", "AMD", "MSFT", "NVDA", "GOOGL", "AMZN"),
    "Energy stocks": ("CVX", "XOM"),
    "Pharma": ("JNJ", "LLY", "MRK", "PFE"),
}
"""Equal parts of those that are there, where at least two are."""

_WORDS: Mapping[str, tuple[str, ...]] = {
    "oil": ("CL=F", "BZ=F", "USO", "BNO", "DBC"),
    "bonds": ("IEF", "TLT", "AGG", "BND", "GOVT"),
    "treasuries": ("IEF", "TLT", "GOVT"),
    "corporate bonds": ("LQD",),
    "junk bonds": ("HYG", "JNK"),
    "gold": ("GC=F", "GLD", "IAU"),
    "silver": ("SI=F", "SLV"),
    "stocks": ("SPY", "^GSPC", "VOO", "VTI"),
    "emerging markets": ("EEM", "VWO"),
    "commodities": ("DBC", "GSG"),
    "real estate": ("VNQ",),
    "euro": ("EURUSD=X",),
    "pound": ("GBPUSD=X",),
    "nasdaq": ("^IXIC", "QQQ", "^NDX"),
    "dax": ("^GDAXI",),
    "nikkei": ("^N225",),
    "s&p 500": ("^GSPC", "SPY", "VOO"),
}
"""What a word may stand for, the first that is there."""

_SAME = {
    "s&p 500": ("s&p", "s&p500", "sp500", "s&p 500 index", "spx", "s & p"),
    "equal weight": ("index", "market", "portfolio", "everything", "all", "equal-weight index", "equal weight index"),
    "banks": ("bank stocks", "financials"),
    "tech stocks": ("tech", "technology"),
    "energy stocks": ("energy", "oil stocks"),
    "bonds": ("treasury bonds", "government bonds"),
}


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Something that can move.

    Attributes
    ----------
    label : str
    weights : tuple of float
        One per asset of the market.
    note : str
        What a person must know: that it is a proxy, and how good.
    """

    label: str
    weights: tuple[float, ...]
    note: str = ""


def subjects(market: Market) -> dict[str, Subject]:
    """Everything that this market's assets can stand for, by its label, the equal-weight index first."""
    n = market.n_assets
    found = {EQUAL: Subject(label=EQUAL, weights=(1 / n,) * n)}
    if "^GSPC" not in market.tickers and "SPY" not in market.tickers:
        proxy = _sp500(market)
        if proxy is not None:
            found[SP500] = proxy
    for name, members in _GROUPS.items():
        there = [ticker for ticker in members if ticker in market.tickers]
        if len(there) > 1:
            weights = tuple(float(ticker in there) / len(there) for ticker in market.tickers)
            found[name] = Subject(label=name, weights=weights, note=f"equal parts of {', '.join(there)}")
    for ticker in market.tickers:
        found[ticker] = Subject(label=ticker, weights=tuple(float(one == ticker) for one in market.tickers))
    return found


def find(name: str, known: Mapping[str, Subject]) -> Subject:
    """The subject that a person means.

    Raises
    ------
    InvalidInput
        If there is none; the message names what comes near.
    """
    words = _plain(name)
    names = _names(known)
    if words in names:
        return names[words]
    near = difflib.get_close_matches(words, names, n=3, cutoff=0.7)
    some = [names[word].label for word in near] or list(known)[:8]
    hint = "did you mean" if near else "choose from"
    raise InvalidInput(
        f"{name.strip()[:40]!r} is not in this market: {hint} {', '.join(dict.fromkeys(some))}"
        f"{'?' if near else ', or another of its assets'}"
    )


def tracking_portfolio(market: Market, index: Market) -> tuple[Array, float, int]:
    """Long-only weights of the assets whose days were closest to an index's, their correlation, and the days used.

    Non-negative least squares on daily returns of the last days that both know, at most 1,250.
    """
    from scipy.optimize import nnls

    both = market.prices.index.intersection(index.prices.index)[-_DAYS_TRACKED - 1 :]
    returns = market.prices.loc[both].pct_change().to_numpy()[1:]
    target = index.prices.loc[both].pct_change().to_numpy()[1:, 0]
    if len(returns) < _FEWEST_DAYS:
        return np.zeros(market.n_assets), 0.0, len(returns)
    weights, _ = nnls(returns, target)
    follows = returns @ weights
    correlation = float(np.corrcoef(follows, target)[0, 1]) if follows.std() > 0 else 0.0
    return np.asarray(weights), correlation, len(returns)


def _sp500(market: Market) -> Subject | None:
    try:
        index = sp500_index()
    except FinGenError:
        return None
    weights, correlation, n_days = tracking_portfolio(market, index)
    if correlation < _LEAST_CORRELATION:
        return None
    last = min(market.dates[-1], index.dates[-1])
    return Subject(
        label=SP500,
        weights=tuple(float(weight) for weight in np.round(weights, 6)),
        note=f"the long portfolio of these assets that followed it best over {n_days:,} days up to {last:%Y-%m-%d}, "
        f"correlation {correlation:.2f}",
    )


def _names(known: Mapping[str, Subject]) -> dict[str, Subject]:
    """Every word that stands for a subject, the plain labels last so that nothing hides them."""
    companies = {**{symbol: name for preset in PRESETS.values() for symbol, name in preset.items()}, **_COMPANIES}
    names: dict[str, Subject] = {}
    for word, symbols in _WORDS.items():
        there = next((symbol for symbol in symbols if symbol in known), None)
        if there is not None:
            names[word] = known[there]
    for label, subject in known.items():
        if label in companies:
            names.setdefault(_plain(companies[label]), subject)
    names |= {_plain(label): subject for label, subject in known.items()}
    for word, others in _SAME.items():
        for other in others:
            if word in names:
                names.setdefault(other, names[word])
    return names


def _plain(name: str) -> str:
    words = " ".join(name.lower().replace("the ", " ").split())
    return words.strip(" .:'\"")
