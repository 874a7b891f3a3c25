"""Statements from a file: the unit that was found, to be changed; what is open, asked; what was left out, told."""

from collections.abc import Sequence

import streamlit as st

from fingen_core.errors import FinGenError
from fingen_core.market.statements import UNITS, StatementsFile, read_statements
from fingen_core.ui.kit import show

__all__ = ["KINDS", "read_file"]

KINDS = ["csv", "tsv", "txt", "xlsx", "parquet"]
_NAMES = {"units": "units (nothing left off)"}


def read_file(
    content: bytes, name: str, key: str, ticker: str = "", tickers: Sequence[str] = ()
) -> StatementsFile | None:
    """What a file says, in the unit that is chosen here; ``None`` while something is wrong or open, which is shown.

    Parameters
    ----------
    content, name
        The file.
    key : str
        Tells this file's widgets from others.
    ticker, tickers
        Whose statements they are where the file does not say, and how companies are called.
    """
    try:
        found = _read(content, name, ticker, tuple(tickers), "", "", "")
        left, right = st.columns(2, gap="small")
        with left:
            money, decimal = _unit(found, key)
        if found.offers and not money:
            _ask(found)
            return None
        if money != found.unit or decimal:
            found = _read(content, name, ticker, tuple(tickers), money, "", decimal)
        with right:
            shares = _shares(found, key)
        if shares != found.shares:
            found = _read(content, name, ticker, tuple(tickers), money, shares, decimal)
    except FinGenError as problem:
        show.error(problem)
        return None
    if found.question:
        _ask(found)
        return None
    st.caption("  \n".join(show.plain(f"{sentence}.") for sentence in found.told))
    return found


@st.cache_resource(max_entries=8, show_spinner=False)  # a redraw reads nothing again
def _read(  # noqa: PLR0917
    content: bytes, name: str, ticker: str, tickers: tuple[str, ...], unit: str, shares: str, decimal: str
) -> StatementsFile:
    return read_statements(content, name, ticker, tickers, unit=unit, shares=shares, decimal=decimal)


def _unit(found: StatementsFile, key: str) -> tuple[str, str]:
    """The unit of the amounts, and their decimal mark where that was asked too; empty while nothing is chosen."""
    if found.offers:
        offers = {offer.label: offer for offer in found.offers}
        picked = st.selectbox(
            "Amounts are in", list(offers), None, key=f"unit_{key}", placeholder="Choose what the file counts in"
        )
        return (offers[picked].unit, offers[picked].decimal) if picked else ("", "")
    units = list(UNITS)
    picked = st.selectbox(
        "Amounts are in",
        units,
        units.index(found.unit),
        format_func=lambda unit: _NAMES.get(unit, unit),
        key=f"unit_{key}",
        help=f"Found: {found.unit}, {found.why}. Another choice reads the file anew.",
    )
    return picked or found.unit, ""


def _shares(found: StatementsFile, key: str) -> str:
    """The unit of shares where the file holds any and their own words do not say."""
    if not found.shares and not found.shares_offers:
        return ""
    units = list(found.shares_offers) or list(UNITS)
    place = None if found.shares_offers else units.index(found.shares)
    return (
        st.selectbox(
            "Shares are in",
            units,
            place,
            format_func=lambda unit: _NAMES.get(unit, unit),
            key=f"shares_{key}",
            placeholder="Choose what the file counts shares in",
        )
        or ""
    )


def _ask(found: StatementsFile) -> None:
    st.warning(show.plain(found.question), icon=":material/help:")
