"""Where the statements of a company come from: Yahoo, its filings with the SEC, a file, or somebody's keyboard."""

from collections.abc import Callable, Sequence

import streamlit as st

from fingen_core.errors import FinGenError, InvalidInput
from fingen_core.market.statements import Sec, Statements, identity, keep_identity
from fingen_core.market.yahoo.client import Yahoo
from fingen_core.ui.companies import files, saving
from fingen_core.ui.kit import show

__all__ = ["SEC", "YAHOO", "choose", "of_file", "who_asks"]

YAHOO = "Yahoo"
SEC = "SEC filings"
_FILE, _HAND = "File", "By hand"
_NOT_A_PART = "Market value is not part of it: type it in, or shares times the last close are taken."


def choose(ticker: str, tickers: Sequence[str]) -> tuple[Statements | None, bool]:
    """What a file says, if one is given, and whether the table is of use: not while a file is wrong or asks."""
    with st.container(horizontal=True, vertical_alignment="center"):
        source = st.segmented_control(
            "Statements from",
            (YAHOO, SEC, _FILE, _HAND),
            default=YAHOO,
            required=True,
            key="statement_source",
            label_visibility="collapsed",
        )
        if source == YAHOO:
            _fetch(
                ticker, YAHOO, "Fetch from Yahoo", "fetch_statements", f"Four years, for personal use. {_NOT_A_PART}"
            )
        elif source == SEC and identity():
            _ask_sec(ticker)
    if source == SEC and not identity():
        who_asks("sec_identity")
    if source == _FILE:
        return of_file(ticker, tickers)
    if source == _HAND:
        st.caption("Type into the table, in millions of one currency. An empty cell is missing, never zero.")
    return None, True


def _ask_sec(ticker: str) -> None:
    if who_asks("sec_identity"):
        _fetch(
            ticker, SEC, "Fetch from the SEC", "fetch_sec", f"All years since about 2009, as filed last. {_NOT_A_PART}"
        )


def who_asks(key: str) -> bool:
    """Whether it is known who asks the SEC; asked for once, and changed on demand."""
    kept = identity()
    if not kept:
        _name(key)
        return False
    with st.popover("Who asks", icon=":material/badge:", key=f"{key}_popover"):
        st.markdown(f"The SEC is told: {show.plain(kept)}")
        _name(key)
    return True


def _name(key: str) -> None:
    with st.form(f"{key}_form", border=False):
        text = st.text_input(
            "Your name and e-mail address",
            key=key,
            placeholder="Jane Doe jane@example.org",
            help="The SEC answers only those who say who they are. Kept on this server, sent to the SEC alone.",
        )
        if not st.form_submit_button("Keep", icon=":material/save:"):
            return
    try:
        keep_identity(text)
    except InvalidInput as problem:
        show.error(problem)
        return
    st.rerun()


def _fetch(ticker: str, source: str, label: str, key: str, words: str) -> None:
    """Statements on a click; a market value that was typed in stays."""
    wanted = st.segmented_control(
        "Periods",
        ("Annual", "Quarterly"),
        default="Annual",
        required=True,
        key="statement_periods",
        label_visibility="collapsed",
    )
    asked = st.button(label, icon=":material/download:", key=key)
    st.caption(words)
    if not asked:
        return
    clients: dict[str, Callable[[], Yahoo | Sec]] = {YAHOO: Yahoo, SEC: Sec}
    try:
        with st.spinner(f"Asking {'the SEC' if source == SEC else source}"):
            found = clients[source]().statements(ticker, quarterly=wanted == "Quarterly")
    except FinGenError as problem:
        show.error(problem)
        return
    saving.renew([found])
    st.rerun()


def of_file(ticker: str, tickers: Sequence[str]) -> tuple[Statements | None, bool]:
    """A file's statements of one company; without them the table is of no use while something is wrong or open."""
    given = st.file_uploader(
        "Statements from a file",
        files.KINDS,
        key=f"statements_file_{ticker}",
        max_upload_size=50,
        help="Items in rows or in columns, each period with its name, such as 2022-12-31. Units are found, told, and "
        "can be changed.",
    )
    if given is None:
        return None, True
    found = files.read_file(given.getvalue(), given.name, f"{ticker}_{given.name}", ticker)
    if found is None:
        return None, False
    if ticker in found.companies:
        saving.warn_of_another_name(ticker, found)
        return found.companies[ticker], True
    others = saving.named(list(found.companies))
    known = [one for one in found.companies if one in tickers]
    advice = (
        f"choose {saving.named(known)} above, or keep all of them under What it learns from"
        if known
        else "this market has none of them. Load their prices under Market first, or keep the statements for later "
        "under What it learns from"
    )
    show.error(InvalidInput(f"{given.name} holds statements of {others}, not of {ticker}: {advice}"))
    return None, False
