"""How figures, tables and messages are shown, the same way on every page."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, NoReturn, TypeAlias

import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from pandas.io.formats.style import Styler
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx

from fingen_core.charts.theme import CONFIG, MINUS, THIN, number, retell
from fingen_core.errors import FinGenError
from fingen_core.market import Step, spreadsheet
from fingen_core.ui.kit import market_step

__all__ = ["chart", "download", "empty", "error", "go_to", "look_at", "numbers", "plain", "typeset"]

Table: TypeAlias = pd.DataFrame | Callable[[], pd.DataFrame]

_FORMS = ("PNG", "SVG")
_MARKS = re.compile(r"[\\*`\[\]<>$~#]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")


def chart(
    figure: go.Figure,
    alt: str,
    key: str,
    data: Table | None = None,
    how: str | None = None,
    *,
    pick: bool = False,
    step: Step | None = None,
) -> list[tuple[int, int]]:
    """Draw a figure with everything a chart owes its reader; the points that somebody chose, if ``pick`` allows it.

    Charts and explanations are written for days; of a market of weeks or months they are told in those.

    Parameters
    ----------
    figure : Figure
        Built on ``charts.theme.figure``.
    alt : str
        What it shows, in a sentence, for screen readers.
    key : str
        Unique on the page and the same at every rerun, so that zoom survives.
    data : DataFrame, function that returns one, or None
        What is drawn, offered for download; a function is called only when somebody downloads.
    how : str or None
        Markdown of the "How to read this" popover: what to look at, the formula, the source.
    pick : bool
        Whether a click on a point runs the page, or the fragment, again.
    step : Step or None
        Of the market that the figure is of; ``None`` is the one that is being worked on.

    Returns
    -------
    list of tuple of int
        Number of the trace and of its point for each chosen point.
    """
    step = step or market_step.current()
    retell(figure, step).update_layout(uirevision=key)
    form = str(st.session_state.get(f"{key}-picture", _FORMS[0]))
    more: dict[str, Any] = {"on_select": "rerun", "selection_mode": "points"} if pick else {}
    with st.container(gap=None):
        event: Any = st.plotly_chart(
            figure, width="stretch", theme=None, key=key, alt=step.retold(alt), config=_config(key, form), **more
        )
        with st.container(horizontal=True, gap="small"):
            if how is not None:
                with st.popover("How to read this", type="tertiary", icon=":material/help:"):
                    st.markdown(step.retold(how).replace(" %", f"{THIN}%"))
            with st.popover("Save", type="tertiary", icon=":material/download:"):
                _save(key, data)
    if not pick:
        return []
    return [(int(point["curve_number"]), int(point["point_index"])) for point in event["selection"]["points"]]


def _save(key: str, data: Table | None) -> None:
    st.segmented_control("Picture", _FORMS, default=_FORMS[0], required=True, key=f"{key}-picture")
    st.caption("Point at the chart and press the camera in its top right corner.")
    if data is not None:
        download(data, key, label="Data as CSV")


def _config(name: str, form: str) -> dict[str, Any]:
    return {**CONFIG, "toImageButtonOptions": {"format": form.lower(), "filename": f"fingen-{name}", "scale": 2}}


def download(table: Table, name: str, *, label: str = "Download CSV", kind: Any = "secondary") -> None:
    """Offer a table as CSV; numbers keep their full precision, units are those of the column names.

    The small download sign of ``st.dataframe`` is Streamlit's own and knows nothing of names that look like formulas;
    this button does.
    """
    st.download_button(
        label,
        partial(_csv, table),
        file_name=f"{name}.csv",
        mime="text/csv",
        key=f"{name}-csv",
        on_click="ignore",
        icon=":material/download:",
        type=kind,
    )


def _csv(table: Table) -> bytes:
    frame = table() if callable(table) else table
    return spreadsheet.to_csv(frame, index=not isinstance(frame.index, pd.RangeIndex)).encode()


def look_at(views: Iterable[str], default: str, key: str, label: str = "Look at") -> str:
    """The control that chooses what of a page to look at, and its choice; ``key`` is its name in the address."""
    chosen = st.segmented_control(
        label,
        list(views),
        default=default,
        required=True,
        key=key,
        bind="query-params",
        label_visibility="collapsed",
    )
    return chosen or default


def error(problem: FinGenError, action: tuple[str, str | None] | None = None) -> None:
    """Say what went wrong in the words of the error, with the remedy as a button.

    ``action`` is the button's label and the page it leads to; ``None`` runs this page again.
    """
    st.error(plain(str(problem)), icon=":material/error:")
    if action is not None:
        _go(*action)


def plain(text: str) -> str:
    """Words that hold what somebody wrote, without what Markdown would read in them.

    An underscore inside a word is none of its signs, so names of settings stay as they are.
    """
    return _MARKS.sub(r"\\\g<0>", text)


def numbers(table: pd.DataFrame, digits: Mapping[str, int]) -> Styler:
    """A table for ``st.dataframe`` whose numbers have a true minus sign; its columns are sorted as numbers still.

    ``digits`` says how many decimals each column shows; such a column needs no format of its own, which would come
    before this one. What is missing is left to the table's placeholder.
    """
    written = {column: partial(number, digits=places) for column, places in digits.items()}
    return table.style.format(written, na_rep="–")


def empty(text: str, button: str, target: str) -> None:
    """An empty state: one sentence, and a button that does something about it."""
    with st.container(border=True):
        st.markdown(text)
        _go(button, target)


def _go(button: str, target: str | None) -> None:
    if st.button(button, type="primary", key=f"go-{target}-{button}") and target is not None:
        go_to(target)


def go_to(page: str, query: Mapping[str, str | list[str]] | None = None) -> NoReturn:
    """Leave for another page, whose address carries ``query`` and nothing of this page's.

    Always through here: left to itself, ``st.switch_page`` clears the address with a method that refuses to touch
    what a widget is bound to, and ends in an error as soon as one has been moved. Given parameters, it replaces, but
    refuses those that a widget of this page is bound to: such widgets are let go first, as they are left anyway.
    """
    _let_go(query or {})
    st.switch_page(page, query_params=query or {})


def _let_go(query: Mapping[str, str | list[str]]) -> None:
    context = get_script_run_ctx()
    if context is None:
        return
    with context.session_state.query_params() as params:
        for name in query:
            binding = params.get_binding_for_param(name)
            if binding is not None:
                params.unbind_widget(binding.widget_id)


def typeset(text: str) -> str:
    """Markdown with real minus signs, percent signs that stay with their number, and nothing taken for a formula."""
    text = re.sub(r"(?<![\w-])-(?=\d)", MINUS, text)
    return re.sub(r"(?<=\d)\s?%", f"{THIN}%", text).replace("$", r"\$").replace("~", r"\~")
