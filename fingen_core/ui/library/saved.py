"""The library of saved scenarios: open, share, describe, copy, delete with undo."""

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from fingen_core.errors import FinGenError, NotFound
from fingen_core.market.step import DAILY, Step
from fingen_core.scenarios.saved import LONGEST_NOTES, SavedScenario, scenario_shelf
from fingen_core.settings import home
from fingen_core.storage.records import LONGEST_NAME, Record
from fingen_core.ui.kit import saving, show
from fingen_core.ui.session import audit, damaged, saved_links, state

__all__ = ["show_saved", "table"]

_DELETED, _STEP = "library_deleted", "step"
_KINDS = {
    "pages/stress/scenarios.py": "Scenarios",
    "pages/risk/portfolio.py": "Portfolio risk",
    "pages/stress/what_if.py": "What if",
    "pages/stress/reverse.py": "Reverse",
}


def table(records: list[Record]) -> pd.DataFrame:
    """One row per scenario; one that cannot be read says so."""
    rows: list[dict[str, Any]] = []
    for record in records:
        try:
            saved = SavedScenario.of(record)
        except FinGenError as problem:
            rows.append({"Name": record.name, "Answer": str(problem)})
            continue
        drawn = saved.requests[0] if saved.requests else None
        request = drawn or saved.search
        rows.append(
            {
                "Name": record.name,
                "Page": _KINDS[saved.page],
                "Answer": saved.headline.replace("**", ""),
                "Portfolio": saved.portfolio.name,
                "Market": saved.market_name,
                "From": (request.start or "last day") if request else "",
                "Days": request.n_steps if request else None,
                _STEP: _step_of(saved),
                "Paths": drawn.n_paths if drawn else None,
                "Seed": request.seed if request else None,
                "Notes": saved.notes,
                "By": saved.who,
                "Saved": pd.Timestamp(record.saved),
            }
        )
    return _with_lengths(pd.DataFrame(rows))


def _step_of(saved: SavedScenario) -> Step:
    """The step of its market; days where that is not on this server, as all were once."""
    try:
        return state.market_of(saved.market).step
    except NotFound:
        return DAILY


def _with_lengths(table: pd.DataFrame) -> pd.DataFrame:
    """Days as numbers; where a market of other steps is among them, horizons in words."""
    if _STEP not in table:
        return table
    steps = table.pop(_STEP)
    if (steps.isna() | (steps == DAILY)).all():
        return table
    pairs = zip(steps, table["Days"], strict=True)
    table["Days"] = [step.words(int(n)) if pd.notna(n) else "" for step, n in pairs]
    return table.rename(columns={"Days": "Horizon"})


def show_saved() -> None:
    """The table, and what can be done with the selected scenario."""
    _offer_undo()
    damaged.offer(damaged.saved())
    records = scenario_shelf(home()).list()
    if not records:
        show.empty(
            "**Nothing is saved yet.** Scenarios and Portfolio risk have a Save button: it keeps settings, portfolio "
            "and seed by name, so that the same paths come again.",
            "Draw some scenarios",
            "pages/stress/scenarios.py",
        )
        return
    rows = table(records)
    event = st.dataframe(
        rows,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        placeholder="–",
        selection_default={"selection": {"rows": [0]}},
        column_config={
            "Answer": st.column_config.TextColumn(width="large"),
            "Saved": st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm"),
        },
        key=f"library_{'-'.join(record.id[:4] for record in records)[:60]}",
        alt="Saved scenarios with their settings",
    )
    picked = event["selection"]["rows"]
    if picked and picked[0] < len(records):
        _selected(records[picked[0]])
    else:
        st.caption("Select a row to open, share, describe or delete it.")


def _selected(record: Record) -> None:
    st.subheader(record.name, anchor=False)
    try:
        saved: SavedScenario | None = SavedScenario.of(record)
    except FinGenError as problem:
        saved = None
        show.error(problem)
    if saved is not None:
        st.markdown(saved.headline)
        if saved.notes:
            st.markdown(saved.notes)
    with st.container(horizontal=True):
        if saved is not None and st.button("Open", type="primary", icon=":material/open_in_full:", key="library_open"):
            _open(record)
        if saved is not None:
            _share(record)
            _describe(record, saved)
        if st.button("Duplicate", icon=":material/content_copy:", key="library_duplicate"):
            copy = scenario_shelf(home()).duplicate(record.id)
            audit.note("scenario copied", copy.name, id=copy.id)
            st.rerun()
        if st.button("Delete", icon=":material/delete:", key="library_delete", help="Can be undone."):
            scenario_shelf(home()).delete(record.id)
            audit.note("scenario deleted", record.name, id=record.id)
            st.session_state[_DELETED] = record.id
            st.rerun()
    if saved is not None:
        st.caption(
            f"Paths {', '.join(saved.digests) or 'searched for again'}; market {saved.market}; portfolio "
            f"{saved.portfolio.digest()}; code {saved.commit or 'outside a checkout'}."
        )


def _open(record: Record) -> None:
    try:
        saved_links.open_saved(record.id)
    except FinGenError as problem:
        show.error(problem)


def _share(record: Record) -> None:
    with st.popover("Share", icon=":material/link:"):
        st.caption("Opens with the same settings, portfolio and seed for everybody on this server.")
        base = st.context.url or ""
        st.code(f"{base.rsplit('/', 1)[0] if base else ''}/?{saved_links.LINK}={record.id}", language=None)


def _describe(record: Record, saved: SavedScenario) -> None:
    box = f"library_box_{record.id}"
    with saving.popover("Name and notes", box, icon=":material/edit:"), st.form("library_form", border=False):
        name = st.text_input("Name", record.name, max_chars=LONGEST_NAME, key=f"library_name_{record.id}")
        notes = st.text_area("Notes", saved.notes, max_chars=LONGEST_NOTES, key=f"library_notes_{record.id}")
        if not st.form_submit_button("Save", type="primary", key="library_describe"):
            return
        try:
            scenario_shelf(home()).change(record.id, replace(saved, notes=notes.strip()).body())
            if name != record.name:
                scenario_shelf(home()).rename(record.id, name)
        except FinGenError as problem:
            show.error(problem)
            return
        audit.note("scenario described", name, id=record.id)
        saving.close(box)


def _offer_undo() -> None:
    deleted = st.session_state.get(_DELETED)
    if not deleted:
        return
    try:
        record = scenario_shelf(home()).get(deleted)
    except FinGenError:
        del st.session_state[_DELETED]
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(f"“{record.name}” is deleted.")
        st.button("Undo", icon=":material/undo:", key="library_undo", on_click=_restore, args=(deleted,))


def _restore(record_id: str) -> None:
    record = scenario_shelf(home()).restore(record_id)
    audit.note("scenario restored", record.name, id=record.id)
    st.session_state.pop(_DELETED, None)
