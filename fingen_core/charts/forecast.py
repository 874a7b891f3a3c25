"""A forecast on screen: the fan on its trading days with what was and what came, and how such fans held before."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from fingen_core.charts.paths import line, stamp
from fingen_core.charts.theme import THIN, band, colors, figure, number, percent, percent_axis, rgba
from fingen_core.forecast.outlook import BANDS
from fingen_core.types import Array

__all__ = ["HOW", "coverage", "fan", "ranks"]

_ALPHAS = {0.95: 0.12, 0.8: 0.16, 0.5: 0.22}

HOW: Mapping[str, str] = {
    "fan": """
Value of what is measured, bought on the evening of the forecast and held; 0 % is that evening's close. **Bands** hold
50, 80 and 95 % of the drawn paths day by day; no path needs to run along an edge. **Left**: what had happened.
**Dark line on the right**: what came after a past date, never shown to the paths.

The middle of the fan says almost nothing about direction: its width does. Whether such fans held what they promised is
judged below, on days that the model had not seen.
""",
    "coverage": """
Share of outcomes that fell inside the 50, 80 and 95 % band, on days that the model had not seen; bars are two standard
errors, which allow for overlapping and clustered days (Newey and West 1987). On the dotted line a band holds exactly
what it promises; above it, bands are too wide, below too narrow.
""",
    "pit": """
Rank of each outcome among the drawn ones (probability integral transform). Right forecasts give equally high bars: the
band holds 95 % of the heights that chance allows when they are right, taking days as independent. A dome says that
forecasts are too wide, a bowl too narrow, a slope too high or too low.
""",
}
"""Markdown of the popovers by chart."""


def fan(
    bands: pd.DataFrame,
    dates: pd.DatetimeIndex,
    title: str,
    note: str,
    *,
    past: pd.Series,
    came: pd.Series,
    level: float | None = None,
    kind: str = "generated",
    dark: bool = False,
    height: int = 420,
) -> go.Figure:
    """Bands over the coming trading days, after the history before them, with what came on top.

    Parameters
    ----------
    bands : DataFrame
        As of ``forecast.outlook.bands``.
    dates : DatetimeIndex
        Of its rows; the first is the evening of the forecast.
    past, came : Series
        Change since that evening by date, decimals; ``came`` may be empty.
    level : float, optional
        A change to mark.
    kind : {"generated", "rival"}
    """
    shades = colors(dark)
    color = shades.rival if kind == "rival" else shades.generated
    chart = figure(title, note, dark=dark, height=height)
    for share in sorted(BANDS, reverse=True):
        edges = bands[[f"low_{share * 100:g}", f"high_{share * 100:g}"]].to_numpy() * 100
        band(chart, dates, edges[:, 0], edges[:, 1], color=color, alpha=_ALPHAS[share])
    for share in sorted(BANDS, reverse=True):
        for side in ("high", "low"):
            name = f"{'upper' if side == 'high' else 'lower'} edge, {share * 100:g} % band"
            _line(chart, pd.Series(bands[f"{side}_{share * 100:g}"].to_numpy(), dates), name, color=color, width=0)
    _line(chart, pd.Series(bands["median"].to_numpy(), dates), "median", color=color, width=1.6)
    _line(chart, past, "history", color=shades.history, width=1.6)
    if len(came) > 1:
        _line(chart, came, "what came", color=shades.history, width=2.4)
        _note(chart, came.index[-1], float(came.iloc[-1]) * 100, "came", shades.history)
    if level is not None:
        chart.add_hline(y=level * 100, line={"color": shades.quiet, "width": 1, "dash": "dash"})
    chart.add_vline(x=dates[0], line={"color": shades.quiet, "width": 1, "dash": "dot"})
    for share in BANDS:
        _note(chart, dates[-1], float(bands[f"high_{share * 100:g}"].iloc[-1]) * 100, f"{share * 100:g}{THIN}%", color)
    stamp(chart, dark)
    chart.update_yaxes(title="Change since the forecast")
    percent_axis(chart)
    room = (dates[-1] - past.index[0]) * 0.09
    chart.update_xaxes(range=[past.index[0], dates[-1] + room], hoverformat="%Y-%m-%d")
    chart.update_layout(hovermode="x unified")
    return chart


def coverage(
    table: pd.DataFrame, names: Mapping[str, str], title: str, note: str, *, dark: bool = False, height: int = 360
) -> go.Figure:
    """Promised against realized coverage of every generator of a calibration table; the first is the model's own."""
    shades = colors(dark)
    chart = figure(title, note, dark=dark, height=height)
    positions = np.arange(len(BANDS), dtype=float)
    keys, ends = list(names), list[Array]()
    symbols = ("circle", "diamond", "square", "triangle-up", "cross", "x", "star")
    for place, key in enumerate(keys):
        rows = table[table["generator"] == key].set_index("measure")
        shown = [rows.loc[f"coverage_{share * 100:g}"] for share in BANDS]
        values = np.array([row["value"] for row in shown]) - np.array(BANDS)
        errors = np.array([row["error"] for row in shown])
        ends.append(100 * np.concatenate([values - 2 * errors, values + 2 * errors]))
        chart.add_scatter(
            x=positions + (place - (len(keys) - 1) / 2) * 0.12,
            y=values * 100,
            error_y={"type": "data", "array": 200 * errors, "thickness": 1.2, "width": 3},
            mode="markers",
            name=names[key],
            marker={
                "size": 10,
                "symbol": symbols[place % len(symbols)],
                "color": shades.generated if place == 0 else rgba(shades.rival, 1 if place == 1 else 0.6),
            },
            customdata=[[percent(row["value"]), percent(share, 0)] for row, share in zip(shown, BANDS, strict=True)],
            hovertemplate=f"{names[key]}: %{{customdata[0]}} inside the %{{customdata[1]}} band<extra></extra>",
        )
    chart.add_hline(y=0, line={"color": shades.quiet, "width": 1.2, "dash": "dot"})
    chart.update_xaxes(
        zeroline=False,
        range=[-0.5, len(BANDS) - 0.5],
        tickvals=positions,
        ticktext=[f"{share * 100:g}{THIN}% band" for share in BANDS],
    )
    ticks = _points(float(np.nanmax(np.abs(np.concatenate(ends)))))
    chart.update_yaxes(
        title="Realized less promised, points",
        tickvals=ticks,
        ticktext=[number(tick, int(ticks[-1] < 2), sign=True) for tick in ticks],  # Plotly would write "+0"
    )
    chart.update_layout(showlegend=True)
    return chart


