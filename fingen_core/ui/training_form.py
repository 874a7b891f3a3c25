"""The settings of a training as widgets: preset, model, and every number under Expert.

Labels, limits and explanations come from ``training.config``; nothing about a setting is written here. The widgets live
in the session under ``train_<setting>``; :func:`fill` puts the values of a configuration there.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import streamlit as st

from fingen_core.training.config import CHOICES, PRESETS, Control, TrainingConfig, controls, preset

__all__ = ["fill", "model_choice", "preset_choice", "settings", "stops"]

GROUPS = {
    "loss": "Loss weights",
    "optimizer": "Learning",
    "network": "Size of the model",
    "length": "Steps and seed",
    "filter": "Volatility filter",
    "validation": "Validation",
}

_MANY = 500
"""A slider with more stops than this cannot be set by hand: it moves in factors instead."""


def fill(config: TrainingConfig) -> None:
    """Show these settings in the form; call before its widgets are drawn, or from a callback."""
    numbers = controls()
    for name, value in asdict(config).items():
        st.session_state[f"train_{name}"] = _like(value, numbers[name]) if name in numbers else value


def preset_choice() -> None:
    """Another preset brings its own values for everything else, except the seed."""
    _begin()
    _described("Preset", "train_preset", PRESETS)


def model_choice() -> None:
    """Another model brings the preset's values for it."""
    _begin()
    _described("Model", "train_model", CHOICES["model"])


def _described(label: str, key: str, texts: Mapping[Any, str]) -> None:
    st.radio(
        label,
        list(texts),
        format_func=lambda name: _head(texts[name]),
        captions=[_tail(text) for text in texts.values()],
        key=key,
        on_change=_refill,
        persist_state="session",
    )


def settings() -> TrainingConfig:
    """Every other setting, folded away under Expert; returns what the form says now."""
    _begin()
    base = _base()
    changed = _changed(base)
    word = f"{len(changed)} changed" if changed else f"as in {_head(PRESETS[base.preset])}"
    with st.expander(f"Expert settings: {word}", icon=":material/tune:", key="train_expert"):
        if changed:
            st.button("Back to the preset", icon=":material/restart_alt:", on_click=_refill, key="train_reset")
        for group, title in GROUPS.items():
            _group(group, title, base)
    return _read(base)


def stops(control: Control, keep: Iterable[float] = ()) -> list[float]:
    """Where a slider of this setting may stand.

    Parameters
    ----------
    control : Control
        Its limits and step.
    keep : iterable of float
        Values that must be among the stops; stops that crowd them give way.

    Returns
    -------
    list of float
        Increasing, from ``control.low`` to ``control.high``. Empty when the range calls for a field to type in.

    Notes
    -----
    A linear slider moves in its step. A logarithmic one, or a linear one with too many stops, moves in factors: by the
    control's own, or over 1, 2, 5, 10. A range that starts at 0 keeps the 0; a decay close to 1 moves in factors of its
    distance from 1.
    """
    count = (control.high - control.low) / control.step
    if not control.log and count <= _MANY:
        whole = [control.low + i * control.step for i in range(round(count) + 1)]
        grid = [_tidy(value) for value in whole if value <= control.high * (1 + 1e-9)]
    elif not control.log and count > _MANY * 1000:
        return []
    elif not control.log and 0 < 1 - control.high < control.step:
        grid = [control.low, 0.5, *(_tidy(1 - gap) for gap in reversed(_one_two_five(1 - control.high, 0.1)))]
    elif control.log:
        low, factor = control.low, control.step
        grid = [_tidy(low * factor**i) for i in range(math.floor(math.log(control.high / low, factor) + 1e-9) + 1)]
    else:
        grid = _one_two_five(control.low or control.step, control.high)
    keep = sorted({*keep})
    fixed = {control.low, control.high, *keep}
    near = 0.3 if control.log else 0.0
    loose = [value for value in grid if not any(abs(value - other) <= near * abs(other) for other in fixed)]
    return [_like(value, control) for value in sorted({*loose, *fixed})]


