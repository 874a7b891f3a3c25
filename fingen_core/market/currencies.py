"""Exchange rates as a person may check them: what one unit costs, on which day, and who says so.

Nothing is ever converted one to one for want of a rate. Rates turn amounts of today into the currency of a portfolio;
they stay where they are along simulated paths.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fingen_core.errors import InvalidInput

__all__ = ["COMMON", "Rate", "code_of", "pair", "quotation", "unit_of"]

COMMON = ("USD", "EUR", "GBP", "GBp", "JPY", "CHF", "CAD", "AUD", "CNY", "HKD", "INR", "SEK")
"""What prices are most often quoted in, for lists to choose from; ``GBp`` is pence."""

_PARTS: Mapping[str, tuple[str, float]] = MappingProxyType(
    {"GBp": ("GBP", 0.01), "GBX": ("GBP", 0.01), "ZAc": ("ZAR", 0.01), "ZAC": ("ZAR", 0.01), "ILA": ("ILS", 0.01)}
)
"""Units in which exchanges quote, as a part of the currency: London's prices are pence."""


@dataclass(frozen=True, kw_only=True)
class Rate:
    """What one unit of ``base`` costs in ``quote``.

    Attributes
    ----------
    base, quote : str
        Three capital letters each.
    value : float
    day : str
        ISO date: of the close, or of the day on which it was typed.
    source : str
        Who says so, for people.

    Raises
    ------
    InvalidInput
        If the value is not a finite number above 0.
    """

    base: str
    quote: str
    value: float
    day: str
    source: str

    def __post_init__(self) -> None:
        if not (math.isfinite(self.value) and 0 < self.value < 1e9):
            raise InvalidInput(
                f"1 {self.base} = {self.value:g} {self.quote}: an exchange rate is a number above 0, like 1.08"
            )

    def words(self) -> str:
        """ "1 EUR = 1.0837 USD (typed, 2024-05-02)"."""
        return f"1 {self.base} = {self.value:.6g} {self.quote} ({self.source}, {self.day})"


def code_of(text: str) -> str:
    """A currency as lists and exchanges write it ("eur", "GBp"); empty where it is none."""
    plain = text.strip()
    if plain in _PARTS:
        return plain
    upper = plain.upper()
    return upper if len(upper) == 3 and upper.isascii() and upper.isalpha() else ""


def quotation(text: str) -> str:
    """``code_of``, which refuses what is no currency; nothing stays nothing.

    Raises
    ------
    InvalidInput
        If the text is neither empty nor a currency.
    """
    code = code_of(text)
    if text.strip() and not code:
        raise InvalidInput(f"{text.strip()[:30]!r} is not a currency: write three letters, like EUR, or GBp for pence")
    return code


def unit_of(code: str) -> tuple[str, float]:
    """The currency behind a unit of quotation, and how much of it the unit is: ``GBp`` is .01 of ``GBP``."""
    return _PARTS.get(code, (code, 1.0))


def pair(base: str, quote: str) -> str:
    """Yahoo's symbol of what one ``base`` costs in ``quote``."""
    return f"{base}{quote}=X"
