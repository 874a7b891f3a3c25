"""One look for every chart: colors with a fixed meaning, one font, quiet grids, numbers with units.

**History** is ink, **generated** is indigo, a **rival** is amber; **loss** and breach are red, and nothing else is. The
four differ in lightness as well as hue and charts never tell them apart by color alone (labels and dashes do it too),
so they hold for the color-blind and in print. Light and dark carry the same meaning.

Charts take decimals and plot percent: call ``percent_axis`` on the axis and multiply the data by 100.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import plotly.graph_objects as go
import plotly.io as pio
from numpy.typing import ArrayLike

from fingen_core.charts.lettering import wrapped
from fingen_core.market.step import DAILY, Step

__all__ = [
    "COLORS",
    "CONFIG",
    "FONT",
    "MINUS",
    "THIN",
    "THIRD",
    "Palette",
    "band",
    "colors",
    "diverging",
    "figure",
    "label",
    "loss_words",
    "mixed",
    "number",
    "percent",
    "percent_axis",
    "percent_range",
    "percent_span",
    "retell",
    "rgba",
    "separate",
    "shade",
    "template",
]

FONT = "'IBM Plex Sans', 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif"
"""Plex figures are tabular by themselves, also where a font feature cannot be switched on (canvas, SVG)."""

THIN = "\u202f"
"""A narrow space that does not break, between a number and its unit."""

MINUS = "\u2212"

_TITLE_SIZE, _SUBTITLE_SIZE = 15, 12
_TITLE_WEIGHT = 600
_ROOM = 380
"""Pixels of a line that fit a chart on a screen of 420 pixels: titles are wrapped for the narrowest."""
THIRD = 285
"""Pixels of a line that fit the narrowest of three charts in a row: a window of 1280 pixels with its sidebar open."""


@dataclass(frozen=True, kw_only=True)
class Palette:
    """Colors of one mode; each name says what the color means."""

    background: str
    surface: str
    text: str
    quiet: str
    grid: str
    history: str
    generated: str
    rival: str
    loss: str
    negative: str
    series: tuple[str, ...]
    """For several things of one kind (assets), where none of the meanings applies."""
    runs: tuple[str, ...]
    """For several runs: neighbors differ in lightness as well as hue; a dash and a mark go with each."""


COLORS: Mapping[str, Palette] = MappingProxyType(
    {
        "light": Palette(
            background="#ffffff",
            surface="#f3f5f8",
            text="#17202e",
            quiet="#5b6778",
            grid="#e6eaf0",
            history="#334155",
            generated="#4345c9",
            rival="#a65f05",
            loss="#c2263c",
            negative="#8a6a34",
            series=("#4345c9", "#1f8a8c", "#7a5195", "#5b6778", "#2f6db5", "#8a6a34", "#4d7c4a", "#9a5b86"),
            runs=("#4345c9", "#128a7d", "#b0579f", "#1b5e20", "#3f9bd6", "#8f7a00", "#7a4b2a", "#5b6778"),
        ),
        "dark": Palette(
            background="#10151d",
            surface="#1a212c",
            text="#e4e9f0",
            quiet="#94a1b3",
            grid="#222b37",
            history="#c6cfdb",
            generated="#9ca0ff",
            rival="#f2b04c",
            loss="#ff7a87",
            negative="#c9a66b",
            series=("#9ca0ff", "#5cc4c4", "#c39bdb", "#94a1b3", "#6fb1ee", "#c9a66b", "#93c48f", "#d9a0c4"),
            runs=("#9ca0ff", "#3fc9b6", "#e29bd3", "#8fd694", "#62b4ee", "#d6c24a", "#c79a78", "#94a1b3"),
        ),
    }
)

CONFIG: Mapping[str, object] = MappingProxyType(
    {
        "displaylogo": False,
        "displayModeBar": "hover",
        "modeBarButtonsToRemove": ["select2d", "lasso2d", "zoomIn2d", "zoomOut2d", "autoScale2d"],
        "scrollZoom": False,
    }
)
"""Plotly's configuration for every chart: a short mode bar, no logo, and scrolling scrolls the page."""


def colors(dark: bool = False) -> Palette:
    """The palette of one mode."""
    return COLORS["dark" if dark else "light"]


def rgba(color: str, alpha: float) -> str:
    """``#rrggbb`` with an opacity, in the form that Plotly takes."""
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha:g})"


