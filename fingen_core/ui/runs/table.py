"""The table of all runs and what can be done with the selected one."""

import hashlib
import math
from dataclasses import asdict

import pandas as pd
import streamlit as st

from fingen_core.charts.theme import percent
from fingen_core.charts.training.curves import SCORE_NAMES
from fingen_core.errors import FinGenError
from fingen_core.market import spreadsheet
from fingen_core.runs import Run
from fingen_core.training.settings.config import CHOICE_CONTROLS, controls, preset
from fingen_core.training.settings.picture_config import PictureConfig, picture_controls, picture_preset
from fingen_core.training.settings.words import value_in_words
from fingen_core.ui.kit import saving, show
from fingen_core.ui.request import model_wanted
from fingen_core.ui.runs import compare
from fingen_core.ui.runs.findings import findings
from fingen_core.ui.runs.snapshots import samples
from fingen_core.ui.runs.steering import changed_settings
from fingen_core.ui.runs.words import IMAGES, TRAIN, VALIDATION, duration, painted_verdict, verdict
from fingen_core.ui.session import damaged, lights, loaded_settings, state

__all__ = ["settings_table", "show_all", "table"]

_DELETED = "runs_deleted"
_STATE_WIDTH = 116
"""Pixels that "running, 100 %" needs: a small column cuts it off."""

_NAME_WIDTH = 370
"""Pixels that "VAE balanced, US large caps, latent size 5, seed 3" needs."""

COLUMNS = {
    "Name": st.column_config.TextColumn(width=_NAME_WIDTH),
    "State": st.column_config.TextColumn(width=_STATE_WIDTH),
    "Verdict": st.column_config.TextColumn(
        width="medium", help="FZ0 at 2.5 % and CRPS on the validation days, against the rivals."
    ),
    "Lights": st.column_config.TextColumn(
        width="medium", help="Its validation: right about tomorrow, lives like a market, shows anything new."
    ),
    SCORE_NAMES["fz0_2.5"]: st.column_config.NumberColumn(
        "FZ0 2.5 %", width="small", help="Judges value at risk and expected shortfall together."
    ),
    SCORE_NAMES["crps"]: st.column_config.NumberColumn("CRPS", width="small", help="Judges the whole distribution."),
    "Model": st.column_config.TextColumn(width="small"),
    "Preset": st.column_config.TextColumn(width="small"),
    "Market": st.column_config.TextColumn(width="medium"),
    "Assets": st.column_config.NumberColumn(width="small"),
    "Seed": st.column_config.NumberColumn(width="small", format="%d"),
    "Took": st.column_config.TextColumn(width="small"),
    "Made": st.column_config.DatetimeColumn(width="medium", format="YYYY-MM-DD HH:mm"),
    "Run": st.column_config.TextColumn(width="small", help="The id that the command line takes."),
}


def show_all() -> None:
    """The table and its actions; follows running trainings until the last one has ended."""
    state.jobs().reconcile()
    _offer_undo()
    damaged.offer(state.store().damaged())
    runs = state.store().list()
    compare.tell_lost(runs)
    if not runs:
        model_wanted.tell(
            state.market(), "One on the market that is chosen takes less than a minute.", missing="No training yet."
        )
        return
    active = any(run.is_active for run in runs)
    st.fragment(_table_and_actions, run_every=2.0 if active else None)(active)
    ticked = compare.linked(state.store().list())
    if len(ticked) > 1:
        compare.show_all(ticked)


