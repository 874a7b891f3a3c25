"""What the columns of a file mean, as a person may change it, and the values that this gives."""

import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.market.currencies import code_of
from fingen_core.market.parsing import to_dates
from fingen_core.market.parsing.dates import form_of
from fingen_core.market.parsing.words import PRICE_FIELDS, field_of
from fingen_core.market.returns import Kind, Values
from fingen_core.market.tables import MAX_COLUMNS
from fingen_core.market.upload.codes import without_codes
from fingen_core.market.upload.reads import Reads

__all__ = [
    "VALUES",
    "Mapping",
    "asset_names",
    "guess_currency",
    "hundredths",
    "note_of",
    "prices_of",
    "refuse_misfit",
    "rows_of",
    "to_prices",
    "to_values",
]

VALUES: tuple[Values, ...] = ("prices", "simple returns", "log returns")


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """What the columns of a file mean.

    Attributes
    ----------
    layout : {"wide", "long"}
        Wide: one column per asset. Long: one row per asset and date.
    date : str
        The column with the dates.
    date_pattern : str
        How they are written; a pattern of ``parsing.DATE_FORMS``.
    columns : tuple of str
        Wide: the columns with values. Long: the one column with values.
    ticker : str
        Long: the column that names the asset.
    values : {"prices", "simple returns", "log returns"}
        What the values are.
    percent : bool
        Whether the file has returns in percent (1.2 is 1.2 %) rather than decimals.
    decimal : {".", ","}
        The decimal mark of numbers written as text.
    names : tuple of (str, str)
        Columns and the assets that they are about, where these have another name; "" where it is the file's.
    missing : tuple of float
        Numbers that stand for a missing value, such as -99.99.
    field, field_value : str
        Long: a column that says what the number of a row is, and which of these to take ("Close"); else empty.
    """

    layout: Literal["wide", "long"]
    date: str
    date_pattern: str
    columns: tuple[str, ...]
    ticker: str = ""
    values: Values = "prices"
    percent: bool = False
    decimal: str = "."
    names: tuple[tuple[str, str], ...] = ()
    missing: tuple[float, ...] = ()
    field: str = ""
    field_value: str = ""

    @property
    def kind(self) -> Kind:
        """What :func:`to_values` gives, as prices are made of it: returns are decimals there."""
        return Kind(values=self.values)


def guess_currency(table: pd.DataFrame) -> str:
    """The one currency that a column called currency names in every row; empty where there is none, or several."""
    for column in table.columns:
        if re.fullmatch(r"currency|ccy|cur", column.strip().lower()):
            named = {code_of(str(cell)) for cell in table[column].unique()}
            return named.pop() if len(named) == 1 else ""
    return ""


def note_of(mapping: Mapping) -> str:
    """What a person must know about prices that were read like this; empty where there is nothing."""
    if mapping.values == "prices":
        return ""
    return "Made from returns: every asset begins at 100, so these are index levels and not prices of a share."


# -- values ------------------------------------------------------------------------------------------------------------


def to_prices(table: pd.DataFrame, mapping: Mapping, name: str = "") -> pd.DataFrame:
    """Prices with all their faults (holes, text, repeated dates), as the quality report takes them."""
    return prices_of(to_values(table, mapping, name), mapping)


def prices_of(values: pd.DataFrame, mapping: Mapping) -> pd.DataFrame:
    """Prices of what :func:`to_values` gives: itself, or levels that begin at 100 where it holds returns.

    Of a day that stands twice among returns the last row counts: it happened once.
    """
    once = values if mapping.values == "prices" else values[~values.index.duplicated(keep="last")]
    return mapping.kind.prices(once).rename_axis(index="date", columns="ticker")


def to_values(table: pd.DataFrame, mapping: Mapping, name: str = "", reads: Reads | None = None) -> pd.DataFrame:
    """Prices or returns as the file has them, with all their faults (holes, text, repeated dates).

    Parameters
    ----------
    table : DataFrame
        Named columns; index: numbers of rows.
    mapping : Mapping
        What they mean.
    name : str
        The file's name: a single column called "Close" is named after it.
    reads : Reads, optional
        Columns of the table that were read before.

    Returns
    -------
    DataFrame, shape (n_dates, n_assets)
        In order of time. Returns are decimals, also where the file has percent. Rows of one day that complete each
        other are one.

    Raises
    ------
    InvalidInput
        If the mapping does not fit the table, or no date can be read.
    """
    refuse_misfit(table, mapping)
    rows = rows_of(table, mapping)
    reads = reads if reads is not None and reads.frame is rows else Reads(rows)
    dates = to_dates(rows[mapping.date], mapping.date_pattern)
    if dates.isna().all():
        raise InvalidInput(
            f"nothing in column {mapping.date} is a date like {form_of(mapping.date_pattern).label}: choose how its "
            "dates are written"
        )
    wide = _pivot(reads, mapping, dates) if mapping.layout == "long" else _side_by_side(reads, mapping, dates, name)
    wide, _ = without_codes(wide, mapping.missing)
    wide = hundredths(wide) if mapping.percent else wide
    return wide.sort_index(kind="stable").rename_axis(index="date", columns="ticker")


