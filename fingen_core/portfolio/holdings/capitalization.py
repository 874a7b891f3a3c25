"""What companies are worth on the exchange, from the statements that are stored of them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fingen_core.errors import InvalidInput
from fingen_core.market import Market
from fingen_core.market.currencies import unit_of
from fingen_core.market.statements import Statements
from fingen_core.portfolio.holdings import Holdings

__all__ = ["Capitalizations", "Counted", "capitalizations", "counted"]

_NO_PRICES = "shares alone do not tell it in a market made from returns, which holds no prices; "


@dataclass(frozen=True, kw_only=True)
class Capitalizations:
    """Market values, and where they come from.

    Attributes
    ----------
    holdings : Holdings
        By value, in millions of the currency in which each company's price is quoted.
    entered, counted : tuple of str
        Tickers whose market value stands in their statements; and whose shares do, times the last close.
    """

    holdings: Holdings
    entered: tuple[str, ...]
    counted: tuple[str, ...]

    def note(self, market: Market) -> str:
        """How the weights came about, in a line."""
        parts = [f"entered for {len(self.entered)}"] if self.entered else []
        if self.counted:
            parts.append(f"shares × close of {market.dates[-1]:%Y-%m-%d} for {len(self.counted)}")
        return f"Market values of {market.n_assets} companies: {', '.join(parts)}"


@dataclass(frozen=True, kw_only=True)
class Counted:
    """A market value made of shares, ``value`` in millions of ``currency``; ``words`` say how.

    The currency is that of the price, pounds where that is in pence; empty where it is not known.
    """

    value: float
    words: str
    currency: str


def counted(market: Market, ticker: str, statements: Statements) -> Counted | None:
    """What a company is worth by its shares and its last close; ``None`` where their number or the price is not known.

    In a market made from returns no price is.
    """
    shares, close = statements.latest("Shares outstanding"), float(market.prices[ticker].iloc[-1])
    if market.is_indexed or not shares > 0:
        return None
    quoted = market.source.currencies.get(ticker, "")
    code, unit = unit_of(quoted)
    words = f"{shares:,.10g} million shares × {close:,.2f} {quoted}".rstrip()
    return Counted(
        value=shares * close * unit,
        words=f"{words}, the close of {market.dates[-1]:%Y-%m-%d}",
        currency=code,
    )


def _counted_in(kept: Statements | None, quoted: str) -> str:
    """Statements say their currency, else they are taken for that of the price: in pounds, not in pence."""
    return (kept.currency if kept else "") or unit_of(quoted)[0]


def capitalizations(market: Market, read: Callable[[str], Statements | None]) -> Capitalizations:
    """Market values of all assets of a market.

    Parameters
    ----------
    market : Market
    read : callable
        Gives the statements of a ticker, or ``None``.

    Raises
    ------
    InvalidInput
        Naming the assets of which neither a market value nor a number of shares is known, and what to do.

    Notes
    -----
    A market value that stands in the statements is taken before shares times price. Closes are adjusted for splits and
    dividends; the last one is a price, unless the history ends in the past and dividends came later.
    """
    values: dict[str, float] = {}
    currencies: dict[str, str] = {}
    entered, counted, missing = [], [], []
    for ticker, close in zip(market.tickers, market.prices.iloc[-1], strict=True):
        kept, quoted = read(ticker), market.source.currencies.get(ticker, "")
        worth, shares = (kept.latest("Market value"), kept.latest("Shares outstanding")) if kept else (np.nan, np.nan)
        if worth > 0:
            entered.append(ticker)
            values[ticker], currencies[ticker] = worth, _counted_in(kept, quoted)
        elif shares > 0 and not market.is_indexed:
            counted.append(ticker)
            values[ticker], currencies[ticker] = shares * float(close), quoted
        else:
            missing.append(ticker)
    if missing:
        raise InvalidInput(
            f"neither a market value nor a number of shares is known of {', '.join(missing[:8])}"
            f"{f' and {len(missing) - 8} more' * (len(missing) > 8)} ({len(missing)} of {market.n_assets} assets): "
            f"{_NO_PRICES * market.is_indexed}fetch or type their statements under Company statements, or paste "
            "tickers with market values as Values"
        )
    known = {ticker: code for ticker, code in currencies.items() if code}
    return Capitalizations(
        holdings=Holdings(kind="value", amounts=values, currencies=known),
        entered=tuple(entered),
        counted=tuple(counted),
    )
