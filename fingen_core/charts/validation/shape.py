"""Are extremes as rare, and falls as deep, as in history? Survival, quantiles against quantiles, drawdowns."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from scipy.stats import norm

from fingen_core.charts.paths import ink
from fingen_core.charts.theme import THIN, colors, figure, number, percent, percent_axis
from fingen_core.charts.validation.samples import Portrayed, dashes, first_generated, history_of, key, sample_words
from fingen_core.metrics.long_run import HORIZONS, PROBABILITIES
from fingen_core.types import Array

__all__ = ["Of", "drawdowns", "drawdowns_data", "qq", "qq_data", "survival", "survival_data"]

Of = Literal["equal weight", "assets"]
"""The portfolio of all assets, or all assets pooled."""

_DEEPEST = 0.25
"""Survival is drawn for this share of the worst days."""


def _quantiles(sample: Portrayed, of: Of, horizon: int, unit: Portrayed | None) -> Array:
    """Quantiles at ``PROBABILITIES`` of sums over ``horizon``, in volatilities of that horizon of ``unit``."""
    portrait, place = sample.portrait, HORIZONS.index(horizon)
    values = (portrait.quantiles_equal if of == "equal weight" else portrait.quantiles_assets)[place]
    if unit is not None and of == "equal weight":  # measured on scales of their own, they would all look alike
        values = values * portrait.scale[0] / unit.portrait.scale[0]
    return np.asarray(values / np.sqrt(horizon))


def survival_data(samples: Sequence[Portrayed], of: Of = "equal weight", horizon: int = 1) -> pd.DataFrame:
    """Sample, probability, loss: the loss (in volatilities of history over the horizon) exceeded that often."""
    unit = history_of(samples)
    worst = PROBABILITIES <= _DEEPEST
    parts = []
    for sample in samples:
        loss = -_quantiles(sample, of, horizon, unit)[worst]
        parts.append(pd.DataFrame({"sample": sample.label, "probability": PROBABILITIES[worst], "loss": loss}))
    table = pd.concat(parts, ignore_index=True)
    return table[table["loss"] > 0].reset_index(drop=True)  # NaN: further out than the sample reaches


def survival(
    samples: Sequence[Portrayed],
    note: str = "",
    *,
    of: Of = "equal weight",
    horizon: int = 1,
    dark: bool = False,
    height: int = 420,
) -> go.Figure:
    """How often losses exceed each size, on logarithmic axes: heavy tails are straight, thin ones bend down.

    Parameters
    ----------
    samples : sequence of Portrayed
        History gives the unit of the axis.
    note : str
        The sample in words, after what is drawn.
    of : {"equal weight", "assets"}
    horizon : int
        One of ``metrics.long_run.HORIZONS``.
    """
    shades = colors(dark)
    table = survival_data(samples, of, horizon)
    chart = figure(
        _tail_title(table, samples, horizon),
        _subtitle(of, horizon, note or sample_words(samples)),
        dark=dark,
        height=height,
    )
    entries = []
    for sample, dash in zip(samples, dashes(samples), strict=True):
        rows = table[table["sample"] == sample.label]
        color = ink(sample.kind, dark)
        chart.add_scatter(
            x=np.round(rows["loss"], 4),
            y=rows["probability"],
            name=sample.label,
            mode="lines",
            line={"color": color, "width": 2.2 if sample.kind == "history" else 1.8, "dash": dash},
            customdata=[_one_in(share) for share in rows["probability"]],
            hovertemplate=f"%{{customdata}} loses more than %{{x:.2f}} σ<extra>{sample.label}</extra>",
        )
        entries.append((sample.label, color, dash, ""))
    smallest = float(table["probability"].min())
    grid = np.geomspace(smallest, _DEEPEST, 60)
    chart.add_scatter(
        x=-norm.ppf(grid),
        y=grid,
        name="Normal",
        mode="lines",
        line={"color": shades.quiet, "width": 1, "dash": "dot"},
        hoverinfo="skip",
    )
    key(chart, [*entries, ("Normal distribution", shades.quiet, "dot", "")])
    ticks = [share for share in (0.25, 0.1, 0.01, 1e-3, 1e-4, 1e-5) if share >= smallest * 0.99]
    chart.update_yaxes(type="log", tickvals=ticks, ticktext=[_one_in(share) for share in ticks], showgrid=True)
    chart.update_yaxes(range=[np.log10(smallest * 0.8), np.log10(_DEEPEST * 1.1)], title="Chance of a larger loss")
    low, high = float(table["loss"].quantile(0.02)), float(table["loss"].max())
    marks = [size for size in (0.5, 1, 2, 3, 5, 8, 12, 20, 40) if size <= high * 1.1]
    chart.update_xaxes(type="log", tickvals=marks, showgrid=True, title="Loss in historical volatilities (σ)")
    chart.update_xaxes(range=[np.log10(max(low, 0.4)), np.log10(high * 1.1)])
    return chart


def _one_in(share: float) -> str:
    return f"1 in {number(1 / share)}"


def _subtitle(of: Of, horizon: int, note: str) -> str:
    what = "Equal weight" if of == "equal weight" else "All assets pooled"
    return f"{what}, {_days(horizon)}" + (f"; {note}" if note else "")


def _days(horizon: int) -> str:
    return "1 day" if horizon == 1 else f"{horizon} days"


def _tail_title(table: pd.DataFrame, samples: Sequence[Portrayed], horizon: int) -> str:
    past, ours = history_of(samples), first_generated(samples)
    if past is None or ours is None:
        return "How often do losses get this large?"
    share = 0.001 if horizon == 1 else 0.01
    rows = table[np.isclose(table["probability"], share)].set_index("sample")["loss"]
    if not {past.label, ours.label} <= set(rows.index):
        return "How often do losses get this large?"
    return (
        f"Worst 1 in {number(1 / share)}: {number(rows[ours.label], 1)} σ, in history {number(rows[past.label], 1)} σ"
    )


def qq_data(samples: Sequence[Portrayed], of: Of = "equal weight", horizon: int = 1) -> pd.DataFrame:
    """Sample, probability, historical and own quantile, in volatilities of history; where both samples reach."""
    past = _needed_history(samples)
    base = _quantiles(past, of, horizon, past)
    parts = []
    for sample in samples:
        if sample is not past:
            own = _quantiles(sample, of, horizon, past)
            part = {"sample": sample.label, "probability": PROBABILITIES, "history": base, "own": own}
            parts.append(pd.DataFrame(part))
    return pd.concat(parts, ignore_index=True).dropna(ignore_index=True)


def qq(
    samples: Sequence[Portrayed],
    note: str = "",
    *,
    of: Of = "equal weight",
    horizon: int = 1,
    dark: bool = False,
    height: int = 420,
) -> go.Figure:
    """Quantiles against history's: on the diagonal where they agree; below it on the left, losses are too large."""
    shades = colors(dark)
    table = qq_data(samples, of, horizon)
    chart = figure(
        _qq_title(table, samples), _subtitle(of, horizon, note or sample_words(samples)), dark=dark, height=height
    )
    low, high = (float(getattr(table[["history", "own"]], side)().agg(side)) for side in ("min", "max"))
    chart.add_scatter(
        x=[low, high], y=[low, high], mode="lines", line={"color": shades.history, "width": 1.4}, hoverinfo="skip"
    )
    entries = [("History", shades.history, "solid", "the diagonal")]
    table = table[table["probability"].isin(_drawn())]
    others = [sample for sample in samples if sample.kind != "history"]
    for place, (sample, dash) in enumerate(zip(others, dashes(others), strict=True)):
        rows = table[table["sample"] == sample.label]
        color = ink(sample.kind, dark)
        symbol = ("circle", "diamond-open", "square-open", "x-thin-open")[place % 4]
        chart.add_scatter(
            x=np.round(rows["history"], 4),
            y=np.round(rows["own"], 4),
            name=sample.label,
            mode="lines+markers",
            line={"color": color, "width": 1, "dash": dash},
            marker={"color": color, "size": 4, "symbol": symbol},
            customdata=[percent(share, 2) for share in rows["probability"]],
            hovertemplate=(
                f"%{{customdata}} of returns below<br>%{{y:.2f}} σ, history %{{x:.2f}} σ<extra>{sample.label}</extra>"
            ),
        )
        entries.append((sample.label, color, dash, ""))
    key(chart, entries)
    room = 0.03 * (high - low)
    chart.update_xaxes(title="Quantile of history (σ)", range=[low - room, high + room], showgrid=True)
    chart.update_yaxes(title="Quantile of the sample (σ)", range=[low - room, high + room])
    return chart


