"""The evidence behind the lights, one question at a time; each view is drawn only when it is looked at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from fingen_core.charts import validation as charts
from fingen_core.charts.theme import MINUS, number, percent
from fingen_core.charts.validation.samples import Portrayed, Walked
from fingen_core.charts.validation.together import Together
from fingen_core.errors import InvalidInput
from fingen_core.metrics.long_run import HORIZONS
from fingen_core.metrics.validation import TAILS, evaluation_weights, tail_name
from fingen_core.scenarios.outcomes import Kind
from fingen_core.ui.kit import show
from fingen_core.ui.session import state
from fingen_core.ui.validation.choice import Evidence
from fingen_core.ui.validation.numbers import all_numbers, papers
from fingen_core.validation.judged import Judged
from fingen_core.validation.table import main_rival
from fingen_core.validation.verdict import THRESHOLDS

__all__ = ["view"]

_LIGHT_DAYS = 300  # Basel's light counts 250 days in a row: with hardly more, or gaps, there is no course to show
_FINE_FROM = 200  # forecasts that share no day: with fewer, twentieths hold a handful each and all look right
_OF = {"Equal weight": "equal weight", "All assets": "assets"}


@dataclass(frozen=True, eq=False)
class _Walks:
    """Forecasts on screen: the models', then the rivals', with what they are looked at by."""

    models: list[Walked]
    rivals: list[Walked]
    portfolio: str
    tail: float
    pairs: list[tuple[Walked, Walked]]
    """Each model with the first rival as it was judged beside this model: its draws differ from those beside others."""
    together: str = ""
    """What the same comparison says of all portfolios together, which the light goes by."""

    @property
    def all(self) -> list[Walked]:
        return [*self.models, *self.rivals]


def view(found: Sequence[Evidence]) -> None:
    """The control that chooses what to look at, and what was chosen."""
    _VIEWS[show.look_at(_VIEWS, "Tomorrow", "validation_view")](found)


def _beside(found: Sequence[Evidence]) -> list[str]:
    """The control for the rivals that charts show."""
    labels = {rival.key: rival.label for one in found for rival in one.rivals}
    if not labels:
        return []
    main = main_rival(found[0].ours, found[0].rivals)
    picked: list[str] = st.multiselect(
        "Rivals beside",
        list(labels),
        default=[main.key] if main is not None else list(labels)[:1],
        format_func=labels.__getitem__,
        key=f"validation_beside_{'_'.join(labels)}",
        placeholder="None",
        help="All of them stand in the tables; charts stay readable with one or two.",
    )
    return picked


def _tomorrow(found: Sequence[Evidence]) -> None:
    horizons = [horizon for horizon in found[0].ours.horizons if all(horizon in one.ours.horizons for one in found)]
    names = [
        name for name in found[0].ours.one_day.portfolios if all(name in one.ours.one_day.portfolios for one in found)
    ]
    if not names:
        st.info("These models know different assets: choose models of one market to compare their forecasts.")
        return
    who, tail_of, days, beside = st.columns([1.4, 1.2, 1, 1.8], gap="small", vertical_alignment="bottom")
    portfolio = who.selectbox(
        "Portfolio",
        names,
        format_func=lambda name: name.capitalize() if name == "equal weight" else name,
        key="validation_portfolio",
        help=_portfolios_help(found, names),
    )
    tail = tail_of.segmented_control(
        "Tail",
        TAILS,
        default=0.01,
        required=True,
        format_func=lambda value: percent(value, 1 if value == 0.025 else 0),
        key="validation_tail",
        help=state.step().retold("The worst share of days that value at risk marks off."),
    )
    horizon = days.segmented_control(
        "Ahead",
        horizons,
        default=1,
        required=True,
        format_func=state.step().words,
        key=f"validation_ahead_{len(horizons)}",
    )
    with beside:
        keys = _beside(found)
    _forecast_charts(_walks(found, keys, portfolio, tail or 0.01, horizon or 1))


def _portfolios_help(found: Sequence[Evidence], names: Sequence[str]) -> str:
    """What the choice holds; the verdict and the tables count over all of them."""
    n = len(evaluation_weights(len(found[0].ours.tickers)))
    text = f"{n} were fixed before anything was judged: equal weight, each asset alone, random ones with and without "
    text += "short positions. The verdict and the scores in All numbers count over all of them; these charts show one."
    return text if len(names) == n else f"{text} Of the model that ships {len(names)} can be looked at."


def _walks(found: Sequence[Evidence], keys: Sequence[str], portfolio: str, tail: float, horizon: int) -> _Walks:
    models = [Walked(one.label, "generated", one.ours.forecasts(horizon)) for one in found]
    able = [(label, rival) for label, _, rival in _rivals(found, keys) if horizon in rival.horizons]
    rivals = [Walked(label, "rival", rival.forecasts(horizon)) for label, rival in able]
    main = able[0][1].key if able else None
    pairs = [
        (model, Walked(own.label, "rival", own.forecasts(horizon)))
        for model, one in zip(models, found, strict=True)
        if main is not None and (own := one.rival(main)) is not None and horizon in own.horizons
    ]
    return _Walks(
        models,
        rivals,
        portfolio,
        tail,
        pairs,
        _together_words(found, main, tail, horizon),
    )


def _together_words(found: Sequence[Evidence], rival: str | None, tail: float, horizon: int) -> str:
    """Diebold-Mariano of each model over all portfolios; the forecasts kept for charts may be fewer than those."""
    told = []
    for one in found:
        main = main_rival(one.ours, one.rivals)
        rows = one.table[
            (one.table["generator"] == one.ours.key)
            & (one.table["group"] == "all")
            & (one.table["horizon"] == horizon)
            & (one.table["metric"] == tail_name(tail))
        ]["t"].dropna()
        if main is not None and main.key == rival and len(rows):
            t = float(rows.mean())
            side = "within luck" if abs(t) < THRESHOLDS["t"] else "better" if t < 0 else "worse"
            told.append(f"{f'{one.label} ' if len(found) > 1 else ''}t = {number(t, 1).replace('-', MINUS)}, {side}")
    if not told:
        return ""
    ahead = "which the light goes by" if horizon == 1 else f"{state.step().words(horizon)} ahead"
    n = len(evaluation_weights(len(found[0].ours.tickers)))
    return f"All {n} portfolios together, {ahead}: {'; '.join(told)}. The chart shows one portfolio."


def _forecast_charts(walks: _Walks) -> None:
    dark, portfolio, tail, first = state.dark(), walks.portfolio, walks.tail, walks.models[0]
    n_bins = 20 if len(first.forecasts.dates) // first.forecasts.overlap >= _FINE_FROM else 10
    if walks.rivals:
        _against(walks, dark)
    left, right = st.columns(2, gap="medium")
    with left:
        show.chart(
            charts.breaches(first, portfolio, tail, rival=next(iter(walks.rivals), None), dark=dark),
            alt=f"Returns of {portfolio} over the value at risk that {first.label} forecast; breaches are marked.",
            key="validation-breaches",
            data=partial(charts.breaches_data, first, portfolio, tail),
            how=charts.HOW["breaches"],
        )
    with right:
        show.chart(
            charts.pit_histogram(walks.all, portfolio, n_bins=n_bins, dark=dark, height=420),
            alt=f"Histogram of where outcomes fell in their forecasts, {portfolio}.",
            key="validation-pit",
            data=partial(charts.pit_histogram_data, walks.all, portfolio, n_bins=n_bins),
            how=charts.HOW["pit_histogram"],
        )
    rolling = first.forecasts.stride == 1 and len(first.forecasts.dates) > _LIGHT_DAYS
    below = st.columns(2 if rolling else 1, gap="medium")
    with below[0]:
        show.chart(
            charts.coverage(walks.all, portfolio, dark=dark),
            alt=f"Observed over promised breaches at each tail, {portfolio}.",
            key="validation-coverage",
            data=partial(charts.coverage_data, walks.all, portfolio),
            how=charts.HOW["coverage"],
        )
    if rolling:
        with below[1]:
            show.chart(
                charts.rolling_lights(walks.all, portfolio, tail, dark=dark),
                alt=f"Breaches within the last 250 days over the zones of Basel's traffic light, {portfolio}.",
                key="validation-rolling",
                data=partial(charts.rolling_lights_data, first, portfolio, tail),
                how=charts.HOW["rolling_lights"],
            )


def _against(walks: _Walks, dark: bool) -> None:
    """The picture of Diebold and Mariano's test, where model and rival forecast the same days."""
    own = [(model, rival) for model, rival in walks.pairs if model.forecasts.dates.equals(rival.forecasts.dates)]
    same = [pair for pair in own if pair[0].forecasts.dates.equals(own[0][0].forecasts.dates)]
    rival = walks.pairs[0][1].label if walks.pairs else walks.rivals[0].label
    alone = [model.label for model in walks.models if not any(model is pair[0] for pair in walks.pairs)]
    if alone:
        st.caption(f"Not judged beside {rival}, so not compared with it day by day: {', '.join(alone)}.")
    if len(same) < len(walks.pairs):
        st.caption(f"Some of these were judged on other days than {rival}, so their scores cannot be subtracted.")
    if not same:
        return
    models, rivals = [model for model, _ in same], [rival for _, rival in same]
    show.chart(
        charts.loss_difference(models, rivals, walks.portfolio, walks.tail, dark=dark, height=360),
        alt=f"Cumulative difference of the loss score to {rivals[0].label}: falling is better than the rival.",
        key="validation-difference",
        data=partial(charts.loss_difference_data, models, rivals, walks.portfolio, walks.tail),
        how=charts.HOW["loss_difference"],
    )
    if walks.together:
        st.caption(walks.together)


