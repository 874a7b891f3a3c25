"""The walk through history: asked for with a button, done by a process of its own, watched, and judged."""

import pandas as pd
import streamlit as st

from fingen_core.charts import allocation as charts
from fingen_core.charts.theme import THIN, number, percent
from fingen_core.jobs.background import walk_forward
from fingen_core.jobs.background.walk_forward import WALKERS, Progress, WalkRequest
from fingen_core.market import Step
from fingen_core.market.step import DAILY
from fingen_core.portfolio.allocation.methods import METHODS
from fingen_core.portfolio.allocation.walk_forward import JUDGED, Verdict, Walk, judge
from fingen_core.portfolio.strategies.settings import Trading, knobs
from fingen_core.ui.allocation.inputs import Desk
from fingen_core.ui.kit import show
from fingen_core.ui.kit.number_widget import slider
from fingen_core.ui.session import state

__all__ = ["walk"]

_EARLIEST, _LATEST = 3, 2  # years that must lie before the first choice and after it


def walk(desk: Desk) -> None:
    """The view: who draws, from which year, and what became of it."""
    years, step = _years(desk), desk.market.step
    if not years:
        st.info(
            f"A walk needs {step.words((_EARLIEST + _LATEST) * step.year)}: choose a longer market under Market.",
            icon=":material/event_busy:",
        )
        return
    who, since, costs, go = st.columns([2.4, 1.5, 1.6, 2.4], gap="small", vertical_alignment="bottom")
    source = who.selectbox(
        "Scenarios from",
        list(WALKERS),
        format_func=WALKERS.__getitem__,
        key="walk_by",
        bind="query-params",
        help="Trained or fitted inside the walk on what was known then: a model that has seen later days would cheat.",
    )
    year = since.selectbox(
        "First choice",
        years,
        index=len(years) // 3,
        format_func=lambda value: f"end of {value}",
        key=f"walk_since_{len(years)}",
        help=f"Weights are chosen at the end of this year and then every {step.words(step.year)}.",
    )
    with costs.popover("Trading", icon=":material/payments:", width="stretch"):
        trading = _trading()
    request = WalkRequest(
        market_digest=state.digest_of(desk.market),
        source=source,
        method=desk.method,
        lowest=desk.limits.lowest,
        highest=desk.limits.highest,
        sector_lowest=desk.limits.sector_lowest,
        sector_highest=desk.limits.sector_highest,
        sectors=desk.limits.own,
        start=f"{desk.market.dates[desk.market.dates.year == year][-1]:%Y-%m-%d}",
        horizon=desk.horizon,
        n_paths=desk.request.n_paths,
        seed=desk.request.seed,
        **trading,
    )
    now = walk_forward.progress(request)
    with go:
        _button(request, now)
    if now.is_active:
        st.fragment(_watch, run_every=1.0)(request)
    elif now.status == "done":
        _answer(request, desk.market.step)
    elif now.status in {"failed", "lost"}:
        st.error(now.error, icon=":material/error:")
    else:
        st.info(
            f"Not walked yet: {METHODS[desk.method].label.lower()} on both kinds of scenarios, refitted every year "
            f"from the end of {year}. It takes from some seconds (bootstrap) to two minutes (VAE), in the background.",
            icon=":material/directions_walk:",
        )


def _trading() -> dict[str, float]:
    """Costs and the limit of turnover, as fields of a request."""
    costs = {
        knob.name: slider(knob, f"walk_{knob.name}", DAILY)
        for knob in knobs(Trading)
        if knob.name in {"proportional", "fixed"}
    }
    most = st.slider(
        "Turnover at most",
        5,
        100,
        100,
        5,
        format=f"%d{THIN}%%",
        key="walk_turnover",
        bind="query-params",
        help="Share of a portfolio that may be exchanged at a yearly choice; 100 is no limit. What is held then moves "
        "towards what was chosen only that far, so it may lie beyond limits of weights for a while. The first choice "
        "is bought whole.",
    )
    return costs | {"turnover": most / 100}


def _years(desk: Desk) -> list[int]:
    """Years at whose end a walk may begin."""
    dates, year = desk.market.dates, desk.market.step.year
    if len(dates) < (_EARLIEST + _LATEST + 1) * year:
        return []
    first, last = dates[_EARLIEST * year], dates[-_LATEST * year]
    ends = {one: dates[dates.year == one] for one in range(first.year, last.year + 1)}
    return [one for one, days in ends.items() if len(days) and first <= days[-1] <= last]


def _button(request: WalkRequest, now: Progress) -> None:
    if now.is_active:
        if st.button("Stop", icon=":material/stop:", key="walk-stop"):
            walk_forward.stop(request)
        return
    if now.status != "done" and st.button(
        "Walk through history", type="primary", icon=":material/directions_walk:", key="walk-start"
    ):
        walk_forward.start(request)
        st.rerun()


def _watch(request: WalkRequest) -> None:
    now = walk_forward.progress(request)
    if not now.is_active:
        st.rerun()  # the page shows what came of it, and asks no more
    st.progress(now.share, now.phase)


def _answer(request: WalkRequest, step: Step) -> None:
    found = walk_forward.load(request)
    verdict = _verdict(request.digest(), found, request.method, step)
    st.markdown(_told(verdict, found, step))
    show.chart(
        charts.walked(
            found.dates,
            found.values,
            found.refits,
            _title(verdict),
            f"{METHODS[request.method].label}, {len(found.refits)} yearly choices from {found.refits[0]:%Y-%m-%d}, "
            f"after {percent(request.proportional, 2)} of what is traded and {request.fixed:.2f} a trade"
            + (f"; at most {percent(request.turnover, 0)} exchanged a year" if request.turnover < 1 else ""),
            dark=state.dark(),
        ),
        "Wealth of weights from generated scenarios, from history and of equal weights, refitted every year.",
        "allocation-walk",
        data=pd.DataFrame(dict(found.values), index=pd.Index(found.dates, name="date")),
        how=charts.HOW["walk"],
    )


@st.cache_data(max_entries=32, show_spinner=False)
def _verdict(identity: str, _found: Walk, _method: str, step: Step) -> Verdict:  # noqa: ARG001 (the key)
    return judge(_found, _method, step=step)


def _title(verdict: Verdict) -> str:
    if verdict.wins == "neither":
        return "Generated scenarios did not win"
    return "Generated scenarios won" if verdict.wins == "generated" else "History's weights won"


def _told(verdict: Verdict, found: Walk, step: Step) -> str:
    ratio = verdict.measure == "ratio"

    def shown(value: float) -> str:
        return number(value, 2) if ratio else percent(value, 2)

    words = {
        "generated": "**Generated scenarios were better** by what the method aims at",
        "history": "**History's own windows were better** by what the method aims at: no reason to generate",
        "neither": "**No difference beyond chance**: the generator did not earn its keep, nor did it harm",
    }[verdict.wins]
    ends = {name: number(float(values[-1]), 2) for name, values in found.values.items()}
    return (
        f"{words}. Out of sample the {step.retold(JUDGED[verdict.measure])} was **{shown(verdict.generated)}** with "
        f"generated and **{shown(verdict.history)}** with history's weights; the difference lies between "
        f"{shown(verdict.low)} and "
        f"{shown(verdict.high)} in 90 % of resamples. 1 became {ends['Generated']} (generated), {ends['History']} "
        f"(history) and {ends['Equal weight']} (equal weight); {number(found.turnover['Generated'], 1)} and "
        f"{number(found.turnover['History'], 1)} times the capital was traded."
    )
