"""Losses and scores over the steps of a run: one line of text each, appended by the worker, read in increments.

A line that a killed worker left half-written is not read until it is whole; a resumed training repeats the steps since
its checkpoint, and the repetition replaces what was there.
"""

import csv
import io
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from fingen_core.training.progress import Progress

__all__ = ["COLUMNS", "CurveReader", "append", "complete_text", "rows"]

COLUMNS = ("step", "phase", "name", "value")
_TYPES = {"step": "int64", "phase": "str", "name": "str", "value": "float64"}
_REMEMBERED_RUNS = 16


def append(path: Path, progress: Progress) -> None:
    """Add the losses and scores of one report."""
    values = {**progress.losses, **progress.scores}
    if not values:
        return
    lines = io.StringIO()
    rows = ((progress.step, progress.phase, name, repr(float(value))) for name, value in values.items())
    csv.writer(lines, lineterminator="\n").writerows(rows)
    with path.open("ab", buffering=0) as file:
        # A predecessor may have been killed in the middle of a line: close it, so that only that line is lost.
        torn = file.tell() > 0 and not _ends_with_newline(path)
        file.write(b"\n" * torn + lines.getvalue().encode())


def complete_text(path: Path, offset: int = 0) -> tuple[str, int]:
    """Whole lines from a byte offset on, and the offset after them."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read()
    except OSError:
        return "", 0
    data = data[: data.rfind(b"\n") + 1]
    return data.decode(errors="replace"), offset + len(data)


@dataclass
class _Known:
    table: pd.DataFrame
    offset: int


class CurveReader:
    """Reads curve files and remembers how far it got, for a bounded number of files."""

    def __init__(self) -> None:
        self._known: OrderedDict[Path, _Known] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, path: Path) -> pd.DataFrame:
        """Table of step, phase, name, value in the order of the steps; a copy for each caller."""
        with self._lock:
            known = self._known.pop(path, None)
            if known is None or not path.is_file() or path.stat().st_size < known.offset:
                known = _Known(_table([]), 0)
            text, offset = complete_text(path, known.offset)
            if text:
                known = _Known(_joined(known.table, _parsed(text)), offset)
            self._known[path] = known
            while len(self._known) > _REMEMBERED_RUNS:
                self._known.popitem(last=False)
            return known.table.copy(deep=False)


def rows(text: str) -> Iterator[tuple[int, str, str, float]]:
    """The entries of whole lines; a damaged line is passed over."""
    for row in csv.reader(text.splitlines()):
        try:
            step, phase, name, value = row
            yield int(step), phase, name, float(value)
        except ValueError:
            continue


def _parsed(text: str) -> pd.DataFrame:
    """The same as a table; a hundred times faster than line by line, which is kept for damaged files."""
    try:
        table = pd.read_csv(io.StringIO(text), names=list(COLUMNS), dtype=_TYPES, keep_default_na=False)
    except ValueError:
        return _table(rows(text))
    return table


def _table(entries: object) -> pd.DataFrame:
    table = pd.DataFrame(list(entries), columns=list(COLUMNS))  # type: ignore[call-overload]
    return table.astype(_TYPES)


def _joined(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    table = pd.concat([old, new], ignore_index=True)
    repeats = len(old) and new["step"].min() <= old["step"].max()
    if repeats or not new["step"].is_monotonic_increasing or new.duplicated(["step", "name"]).any():
        table = table.drop_duplicates(["step", "name"], keep="last").sort_values("step", kind="stable")
    return table.reset_index(drop=True)


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, io.SEEK_END)
        return file.read(1) == b"\n"
