"""All that may be decided about a table: every combination that its own numbers do not rule out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.market.parsing.dates import Fit, fits, latest_day, to_dates
from fingen_core.market.parsing.numbers import read_numbers
from fingen_core.market.quality.remedies import count, day_text
from fingen_core.market.step import TRADING_DAYS, step_of
from fingen_core.market.tables.cells import Cells
from fingen_core.market.upload.blocks import find_block
from fingen_core.market.upload.codes import find_codes, without_codes
from fingen_core.market.upload.faults import row_text
from fingen_core.market.upload.header import Table, take_header
from fingen_core.market.upload.kinds import Evidence, Meaning, meanings, refuse_levels
from fingen_core.market.upload.layout import Plan, plans
from fingen_core.market.upload.mapping import Mapping, hundredths, to_values
from fingen_core.market.upload.marks import decimal_digits, decimal_marks, marked_cell
from fingen_core.market.upload.reads import Reads
from fingen_core.market.upload.shape import exchanged, joined_dates

__all__ = ["Choice", "choices_of", "mappings_of", "question_of", "table_of"]

_EARLIEST = pd.Timestamp("1800-01-01")
_MOST_CHOICES = 6
_LEAP = np.log(50)
"""Prices that jump further than fifty-fold from row to row were cut at the wrong mark."""

_QUESTIONS = {
    "layout": "What are the columns of this file?",
    "mark": "What do the numbers of this file mean?",
    "dates": "Which is the day and which the month?",
    "values": "What are the values of this file?",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Choice:
    """One combination of all that may be decided.

    Attributes
    ----------
    mapping : Mapping
    values : DataFrame
        What :func:`to_values` gives by the mapping.
    aspects : dict of str to str
        What tells it from the other combinations, in each respect.
    """

    mapping: Mapping
    values: pd.DataFrame
    aspects: dict[str, str]

    @property
    def label(self) -> str:
        return "; ".join(text for text in self.aspects.values() if text)


def table_of(cells: Cells, today: date | None = None) -> Table:
    """The table of a sheet, its columns named.

    Raises
    ------
    InvalidInput
        If there is none with dates.
    """
    if cells.frame.empty:
        raise InvalidInput(f"{cells.file} has column names but no rows: export it again with its values")
    cells = _with_whole_dates(cells)
    try:
        block = find_block(cells.frame, cells.names, today)
    except InvalidInput:
        turned = None if cells.names else exchanged(cells.frame)
        if turned is None:
            raise
        told = "Dates run across the file: its rows were read as columns, and row numbers count its columns"
        cells = replace(cells, frame=turned, told=(*cells.told, told))
        block = find_block(cells.frame, cells.names, today)
    return take_header(block, cells.names, cells.separator, cells.told)


def _with_whole_dates(cells: Cells) -> Cells:
    """Cells in which year, month and day are one column."""
    found = joined_dates(cells.frame)
    if found is None:
        return cells
    frame, places = found
    names = [("Date" if place == places[0] else name) for place, name in enumerate(cells.names)]
    return replace(
        cells,
        frame=frame,
        names=tuple(name for place, name in enumerate(names) if place not in places[1:]),
        told=(
            *cells.told,
            f"Columns {places[0] + 1} to {places[-1] + 1} are year, month and day, in this or another order",
        ),
    )


def mappings_of(table: pd.DataFrame, name: str = "", today: date | None = None) -> list[Mapping]:
    """What the columns of a table with known names may mean, the likelier first."""
    cells = Cells(
        frame=table.set_axis(range(table.shape[1]), axis=1).astype(object),
        names=tuple(map(str, table.columns)),
        file=name,
        separator=str(table.attrs.get("separator", "")),
    )
    named = table_of(cells, today)
    return [choice.mapping for choice in choices_of(named, Reads(named.frame), name, today)]


def choices_of(table: Table, reads: Reads, name: str, today: date | None = None) -> list[Choice]:
    """The combinations that give different numbers, the likelier first; at least one.

    Raises
    ------
    InvalidInput
        If the table does not say what it has to say, with value, rule and remedy.
    """
    others = [column for column in table.frame.columns if column != table.date]
    marks = decimal_marks(reads, others, str(table.frame.attrs.get("separator", "")))
    patterns = _patterns(table, today)
    found: list[Choice] = []
    for mark in marks:
        for plan in plans(table, reads, mark, patterns[0]):
            for pattern in patterns:
                aspects = {
                    "layout": plan.label,
                    "mark": _mark_label(reads, plan, mark) if len(marks) > 1 else "",
                    "dates": _date_label(table, pattern, patterns) if len(patterns) > 1 else "",
                }
                found += _meant(table, reads, name, _mapping(table, plan, mark, pattern), aspects)
    return _different(_steady(found))[:_MOST_CHOICES]


def question_of(choices: Sequence[Choice]) -> str:
    """What differs between choices, as a question."""
    if len(choices) < 2:
        return ""
    asked = [aspect for aspect in _QUESTIONS if len({choice.aspects.get(aspect, "") for choice in choices}) > 1]
    return " ".join(_QUESTIONS[aspect] for aspect in asked) or "Which reading of this file is right?"


def _mapping(table: Table, plan: Plan, mark: str, pattern: str) -> Mapping:
    return Mapping(
        layout=plan.layout,
        date=table.date,
        date_pattern=pattern,
        columns=plan.columns,
        ticker=plan.ticker,
        decimal=mark,
        names=plan.names,
        field=plan.field,
        field_value=plan.field_value,
    )


def _mark_label(reads: Reads, plan: Plan, mark: str) -> str:
    cell = marked_cell(reads, plan.columns)
    if not cell:
        return ""
    number = read_numbers(pd.Series([cell], dtype=object), mark).values.iloc[0]
    return f'"{cell}" is {number:.12g}'


def _date_label(table: Table, pattern: str, patterns: Sequence[str]) -> str:
    """A cell that is another day by each of the forms, and the day that it is by this one."""
    column = table.frame[table.date]
    days = [to_dates(column, each) for each in patterns[:2]]
    apart = np.flatnonzero((days[0] != days[1]).to_numpy())
    some = column.iloc[apart[:1]]
    return f'"{str(some.iloc[0]).strip()}" is {to_dates(some, pattern).iloc[0]:%-d %B %Y}'


# -- what the numbers are ----------------------------------------------------------------------------------------------


def _meant(table: Table, reads: Reads, name: str, mapping: Mapping, aspects: dict[str, str]) -> list[Choice]:
    """One choice for each meaning that the numbers may have."""
    raw = to_values(table.frame, mapping, name, reads)
    _refuse_intraday(raw, mapping, name)
    codes = find_codes(raw.apply(pd.to_numeric, errors="coerce"))
    mapping, raw = replace(mapping, missing=codes), without_codes(raw, codes)[0]
    numbers = raw.apply(pd.to_numeric, errors="coerce")
    found = meanings(numbers, _evidence(table, reads, mapping, numbers, name))
    if found[0].values == "prices":
        refuse_levels(numbers)
    return [_choice(mapping, raw, meaning, aspects) for meaning in found]


def _choice(mapping: Mapping, raw: pd.DataFrame, meaning: Meaning, aspects: dict[str, str]) -> Choice:
    mapping = replace(mapping, values=meaning.values, percent=meaning.percent)
    if len(meaning.columns) < raw.shape[1] and mapping.layout == "wide":
        kept = [column for column, asset in zip(mapping.columns, raw.columns, strict=True) if asset in meaning.columns]
        mapping, raw = replace(mapping, columns=tuple(kept)), raw[list(meaning.columns)]
    values = hundredths(raw) if meaning.percent else raw
    return Choice(mapping=mapping, values=values, aspects={**aspects, "values": meaning.label})


def _evidence(table: Table, reads: Reads, mapping: Mapping, values: pd.DataFrame, name: str) -> Evidence:
    days = pd.DatetimeIndex(values.index.dropna().unique())
    some = [reads.of(column, mapping.decimal) for column in mapping.columns[:20]]
    n_numbers = sum(int(read.values.notna().sum()) for read in some)
    names = [part for level in table.levels.values() for part in level]
    words = [*table.frame.columns, *names, *table.corners, table.frame.attrs.get("words", ""), name]
    return Evidence(
        per_year=step_of(days).per_year if len(days) > 2 else TRADING_DAYS,
        words=" ".join(map(str, words)).lower(),
        signs=sum(read.percent for read in some) / max(n_numbers, 1),
        digits=decimal_digits(table.frame, mapping.columns, mapping.decimal),
        written=bool(table.frame.attrs.get("separator", "")),
    )


def _refuse_intraday(values: pd.DataFrame, mapping: Mapping, name: str) -> None:
    """Refuse many rows a day that do not complete each other: nobody says which of them is the day's."""
    again = values.index.duplicated() & values.index.notna()
    if mapping.layout == "wide" and again.mean() > 0.3 and len(values) > 20:
        raise InvalidInput(
            f"{name} has {len(values):,} rows for {values.index.nunique():,} days in column {mapping.date}: a day has "
            "one price of an asset; keep the last row of each day, or name the asset of every row in a column"
        )


