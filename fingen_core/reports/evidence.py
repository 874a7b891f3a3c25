"""The pictures of a report, by question, from judgements."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd
import plotly.graph_objects as go

from fingen_core.charts import validation as charts
from fingen_core.forecast.summary import GROUPS
from fingen_core.metrics.long_run import HORIZONS
from fingen_core.reports import page
from fingen_core.scenarios.outcomes import Kind
from fingen_core.validation.judged import Judged, Reference
from fingen_core.validation.table import main_rival, same_forecasts
from fingen_core.validation.verdict import Light

__all__ = ["Cast", "long_run", "new", "tomorrow"]

_TAIL = 0.01


@dataclass(frozen=True, eq=False)
class Cast:
    """Who appears in a report.

    Attributes
    ----------
    judged : sequence of Judged
        What the report is about, the first one in front.
    rivals : sequence of Judged
    reference : Reference
    table : DataFrame
        Tidy rows of all of them.
    lights : sequence of Light, optional
        The verdict on the first, where it was kept; else it is found again.
    """

    judged: Sequence[Judged]
    rivals: Sequence[Judged]
    reference: Reference
    table: pd.DataFrame
    lights: Sequence[Light] = ()

    @property
    def group(self) -> str:
        """Portfolios that scores are summed over: "all", or equal weight where forecasts of some only were kept."""
        all_kept = all(one.keeps_all_portfolios for one, _ in self.everyone)
        return GROUPS[0] if all_kept else GROUPS[1]

    @property
    def everyone(self) -> list[tuple[Judged, Kind]]:
        """Judged and rivals with the meaning of their color."""
        return [*((one, "generated") for one in self.judged), *((one, "rival") for one in self.rivals)]

    def names(self) -> list[tuple[str, str, Kind]]:
        """Key, label and kind of all."""
        return [(one.key, one.label, kind) for one, kind in self.everyone]


def tomorrow(cast: Cast, horizon: int) -> str:
    """Forecasts of one horizon: scores, breaches, coverage, ranks, and the difference to the rival."""
    able = [one for one, _ in cast.everyone if horizon in one.horizons]
    walked = [
        charts.Walked(one.label, kind, one.forecasts(horizon))
        for one, kind in cast.everyone
        if any(one is other for other in able)
    ]
    first = walked[0]
    rival = main_rival(cast.judged[0], cast.rivals)
    beside = next((one for one in walked if rival is not None and one.label == rival.label and one is not first), None)
    name = partial("{}-{}".format, f"{horizon}-days")
    figures = []
    if rival is not None and beside is not None:
        compared = charts.scores(cast.table, cast.names(), (rival.key, rival.label), horizon=horizon)
        if compared.data:
            figures.append(page.figure(compared, charts.HOW["scores"], name=name("scores")))
        same = [
            one for one, judged in zip(walked, able, strict=True) if one is not beside and same_forecasts(judged, rival)
        ]
        against = charts.loss_difference(same[:4], beside, cast.group)
        figures.append(page.figure(against, charts.HOW["loss_difference"], name=name("difference")))
    breaches = charts.breaches(first, tail=_TAIL, rival=beside)
    figures.append(page.figure(breaches, charts.HOW["breaches"], name=name("breaches")))
    figures.append(page.figure(charts.coverage(walked), charts.HOW["coverage"], name=name("coverage")))
    if horizon == 1:
        lights = charts.rolling_lights(walked[:3], tail=_TAIL)
        figures.append(page.figure(lights, charts.HOW["rolling_lights"], name=name("lights")))
    ranks = charts.pit_histogram([first] if beside is None else [first, beside])
    figures.append(page.figure(ranks, charts.HOW["pit_histogram"], name=name("ranks")))
    return page.gallery(figures)


def long_run(cast: Cast) -> str:
    """The long run beside history: all measures, shape, memory, dependence."""
    samples = [
        charts.Portrayed("History", "history", cast.reference.portrait),
        *(charts.Portrayed(one.label, kind, one.portrait) for one, kind in cast.everyone[:4]),
    ]
    figures = [
        page.figure(charts.scoreboard(cast.table, cast.names()[:5]), charts.HOW["scoreboard"], name="scoreboard")
    ]
    for name, chart, how in _portraits(samples):
        figures.append(page.figure(chart, charts.HOW[how], name=name))
    parts = [page.gallery(figures)]
    if len(cast.reference.tickers) > 1:
        for kind in ("correlation", "tail_dependence"):
            maps = charts.heat_maps(samples[0], samples[1], cast.reference.tickers, kind)
            drawn = [page.figure(chart, name=f"{kind}-{place}") for place, chart in enumerate(maps)]
            parts.append(page.gallery(drawn, three=True))
            parts.append(f'<p class="quiet"><small>{page.markdown(charts.HOW[kind])}</small></p>')
    return "".join(parts)


def _portraits(samples: Sequence[charts.Portrayed]) -> list[tuple[str, go.Figure, str]]:
    month = HORIZONS[2]
    return [
        ("survival", charts.survival(samples), "survival"),
        ("qq", charts.qq(samples), "qq"),
        ("survival-assets", charts.survival(samples, of="assets"), "survival"),
        ("qq-month", charts.qq(samples, horizon=month), "qq"),
        ("memory", charts.autocorrelation(samples), "autocorrelation"),
        ("memory-returns", charts.autocorrelation(samples, kind="r"), "autocorrelation"),
        ("leverage", charts.leverage(samples), "leverage"),
        ("aggregation", charts.aggregation(samples), "aggregation"),
        ("drawdowns", charts.drawdowns(samples), "drawdowns"),
    ]


def new(cast: Cast) -> str:
    """Novelty: distances, and the closest window of each judged generator."""
    samples = [charts.Compared(one.label, kind, one.novelty) for one, kind in cast.everyone[:4]]
    figures = [page.figure(charts.novelty_distances(samples), charts.HOW["novelty_distances"], name="distances")]
    for place, sample in enumerate(samples[: len(cast.judged)]):
        chart = charts.closest_window(sample)
        figures.append(page.figure(chart, charts.HOW["closest_window"] if not place else "", name=f"closest-{place}"))
    return page.gallery(figures)
