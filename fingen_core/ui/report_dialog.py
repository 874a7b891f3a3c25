"""One button that makes a report: what is in it, who answers for the model, and the form it takes."""

from typing import Any

import streamlit as st

from fingen_core.errors import FinGenError
from fingen_core.jobs.printing import Printer, browser
from fingen_core.reports.paths import file_name, to_parquet
from fingen_core.reports.report import report_html
from fingen_core.reports.workbook import risk_workbook
from fingen_core.runs import stewardship
from fingen_core.runs.stewardship import STATUSES, Stewardship
from fingen_core.settings import home
from fingen_core.ui import audit_trail, presentation, reporting, show
from fingen_core.ui.risk_desk import Desk

__all__ = ["offer"]

_FORMS = {
    "HTML": ("html", "text/html", "Interactive charts in one file that needs no connection."),
    "PDF": ("pdf", "application/pdf", "Printed by the browser of the server; takes some seconds."),
    "Excel": (
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "Values and live formulas, a sheet each.",
    ),
    "Parquet": (
        "parquet",
        "application/vnd.apache.parquet",
        "The generated paths, with everything to draw them again.",
    ),
    "CSV": ("zip", "application/zip", "Every table as CSV in a zip."),
}
_READY, _PRINTING = "report_ready", "report_printing"


def offer(desk: Desk, told: str) -> None:
    """The button; what it opens knows what is on the page now."""
    if st.button("Report", icon=":material/description:", key="report_open", width="stretch"):
        for key in (_READY, _PRINTING):
            st.session_state.pop(key, None)
        _dialog(desk, told)


@st.dialog("Report", width="large", icon=":material/description:")
def _dialog(desk: Desk, told: str) -> None:
    parts = st.pills(
        "Contents",
        [*reporting.PARTS, reporting.CARD],
        selection_mode="multi",
        default=["Tail risk", "Portfolio", "Drawdowns", "Contributions", "Loss limit", "Scenarios", reporting.CARD],
        key="report_parts",
        on_change=_forget,
        help="Of the HTML and the PDF; the workbook holds all numbers, and the card if it is ticked.",
    )
    form = st.segmented_control("As", list(_FORMS), default="HTML", required=True, key="report_form", on_change=_forget)
    st.caption(_FORMS[form][2])
    steward = _steward(desk)
    if form == "PDF" and browser() is None:
        st.info(
            "No browser that prints was found on the server: install Chromium there, or take the HTML report and print "
            "it from your own browser.",
            icon=":material/print_disabled:",
        )
        return
    with st.container(horizontal=True):
        make = st.button("Make report", type="primary", icon=":material/auto_awesome_motion:", key="report_make")
        if st.button(
            "Present",
            icon=":material/slideshow:",
            key="report_present",
            help="The ticked charts as slides; of the model card, what the model is bad at.",
        ):
            presentation.start(list(parts))
    if make:
        st.session_state.pop(_READY, None)
        try:
            with st.spinner("Writing the report"):
                _make(desk, told, list(parts), form, steward)
        except FinGenError as problem:
            show.error(problem)
            return
    if st.session_state.get(_PRINTING):
        st.fragment(_follow_print, run_every=1.0)(_name(desk))
    elif st.session_state.get(_READY):
        _deliver(*st.session_state[_READY])


def _forget() -> None:
    """A finished file leaves when another one is asked for: under "Excel" nobody expects the HTML of before."""
    st.session_state.pop(_READY, None)


def _steward(desk: Desk) -> Stewardship:
    """Owner, status and a line for the change log of the model; kept when the report is made."""
    before = stewardship.load(home(), desk.source)
    with st.expander(f"Model: {desk.label}, {before.status}, owner {before.owner or 'not named'}"):
        first, second = st.columns([2, 1], gap="small")
        owner = first.text_input("Owner", before.owner, max_chars=120, key="report_owner")
        status: Any = second.selectbox("Status", STATUSES, STATUSES.index(before.status), key="report_status")
        text = st.text_input("For the change log", max_chars=300, key="report_change", placeholder="Reviewed for Q3")
    return before.changed(owner=owner, status=status, text=text, who=audit_trail.who())


def _make(desk: Desk, told: str, parts: list[str], form: str, steward: Stewardship) -> None:
    before = stewardship.load(home(), desk.source)
    if steward != before:
        stewardship.save(home(), desk.source, steward)
        audit_trail.note("model described", desk.label, change=steward.changes[-1].text)
    name, (ending, mime, _) = _name(desk), _FORMS[form]
    if form == "PDF":
        html = report_html(reporting.report_of(desk, told, parts, steward))
        st.session_state[_PRINTING] = _printer(str(home())).submit(html)
    else:
        data = _bytes(desk, told, parts, form, steward)
        full = file_name(desk.drawn().scenarios, ending) if form == "Parquet" else f"{name}.{ending}"
        st.session_state[_READY] = (data, full, mime)
    audit_trail.note(
        "report made", desk.portfolio.name, form=form, parts=", ".join(parts), portfolio=desk.portfolio.digest()
    )


def _bytes(desk: Desk, told: str, parts: list[str], form: str, steward: Stewardship) -> bytes:
    if form == "Excel":
        return risk_workbook(reporting.book_of(desk, parts, steward))
    if form == "Parquet":
        return to_parquet(desk.drawn().scenarios)
    if form == "CSV":
        return reporting.csv_tables(desk)
    return report_html(reporting.report_of(desk, told, parts, steward)).encode()


def _follow_print(name: str) -> None:
    """How the printing stands; once it has ended the dialog is drawn again, without a timer."""
    job_id = st.session_state.get(_PRINTING, "")
    try:
        printed = _printer(str(home())).ask(job_id)
    except FinGenError as problem:
        st.session_state.pop(_PRINTING, None)
        show.error(problem)
        return
    if printed.status == "printing":
        st.progress(0.5, text="The server's browser is printing")
        return
    st.session_state.pop(_PRINTING, None)
    if printed.status == "failed":
        st.error(printed.problem, icon=":material/error:")
        return
    st.session_state[_READY] = (printed.path.read_bytes(), f"{name}.pdf", "application/pdf")
    printed.path.unlink()  # whoever made it has it now
    _deliver(*st.session_state[_READY])


def _deliver(data: bytes, name: str, mime: str) -> None:
    st.download_button(
        f"Download {name} ({len(data) / 2**20:.1f} MB)",
        data,
        name,
        mime,
        key="report_download",
        on_click="ignore",
        type="primary",
        icon=":material/download:",
    )


def _name(desk: Desk) -> str:
    plain = "".join(letter if letter.isalnum() else "-" for letter in desk.portfolio.name.lower()).strip("-")
    return f"risk-{plain or 'portfolio'}-{desk.drawn().scenarios.start:%Y%m%d}"


@st.cache_resource(max_entries=2, show_spinner=False)
def _printer(where: str) -> Printer:  # noqa: ARG001 (the key)
    return Printer(home() / "reports")