def _long_run(found: Sequence[Evidence]) -> None:
    several = len(found[0].ours.tickers) > 1
    of: str | None = None
    if several:
        of_, days, beside = st.columns([1.3, 1.3, 1.8], gap="small", vertical_alignment="bottom")
        of = of_.segmented_control("Of", list(_OF), default="Equal weight", required=True, key="validation_of")
    else:
        days, beside = st.columns([1.3, 1.8], gap="small", vertical_alignment="bottom")
    horizon = days.segmented_control(
        "Returns over",
        HORIZONS,
        default=1,
        required=True,
        format_func=lambda value: state.step().words(1) if value == 1 else f"{value}",
        key="validation_days",
        help="Days that returns are summed over, for the two charts of distributions.",
    )
    with beside:
        keys = _beside(found)
    samples = _portraits(found, keys)
    _scoreboard(found, keys)
    _life(samples, _OF[of or "Equal weight"], horizon or 1, _paths_note(found))
    if several:
        _together(found, samples)


def _portraits(found: Sequence[Evidence], keys: Sequence[str]) -> list[Portrayed]:
    return [
        found[0].history,
        *(one.portrayed for one in found),
        *(Portrayed(label, "rival", rival.portrait) for label, _, rival in _rivals(found, keys)),
    ]


def _rivals(found: Sequence[Evidence], keys: Sequence[str]) -> list[tuple[str, Evidence, Judged]]:
    """Label, model beside which it was judged, and judgement of each rival, once for each period of judging.

    A rival that was fitted to other days is another one: its counts beside one model say nothing of those beside
    another.
    """
    told = []
    for key in keys:
        owners = {_period(one): one for one in reversed(found) if one.rival(key) is not None}
        for one in found:
            rival = one.rival(key)
            if rival is not None and owners[_period(one)] is one:
                label = rival.label if len(owners) == 1 else f"{rival.label} beside {one.label}"
                told.append((label, one, rival))
    return told


