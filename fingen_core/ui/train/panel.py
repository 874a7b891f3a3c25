"""One training on screen: live while it runs, its verdict when it is done, the remedy when it is not.

The state shown is read anew from the run's folder at each tick, so a killed worker, a second tab and a restarted server
all show the truth.
"""

import streamlit as st

from fingen_core.errors import NotFound
from fingen_core.runs import Run
from fingen_core.ui.kit import show
from fingen_core.ui.runs import snapshots
from fingen_core.ui.runs.curves import learning
from fingen_core.ui.runs.findings import findings
from fingen_core.ui.runs.steering import changed_settings
from fingen_core.ui.runs.words import RUNS
from fingen_core.ui.session import state
from fingen_core.ui.train.heads import HEADS, validating
from fingen_core.ui.train.latent_map import latent_map

__all__ = ["chosen", "open_run", "watch", "work_on_link"]

_POLL, _POLL_SELDOM = 1.0, 5.0


def chosen() -> Run | None:
    """The run that the address asks for with ``?run=``; says so and goes on without one if it is not there."""
    run_id = st.query_params.get("run")
    if not run_id:
        return None
    try:
        return state.store().get(run_id)
    except NotFound as problem:
        show.error(problem, ("See all runs", RUNS))
        return None


def work_on_link() -> None:
    """A finished run that the address asks for is the one that is being worked on: the header tells of it."""
    linked = st.query_params.get("run")
    run = next((run for run in state.store().list() if run.id == linked), None) if linked else None
    if run is not None and run.has_model:
        state.set_run(run.id)


def open_run(run_id: str) -> None:
    """Show this run on the Train page; the address then names it, so a reload or a second tab shows the same."""
    st.query_params["run"] = run_id


def watch(run: Run) -> None:
    """Everything about one training; polls each second while it waits or trains, seldom while it is validated, and not
    afterwards.

    Seldom, since then people leave for its scenarios, and a poll that is under way when the page changes can empty the
    new one.
    """
    judged = validating(run) is not None
    every = _POLL if run.is_active else _POLL_SELDOM if judged else None
    st.fragment(_panel, run_every=every)(run.id, polled=run.is_active or judged)


def _panel(run_id: str, polled: bool) -> None:
    if st.query_params.get("run") != run_id:
        st.rerun()  # a button of this fragment leads elsewhere: the page, not this part of it alone
    try:
        run = state.store().get(run_id)
    except NotFound as problem:
        show.error(problem, ("See all runs", RUNS))
        return
    if polled != (run.is_active or validating(run) is not None):
        st.rerun()  # the whole page: with or without the timer
    st.subheader(run.name, anchor=False)
    HEADS[run.status](run)
    findings(run)
    changed_settings(run)
    st.fragment(_room)(run.id)


def _room(run_id: str) -> None:
    """What can be looked at; a fragment of its own, so that a slider in it redraws nothing else."""
    run = state.store().get(run_id)
    view = _view(run)
    if view in _VIEWS:
        _VIEWS[view](run)
        return
    curves = state.store().curves(run.id)
    if len(curves) or run.progress.get("sample") or run.is_active:
        learning(run, curves)


def _view(run: Run) -> str:
    views = ["Learning", "Samples", "Critic's view" if run.config.model == "gan" else "Latent map"]
    chosen = st.segmented_control(
        "View",
        views,
        default=views[0],
        required=True,
        key=f"train_view_{run.config.model}",
        label_visibility="collapsed",
    )
    return chosen if chosen in views else views[0]


_VIEWS = {"Samples": snapshots.samples, "Critic's view": snapshots.critics_view, "Latent map": latent_map}
