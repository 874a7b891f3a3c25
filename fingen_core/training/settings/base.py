"""What the settings of any training have in common: limits that explain themselves, one JSON form, one digest.

A kind of settings is a frozen dataclass under ``Settings``. Each number carries its limits and its explanation, and
each word its vocabulary, so that the sliders of the pages, the command line and the error messages cannot disagree.
"""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar, Literal, Self, TypeAlias

from fingen_core.errors import InvalidInput

__all__ = ["PRESETS", "Choice", "Control", "Preset", "Settings", "limits", "number", "read_object", "written"]

Preset: TypeAlias = Literal["quick", "balanced", "thorough"]

PRESETS: dict[Preset, str] = {
    "quick": "Quick: a first look; shorter training",
    "balanced": "Balanced: the default that was validated",
    "thorough": "Thorough: three filters and longer training, for a result that will be kept",
}
"""Names of the presets, with their explanations."""


@dataclass(frozen=True, kw_only=True)
class Control:
    """How a number may be set.

    Attributes
    ----------
    label, help : str
        For people; ``help`` says what the knob does and which way is safer.
    low, high : float
        Limits, both included.
    step : float
        Step of a slider; for a logarithmic one, the factor between its stops.
    log : bool
        Whether a slider should move in factors.
    group : str
        "loss", "terms", "conditions", "optimizer", "schedule", "network", "length", "filter" or "validation".
    models : tuple of str
        The models that the setting matters to.
    when : mapping of str to tuple of str
        Choices under which the setting matters: a name, and the values of it.
    """

    label: str
    help: str
    low: float
    high: float
    step: float = 1
    log: bool = False
    group: str = "optimizer"
    models: tuple[str, ...] = ("vae", "gan")
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """How a word may be set: its label, its group, the models that it matters to; ``CHOICES`` has the words."""

    label: str
    group: str
    models: tuple[str, ...] = ("vae", "gan")


def limits(label: str, low: float, high: float, step: float, help: str, **more: Any) -> Control:
    """A ``Control`` in the order of a table: label, lowest, highest, step, help; the rest by name."""
    return Control(label=label, help=help, low=low, high=high, step=step, **more)


def number(default: float, label: str, low: float, high: float, step: float, help: str, **more: Any) -> Any:  # noqa: PLR0917
    """A field of a ``Settings`` class with the ``Control`` that these arguments describe."""
    return field(default=default, metadata={"control": limits(label, low, high, step, help, **more)})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Base of every kind of settings; its subclasses are final.

    Raises
    ------
    InvalidInput
        If a value lies outside the limits of its control, a choice is unknown, or settings contradict each other.
    """

    vocabularies: ClassVar[Mapping[str, Mapping[Any, str]]] = {}
    """For each setting that is a word, the words with their explanations."""

    def __post_init__(self) -> None:
        for name, control in type(self).controls().items():
            value = getattr(self, name)
            right = isinstance(value, int | float) and not isinstance(value, bool)
            if not right or not control.low <= value <= control.high:
                raise InvalidInput(
                    f"{name} = {value!r}, but it must be a number from {written(control.low)} to "
                    f"{written(control.high)}: {control.help}"
                )
        for name, words in self.vocabularies.items():
            if getattr(self, name) not in words:
                raise InvalidInput(f"{name} = {getattr(self, name)!r}: choose one of {', '.join(map(str, words))}")
        self._refuse_nonsense()

    def _refuse_nonsense(self) -> None:
        """Raise ``InvalidInput`` where values that are each allowed make no sense together."""

    @classmethod
    def controls(cls) -> dict[str, Control]:
        """Limits and explanation of every numeric setting, by its name, in the order of the class."""
        return {item.name: item.metadata["control"] for item in dataclasses.fields(cls) if "control" in item.metadata}

    def to_json(self) -> str:
        """All settings as JSON, keys sorted; ``from_json`` gives back an equal value."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read settings; ``InvalidInput`` names unknown keys and values out of range."""
        values = read_object(text)
        known = {item.name for item in dataclasses.fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise InvalidInput(f"unknown setting {', '.join(unknown)}: the settings are {', '.join(sorted(known))}")
        return cls(**values)

    def digest(self) -> str:
        """Twelve hexadecimal digits that identify the settings."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:12]

    def replace(self, **changes: Any) -> Self:
        """The same settings with some changed, checked again."""
        return dataclasses.replace(self, **changes)


def written(value: float) -> str:
    """A number without powers of ten: ``0.000001``, ``0.0018``, ``20,000``; tiny values with two digits."""
    if value and abs(value) < 1e-4:
        return f"{Decimal(f'{value:.2g}'):f}"
    return f"{int(value):,}" if float(value).is_integer() else f"{value:,.6f}".rstrip("0").rstrip(".")


def read_object(text: str) -> dict[str, Any]:
    """Names and values of settings that were written as JSON; ``InvalidInput`` says what else they are."""
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInput(f"settings are not JSON ({error}): export them again from the Train page") from error
    if not isinstance(values, dict):
        raise InvalidInput(f"settings are a JSON {type(values).__name__}, but must be an object of names and values")
    return values
