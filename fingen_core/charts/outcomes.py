"""Samples of outcomes on the same axes: how they are distributed, how deep they fall, how wild they are on the way."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from fingen_core.charts.paths import dashes, day_axis, end_labels, ink, line
from fingen_core.charts.theme import THIN, band, figure, percent, percent_axis, percent_range, rgba
from fingen_core.metrics.risk import max_drawdown
from fingen_core.scenarios.outcomes import Outcomes, rolling_volatility
from fingen_core.types import Array

__all__ = ["HOW", "distribution", "drawdown", "drawdown_data", "volatility", "volatility_data"]

HOW = {
    "distribution": """
How often each return over the horizon occurs. All are drawn on the same bins, as shares, so areas compare although the
samples differ in size; the outermost bins also hold what lies beyond. The vertical marks show the return that 1 in 20
outcomes stays below: value at risk at 95 %.

The generated sample starts from **one** day's state; history mixes calm and wild states. So the two need not agree: in
real markets a calm day is followed by narrower outcomes, the eve of a crisis by wider ones. A sample that is wide from
a calm day, or narrow from a wild one, does not follow the state of its start.
""",
    "drawdown": """
For every depth, the share of paths that fell at least that far below an earlier high within the horizon, on a
logarithmic scale so that 1 in 100 can be read as well as 1 in 2.
Drawdown $D = \\max_t (1 - V_t / \\max_{s \\le t} V_s)$, the starting value included.
Where the generated line lies to the right, generated paths fall deeper than history's did.
""",
    "volatility": """
