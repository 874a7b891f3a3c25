"""Do outcomes fall where the forecast said they would? PIT histogram, and promised against observed breaches."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from scipy.stats import binom

from fingen_core.charts.paths import ink
from fingen_core.charts.theme import THIN, colors, figure, percent, percent_axis, rgba
from fingen_core.charts.validation.backtest import EQUAL, named, span, tail_words
from fingen_core.charts.validation.samples import SYMBOLS, Walked, dashes, key
from fingen_core.metrics.validation import TAILS

__all__ = ["CONFIDENCE", "coverage", "coverage_data", "luck", "pit_histogram", "pit_histogram_data"]

CONFIDENCE = 0.95
"""Share of right forecasts that stay within the bands of luck."""


def luck(n: int, chance: float) -> tuple[float, float]:
    """Shares between which ``CONFIDENCE`` of right forecasts stay: binomial quantiles over ``n`` independent forecasts.

    Forecasts of several days that overlap count for as many as do not.
    """
    low, high = binom.ppf([(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], n, chance) / n
    return float(low), float(high)


def pit_histogram_data(samples: Sequence[Walked], portfolio: str = EQUAL, *, n_bins: int = 20) -> pd.DataFrame:
    """Share of days in each bin of the probability integral transform: sample, from, to, share, low, high (of luck)."""
    edges = np.linspace(0, 1, n_bins + 1)
    parts = []
    for walked in samples:
        values = walked.forecasts.pit[:, walked.forecasts.rows(portfolio)[0]]
        low, high = luck(len(values) // walked.forecasts.overlap, 1 / n_bins)
        shares = np.histogram(values, edges)[0] / len(values)
        parts.append(
            pd.DataFrame(
                {"sample": walked.label, "from": edges[:-1], "to": edges[1:], "share": shares, "low": low, "high": high}
            )
        )
    return pd.concat(parts, ignore_index=True)


def pit_histogram(
    samples: Sequence[Walked],
    portfolio: str = EQUAL,
    *,
    n_bins: int = 20,
    dark: bool = False,
    height: int = 380,
) -> go.Figure:
    """Where real returns fell within their forecast distributions: bars for the first sample, steps for the others.

    A right forecast fills all bins alike, up to the luck of so many days (band).
    """
    shades = colors(dark)
    table = pit_histogram_data(samples, portfolio, n_bins=n_bins)
    first = table[table["sample"] == samples[0].label]
    inside = _inside(first)
    title = f"{inside} of {n_bins} bins are filled as promised"
    note = f"{named(portfolio)}; {span(samples[0].forecasts)}"
    chart = figure(title, note, dark=dark, height=height)
    low, high = (100 * float(first[name].iloc[0]) for name in ("low", "high"))
    chart.add_hrect(y0=low, y1=high, fillcolor=rgba(shades.quiet, 0.18), line_width=0, layer="below")
    chart.add_hline(y=100 / n_bins, line={"color": shades.quiet, "width": 1, "dash": "dot"}, layer="below")
    for walked, dash in zip(samples, dashes(samples), strict=True):
        rows = table[table["sample"] == walked.label]
        color, shares = ink(walked.kind, dark), np.round(100 * rows["share"].to_numpy(), 3)
        hover = f"%{{customdata}} of the forecast: %{{y:.1f}}{THIN}% of days<extra>{walked.label}</extra>"
        places = [f"{percent(a, 0)} to {percent(b, 0)}" for a, b in zip(rows["from"], rows["to"], strict=True)]
        if walked is samples[0]:
            chart.add_bar(
                x=50 * (rows["from"] + rows["to"]),
                y=shares,
                width=100 / n_bins * 0.9,
                name=walked.label,
                marker={"color": rgba(color, 0.75), "line": {"width": 0}},
                customdata=places,
                hovertemplate=hover,
            )
        else:
            chart.add_scatter(
                x=50 * (rows["from"] + rows["to"]),
                y=shares,
                name=walked.label,
                mode="lines",
                line={"color": color, "width": 1.6, "dash": dash, "shape": "hvh"},
                customdata=places,
                hovertemplate=hover,
            )
    rows = [
        (
            walked.label,
            ink(walked.kind, dark),
            dash if place else "mark",
            f"{_inside(part)} of {n_bins} bins in the band",
        )
        for place, (walked, dash, part) in enumerate(
            zip(samples, dashes(samples), (table[table["sample"] == w.label] for w in samples), strict=True)
        )
    ]
    key(chart, [*rows, (f"{percent(CONFIDENCE, 0)} of right forecasts", shades.quiet, "band", "")])
    top = max(1.08 * 100 * float(table["share"].max()), 1.3 * high)
    chart.update_yaxes(
        title="Share of days" if samples[0].forecasts.horizon == 1 else "Share of forecasts", range=[0, top]
    )
    chart.update_xaxes(title="Where the outcome fell in its forecast, from worst to best", range=[0, 100])
    percent_axis(chart)
    percent_axis(chart, "x")
    return chart


def _inside(rows: pd.DataFrame) -> int:
    return int(((rows["share"] >= rows["low"]) & (rows["share"] <= rows["high"])).sum())


def coverage_data(samples: Sequence[Walked], portfolio: str = EQUAL) -> pd.DataFrame:
    """Promised and observed share of breaches: sample, tail, n, breaches, observed, low and high of luck."""
    rows = []
    for walked in samples:
        hits = walked.forecasts.hits()[:, walked.forecasts.rows(portfolio)[0]]
        for place, tail in enumerate(TAILS):
            low, high = luck(len(hits) // walked.forecasts.overlap, tail)
            count = int(hits[:, place].sum())
            facts = {"sample": walked.label, "tail": tail, "n": len(hits), "breaches": count}
            rows.append({**facts, "observed": count / len(hits), "low": low, "high": high})
    return pd.DataFrame(rows)


def coverage(samples: Sequence[Walked], portfolio: str = EQUAL, *, dark: bool = False, height: int = 330) -> go.Figure:
    """Observed over promised share of breaches, a row for each tail: right is 1, give or take luck."""
    shades = colors(dark)
    table = coverage_data(samples, portfolio)
    first = table[table["sample"] == samples[0].label]
    right = int(((first["observed"] >= first["low"]) & (first["observed"] <= first["high"])).sum())
    title = f"Breaches as promised at {right} of {len(first)} tails"
    note = f"{named(portfolio)}; {span(samples[0].forecasts)}"
    chart = figure(title, note, dark=dark, height=height)
    names = [tail_words(tail) for tail in TAILS]
    for row, (_, line) in enumerate(first.iterrows()):
        ends = (float(line["low"] / line["tail"]), float(line["high"] / line["tail"]))
        chart.add_shape(
            type="rect", x0=ends[0], x1=ends[1], y0=row - 0.32, y1=row + 0.32,
            fillcolor=rgba(shades.quiet, 0.18), line_width=0, layer="below",
        )  # fmt: skip
    chart.add_vline(x=1, line={"color": shades.quiet, "width": 1.4}, layer="below")
    offsets = np.linspace(-0.2, 0.2, len(samples)) if len(samples) > 1 else np.zeros(1)
    entries = []
    for place, walked in enumerate(samples):
        rows = table[table["sample"] == walked.label]
        ratio = (rows["observed"] / rows["tail"]).to_numpy()
        (symbol, mark), color = SYMBOLS[place % len(SYMBOLS)], ink(walked.kind, dark)
        chart.add_scatter(
            x=np.round(ratio, 4),
            y=np.arange(len(rows)) + offsets[place],
            name=walked.label,
            mode="markers",
            marker={"color": color, "size": 11, "symbol": symbol, "line": {"color": shades.background, "width": 1}},
            customdata=[
                f"{percent(line.observed, 2)}: {line.breaches:,} of {line.n:,}; {tail_words(line.tail)} promised"
                for line in rows.itertuples()
            ],
            hovertemplate="%{customdata}<extra>" + walked.label + "</extra>",
        )
        entries.append((walked.label, color, mark, " / ".join(percent(x, 1) for x in rows["observed"])))
    key(chart, [*entries, (f"{percent(CONFIDENCE, 0)} of right forecasts", shades.quiet, "band", "")])
    ratios = np.concatenate(
        [table["observed"] / table["tail"], table["low"] / table["tail"], table["high"] / table["tail"]]
    )
    room = 0.06 * float(ratios.max() - min(float(ratios.min()), 1))
    chart.update_xaxes(title="Observed breaches as a multiple of the promised", tickformat=".1f", showgrid=True)
    chart.update_xaxes(range=[max(0.0, float(ratios.min()) - room), float(ratios.max()) + room])
    chart.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=names,
        range=[len(names) - 0.5, -0.5],
        showgrid=False,
        zeroline=False,
        title="Tail",
    )
    return chart
