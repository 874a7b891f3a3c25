"""Settings that come from elsewhere, a run or a preset: loaded as they are, told in one line, taken back on a click."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from fingen_core.errors import NotFound
from fingen_core.runs import Run
from fingen_core.training.settings.picture_config import Configuration
from fingen_core.ui.kit import show
from fingen_core.ui.session import state

__all__ = ["Form", "forget", "from_run", "has_loaded", "load", "offer_undo", "open_scenarios"]

_TAKEN = "taken_over"
RUNS = "pages/model/runs.py"
_SCENARIOS = "pages/stress/scenarios.py"


@dataclass(frozen=True)
class Form:
    """A form of settings: its name, what it says now, and how it takes up other settings."""

    name: str
    now: Callable[[], Configuration | None]
    fill: Callable[[Any], None]


@dataclass(frozen=True)
class _Taken:
    form: str
    sentence: str
    before: Configuration | None
    market: str | None


def load(form: Form, config: Configuration, sentence: str) -> None:
    """Let the form set out from these settings; call before its widgets are drawn, or from a callback."""
    st.session_state[_TAKEN] = _Taken(form.name, sentence, form.now(), None)
    form.fill(config)


def from_run(form: Form, fits: Callable[[Run], bool]) -> None:
    """Settings and market of the run that ``?from=`` names, once; the address then forgets it."""
    source = st.query_params.get("from")
    if not source:
        return
    del st.query_params["from"]
    try:
        run = state.store().get(source)
    except NotFound as problem:
        show.error(problem, ("See all runs", RUNS))
        return
    if not fits(run):
        return
    other = run.market_digest != state.market().digest()
    told = f" and its market, {run.market_name}, are loaded" if other else " are loaded"
    load(form, run.config, f"The settings of “{run.name}”{told}.")
    if other:
        st.session_state[_TAKEN] = replace(st.session_state[_TAKEN], market=state.market_key())
        _work_on(run)
    st.rerun()  # the header above tells of the market


def offer_undo(form: Form) -> None:
    """One line that says what was loaded, with a button that takes it back; above the widgets of the form."""
    if not has_loaded(form):
        return
    taken: _Taken = st.session_state[_TAKEN]
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="taken_over_line"):
        st.markdown(f":material/tune: {taken.sentence} Nothing is trained until you press Train.", width="content")
        if st.button("Undo", icon=":material/undo:", key="taken_over_undo"):
            _undo(form)
            st.rerun()  # the whole page: its header tells of the market


def has_loaded(form: Form) -> bool:
    """Whether this form holds settings from elsewhere that can still be taken back."""
    taken = st.session_state.get(_TAKEN)
    return taken is not None and taken.form == form.name


def forget() -> None:
    """Nothing is left to be taken back: the training has begun."""
    st.session_state.pop(_TAKEN, None)


def open_scenarios(run: Run) -> None:
    """Leave for the scenarios of a run, on the market that it was trained on."""
    if run.market_digest != state.market().digest():
        _work_on(run)
    state.set_run(run.id)
    show.go_to(_SCENARIOS)


def _undo(form: Form) -> None:
    taken: _Taken = st.session_state.pop(_TAKEN)
    form.fill(taken.before)
    if taken.market is not None:
        state.set_market_key(taken.market)


def _work_on(run: Run) -> None:
    """The market of a run: from the library if it is there, else from the run's own copy of the prices."""
    try:
        state.market_of(run.market_digest)
        state.set_market_key(run.market_digest)
    except NotFound:
        state.set_market(state.store().market(run.id))
