"""Fans of several runs on the same axes, drawn one after the other by the warm worker while the page stays usable.

Each request is a thread of its own that waits for the worker; the page looks every half second what has come.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import pandas as pd
import streamlit as st

from fingen_core.charts import scenarios as charts
from fingen_core.charts.training.comparison import Stroke, shared_range
from fingen_core.errors import FinGenError
from fingen_core.jobs.warm.sampler import Sampler
from fingen_core.market.step import DAILY, Step
from fingen_core.portfolio.values import portfolio_values
from fingen_core.portfolio.weights import equal_weights
from fingen_core.runs import Run
from fingen_core.scenarios.outcomes import Outcomes
from fingen_core.scenarios.requests import SampleRequest
from fingen_core.ui.kit import show
from fingen_core.ui.session import state

__all__ = ["show_all"]

PATHS = 500
_POLL = 0.5


def show_all(runs: Sequence[Run], names: Mapping[str, str], drawn: Mapping[str, Stroke]) -> None:
    """Controls, and a fan for each of these runs, all of which have a model."""
    st.markdown("**What each of them draws**")
    if not runs:
        st.caption("None of them has a model yet: wait for the end of a training, or tick another run.")
        return
    horizon, start, seed = _controls(runs)
    requests = {
        run.id: SampleRequest(source=f"run:{run.id}", n_paths=PATHS, n_steps=horizon, seed=seed, start=start)
        for run in runs
    }
    waiting = any(not _asked(request).done() for request in requests.values())
    st.fragment(_fans, run_every=_POLL if waiting else None)(requests, dict(names), dict(drawn), polled=waiting)


def _controls(runs: Sequence[Run]) -> tuple[int, str, int]:
    """Horizon, day and seed: one each for all."""
    first, last, step = _days(tuple(run.id for run in runs))
    left, middle, right = st.columns([1.6, 1, 1], gap="medium")
    with left:
        horizon = st.segmented_control(
            f"Horizon in {'trading days' if step == DAILY else step.nouns}",
            step.horizons("fortnight", "month", "quarter", "half-year", "year"),
            default=step.quarter,
            required=True,
            key=f"compare_horizon_{step.unit}",
        )
    with middle:
        start = st.date_input(
            "Start",
            last,
            min_value=first,
            max_value=last,
            key=f"compare_start_{last:%Y%m%d}",
            help="All paths set out from the last close on or before this day, which every market here has.",
        )
    with right:
        seed = st.number_input("Seed", 0, 2**31 - 1, 0, key="compare_seed", help="Same seed, same paths.")
    return int(horizon), f"{pd.Timestamp(start):%Y-%m-%d}", int(seed)


@st.cache_data(max_entries=32, show_spinner=False)
def _days(run_ids: tuple[str, ...]) -> tuple[pd.Timestamp, pd.Timestamp, Step]:
    """The first and the last day that every run can set out from, after a year of history, and the longest step."""
    markets = [state.store().market(run_id) for run_id in run_ids]
    dates, step = [market.dates for market in markets], min((m.step for m in markets), key=lambda one: one.per_year)
    last = min(days[-1] for days in dates)
    first = max(market.dates[min(market.step.year, market.n_steps)] for market in markets)
    return min(last, first), last, step


def _fans(
    requests: Mapping[str, SampleRequest], names: Mapping[str, str], drawn: Mapping[str, Stroke], polled: bool
) -> None:
    asked = {run_id: _asked(request) for run_id, request in requests.items()}
    if polled and all(answer.done() for answer in asked.values()):
        st.rerun()  # the whole page: without the timer
    ready = {run_id: found for run_id, answer in asked.items() if isinstance(found := _answer(answer), Outcomes)}
    alone = [charts.value_range([found]) for found in ready.values()]
    limits = shared_range(alone) if alone else None
    ids = list(requests)
    for row in (ids[at : at + 2] for at in range(0, len(ids), 2)):
        for column, run_id in zip(st.columns(2, gap="medium"), row, strict=False):
            with column:
                name = names[run_id]
                st.markdown(f"**{name}**")
                if run_id in ready and limits is not None:
                    _fan(run_id, name, ready[run_id], drawn[name], limits)
                else:
                    _not_there(requests[run_id], asked[run_id])
    st.caption(
        "Equal weight of each run's own assets, the same start, horizon and seed, on the same axes; a fan that is much "
        "wider than the others runs out of its chart. Generated: has not happened."
    )


def _fan(run_id: str, name: str, sample: Outcomes, stroke: Stroke, limits: tuple[float, float]) -> None:
    named = [charts.Named("worst", sample.worst_path(), True), charts.Named("median", sample.median_path())]
    title = charts.headline(sample)
    show.chart(
        charts.fan(sample, title, named=named, y_range=limits, color=stroke.color, dark=state.dark(), height=340),
        f"Fan of the change of value by {name}. {title}. {sample.note}.",
        f"compare_fan_{run_id}",
        data=partial(charts.fan_data, sample, named),
        how=charts.HOW["fan"],
    )


def _not_there(request: SampleRequest, answer: "Future[Outcomes]") -> None:
    problem = _answer(answer)
    if isinstance(problem, FinGenError):
        show.error(problem)
        if st.button("Try again", key=f"compare_again_{request.run_id}"):
            _under_way.clear(request.digest(), _stamp(request), request)
            st.rerun()
    else:
        st.caption("Being drawn …")
        st.html("<div style='height:20rem'></div>")


def _answer(answer: "Future[Outcomes]") -> Outcomes | FinGenError | None:
    """What came, or why nothing did; ``None`` while it is under way. Bugs are raised as they are."""
    if not answer.done():
        return None
    problem = answer.exception()
    if problem is not None and not isinstance(problem, FinGenError):
        raise problem
    return problem if problem is not None else answer.result()


def _asked(request: SampleRequest) -> "Future[Outcomes]":
    """The outcomes of a request, on their way; asked for once for each model that a run had."""
    return _under_way(request.digest(), _stamp(request), request)


@st.cache_resource(max_entries=64, show_spinner=False)
def _under_way(digest: str, stamp: str, _request: SampleRequest) -> "Future[Outcomes]":  # noqa: ARG001 (the key)
    return _pool().submit(_outcomes, _request, state.sampler())


def _stamp(request: SampleRequest) -> str:
    """Another one when the model of a run is another: a resumed run keeps its id."""
    path = state.store().path / request.run_id / "generator.safetensors"
    return f"{path}-{path.stat().st_mtime_ns if path.exists() else 0}"


@st.cache_resource(max_entries=1, show_spinner=False)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="compared fans")


def _outcomes(request: SampleRequest, sampler: Sampler) -> Outcomes:
    """Draw and value; runs in a thread and knows nothing of the page."""
    drawn = sampler.sample(request)
    return Outcomes.of(
        portfolio_values(drawn.log_returns, equal_weights(len(drawn.tickers))),
        label=drawn.label,
        kind="generated",
        note=f"{drawn.n_paths:,} paths, {drawn.step.words(drawn.n_steps)}, from {drawn.start:%Y-%m-%d}, seed "
        f"{drawn.seed}",
    )
