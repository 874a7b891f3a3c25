"""Where a sweep may look: the knobs of a configuration in Optuna's words."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fingen_core.runs.sweeps import Knob
from fingen_core.training.settings.config import Control
from fingen_core.training.settings.picture_config import Configuration
from fingen_core.training.settings.words import controls_of

if TYPE_CHECKING:
    import optuna

__all__ = ["as_they_are", "distribution", "space"]


def space(config: Configuration, knobs: Sequence[Knob]) -> dict[str, "optuna.distributions.BaseDistribution"]:
    """The distribution of every knob by its name, in their order."""
    known = controls_of(config)
    return {knob.name: distribution(knob, known.get(knob.name)) for knob in knobs}


def as_they_are(config: Configuration, knobs: Sequence[Knob]) -> dict[str, Any]:
    """The present values of the knobs, as far as they lie in the ranges."""
    values = {knob.name: getattr(config, knob.name) for knob in knobs}
    return {knob.name: values[knob.name] for knob in knobs if _holds(knob, values[knob.name])}


def distribution(knob: Knob, control: Control | None) -> "optuna.distributions.BaseDistribution":
    """Where Optuna may look: in factors where the slider moves in factors, in steps where the setting counts."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if control is None:
        return CategoricalDistribution(list(knob.choices))
    counts = all(float(limit).is_integer() for limit in (control.low, control.high, control.step))
    if not counts:
        return FloatDistribution(knob.low, knob.high, log=control.log and knob.low > 0)
    low, high = int(knob.low), int(knob.high)
    if control.log:
        return IntDistribution(low, high, log=low > 0)
    step = max(1, int(control.step))
    steps = (high - low) // step
    return IntDistribution(low, low + steps * step, step=step) if steps else IntDistribution(low, high)


def _holds(knob: Knob, value: Any) -> bool:
    return value in knob.choices if knob.choices else knob.low <= value <= knob.high
