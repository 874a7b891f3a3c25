"""Rules on generated paths beside history: fans, luck, outcomes, costs, bad times, and the search for the best."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from fingen_core.charts.paths import end_labels, line, stamp
from fingen_core.charts.theme import (
    THIN,
    THIRD,
    band,
    colors,
    figure,
    number,
    percent,
    percent_axis,
    rgba,
)
from fingen_core.charts.wealth import Wealth, draw_wealth
from fingen_core.types import Array

__all__ = ["HOW", "bad_times", "costs", "curves", "equity", "logits", "lucky", "outcomes"]

HOW = {
    "equity": """
Wealth of the rule along every generated path, after costs. **Dark band**: the middle half of paths on that day; **light
band**: nine in ten; **line**: the median of every day. **Dark line**: what the same rule, with the same costs, would
have earned on the days that really followed. Look-back starts with real days, so the rule knows the same on day 0.

The model, or the rival, learned from all days of this market, these among them: the fan is what could have come, not a
forecast made in advance.
""",
    "luck": """
Where the historical result stands among the generated ones: the share of generated paths that did worse. 50 % is
neither lucky nor unlucky; above 95 % a track record owes much to the course that history took, below 5 % it hides what
the rule can do. For drawdowns, worse means deeper. Ties count half.
""",
    "outcomes": """
How often each outcome occurs among the generated paths, for the rule (filled) and for buying and holding the same
portfolio (dotted), on the same bins. The vertical line is what history gave.
Sharpe ratio: mean over standard deviation of daily returns, times the root of the days of a year; interest is not
taken off.
Drawdown: $\\max_t (1 - V_t / \\max_{s \\le t} V_s)$.
""",
    "costs": """
The same paths with other proportional costs, everything else as set. Line and band: median and nine in ten of the
return over the horizon. Where a rule crosses its competitor, its advantage was thinner than its costs.
""",
    "bad": """
Paths are ordered by what buying and holding the portfolio returns on them. **Filled**: mean return of each rule over
the worst tenth of them; **hollow**: over all paths. A rule that protects moves the filled mark to the right without
moving the hollow one far to the left.
""",
    "curves": """
Wealth of each rule over the whole history after costs, on a logarithmic scale: equal distances are equal percentages.
All begin after the longest look-back, on the same day.
""",
    "logits": """
History is cut into blocks; for every way of choosing half of them, the rule that was best there is looked up in the
other half. The logarithm of its relative rank, $\\ln \\frac{\\omega}{1 - \\omega}$, is above 0 if it stays in the upper
half. The share at or below 0 is the **probability of backtest overfitting** (Bailey, Borwein, Lopez de Prado and Zhu
2015): near 0 the best stays good, near 50 % choosing by backtest is a coin toss.
""",
}


def equity(
    fan: Array,
    history: Array | None,
    title: str,
    subtitle: str,
    *,
    dark: bool = False,
    height: int = 400,
) -> go.Figure:
    """Quantiles of wealth over capital (5, n_steps + 1) with history's curve (n_steps + 1,) inside."""
    shades = colors(dark)
    low, lower, middle, upper, high = (fan - 1) * 100
    days = np.arange(fan.shape[1])
    chart = figure(title, subtitle, dark=dark, height=height)
    band(chart, days, low, high, color=shades.generated, alpha=0.13)
    band(chart, days, lower, upper, color=shades.generated, alpha=0.2)
    ends = []
    for name, edge, width in (("95 %", high, 0.0), ("median", middle, 1.8), ("5 %", low, 0.0)):
        _line(chart, days, edge, f"{name} of paths" if "%" in name else name, shades.generated, width=width)
        ends.append((name, float(edge[-1]), shades.generated))
    lines = [low, high]
    if history is not None:
        happened = (history - 1) * 100
        _line(chart, days, happened, "History", shades.history, width=2.2)
        ends.append(("history", float(happened[-1]), shades.history))
        lines.append(happened)
    _ends(chart, len(days) - 1, ends, lines, height)
    stamp(chart, dark)
    chart.update_xaxes(title="Trading days from the start", showgrid=False, unifiedhovertitle_text="Day %{x}")
    chart.update_yaxes(title="Change of wealth")
    percent_axis(chart)
    chart.update_layout(hovermode="x unified")
    return chart


