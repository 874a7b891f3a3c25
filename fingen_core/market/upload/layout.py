"""How a table is laid out: a column per asset, a row per asset and day, or the fields of one asset's days."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.market.parsing.dates import to_dates
from fingen_core.market.parsing.words import PRICE_FIELDS, Field, field_of, says_asset
from fingen_core.market.upload import law
from fingen_core.market.upload.columns import Column, describe
from fingen_core.market.upload.header import Table
from fingen_core.market.upload.reads import Reads
from fingen_core.types import Array

Order = npt.NDArray[np.intp]

__all__ = ["Plan", "plans"]

_MOST_PLANS = 4
_FEW_A_DAY, _SEVERAL_A_DAY = 0.02, 0.3
"""A table with more repeated dates than this has a row per asset and day."""
_AMOUNT = r"\D{0,4}\d"
"""How cells begin that hold an amount, whatever else they say."""
_FILLED = 0.9
"""A column that names the asset of every row is filled; one with comments is not."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One way to lay out a table.

    Attributes
    ----------
    layout : {"wide", "long"}
    columns : tuple of str
        Wide: one of each asset. Long: the one with values.
    names : tuple of (str, str)
        Columns and the assets that they are about, where these differ; "" is the one that the file is named after.
    ticker : str
        Long: the column that names assets.
    field, field_value : str
        Long: the column that names fields, and the field to take; empty where every row holds all fields.
    label : str
        What tells this plan from others.
    """

    layout: Literal["wide", "long"]
    columns: tuple[str, ...]
    names: tuple[tuple[str, str], ...] = ()
    ticker: str = ""
    field: str = ""
    field_value: str = ""
    label: str = ""


def plans(table: Table, reads: Reads, decimal: str, pattern: str) -> list[Plan]:
    """The ways to lay out a table that its names and numbers allow, the likeliest first.

    Raises
    ------
    InvalidInput
        If no column holds numbers, or none of them can be a price.
    """
    columns, texts, _ = describe(table, reads, decimal)
    if not columns:
        raise InvalidInput(
            f"no column with numbers besides {table.date}: every other column holds text, or nothing at all"
        )
    _refuse_unread_prices(table, columns, texts)
    dates = to_dates(table.frame[table.date], pattern)
    ticker = _ticker_column(table, dates, columns, texts)
    if not ticker:
        return _wide(columns, dates)[:_MOST_PLANS]
    return _long(table, [column for column in columns if column.name != ticker], texts, ticker, dates)[:_MOST_PLANS]


def _refuse_unread_prices(table: Table, columns: Sequence[Column], texts: Sequence[str]) -> None:
    """Refuse a table whose prices are written in a way that is not read: what stands beside them is no price."""
    if any(column.field not in ("volume", "other", "change") for column in columns):
        return
    for name in texts:
        cells = table.frame[name].dropna().astype(str).str.strip()
        cells = cells[cells != ""]
        written = cells.str.match(_AMOUNT)
        if field_of(name) in PRICE_FIELDS and not says_asset(name) and written.mean() > 0.5:
            raise InvalidInput(
                f'column {name} should hold prices, but "{cells[written].iloc[0][:30]}" is no number: write plain '
                "numbers there, without words or other signs"
            )


# -- a row per asset and day -------------------------------------------------------------------------------------------


def _ticker_column(table: Table, dates: pd.Series, columns: Sequence[Column], texts: Sequence[str]) -> str:
    """The column that tells apart the rows of one date; empty where the layout is wide."""
    frame = table.frame
    several = float(dates.dropna().duplicated().mean())
    numbers = [column.name for column in columns if _names_assets(column)]
    named = sorted((name for name in [*texts, *numbers] if says_asset(_called(table, name))), key=_rank)
    for name in named:  # even of one asset alone, the column may name it in every row
        full = frame[name].notna() & (frame[name] != "")
        few = frame[name].nunique() <= max(len(frame) / 20, 1)
        if full.mean() > 0.98 and few and _is_key(frame, dates, name) and (several > _FEW_A_DAY or name in texts):
            return name
    if several <= _SEVERAL_A_DAY:
        return next((name for name in texts if several > _FEW_A_DAY and _completes_dates(frame, dates, name)), "")
    filled = [
        name for name in [*named, *texts, *numbers] if (frame[name].notna() & (frame[name] != "")).mean() > _FILLED
    ]
    keys = [name for name in filled if _is_key(frame, dates, name)]
    return min(keys, key=lambda name: round(_again(frame, dates, name), 2), default="")


def _called(table: Table, name: str) -> str:
    return table.levels[name][-1] if table.levels[name] else name


def _rank(name: str) -> int:
    """Symbols before names, names before numbers of securities."""
    order = ("ticker", "symbol", "tic", "sym", "asset", "instrument", "name", "code", "isin")
    return next((place for place, word in enumerate(order) if word in name.lower()), len(order))


def _again(frame: pd.DataFrame, dates: pd.Series, name: str) -> float:
    """Share of the rows whose date and word stand above already."""
    return float(pd.DataFrame({"date": dates, "of": frame[name].astype(str)}).duplicated().mean())


def _is_key(frame: pd.DataFrame, dates: pd.Series, name: str) -> bool:
    """Whether a column and the date tell most rows apart; a column with fields beside it may do the rest."""
    if _again(frame, dates, name) <= _SEVERAL_A_DAY:
        return True
    keys = pd.DataFrame({"date": dates, "of": frame[name].astype(str)})
    fields = [other for other in frame.columns if other != name and _names_fields(frame[other])]
    return bool(fields) and keys.assign(field=frame[fields[0]]).duplicated().mean() <= _SEVERAL_A_DAY


def _completes_dates(frame: pd.DataFrame, dates: pd.Series, name: str) -> bool:
    """Whether a few words, one in every row, tell all rows of a date apart: of assets whose spans hardly overlap."""
    words = frame[name]
    few = 2 <= words.nunique() <= max(len(frame) / 20, 2)
    keys = pd.DataFrame({"date": dates, "of": words.astype(str)})[dates.notna().to_numpy()]
    return bool(few and (words.notna() & (words != "")).all() and not keys.duplicated().any())


def _names_assets(column: Column) -> bool:
    """Whether numbers can be those of securities: whole, and few."""
    values = column.values[np.isfinite(column.values)]
    return bool(len(values)) and bool((values % 1 == 0).all()) and len(np.unique(values)) <= max(len(values) / 20, 1)


def _is_number_of(table: Table, column: Column, ticker: str) -> bool:
    """Whether a number is the asset's and not the day's: whole, and the same in all of its rows."""
    whole = column.values[np.isfinite(column.values)] % 1 == 0
    if not whole.all():
        return False
    counts = pd.Series(column.values).groupby(table.frame[ticker].astype(str).to_numpy()).nunique()
    return bool((counts <= 1).all())


def _names_fields(column: pd.Series) -> bool:
    if len(column) and not isinstance(column.iloc[0], str):
        return False
    unique = column.dropna().unique()
    return 2 <= len(unique) <= 15 and sum(field_of(str(name)) is not None for name in unique) >= 0.8 * len(unique)


def _long(table: Table, columns: list[Column], texts: Sequence[str], ticker: str, dates: pd.Series) -> list[Plan]:
    fields = next((name for name in texts if name != ticker and _names_fields(table.frame[name])), "")
    if fields:
        called = {field_of(str(name)): str(name) for name in table.frame[fields].dropna().unique()}
        best = next((called[field] for field in (*PRICE_FIELDS, "change") if field in called), "")
        return [
            Plan(layout="long", columns=(column.name,), ticker=ticker, field=fields, field_value=best)
            for column in columns[:1]
            if best
        ]
    if not columns:
        raise InvalidInput(f"no column with numbers besides {table.date} and {ticker}: it holds no values")
    order = np.lexsort((dates.to_numpy(), table.frame[ticker].map(str).to_numpy(object)))
    found = _fields_of_one(columns, order)
    if found is None:
        found = [column for column in columns if not _is_no_price(column, order)]
        found = [column for column in found if not _is_number_of(table, column, ticker)]
        found = found or [column for column in columns if column.field == "change"] or columns
    label = "values are those of column {}" if len(found) > 1 else ""
    return [
        Plan(layout="long", columns=(column.name,), ticker=ticker, label=label.format(column.name)) for column in found
    ]


# -- a column per asset, or the fields of one --------------------------------------------------------------------------


def _wide(columns: list[Column], dates: pd.Series) -> list[Plan]:
    if any(column.asset for column in columns if column.field is not None):
        by_asset = _best_of_each(columns)
        if by_asset is not None:
            return [by_asset]
        columns = [Column(name=each.name, asset=each.name, field=None, values=each.values) for each in columns]
    order = np.argsort(dates.to_numpy(), kind="stable")
    found = _fields_of_one(columns, order)
    if found is None:
        return _one_or_all(columns)
    label = "one asset, its price in column {}" if len(found) > 1 else ""
    singles = [
        Plan(layout="wide", columns=(each.name,), names=((each.name, ""),), label=label.format(each.name))
        for each in found
    ]
    if any(column.field is not None for column in columns) or len(columns) == 1:
        return singles
    return [*singles, _assets(columns, label=f"{len(columns)} assets, one in each column")]


def _one_or_all(columns: list[Column]) -> list[Plan]:
    """Every column an asset; but beside a column called close, others may be figures made from it."""
    everything = _assets(columns)
    closes = [column for column in columns if column.field in ("adjusted", "close", "settle")]
    if not closes or len(everything.columns) == 1:
        return [everything]
    best = min(closes, key=lambda column: PRICE_FIELDS.index(column.field or "close"))
    label = f"one asset, its price in column {best.name}"
    one = Plan(layout="wide", columns=(best.name,), names=((best.name, ""),), label=label)
    return [one, replace(everything, label=f"{len(everything.columns)} assets, one in each column")]


def _best_of_each(columns: list[Column]) -> Plan | None:
    """Of every asset its best price: adjusted before close."""
    rank = {field: place for place, field in enumerate((*PRICE_FIELDS[:1], None, *PRICE_FIELDS[1:], "change"))}
    best: dict[str, Column] = {}
    for column in columns:
        if not column.asset or column.field not in rank:
            continue
        if column.asset not in best or rank[column.field] < rank[best[column.asset].field]:
            best[column.asset] = column
    if not any(column.field in (*PRICE_FIELDS, "change") for column in best.values()):
        return None
    return Plan(
        layout="wide",
        columns=tuple(column.name for column in best.values()),
        names=tuple((column.name, asset) for asset, column in best.items()),
    )


def _assets(columns: list[Column], label: str = "") -> Plan:
    """Every column an asset, but volumes and changes of something else."""
    kept = [column for column in columns if not _is_no_price(column)]
    if not kept:
        kept = [column for column in columns if column.field == "change"] or columns
    names = tuple((column.name, column.asset) for column in kept if column.asset not in ("", column.name))
    return Plan(layout="wide", columns=tuple(column.name for column in kept), names=names, label=label)


def _is_no_price(column: Column, order: Order | None = None) -> bool:
    """Whether a column holds something else; ``order`` puts its rows in order of time, one asset after another."""
    values = column.values if order is None else column.values[order]
    return column.field in ("volume", "other", "change") or (column.field is None and _moves_like_volume(values))


def _moves_like_volume(values: Array) -> bool:
    """Whole numbers above a thousand that jump by a quarter from row to row."""
    some = values[np.isfinite(values)]
    whole = np.isclose(some, np.round(some), rtol=1e-12, atol=0)  # 1.62M is 1620000.0000000002
    if len(some) < 20 or not whole.all() or np.median(some) < 1_000 or (some < 0).any():
        return False
    positive = some[some > 0]
    steps = np.diff(np.log(positive))
    return bool(len(steps) > 10 and np.median(np.abs(steps)) > 0.2)


def _fields_of_one(columns: list[Column], order: Order) -> list[Column] | None:
    """The columns that may hold the price of one asset, whose other fields stand beside; ``None`` for other tables."""
    known: dict[Field, Column] = {}
    for column in columns:
        if column.field is not None:
            known.setdefault(column.field, column)
    unknown = [column for column in columns if column.field is None]
    prices = [known[field] for field in PRICE_FIELDS if field in known]
    edges = [known[field] for field in ("open", "high", "low") if field in known]
    if prices and _keeps_law(known, prices[0]) and (edges or not unknown):
        return prices[:1]
    if not prices and not unknown and "change" in known:
        return [known["change"]]
    return _by_law([column for column in columns if not _is_no_price(column, order)], order)


def _keeps_law(known: dict[Field, Column], price: Column) -> bool:
    """Whether named highs and lows lie around the price; an adjusted price may have left them."""
    if price.field == "adjusted":
        return True
    wrong = np.zeros(len(price.values), bool)
    with np.errstate(invalid="ignore"):
        if "high" in known:
            wrong |= known["high"].values < price.values * (1 - 1e-6)
        if "low" in known:
            wrong |= known["low"].values > price.values * (1 + 1e-6)
    return bool(wrong.mean() < 0.05)


def _by_law(columns: list[Column], order: Order) -> list[Column] | None:
    """Closes of a table whose highest and lowest column are the same every day, whatever the columns are called."""
    columns = _of_one_size([column for column in columns if _may_be_of_a_bar(column.values)])
    if not 3 <= len(columns) <= 8:
        return None
    values = np.column_stack([column.values for column in columns])[order]
    edges = law.range_columns(values)
    if edges is None or not _fits_names(columns, edges):
        return None
    inner = [place for place in range(len(columns)) if place not in edges and columns[place].field != "open"]
    called = [place for place in inner if columns[place].field in PRICE_FIELDS]
    if called:
        return [min((columns[place] for place in called), key=lambda column: PRICE_FIELDS.index(column.field))]
    if len(inner) == 2:
        first = law.closes_first(values[:, inner[0]], values[:, inner[1]])
        inner = inner if first is None else inner[:1] if first else inner[1:]
        inner = inner[::-1] if len(inner) == 2 else inner  # an open usually stands first
    return [columns[place] for place in inner] or None


def _may_be_of_a_bar(values: Array) -> bool:
    """Whether a column has more than one value, hardly any below zero: no number of trades that is always 4521, no
    change."""
    known = values[np.isfinite(values)]
    return bool(len(known)) and bool((known != known[0]).any()) and float((known < 0).mean()) < 0.05


def _of_one_size(columns: list[Column]) -> list[Column]:
    """The most columns whose usual values are near each other, as all prices of one asset are."""
    usual = [float(np.nanmedian(column.values)) if np.isfinite(column.values).any() else np.nan for column in columns]
    near = [
        [other for other, size in enumerate(usual) if 1 / 1.5 < size / each < 1.5] if each > 0 else [] for each in usual
    ]
    return [columns[place] for place in max(near, key=len, default=[])]


def _fits_names(columns: list[Column], edges: tuple[int, int]) -> bool:
    high, low = columns[edges[0]].field, columns[edges[1]].field
    return high in (None, "high") and low in (None, "low")