def mixed(first: str, second: str, share: float) -> str:
    """The color on the way from one ``#rrggbb`` to another; ``share`` of 1 is the second."""
    parts = [(int(first[i : i + 2], 16), int(second[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(one + share * (other - one)):02x}" for one, other in parts)


def template(dark: bool = False) -> go.layout.Template:
    """The Plotly template of one mode; registered as ``fingen-light`` and ``fingen-dark`` when this module loads."""
    shades = colors(dark)
    axis = {
        "gridcolor": shades.grid,
        "linecolor": shades.grid,
        "zerolinecolor": rgba(shades.quiet, 0.55),
        "zerolinewidth": 1,
        "ticks": "",
        "tickfont": {"size": 12, "color": shades.quiet},
        "title": {"font": {"size": 12, "color": shades.quiet}, "standoff": 8},
        "automargin": True,
    }
    layout = go.Layout(
        font={"family": FONT, "size": 13, "color": shades.text},
        paper_bgcolor=shades.background,
        plot_bgcolor=shades.background,
        colorway=list(shades.series),
        showlegend=False,
        hoverlabel={
            "bgcolor": shades.surface,
            "bordercolor": shades.grid,
            "font": {"family": FONT, "size": 12, "color": shades.text},
            "align": "left",
        },
        legend={"orientation": "h", "x": 0, "y": -0.18, "yanchor": "top", "font": {"size": 12}},
        modebar={
            "bgcolor": "rgba(0,0,0,0)",
            "color": rgba(shades.quiet, 0.75),
            "activecolor": shades.generated,
            "orientation": "h",
        },
        xaxis={**axis, "showgrid": False},
        yaxis=axis,
        separators=".,",
        colorscale={"diverging": diverging(dark)},
    )
    return go.layout.Template(layout=layout)


def diverging(dark: bool = False) -> list[list[float | str]]:
    """Color scale around zero for heat maps: sand below, background at zero, indigo above. Not red: that is loss."""
    shades = colors(dark)
    return [[0.0, shades.negative], [0.5, shades.background], [1.0, shades.generated]]


def figure(title: str, subtitle: str = "", *, dark: bool = False, height: int = 380, room: float = _ROOM) -> go.Figure:
    """An empty figure with the finding as title and the sample as subtitle.

    Parameters
    ----------
    title : str
        The finding or the question. About 45 characters stay on one line.
    subtitle : str
        The sample: "2,000 paths, 63 days, from 2022-12-28, seed 1".
    dark : bool
    height : int
        Pixels, titles included.
    room : float
        Pixels of a line of the titles; ``THIRD`` where three charts stand in a row.
    """
    shades = colors(dark)
    heading, sample = wrapped(title, room, _TITLE_SIZE, _TITLE_WEIGHT), wrapped(subtitle, room, _SUBTITLE_SIZE)
    small = f"<span style='font-size:{_SUBTITLE_SIZE}px;font-weight:400;fill:{shades.quiet}'>"
    lines = [*heading, *(f"{small}{line}</span>" for line in sample)]
    empty = go.Figure()
    empty.update_layout(
        template=f"fingen-{'dark' if dark else 'light'}",
        height=height,
        margin={"l": 8, "r": 12, "t": 14 + 20 * len(lines), "b": 12},
        title={
            "text": "<br>".join(lines),
            "font": {"size": _TITLE_SIZE, "weight": _TITLE_WEIGHT, "color": shades.text},
            "x": 0,
            "xref": "container",
            "xanchor": "left",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "pad": {"l": 2, "t": 10 if len(lines) == 1 else 20},  # Plotly lifts a title of several lines
        },
    )
    return empty


def retell(figure: go.Figure, step: Step) -> go.Figure:
    """A figure that was written for trading days, with titles, axes, marks and hovers in the words of another step.

    Names of lines stay: people gave them. Of a daily market nothing changes.
    """
    if step == DAILY:
        return figure
    layout = figure.layout
    for text in (layout.title, *(axis.title for axis in _axes(layout)), *layout.annotations):
        if text.text:
            text.text = step.retold(text.text)
    for axis in _axes(layout):
        if axis.unifiedhovertitle.text:
            axis.unifiedhovertitle.text = step.retold(axis.unifiedhovertitle.text)
    for trace in figure.data:
        if isinstance(getattr(trace, "hovertemplate", None), str):
            told, mark, name = trace.hovertemplate.partition("<extra>")
            trace.hovertemplate = step.retold(told) + mark + name
    return figure


def _axes(layout: go.Layout) -> list[Any]:
    return [layout[name] for name in layout if re.fullmatch(r"[xy]axis\d*", name)]


def loss_words(loss: float) -> str:
    """A loss in words that do not call a gain a negative loss: ``0.041`` gives "4.1 %", ``-0.02`` "2.0 % gain"."""
    return f"{percent(-loss)} gain" if loss < 0 else percent(loss)


def percent_axis(chart: go.Figure, axis: str = "y", digits: int = 0) -> None:
    """Write percent signs on an axis whose data are already multiplied by 100."""
    update = chart.update_yaxes if axis == "y" else chart.update_xaxes
    update(ticksuffix=f"{THIN}%", tickformat=f",.{digits}f", hoverformat=",.1f")


def band(chart: go.Figure, x: ArrayLike, low: ArrayLike, high: ArrayLike, *, color: str, alpha: float) -> None:
    """Fill between two lines, without outline, hover or legend entry."""
    x, low, high = np.asarray(x), np.asarray(low), np.asarray(high)
    chart.add_scatter(
        x=np.concatenate([x, x[::-1]]),
        y=np.concatenate([high, low[::-1]]),
        fill="toself",
        fillcolor=rgba(color, alpha),
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
        showlegend=False,
    )


def label(
    chart: go.Figure, x: object, y: float, text: str, *, color: str, anchor: str = "left", size: int = 12
) -> None:
    """Write beside a line what it is, instead of a legend."""
    chart.add_annotation(
        x=x,
        y=y,
        text=text,
        showarrow=False,
        xanchor=anchor,
        xshift=6 if anchor == "left" else -6,
        align=anchor,
        font={"color": color, "size": size},
    )


def separate(positions: Sequence[float], gap: float, low: float = -math.inf, high: float = math.inf) -> list[float]:
    """Move label positions apart to at least ``gap``, in their order, as close as possible to their lines.

    They stay between ``low`` and ``high`` as far as they fit: what lies outside, a chart does not show.
    """
    order = np.argsort(positions, kind="stable")
    blocks: list[tuple[float, int]] = []  # of labels that touch: the mean wish for the first of them, and how many
    for index, wish in enumerate(np.asarray(positions, dtype=float)[order]):
        first, size = float(wish) - gap * index, 1
        while blocks and first < blocks[-1][0]:
            before, count = blocks.pop()
            first, size = (before * count + first * size) / (count + size), count + size
        blocks.append((first, size))
    starts = np.repeat([first for first, _ in blocks], [size for _, size in blocks])
    top = high - gap * (len(order) - 1)  # positions less their place in line only have to stay in order
    spread = np.empty(len(order))
    spread[order] = np.maximum(np.minimum(starts, top), low) + gap * np.arange(len(order))
    return [float(value) for value in spread]


def shade(chart: go.Figure, start: object, end: object, text: str = "", *, dark: bool = False) -> None:
    """Shade a named period quietly behind the lines."""
    shades = colors(dark)
    chart.add_vrect(
        x0=start,
        x1=end,
        fillcolor=rgba(shades.quiet, 0.12),
        line_width=0,
        layer="below",
        annotation={"text": text, "font": {"size": 11, "color": shades.quiet}, "textangle": -90} if text else None,
        annotation_position="top left" if text else None,
    )


def percent(value: float, digits: int | None = None, *, sign: bool = False) -> str:
    """A decimal as percent with a narrow space and a true minus sign: ``0.041`` gives "4.1 %".

    One decimal from 0.1 % on, two below, unless ``digits`` says otherwise. Not finite: "n/a".
    """
    if not math.isfinite(value):
        return "n/a"
    scaled = value * 100
    if digits is None:
        digits = 1 if abs(scaled) >= 0.095 or scaled == 0 else 2
    return f"{_signed(scaled, digits, sign)}{THIN}%"


def percent_range(value: float, low: float, high: float, digits: int = 1) -> str:
    """A value with its band: "4.1 % (3.8 to 4.5)"."""
    return f"{percent(value, digits)} ({_signed(low * 100, digits, False)} to {_signed(high * 100, digits, False)})"


def percent_span(low: float, high: float, digits: int = 1) -> str:
    """From where to where: "-8.1 to 3.5 %"."""
    return f"{_signed(low * 100, digits, False)} to {percent(high, digits)}"


def number(value: float, digits: int = 0, *, sign: bool = False) -> str:
    """A plain number with a comma for thousands: ``12345`` gives "12,345". Not finite: "n/a"."""
    return _signed(value, digits, sign) if math.isfinite(value) else "n/a"


def _signed(value: float, digits: int, sign: bool) -> str:
    rounded = round(value, digits) + 0.0
    mark = MINUS if rounded < 0 else "+" if sign and rounded > 0 else ""
    return mark + f"{abs(rounded):,.{digits}f}"


for _dark in (False, True):
    pio.templates[f"fingen-{'dark' if _dark else 'light'}"] = template(_dark)
