"""Exchange rates in the portfolio editor: typed, or fetched from Yahoo on a click; never assumed."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import streamlit as st

from fingen_core.errors import FinGenError
from fingen_core.market.currencies import Rate
from fingen_core.market.yahoo.client import Yahoo
from fingen_core.portfolio.holdings import Holdings, foreign
from fingen_core.portfolio.portfolio import Portfolio
from fingen_core.ui.holdings import fields as editor_fields
from fingen_core.ui.kit import show
from fingen_core.ui.session import portfolio

__all__ = ["ask", "of_holdings", "of_value"]

_RATES, _FETCHED = "portfolio_rates", "portfolio_rates_fetched"
_CENT = 0.005
_IN_A_ROW = 3
_MOST = 1e8


def of_holdings(holdings: Holdings, currency: str, day: pd.Timestamp) -> list[Rate]:
    """Fields for what has to be converted, and a way out where all of it is in one other currency."""
    apart = list(foreign(holdings, currency))
    if not apart:
        return []
    found = ask(apart, currency, day)
    if holdings.currency:
        st.button(
            f"Value it in {holdings.currency} instead",
            key="portfolio_in_its_own",
            icon=":material/currency_exchange:",
            on_click=_enter,
            args=("portfolio_currency", holdings.currency),
        )
    return found


def of_value(now: Portfolio, value: float, currency: str, day: pd.Timestamp) -> tuple[Rate, ...]:
    """Where another currency was chosen for a portfolio: its value stands as typed, unless it is converted."""
    if currency == now.currency:
        return now.rates if value == now.value else ()
    found = ask([now.currency], currency, day)
    before = portfolio.money(now.value, now.currency)
    if not found:
        st.caption(f"The value was {before}. Without a rate it counts as typed: {portfolio.money(value, currency)}.")
        return ()
    worth = round(now.value * found[0].value, 2)
    if abs(value - worth) < _CENT:
        return (found[0],)
    st.button(
        f"Convert {before} to {portfolio.money(worth, currency)}",
        key="portfolio_convert",
        icon=":material/currency_exchange:",
        on_click=_enter,
        args=("portfolio_value", worth),
    )
    return ()


def _enter(name: str, value: Any) -> None:
    editor_fields.kept()[name] = value
    editor_fields.look_anew()


def ask(codes: Iterable[str], currency: str, day: pd.Timestamp, place: str = "") -> list[Rate]:
    """A field for each currency, what it costs in ``currency``; the rates that are given.

    Rates are fetched for ``day``, the last close of the prices that they convert.
    """
    wanted = list(codes)
    with st.container(border=True):
        st.markdown(f"**Exchange rates into {currency}**")
        fields = st.container()  # filled below: what is fetched in this very run shall stand there
        if st.button(
            f"Fetch the close of {day:%Y-%m-%d} from Yahoo",
            key=f"portfolio_rates_fetch{place}",
            icon=":material/download:",
        ):
            for problem in _fetch(wanted, currency, day):
                show.error(problem)
        with fields:
            for at in range(0, len(wanted), _IN_A_ROW):
                for column, code in zip(st.columns(_IN_A_ROW, gap="small"), wanted[at : at + _IN_A_ROW], strict=False):
                    with column:
                        _field(code, currency, place)
        st.caption(
            "Rates convert today's values. Along simulated paths they stay where they are: their moves are not "
            "simulated, unless the pair is an asset of the market and held. Yahoo's data is for personal use."
        )
    return [rate for code in wanted if (rate := _known().get((code, currency))) is not None]


def _field(code: str, currency: str, place: str) -> None:
    known = _known().get((code, currency))
    typed = st.number_input(
        f"1 {code} in {currency}",
        min_value=0.0,
        max_value=_MOST,
        value=known.value if known else None,
        step=0.01,
        format="%.6g",
        placeholder="type a rate, or fetch it",
        key=editor_fields.key(f"portfolio_rate{place}_{code}{currency}_{editor_fields.kept().get(_FETCHED, 0)}"),
    )
    if not typed:
        _known().pop((code, currency), None)
    elif known is None or abs(typed / known.value - 1) > 1e-9:
        today = datetime.now(UTC).date().isoformat()
        _known()[code, currency] = Rate(base=code, quote=currency, value=float(typed), day=today, source="typed")
    rate = _known().get((code, currency))
    if rate is not None:
        st.caption(f"{rate.words()}.")


def _fetch(codes: list[str], currency: str, day: pd.Timestamp) -> list[FinGenError]:
    """Ask Yahoo for one rate after the other, with a bar that says how far it is; what went wrong."""
    yahoo, problems = Yahoo(), []
    place = st.empty()
    for row, code in enumerate(codes):
        place.progress(row / len(codes), text=f"Asking Yahoo for {code} in {currency} ({row + 1} of {len(codes)})")
        try:
            _known()[code, currency] = yahoo.rate(code, currency, day)
        except FinGenError as problem:
            problems.append(problem)
    place.empty()
    editor_fields.kept()[_FETCHED] = editor_fields.kept().get(_FETCHED, 0) + 1  # fields begin anew with what was found
    return problems


def _known() -> dict[tuple[str, str], Rate]:
    rates: dict[tuple[str, str], Rate] = editor_fields.kept().setdefault(_RATES, {})
    return rates