def _period(one: Evidence) -> tuple[object, ...]:
    dates = one.ours.one_day.dates
    return one.reference.last_date, one.reference.n_fit, dates[0], dates[-1], len(dates)


def _paths_note(found: Sequence[Evidence]) -> str:
    one = found[0]
    whose = f" before {one.label} was judged" if len({_period(other) for other in found}) > 1 else ""
    return f"{one.ours.portrait.n_paths:,} paths, {state.step().words(one.reference.n_fit)} of history{whose}"


def _scoreboard(found: Sequence[Evidence], keys: Sequence[str]) -> None:
    drawn: list[tuple[str, Evidence, str, Kind]] = [(one.label, one, one.ours.key, "generated") for one in found]
    drawn += [(label, one, rival.key, "rival") for label, one, rival in _rivals(found, keys)]
    shown: list[tuple[str, str, Kind]] = [(label, label, kind) for label, _, _, kind in drawn]
    table = pd.concat(
        [one.table[one.table["generator"] == key].assign(generator=label) for label, one, key, _ in drawn]
    )
    if not found[0].reference.floors:
        st.info("History is too short for floors: its two halves would each need a year.", icon=":material/straighten:")
        return
    show.chart(
        charts.scoreboard(table, shown, _paths_note(found), dark=state.dark()),
        alt="How far each measure of the long run is from history, as a multiple of its floor.",
        key="validation-scoreboard",
        data=partial(charts.scoreboard_data, table, [key for key, _, _ in shown]),
        how=charts.HOW["scoreboard"],
    )


