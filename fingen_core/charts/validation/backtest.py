"""Was the loss forecast right on days the generator had not seen? Breaches of value at risk, and Basel's lights."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from scipy.stats import binom

from fingen_core.backtests import rolling_traffic_lights
from fingen_core.charts.paths import ink
from fingen_core.charts.theme import THIN, colors, figure, number, percent, percent_axis, rgba
from fingen_core.charts.validation.samples import Walked, dashes, key
from fingen_core.errors import InvalidInput
from fingen_core.forecast.walk_forward import Forecasts
from fingen_core.metrics.validation import TAILS

__all__ = [
    "EQUAL",
    "breaches",
    "breaches_data",
    "named",
    "rolling_lights",
    "rolling_lights_data",
    "span",
    "tail_column",
    "tail_words",
]

EQUAL = "equal weight"
WINDOW = 250
"""Days of Basel's traffic light."""

_ZONES = ("green", "yellow", "red")
_GREEN, _YELLOW = 0.95, 0.9999  # of the binomial distribution: where the yellow and the red zone begin


def tail_column(tail: float) -> int:
    """Place of a tail probability among the protocol's."""
    if tail not in TAILS:
        raise InvalidInput(f"tail {tail}: forecasts hold {', '.join(map(str, TAILS))}")
    return TAILS.index(tail)


def named(group: str) -> str:
    """A portfolio or group at the head of a sentence: tickers stay as they are."""
    return {"all": "All portfolios", EQUAL: "Equal weight"}.get(group, group)


def tail_words(tail: float) -> str:
    """A tail probability as people write it: "1 %", "2.5 %"."""
    return f"{100 * tail:g}{THIN}%"


def span(forecasts: Forecasts) -> str:
    """The sample in words: "2,515 days, 2013-01-02 to 2022-12-28"."""
    n, dates = len(forecasts.dates), forecasts.dates
    what = "days" if forecasts.horizon == 1 else f"{forecasts.horizon}-day forecasts"
    return f"{number(n)} {what}, {dates[0]:%Y-%m-%d} to {dates[-1]:%Y-%m-%d}"


def breaches_data(walked: Walked, portfolio: str = EQUAL, tail: float = 0.01) -> pd.DataFrame:
    """Date, realized return, value at risk and expected shortfall (positive losses), breach; all decimals."""
    forecasts, column = walked.forecasts, walked.forecasts.rows(portfolio)[0]
    place = tail_column(tail)
    return pd.DataFrame(
        {
            "date": forecasts.dates,
            "realized": forecasts.realized[:, column],
            "value_at_risk": forecasts.value_at_risk[:, column, place],
            "expected_shortfall": forecasts.expected_shortfall[:, column, place],
            "breach": forecasts.hits()[:, column, place],
        }
    )


def breaches(
    walked: Walked,
    portfolio: str = EQUAL,
    tail: float = 0.01,
    *,
    rival: Walked | None = None,
    dark: bool = False,
    height: int = 420,
) -> go.Figure:
    """Real returns over the value at risk that was forecast for them; the days that fell below it are marked.

    Parameters
    ----------
    walked : Walked
        Whose forecasts are judged.
    portfolio : str
        One of ``forecasts.portfolios``.
    tail : float
        One of ``metrics.validation.TAILS``.
    rival : Walked, optional
        Draws its value at risk too, dashed; its breaches are counted, not marked.
    """
    shades = colors(dark)
    table = breaches_data(walked, portfolio, tail)
    n_hits, horizon = int(table["breach"].sum()), walked.forecasts.horizon
    title = f"{_count(n_hits, 'loss', 'losses')} beyond value at risk, {_promised(tail * len(table))} promised"
    chart = figure(title, f"{named(portfolio)}, {tail_words(tail)} tail; {span(walked.forecasts)}", dark=dark)
    chart.update_layout(height=height)
    _bars(chart, table, rgba(shades.history, 0.55))
    lines = [(walked, table)] + ([(rival, breaches_data(rival, portfolio, tail))] if rival is not None else [])
    for (source, rows), dash in zip(lines, dashes([source for source, _ in lines]), strict=True):
        chart.add_scatter(
            x=rows["date"],
            y=np.round(-100 * rows["value_at_risk"], 3),
            name=f"Value at risk, {source.label}",
            mode="lines",
            line={"color": ink(source.kind, dark), "width": 1.6 if source is walked else 1.2, "dash": dash},
            hovertemplate=f"%{{y:.1f}}{THIN}%",
        )
    hit = table[table["breach"]]
    chart.add_scatter(
        x=hit["date"],
        y=np.round(100 * hit["realized"], 3),
        name="Breach",
        mode="markers",
        marker={"color": shades.loss, "size": 7, "symbol": "circle", "line": {"color": shades.background, "width": 1}},
        hovertemplate=f"%{{y:.1f}}{THIN}%",
    )
    key(chart, _breach_key(lines, shades.loss, n_hits, dark))
    chart.update_yaxes(title="Daily return" if horizon == 1 else f"Return over {horizon} days")
    chart.update_xaxes(hoverformat="%Y-%m-%d")
    percent_axis(chart)
    chart.update_layout(hovermode="x unified")
    return chart


