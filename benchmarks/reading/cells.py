"""What stands in a cell before it is spelled: a day, a number or text; and how numbers are spelled and read back."""

import math
from dataclasses import dataclass

import pandas as pd

__all__ = ["Cell", "Day", "Num", "Numbers", "Row", "Rows"]


@dataclass(frozen=True)
class Day:
    """A trading day.

    ``zone`` names the place whose midnight is written, "" where none is; ``hour`` stands for a time of day beside it.
    """

    at: pd.Timestamp
    zone: str = ""
    hour: int = 0


@dataclass(frozen=True)
class Num:
    """A number with this many digits after the mark.

    ``key`` is the place of a true value, (day, asset) as positions; None for everything else in a file. ``unit`` stands
    behind the number as it is ("M", "%"), and ``bare`` numbers bear no sign of a currency.
    """

    value: float
    places: int
    key: tuple[int, int] | None = None
    unit: str = ""
    bare: bool = False


Cell = Day | Num | str
Row = list[Cell]
Rows = list[Row]


@dataclass(frozen=True)
class Numbers:
    """Spelling of numbers in one file."""

    decimal: str = "."
    thousands: str = ""
    minus: str = "-"
    """"-", the typographic minus, "()" for brackets or "_" for a minus behind."""
    trim: bool = False
    before: str = ""
    after: str = ""
    missing: str = ""
    plus: bool = False
    leading: bool = True
    """Whether a zero stands before the mark of 0.5."""
    lakh: bool = False
    """Groups as in India: 12,34,567."""
    width: int = 0
    """Blanks before the number up to this width."""

    def write(self, number: Num) -> str:
        """As text; NaN becomes what this file writes for a missing value."""
        return self._signed(number).rjust(self.width)

    def _signed(self, number: Num) -> str:
        if math.isnan(number.value):
            return self.missing
        digits = self._digits(number)
        sign = "" if number.bare else self.before
        digits = f"{sign}{digits}{number.unit}{'' if number.bare else self.after}"
        if number.value < 0 and any(c in "123456789" for c in digits):
            return {"()": f"({digits})", "_": f"{digits}-"}.get(self.minus, f"{self.minus}{digits}")
        return f"+{digits}" if self.plus and number.value > 0 and not number.bare else digits

    def _digits(self, number: Num) -> str:
        text = f"{abs(number.value):,.{number.places}f}"
        if self.trim and "." in text:
            text = text.rstrip("0").rstrip(".")
        if not self.leading and text.startswith("0."):
            text = text[1:]
        text = _by_lakh(text) if self.lakh else text
        return text.replace(",", "\0").replace(".", self.decimal).replace("\0", self.thousands)

    def read(self, text: str) -> float:
        """What `write` wrote: the inverse, by the known marks alone."""
        text = text.strip()
        if text == self.missing.strip():
            return math.nan
        negative = (
            text.endswith("-") if self.minus == "_" else text.startswith("(" if self.minus == "()" else self.minus)
        )
        for mark in ("\u00a0%", self.before.strip(), self.after.strip(), "%", "(", ")", "+", "-", self.minus):
            text = text.replace(mark, "") if mark else text
        if self.thousands:
            text = text.replace(self.thousands, "")
        value = float(text.replace(self.decimal, ".").strip())
        return -value if negative else value


def _by_lakh(text: str) -> str:
    """1,234,567.8 as 12,34,567.8: two digits a group but for the last three."""
    whole, mark, rest = text.replace(",", "").partition(".")
    head, tail = whole[:-3], whole[-3:]
    groups = [head[max(i - 2, 0) : i] for i in range(len(head), 0, -2)][::-1]
    return ",".join([*groups, tail]) + mark + rest
