"""All numbers of a validation in one table, and what papers report; with the files to take away."""

import math
from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from fingen_core.charts.theme import number
from fingen_core.charts.validation.scoreboard import shown
from fingen_core.errors import FinGenError
from fingen_core.generators.registry import LABELS
from fingen_core.metrics.catalog import METRICS
from fingen_core.ui.kit import show
from fingen_core.ui.session import state
from fingen_core.ui.validation.choice import Evidence
from fingen_core.validation.table import best_rival, main_rival

__all__ = ["all_numbers", "downloads", "numbers", "papers"]

_PLACE = ["question", "horizon", "group", "metric"]
_QUESTIONS = {"tomorrow": "Tomorrow", "long run": "Long run", "novelty": "Novelty"}
_BETTER = {"lower": "lower", "higher": "higher"}
_BLIND = (
    "These scores are what most papers report. They say whether a small model can tell short windows apart or learn "
    "from them; they do not see tails, and resampled history gets the best marks. Nothing above rests on them."
)


def numbers(found: Sequence[Evidence]) -> pd.DataFrame:
    """Every measure as text for people: one row per measure, horizon and group; a column for each model.

    Columns: Question, Ahead, Portfolios, Measure, the models' labels, Floor, Best rival, t, n, Who, Better,
    How it is made.
    """
    first = found[0]
    values = {one.label: one.table[one.table["generator"] == one.ours.key].set_index(_PLACE) for one in found}
    best = best_rival(pd.concat([one.table for one in found]).drop_duplicates([*_PLACE, "generator"])).set_index(_PLACE)
    rows = []
    for place, row in values[first.label].iterrows():
        metric = METRICS[place[3]]
        rival = best.loc[place] if place in best.index else None
        told = {
            "Question": _QUESTIONS[place[0]],
            "Ahead": f"{place[1]} d" if place[1] else "",
            "Portfolios": place[2].capitalize() if place[0] == "tomorrow" else "",
            "Measure": metric.label,
        }
        for label, table in values.items():
            told[label] = shown(float(table.loc[place, "value"]), metric) if place in table.index else "n/a"
        told |= {
            "Floor": shown(float(row["floor"]), metric) if math.isfinite(row["floor"]) else "",
            "Best rival": shown(float(rival["value"]), metric) if rival is not None else "",
            "t": number(float(row["t"]), 1) if math.isfinite(row["t"]) else "",
            "n": int(row["n"]),
            "Who": LABELS.get(rival["generator"], rival["generator"]) if rival is not None else "",
            "Better": _BETTER.get(metric.better) or f"near {shown(metric.ideal or 0.0, metric).lstrip('+')}",
            "How it is made": metric.formula + (f". {metric.source}" if metric.source else ""),
        }
        rows.append(told)
    return pd.DataFrame(rows)


def all_numbers(found: Sequence[Evidence]) -> None:
    """The table, a filter by question, and downloads."""
    question = st.pills(
        "Only numbers of one question", list(_QUESTIONS.values()), key="validation_question", width="content"
    )
    table, rival = numbers(found), main_rival(found[0].ours, found[0].rivals)
    rows = table if question is None else table[table["Question"] == question]
    step = state.step()
    told = ("Ahead", "Measure", "How it is made")
    rows = rows.assign(**{name: [step.retold(str(text)) for text in rows[name]] for name in told})
    st.dataframe(
        rows,
        hide_index=True,
        height=560,
        column_config={
            "Question": st.column_config.TextColumn(width="small"),
            "Ahead": st.column_config.TextColumn(width="small", help=step.retold("Days that a forecast spans.")),
            "Portfolios": st.column_config.TextColumn(width=100),
            "Measure": st.column_config.TextColumn(width=335),
            "Floor": st.column_config.TextColumn(
                width="small", help="Two halves of history compared with each other: a perfect model misses as much."
            ),
            "Best rival": st.column_config.TextColumn(width="small"),
            "Who": st.column_config.TextColumn("Best rival is", width="medium"),
            "t": st.column_config.TextColumn(
                f"t against {rival.label}" if rival is not None else "t",
                width="small" if rival is None else "medium",
                help="Diebold-Mariano of the first model against its main rival; below −2 is better beyond luck.",
            ),
            "n": st.column_config.NumberColumn(width="small", format="localized", help="Forecasts, or paths."),
            "Better": st.column_config.TextColumn(width="small"),
            "How it is made": st.column_config.TextColumn(width="large"),
        },
        key="validation_numbers",
    )
    st.caption(
        "Shares and relative errors in percent, scores in units of percent returns. t, floor and best rival are those "
        "of the first model. The CSV holds raw numbers of every rival too."
    )


def downloads(found: Sequence[Evidence]) -> None:
    """All numbers as CSV, and the whole validation as one file to read, print and send."""
    one = found[0]
    name = f"fingen-validation-{one.candidate.id}"
    with st.container(horizontal=True, gap="small"):
        _offer_report(one, name, "Report (HTML)" if len(found) == 1 else f"Report on {one.label} (HTML)")
        show.download(_joined(found), name, label="All numbers (CSV)")


def _offer_report(one: Evidence, name: str, label: str) -> None:
    st.download_button(
        label,
        partial(_report, one),
        file_name=f"{name}.html",
        mime="text/html",
        key="validation-report",
        on_click="ignore",
        icon=":material/description:",
    )


def papers(found: Sequence[Evidence]) -> None:
    """Scores of the literature, with what each cannot see."""
    from fingen_core.metrics.literature import PAPER_METRICS

    st.caption(_BLIND)
    one = found[0]
    told = {name: scores for other in found for name, scores in _papers(other).items()}
    if not told:
        st.info(
            "They were not measured in this validation: full ones measure them, quick ones do not.",
            icon=":material/info:",
        )
        return
    columns = [name for name in told if name != "floor"]
    rows = [
        {
            "Score": metric.label,
            **{name: number(told[name].get(key, math.nan), 3) for name in columns},
            "Halves of history": number(told.get("floor", {}).get(key, math.nan), 3),
        }
        for key, metric in PAPER_METRICS.items()
    ]
    st.table(pd.DataFrame(rows).set_index("Score"))
    windows = f"Windows of 21 days that share none, {one.reference.n_fit:,} days of history; lower is better."
    st.caption(state.step().retold(windows))
    st.markdown("##### What they cannot see")
    st.markdown("\n".join(f"- **{metric.label}**: {metric.blind}" for metric in PAPER_METRICS.values()))
    with st.expander("How each is made", icon=":material/help:"):
        for metric in PAPER_METRICS.values():
            st.markdown(f"**{metric.label}.** {metric.formula} {metric.source}.")


def _papers(one: Evidence) -> dict[str, dict[str, float]]:
    """Generator's label to its scores, history's floor under "floor"; empty when they were not measured."""
    labels = {one.ours.key: one.label, **{rival.key: rival.label for rival in one.rivals}, "floor": "floor"}
    told = one.validation.papers()
    return {labels[key]: scores for key, scores in told.items() if key in labels}


def _joined(found: Sequence[Evidence]) -> pd.DataFrame:
    if len(found) == 1:
        return found[0].table
    return pd.concat([one.table.assign(model=one.candidate.name, run=one.candidate.id) for one in found])


def _report(one: Evidence) -> bytes:
    from fingen_core.reports.validation import validation_html

    try:
        text: str = validation_html(
            [one.ours],
            one.rivals,
            one.reference,
            title=one.candidate.name,
            table=one.table,
            lights=one.validation.lights,
        )
    except FinGenError as problem:
        return str(problem).encode()
    return text.encode()
