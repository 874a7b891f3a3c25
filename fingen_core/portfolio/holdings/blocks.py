"""The parts of a list: what stands above, below and between, blocks with a header of their own, broker statements."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from fingen_core.portfolio.holdings.columns import is_header
from fingen_core.portfolio.holdings.entries import Entry
from fingen_core.portfolio.holdings.lines import Line
from fingen_core.portfolio.holdings.numbers import looks_like_number
from fingen_core.portfolio.holdings.symbols import Universe
from fingen_core.portfolio.holdings.words import is_note, is_total, is_trades, kind_of_class, meanings, plain

__all__ = ["Block", "Row", "blocks_of"]

_MARKS = ("Header", "Data", "Total", "SubTotal", "Notes")
_POSITIONS = re.compile(
    r"open positions|offene positionen|posiciones abiertas|positions ouvertes|posizioni aperte|posicoes"
)
_CASH_REPORT = re.compile(r"cash report|cash ?bericht|informe de efectivo|rapport de tresorerie|cash balance")
_ENDING = re.compile(r"ending cash|endbarsaldo|endsaldo|saldo final|solde final|saldo finale|barsaldo am ende")
_WHOLE = re.compile(r"base currency|basiswahrung|divisa base|devise de base|valuta di base")


@dataclass(frozen=True)
class Row:
    """A line of a block, and the class of assets that its section names."""

    line: Line
    section: str = ""


@dataclass
class Block:
    """Lines below one header; without a header, all lines of the list."""

    header: Line | None
    rows: list[Row] = field(default_factory=list)

    @property
    def lines(self) -> list[Line]:
        return [row.line for row in self.rows]


def blocks_of(lines: Sequence[Line], universe: Universe) -> tuple[list[Block], list[Entry]]:
    """The blocks that hold positions, and an entry for each line that belongs to none."""
    if _is_statement(lines):
        return _of_statement(lines)
    headers = [at for at, line in enumerate(lines) if is_header(line)]
    if not headers:
        unnamed = _unnamed_header(lines, universe)
        body = lines[unnamed + 1 :] if unnamed is not None else lines
        block = Block(lines[unnamed] if unnamed is not None else None)
        notes = [_note(line, "above the names of the columns") for line in lines[: unnamed or 0]]
        return [block], notes + _fill(block, body, universe, "")
    notes = [_note(line, "above the names of the columns") for line in lines[: headers[0]]]
    section = _section_above(lines[: headers[0]])
    found = []
    for first, after in zip(headers, [*headers[1:], len(lines)], strict=True):
        block = Block(lines[first])
        if is_trades(lines[first].filled):
            notes += [_note(line, "of a list of trades, which are not what is held") for line in lines[first:after]]
            continue
        notes += _fill(block, lines[first + 1 : after], universe, section)
        section = _last_section(lines[first + 1 : after], section)
        found.append(block)
    return [block for block in found if block.rows], notes


def _note(line: Line, reason: str) -> Entry:
    """The entry of a line that holds nothing."""
    return Entry(line=line.number, name=_short(line), fate="no holding", reason=reason)


def _short(line: Line) -> str:
    text = " ".join(line.filled)
    return text if len(text) <= 60 else text[:57] + "..."


def _fill(block: Block, lines: Sequence[Line], universe: Universe, section: str) -> list[Entry]:
    """Put lines into a block; entries of those that are no rows of it.

    Titles of sections are believed below a header only: in a pasted list "CASH" alone is a line without its number.
    """
    notes = []
    for line in lines:
        told = line.filled[0]
        if len(line.filled) > 1 or looks_like_number(told) or universe.has(told):
            block.rows.append(Row(line, section))
        elif block.header is None:
            notes.append(_note(line, "a note" if is_note(told) else "has no number"))
        else:
            kind = _section_of(told)
            section = section if is_note(told) else kind
            notes.append(_note(line, "the name of a section" if kind else "a note"))
    return notes


def _section_of(text: str) -> str:
    """The class of assets that a title says; sentences say none."""
    return "" if is_note(text) or is_total(text) else kind_of_class(text)


def _section_above(lines: Sequence[Line]) -> str:
    return _section_of(lines[-1].filled[0]) if lines and len(lines[-1].filled) == 1 else ""


def _last_section(lines: Sequence[Line], section: str) -> str:
    """The section that goes on below the next header: the title right above it, or none."""
    last = _section_above(lines)
    return last if last else ("" if lines else section)


def _unnamed_header(lines: Sequence[Line], universe: Universe) -> int | None:
    """The first line of words above lines of numbers, whatever its words mean; ``None`` if there is none."""
    for at, line in enumerate(lines[:30]):
        below = lines[at + 1 : at + 6]
        words = line.filled
        if any(looks_like_number(cell) for cell in words):
            return None
        if len(words) < 2 or not below or any(universe.has(cell) for cell in words):
            continue
        numbers = [place for place in range(len(line.cells)) if _number_at(below[0], place)]
        named = any(line.cells[place] for place in numbers)
        if named and (len(below[0].filled) >= len(words) - 1 or any(meanings(cell) for cell in words)):
            return at
    return None


def _number_at(line: Line, place: int) -> bool:
    return place < len(line.cells) and looks_like_number(line.cells[place])


def _is_statement(lines: Sequence[Line]) -> bool:
    """Whether every line says its section and its part: "Open Positions,Data,...", as Interactive Brokers writes."""
    marked = [line for line in lines if len(line.cells) > 2 and line.cells[1] in _MARKS]
    return len(marked) > 1 and len(marked) >= 0.9 * len(lines) and any(line.cells[1] == "Header" for line in marked)


def _of_statement(lines: Sequence[Line]) -> tuple[list[Block], list[Entry]]:
    """Open positions and the cash at the end; each other section is one entry."""
    found: list[Block] = []
    notes: list[Entry] = []
    others: dict[str, list[Line]] = {}
    for line in lines:
        title, part = plain(line.cells[0]), line.cells[1] if len(line.cells) > 1 else ""
        if not (_POSITIONS.search(title) or _CASH_REPORT.search(title)):
            others.setdefault(line.cells[0], []).append(line)
        elif part == "Header":
            found.append(Block(_within(line)))
        elif part == "Data" and found and _counts(line, title):
            found[-1].rows.append(Row(_within(line), "cash" if _CASH_REPORT.search(title) else ""))
        else:
            notes.append(_note(line, "a total" if "Total" in part else "not a position"))
    for title, of in others.items():
        told = f"a section of {len(of)} lines that lists no positions"
        notes.append(Entry(line=of[0].number, name=title, fate="no holding", reason=told))
    return [block for block in found if block.rows], notes


def _counts(line: Line, title: str) -> bool:
    """Of positions the summaries, whose lots follow them; of cash the end, by currency."""
    told = plain(" ".join(line.cells[2:5]))
    if _CASH_REPORT.search(title):
        return bool(_ENDING.search(told)) and not _WHOLE.search(told)
    return plain(line.cells[2]) not in ("lot", "lote")


def _within(line: Line) -> Line:
    return Line(line.number, line.cells[2:])
