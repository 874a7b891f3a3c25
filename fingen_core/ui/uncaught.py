"""Errors that no page caught, among them those of buttons: told in the app's words where they are a person's to mend.

Streamlit calls ``on_script_error`` with what ended a run of a page, a fragment or a callback. What is told here is a
:class:`FinGenError`, which is meant to be read, and a disk that is full or may not be written to. All else is a bug: it
stands in the server's log with its traceback, and the page says that something went wrong.
"""

import contextlib
import errno
import logging
from collections.abc import Iterator
from functools import partial

import streamlit as st
from streamlit.runtime import RuntimeConfig
from streamlit.web.server import server

from fingen_core.errors import FinGenError
from fingen_core.settings import home
from fingen_core.ui.kit import show

__all__ = ["teach", "tell", "told"]

_log = logging.getLogger(__name__)

_DISK = {
    errno.ENOSPC: "the disk is full: free some space",
    errno.EDQUOT: "the disk's quota is used up: free some space",
    errno.EROFS: "the disk is read-only: have it mounted for writing",
    errno.EACCES: "the rights do not allow it: mend them",
    errno.EPERM: "the rights do not allow it: mend them",
    errno.EIO: "the disk does not answer as it should: have it looked at",
}


def teach() -> None:
    """Have this process's Streamlit ask :func:`tell`, before the server is made."""
    setattr(server, "RuntimeConfig", partial(RuntimeConfig, on_script_error=tell))  # noqa: B010 (a class, for mypy)


@contextlib.contextmanager
def told() -> Iterator[None]:
    """What a page refuses ends it with the words of the refusal; what stands above stays."""
    try:
        yield
    except (FinGenError, OSError) as error:
        if not tell(error):
            raise
        _log.warning("a page ended in: %s", error)


def tell(error: Exception) -> bool:
    """Show the words of an error that has some; whether it had."""
    words = _words(error)
    if not words:
        return False
    st.error(show.plain(words), icon=":material/error:")
    st.caption("Nothing that was saved before is lost. Any click brings the page back.")
    return True


def _words(error: Exception) -> str:
    if isinstance(error, FinGenError):
        return str(error)
    if isinstance(error, OSError) and error.errno in _DISK:
        return f"{error.filename or home()} cannot be written to, since {_DISK[error.errno]}, then try again"
    return ""
