"""Text files: their encoding, what parts their cells, and their rows as they stand."""

import codecs
import csv
import re
from collections import Counter, deque
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.market.parsing.words import field_of, says_asset, says_date
from fingen_core.market.spreadsheet import unguarded
from fingen_core.market.tables.limits import (
    MEGABYTE,
    Bound,
    Progress,
    damage,
    refuse_cells,
    refuse_columns,
    refuse_grid,
    refuse_rows,
)

__all__ = ["read_text", "separator_of"]

_SEPARATORS = {";": "semicolon", "\t": "tab", "|": "bar", ",": "comma"}
"""In order of trust: a comma may be part of numbers, the others hardly."""
_MAX_LINE, _MAX_LINES_A_ROW, _MAX_SEPARATORS = MEGABYTE, 100, 10_000
_SAMPLE, _SAMPLED = 2_000, MEGABYTE
"""At most so many lines vote, of so many characters together."""
_NUMBER = re.compile(r"[-+\u2212(]?[\d.,'\u2019 \u00a0\u202f]+\)?\s?%?[-\u2212]?")
_BLANKS, _WIDE_BLANKS = re.compile(r"\s+"), re.compile(r"\s{2,}")
_DATED = re.compile(r"\d{4}|\d{1,2}[./-]\d|\d[./-][A-Za-z]")
"""A cell that may be a date by itself."""
_DECLARED = re.compile(r'"?sep=([;\t|,])"?', re.IGNORECASE)
_UNUSED = {"cp1252": b"\x81\x8d\x8f\x90\x9d", "cp1250": b"\x81\x83\x88\x90\x98", "iso-8859-2": bytes(range(128, 160))}
"""Encodings of Windows in western and central Europe, and of older programs there, with the bytes that they lack."""
_ALPHABETS = {
    "cp1252": "äöüß äöåé æøåé àâæçéèêëîïôœùûüÿ áéíñóúüç ãáàâçéêíóôõúü àèéìíîòóùú ëïéèöü áðéíóúýþæö àèéíïòóúüç",
    "cp1250": "áčďéěíňóřšťúůýž áäčďéíĺľňóôŕšťúýž ąćęłńóśźż áéíóöőúüű čćđšž ăâîşţ äöüß",
}
_ALPHABETS["iso-8859-2"] = _ALPHABETS["cp1250"]
"""Letters beyond the plain ones that the languages of an encoding have, each language's together."""
_BROKEN = re.compile(r"[^\W\d_]*[^\x00-\x7f\s\u00a0]+[^\W\d_]*")
"""Words with other letters or signs than plain ones."""
_HEAD_LINES, _TOP_LINES = 40, 200
"""So many lines hold the words by which encodings are told apart, and the names of columns."""


def read_text(data: bytes, name: str, holds: str, progress: Progress | None) -> tuple[pd.DataFrame, str]:
    """The rows of a text file and what parts their cells.

    Rows keep the number that they have in the file; blank ones are left out, short ones filled with "".
    """
    lines = _lines(data, name)
    if not any(map(str.strip, lines)):
        raise InvalidInput(f"{name} is empty: choose a file with {holds}")
    lines = _with_tabs(lines)
    separator = separator_of(lines)
    if not separator:
        raise InvalidInput(
            f"{name} has one column only, found no comma, semicolon, tab or bar between values: it needs {holds}"
        )
    _refuse_size(lines, separator, name)
    with damage(f"{name} cannot be cut into columns at each {_SEPARATORS[separator]}: save it as CSV or Excel again"):
        if any('"' in line or "'" in line for line in lines):
            grid = _grid(*_rows(lines, separator, Bound(name, progress)), name)
        else:
            grid = _cut(lines, separator, name)
    if grid.empty:
        raise InvalidInput(f"{name} holds nothing but separators: choose a file with {holds}")
    return grid, separator


