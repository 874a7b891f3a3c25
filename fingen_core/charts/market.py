"""What a market did: prices rebased, drawdowns, returns with their volatility, correlations; crises shaded by name.

Everything here happened, so everything is ink: the equal-weight portfolio in bold, single assets as thin lines behind
it, and color only for what a person asked to highlight. Long histories are drawn as weekly figures (the subtitle says
so); the tables behind the download keep every day.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from fingen_core.charts.lettering import wrapped
from fingen_core.charts.theme import (
    THIN,
    band,
    colors,
    diverging,
    figure,
    label,
    number,
    percent,
    percent_axis,
    rgba,
    separate,
)
from fingen_core.market import Crisis, Step, crises_between, step_of
from fingen_core.types import Array

__all__ = [
    "HOW",
    "correlation_table",
    "correlations",
    "drawdown_table",
    "drawdowns",
    "prices",
    "rebased_table",
    "return_table",
    "returns",
]

MAX_POINTS = 2_000
"""More dates than a screen has pixels are drawn as weekly or monthly figures."""

EQUAL = "Equal weight"

HOW = {
    "prices": """
Every price divided by the first one that all assets share, times 100: 250 means two and a half times the money.
The bold line holds the same amount of each asset at the start and never trades.

On the logarithmic axis equal distances are equal percentages, so a fall in 1990 can be compared with one in 2020.
Shaded: named stress episodes of the US stock market, from the last high before the fall to the low.

Assets that are chosen today because they did well make the past look better than anybody could have had it.
""",
    "drawdowns": """
How far below its highest value so far the equal-weight portfolio stands, $D_t = V_t / \\max_{s \\le t} V_s - 1$; the
start counts as a high. The band holds the middle half of the single assets on that day, the dotted line is the one
that stands deepest.
""",
    "returns": """
Daily returns of the equal-weight portfolio (rebalanced daily), and around zero the band of two standard deviations of
the last 21 days: $\\pm 2 \\sqrt{\\frac1{21} \\sum r_t^2}$. Calm days follow calm days and wild ones wild ones: that is
what the volatility filter of the models learns. About one day in twenty lies outside the band.
""",
    "correlations": """
