"""The risk page's controls and samples: who draws, from which day, and what is kept of it from rerun to rerun."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from fingen_core.market import Crisis, Market
from fingen_core.portfolio.portfolio import Portfolio
from fingen_core.portfolio.risk import LEVELS, Gains, risk_table
from fingen_core.scenarios import Scenarios
from fingen_core.scenarios.history import window_values
from fingen_core.scenarios.outcomes import Outcomes
from fingen_core.scenarios.regimes import height
from fingen_core.scenarios.requests import SampleRequest
from fingen_core.scenarios.value_at_risk import RIVAL_NAMES, RiskQuestion, gains_of, history_gains, named_gains
from fingen_core.types import Array
from fingen_core.ui.holdings import editor
from fingen_core.ui.request import samples as stress
from fingen_core.ui.request import sources
from fingen_core.ui.session import portfolio as portfolios

__all__ = ["Desk", "Sample", "ask", "sample_of", "table_of"]

_LAST, _NEVER = "Last day", "None"
_BENCHMARK = "benchmark"
_RUIN = 1e-9  # value at which a path that has lost everything stays


@dataclass(frozen=True, eq=False, kw_only=True)
class Sample:
    """Paths of one source with what identifies them.

    ``identity`` is that of the request's paths; ``gains`` are those of the assets over all horizons.
    """

    identity: str
    label: str
    kind: Any
    scenarios: Scenarios
    gains: Gains


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What was asked for on the risk page.

    Attributes
    ----------
    market : Market
    portfolio : Portfolio
    benchmark : Portfolio or None
    source, label : str
        Who draws, for the sampler and for people.
    rival : str
        The classical generator beside it, for the sampler.
    start : str or None
        ISO date that paths set out from; ``None`` is the last day.
    level : float
    n_paths, seed : int
    stress : Crisis or None
        Whose wildest day the stress state is taken from.
    """

    market: Market
    portfolio: Portfolio
    benchmark: Portfolio | None
    source: str
    label: str
    rival: str
    start: str | None
    level: float
    n_paths: int
    seed: int
    stress: Crisis | None

    @property
    def weights(self) -> Array:
        return self.portfolio.on(self.market.tickers)

    @cached_property
    def stress_day(self) -> pd.Timestamp | None:
        """The wildest day of the chosen crisis."""
        return _heights(self.market.digest(), self.market)[self.stress.name][0] if self.stress else None

    def request(self, source: str, start: str | None) -> SampleRequest:
        """What the sampler is asked for."""
        return self.question(source, start).request()

    def question(self, source: str, start: str | None) -> RiskQuestion:
        """Who draws, from which day."""
        return RiskQuestion(market=self.market, source=source, start=start, n_paths=self.n_paths, seed=self.seed)

    def drawn(self) -> Sample:
        """The chosen source from the chosen day."""
        asked = self.question(self.source, self.start)
        return sample_of(asked.request(), self.label, asked.kind)

    def rival_sample(self) -> Sample:
        """The classical generator from the same day."""
        return sample_of(self.request(self.rival, self.start), RIVAL_NAMES[self.rival], "rival")

    def stress_sample(self) -> Sample | None:
        """The chosen source from the wildest day of the chosen crisis."""
        if self.stress is None or self.stress_day is None:
            return None
        request = self.request(self.source, f"{self.stress_day:%Y-%m-%d}")
        return sample_of(request, f"{self.label}, from {self.stress.name}", "generated")

    def past(self) -> Gains:
        """History's windows over all horizons."""
        return _history_gains(self.market.digest(), self.market)

    def outcomes(self, sample: Sample) -> Outcomes:
        """Value of the portfolio along a sample's paths."""
        return _values(sample.identity, self.portfolio.digest(), sample, self.weights)

    def past_outcomes(self) -> Outcomes:
        """Value of the portfolio along history's windows."""
        n_steps = self.question(self.source, self.start).n_steps
        return _past_values(self.market.digest(), self.portfolio.digest(), n_steps, self.market, self.weights)

    def note(self, sample: Sample) -> str:
        """The sample in words."""
        return sample.gains.note


def ask(market: Market) -> Desk:
    """Draw the controls and return what they say."""
    widths = [2.2, 1.1, 2.2, 2.4, 1.3, 1.4]
    which, edit, by, start, level, more = st.columns(widths, gap="small", vertical_alignment="bottom")
    with which:
        portfolio = portfolios.choose(market)
    with edit:
        editor.offer(market)
    source, label = sources.choose_source(
        market,
        by,
        key="risk_by",
        note="A model that was trained on this market, or a classical generator. History and a rival stand beside it.",
        linked=True,
    )
    day = _start(market, start)
    confidence = level.selectbox(
        "Level",
        LEVELS,
        index=1,
        format_func=lambda value: f"{value * 100:g} %",  # a plain space: it stands in addresses
        key="risk_level",
        bind="query-params",
        help="97.5 % looks at the worst 1 in 40 outcomes; it is Basel's standard for expected shortfall.",
    )
    with more.popover("More", icon=":material/tune:", width="stretch"):
        benchmark = _benchmark(market, portfolio)
        stressed = _stress(market)
        n_paths = sources.choose_paths("risk_paths")
        seed = st.number_input(
            "Seed", 0, 2**31 - 1, 0, key="risk_seed", bind="query-params", help="Same seed, same paths."
        )
    return Desk(
        market=market,
        portfolio=portfolio,
        benchmark=benchmark,
        source=source,
        label=label,
        rival=RiskQuestion(market=market, source=source).rival,
        start=day,
        level=confidence,
        n_paths=n_paths,
        seed=int(seed),
        stress=stressed,
    )


