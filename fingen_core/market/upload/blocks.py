"""Where in a sheet its table lies: the rows with dates, and what stands above, below and beside them."""

import re
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.market.parsing import DATE_FORMS, to_dates, to_numbers
from fingen_core.market.parsing.dates import Fit, fits, latest_day
from fingen_core.market.parsing.numbers import is_missing
from fingen_core.market.parsing.words import says_date

__all__ = ["Block", "find_block"]

_COLUMNS_TRIED, _SAMPLE, _MOST_WORDS = 60, 60, 5_000
_FEW = 3
"""So many days without any number beside them, above a table, are settings: "Created", "Start date"."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Block:
    """The rows of one table.

    Attributes
    ----------
    head : DataFrame
        The rows above it, down from the table before.
    body : DataFrame
        Its rows; columns 0, 1, 2 ..., index: number of the row in the file.
    date : int
        The column with the dates.
    words : str
        All text above.
    told : tuple of str
        What was left out below, and between its rows.
    """

    head: pd.DataFrame
    body: pd.DataFrame
    date: int
    words: str
    told: tuple[str, ...]


def find_block(grid: pd.DataFrame, names: tuple[str, ...] = (), today: date | None = None) -> Block:
    """The first large table of a sheet.

    Parameters
    ----------
    grid : DataFrame
        All cells; index: numbers of rows.
    names : tuple of str
        Names of the columns, where they stand apart from the rows.

    Raises
    ------
    InvalidInput
        If no column holds dates.
    """
    place, fit = _date_column(grid, names, today)
    days = to_dates(grid[place], fit.form.pattern, today).to_numpy()
    runs = _runs(grid, place, days)
    sizes = [stop - start for start, stop in runs]
    chosen = next(run for run, size in enumerate(sizes) if size >= 0.5 * max(sizes))
    start, stop = runs[chosen]
    above = runs[chosen - 1][1] if chosen else 0
    start, stop = _with_bad_dates(grid, place, start, stop)
    body, between = _without_comments(grid, place, days, start, stop)
    told = (*_told_above(grid, runs[:chosen]), *between, *_told_below(grid.iloc[stop:], sum(sizes[chosen + 1 :])))
    words = " ".join(str(cell) for cell in grid.iloc[:start].to_numpy().ravel()[:_MOST_WORDS] if not is_missing(cell))
    return Block(head=grid.iloc[above:start], body=body, date=place, words=words, told=told)


# -- the column with dates ---------------------------------------------------------------------------------------------


def _date_column(grid: pd.DataFrame, names: tuple[str, ...], today: date | None) -> tuple[int, Fit]:
    found: list[tuple[tuple[float, ...], int, Fit]] = []
    for place in list(grid.columns)[:_COLUMNS_TRIED]:
        for fit in _usable(grid[place], today):
            called = says_date(names[place] if names else _label_above(grid[place], fit))
            score = (
                round(fit.share * _filled(grid[place]), 1),
                not fit.form.is_numeric,
                called,
                -place,
                fit.order,
                -fit.unrest,
            )
            found.append((score, place, fit))
    if not found:
        raise InvalidInput(_no_dates(grid, names))
    _, place, fit = max(found, key=lambda each: each[0])
    return place, fit


def _filled(column: pd.Series) -> float:
    """Share of filled cells, in steps of a tenth."""
    return float((column.notna() & (column != "")).mean())


def _usable(column: pd.Series, today: date | None) -> list[Fit]:
    """Forms that read a third of the cells; prices that might be dates have no order in time."""
    latest = latest_day(today) + pd.Timedelta(days=20_000)
    return [
        fit
        for fit in fits(column, today, least=0.3)
        if fit.is_sure and (not fit.form.is_numeric or _are_whole(column, fit, latest, today))
    ]


def _are_whole(column: pd.Series, fit: Fit, latest: pd.Timestamp, today: date | None) -> bool:
    """Whether numbers that might be days are whole, as days are but prices are not, and not of a far future."""
    days = to_dates(column, fit.form.pattern, today).dropna()
    values = to_numbers(column[days.index])[0].dropna()
    broken = fit.form.pattern in ("serial", "unix", "%Y") and len(values) and float((values % 1 == 0).mean()) < 0.9
    typed_times = fit.form.pattern == "serial" and fit.unrest < 1
    return bool(days.max() <= latest) and (not broken or typed_times)


def _label_above(column: pd.Series, fit: Fit) -> str:
    """The text nearest above the first date."""
    days = to_dates(column, fit.form.pattern)
    first = int(days.notna().to_numpy().argmax())
    texts = [str(cell) for cell in column.iloc[max(first - 8, 0) : first] if not is_missing(cell)]
    return texts[-1] if texts else ""


def _no_dates(grid: pd.DataFrame, names: tuple[str, ...]) -> str:
    top = names or tuple("" if is_missing(cell) else str(cell) for cell in grid.iloc[0])
    shown = ", ".join(name[:30] for name in top[:8] if name)
    return (
        f"no column with dates among {shown}: name one Date and write days like {DATE_FORMS[0].label} or "
        f"{DATE_FORMS[1].label}"
    )


# -- its rows ----------------------------------------------------------------------------------------------------------


def _runs(grid: pd.DataFrame, place: int, days: np.ndarray) -> list[tuple[int, int]]:
    """Stretches of rows with dates; parted where text stands between them and time begins anew."""
    dated = np.flatnonzero(~np.isnat(days))
    steps = np.diff(days[dated]).astype(np.int64)
    forward = bool(np.sign(steps).sum() >= 0)
    gaps = np.flatnonzero(np.diff(dated) > 1)
    numeric = _numeric_columns(grid.iloc[dated], place) if len(gaps) else []
    head = _rows_above(grid, int(dated[0])) if len(gaps) and _names_rows(grid.iloc[dated], place, numeric) else set()
    cuts = [0]
    for here in gaps:
        before, after = int(dated[here]), int(dated[here + 1])
        anew = days[after] < days[before] if forward else days[after] > days[before]
        setting = int(here) + 1 - cuts[-1] <= _FEW and all(
            _is_text(grid.iloc[row], numeric) for row in dated[cuts[-1] : here + 1]
        )
        between = [grid.iloc[row] for row in range(before + 1, after)]
        if anew and all(tuple(map(str, row)) in head for row in between):
            continue  # the same names again above the rows of another asset
        if (anew or setting) and any(_is_text(row, numeric) for row in between):
            cuts.append(int(here) + 1)
    ends = [*(cut - 1 for cut in cuts[1:]), len(dated) - 1]
    return [(int(dated[start]), int(dated[end]) + 1) for start, end in zip(cuts, ends, strict=True)]


def _rows_above(grid: pd.DataFrame, start: int) -> set[tuple[str, ...]]:
    return {tuple(map(str, row)) for row in grid.iloc[max(start - 8, 0) : start].to_numpy()}


def _names_rows(rows: pd.DataFrame, place: int, numeric: list[int]) -> bool:
    """Whether a column besides the dates holds a few words, one in every row, as names of assets do."""
    some = rows.iloc[np.unique(np.linspace(0, len(rows) - 1, _SAMPLE).astype(int))]
    others = [column for column in rows.columns if column != place and column not in numeric]
    return any(
        not some[column].map(is_missing).any() and 2 <= rows[column].nunique() <= max(len(rows) / 20, 2)
        for column in others
    )


def _numeric_columns(rows: pd.DataFrame, place: int) -> list[int]:
    """The columns that hold numbers beside most dates."""
    some = rows.iloc[np.unique(np.linspace(0, len(rows) - 1, _SAMPLE).astype(int))]
    return [column for column in some.columns if column != place and _n_numbers(some[column]) > 0.3 * len(some)]


def _n_numbers(cells: pd.Series) -> int:
    return max(int(to_numbers(cells, mark)[0].notna().sum()) for mark in ".,")


def _is_text(row: pd.Series, numeric: list[int]) -> bool:
    """Whether a row has no number where the table has them: a title, a header, a comment."""
    return _n_numbers(row[numeric]) == 0


def _with_bad_dates(grid: pd.DataFrame, place: int, start: int, stop: int) -> tuple[int, int]:
    """Rows at either end whose date is written in digits that are no date are rows of the table, and faults."""

    def belongs(row: int) -> bool:
        cell = "" if is_missing(grid.iloc[row, place]) else str(grid.iloc[row, place])
        written = bool(re.fullmatch(r"[\d\s.,/:-]*\d[\d\s.,/:-]*", cell))
        near = abs(int(grid.index[row]) - int(grid.index[row + 1 if row < start else row - 1])) == 1
        return written and near and not _is_text(grid.iloc[row], numeric)

    numeric = _numeric_columns(grid.iloc[start:stop], place)
    while start > 0 and belongs(start - 1):
        start -= 1
    while stop < len(grid) and belongs(stop):
        stop += 1
    return start, stop


def _without_comments(
    grid: pd.DataFrame, place: int, days: np.ndarray, start: int, stop: int
) -> tuple[pd.DataFrame, list[str]]:
    """Rows without a date that hold no values either, or repeat a row above the table, are left out and told.

    Those with values are faults, and stay.
    """
    rows = grid.iloc[start:stop]
    undated = np.flatnonzero(np.isnat(days[start:stop]))
    if not len(undated):
        return rows, []
    numeric = _numeric_columns(rows.iloc[np.flatnonzero(~np.isnat(days[start:stop]))], place)
    known = _rows_above(grid, start)
    words = [
        int(row) for row in undated if _is_text(rows.iloc[row], numeric) or tuple(map(str, rows.iloc[row])) in known
    ]
    if not words:
        return rows, []
    return rows.drop(rows.index[words]), [_left_out(rows.iloc[words], "between the dates")]


def _told_above(grid: pd.DataFrame, runs: list[tuple[int, int]]) -> list[str]:
    if not runs:
        return []
    return [_left_out(grid.iloc[runs[0][0] : runs[-1][1]], "a smaller table above")]


def _told_below(rows: pd.DataFrame, n_dated: int) -> list[str]:
    if rows.empty:
        return []
    return [_left_out(rows, "a second table below" if n_dated else "below the last date")]


def _left_out(rows: pd.DataFrame, what: str) -> str:
    first, last = rows.index[0], rows.index[-1]
    words = next((str(cell).strip() for cell in rows.iloc[0] if not is_missing(cell)), "")
    where = f"Row {first:,}" if first == last else f"Rows {first:,} to {last:,}"
    return f'{where} left out: {what}, "{words[:40]}"'
