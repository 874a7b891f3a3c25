"""Risk of a portfolio on screen: tails by horizon, contributions, a loss limit, scenarios side by side.

Tables in, figures out, as everywhere; ``HOW`` holds what the "How to read this" popovers say.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from fingen_core.charts.bars import loss_bars
from fingen_core.charts.paths import ink
from fingen_core.charts.theme import THIN, band, colors, figure, loss_words, percent, percent_axis, percent_range, rgba
from fingen_core.market import Step
from fingen_core.metrics.risk import time_under_water
from fingen_core.scenarios.outcomes import NOT_HAPPENED, Outcomes

__all__ = [
    "HOW",
    "contributions",
    "limit_curve",
    "losses_by_scenario",
    "tails",
    "under_water",
    "under_water_data",
    "waterfall",
]

_SYMBOLS = ("circle", "diamond", "square", "triangle-up")
_MARKS = {"circle": "●", "diamond": "◆", "square": "■", "triangle-up": "▲"}

HOW: Mapping[str, str] = {
    "tails": """
**Value at risk** at 97.5 %: the loss that 1 in 40 outcomes exceeds, $-q_{1-\\alpha}(R)$, an outcome of the sample.
**Expected shortfall**: the mean loss of those outcomes, $-\\frac{1}{\\alpha}\\int_0^{\\alpha} q_u\\,du$ with
$\\alpha = 1 - \\text{level}$; the last outcome counts by its fraction. $R$ is the simple return of the portfolio,
bought at the start and held; cash earns nothing.

Bars hold 90 % of resamples. Generated paths and the rival's are independent and resampled one by one; windows of
history overlap and come in clusters, so they are resampled in blocks of the horizon and a month (stationary bootstrap,
Politis and Romano 1994). No bar: the tail of history holds less than one independent window.

Generated and rival start from **one** day's state, history mixes calm and wild days: in real markets less is lost after
calm days, more after wild ones. Bands tell of the luck of the draw, not of a wrong model: see Validation for that.
""",
    "distribution": """
How often each return over the horizon occurs, on the same bins, as shares; the outermost bins hold what lies beyond.
Vertical marks: the return that 1 in 20 outcomes stays below.
""",
    "drawdown": """
For every depth, the share of paths that fell at least that far below an earlier high, on a logarithmic scale:
$D = \\max_t (1 - V_t / \\max_{s \\le t} V_s)$, the starting value included. A path that loses
everything stays at nothing.
""",
    "under_water": """
For every length, the share of paths that were at least so many days in a row below an earlier high. A stretch that is
still open at the end counts with the days it had: the real one is longer.
""",
    "contributions": """
What each position brings to expected shortfall: its mean loss over the outcomes that are the **portfolio's** worst,
$-E[w_i R_i \\mid R \\text{ in its tail}]$. By Euler's theorem these sum to the whole (Tasche 1999). Left of zero: the
position hedges. A position with little of its own risk may bring much, if it falls when all the others do.

**Normal**: from the chosen start. **Stress**: the same model from the wildest day of a named crisis.
""",
    "correlation": """
Pearson correlation of daily log returns in the calmest half of stretches (a month, at least five days) and in the
wildest tenth, by the mean square of the assets' mean return; assets ordered by cluster of history. Choosing by
volatility raises correlation by itself (Forbes and Rigobon 2002): compare generated with history, not stress with calm
alone.
""",
    "limit": """
The chance that the portfolio has lost at least the limit at some close **on or before** a day,
$P(\\min_{s \\le t} V_s \\le 1 - L)$: a path that recovers later has hit it all the same. Bands hold 90 % of
resamples, for history in blocks. Watched within the day, a limit is hit more often.
""",
    "scenarios": """
Mean loss of the portfolio over the paths of each scenario, from its start to its end. **Worst 5 %** is expected
shortfall at 95 %; a **replay** is one path, what the assets did from the eve of a crisis to its trough, on today's
weights. **State**: the model drawn from the wildest day of a crisis. The multiple says how many times the value
at risk at 99 % of the chosen start is lost. Scenarios differ in days: read them together.

**Hollow**: the mean loss lies beyond the most that this portfolio lost in as many days of history, or in a replay of no
more days; **1.8 × past** says how far. No such loss has been seen, so nothing shows that it is of the right size.
**Ruin**: some of the paths lose more than everything, as short positions can.
""",
    "waterfall": """
