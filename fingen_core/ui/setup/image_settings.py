"""Every further setting of a model of pictures as a widget, and weights that let its extra terms pull alike.

Labels, limits and explanations come from ``training.settings.picture_config``; nothing about a setting is written here.
"""

from collections.abc import Callable
from typing import Any

import streamlit as st

from fingen_core.errors import FinGenError, InvalidInput
from fingen_core.market import Market
from fingen_core.training.settings.base import Control
from fingen_core.training.settings.knobs import terms_of
from fingen_core.training.settings.picture_config import PICTURE_CHOICES, PictureConfig, picture_controls
from fingen_core.training.settings.vocabulary import CHOICE_CONTROLS
from fingen_core.ui.kit import show
from fingen_core.ui.kit.number_widget import number_widget
from fingen_core.ui.session import state
from fingen_core.ui.setup.balancing import balanced

__all__ = ["settings"]

TABS = {
    "Loss": {"loss": "What is learned", "terms": "Extra terms", "conditions": "What it can be asked for"},
    "Learning": {"optimizer": "How it steps", "schedule": "Learning rates over time"},
    "Size and length": {"network": "Size of the model", "length": "Steps and seed", "validation": "Looks"},
}
"""Groups of settings with their titles, under the tab that holds them; the important ones first."""

_BALANCED = "images_balanced"


def settings(base: PictureConfig, key: str, market: Market, fill: Callable[[PictureConfig], None]) -> PictureConfig:
    """The settings that the widgets say, set out from ``base``.

    Parameters
    ----------
    base : PictureConfig
        Its kind of picture, model, network and loss are chosen elsewhere.
    key : str
        Tells these widgets from those that set out from other settings.
    market : Market
        On which pulls are measured; one series has no correlations.
    fill : callable
        Lets the form set out from other settings.

    Raises
    ------
    InvalidInput
        If the settings contradict each other; all widgets are drawn then.
    """
    changes: dict[str, Any] = {}
    with st.expander("Expert settings", icon=":material/tune:", key="images_expert"):
        for tab, groups in zip(st.tabs(list(TABS)), TABS.values(), strict=True):
            with tab:
                for group, title in groups.items():
                    _group(group, title, base, key, changes, market.n_assets)
                    if group == "terms":
                        _balance(base, changes, market, fill)
    return base.replace(**changes)


def _group(  # noqa: PLR0917
    group: str, title: str, base: PictureConfig, key: str, changes: dict[str, Any], n_assets: int
) -> None:
    st.markdown(f"**{title}**")
    if group == "terms":
        alone = " One series has no correlation with others, so there is no such term." if n_assets == 1 else ""
        st.caption(f"Each is added with its own weight. At 0 it is not computed at all.{alone}")
    words = [name for name in _words(base) if CHOICE_CONTROLS[name].group == group]
    for column, name in zip(st.columns(3, gap="medium") if words else (), words, strict=False):
        with column:
            changes[name] = _choice(name, getattr(base, name), f"images_{name}_{key}")
    numbers = [name for name, control in picture_controls().items() if _is_shown(control, group, base, changes)]
    numbers = [name for name in numbers if n_assets > 1 or name != "correlation_weight"]
    for start in range(0, len(numbers), 3):
        for column, name in zip(st.columns(3, gap="medium"), numbers[start : start + 3], strict=False):
            value, control = getattr(base, name), picture_controls()[name]
            with column:
                said = number_widget(control, float(value), float(value), f"images_{name}_{key}")
            changes[name] = type(value)(said)


def _words(base: PictureConfig) -> list[str]:
    schedule = "schedule" if base.model == "vae" else "gan_schedule"
    return ["optimizer", "precision", schedule, "severity_label"]


def _is_shown(control: Control, group: str, base: PictureConfig, changes: dict[str, Any]) -> bool:
    """Whether a setting belongs to the group and matters to the model and to what else is chosen."""
    if control.group != group or base.model not in control.models:
        return False
    asked = {name: allowed for name, allowed in control.when.items() if name in _words(base)}
    return not asked or any(changes.get(name) in allowed for name, allowed in asked.items())


def _choice(name: str, value: str, key: str) -> str:
    step = state.step()
    texts = {word: step.retold(text) for word, text in PICTURE_CHOICES[name].items() if word != "gradient-descent"}
    chosen: str = st.selectbox(
        CHOICE_CONTROLS[name].label.partition(" (")[0],
        list(texts),
        index=list(texts).index(value),
        format_func=lambda word: texts[word].partition(":")[0],
        key=key,
        help="\n".join(f"- {text}." for text in texts.values()),
    )
    return chosen


def _balance(
    base: PictureConfig, changes: dict[str, Any], market: Market, fill: Callable[[PictureConfig], None]
) -> None:
    """Weights with which each extra term that has one pulls as much as the main term."""
    weighted = any(changes.get(f"{term}_weight") for term in terms_of(base))
    with st.container(horizontal=True, vertical_alignment="center"):
        asked = st.button(
            "Balance the weights",
            icon=":material/balance:",
            disabled=not weighted,
            key="images_balance",
            help="Measures how strongly each term pulls at the painter early in the training, and sets the weights "
            "above 0 so that each pulls as much as the likelihood or the critic. Takes some seconds.",
        )
        if not weighted:
            st.caption("Give a term a weight first.", width="content")
        elif done := st.session_state.get(_BALANCED):
            st.caption(done, width="content")
    if asked:
        _measure(base, changes, market, fill)


def _measure(
    base: PictureConfig, changes: dict[str, Any], market: Market, fill: Callable[[PictureConfig], None]
) -> None:
    try:
        config = base.replace(**changes)
        weights, told = balanced(config, market)
    except FinGenError as problem:
        show.error(problem)
        return
    st.session_state[_BALANCED] = told
    try:
        fill(config.replace(**weights))
    except InvalidInput as problem:
        show.error(problem)
        return
    st.rerun()
