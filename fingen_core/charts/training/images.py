"""Windows as pictures on screen, each with the path that it decodes to, and how good they became in training."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import ArrayLike
from plotly.subplots import make_subplots

from fingen_core.charts import theme
from fingen_core.charts.paths import panel_name

__all__ = ["HOW", "LEGENDS", "gallery", "looks", "quality", "window_values"]

LEGENDS = {
    "heat-map": ("fall", "no move", "rise"),
    "gasf": ("\u22121", "0", "1"),
    "windows": ("fall", "no move", "rise"),
    "raw-windows": ("fall", "no move", "rise"),
}
"""What colors of a picture mean, by the kind of picture: a fall, nothing, a rise; of Gramian fields the cosine."""

HOW = {
    "heat-map": """
Each row is a day, from the first at the top to the last; each column an asset (an asset may be drawn over two columns).
Indigo is a rise, sand a fall, and a pixel's strength is the return in units of the whole window. A stripe across is a
day on which everything moved. Under each picture: the equal-weight value that its returns make.

`pixel = (1 + m / sqrt(1.5^2 + m^2)) / 2`, with `m` the standardized return over the window's root mean square.
""",
    "gasf": """
Both sides are days. A pixel is `cos(angle of day i + angle of day j)`, where the angle of a day is the arc cosine of
its return scaled to [0, 1] within the window (Gramian angular summation field). The diagonal alone gives the returns
back.
Dark crosses are the extreme days. Under each picture: the value that its returns make.
""",
    "windows": """
Each row is a day, each column an asset; indigo is a rise, sand a fall. Under each picture: the equal-weight value that
its returns make.
""",
    "raw-windows": """
Each row is a day, each column an asset; indigo is a rise, sand a fall, in units of each asset's standard deviation, so
that calm windows are pale. Under each picture: the equal-weight value that its returns make.
""",
    "quality": """
At every look paths of a year are joined from painted windows and measured against history by 14 measures: fat tails,
memory of volatility, leverage, correlations, falling together, shortfall, drawdowns. Each miss is divided by how far
two halves of history are apart; the line is their mean.

