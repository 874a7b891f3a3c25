"""Do assets move together, and fall together, as in history? Heat maps side by side on one scale and in one order."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from fingen_core.charts.theme import THIRD, colors, diverging, figure, number
from fingen_core.charts.validation.samples import Portrayed
from fingen_core.errors import InvalidInput
from fingen_core.scenarios.outcomes import cluster_order
from fingen_core.types import Array

__all__ = ["Together", "heat_maps", "heat_maps_data"]

Together = Literal["correlation", "tail_dependence", "worst_decile_correlation"]

_NAMES = {
    "correlation": "Correlation",
    "tail_dependence": "Falling together",
    "worst_decile_correlation": "Correlation on bad days",
}
_NOTES = {
    "correlation": "daily returns",
    "tail_dependence": "chance that one is in its worst 5 % of days when the other is",
    "worst_decile_correlation": "worst tenth of days of equal weight",
}

_SHARP = 0.3
"""Where the scale of differences ends."""


def heat_maps_data(
    history: Portrayed, generated: Portrayed, tickers: Sequence[str], kind: Together = "correlation"
) -> pd.DataFrame:
    """Each pair of assets: first, second, history, generated, difference; ordered by cluster of history."""
    past, ours, names = _ordered(history, generated, tickers, kind)
    rows, columns = np.triu_indices(len(names), 1)
    table = pd.DataFrame(
        {
            "first": [names[i] for i in rows],
            "second": [names[j] for j in columns],
            "history": past[rows, columns],
            "generated": ours[rows, columns],
        }
    )
    return table.assign(difference=table["generated"] - table["history"])


def heat_maps(
    history: Portrayed,
    generated: Portrayed,
    tickers: Sequence[str],
    kind: Together = "correlation",
    *,
    note: str = "",
    dark: bool = False,
    height: int = 400,
) -> tuple[go.Figure, go.Figure, go.Figure]:
    """History, generated, and generated less history, in the cluster order of history.

    Three figures, so that a page can stack them where it is narrow. The first two share a scale; that of the
    difference is sharper, so that a gap of 0.05 can be seen.

    Raises
    ------
    InvalidInput
        If there are fewer than two assets, or not as many names as assets.
    """
    past, ours, names = _ordered(history, generated, tickers, kind)
    pairs = np.triu_indices(len(names), 1)
    gap = ours - past
    error = float(np.abs(gap[pairs]).mean())
    what, means = _NAMES[kind], (float(past[pairs].mean()), float(ours[pairs].mean()))
    limit = 0.6 if kind == "tail_dependence" else 1.0  # where pairs stand; the diagonal is 1 and says nothing
    after = f"{what}: {_NOTES[kind]}" + (f"; {note}" if note else "")
    figures = (
        (past, f"History: {number(means[0], 2)} on average", after, limit),
        (ours, f"{generated.label}: {number(means[1], 2)} on average", after, limit),
        (gap, f"They differ by {number(error, 3)} on average", f"{what}: {generated.label} less history", _SHARP),
    )
    first, second, third = (
        _map(figure(title, subtitle, dark=dark, height=height, room=THIRD), values, names, limit=limit, dark=dark)
        for values, title, subtitle, limit in figures
    )
    top = max(chart.layout.margin.t for chart in (first, second, third))
    for chart in (first, second, third):  # maps in a row begin at one height, however many lines their titles take
        chart.update_layout(margin_t=top)
    return first, second, third


def _ordered(
    history: Portrayed, generated: Portrayed, tickers: Sequence[str], kind: Together
) -> tuple[Array, Array, list[str]]:
    past, ours = (np.asarray(getattr(sample.portrait, kind)) for sample in (history, generated))
    if len(past) < 2 or past.shape != ours.shape or len(tickers) != len(past):
        raise InvalidInput(
            f"{len(tickers)} names for matrices of {len(past)} and {len(ours)} assets: pairs need at least two assets, "
            "the same ones in both"
        )
    order = cluster_order(history.portrait.correlation)
    return past[np.ix_(order, order)], ours[np.ix_(order, order)], [tickers[place] for place in order]


def _map(chart: go.Figure, values: Array, names: list[str], *, limit: float, dark: bool) -> go.Figure:
    small = len(names) <= 8
    chart.add_heatmap(
        z=np.round(values, 3),
        x=names,
        y=names,
        zmin=-limit,
        zmax=limit,
        colorscale=diverging(dark),
        xgap=1,
        ygap=1,
        texttemplate="%{z:.2f}" if small else None,
        textfont={"size": 10},
        hovertemplate="%{y} and %{x}: %{z:.2f}<extra></extra>",
        colorbar={
            "thickness": 8,
            "outlinewidth": 0,
            "tickvals": [-limit, 0, limit],
            "len": 0.6,
            "tickfont": {"size": 11, "color": colors(dark).quiet},
        },
    )
    size = 11 if len(names) <= 20 else 9
    chart.update_xaxes(tickangle=-90, tickfont_size=size, showgrid=False)
    chart.update_yaxes(autorange="reversed", tickfont_size=size, showgrid=False)
    return chart
