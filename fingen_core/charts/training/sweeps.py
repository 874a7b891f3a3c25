"""A sweep in pictures: scores over the trials, what matters, and which settings went with which score."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import plotly.graph_objects as go

from fingen_core.charts import theme
from fingen_core.runs.sweeps import Trial

__all__ = ["HOW", "Coordinate", "coordinates", "history", "importance"]

HOW = {
    "history": """
Each mark is a trial: a dot ran to its end, a cross was stopped because it lagged behind (its best score until then),
an open triangle failed (its best score before that, if it had one); the line is the best so far. The first trial has
the settings that the sweep set out from. Lower is better: the score is the mean of the FZ0 scores on the validation
days, the same by which a training chooses its best checkpoint (of models of pictures, the distance of the long run
from history). The more trials, the luckier the best of them on just these days: train the winner again, with another
seed, and validate it.
""",
    "importance": """
Share of the differences between scores that each setting explains, alone and together with others, by functional
analysis of variance (fANOVA) on a forest of trees fitted to the trials that ran to their end. It speaks of the ranges
that were searched: a setting that barely mattered there may matter beyond. Under about twenty trials take it as a hint.
""",
    "coordinates": """
A line per trial across the settings that were tuned, the last axis is its score; the darker the line, the better the
trial. Where dark lines run close together on an axis, good trials agree about that setting; where they spread, it
hardly matters. Dotted lines were stopped early or failed.
""",
}
_SCORE = "Score"


@dataclass(frozen=True)
class Coordinate:
    """An axis: a setting's name, its title, its words if it is one, and whether it is spread in factors."""

    name: str
    title: str
    low: float = 0.0
    high: float = 1.0
    words: tuple[str, ...] = ()
    log: bool = False


def history(trials: Sequence[Trial], title: str, subtitle: str = "", *, dark: bool = False) -> go.Figure:
    """Scores of the trials in their order, with the best so far as a line; lower is better."""
    chart = theme.figure(title, subtitle, dark=dark, height=340)
    palette = theme.colors(dark)
    done = [trial for trial in trials if trial.state == "done" and trial.value is not None]
    best = np.minimum.accumulate([float(trial.value or 0) for trial in done])
    chart.add_scatter(
        x=[trial.number + 1 for trial in done],
        y=best,
        mode="lines",
        line={"color": palette.generated, "width": 2, "shape": "hv"},
        name="best so far",
        hovertemplate="best so far: %{y:.4f}<extra></extra>",
    )
    marks = {
        "done": ("circle", "ran to its end", palette.generated),
        "pruned": ("x", "stopped early", palette.quiet),
        "failed": ("triangle-up-open", "failed", palette.quiet),
    }
    for state, (symbol, words, color) in marks.items():
        part = [trial for trial in trials if trial.state == state and trial.value is not None]
        chart.add_scatter(
            x=[trial.number + 1 for trial in part],
            y=[trial.value for trial in part],
            mode="markers",
            marker={"symbol": symbol, "size": 9, "color": color},
            name=words,
            hovertemplate=f"trial %{{x}}, {words}<br>%{{y:.4f}}<extra></extra>",
        )
    chart.update_layout(showlegend=True, legend={"y": -0.22})
    last = max((trial.number + 1 for trial in trials), default=1)
    chart.update_xaxes(title="trial", range=[0.5, last + 0.5], tick0=1, dtick=max(1, -(-last // 8)), tickformat="d")
    chart.update_yaxes(title="score, lower is better", tickformat="~g")
    return chart


def importance(shares: Mapping[str, float], title: str, subtitle: str = "", *, dark: bool = False) -> go.Figure:
    """Bars of the shares of the variance that settings explain, the largest on top; ``shares`` by title."""
    chart = theme.figure(title, subtitle, dark=dark, height=max(220, 110 + 34 * len(shares)))
    palette = theme.colors(dark)
    order = sorted(shares, key=lambda name: shares[name])
    chart.add_bar(
        x=[100 * shares[name] for name in order],
        y=order,
        orientation="h",
        marker={"color": palette.generated},
        text=[theme.percent(shares[name], 0) for name in order],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{y}: %{x:.1f} %<extra></extra>",
    )
    theme.percent_axis(chart, "x")
    chart.update_xaxes(range=[0, 100 * max(shares.values()) * 1.18], nticks=5)
    chart.update_yaxes(showgrid=False)
    return chart


def coordinates(
    trials: Sequence[Trial], axes: Sequence[Coordinate], title: str, subtitle: str = "", *, dark: bool = False
) -> go.Figure:
    """Parallel coordinates of the trials, one axis under the other, the score last.

    Parameters
    ----------
    trials : sequence of Trial
        Those with a value are drawn.
    axes : sequence of Coordinate
    title, subtitle : str
    dark : bool
    """
    chart = theme.figure(title, subtitle, dark=dark, height=96 + 52 * (len(axes) + 1))
    palette = theme.colors(dark)
    known = [trial for trial in trials if trial.value is not None]
    values = [float(trial.value or 0) for trial in known]
    low, high = min(values), max(values)
    score = Coordinate(_SCORE, "Score: better to the right", high, low)
    rows = [*axes, score]
    for row, axis in enumerate(rows):
        chart.add_shape(type="line", x0=0, x1=1, y0=row, y1=row, line={"color": palette.grid, "width": 2})
        for x, text, anchor, shift, lift in (
            (0, axis.title, "left", 0, 14),
            (0, _end(axis, 0), "left", 0, -12),
            (1, _end(axis, -1), "right", 0, -12),
        ):
            chart.add_annotation(
                x=x,
                y=row,
                text=text,
                showarrow=False,
                xanchor=anchor,
                xshift=shift,
                yshift=lift,
                font={"size": 12 if lift > 0 else 10, "color": palette.text if lift > 0 else palette.quiet},
            )
    for trial, value in sorted(zip(known, values, strict=True), key=lambda pair: -pair[1]):
        good = (high - value) / (high - low) if high > low else 1.0
        at = [*(_place(axis, trial.params[axis.name]) for axis in axes), _place(score, value)]
        words = [f"{axis.title}: {_shown(trial.params[axis.name])}" for axis in axes]
        chart.add_scatter(
            x=at,
            y=list(range(len(rows))),
            customdata=[*words, f"{_SCORE}: {value:.4f}"],
            mode="lines+markers",
            line={
                "color": theme.rgba(palette.generated, 0.15 + 0.85 * good**2),
                "width": 1 + 2 * good**2,
                "dash": "solid" if trial.state == "done" else "dot",
            },
            marker={"size": 6},
            hovertemplate=f"trial {trial.number + 1}<br>%{{customdata}}<extra></extra>",
        )
    chart.update_xaxes(visible=False, range=[-0.03, 1.03])
    chart.update_yaxes(visible=False, range=[len(rows) - 0.45, -0.6])
    return chart


def _place(axis: Coordinate, value: object) -> float:
    """Where a value stands on its axis, from 0 to 1."""
    if axis.words:
        return axis.words.index(str(value)) / max(1, len(axis.words) - 1)
    number = float(value)  # type: ignore[arg-type]
    low, high = axis.low, axis.high
    if axis.log:
        number, low, high = float(np.log(number)), float(np.log(low)), float(np.log(high))
    return (number - low) / (high - low) if high != low else 0.5


def _end(axis: Coordinate, place: int) -> str:
    if axis.words:
        return axis.words[place]
    return _shown(axis.high if place else axis.low)


def _shown(value: object) -> str:
    return f"{Decimal(f'{value:.4g}'):f}" if isinstance(value, float) else str(value)  # no powers of ten