- **1** is as far as halves of history are from each other
- the **Gaussian random walk** has the right volatility and correlations, and nothing else
""",
}

_IN_A_ROW = 3
"""Pictures of a look: more in a row are too narrow on a telephone."""


def window_values(log_returns: ArrayLike) -> np.ndarray:
    """Change of value of the equal-weight portfolio along windows (n, n_days, n_assets), from 0, (n, n_days + 1)."""
    growth = np.expm1(np.asarray(log_returns, dtype=np.float64)).mean(axis=2)
    start = np.zeros((len(growth), 1))
    return np.concatenate([start, np.cumprod(1 + growth, axis=1) - 1], axis=1)


def gallery(
    pictures: ArrayLike,
    paths: ArrayLike,
    names: Sequence[str],
    title: str,
    subtitle: str = "",
    *,
    generated: bool | Sequence[bool],
    columns: int = 3,
    y_range: tuple[float, float] | None = None,
    legend: tuple[str, str, str] | None = None,
    dark: bool = False,
    width_hint: int = 150,
) -> go.Figure:
    """Pictures in rows, the path under each.

    Parameters
    ----------
    pictures : array, shape (n, rows, columns)
        Pixels in [0, 1].
    paths : array, shape (n, n_days + 1)
        Change of value, decimals.
    names : sequence of str
        Written above each picture.
    title, subtitle : str
    generated : bool or sequence of bool
        Whose color the paths have: indigo for generated, ink for history.
    columns : int
        Pictures in a row.
    y_range : tuple of float, optional
        Limits of all paths, decimals, so that figures side by side compare.
    legend : tuple of str, optional
        What the darkest sand, the background and the strongest indigo mean, written under the pictures.
    width_hint : int
        Height of a picture in pixels.
    """
    shown, values = np.asarray(pictures), np.asarray(paths)
    count = len(shown)
    invented = [generated] * count if isinstance(generated, bool) else list(generated)
    lines = -(-count // columns)
    chart = theme.figure(title, subtitle, dark=dark, height=60 + lines * (width_hint + 120))
    palette, layout = theme.colors(dark), chart.layout
    grid = make_subplots(
        rows=3 * lines,
        cols=columns,
        specs=[[{}] * columns, [{}] * columns, [None] * columns] * lines,  # the third keeps the names below clear
        row_heights=[width_hint, 60, 14] * lines,
        vertical_spacing=0.1 / (3 * lines),
        horizontal_spacing=0.05,
    )
    grid.update_layout(layout)
    low, high = y_range or (float(values.min()), float(values.max()))
    pad = 0.06 * max(high - low, 1e-6)
    for index in range(count):
        row, column = 3 * (index // columns) + 1, index % columns + 1
        color = palette.generated if invented[index] else palette.history
        grid.add_heatmap(
            z=shown[index],
            zmin=0,
            zmax=1,
            colorscale=theme.diverging(dark),
            showscale=legend is not None and index == 0,
            colorbar=_legend(legend, dark) if legend is not None and index == 0 else None,
            hovertemplate=f"{names[index]}<br>row %{{y}}, column %{{x}}: %{{z:.2f}}<extra></extra>",
            row=row,
            col=column,
        )
        grid.add_scatter(
            y=100 * values[index],
            mode="lines",
            line={"color": color, "width": 1.8},
            hovertemplate="day %{x}<br>%{y:.1f} %<extra></extra>",
            row=row + 1,
            col=column,
        )
        panel_name(grid, row, column, names[index], color=color, size=12)
        grid.update_xaxes(visible=False, row=row, col=column)
        grid.update_yaxes(visible=False, autorange="reversed", row=row, col=column)
        grid.update_xaxes(showticklabels=False, row=row + 1, col=column)
        grid.update_yaxes(
            range=[100 * (low - pad), 100 * (high + pad)],
            nticks=4,
            showticklabels=column == 1,
            ticksuffix=f"{theme.THIN}%",
            row=row + 1,
            col=column,
        )
    grid.update_layout(margin={**layout.margin.to_plotly_json(), "t": (layout.margin.t or 0) + 18})
    return grid


def _legend(words: tuple[str, str, str], dark: bool) -> dict[str, object]:
    """A color bar under the pictures with words instead of numbers."""
    return {
        "orientation": "h",
        "x": 0,
        "xanchor": "left",
        "y": 0,
        "yanchor": "top",
        "thickness": 8,
        "lenmode": "pixels",
        "len": 270,
        "outlinewidth": 0,
        "tickvals": [0.08, 0.5, 0.93],
        "ticktext": list(words),
        "tickfont": {"size": 11, "color": theme.colors(dark).quiet},
    }


def looks(pictures: ArrayLike, title: str, subtitle: str, *, dark: bool = False) -> go.Figure:
    """Pictures without paths, three in a row: what the network painted at one moment of its training."""
    shown = np.asarray(pictures)
    lines = -(-len(shown) // _IN_A_ROW)
    chart = theme.figure(title, subtitle, dark=dark, height=70 + 165 * lines)
    grid = make_subplots(rows=lines, cols=_IN_A_ROW, horizontal_spacing=0.03, vertical_spacing=0.05)
    grid.update_layout(chart.layout)
    for index, picture in enumerate(shown):
        grid.add_heatmap(
            z=picture / 255,
            zmin=0,
            zmax=1,
            colorscale=theme.diverging(dark),
            showscale=False,
            hoverinfo="skip",
            row=index // _IN_A_ROW + 1,
            col=index % _IN_A_ROW + 1,
        )
    grid.update_xaxes(visible=False)
    grid.update_yaxes(visible=False, autorange="reversed")
    return grid


def quality(curve: pd.DataFrame, rivals: Mapping[str, float], *, dark: bool = False) -> go.Figure:
    """How far joined paths were from history over the steps of a training.

    Parameters
    ----------
    curve : DataFrame
        Columns ``step`` and ``value``.
    rivals : mapping of str to float
        Level lines: the name for people and the value.
    """
    palette = theme.colors(dark)
    title = "Waiting for the first look"
    if len(curve):
        first, last = float(curve["value"].iloc[0]), float(curve["value"].iloc[-1])
        title = f"From {first:.2f} untrained to {last:.2f}"
    chart = theme.figure(title, "Distance from history in the long run; lower is better", dark=dark, height=330)
    reach = max(int(curve["step"].max()) if len(curve) else 1, 1)
    levels = {name: (value, palette.rival, "dash") for name, value in rivals.items()}
    levels["halves of history"] = (1.0, palette.history, "dot")
    for name, (value, color, dash) in levels.items():
        chart.add_scatter(
            x=[0, reach],
            y=[value, value],
            mode="lines",
            line={"color": color, "dash": dash, "width": 1.5},
            hovertemplate=f"{name}: %{{y:.2f}}<extra></extra>",
        )
        chart.add_annotation(
            x=1,
            xref="paper",
            y=value,
            yshift=9,
            text=name,
            showarrow=False,
            xanchor="right",
            font={"size": 12, "color": color},
        )
    chart.add_scatter(
        x=curve["step"],
        y=curve["value"],
        mode="lines+markers",
        line={"color": palette.generated, "width": 2.2},
        hovertemplate="step %{x:,}<br>%{y:.2f}<extra></extra>",
    )
    chart.update_xaxes(title="step", tickformat=",")
    chart.update_yaxes(rangemode="tozero", nticks=6)
    return chart
