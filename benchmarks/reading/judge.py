"""What came of a file: read right, asked, refused, or wrong, and whether a word was said."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
import pandas as pd

from .known import Truth

__all__ = ["Answered", "Outcome", "Read", "Verdict", "compare", "judge"]


class Outcome(StrEnum):
    """Of one file."""

    RIGHT = "read right"
    SHORT = "read right, an asset left out and named"
    ASKED = "asked, the right reading offered"
    REFUSED = "refused"
    DUE = "refused or asked where that is right"
    LUCKY = "read right where two readings were possible"
    TOLD = "wrong but told"
    SILENT = "silently wrong"
    BROKEN = "broke with a traceback"


class _Mapping(Protocol):
    values: object


class Read(Protocol):
    """A reading, as far as a judge looks at it."""

    @property
    def values(self) -> pd.DataFrame: ...
    @property
    def mapping(self) -> _Mapping: ...
    @property
    def told(self) -> Sequence[str]: ...
    @property
    def faults(self) -> Sequence[str]: ...
    def prices(self) -> pd.DataFrame: ...


class Answered(Protocol):
    """An answer: readings, and a question where there are several."""

    @property
    def readings(self) -> Sequence[Read]: ...
    @property
    def question(self) -> str: ...


@dataclass(frozen=True)
class Verdict:
    """An outcome and, where it is not good, what differs."""

    outcome: Outcome
    why: str = ""


def judge(truth: Truth, understand: Callable[[], Answered], refusal: type[Exception]) -> Verdict:
    """Call the reader and judge what it gives.

    Parameters
    ----------
    understand : callable
        Reads the file.
    refusal : type
        What a refusal in words is raised as; everything else that is raised is a bug.
    """
    try:
        answer = understand()
    except refusal as error:
        return Verdict(_refused(truth), str(error))
    except Exception as error:  # noqa: BLE001 - any traceback of the reader is what is looked for
        return Verdict(Outcome.BROKEN, f"{type(error).__name__}: {error}")
    usable = [reading for reading in answer.readings if not reading.faults or _opens(reading, refusal)]
    if not usable:
        return Verdict(_refused(truth), " ".join(fault for reading in answer.readings for fault in reading.faults))
    found = [compare(truth, reading) for reading in usable]
    if len(found) > 1 or answer.question:
        return _asked(truth, found, answer.question)
    return _single(truth, usable[0], found[0])


def _refused(truth: Truth) -> Outcome:
    return Outcome.REFUSED if truth.expect == "read" else Outcome.DUE


def _opens(reading: Read, refusal: type[Exception]) -> bool:
    """Whether a reading with faults still gives prices, so that somebody can go on with it."""
    try:
        reading.prices()
    except refusal:
        return False
    return True


def _asked(truth: Truth, found: list[tuple[str, tuple[str, ...]]], question: str) -> Verdict:
    if any(not why for why, _ in found):
        if truth.expect == "refuse":
            return Verdict(Outcome.SILENT, f"asked about what must be refused: {question}")
        return Verdict(Outcome.ASKED if truth.expect == "read" else Outcome.DUE, question)
    return Verdict(
        Outcome.TOLD, f"asked, but the right reading is not offered ({question}): {'; '.join(why for why, _ in found)}"
    )


def _single(truth: Truth, reading: Read, found: tuple[str, tuple[str, ...]]) -> Verdict:
    why, left = found
    words = " ".join([*reading.told, *reading.faults])
    if truth.expect == "refuse":
        return Verdict(Outcome.TOLD if reading.faults else Outcome.SILENT, "read what must be refused")
    if why:
        return Verdict(Outcome.TOLD if reading.faults else Outcome.SILENT, f"{why} | said: {words[:300]}")
    unnamed = [name for name in left if not any(other in words for other in (name, *truth.also.get(name, ())))]
    if unnamed:
        return Verdict(Outcome.SILENT, f"lost without a word: {', '.join(unnamed)}")
    if truth.expect == "ask":
        return Verdict(Outcome.LUCKY)
    return Verdict(Outcome.SHORT, f"left out: {', '.join(left)}") if left else Verdict(Outcome.RIGHT)


def compare(truth: Truth, reading: Read) -> tuple[str, tuple[str, ...]]:
    """What is wrong with a reading ("" for nothing), and the assets it left out."""
    kind = str(reading.mapping.values)
    if kind != truth.kind:
        return f"read as {kind}, they are {truth.kind}", ()
    values, match = reading.values, _matched(truth, list(map(str, reading.values.columns)))
    if isinstance(match, str):
        return match, ()
    left = tuple(name for name in truth.values.columns if name not in match)
    if len(left) == len(truth.values.columns):
        return "no asset is left", left
    if not all(pd.api.types.is_numeric_dtype(dtype) for dtype in values.dtypes):
        return "text stands among the values", ()
    ours = truth.values[list(match)]
    theirs = values.iloc[:, list(match.values())].set_axis(list(match), axis=1)
    return _days_differ(truth, ours, theirs) or _values_differ(truth, ours, theirs), left


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split()).rstrip(".")


def _matched(truth: Truth, columns: list[str]) -> dict[str, int] | str:
    """Position of each asset among the columns read; a sentence where columns stand for nothing."""
    names = list(truth.values.columns)
    if (truth.any_name or len(names) == 1) and len(columns) == len(names):
        return {name: k for k, name in enumerate(names)}
    known = {_plain(other): name for name in names for other in (name, *truth.also.get(name, ()))}
    match: dict[str, int] = {}
    strange = []
    for k, column in enumerate(columns):
        name = known.get(_plain(column))
        if name is None or name in match:
            strange.append(column)
        else:
            match[name] = k
    return f"columns that are no assets: {', '.join(strange)}; assets are {', '.join(names)}" if strange else match


def _stamps(truth: Truth, index: pd.Index) -> pd.PeriodIndex:
    days = pd.DatetimeIndex(index)
    days = days.tz_localize(None) if days.tz is not None else days
    return days.to_period("M" if truth.by_month else "D")


def _days_differ(truth: Truth, ours: pd.DataFrame, theirs: pd.DataFrame) -> str:
    """Days with any value that stand in one and not in the other."""
    expected = _stamps(truth, ours.dropna(how="all").index)
    got = _stamps(truth, theirs.dropna(how="all").index)
    if got.has_duplicates:
        return f"a day stands twice: {got[got.duplicated()][0]}"
    lost, new = expected.difference(got), got.difference(expected)
    if not len(lost) and not len(new):
        return ""
    return f"{len(lost)} of {len(expected)} days lost{_some(lost)}, {len(new)} days that never were{_some(new)}"


def _some(days: pd.PeriodIndex) -> str:
    return f" ({', '.join(str(d) for d in days[:3])})" if len(days) else ""


def _values_differ(truth: Truth, ours: pd.DataFrame, theirs: pd.DataFrame) -> str:
    left = ours.set_axis(_stamps(truth, ours.index), axis=0).dropna(how="all").sort_index()
    held = theirs.dropna(how="all")
    right = held.set_axis(_stamps(truth, held.index), axis=0).reindex(left.index)
    a, b = left.to_numpy(float), right.to_numpy(float)
    wrong = ~(np.isclose(a, b, rtol=1e-9, atol=1e-13) | np.isnan(a) & np.isnan(b))
    if not wrong.any():
        return ""
    i, j = np.argwhere(wrong)[0]
    first = f"{left.columns[j]} on {left.index[i]} is {a[i, j]:.10g}, read {b[i, j]:.10g}"
    return f"{int(wrong.sum())} of {wrong.size} values differ: {first}"
