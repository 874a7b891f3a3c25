"""Pictures of searched stress: what a condition does, ways to a loss, crises replayed."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from fingen_core.charts.bars import loss_bars
from fingen_core.charts.paths import stamp
from fingen_core.charts.theme import colors, figure, label, percent, percent_axis, percent_span, rgba
from fingen_core.types import Array

__all__ = ["HOW", "crises_bars", "effects_chart", "shock_chart", "ways", "ways_data"]

HOW = {
    "effects": """
For every asset the return up to the day of the condition: the thick bar holds nine in ten paths (5 % to 95 %) **under
the condition**, the dot is their mean, whose own 90 % band (from the spread of independent searches) appears on hover
and stands in the table; the thin gray bar and tick are the same **without** it, from the same evening.
On top, in bold, what is measured; the others are ordered by their mean. The table gives the figures, and how much each
mean moves for each unit by which the mean of the first condition moves:
$(E[r_i|C] - E[r_i]) / (E[s|C] - E[s])$. Far out it differs from an ordinary beta.
""",
    "closest": """
Each solid line is a generated path that loses just as much as asked for; the dotted line of the same start is the
ordinary path that it was before. Of all changes of the noise behind that path the smallest was looked for, by gradient
through the model. The shorter the change, the less had to happen: an ordinary path's noise has length $\\sqrt{n}$ of
its $n$ numbers, and the changed one should still have mean square 1.
""",
    "answers": """
Paths that lose at least as much as asked for, drawn by the model itself (subset simulation) and put into groups by when
they fall and who falls (k-means). The share says how much of the probability lies in a group, in brackets with its
90 % band from the spread of the searches. The red line is the path in the middle of the group, which the words
describe; the others are a sample of the group.
""",
    "center": """
The least noise of all that brings the loss (the design point of structural engineering): every day a little of what
hurts most. It is the center of all ways to lose that much and smoother than any of them: no path looks like it. Its
distance is **not** a probability here: in hundreds of dimensions nearly no path lies near the origin.
""",
    "crises": """
The holdings bought at the close before each crisis and held to its trough, at the prices of that time. Where the
assets have no prices that old, each moves with the index, by its beta: those bars are open, and a beta knows
nothing of an asset's own story.
""",
    "shock": """
Filled dots: the mean of generated paths whose factor moved by about that much. Open dots: beta times the move, beta by
least squares over all of history. Where both agree, the model says that a large move is like many small ones; where
they part, it says that it is not. The bar holds nine in ten of the generated paths.
""",
}
"""Markdown of the popovers by chart."""


def effects_chart(table: pd.DataFrame, title: str, subtitle: str, *, first: str = "", dark: bool = False) -> go.Figure:
    """Returns of every asset under a condition (thick) and without it (thin); ``table`` as of ``effects``.

    ``first`` is the asset on top, in bold; the others follow by their mean.
    """
    shades = colors(dark)
    rows = table.sort_values("mean", ascending=False)
    rows = pd.concat([rows[rows["asset"] != first], rows[rows["asset"] == first]])  # drawn from below
    names = [f"<b>{name}</b>" if name == first else name for name in rows["asset"]]
    chart = figure(title, subtitle, dark=dark, height=max(260, 130 + 23 * len(names)))
    for low, high, color, width in (("plain_low", "plain_high", shades.quiet, 2), ("low", "high", shades.generated, 7)):
        chart.add_scatter(
            x=_segments(rows[low], rows[high]),
            y=[name for name in names for _ in range(3)],
            mode="lines",
            line={"color": rgba(color, 0.45 if width > 2 else 0.8), "width": width},
            hoverinfo="skip",
        )
    chart.add_scatter(
        x=rows["plain_mean"] * 100,
        y=names,
        mode="markers",
        marker={"symbol": "line-ns", "size": 9, "line": {"width": 2, "color": shades.quiet}},
        name="without",
        customdata=_ranges(rows, "plain_"),
        hovertemplate="%{y} without: %{customdata}<extra></extra>",
    )
    chart.add_scatter(
        x=rows["mean"] * 100,
        y=names,
        mode="markers",
        marker={"size": 9, "color": shades.generated},
        name="under the condition",
        customdata=_ranges(rows, ""),
        text=[percent_span(*row) for row in rows[["mean_low", "mean_high"]].to_numpy()],
        hovertemplate="%{y} under the condition: %{customdata}<br>90 % band of the mean: %{text}<extra></extra>",
    )
    chart.update_yaxes(showgrid=False, tickfont_size=11)
    chart.update_xaxes(title="Return up to that day:<br>thick with the condition, thin without", showgrid=True)
    chart.update_xaxes(range=_room(rows[["low", "plain_low"]], rows[["high", "plain_high"]]))
    percent_axis(chart, "x")
    return chart


def ways(
    values: ArrayLike,
    title: str,
    subtitle: str,
    *,
    before: ArrayLike | None = None,
    named: int | None = 0,
    target: float | None = None,
    dark: bool = False,
    height: int = 360,
) -> go.Figure:
    """Paths of a portfolio that all lose, one of them in red.

    Parameters
    ----------
    values : array, shape (n_paths, n_steps + 1)
        From 1.
    before : array of the same shape or None
        What the paths were before they were changed, dotted.
    named : int or None
        Row of the path to stand out.
    target : float or None
        The loss that was asked for, as a level line.
    """
    shades = colors(dark)
    change = (np.asarray(values, dtype=np.float64) - 1) * 100
    days = np.arange(change.shape[1], dtype=np.float64)
    chart = figure(title, subtitle, dark=dark, height=height)
    if before is not None:
        _many(chart, days, (np.asarray(before) - 1) * 100, rgba(shades.quiet, 0.7), "dot")
    faint = 0.55 if len(change) < 20 else 0.22
    _many(chart, days, change, rgba(shades.generated, faint), "solid")
    if named is not None:
        chart.add_scatter(
            x=days,
            y=np.round(change[named], 3),
            mode="lines",
            line={"color": shades.loss, "width": 2.4},
            customdata=[percent(value / 100) for value in change[named]],
            hovertemplate="day %{x}: %{customdata}<extra></extra>",
        )
        label(chart, int(days[-1]), float(change[named, -1]), percent(change[named, -1] / 100), color=shades.loss)
        chart.update_layout(margin_r=58)
    if target is not None:
        chart.add_hline(y=-target * 100, line={"color": shades.quiet, "width": 1, "dash": "dash"})
    stamp(chart, dark)
    chart.update_xaxes(title="Trading days from the start", range=[0, days[-1]], showgrid=False)
    chart.update_yaxes(title="Change of value")
    percent_axis(chart)
    return chart


def ways_data(values: ArrayLike) -> pd.DataFrame:
    """What ``ways`` draws, as a table: day, and each path's change in percent."""
    change = (np.asarray(values, dtype=np.float64) - 1) * 100
    table = pd.DataFrame(change.T, columns=[f"path {row + 1} [%]" for row in range(len(change))])
    table.insert(0, "day", np.arange(change.shape[1]))
    return table.assign(status="Generated. Has not happened.")