What each position brings to the mean loss of the scenario: weight times mean return of the asset, largest loss first.
The bars add up to the portfolio.
""",
}


def tails(
    table: pd.DataFrame,
    measure: str,
    title: str,
    subtitle: str,
    *,
    step: Step,
    top: float | None = None,
    dark: bool = False,
    height: int = 380,
) -> go.Figure:
    """One measure at one level over the horizons: a point and a bar for each source.

    Parameters
    ----------
    table : DataFrame
        Rows of ``portfolio.risk.risk_table`` at one level.
    measure : {"VaR", "ES"}
    title, subtitle : str
    step : Step
        Of the market, by which horizons are named.
    top : float or None
        Upper end of the axis, a decimal: the same for figures side by side.
    """
    rows = table[table["measure"] == measure]
    sources = list(dict.fromkeys(rows["source"]))
    horizons = sorted(set(rows["horizon"]))
    chart = figure(title, subtitle, dark=dark, height=height)
    for place, source in enumerate(sources):
        mine = rows[rows["source"] == source].set_index("horizon")
        color, symbol = ink(mine["kind"].iloc[0], dark), _SYMBOLS[place % len(_SYMBOLS)]
        x = [horizons.index(days) + (place - (len(sources) - 1) / 2) * 0.2 for days in mine.index]
        estimate, low, high = (mine[name].to_numpy() * 100 for name in ("estimate", "low", "high"))
        chart.add_scatter(
            x=x,
            y=np.round(estimate, 4),
            error_y={
                "type": "data",
                "symmetric": False,
                "array": np.nan_to_num(high - estimate),
                "arrayminus": np.nan_to_num(estimate - low),
                "thickness": 1.6,
                "width": 4,
                "color": color,
            },
            mode="markers",
            name=source,
            marker={"color": color, "size": 10 if place == 0 else 9, "symbol": symbol},
            customdata=[_told(*row) for row in mine[["estimate", "low", "high"]].to_numpy()],
            hovertemplate=f"{source}: %{{customdata}}<extra></extra>",
        )
    _key(
        chart,
        [(name, ink(_kind(rows, name), dark), _MARKS[_SYMBOLS[at % len(_SYMBOLS)]]) for at, name in enumerate(sources)],
    )
    words = [step.words(days) for days in horizons]
    chart.update_xaxes(
        tickvals=list(range(len(horizons))), ticktext=words, range=[-0.5, len(horizons) - 0.5], zeroline=False
    )
    chart.update_yaxes(title="Loss, share of the value", range=[min(0, _least(rows)), (top or _most(rows)) * 106])
    percent_axis(chart)
    return chart


def _kind(rows: pd.DataFrame, source: str) -> Any:
    return rows.loc[rows["source"] == source, "kind"].iloc[0]


def _told(estimate: float, low: float, high: float) -> str:
    return percent_range(estimate, low, high) if np.isfinite(low) else percent(estimate)


def _most(rows: pd.DataFrame) -> float:
    return float(np.nanmax(rows[["estimate", "high"]].to_numpy()))


def _least(rows: pd.DataFrame) -> float:
    return float(np.nanmin(rows[["estimate", "low"]].to_numpy())) * 110


def _key(chart: go.Figure, entries: Sequence[tuple[str, str, str]]) -> None:
    """Between subtitle and plot: marks with their names, side by side while they fit, in their colors."""
    text = "   ".join(f"<span style='color:{color}'>{mark} {name}</span>" for name, color, mark in entries)
    chart.add_annotation(
        xref="paper", yref="paper", x=0, y=1, yshift=26, xanchor="left", yanchor="top", text=text, showarrow=False
    )
    chart.update_layout(margin_t=chart.layout.margin.t + 22)


def contributions(
    table: pd.DataFrame, columns: Sequence[str], title: str, subtitle: str, *, dark: bool = False
) -> go.Figure:
    """What each asset brings to expected shortfall, one bar per column.

    Parameters
    ----------
    table : DataFrame
        Column asset, and for each of ``columns`` shares of the value, the largest first.
    columns : sequence of str
        One or two; the first is pale.
    """
    shades = colors(dark)
    rows = table.iloc[::-1]
    chart = figure(title, subtitle, dark=dark, height=150 + len(rows) * (8 + 15 * len(columns)))
    for place, name in enumerate(columns[::-1]):
        strong = place == 0
        chart.add_bar(
            y=rows["asset"],
            x=np.round(rows[name] * 100, 4),
            orientation="h",
            name=name,
            marker={
                # Hollow rather than hatched: each hatched bar becomes a picture in a printed report, 8 MB in all.
                "color": shades.generated if strong else rgba(shades.generated, 0.2),
                "line": {"color": shades.generated, "width": 1},
            },
            customdata=[percent(value, 2) for value in rows[name]],
            hovertemplate=f"%{{y}}, {name}: %{{customdata}}<extra></extra>",
        )
    marks = [(name, shades.generated, "■" if place == len(columns) - 1 else "□") for place, name in enumerate(columns)]
    _key(chart, marks)
    chart.add_vline(x=0, line={"color": shades.quiet, "width": 1})
    chart.update_layout(barmode="group", bargap=0.25, bargroupgap=0.05)
    chart.update_xaxes(title="Part of expected shortfall, share of the value", showgrid=True)
    chart.update_yaxes(showgrid=False, tickfont_size=12, dtick=1)
    percent_axis(chart, "x", 1)
    return chart


def limit_curve(
    curves: Sequence[tuple[str, str, pd.DataFrame]], title: str, subtitle: str, *, dark: bool = False, height: int = 400
) -> go.Figure:
    """Chance that a loss limit is hit on or before each day.

    Parameters
    ----------
    curves : sequence of (source, kind, table)
        Tables of ``portfolio.risk.hitting_probability``.
    """
    chart = figure(title, subtitle, dark=dark, height=height)
    entries = []
    top = 0.0
    for place, (source, kind, table) in enumerate(curves):
        color = ink(kind, dark)  # type: ignore[arg-type]
        days, estimate = table["day"], table["estimate"] * 100
        band(chart, days, table["low"] * 100, table["high"] * 100, color=color, alpha=0.14)
        chart.add_scatter(
            x=days,
            y=np.round(estimate, 3),
            name=source,
            mode="lines",
            line={"color": color, "width": 2, "dash": ("solid", "dash", "dot")[place % 3]},
            customdata=[_told(*row) for row in table[["estimate", "low", "high"]].to_numpy()],
            hovertemplate=f"{source}: %{{customdata}}<extra></extra>",
        )
        top = max(top, float(table["high"].max()) * 100)
        entries.append((source, color, ("━━", "╍╍", "┅┅")[place % 3]))
    _key(chart, entries)
    chart.update_xaxes(title="Trading days from the start", showgrid=False, unifiedhovertitle_text="By day %{x}")
    chart.update_yaxes(title="Chance that it is hit by then", range=[0, max(top * 1.08, 1)])
    percent_axis(chart)
    chart.update_layout(hovermode="x unified")
    return chart


def under_water_data(samples: Sequence[Outcomes]) -> pd.DataFrame:
    """The longest stretch of every path below an earlier high: sample, days."""
    return pd.DataFrame(
        {
            "sample": np.repeat([sample.label for sample in samples], [sample.n_paths for sample in samples]),
            "days": np.concatenate([time_under_water(sample.values) for sample in samples]),
        }
    )


def under_water(
    samples: Sequence[Outcomes], title: str, subtitle: str, *, dark: bool = False, height: int = 400
) -> go.Figure:
    """Share of paths that were at least so many days in a row below an earlier high."""
    chart = figure(title, subtitle, dark=dark, height=height)
    entries = []
    for place, sample in enumerate(samples):
        lengths = time_under_water(sample.values)
        days = np.arange(sample.n_steps + 1)
        share = [(lengths >= day).mean() * 100 for day in days]
        color = ink(sample.kind, dark)
        chart.add_scatter(
            x=days,
            y=np.round(share, 3),
            name=sample.label,
            mode="lines",
            line={"color": color, "width": 2, "dash": ("solid", "dash", "dot")[place % 3]},
            hovertemplate=f"%{{y:.1f}}{THIN}% at least %{{x}} days<extra>{sample.label}</extra>",
        )
        entries.append((sample.label, color, ("━━", "╍╍", "┅┅")[place % 3]))
    _key(chart, entries)
    chart.update_xaxes(title="Days in a row below an earlier high", showgrid=False, rangemode="tozero")
    chart.update_yaxes(title="Share of paths at least as long", range=[0, 104])
    percent_axis(chart)
    return chart


def losses_by_scenario(
    table: pd.DataFrame, title: str, subtitle: str, *, chosen: str = "", dark: bool = False
) -> go.Figure:
    """Mean loss of every scenario as a bar in the color of its kind, the largest on top; hollow if unprecedented.

    Parameters
    ----------
    table : DataFrame
        Of ``portfolio.named.scenario_table``.
    chosen : str
        The scenario that is looked at: its bar is full, the others are paler.
    """
    shades = colors(dark)
    rows = table.iloc[::-1]
    hollow = rows["beyond"].notna()
    chart = figure(title, subtitle, dark=dark, height=110 + (28 if hollow.any() else 24) * len(rows))
    fills = [
        rgba(ink(kind, dark), 0.12 if beyond else 0.95 if name == chosen or not chosen else 0.45)
        for name, kind, beyond in zip(rows["scenario"], rows["kind"], hollow, strict=True)
    ]
    edges = [1.5 if beyond else 0 for beyond in hollow]
    loss_bars(
        chart,
        rows["scenario"].tolist(),
        rows["loss"],
        marker={"color": fills, "line": {"color": [ink(kind, dark) for kind in rows["kind"]], "width": edges}},
        shades=shades,
        words=[_marked_loss(row.loss, row.beyond, row.ruined) for row in rows.itertuples()],
        notes=rows["note"].tolist(),
        title="Mean loss, share of the value",
    )
    chart.update_yaxes(showgrid=False, tickfont_size=12, dtick=1)
    return chart


def _marked_loss(loss: float, beyond: float, ruined: int) -> str:
    """A loss with what must be said of it at once."""
    told = f"{loss_words(loss)}, ruin" if ruined else loss_words(loss)
    if np.isnan(beyond):
        return told
    far = "never seen" if np.isinf(beyond) else f"{beyond:.{1 if beyond >= 1.05 else 2}f} × past"
    return f"{told}<br>{far}"  # below, since a phone has no room beside


def waterfall(
    brought: ArrayLike,
    assets: Sequence[str],
    title: str,
    subtitle: str,
    *,
    generated: bool,
    most: int = 14,
    dark: bool = False,
) -> go.Figure:
    """From nothing to the return of the portfolio, position by position; assets that bring nothing are left out.

    Parameters
    ----------
    brought : array, shape (n_assets,)
        Mean profit of every position, share of the value; negative is a loss.
    assets : sequence of str
    generated : bool
        Whether the paths are, so that the picture says that they have not happened.
    most : int
        Positions shown; the smallest others become one bar.
    """
    shades = colors(dark)
    values = np.asarray(brought, dtype=np.float64)
    largest = np.argsort(-np.abs(values), kind="stable")[:most]
    shown = sorted((int(at) for at in largest if values[at]), key=lambda at: values[at])
    names, parts = [assets[at] for at in shown], [float(values[at]) for at in shown]
    rest = float(values.sum() - sum(parts))
    if abs(rest) > 1e-9:
        names, parts = [*names, "others"], [*parts, rest]
    told = f"{subtitle}. {NOT_HAPPENED}" if generated else subtitle
    chart = figure(title, told, dark=dark, height=110 + 24 * (len(names) + 1))
    chart.add_waterfall(
        y=[*names, "Portfolio"],
        x=[*(round(part * 100, 4) for part in parts), 0],
        measure=["relative"] * len(names) + ["total"],
        orientation="h",
        text=[percent(part, 2, sign=True) for part in [*parts, float(values.sum())]],
        textposition="outside",
        cliponaxis=False,
        textfont={"size": 11, "color": shades.text},
        connector={"line": {"color": shades.grid, "width": 1}},
        decreasing={"marker": {"color": shades.loss}},
        increasing={"marker": {"color": shades.quiet}},
        totals={"marker": {"color": shades.loss if values.sum() < 0 else shades.quiet}},
        hovertemplate="%{y}: %{text}<extra></extra>",
    )
    steps = np.concatenate([[0], np.cumsum(parts)]) * 100
    room = max(float(steps.max() - steps.min()), 0.5)
    chart.update_xaxes(
        title="Profit or loss, share of the value",
        range=[float(steps.min()) - 0.26 * room, float(steps.max()) + 0.16 * room],
        showgrid=True,
    )
    chart.update_yaxes(autorange="reversed", showgrid=False, tickfont_size=12, dtick=1)
    percent_axis(chart, "x")
    return chart
