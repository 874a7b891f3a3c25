"""Whether a rendered file truly admits two readings, told from what stands in it and from nothing else."""

import re

import numpy as np

from .cells import Num, Numbers
from .dates import Dates
from .known import Known
from .layouts import Laid

__all__ = ["expectation"]

_THREE = re.compile(r"[-−(+]?[1-9]\d{0,2}([.,])\d{3}[)-]?$")
_WILD, _QUIET = 3.0, 0.6
"""Yearly volatility as decimals between which a hundredth of it is a bond's: both readings are markets."""
_STEPS = {"day": 252, "week": 52, "month": 12, "seven": 365}


def expectation(
    cells: list[list[str]], laid: Laid, known: Known, *, dates: Dates, numbers: Numbers, separator: str
) -> str:
    """ "ask" for a file of two readings, else "read"."""
    if known.kind == "prices":
        typed = separator == "book"
        return "ask" if not typed and _thousands_or_decimals(cells, laid, dates, numbers, separator) else "read"
    return "ask" if _percent_or_decimals(laid, known) else "read"


def _thousands_or_decimals(cells: list[list[str]], laid: Laid, dates: Dates, numbers: Numbers, separator: str) -> bool:
    """Three digits behind one mark in every number, and nothing else that says which country wrote it."""
    texts = [
        text
        for spelled, row in zip(cells, laid.rows, strict=True)
        for text, cell in zip(spelled, row, strict=True)
        if isinstance(cell, Num) and text != numbers.missing
    ]
    marks = {found.group(1) if (found := _THREE.match(text)) else "" for text in texts}
    if "" in marks or len(marks) != 1:
        return False
    mark = marks.pop()
    country = {"us": "us", "continent": "continent"}.get(dates.hint) or {",": "us", ";": "continent"}.get(separator, "")
    meant = mark == numbers.decimal
    read = {"us": mark == ".", "continent": mark == ","}.get(country)
    return read is None or read != meant


def _percent_or_decimals(laid: Laid, known: Known) -> bool:
    if laid.traits & {"percent signs", "percent said"}:
        return False
    written = known.written if known.written.ndim > 1 else known.written[:, None]
    yearly = np.nanstd(written, axis=0) * np.sqrt(_STEPS[known.step])
    return bool(_QUIET < np.median(yearly) < _WILD)
