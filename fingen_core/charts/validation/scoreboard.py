"""All numbers of a question on one picture: how far each is from history, beside the floor and the rivals."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from fingen_core.charts.theme import MINUS, THIN, colors, figure, number, percent
from fingen_core.charts.validation.backtest import named
from fingen_core.charts.validation.samples import SYMBOLS, key
from fingen_core.metrics.catalog import METRICS, Metric
from fingen_core.scenarios.outcomes import Kind
from fingen_core.validation.verdict import LONG_RUN

__all__ = ["scoreboard", "scoreboard_data", "scores", "scores_data", "shown"]

SCORES = ("fz0_1", "fz0_2.5", "fz0_5", "crps", "energy")

_FARTHEST = 20.0
"""Multiples of the floor beyond which a point stands at the edge."""


def shown(value: float, metric: Metric) -> str:
    """A value in its unit: percent for shares and relative errors, else plain digits."""
    if not np.isfinite(value):
        return "n/a"
    if metric.unit in ("share", "relative"):
        return percent(value, sign=metric.better == "near" and metric.ideal == 0 and metric.unit == "relative")
    digits = 3 if abs(value) < 10 else 1
    return number(value, digits)


def scoreboard_data(table: pd.DataFrame, generators: Sequence[str], metrics: Sequence[str] = LONG_RUN) -> pd.DataFrame:
    """Metric, generator, value (mean over seeds), floor, and value over floor; metrics without a floor are left out."""
    rows = table[table["metric"].isin(metrics) & table["generator"].isin(generators) & (table["group"] == "all")]
    means = rows.groupby(["metric", "generator"], sort=False)[["value", "floor"]].mean().reset_index()
    means = means[means["floor"] > 0]
    misses = [METRICS[name].miss(value) for name, value in zip(means["metric"], means["value"], strict=True)]
    means = means.assign(times=np.asarray(misses, dtype=float) / means["floor"])
    order = {name: place for place, name in enumerate(metrics)} | {name: place for place, name in enumerate(generators)}
    return means.sort_values(["metric", "generator"], key=lambda column: column.map(order), ignore_index=True)


def scoreboard(
    table: pd.DataFrame,
    generators: Sequence[tuple[str, str, Kind]],
    note: str = "",
    *,
    metrics: Sequence[str] = LONG_RUN,
    dark: bool = False,
) -> go.Figure:
    """Each measure as a multiple of its floor, on a logarithmic axis: left of 1 nothing is left to gain.

    Parameters
    ----------
    table : DataFrame
        Tidy rows of ``fingen_core.validation.table``.
    generators : sequence of (key, label, kind)
        What to show, the judged one first.
    note : str
        The sample in words.
    metrics : sequence of str
        Rows from top to bottom.
    """
    shades = colors(dark)
    data = scoreboard_data(table, [name for name, _, _ in generators], metrics)
    present = [name for name in metrics if name in set(data["metric"])]
    mine = data[data["generator"] == generators[0][0]]
    title = f"{int((mine['times'] <= 1).sum())} of {len(mine)} measures are within history's own noise"
    if sum(kind == "generated" for _, _, kind in generators) > 1:
        title = f"{generators[0][1]}: {title}"
    subtitle = "Distance from history over that between two halves of history" + (f"; {note}" if note else "")
    chart = figure(title, subtitle, dark=dark, height=170 + 32 * len(present) + 20 * len(generators))
    entries = []
    for place, (name, text, kind) in enumerate(generators):
        rows = data[data["generator"] == name]
        color, (symbol, mark) = _ink(kind, dark), SYMBOLS[place % len(SYMBOLS)]
        chart.add_scatter(
            x=np.round(rows["times"].clip(1 / _FARTHEST, _FARTHEST), 4),
            y=[present.index(metric) for metric in rows["metric"]],
            name=text,
            mode="markers",
            marker={
                "color": color,
                "size": 11 if place == 0 else 9,
                "symbol": symbol,
                "opacity": 1 if place == 0 else 0.85,
            },
            customdata=[
                f"{METRICS[row.metric].label}: {shown(row.value, METRICS[row.metric])}, floor "
                f"{shown(row.floor, METRICS[row.metric])}<br>{number(row.times, 2)} times the floor"
                for row in rows.itertuples()
            ],
            hovertemplate="%{customdata}<extra>" + text + "</extra>",
        )
        entries.append((text, color, mark, f"{int((rows['times'] <= 1).sum())} of {len(rows)} within the floor"))
    chart.add_vrect(x0=1 / _FARTHEST, x1=1, fillcolor=shades.quiet, opacity=0.1, line_width=0, layer="below")
    chart.add_vline(x=1, line={"color": shades.quiet, "width": 1, "dash": "dot"}, layer="below")
    key(chart, entries)
    low, high = (float(getattr(data["times"], side)()) for side in ("min", "max"))
    chart.update_xaxes(
        type="log",
        tickvals=[0.1, 0.2, 0.5, 1, 2, 5, 10, 20],
        ticktext=["0.1", "0.2", "0.5", "floor", "2×", "5×", "10×", "20×"],
        range=[np.log10(max(0.7 * min(low, 0.8), 1 / _FARTHEST)), np.log10(min(1.4 * max(high, 1.5), _FARTHEST))],
        title="Distance from history, multiples of the floor",
        showgrid=True,
    )
    _rows(chart, [METRICS[name].label for name in present])
    return chart


def _ink(kind: Kind, dark: bool) -> str:
    shades = colors(dark)
    return {"generated": shades.generated, "history": shades.history, "rival": shades.rival}[kind]


def _rows(chart: go.Figure, labels: Sequence[str]) -> None:
    """Names of rows from top to bottom, broken where a narrow screen needs it."""
    broken = [_broken(text) for text in labels]
    chart.update_yaxes(
        tickvals=list(range(len(labels))),
        ticktext=broken,
        range=[len(labels) - 0.5, -0.5],
        showgrid=True,
        zeroline=False,
        tickfont_size=11,
    )


def _broken(text: str, width: int = 24) -> str:
    """In two lines where it is long: after a comma, or else near the middle."""
    spaces = [place for place, letter in enumerate(text) if letter == " "]
    if len(text) <= width or not spaces:
        return text
    cut = min(spaces, key=lambda place: abs(place - len(text) / 2) - (8 if text[place - 1] == "," else 0))
    return f"{text[:cut]}<br>{text[cut + 1 :]}"


def scores_data(
    table: pd.DataFrame, generators: Sequence[str], rival: str, *, horizon: int = 1, group: str = "all"
) -> pd.DataFrame:
    """Scores of forecasts less the rival's: metric, generator, value, difference, t, low and high of 95 % luck."""
    rows = table[(table["horizon"] == horizon) & (table["group"] == group) & table["metric"].isin(SCORES)]
    means = rows.groupby(["metric", "generator"], sort=False)[["value", "t"]].mean().reset_index()
    base = means[means["generator"] == rival].set_index("metric")["value"]
    means = means[
        means["generator"].isin(generators) & (means["generator"] != rival) & means["metric"].isin(base.index)
    ]
    difference = means["value"] - means["metric"].map(base)
    error = (difference / means["t"].where(means["t"].abs() > 1e-9)).abs()
    found = means.assign(difference=difference, low=difference - 1.96 * error, high=difference + 1.96 * error)
    order = {name: place for place, name in enumerate(SCORES)} | {name: place for place, name in enumerate(generators)}
    return found.sort_values(["metric", "generator"], key=lambda column: column.map(order), ignore_index=True)


