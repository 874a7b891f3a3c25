"""Laid-out tables become files, separated text or workbooks, each with its truth and its way back."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from .ambiguity import expectation
from .cells import Num, Numbers
from .dates import Dates
from .files import Book, Case, Text, back, book_bytes, frame_of, read_book, read_text, spelled, text_bytes
from .known import Known, Truth
from .layouts import Laid
from .words import Language

__all__ = ["Draft", "book_case", "file_ending", "text_case", "text_form"]


@dataclass(frozen=True)
class Draft:
    """All that is drawn of a file before its kind: what stands in it and how it is spelled."""

    seed: int
    index: int
    known: Known
    laid: Laid
    dates: Dates
    numbers: Numbers
    stem: str
    traits: frozenset[str]

    @cached_property
    def cells(self) -> list[list[str]]:
        """Each cell as text."""
        return spelled(self.laid.rows, self.dates, self.numbers)


def text_form(draft: Draft, rng: np.random.Generator, words: Language) -> Text:
    """Separator, encoding and quotes that such a file may have."""
    separators = (
        [";", ";", ";", "\t", "|", ","] if draft.numbers.decimal == "," else [",", ",", ",", ",", ";", "\t", "|"]
    )
    separator = separators[rng.integers(len(separators))]
    if _solid(draft.cells) and rng.random() < 0.25:
        separator = "fixed" if rng.random() < 0.6 else " "
        draft.laid.traits.add("columns of blanks" if separator == "fixed" else "one blank between")
    encoding = words.encodings[rng.integers(len(words.encodings))] if rng.random() < 0.5 else "utf-8"
    text = "".join(c for row in draft.cells for c in row)
    if not _fits(text, encoding):
        encoding = "utf-8-sig"
    line = "\r\n" if rng.random() < 0.5 else "\n"
    return Text(
        separator,
        encoding,
        line,
        bool(rng.random() < 0.12) and separator != "fixed",
        separator == ";" and rng.random() < 0.06,
    )


def _fits(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _solid(cells: list[list[str]]) -> bool:
    """Whether no cell is empty or holds a blank, so that blanks may stand between cells."""
    return len({len(row) for row in cells}) == 1 and all(
        cell and " " not in cell and "\u00a0" not in cell for row in cells for cell in row
    )


def file_ending(how: Text, rng: np.random.Generator) -> str:
    """What such a file is called behind the point."""
    if how.separator == "\t":
        return (".tsv", ".txt", ".csv")[rng.integers(3)]
    return ".txt" if how.separator in ("fixed", " ") or rng.random() < 0.1 else ".csv"


def text_case(draft: Draft, how: Text, name: str, expect: str = "") -> Case:
    """The draft as separated text; ``expect`` "" asks the file itself whether it admits two readings."""
    known, laid, dates, numbers = draft.known, draft.laid, draft.dates, draft.numbers
    data = text_bytes(draft.cells, how)
    expect = expect or expectation(draft.cells, laid, known, dates=dates, numbers=numbers, separator=how.separator)
    more = {f"separator {how.separator!r}", f"encoding {how.encoding}", f"decimal {numbers.decimal}"}
    more |= {f"thousands {numbers.thousands!r}"} if numbers.thousands else set()

    def reverse() -> pd.DataFrame:
        found = back(read_text(data, how), laid.rows, lambda t: dates.read(str(t)), lambda t, _: numbers.read(str(t)))
        return frame_of(found, known)

    _say_otherwise(laid, known, how.encoding)
    return _case(draft, name, data, expect=expect, by_month=dates.months_only, more=more, reverse=reverse)


def _say_otherwise(laid: Laid, known: Known, encoding: str) -> None:
    """Let letters be mistaken where nothing in a file tells one alphabet of eight bits from another."""
    if encoding == "iso-8859-2":
        for name in known.names:
            laid.also[name] = (*laid.also.get(name, ()), *(_mistaken(n) for n in (name, *laid.also.get(name, ()))))


def _mistaken(name: str) -> str:
    return name.encode("iso-8859-2", errors="replace").decode("latin-1")


def _case(
    draft: Draft,
    name: str,
    data: bytes,
    *,
    expect: str,
    by_month: bool,
    more: set[str],
    reverse: Callable[[], pd.DataFrame],
) -> Case:
    laid, known = draft.laid, draft.known
    truth = Truth(known.values, known.kind, laid.also, laid.any_name, by_month, expect)
    traits = draft.traits | known.traits | laid.traits | more | ({"ambiguous"} if expect == "ask" else set())
    return Case(draft.seed, draft.index, name, data, truth, frozenset(traits), reverse)


def book_case(draft: Draft, rng: np.random.Generator, words: Language) -> Case:
    """The draft as a workbook."""
    how, numbers = _book_form(rng, draft, words), draft.numbers
    if how.typed_numbers:
        numbers = replace(numbers, decimal=".", thousands="", missing=numbers.missing.replace(",", "."))
    laid, dates, known = draft.laid, draft.dates, draft.known
    data = book_bytes(laid.rows, dates, numbers, how)
    typed = how.typed_days != "text"
    expect = expectation(
        draft.cells,
        laid,
        known,
        dates=dates,
        numbers=numbers,
        separator="book" if how.typed_numbers else "text",
    )

    def reverse() -> pd.DataFrame:
        found = back(
            read_book(data, how.sheet),
            laid.rows,
            lambda c: _day_of(c, how, dates),
            lambda c, n: _number_of(c, n, numbers),
        )
        return frame_of(found, known)

    months = dates.months_only and not typed
    name = f"{draft.stem}.xlsx"
    return _case(draft, name, data, expect=expect, by_month=months, more=_book_traits(how), reverse=reverse)


def _book_traits(how: Book) -> set[str]:
    traits = {"workbook", f"workbook days: {how.typed_days if how.typed_days in ('text', 'serial') else 'typed'}"}
    if how.before:
        traits.add("hidden sheet first" if how.before[0][1] else "notes sheet first")
    return (
        traits
        | ({"wrong dimension"} if how.wrong_dimension else set())
        | (set() if how.typed_numbers else {"numbers as text"})
    )


def _day_of(cell: object, how: Book, dates: Dates) -> pd.Timestamp:
    if how.typed_days == "serial" and not isinstance(cell, str):
        return pd.Timestamp(1899, 12, 30) + pd.Timedelta(days=int(str(cell)))
    return dates.read(str(cell)) if how.typed_days == "text" else pd.Timestamp(str(cell))


def _number_of(cell: object, number: Num, numbers: Numbers) -> float:
    if isinstance(cell, int | float):
        return float(cell) * (100 if number.unit.endswith("%") else 1)
    return numbers.read(str(cell))


def _book_form(rng: np.random.Generator, draft: Draft, words: Language) -> Book:
    formats = ("yyyy-mm-dd", "dd.mm.yyyy", "m/d/yyyy", "mmm-yy", "d mmm yyyy", "yyyy-mm-dd hh:mm:ss")
    draw = rng.random()
    days = formats[rng.integers(len(formats))] if draw < 0.7 else "serial" if draw < 0.76 else "text"
    if draft.dates.name in ("zone", "hours") or draft.known.days[0].year < 1901:  # which a workbook cannot hold as days
        days = "text"
    before: tuple[tuple[str, bool], ...] = ()
    if rng.random() < 0.12:
        before = (("Old", True),)
    elif rng.random() < 0.12:
        before = (("Notes" if words.code == "en" else "Info", False),)
    return Book(
        days,
        bool(rng.random() > 0.12),
        before,
        ("Sheet1", "Prices", "Data", "Tabelle1", "Feuil1")[rng.integers(5)],
        bool(rng.random() < 0.12),
    )
