"""Polls of a page that is no longer on screen are dropped: Streamlit would answer them by emptying the new page.

A fragment with ``run_every`` asks again and again, and says of which page. While the server changes the page by itself
(``st.switch_page``) the browser still shows the old one, and may ask once more for that. Streamlit 1.67 queues the
question behind the new page and then answers it *for the old page*; the browser takes that for one more change of
page and clears the screen, and nothing is drawn in its place::

    browser                              server
       | -- button of page A ------------> | switch_page(B), begins to run B
       | -- poll of a fragment of A -----> | queued behind B
       | <---------------- all of page B - |
       | <-- "now a fragment of page A" -- | the fragment is gone, so nothing follows: blank

A second form of it: a full run that still waits to begin takes the page of the newest question, so a poll of the old
page can undo a click on a link. What is dropped here is never missed: the page that asked is gone, or is about to be
drawn as a whole.

Seen with a browser whose messages are delayed (``tests/browser/start/test_stale_polls.py``, which fails without this).
"""

import logging
from typing import Any

from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests, ScriptRequestType
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx

__all__ = ["drop"]

_log = logging.getLogger(__name__)


def drop() -> None:
    """Teach this process's Streamlit to drop them, before the first visitor comes."""
    _at_the_door()
    _in_the_queue()
    _before_they_run()


def _at_the_door() -> None:
    """The session knows which page is drawn, or being drawn."""
    ask = AppSession.request_rerun

    def asked(self: AppSession, client_state: Any) -> None:
        shown = self._pages_manager.current_page_script_hash
        if client_state and client_state.is_auto_rerun and shown and client_state.page_script_hash != shown:
            _log.debug("dropped a poll of page %s, for %s is shown", client_state.page_script_hash, shown)
            return
        ask(self, client_state)

    AppSession.request_rerun = asked  # type: ignore[method-assign]


def _in_the_queue() -> None:
    """A whole page that waits to be drawn draws every fragment, and must stay the page that was asked for."""
    fold = ScriptRequests._request_rerun_locked

    def folded(self: ScriptRequests, new_data: RerunData) -> bool:
        waiting = self._rerun_data
        whole = not waiting.fragment_id_queue and not waiting.is_fragment_scoped_rerun
        if new_data.is_auto_rerun and self._state is ScriptRequestType.RERUN and whole:
            return True
        return fold(self, new_data)

    ScriptRequests._request_rerun_locked = folded  # type: ignore[method-assign]


def _before_they_run() -> None:
    """What was queued while the page still was the old one is looked at again when its turn comes."""
    draw = ScriptRunner._run_script

    def drawn(self: ScriptRunner, rerun_data: RerunData) -> None:
        context = get_script_run_ctx()
        last = context.page_script_hash if context else ""
        if rerun_data.is_auto_rerun and rerun_data.fragment_id_queue and last not in {"", rerun_data.page_script_hash}:
            _log.debug("dropped a queued poll of page %s, for %s was drawn", rerun_data.page_script_hash, last)
            return
        draw(self, rerun_data)

    ScriptRunner._run_script = drawn  # type: ignore[method-assign]
