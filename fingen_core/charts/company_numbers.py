"""A company asked for by its numbers on screen: its fan over that of any company, and what each number does."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from fingen_core.charts.paths import stamp
from fingen_core.charts.theme import band, colors, figure, percent_axis
from fingen_core.types import Array

__all__ = ["HOW", "effects", "fans"]

HOW: Mapping[str, str] = {
    "fans": """
Change of value of a company with the numbers that you told, bought at the start and held. **Filled**: half and nine
tenths of its paths, day by day. **Dashed**: nine tenths of the paths of a company of which nothing is told, from the
same days and the same noise. Each path is one company: those of equal numbers are not alike, and how far they differ is
part of the width.
""",
    "effects": """
What one standard deviation more of a number goes with, in volatility, among the companies learned from; a percentage of
0 % is no difference. **Dots**: the number alone, and beside the other two. **Bars**: nine tenths of the effects found
when the companies are drawn again at random (bootstrap over companies, not over days: days of one company say the
same). A relation among companies is no cause: levered companies may be volatile for other reasons. Effects are drawn
toward zero as far as that predicts companies left out better, so a dot may lie nearer to zero than its bar.
""",
}
"""Markdown of the popovers by chart."""


def fans(told: Array, plain: Array, title: str, note: str, *, dark: bool = False) -> go.Figure:
    """Bands of the change of value with the numbers and without; values (n_paths, n_steps + 1) from 1."""
    shades, days = colors(dark), np.arange(told.shape[1])
    chart = figure(title, note, dark=dark, height=420)
    low, least, middle, most, high = 100 * (np.quantile(told, [0.05, 0.25, 0.5, 0.75, 0.95], axis=0) - 1)
    band(chart, days, low, high, color=shades.generated, alpha=0.14)
    band(chart, days, least, most, color=shades.generated, alpha=0.22)
    edges = 100 * (np.quantile(plain, [0.05, 0.95], axis=0) - 1)
    for name, line in (("low", edges[0]), ("high", edges[1])):
        chart.add_scatter(
            x=days,
            y=np.round(line, 3),
            name=f"nothing told, {'5' if name == 'low' else '95'} %",
            mode="lines",
            line={"color": shades.quiet, "width": 1.6, "dash": "dash"},
            showlegend=False,
        )
    for name, line, width in (("5 %", low, 0.6), ("median", middle, 2.0), ("95 %", high, 0.6)):
        chart.add_scatter(
            x=days,
            y=np.round(line, 3),
            name=f"with these numbers, {name}",
            mode="lines",
            line={"color": shades.generated, "width": width},
            showlegend=False,
        )
    stamp(chart, dark)
    chart.update_xaxes(title="Trading days")
    chart.update_yaxes(title="Change of value")
    percent_axis(chart)
    chart.update_layout(hovermode="x unified")
    return chart


def effects(
    rows: Sequence[tuple[str, str, float, float, float]], title: str, note: str, *, dark: bool = False
) -> go.Figure:
    """Effects on volatility: number, "alone" or "beside the others", effect and bounds as decimals (0.1 is +10 %)."""
    shades = colors(dark)
    chart = figure(title, note, dark=dark, height=420)
    names = list(dict.fromkeys(row[0] for row in rows))
    for kind, symbol, shift in (("alone", "circle", -0.13), ("beside the others", "diamond", 0.13)):
        shown = [row for row in rows if row[1] == kind]
        middle, low, high = (np.array([row[at] for row in shown]) for at in (2, 3, 4))
        # Drawn toward zero, an effect may lie outside its bounds: the bar is drawn from where it is.
        chart.add_scatter(
            y=[names.index(row[0]) + shift for row in shown],
            x=100 * (low + high) / 2,
            error_x={"type": "data", "array": 50 * (high - low), "thickness": 1.6, "width": 4},
            mode="markers",
            marker={"size": 0.1, "color": shades.quiet},
            hoverinfo="skip",
            showlegend=False,
        )
        chart.add_scatter(
            y=[names.index(row[0]) + shift for row in shown],
            x=100 * middle,
            mode="markers",
            name=kind,
            marker={"size": 11, "symbol": symbol, "color": shades.generated},
            customdata=[[row[0], 100 * row[3], 100 * row[4]] for row in shown],
            hovertemplate="%{customdata[0]}, " + kind + ": %{x:+.1f} % (%{customdata[1]:+.1f} to "
            "%{customdata[2]:+.1f} %)<extra></extra>",
        )
    chart.add_vline(x=0, line={"color": shades.quiet, "width": 1.2, "dash": "dot"})
    rows_shown = {"range": [len(names) - 0.5, -0.5], "showgrid": False, "zeroline": False}
    chart.update_yaxes(tickvals=list(range(len(names))), ticktext=names, **rows_shown)
    chart.update_xaxes(title="Volatility with one standard deviation more", showgrid=True)
    percent_axis(chart, "x")
    chart.update_xaxes(tickformat="+,.0f")
    chart.update_layout(showlegend=True)
    return chart
