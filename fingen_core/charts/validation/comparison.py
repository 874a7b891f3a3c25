"""Who forecast better, and was it luck? The running difference of scores: the picture behind Diebold-Mariano."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from fingen_core.backtests import DieboldMariano
from fingen_core.charts.paths import ink
from fingen_core.charts.theme import MINUS, band, colors, figure, number
from fingen_core.charts.validation.backtest import named, span, tail_words
from fingen_core.charts.validation.samples import Walked, dashes, key
from fingen_core.forecast.summary import compared, daily_scores
from fingen_core.metrics.validation import tail_name
from fingen_core.types import Array

__all__ = ["loss_difference", "loss_difference_data"]

_LUCK = 1.96


def _difference(walked: Walked, rival: Walked, group: str, tail: float) -> tuple[Array, DieboldMariano | None]:
    name = tail_name(tail)
    test = compared(walked.forecasts, rival.forecasts, group).get(name)  # refuses different days
    first, second = (daily_scores(source.forecasts, group)[name] for source in (walked, rival))
    return first - second, test[0] if test else None


def loss_difference_data(
    samples: Sequence[Walked], rival: Walked | Sequence[Walked], group: str = "all", tail: float = 0.025
) -> pd.DataFrame:
    """Running sum of FZ0 less the rival's, returns in percent: sample, date, difference, cumulative, t, luck.

    ``luck`` is what the sum of equally good forecasts stays within, up and down, with a chance of 95 %.
    """
    parts = []
    for walked, beside in zip(samples, _beside(samples, rival), strict=True):
        difference, test = _difference(walked, beside, group, tail)
        n = len(difference)
        error = abs(test.mean / test.t) * n if test is not None and test.t else np.nan
        parts.append(
            pd.DataFrame(
                {
                    "sample": walked.label,
                    "date": walked.forecasts.dates,
                    "difference": difference,
                    "cumulative": difference.cumsum(),
                    "t": np.nan if test is None else test.t,
                    "luck": _LUCK * error * np.sqrt(np.arange(1, n + 1) / n),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def loss_difference(
    samples: Sequence[Walked],
    rival: Walked | Sequence[Walked],
    group: str = "all",
    tail: float = 0.025,
    *,
    dark: bool = False,
    height: int = 400,
) -> go.Figure:
    """Running sum of FZ0 less the rival's: falling is better, and leaving the cone is more than luck.

    Parameters
    ----------
    samples : sequence of Walked
        Compared with the rival; the cone is that of the first.
    rival : Walked or sequence of Walked
        Forecasts of the same days and portfolios; a sequence holds for each sample the rival that was judged beside
        it, so that ``t`` is that of its own validation.
    group : str
        "all" (mean over the portfolios) or the name of one.
    tail : float
    """
    shades = colors(dark)
    table = loss_difference_data(samples, rival, group, tail)
    rival = _beside(samples, rival)[0]
    t = float(table.loc[table["sample"] == samples[0].label, "t"].iloc[0])
    chart = figure(
        _verdict(t, rival.label, group),
        f"{named(group)}, {tail_words(tail)} tail; {span(samples[0].forecasts)}",
        dark=dark,
        height=height,
    )
    first = table[table["sample"] == samples[0].label]
    if np.isfinite(t):
        band(chart, first["date"], -first["luck"], first["luck"], color=shades.quiet, alpha=0.16)
    chart.add_hline(y=0, line={"color": shades.rival, "width": 1.4})
    entries = []
    for walked, dash in zip(samples, dashes(samples), strict=True):
        rows = table[table["sample"] == walked.label]
        color = ink(walked.kind, dark)
        chart.add_scatter(
            x=rows["date"],
            y=np.round(rows["cumulative"], 4),
            name=walked.label,
            mode="lines",
            line={"color": color, "width": 2 if walked is samples[0] else 1.4, "dash": dash},
            hovertemplate="%{y:+.2f}",
        )
        entries.append((walked.label, color, dash, f"t = {_t(float(rows['t'].iloc[0]))}"))
    entries.append((rival.label, shades.rival, "solid", "the zero line"))
    key(chart, [*entries, ("Within luck", shades.quiet, "band", "95 % of equally good forecasts")])
    chart.update_yaxes(title="FZ0 less the rival's, summed", tickformat=",.4~g")
    chart.update_xaxes(hoverformat="%Y-%m-%d")
    chart.update_layout(hovermode="x unified")
    return chart


def _beside(samples: Sequence[Walked], rival: Walked | Sequence[Walked]) -> Sequence[Walked]:
    return [rival] * len(samples) if isinstance(rival, Walked) else rival


def _t(value: float) -> str:
    return number(value, 1).replace("-", MINUS)


def _verdict(t: float, rival: str, group: str) -> str:
    """One portfolio may say other than all of them together, so that its name stands first."""
    if not np.isfinite(t):
        said = f"Too few days to say if better than {rival}"
    elif abs(t) < _LUCK:
        said = f"Not clearly better than {rival}" if t < 0.5 else f"Behind {rival}, within luck"
    else:
        said = f"{'Better' if t < 0 else 'Worse'} than {rival}"
    return said if group == "all" else f"{named(group)} alone: {said[:1].lower()}{said[1:]}"