def _lines(data: bytes, name: str) -> list[str]:
    """The lines, however they end; other signs that Unicode counts as ends of lines stay where they are."""
    with damage(f"{name} is no text in a known encoding: save it as CSV in UTF-8, or as Excel (.xlsx)"):
        encoding = _encoding_of(data)
        if encoding.startswith(("utf-16", "utf-32")):
            encoding, data = "utf-8", data.decode(encoding).encode("utf-8")
        if b"\0" in data:
            raise InvalidInput(f"{name} is no CSV, Parquet or Excel (.xlsx) file: export it in one of these forms")
        data = data.removeprefix(codecs.BOM_UTF8).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        refuse_rows(name, data.count(b"\n"))
        if data.isascii():
            return data.decode("ascii").split("\n")
        # Line by line: one sign from beyond the first 65,536 makes a whole text four times as large.
        return [line.decode(encoding) for line in data.split(b"\n")]


def _encoding_of(data: bytes) -> str:
    """By the byte order mark; else UTF-8; else as Windows writes in western or central Europe."""
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return _utf16_without_mark(data[:4096]) or ("utf-8" if _is_utf8(data) else _of_windows(data))


def _utf16_without_mark(head: bytes) -> str:
    """Text of two bytes a character has its NULs, many of them, on one side only."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) < len(head) / 4 or min(even, odd) > 0:
        return ""
    return "utf-16-le" if odd else "utf-16-be"


def _is_utf8(data: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(data), MEGABYTE):
            decoder.decode(data[start : start + MEGABYTE], final=start + MEGABYTE >= len(data))
    except UnicodeDecodeError:
        return False
    return True


def _of_windows(data: bytes) -> str:
    """The encoding under which the first lines hold most words that tables of prices have, and fewest broken ones."""
    head = b"\n".join(data[: 2**16].split(b"\n")[:_HEAD_LINES])
    possible = [encoding for encoding, unused in _UNUSED.items() if not any(byte in data for byte in unused)]
    if not possible:
        return "latin-1"
    texts = {encoding: head.decode(encoding, errors="replace") for encoding in possible}
    # Letters like š stand at the same place in both encodings of Windows; westerners hardly use them.
    central = re.search("[šžŠŽ]", texts.get("cp1252", "š")) is not None
    return max(
        possible,
        key=lambda encoding: (
            _n_known(texts[encoding]),
            -_n_strange(texts[encoding], _ALPHABETS[encoding]),
            (encoding == "cp1250") if central else (encoding == "cp1252"),
        ),
    )


def _n_known(text: str) -> int:
    """Cells beyond plain letters that are known names of columns."""
    cells = {cell.strip(' "') for cell in re.split(r"[;,|\t\n]", text) if not cell.isascii()}
    return sum(field_of(cell) is not None or says_date(cell) or says_asset(cell) for cell in cells)


def _n_strange(text: str, alphabets: str) -> int:
    """Words with letters that no one language has together, or with signs amid letters, as of a wrong encoding."""
    words = [word.lower() for word in set(_BROKEN.findall(text)) if re.search(r"[^\W\d_]", word)]
    beyond = [{sign for sign in word if not sign.isascii()} for word in words]
    return sum(not any(signs <= set(letters) for letters in alphabets.split()) for signs in beyond)


def _refuse_size(lines: Sequence[str], separator: str, name: str) -> None:
    """Measure lines before any row is cut; signs within quotes count as well, so quoted text gets more room."""
    counts, longest = [line.count(separator) for line in lines], max(map(len, lines))
    refuse_cells(name, sum(counts) // 4)
    widest = max(counts)
    if widest >= _MAX_SEPARATORS or not any('"' in line for line in lines):
        refuse_columns(name, widest + 1)
    if longest > _MAX_LINE:
        raise InvalidInput(
            f"{name} has a line of {longest:,} characters, but at most {_MAX_LINE:,} are read: export it with dates "
            "down and assets across"
        )


def _with_tabs(lines: list[str]) -> list[str]:
    """Lines whose cells stand apart by blanks, with tabs in their place; others as they are.

    They do where nearly every line has as many parts as the line of names, all but the first of which are numbers in
    most lines, and where no other sign parts them.
    """
    if _DECLARED.fullmatch(lines[0].strip(" ")) or any(sign in lines[len(lines) // 2] for sign in ";\t|"):
        return lines
    sample, top = _sampled(lines), [line for line in lines[:_TOP_LINES] if line.strip()]
    for blanks in (_WIDE_BLANKS, _BLANKS):
        rows = [blanks.split(line.strip()) for line in sample]
        width, n_rows = Counter(map(len, rows)).most_common(1)[0]
        if width < 2 or n_rows < 0.9 * len(rows) or sum(_is_row(row, width) for row in rows) < 0.7 * n_rows:
            continue
        first = next((place for place, line in enumerate(top) if _is_row(blanks.split(line.strip()), width)), 0)
        names = blanks.split(top[first - 1].strip()) if first else []
        named = len(names) in (0, width) and not any(name.startswith(",") or name.endswith(",") for name in names)
        bare = not names and any(all(cell.startswith(",") for cell in row[1:]) for row in rows)  # 0.5, or 5?
        by_commas = bare or sum(map(_has_separating_comma, rows)) > 0.02 * len(rows)
        if named and not by_commas and sum(_DATED.search(row[0]) is not None for row in rows) > 0.7 * n_rows:
            return [blanks.sub("\t", line.strip()) for line in lines]
    return lines


def _has_separating_comma(cells: list[str]) -> bool:
    """Whether a comma stands between cells rather than in a number: behind one, or before one with a point."""
    return any(cell.endswith(",") or (cell.startswith(",") and "." in cell) for cell in cells)


def _is_row(cells: list[str], width: int) -> bool:
    return len(cells) == width and all(_NUMBER.fullmatch(cell) for cell in cells[1:])


def separator_of(lines: Sequence[str]) -> str:
    """What parts the cells of most lines of a file; "" if nothing does.

    A first line "sep=;" says it. Otherwise lines from the whole file vote: for every sign that may part cells, the
    lines that have one of its two commonest numbers of cells count, the more the fewer of their cells hold another such
    sign without being numbers.
    """
    if declared := _DECLARED.fullmatch(lines[0].strip(" ")):
        return declared[1]
    sample = _sampled(lines)
    scores = {separator: _score(sample, separator) for separator in _SEPARATORS}
    best = max(scores, key=lambda separator: scores[separator])  # of equal ones the first
    return best if scores[best] > 0 else ""


def _sampled(lines: Sequence[str]) -> list[str]:
    """Some of the filled lines, from the first to the last."""
    filled = [line for line in lines if line.strip()]
    usual = max(len(filled) and sum(map(len, filled)) // len(filled), 1)
    places = np.unique(np.linspace(0, len(filled) - 1, min(_SAMPLE, max(_SAMPLED // usual, 20))).astype(int))
    return [filled[place][: 2**16] for place in places]


def _score(lines: Sequence[str], separator: str) -> float:
    rows = [row for line in lines if separator in line for row in csv.reader([line], delimiter=separator)]
    usual = {width for width, _ in Counter(len(row) for row in rows if len(row) > 1).most_common(2)}
    # The third power: a sign that cuts half of the cells in the middle is the wrong one, though it is in every line.
    return sum(_whole(row) ** 3 for row in rows if len(row) in usual) / len(lines)


def _whole(row: Sequence[str]) -> float:
    """The share of cells that no other sign would part."""
    cells = [cell for cell in row if cell.strip()]
    whole = [not any(sign in cell for sign in _SEPARATORS) or bool(_NUMBER.fullmatch(cell)) for cell in cells]
    return sum(whole) / len(whole) if whole else 1.0


def _cut(lines: Sequence[str], separator: str, name: str) -> pd.DataFrame:
    """Rows of lines without quotes: all of them are cut at once, five times as fast as one by one."""
    declared = bool(_DECLARED.fullmatch(lines[0].strip(" ")))
    numbers = [
        number
        for number, line in enumerate(lines, start=1)
        if line.replace(separator, " ").strip() and not (declared and number == 1)
    ]
    rows = [lines[number - 1] for number in numbers]
    counts = [row.count(separator) for row in rows]
    refuse_cells(name, sum(counts) + len(rows))
    width = 0
    for row, count in zip(rows, counts, strict=True):
        if count >= width:
            width = max(width, _filled_width(row.split(separator)))
    refuse_grid(name, len(rows), width)
    last = width - 1
    if any(count != last for count in counts):
        rows = [
            row + (last - count) * separator if count < last else separator.join(row.split(separator)[:width])
            for row, count in zip(rows, counts, strict=True)
        ]
    cells = np.array(separator.join(rows).split(separator) if rows else [], dtype=object)
    return _frame(cells.reshape(len(rows), width), numbers)


def _filled_width(cells: Sequence[str]) -> int:
    """How many cells are left without the empty ones at the right end."""
    return next((place for place in range(len(cells), 0, -1) if cells[place - 1].strip()), 0)


def _rows(lines: Sequence[str], separator: str, bound: Bound) -> tuple[list[list[str]], list[int]]:
    source = _Source(lines, separator, bound.name)
    numbers: list[int] = []
    rows: list[list[str]] = []
    declared = bool(_DECLARED.fullmatch(lines[0].strip(" ")))
    guarded = any("'" in line for line in lines)
    for number, row in enumerate(source.rows(), start=1):
        if any(map(str.strip, row)) and not (declared and number == 1):
            bound.row(len(row))
            numbers.append(number)
            rows.append([unguarded(cell) for cell in row] if guarded else row)
        if number % 1_000 == 0:
            bound.tell(number / len(lines))
    return rows, numbers


class _Source:
    """Lines cut into rows by the csv module, which is told line by line, so that an open quote is known by its line."""

    def __init__(self, lines: Sequence[str], separator: str, name: str) -> None:
        self._lines, self._separator, self._name = lines, separator, name
        self._taken: list[str] = []
        self._place = 0

    def rows(self) -> Iterator[list[str]]:
        for row in csv.reader(self._next(), delimiter=self._separator):
            if len(self._taken) > 1:
                self._refuse_open_quote()
            self._taken.clear()
            yield row

    def _next(self) -> Iterator[str]:
        for line in self._lines:
            self._place += 1
            self._taken.append(f"{line}\n")
            if len(self._taken) > _MAX_LINES_A_ROW:
                raise InvalidInput(self._open())
            yield self._taken[-1]

    def _refuse_open_quote(self) -> None:
        """A row over several lines is one only if its quotes close, and close at the end of cells."""
        with damage(self._open()):
            deque(csv.reader(self._taken, delimiter=self._separator, strict=True), maxlen=0)

    def _open(self) -> str:
        line = self._place - len(self._taken) + 1
        return (
            f'line {line:,} of {self._name} opens a quote (") that does not close where a cell ends: close it, or '
            "export the file again"
        )


def _grid(rows: list[list[str]], numbers: list[int], name: str) -> pd.DataFrame:
    """Rows of one width; columns at the right end that hold nothing are left out."""
    width = max(map(_filled_width, rows), default=0)
    refuse_grid(name, len(rows), width)
    for row in rows:
        if len(row) != width:
            row[width:] = [""] * (width - len(row))
    return _frame(np.array(rows, dtype=object).reshape(len(rows), width), numbers)


def _frame(cells: np.ndarray, numbers: list[int]) -> pd.DataFrame:
    return pd.DataFrame(cells, index=pd.Index(numbers), columns=range(cells.shape[1]), dtype=object, copy=False)
