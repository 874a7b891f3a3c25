"""Starting a validation, and watching one that runs: how far, how long, Stop."""

from datetime import date

import streamlit as st

from fingen_core.charts.theme import number, percent
from fingen_core.errors import FinGenError, NotFound
from fingen_core.generators.registry import LABELS, classical
from fingen_core.market import Market
from fingen_core.runs import Run
from fingen_core.runs.validations import DEFAULT_RIVALS, Kind, Validation, expected_seconds, split_day
from fingen_core.ui.kit import show
from fingen_core.ui.runs.words import duration
from fingen_core.ui.session import state
from fingen_core.ui.validation import choice
from fingen_core.ui.validation.choice import Candidate
from fingen_core.validation.protocol import Protocol, full, quick
from fingen_core.validation.table import REFERENCE_RIVAL

__all__ = ["empty", "offer", "watch"]

_KINDS: dict[Kind, str] = {
    "full": "Full: train anew up to a day, judge the rest",
    "quick": "Quick: the held-out days only",
    "after": "As it is: days after its training",
}

_STARTED = "validation_started"
"""Set when one has begun: the form closes, so that it does not cover what is found."""


def offer(run: Run, market: Market) -> None:
    """A button that opens what can be chosen, with defaults that are right for most."""
    form = f"validation_form_{run.id}"
    if st.session_state.pop(_STARTED, False):
        st.session_state[form] = False
    with st.popover("Validate", icon=":material/fact_check:", width="stretch", key=form, on_change="rerun"):
        kinds = _possible(run, market)
        kind: Kind = st.radio(
            "How",
            kinds,
            format_func=_KINDS.__getitem__,
            key=f"validation_kind_{run.id}",
            help="Full decides: thousands of days, 2,000 paths each. Quick takes half a minute.",
        )
        protocol = _protocol(kind, run, market)
        rivals: list[str] = st.multiselect(
            "Rivals",
            list(classical()),
            default=list(DEFAULT_RIVALS),
            format_func=LABELS.__getitem__,
            key=f"validation_rivals_{run.id}",
            help=f"Each is fitted to the same days and judged in the same way. {LABELS[REFERENCE_RIVAL]} decides: "
            "without it the light for tomorrow is never good, and the rival of the best score is compared with day by "
            "day.",
        )
        if "vine-copula" in rivals:
            st.caption("The vine copula takes minutes to fit on more than ten assets.")
        st.caption(f"About {duration(expected_seconds(run, kind, rivals))} on two cores; this page may be closed.")
        if st.button(
            "Start", type="primary", icon=":material/play_arrow:", width="stretch", key=f"validation_start_{run.id}"
        ):
            _begin(run, kind, protocol, rivals, market)


def _begin(run: Run, kind: Kind, protocol: Protocol, rivals: list[str], market: Market) -> None:
    """Put it in line and run the page again; a wish that cannot be met is told."""
    try:
        begun = state.jobs().validate(run.id, protocol, rivals, kind=kind, market=market if kind == "after" else None)
    except FinGenError as problem:
        show.error(problem)
        return
    choice.show_when_done(begun)
    st.session_state[_STARTED] = True
    st.rerun()


def empty(candidate: Candidate, market: Market) -> None:
    """A model that was never validated: one sentence, and a button that does something about it."""
    run = candidate.run
    if run is None:
        show.empty(
            "**The pretrained model comes without a validation here.** Every model that you train is validated by "
            "itself on the days it was not trained on.",
            "Train a model",
            "pages/model/train.py",
        )
        return
    with st.container(border=True):
        st.markdown(
            f"**“{candidate.name}” is not validated yet.** Its settings can be trained anew up to "
            f"{split_day(state.store().market(run.id))} and judged on every day since, beside two classical rivals: "
            f"about {duration(expected_seconds(run, 'full', DEFAULT_RIVALS))}."
        )
        if st.button("Validate fully", type="primary", icon=":material/fact_check:", key=f"validation_empty_{run.id}"):
            day = split_day(state.store().market(run.id))
            _begin(run, "full", full(day), list(DEFAULT_RIVALS), market)


