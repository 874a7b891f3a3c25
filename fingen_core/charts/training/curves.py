"""What a training shows of itself: losses, validation scores against the rivals, a generated path beside a real one.

These are drawn again each second while a training runs, so ``uirevision`` is constant: a zoom survives the redraw.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import ArrayLike
from plotly.subplots import make_subplots

from fingen_core.charts import theme
from fingen_core.types import Array

__all__ = ["RIVAL_NAMES", "SCORE_NAMES", "beside_real", "loss", "scores"]

SCORE_NAMES = {
    "fz0_1": "FZ0 score at 1 %",
    "fz0_2.5": "FZ0 score at 2.5 %",
    "fz0_5": "FZ0 score at 5 %",
    "crps": "CRPS",
    "energy": "Energy score",
}
RIVAL_NAMES = {"fhs-gjr": "FHS on GJR-GARCH", "block-bootstrap": "Block bootstrap"}


def loss(
    curve: pd.DataFrame, title: str, subtitle: str = "", *, marks: Mapping[int, str] | None = None, dark: bool = False
) -> go.Figure:
    """One loss term or gradient norm over the steps.

    Parameters
    ----------
    curve : DataFrame
        Columns ``step``, ``phase`` and ``value``; rows in the order of the steps. Each phase is a line from its own
        beginning; the refit on all days is gray.
    title, subtitle : str
        Name of the term, and whose it is.
    marks : mapping of int to str
        Steps of the phase at which something was changed, and what.
    """
    chart = theme.figure(title, subtitle, dark=dark, height=210, room=theme.THIRD)
    palette = theme.colors(dark)
    for phase, part in curve.groupby("phase", sort=False):
        again = "refit" in str(phase)
        chart.add_scatter(
            x=part["step"] - part["step"].iloc[0],
            y=part["value"],
            mode="lines",
            line={"color": palette.quiet if again else palette.generated, "width": 1.2 if again else 1.8},
            name=str(phase),
            hovertemplate=f"{phase}<br>step %{{x:,}}<br>%{{y:.4g}}<extra></extra>",
        )
    longest = max((part["step"].iloc[-1] - part["step"].iloc[0] for _, part in curve.groupby("phase")), default=0)
    for row, (step, text) in enumerate((marks or {}).items()):
        chart.add_vline(
            x=step,
            line={"color": palette.quiet, "width": 1.2, "dash": "dot"},
            # Inside the plot, towards its middle: above it stands whose term this is.
            annotation={"text": text, "font": {"size": 11, "color": palette.quiet}, "yshift": -12 * (row % 3)},
            annotation_position="top right" if step <= longest / 2 else "top left",
        )
    chart.update_layout(uirevision="training", margin={"b": 34})
    chart.update_xaxes(title="step of the phase", tickformat=",", nticks=5)
    chart.update_yaxes(nticks=5, tickformat="~g")
    return chart


def scores(curve: pd.DataFrame, rivals: Mapping[str, float], score: str, *, dark: bool = False) -> go.Figure:
    """A validation score over the steps, with the rivals' as level lines.

    Parameters
    ----------
    curve : DataFrame
        Columns ``step``, ``phase`` and ``value`` of this score; empty while nothing is validated yet.
    rivals : mapping of str to float
        The same score of each rival; empty while they are not scored yet.
    score : str
        Key of the score, "fz0_2.5" or "crps". Lower is better for each.
    """
    name = SCORE_NAMES.get(score, score)
    chart = theme.figure(_standing(curve, rivals), f"{name} on the validation days; lower is better", dark=dark)
    palette = theme.colors(dark)
    last = int(curve["step"].max()) if len(curve) else 1
    first = int(curve["step"].min()) if len(curve) else 0
    reach = max(last, first + 1)
    for dash, (rival, value) in zip(("dash", "dot", "dashdot", "longdash"), rivals.items(), strict=False):
        chart.add_scatter(
            x=[first, reach],
            y=[value, value],
            mode="lines",
            line={"color": palette.rival, "width": 1.6, "dash": dash},
            name=RIVAL_NAMES.get(rival, rival),
            hovertemplate=f"{RIVAL_NAMES.get(rival, rival)}<br>%{{y:.4f}}<extra></extra>",
        )
    for phase, part in curve.groupby("phase", sort=False):
        chart.add_scatter(
            x=part["step"],
            y=part["value"],
            mode="lines+markers",
            line={"color": palette.generated, "width": 2.2},
            marker={"size": 6},
            name=str(phase),
            hovertemplate=f"This model, {phase}<br>step %{{x:,}}<br>%{{y:.4f}}<extra></extra>",
        )
    _name_levels(chart, curve, rivals, palette)
    chart.update_layout(uirevision="training", height=330)
    chart.update_xaxes(title="step", tickformat=",", nticks=6, showticklabels=bool(len(curve)))
    chart.update_yaxes(
        title=name, tickformat="~g", range=_reach(curve, rivals), showticklabels=bool(len(curve) or rivals)
    )
    return chart


def beside_real(
    generated: ArrayLike | None, real: ArrayLike, period: str = "", *, step: int | None = None, dark: bool = False
) -> go.Figure:
    """Daily returns of an equal-weight portfolio, real above and generated below, on the same axes.

    Parameters
    ----------
    generated : array, shape (n_steps,), or None
        Log returns of one generated path; ``None`` while there is none.
    real : array, shape (n_steps,)
        As many of the real ones.
    period : str
        Where the real ones come from: "to 2022-12-28".
    step : int, optional
        Training step of the generated path.
    """
    real = np.asarray(real, dtype=np.float64)
    drawn = None if generated is None else np.asarray(generated, dtype=np.float64)
    palette = theme.colors(dark)
    title = "A generated path beside a real one"
    sample = f"Daily returns, equal weights, {len(real)} days{f'; real: {period}' if period else ''}"
    base = theme.figure(title, sample, dark=dark, height=330)
    chart = make_subplots(rows=2, cols=1, shared_xaxes=True, shared_yaxes="all", vertical_spacing=0.2)
    chart.update_layout(base.layout)
    panels: tuple[tuple[str, Array | None, str], ...] = (
        ("Real", real, palette.history),
        (f"Generated, after step {step:,}" if step is not None else "Generated", drawn, palette.generated),
    )
    for row, (name, returns, color) in enumerate(panels, start=1):
        text = name if returns is None else f"{name}: {_character(returns)}"
        chart.add_annotation(
            text=f"{text}; not drawn yet" if returns is None else text,
            xref="x domain",
            yref=f"y{'' if row == 1 else row} domain",
            x=0,
            y=1.0,
            yanchor="bottom",
            xanchor="left",
            yshift=1,
            showarrow=False,
            font={"size": 12, "color": color},
        )
        values = np.zeros(0) if returns is None else 100 * np.expm1(returns)
        chart.add_bar(
            x=np.arange(1, len(values) + 1),
            y=values,
            marker={"color": color, "line": {"width": 0}},
            name=name,
            hovertemplate="day %{x}<br>%{y:.2f} %<extra></extra>",
            row=row,
            col=1,
        )
    # The axes follow the real path, so that a wild beginning looks as wild as it is instead of shrinking the truth.
    bound = 100 * float(np.abs(np.expm1(real)).max(initial=0.01)) * 1.4
    chart.update_layout(uirevision="training", bargap=0.15, margin={"t": (chart.layout.margin.t or 0) + 16})
    for row in (1, 2):
        chart.update_yaxes(range=[-bound, bound], ticksuffix=f"{theme.THIN}%", nticks=5, row=row, col=1)
    chart.update_xaxes(title="day", row=2, col=1)
    chart.update_xaxes(range=[0, len(real) + 1])
    return chart


def _character(returns: Array) -> str:
    """Daily volatility and worst day in words."""
    simple = np.expm1(returns)
    return f"volatility {theme.percent(float(simple.std()))} a day, worst day {theme.percent(float(simple.min()))}"


def _standing(curve: pd.DataFrame, rivals: Mapping[str, float]) -> str:
    """The finding: where the best score so far stands among the rivals."""
    if not len(curve):
        return "Waiting for the first validation"
    if not rivals:
        return "The rivals are being scored"
    best = float(curve["value"].min())
    beaten = [rival for rival, value in rivals.items() if best < value]
    if len(beaten) == len(rivals):
        return "Best so far: ahead of every rival"
    if beaten:
        ahead = min(rivals, key=lambda rival: rivals[rival])
        return f"Best so far: behind {RIVAL_NAMES.get(ahead, ahead)}"
    return "Best so far: behind every rival"


def _reach(curve: pd.DataFrame, rivals: Mapping[str, float]) -> list[float] | None:
    """Limits that show the rivals and the model near them; a far worse beginning runs in from above."""
    values = [*rivals.values(), *curve["value"].tolist()]
    if len(values) < 2:
        return None
    low = min(values)
    levels = [*rivals.values(), float(curve["value"].min())] if len(curve) else list(rivals.values())
    spread = max(max(levels) - min(levels), 1e-3 * abs(low), 1e-9)
    high = min(max(values), max(levels) + 3 * spread)
    margin = 0.12 * (high - low) or spread
    return [low - margin, high + margin]


def _name_levels(chart: go.Figure, curve: pd.DataFrame, rivals: Mapping[str, float], palette: theme.Palette) -> None:
    """Write beside the level lines whose they are, apart from each other."""
    reach = _reach(curve, rivals)
    if not rivals or reach is None:
        return
    gap = 0.07 * (reach[1] - reach[0])
    for rival, place in zip(rivals, theme.separate(list(rivals.values()), gap), strict=True):
        chart.add_annotation(
            x=0,
            xref="paper",
            y=place,
            yshift=8,
            text=RIVAL_NAMES.get(rival, rival),
            showarrow=False,
            xanchor="left",
            font={"size": 12, "color": palette.rival},
        )