def scores(
    table: pd.DataFrame,
    generators: Sequence[tuple[str, str, Kind]],
    rival: tuple[str, str],
    note: str = "",
    *,
    horizon: int = 1,
    group: str = "all",
    dark: bool = False,
) -> go.Figure:
    """Scores of forecasts less the rival's with bars of luck: wholly left of 0 is better.

    Parameters
    ----------
    table : DataFrame
        Tidy rows of ``fingen_core.validation.table``; ``t`` compares with ``rival``.
    generators : sequence of (key, label, kind)
    rival : (key, label)
        Whose score is zero.
    """
    shades = colors(dark)
    data = scores_data(table, [name for name, _, _ in generators], rival[0], horizon=horizon, group=group)
    present = [name for name in SCORES if name in set(data["metric"])]
    others = [entry for entry in generators if entry[0] in set(data["generator"])]
    mine = data[data["generator"] == others[0][0]] if others else data
    better, worse = int((mine["high"] < 0).sum()), int((mine["low"] > 0).sum())
    title = f"Against {rival[1]}: {better} of {len(mine)} scores better, {worse} worse"
    days = "One day ahead" if horizon == 1 else f"{horizon} days ahead"
    chart = figure(title, f"{days}, {named(group).lower()}" + (f"; {note}" if note else ""), dark=dark)
    chart.update_layout(height=170 + 44 * len(present) + 18 * (len(others) + 1))
    offsets = np.linspace(-0.24, 0.24, len(others)) if len(others) > 1 else np.zeros(1)
    entries = []
    for place, (name, text, kind) in enumerate(others):
        rows = data[data["generator"] == name]
        color, (symbol, mark) = _ink(kind, dark), SYMBOLS[place % len(SYMBOLS)]
        chart.add_scatter(
            x=np.round(rows["difference"], 5),
            y=[present.index(metric) + offsets[place] for metric in rows["metric"]],
            error_x={
                "type": "data",
                "array": (rows["high"] - rows["difference"]).fillna(0),
                "color": color,
                "thickness": 1.6,
                "width": 0,
            },
            name=text,
            mode="markers",
            marker={"color": color, "size": 9, "symbol": symbol},
            customdata=[f"{_signed(row.difference)}, t = {_signed(row.t, 1)}" for row in rows.itertuples()],
            hovertemplate="%{customdata}<extra>" + text + "</extra>",
        )
        told = f"t {' / '.join(_signed(t, 1) for t in rows['t'])}" if rows["t"].notna().any() else ""
        entries.append((text, color, mark, told))
    chart.add_vline(x=0, line={"color": shades.rival, "width": 1.4}, layer="below")
    key(chart, [*entries, (rival[1], shades.rival, "solid", "the line at 0")])
    chart.update_xaxes(title=f"Score less the rival's, returns in{THIN}% (left of 0 is better)", showgrid=True)
    _rows(chart, [METRICS[name].label for name in present])
    return chart


def _signed(value: float, digits: int = 3) -> str:
    return number(value, digits, sign=True).replace("-", MINUS)
