"""Portfolios by name: those that every market has, and those that somebody saved."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fingen_core.errors import InvalidInput, NotFound
from fingen_core.market import Market
from fingen_core.portfolio.portfolio import Portfolio
from fingen_core.portfolio.weights import equal_weights, inverse_volatility_weights
from fingen_core.storage.records import Shelf

__all__ = ["BUILT_IN", "EQUAL", "built_in", "by_name", "portfolio_shelf", "saved_portfolios"]

EQUAL = "Equal weight"
"""The portfolio that is measured unless another one is chosen."""

BUILT_IN = (EQUAL, "Inverse volatility")
"""Names of portfolios that every market has."""


def portfolio_shelf(home: Path) -> Shelf:
    """The saved portfolios of one home."""
    return Shelf(home / "portfolios", "portfolio")


def built_in(market: Market, name: str) -> Portfolio:
    """A portfolio that every market has."""
    weights: Sequence[float] = tuple(
        equal_weights(market.n_assets) if name == EQUAL else inverse_volatility_weights(market.log_returns())
    )
    return Portfolio(name=name, tickers=market.tickers, weights=tuple(weights))


def saved_portfolios(home: Path) -> dict[str, Portfolio]:
    """The saved portfolios that can be read, by name; of the others the list of what is damaged tells."""
    found = {}
    for record in portfolio_shelf(home).list():
        try:
            found[record.name] = replace(Portfolio.from_json(record.body), name=record.name)
        except InvalidInput:
            continue
    return found


def by_name(market: Market, home: Path, name: str) -> Portfolio:
    """A portfolio as people call it; ``NotFound`` with the names there are if none is called so."""
    if name in BUILT_IN:
        return built_in(market, name)
    saved = saved_portfolios(home)
    if name not in saved:
        raise NotFound(f"no portfolio is called {name[:40]!r}: choose from {', '.join([*BUILT_IN, *saved])}")
    return saved[name]
