"""From entries to holdings: by which kind of number, lots of one asset added up, and all of it told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from fingen_core.market.currencies import unit_of
from fingen_core.portfolio.holdings.entries import CASH, KINDS, Answer, Choice, Entry, Holdings, Kind, Question

__all__ = ["collect"]

_ORDER: tuple[Kind, ...] = ("value", "quantity", "weight")


def collect(
    entries: Sequence[Entry], told: Sequence[str], quoted: Mapping[str, str], chosen: Mapping[str, str]
) -> Answer:
    """The holdings of entries, or a question about lots.

    Parameters
    ----------
    entries : sequence of Entry
        In any order.
    told : sequence of str
        What was decided before.
    quoted : mapping
        What prices are quoted in, by ticker: quantities are in it.
    chosen : mapping
        Answers to questions, by their key.
    """
    ordered = sorted(entries, key=lambda entry: entry.line)
    question = _lots(ordered, chosen)
    if question is not None:
        return Answer(holdings=None, questions=(question,))
    if chosen.get("lots") == "first":
        ordered = _without_lots(ordered)
    kind = _kind(ordered)
    taking = _Taking(kind, quoted if kind == "quantity" else {})
    made = tuple(taking.take(entry) for entry in ordered)
    words = [*told, *taking.added()]
    if not any(taking.amounts.values()):
        return Answer(holdings=None, entries=made, told=tuple(words))
    holdings = Holdings(
        kind=kind,
        amounts=taking.amounts,
        cash=taking.cash,
        currencies=taking.currencies,
        entries=made,
    )
    return Answer(holdings=holdings, entries=made, told=tuple(words))


def _kind(entries: Sequence[Entry]) -> Kind:
    """The kind of number that most matched lines have; a value before a quantity before a weight."""
    matched = [entry for entry in entries if entry.fate == "matched"]
    counts = {kind: sum(entry.amount(kind) is not None for entry in matched) for kind in KINDS}
    if all(entry.priced or entry.value is None for entry in matched):
        counts["value"] = 0  # quantities are worth more than what was made of them
    return next((kind for kind in _ORDER if counts[kind] == max(counts.values())), "quantity")


def _groups(entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.fate == "matched":
            found.setdefault(entry.ticker, []).append(entry)
    return found


def _holds_lots(group: Sequence[Entry]) -> bool:
    """Whether the first line of an asset is the sum of those below it."""
    for kind in KINDS:
        amounts = [entry.amount(kind) for entry in group]
        known = [amount for amount in amounts if amount is not None]
        if len(known) == len(amounts) > 2 and abs(known[0] - sum(known[1:])) <= 1e-6 * abs(known[0]):
            return True
    return False


def _lots(entries: Sequence[Entry], chosen: Mapping[str, str]) -> Question | None:
    doubled = [group for group in _groups(entries).values() if _holds_lots(group)]
    if not doubled or chosen.get("lots") in ("all", "first"):
        return None
    first = doubled[0]
    return Question(
        key="lots",
        text=f"Line {first[0].line} of {first[0].ticker} is the sum of the {len(first) - 1} lines below it.",
        choices=(
            Choice(key="first", label="These are its lots: count the first line only"),
            Choice(key="all", label="All are holdings: add them up"),
        ),
    )


def _without_lots(entries: Sequence[Entry]) -> list[Entry]:
    lots = {entry.line for group in _groups(entries).values() if _holds_lots(group) for entry in group[1:]}
    return [
        replace(entry, fate="no holding", reason=f"a lot of {entry.ticker}") if entry.line in lots else entry
        for entry in entries
    ]


@dataclass
class _Taking:
    """Takes entry after entry."""

    kind: Kind
    quoted: Mapping[str, str]
    amounts: dict[str, float] = field(default_factory=dict)
    cash: dict[str, float] = field(default_factory=dict)
    currencies: dict[str, str] = field(default_factory=dict)
    lines: dict[str, list[int]] = field(default_factory=dict)

    def take(self, entry: Entry) -> Entry:
        """What becomes of an entry in these holdings."""
        if entry.fate == "cash":
            return self._take_cash(entry)
        if entry.fate != "matched":
            return replace(entry, ticker="")
        amount = entry.amount(self.kind)
        problem = f"has no {self.kind}" if amount is None else self._contradiction(entry)
        if problem or amount is None:
            return replace(entry, fate="left out", ticker="", nearest="", reason=problem)
        self.amounts[entry.ticker] = self.amounts.get(entry.ticker, 0.0) + amount
        code = self.quoted.get(entry.ticker, "") or entry.currency
        if code:
            self.currencies[entry.ticker] = code
        self.lines.setdefault(entry.ticker, []).append(entry.line)
        return entry

    def _take_cash(self, entry: Entry) -> Entry:
        amount = entry.weight if self.kind == "weight" else entry.value
        if amount is None:
            return replace(entry, fate="left out", ticker="", reason=f"has no {self.kind}")
        unit, part = unit_of(entry.currency)
        self.cash[unit] = self.cash.get(unit, 0.0) + amount * (part if self.kind != "weight" else 1.0)
        self.lines.setdefault(f"{CASH} {unit}".strip(), []).append(entry.line)
        return entry

    def _contradiction(self, entry: Entry) -> str:
        """Why the currency of a line cannot be; empty if it can."""
        quoted = self.quoted.get(entry.ticker, "")
        if self.kind == "quantity" and quoted and entry.currency and unit_of(entry.currency) != unit_of(quoted):
            if unit_of(entry.currency)[0] == unit_of(quoted)[0]:
                return ""
            return (
                f"in {entry.currency}, but the price of {entry.ticker}, at which its quantity is valued, is quoted in "
                f"{quoted}: leave the currency out, or give a value instead of a quantity"
            )
        before = self.currencies.get(entry.ticker)
        if self.kind == "value" and before is not None and before != entry.currency:
            return f"in {entry.currency or 'no currency'}, line {self.lines[entry.ticker][0]} has it in {before}"
        return ""

    def added(self) -> list[str]:
        """Sentences about what stood in several lines."""
        return [
            f"{name} stands in lines {_listed(lines)}: added up."
            for name, lines in self.lines.items()
            if len(lines) > 1
        ]


def _listed(lines: Sequence[int]) -> str:
    """ "2 and 5"; of many the first."""
    if len(lines) > 6:
        return ", ".join(map(str, lines[:5])) + f" and {len(lines) - 5} more"
    return f"{', '.join(map(str, lines[:-1]))} and {lines[-1]}"
