"""Does the past leave its mark? Autocorrelation, leverage, and kurtosis that fades as days are summed."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from fingen_core.charts.paths import ink
from fingen_core.charts.theme import band, colors, figure, number
from fingen_core.charts.validation.samples import Portrayed, dashes, first_generated, history_of, key, sample_words
from fingen_core.charts.validation.shape import Of
from fingen_core.metrics.long_run import HORIZONS, LAGS, LEVERAGE_LAGS
from fingen_core.types import Array

__all__ = [
    "Series",
    "aggregation",
    "aggregation_data",
    "autocorrelation",
    "autocorrelation_data",
    "leverage",
    "leverage_data",
]

Series = Literal["abs", "r", "square"]
"""Absolute returns, returns, squared returns."""

_NAMES = {"abs": "|r|", "r": "r", "square": "r²"}


def _acf(sample: Portrayed, kind: Series, of: Of) -> Array:
    portrait = sample.portrait
    if of == "assets" and kind == "abs":
        return portrait.acf_abs_assets
    return {"abs": portrait.acf_abs, "r": portrait.acf, "square": portrait.acf_square}[kind]


def autocorrelation_data(samples: Sequence[Portrayed], kind: Series = "abs", of: Of = "equal weight") -> pd.DataFrame:
    """Sample, lag in days, autocorrelation."""
    return pd.concat(
        [
            pd.DataFrame({"sample": sample.label, "lag": LAGS, "autocorrelation": _acf(sample, kind, of)})
            for sample in samples
        ],
        ignore_index=True,
    )


def autocorrelation(
    samples: Sequence[Portrayed],
    note: str = "",
    *,
    kind: Series = "abs",
    of: Of = "equal weight",
    dark: bool = False,
    height: int = 380,
) -> go.Figure:
    """Correlation of a day with a day so many days later; the band holds what independent days would show.

    ``kind`` "abs" and "square" show volatility clusters, "r" whether a return foretells the next. Only "abs" is kept
    as a mean over assets (``of="assets"``).
    """
    table = autocorrelation_data(samples, kind, of)
    name = _NAMES[kind]
    title = _memory_title(samples, kind, of)
    who = "mean over assets" if of == "assets" and kind == "abs" else "equal weight"
    chart = figure(
        title, f"Autocorrelation of {name}, {who}" + _after(note or sample_words(samples)), dark=dark, height=height
    )
    entries = _lines(chart, table, samples, "autocorrelation", dark)
    past = history_of(samples)
    if past is not None:
        entries.append(_noise(chart, past.portrait.n_days, LAGS[-1], dark))
    key(chart, entries)
    chart.update_xaxes(title="Lag in days", range=[0, LAGS[-1] + 1], dtick=10)
    chart.update_yaxes(title=f"Autocorrelation of {name}", tickformat=".2f")
    return chart


def _noise(chart: go.Figure, n_days: int, last: int, dark: bool) -> tuple[str, str, str, str]:
    """Band of what independent days show with a chance of 95 %, and its line in the key."""
    shades = colors(dark)
    width = 1.96 / np.sqrt(n_days)
    band(chart, [0, last + 1], [-width, -width], [width, width], color=shades.quiet, alpha=0.18)
    return ("Independent days", shades.quiet, "band", f"95 % of samples of {number(n_days)}")


def _lines(
    chart: go.Figure, table: pd.DataFrame, samples: Sequence[Portrayed], column: str, dark: bool
) -> list[tuple[str, str, str, str]]:
    entries = []
    for sample, dash in zip(samples, dashes(samples), strict=True):
        rows = table[table["sample"] == sample.label]
        color, past = ink(sample.kind, dark), sample.kind == "history"
        chart.add_scatter(
            x=rows["lag"],
            y=np.round(rows[column], 4),
            name=sample.label,
            mode="lines+markers" if past else "lines",
            line={"color": color, "width": 1.4 if past else 2, "dash": dash},
            marker={"size": 4, "color": color},
            hovertemplate=f"lag %{{x}}: %{{y:.3f}}<extra>{sample.label}</extra>",
        )
        entries.append((sample.label, color, dash, ""))
    return entries


def _after(note: str) -> str:
    return f"; {note}" if note else ""


def _memory_title(samples: Sequence[Portrayed], kind: Series, of: Of) -> str:
    past, ours = history_of(samples), first_generated(samples)
    if past is None or ours is None:
        return "Does volatility cluster?" if kind != "r" else "Do returns foretell the next?"
    lags = slice(0, 1) if kind == "r" else slice(0, 20)
    mine, theirs = (float(_acf(sample, kind, of)[lags].mean()) for sample in (ours, past))
    if kind == "r":
        return f"Next day's return: {number(mine, 2)}, in history {number(theirs, 2)}"
    return f"Clusters over 20 days: {number(mine, 2)}, in history {number(theirs, 2)}"


def leverage_data(samples: Sequence[Portrayed], of: Of = "equal weight") -> pd.DataFrame:
    """Sample, lag in days, correlation of a return with the squared return so many days later."""
    return pd.concat(
        [
            pd.DataFrame({"sample": sample.label, "lag": LEVERAGE_LAGS, "leverage": _leverage(sample, of)})
            for sample in samples
        ],
        ignore_index=True,
    )


def _leverage(sample: Portrayed, of: Of) -> Array:
    return sample.portrait.leverage if of == "equal weight" else sample.portrait.leverage_assets


def leverage(
    samples: Sequence[Portrayed], note: str = "", *, of: Of = "equal weight", dark: bool = False, height: int = 380
) -> go.Figure:
    """Whether losses are followed by volatility: below zero, as in stock markets, they are."""
    table = leverage_data(samples, of)
    who = "equal weight" if of == "equal weight" else "mean over assets"
    past, ours = history_of(samples), first_generated(samples)
    title = "Do losses stir up volatility?"
    if past is not None and ours is not None:
        mine, theirs = (float(_leverage(sample, of).mean()) for sample in (ours, past))
        title = f"After a loss: {number(mine, 2)}, in history {number(theirs, 2)}"
    chart = figure(
        title,
        f"Correlation of r today with r² later, {who}" + _after(note or sample_words(samples)),
        dark=dark,
        height=height,
    )
    entries = _lines(chart, table, samples, "leverage", dark)
    if past is not None:
        entries.append(_noise(chart, past.portrait.n_days, LEVERAGE_LAGS[-1], dark))
    key(chart, entries)
    chart.update_xaxes(title="Days after the return", range=[0, LEVERAGE_LAGS[-1] + 1], dtick=5)
    chart.update_yaxes(title="Correlation of r with later r²", tickformat=".2f")
    return chart


def aggregation_data(samples: Sequence[Portrayed], of: Of = "equal weight") -> pd.DataFrame:
    """Sample, horizon in days, kurtosis of summed returns (3 is normal)."""
    return pd.concat(
        [
            pd.DataFrame({"sample": sample.label, "horizon": HORIZONS, "kurtosis": _kurtosis(sample, of)})
            for sample in samples
        ],
        ignore_index=True,
    )


def _kurtosis(sample: Portrayed, of: Of) -> Array:
    return sample.portrait.kurtosis_equal if of == "equal weight" else sample.portrait.kurtosis_assets


def aggregation(
    samples: Sequence[Portrayed], note: str = "", *, of: Of = "equal weight", dark: bool = False, height: int = 380
) -> go.Figure:
    """Kurtosis of returns over 1 to 100 days: extremes fade as days are summed, slowly where volatility clusters."""
    shades = colors(dark)
    table = aggregation_data(samples, of)
    past, ours = history_of(samples), first_generated(samples)
    title = "How fast do extremes fade?"
    if past is not None and ours is not None:
        mine, theirs = (float(_kurtosis(sample, of)[0]) for sample in (ours, past))
        title = f"Kurtosis of a day: {number(mine, 1)}, in history {number(theirs, 1)}"
    who = "equal weight" if of == "equal weight" else "median over assets"
    chart = figure(
        title,
        f"Kurtosis of returns over 1 to {HORIZONS[-1]} days, {who}" + _after(note or sample_words(samples)),
        dark=dark,
    )
    chart.update_layout(height=height)
    entries = []
    for sample, dash in zip(samples, dashes(samples), strict=True):
        rows = table[table["sample"] == sample.label]
        color = ink(sample.kind, dark)
        chart.add_scatter(
            x=rows["horizon"],
            y=np.round(rows["kurtosis"], 3),
            name=sample.label,
            mode="lines+markers",
            line={"color": color, "width": 2, "dash": dash},
            marker={"size": 7, "color": color},
            hovertemplate=f"over %{{x}} days: %{{y:.1f}}<extra>{sample.label}</extra>",
        )
        entries.append((sample.label, color, dash, ""))
    chart.add_hline(y=3, line={"color": shades.quiet, "width": 1, "dash": "dot"}, layer="below")
    key(chart, [*entries, ("Normal distribution", shades.quiet, "dot", "3 at every horizon")])
    chart.update_xaxes(title="Days summed, log scale", type="log", tickvals=HORIZONS, range=[-0.1, 2.1])
    chart.update_yaxes(title="Kurtosis, log scale", type="log", tickvals=[2, 3, 5, 10, 20, 50, 100], tickformat=",d")
    return chart
