"""Generated paths beside history: fans, correlations, the worst of both.

Every function takes arrays and returns a figure; figures that stand side by side take the same ``y_range``. ``HOW``
holds what the "How to read this" popovers say, next to the code that it explains; what several samples are compared
by stands in ``outcomes``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from fingen_core.charts.paths import day_axis, end_labels, ink, line, stamp
from fingen_core.charts.theme import (
    band,
    colors,
    diverging,
    figure,
    percent,
    percent_axis,
    rgba,
)
from fingen_core.scenarios.outcomes import NOT_HAPPENED, Kind, Outcomes
from fingen_core.types import Array

__all__ = [
    "HOW",
    "QUANTILES",
    "Named",
    "correlations",
    "fan",
    "fan_data",
    "headline",
    "value_range",
    "worst_case",
]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)

HOW = {
    "fan": """
The value of the portfolio, bought for 100 % on the first day and held, along every path.

- **Dark band**: the middle half of the paths on that day (25 % to 75 %). **Light band**: nine in ten (5 % to 95 %).
  Bands are quantiles day by day; no single path needs to run along an edge.
- **Solid line**: the median of every day. **Red line**: the path that loses most by the last day. **Dotted lines**: the
  path that ends in the middle, and the one closest to something that happened, named by when that began.

Quantile $q$ on day $t$: the value that a share $q$ of paths stays below, $\\inf\\{v: F_t(v) \\ge q\\}$.
Historical windows overlap, so thousands of them hold only about (days / horizon) independent stories.
""",
    "correlation": """
Pearson correlation of daily log returns, over all days and over the worst tenth of days (by the mean of all assets).
Assets are ordered by cluster of the historical matrix, the same order and color scale everywhere.
On stress days the correlations *within* the tail: conditioning on the market's fall lowers them by itself, so compare
generated with history, not with all days.
""",
    "worst": """
The single worst path that was generated beside the single worst window that happened, by the portfolio's loss at the
end; thin lines are the assets, the best and the worst of them named. The worst of many paths grows with their number:
it is an illustration, not an estimate.
""",
    "table": """