def _drawn() -> Array:
    """Probabilities of the points: all in the tails, a few dozen in the middle, where they would only overlap."""
    tails = np.minimum(PROBABILITIES, 1 - PROBABILITIES) < 0.021
    return np.asarray(PROBABILITIES[tails | (np.arange(len(PROBABILITIES)) % 25 == 0)])


def _qq_title(table: pd.DataFrame, samples: Sequence[Portrayed]) -> str:
    ours = first_generated(samples)
    if ours is None:
        return "Do the quantiles agree with history's?"
    rows = table[(table["sample"] == ours.label) & (table["probability"] <= 0.0101)]
    if rows.empty:
        return "Do the quantiles agree with history's?"
    ratio = float(rows["own"].sum() / rows["history"].sum())
    return f"Worst 1 % of returns: {number(ratio, 2)} times history's"


def _needed_history(samples: Sequence[Portrayed]) -> Portrayed:
    past = history_of(samples)
    return past if past is not None else samples[0]


def drawdowns_data(samples: Sequence[Portrayed]) -> pd.DataFrame:
    """Largest drawdown of equal weight in each window of a year: sample, drawdown (decimal), sorted."""
    return pd.concat(
        [pd.DataFrame({"sample": sample.label, "drawdown": np.sort(sample.portrait.drawdowns)}) for sample in samples],
        ignore_index=True,
    )


