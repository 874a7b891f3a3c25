"""The widget of a number that a ``Control`` describes: where its slider may stand, and how its value is written."""

import math
from collections.abc import Iterable
from typing import Any

import streamlit as st

from fingen_core.charts.theme import THIN
from fingen_core.market import Step
from fingen_core.market.step import DAILY
from fingen_core.portfolio.strategies.settings import Knob
from fingen_core.training.settings.base import Control, written
from fingen_core.ui.kit import market_step

__all__ = ["number_widget", "slider", "stops"]

_MANY = 500
"""A slider with more stops than this cannot be set by hand: it moves in factors instead."""


def number_widget(control: Control, value: float, default: float, key: str) -> float:
    """A slider, or a field where no slider could be set by hand; returns what it says."""
    options = stops(control, (default, value))
    if options:
        chosen = st.select_slider(
            control.label,
            options,
            value=_like(value, control),
            format_func=written,
            key=key,
            help=market_step.current().retold(control.help),
            persist_state="session",
        )
    else:
        chosen = st.number_input(
            control.label,
            min_value=int(control.low),
            max_value=int(control.high),
            value=int(value),
            step=int(control.step),
            key=key,
            help=market_step.current().retold(control.help),
            persist_state="session",
        )
    return float(chosen)


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


def slider(knob: Knob, key: str, step: Step) -> float:
    """A setting as a slider, or as a number where it is money; ``step`` is that of the market."""
    key = key if step == DAILY else f"{key}_{step.unit}"
    if knob.unit == "money":
        return float(
            st.number_input(
                knob.label,
                float(knob.low),
                float(knob.high),
                float(knob.default),
                float(knob.step),
                format="%.2f",
                key=key,
                bind="query-params",
                help=knob.help,
            )
        )
    if knob.whole:
        return st.slider(
            f"{knob.label}, {step.nouns}" if knob.unit == "days" else knob.label,
            int(knob.low),
            int(knob.high),
            int(knob.default),
            int(knob.step),
            key=key,
            bind="query-params",
            help=knob.help,
        )
    scale = 100 if knob.unit == "percent" else 1
    low, high, default, width = (round(value * scale, 6) for value in (knob.low, knob.high, knob.default, knob.step))
    found: float = st.slider(
        knob.label,
        float(low),
        float(high),
        float(default),
        float(width),
        format=f"%.4g{THIN}%%" if scale == 100 else "%.1f",
        key=key,
        bind="query-params",
        help=knob.help,
    )
    return float(min(max(round(found / scale, 8), knob.low), knob.high))
