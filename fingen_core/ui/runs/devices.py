"""What can be trained on. The sampling worker is asked once per server, in a thread: it has torch, the page has not."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import streamlit as st

from fingen_core.ui.session import state

__all__ = ["asking", "choice", "known", "label", "size"]

_ASKING = "They are still being looked for, which takes some seconds. Automatic takes the best of them."


def known() -> list[dict[str, Any]]:
    """Devices of this machine, the preferred one first; empty until the worker has answered, or if it cannot."""
    asked = _asked(str(state.store().home))
    return asked.result() if asked.done() and asked.exception() is None else []


def asking() -> bool:
    """Whether the answer is still to come."""
    return not _asked(str(state.store().home)).done()


def label(name: str = "auto") -> str:
    """A device in words: "NVIDIA H200", "CPU, 2 threads"; the name itself while nothing is known."""
    found = known()
    for device in found:
        if name in ("auto", device["name"]):
            return str(device["label"])
    return "automatic device" if name == "auto" else name


def choice(key: str) -> str:
    """A list to choose from; "auto" alone until the answer has come.

    The label of an option must not change with what is known: a browser sends back the label that it showed, and one
    that is no longer there would come back as it is.
    """
    labels = {device["name"]: f"{device['label']}, {size(device['memory_bytes'])}" for device in known()}
    chosen = st.selectbox(
        "Device",
        ["auto", *labels],
        format_func=lambda name: labels.get(name, "Automatic"),
        key=key,
        help=f"Automatic takes an NVIDIA GPU, else Apple's, else the processor. Here: {label()}.",
        persist_state="session",
    )
    if asking():
        # No timer: a redraw that nobody asked for could take a slider beside this list back to where it was.
        st.button("List the devices", type="tertiary", icon=":material/refresh:", key=f"{key}_again", help=_ASKING)
    return chosen if chosen in labels else "auto"


def size(memory: float) -> str:
    """Bytes in words: "553 MB", "139.0 GB"."""
    return f"{memory / 2**30:.1f} GB" if memory >= 2**30 else f"{memory / 2**20:,.0f} MB"


@st.cache_resource(max_entries=4, show_spinner=False)
def _asked(home: str) -> "Future[list[dict[str, Any]]]":  # noqa: ARG001  (one answer per home)
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="devices")
    answer: Future[list[dict[str, Any]]] = pool.submit(state.sampler().devices)
    pool.shutdown(wait=False)
    return answer