def lucky(ranks: Mapping[str, float], title: str, subtitle: str, *, dark: bool = False, height: int = 400) -> go.Figure:
    """Share of generated paths that did worse than history, one row for each measure."""
    shades = colors(dark)
    chart = figure(title, subtitle, dark=dark, height=height)
    names, values = list(ranks), [rank * 100 for rank in ranks.values()]
    chart.add_bar(
        x=[100] * len(names),
        y=names,
        orientation="h",
        width=0.16,
        hoverinfo="skip",
        marker={"color": rgba(shades.generated, 0.16)},
    )
    chart.add_scatter(
        x=np.round(values, 1),
        y=names,
        mode="markers+text",
        marker={"size": 15, "color": shades.history},
        text=[percent(value / 100, 0) for value in values],  # short enough to keep off the line at one half
        textposition=["middle right" if 50 < value < 88 or value < 12 else "middle left" for value in values],
        textfont={"color": shades.text, "size": 12},
        hovertemplate=f"%{{y}}: %{{x:.1f}}{THIN}% of generated paths did worse<extra></extra>",
        cliponaxis=False,
    )
    chart.add_vline(x=50, line={"color": shades.quiet, "width": 1, "dash": "dot"})
    ticks = [0, 25, 50, 75, 100]
    chart.update_xaxes(title="Share of generated paths that did worse", range=[-1, 102], tickvals=ticks)
    chart.update_xaxes(ticktext=[f"{tick}{THIN}%" for tick in ticks])
    chart.update_yaxes(autorange="reversed", showgrid=False)
    chart.update_layout(barmode="overlay")
    return chart


def outcomes(
    rule: ArrayLike,
    holding: ArrayLike,
    history: float | None,
    title: str,
    subtitle: str,
    *,
    axis: str,
    as_percent: bool = True,
    dark: bool = False,
    height: int = 340,
) -> go.Figure:
    """Distribution of one measure over generated paths, for the rule and for holding, with what history gave."""
    shades = colors(dark)
    scale = 100 if as_percent else 1
    both = [np.asarray(values, dtype=float) * scale for values in (rule, holding)]
    low, high = np.quantile(np.concatenate(both), [0.002, 0.998])
    if history is not None:
        low, high = min(low, history * scale), max(high, history * scale)
    edges = np.linspace(low, high if high > low else low + 1, 29)
    chart = figure(title, subtitle, dark=dark, height=height, room=THIRD)
    for values, color, dash, name in (
        (both[0], shades.generated, "solid", "rule"),
        (both[1], shades.quiet, "dot", "buy and hold"),
    ):
        shares = np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0] / len(values) * 100
        chart.add_scatter(
            x=np.round(np.repeat(edges, 2)[1:-1], 4),
            y=np.round(np.repeat(shares, 2), 3),
            name=name,
            mode="lines",
            line={"color": color, "width": 1.8, "dash": dash},
            fill="tozeroy" if dash == "solid" else None,
            fillcolor=rgba(color, 0.14),
            hovertemplate=f"around %{{x:.2f}}: %{{y:.1f}}{THIN}% of paths",
        )
    if history is not None:
        said = percent(history) if as_percent else number(history, 2)
        chart.add_vline(x=history * scale, line={"color": shades.history, "width": 2})
        chart.add_annotation(
            x=history * scale,
            y=1,
            yref="paper",
            yanchor="bottom",
            xanchor="left" if history * scale < (low + high) / 2 else "right",
            text=f"history {said}",
            showarrow=False,
            font={"color": shades.history, "size": 12},
        )
        chart.update_layout(margin_t=chart.layout.margin.t + 16)
    chart.update_xaxes(title=axis, showgrid=False, range=[edges[0], edges[-1]])
    chart.update_yaxes(title="Share of paths", rangemode="tozero")
    percent_axis(chart)
    if as_percent:
        percent_axis(chart, "x")
    return chart


def costs(
    levels: Sequence[float],
    found: Mapping[str, tuple[Array, Array, Array]],
    history: ArrayLike | None,
    title: str,
    subtitle: str,
    *,
    dark: bool = False,
    height: int = 400,
) -> go.Figure:
    """Return over the horizon by proportional costs: per rule (median, 5 %, 95 %); the first with band and history."""
    shades = colors(dark)
    chart = figure(title, subtitle, dark=dark, height=height)
    x = np.asarray(levels) * 100
    ends, lines = [], []
    for at, (name, (middle, low, high)) in enumerate(found.items()):
        color = shades.generated if at == 0 else shades.series[at % len(shades.series)]
        if at == 0:
            band(chart, x, low * 100, high * 100, color=color, alpha=0.12)
            lines += [low * 100, high * 100]
        _line(chart, x, middle * 100, name, color, width=2.0 if at == 0 else 1.4, dash="solid" if at == 0 else "dash")
        ends.append((name, float(middle[-1] * 100), color))
        lines.append(middle * 100)
    if history is not None:
        happened = np.asarray(history) * 100
        _line(chart, x, happened, "history", shades.history, width=2.0)
        ends.append(("history", float(happened[-1]), shades.history))
        lines.append(happened)
    _ends(chart, float(x[-1]), ends, lines, height)
    chart.update_xaxes(title="Proportional cost of each trade", showgrid=False)
    percent_axis(chart, "x", 2)
    chart.update_yaxes(title="Return over the horizon")
    percent_axis(chart)
    chart.update_layout(hovermode="x unified")
    return chart


