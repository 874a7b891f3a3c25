"""One button that makes a report: what is in it, who answers for the model, and the form it takes."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from fingen_core.errors import FinGenError
from fingen_core.jobs.printing import Printer, browser
from fingen_core.reports.kept import Facts, KeptReports
from fingen_core.reports.paths import file_name, to_parquet
from fingen_core.reports.report import report_html
from fingen_core.reports.workbook import risk_workbook
from fingen_core.runs import stewardship
from fingen_core.runs.stewardship import STATUSES, Stewardship
from fingen_core.settings import home
from fingen_core.ui.kit import show
from fingen_core.ui.risk import presentation, report, report_list
from fingen_core.ui.risk.inputs import Desk
from fingen_core.ui.session import audit

__all__ = ["offer"]

_FORMS = {
    "HTML": ("html", "Interactive charts in one file that needs no connection."),
    "PDF": ("pdf", "Printed by the browser of the server; takes some seconds."),
    "Excel": ("xlsx", "Values, live formulas and charts, ready to print."),
    "Parquet": ("parquet", "The generated paths, with everything to draw them again."),
    "CSV": ("zip", "Every table as CSV in a zip."),
}
_BUTTON, _OPEN = "report_open", "report_shown"
_READY, _PRINTING, _PROBLEM = "report_ready", "report_printing", "report_problem"


@dataclass(frozen=True)
class _Wish:
    """What the dialog says when a report is asked for; ``told`` is the sentence at the top of the page."""

    told: str
    parts: list[str]
    form: str
    steward: Stewardship
    purpose: str


def offer(desk: Desk, told: str) -> None:
    """The button; what it opens knows what is on the page now, and stays until somebody closes it.

    A dialog lasts for one run of its page unless the page opens it again: what is made in it must not vanish because
    the page was drawn anew meanwhile. Whoever comes back from another page finds it closed.
    """
    if _BUTTON not in st.session_state:
        _close()
    if st.button("Report", icon=":material/description:", key=_BUTTON, width="stretch"):
        _close()
        st.session_state[_OPEN] = True
    if st.session_state.get(_OPEN):
        _dialog(desk, told)


def _close() -> None:
    st.session_state.pop(_OPEN, None)
    _forget()


@st.dialog("Report", width="large", icon=":material/description:", on_dismiss=_close)
def _dialog(desk: Desk, told: str) -> None:
    parts = st.pills(
        "Contents",
        [*report.PARTS, report.CARD],
        selection_mode="multi",
        default=["Tail risk", "Portfolio", "Drawdowns", "Contributions", "Loss limit", "Scenarios", report.CARD],
        key="report_parts",
        on_change=_forget,
        help="Of the HTML and the PDF; the workbook holds all numbers, and the card if it is ticked.",
    )
    form = st.segmented_control("As", list(_FORMS), default="HTML", required=True, key="report_form", on_change=_forget)
    st.caption(_FORMS[form][1])
    purpose = st.text_input(
        "What for",
        max_chars=120,
        key="report_purpose",
        placeholder="Risk committee, third quarter",
        help="Stands on the first page and in the list of reports.",
    )
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
            _close()
            presentation.start(list(parts))
    if make:
        _forget()
        try:
            with st.spinner("Writing the report"):
                _make(desk, _Wish(told, list(parts), form, steward, purpose.strip()))
        except FinGenError as problem:
            show.error(problem)
            return
    if st.session_state.get(_PRINTING):
        st.fragment(_follow_print, run_every=1.0)()
    elif st.session_state.get(_PROBLEM):
        st.error(show.plain(st.session_state[_PROBLEM]), icon=":material/error:")
    elif st.session_state.get(_READY):
        report_list.deliver(st.session_state[_READY])
    report_list.link()


def _forget() -> None:
    """A file leaves the dialog when another one is asked for: under "Excel" nobody expects the HTML of before.

    The list has it still, and what is being printed will come there.
    """
    for key in (_READY, _PRINTING, _PROBLEM):
        st.session_state.pop(key, None)


def _steward(desk: Desk) -> Stewardship:
    """Owner, status and a line for the change log of the model; kept when the report is made."""
    before = stewardship.load(home(), desk.source)
    with st.expander(f"Model: {desk.label}, {before.status}, owner {before.owner or 'not named'}"):
        first, second = st.columns([2, 1], gap="small")
        owner = first.text_input("Owner", before.owner, max_chars=120, key="report_owner")
        status: Any = second.selectbox("Status", STATUSES, STATUSES.index(before.status), key="report_status")
        text = st.text_input("For the change log", max_chars=300, key="report_change", placeholder="Reviewed for Q3")
    return before.changed(owner=owner, status=status, text=text, who=audit.who())


def _make(desk: Desk, wish: _Wish) -> None:
    before = stewardship.load(home(), desk.source)
    if wish.steward != before:
        stewardship.save(home(), desk.source, wish.steward)
        audit.note("model described", desk.label, change=wish.steward.changes[-1].text)
    facts, keep = _facts(desk, wish), KeptReports(home()).keep
    if wish.form == "PDF":
        html = report_html(report.report_of(desk, wish.told, wish.parts, wish.steward, wish.purpose))
        st.session_state[_PRINTING] = _printer(str(home())).submit(html, lambda data: keep(facts, data).id)
    else:
        st.session_state[_READY] = keep(facts, _bytes(desk, wish)).id
    audit.note(
        "report made",
        desk.portfolio.name,
        form=wish.form,
        parts=", ".join(wish.parts),
        purpose=wish.purpose,
        portfolio=desk.portfolio.digest(),
    )


def _bytes(desk: Desk, wish: _Wish) -> bytes:
    if wish.form == "Excel":
        return risk_workbook(report.book_of(desk, wish.parts, wish.steward, wish.purpose))
    if wish.form == "Parquet":
        return to_parquet(desk.drawn().scenarios)
    if wish.form == "CSV":
        return report.csv_tables(desk)
    return report_html(report.report_of(desk, wish.told, wish.parts, wish.steward, wish.purpose)).encode()


def _follow_print() -> None:
    """How the printing stands; once it has ended the page and its dialog are drawn again, without a timer."""
    try:
        printed = _printer(str(home())).ask(st.session_state.get(_PRINTING, ""))
        problem = printed.problem
    except FinGenError as lost:
        printed, problem = None, str(lost)
    if printed is not None and printed.is_active:
        waits = printed.status == "waiting"
        st.progress(0.1 if waits else 0.5, text=_WAITS if waits else "The server's browser is printing")
        return
    _forget()
    if printed is not None and not problem:
        st.session_state[_READY] = printed.delivered
    else:
        st.session_state[_PROBLEM] = problem
    st.rerun()


_WAITS = "Another report is being printed; yours comes next. It is kept in the list if you close this."


def _facts(desk: Desk, wish: _Wish) -> Facts:
    """What the report is, for the list of those that were made."""
    drawn, ending = desk.drawn().scenarios, _FORMS[wish.form][0]
    steps = desk.market.step.words(drawn.n_steps)
    paths = f"{drawn.n_paths:,} paths of {steps} from {drawn.start:%Y-%m-%d}, seed {drawn.seed}"
    return Facts(
        file=file_name(drawn, ending) if wish.form == "Parquet" else f"{_name(desk)}.{ending}",
        form=wish.form,
        purpose=wish.purpose,
        portfolio=desk.portfolio.name,
        model=desk.label,
        market=desk.market.name,
        drawn=paths,
        who=audit.who(),
    )


def _name(desk: Desk) -> str:
    plain = "".join(letter if letter.isalnum() else "-" for letter in desk.portfolio.name.lower()).strip("-")
    return f"risk-{plain or 'portfolio'}-{desk.drawn().scenarios.start:%Y%m%d}"


@st.cache_resource(max_entries=2, show_spinner=False)
def _printer(where: str) -> Printer:  # noqa: ARG001 (the key)
    return Printer()