def watch(candidates: list[Candidate]) -> None:
    """Validations that run, and the newest that ended badly; polls while one runs."""
    moving = any(validation.is_active for one in candidates for validation in one.validations)
    names = tuple(one.id for one in candidates if one.run is not None)
    st.fragment(_panel, run_every=1.0 if moving else None)(names, polled=moving)


def _panel(run_ids: tuple[str, ...], polled: bool) -> None:
    store = state.store()
    state.jobs().reconcile()
    try:
        listed = [(store.get(run_id), store.validations(run_id)) for run_id in run_ids]
    except NotFound as problem:
        show.error(problem)
        return
    if polled != any(validation.is_active for _, found in listed for validation in found):
        st.rerun()  # the whole page: the verdict has come, or something began
    for run, found in listed:
        for validation in found:
            if validation.is_active:
                _running(run, validation)
        newest = next(iter(found), None)
        if newest is not None and newest.can_resume:
            _ended(newest)


def _running(run: Run, validation: Validation) -> None:
    stopping = (validation.folder / "stop").exists()
    with st.container(border=True, key=f"validation_running_{validation.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            what = "Waiting for the device: one training or validation has it at a time."
            if validation.status == "running":
                what = f"{validation.kind.capitalize()} validation of “{run.name}” is running; this page may be closed."
            st.markdown(what, width="stretch")
            st.button(
                "Stopping" if stopping else "Stop",
                icon=":material/stop_circle:",
                key=f"validation_stop_{validation.id}",
                disabled=stopping,
                help="Keeps the generators that are through; it can go on with the others.",
                on_click=state.jobs().stop,
                args=(validation.task,),
            )
        if validation.status == "running":
            progress = validation.progress
            share = min(progress.get("step", 0) / max(progress.get("n_steps", 0) or 1, 1), 1.0)
            left = progress.get("seconds_left")
            phase = str(progress.get("phase") or "Starting")
            parts = [phase, percent(share, 0), *([f"about {duration(left)} left"] if left is not None else [])]
            st.progress(share, text=" · ".join(parts))


def _ended(validation: Validation) -> None:
    words = {"stopped": "was stopped", "failed": "failed", "lost": "was cut off"}
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(
            f":material/error: The newest validation {words[validation.status]}. {validation.error}", width="stretch"
        )
        if validation.kind != "quick" or validation.status != "failed":
            st.button(
                "Go on",
                icon=":material/play_circle:",
                key=f"validation_resume_{validation.id}",
                on_click=_resume,
                args=(validation.task,),
            )
        st.button(
            "Dismiss",
            key=f"validation_dismiss_{validation.id}",
            on_click=state.jobs().delete,
            args=(validation.task,),
        )


def _resume(task: str) -> None:
    try:
        state.jobs().resume(task)
    except FinGenError as problem:
        st.toast(str(problem), icon=":material/error:")


def _possible(run: Run, market: Market) -> list[Kind]:
    """How this run can be validated with what there is."""
    kinds: list[Kind] = ["full"]
    if (run.folder / "held-out").exists():
        kinds.append("quick")
    if market.digest() != run.market_digest and market.tickers == run.tickers and run.has_model:
        later = market.dates[-1] > state.store().market(run.id).dates[-1]
        kinds += ["after"] if later else []
    return kinds


def _protocol(kind: Kind, run: Run, market: Market) -> Protocol:
    if kind == "quick":
        return _held_out(run)
    own = state.store().market(run.id)
    if kind == "after":
        later = int((market.dates > own.dates[-1]).sum())
        st.caption(f"{number(later)} days of {market.name} come after the last one it was trained on.")
        return full(f"{own.dates[-1]:%Y-%m-%d}")
    first, last = own.dates[min(500, len(own.dates) - 3)].date(), own.dates[-2].date()
    day: date = st.date_input(
        "Learn until",
        date.fromisoformat(split_day(own)),
        first,
        last,
        key=f"validation_until_{run.id}",
        format="YYYY-MM-DD",
        help="No generator sees a later day; all later days are the test.",
    )
    return full(day.isoformat())


def _held_out(run: Run) -> Protocol:
    from fingen_core.runs.folder import RunFolder

    return quick(RunFolder(run.folder / "held-out").read("generator.json")["last_date"])
