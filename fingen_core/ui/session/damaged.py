"""What of this server's store cannot be read any more: its name, its path, and what can be done about it."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from fingen_core.errors import FinGenError
from fingen_core.market import library
from fingen_core.market.statements import StatementStore
from fingen_core.portfolio.portfolio import Portfolio
from fingen_core.reports.kept import KeptReports
from fingen_core.runs import own_presets, stewardship
from fingen_core.scenarios.saved import SavedScenario, scenario_shelf
from fingen_core.settings import home
from fingen_core.storage import Damaged
from fingen_core.ui.kit import show
from fingen_core.ui.session import audit
from fingen_core.ui.session.portfolio import shelf as portfolio_shelf

__all__ = ["offer", "saved"]

_MOST = 20
_PUT_AWAY = "damaged_put_away"


def saved() -> list[Damaged]:
    """Everything that people saved and that is damaged: what runs and sweeps are, their own pages know."""
    return [
        *scenario_shelf(home()).damaged(SavedScenario.of),
        *portfolio_shelf().damaged(lambda record: Portfolio.from_json(record.body)),
        *own_presets.damaged(home()),
        *StatementStore().damaged(),
        *library.damaged(),
        *stewardship.damaged(home()),
        *KeptReports(home()).damaged(),
    ]


def offer(found: Sequence[Damaged]) -> None:
    """The list of what is damaged, each with its ways out; nothing where nothing is."""
    _offer_undo()
    if not found:
        return
    what = f"{len(found)} that cannot be read" if len(found) > 1 else "1 cannot be read"
    with st.expander(what, icon=":material/broken_image:", key="damaged"):
        for one in found[:_MOST]:
            _shown(one)
        if len(found) > _MOST:
            st.caption(f"and {len(found) - _MOST} more; delete some of these to see them.")


def _shown(one: Damaged) -> None:
    with st.container(border=True):
        st.markdown(f"**{show.plain(one.name)}**, a {one.noun}: {show.plain(one.why)}")
        st.code(str(one.path), language=None)
        with st.container(horizontal=True):
            if one.before is not None:
                st.button(
                    "Restore the copy from before",
                    icon=":material/settings_backup_restore:",
                    key=f"damaged_restore_{one.path}",
                    on_click=_restore,
                    args=(one,),
                    help="As it was before it was last changed.",
                )
            st.button(
                "Delete",
                icon=":material/delete:",
                key=f"damaged_delete_{one.path}",
                on_click=_put_away,
                args=(one,),
                help="Can be undone.",
            )


def _restore(one: Damaged) -> None:
    try:
        one.restore()
        audit.note(f"{one.noun} restored from its copy", one.name)
    except FinGenError as problem:
        st.toast(show.plain(str(problem)), icon=":material/error:")


def _put_away(one: Damaged) -> None:
    try:
        st.session_state[_PUT_AWAY] = (one, one.put_away(home()))
        audit.note(f"damaged {one.noun} deleted", one.name)
    except FinGenError as problem:
        st.toast(show.plain(str(problem)), icon=":material/error:")


def _offer_undo() -> None:
    gone: tuple[Damaged, Path] | None = st.session_state.get(_PUT_AWAY)
    if gone is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(f"The damaged {gone[0].noun} “{show.plain(gone[0].name)}” is deleted.")
        st.button("Undo", icon=":material/undo:", key="damaged_undo", on_click=_bring_back)


def _bring_back() -> None:
    one, place = st.session_state.pop(_PUT_AWAY)
    try:
        one.bring_back(place)
        audit.note(f"damaged {one.noun} brought back", one.name)
    except FinGenError as problem:
        st.toast(show.plain(str(problem)), icon=":material/error:")
