"""Saved scenarios beside each other and beside history, on the same axes and on one portfolio."""

from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from fingen_core.errors import NotFound
from fingen_core.market import Market
from fingen_core.scenarios.history import window_starts
from fingen_core.scenarios.requests import RIVALS, SampleRequest, StressRequest
from fingen_core.scenarios.saved import SavedScenario, scenario_shelf
from fingen_core.scenarios.scenarios import Scenarios
from fingen_core.settings import home
from fingen_core.storage.records import Record
from fingen_core.ui.kit import show
from fingen_core.ui.request import samples as stress
from fingen_core.ui.request.choice import Choice
from fingen_core.ui.request.scenes import VIEWS, Scenes, severity
from fingen_core.ui.search import kept
from fingen_core.ui.search import progress as search
from fingen_core.ui.session import portfolio as portfolios
from fingen_core.ui.session import state

__all__ = ["show_comparison"]

_LINK = "compare"
_MOST = 4


@dataclass(frozen=True, kw_only=True)
class _Set:
    """A saved scenario that can be drawn, or searched for, on the market that is being worked on."""

    name: str
    request: SampleRequest
    search: StressRequest | None = None

    @property
    def digest(self) -> str:
        return self.search.digest() if self.search else stress.identity(self.request)


def show_comparison(market: Market) -> None:
    """Choose saved scenarios, one portfolio and how bad; then the views of the Scenarios page."""
    known = _sets(market)
    if not known:
        show.empty(
            f"**Nothing of {market.name} is saved yet.** Save scenarios of this market, from two starting days for "
            "instance, and they can be compared here.",
            "Draw some scenarios",
            "pages/stress/scenarios.py",
        )
        return
    left, right = st.columns([3, 2], gap="small", vertical_alignment="bottom")
    linked = [one for one in st.query_params.get_all(_LINK) if one in known]
    picked = left.multiselect(
        "Saved scenarios",
        list(known),
        default=linked[:_MOST] or list(known)[:2],
        format_func=lambda one: known[one].name,
        max_selections=_MOST,
        key="library_compare",
        placeholder="Choose at least one",
        help="Those of the market that is chosen. History stands beside them.",
    )
    with right:
        portfolio = portfolios.choose(market, "Measured on")
    portfolios.tell_left_out(portfolio)
    st.query_params[_LINK] = picked
    if not picked:
        st.info("Choose at least one saved scenario above.", icon=":material/arrow_upward:")
        return
    at_hand = [_searched(known[one]) for one in picked]  # every search is begun, not only the first
    if not all(at_hand):
        return
    share = severity()
    with st.skeleton(480):
        staged = _stage([known[one] for one in picked], market, f"{stress.PORTFOLIO}{portfolio.digest()}")
    VIEWS[show.look_at(VIEWS, "Returns", "library_compare_view")](staged, share)
    lengths = {known[one].request.n_steps for one in picked}
    if len(lengths) > 1:
        st.caption(f"Horizons differ: all are shown over their first {market.step.words(min(lengths))}.")


def _sets(market: Market) -> dict[str, _Set]:
    """What can be drawn here, by id."""
    return {record.id: found for record in scenario_shelf(home()).list() if (found := _set(record, market))}


def _set(record: Record, market: Market) -> _Set | None:
    saved = SavedScenario.of(record) if _readable(record) else None
    if saved is None or not (saved.requests or saved.search):
        return None
    request = saved.search.sample() if saved.search else saved.requests[0]
    if request.market_digest != market.digest():
        return None
    return _Set(name=record.name, request=request, search=saved.search)


def _readable(record: Record) -> bool:
    """Whether a record is still what was saved; the list of saved scenarios says why it is not."""
    try:
        SavedScenario.of(record)
    except ValueError:
        return False
    return True


def _searched(one: _Set) -> bool:
    """Whether the paths of a set are at hand; where they were searched for and are not, search again and show it."""
    return one.search is None or search.search(
        one.search,
        lambda _: None,
        button=f"Search for {one.name} again",
        told=f"The paths of **{one.name}** are not at hand any more. The same search finds the same paths again, "
        "within a minute.",
        at_once=True,
    )


def _draw(one: _Set, market: Market) -> Scenarios:
    if one.search is None:
        return stress.draw(one.request)
    status = state.desk().status(one.search.digest())
    if status is None:
        raise NotFound(f"the paths of {one.name} are gone again: choose fewer searched scenarios at once")
    found = status.parts[kept.PARTS[one.search.kind][0]]
    return Scenarios(
        log_returns=found.arrays["paths"],
        tickers=market.tickers,
        start=pd.Timestamp(found.facts["start"]),
        step=market.step,
        label=found.facts["label"],
        seed=one.search.seed,
        market_digest=market.digest(),
    )


def _stage(chosen: list[_Set], market: Market, subject: str) -> Scenes:
    """Draw what was saved, cut to the shortest horizon, with history beside it."""
    n_steps = min(one.request.n_steps for one in chosen)
    drawn = [_cut(_draw(one, market), n_steps) for one in chosen]
    digests = [f"{one.digest}-{n_steps}" for one in chosen]
    samples = [
        stress.outcomes(digest, subject, one.name, "rival" if one.request.source in RIVALS else "generated", scenarios)
        for digest, one, scenarios in zip(digests, chosen, drawn, strict=True)
    ]
    return Scenes(
        choice=Choice(n_steps=n_steps, subject=subject),
        market=market,
        drawn=drawn,
        samples=samples,
        requests=[one.request for one in chosen],
        digests=digests,
        past=stress.history(market.digest(), n_steps, subject, market),
        starts=window_starts(market, n_steps),
    )


def _cut(scenarios: Scenarios, n_steps: int) -> Scenarios:
    if scenarios.n_steps == n_steps:
        return scenarios
    return replace(scenarios, log_returns=scenarios.log_returns[:, :n_steps])
