"""The training room: paths as they evolve, what the critic thinks, and the map of what a VAE makes of its days."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike
from plotly.subplots import make_subplots

from fingen_core.charts import theme
from fingen_core.charts.labeling import text_positions
from fingen_core.charts.paths import panel_name
from fingen_core.types import Array

__all__ = ["HOW", "latent_map", "overlap", "paths_grid", "pattern", "ranked_above", "verdicts", "walk"]

HOW = {
    "samples": """
Each small chart sets out from an evening of history: on the left what came then, on the right what the network
generates from there. The noise is the same at every moment, so the slider shows the *same* paths as the network learns,
and a change of the path is a change of the network. The scale of each row is that of its widest path, real or of
the newest network: a wild one on the way there runs out of its chart.

They are drawn by the network alone. A finished model is calibrated besides (covariance, common factor and margins are
mapped onto those of history), which would mend just what one wants to watch being learned. A VAE sets out from a linear
factor copula, so its first paths are not noise.
""",
    "verdicts": """
The critic gives every example a score; the higher, the more real it looks to it. Where both histograms lie on each
other it cannot tell real days from generated ones, which is what the generator wants.

- **ranked above**: share of pairs in which a real day scores higher than a generated one (area under the ROC curve). A
  half is guessing, 1 is a critic that is always right
- **overlap**: area that both histograms share, from 0 to 1

The scale of the scores is the critic's own: compare positions, not numbers, between moments.
""",
    "latent": """
The encoder turns every day into a few numbers, its latent code. The map shows the two directions in which the codes of
all days vary most (principal components), so near points are days that the model sees as alike; the volatility filter
has taken away how wild the days around it were.

Choose a point: the bars show what the decoder makes of its code, for each asset, at the volatility of that day. What a
few factors cannot say about a day (the moves of single assets) is not in them.
""",
    "walk": """
The code of the day in the middle lies on the straight line between the codes of both days; the market's state and the
volatility of each asset are mixed in the same shares (volatility by its logarithm). Nothing like it has happened unless
the slider stands at an end.
""",
}

_BINS = 36
_NARROW_MAP = (310.0, 360.0)
"""Pixels of the map's plot on a screen of 420."""