def ranks(
    pit: Sequence[float] | np.ndarray, title: str, note: str, *, dark: bool = False, height: int = 360, n_bins: int = 20
) -> go.Figure:
    """Histogram of ranks with the band that chance allows."""
    shades, values = colors(dark), np.asarray(pit, dtype=float)
    counts, edges = np.histogram(values, n_bins, (0.0, 1.0))
    share, expected = counts / len(values), 1 / n_bins
    error = 1.96 * float(np.sqrt(expected * (1 - expected) / len(values)))
    chart = figure(title, note, dark=dark, height=height)
    chart.add_hrect(
        y0=100 * (expected - error), y1=100 * (expected + error), fillcolor=rgba(shades.quiet, 0.18), line_width=0
    )
    chart.add_bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=share * 100,
        width=0.9 / n_bins,
        marker={"color": rgba(shades.generated, 0.75)},
        customdata=counts,
        hovertemplate="%{customdata} outcomes, %{y:.1f} %<extra></extra>",
    )
    marks = np.linspace(0, 1, 6)
    chart.update_xaxes(
        title="Rank of what came among the drawn outcomes",
        range=[0, 1],
        ticklabeloverflow="allow",  # else the mark at the very end is left out
        tickvals=marks,
        ticktext=[percent(mark, 0) for mark in marks],
    )
    chart.update_layout(margin_r=28)
    chart.update_yaxes(title="Share of days", rangemode="tozero")
    percent_axis(chart)
    return chart


def _points(reach: float) -> Array:
    """Round marks on both sides of zero, at most four of them on either."""
    step = next((size for size in (0.5, 1, 2, 5, 10) if reach / size <= 4), 20)
    return np.asarray(step * np.arange(-max(1, reach // step), max(1, reach // step) + 1))


def _line(chart: go.Figure, values: pd.Series, name: str, *, color: str, width: float) -> None:
    line(chart, values.index, values.to_numpy() * 100, name, color=color, width=width, sign=True)


def _note(chart: go.Figure, x: object, y: float, text: str, color: str) -> None:
    chart.add_annotation(
        x=x, y=y, text=text, showarrow=False, xanchor="left", xshift=5, font={"size": 12, "color": color}
    )
