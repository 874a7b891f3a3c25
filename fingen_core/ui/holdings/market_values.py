"""Weights by market value in the portfolio editor, from the company statements that are kept."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from fingen_core.errors import FinGenError
from fingen_core.market import Market
from fingen_core.market.currencies import Rate
from fingen_core.market.statements import StatementStore
from fingen_core.portfolio.holdings import foreign, to_portfolio
from fingen_core.portfolio.holdings.capitalization import Capitalizations, capitalizations
from fingen_core.types import Array
from fingen_core.ui.holdings import fields, rates
from fingen_core.ui.kit import show

__all__ = ["ask_for_rates", "note", "offer"]

_WAITING, _FILLED, _PROBLEM = "portfolio_caps", "portfolio_caps_filled", "portfolio_caps_problem"

Put = Callable[[Array], pd.DataFrame]
"""Puts weights into the table; the table."""


def offer(market: Market, currency: str, put: Put) -> None:
    """The button that fills the table."""
    st.button(
        "By market value",
        key="portfolio_fill_caps",
        type="tertiary",
        icon=":material/format_color_fill:",
        on_click=_begin,
        args=(market, currency, put),
        help="From the company statements that are kept: the market value that stands there, else shares outstanding "
        "times the last close.",
    )


def ask_for_rates(market: Market, currency: str, put: Put) -> None:
    """What was missing, and rates where companies are quoted in several currencies."""
    problem = fields.kept().pop(_PROBLEM, None)
    if problem is not None:
        show.error(problem)
    found: Capitalizations | None = fields.kept().get(_WAITING)
    if found is not None:
        unit, apart = _apart(found, currency)
        given = rates.ask(apart, unit, market.dates[-1], "_caps")
        st.button(
            "Weigh by these rates",
            key="portfolio_caps_weigh",
            icon=":material/format_color_fill:",
            disabled=len(given) < len(apart),
            help=f"Companies are quoted in {', '.join([unit, *apart])}: rates make their market values comparable.",
            on_click=_fill,
            args=(found, market, unit, put, given),
        )


def note(rows: pd.DataFrame) -> str:
    """How the weights in the table came about, if they are market values."""
    filled, told = fields.kept().get(_FILLED, (None, ""))
    return str(told) if filled is not None and filled.equals(rows) else ""


def _begin(market: Market, currency: str, put: Put) -> None:
    fields.kept().pop(_WAITING, None)
    try:
        found = capitalizations(market, StatementStore().read)
        unit, apart = _apart(found, currency)
        if apart:
            fields.kept()[_WAITING] = found
        else:
            _fill(found, market, unit, put, [])
    except FinGenError as problem:
        fields.kept()[_PROBLEM] = problem


def _apart(found: Capitalizations, currency: str) -> tuple[str, list[str]]:
    """The currency to compare in, and the others."""
    unit = found.holdings.currency or currency
    return unit, list(foreign(found.holdings, unit))


def _fill(found: Capitalizations, market: Market, unit: str, put: Put, given: list[Rate]) -> None:
    weighed = to_portfolio(found.holdings, {}, name="Market values", currency=unit, rates=given)
    told = "; ".join([found.note(market), *(rate.words() for rate in given)])
    fields.kept()[_FILLED] = (put(weighed.on(market.tickers)), told)
    fields.kept().pop(_WAITING, None)
