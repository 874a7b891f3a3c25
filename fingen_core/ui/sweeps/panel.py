"""A sweep on screen: how far it has come, its trials, what matters, and the settings of the best."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from fingen_core.charts.training import sweeps as charts
from fingen_core.errors import FinGenError, NotFound
from fingen_core.runs.sweeps import Sweep, Trial
from fingen_core.runs.sweeps import damaged as damaged_sweeps
from fingen_core.settings import home
from fingen_core.training.settings.picture_config import PictureConfig
from fingen_core.training.settings.words import controls_of, label, value_in_words
from fingen_core.ui.kit import show
from fingen_core.ui.runs import compare
from fingen_core.ui.runs.words import IMAGES, RUNS, TRAIN, duration
from fingen_core.ui.session import damaged, loaded_settings, state
from fingen_core.ui.setup import form as training_form
from fingen_core.ui.setup import image_form
from fingen_core.ui.sweeps import form

__all__ = ["show_all", "trial_table"]

SWEEPS = "pages/model/sweeps.py"
_LINK, _DELETED = "sweep", "sweep_deleted"
_POLL = 2.0
_STATES = {"running": "training", "done": "done", "pruned": "stopped early", "failed": "failed"}
_MOST_COMPARED = 8
_CLEARLY, _SURE = 0.1, 20
"""By how much a share must lead, and from how many trials on it is believed."""


def show_all() -> None:
    """The sweep that the address names, or a form for a new one above those that there are."""
    _offer_undo()
    sweep_id = st.query_params.get(_LINK)
    if sweep_id:
        _one(sweep_id)
        return
    form.form(state.market())
    damaged.offer(damaged_sweeps(home()))
    known = state.sweeps().listing()
    if known:
        st.subheader("Earlier sweeps", anchor=False)
        for sweep in known:
            _line(sweep)


def trial_table(sweep: Sweep) -> pd.DataFrame:
    """One row per trial: state, score, knobs, seconds, run, what went wrong."""
    rows = [
        {
            "Trial": trial.number + 1,
            "State": "interrupted" if trial.state == "running" and not sweep.is_active else _STATES[trial.state],
            "Score": trial.value,
            **{
                label(knob.name, sweep.config): value_in_words(knob.name, trial.params[knob.name], sweep.config)
                if knob.name in trial.params
                else None
                for knob in sweep.knobs
            },
            "Seconds": trial.seconds or None,
            "Run": trial.run_id,
            "Why": trial.error,
        }
        for trial in sweep.trials
    ]
    table = pd.DataFrame(rows)
    return table.drop(columns="Why") if rows and not table["Why"].any() else table


def _line(sweep: Sweep) -> None:
    best = sweep.best
    score = f", best score {best.value:.4f}" if best is not None else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(sweep.name, type="tertiary", icon=":material/tune:", key=f"sweep_open_{sweep.id}"):
            st.query_params[_LINK] = sweep.id
            st.rerun()
        st.caption(f"{sweep.status}, {len(sweep.trials)} of {sweep.n_trials} trials{score}", width="content")


def _one(sweep_id: str) -> None:
    try:
        sweep = state.sweeps().get(sweep_id)
    except NotFound as problem:
        show.error(problem, ("All sweeps", SWEEPS))
        return
    st.fragment(_panel, run_every=_POLL if sweep.is_active else None)(sweep.id, polled=sweep.is_active)


def _panel(sweep_id: str, polled: bool) -> None:
    state.jobs().reconcile()
    sweep = state.sweeps().get(sweep_id)
    if polled != sweep.is_active:
        st.rerun()  # the whole page: with or without the timer
    st.subheader(sweep.name, anchor=False)
    _head(sweep)
    scored = [trial for trial in sweep.trials if trial.value is not None]
    if sweep.best is not None:
        _winner(sweep, sweep.best)
    if scored:
        _figures(sweep, scored)
    if sweep.trials:
        _table(sweep)


def _head(sweep: Sweep) -> None:
    progress = sweep.progress
    if sweep.is_active:
        share = min(progress.get("step", 0) / max(progress.get("n_steps", 0) or 1, 1), 1.0)
        left = progress.get("seconds_left")
        phase = progress.get("phase", "Starting")
        st.progress(share, text=f"{phase}{f' · about {duration(left)} left' if left is not None else ''}")
    elif sweep.error:
        st.error(sweep.error, icon=":material/error:")
    st.caption(
        f"{sweep.status.capitalize()}: {_count_in_words(sweep)}; {sweep.market_name}, seed {sweep.seed}. Each trial is "
        "an ordinary run; this page may be closed."
    )
    with st.container(horizontal=True):
        _stop_or_resume(sweep)
        ids = _best_runs(sweep)
        if len(ids) > 1 and st.button("Compare the best", icon=":material/compare:", key="sweep_compare"):
            show.go_to(RUNS, {compare.LINK: ",".join(ids)})
        if st.button("New sweep", icon=":material/add:", key="sweep_new"):
            st.query_params.pop(_LINK, None)
            st.rerun()
        if st.button("Delete", icon=":material/delete:", key="sweep_delete", help="Can be undone; its runs stay."):
            state.sweeps().delete(sweep.id)
            st.session_state[_DELETED] = sweep.id
            st.query_params.pop(_LINK, None)
            st.rerun()


def _count_in_words(sweep: Sweep) -> str:
    """How the trials ended: "of 6 trials 3 ran to the end, 1 was stopped early and 2 failed (the table says why)"."""
    done, pruned, failed = (
        sum(trial.state == state for trial in sweep.trials) for state in ("done", "pruned", "failed")
    )
    early = f"{pruned} {'was' if pruned == 1 else 'were'} stopped early"
    ended = f", {early} and {failed} failed (the table says why)" if failed else f" and {early}"
    return f"of {sweep.n_trials} trials {done} ran to the end{ended}"


def _stop_or_resume(sweep: Sweep) -> None:
    if sweep.is_active:
        stopping = (sweep.folder / "stop").exists()
        if st.button(
            "Stopping" if stopping else "Stop", icon=":material/stop_circle:", key="sweep_stop", disabled=stopping
        ):
            state.sweeps().stop(sweep.id)
            st.rerun()
    elif sweep.can_resume and st.button("Resume", type="primary", icon=":material/play_circle:", key="sweep_resume"):
        try:
            state.sweeps().resume(sweep.id)
        except FinGenError as problem:
            show.error(problem)
            return
        st.rerun()


def _winner(sweep: Sweep, best: Trial) -> None:
    first = sweep.trials[0]
    with st.container(border=True, key="sweep_winner"):
        settings = ", ".join(
            f"{label(name, sweep.config)} **{value_in_words(name, value, sweep.config)}**"
            for name, value in best.params.items()
        )
        gain = ""
        if first.state == "done" and first.value is not None and first.number != best.number and best.value is not None:
            gain = f" against {first.value:.4f} with the settings as they were"
        st.markdown(f"**Best: trial {best.number + 1}**, score {best.value:.4f}{gain}.  \n{settings}")
        with st.container(horizontal=True):
            if st.button("Use these settings", type="primary", icon=":material/tune:", key="sweep_use"):
                words = f"The settings of trial {best.number + 1} of “{sweep.name}” are loaded."
                paints = isinstance(sweep.config, PictureConfig)
                loaded_settings.load(image_form.FORM if paints else training_form.FORM, sweep.settings(best), words)
                show.go_to(IMAGES if paints else TRAIN, {"images_view": "Training"} if paints else None)
            if st.button("Open its run", icon=":material/open_in_full:", key="sweep_run"):
                show.go_to(TRAIN, {"run": best.run_id})


def _figures(sweep: Sweep, scored: Sequence[Trial]) -> None:
    left, right = st.columns(2, gap="medium")
    sample = f"{len(scored)} {'trial' if len(scored) == 1 else 'trials'}, {sweep.market_name}, seed {sweep.seed}"
    with left:
        show.chart(
            charts.history(scored, _found(scored), sample, dark=state.dark()),
            alt=f"Scores of {len(scored)} trials in their order, and the best so far.",
            key="sweep_history",
            data=lambda: trial_table(sweep),
            how=charts.HOW["history"],
        )
        _importance(sweep)
    with right:
        show.chart(
            charts.coordinates(scored, _axes(sweep), "What went with which score?", sample, dark=state.dark()),
            alt=f"Parallel coordinates of {len(scored)} trials over {len(sweep.knobs)} settings and the score.",
            key="sweep_coordinates",
            data=lambda: trial_table(sweep),
            how=charts.HOW["coordinates"],
        )


def _importance(sweep: Sweep) -> None:
    if len(sweep.knobs) == 1:
        return  # all of what matters, of one
    if not sweep.importance:
        st.caption("Which setting matters most is told once five trials have run to their end.")
        return
    shares = {label(name, sweep.config): share for name, share in sweep.importance.items()}
    done = sum(trial.state == "done" for trial in sweep.trials)
    show.chart(
        charts.importance(shares, _matters(shares, done), f"{done} trials that ran to their end", dark=state.dark()),
        alt="Share of the scores' variance that each setting explains: "
        + ", ".join(f"{name} {share:.0%}" for name, share in shares.items()),
        key="sweep_importance",
        data=lambda: pd.DataFrame({"setting": list(shares), "share of variance": list(shares.values())}),
        how=charts.HOW["importance"],
    )


def _matters(shares: dict[str, float], n_trials: int) -> str:
    """The finding, no surer than so many trials allow."""
    first, *rest = sorted(shares, key=lambda name: -shares[name])
    if rest and shares[first] - shares[rest[0]] < _CLEARLY:
        return "No setting stands out"
    return f"{first} matters most" if n_trials >= _SURE else f"{first} may matter most"


def _axes(sweep: Sweep) -> list[charts.Coordinate]:
    known = controls_of(sweep.config)
    return [
        charts.Coordinate(
            knob.name,
            label(knob.name, sweep.config),
            knob.low,
            knob.high,
            knob.choices,
            knob.name in known and known[knob.name].log and knob.low > 0,
        )
        for knob in sweep.knobs
    ]


def _found(scored: Sequence[Trial]) -> str:
    """The finding of the history in a few words."""
    done = [trial for trial in scored if trial.state == "done" and trial.value is not None]
    if len(done) < 2:
        return "The first trials"
    best = min(done, key=lambda trial: trial.value or 0.0)
    return "Nothing beats the settings as they were" if best.number == 0 else f"Trial {best.number + 1} is the best"


def _table(sweep: Sweep) -> None:
    table = trial_table(sweep)
    st.dataframe(
        show.numbers(table, {"Score": 4}),
        hide_index=True,
        column_config={
            "Score": st.column_config.NumberColumn(
                help="Mean FZ0 on the validation days, or the long-run distance of pictures; lower is better.",
            ),
            "Seconds": st.column_config.NumberColumn(format="%.0f"),
            "Run": st.column_config.TextColumn(help="The id that the command line takes."),
        },
        key="sweep_trials_table",
        placeholder="–",
        alt="All trials of the sweep",
    )
    show.download(table, f"sweep-{sweep.id}", label="Trials as CSV", kind="tertiary")


def _best_runs(sweep: Sweep) -> list[str]:
    """Runs of the first trial and of the best ones, as far as they are still there."""
    there = {run.id for run in state.store().list()}
    done = [trial for trial in sweep.trials if trial.state == "done" and trial.run_id in there]
    ordered = [*done[:1], *sorted(done[1:], key=lambda trial: trial.value or 0.0)]
    return [trial.run_id for trial in ordered[:_MOST_COMPARED]]


def _offer_undo() -> None:
    sweep_id = st.session_state.get(_DELETED)
    if not sweep_id:
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="sweep_undo_line"):
        st.markdown("The sweep is deleted; its runs are still there.")
        st.button("Undo", icon=":material/undo:", key="sweep_undo", on_click=_restore)


def _restore() -> None:
    state.sweeps().restore(st.session_state.pop(_DELETED))