def bad_times(
    rules: Sequence[str], worst: ArrayLike, every: ArrayLike, title: str, subtitle: str, *, dark: bool = False
) -> go.Figure:
    """Mean return of each rule over the worst tenth of paths for holding, and over all paths."""
    shades = colors(dark)
    names = [_short(rule, 36) for rule in rules]
    chart = figure(title, subtitle, dark=dark, height=170 + 48 * len(names))
    for name, values, symbol, color in (
        ("all paths", every, "circle-open", shades.quiet),
        ("worst tenth", worst, "circle", shades.loss),
    ):
        scaled = np.asarray(values, dtype=float) * 100
        chart.add_scatter(
            x=np.round(scaled, 2),
            y=names,
            name=name,
            mode="markers+text",
            marker={"symbol": symbol, "size": 12, "color": color, "line": {"width": 2, "color": color}},
            text=[percent(value / 100) for value in scaled],
            textposition="top center",
            textfont={"size": 11, "color": shades.text},
            hovertemplate=f"%{{y}}, mean over {name}: %{{x:.1f}}{THIN}%<extra></extra>",
        )
    chart.add_vline(x=0, line={"color": shades.quiet, "width": 1})
    chart.update_yaxes(range=[len(names) - 0.6, -0.8], showgrid=False)
    chart.update_xaxes(title="Mean return over the horizon: filled worst tenth, hollow all paths")
    percent_axis(chart, "x")
    return chart


def curves(
    dates: pd.DatetimeIndex, wealth: Mapping[str, Array], title: str, subtitle: str, *, dark: bool = False
) -> go.Figure:
    """Wealth of rules over the whole history, from 1, on a logarithmic scale."""
    shades = colors(dark)
    chart = figure(title, subtitle, dark=dark, height=430)
    drawn = [
        Wealth(
            name=_short(name, 30),
            short=_short(name, 22),
            values=values,
            color=shades.history if at == 0 else shades.series[(at - 1) % len(shades.series)],
            width=1.8,
            dash="solid" if at < 8 else "dot",
        )
        for at, (name, values) in enumerate(wealth.items())
    ]
    draw_wealth(chart, dates, drawn)
    return chart


def logits(values: ArrayLike, title: str, subtitle: str, *, dark: bool = False, height: int = 340) -> go.Figure:
    """How the best of one half ranks in the other: histogram of logits, those at or below 0 in the color of loss."""
    shades = colors(dark)
    found = np.asarray(values, dtype=float)
    reach = max(1.0, float(np.abs(found).max())) * 1.02
    edges = np.linspace(-reach, reach, 42)  # an even number of bins on either side of 0 would cut the middle one
    counts = np.histogram(found, edges)[0] / len(found) * 100
    middle = (edges[1:] + edges[:-1]) / 2
    chart = figure(title, subtitle, dark=dark, height=height)
    chart.add_bar(
        x=np.round(middle, 3),
        y=np.round(counts, 3),
        width=float(edges[1] - edges[0]) * 0.9,
        marker={"color": [shades.loss if at <= 0 else shades.history for at in middle]},
        hovertemplate=f"logit around %{{x:.2f}}: %{{y:.1f}}{THIN}% of halvings<extra></extra>",
    )
    chart.add_vline(x=0, line={"color": shades.quiet, "width": 1})
    chart.update_xaxes(title="Rank in the other half, as a logit")
    chart.update_yaxes(title="Share of halvings")
    percent_axis(chart)
    return chart


def _line(
    chart: go.Figure, x: ArrayLike, y: ArrayLike, name: str, color: str, *, width: float, dash: str = "solid"
) -> None:
    line(chart, x, y, _short(name, 30), color=color, width=width, dash=dash)


def _ends(
    chart: go.Figure, last: float, ends: list[tuple[str, float, str]], lines: Sequence[ArrayLike], height: int
) -> None:
    """Names at the right end of the lines, moved apart where they would touch."""
    low = min(float(np.min(line)) for line in lines)
    high = max(float(np.max(line)) for line in lines)
    room = max((high - low) * 0.06, 0.5)
    limits = (low - room, high + room)
    end_labels(chart, last, [(_short(text, 22), value, color) for text, value, color in ends], limits, height)
    chart.update_xaxes(range=[0, last])
    chart.update_yaxes(range=limits)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
