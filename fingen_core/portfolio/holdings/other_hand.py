"""Numbers of another hand: a few with a decimal point in a list of decimal commas, or the other way round."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fingen_core.portfolio.holdings.entries import Choice, Question
from fingen_core.portfolio.holdings.lines import Line
from fingen_core.portfolio.holdings.numbers import MARKS, core, decimal_shown, looks_like_number, number
from fingen_core.portfolio.holdings.settle import Part, cells_of

__all__ = ["Odd", "odd_ones"]

KEY = "odd"
_SIGNS: Mapping[str, str] = {".": "point", ",": "comma"}
_MOST_NAMED = 3


@dataclass(frozen=True)
class Odd:
    """The fewer numbers, which contradict the others.

    Attributes
    ----------
    mark : str
        The decimal mark that they show.
    cells : mapping
        Numbers as written by the number of their line.
    """

    mark: str
    cells: Mapping[int, tuple[str, ...]]

    @property
    def question(self) -> Question:
        """What they are."""
        first, found = next(iter(self.cells.items()))
        lines = list(self.cells)
        others = f" So does {_some(lines[1:])}." if len(lines) > 1 else ""
        usual = _SIGNS[MARKS[self.mark == "."]]
        return Question(
            key=KEY,
            text=f"Line {first}: {found[0]} has a decimal {_SIGNS[self.mark]}, the other numbers a {usual}.{others}",
            choices=(
                Choice(key="take", label=f"{found[0]} is {number(found[0], self.mark):,.10g}"),
                Choice(key="leave", label=f"Leave {_some(lines)} out"),
            ),
        )

    def like_the_others(self, lines: Sequence[Line]) -> list[Line]:
        """The list with these numbers written as all others are."""
        usual = MARKS[self.mark == "."]
        return [
            replace(line, cells=tuple(_rewritten(cell, self.mark, usual) for cell in line.cells))
            if line.number in self.cells
            else line
            for line in lines
        ]


def odd_ones(parts: Sequence[Part]) -> Odd | None:
    """Numbers that show another decimal mark than most others do; None where all agree or no mark is of most."""
    shown = [(line, cell, decimal_shown(cell)) for line, cell in cells_of(parts)]
    counts = {mark: sum(vote == mark for *_, vote in shown) for mark in MARKS}
    if not all(counts.values()) or len(set(counts.values())) == 1:
        return None
    mark = min(MARKS, key=lambda one: counts[one])
    cells: dict[int, tuple[str, ...]] = {}
    for line, cell, vote in shown:
        if vote == mark and cell not in cells.get(line.number, ()):
            cells[line.number] = (*cells.get(line.number, ()), cell)
    return Odd(mark, dict(sorted(cells.items())))


def _rewritten(cell: str, mark: str, usual: str) -> str:
    if decimal_shown(cell) != mark or not looks_like_number(cell):
        return cell
    digits = core(cell)
    return cell.replace(digits, digits.replace(usual, "").replace(mark, usual))


def _some(lines: Sequence[int]) -> str:
    """ "line 4", "lines 4, 7 and 12 more"."""
    more = len(lines) - _MOST_NAMED
    named = ", ".join(map(str, lines[:_MOST_NAMED])) + (f" and {more} more" if more > 0 else "")
    return f"line{'s' * (len(lines) > 1)} {named}"
