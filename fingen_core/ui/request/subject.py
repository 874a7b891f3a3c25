"""What is measured: all assets alike, a portfolio by name, or one asset; asked the same way on every page."""

import streamlit as st

from fingen_core.market import Market
from fingen_core.ui.request import samples
from fingen_core.ui.session import portfolio as portfolios

__all__ = ["tell_left_out", "what"]


def what(market: Market, key: str = "of", label: str = "Measured on", *, follow: bool = True) -> str:
    """What is measured: all alike, a portfolio by name, or an asset; ``key`` is the control's name in the address.

    With ``follow`` it begins with the portfolio that is being looked at.
    """
    held = {
        f"Portfolio: {name}": f"{samples.PORTFOLIO}{portfolio.digest()}"
        for name, portfolio in portfolios.offers(market).items()
        if name != samples.EQUAL
    }
    mine = f"Portfolio: {portfolios.current(market).name}"
    if follow and mine in held and key not in st.session_state and key not in st.query_params:
        st.session_state[key] = mine
        st.query_params[key] = mine  # a bound control writes only what somebody picks
    picked = st.selectbox(
        label,
        [samples.EQUAL, *held, *market.tickers],
        key=key,
        bind="query-params",
        help="Bought on the first day and held. Severity goes by its loss over the horizon. Portfolios are entered on "
        "the Portfolio risk page.",
    )
    return held.get(picked, picked)


def tell_left_out(subject: str) -> None:
    """What the list of the measured portfolio held beside it, below the controls."""
    if subject.startswith(samples.PORTFOLIO):
        portfolios.tell_left_out(portfolios.by_digest(subject.removeprefix(samples.PORTFOLIO)))
