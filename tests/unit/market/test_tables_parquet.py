"""Parquet files: typed cells as they are, and files that contradict themselves or unpack to too much refused."""

import io
from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fingen_core.errors import InvalidInput
from fingen_core.market.tables import footer, read_cells
from tests.hostile_support import parquet
from tests.workbook_support import prices


def _written(table: pa.Table, **how: object) -> bytes:
    file = io.BytesIO()
    pq.write_table(table, file, **how)
    return file.getvalue()


def _column(array: pa.Array, **how: object) -> list[object]:
    data = _written(pa.table({"Date": pa.array(["2020-01-01"] * len(array)), "AAA": array}), **how)
    return read_cells(data, "p.parquet").frame[1].tolist()


def _refusal(data: bytes) -> str:
    with pytest.raises(InvalidInput) as caught:
        read_cells(data, "p.parquet")
    return str(caught.value)


# What is read


@pytest.mark.parametrize(
    ("array", "cells"),
    [
        (pa.array([1, None, 3], pa.int16()), [1, None, 3]),
        (pa.array([2**63], pa.uint64()), [2**63]),
        (pa.array([1.5, float("nan"), None]), [1.5, None, None]),
        (pa.array(np.array([1.5, 2.0], np.float16)), [1.5, 2.0]),
        (pa.array([Decimal("1.10"), None], pa.decimal128(20, 2)), [1.1, None]),
        (pa.array(["a", None, ""]), ["a", None, ""]),
        (pa.array(["a", "a", "b"]).dictionary_encode(), ["a", "a", "b"]),
        (pa.array([7, 8, 7]).dictionary_encode(), [7, 8, 7]),
        (pa.array([True, None]), ["TRUE", None]),
        (pa.array([None, None], pa.null()), [None, None]),
        (pa.array([0, None], pa.date32()), [pd.Timestamp("1970-01-01").date(), None]),
        (pa.array([10**9], pa.timestamp("s")), [pd.Timestamp("2001-09-09 01:46:40")]),
        (pa.array([10**18], pa.timestamp("ns")), [pd.Timestamp("2001-09-09 01:46:40")]),
        (pa.array([10**15], pa.timestamp("us", "Asia/Seoul")), [pd.Timestamp("2001-09-09 10:46:40", tz="Asia/Seoul")]),
        (pa.array([-(10**10)], pa.timestamp("s")), [pd.Timestamp("1653-02-10 06:13:20")]),
    ],
)
@pytest.mark.parametrize("version", ["1.0", "2.6"])
def test_values_of_every_kind_are_read(array: pa.Array, cells: list[object], version: str) -> None:
    nanoseconds = pa.types.is_timestamp(array.type) and array.type.unit == "ns"  # only the newer version has them
    assert _column(array, version="2.6" if nanoseconds else version) == cells


@pytest.mark.parametrize("compression", ["snappy", "gzip", "zstd", "brotli", "lz4", "none"])
@pytest.mark.parametrize("page", ["1.0", "2.0"])
def test_groups_pages_and_packing_make_no_difference(compression: str, page: str) -> None:
    table = prices(200).assign(Name=[f"text {number}" for number in range(200)])
    data = parquet(table, compression=compression, row_group_size=70, data_page_version=page, data_page_size=200)
    frame = read_cells(data, "p.parquet").frame
    assert frame[1].tolist() == table["AAA"].tolist()
    assert frame[3].tolist() == table["Name"].tolist()
    assert list(frame.index) == list(range(1, 201))


def test_a_text_that_stands_a_million_times_is_kept_once() -> None:
    texts = pa.DictionaryArray.from_arrays(pa.array(np.zeros(900_000, np.int32)), pa.array(["x" * 30_000]))
    data = _written(pa.table({"Date": texts}))  # 27 GB, were each cell a text of its own
    frame = read_cells(data, "p.parquet").frame
    assert len(frame) == 900_000
    assert frame[0].iloc[0] is frame[0].iloc[-1]


# What is refused


def _nested(depth: int) -> pa.DataType:
    kind = pa.float64()
    for _ in range(depth):
        kind = pa.struct([("a", kind)])
    return kind


ONE = pa.array([1.0] * 3)
MAP = pa.map_("string", "int8")
TOO_MUCH: dict[str, tuple[Callable[[], bytes], str]] = {
    "lists": (
        lambda: _written(pa.table({"A": pa.array([[1.0]])})),
        "column A of p.parquet holds list<",
    ),
    "maps": (
        lambda: _written(pa.table({"A": pa.array([[("a", 1)]], MAP)})),
        "holds map<string, int8",
    ),
    "hours": (lambda: _written(pa.table({"A": pa.array([1], pa.time32("s"))})), "holds time32[ms] cells"),
    "nested deeply": (
        lambda: _written(pa.table({"A": pa.array([None], _nested(40))})),
        "cannot be read: export it again",
    ),
    "no rows": (lambda: _written(pa.table({"A": ONE[:0]})), "has column names but no rows"),
    "columns": (lambda: _written(pa.table({f"A{n}": ONE for n in range(1_001)})), "1,001 columns, but at most 1,000"),
    "rows": (lambda: _written(pa.table({"A": pa.array(np.zeros(1_000_001, np.int8))})), "1,000,001 rows, but at most"),
    "cells": (
        lambda: _written(pa.table({f"A{n}": pa.array(np.zeros(50_000, np.int8)) for n in range(100)})),
        "5,000,000 cells, but at most 4,000,000",
    ),
    "megabytes": (
        lambda: _written(pa.table({"A": pa.array(["x" * 2**20] * 140)}), compression="zstd", use_dictionary=False),
        "unpacks to more than 128 MB",
    ),
    "long text": (lambda: _written(pa.table({"A": pa.array(["x" * 200_000])})), "a text of 200,000 bytes, but at most"),
    "days of no calendar": (
        lambda: _written(pa.table({"A": pa.array([10**13], pa.timestamp("s"))})),
        "column A of p.parquet holds dates outside the years 1 to 9999",
    ),
    "zones of no place": (
        lambda: _written(pa.table({"A": pa.array([1], pa.timestamp("us", "Mars/Olympus"))})),
        "column A of p.parquet holds dates",
    ),
    "no UTF-8": (
        lambda: _written(pa.table({"A": pa.Array.from_buffers(pa.string(), 1, pa.array([b"\xff"]).buffers())})),
        "cannot be read",
    ),
}