def _start(market: Market, place: Any) -> str | None:
    last = market.dates[-1]
    days = {f"Eve of {crisis.name}, {crisis.start:%Y-%m-%d}": crisis.start for crisis in _crises(market)}
    heights = _heights(market.digest(), market)
    days |= {f"Height of {name}, {day:%Y-%m-%d}": day for name, (day, _) in heights.items()}
    picked = place.selectbox(
        "Starting from",
        [_LAST, *sorted(days, key=lambda name: days[name], reverse=True)],
        format_func=lambda name: f"{_LAST}, {last:%Y-%m-%d}" if name == _LAST else name,
        key="risk_start",
        bind="query-params",
        help="Paths set out from that close, in the state the market was in: calm or wild.",
    )
    return f"{days[picked]:%Y-%m-%d}" if picked in days else None


def _crises(market: Market) -> list[Crisis]:
    """Crises whose eve has a year of history before it."""
    return sources.crises_after(market, min(250, market.n_steps))


@st.cache_data(max_entries=8, show_spinner=False)
def _heights(digest: str, _market: Market) -> dict[str, tuple[pd.Timestamp, float]]:  # noqa: ARG001 (the key)
    """The wildest day of each crisis and its volatility, by name."""
    return {crisis.name: height(_market, crisis) for crisis in _crises(_market)}


def _benchmark(market: Market, portfolio: Portfolio) -> Portfolio | None:
    known = {name: one for name, one in portfolios.offers(market).items() if name != portfolio.name}
    before = portfolios.benchmark(market)
    linked = st.query_params.get(_BENCHMARK, before.name if before else "")
    names = [portfolios.NO_BENCHMARK, *known]
    picked = st.selectbox(
        "Benchmark portfolio",
        names,
        index=names.index(linked) if linked in known else 0,
        key=f"risk_benchmark_{portfolio.name}",
        help="Stands beside the portfolio in the answer and in the table.",
    )
    chosen = known.get(picked or "")
    portfolios.set_benchmark(chosen)
    if chosen is not None:
        st.query_params[_BENCHMARK] = chosen.name
    elif _BENCHMARK in st.query_params:
        del st.query_params[_BENCHMARK]
    return chosen


def _stress(market: Market) -> Crisis | None:
    """The crisis whose wildest day is the stress state: the wildest of all unless another is chosen."""
    found = {crisis.name: crisis for crisis in _crises(market)}
    if not found:
        return None
    heights = _heights(market.digest(), market)
    wild = max(found, key=lambda name: heights[name][1])
    picked = st.selectbox(
        "Stress state",
        [*found, _NEVER],
        index=list(found).index(wild),
        key="risk_stress",
        bind="query-params",
        help="Contributions, correlation and scenarios are also shown as the model draws them from that crisis's "
        f"wildest {market.step.noun}.",
    )
    return found.get(picked or "")


@st.cache_resource(max_entries=4, show_spinner=False)
def _drawn(identity: str, _request: SampleRequest) -> Scenarios:  # noqa: ARG001 (the key)
    return stress.draw(_request)


def sample_of(request: SampleRequest, label: str, kind: Any) -> Sample:
    """A request's paths and gains, kept by its digest."""
    identity = stress.identity(request)
    scenarios = _drawn(identity, request)
    named = named_gains(_gains(identity, scenarios), scenarios, label, kind)
    return Sample(identity=identity, label=label, kind=kind, scenarios=scenarios, gains=named)


@st.cache_resource(max_entries=12, show_spinner=False)
def _gains(identity: str, _scenarios: Scenarios) -> Gains:  # noqa: ARG001 (the key)
    return gains_of(_scenarios)


@st.cache_resource(max_entries=4, show_spinner=False)
def _history_gains(digest: str, _market: Market) -> Gains:  # noqa: ARG001 (the key)
    return history_gains(_market)


@st.cache_data(max_entries=32, show_spinner=False)
def table_of(identity: str, _sources: list[Gains], _weights: Array) -> pd.DataFrame:  # noqa: ARG001 (the key)
    """The risk table, kept by what identifies its sources and weights."""
    return risk_table(_sources, _weights)


@st.cache_resource(max_entries=12, show_spinner=False)
def _values(identity: str, digest: str, _sample: Sample, _weights: Array) -> Outcomes:  # noqa: ARG001 (the key)
    values = stress.values_along(_sample.scenarios, _weights)
    return Outcomes.of(_ruined(values), label=_sample.label, kind=_sample.kind, note=_sample.gains.note)


@st.cache_resource(max_entries=6, show_spinner=False)
def _past_values(digest: str, portfolio: str, n_steps: int, _market: Market, _weights: Array) -> Outcomes:  # noqa: ARG001
    values = window_values(_market, n_steps, _weights)
    note = f"{len(values):,} overlapping windows, {_market.dates[0]:%Y}-{_market.dates[-1]:%Y}"
    return Outcomes.of(_ruined(values), label="History", kind="history", note=note)


def _ruined(values: Array) -> Array:
    """Short positions can cost more than everything: from then on such a path stays at nothing."""
    lost = np.minimum.accumulate(values, axis=1) <= 0
    return np.where(lost, _RUIN, values)
