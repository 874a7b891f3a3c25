"""New, or history again? Distances to the nearest real window, and the closest pair of all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from fingen_core.charts.paths import DASHES, ink, stamp
from fingen_core.charts.theme import colors, figure, number, percent_axis, rgba
from fingen_core.charts.validation.samples import key
from fingen_core.metrics.novelty import COPY, Novelty
from fingen_core.scenarios.outcomes import NOT_HAPPENED, Kind
from fingen_core.types import Array

__all__ = ["Compared", "closest_window", "closest_window_data", "novelty_distances", "novelty_distances_data"]

_NEVER_NEAR = float(np.sqrt(2))  # of two windows of size 1 that have nothing in common
_ALIKE = _NEVER_NEAR / 2
"""From here on nobody would take two windows for twins."""


@dataclass(frozen=True, eq=False)
class Compared:
    """Distances of a generator's windows to history, and what charts call it."""

    label: str
    kind: Kind
    novelty: Novelty


def novelty_distances_data(samples: Sequence[Compared]) -> pd.DataFrame:
    """Sample, distance to the nearest real window: one row per window, those between real windows first."""
    parts = [("History", samples[0].novelty.real), *((sample.label, sample.novelty.generated) for sample in samples)]
    return pd.concat(
        [pd.DataFrame({"sample": label, "distance": values}) for label, values in parts], ignore_index=True
    )


def novelty_distances(samples: Sequence[Compared], *, dark: bool = False, height: int = 400) -> go.Figure:
    """How far windows lie from the nearest real one, beside how far real windows lie from each other.

    Windows that were copied pile up at 0; a generator that draws like history has history's distances.
    """
    shades = colors(dark)
    first = samples[0].novelty
    copies = f", {number(100 * first.share_copies, 1)} % near copies" if first.share_copies > 0 else ""
    n_windows = f"{number(len(first.generated))} generated, {number(len(first.real))} real windows"
    chart = figure(
        f"{number(first.ratio, 2)} times as far from history as new history{copies}",
        f"Distance of shapes over {first.window} days to the nearest real window; {n_windows}",
        dark=dark,
        height=height,
    )
    lines: list[tuple[str, str, Array, str]] = [("Between real windows", shades.history, first.real, "solid")]
    seen = {"rival": 1}
    for sample in samples:
        count = seen.get(sample.kind, 0)
        seen[sample.kind] = count + 1
        lines.append((sample.label, ink(sample.kind, dark), sample.novelty.generated, DASHES[count % len(DASHES)]))
    edges = _edges([values for _, _, values, _ in lines])
    for name, color, values, dash in lines:
        shares = np.histogram(values, edges)[0] / len(values) * 100
        chart.add_scatter(
            x=np.repeat(edges, 2)[1:-1],
            y=np.repeat(shares, 2),
            name=name,
            mode="lines",
            line={"color": color, "width": 1.8, "dash": dash},
            fill="tozeroy" if dash == "solid" else None,
            fillcolor=rgba(color, 0.12),
            hovertemplate="around %{x:.2f}: %{y:.1f} % of windows<extra>" + name + "</extra>",
        )
    chart.add_vrect(x0=0, x1=COPY, fillcolor=shades.loss, opacity=0.12, line_width=0, layer="below")
    chart.add_annotation(
        x=COPY,
        y=1,
        yref="paper",
        text="near copies",
        showarrow=False,
        xanchor="left",
        yanchor="top",
        xshift=4,
        font={"size": 11, "color": shades.loss},
    )
    key(chart, [(name, color, dash, f"median {number(float(np.median(v)), 2)}") for name, color, v, dash in lines])
    chart.update_xaxes(title=f"Distance (0: a copy; {number(_NEVER_NEAR, 2)}: nothing in common)", range=[0, edges[-1]])
    chart.update_yaxes(title="Share of windows", rangemode="tozero")
    percent_axis(chart)
    return chart


def _edges(samples: Sequence[Array], n_bins: int = 60) -> Array:
    top = max(float(values.max()) for values in samples)
    return np.linspace(0, max(top * 1.02, 2 * COPY), n_bins + 1)


def closest_window_data(sample: Compared) -> pd.DataFrame:
    """Day, change of equal weight since the start (decimal) of the generated window and of the real one."""
    real, generated = (
        np.expm1(np.concatenate([[0.0], np.cumsum(_equal(window))]))
        for window in (sample.novelty.closest_real, sample.novelty.closest_generated)
    )
    return pd.DataFrame({"day": np.arange(len(real)), "real": real, "generated": generated, "status": NOT_HAPPENED})


def _equal(log_returns: Array) -> Array:
    """Log returns of equal weight, brought back every day."""
    return np.asarray(np.log1p(np.expm1(log_returns).mean(axis=1)))


def closest_window(sample: Compared, *, dark: bool = False, height: int = 400) -> go.Figure:
    """The generated window that is nearest to history over the real one: equal weight bold, each asset thin."""
    shades, found = colors(dark), sample.novelty
    when = f" that began on {found.closest_date}" if found.closest_date else ""
    alike = "alike, but not a copy" if found.closest_distance < _ALIKE else "no copy, and hardly alike"
    chart = figure(
        f"The closest pair: {'a near copy' if found.closest_distance < COPY else alike}",
        f"{found.window} days; distance {number(found.closest_distance, 2)} to the real window{when}",
        dark=dark,
        height=height,
    )
    table, days = closest_window_data(sample), np.arange(found.window + 1)
    entries = []
    for name, column, windows, color, dash in (
        (f"Real{', from ' + found.closest_date if found.closest_date else ''}", "real", found.closest_real,
         shades.history, "solid"),
        (sample.label, "generated", found.closest_generated, ink(sample.kind, dark), "dash"),
    ):  # fmt: skip
        _thin(chart, days, windows, rgba(color, 0.3))
        chart.add_scatter(
            x=days,
            y=np.round(100 * table[column], 3),
            name=name,
            mode="lines",
            line={"color": color, "width": 2.4, "dash": dash},
            hovertemplate="%{y:.1f} %",
        )
        entries.append((name, color, dash, ""))
    key(chart, entries)
    stamp(chart, dark, f"{sample.label}: {NOT_HAPPENED[0].lower()}{NOT_HAPPENED[1:]}")
    chart.update_xaxes(title="Trading days", range=[0, found.window], hoverformat=",d")
    chart.update_yaxes(title="Change of value")
    percent_axis(chart)
    chart.update_layout(hovermode="x unified")
    return chart


def _thin(chart: go.Figure, days: NDArray[Any], log_returns: Array, color: str) -> None:
    """Each asset as a faint line, all in one trace."""
    n_assets = log_returns.shape[1]
    if n_assets == 1:
        return
    change = np.expm1(np.vstack([np.zeros(n_assets), np.cumsum(log_returns, axis=0)])) * 100
    chart.add_scatter(
        x=np.tile(np.append(days.astype(float), np.nan), n_assets),
        y=np.round(np.vstack([change, np.full(n_assets, np.nan)]).T.ravel(), 3),
        mode="lines",
        line={"width": 0.8, "color": color},
        hoverinfo="skip",
    )
