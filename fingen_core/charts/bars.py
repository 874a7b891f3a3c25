"""Bars of losses with their amounts beside them, where no amount runs into a name."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from fingen_core.charts.theme import Palette, loss_words, percent_axis

__all__ = ["loss_bars"]

_BESIDE_LOSS, _BESIDE_GAIN, _BESIDE_MARKED = 0.18, 0.42, 0.55
"""Shares of the axis that "55.0 %", "14.9 % gain" and "55.0 %, ruin" take, beside long names less than their width."""


def loss_bars(
    chart: go.Figure,
    names: Sequence[str],
    losses: ArrayLike,
    *,
    marker: dict[str, Any],
    shades: Palette,
    words: Sequence[str] | None = None,
    notes: Sequence[str] | None = None,
    title: str = "Loss",
) -> None:
    """Draw losses to the right and gains to the left of zero, from below.

    Parameters
    ----------
    chart : Figure
    names : sequence of str
    losses : array, shape (n,)
        Decimals; negative is a gain.
    marker : dict
        Of the bars.
    shades : Palette
    words : sequence of str, optional
        What stands beside the bars; the amounts, if nothing else is to be said.
    notes : sequence of str, optional
        Shown on hover.
    title : str
        Of the axis.
    """
    values = np.asarray(losses, dtype=np.float64) * 100
    plain = [loss_words(value / 100) for value in values]
    words = list(words or plain)
    chart.add_bar(
        y=list(names),
        x=np.round(values, 4),
        orientation="h",
        marker=marker,
        text=words,
        textposition="none",
        customdata=list(notes) if notes is not None else None,
        hovertemplate="%{y}: %{text}" + ("<br>%{customdata}" if notes is not None else "") + "<extra></extra>",
    )
    # Right of zero for gains too: to the left stand the names, which a bar of a gain may reach.
    chart.add_scatter(
        y=list(names),
        x=np.maximum(np.round(values, 4), 0),
        mode="text",
        text=[f" {word}".replace("<br>", "<br> ") for word in words],
        textposition="middle right",
        textfont={"size": 11, "color": shades.text},
        cliponaxis=False,
        hoverinfo="skip",
    )
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    span = max(high - low, 0.5)
    beside = _BESIDE_LOSS if words == plain else _BESIDE_MARKED
    right = max(high + beside * span, _BESIDE_GAIN * span if low < 0 else 0.0)
    chart.update_xaxes(
        title=title + ("; left of zero: gain" if low < 0 else ""),
        range=[low - 0.03 * span * (low < 0), right],
        showgrid=True,
    )
    percent_axis(chart, "x")
    chart.update_layout(margin_r=36)  # where long names leave little, amounts run over the end of the axis
