"""What the columns of a table are: values of assets, names of assets, fields of a day, or something to leave out."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fingen_core.market.parsing.dates import likely_forms, to_dates
from fingen_core.market.parsing.words import PRICE_FIELDS, Field, field_of, split_label
from fingen_core.market.upload.header import Table
from fingen_core.market.upload.reads import Reads
from fingen_core.types import Array

_IN_CURRENCY = re.compile(r"[\s_-]*[(\[](?:[A-Z]{3}|GBp|[$€£¥]|in [A-Z]{3})[)\]]$")

__all__ = ["Column", "describe"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Column:
    """A column with numbers.

    Attributes
    ----------
    name : str
    asset : str
        The asset it is about; empty where its name says a field only.
    field : Field or None
        What it holds of the asset; ``None`` where nobody says so.
    values : array of float64, shape (n_rows,)
    """

    name: str
    asset: str
    field: Field | None
    values: Array


def describe(table: Table, reads: Reads, decimal: str) -> tuple[list[Column], list[str], dict[str, str]]:
    """Columns with numbers; columns with text; and columns that are neither, with the reason to leave them out."""
    numeric: list[str] = []
    texts: list[str] = []
    others: dict[str, str] = {}
    for name in table.frame.columns:
        if name == table.date:
            continue
        reason = _reason(table, reads, name, decimal)
        if reason:
            others[name] = reason
        elif _is_numeric(reads, name, decimal):
            numeric.append(name)
        else:
            texts.append(name)
    meant = _meant(table, numeric)
    columns = [
        Column(name=name, asset=asset, field=known, values=reads.of(name, decimal).values.to_numpy())
        for name, (asset, known) in zip(numeric, meant, strict=True)
    ]
    return columns, texts, others


def _is_numeric(reads: Reads, name: str, decimal: str) -> bool:
    """Whether there are more numbers than cells that are none; an empty one has none of either."""
    read = reads.of(name, decimal)
    return bool(read.values.notna().sum() > read.wrong.sum())


def _reason(table: Table, reads: Reads, name: str, decimal: str) -> str:
    """Why a column can hold neither values nor names; empty if it may."""
    column = table.frame[name]
    values = reads.of(name, decimal).values.to_numpy()
    numeric = _is_numeric(reads, name, decimal)
    if (not numeric or float(np.nanmedian(values)) > 1e7) and _holds_dates(column):
        return "dates"
    if not numeric:
        return ""
    if _counts_rows(values):
        return "row numbers"
    return "always 0" if len(values) and bool((values == 0).all()) else ""


def _holds_dates(column: pd.Series) -> bool:
    """Whether nearly all cells are days, and not numbers that might be some."""
    forms = [form for form in likely_forms(column, 0.9) if not form.is_numeric or form.pattern in ("%Y%m%d", "unix")]
    return any(to_dates(column, form.pattern).notna().sum() > 0.9 * column.notna().sum() for form in forms)


def _counts_rows(values: Array) -> bool:
    """Whole numbers that go up one by one from 0 or 1, or down to them."""
    if len(values) < 3 or not np.isfinite(values).all():
        return False
    steps = np.diff(values)
    return bool((steps == steps[0]).all()) and abs(steps[0]) == 1 and min(values[0], values[-1]) in (0, 1)


# -- assets and fields by names ----------------------------------------------------------------------------------------


def _meant(table: Table, names: list[str]) -> list[tuple[str, Field | None]]:
    levels = [table.levels[name] for name in names]
    depth = max(map(len, levels), default=0)
    if depth >= 2 and len(names) > 0:
        return _by_levels(table, names, levels)
    plain = [(levels[place][0] if levels[place] else "") or name for place, name in enumerate(names)]
    bare = [_IN_CURRENCY.sub("", name).strip() or name for name in plain]
    if len(set(bare)) == len(bare):
        names = [bare[place] if bare[place] != plain[place] else name for place, name in enumerate(names)]
    return _by_names(plain, names)


def _by_levels(table: Table, names: list[str], levels: list[tuple[str, ...]]) -> list[tuple[str, Field | None]]:
    """Of a header with several rows: one of them may name fields, another one names assets."""
    depth = len(levels[0])
    known = [np.mean([field_of(level[row]) is not None for level in levels]) for row in range(depth)]
    fields_in = int(np.argmax(known)) if max(known) >= 0.8 else None
    fields = [field_of(level[fields_in]) if fields_in is not None else None for level in levels]
    assets = _assets_of(table, [row for row in range(depth) if row != fields_in], levels, fields)
    if assets is None:
        return _by_names(names, names)
    return list(zip(assets, fields, strict=True))


def _assets_of(
    table: Table, rows: list[int], levels: list[tuple[str, ...]], fields: list[Field | None]
) -> list[str] | None:
    """The row of the header that tells assets apart; the one that says so first, then from the lowest up."""
    corners = [table.corners[row].lower() if row < len(table.corners) else "" for row in range(len(levels[0]))]
    first = [row for row in rows if corners[row] in ("ticker", "tickers", "symbol", "symbols", "ric")]
    names = [row for row in rows if corners[row] in ("name", "names", "security", "asset")]
    last = [row for row in rows if corners[row] in ("type", "source", "code", "isin", "mnemonic")]
    ranked = list(dict.fromkeys([*first, *names, *(row for row in rows[::-1] if row not in last), *last]))
    for row in ranked:
        called = [level[row] for level in levels]
        n_pairs = len(set(zip(called, fields, strict=True)))
        if all(called) and n_pairs == len(levels) and (len(set(called)) > 1 or len(levels) == 1 or any(fields)):
            return called
    joined = [" ".join(dict.fromkeys(level[row] for row in rows if level[row])) for level in levels]
    return joined if all(joined) and len(set(zip(joined, fields, strict=True))) == len(levels) else None


def _by_names(plain: list[str], names: list[str]) -> list[tuple[str, Field | None]]:
    """Of one row of names: fields of one asset, assets, or both in one name as in "AAA Close"."""
    known = [field_of(name) for name in plain]
    cut = [None if known[place] else split_label(name) for place, name in enumerate(plain)]
    n_cut = sum(part is not None for part in cut)
    n_assets = sum(field is None for field in known)
    whole = any(field in PRICE_FIELDS for field in known)
    if n_assets and not whole and n_cut >= 0.6 * n_assets and _tells_apart(cut):
        return [part or ("" if known[place] else names[place], known[place]) for place, part in enumerate(cut)]
    return [("" if known[place] else names[place], known[place]) for place in range(len(names))]


def _tells_apart(cut: list[tuple[str, Field] | None]) -> bool:
    """Whether names made of asset and field are so throughout: every asset has several, or all have the same."""
    pairs = [part for part in cut if part]
    if len(set(pairs)) < len(pairs) or not all(asset for asset, _ in pairs):
        return False
    per_asset = pd.Series([asset for asset, _ in pairs]).value_counts()
    return len({field for _, field in pairs}) == 1 or bool((per_asset > 1).mean() >= 0.5)
