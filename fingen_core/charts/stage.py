"""Charts for a room: the same figure with large type, thick lines and no title, which the slide shows itself."""

import plotly.graph_objects as go

from fingen_core.charts.lettering import width

__all__ = ["enlarged"]

_LONG = 150
"""Pixels of a large name beyond which it stands above its bar."""

_AXIS = 70
"""Pixels of a large axis with its title."""


def enlarged(chart: go.Figure, *, factor: float = 1.6, height: int = 640) -> go.Figure:
    """A copy of a figure whose type, marks and lines are ``factor`` times as large.

    The title is taken away; notes above the plot (``yshift``) keep their room.
    """
    copy = go.Figure(chart)
    notes = [note for note in copy.layout.annotations or () if note.yref == "paper" and (note.yshift or 0) > 0]
    top = max([float(note.yshift) for note in notes], default=0) * factor
    for note in copy.layout.annotations or ():
        note.font.size = (note.font.size or 13) * factor
        note.yshift = (note.yshift or 0) * factor
    for trace in copy.data:
        _thicken(trace, factor)
    copy.update_layout(
        title=None,
        height=height,
        font_size=13 * factor,
        margin={"l": 8, "r": (copy.layout.margin.r or 12) * factor, "t": top + 16, "b": 12},
        hoverlabel_font_size=12 * factor,
    )
    for axis in (*copy.select_xaxes(), *copy.select_yaxes()):
        axis.tickfont.size = (axis.tickfont.size or 12) * factor
        axis.title.font.size = 12 * factor
    _names_above(copy, height)
    return copy


def _names_above(chart: go.Figure, height: int) -> None:
    """Put long names of horizontal bars above their bars: beside them, large, they leave no room on a narrow screen."""
    bars = chart.data[0] if chart.data and chart.data[0].type == "bar" and chart.data[0].orientation == "h" else None
    if bars is None or max(width(str(name), chart.layout.yaxis.tickfont.size) for name in bars.y) < _LONG:
        return
    names = list(bars.y)
    size = min(chart.layout.yaxis.tickfont.size, 0.44 * (height - _AXIS) / len(names))
    for trace in chart.data:
        places = [names.index(name) - 0.22 for name in trace.y]
        trace.update(y=places, hovertext=list(trace.y))
        if trace.type == "bar":
            trace.update(width=0.38, hovertemplate=str(trace.hovertemplate).replace("%{y}", "%{hovertext}"))
        elif trace.mode == "text":
            trace.textfont.size = min(trace.textfont.size, size)
    for at, name in enumerate(names):
        chart.add_annotation(
            xref="paper",
            x=0,
            y=at - 0.02,
            text=name,
            xanchor="left",
            yanchor="bottom",
            font_size=size,
            borderpad=0,
            showarrow=False,
        )
    chart.update_yaxes(type="linear", range=[-0.5, len(names) - 0.4], showticklabels=False, dtick=None)
    chart.update_layout(margin_l=26)  # half of "0 %" below the left end


def _thicken(trace: go.Figure, factor: float) -> None:
    """Lines, marks and their text; traces without one of these stay as they are."""
    if "line" in trace and trace.line.width:
        trace.line.width *= factor
    if "marker" in trace and isinstance(getattr(trace.marker, "size", None), int | float):
        trace.marker.size *= factor
    if "error_y" in trace and trace.error_y.thickness:
        trace.error_y.thickness *= factor
    if "textfont" in trace and trace.textfont.size:
        trace.textfont.size *= factor
