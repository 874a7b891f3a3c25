"""Who can draw scenarios of a market, from which days, and how many: what the controls of several pages share."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from fingen_core.errors import InvalidInput, NotFound
from fingen_core.market import Crisis, Market, crises_between
from fingen_core.market.step import Span
from fingen_core.runs import comparing
from fingen_core.scenarios.requests import RIVALS
from fingen_core.settings import N_PATHS
from fingen_core.ui.session import state

__all__ = [
    "COUNTS",
    "choose_paths",
    "choose_source",
    "crises_after",
    "horizons",
    "linked_source",
    "lost",
    "models",
    "refuse_large",
    "source_named",
    "sources",
]

COUNTS = (500, 1000, 2000, N_PATHS, 10_000)
"""Numbers of paths on offer."""

_RIVAL = "Rival: "
_RIVAL_LABELS = {"fhs-gjr": "FHS, GJR-GARCH", "block-bootstrap": "block bootstrap"}
_PRETRAINED = ("pretrained", "Pretrained VAE")
_BY, _RUN, _LOST = "by", "run", "drawing_lost"


def horizons(market: Market, *spans: Span) -> list[int]:
    """Steps that paths may cover: each of ``spans`` that history holds twice; one step of a history that is shorter."""
    return [steps for steps in market.step.horizons(*spans) if steps < market.n_steps // 2] or [1]


def models(market: Market, *, steerable: bool = False) -> dict[str, str]:
    """Trained models of this market, by the name that a request uses; those of pictures cannot be steered.

    Labels are short and differ: they head charts and stand in legends.
    """
    found = dict([_PRETRAINED]) if state.is_sample(market) else {}
    runs = [run for run in state.store().list() if run.has_model and run.market_digest == market.digest()]
    labels = comparing.labels([run for run in runs if not (steerable and run.paints)])
    return found | {f"run:{run_id}": label for run_id, label in labels.items()}


def sources(market: Market) -> dict[str, str]:
    """Everything that can draw scenarios of this market, by the name that a request uses: models first, then rivals."""
    return {**models(market), **{name: f"{_RIVAL}{_RIVAL_LABELS[name]}" for name in RIVALS}}


def source_named(known: Mapping[str, str], name: str) -> str:
    """The source that an address means: by its own name, by a bare run id, or by the label that addresses held once."""
    by_label = {label: source for source, label in known.items()}
    by_end = {f"({source[-4:]})": source for source in known if source.startswith("run:")}
    labeled = by_label.get(name) or by_end.get(name[-6:], name)  # labels were long once, and ended like this
    return next((source for source in (name, f"run:{name}") if source in known), labeled)


def linked_source(known: Mapping[str, str], link: str) -> str:
    """Who draws by the address, from ``?run=`` or the parameter of the page; empty if it names nobody who can.

    Of whom it names in vain a toast tells, once.
    """
    asked = st.query_params.get(link) or st.query_params.get(_RUN) or ""
    source = source_named(known, asked)
    if source in known:
        return source
    if asked and st.session_state.get(_LOST) != asked:
        st.session_state[_LOST] = asked
        st.toast(
            f"This link asks for {', '.join(lost(asked))}: another one draws.",
            icon=":material/link_off:",
            duration="long",
        )
    return ""


def lost(source: str) -> tuple[str, str]:
    """Whom a link asks for in vain, to be shown, and why in a few words: "which is not on this server"."""
    run_id = source.removeprefix("run:")
    if run_id in _PRETRAINED:
        return run_id, "which only knows the bundled market"
    try:
        why = "which has been deleted" if state.store().get(run_id).deleted else "which has no model of this market"
    except NotFound:
        why = "which is not on this server"
    return f"`{run_id[:60].replace('`', '')}`", why


def choose_source(market: Market, place: Any, *, key: str, note: str, linked: bool = False) -> tuple[str, str]:
    """The control for who draws; its name in requests and its label for people.

    The run that somebody works on comes first, unless something was chosen here before: that is kept for the session.
    ``note`` is the control's help; ``linked`` puts the choice into the address, whose wish comes before all.
    """
    known = sources(market)
    widget = f"{key}_{market.digest()}"
    kept = f"{widget}_kept"
    wished = linked_source(known, _BY) if linked else ""
    if wished in known and widget not in st.session_state:  # a link just followed is a choice, a default is none
        st.session_state[kept] = wished
    preferred = (wished, st.session_state.get(kept), f"run:{state.run_id()}", next(iter(known)))
    source: str = place.selectbox(
        "Drawn by",
        list(known),
        index=list(known).index(next(name for name in preferred if name in known)),
        format_func=known.__getitem__,
        key=widget,
        on_change=_keep,
        args=(widget, kept),
        help=note,
    )
    if linked:
        st.query_params[_BY] = source
    return source, known[source].removeprefix(_RIVAL)


def choose_paths(key: str, most: float = N_PATHS) -> int:
    """The control for the number of paths; ``key`` is its name in the address.

    It begins at ``N_PATHS``, or at what is at most ``most``: of hundreds of assets fewer paths fit into memory.
    """
    chosen: int = st.select_slider(
        "Paths",
        COUNTS,
        max((count for count in COUNTS if count <= min(most, N_PATHS)), default=COUNTS[0]),
        format_func=lambda count: f"{count:,}",
        key=key,
        bind="query-params",
        help=f"More make the tails steadier and take longer: the worst 1 % of {N_PATHS:,} are {N_PATHS // 100}, which "
        "for a quarter of 19 assets take a model some seconds to draw.",
    )
    return chosen


def _keep(widget: str, kept: str) -> None:
    """Remember what was chosen: Streamlit forgets it with the page."""
    st.session_state[kept] = st.session_state[widget]


def crises_after(market: Market, n_days: int) -> list[Crisis]:
    """Crises whose eve has so many steps of this market's history before it, the oldest first.

    A market of months has no close inside a crisis of a week: such a one is left out.
    """
    first = market.dates[n_days]
    found = [crisis for crisis in crises_between(first, market.dates[-1]) if crisis.start >= first]
    return [crisis for crisis in found if len(market.prices.loc[crisis.start : crisis.end])]


def refuse_large(n_paths: int, n_steps: int, n_assets: int, *, most: int) -> None:
    """Refuse more values than ``most``, and say how many of the ``COUNTS`` of paths would fit."""
    size = n_paths * n_steps * n_assets
    if size > most:
        fits = max(count for count in (1, *COUNTS) if count * n_steps * n_assets <= most)
        raise InvalidInput(
            f"{n_paths:,} paths of {state.step().words(n_steps)} and {n_assets} assets are {size / 1e6:.0f} million "
            f"values: choose at "
            f"most {fits:,} paths under More, or a shorter horizon"
        )
