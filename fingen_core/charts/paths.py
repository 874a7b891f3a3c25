"""What charts of paths share: the color of a kind, lines that tell percent, names at their right ends, the stamp."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from fingen_core.charts.theme import colors, label, percent, separate
from fingen_core.scenarios.outcomes import NOT_HAPPENED, Kind

__all__ = ["end_labels", "ink", "line", "stamp"]


def ink(kind: Kind, dark: bool = False) -> str:
    """The color of a kind: history, generated or rival."""
    shades = colors(dark)
    return {"generated": shades.generated, "history": shades.history, "rival": shades.rival}[kind]


def line(
    chart: go.Figure,
    x: ArrayLike,
    y: ArrayLike,
    name: str,
    *,
    color: str,
    width: float,
    dash: str = "solid",
    sign: bool = False,
) -> None:
    """A line in percent whose hover has a narrow space and a true minus; ``sign`` writes a plus too."""
    values = np.asarray(y, dtype=float)
    chart.add_scatter(
        x=x,
        y=np.round(values, 3),
        customdata=[percent(value / 100, 1, sign=sign) for value in values],
        name=name,
        mode="lines",
        line={"color": color, "width": width, "dash": dash},
        hovertemplate="%{customdata}",
    )


def end_labels(
    chart: go.Figure, x: float, ends: Sequence[tuple[str, float, str]], limits: tuple[float, float], height: int
) -> None:
    """Names at the right end of the lines, moved apart where they would touch.

    ``ends`` are name, value and color of each line; ``limits`` those of the axis and ``height`` that of the chart.
    """
    gap = 15 * (limits[1] - limits[0]) / max(height - 120, 100)
    room = (limits[0] + gap / 2, limits[1] - gap / 2)
    places = separate([min(max(value, room[0]), room[1]) for _, value, _ in ends], gap, *room)
    for (text, _, color), y in zip(ends, places, strict=True):
        label(chart, x, y, text, color=color, size=11)
    chart.update_layout(margin_r=16 + int(6.2 * max(len(text) for text, _, _ in ends)))


def stamp(chart: go.Figure, dark: bool, text: str = NOT_HAPPENED) -> None:
    """Say on the picture itself, which may leave the app, that its paths are generated."""
    chart.add_annotation(
        xref="paper",
        yref="paper",
        x=0,
        y=0,
        xanchor="left",
        yanchor="bottom",
        xshift=6,
        yshift=2,
        text=text,
        showarrow=False,
        font={"size": 10, "color": colors(dark).quiet},
    )