def _life(samples: list[Portrayed], of: str, horizon: int, note: str) -> None:
    dark = state.dark()
    drawn: list[tuple[str, Callable[..., Any], Callable[..., Any], dict[str, object], str]] = [
        (
            "survival",
            charts.survival,
            charts.survival_data,
            {"of": of, "horizon": horizon},
            "Chance of a loss beyond each size",
        ),
        ("qq", charts.qq, charts.qq_data, {"of": of, "horizon": horizon}, "Quantiles over those of history"),
        (
            "autocorrelation",
            charts.autocorrelation,
            charts.autocorrelation_data,
            {"of": of},
            "Memory of absolute returns",
        ),
        ("leverage", charts.leverage, charts.leverage_data, {"of": of}, "Correlation of returns with later volatility"),
        ("aggregation", charts.aggregation, charts.aggregation_data, {"of": of}, "Kurtosis of sums over 1 to 100 days"),
        ("drawdowns", charts.drawdowns, charts.drawdowns_data, {}, "Largest falls within a year"),
    ]
    columns = st.columns(2, gap="medium")
    for place, (name, draw, data, options, alt) in enumerate(drawn):
        with columns[place % 2]:
            show.chart(
                draw(samples, note, dark=dark, **options),
                alt=f"{alt}: {', '.join(sample.label for sample in samples)}.",
                key=f"validation-{name}",
                data=partial(data, samples, **options),
                how=charts.HOW[name],
            )


def _together(found: Sequence[Evidence], samples: list[Portrayed]) -> None:
    kind: Together = st.segmented_control(
        "Together",
        ["correlation", "tail_dependence"],
        default="correlation",
        required=True,
        format_func=lambda name: {"correlation": "Correlation", "tail_dependence": "Falling together"}[name],
        key="validation_together",
    )
    try:
        figures = charts.heat_maps(samples[0], samples[1], found[0].ours.tickers, kind, dark=state.dark())
    except InvalidInput as problem:
        show.error(problem)
        return
    for column, figure, name in zip(
        st.columns(3, gap="small"), figures, ("history", "generated", "difference"), strict=True
    ):
        with column:
            show.chart(
                figure,
                alt=f"{kind} of each pair of assets: {name}.",
                key=f"validation-together-{name}",
                data=partial(charts.heat_maps_data, samples[0], samples[1], found[0].ours.tickers, kind),
                how=charts.HOW[kind],
            )


def _novelty(found: Sequence[Evidence]) -> None:
    keys = _beside(found)
    samples = [
        *(charts.Compared(one.label, "generated", one.ours.novelty) for one in found),
        *(charts.Compared(label, "rival", rival.novelty) for label, _, rival in _rivals(found, keys)),
    ]
    dark = state.dark()
    left, right = st.columns(2, gap="medium")
    with left:
        show.chart(
            charts.novelty_distances(samples, dark=dark),
            alt="Distances of generated windows to the nearest real one, beside those between real windows.",
            key="validation-novelty",
            data=partial(charts.novelty_distances_data, samples),
            how=charts.HOW["novelty_distances"],
        )
    with right:
        show.chart(
            charts.closest_window(samples[0], dark=dark),
            alt="The generated window that is closest to history, and the real one it is closest to.",
            key="validation-closest",
            data=partial(charts.closest_window_data, samples[0]),
            how=charts.HOW["closest_window"],
        )


_VIEWS: dict[str, Callable[[Sequence[Evidence]], None]] = {
    "Tomorrow": _tomorrow,
    "Long run": _long_run,
    "Novelty": _novelty,
    "What papers report": papers,
    "All numbers": all_numbers,
}