# -- dates -------------------------------------------------------------------------------------------------------------


def _patterns(table: Table, today: date | None) -> list[str]:
    """The forms of the dates that read most cells, keep time in order, and lie neither before 1800 nor after today.

    Raises
    ------
    InvalidInput
        Naming the first day that lies outside.
    """
    column = table.frame[table.date]
    found = _calmest(fits(column, today, least=0.3))
    days = {fit.form.pattern: to_dates(column, fit.form.pattern, today) for fit in found}
    inside = [pattern for pattern, read in days.items() if read.max() <= latest_day(today) and read.min() >= _EARLIEST]
    if not inside:
        _refuse_days(table, next(iter(days.values())), today)
    unique: list[str] = []
    for pattern in inside:
        if not any(days[pattern].equals(days[other]) for other in unique):
            unique.append(pattern)
    return unique


def _calmest(found: list[Fit]) -> list[Fit]:
    """The best forms: of those that read as much, the ones under which time runs most evenly."""
    most = max(fit.share for fit in found)
    found = [fit for fit in found if fit.share >= most - 0.005]
    found = [fit for fit in found if not fit.form.is_numeric] or found
    ordered = max(fit.order for fit in found)
    found = [fit for fit in found if fit.order >= ordered - 0.02]
    calm = min(fit.unrest for fit in found)
    return sorted((fit for fit in found if fit.unrest <= 5 * calm + 0.5), key=lambda fit: fit.unrest)


