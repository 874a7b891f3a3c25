"""Weights from generated scenarios beside those from history: bars, frontiers, and what they became."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from fingen_core.charts.theme import THIN, colors, figure, label, percent_axis, rgba
from fingen_core.charts.wealth import Wealth, draw_wealth
from fingen_core.portfolio.allocation.frontier import Frontier
from fingen_core.types import Array

__all__ = ["HOW", "frontiers", "walked", "weights"]

HOW = {
    "weights": """
Weights that the same method with the same limits chooses from generated scenarios (filled) and from the windows of
history (outlined), both over the same horizon. Generated scenarios start from **one** day's state; history mixes calm
and wild days. Weights that differ little say that both tell the same story.
""",
    "frontier": """
**Lines**: portfolios of least volatility for each mean return, from generated scenarios and from history.
**Dots**: the same from resampled scenarios (Michaud 1998), each placed where it would really lie on the scenarios as
they are. Their spread is what is not known: where dots of one color reach across the other line, the difference
between the lines means nothing. Generated paths are drawn anew one by one; history's overlapping windows in blocks.
""",
    "walk": """
At the first date and then once a year, weights are chosen from what was known **then**, from generated scenarios and
from history, and held for a year with costs. A frozen generator learned before the first date and never again; it only
follows the market's state. The verdict compares what the method aims at; the band comes from days of both, resampled
together in blocks of a month. Equal weights keep to no limit per sector. History's windows count 1990 as much as last
year, a generator knows how wild today is: a win may be the state's rather than the model's, so compare with the
classical generators too. One history is one trial: a win here is no law.
""",
}


_FEW = 6
"""Assets whose names stand level below their bars."""


def weights(
    tickers: Sequence[str], generated: ArrayLike, history: ArrayLike, title: str, subtitle: str, *, dark: bool = False
) -> go.Figure:
    """Weights of both, the largest generated one first."""
    shades = colors(dark)
    both = np.array([generated, history], dtype=float) * 100
    order = np.argsort(-both[0], kind="stable")
    names = [tickers[asset] for asset in order]
    chart = figure(title, subtitle, dark=dark, height=380)
    chart.add_bar(
        x=names,
        y=np.round(both[0][order], 2),
        name="generated",
        marker={"color": shades.generated},
        hovertemplate=f"%{{x}}, generated: %{{y:.1f}}{THIN}%<extra></extra>",
    )
    chart.add_bar(
        x=names,
        y=np.round(both[1][order], 2),
        name="history",
        marker={"color": rgba(shades.history, 0.12), "line": {"color": shades.history, "width": 1.5}},
        hovertemplate=f"%{{x}}, history: %{{y:.1f}}{THIN}%<extra></extra>",
    )
    chart.update_layout(barmode="group", bargap=0.25, showlegend=True, legend={"y": 1.02, "x": 1, "xanchor": "right"})
    chart.update_layout(legend={"yanchor": "bottom"})
    chart.update_xaxes(tickangle=-60 if len(names) > _FEW else 0, showgrid=False)
    chart.update_yaxes(title="Weight", rangemode="tozero")
    percent_axis(chart)
    return chart


def frontiers(found: Mapping[str, Frontier], title: str, subtitle: str, *, dark: bool = False) -> go.Figure:
    """Frontiers of both with the portfolios of resampled scenarios."""
    shades = colors(dark)
    chart = figure(title, subtitle, dark=dark, height=430)
    ends = []
    for name, one in found.items():
        color = shades.generated if name == "Generated" else shades.history
        chart.add_scatter(
            x=np.round(one.resampled_volatility.ravel() * 100, 3),
            y=np.round(one.resampled_mean.ravel() * 100, 3),
            name=f"{name}, resampled",
            mode="markers",
            marker={"size": 5, "color": rgba(color, 0.3)},
            hovertemplate=f"resampled: %{{x:.1f}}{THIN}% volatility, %{{y:.1f}}{THIN}% mean<extra></extra>",
        )
        chart.add_scatter(
            x=np.round(one.volatility * 100, 3),
            y=np.round(one.mean * 100, 3),
            name=name,
            mode="lines+markers",
            line={"color": color, "width": 2.2},
            marker={"size": 6},
            hovertemplate=f"{name}: %{{x:.1f}}{THIN}% volatility, %{{y:.1f}}{THIN}% mean<extra></extra>",
        )
        ends.append((name, float(one.volatility[-1] * 100), float(one.mean[-1] * 100), color))
    for name, x, y, color in ends:
        label(chart, x, y, name.lower(), color=color)
    chart.update_layout(margin_r=80)
    chart.update_xaxes(title="Volatility a year")
    chart.update_yaxes(title="Mean return a year")
    percent_axis(chart, "x")
    percent_axis(chart)
    return chart


def walked(
    dates: pd.DatetimeIndex,
    values: Mapping[str, Array],
    refits: pd.DatetimeIndex,
    title: str,
    subtitle: str,
    *,
    dark: bool = False,
) -> go.Figure:
    """Wealth of each source, with a tick for every refit."""
    shades = colors(dark)
    chart = figure(title, subtitle, dark=dark, height=400)
    inks = {"Generated": shades.generated, "History": shades.history}
    drawn = [
        Wealth(
            name=name,
            short=name.lower(),
            values=wealth,
            color=inks.get(name, shades.quiet),
            width=2 if name in inks else 1.4,
            dash="solid" if name in inks else "dot",
        )
        for name, wealth in values.items()
    ]
    for refit in refits:
        chart.add_vline(x=refit, line={"color": rgba(shades.quiet, 0.25), "width": 1})
    draw_wealth(chart, dates, drawn)
    return chart
