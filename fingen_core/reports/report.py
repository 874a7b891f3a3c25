"""A report as one HTML file: the answer, chosen sections with charts and tables, the model card; works offline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

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
    about : mapping of str to str
        The first page: what for, date, owner, portfolio, market, model; a few words each.
    lights : sequence of (str, str, str)
        What validation knows of the model: question, color ("good", "unsure", "bad") and sentence.
    facts : mapping of str to str
        What makes it repeatable: portfolio, model, market, start, paths, seed, versions.
    sections : sequence of Section
        In order.
    """

    title: str
    answer: str
    facts: Mapping[str, str]
    sections: Sequence[Section]
    about: Mapping[str, str] = field(default_factory=dict)
    lights: Sequence[tuple[str, str, str]] = ()


def report_html(report: Report) -> str:
    """One HTML file of about 5 MB, most of it the chart library; nothing is loaded from anywhere."""
    links = {page.slug(section.title): page.safe(section.title) for section in report.sections}
    links["made"] = "How this was made"
    answer = page.markdown(report.answer)
    head = page.cover(page.safe(report.title), answer, report.about, page.badges(report.lights), links)
    facts = pd.DataFrame(list(report.facts.items()), columns=["What", "Value"])
    made = f"<section id='made' class='short'><h2>How this was made</h2>{page.table(facts)}</section>"
    body = head + "".join(_section(section) for section in report.sections) + made
    return page.document(report.title, body)


def _section(section: Section) -> str:
    figures, told = [], set[str]()
    for chart in section.charts:  # charts that are read the same way say so once
        figures.append(page.figure(chart.figure, "" if chart.how in told else _plain(chart.how), name=chart.name))
        told.add(chart.how)
    lead = f"<p>{page.markdown(section.lead)}</p>" if section.lead else ""
    head = f"<div class='head'><h2>{page.safe(section.title)}</h2>{lead}</div>"
    drawn = page.gallery(figures) if figures else ""
    sheets = "".join(_sheet(sheet) for sheet in section.sheets)
    return f"<section id='{page.slug(section.title)}'>{head}{drawn}{sheets}</section>"


def _sheet(sheet: Sheet) -> str:
    table = page.table(sheet.frame, numeric=sheet.numeric)
    return page.sheet(sheet.title, table, sheet.frame, folded=sheet.folded)


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