Correlation of daily log returns over all days shown. Neighbors are alike: the order comes from average-linkage
clustering of $1 - \\rho$. The color scale is centered on zero; the diagonal is left empty because it is always one.
""",
}


# -- tables ------------------------------------------------------------------------------------------------------------


def rebased_table(closes: pd.DataFrame) -> pd.DataFrame:
    """Prices rebased to 100 on the first complete date, and the equal-weight portfolio as the first column.

    ``closes`` has shape (n_dates, n_assets); missing prices stay missing, and the portfolio is known where all are.
    """
    complete = closes.dropna()
    if complete.empty:
        return closes.iloc[:0].assign(**{EQUAL: []})
    rebased = 100 * closes / complete.iloc[0]
    portfolio = rebased.loc[complete.index].mean(axis=1)
    rebased.insert(0, EQUAL, portfolio)
    return rebased


def drawdown_table(closes: pd.DataFrame) -> pd.DataFrame:
    """Distance below the highest value so far, as negative decimals; equal weight first."""
    rebased = rebased_table(closes)
    return rebased / rebased.cummax() - 1


def return_table(closes: pd.DataFrame) -> pd.DataFrame:
    """Simple returns of the equal-weight portfolio, and twice their standard deviation over a month (decimals)."""
    moves = closes.dropna().pct_change().iloc[1:].mean(axis=1)
    spread = 2 * np.sqrt((moves**2).rolling(_step(closes).stretch).mean())
    return pd.DataFrame({"return": moves, "two_sd": spread})


def _step(closes: pd.DataFrame) -> Step:
    return step_of(pd.DatetimeIndex(closes.dropna(how="all").index))


def correlation_table(closes: pd.DataFrame) -> pd.DataFrame:
    """Correlation of daily log returns, ordered so that neighbors are alike."""
    moves = np.log(closes.dropna()).diff().iloc[1:]
    table = moves.corr().fillna(0.0)
    if len(table) > 2:
        distance = np.clip(1 - table.to_numpy(), 0, 2)
        np.fill_diagonal(distance, 0)
        order = leaves_list(linkage(squareform(distance, checks=False), "average", optimal_ordering=True))
        table = table.iloc[order, order]
    return table.rename_axis(index="asset", columns="asset")


# -- figures -----------------------------------------------------------------------------------------------------------


def prices(
    closes: pd.DataFrame, *, log: bool = True, highlight: Sequence[str] = (), dark: bool = False, height: int = 430
) -> go.Figure:
    """Prices rebased to 100 with crises shaded.

    Parameters
    ----------
    closes : DataFrame, shape (n_dates, n_assets)
        Prices; missing ones leave gaps.
    log : bool
        Logarithmic axis.
    highlight : tickers
        Assets in color with their names; by default the best and the worst are named.
    """
    table, every = _thinned(rebased_table(closes), "last")
    final = table[EQUAL].dropna().iloc[-1]
    chart = figure(
        f"100 in equal parts became {number(final)}" if closes.shape[1] > 1 else f"100 became {number(final)}",
        f"{_sample(closes)}, {every} closes",
        dark=dark,
        height=height,
    )
    _assets(chart, table, highlight, dark, "%{y:,.0f}")
    _line(chart, table[EQUAL], colors(dark).history, _portfolio(closes), "%{y:,.0f}", width=2.4)
    named = [EQUAL, *(highlight or _extremes(table))] if closes.shape[1] > 1 else [EQUAL]
    _end_labels(chart, table, named, closes, dark, log=log)
    _crises(chart, table.index, dark)
    chart.update_yaxes(title="value, start = 100", type="log" if log else "linear", tickformat="~s", nticks=7)
    if log:
        _decades(chart, table)
    return chart


def drawdowns(
    closes: pd.DataFrame, *, highlight: Sequence[str] = (), dark: bool = False, height: int = 430
) -> go.Figure:
    """Distance below the last high: equal weight, the middle half of the assets, the deepest one."""
    table, every = _thinned(100 * drawdown_table(closes), "min")
    shades, single = colors(dark), closes.shape[1] == 1
    worst = table[EQUAL].idxmin()
    chart = figure(
        f"Deepest fall: {percent(table[EQUAL].min() / 100)} in {worst:%B %Y}",
        f"{_sample(closes)}, {every} lows",
        dark=dark,
        height=height,
    )
    assets = table.drop(columns=EQUAL)
    if not single:
        whole = assets.dropna()
        low, high = whole.quantile(0.25, axis=1), whole.quantile(0.75, axis=1)
        band(chart, _time(whole.index), low, high, color=shades.history, alpha=0.16)
        _line(chart, assets.min(axis=1), shades.quiet, "Deepest asset", _PERCENT, width=1, dash="dot")
    for place, ticker in enumerate(highlight):
        _line(chart, table[ticker], _series(place, dark), ticker, _PERCENT, width=1.6)
    _line(chart, table[EQUAL], shades.history, _portfolio(closes), _PERCENT, width=2.2)
    _crises(chart, table.index, dark, top=False)
    chart.update_yaxes(title="below the last high", rangemode="tozero", nticks=6)
    percent_axis(chart)
    if not single:
        _key(chart, f"━ equal weight   ▒ middle half of the assets   ┈ deepest asset{_names(highlight)}", dark)
    return chart


def returns(closes: pd.DataFrame, *, dark: bool = False, height: int = 430) -> go.Figure:
    """Daily returns of the equal-weight portfolio within the band of two rolling standard deviations."""
    table = 100 * return_table(closes)
    shades = colors(dark)
    worst = table["return"].idxmin()
    chart = figure(
        f"Worst day: {percent(table['return'].min() / 100)} on {worst:%Y-%m-%d}",
        f"{_portfolio(closes)}{', rebalanced daily' if closes.shape[1] > 1 else ''}; {_sample(closes)}",
        dark=dark,
        height=height,
    )
    spread, _ = _thinned(table[["two_sd"]].dropna(), "mean")
    band(chart, _time(spread.index), -spread["two_sd"], spread["two_sd"], color=shades.history, alpha=0.14)
    _line(chart, table["return"], rgba(shades.history, 0.5), "Return", _PERCENT, width=0.7)
    for sign in (1, -1):
        _line(chart, sign * spread["two_sd"], shades.history, "Two standard deviations", _PERCENT, width=1.3)
    _crises(chart, table.index, dark)
    chart.update_yaxes(title="return in a day", nticks=7)
    percent_axis(chart)
    _key(chart, f"thin: daily return   ━ two standard deviations of the last {_step(closes).stretch} days", dark)
    return chart


def correlations(closes: pd.DataFrame, *, dark: bool = False, height: int = 430) -> go.Figure:
    """Correlation of daily returns as a heat map, alike assets side by side."""
    table = correlation_table(closes)
    values = table.to_numpy().copy()
    np.fill_diagonal(values, np.nan)
    mean = float(np.nanmean(values)) if len(table) > 1 else np.nan
    chart = figure(
        f"Average correlation: {number(mean, 2)}" if len(table) > 1 else "One asset has nothing to correlate with",
        f"Daily returns; {_sample(closes)}",
        dark=dark,
        height=height,
    )
    shades, few = colors(dark), len(table) <= 12
    chart.add_heatmap(
        z=values,
        x=table.columns,
        y=table.index,
        zmin=-1,
        zmax=1,
        colorscale=diverging(dark),
        xgap=1,
        ygap=1,
        texttemplate="%{z:.2f}" if few else None,
        hovertemplate="%{y} and %{x}: %{z:.2f}<extra></extra>",
        hoverongaps=False,
        colorbar={
            "thickness": 10,
            "outlinewidth": 0,
            "tickvals": [-1, -0.5, 0, 0.5, 1],
            "ticktext": ["−1", "−0.5", "0", "0.5", "1"],
            "tickfont": {"color": shades.quiet, "size": 11},
        },
    )
    chart.update_xaxes(tickangle=-60 if len(table) > 8 else 0, type="category", tickfont={"size": 11})
    chart.update_yaxes(autorange="reversed", showgrid=False, type="category", tickfont={"size": 11})
    return chart


# -- parts -------------------------------------------------------------------------------------------------------------

_PERCENT = f"%{{y:,.1f}}{THIN}%"

_NARROW, _KEY_SIZE = 270.0, 12
"""Pixels of a line below the plot on a narrow screen, and the size of its letters."""

_ROOM = 0.055
"""Share of the width of a narrow chart that a name of a crisis takes, upright."""


def _thinned(table: pd.DataFrame, how: str) -> tuple[pd.DataFrame, str]:
    """Weekly or monthly figures when there are more dates than pixels; their dates are days that were traded."""
    if len(table) <= MAX_POINTS:
        return table, "daily"
    weekly = _grouped(table, how, "W-FRI")
    return (weekly, "weekly") if len(weekly) <= MAX_POINTS else (_grouped(table, how, "M"), "monthly")


def _grouped(table: pd.DataFrame, how: str, period: str) -> pd.DataFrame:
    groups = table.groupby(pd.DatetimeIndex(table.index).to_period(period))
    part = groups.agg(how)
    return part.set_axis(pd.DatetimeIndex(groups.tail(1).index), axis=0)


def _assets(chart: go.Figure, table: pd.DataFrame, highlight: Sequence[str], dark: bool, shown: str) -> None:
    ink = rgba(colors(dark).history, 0.32)
    chosen = list(highlight)
    for ticker in table.columns.drop(EQUAL):
        if ticker not in chosen and table.shape[1] > 2:
            _line(chart, table[ticker], ink, ticker, shown, width=0.9)
    for place, ticker in enumerate(chosen):
        _line(chart, table[ticker], _series(place, dark), ticker, shown, width=1.8)


def _series(place: int, dark: bool) -> str:
    palette = colors(dark).series[1:]  # The first one is the color of what is generated.
    return palette[place % len(palette)]


def _line(
    chart: go.Figure, values: pd.Series, color: str, name: str, shown: str, *, width: float, dash: str = "solid"
) -> None:
    chart.add_scatter(
        x=_time(values.index),
        y=values.to_numpy().astype(np.float32),
        mode="lines",
        line={"color": color, "width": width, "dash": dash},
        name=name,
        hovertemplate=f"{name}<br>%{{x|%Y-%m-%d}}<br>{shown}<extra></extra>",
    )


def _time(dates: pd.DatetimeIndex) -> Array:
    """Dates as milliseconds, which a date axis takes as well and which are half the size of text."""
    return np.asarray(dates.as_unit("ms").asi8, dtype=np.float64)


def _extremes(table: pd.DataFrame) -> list[str]:
    final = table.drop(columns=EQUAL).ffill().iloc[-1]
    return [str(final.idxmax()), str(final.idxmin())]


def _end_labels(
    chart: go.Figure, table: pd.DataFrame, named: Sequence[str], closes: pd.DataFrame, dark: bool, *, log: bool
) -> None:
    """Names beside the ends of their lines, moved apart where they would touch."""
    shades = colors(dark)
    final = table.ffill().iloc[-1]
    scale = np.log10(table.clip(lower=1e-3)) if log else table
    reach = float(scale.max().max() - scale.min().min()) or 1.0
    places = [float(scale.ffill().iloc[-1][name]) for name in named]
    for order, (name, place) in enumerate(zip(named, separate(places, 0.055 * reach), strict=True)):
        color = shades.history if order == 0 else shades.quiet
        if order and chart.data and name in {trace.name for trace in chart.data if trace.line.width == 1.8}:
            color = _series(order - 1, dark)
        # The portfolio's value stands in the title.
        text = _portfolio(closes) if name == EQUAL else f"{name} {final[name]:,.0f}"
        label(chart, table.index[-1], place, text, color=color)
    chart.update_layout(margin={"r": 96})


def _decades(chart: go.Figure, table: pd.DataFrame) -> None:
    low, high = float(table.min().min()), float(table.max().max())
    ticks = [tick * 10.0**power for power in range(-1, 7) for tick in (1, 2, 5)]
    inside = [tick for tick in ticks if low * 0.9 <= tick <= high * 1.1]
    if len(inside) > 8:
        inside = [tick for tick in inside if f"{tick:.0e}".startswith("1")]
    chart.update_yaxes(tickvals=inside, ticktext=[f"{tick:,.10g}" for tick in inside])


def _crises(chart: go.Figure, dates: pd.DatetimeIndex, dark: bool, *, top: bool = True) -> None:
    """Shade every episode inside the span; name those that have room, the deepest first."""
    first, last = dates[0], dates[-1]
    inside, shades = crises_between(first, last), colors(dark)
    named = _with_room(inside, first, last)
    for crisis in inside:
        start, end = max(crisis.start, first), min(crisis.end, last)
        chart.add_shape(
            type="rect",
            x0=start,
            x1=end,
            y0=0,
            y1=1,
            yref="y domain",
            fillcolor=rgba(shades.quiet, 0.16),
            line={"width": 0},
            layer="below",
        )
        if crisis in named:
            chart.add_annotation(
                text=crisis.name,
                hovertext=f"{crisis.line}<br>S&P 500 {percent(crisis.fall)}",
                x=start,
                y=1 if top else 0,
                yref="y domain",
                xanchor="left",
                yanchor="top" if top else "bottom",
                textangle=-90,
                showarrow=False,
                font={"size": 10, "color": shades.quiet},
            )
    chart.update_xaxes(range=[first, last], type="date")


def _with_room(inside: Sequence[Crisis], first: pd.Timestamp, last: pd.Timestamp) -> list[Crisis]:
    room = _ROOM * (last - first)
    named: list[Crisis] = []
    for crisis in sorted(inside, key=lambda crisis: crisis.fall):
        if all(abs(crisis.start - other.start) >= room for other in named) and crisis.start < last - room / 4:
            named.append(crisis)
    return named


def _key(chart: go.Figure, text: str, dark: bool) -> None:
    together = text.replace("   ", "\n").replace(" ", "\u00a0")  # a mark stays with its words
    lines = wrapped(together, _NARROW, _KEY_SIZE)
    chart.add_annotation(
        text="<br>".join(line.replace(" ", "   ") for line in lines),
        x=0,
        y=0,
        xref="paper",
        yref="paper",
        xanchor="left",
        yanchor="top",
        yshift=-24,
        showarrow=False,
        align="left",
        font={"size": _KEY_SIZE, "color": colors(dark).quiet},
    )
    chart.update_layout(margin={"b": 40 + 16 * len(lines)})


def _names(highlight: Sequence[str]) -> str:
    return f"   in color: {', '.join(highlight)}" if highlight else ""


def _portfolio(closes: pd.DataFrame) -> str:
    return EQUAL if closes.shape[1] > 1 else str(closes.columns[0])


def _sample(closes: pd.DataFrame) -> str:
    assets = "1 asset" if closes.shape[1] == 1 else f"{closes.shape[1]} assets"
    whole = closes.dropna()
    return f"{assets}, {whole.index[0]:%Y-%m-%d} to {whole.index[-1]:%Y-%m-%d}"
