"""Prices or returns from a file: CSV, Parquet or Excel; wide or long; dates and numbers in the usual forms.

The way of a file: :func:`read` gives its cells as they are; :func:`guess` finds out what they mean, as a
:class:`Mapping` that a person may change; :func:`to_prices` turns them into prices with all their faults, for the
quality report; and :func:`to_market` refuses the first fault by row and column.
"""

import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput, InvalidMarket
from fingen_core.market.currencies import code_of
from fingen_core.market.market import Market, Source
from fingen_core.market.parsing import DATE_FORMS, decimal_mark, find_date_form, to_dates, to_numbers
from fingen_core.market.quality.checks import MIN_DATES
from fingen_core.market.quality.remedies import count, day_text
from fingen_core.market.returns import Kind, Values
from fingen_core.market.tables import MAX_COLUMNS

__all__ = [
    "VALUES",
    "Mapping",
    "faults",
    "guess",
    "guess_currency",
    "note_of",
    "prices_of",
    "to_market",
    "to_prices",
    "to_values",
]

VALUES: tuple[Values, ...] = ("prices", "simple returns", "log returns")

_PRICE_NAMES = (
    "adj close",
    "adjclose",
    "adj_close",
    "adjusted close",
    "close",
    "price",
    "px_last",
    "last",
    "value",
    "nav",
)
_OTHER_FIELDS = frozenset({"open", "high", "low", "volume", "dividends", "stock splits", "turnover", "vwap"})


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
        Whether returns are in percent (1.2 is 1.2 %) rather than decimals.
    decimal : {".", ","}
        The decimal mark of numbers written as text.
    """

    layout: Literal["wide", "long"]
    date: str
    date_pattern: str
    columns: tuple[str, ...]
    ticker: str = ""
    values: Values = "prices"
    percent: bool = False
    decimal: str = "."

    @property
    def kind(self) -> Kind:
        """What the values are, as prices are made of them."""
        return Kind(values=self.values, percent=self.percent)


# -- meaning ---------------------------------------------------------------------------------------------------------


def guess(table: pd.DataFrame) -> Mapping:
    """What the columns most likely mean; a person may change every part of the answer.

    Raises
    ------
    InvalidInput
        If no column holds dates, or none holds numbers.
    """
    forms = {column: find_date_form(table[column]) for column in table.columns}
    date = max(table.columns, key=lambda column: (round(forms[column][1], 1), _calls_itself_date(column)))
    form = forms[date][0]
    if form is None or forms[date][1] < 0.5:
        raise InvalidInput(
            f"no column with dates among {', '.join(list(table.columns)[:8])}: name one Date and write days like "
            f"{DATE_FORMS[0].label} or {DATE_FORMS[1].label}"
        )
    others = [column for column in table.columns if column != date]
    decimal = decimal_mark(table[others].head(200).to_numpy().ravel(), table.attrs.get("separator", ""))
    numeric = [column for column in others if _is_numeric(table[column], decimal)]
    if not numeric:
        raise InvalidInput(f"no column with numbers besides {date}: every other column holds text")
    ticker = _ticker_column(table, date, [column for column in others if column not in numeric])
    columns = _value_columns(numeric, single=bool(ticker))
    values, percent = _kind(table[list(columns)], decimal)
    return Mapping(
        layout="long" if ticker else "wide",
        date=date,
        date_pattern=form.pattern,
        columns=columns,
        ticker=ticker,
        values=values,
        percent=percent,
        decimal=decimal,
    )


def guess_currency(table: pd.DataFrame) -> str:
    """The one currency that a column called currency names in every row; empty where there is none, or several."""
    for column in table.columns:
        if re.fullmatch(r"currency|ccy|cur", column.strip().lower()):
            named = {code_of(str(cell)) for cell in table[column].unique()}
            return named.pop() if len(named) == 1 else ""
    return ""


def _calls_itself_date(column: str) -> bool:
    return bool(re.search(r"date|day|time|datum|tag|fecha", column.lower()))


def _is_numeric(column: pd.Series, decimal: str) -> bool:
    sample = column.head(500)
    values, wrong = to_numbers(sample, decimal)
    return bool(values.notna().sum() > wrong.sum()) or (
        not wrong.any() and to_numbers(column, decimal)[0].notna().any()
    )


def _ticker_column(table: pd.DataFrame, date: str, texts: list[str]) -> str:
    """The text column that tells apart the rows of one date; empty if the layout is wide."""
    named = [column for column in texts if re.search(r"ticker|symbol|asset|name|isin|id", column.lower())]
    for column in named:  # Even of one asset alone, the column may name it in every row.
        if table[column].notna().all() and table[column].nunique() <= max(len(table) / MIN_DATES, 1):
            return column
    if not table[date].duplicated().mean() > 0.3:
        return ""
    candidates = [column for column in named + texts if not table.duplicated([date, column]).mean() > 0.3]
    return candidates[0] if candidates else ""


def _value_columns(numeric: list[str], *, single: bool) -> tuple[str, ...]:
    """Closes rather than opens and volumes; all columns if none is called like a field."""
    by_name = {column.lower().strip(): column for column in numeric}
    wanted = next((by_name[name] for name in _PRICE_NAMES if name in by_name), None)
    if single:
        return (wanted or numeric[0],)
    if wanted and (_OTHER_FIELDS & by_name.keys() or len(numeric) == 1):
        return (wanted,)
    return tuple(column for column in numeric if column.lower().strip() not in _OTHER_FIELDS) or tuple(numeric)


def _kind(values: pd.DataFrame, decimal: str) -> tuple[Values, bool]:
    """Returns have both signs and are small; beyond 20 % of median size they must be in percent."""
    sample = values.head(2_000)
    signed = any(sample[column].astype(str).str.contains("%", regex=False).any() for column in sample)
    numbers = np.concatenate([to_numbers(sample[column], decimal)[0].dropna().to_numpy() for column in sample])
    if not len(numbers) or not 0.2 < float((numbers < 0).mean()) < 0.8:
        return "prices", False
    return "simple returns", bool(np.median(np.abs(numbers)) > 0.2) and not signed


# -- prices ----------------------------------------------------------------------------------------------------------


def to_prices(table: pd.DataFrame, mapping: Mapping, name: str = "") -> pd.DataFrame:
    """Prices with all their faults (holes, text, repeated dates), as the quality report takes them."""
    return prices_of(to_values(table, mapping, name), mapping)


def prices_of(values: pd.DataFrame, mapping: Mapping) -> pd.DataFrame:
    """Prices of what :func:`to_values` gives: itself, or levels that begin at 100 where it holds returns."""
    return mapping.kind.prices(values).rename_axis(index="date", columns="ticker")


def to_values(table: pd.DataFrame, mapping: Mapping, name: str = "") -> pd.DataFrame:
    """Prices or returns as the file has them, with all their faults (holes, text, repeated dates).

    Parameters
    ----------
    table : DataFrame
        From :func:`read`.
    mapping : Mapping
        From :func:`guess`, possibly changed.
    name : str
        The file's name: a single column called "Close" is named after it.

    Raises
    ------
    InvalidInput
        If the mapping does not fit the table, or no date can be read.
    """
    _refuse_mapping(table, mapping)
    dates = to_dates(table[mapping.date], mapping.date_pattern)
    if dates.isna().all():
        raise InvalidInput(
            f"nothing in column {mapping.date} is a date like {_form_label(mapping.date_pattern)}: choose how "
            "its dates are written"
        )
    if mapping.layout == "long":
        wide = _pivot(table, mapping, dates)
    else:
        wide = pd.DataFrame({column: _cells(table[column], mapping.decimal) for column in mapping.columns}).set_axis(
            pd.DatetimeIndex(dates), axis=0
        )
        wide = wide.rename(columns=_asset_names(mapping.columns, name))
    return wide.rename_axis(index="date", columns="ticker")


def faults(table: pd.DataFrame, mapping: Mapping, limit: int = 20) -> list[str]:
    """What is wrong, by row and column as the file numbers and names them; at most ``limit`` sentences."""
    _refuse_mapping(table, mapping)
    found: list[str] = []
    for sentences in (_date_faults(table, mapping), _number_faults(table, mapping)):
        found += sentences
    return found[:limit]


def to_market(table: pd.DataFrame, mapping: Mapping, name: str) -> Market:
    """A market, if the file has no fault at all; dates that some asset lacks are left out.

    Raises
    ------
    InvalidMarket
        Naming the first fault by row and column, or that fewer than 250 dates are common to all assets.
    """
    values = to_values(table, mapping, name)
    wrong = faults(table, mapping, limit=1)
    if wrong:
        raise InvalidMarket(wrong[0])
    common = prices_of(values.dropna().sort_index(), mapping)
    if len(common) < MIN_DATES:
        shortest = values.count().idxmin()
        raise InvalidMarket(
            f"only {count(len(common), 'date')} of {name} have a price of every asset, but at least {MIN_DATES} are "
            f"needed: leave out {shortest} ({count(int(values[shortest].count()), mapping.kind.noun)}), or add history"
        )
    source = Source(kind="upload", detail=name, note=note_of(mapping), indexed=mapping.values != "prices")
    return Market(common, source, PurePath(name).stem or "Upload")


def _refuse_mapping(table: pd.DataFrame, mapping: Mapping) -> None:
    wanted = (mapping.date, *mapping.columns, *([mapping.ticker] if mapping.layout == "long" else []))
    for column in wanted:
        if column not in table.columns:
            raise InvalidInput(f"there is no column {column!r}: choose from {', '.join(list(table.columns)[:12])}")
    if not mapping.columns:
        raise InvalidInput("no column with values chosen: choose at least one")
    if len(set(wanted)) < len(wanted):
        raise InvalidInput("one column cannot be date, asset and value at the same time: choose different ones")


def _form_label(pattern: str) -> str:
    return next((form.label for form in DATE_FORMS if form.pattern == pattern), pattern)


def _cells(column: pd.Series, decimal: str) -> pd.Series:
    """Numbers, with the cells that are none left as they are for the quality report."""
    values, wrong = to_numbers(column, decimal)
    return values if not wrong.any() else values.astype(object).where(~wrong, column)


def _asset_names(columns: tuple[str, ...], file: str) -> dict[str, str]:
    """A file with one column called "Close" is about the asset that the file is named after."""
    if len(columns) == 1 and columns[0].lower().strip() in _PRICE_NAMES and PurePath(file).stem:
        return {columns[0]: PurePath(file).stem}
    return {column: column.strip() for column in columns}


def _pivot(table: pd.DataFrame, mapping: Mapping, dates: pd.Series) -> pd.DataFrame:
    """One column per asset; of several values for a day the last counts, which :func:`faults` reports."""
    names = table[mapping.ticker].astype(str).str.strip()
    if names.nunique() > MAX_COLUMNS:
        raise InvalidInput(
            f"column {mapping.ticker} names {names.nunique():,} assets, at most {MAX_COLUMNS:,} are read"
        )
    tall = pd.DataFrame({"date": dates, "ticker": names, "value": _cells(table[mapping.columns[0]], mapping.decimal)})
    tall = tall.dropna(subset="date").drop_duplicates(["date", "ticker"], keep="last")
    order = list(dict.fromkeys(tall["ticker"]))
    return tall.set_index(["date", "ticker"])["value"].unstack()[order]  # noqa: PD010 (keeps text cells as they are)


def note_of(mapping: Mapping) -> str:
    """What a person must know about prices that were read like this; empty where there is nothing."""
    if mapping.values == "prices":
        return ""
    return "Made from returns: every asset begins at 100, so these are index levels and not prices of a share."


def _row(table: pd.DataFrame, label: object) -> str:
    return f"row {int(str(label)) + int(table.attrs.get('first_row', 1)):,}"


def _date_faults(table: pd.DataFrame, mapping: Mapping) -> list[str]:
    dates = to_dates(table[mapping.date], mapping.date_pattern)
    found = [
        f'{_row(table, label)}, column {mapping.date}: "{str(table.loc[label, mapping.date])[:30]}" is not a date like '
        f"{_form_label(mapping.date_pattern)}"
        for label in dates.index[dates.isna()]
    ]
    keys = pd.DataFrame({"date": dates, "of": table[mapping.ticker] if mapping.layout == "long" else ""})
    first: dict[tuple[object, object], object] = {}
    for label, date, of in keys.dropna()[keys.dropna().duplicated(keep=False)].itertuples():
        if (date, of) in first:
            what = f" of {of}" if of else ""
            found.append(
                f"{_row(table, label)}, column {mapping.date}: {day_text(date)}{what} already stands in "
                f"{_row(table, first[date, of])}, keep one of them"
            )
        first.setdefault((date, of), label)
    return found


def _no_number(cell: str, decimal: str) -> str:
    """Why a cell is no number; a number with the other decimal mark is the commonest reason."""
    other, called = (",", "point") if decimal == "." else (".", "comma")
    if to_numbers(pd.Series([cell]), other)[0].notna().item():
        return f"does not have the decimal {called} of the other numbers: write all with the same mark"
    return "is not a number"


def _number_faults(table: pd.DataFrame, mapping: Mapping) -> list[str]:
    found = []
    lowest = {"prices": 0.0, "simple returns": -100.0 if mapping.percent else -1.0, "log returns": -np.inf}
    rule = "a price must be positive" if mapping.values == "prices" else "nothing can lose all its value and go on"
    for column in mapping.columns:
        values, wrong = to_numbers(table[column], mapping.decimal)
        for label in wrong.index[wrong]:
            cell = str(table.loc[label, column])
            found.append(f'{_row(table, label)}, column {column}: "{cell[:30]}" {_no_number(cell, mapping.decimal)}')
        impossible = values.notna() & ((values <= lowest[mapping.values]) | np.isinf(values))
        found += [
            f"{_row(table, label)}, column {column}: {values[label]:g}, but {rule}"
            for label in values.index[impossible]
        ]
    return found
