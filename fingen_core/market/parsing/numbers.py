"""Numbers as people and programs write them, and what stands where one is missing."""

import re
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["Numbers", "decimal_mark", "is_missing", "read_numbers", "to_numbers"]

_SIGNS = (
    "na n/a n.a n.a. nan null (null) <null> none nil <na> nat nd n.d. n/d nb n.v. k.a. s/d n.s. n.b. b.d. void missing "
    "unavailable \\n - -- --- – — − . .. ..."
)
_MISSING = frozenset(_SIGNS.split()) | {
    "",
    "n/a n/a",
    "na na",
    "not available",
    "no data",
    "nicht verfügbar",
    "keine angabe",
}
"""What stands for "no value" in files from the wild, in small letters."""

_ERROR = re.compile(r"#\s*[^\W\d].*", re.DOTALL)
"""What spreadsheets and terminals write where a formula failed: #N/A, #VALUE!, #WERT!, #N/A Requesting Data..."""

_GROUP_MARKS = "'’ʼ´ \u00a0\u2007\u2009\u202f"
_MINUS = str.maketrans({"−": "-", "–": "-", "‑": "-", "﹣": "-"})
_CURRENCY = r"(?:[$€£¥₹₩₽₺₪₴฿]|[A-Z]{1,2}\$|[A-Z]{3}|kr\.?|z[ł³]|K[čè]|Ft|Fr\.|Rs\.?)"
_SCALES = {"k": 1e3, "tsd": 1e3, "tsd.": 1e3, "m": 1e6, "mn": 1e6, "mm": 1e6, "mio": 1e6, "mio.": 1e6, "mln": 1e6}
_SCALES |= {"b": 1e9, "bn": 1e9, "mrd": 1e9, "mrd.": 1e9, "mld": 1e9, "t": 1e12, "tn": 1e12, "cr": 1e7, "lakh": 1e5}
_DRESSED = re.compile(
    rf"(?P<open>\()?\s*(?P<sign>[-+])?\s*(?:{_CURRENCY}\s*)?(?P<sign2>[-+])?\s*(?P<core>[\d.,{_GROUP_MARKS}]*\d[.,]?)"
    rf"(?P<power>[eE][-+]?\d+)?\s*(?P<scale>[A-Za-z]+\.?)??\s*(?P<percent>%|pct)?\s*(?:{_CURRENCY})?\s*(?P<close>\))?"
    r"\s*(?P<behind>-)?"
)
_FRACTION = re.compile(r"([-+]?)(\d+)[ ](\d{1,2})/(2|4|8|16|32|64)")


@dataclass(frozen=True, eq=False, kw_only=True)
class Numbers:
    """A column read as numbers.

    Attributes
    ----------
    values : Series of float64
        NaN where there is no number. Percent signs divide by 100.
    wrong : Series of bool
        Where there is something that is neither a number nor a sign for "missing"; also where the mark of thousands
        does not part thousands, as in "12.34" among decimal commas: read as 1234 it would be a wrong price.
    missing : Counter of str
        How often each text stood for a missing value; empty cells are not counted.
    percent : int
        How many cells had a percent sign.
    """

    values: pd.Series
    wrong: pd.Series
    missing: Counter[str]
    percent: int = 0


def is_missing(cell: object) -> bool:
    """Whether a cell is empty or says that there is no value."""
    if isinstance(cell, str):
        text = cell.strip()
        return text.lower() in _MISSING or bool(_ERROR.fullmatch(text))
    return cell is None or cell is pd.NaT or cell is pd.NA or (isinstance(cell, float) and np.isnan(cell))


def to_numbers(column: pd.Series, decimal: str = ".") -> tuple[pd.Series, pd.Series]:
    """Values and wrong cells of :func:`read_numbers`."""
    read = read_numbers(column, decimal)
    return read.values, read.wrong


