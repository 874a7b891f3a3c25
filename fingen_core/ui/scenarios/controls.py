"""The controls of the Scenarios page and what they amount to; every one of them is part of the address."""

from datetime import date
from typing import Any

import streamlit as st

from fingen_core.market import Market, crises_between
from fingen_core.scenarios.requests import RIVALS
from fingen_core.ui.request import conditions, model_wanted, sources
from fingen_core.ui.request.choice import Choice
from fingen_core.ui.request.conditions import Asked
from fingen_core.ui.request.subject import tell_left_out, what
from fingen_core.ui.session import state

__all__ = ["choose"]

_MOST_VALUES = 40_000_000  # asset-days per source: 160 MB in single precision
_LAST, _DAY, _STATE = "Last day", "A day of my choice", "A state of the market"
_BY, _RUN, _LOST, _KEPT = "by", "run", "by_lost", "by_kept"
_MOST = 4


def choose(market: Market) -> Choice:
    """Draw the controls and return what they say.

    Raises
    ------
    InvalidInput
        If more is asked for than fits into memory.
    """
    widths = [2.4, 2.0, 1.3, 2.1, 1.4]  # the name of a portfolio needs room, and "252 days" and "More" some
    by, start, length, of, more = st.columns(widths, gap="small", vertical_alignment="bottom")
    with by:
        labels = _who(market)
    with start:
        day = _from(market)
    step = market.step
    horizons = sources.horizons(market, "fortnight", "month", "quarter", "half-year", "year")
    n_steps = length.selectbox(
        "Horizon",
        horizons,
        index=horizons.index(step.quarter) if step.quarter in horizons else len(horizons) - 1,
        format_func=step.words,
        key="days",
        bind="query-params",
        help=step.legend("month", "quarter", "year"),
    )
    with of:
        subject = what(market)
    with more.popover("More", icon=":material/tune:", width="stretch"):
        n_paths = sources.choose_paths("paths", _MOST_VALUES / (step.quarter * market.n_assets))
        seed = st.number_input("Seed", 0, 2**31 - 1, 0, key="seed", bind="query-params", help="Same seed, same paths.")
    wanted: dict[str, float] = {}
    if day == _DAY:
        day = _day(market, st.columns([2.6, 2.0, 4.4], gap="small")[1])
    elif day == _STATE:
        day, wanted = None, conditions.ask_state(market)
    tell_left_out(subject)
    _tell_lost(labels)
    choice = Choice(
        labels=labels,
        start=day,
        n_steps=n_steps,
        n_paths=n_paths,
        seed=int(seed),
        subject=subject,
        asked=Asked(market=wanted),
    )
    if all(source in RIVALS for source in sources.sources(market)):
        model_wanted.tell(market, "Rivals draw below; a quick model takes under a minute.")
    sources.refuse_large(n_paths, n_steps, market.n_assets, most=_MOST_VALUES)
    return choice


def _who(market: Market) -> dict[str, str]:
    """Who draws, in the address by the names that requests use: a run keeps its own when people rename it.

    The address is written here and not by a bound widget, which leaves out its default: the run that somebody works
    on is the default of nobody else.
    """
    known, case = sources.sources(market), (state.run_id(), market.digest())
    if _BY not in st.session_state:
        st.session_state[_BY], st.session_state[_LOST] = _asked(known, case)
    picked = st.multiselect(
        "Drawn by",
        list(known),
        format_func=known.__getitem__,
        key=_BY,
        on_change=_found,
        max_selections=_MOST,
        placeholder="Choose a model or a rival",
        help="Models that were trained on this market, and classical rivals to judge them by.",
    )
    if not st.session_state[_LOST]:  # else the address goes on saying what the link asked for
        st.session_state[_KEPT] = (case, picked)
        if st.query_params.get_all(_BY) != (picked or [""]):
            st.query_params[_BY] = picked or ""
    return {source: known[source] for source in picked}


def _asked(known: dict[str, str], case: tuple[str | None, str]) -> tuple[list[str], list[str]]:
    """Who is to draw on arriving here, and whom the address names in vain."""
    linked = st.query_params.get_all(_BY) or st.query_params.get_all(_RUN)
    wanted = list(dict.fromkeys(sources.source_named(known, source) for source in linked if source))
    there = [source for source in wanted if source in known][:_MOST]
    lost = [source for source in wanted if source not in known]
    if there or (linked and not lost):
        return there, lost
    before, kept = st.session_state.get(_KEPT, (None, []))
    if before == case and not lost and all(source in known for source in kept):
        return kept, lost
    current = f"run:{state.run_id()}"
    return [current if current in known else next(iter(known))], lost


def _found() -> None:
    """Somebody chose anew: what the link asked for no longer matters."""
    st.session_state[_LOST] = []


def _tell_lost(labels: dict[str, str]) -> None:
    for source in st.session_state.get(_LOST, []):
        st.warning(
            f"This link asks for {', '.join(sources.lost(source))}. Drawn without it: {', '.join(labels.values())}.",
            icon=":material/link_off:",
        )


def _from(market: Market) -> str | None:
    first, last = market.dates[0], market.dates[-1]
    eves = {
        f"Eve of {crisis.name}, {crisis.start:%Y-%m-%d}": crisis
        for crisis in crises_between(market.dates[min(250, market.n_steps)], last)
    }
    picked = st.selectbox(
        "Starting from",
        [_LAST, _STATE, *reversed(eves), _DAY],
        format_func=lambda name: f"{_LAST}, {last:%Y-%m-%d}" if name == _LAST else name,
        key="start",
        bind="query-params",
        help="Paths set out from that close, in the state the market was in: calm or wild. A state of the market "
        f"takes them from all {market.step.nouns} of history that were like it.",
    )
    if picked in {_DAY, _STATE}:
        return str(picked)
    return f"{max(eves[picked].start, first):%Y-%m-%d}" if picked in eves else None


def _day(market: Market, place: Any) -> str:
    """A day of the history, chosen in a row of its own."""
    first, last = market.dates[0].date(), market.dates[-1].date()
    day: date = place.date_input(
        "Day", last, first, last, key="day", bind="query-params", format="YYYY-MM-DD", label_visibility="collapsed"
    )
    return day.isoformat()
