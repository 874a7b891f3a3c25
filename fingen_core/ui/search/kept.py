"""What a search found, taken along: into the risk page's table of scenarios, and into the library."""

from dataclasses import dataclass, replace

import streamlit as st

from fingen_core.market import Market
from fingen_core.portfolio.named import NamedPaths
from fingen_core.portfolio.values import asset_returns
from fingen_core.scenarios.requests import StressRequest
from fingen_core.ui.kit import show
from fingen_core.ui.request import samples
from fingen_core.ui.search.controls import Setup
from fingen_core.ui.search.progress import odds
from fingen_core.ui.session import audit, saved_links, state

__all__ = ["PARTS", "forget", "kept", "offer"]

_KEPT = "stress_kept"
_MOST = 12
PARTS = {"what-if": ("answer", "What if"), "reverse": ("event", "Reverse"), "tail": ("answer", "Severity")}
"""The part of an answer that holds the paths, and what such scenarios are called, by kind of search."""

_PAGES = {
    "what-if": "pages/stress/what_if.py",
    "reverse": "pages/stress/reverse.py",
    "tail": "pages/stress/scenarios.py",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class _Kept:
    """A set of paths with the market that it belongs to."""

    market: str
    scenario: NamedPaths


def offer(request: StressRequest, setup: Setup, name: str) -> None:
    """Buttons below a finished search: to the risk page, and into the library under a name."""
    part, group = PARTS[request.kind]
    status = state.desk().status(request.digest())
    found = status.parts.get(part) if status is not None else None
    if found is None:
        return
    is_tail = request.kind == "tail"  # which stands on a page that has a Save of its own
    add, save, _ = st.columns([1.6, 1.3 if is_tail else 1, 4], gap="small")
    with add:
        if st.button(
            "Add to portfolio risk",
            icon=":material/playlist_add:",
            key=f"keep-{request.digest()}",
            width="stretch",
            help="Stands in its table of scenarios for this session, measured on whatever portfolio is chosen there.",
        ):
            likely = found.facts.get("probability")
            # Paths may go on beyond the day that the question names.
            until = replace(setup, n_steps=int(found.facts.get("day", setup.n_steps)))
            exact = "gains" in found.arrays  # of all paths, with their weights
            note = f"{setup.label}, {until.note()}" + (f"; likely {odds(likely)}" if likely is not None else "")
            _keep(
                setup.market,
                NamedPaths(
                    name=f"{group}: {name}",
                    group=group,
                    kind="generated",
                    gains=found.arrays["gains"] if exact else asset_returns(found.arrays["paths"]),
                    chances=found.arrays["chances"] if exact else None,
                    n_steps=until.n_steps,
                    effective=float(found.facts["effective"]),
                    note=note,
                ),
            )
            audit.note("scenario added to portfolio risk", name, kind=request.kind, request=request.digest())
            show.go_to("pages/risk/portfolio.py", {"risk_view": "Scenarios"})
    with save:
        saved_links.offer(
            _PAGES[request.kind],
            setup.market,
            samples.held(setup.market, setup.subject),
            requests=[],
            draw=list,
            search=request,
            headline=f"{group}: {name}, from {setup.day:%Y-%m-%d}, drawn by {setup.label}.",
            key="tail" if is_tail else "scenario",
            label="Save this tail" if is_tail else "Save",
        )
    if not is_tail:  # on the Scenarios page the headline says it
        saved_links.opened([], [])


def kept(market: Market) -> list[NamedPaths]:
    """What was added in this session, of this market."""
    return [one.scenario for one in st.session_state.get(_KEPT, ()) if one.market == market.digest()]


def forget() -> None:
    """Take everything that was added out of the table."""
    st.session_state.pop(_KEPT, None)


def _keep(market: Market, scenario: NamedPaths) -> None:
    before = [one for one in st.session_state.get(_KEPT, ()) if one.scenario.name != scenario.name]
    st.session_state[_KEPT] = [*before, _Kept(market=market.digest(), scenario=scenario)][-_MOST:]