def _breach_key(
    lines: list[tuple[Walked, pd.DataFrame]], loss: str, n_hits: int, dark: bool
) -> list[tuple[str, str, str, str]]:
    sources = [source for source, _ in lines]
    rows = [
        (
            f"Value at risk, {source.label}",
            ink(source.kind, dark),
            dash,
            "" if source is sources[0] else f"{_hits(rows)}",
        )
        for (source, rows), dash in zip(lines, dashes(sources), strict=True)
    ]
    return [*rows, ("Breaches", loss, "mark", f"{_count(n_hits, 'return', 'returns')} below the line")]


def _promised(count: float) -> str:
    return number(count, 0 if count >= 10 or count == round(count) else 1)


def _hits(rows: pd.DataFrame) -> str:
    return _count(int(rows["breach"].sum()), "breach", "breaches")


def _count(n: int, one: str, many: str) -> str:
    return f"{number(n)} {one if n == 1 else many}"


def _bars(chart: go.Figure, table: pd.DataFrame, color: str) -> None:
    """Returns as thin strokes from zero, as one line: thousands of bars would be slow to draw."""
    values = np.round(100 * table["realized"].to_numpy(), 3)
    blank = np.full(len(values), np.nan)
    chart.add_scatter(
        x=np.repeat(table["date"].to_numpy(), 3),
        y=np.column_stack([np.zeros(len(values)), values, blank]).ravel(),
        mode="lines",
        line={"color": color, "width": 1},
        hoverinfo="skip",
    )
    chart.add_scatter(
        x=table["date"],
        y=values,
        name="Return",
        mode="markers",
        marker={"color": color, "size": 0.1, "opacity": 0},
        hovertemplate=f"%{{y:.1f}}{THIN}%",
    )


def rolling_lights_data(
    walked: Walked, portfolio: str = EQUAL, tail: float = 0.01, *, window: int = WINDOW
) -> pd.DataFrame:
    """Last date of each stretch, breaches within it, the zone, and the length of a stretch.

    A stretch is ``window`` forecasts, or half of them where there are fewer than one and a half windows. Of forecasts
    that overlap only every so many are counted that they do not: the zones assume it.
    """
    table = breaches_data(walked, portfolio, tail).iloc[:: walked.forecasts.overlap]
    length = window if len(table) >= 1.5 * window else max(1, len(table) // 2)
    hits = table["breach"].to_numpy()
    zones = rolling_traffic_lights(hits, tail, length)
    total = np.concatenate([[0], np.cumsum(hits)])
    return pd.DataFrame(
        {
            "date": table["date"].to_numpy()[length - 1 :],
            "breaches": total[length:] - total[:-length],
            "zone": [_ZONES[zone] for zone in zones],
            "window": length,
        }
    )


def rolling_lights(
    samples: "list[Walked] | tuple[Walked, ...]",
    portfolio: str = EQUAL,
    tail: float = 0.01,
    *,
    window: int = WINDOW,
    dark: bool = False,
    height: int = 400,
) -> go.Figure:
    """Breaches within the last 250 forecasts, over the zones of Basel's traffic light.

    The zones begin where a right forecast would show fewer breaches with a chance of 95 % and 99.99 %.
    """
    shades = colors(dark)
    tables = [rolling_lights_data(walked, portfolio, tail, window=window) for walked in samples]
    length = int(tables[0]["window"].iloc[0])
    yellow, red = (int(binom.ppf(share, length, tail)) for share in (_GREEN, _YELLOW))
    green = float((tables[0]["zone"] == "green").mean())
    title = f"{samples[0].label}: in the green zone {percent(green, 0)} of the time"
    note = f"{named(portfolio)}, {tail_words(tail)} tail; {span(samples[0].forecasts)}"
    chart = figure(title, note, dark=dark, height=height)
    top = max(red + 2, *(int(table["breaches"].max()) + 1 for table in tables))
    for low, high, text, color in (
        (0, yellow - 0.5, "green", rgba(shades.quiet, 0.06)),
        (yellow - 0.5, red - 0.5, "yellow", rgba(shades.rival, 0.14)),
        (red - 0.5, top, "red", rgba(shades.loss, 0.14)),
    ):
        chart.add_hrect(y0=low, y1=high, fillcolor=color, line_width=0, layer="below")
        chart.add_annotation(
            xref="paper",
            x=1,
            y=(low + high) / 2,
            text=text,
            showarrow=False,
            xanchor="left",
            xshift=4,
            font={"size": 11, "color": shades.quiet},
        )
    chart.update_layout(margin_r=50)
    for walked, table, dash in zip(samples, tables, dashes(samples), strict=True):
        chart.add_scatter(
            x=table["date"],
            y=table["breaches"],
            name=walked.label,
            mode="lines" if len(table) > 1 else "markers",
            line={"color": ink(walked.kind, dark), "width": 1.8, "dash": dash, "shape": "hv"},
            customdata=table["zone"],
            hovertemplate="%{y} breaches, %{customdata} zone",
        )
    findings = [f"at most {int(table['breaches'].max())}" for table in tables]
    entries = zip(samples, dashes(samples), findings, strict=True)
    key(chart, [(walked.label, ink(walked.kind, dark), dash, finding) for walked, dash, finding in entries])
    chart.update_yaxes(
        title=f"Breaches in the last {length} forecasts", range=[0, top], dtick=_dtick(top), showgrid=False
    )
    chart.update_xaxes(hoverformat="%Y-%m-%d")
    chart.update_layout(hovermode="x unified")
    return chart


def _dtick(top: float) -> int:
    return next((step for step in (1, 2, 5, 10, 20) if top / step <= 8), 50)
