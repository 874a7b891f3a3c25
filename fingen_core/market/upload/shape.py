"""Tables in another shape than one date in each row: dates across, or year, month and day in columns of their own."""

import numpy as np
import pandas as pd

from fingen_core.market.parsing import find_date_form, to_numbers
from fingen_core.market.parsing.numbers import is_missing

__all__ = ["exchanged", "joined_dates"]

_MOST_ROWS = 300
"""A table with dates across has one row an asset."""
_FEWEST_DATES = 10
_SAMPLE = 400
_COLUMNS_TRIED = 6


def exchanged(grid: pd.DataFrame) -> pd.DataFrame | None:
    """The grid with rows and columns exchanged, if one of its first rows holds dates across; else ``None``.

    ``grid`` has cells of any kind; the numbers of its rows become those of columns.
    """
    if len(grid) > _MOST_ROWS or grid.shape[1] < _FEWEST_DATES:
        return None
    for number in grid.index[:20]:
        cells = grid.loc[number]
        filled = cells[[not is_missing(cell) for cell in cells]]
        form, share = find_date_form(filled.iloc[1:]) if len(filled) > _FEWEST_DATES else (None, 0.0)
        if form is not None and share > 0.9 and not form.is_unsure and len(filled) > 0.5 * grid.shape[1]:
            turned = grid.loc[number:].T.reset_index(drop=True)
            return turned.set_axis(range(1, len(turned) + 1), axis=0).set_axis(range(turned.shape[1]), axis=1)
    return None


def joined_dates(grid: pd.DataFrame) -> tuple[pd.DataFrame, list[int]] | None:
    """The grid with year, month and day of three neighbouring columns as one ISO date in the first of them.

    Returns the grid and the three places; ``None`` where no three columns are these, in order of time.
    """
    some = grid.iloc[np.unique(np.linspace(0, len(grid) - 1, _SAMPLE).astype(int))]
    for at in range(min(grid.shape[1] - 2, _COLUMNS_TRIED)):
        places = list(range(at, at + 3))
        order = _parts(_whole(some[places]))
        if order is None:
            continue
        parts = _whole(grid[places]).rename(columns=order)
        days = pd.to_datetime(parts, errors="coerce")
        if len(parts) > 0.5 * len(grid) and days.isna().mean() < 0.02 and _in_order(days.dropna()):
            return _with_days(grid, places, parts), places
    return None


def _whole(columns: pd.DataFrame) -> pd.DataFrame:
    """The rows in which all cells are whole numbers; columns 0, 1, 2."""
    numbers = pd.concat([to_numbers(columns[place])[0] for place in columns.columns], axis=1).set_axis(range(3), axis=1)
    return numbers[(numbers.notna() & (numbers % 1 == 0)).all(axis=1)].astype(int)


def _parts(some: pd.DataFrame) -> dict[int, str] | None:
    """Which of three columns is the year, the month and the day, by their sizes; ``None`` where none or several fit."""
    if len(some) < _FEWEST_DATES:
        return None
    low, high = some.min(), some.max()
    years = [place for place in range(3) if low[place] >= 1800 and high[place] <= 2100]
    months = [place for place in range(3) if low[place] >= 1 and high[place] <= 12]
    days = [place for place in range(3) if low[place] >= 1 and 12 < high[place] <= 31]
    if len(years) != 1 or len(months) != 1 or len(days) != 1:
        return None
    return {years[0]: "year", months[0]: "month", days[0]: "day"}


def _in_order(days: pd.Series) -> bool:
    steps = days.diff().dropna()
    return len(steps) > 0 and max((steps >= pd.Timedelta(0)).mean(), (steps <= pd.Timedelta(0)).mean()) > 0.95


def _with_days(grid: pd.DataFrame, places: list[int], parts: pd.DataFrame) -> pd.DataFrame:
    result = grid.copy()
    texts = [f"{year:04d}-{month:02d}-{day:02d}" for year, month, day in parts[["year", "month", "day"]].to_numpy()]
    result.loc[parts.index, places[0]] = pd.Series(texts, parts.index, dtype=object)
    above = result.index < parts.index[0]
    result.loc[above & ~result[places[0]].isin(["", None]).to_numpy(), places[0]] = "Date"
    kept = result.drop(columns=places[1:])
    return kept.set_axis(range(kept.shape[1]), axis=1)