def _refuse_days(table: Table, days: pd.Series, today: date | None) -> None:
    late, early = days > latest_day(today), days < _EARLIEST
    label = (late | early).idxmax()
    n_wrong, cell = int((late | early).sum()), str(table.frame.loc[label, table.date])
    rule = f"lies after today, {day_text(latest_day(today))}" if late[label] else "lies before 1800"
    raise InvalidInput(
        f'{row_text(table.frame, label)}, column {table.date}: "{cell[:30]}" {rule}: '
        f"correct the dates of this file, {count(n_wrong, 'row')} of it {'is' if n_wrong == 1 else 'are'} like that"
    )


# -- what rules combinations out ---------------------------------------------------------------------------------------


def _steady(found: list[Choice]) -> list[Choice]:
    """Without those whose prices leap a thousand-fold where those of another decimal mark do not."""
    if len({choice.mapping.decimal for choice in found}) < 2:
        return found
    return [choice for choice in found if not _leaps(choice)] or found


def _leaps(choice: Choice) -> bool:
    if choice.mapping.values != "prices":
        return False
    for _, column in choice.values.apply(pd.to_numeric, errors="coerce").items():
        known = np.log(column[column > 0].to_numpy())
        if len(known) > 1 and float(np.abs(np.diff(known)).max()) > _LEAP:
            return True
    return False


def _different(found: list[Choice]) -> list[Choice]:
    """One of each set of choices that give the same numbers."""
    kept: list[Choice] = []
    for choice in found:
        if not any(_are_same(choice, other) for other in kept):
            kept.append(choice)
    return kept


def _are_same(one: Choice, other: Choice) -> bool:
    """Whether two give the same numbers; what a single asset is called is no question."""
    if one.mapping.values != other.mapping.values:
        return False
    if one.values.shape[1] == other.values.shape[1] == 1:
        return bool(one.values.iloc[:, 0].equals(other.values.iloc[:, 0]))
    return bool(one.values.equals(other.values))
