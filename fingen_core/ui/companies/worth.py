"""What a company is worth in the currency of its statements; never converted without a rate."""

import numpy as np
import streamlit as st

from fingen_core.charts.theme import number
from fingen_core.market import Market
from fingen_core.market.statements import Statements
from fingen_core.portfolio.holdings.capitalization import Counted, counted
from fingen_core.ui.holdings import rates
from fingen_core.ui.kit import show

__all__ = ["market_value"]


def market_value(market: Market, ticker: str, statements: Statements) -> float | None:
    """Market value in millions of the statements' currency, entered or else made of shares.

    NaN where it is not known; ``None`` where it waits for a rate, which is asked here.
    """
    entered = statements.latest("Market value")
    found = None if not np.isnan(entered) else counted(market, ticker, statements)
    if found is None:
        return entered
    if statements.currency and found.currency and statements.currency != found.currency:
        return _converted(market, ticker, statements.currency, found)
    _tell(f"{number(found.value, 0)} m", found.words + _taken(found.currency, statements.currency))
    return found.value


def _converted(market: Market, ticker: str, currency: str, found: Counted) -> float | None:
    given = rates.ask([found.currency], currency, market.dates[-1], "_company")
    if not given:
        st.info(
            f"The statements of {ticker} are in {currency}, its price is in {found.currency}: give the rate here, or "
            f"enter Market value in millions of {currency} in the table above. Without it there is no distance to "
            "default."
        )
        return None
    value = found.value * given[0].value
    _tell(f"{number(value, 0)} m {currency}", f"{found.words}; {given[0].words()}")
    return value


def _taken(price: str, statements: str) -> str:
    """What is taken for granted where one of two currencies is not known."""
    if price and not statements:
        return f": counted in {price} as the statements are taken to be"
    if statements and not price:
        return f": counted in {statements}, as the price is taken to be"
    return ""


def _tell(value: str, words: str) -> None:
    st.caption(
        f"Market value, which is not entered: **{value}** = {show.plain(words)}. Enter one above if this is not right."
    )