def _group(group: str, title: str, base: TrainingConfig) -> None:
    found = {name: c for name, c in controls().items() if c.group == group and base.model in c.models}
    if not found:
        return
    st.markdown(f"**{title}**")
    columns = st.columns(3, gap="medium")
    extra = 0
    if group == "optimizer":
        for name, label in (("optimizer", "Optimizer"), ("schedule", "Schedule")):
            with columns[extra % 3]:
                _choice(name, label)
            extra += 1
    for place, (name, control) in enumerate(found.items(), start=extra):
        with columns[place % 3]:
            _slider(name, control, float(getattr(base, name)))
    if group == "validation":
        with columns[len(found) % 3]:
            st.toggle(
                "Refit on all days",
                key="train_refit",
                help="After the best length is known, train again on all days. Off keeps the model that was validated.",
                persist_state="session",
            )


def _choice(name: str, label: str) -> None:
    texts = CHOICES[name]
    st.selectbox(
        label,
        list(texts),
        format_func=lambda key: _head(texts[key]),
        key=f"train_{name}",
        help="\n".join(f"- {text}" for text in texts.values()),
        persist_state="session",
    )


def _slider(name: str, control: Control, default: float) -> None:
    key = f"train_{name}"
    present = st.session_state[key]
    options = stops(control, (default, float(present)))
    if options:
        st.select_slider(
            control.label, options, format_func=_plain, key=key, help=control.help, persist_state="session"
        )
    else:
        st.number_input(
            control.label,
            min_value=int(control.low),
            max_value=int(control.high),
            step=int(control.step),
            key=key,
            help=control.help,
            persist_state="session",
        )


def _begin() -> None:
    """Values for a session that has none yet."""
    if "train_preset" not in st.session_state:
        fill(preset("balanced"))


def _refill() -> None:
    fill(_base())


def _base() -> TrainingConfig:
    """The preset as it is, with the seed that was chosen."""
    state = st.session_state
    return preset(state["train_preset"], state["train_model"], seed=int(state.get("train_seed", 0)))


def _read(base: TrainingConfig) -> TrainingConfig:
    """What the form says; a setting that does not concern the model stays as in the preset."""
    return base.replace(**_changed(base))


def _changed(base: TrainingConfig) -> dict[str, Any]:
    """Settings that differ from the preset."""
    shown = {name for name, control in controls().items() if base.model in control.models}
    names = (shown | {"optimizer", "schedule", "refit"}) - {"seed"}
    values = {name: st.session_state.get(f"train_{name}", getattr(base, name)) for name in names}
    return {name: value for name, value in values.items() if value != getattr(base, name)}


def _one_two_five(low: float, high: float) -> list[float]:
    """1, 2, 5, 10, 20, ... between the limits, both of which are included."""
    start, end = math.floor(math.log10(low)), math.ceil(math.log10(high))
    grid = [_tidy(digit * 10.0**power) for power in range(start, end + 1) for digit in (1, 2, 5)]
    return sorted({low, high, *(value for value in grid if low < value < high)})


def _like(value: float, control: Control) -> Any:
    """As an int where the setting counts something."""
    return int(value) if _is_count(control) else float(value)


def _is_count(control: Control) -> bool:
    return all(float(limit).is_integer() for limit in (control.low, control.high, control.step))


def _tidy(value: float) -> float:
    return float(f"{value:.2g}") if abs(value) < 0.9 else float(f"{value:.6g}")


def _plain(value: float) -> str:
    """``0.0018`` rather than ``1.8e-03``, ``20,000`` rather than ``20000.0``; tiny values keep their power of ten."""
    if value and abs(value) < 1e-4:
        return f"{value:.2g}".replace("e-0", "e-")
    return f"{value:,.6f}".rstrip("0").rstrip(".") if not float(value).is_integer() else f"{int(value):,}"


def _head(text: str) -> str:
    return text.partition(":")[0]


def _tail(text: str) -> str:
    tail = text.partition(":")[2].strip()
    return tail[:1].upper() + tail[1:]