def hundredths(values: pd.DataFrame) -> pd.DataFrame:
    """Percent as decimals; cells that are no numbers stay as they are."""
    if not any(pd.api.types.is_object_dtype(kind) for kind in values.dtypes):
        return values / 100
    return values.map(lambda cell: cell / 100 if isinstance(cell, float) else cell)


def rows_of(table: pd.DataFrame, mapping: Mapping) -> pd.DataFrame:
    """The rows that hold the field to take."""
    if not (mapping.layout == "long" and mapping.field):
        return table
    return table[(table[mapping.field].astype(str).str.strip() == mapping.field_value).to_numpy()]


def refuse_misfit(table: pd.DataFrame, mapping: Mapping) -> None:
    """Raise ``InvalidInput`` where a mapping names columns that are not there, or one for two things."""
    wanted = (mapping.date, *mapping.columns, *([mapping.ticker] if mapping.layout == "long" else []))
    for column in wanted:
        if column not in table.columns:
            raise InvalidInput(f"there is no column {column!r}: choose from {', '.join(list(table.columns)[:12])}")
    if not mapping.columns:
        raise InvalidInput("no column with values chosen: choose at least one")
    if len(set(wanted)) < len(wanted):
        raise InvalidInput("one column cannot be date, asset and value at the same time: choose different ones")


def _cells(reads: Reads, column: str, decimal: str) -> pd.Series:
    """Numbers, with the cells that are none left as they are for the quality report."""
    read = reads.of(column, decimal)
    return read.values if not read.wrong.any() else read.values.astype(object).where(~read.wrong, reads.frame[column])


def _side_by_side(reads: Reads, mapping: Mapping, dates: pd.Series, name: str) -> pd.DataFrame:
    wide = pd.DataFrame({column: _cells(reads, column, mapping.decimal) for column in mapping.columns})
    wide = wide.set_axis(pd.DatetimeIndex(dates), axis=0)
    return _one_row_a_day(wide).rename(columns=asset_names(mapping, name))


def asset_names(mapping: Mapping, file: str) -> dict[str, str]:
    """Assets by their columns; a file with one column called "Close" is about the asset it is named after."""
    given = dict(mapping.names)
    if len(mapping.columns) == 1 and PurePath(file).stem:
        column = mapping.columns[0]
        unnamed = field_of(column) in (*PRICE_FIELDS, "change") or re.fullmatch(r"Column \d+", column)
        if not given.get(column, "" if unnamed else column):
            return {column: PurePath(file).stem}
    return {column: given.get(column) or column.strip() for column in mapping.columns}


def _one_row_a_day(wide: pd.DataFrame) -> pd.DataFrame:
    """Rows of one day of which none repeats a value of another are one row."""
    again = wide.index.duplicated(keep=False) & wide.index.notna()
    if not again.any():
        return wide
    counts = wide[again].groupby(level=0).count()
    apart = counts.index[(counts <= 1).all(axis=1)]
    if not len(apart):
        return wide
    completing = wide.index.isin(apart)
    merged = wide[completing].groupby(level=0, sort=False).first()
    first = ~wide.index.duplicated(keep="first")
    result = wide[first | ~completing].copy()
    result.loc[result.index.isin(apart)] = merged.reindex(result.index[result.index.isin(apart)]).to_numpy()
    return result


def _pivot(reads: Reads, mapping: Mapping, dates: pd.Series) -> pd.DataFrame:
    """One column per asset; of several values for a day the last counts, which the faults report."""
    codes, unique = pd.factorize(reads.frame[mapping.ticker].to_numpy(object))
    names = pd.Series(np.append(np.array([_name(cell) for cell in unique], object), "")[codes], reads.frame.index)
    if names.nunique() > MAX_COLUMNS:
        raise InvalidInput(
            f"column {mapping.ticker} names {names.nunique():,} assets, at most {MAX_COLUMNS:,} are read"
        )
    tall = pd.DataFrame({"date": dates, "ticker": names, "value": _cells(reads, mapping.columns[0], mapping.decimal)})
    tall = tall[tall["date"].notna() & (tall["ticker"] != "")]
    order, days = list(dict.fromkeys(tall["ticker"])), tall["date"].drop_duplicates().sort_values()
    filled = tall[tall["value"].notna()].drop_duplicates(["date", "ticker"], keep="last")
    wide = filled.set_index(["date", "ticker"])["value"].unstack()  # noqa: PD010 (keeps text cells as they are)
    return wide.reindex(index=pd.DatetimeIndex(days), columns=order)


def _name(cell: object) -> str:
    """An asset by its cell: 10107.0 is 10107."""
    if isinstance(cell, (float, np.floating)):
        return "" if np.isnan(cell) else f"{cell:.15g}"
    return "" if cell is None else str(cell).strip()
