"""What charts of paths share: the color of a kind, lines that tell percent, names at their right ends, the stamp."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from fingen_core.charts.theme import colors, label, percent, separate
from fingen_core.market.step import DAILY
from fingen_core.scenarios.outcomes import NOT_HAPPENED, Kind

__all__ = ["DASHES", "dashes", "day_axis", "end_labels", "ink", "line", "panel_name", "stamp"]

DASHES = ("solid", "dash", "dot", "dashdot", "longdash")


def dashes(kinds: Sequence[Kind], *, rival: int = 0) -> list[str]:
    """A dash for each sample: several of one kind share the color, never the dash. Rivals begin at ``rival``."""
    seen: dict[str, int] = {"rival": rival}
    chosen = []
    for kind in kinds:
        count = seen.get(kind, 0)
        chosen.append(DASHES[count % len(DASHES)])
        seen[kind] = count + 1
    return chosen


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


_WIDTHS = (1, 2, 5, *DAILY.horizons("fortnight", "month", "two months", "quarter", "half-year", "year"))
_TICKS = sorted({*_WIDTHS, 3, 6, 12, 13, 30, 60, 90})


def day_axis(chart: go.Figure, n_steps: int) -> None:
    """Trading days from the start, with a handful of ticks at round numbers; the last at the end if one divides it.

    Months of a market that never rests have 30 days, quarters of weeks 13.
    """
    most = 7
    fits = (width for width in _TICKS if n_steps % width == 0 and 3 <= n_steps / width <= most)
    step = next(fits, None) or next(width for width in _WIDTHS if n_steps / width <= most)
    chart.update_xaxes(title="Trading days from the start", tickvals=np.arange(0, n_steps + 1, step), showgrid=False)
    chart.update_xaxes(range=[0, n_steps], hoverformat=",d", unifiedhovertitle_text="Day %{x}")


def panel_name(chart: go.Figure, row: int, column: int, text: str, *, color: str, size: int) -> None:
    """A name above one panel of several, from its left edge on."""
    axis = chart.get_subplot(row, column)
    chart.add_annotation(
        text=text,
        x=0,
        y=1,
        xref=f"{axis.xaxis.plotly_name.replace('axis', '')} domain",
        yref=f"{axis.yaxis.plotly_name.replace('axis', '')} domain",
        xanchor="left",
        yanchor="bottom",
        showarrow=False,
        font={"size": size, "color": color},
    )


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