def read_numbers(column: pd.Series, decimal: str = ".") -> Numbers:
    """Read a column as numbers.

    Parameters
    ----------
    column : Series
        Text, numbers or a mixture.
    decimal : {".", ","}
        The decimal mark; the other one, blanks and apostrophes separate thousands.
    """
    if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype):
        values = column.astype(np.float64)
        return Numbers(values=values, wrong=pd.Series(False, index=column.index), missing=Counter())
    cells = column.to_numpy(object)
    texts = _are_texts(cells)
    values, wrong = np.full(len(cells), np.nan), np.zeros(len(cells), bool)
    _read_typed(cells, ~texts, values, wrong)
    missing, percent = _read_texts(cells, texts, values, wrong, decimal)
    return Numbers(
        values=pd.Series(values, column.index, name=column.name),
        wrong=pd.Series(wrong, column.index),
        missing=missing,
        percent=percent,
    )


def _are_texts(cells: np.ndarray) -> np.ndarray:
    kind = pd.api.types.infer_dtype(cells, skipna=False)
    if kind in ("string", "empty", "floating", "integer"):
        return np.full(len(cells), kind == "string")
    return np.fromiter((isinstance(cell, str) for cell in cells), bool, len(cells))


def _read_typed(cells: np.ndarray, typed: np.ndarray, values: np.ndarray, wrong: np.ndarray) -> None:
    """Cells that are no text: numbers as they are; dates and truths are no numbers."""
    places = np.flatnonzero(typed)
    if not len(places):
        return
    some = cells[places]
    try:
        values[places] = np.where(pd.isna(some), np.nan, some).astype(np.float64)
    except (TypeError, ValueError):
        for place in places:
            values[place] = _typed_number(cells[place])
    odd = np.fromiter((isinstance(cell, (bool, np.bool_)) for cell in some), bool, len(some))
    values[places[odd]] = np.nan
    wrong[places] = np.isnan(values[places]) & ~np.asarray(pd.isna(some), bool)


