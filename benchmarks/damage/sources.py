"""Small healthy files of prices, holdings and statements in every form that is read."""

import datetime
import io
import random
from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pandas as pd
from pyarrow import ArrowException

__all__ = ["GRIDS", "SOURCES"]

Draw = random.Random


def prices(draw: Draw) -> pd.DataFrame:
    """Made-up prices on business days."""
    rng = np.random.default_rng(draw.getrandbits(32))
    days, assets = draw.randint(20, 90), draw.randint(1, 4)
    moves = rng.normal(0, 0.01, (days, assets))
    index = pd.bdate_range("2015-01-01", periods=days, name="Date")
    return pd.DataFrame((80 * np.exp(moves.cumsum(axis=0))).round(4), index=index, columns=list("ABCD")[:assets])


def _long(draw: Draw) -> pd.DataFrame:
    tall = prices(draw).reset_index().melt(id_vars="Date", var_name="Ticker", value_name="Close")
    return tall.assign(Volume=1000)


def _fields(draw: Draw) -> pd.DataFrame:
    close = prices(draw)
    return pd.concat({"Close": close, "Volume": close * 100}, axis=1, names=["Price", "Ticker"])


def _holdings(draw: Draw) -> pd.DataFrame:
    names = draw.sample(["AAPL", "JPM", "JNJ", "XOM", "MSFT", "CASH"], draw.randint(1, 6))
    return pd.DataFrame(
        {
            "Symbol": names,
            "Quantity": [draw.randint(1, 500) for _ in names],
            "Market Value": [round(draw.uniform(10, 90_000), 2) for _ in names],
            "Currency": "USD",
        }
    )


def _statements(draw: Draw) -> pd.DataFrame:
    items = ["Total assets", "Total debt", "Revenue", "EBITDA", "Net income"]
    years = [f"{year}-12-31" for year in range(2023, 2023 - draw.randint(1, 4), -1)]
    rows = [[item, *(round(draw.uniform(1, 5_000), 1) for _ in years)] for item in items]
    table = pd.DataFrame(rows, columns=["Item", *years])
    if draw.random() < 0.5:
        table.insert(0, "Ticker", "AAPL")
    return table


def _csv(table: pd.DataFrame, draw: Draw, index: bool) -> bytes:
    separator, decimal = draw.choice([(",", "."), (";", ","), ("\t", "."), ("|", ".")])
    text = table.to_csv(index=index, sep=separator, decimal=decimal)
    return text.encode(draw.choice(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))


def _excel(table: pd.DataFrame, draw: Draw, index: bool) -> bytes:
    file = io.BytesIO()
    engine = draw.choice(["openpyxl", "xlsxwriter"])
    with pd.ExcelWriter(file, engine=engine) as writer:
        if draw.random() < 0.3:
            pd.DataFrame({"Note": ["made up"]}).to_excel(writer, sheet_name="Notes", index=False)
        table.to_excel(writer, sheet_name="Table", index=index or isinstance(table.columns, pd.MultiIndex))
    return file.getvalue()


def _parquet(table: pd.DataFrame, draw: Draw, index: bool) -> bytes:
    file = io.BytesIO()
    compression = draw.choice(["snappy", "gzip", "zstd", "none"])
    table.to_parquet(
        file,
        index=index or None,
        compression=None if compression == "none" else compression,
        row_group_size=draw.choice([10, 1000]),
        use_dictionary=draw.random() < 0.7,
        data_page_version=draw.choice(["1.0", "2.0"]),
    )
    return file.getvalue()


Form = Callable[[pd.DataFrame, Draw, bool], bytes]
_CELLS = (
    None, 0, -1, 1.5, 10**15, 1e308, float("nan"), True, "text", "", " ", "#N/A", "1,5", "2020-01-01", b"bytes",
    pd.Timestamp("2020-01-01"), pd.Timestamp("1700-05-05"), pd.Timestamp("2020-01-01", tz="Asia/Seoul"),
    datetime.date(2020, 1, 1), datetime.time(12, 30), datetime.timedelta(days=3), datetime.date(1, 1, 1),
    Decimal("1.10"),
)  # fmt: skip


def _grid(draw: Draw) -> pd.DataFrame:
    """A table of anything: of anything in each cell, or one kind of anything in each column."""
    rows, columns = draw.randint(1, 20), draw.randint(1, 8)
    if draw.random() < 0.3:
        cells = [[draw.choice(_CELLS) for _ in range(columns)] for _ in range(rows)]
    else:
        kinds = [draw.sample(_CELLS, 2) for _ in range(columns)]
        cells = [[draw.choice(kind) if draw.random() < 0.2 else kind[0] for kind in kinds] for _ in range(rows)]
    names = [
        draw.choice(["Date", "A", "Close", "Symbol", "Quantity", "2020-12-31", "", " ", "Item"]) for _ in range(columns)
    ]
    return pd.DataFrame(cells, columns=pd.Index(names, dtype=object), dtype=object)


def _grid_file(form: str) -> Callable[[Draw], bytes]:
    """Excel and Parquet do not take everything: what they refuse to write is written as text."""

    def make(draw: Draw) -> bytes:
        table = _grid(draw)
        try:
            return _FORMS[form](table, draw, False)
        except (TypeError, ValueError, OverflowError, AttributeError, ArrowException):
            unique = [f"{name} {place}" for place, name in enumerate(table.columns)]
            return _FORMS[form](table.astype(str).set_axis(unique, axis=1), draw, False)

    return make


_TABLES: dict[str, list[tuple[Callable[[Draw], pd.DataFrame], bool]]] = {
    "prices": [(prices, True), (_long, False), (_fields, True)],
    "holdings": [(_holdings, False)],
    "statements": [(_statements, False)],
}
_FORMS: dict[str, Form] = {"csv": _csv, "xlsx": _excel, "parquet": _parquet}


def _source(kind: str, form: str) -> Callable[[Draw], bytes]:
    def make(draw: Draw) -> bytes:
        table, index = draw.choice(_TABLES[kind])
        return _FORMS[form](table(draw), draw, index)

    return make


SOURCES: dict[tuple[str, str], Callable[[Draw], bytes]] = {
    (kind, form): _source(kind, form) for kind in _TABLES for form in _FORMS
}
"""By what a file holds and its form."""
GRIDS = {form: _grid_file(form) for form in _FORMS}
"""Tables of anything, by form."""
