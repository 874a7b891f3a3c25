"""What the stress pages share: samples to compare, kept by what identifies them, and how they are drawn."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from fingen_core.charts import scenarios as charts
from fingen_core.market import Market, Step
from fingen_core.portfolio.portfolio import Portfolio
from fingen_core.portfolio.saved import EQUAL
from fingen_core.portfolio.values import portfolio_values
from fingen_core.portfolio.weights import equal_weights
from fingen_core.scenarios import Scenarios
from fingen_core.scenarios.history import closest, window_values
from fingen_core.scenarios.outcomes import Kind, Outcomes
from fingen_core.scenarios.requests import SampleRequest
from fingen_core.types import Array
from fingen_core.ui.kit import show
from fingen_core.ui.request import conditions
from fingen_core.ui.session import portfolio, state

__all__ = [
    "EQUAL",
    "PORTFOLIO",
    "draw",
    "fan",
    "held",
    "history",
    "identity",
    "like",
    "measured",
    "outcomes",
    "severity_words",
    "titled",
    "values_along",
    "weights",
]

PORTFOLIO = "portfolio:"
"""Begins the name of what is measured when it is a portfolio; its digest follows."""

_MOST_COMPARED = 1000  # paths that are searched for the one closest to history


def weights(tickers: Sequence[str], subject: str) -> Array:
    """Weights of what is measured: all assets alike, one of them alone, or a portfolio."""
    if subject.startswith(PORTFOLIO):
        return portfolio.by_digest(subject.removeprefix(PORTFOLIO)).on(tickers)
    if subject in tickers:
        return np.array([float(ticker == subject) for ticker in tickers])
    return equal_weights(len(tickers))


def held(market: Market, subject: str) -> Portfolio:
    """What is measured, as a portfolio with a name and a worth."""
    if subject.startswith(PORTFOLIO):
        return portfolio.by_digest(subject.removeprefix(PORTFOLIO))
    like = portfolio.current(market)
    shares = tuple(weights(market.tickers, subject))
    return replace(like, name=subject, tickers=market.tickers, weights=shares, note="")


def measured(subject: str) -> str:
    """What is measured, in words that fit into a sentence."""
    if subject.startswith(PORTFOLIO):
        return portfolio.by_digest(subject.removeprefix(PORTFOLIO)).name
    return "the equal-weight portfolio" if subject == EQUAL else subject


def titled(tickers: Sequence[str], subject: str) -> str:
    """What is measured, as the name of a row beside those of the assets."""
    if not subject.startswith(PORTFOLIO):
        return subject
    name = measured(subject)
    return f"{name} (portfolio)" if name in (EQUAL, *tickers) else name


@st.cache_resource(max_entries=16, show_spinner=False)
def history(digest: str, n_steps: int, subject: str, _market: Market) -> Outcomes:  # noqa: ARG001 (the key)
    """Every window of the market's history; kept by the market's digest, horizon and what is measured."""
    values = window_values(_market, n_steps, weights(_market.tickers, subject))
    span = f"{_market.dates[0]:%Y}-{_market.dates[-1]:%Y}"
    note = f"{len(values):,} overlapping windows, {_market.step.words(n_steps)}, {span}"
    return Outcomes.of(values, label="History", kind="history", note=note)


def draw(request: SampleRequest) -> Scenarios:
    """The scenarios of a request, from the warm worker or from the last ones it drew."""
    return state.sampler().sample(request)


def identity(request: SampleRequest) -> str:
    """What is kept of a request's paths goes by this, since a resumed run keeps its id and draws others."""
    return state.sampler().identity(request)


def values_along(scenarios: Scenarios, shares: Array) -> Array:
    """Values of holdings along generated paths, shape (n_paths, n_steps + 1); in parts: double precision is large."""
    parts = [
        portfolio_values(scenarios.log_returns[first : first + 500], shares)
        for first in range(0, scenarios.n_paths, 500)
    ]
    return np.concatenate(parts)


@st.cache_resource(max_entries=16, show_spinner=False)
def outcomes(
    digest: str,  # noqa: ARG001 (the key)
    subject: str,
    label: str,
    kind: Kind,
    _scenarios: Scenarios,
) -> Outcomes:
    """Values of what is measured along generated paths; kept by ``identity``."""
    values = values_along(_scenarios, weights(_scenarios.tickers, subject))
    note = (
        f"{_scenarios.n_paths:,} paths, {_scenarios.step.words(_scenarios.n_steps)}, from "
        f"{conditions.origin(_scenarios)}, "
        f"seed {_scenarios.seed}"
    )
    return Outcomes.of(values, label=label, kind=kind, note=note)


@st.cache_resource(max_entries=32, show_spinner=False)
def like(
    identity: str,  # noqa: ARG001 (part of the key)
    share: float,  # noqa: ARG001 (part of the key)
    _sample: Outcomes,
    _history: Outcomes,
) -> tuple[int, int, float]:
    """Row of the path closest to a window of history, the window's row, and their distance; kept by ``identity``."""
    among = np.unique(np.linspace(0, _sample.n_paths - 1, min(_sample.n_paths, _MOST_COMPARED)).astype(int))
    found = closest(_sample.values, _history.values, among)
    return found.path, found.window, found.distance


def severity_words(share: float) -> str:
    """A severity for a control and for an address: "All", "Worst 5 %"."""
    return "All" if share == 1 else f"Worst {share * 100:g} %"


def fan(
    sample: Outcomes,
    share: float,
    *,
    step: Step,
    key: str,
    identity: str,
    starts: pd.DatetimeIndex,
    past: Outcomes,
    y_range: tuple[float, float],
    height: int = 390,
) -> None:
    """Draw one fan of the worst ``share`` of a sample, with its worst, its median and its closest path named.

    ``identity`` tells this sample and this history from all others; ``starts`` are the days on which the windows of
    the history ``past`` set out, and ``step`` is that of their market.
    """
    chosen = sample.worst(share)
    named = _named(chosen, share, identity, starts, past)
    note = sample.note if share == 1 else f"Worst {chosen.n_paths:,} of {sample.note}"
    figure = charts.fan(
        replace(chosen, note=note),
        charts.headline(chosen, share),
        named=named,
        y_range=y_range,
        dark=state.dark(),
        height=height,
    )
    show.chart(
        figure,
        f"Fan of the change of value over {step.words(sample.n_steps)}. {charts.headline(chosen, share)}. {note}.",
        key,
        data=partial(charts.fan_data, chosen, named),
        how=charts.HOW["fan"],
        step=step,
    )


def _named(
    chosen: Outcomes, share: float, identity: str, starts: pd.DatetimeIndex, past: Outcomes
) -> list[charts.Named]:
    worst, median = chosen.worst_path(), chosen.median_path()
    if chosen.kind == "history":
        when = f"{starts[chosen.rows[worst]]:%b %Y}"
        return [charts.Named(f"worst: {when}", worst, True), charts.Named("median", median)]
    path, window, _ = like(identity, share, chosen, past)
    names = {worst: "worst", median: "median"}
    if path not in names:
        names[path] = f"like {starts[window]:%b %Y}"
    return [charts.Named(name, row, name == "worst") for row, name in names.items()]