def _typed_number(cell: object) -> float:
    if isinstance(cell, (bool, np.bool_)) or hasattr(cell, "isoformat") or cell is None or cell is pd.NA:
        return np.nan
    try:
        return float(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return np.nan


def _read_texts(
    cells: np.ndarray, texts: np.ndarray, values: np.ndarray, wrong: np.ndarray, decimal: str
) -> tuple[Counter[str], int]:
    """Text in place into ``values`` and ``wrong``: the usual forms all at once, the unusual ones once each."""
    places = np.flatnonzero(texts)
    if not len(places):
        return Counter(), 0
    array = pc.utf8_trim_whitespace(pa.array(cells[places], pa.string()))
    mark, group = re.escape(decimal), re.escape("," if decimal == "." else ".") + _GROUP_MARKS
    threes, twos = rf"[1-9]\d{{0,2}}([{group}]\d{{3}})+", rf"[1-9]\d?([{group}]\d{{2}})+[{group}]\d{{3}}"  # as in India
    plain = pc.match_substring_regex(array, rf"^-?(\d+({mark}\d*)?|{mark}\d+)([eE][+-]?\d+)?$")
    grouped = pc.match_substring_regex(array, rf"^-?({threes}|{twos})({mark}\d+)?$")
    usual = pc.or_(plain, grouped).to_numpy(zero_copy_only=False)
    simple = array.filter(pa.array(usual))
    if pc.any(grouped).as_py():
        simple = pc.replace_substring_regex(simple, rf"[{group}]", "")
    if decimal == ",":
        simple = pc.replace_substring(simple, ",", ".")
    values[places[usual]] = pc.cast(simple, pa.float64()).to_numpy(zero_copy_only=False)
    misplaced = pc.match_substring_regex(array, r"^-?\d[\d.,]*$").to_numpy(zero_copy_only=False) & ~usual
    wrong[places[misplaced]] = True
    return _read_unusual(cells, places[~usual & ~misplaced], values, wrong, decimal)


def _read_unusual(
    cells: np.ndarray, places: np.ndarray, values: np.ndarray, wrong: np.ndarray, decimal: str
) -> tuple[Counter[str], int]:
    if not len(places):
        return Counter(), 0
    codes, unique = pd.factorize(cells[places])
    numbers = np.array([_number(str(text).strip(), decimal) for text in unique], np.float64)
    absent = np.array([is_missing(text) for text in unique], bool)
    values[places] = numbers[codes]
    wrong[places] = (np.isnan(numbers) & ~absent)[codes]
    counts = np.bincount(codes, minlength=len(unique))
    missing = Counter(
        {str(text).strip(): int(counts[place]) for place, text in enumerate(unique) if absent[place] and text.strip()}
    )
    percent = sum(int(counts[place]) for place, text in enumerate(unique) if "%" in text and not absent[place])
    return missing, percent


def _number(text: str, decimal: str) -> float:
    """One number with whatever it wears: a currency, brackets for a loss, a percent sign, M for millions."""
    text = text.translate(_MINUS)
    fraction = _FRACTION.fullmatch(text)
    if fraction:
        sign, whole, above, below = fraction.groups()
        return (-1 if sign == "-" else 1) * (int(whole) + int(above) / int(below))
    found = _DRESSED.fullmatch(text)
    if found is None or bool(found["open"]) != bool(found["close"]):
        return np.nan
    core, scale = _plain_core(found["core"].strip(), decimal), _scale(found["scale"] or "")
    if core is None or scale is None:
        return np.nan
    signs = [found["sign"], found["sign2"], found["behind"], "-" if found["open"] else None]
    number = float(core + (found["power"] or "")) * scale * (-1 if signs.count("-") % 2 else 1)
    return number / 100 if found["percent"] else number


def _plain_core(core: str, decimal: str) -> str | None:
    """Digits with a decimal point; ``None`` where marks do not part thousands (or lakhs, as in India)."""
    group = "," if decimal == "." else "."
    whole, _, part = core.partition(decimal)
    if part and not part.isdecimal():
        return None
    marks = set(whole) - set("0123456789")
    if len(marks) > 1:
        return None
    if marks:
        mark = marks.pop()
        if mark not in group + _GROUP_MARKS:
            return None
        three = rf"[1-9]\d{{0,2}}(?:{re.escape(mark)}\d{{3}})+"
        two = rf"[1-9]\d?(?:{re.escape(mark)}\d{{2}})+{re.escape(mark)}\d{{3}}"
        if not re.fullmatch(f"{three}|{two}", whole):
            return None
        whole = whole.replace(mark, "")
    return f"{whole or '0'}.{part or '0'}" if whole or part else None


def _scale(text: str) -> float | None:
    """What a letter behind a number multiplies it with; a currency changes nothing."""
    if not text or re.fullmatch(_CURRENCY, text):
        return 1.0
    return _SCALES.get(text.lower())


_COMMA_DECIMAL = re.compile(r"^[-+(]?(\d+|\d{1,3}([.\s']\d{3})+),(\d{1,2}|\d{4,})\)?%?$|^[-+(]?0,\d+\)?%?$")
_EITHER = re.compile(r"^[-+(]?\d{1,3},\d{3}\)?%?$")


def decimal_mark(cells: pd.Series, separator: str = "") -> str:
    """The likelier decimal mark of a few number-like cells.

    ``separator`` is the file's column separator: where cells are separated by semicolons, "1,234" is read as a decimal
    comma, otherwise as one thousand.
    """
    text = [str(cell).strip() for cell in cells]
    if any(_COMMA_DECIMAL.match(cell) for cell in text):
        return ","
    points = any(re.search(r"\d\.\d", cell) for cell in text)
    return "," if separator == ";" and not points and any(_EITHER.match(cell) for cell in text) else "."