def table(runs: list[Run]) -> pd.DataFrame:
    """One row per run: state, verdict, scores, what it was trained on."""
    rows = [
        {
            "Name": run.name,
            "State": _state(run),
            "Verdict": painted_verdict(run) if run.paints else verdict(run),
            "Lights": lights.in_words(run.lights) if run.has_model else "",
            SCORE_NAMES["fz0_2.5"]: run.scores.get("fz0_2.5", math.nan),
            SCORE_NAMES["crps"]: run.scores.get("crps", math.nan),
            "Model": run.config.model.upper(),
            "Preset": run.config.preset.capitalize(),
            "Market": run.market_name,
            "Assets": len(run.tickers),
            "Seed": run.config.seed,
            "Took": duration(run.took) if run.took is not None else "",
            "Made": run.created,
            "Run": run.id,
        }
        for run in runs
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def settings_table(run: Run) -> pd.DataFrame:
    """Settings of a run beside those of its preset; the ones that differ first."""
    painted = isinstance(run.config, PictureConfig)
    labels = {name: choice.label for name, choice in CHOICE_CONTROLS.items()}
    labels |= {name: control.label for name, control in (picture_controls() if painted else controls()).items()}
    plain = (picture_preset if painted else preset)(run.config.preset, run.config.model)
    own, base = asdict(run.config), asdict(plain)
    rows = [
        {
            "Setting": labels.get(name, name.capitalize()),
            "This run": value_in_words(name, value, run.config),
            "Preset": value_in_words(name, base[name], run.config),
            "Key": name,
        }
        for name, value in sorted(own.items(), key=lambda item: item[1] == base[item[0]])
    ]
    return pd.DataFrame(rows)


def _table_and_actions(polled: bool) -> None:
    runs = _shown(state.store().list())
    if polled != any(run.is_active for run in state.store().list()):
        st.rerun()  # the whole page: with or without the timer
    if not runs:
        st.caption("Only trials of sweeps so far.")
        return
    # The selection is row numbers: another list of runs gets another table, so that it cannot point to other runs.
    identity = hashlib.sha256("".join(run.id for run in runs).encode()).hexdigest()[:12]
    ticked = [run.id for run in compare.linked(runs)]
    event = st.dataframe(
        show.numbers(table(runs), {SCORE_NAMES["fz0_2.5"]: 4, SCORE_NAMES["crps"]: 4}),
        hide_index=True,
        column_config=COLUMNS,
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={"selection": {"rows": _rows(runs, ticked)}},
        key=f"runs_table_{identity}",
        placeholder="–",
        alt="All runs with their state, scores and settings",
    )
    chosen = [runs[row] for row in event["selection"]["rows"] if row < len(runs)]
    _remember(chosen, ticked, runs)
    if len(chosen) == 1:
        st.caption("Tick more rows to compare runs: what differs, curves, scores and fans. The address is the link.")
        _selected(chosen[0])
    elif not chosen:
        st.caption("Tick one row to open, rename, download or delete that run; tick several to compare them.")


def _shown(runs: list[Run]) -> list[Run]:
    """All runs; trials of sweeps, which come by the dozen, on request or when the address names them."""
    if not any(run.sweep for run in runs):
        return runs
    named = {run.id for run in compare.linked(runs)}
    everything = st.toggle(
        "Show trials of sweeps too",
        key="runs_trials",
        bind="query-params",
        help="Each trial of a sweep is an ordinary run. Their own page is Sweeps.",
    )
    return [run for run in runs if everything or not run.sweep or run.id in named]


def _rows(runs: list[Run], ticked: list[str]) -> list[int]:
    """Rows that are ticked when the table is new: those of the address, else the one that is worked on."""
    places = {run.id: row for row, run in enumerate(runs)}
    return [places[run_id] for run_id in ticked] or [_preferred(runs)]


def _remember(chosen: list[Run], before: list[str], runs: list[Run]) -> None:
    """Put the ticked rows into the address; in the order in which they were ticked, so that each keeps its color."""
    ids = [run.id for run in chosen]
    kept = [run_id for run_id in before if run_id in ids]
    now = [*kept, *(run_id for run_id in ids if run_id not in kept)]
    if now == before or (not before and ids == [runs[_preferred(runs)].id]):
        return
    if now:
        st.query_params[compare.LINK] = ",".join(now)
    else:
        st.query_params.pop(compare.LINK, None)
    if max(len(now), len(before)) > 1:
        st.rerun()  # the whole page: the comparison stands below this part of it


def _preferred(runs: list[Run]) -> int:
    """The run that is being worked on, else the newest."""
    return next((row for row, run in enumerate(runs) if run.id == state.run_id()), 0)


def _selected(run: Run) -> None:
    st.subheader(run.name, anchor=False)
    if run.error:
        st.markdown(f":material/error: {run.error}")
    findings(run)
    changed_settings(run)
    with st.container(horizontal=True):
        if st.button("Open", type="primary", icon=":material/open_in_full:", key="runs_open"):
            show.go_to(IMAGES if run.paints else TRAIN, {"run": run.id})
        if run.has_model and st.button("See its scenarios", icon=":material/ssid_chart:", key="runs_scenarios"):
            loaded_settings.open_scenarios(run)
        if (
            run.has_model
            and not run.paints
            and st.button("Why believe it?", icon=":material/fact_check:", key="runs_validation")
        ):
            show.go_to(VALIDATION, {"run": run.id})
        _stop_or_resume(run)
        _rename(run)
        _download(run)
        if st.button(
            "Train again with these settings",
            icon=":material/replay:",
            key="runs_copy",
            help="Opens the Train page with exactly these settings and this market; nothing starts before you say so.",
        ):
            picture = {"images_view": "Training"}
            show.go_to(IMAGES if run.paints else TRAIN, {"from": run.id, **(picture if run.paints else {})})
        if st.button("Delete", icon=":material/delete:", key="runs_delete", help="Can be undone."):
            _delete(run)
            st.rerun()  # the whole page: the offer to undo stands above this part of it
    settings, room, card, log = st.tabs(["Settings", "Samples", "Model card", "Log"])
    with settings:
        st.dataframe(settings_table(run), hide_index=True, height=320, key="runs_settings")
    with room:
        st.fragment(samples)(run)  # a slider in it redraws nothing else
    with card:
        st.markdown(state.store().card_markdown(run.id).replace("\n# ", "\n#### ").replace("\n## ", "\n##### "))
    with log:
        st.code(state.store().log(run.id) or "Nothing was said yet.", language=None, height=320)


def _stop_or_resume(run: Run) -> None:
    if run.is_active:
        stopping = (run.folder / "stop").exists()
        if st.button(
            "Stopping" if stopping else "Stop", icon=":material/stop_circle:", key="runs_stop", disabled=stopping
        ):
            state.jobs().stop(run.id)
            st.rerun()
    elif run.can_resume and st.button("Resume", icon=":material/play_circle:", key="runs_resume"):
        try:
            state.jobs().resume(run.id)
        except FinGenError as problem:
            show.error(problem)
            return
        st.rerun()


def _rename(run: Run) -> None:
    box = f"runs_rename_{run.id}"
    with saving.popover("Rename", box, icon=":material/edit:"), st.form("runs_rename", border=False):
        name = st.text_input("Name", run.name, max_chars=120, key=f"runs_name_{run.id}")
        if st.form_submit_button("Save", type="primary", key="runs_rename_save"):
            try:
                state.store().rename(run.id, name)
            except FinGenError as problem:
                show.error(problem)
                return
            saving.close(box)


def _download(run: Run) -> None:
    store = state.store()
    offers = (
        (
            "Model, settings, curves and card (zip)",
            lambda: store.export(run.id),
            f"fingen-{run.id}.zip",
            "application/zip",
        ),
        (
            "Curves (CSV)",
            lambda: spreadsheet.to_csv(store.curves(run.id)).encode(),
            f"fingen-{run.id}-curves.csv",
            "text/csv",
        ),
        (
            "Model card (Markdown)",
            lambda: store.card_markdown(run.id).encode(),
            f"fingen-{run.id}-card.md",
            "text/markdown",
        ),
    )
    with st.popover("Download", icon=":material/download:", key=f"runs_download_{run.id}"):
        for label, data, file_name, mime in offers:
            st.download_button(
                label, data, file_name, mime, key=f"runs_get_{file_name}", on_click="ignore", type="tertiary"
            )


def _delete(run: Run) -> None:
    state.jobs().delete(run.id)
    st.session_state[_DELETED] = run.id
    if state.run_id() == run.id:
        state.set_run(None)


def _offer_undo() -> None:
    """After a deletion: one line and one button, instead of a question before it."""
    run_id = st.session_state.get(_DELETED)
    if not run_id:
        return
    try:
        run = state.store().get(run_id)
    except FinGenError:
        run = None
    if run is None or not run.deleted:
        del st.session_state[_DELETED]
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="runs_undo_line"):
        st.markdown(f"“{run.name}” is deleted.")
        st.button("Undo", icon=":material/undo:", key="runs_undo", on_click=_restore, args=(run_id,))


def _restore(run_id: str) -> None:
    state.store().restore(run_id)
    st.session_state.pop(_DELETED, None)


def _state(run: Run) -> str:
    if run.status == "running":
        step, total = run.progress.get("step", 0), run.progress.get("n_steps", 0) or 1
        return f"running, {percent(min(step / total, 1), 0)}"
    return run.status
