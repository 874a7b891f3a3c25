"""Wealth over capital on a logarithmic scale, where equal distances are equal percentages."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from fingen_core.charts.theme import label, separate
from fingen_core.types import Array

__all__ = ["Wealth", "draw_wealth"]

_MOST_POINTS = 1500  # more points than pixels say nothing
_LEAST = 1e-3  # wealth below it, or none, has no place on this scale


@dataclass(frozen=True, eq=False, kw_only=True)
class Wealth:
    """Wealth over capital day by day, its name on hover and ``short`` at the line's end, and its stroke."""

    name: str
    short: str
    values: Array
    color: str
    width: float
    dash: str


def draw_wealth(chart: go.Figure, dates: pd.DatetimeIndex, lines: Sequence[Wealth]) -> None:
    """Draw lines that share their dates, name them at their ends, and set both axes."""
    step = max(1, len(dates) // _MOST_POINTS)
    kept = [np.maximum(line.values, _LEAST) for line in lines]
    for line, values in zip(lines, kept, strict=True):
        chart.add_scatter(
            x=dates[::-step][::-1],
            y=np.round(values[::-step][::-1], 4),
            name=line.name,
            mode="lines",
            line={"color": line.color, "width": line.width, "dash": line.dash},
            hovertemplate="%{y:.2f} times the capital",
        )
    low = min(float(np.log10(values).min()) for values in kept)
    high = max(float(np.log10(values).max()) for values in kept)
    gap = 15 * (high - low) / (chart.layout.height - 120)
    places = separate([float(np.log10(values[-1])) for values in kept], gap, low, high)
    for line, y in zip(lines, places, strict=True):
        label(chart, dates[-1], y, line.short, color=line.color, size=11)
    chart.update_layout(margin_r=16 + int(6.2 * max(len(line.short) for line in lines)), hovermode="x unified")
    ticks = [one * 10.0**power for power in range(-3, 5) for one in (1, 2, 5)]
    chart.update_yaxes(type="log", title="Wealth over capital, log scale", range=[low - 0.05, high + 0.05])
    chart.update_yaxes(tickvals=ticks, ticktext=[f"{tick:g}" for tick in ticks])
    chart.update_xaxes(showgrid=False, range=[dates[0], dates[-1]])