**Value at risk**: the loss that is exceeded in 5, 2.5 or 1 of 100 outcomes. **Expected shortfall**: the mean loss in
those outcomes, the last one counted by its fraction. Both over the whole horizon, positive for a loss.
In brackets the 90 % band of resampling, as on the Portfolio page: generated paths one by one; windows of history, which
overlap and come in clusters, in blocks of the horizon and a month. No band: the tail of history holds less than one
such block. The worst of a sample has no band: it grows with the number of paths.
""",
}
"""Markdown of the popovers by chart."""


@dataclass(frozen=True)
class Named:
    """A path worth a name: the row of ``Outcomes.values``, its label, and whether it is the worst."""

    label: str
    row: int
    worst: bool = False


def headline(sample: Outcomes, share: float = 1.0) -> str:
    """The finding of a fan in at most 44 characters: what its bad outcomes cost."""
    who = {"history": "History", "rival": "Rival"}.get(sample.kind, "Generated")
    if share < 1:
        loss = sample.mean_loss()
        return f"{who}, worst {percent(share, 0 if share * 100 % 1 == 0 else 1)}: mean {_loss_words(loss)}"
    low = float(np.quantile(sample.returns(), 0.05, method="inverted_cdf"))
    past = sample.kind == "history"
    if low < 0:
        return f"{who}: 1 in 20 {'lost' if past else 'loses'} {percent(-low)} or more"
    return f"{who}: 19 in 20 {'gained' if past else 'gain'} over {percent(low)}"


def _loss_words(loss: float) -> str:
    return f"loss {percent(loss)}" if loss > 0 else f"gain {percent(-loss)}"


def value_range(samples: Sequence[Outcomes], margin: float = 0.06) -> tuple[float, float]:
    """Axis limits in percent that hold every path of every sample, with no more than the best 0.5 % cut off."""
    low = min(float(sample.values.min()) for sample in samples) - 1
    high = max(float(np.quantile(sample.values.max(axis=1), 0.995)) for sample in samples) - 1
    room = (high - low) * margin
    return (low - room) * 100, (high + room) * 100


def fan_data(sample: Outcomes, named: Sequence[Named] = ()) -> pd.DataFrame:
    """What a fan draws, as a table: day, quantiles and named paths, in percent of change."""
    change = (np.quantile(sample.values, QUANTILES, axis=0) - 1) * 100
    table = pd.DataFrame(change.T, columns=[f"quantile {q:.0%} [%]" for q in QUANTILES])
    table.insert(0, "day", np.arange(sample.n_steps + 1))
    for path in named:
        table[f"{path.label} [%]"] = (sample.values[path.row] - 1) * 100
    return table if sample.kind == "history" else table.assign(status=NOT_HAPPENED)


def fan(
    sample: Outcomes,
    title: str,
    *,
    named: Sequence[Named] = (),
    y_range: tuple[float, float] | None = None,
    n_single: int = 24,
    color: str = "",
    dark: bool = False,
    height: int = 390,
) -> go.Figure:
    """Quantile bands over the days, with named paths and a few dozen single ones.

    Parameters
    ----------
    sample : Outcomes
        Its ``note`` becomes the subtitle.
    title : str
        The finding.
    named : sequence of Named
        Paths to draw and name.
    y_range : (low, high) in percent or None
        Give the fans that stand side by side the same one.
    n_single : int
        Number of unnamed paths drawn faintly, evenly from the worst to the best.
    color : str
        Where several models stand beside each other, that of this one; else the color of its kind.
    dark, height
        Colors and pixels.
    """
    shades, color = colors(dark), color or ink(sample.kind, dark)
    days = np.arange(sample.n_steps + 1)
    change = (sample.values - 1) * 100
    low, lower, middle, upper, high = np.quantile(change, QUANTILES, axis=0)
    limits = y_range or (float(change.min()), float(change.max()))
    chart = figure(title, sample.note, dark=dark, height=height)
    band(chart, days, low, high, color=color, alpha=0.13)
    band(chart, days, lower, upper, color=color, alpha=0.2)
    _single_paths(chart, days, change, n_single, color)
    for name, edge in (("95 %", high), ("75 %", upper), ("50 %", middle), ("25 %", lower), ("5 %", low)):
        width = 1.6 if name == "50 %" else 0
        line(chart, days, edge, f"{name} of paths below", color=color, width=width)
    ends = [("95 %", float(high[-1]), color), ("5 %", float(low[-1]), color)]
    for path in named:
        tone = shades.loss if path.worst else color
        dash = "solid" if path.worst else "dot"
        line(chart, days, change[path.row], path.label, color=tone, width=1.8 if path.worst else 1.3, dash=dash)
        ends.append((path.label, float(change[path.row, -1]), tone))
    end_labels(chart, sample.n_steps, ends, limits, height)
    day_axis(chart, sample.n_steps)
    if sample.kind != "history":
        stamp(chart, dark)
    chart.update_yaxes(title="Change of value", range=limits, dtick=_step(limits))
    percent_axis(chart)
    chart.update_layout(hovermode="x unified")
    return chart


def _single_paths(chart: go.Figure, days: ArrayLike, change: Array, n_single: int, color: str) -> None:
    """Faint paths as one trace: a trace each would be slow to send and to draw."""
    if not n_single:
        return
    order = np.argsort(change[:, -1], kind="stable")
    n_picks = min(n_single, len(order))
    picks = order[((np.arange(n_picks) + 0.5) / n_picks * len(order)).astype(int)]
    gap = np.full((len(picks), 1), np.nan)
    chart.add_scatter(
        x=np.tile(np.append(np.asarray(days, dtype=float), np.nan), len(picks)),
        y=np.round(np.hstack([change[picks], gap]).ravel(), 3),
        mode="lines",
        line={"width": 0.7, "color": rgba(color, 0.28)},
        hoverinfo="skip",
    )


def _step(limits: tuple[float, float]) -> float:
    """Distance of the ticks: the same for all charts that share their limits."""
    return next((step for step in (1, 2, 5, 10, 20, 50, 100, 200) if (limits[1] - limits[0]) / step <= 8), 500)


def correlations(
    matrix: ArrayLike,
    tickers: Sequence[str],
    title: str,
    subtitle: str,
    *,
    dark: bool = False,
    height: int = 420,
) -> go.Figure:
    """One correlation matrix, colored from -1 through 0 to 1; give all matrices the same order of tickers."""
    values = np.asarray(matrix, dtype=np.float64)
    small = len(tickers) <= 12
    chart = figure(title, subtitle, dark=dark, height=height)
    chart.add_heatmap(
        z=np.round(values, 3),
        x=list(tickers),
        y=list(tickers),
        zmin=-1,
        zmax=1,
        colorscale=diverging(dark),
        xgap=1,
        ygap=1,
        texttemplate="%{z:.2f}" if small else None,
        textfont={"size": 10},
        hovertemplate="%{y} and %{x}: %{z:.2f}<extra></extra>",
        colorbar={"thickness": 8, "outlinewidth": 0, "tickvals": [-1, 0, 1], "len": 0.6, "tickfont": {"size": 11}},
    )
    size = 11 if len(tickers) <= 20 else 9
    chart.update_xaxes(tickangle=-90, tickfont_size=size, showgrid=False)
    chart.update_yaxes(autorange="reversed", tickfont_size=size, showgrid=False)
    chart.update_layout(margin_b=12)
    return chart


def worst_case(
    assets: ArrayLike,
    portfolio: ArrayLike,
    tickers: Sequence[str],
    title: str,
    subtitle: str,
    *,
    kind: Kind,
    y_range: tuple[float, float] | None = None,
    dark: bool = False,
    height: int = 400,
) -> go.Figure:
    """One path: every asset as a thin line, the portfolio as a thick one, the best and the worst asset named.

    Parameters
    ----------
    assets : array, shape (n_steps + 1, n_assets)
        Values from 1.
    portfolio : array, shape (n_steps + 1,)
        Values from 1.
    """
    shades, color = colors(dark), ink(kind, dark)
    lines = (np.asarray(assets, dtype=np.float64) - 1) * 100
    whole = (np.asarray(portfolio, dtype=np.float64) - 1) * 100
    n_steps = len(whole) - 1
    days = np.arange(n_steps + 1)
    chart = figure(title, subtitle, dark=dark, height=height)
    for column, ticker in enumerate(tickers):
        line(chart, days, lines[:, column], ticker, color=rgba(color, 0.35), width=1)
    line(chart, days, whole, "Portfolio", color=shades.loss, width=2.4)
    best, worst = int(np.argmax(lines[-1])), int(np.argmin(lines[-1]))
    ends = [("portfolio", float(whole[-1]), shades.loss)]
    if len(tickers) > 1:
        ends += [(tickers[i], float(lines[-1, i]), color) for i in dict.fromkeys((best, worst))]
    limits = y_range or (float(lines.min()), float(lines.max()))
    end_labels(chart, n_steps, ends, limits, height)
    day_axis(chart, n_steps)
    if kind != "history":
        stamp(chart, dark)
    chart.update_yaxes(title="Change of value", range=limits, dtick=_step(limits))
    percent_axis(chart)
    chart.update_layout(hovermode="closest")
    return chart