def paths_grid(
    paths: ArrayLike,
    names: Sequence[str],
    title: str,
    subtitle: str,
    *,
    generated: bool,
    bounds: ArrayLike,
    dark: bool = False,
) -> go.Figure:
    """Small charts of the value of a portfolio along paths, three in a row.

    Parameters
    ----------
    paths : array, shape (n_paths, n_days)
        Log returns.
    names : sequence of str
        Written above each.
    title, subtitle : str
    generated : bool
        Whose color the paths have.
    bounds : array, shape (n_paths,)
        How far each path should be seen, decimals. A row has one scale, that of its farthest; give figures side by side
        the same bounds, so that they compare.
    """
    values = np.expm1(np.cumsum(np.asarray(paths, dtype=np.float64), axis=1))
    values = np.concatenate([np.zeros((len(values), 1)), values], axis=1)
    palette, lines = theme.colors(dark), -(-len(values) // 3)
    base = theme.figure(title, subtitle, dark=dark, height=80 + 105 * lines)
    chart = make_subplots(
        rows=lines, cols=3, shared_xaxes=True, shared_yaxes="rows", vertical_spacing=0.07, horizontal_spacing=0.03
    )
    chart.update_layout(base.layout)
    color = palette.generated if generated else palette.history
    for index, value in enumerate(values):
        row, column = index // 3 + 1, index % 3 + 1
        chart.add_scatter(
            y=100 * value,
            mode="lines",
            line={"color": color, "width": 1.6},
            hovertemplate=f"{names[index]}<br>day %{{x}}: %{{y:.1f}} %<extra></extra>",
            row=row,
            col=column,
        )
        panel_name(chart, row, column, names[index], color=palette.quiet, size=11)
    for row in range(lines):
        bound = 100 * float(np.asarray(bounds)[3 * row : 3 * row + 3].max())
        tick = max((value for value in (1, 2, 5, 10, 20, 50) if value < 0.9 * bound), default=bound)
        ticks = [-tick, 0, tick]  # with values given, Plotly leaves a suffix out
        words = [theme.percent(value / 100, 0) for value in ticks]
        chart.update_yaxes(range=[-bound, bound], tickvals=ticks, ticktext=words, row=row + 1)
    chart.update_xaxes(showticklabels=False, zeroline=False)
    chart.update_layout(margin={**base.layout.margin.to_plotly_json(), "t": (base.layout.margin.t or 0) + 14})
    return chart


def ranked_above(real: ArrayLike, drawn: ArrayLike) -> float:
    """Share of pairs in which a real example scores above a generated one; ties count a half."""
    ours, theirs = np.asarray(real, dtype=np.float64), np.sort(np.asarray(drawn, dtype=np.float64))
    below = np.searchsorted(theirs, ours, side="left")
    upto = np.searchsorted(theirs, ours, side="right")
    return float((below + upto).mean() / 2 / len(theirs))


def overlap(real: ArrayLike, drawn: ArrayLike) -> float:
    """Area that the histograms of both share, from 0 to 1; a dozen bins over what both reach."""
    both = np.concatenate([np.ravel(real), np.ravel(drawn)])
    edges = np.linspace(both.min(), both.max() + 1e-9, 13)
    shares = [np.histogram(part, edges)[0] / np.size(part) for part in (real, drawn)]
    return float(np.minimum(*shares).sum())


def verdicts(real: ArrayLike, drawn: ArrayLike, moment: str, *, dark: bool = False) -> go.Figure:
    """Histograms of the critic's scores of real and of generated examples.

    Parameters
    ----------
    real, drawn : array, shape (n,)
    moment : str
        "GAN, step 100".
    """
    ours, theirs = np.asarray(real, dtype=np.float64), np.asarray(drawn, dtype=np.float64)
    chance, palette = ranked_above(ours, theirs), theme.colors(dark)
    title = _judged(chance)
    sample = (
        f"Real ranked above generated in {theme.percent(chance, 0)} of pairs, overlap "
        f"{theme.percent(overlap(ours, theirs), 0)}; {len(ours)} examples each, {moment}"
    )
    chart = theme.figure(title, sample, dark=dark, height=340)
    edges = np.linspace(min(ours.min(), theirs.min()), max(ours.max(), theirs.max()) + 1e-9, _BINS + 1)
    for name, values, color in (("Real", ours, palette.history), ("Generated", theirs, palette.generated)):
        share = np.histogram(values, edges)[0] / len(values)
        chart.add_bar(
            x=(edges[:-1] + edges[1:]) / 2,
            y=100 * share,
            width=np.diff(edges),
            marker={"color": theme.rgba(color, 0.5), "line": {"color": color, "width": 0.8}},
            name=name,
            hovertemplate=f"{name}: %{{y:.1f}} % score about %{{x:.3g}}<extra></extra>",
        )
        chart.add_annotation(
            x=0 if name == "Real" else 1,
            xref="paper",
            xanchor="left" if name == "Real" else "right",
            y=1,
            yref="paper",
            yanchor="bottom",
            text=f"{name}: median {np.median(values):.3g}".replace("-", theme.MINUS),
            showarrow=False,
            font={"size": 12, "color": color},
        )
    chart.update_layout(barmode="overlay", bargap=0)
    chart.update_xaxes(title="score that the critic gives; to the right is more real", tickformat="~g", nticks=7)
    theme.percent_axis(chart)
    chart.update_yaxes(title="share of examples", nticks=5)
    chart.update_layout(margin={**chart.layout.margin.to_plotly_json(), "t": (chart.layout.margin.t or 0) + 16})
    return chart


def _judged(chance: float) -> str:
    if chance > 0.9:
        return "The critic tells them apart with ease"
    if chance > 0.6:
        return "The critic sees a difference"
    if chance >= 0.4:
        return "The critic is guessing"
    return "The critic prefers the generated ones"


def latent_map(
    points: ArrayLike,
    volatility: ArrayLike,
    days: Sequence[str],
    named: Mapping[str, int],
    *,
    ends: tuple[int, int] | None = None,
    shares: ArrayLike = (0.0, 0.0),
    n_days: int | None = None,
    dark: bool = False,
) -> go.Figure:
    """Days of history where the encoder puts them; the first trace holds the days, the second the named ones.

    Parameters
    ----------
    points : array, shape (n, 2)
        Principal components of the codes.
    volatility : array, shape (n,)
        Of each day, decimals.
    days : sequence of str
        ISO dates.
    named : mapping of str to int
        Days to label: the name and the row.
    ends : tuple of int, optional
        Rows between which one walks.
    shares : array, shape (2,)
        Variance of the codes along both directions, as shares of all.
    n_days : int, optional
        How many days the history has, if not all of them are drawn.
    """
    places, palette = np.asarray(points, dtype=np.float64), theme.colors(dark)
    shade = 100 * np.asarray(volatility, dtype=np.float64)
    told, among = theme.percent(float(np.sum(shares)), 0), f" of {n_days:,}" if n_days and n_days > len(places) else ""
    sample = f"{len(places):,}{among} days; these two directions hold {told} of what their codes vary"
    chart = theme.figure("Where the model sees the days of history", sample, dark=dark, height=500)
    chart.add_scatter(
        x=places[:, 0],
        y=places[:, 1],
        mode="markers",
        marker={
            "size": 5,
            "opacity": 0.7,
            "color": shade,
            "cmin": float(np.quantile(shade, 0.02)),
            "cmax": float(np.quantile(shade, 0.98)),
            # From faint to strong in one go: in between, lightness alone must tell more from less.
            "colorscale": [[0, theme.mixed(palette.background, palette.quiet, 0.4)], [1, palette.generated]],
            "colorbar": {
                "title": {"text": "volatility expected the evening before", "font": {"size": 11}, "side": "top"},
                "orientation": "h",
                "x": 0,
                "xanchor": "left",
                "y": -0.14,
                "yanchor": "top",
                "ticksuffix": f"{theme.THIN}%",
                "tickfont": {"size": 11},
                "thickness": 8,
                "len": 0.6,
                "outlinewidth": 0,
            },
        },
        selected={"marker": {"size": 14, "opacity": 1}},
        unselected={"marker": {"opacity": 0.7}},
        text=list(days),
        hovertemplate="%{text}<br>expected volatility %{marker.color:.1f} % a day<extra></extra>",
        name="days",
    )
    rows = list(named.values())
    chart.add_scatter(
        x=places[rows, 0],
        y=places[rows, 1],
        mode="markers+text",
        text=list(named),
        textposition=_name_places(places, rows, list(named)),
        textfont={"size": 11, "color": palette.text},
        marker={"size": 9, "symbol": "diamond", "color": palette.history, "opacity": 1},
        selected={"marker": {"size": 14}},
        unselected={"marker": {"opacity": 1}, "textfont": {"color": palette.text}},
        hovertext=[f"{name}, {days[row]}" for name, row in named.items()],
        hoverinfo="text",
        name="named",
    )
    if ends is not None:
        chart.add_scatter(
            x=places[list(ends), 0],
            y=places[list(ends), 1],
            mode="lines",
            line={"color": palette.generated, "width": 2, "dash": "dash"},
            hoverinfo="skip",
        )
    chart.update_layout(clickmode="event+select", dragmode="pan")
    chart.update_xaxes(title="first direction", zeroline=False, nticks=6)
    chart.update_yaxes(title="second direction", zeroline=False, nticks=6)
    return chart


def _name_places(points: Array, rows: Sequence[int], names: Sequence[str]) -> list[str]:
    """Where the names of some of the points stand, on a map that reaches a little beyond all points."""
    low, high = points.min(axis=0), points.max(axis=0)
    shares = 0.05 + 0.9 * (points[list(rows)] - low) / np.maximum(high - low, 1e-12)
    return text_positions(shares * _NARROW_MAP, names, 11, _NARROW_MAP)


def pattern(
    decoded: ArrayLike, real: ArrayLike | None, tickers: Sequence[str], title: str, subtitle: str, *, dark: bool = False
) -> go.Figure:
    """Returns of one day by asset: bars for what is decoded, marks for what happened.

    Parameters
    ----------
    decoded, real : array, shape (n_assets,)
        Log returns; ``real`` is ``None`` where nothing happened.
    """
    palette = theme.colors(dark)
    chart = theme.figure(title, subtitle, dark=dark, height=360)
    chart.add_bar(
        x=list(tickers),
        y=100 * np.expm1(np.asarray(decoded, dtype=np.float64)),
        marker={"color": palette.generated},
        hovertemplate="%{x}, decoded<br>%{y:.2f} %<extra></extra>",
    )
    if real is not None:
        chart.add_scatter(
            x=list(tickers),
            y=100 * np.expm1(np.asarray(real, dtype=np.float64)),
            mode="markers",
            marker={
                "color": palette.history,
                "size": 9,
                "symbol": "diamond",
                "line": {"width": 1, "color": palette.background},
            },
            hovertemplate="%{x}, happened<br>%{y:.2f} %<extra></extra>",
        )
    theme.percent_axis(chart, digits=1)
    return chart


def walk(
    patterns: ArrayLike, tickers: Sequence[str], at: int, title: str, subtitle: str, *, dark: bool = False
) -> go.Figure:
    """Decoded days along a walk: assets in rows, the way from left to right.

    Parameters
    ----------
    patterns : array, shape (n_stops, n_assets)
        Log returns.
    at : int
        The stop that is looked at.
    """
    simple = 100 * np.expm1(np.asarray(patterns, dtype=np.float64)).T
    bound, palette = float(np.abs(simple).max(initial=0.1)), theme.colors(dark)
    share = np.linspace(0, 100, simple.shape[1])
    chart = theme.figure(title, subtitle, dark=dark, height=120 + 17 * len(tickers))
    chart.add_heatmap(
        z=simple,
        x=share,
        y=list(tickers),
        zmin=-bound,
        zmax=bound,
        colorscale=theme.diverging(dark),
        colorbar={"ticksuffix": f"{theme.THIN}%", "thickness": 10, "len": 0.8, "outlinewidth": 0},
        hovertemplate="%{y}, %{x:.0f} % of the way<br>%{z:.2f} %<extra></extra>",
    )
    chart.add_vline(x=share[at], line={"color": palette.text, "width": 2})
    chart.update_yaxes(autorange="reversed", showgrid=False)
    chart.update_xaxes(title="share of the way", ticksuffix=f"{theme.THIN}%", nticks=6)
    return chart
