"""Parquet files: typed columns that have their names apart, in pieces and within bounds."""

import ast
import json
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.market.tables.footer import check_footer
from fingen_core.market.tables.limits import (
    MEGABYTE,
    Bound,
    Progress,
    damage,
    refuse_cells,
    refuse_rows,
)

__all__ = ["read_parquet"]

_MAX_TEXT_BYTES = 128 * 1024
_THRIFT = {"thrift_string_size_limit": 16 * MEGABYTE, "thrift_container_size_limit": 4_000}
"""The second one also keeps nested types from being deeper than the stack of a thread."""
_BATCH = 16_384
_Objects: TypeAlias = npt.NDArray[np.object_]


def read_parquet(data: bytes, name: str, progress: Progress | None) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The cells of a Parquet file and the names of its columns, those of an index first.

    Columns of several levels, as pandas keeps them, become rows above the others, as in the CSV of such a table; then
    there are no names.
    """
    with damage(f"{name} begins like a Parquet file but cannot be read: export it again"):
        columns, names, levels = _read(data, name, progress)
        frame = pd.DataFrame(dict(enumerate(columns)), dtype=object)
        frame.index = pd.RangeIndex(1, len(frame) + 1)
        return _below_levels(frame, names, levels) if len(levels) > 1 else (frame, names)


def _read(data: bytes, name: str, progress: Progress | None) -> tuple[list[_Objects], tuple[str, ...], list[str]]:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    check_footer(data, name)
    schema = ParquetFile(pa.BufferReader(data), **_THRIFT).schema_arrow
    for place in range(len(schema)):
        _refuse_type(schema.field(place), name)
    texts = [field.name for field in schema if _is_text(field.type)]
    # A text that stands a million times in a column is kept once.
    file = ParquetFile(pa.BufferReader(data), read_dictionary=texts, page_checksum_verification=True, **_THRIFT)
    table = pa.Table.from_batches(_batches(file, name, progress), file.schema_arrow)
    about = _of_pandas(schema.metadata)
    order, index = _index_first(schema.names, about)
    names = tuple("" if place in index and _is_unnamed(schema.names[place]) else schema.names[place] for place in order)
    return [_objects(table.column(place), schema.names[place], name) for place in order], names, _levels(about)


def _refuse_type(field: Any, name: str) -> None:
    import pyarrow.types as kinds

    kind = field.type.value_type if kinds.is_dictionary(field.type) else field.type
    if not (
        _is_text(kind)
        or any(
            test(kind)
            for test in (
                kinds.is_integer,
                kinds.is_floating,
                kinds.is_decimal,
                kinds.is_boolean,
                kinds.is_timestamp,
                kinds.is_date,
                kinds.is_null,
            )
        )
    ):
        raise InvalidInput(
            f"column {field.name[:60]} of {name} holds {str(kind)[:60]} cells, but numbers, dates and text are read: "
            "export it with one value a cell"
        )


def _is_text(kind: Any) -> bool:
    import pyarrow.types as kinds

    return bool(kinds.is_string(kind) or kinds.is_large_string(kind) or kinds.is_string_view(kind))


def _batches(file: Any, name: str, progress: Progress | None) -> list[Any]:
    bound = Bound(name, progress)
    batches, rows = [], 0
    for batch in file.iter_batches(batch_size=_BATCH, use_threads=False):
        rows += batch.num_rows
        refuse_rows(name, rows)
        refuse_cells(name, rows * batch.num_columns)
        batches.append(batch)
        bound.tell(rows / max(file.metadata.num_rows, 1))
    return batches


def _of_pandas(metadata: dict[bytes, bytes] | None) -> dict[str, Any]:
    """What pandas wrote about the table."""
    about = json.loads((metadata or {}).get(b"pandas", b"{}"))
    return about if isinstance(about, dict) else {}


def _index_first(names: list[str], about: dict[str, Any]) -> tuple[list[int], list[int]]:
    levels = [level for level in about.get("index_columns", []) if isinstance(level, str)]
    index = [names.index(level) for level in levels if level in names]
    return [*index, *(place for place in range(len(names)) if place not in index)], index


def _is_unnamed(name: str) -> bool:
    return name.startswith("__index_level_")


def _levels(about: dict[str, Any]) -> list[str]:
    """Names of the levels of the columns."""
    return [str(level.get("name") or "") for level in about.get("column_indexes", []) if isinstance(level, dict)]


def _below_levels(
    frame: pd.DataFrame, names: tuple[str, ...], levels: list[str]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    parts = [_parts_of(name, len(levels)) for name in names]
    if not any(parts):
        return frame, names
    head = [[part[level] if part else levels[level] for part in parts] for level in range(len(levels))]
    if any(name for name, part in zip(names, parts, strict=True) if not part):
        head.append(["" if part else name for name, part in zip(names, parts, strict=True)])
    below = pd.concat([pd.DataFrame(head, dtype=object), frame], ignore_index=True)
    return below.set_axis(pd.RangeIndex(1, len(below) + 1), axis=0), ()


def _parts_of(name: str, levels: int) -> tuple[str, ...]:
    """The levels of one column, which pandas writes as a tuple; empty where it is none."""
    if not name.startswith("("):
        return ()
    try:
        parts = ast.literal_eval(name)
    except (SyntaxError, ValueError):
        return ()
    return tuple(map(str, parts)) if isinstance(parts, tuple) and len(parts) == levels else ()


def _objects(column: Any, title: str, name: str) -> _Objects:
    """Python's own values of a column; None where there is none."""
    import pyarrow as pa
    import pyarrow.types as kinds

    kind = column.type
    if kinds.is_dictionary(kind):
        return _of_dictionary(column, title, name)
    if kinds.is_decimal(kind) or kinds.is_float16(kind):
        column = column.cast(pa.float64())
    if kinds.is_boolean(kind):
        return _list_of([None if one is None else str(one).upper() for one in column.to_pylist()])
    if kinds.is_timestamp(kind) or kinds.is_date(kind):
        return _days(column, title, name)
    values = _list_of(column.to_pylist())
    values[pd.isna(values)] = None
    return values


def _days(column: Any, title: str, name: str) -> _Objects:
    with damage(f"column {title[:60]} of {name} holds dates outside the years 1 to 9999: mend them"):
        values = column.to_pandas()
        years = values.dropna().map(lambda day: day.year)
        if not years.between(1, 9999).all():
            raise OverflowError("a year of no calendar")
        values = values.astype(object)
        return _list_of(values.where(values.notna(), None).tolist())


def _of_dictionary(column: Any, title: str, name: str) -> _Objects:
    """Each text becomes one object, wherever it stands."""
    column = column.unify_dictionaries()
    if not column.num_chunks:
        return _list_of([])
    texts = column.chunk(0).dictionary
    _refuse_long(texts, title, name)
    known = _list_of([*texts.to_pylist(), None])
    places = [chunk.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False) for chunk in column.chunks]
    return np.take(known, np.concatenate(places))


def _refuse_long(texts: Any, title: str, name: str) -> None:
    import pyarrow.compute as pc

    longest = (pc.max(pc.binary_length(texts)).as_py() or 0) if _is_text(texts.type) else 0
    if longest > _MAX_TEXT_BYTES:
        raise InvalidInput(
            f"column {title[:60]} of {name} holds a text of {longest:,} bytes, but at most {_MAX_TEXT_BYTES:,} are "
            "read: leave it out"
        )


def _list_of(values: list[object]) -> _Objects:
    objects = np.empty(len(values), dtype=object)
    objects[:] = values
    return objects
