"""Who did what: notes of the pages in the audit log, and the log as a table."""

from typing import Any

import streamlit as st

from fingen_core.runs.audit import LOCAL, AuditLog
from fingen_core.settings import home
from fingen_core.ui.kit import show

__all__ = ["log", "note", "show_log", "who"]


def who() -> str:
    """The signed-in person's address or name, or "local" where nobody signs in."""
    if not getattr(st.user, "is_logged_in", False):
        return LOCAL
    return str(st.user.get("email") or st.user.get("name") or st.user.get("sub") or LOCAL)


def log() -> AuditLog:
    """The log of this server."""
    return AuditLog(home())


def note(what: str, about: str = "", **facts: Any) -> None:
    """Add a line to the log in the name of whoever is in front of the screen."""
    log().add(what, about, who=who(), **facts)


def show_log() -> None:
    """The log as a table, the newest line first, and as a file."""
    table = log().table()
    if table.empty:
        st.info("Nothing was saved, changed or reported yet.", icon=":material/history:")
        return
    height = min(36 * (len(table) + 1) + 2, 480)
    when = table["When (UTC)"].astype(str).str.slice(0, 19).str.replace("T", " ")  # the file keeps milliseconds
    shown = table.assign(**{"When (UTC)": when})
    st.dataframe(shown, hide_index=True, height=height, key="audit_table", alt="Who did what and when")
    show.download(table, "audit-log", label="Audit log as CSV")