def crises_bars(
    names: Sequence[str], losses: ArrayLike, proxied: Sequence[bool], title: str, subtitle: str, *, dark: bool = False
) -> go.Figure:
    """Loss of the holdings in each crisis, the worst on top; open bars rest on proxies, gains lie left of zero."""
    shades = colors(dark)
    values = np.asarray(losses, dtype=np.float64)
    order = np.argsort(values)
    chart = figure(title, subtitle, dark=dark, height=max(260, 120 + 22 * len(values)))
    loss_bars(
        chart,
        [names[i] for i in order],
        values[order],
        marker={
            "color": [rgba(shades.history, 0.12 if proxied[i] else 0.85) for i in order],
            "line": {"color": shades.history, "width": 1.4},
        },
        shades=shades,
        title="Loss from the eve to the trough",
    )
    chart.update_yaxes(showgrid=False, tickfont_size=11, dtick=1)
    return chart


def shock_chart(table: pd.DataFrame, title: str, subtitle: str, *, dark: bool = False) -> go.Figure:
    """What a factor's move does to each asset: by the model's paths, and by beta."""
    shades = colors(dark)
    rows = table.sort_values("by_beta", ascending=False)
    names = rows["asset"].tolist()
    chart = figure(title, subtitle, dark=dark, height=max(260, 130 + 23 * len(names)))
    chart.add_scatter(
        x=_segments(rows["low"], rows["high"]),
        y=[name for name in names for _ in range(3)],
        mode="lines",
        line={"color": rgba(shades.generated, 0.35), "width": 6},
        hoverinfo="skip",
    )
    for column, name, marker in (
        ("by_beta", "by beta", {"symbol": "circle-open", "size": 9, "color": shades.history, "line": {"width": 2}}),
        ("by_model", "by the model", {"size": 8, "color": shades.generated}),
    ):
        chart.add_scatter(
            x=rows[column] * 100,
            y=names,
            mode="markers",
            marker=marker,
            name=name,
            customdata=[percent(value) for value in rows[column]],
            hovertemplate=f"%{{y}} {name}: %{{customdata}}<extra></extra>",
        )
    chart.update_xaxes(title="Mean return: filled by the model, open by beta", showgrid=True)
    chart.update_xaxes(range=_room(rows[["low", "by_beta"]], rows[["high", "by_beta"]]))
    chart.update_yaxes(showgrid=False, tickfont_size=11)
    percent_axis(chart, "x")
    return chart


def _many(chart: go.Figure, days: Array, change: Array, color: str, dash: str) -> None:
    """Many lines as one trace."""
    gap = np.full((len(change), 1), np.nan)
    chart.add_scatter(
        x=np.tile(np.append(days, np.nan), len(change)),
        y=np.round(np.hstack([change, gap]).ravel(), 3),
        mode="lines",
        line={"width": 1.1, "color": color, "dash": dash},
        hoverinfo="skip",
    )


def _segments(low: pd.Series, high: pd.Series) -> Array:
    """Ends of horizontal bars in percent, with gaps between."""
    gap = np.full(len(low), np.nan)
    return np.stack([low.to_numpy() * 100, high.to_numpy() * 100, gap], axis=1).ravel()


def _room(low: pd.DataFrame, high: pd.DataFrame) -> tuple[float, float]:
    """Axis limits in percent with some room on both sides."""
    least, most = float(np.nanmin(low)) * 100, float(np.nanmax(high)) * 100
    room = 0.04 * (most - least)
    return least - room, most + room


def _ranges(rows: pd.DataFrame, prefix: str) -> list[str]:
    columns = rows[[f"{prefix}mean", f"{prefix}low", f"{prefix}high"]].to_numpy()
    return [f"{percent(mean)} ({percent(low)} to {percent(high)})" for mean, low, high in columns]
