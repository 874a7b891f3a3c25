"""Settings of rules and of trading: frozen, checked against their limits, and described for sliders."""

import dataclasses
from dataclasses import dataclass, replace
from typing import Any, Literal, Self, TypeAlias

from fingen_core.errors import InvalidInput
from fingen_core.market.step import DAILY, TRADING_DAYS, Step

__all__ = ["Checked", "Knob", "Trading", "Unit", "knobs", "setting"]

Unit: TypeAlias = Literal["days", "percent", "count", "money", "number"]


@dataclass(frozen=True, kw_only=True)
class Knob:
    """One setting as a slider shows it.

    Attributes
    ----------
    name : str
        Field of the settings.
    label, help : str
    low, high, step : float
        Limits, both allowed, and the slider's step; decimals for percentages.
    unit : {"days", "percent", "count", "money", "number"}
    default : float
    least : float
        The lowest value that makes sense at all, where steps are longer than days.
    """

    name: str
    label: str
    help: str
    low: float
    high: float
    step: float
    unit: Unit
    default: float
    least: float = 1

    def in_steps(self, step: Step) -> Self:
        """The same slider for another step: a length of days covers the same time, in the market's own steps."""
        if self.unit != "days" or step == DAILY:
            return self
        ratio = step.per_year / DAILY.per_year
        low = min(self.low, self.least)
        high = max(low + 2, round(self.high * ratio))
        default = min(max(round(self.default * ratio), low), high)
        text = step.legend("month", "quarter", "year") if self.name == "every" else step.retold(self.help)
        return replace(self, low=low, high=high, default=default, help=text)

    @property
    def limits(self) -> tuple[float, float]:
        """What is refused below and above: lengths of other steps than days are shorter or half as long again."""
        return (min(self.low, self.least), 1.5 * self.high) if self.unit == "days" else (self.low, self.high)

    @property
    def whole(self) -> bool:
        """Whether only whole numbers make sense."""
        return self.unit in {"days", "count"}


def setting(
    default: float, limits: tuple[float, float, float], unit: Unit, label: str, text: str, *, least: float = 1
) -> Any:
    """A field of ``Checked`` settings; ``limits`` are the lowest and the highest value and the slider's step."""
    low, high, step = limits
    about = {"default": default, "label": label, "help": text, "low": low, "high": high, "step": step, "unit": unit}
    about["least"] = least
    return dataclasses.field(default=default, metadata=about)


@dataclass(frozen=True, kw_only=True)
class Checked:
    """Base of settings: every field made by ``setting`` is checked when the value is built.

    Raises
    ------
    InvalidInput
        If a value lies outside its limits, or is not whole where days or things are counted.
    """

    def __post_init__(self) -> None:
        for knob in knobs(type(self)):
            value = getattr(self, knob.name)
            low, high = knob.limits
            if not low <= value <= high:  # also refuses what is not a number
                raise InvalidInput(f"{knob.label} of {value:g}: choose a value from {low:g} to {high:g}")
            if knob.whole and value != int(value):
                raise InvalidInput(f"{knob.label} of {value:g}: choose a whole number")


def knobs(kind: type[Checked]) -> tuple[Knob, ...]:
    """The sliders of a kind of settings, in the order of its fields."""
    return tuple(
        Knob(name=field.name, **field.metadata) for field in dataclasses.fields(kind) if "label" in field.metadata
    )


@dataclass(frozen=True, kw_only=True)
class Trading(Checked):
    """What trading costs and when it happens.

    Each trade of one asset costs ``proportional`` of its amount and ``fixed``, rounded to the cent. Money that is not
    invested, and money that is borrowed, bears ``cash_rate``.
    """

    every: int = setting(21, (1, TRADING_DAYS, 1), "days", "Rebalance every", "1 trades daily, 5 weekly, 21 monthly.")
    proportional: float = setting(
        0.001, (0, 0.02, 0.0005), "percent", "Cost of the amount traded", "Commission and half the spread."
    )
    fixed: float = setting(1.0, (0, 50, 0.5), "money", "Cost per trade", "For each asset that is bought or sold.")
    capital: float = setting(
        100_000, (1_000, 10_000_000, 1_000), "money", "Capital", "At the start: fixed costs weigh more on less."
    )
    cash_rate: float = setting(
        0.0, (-0.01, 0.1, 0.005), "percent", "Interest on cash, a year", "Earned on cash, paid on what is borrowed."
    )
