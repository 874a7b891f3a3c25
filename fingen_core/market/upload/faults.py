"""What is wrong with a file, by row and column as the file numbers and names them."""

from collections.abc import Iterator
from itertools import islice

import numpy as np
import pandas as pd

from fingen_core.market.parsing import to_dates, to_numbers
from fingen_core.market.parsing.dates import form_of
from fingen_core.market.parsing.numbers import is_missing
from fingen_core.market.quality.remedies import day_text
from fingen_core.market.upload.mapping import Mapping, refuse_misfit, rows_of
from fingen_core.market.upload.reads import Reads

__all__ = ["faults", "row_text"]


def faults(table: pd.DataFrame, mapping: Mapping, limit: int = 20, reads: Reads | None = None) -> list[str]:
    """The first faults, a sentence each; at most ``limit``, and no more than these are looked for."""
    refuse_misfit(table, mapping)
    rows = rows_of(table, mapping)
    reads = reads if reads is not None and reads.frame is rows else Reads(rows)
    return list(islice(_all_faults(reads, mapping), limit))


def _all_faults(reads: Reads, mapping: Mapping) -> Iterator[str]:
    yield from _date_faults(reads.frame, mapping)
    for column in mapping.columns:
        yield from _number_faults(reads, mapping, column)


def row_text(table: pd.DataFrame, label: object) -> str:
    """A row as the file numbers it."""
    return f"row {int(str(label)) + int(table.attrs.get('first_row', 1)):,}"


def _date_faults(table: pd.DataFrame, mapping: Mapping) -> Iterator[str]:
    dates = to_dates(table[mapping.date], mapping.date_pattern)
    for label in dates.index[dates.isna()]:
        cell = str(table.loc[label, mapping.date])[:30]
        yield (
            f'{row_text(table, label)}, column {mapping.date}: "{cell}" is not a date like '
            f"{form_of(mapping.date_pattern).label}"
        )
    keys = pd.DataFrame({"date": dates, "of": table[mapping.ticker] if mapping.layout == "long" else ""})
    first: dict[tuple[object, object], object] = {}
    for label, day, of in keys[_clashes(table, mapping, keys)].itertuples():
        if (day, of) in first:
            what = f" of {of}" if of else ""
            yield (
                f"{row_text(table, label)}, column {mapping.date}: {day_text(day)}{what} already stands in "
                f"{row_text(table, first[day, of])}, keep one of them"
            )
        first.setdefault((day, of), label)


def _clashes(table: pd.DataFrame, mapping: Mapping, keys: pd.DataFrame) -> np.ndarray:
    """Rows of a day and asset of which several hold a value in one column; rows that complete each other do not."""
    known = keys.notna().all(axis=1).to_numpy()
    groups = np.where(known, keys.groupby(["date", "of"], sort=False).ngroup().to_numpy(), -1).astype(np.int64)
    several = known & keys.duplicated(keep=False).to_numpy()
    clash = np.zeros(len(keys), bool)
    for column in mapping.columns if several.any() else ():
        held = several.copy()
        held[several] = [not is_missing(cell) for cell in table[column].to_numpy(object)[several]]
        counts = np.bincount(groups[held], minlength=int(groups.max()) + 1)
        clash |= held & (counts[groups] > 1)
    return clash


def _number_faults(reads: Reads, mapping: Mapping, column: str) -> Iterator[str]:
    table, read = reads.frame, reads.of(column, mapping.decimal)
    values, wrong = read.values, read.wrong
    lowest = {"prices": 0.0, "simple returns": -100.0 if mapping.percent else -1.0, "log returns": -np.inf}
    rule = "a price must be positive" if mapping.values == "prices" else "nothing can lose all its value and go on"
    for label in wrong.index[wrong]:
        cell = str(table.loc[label, column])
        yield f'{row_text(table, label)}, column {column}: "{cell[:30]}" {_no_number(cell, mapping.decimal)}'
    impossible = values.notna() & ((values <= lowest[mapping.values]) | np.isinf(values))
    impossible &= ~values.isin(mapping.missing)
    for label in values.index[impossible]:
        yield f"{row_text(table, label)}, column {column}: {values[label]:g}, but {rule}"


def _no_number(cell: str, decimal: str) -> str:
    """Why a cell is no number; a number with the other decimal mark is the commonest reason."""
    other, called = (",", "point") if decimal == "." else (".", "comma")
    if to_numbers(pd.Series([cell]), other)[0].notna().item():
        return f"does not have the decimal {called} of the other numbers: write all with the same mark"
    return "is not a number"
