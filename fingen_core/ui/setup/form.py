"""The settings of a training as widgets: preset, model, and everything else under Expert.

Labels, limits and explanations come from ``training.settings.config``; nothing about a setting is written here. A
setting that waits for a choice (the patience of a plateau) is there when the choice is made.

The form sets out from a configuration, and each widget from its value there. A preset, a model or another run brings
a new configuration and with it new widgets (their keys carry a version): values that are pushed into existing widgets
can miss a browser that clicks while the page is still being drawn.
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from fingen_core.errors import FinGenError, InvalidInput
from fingen_core.market import Market
from fingen_core.training.settings.config import (
    CHOICE_CONTROLS,
    CHOICES,
    PRESETS,
    Choice,
    Control,
    TrainingConfig,
    controls,
    preset,
)
from fingen_core.training.settings.knobs import terms_of
from fingen_core.ui.kit import show
from fingen_core.ui.kit.number_widget import number_widget, stops
from fingen_core.ui.session import loaded_settings, state
from fingen_core.ui.setup.balancing import balanced

__all__ = ["FORM", "current", "fill", "model_choice", "preset_choice", "settings", "stops"]

TABS = {
    "Loss": {"loss": "What is learned", "terms": "Extra terms", "conditions": "What it can be asked for"},
    "Learning": {"optimizer": "How it steps", "schedule": "Learning rates over time"},
    "Size and length": {"network": "Size of the model", "length": "Steps and seed"},
    "Filter and validation": {"filter": "Volatility filter", "validation": "Validation"},
}
"""Groups of settings with their titles, under the tab that holds them; the important ones first."""

_BASE, _VERSION, _PRESET, _MODEL = "train_base", "train_version", "train_preset", "train_model"
_UNFOLDED = "train_unfolded"
_BALANCED = "train_balanced"


def fill(config: TrainingConfig) -> None:
    """Let the form set out from these settings; call before its widgets are drawn, or from a callback."""
    state = st.session_state
    state[_PRESET], state[_MODEL] = config.preset, config.model
    _set_out(config)
    state[_UNFOLDED] = bool(_changed(_plain_preset()))  # what differs is what somebody came for


def current() -> TrainingConfig:
    """What the form says now; where that contradicts itself, what it set out from."""
    _begin()
    base = _plain_preset()
    try:
        return base.replace(**_changed(base))
    except InvalidInput:
        before: TrainingConfig = st.session_state[_BASE]
        return before


FORM = loaded_settings.Form("train", current, fill)


def preset_choice() -> None:
    """Another preset brings its own values for everything else, except the seed."""
    _begin()
    _described("Preset", _PRESET, PRESETS)


def model_choice() -> None:
    """Another model brings the preset's values for it."""
    _begin()
    _described("Model", _MODEL, CHOICES["model"])


def settings(market: Market) -> TrainingConfig:
    """Every other setting, folded away under Expert; returns what the form says now.

    Raises
    ------
    InvalidInput
        If the settings contradict each other; all widgets are drawn then.
    """
    _begin()
    base = _plain_preset()
    changed = _changed(base)
    word = f"{len(changed)} changed" if changed else f"as in {_head(PRESETS[base.preset])}"
    unfolded = st.session_state.get(_UNFOLDED, False)
    with st.expander(f"Expert settings: {word}", unfolded, icon=":material/tune:", key="train_expert"):
        st.button(
            "Back to the preset",
            icon=":material/restart_alt:",
            on_click=_reset,
            disabled=not changed,
            key="train_reset",
        )
        for tab, groups in zip(st.tabs(list(TABS)), TABS.values(), strict=True):
            with tab:
                for group, title in groups.items():
                    _group(group, title, base, market.n_assets)
                    if group == "terms":
                        _balance(market, base)
    return base.replace(**_changed(base))


def _group(group: str, title: str, base: TrainingConfig, n_assets: int) -> None:
    names = [name for name in _names(base) if _group_of(name) == group]
    names = [name for name in names if n_assets > 1 or name != "correlation_weight"]
    if not names:
        return
    st.markdown(f"**{title}**")
    if group == "terms":
        alone = " One asset has no correlation with others, so there is no such term." if n_assets == 1 else ""
        st.caption(
            "Each is added to what the model learns by anyway, with its own weight. At 0 it is not computed at all. "
            f"Terms over time (memory of moves, spectral distance) need windows of {state.step().nouns}: models of "
            f"windows and pictures have them, on the Images page.{alone}"
        )
    words = [name for name in names if name in CHOICES]
    numbers = [name for name in names if name not in CHOICES]
    # Row by row, so that neighbors stand level, and one column keeps their order.
    for part in (words, numbers):
        for start in range(0, len(part), 3):
            for column, name in zip(st.columns(3, gap="medium"), part[start : start + 3], strict=False):
                with column:
                    _widget(name, float(getattr(base, name)) if name in controls() else None)


