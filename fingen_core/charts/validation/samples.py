"""What validation charts compare: a portrait or forecasts, with a name and the meaning of its color."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from fingen_core.charts import paths
from fingen_core.charts.theme import number
from fingen_core.forecast.walk_forward import Forecasts
from fingen_core.metrics.long_run import Portrait
from fingen_core.scenarios.outcomes import Kind

__all__ = [
    "SYMBOLS",
    "Portrayed",
    "Walked",
    "dashes",
    "first_generated",
    "history_of",
    "key",
    "sample_words",
]

SYMBOLS = (("circle", "●"), ("diamond", "◆"), ("square", "■"), ("triangle-up", "▲"), ("cross", "✚"))
"""Markers of Plotly and their look in words, so that several of one color can be told apart."""

_STROKES = {
    "solid": "━━",
    "dash": "╍╍",
    "dot": "····",
    "dashdot": "╍·╍",
    "longdash": "━ ━",
    "band": "▒▒",
    "mark": "●",
}
_KEY_WIDTH = 52
"""Characters of a line of the key on a chart of 400 pixels; a longer finding gets a line of its own."""
_INDENT = "\u2003\u2002"


@dataclass(frozen=True, eq=False)
class Portrayed:
    """The look of a long run: history, a generator or a rival, and what charts call it."""

    label: str
    kind: Kind
    portrait: Portrait


@dataclass(frozen=True, eq=False)
class Walked:
    """Forecasts of days that came, and what charts call who made them."""

    label: str
    kind: Kind
    forecasts: Forecasts


def dashes(samples: Sequence[Portrayed | Walked]) -> list[str]:
    """A dash for each sample: rivals begin dashed, and several of one kind never share theirs."""
    return paths.dashes([sample.kind for sample in samples], rival=1)


def history_of(samples: Sequence[Portrayed]) -> Portrayed | None:
    """The first sample that is history, if there is one."""
    return next((sample for sample in samples if sample.kind == "history"), None)


def first_generated(samples: Sequence[Portrayed]) -> Portrayed | None:
    """The first sample that a title speaks of: generated before rival."""
    kinds = ("generated", "rival")
    return next((sample for kind in kinds for sample in samples if sample.kind == kind), None)


def sample_words(samples: Sequence[Portrayed]) -> str:
    """How much was looked at: "1,000 paths of 252 days, history 5,797"."""
    past, ours = history_of(samples), first_generated(samples)
    words = []
    if ours is not None:
        words.append(f"{number(ours.portrait.n_paths)} paths of {number(ours.portrait.n_steps)} days")
    if past is not None:
        words.append(f"history {number(past.portrait.n_days)}")
    return ", ".join(words)


def key(chart: go.Figure, lines: Sequence[tuple[str, str, str, str]]) -> None:
    """Below the subtitle a line for each sample, in its color; part of the title, so that all begin at one edge.

    Parameters
    ----------
    lines : sequence of (label, color, stroke, finding)
        ``stroke`` is a dash of Plotly, "band", "mark" or one of ``SYMBOLS``; an empty finding is left out.
    """
    added = []
    for name, color, stroke, finding in lines:
        style = f"<span style='font-size:12px;font-weight:400;fill:{color}'>"
        head = f"{style}{_STROKES.get(stroke, stroke)} <b>{name}</b>"
        fits = len(name) + len(finding) <= _KEY_WIDTH
        added.append(f"{head}: {finding}</span>" if finding and fits else f"{head}</span>")
        if finding and not fits:
            added.append(f"{style}{_INDENT}{finding}</span>")
    title = "<br>".join([chart.layout.title.text, *added])
    chart.update_layout(title={"text": title, "pad": {"l": 2, "t": 20}})
    chart.update_layout(margin_t=chart.layout.margin.t + 20 * len(added) + 2)
