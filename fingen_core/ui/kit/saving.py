"""Popovers in which something is saved: Enter or the button saves once, says so and closes them."""

from typing import Any, NoReturn

import streamlit as st

__all__ = ["close", "popover"]

_CLOSING, _TOLD = "saving_closing", "saving_told"


def popover(label: str, key: str, **look: Any) -> Any:
    """A popover that ``close`` closes; ``look`` is as of ``st.popover``.

    A popover follows its key only before it is drawn, so what was saved in one run closes it in the next.
    """
    if key in st.session_state.get(_CLOSING, ()):
        st.session_state[_CLOSING].remove(key)
        st.session_state[key] = False
        if told := st.session_state.pop(_TOLD, ""):
            st.toast(told, icon=":material/bookmark_added:", duration="long")
    return st.popover(label, key=key, on_change="rerun", **look)


def close(key: str, told: str = "") -> NoReturn:
    """Draw the page anew with this popover closed, and say what was done."""
    st.session_state.setdefault(_CLOSING, set()).add(key)
    st.session_state[_TOLD] = told
    st.rerun()