def _widget(name: str, default: float | None) -> None:
    """The widget of one setting, set out from its value in the form's configuration."""
    value, key = getattr(st.session_state[_BASE], name), _key(name)
    if name == "refit":
        st.toggle(
            state.step().retold("Refit on all days"),
            value,
            key=key,
            help=f"After the best length is known, train again on all {state.step().nouns}. Off keeps the model that "
            "was validated.",
            persist_state="session",
        )
    elif name in CHOICES:
        _choice(name, value, key)
    else:
        assert default is not None
        number_widget(controls()[name], float(value), default, key)


def _choice(name: str, value: str, key: str) -> None:
    texts = {word: state.step().retold(text) for word, text in CHOICES[name].items()}
    chosen = st.selectbox(
        CHOICE_CONTROLS[name].label,
        list(texts),
        index=list(texts).index(value),
        format_func=lambda choice: _head(texts[choice]),
        key=key,
        help="\n".join(f"- **{_head(text)}**: {_tail(text)}." for text in texts.values()),
        persist_state="session",
    )
    st.caption(f"{_tail(texts[chosen])}.")


def _balance(market: Market, base: TrainingConfig) -> None:
    """Weights with which each extra term that has one pulls as much as the main term."""
    weighted = any(_value(f"{term}_weight") for term in terms_of(base))
    with st.container(horizontal=True, vertical_alignment="center"):
        asked = st.button(
            "Balance the weights",
            icon=":material/balance:",
            disabled=not weighted,
            key="train_balance",
            help="Measures how strongly each term pulls at the generating network early in the training, and sets the "
            "weights above 0 so that each pulls as much as the likelihood or the critic. Takes some seconds.",
        )
        done = st.session_state.get(_BALANCED)
        if done and done[0] == st.session_state[_VERSION]:
            st.caption(done[1], width="content")
        elif not weighted:
            st.caption("Give a term a weight first.", width="content")
    if asked:
        _measure(market, base)


def _measure(market: Market, base: TrainingConfig) -> None:
    try:
        config = base.replace(**_changed(base))
        weights, told = balanced(config, market)
    except FinGenError as problem:
        show.error(problem)
        return
    _set_out(config.replace(**weights))
    st.session_state[_BALANCED] = (st.session_state[_VERSION], told)
    st.rerun()


def _described(label: str, key: str, texts: Mapping[Any, str]) -> None:
    st.radio(
        label,
        list(texts),
        format_func=lambda name: _head(texts[name]),
        captions=[_tail(text) for text in texts.values()],
        key=key,
        on_change=_reset,
        persist_state="session",
    )


def _begin() -> None:
    """Values for a session that has none yet."""
    if _BASE not in st.session_state or _PRESET not in st.session_state or _MODEL not in st.session_state:
        fill(st.session_state.get(_BASE, preset("balanced")))


def _reset() -> None:
    """Everything as in the chosen preset, except the seed."""
    _set_out(_plain_preset())


def _set_out(config: TrainingConfig) -> None:
    st.session_state[_BASE] = config
    st.session_state[_VERSION] = st.session_state.get(_VERSION, 0) + 1


def _plain_preset() -> TrainingConfig:
    """The chosen preset as it is, with the seed of the form."""
    state = st.session_state
    return preset(state[_PRESET], state[_MODEL], seed=int(_value("seed")))


def _value(name: str) -> Any:
    """What the form says about a setting, drawn already or not."""
    return st.session_state.get(_key(name), getattr(st.session_state[_BASE], name))


def _changed(base: TrainingConfig) -> dict[str, Any]:
    """Settings that differ from the preset; one that does not concern the model stays as it is there."""
    values = {name: _value(name) for name in _names(base)}
    return {name: value for name, value in values.items() if value != getattr(base, name)}


def _names(base: TrainingConfig) -> list[str]:
    """Settings that the form shows for a model, in their order."""
    numbers = [name for name, control in controls().items() if base.model in control.models and _matters(control, base)]
    return [*(name for name, choice in CHOICE_CONTROLS.items() if base.model in choice.models), *numbers, "refit"]


def _matters(control: Control, base: TrainingConfig) -> bool:
    """Whether a choice that the setting waits for is made."""
    asked = {name: words for name, words in control.when.items() if base.model in CHOICE_CONTROLS[name].models}
    return not asked or any(_value(name) in words for name, words in asked.items())


def _group_of(name: str) -> str:
    known: dict[str, Control | Choice] = {**CHOICE_CONTROLS, **controls()}
    return known[name].group if name in known else "validation"


def _key(name: str) -> str:
    return f"train_{name}_{st.session_state.get(_VERSION, 0)}"


def _head(text: str) -> str:
    return text.partition(":")[0]


def _tail(text: str) -> str:
    tail = text.partition(":")[2].strip()
    return tail[:1].upper() + tail[1:]
