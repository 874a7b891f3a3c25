"""Scenarios saved by name from the pages, and links that open them again: ``?scenario=ID`` on any page."""

import json
from collections.abc import Callable, Sequence

import streamlit as st

from fingen_core.errors import FinGenError, NotFound
from fingen_core.market import Market
from fingen_core.portfolio.portfolio import Portfolio
from fingen_core.scenarios import Scenarios
from fingen_core.scenarios.requests import SampleRequest, StressRequest
from fingen_core.scenarios.saved import LONGEST_NOTES, SavedScenario, paths_digest, scenario_shelf
from fingen_core.settings import home
from fingen_core.storage.records import LONGEST_NAME, Record
from fingen_core.ui.kit import saving, show
from fingen_core.ui.session import audit, state
from fingen_core.ui.session import portfolio as portfolios

__all__ = ["asks_for", "follow", "offer", "open_saved", "opened"]

LINK = "scenario"
_OPENED, _LOST = "scenario_opened", "scenario_lost"
_CHANGED = "settings were changed since it was opened"


def follow() -> None:
    """Go to what the address names by ``?scenario=ID``, unless it is open already; say once if it is not here."""
    linked = st.query_params.get(LINK, "")
    if not linked or linked in (st.session_state.get(_OPENED), st.session_state.get(_LOST)):
        return
    try:
        open_saved(linked)
    except FinGenError as problem:
        st.session_state[_LOST] = linked
        st.toast(f"The scenario of this link cannot be opened: {problem}", icon=":material/link_off:")


def open_saved(scenario_id: str) -> None:
    """Leave for the page of a saved scenario with everything as it was.

    Raises
    ------
    NotFound, InvalidInput
        If there is no such scenario, it was deleted, or its market is not on this server.
    """
    record = scenario_shelf(home()).get(scenario_id)
    if record.deleted:
        raise NotFound(f"“{record.name}” was deleted: restore it in the library")
    saved = SavedScenario.of(record)
    state.market_of(saved.market)  # or NotFound before anything changes
    st.session_state[_OPENED] = scenario_id
    portfolios.set_current(saved.portfolio)
    query: dict[str, str | list[str]] = {**saved.query, "market": saved.market, LINK: scenario_id}
    show.go_to(saved.page, query)


def opened(requests: Sequence[SampleRequest], drawn: Sequence[Scenarios]) -> None:
    """Say under the controls which saved scenario this is, and whether its paths are those that were saved."""
    scenario_id = st.session_state.get(_OPENED)
    if not scenario_id or st.query_params.get(LINK) != scenario_id:
        return
    try:
        record = scenario_shelf(home()).get(scenario_id)
        saved = SavedScenario.of(record)
    except FinGenError:
        return  # deleted from the disk meanwhile: what is on screen stays
    if not saved.requests:  # of a search, which the address says all about
        same = all(st.query_params.get_all(key) == values for key, values in saved.query.items())
        told = "asked again as it was saved, with the same seed" if same else _CHANGED
    elif [request.digest() for request in requests] != [request.digest() for request in saved.requests]:
        told = _CHANGED
    elif saved.differs(drawn):
        told = "drawn anew, the paths differ from those that were saved: another machine, version or training"
    else:
        told = "the very paths that were saved"
    notes = f" {saved.notes}" if saved.notes else ""
    st.caption(f":material/bookmark: **{record.name}**: {told}.{notes}")


def asks_for(search: StressRequest) -> bool:
    """Whether the saved scenario that was opened is this search: then it begins without being asked for again."""
    scenario_id = st.session_state.get(_OPENED)
    if not scenario_id or st.query_params.get(LINK) != scenario_id:
        return False
    try:
        return SavedScenario.of(scenario_shelf(home()).get(scenario_id)).search == search
    except FinGenError:
        return False  # deleted from the disk meanwhile


def offer(
    page: str,
    market: Market,
    portfolio: Portfolio,
    *,
    requests: Sequence[SampleRequest],
    draw: Callable[[], Sequence[Scenarios]],
    headline: str,
    search: StressRequest | None = None,
    key: str = "scenario",
    label: str = "Save",
) -> None:
    """A button that saves what is on screen by name.

    ``draw`` gives the paths of ``requests``, which the sampler still has; it is called when somebody saves. ``search``
    is what was searched for instead. ``key`` begins the keys of the form, for pages with two of
    them, and ``label`` tells those apart.
    """
    box = f"{key}_box"
    look = {"icon": ":material/bookmark_add:", "width": "stretch"}
    with saving.popover(label, box, **look), st.form(f"{key}_form", border=False):
        name = st.text_input("Name", max_chars=LONGEST_NAME, key=f"{key}_name", placeholder="Autumn 2008, my book")
        notes = st.text_area("Notes", max_chars=LONGEST_NOTES, key=f"{key}_notes", height=80)
        if not st.form_submit_button("Save to the library", type="primary", key=f"{key}_save"):
            return
        query = {
            key: st.query_params.get_all(key)
            for key in st.query_params
            if key not in (LINK, "market", portfolios.DRAFT_LINK)
        }
        try:
            drawn = draw()
            saved = SavedScenario(
                page=page,
                query=query,
                requests=tuple(requests),
                digests=tuple(paths_digest(one) for one in drawn),
                search=search,
                market=state.digest_of(market),
                market_name=market.name,
                portfolio=portfolio,
                headline=headline,
                notes=notes.strip(),
                who=audit.who(),
            )
            record = _kept(name, saved)
        except FinGenError as problem:
            show.error(problem)
            return
        st.session_state[_OPENED] = record.id
        st.query_params[LINK] = record.id
        saving.close(
            box, f"Saved. The address of this page is its link now; it stands in the library as “{record.name}”."
        )


def _kept(name: str, saved: SavedScenario) -> Record:
    """Its record: a second Enter finds the one that the first has made."""
    shelf = scenario_shelf(home())
    body = json.loads(json.dumps(saved.body()))
    known = next((one for one in shelf.list() if one.name == " ".join(name.split()) and one.body == body), None)
    if known is not None:
        return known
    record = shelf.add(name, body)
    audit.note("scenario saved", record.name, id=record.id, paths=", ".join(saved.digests))
    return record
