"""What was entered in the portfolio editor, kept while another view of it is looked at."""

from typing import Any

import streamlit as st

__all__ = ["begin", "forget", "kept", "key", "look_anew"]

_KEPT, _LOOK = "portfolio_kept", "portfolio_look"


def begin(lasting: str) -> None:
    """Forget what was entered and not used, but for one entry: the dialog was closed, perhaps by a slip."""
    old = st.session_state.get(_KEPT, {})
    st.session_state[_KEPT] = {lasting: old[lasting]} if lasting in old else {}
    look_anew()


def kept() -> dict[str, Any]:
    """Entries by name: Streamlit forgets them as soon as another view of the dialog is looked at."""
    entries: dict[str, Any] = st.session_state.setdefault(_KEPT, {})
    return entries


def forget() -> None:
    """Everything was used."""
    kept().clear()


def look_anew() -> None:
    """Let the fields begin anew, with what is kept.

    A field that comes back under the key it had may be remembered by the page and forgotten by the browser or the other
    way round, if the view changes before the last run has ended: then one shows what the other does not know.
    """
    st.session_state[_LOOK] = st.session_state.get(_LOOK, 0) + 1


def key(name: str) -> str:
    """The key of a field in this look."""
    return f"{name}_{st.session_state.get(_LOOK, 0)}"
