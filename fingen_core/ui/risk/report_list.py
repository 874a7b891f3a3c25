"""Reports that were made: fetched again, deleted, brought back."""

from typing import Any

import pandas as pd
import streamlit as st

from fingen_core.errors import FinGenError
from fingen_core.reports.kept import Kept, KeptReports
from fingen_core.settings import home
from fingen_core.storage.records import Record
from fingen_core.ui.kit import show
from fingen_core.ui.session import audit

__all__ = ["VIEW", "deliver", "link", "show_reports", "table"]

VIEW = "Reports"
"""What the view of the library is called."""

_DELETED = "report_deleted"
_MIMES = {
    "html": "text/html",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "zip": "application/zip",
}


def deliver(report_id: str) -> None:
    """The button that hands a report over, for as long as it is kept."""
    try:
        kept, path = _reports().get(report_id), _reports().path(report_id)
    except FinGenError as problem:
        show.error(problem)
        return
    st.download_button(
        f"Download {kept.facts.file} ({_size(kept.size)})",
        path.read_bytes,
        kept.facts.file,
        _MIMES.get(kept.facts.ending, "application/octet-stream"),
        key=f"report_download_{report_id}",
        on_click="ignore",
        type="primary",
        icon=":material/download:",
    )


def link() -> None:
    """Where all reports are listed."""
    st.page_link(
        "pages/stress/library.py",
        label="All reports that were made",
        icon=":material/folder_open:",
        query_params={"library_view": VIEW},
    )


def table(records: list[Record]) -> pd.DataFrame:
    """One row per report; one that cannot be read says so."""
    return pd.DataFrame([_row(record) for record in records])


def show_reports() -> None:
    """The table, and what can be done with the selected report."""
    _offer_undo()
    records = _reports().records()
    if not records:
        show.empty(
            "**No report was made yet.** *Report* on the Portfolio page makes one, as PDF, Excel, HTML, Parquet or "
            "CSV; it is kept here.",
            "Look at a portfolio",
            "pages/risk/portfolio.py",
        )
        return
    event = st.dataframe(
        table(records),
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        placeholder="–",
        selection_default={"selection": {"rows": [0]}},
        column_config={"Made (UTC)": st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm")},
        key=f"reports_{'-'.join(record.id[:4] for record in records)[:60]}",
        alt="Reports that were made, the newest first",
    )
    picked = event["selection"]["rows"]
    if picked and picked[0] < len(records):
        _selected(records[picked[0]])
    else:
        st.caption("Select a row to fetch or delete it.")


def _selected(record: Record) -> None:
    st.subheader(show.plain(record.name), anchor=False)
    with st.container(horizontal=True):
        deliver(record.id)
        if st.button("Delete", icon=":material/delete:", key="report_delete", help="Can be undone."):
            _reports().delete(record.id)
            audit.note("report deleted", record.name, id=record.id)
            st.session_state[_DELETED] = record.id
            st.rerun()


def _row(record: Record) -> dict[str, Any]:
    try:
        kept = Kept.of(record)
    except FinGenError as problem:
        return {"Report": record.name, "What for": str(problem)}
    facts = kept.facts
    return {
        "Report": record.name,
        "What for": facts.purpose,
        "Made (UTC)": pd.Timestamp(kept.made).tz_convert(None) if kept.made else None,
        "Portfolio": facts.portfolio,
        "Model": facts.model,
        "Market": facts.market,
        "Paths": facts.drawn,
        "Size": _size(kept.size),
        "By": facts.who,
    }


def _offer_undo() -> None:
    deleted = st.session_state.get(_DELETED)
    if not deleted:
        return
    try:
        name = _reports().get(deleted).facts.file
    except FinGenError:
        del st.session_state[_DELETED]  # gone for good meanwhile
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(f"“{show.plain(name)}” is deleted.")
        st.button("Undo", icon=":material/undo:", key="report_undo", on_click=_restore, args=(deleted,))


def _restore(report_id: str) -> None:
    st.session_state.pop(_DELETED, None)
    try:
        record = _reports().restore(report_id)
    except FinGenError as problem:
        st.toast(str(problem), icon=":material/error:")
        return
    audit.note("report restored", record.name, id=record.id)


def _reports() -> KeptReports:
    return KeptReports(home())


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 2**20:.1f} MB" if n_bytes >= 2**20 // 10 else f"{n_bytes / 2**10:.0f} kB"
