"""A report as one HTML file: the answer, chosen sections with charts and tables, the model card; works offline."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from fingen_core.reports import page

__all__ = ["Chart", "Report", "Section", "Sheet", "report_html"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Chart:
    """A figure in light colors, unique by its name, with Markdown on how it is read."""

    name: str
    figure: go.Figure
    how: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class Sheet:
    """A table in words, as it stands on the page."""

    title: str
    frame: pd.DataFrame
    numeric: tuple[str, ...] = ()
    folded: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class Section:
    """A part of the report: a heading, a sentence, charts side by side, tables below."""

    title: str
    lead: str = ""
    charts: Sequence[Chart] = ()
    sheets: Sequence[Sheet] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class Report:
    """Everything that a report says.

    Attributes
    ----------
    title : str
    answer : str
        The finding in a sentence, Markdown with bold.
    facts : mapping of str to str
        What makes it repeatable: portfolio, model, market, start, paths, seed, versions.
    sections : sequence of Section
        In order.
    """

    title: str
    answer: str
    facts: dict[str, str]
    sections: Sequence[Section]


def report_html(report: Report) -> str:
    """One HTML file of about 5 MB, most of it the chart library; nothing is loaded from anywhere."""
    links = {page.slug(section.title): page.safe(section.title) for section in report.sections}
    head = page.header(page.safe(report.title), page.markdown(report.answer), links)
    facts = pd.DataFrame(list(report.facts.items()), columns=["What", "Value"])
    made = f"<h2 id='made'>How this was made</h2>{page.table(facts)}"
    return page.document(report.title, head + "".join(_section(section) for section in report.sections) + made)


def _section(section: Section) -> str:
    figures, told = [], set[str]()
    for chart in section.charts:  # charts that are read the same way say so once
        figures.append(page.figure(chart.figure, "" if chart.how in told else _plain(chart.how), name=chart.name))
        told.add(chart.how)
    parts = [f"<h2 id='{page.slug(section.title)}'>{page.safe(section.title)}</h2>"]
    if section.lead:
        parts.append(f"<p>{page.markdown(section.lead)}</p>")
    if figures:
        parts.append(page.gallery(figures))
    parts += [_sheet(sheet) for sheet in section.sheets]
    return "".join(parts)


def _sheet(sheet: Sheet) -> str:
    table = page.table(sheet.frame, numeric=sheet.numeric)
    if sheet.folded:
        return f"<details><summary>{page.safe(sheet.title)}</summary>{table}</details>"
    return f"<h3>{page.safe(sheet.title)}</h3>{table}" if sheet.title else table


_TEX = (
    ("-q_{1-\\alpha}(R)", "minus the 1 - α quantile of R"),
    ("-\\frac{1}", "minus \\frac{1}"),
    ("-E[", "minus E["),
    ("\\frac{1}{\\alpha}\\int_0^{\\alpha} q_u\\,du", "(1/α) ∫ q du from 0 to α"),
    ("\\alpha", "α"),
    ("\\text{level}", "level"),
    ("\\text{ in its tail}", " in its tail"),
    ("\\mid", "|"),
    ("\\max_t", "max over t of"),
    ("\\max_{s \\le t} V_s", "max V up to t"),
    ("\\min_{s \\le t} V_s", "min V up to t"),
    ("\\le", "≤"),
)


def _plain(how: str) -> str:
    """Formulas as text: the file has no typesetter inside."""
    for tex, text in _TEX:
        how = how.replace(tex, text)
    return how.replace("$", "")
