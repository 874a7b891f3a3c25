"""What a file says: one reading, or several between which a person has to choose."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import pandas as pd

from fingen_core.market.quality.remedies import count, day_text
from fingen_core.market.tables import read_cells
from fingen_core.market.tables.limits import Progress
from fingen_core.market.upload.choices import choices_of, question_of, table_of
from fingen_core.market.upload.codes import without_codes
from fingen_core.market.upload.faults import faults
from fingen_core.market.upload.mapping import Mapping, prices_of, to_values
from fingen_core.market.upload.reads import Reads

__all__ = ["Answer", "Reading", "reread", "understand"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Reading:
    """One way to read a file.

    Attributes
    ----------
    label : str
        What tells this reading from the others, in a few words and with a value: "4.782 is 4,782".
    mapping : Mapping
        What its columns mean; a person may change it, see :func:`reread`.
    values : DataFrame
        Prices or returns as the file has them, faults included; returns are decimals, also where the file has percent.
        Index: days without time zone, columns: assets. ``mapping.values`` says which of the two they are.
    told : tuple of str
        What was left out or taken for missing, a sentence each, by name: "2 of 7 columns left out: Volume, Open".
    faults : tuple of str
        Faults of the file by row and column, at most twenty.
    left_out : tuple of str
        Columns that were not read.
    missing : dict of str to int
        How often each text or number stood for a missing value.
    """

    label: str
    mapping: Mapping
    values: pd.DataFrame
    told: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    missing: dict[str, int] = field(default_factory=dict)

    def prices(self) -> pd.DataFrame:
        """Prices; of returns, levels that begin at 100."""
        return prices_of(self.values, self.mapping)


@dataclass(frozen=True, eq=False, kw_only=True)
class Answer:
    """What a file says.

    Attributes
    ----------
    name : str
        Of the file.
    table : DataFrame
        Its cells below their header, whatever they mean; what :func:`reread` takes. Index: numbers of rows.
    readings : tuple of Reading
        At least one; several where the file admits several that differ in their numbers, the likelier first.
    question : str
        What has to be decided between them; empty where there is one.
    sheet : str
        The sheet of a workbook that was read; empty for other files.
    sheets : tuple of str
        All its visible sheets; any of them can be asked for.
    """

    name: str
    table: pd.DataFrame
    readings: tuple[Reading, ...]
    question: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()


def understand(
    data: bytes, name: str, *, sheet: str = "", progress: Progress | None = None, today: date | None = None
) -> Answer:
    """Read a file of prices or returns.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        Its name, for messages; a file of one asset gives it its name.
    sheet : str
        Of a workbook: which sheet; by default the visible one that holds a table.
    progress : callable, optional
        Told the share that is done.
    today : date, optional
        No day may lie behind it; by default today where on earth it is latest.

    Raises
    ------
    InvalidInput
        If the file cannot be read, or does not say what it has to say; with value, rule and remedy.
    """
    cells = read_cells(data, name, sheet=sheet, progress=progress)
    table = table_of(cells, today)
    reads = Reads(table.frame)
    choices = choices_of(table, reads, name, today)
    readings = [_reading(reads, choice.mapping, name, choice.values) for choice in choices]
    if len(choices) > 1:
        readings = [replace(reading, label=choice.label) for reading, choice in zip(readings, choices, strict=True)]
    return Answer(
        name=name,
        table=table.frame,
        readings=tuple(readings),
        question=question_of(choices),
        sheet=cells.sheet,
        sheets=cells.sheets,
    )


def reread(table: pd.DataFrame, mapping: Mapping, name: str) -> Reading:
    """The reading of a file by what a person says its columns mean."""
    reads = Reads(table)
    return _reading(reads, mapping, name, to_values(table, mapping, name, reads))


# -- a reading ---------------------------------------------------------------------------------------------------------


def _reading(reads: Reads, mapping: Mapping, name: str, values: pd.DataFrame) -> Reading:
    table = reads.frame
    used = {mapping.date, *mapping.columns, mapping.ticker, mapping.field}
    left_out = tuple(str(column) for column in table.columns if column not in used)
    missing = _missing(reads, mapping, name)
    told = [*table.attrs.get("told", ()), *_told_columns(table, left_out), *_told_missing(missing), *_told_late(values)]
    told += _told_signs(reads, mapping)
    if mapping.values == "simple returns":
        told.append(f"Values are taken for simple returns{' in percent' if mapping.percent else ''}, not log returns")
    return Reading(
        label="",
        mapping=mapping,
        values=values,
        told=tuple(told),
        faults=tuple(faults(table, mapping, reads=reads)),
        left_out=left_out,
        missing=missing,
    )


def _told_columns(table: pd.DataFrame, left_out: Sequence[str]) -> list[str]:
    if not left_out:
        return []
    more = f" and {len(left_out) - 12} more" if len(left_out) > 12 else ""
    return [f"{len(left_out)} of {table.shape[1]} columns left out: {', '.join(left_out[:12])}{more}"]


def _missing(reads: Reads, mapping: Mapping, name: str) -> dict[str, int]:
    """Texts and numbers that stood for a missing value."""
    found: dict[str, int] = {}
    for column in mapping.columns:
        for text, times in reads.of(column, mapping.decimal).missing.items():
            found[text] = found.get(text, 0) + times
    if mapping.missing:
        raw = to_values(reads.frame, replace(mapping, missing=(), percent=False), name, reads)
        found |= {f"{code:g}": times for code, times in without_codes(raw, mapping.missing)[1].items() if times}
    return found


def _told_missing(missing: dict[str, int]) -> list[str]:
    if not missing:
        return []
    often = sorted(missing.items(), key=lambda item: -item[1])[:8]
    each = [f'"{text}" {count(times, "time")}' for text, times in often]
    return [f"Taken for missing: {', '.join(each)}"]


def _told_signs(reads: Reads, mapping: Mapping) -> list[str]:
    """That percent signs were read, by the first number that has one."""
    read = {column: reads.of(column, mapping.decimal) for column in mapping.columns}
    n_signs = sum(each.percent for each in read.values())
    if not n_signs:
        return []
    n_numbers = sum(int(each.values.notna().sum()) for each in read.values())
    some = "" if n_signs >= n_numbers else f" on {n_signs:,} of {n_numbers:,} numbers"
    for column, each in read.items():
        cells = reads.frame[column]
        signed = (
            each.values.notna().to_numpy() & cells.map(lambda cell: isinstance(cell, str) and "%" in cell).to_numpy()
        )
        if signed.any():
            at = int(signed.argmax())
            text = str(cells.iloc[at]).strip().rstrip("%").strip()
            return [f"Percent signs{some}: {text} % is read as {each.values.iloc[at]:g}"]
    return [f"Percent signs were read{some}"]


def _told_late(values: pd.DataFrame) -> list[str]:
    """Assets that lack a fifth and more of the dates, with their first and last day."""
    told = []
    for asset, share in values.isna().mean().items():
        if share >= 0.2:
            days = values.index[values[asset].notna().to_numpy()].dropna()
            span = f"{day_text(days.min())} to {day_text(days.max())}" if len(days) else "no value at all"
            told.append(f"{asset} lacks {100 * share:.0f} % of the dates: {span}")
    return told[:8]
