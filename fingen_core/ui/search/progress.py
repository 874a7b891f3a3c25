"""A search on screen: asked for, watched, stopped, and shown part by part."""

from collections.abc import Callable, Mapping

import streamlit as st

from fingen_core.charts.theme import percent
from fingen_core.errors import FinGenError
from fingen_core.jobs.warm.searcher import Found
from fingen_core.scenarios.requests import StressRequest
from fingen_core.ui.kit import show
from fingen_core.ui.session import state

__all__ = ["band", "odds", "search"]

_POLL = 0.6

Draw = Callable[[Mapping[str, Found]], None]


def search(
    request: StressRequest,
    draw: Draw,
    *,
    button: str,
    told: str,
    at_once: bool = False,
    refused: Callable[[str], None] | None = None,
) -> bool:
    """Show what a search found, or how far it is, or the button that begins it.

    Parameters
    ----------
    request : StressRequest
    draw : callable
        Draws the parts that are there already, by name; called again as more of them come.
    button, told : str
        What begins the search, and a line about what it will do.
    at_once : bool
        Begin without being pressed, once for every question.
    refused : callable, optional
        Offers something else where the search has failed, of which it is given the sentence; by default to try again.

    Returns
    -------
    bool
        Whether the search has ended well.
    """
    desk, digest = state.desk(), request.digest()
    status = desk.status(digest)
    if status is None and at_once:
        status = desk.ask(request)
    if status is None or status.state == "stopped":
        with st.container(border=True):
            st.markdown(told if status is None else "Stopped. What was found so far is below; begin again to go on.")
            if st.button(button, type="primary", icon=":material/search:"):
                desk.ask(request)
                st.rerun()
        if status is not None:
            _draw(draw, status.parts)
        return False
    if status.state == "failed":
        st.warning(show.plain(status.error), icon=":material/block:")
        if refused is not None:
            refused(status.error)
        elif st.button("Try again", icon=":material/refresh:"):
            desk.ask(request)
            st.rerun()
        return False
    if not status.is_over:
        st.fragment(_watch, run_every=_POLL)(digest, draw)
        return False
    _draw(draw, status.parts)
    return True


def _draw(draw: Draw, parts: Mapping[str, Found]) -> None:
    """What is there; a portfolio that cannot be drawn (shorts that cost more than everything) says so in words."""
    if parts:
        try:
            draw(parts)
        except FinGenError as problem:
            show.error(problem)


def _watch(digest: str, draw: Draw) -> None:
    """How far it is and what is there already; the whole page is drawn anew when it is over."""
    status = state.desk().status(digest)
    if status is None or status.is_over:
        st.rerun(scope="app")
    bar, stop = st.columns([5, 1], vertical_alignment="center")
    bar.progress(min(status.share, 1.0), f"{percent(status.share, 0)}, {status.line}, {status.seconds:.0f} s")
    if stop.button("Stop", icon=":material/stop_circle:", key=f"stop-{digest}", width="stretch"):
        state.desk().stop(digest)
    _draw(draw, status.parts)


def odds(probability: float) -> str:
    """A probability in words: "1 in 340", "12.0 %"."""
    if probability >= 0.1:
        return percent(probability)
    return f"1 in {_round(1 / probability)}" if probability > 0 else "never"


def band(probability: float, low: float, high: float) -> str:
    """The 90 % band of a probability: "310 to 370", "11.0 % to 13.1 %" from a tenth on."""
    if probability >= 0.1:
        return f"{percent(low)} to {percent(high)}"
    return f"1 in {_round(1 / high)} to {_round(1 / low)}"


def _round(value: float) -> str:
    """Two significant digits, three from a thousand on."""
    digits = 2 if value < 1000 else 3
    whole = float(f"{value:.{digits}g}")
    return f"{whole:,.0f}" if whole >= 10 else f"{whole:.1f}"
