"""From the lines of a list to its holdings, or to the question that has to be answered first."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fingen_core.errors import InvalidInput
from fingen_core.market.currencies import code_of
from fingen_core.portfolio.holdings.blocks import Block, blocks_of
from fingen_core.portfolio.holdings.collect import collect
from fingen_core.portfolio.holdings.columns import Columns, at, by_contents, by_names
from fingen_core.portfolio.holdings.entries import NOTHING, Answer, Choice, Entry, Holdings, Kind, Question
from fingen_core.portfolio.holdings.lines import Line
from fingen_core.portfolio.holdings.money import moneys
from fingen_core.portfolio.holdings.numbers import is_missing, looks_like_number
from fingen_core.portfolio.holdings.other_hand import odd_ones
from fingen_core.portfolio.holdings.rows import Reader, values_of
from fingen_core.portfolio.holdings.settle import Part, as_decimals, mark_of, meaning_of
from fingen_core.portfolio.holdings.symbols import Universe

__all__ = ["nothing_words", "parse", "question_words", "understand"]

_MOST_TOLD = 5
_CUT = re.compile(r"(?<![\d.,])\d{1,3}(\|\d{3})+(?![\d.,])")
_KINDS: Mapping[Kind, str] = {"quantity": "quantities", "value": "values", "weight": "weights"}
_ONLY_NAMES = "only the names of columns were found: add one line per holding below them"
_NO_PRICES: Mapping[str, float] = {}
_NOBODY: Mapping[int, str] = {}


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """All that a reading depends on beside its lines."""

    universe: Universe
    kind: Kind
    quoted: Mapping[str, str]
    prices: Mapping[str, float]
    chosen: Mapping[str, str]
    assigned: Mapping[int, str]


def understand(
    lines: Sequence[Line],
    tickers: Sequence[str],
    kind: Kind = "quantity",
    quoted: Mapping[str, str] = NOTHING,
    *,
    prices: Mapping[str, float] = _NO_PRICES,
    chosen: Mapping[str, str] = NOTHING,
    assigned: Mapping[int, str] = _NOBODY,
) -> Answer:
    """What the lines mean.

    Parameters
    ----------
    lines : sequence of Line
        With names of columns anywhere above them, or without: then a name, a number, a currency.
    tickers : sequence of str
        The assets of the market; large and small letters are alike.
    kind : {"quantity", "value", "weight"}
        What a single column of numbers is, unless its name says so.
    quoted : mapping
        What prices are quoted in, by ticker, where that is known: quantities are valued in it.
    prices : mapping
        Last closes by ticker, where they are prices: they help to tell a column of prices.
    chosen : mapping
        The key of the choice by the key of the question, for questions that were asked before.
    assigned : mapping
        Assets that somebody chose for lines, by their number; an empty one leaves the line out.

    Raises
    ------
    InvalidInput
        If no line can hold anything.
    """
    if not lines:
        raise InvalidInput("no line holds anything: give one line per holding, for instance AAPL, 120")
    universe = Universe(tickers, quoted)
    asked = _Asked(universe=universe, kind=kind, quoted=quoted, prices=prices, chosen=chosen, assigned=assigned)
    blocks, notes = blocks_of(lines, universe)
    if not any(block.rows for block in blocks):
        trades = any("list of trades" in entry.reason for entry in notes)
        told = "a list of trades, which does not say what is held: export positions" if trades else _ONLY_NAMES
        raise InvalidInput(told)
    parts = [_part(block, asked) for block in blocks]
    odd = odd_ones(parts)
    if odd is not None:
        if chosen.get("odd") not in ("take", "leave"):
            return Answer(holdings=None, questions=(odd.question,))
        out = {} if chosen["odd"] == "take" else dict.fromkeys(odd.cells, "")
        return understand(
            odd.like_the_others(lines),
            tickers,
            kind,
            quoted,
            prices=prices,
            chosen=chosen,
            assigned={**out, **assigned},
        )
    mark = mark_of(parts, chosen)
    if isinstance(mark, Question):
        return Answer(holdings=None, questions=(mark,))
    settled = [meaning_of(part, mark, kind, chosen) for part in parts]
    question = next((one for one in settled if isinstance(one, Question)), None)
    if question is not None:
        return Answer(holdings=None, questions=(question,))
    columns = [one for one in settled if isinstance(one, Columns)]
    return _answer(blocks, columns, mark, notes, asked)


def parse(
    lines: Sequence[Line],
    tickers: Sequence[str],
    kind: Kind = "quantity",
    quoted: Mapping[str, str] = NOTHING,
    *,
    prices: Mapping[str, float] = _NO_PRICES,
    chosen: Mapping[str, str] = NOTHING,
) -> Holdings:
    """``understand`` for those who cannot be asked: the holdings; their entries say what was left out.

    Raises
    ------
    InvalidInput
        If a question is open, with its choices, or no line is matched, with up to five reasons.
    """
    answer = understand(lines, tickers, kind, quoted, prices=prices, chosen=chosen)
    if answer.questions:
        raise InvalidInput(question_words(answer.questions[0]))
    if answer.holdings is None:
        raise InvalidInput(nothing_words(answer.entries))
    return answer.holdings


def question_words(question: Question) -> str:
    """A question with its choices as one sentence and one paragraph for each."""
    return "\n\n".join([question.text, *(f"{question.key}={one.key}: {one.label}" for one in question.choices)])


def nothing_words(entries: Sequence[Entry]) -> str:
    """Why no line became a holding."""
    reasons = [f"line {one.line}: {one.name}: {one.reason}" for one in entries if one.reason]
    more = len(reasons) - _MOST_TOLD
    told = reasons[:_MOST_TOLD] + ([f"and {more} more lines like these"] if more > 0 else [])
    start = "no line is an asset of this market, so nothing can be won or lost: hold at least one asset"
    return "\n\n".join([start, *told])


def _part(block: Block, asked: _Asked) -> Part:
    rows = [row.line for row in block.rows]
    has = asked.universe.has
    columns = by_names(block.header, rows, has) if block.header is not None else by_contents(rows, has)
    reader = Reader(columns, asked.universe, asked.assigned)
    closes = [asked.prices.get(reader.hint(row), np.nan) for row in block.rows]
    return Part(rows, columns, np.asarray(closes, dtype=np.float64))


def _answer(
    blocks: Sequence[Block], columns: Sequence[Columns], mark: str, notes: Sequence[Entry], asked: _Asked
) -> Answer:
    same = asked.chosen.get("same", "")
    entries: list[Entry] = []
    for block, found in zip(blocks, columns, strict=True):
        values = values_of(block.lines, found, mark)
        reader = Reader(found, asked.universe, asked.assigned, same == "yes", values)
        made = [_checked(reader.entry(row), row.line, found) for row in block.rows]
        made = _of_one_form(_uncut(made, block), block.lines, found)
        worth = moneys(block.lines, found, mark, made, asked.chosen)
        if isinstance(worth, Question):
            return Answer(holdings=None, questions=(worth,))
        entries += worth
    doubtful = [entry for entry in entries if entry.fate == "left out" and entry.ticker]
    if doubtful and not same:
        return Answer(holdings=None, questions=(_same(doubtful),))
    weighed = as_decimals(entries, columns, asked.chosen)
    if isinstance(weighed, Question):
        return Answer(holdings=None, questions=(weighed,))
    assumed = [f"Nothing names the numbers: they are taken as {_KINDS[asked.kind]}."] if columns[0].assumed else []
    collected = collect([*notes, *weighed.entries], [*weighed.told, *assumed], asked.quoted, asked.chosen)
    return replace(collected, assumed=any(one.assumed for one in columns))


def _checked(entry: Entry, line: Line, columns: Columns) -> Entry:
    """A line whose number or currency cannot be read is left out, whatever it means."""
    if entry.fate not in ("matched", "cash"):
        return entry
    for kind in columns.kinds:
        text = at(line, columns.at[kind])
        if text and not is_missing(text) and not looks_like_number(text):
            told = f'"{text[:30]}" is not a {kind}: write a finite number like 1250.5'
            return replace(entry, fate="left out", ticker="", reason=told)
        if text.endswith("%") and kind != "weight":
            told = f'"{text[:30]}" is a percentage, not a {kind}: choose Weights, or leave the % out'
            return replace(entry, fate="left out", ticker="", reason=told)
    money = at(line, columns.at.get("currency"))
    if money and not is_missing(money) and not code_of(money) and not columns.money.get("value"):
        told = f'"{money[:30]}" is not a currency: write three letters, for instance EUR'
        return replace(entry, fate="left out", ticker="", reason=told)
    return entry


def _uncut(entries: Sequence[Entry], block: Block) -> list[Entry]:
    """Lines with more cells than the others, whose number a comma may have cut, are left out."""
    widths = [len(line.cells) - _tail(line) for line in block.lines]
    header = block.header
    usual = len(header.cells) - _tail(header) if header is not None else min(widths)
    told = "has more cells than its columns: {} may be one number, write it in quotes or without its comma"
    found = []
    for entry, line, width in zip(entries, block.lines, widths, strict=True):
        cut = _CUT.search("|".join(line.filled)) if width > usual else None
        spoiled = cut is not None and entry.fate in ("matched", "cash", "left out")
        found.append(
            replace(
                entry,
                fate="left out",
                ticker="",
                quantity=None,
                value=None,
                reason=told.format(cut.group().replace("|", ",")),
            )
            if spoiled and cut is not None
            else entry
        )
    return found


def _tail(line: Line) -> int:
    """Number of empty cells at the end."""
    return next((at for at, cell in enumerate(reversed(line.cells)) if cell), len(line.cells))


def _of_one_form(entries: Sequence[Entry], lines: Sequence[Line], columns: Columns) -> list[Entry]:
    """Weights have percent signs in all lines or in none: a line that differs is left out."""
    texts = [at(line, columns.at.get("weight")) for line in lines]
    if columns.kinds != ["weight"] or not any(text.endswith("%") for text in texts):
        return list(entries)
    columns.signs = True
    told = "has no % sign, other lines have: write it in all lines or in none"
    return [
        replace(entry, fate="left out", ticker="", weight=None, reason=f'"{text[:30]}" {told}')
        if entry.weight and not text.endswith("%") and entry.fate != "no holding"
        else entry
        for entry, text in zip(entries, texts, strict=True)
    ]


def _same(doubtful: Sequence[Entry]) -> Question:
    pairs = ", ".join(f"{entry.name} as {entry.ticker}" for entry in doubtful[:4])
    more = f" and {len(doubtful) - 4} more" if len(doubtful) > 4 else ""
    return Question(
        key="same",
        text=f"Are these the assets of the market? {pairs}{more}",
        choices=(Choice(key="yes", label="Yes, take them as these"), Choice(key="no", label="No, leave them out")),
    )
