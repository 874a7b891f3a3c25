"""Several runs in one picture: curves overlaid, scores as parallel coordinates. Each run has its stroke everywhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median_low

import pandas as pd
import plotly.graph_objects as go

from fingen_core.charts import theme
from fingen_core.charts.paths import DASHES

__all__ = ["HOW", "Scale", "Stroke", "curves", "parallel", "shared_range", "strokes"]

_DIGITS = 4
_WIDEST = 2.0
"""How far the shared axis may reach to either side, in widths of the fan in the middle."""

_FADED = 0.35
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "star", "cross")

HOW = {
    "curves": """
One curve of every run that has it. Steps count from the beginning of their phase (the volatility filter, the VAE, the
GAN), so runs of different length stand level. A curve that several phases have is a line for each: the last before the
refit in full, the others (the VAE that a GAN sets out from, the refit) faint. Loss terms are drawn without their
weights, so they compare although the weights differ. For scores, lower is better.
""",
    "parallel": """
Each level axis is one figure, **better to the right**, from the worst to the best of the runs shown; a line is a run.
Lines that cross between two axes say that the figures disagree about who is better. Where a run has no such figure
(not validated, or pictures beside filtered days) its line ends or skips that axis. The distance between the two ends
may be tiny: read the numbers, in the table below, before believing an order.
""",
}


@dataclass(frozen=True)
class Stroke:
    """How one run is drawn; color, dash and mark each tell it from its neighbors."""

    color: str
    dash: str
    symbol: str


@dataclass(frozen=True)
class Scale:
    """An axis of the parallel coordinates: the column, its title, and which end is better."""

    key: str
    title: str
    lower_is_better: bool = True
    words: Mapping[float, str] | None = None


def strokes(n: int, dark: bool = False) -> list[Stroke]:
    """Strokes for ``n`` runs, the same for the same place in the list. Up to 40 differ in color or dash."""
    palette = theme.colors(dark).runs
    return [
        Stroke(palette[place % len(palette)], DASHES[place % len(DASHES)], _SYMBOLS[place % len(_SYMBOLS)])
        for place in range(n)
    ]


def shared_range(ranges: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """One axis for the fans of several runs, from what each of them needs alone: low below 0, high above.

    All of them, unless one is much wilder than the others: that one runs out of its chart rather than making lines of
    the rest.
    """
    lows, highs = zip(*ranges, strict=True)
    reach = _WIDEST * median_low(high - low for low, high in ranges)
    return max(min(lows), -reach), min(max(highs), reach)


def curves(
    found: Mapping[str, pd.DataFrame],
    drawn: Mapping[str, Stroke],
    title: str,
    subtitle: str = "",
    *,
    dark: bool = False,
    height: int = 400,
) -> go.Figure:
    """The same curve of several runs.

    Parameters
    ----------
    found : mapping of str to DataFrame
        Name of a run to columns ``phase``, ``step``, ``value``.
    drawn : mapping of str to Stroke
    title, subtitle : str
    dark, height
        Colors and pixels.
    """
    chart = theme.figure(title, subtitle, dark=dark, height=height)
    for name, table in found.items():
        stroke, phases = drawn[name], list(table.groupby("phase", sort=False))
        main = [str(phase) for phase, _ in phases if "refit" not in str(phase)]
        for phase, part in phases:
            few, faded = len(part) <= 40, str(phase) != main[-1] if main else False
            chart.add_scatter(
                x=part["step"],
                y=part["value"],
                mode="lines+markers" if few else "lines",
                line={"color": stroke.color, "dash": stroke.dash, "width": 2},
                marker={"symbol": stroke.symbol, "size": 7},
                name=name,
                opacity=_FADED if faded else 1,
                hovertemplate=f"{name}<br>{phase}, step %{{x:,}}<br>%{{y:.4g}}<extra></extra>",
            )
    chart.update_xaxes(title="step of the phase", tickformat=",", nticks=6)
    chart.update_yaxes(tickformat="~g")
    return chart


def parallel(
    table: pd.DataFrame,
    scales: Sequence[Scale],
    drawn: Mapping[str, Stroke],
    title: str,
    subtitle: str = "",
    *,
    dark: bool = False,
) -> go.Figure:
    """Parallel coordinates: an axis per figure, one under the other, better to the right; a line per run.

    Parameters
    ----------
    table : DataFrame
        One row per name of a run, a column for the key of every scale; what is missing is skipped.
    scales : sequence of Scale
    drawn : mapping of str to Stroke
    title, subtitle : str
    dark : bool
    """
    palette = theme.colors(dark)
    chart = theme.figure(title, subtitle, dark=dark, height=90 + 52 * len(scales))
    places = {scale.key: _places(table[scale.key], scale) for scale in scales}
    for row, scale in enumerate(scales):
        chart.add_shape(type="line", x0=0, x1=1, y0=row, y1=row, line={"color": palette.grid, "width": 2})
        chart.add_annotation(
            xref="paper",
            x=0,
            y=row,
            text=scale.title,
            showarrow=False,
            xanchor="left",
            yshift=18,
            font={"size": 12, "color": palette.text},
            bgcolor=palette.background,  # a line may pass behind it
        )
        for x, text, anchor in _ends(table[scale.key], scale):
            chart.add_annotation(
                x=x,
                y=row,
                text=text,
                showarrow=False,
                xanchor="left" if anchor == "center" else anchor,
                xshift=-9 if anchor == "right" else 9,
                yshift=10 if anchor == "center" else -3,  # beside the lines, which all pass through the middle
                font={"size": 11, "color": palette.quiet},
            )
    for name, values in table.iterrows():
        stroke = drawn[str(name)]
        known = [(row, scale) for row, scale in enumerate(scales) if pd.notna(values[scale.key])]
        chart.add_scatter(
            x=[places[scale.key][name] for _, scale in known],
            y=[row for row, _ in known],
            customdata=[f"{scale.title}: {_value(values[scale.key], scale)}" for _, scale in known],
            mode="lines+markers",
            line={"color": stroke.color, "dash": stroke.dash, "width": 2},
            marker={"symbol": stroke.symbol, "size": 9, "color": stroke.color},
            name=str(name),
            hovertemplate=f"{name}<br>%{{customdata}}<extra></extra>",
        )
    chart.update_xaxes(visible=False, range=[-0.22, 1.22])
    chart.update_yaxes(visible=False, range=[len(scales) - 0.6, -0.7])
    return chart


def _places(values: pd.Series, scale: Scale) -> pd.Series:
    """From 0, the worst, to 1, the best; a half where all are alike. Answers keep their own range."""
    known = values.dropna()
    low, high = (min(scale.words), max(scale.words)) if scale.words else (known.min(), known.max())
    share = (values - low) / (high - low) if high > low else values * 0 + 0.5
    return 1 - share if scale.lower_is_better else share


def _ends(values: pd.Series, scale: Scale) -> list[tuple[float, str, str]]:
    """What stands at the two ends of an axis: place, text, and the side of the text that is anchored."""
    known = values.dropna()
    if scale.words:
        return [(0.0, scale.words[min(scale.words)], "right"), (1.0, scale.words[max(scale.words)], "left")]
    low, high = float(known.min()), float(known.max())
    if low == high:
        return [(0.5, _value(low, scale), "center")]
    best, worst = (low, high) if scale.lower_is_better else (high, low)
    digits = next((few for few in range(_DIGITS, 9) if f"{best:.{few}g}" != f"{worst:.{few}g}"), 9)
    return [(0.0, _value(worst, scale, digits), "right"), (1.0, _value(best, scale, digits), "left")]


def _value(value: float, scale: Scale, digits: int = _DIGITS) -> str:
    return scale.words.get(float(value), "") if scale.words else f"{value:.{digits}g}".replace("-", theme.MINUS)
