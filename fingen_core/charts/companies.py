"""Companies under stress on screen: distance to default along generated paths, and when covenants break."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from fingen_core.charts.theme import band, colors, figure, percent_axis
from fingen_core.types import Array

__all__ = ["HOW", "broken", "distances"]

HOW: Mapping[str, str] = {
    "distance": """
How many standard deviations of a year lie between the value of the company's assets and its debt, $d_2$ of Merton's
model: asset value and volatility are solved from the value of the equity, its volatility and the debt, then follow each
generated path of the equity. Bands hold 80 % of the paths. **Stress**: the twentieth of all paths on which the equal
weight of the whole market loses most. It ranks companies and days; it is no rating.
""",
    "broken": """
Share of paths on which the covenant was broken on or before a day. Leverage moves with the market value of the equity;
coverage moves with EBITDA, for which an **assumption** stands: it follows a fall of the equity by the share that you
enter.
""",
}
"""Markdown of the popovers by chart."""


def distances(normal: Array, stress: Array, title: str, note: str, *, dark: bool = False) -> go.Figure:
    """Median and 80 % band of the distance to default by day, over all paths and over those of stress."""
    shades, days = colors(dark), np.arange(normal.shape[1])
    chart = figure(title, note, dark=dark, height=380)
    for name, values, color, dash in (
        ("all paths", normal, shades.generated, "solid"),
        ("stress", stress, shades.loss, "dash"),
    ):
        low, middle, high = np.quantile(values, [0.1, 0.5, 0.9], axis=0)
        band(chart, days, low, high, color=color, alpha=0.14)
        chart.add_scatter(
            x=days, y=np.round(middle, 3), name=name, mode="lines", line={"color": color, "width": 2, "dash": dash}
        )
    chart.add_hline(y=0, line={"color": shades.quiet, "width": 1, "dash": "dot"})
    chart.update_xaxes(title="Trading days")
    chart.update_yaxes(title="Distance to default, standard deviations", hoverformat=".2f")
    chart.update_layout(hovermode="x unified", showlegend=True)
    return chart


def broken(shares: pd.DataFrame, title: str, note: str, *, dark: bool = False) -> go.Figure:
    """Share of paths on which each covenant has broken by each day; columns are lines, decimals."""
    shades = colors(dark)
    chart = figure(title, note, dark=dark, height=380)
    for name in shares:
        stressed = str(name).endswith("stress")
        chart.add_scatter(
            x=shares.index,
            y=np.round(100 * shares[name], 2),
            name=str(name),
            mode="lines",
            line={
                "color": shades.loss if stressed else shades.generated,
                "width": 2,
                "dash": "dot" if str(name).startswith("coverage") else "solid",
                "shape": "hv",
            },
        )
    chart.update_xaxes(title="Trading days")
    highest = 100 * float(np.nanmax(shares.to_numpy(), initial=0.0))
    chart.update_yaxes(title="Paths on which it has broken", range=[0, max(5.0, 1.06 * highest)])
    percent_axis(chart)
    chart.update_layout(hovermode="x unified", showlegend=True)
    return chart
