"""Every word that a page shows: sentences, controls with their help and choices, tables, and what charts say."""

import json
from collections.abc import Iterator
from typing import Any

import pandas as pd
from streamlit.testing.v1 import AppTest

UNSEEN = {"id", "form_id", "key", "url", "icon", "data", "spec", "config", "columns", "query_string"}
"""Fields of Streamlit's messages that nobody reads; charts and tables are read on their own."""

UNREAD = {"bidi_component", "json", "plotly_chart"}
"""Elements whose messages hold code and data."""


def words(app: AppTest) -> list[str]:
    """All that somebody can read on the page as it is drawn, each once, in its order."""
    found = [said for node in app.main for said in _of(node)]
    return list(dict.fromkeys(said.strip() for said in found if any(map(str.isalpha, said))))


def _of(node: Any) -> Iterator[str]:
    proto = getattr(node, "proto", None)
    if proto is None:
        return
    if node.type == "plotly_chart":
        yield proto.alt if hasattr(proto, "alt") else ""
        yield from _strings(json.loads(proto.spec))
    elif node.type in ("arrow_data_frame", "arrow_table", "table", "dataframe"):
        yield from _table(node.value)
        yield from _strings(json.loads(getattr(proto, "columns", "") or "{}"))
    if hasattr(proto, "ListFields") and node.type not in UNREAD:
        yield from _message(proto)


def _message(proto: Any) -> Iterator[str]:
    for field, value in proto.ListFields():
        if field.name in UNSEEN:
            continue
        many = value if field.is_repeated else [value]
        if field.type == field.TYPE_STRING:
            yield from many
        elif field.type == field.TYPE_MESSAGE and not field.message_type.GetOptions().map_entry:
            for one in many:
                yield from _message(one)


def _strings(told: Any) -> Iterator[str]:
    """Texts of a chart or of a table's columns: titles, axes, names, notes, what a pointer shows."""
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict):
        for key, value in told.items():
            if key not in ("uid", "bdata", "template", "color", "type"):
                yield from _strings(value)
    elif isinstance(told, list):
        for value in told:
            yield from _strings(value)


def _table(table: pd.DataFrame) -> Iterator[str]:
    yield from (str(name) for name in [*table.columns, *table.index])
    for column in table:
        yield from (value for value in table[column] if isinstance(value, str))