Volatility of the portfolio over the last days, annualized: $\\sqrt{A \\cdot \\frac1n \\sum r_t^2}$ with daily log
returns $r$ and $A$ trading days a year. The line is the median over paths, the band holds nine in ten; a horizon that
is no longer than the stretch has one value of each path, drawn as a point and a bar.
Real markets cluster: volatility that is high stays high for long, and bands are wide. A flat narrow band means that a
generator has forgotten that.
""",
}
"""Markdown of the popovers by chart."""


def distribution(
    samples: Sequence[Outcomes], title: str, subtitle: str, *, dark: bool = False, height: int = 400
) -> go.Figure:
    """Returns over the horizon of all samples on the same bins, as shares, with the 5 % quantile of each marked."""
    chart = figure(title, subtitle, dark=dark, height=height)
    returns = [sample.returns() * 100 for sample in samples]
    edges = _bins(np.concatenate(returns))
    top = 0.0
    marks: list[tuple[float, str, str]] = []
    for sample, values, dash in zip(samples, returns, _dashes(samples), strict=True):
        color = ink(sample.kind, dark)
        shares = np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0] / len(values) * 100
        top = max(top, float(shares.max()))
        chart.add_scatter(
            x=np.repeat(edges, 2)[1:-1],
            y=np.repeat(shares, 2),
            name=sample.label,
            mode="lines",
            line={"color": color, "width": 1.8, "dash": dash},
            fill="tozeroy" if sample.kind == "generated" else None,
            fillcolor=rgba(color, 0.12),
            hovertemplate=f"around %{{x:.1f}}{THIN}%: %{{y:.1f}}{THIN}% of outcomes",
        )
        marks.append((float(np.quantile(values, 0.05)), color, dash))
    for value, color, dash in marks:
        chart.add_scatter(
            x=[value, value],
            y=[0, top],
            mode="lines",
            line={"color": rgba(color, 0.7), "width": 1, "dash": dash},
            hoverinfo="skip",
        )
    _key(chart, samples, [f"1 in 20 below {percent(value / 100)}" for value, _, _ in marks], dark)
    chart.update_xaxes(title="Return over the horizon", showgrid=False, range=[edges[0], edges[-1]])
    chart.update_yaxes(title=f"Share of outcomes per bin of {edges[1] - edges[0]:g}{THIN}%", rangemode="tozero")
    percent_axis(chart, "x")
    percent_axis(chart, "y")
    return chart


def _bins(values: Array, n_bins: int = 48) -> Array:
    """Edges of round width that hold all but the outermost 0.1 % on each side; what is beyond counts at the edge."""
    low, high = np.quantile(values, [0.001, 0.999])
    raw = max((high - low) / n_bins, 1e-3)
    power = 10.0 ** np.floor(np.log10(raw))
    width = power * next(step for step in (1, 2, 2.5, 5, 10) if step * power >= raw)
    return np.asarray(np.arange(np.floor(low / width), np.ceil(high / width) + 1) * width)


def _dashes(samples: Sequence[Outcomes]) -> list[str]:
    return dashes([sample.kind for sample in samples])


def _key(chart: go.Figure, samples: Sequence[Outcomes], findings: Sequence[str], dark: bool) -> None:
    """Between subtitle and plot a line for each sample, in its color: its stroke, its name, its finding."""
    strokes = {"solid": "━━", "dash": "╍╍", "dot": "┅┅"}
    for row, (sample, dash, finding) in enumerate(zip(samples, _dashes(samples), findings, strict=True)):
        chart.add_annotation(
            xref="paper",
            yref="paper",
            x=0,
            y=1,
            yshift=10 + 18 * (len(samples) - row),
            xanchor="left",
            yanchor="top",
            text=f"{strokes.get(dash, '╌╌')} <b>{sample.label}</b>: {finding}",
            showarrow=False,
            font={"color": ink(sample.kind, dark), "size": 12},
        )
    chart.update_layout(margin_t=chart.layout.margin.t + 18 * len(samples) + 2)


def drawdown(
    samples: Sequence[Outcomes], title: str, subtitle: str, *, dark: bool = False, height: int = 400
) -> go.Figure:
    """Share of paths whose deepest drawdown reaches at least each depth."""
    chart = figure(title, subtitle, dark=dark, height=height)
    depths = [np.sort(max_drawdown(sample.values)) * 100 for sample in samples]
    for sample, depth, dash in zip(samples, depths, _dashes(samples), strict=True):
        grid = np.linspace(0, depth[-1], 200)
        share = (len(depth) - np.searchsorted(depth, grid, side="left")) / len(depth) * 100
        chart.add_scatter(
            x=np.round(grid, 3),
            y=np.round(share, 3),
            name=sample.label,
            mode="lines",
            line={"color": ink(sample.kind, dark), "width": 2, "dash": dash},
            hovertemplate=f"%{{y:.1f}}{THIN}% fall %{{x:.1f}}{THIN}% or deeper",
        )
    _key(chart, samples, [f"1 in 20 falls {percent(_one_in_20(depth) / 100)} or more" for depth in depths], dark)
    chart.update_xaxes(title="Deepest fall below an earlier high", rangemode="tozero", showgrid=False)
    floor = min(100 / len(depth) for depth in depths)
    ticks = [tick for tick in (100, 50, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01) if tick >= floor]
    chart.update_yaxes(title="Share at least as deep, log scale", type="log", tickvals=ticks)
    chart.update_yaxes(range=[np.log10(ticks[-1] * 0.8), np.log10(115)])
    chart.update_yaxes(ticktext=[f"{tick:g}{THIN}%" for tick in ticks])
    percent_axis(chart, "x")
    return chart


def _one_in_20(ordered: Array) -> float:
    return float(ordered[len(ordered) - max(1, int(np.ceil(len(ordered) * 0.05)))])


def drawdown_data(samples: Sequence[Outcomes]) -> pd.DataFrame:
    """The deepest drawdown of every path: sample, drawdown (decimal)."""
    return pd.DataFrame(
        {
            "sample": np.repeat([sample.label for sample in samples], [sample.n_paths for sample in samples]),
            "drawdown": np.concatenate([max_drawdown(sample.values) for sample in samples]),
        }
    )


def volatility_data(samples: Sequence[Outcomes], n_days: int, steps_per_year: float) -> pd.DataFrame:
    """Quantiles over the paths of the annualized volatility after each day: sample, day, 5 %, 50 %, 95 % (decimals)."""
    parts = []
    for sample in samples:
        values = rolling_volatility(sample.values, n_days, steps_per_year)
        table = pd.DataFrame(np.quantile(values, [0.05, 0.5, 0.95], axis=0).T, columns=["5 %", "50 %", "95 %"])
        table.insert(0, "day", np.arange(n_days, sample.n_steps + 1))
        table.insert(0, "sample", sample.label)
        parts.append(table)
    return pd.concat(parts, ignore_index=True)


def volatility(
    samples: Sequence[Outcomes],
    title: str,
    subtitle: str,
    *,
    n_days: int,
    steps_per_year: float,
    dark: bool = False,
    height: int = 400,
) -> go.Figure:
    """Annualized volatility of the last ``n_days`` over the horizon: median and the band of nine in ten.

    A horizon of ``n_days`` holds one value of each path: a point and a bar instead of a line and a band.
    """
    if samples[0].n_steps == n_days:
        return _one_volatility(figure(title, subtitle, dark=dark, height=height), samples, n_days, steps_per_year, dark)
    chart = figure(title, subtitle, dark=dark, height=height)
    ends = []
    top = 0.0
    n_steps = samples[0].n_steps
    for sample, dash in zip(samples, _dashes(samples), strict=True):
        color = ink(sample.kind, dark)
        values = rolling_volatility(sample.values, n_days, steps_per_year) * 100
        days = np.arange(n_days, sample.n_steps + 1)
        low, middle, high = np.quantile(values, [0.05, 0.5, 0.95], axis=0)
        band(chart, days, low, high, color=color, alpha=0.12)
        line(chart, days, high, f"{sample.label}, 95 %", color=rgba(color, 0.5), width=0.8, dash=dash)
        line(chart, days, middle, f"{sample.label}, median", color=color, width=2, dash=dash)
        line(chart, days, low, f"{sample.label}, 5 %", color=rgba(color, 0.5), width=0.8, dash=dash)
        ends.append((sample.label, float(middle[-1]), color))
        top = max(top, float(high.max()))
    end_labels(chart, n_steps, ends, (0, top * 1.05), height)
    chart.update_layout(hovermode="x unified")
    day_axis(chart, n_steps)
    chart.update_xaxes(range=[n_days, n_steps], title="Trading days from the start")
    chart.update_yaxes(title=f"Volatility of the last {n_days} days, a year", range=[0, top * 1.05])
    percent_axis(chart)
    return chart


def _one_volatility(
    chart: go.Figure, samples: Sequence[Outcomes], n_days: int, steps_per_year: float, dark: bool
) -> go.Figure:
    """Volatility over the whole horizon, sample beside sample."""
    top = 0.0
    for place, sample in enumerate(samples):
        low, middle, high = np.quantile(
            rolling_volatility(sample.values, n_days, steps_per_year) * 100, [0.05, 0.5, 0.95]
        )
        color = ink(sample.kind, dark)
        chart.add_scatter(
            x=[place],
            y=[round(float(middle), 4)],
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [high - middle],
                "arrayminus": [middle - low],
                "thickness": 1.6,
                "width": 4,
                "color": color,
            },
            mode="markers",
            name=f"{sample.label}, median",
            marker={"color": color, "size": 10},
            customdata=[percent_range(middle / 100, low / 100, high / 100)],
            hovertemplate=f"{sample.label}: %{{customdata}}<extra></extra>",
        )
        top = max(top, float(high))
    names = [sample.label for sample in samples]
    chart.update_xaxes(tickvals=list(range(len(names))), ticktext=names, range=[-0.5, len(names) - 0.5], zeroline=False)
    chart.update_yaxes(title=f"Volatility of the last {n_days} days, a year", range=[0, top * 1.05])
    percent_axis(chart)
    return chart
