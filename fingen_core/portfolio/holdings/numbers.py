"""Numbers of a list: what looks like one, which decimal marks the whole list admits, and what they are worth."""

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from fingen_core.market.currencies import code_of
from fingen_core.market.parsing import to_numbers
from fingen_core.portfolio.holdings.words import CODES

__all__ = [
    "MARKS",
    "core",
    "decimal_shown",
    "is_missing",
    "looks_like_number",
    "marks_of",
    "money_in",
    "number",
    "numbers",
]

MARKS = (".", ",")
_SPACES = "\u00a0\u202f\u2009 "
_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "₹": "INR", "¥": "JPY"}
_MISSING = frozenset(
    {"", "-", "--", "---", "–", "—", "n/a", "na", "nan", "#n/a", "n.a.", "null", "none", "incomplete", "."}
)
_CORE = re.compile(rf"\d[\d.,'’{_SPACES}]*\d|\d|[.,]\d+")
_SHAPE = re.compile(
    rf"[-+−(]{{0,2}}(?:[A-Z]{{3}}|[A-Z]{{0,3}}\$|[€£¥₹]|Rs\.?|CHF|kr)?[{_SPACES}]?[-+−(]?[{_SPACES}]?"
    rf"(?:\d[\d.,'’{_SPACES}]*|[.,]\d+)(?:[eE][-+]?\d+)?[{_SPACES}]?(?:%|[A-Z]{{3}}|[A-Z]{{0,2}}\$|[€£¥₹]|kr|GBp|p)?\)?[-−]?%?"
)


def is_missing(text: str) -> bool:
    """Whether a cell stands for "no number"."""
    return text.strip().lower() in _MISSING


def looks_like_number(text: str) -> bool:
    """Whether a cell is a number with its signs: "$1,800.00", "(12)", "1.200,5 EUR", "60 %"."""
    plain = text.strip()
    if not _SHAPE.fullmatch(plain) or re.fullmatch(r"\d{4}[.-]\d\d[.-]\d\d|\d\d?[.]\d\d?[.]\d{4}", plain):
        return False
    letters = re.findall(r"[A-Z]{3}", plain)
    return not letters or all(code_of(code) in CODES for code in letters)


def core(text: str) -> str:
    """The digits and marks of a number; empty if it has none."""
    found = _CORE.search(text)
    return found.group().strip() if found else ""


def money_in(text: str) -> str:
    """The currency that stands beside a number; empty if none does. A dollar sign alone may be any country's."""
    letters = [code for code in re.findall(r"[A-Z]{3}|GBp", text) if code in CODES]
    return letters[0] if letters else next((code for sign, code in _SIGNS.items() if sign in text and sign != "$"), "")


def marks_of(cells: Iterable[str]) -> tuple[str, ...]:
    """The decimal marks that a list admits, judged by all of its numbers together.

    One where the numbers settle it; both where they do not, as of "1.200" alone, or where they contradict each other.
    """
    votes = {_vote(core(cell)) for cell in cells}
    settled = votes & set(MARKS)
    if len(settled) == 1:
        return (settled.pop(),)
    return MARKS if settled or "open" in votes else (".",)


def decimal_shown(text: str) -> str:
    """The decimal mark that a number shows beyond doubt; empty if it shows none or is open."""
    vote = _vote(core(text))
    return vote if vote in MARKS else ""


def _vote(digits: str) -> str:
    """The decimal mark that a number shows, "open" where both are possible, empty where it has none."""
    found = [mark for mark in digits if mark in MARKS]
    if not found:
        return ""
    last, other = found[-1], MARKS[found[-1] == "."]
    if len(set(found)) == 2:
        return last if found.count(last) == 1 else ""
    if len(found) > 1:
        return other
    before, after = digits.split(last)
    whole = re.sub(rf"['’{_SPACES}]", "", before)
    parted = whole != before
    return "open" if len(after) == 3 and 1 <= len(whole) <= 3 and whole != "0" and not parted else last


def number(text: str, mark: str) -> float:
    """A number by its decimal mark; percent signs divide by 100; NaN where it is none."""
    return float(numbers([text], mark)[0])


def numbers(cells: Iterable[str], mark: str) -> list[float]:
    """Numbers by their decimal mark; NaN where a cell is none."""
    cleaned = [_bare(cell) if looks_like_number(cell) else None for cell in cells]
    if not cleaned:
        return []
    values, wrong = to_numbers(pd.Series(cleaned, dtype=object), mark)
    return [float(value) for value in values.where(~wrong, np.nan)]


def _bare(text: str) -> str:
    """Without currencies and with the sign in front: what every reader of numbers knows."""
    plain = text.strip()
    negative = bool(re.search(r"^[^\d]*[-−(]|[-−]%?$", plain))
    exponent = re.search(r"\d([eE][-+]?\d+)", plain)
    digits = re.sub(rf"['’{_SPACES}]", "", core(plain)) + (exponent.group(1) if exponent else "")
    return f"{'-' * negative}{digits}{'%' * ('%' in plain)}"