def drawdowns(samples: Sequence[Portrayed], note: str = "", *, dark: bool = False, height: int = 420) -> go.Figure:
    """Share of years whose deepest fall reaches at least each depth."""
    depths = [np.sort(sample.portrait.drawdowns) for sample in samples]
    what = f"Equal weight, windows of a year; {note or sample_words(samples)}"
    chart = figure(_drawdown_title(samples), what, dark=dark, height=height)
    entries = []
    smallest = 1.0
    for sample, depth, dash in zip(samples, depths, dashes(samples), strict=True):
        color = ink(sample.kind, dark)
        grid = np.linspace(0, float(depth[-1]), 160)
        share = (len(depth) - np.searchsorted(depth, grid, side="left")) / len(depth)
        smallest = min(smallest, float(share[-1]))
        chart.add_scatter(
            x=np.round(100 * grid, 3),
            y=share,
            name=sample.label,
            mode="lines",
            line={"color": color, "width": 2.2 if sample.kind == "history" else 1.8, "dash": dash},
            customdata=[percent(value) for value in share],
            hovertemplate=f"%{{customdata}} of years fall %{{x:.1f}}{THIN}% or deeper<extra>{sample.label}</extra>",
        )
        entries.append((sample.label, color, dash, f"1 year in 20 falls {percent(_one_in_20(depth))} or more"))
    key(chart, entries)
    ticks = [tick for tick in (1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001) if tick >= smallest * 0.99]
    chart.update_yaxes(
        type="log", tickvals=ticks, ticktext=[percent(tick, None if tick < 0.01 else 0) for tick in ticks]
    )
    chart.update_yaxes(range=[np.log10(smallest * 0.8), np.log10(1.15)], title="Share of years at least as deep")
    chart.update_xaxes(title="Deepest fall below an earlier high", rangemode="tozero", showgrid=True)
    percent_axis(chart, "x")
    return chart


def _one_in_20(ordered: Array) -> float:
    return float(ordered[len(ordered) - max(1, int(np.ceil(len(ordered) * 0.05)))])


def _drawdown_title(samples: Sequence[Portrayed]) -> str:
    past, ours = history_of(samples), first_generated(samples)
    if past is None or ours is None:
        return "How deep does a year fall?"
    mine, theirs = (float(np.median(sample.portrait.drawdowns)) for sample in (ours, past))
    return f"A typical year falls {percent(mine, 0)}, in history {percent(theirs, 0)}"
