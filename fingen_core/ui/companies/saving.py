"""Statements put in the place of earlier ones: said before, undone after."""

import re
from collections.abc import Callable, Sequence

import streamlit as st

from fingen_core.errors import FinGenError
from fingen_core.market.currencies import COMMON, unit_of
from fingen_core.market.statements import Statements, StatementsFile, StatementStore
from fingen_core.market.statements.units import without
from fingen_core.ui.kit import show

__all__ = [
    "currency_of",
    "named",
    "offer_undo",
    "renew",
    "say_what_several_do",
    "warn_of_another_name",
    "warn_of_replacing",
    "write",
]

_EARLIER = "statements_earlier"


def named(names: Sequence[str], most: int = 6) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(str(name)[:40] for name in names[:most]) + more


def currency_of(ticker: str, shown: Statements | None) -> str:
    """What the amounts are counted in: as it was found, to be changed."""
    found = shown.currency if shown else ""
    codes = sorted({unit_of(code)[0] for code in (*COMMON, found) if code})
    return (
        st.selectbox(
            "Currency of the amounts",
            ["", *codes],
            ["", *codes].index(found),
            format_func=lambda code: code or "not known",
            key=f"statements_currency_{ticker}_{shown.source if shown else ''}",
            help="Where it is not that of the price, the stress asks for the rate.",
            width=220,
        )
        or ""
    )


def warn_of_replacing(kept: Statements) -> None:
    """What saving puts an end to."""
    first, last = kept.table.columns[-1], kept.table.columns[0]
    span = first if first == last else f"{first} to {last}"
    words = f"Saving replaces what is kept of {kept.ticker}: {span}, from {kept.source}. It can be undone."
    st.warning(show.plain(words), icon=":material/swap_horiz:")


def warn_of_another_name(ticker: str, file: StatementsFile) -> None:
    """The title of a file that does not name the company which was chosen."""
    titles = [title for title in file.headings if re.search(r"[^\W\d_]{3}", without(title))]
    if titles and not any(re.search(rf"(?<!\w){re.escape(ticker)}(?!\w)", title, re.IGNORECASE) for title in titles):
        words = f"The title of the file is “{titles[0][:80]}”, which does not name {ticker}: check whose it is."
        st.warning(show.plain(words), icon=":material/help:")


def say_what_several_do(file: StatementsFile, tickers: Sequence[str]) -> None:
    """How many companies of a file are in this market, and whose statements it replaces."""
    known = [one for one in file.companies if one in tickers]
    others = [one for one in file.companies if one not in tickers]
    n = len(file.companies)
    words = f"Of {n} {'companies' if n != 1 else 'company'} in the file {len(known)} in this market."
    if others:
        words += f" Not in it: {named(others)}; they are kept for a market with their prices."
    if replaced := list(StatementStore().of(file.companies)):
        words += f" Replaces what is kept of {named(replaced)}; it can be undone."
    st.caption(show.plain(words))


def write(made: Statements) -> None:
    """Save statements of one company; earlier ones can be brought back."""
    _put([made], StatementStore().write)


def renew(found: Sequence[Statements]) -> None:
    """Save what a source has; a market value that was typed in stays, and earlier ones can be brought back."""
    _put(found, StatementStore().renew)


def _put(found: Sequence[Statements], put: Callable[[Statements], None]) -> None:
    earlier = StatementStore().of([one.ticker for one in found])
    for one in found:
        put(one)
    st.session_state[_EARLIER] = [one for one in earlier.values() if one.to_dict() != _now(one.ticker)]


def _now(ticker: str) -> object:
    kept = StatementStore().of([ticker]).get(ticker)
    return kept.to_dict() if kept else None


def offer_undo() -> None:
    """A line while what was replaced last can be brought back."""
    earlier: list[Statements] = st.session_state.get(_EARLIER, [])
    if not earlier:
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="statements_undo_line"):
        st.markdown(show.plain(f"Statements of {named([one.ticker for one in earlier])} were replaced."))
        st.button("Undo", icon=":material/undo:", key="statements_undo", on_click=_bring_back)


def _bring_back() -> None:
    try:
        for one in st.session_state.pop(_EARLIER):
            StatementStore().write(one)
    except FinGenError as problem:
        st.toast(show.plain(str(problem)), icon=":material/error:")
