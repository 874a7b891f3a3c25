"""What was made of a list: its holdings, what became of every line, and what has to be asked first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias

from fingen_core.market.currencies import unit_of

__all__ = ["CASH", "KINDS", "NOTHING", "Answer", "Choice", "Entry", "Fate", "Holdings", "Kind", "Question"]

Kind: TypeAlias = Literal["quantity", "value", "weight"]
KINDS: tuple[Kind, ...] = ("quantity", "value", "weight")
CASH = "CASH"
"""The ticker of a line that is money; its number is an amount (of a list of weights, a weight)."""

Fate: TypeAlias = Literal["matched", "cash", "left out", "no holding"]
"""``no holding``: titles, totals, notes, which are named and hold nothing."""

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What became of one line.

    Attributes
    ----------
    line : int
        Its number in the list, from 1.
    name : str
        What is held, as written.
    fate : {"matched", "cash", "left out", "no holding"}
    ticker : str
        The asset of the market; ``CASH`` for money; else empty.
    quantity, value, weight : float or None
        What the line says, as written; a weight with a percent sign as a decimal.
    priced : bool
        Whether the value is quantity times the price of the list, since it has no value.
    currency : str
        What the value is in; empty where nobody says so.
    reason : str
        Why it is left out, or how it was matched where that is not plain.
    nearest : str
        The asset of the market that looks most like it, if any does.
    """

    line: int
    name: str
    fate: Fate
    ticker: str = ""
    quantity: float | None = None
    value: float | None = None
    weight: float | None = None
    priced: bool = False
    currency: str = ""
    reason: str = ""
    nearest: str = ""

    def amount(self, kind: Kind) -> float | None:
        """The number of a kind."""
        return {"quantity": self.quantity, "value": self.value, "weight": self.weight}[kind]


@dataclass(frozen=True, kw_only=True)
class Holdings:
    """What a list says.

    Attributes
    ----------
    kind : {"quantity", "value", "weight"}
    amounts : dict
        Numbers by ticker; weights are decimals.
    cash : dict
        Money by currency; of lines that name none under "".
    currencies : dict
        What a holding's price or value is in, by ticker; where nobody says so it is left out.
    entries : tuple of Entry
        What became of every line; empty for holdings that were not read from a list.
    """

    kind: Kind
    amounts: dict[str, float]
    cash: dict[str, float] = field(default_factory=dict)
    currencies: dict[str, str] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()

    @property
    def currency(self) -> str:
        """The one currency that is named; empty if it is none or several."""
        named = {unit_of(code)[0] for code in (*self.currencies.values(), *self.cash) if code}
        return named.pop() if len(named) == 1 else ""

    @property
    def left_out(self) -> tuple[Entry, ...]:
        """Lines that hold something and are not part of the holdings."""
        return tuple(entry for entry in self.entries if entry.fate == "left out")


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One way to read a list: its key, and what it means in words with the first numbers that follow from it."""

    key: str
    label: str


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a list admits in several ways, which nobody but its owner can tell apart."""

    key: str
    text: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Holdings, or the questions to answer first.

    Attributes
    ----------
    holdings : Holdings or None
        ``None`` while a question is open, or where no line is matched.
    entries : tuple of Entry
        What became of every line, in the order of the list; empty while a question is open.
    questions : tuple of Question
        At most one at a time: the next may depend on its answer.
    told : tuple of str
        What was decided, a sentence each.
    assumed : bool
        Whether nothing in the list tells what its numbers are, so that they are what was said.
    """

    holdings: Holdings | None
    entries: tuple[Entry, ...] = ()
    questions: tuple[Question, ...] = ()
    told: tuple[str, ...] = ()
    assumed: bool = False

    def count(self, fate: Fate) -> int:
        """Number of lines that became this."""
        return sum(entry.fate == fate for entry in self.entries)
