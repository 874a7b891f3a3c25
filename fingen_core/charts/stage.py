"""Charts for a room: the same figure with large type, thick lines and no title, which the slide shows itself."""

import plotly.graph_objects as go

__all__ = ["enlarged"]


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
    return copy


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