@pytest.mark.parametrize("kind", TOO_MUCH)
def test_what_is_too_much_or_no_single_value_is_refused(kind: str) -> None:
    make, sentence = TOO_MUCH[kind]
    assert sentence in _refusal(make())


def test_many_small_groups_of_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(footer, "_MAX_FACTS", 10_000)
    data = _written(pa.table({"A": pa.array(range(400))}), row_group_size=1)
    assert "is cut into too many pieces: save it with fewer, larger row groups" in _refusal(data)


def test_a_page_that_was_changed_is_found_where_it_has_a_check_sum() -> None:
    data = parquet(prices(), write_page_checksum=True, compression=None)
    where = data.index(prices()["AAA"].to_numpy().tobytes()[:64])
    assert "cannot be read: export it again" in _refusal(data[: where + 20] + b"\x01" + data[where + 21 :])


# Footers that contradict themselves; on some of them the library that reads the cells ends the whole process.


def _number(value: int) -> bytes:
    """A number of Thrift's compact protocol."""
    value = (value << 1) ^ (value >> 63)
    found = b""
    while value > 127:
        found, value = found + bytes([value & 127 | 128]), value >> 7
    return found + bytes([value])


def _struct(**fields: object) -> bytes:
    """A structure: fields by number, as ``f1=...``; numbers, texts, lists of structures."""
    found, last = b"", 0
    for name, value in fields.items():
        number = int(name[1:])
        kind = 6 if isinstance(value, int) else 9 if isinstance(value, list) else 12 if isinstance(value, bytes) else 8
        found += bytes([number - last << 4 | kind]) + _value(value)
        last = number
    return found + b"\0"


def _value(value: object) -> bytes:
    if isinstance(value, int):
        return _number(value)
    if isinstance(value, str):
        return bytes([len(value)]) + value.encode()
    if isinstance(value, list):
        return bytes([len(value) << 4 | 12]) + b"".join(value)
    assert isinstance(value, bytes)
    return value


PAGE = _struct(f1=0, f2=8, f3=8, f5=_struct(f1=1, f2=0, f3=3, f4=3)) + b"\0" * 8


def _chunk(**changes: object) -> bytes:
    facts = {"f4": 0, "f5": 1, "f6": len(PAGE), "f7": len(PAGE), "f9": 4, **changes}
    return _struct(f2=4, f3=_struct(**facts))


def _file(schema: list[bytes], groups: list[bytes], rows: int = 1) -> bytes:
    footer = _struct(f1=2, f2=schema, f3=rows, f4=groups)
    return b"PAR1" + PAGE + footer + len(footer).to_bytes(4, "little") + b"PAR1"


ROOT, LEAF = _struct(f4="r", f5=1), _struct(f1=5, f3=0, f4="A")
CONTRADICTIONS = {
    "no columns": _file([_struct(f4="r", f5=0)], []),
    "columns that are missing": _file([_struct(f4="r", f5=3), LEAF], []),
    "columns of less than nothing": _file([_struct(f4="r", f5=-1), LEAF], []),
    "a group without columns": _file([ROOT, LEAF], [_struct(f1=[], f2=0, f3=1)]),
    "a group of two columns": _file([ROOT, LEAF], [_struct(f1=[_chunk(), _chunk()], f2=0, f3=1)]),
    "a column of which nothing is known": _file([ROOT, LEAF], [_struct(f1=[_struct(f2=4)], f2=0, f3=1)]),
    "a column elsewhere": _file([ROOT, LEAF], [_struct(f1=[_chunk(f9=10**6)], f2=0, f3=1)]),
    "a column before the file": _file([ROOT, LEAF], [_struct(f1=[_chunk(f9=-5)], f2=0, f3=1)]),
    "a column beyond the file": _file([ROOT, LEAF], [_struct(f1=[_chunk(f7=10**9)], f2=0, f3=1)]),
    "a group of many rows": _file([ROOT, LEAF], [_struct(f1=[_chunk()], f2=0, f3=10**12)]),
    "many rows": _file([ROOT, LEAF], [_struct(f1=[_chunk()], f2=0, f3=1)], rows=10**12),
    "a footer as long as the file": b"PAR1" + b"\xff\xff\xff\x7f" + b"PAR1",
    "a footer of noughts": b"PAR1" + b"\0" * 40 + (36).to_bytes(4, "little") + b"PAR1",
    "no footer": b"PAR1PAR1",
}


@pytest.mark.parametrize("kind", CONTRADICTIONS)
def test_files_that_contradict_themselves_are_refused(kind: str) -> None:
    sentence = _refusal(CONTRADICTIONS[kind])
    assert "cannot be read: export it again" in sentence or "rows, but at most" in sentence


def test_the_same_file_without_a_contradiction_gets_as_far_as_its_pages() -> None:
    """Else the refusals above would show nothing."""
    footer.check_footer(_file([ROOT, LEAF], [_struct(f1=[_chunk()], f2=0, f3=1)]), "p.parquet")
