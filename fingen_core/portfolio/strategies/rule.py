"""What every investment rule is: settings, a need to look back, and weights from what is known."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from fingen_core.portfolio.strategies.past import Past
from fingen_core.portfolio.strategies.settings import Checked, knobs
from fingen_core.types import Array

__all__ = ["Rule"]


@dataclass(frozen=True, kw_only=True)
class Rule(Checked, ABC):
    """An investment rule.

    Attributes
    ----------
    name : str
        For addresses and files.
    label, explain : str
        For people: its name, and what it does in a sentence.
    trades_again : bool
        Whether it trades on rebalancing days after the first.
    looks_back_over : tuple of str
        Settings whose days together lie before the start.
    """

    name: ClassVar[str] = ""
    label: ClassVar[str] = ""
    explain: ClassVar[str] = ""
    trades_again: ClassVar[bool] = True
    looks_back_over: ClassVar[tuple[str, ...]] = ()

    @property
    def lookback(self) -> int:
        """Days before the start that the rule needs to know."""
        return sum(int(getattr(self, name)) for name in self.looks_back_over)

    @abstractmethod
    def weights(self, past: Past) -> Array:
        """Shares of wealth from the next day on, shape (n_paths, n_assets); the rest to 1 is cash."""

    def observe(self, past: Past) -> NDArray[np.bool_] | None:
        """Called at every close: may remember something in ``past.state``.

        Returns
        -------
        array of bool, shape (n_paths,), or None
            Paths that trade now although it is no rebalancing day.
        """
        del past
        return None

    def told(self) -> str:
        """The rule with its settings in words: "Trend (200 days)"."""
        shown = [_said(getattr(self, knob.name), knob.unit) for knob in knobs(type(self))]
        return f"{self.label} ({', '.join(shown)})" if shown else self.label


def _said(value: float, unit: str) -> str:
    if unit == "percent":
        return f"{value * 100:g}\u202f%"
    return f"{value:g} days" if unit == "days" else f"{value:g}"
