"""What the columns of a file mean, found by the reader and open to change."""

from dataclasses import replace
from typing import Any, Literal

import streamlit as st

from fingen_core.market import upload
from fingen_core.market.parsing import DATE_FORMS
from fingen_core.market.upload.answer import Answer
from fingen_core.storage.records import LONGEST_NAME, refuse_marks
from fingen_core.ui.upload.preview import first_rows

__all__ = ["edit"]

_CHOICES: list[tuple[Any, bool]] = [
    (kind, percent) for kind in upload.VALUES for percent in ((False,) if kind == "prices" else (False, True))
]
"""What values can be, and whether in percent."""


def edit(answer: Answer, found: upload.Mapping, key: str) -> upload.Mapping:
    """The first rows of the file beside what its columns mean."""
    rows, meaning = st.columns([1.2, 1], gap="medium")
    with rows:
        first_rows(answer, key)
    with meaning:
        return _meaning(answer, found, key)


def _meaning(answer: Answer, found: upload.Mapping, key: str) -> upload.Mapping:
    columns = list(answer.table.columns)
    left, right = st.columns(2)
    layout: Literal["wide", "long"] = left.selectbox(
        "Layout",
        ["wide", "long"],
        index=["wide", "long"].index(found.layout),
        format_func={"wide": "One column per asset", "long": "One row per asset and date"}.__getitem__,
        key=f"market_layout_{key}",
    )
    values = right.selectbox(
        "Values are",
        _CHOICES,
        index=_CHOICES.index((found.values, found.percent)),
        format_func=lambda choice: f"{choice[0]}, in percent" if choice[1] else choice[0],
        key=f"market_values_{key}",
    )
    day = left.selectbox("Dates in", columns, index=columns.index(found.date), key=f"market_date_{key}")
    labels = {form.pattern: form.label for form in DATE_FORMS}
    patterns = list(dict.fromkeys([*labels, found.date_pattern]))
    form = right.selectbox(
        "written like",
        patterns,
        index=patterns.index(found.date_pattern),
        format_func=lambda pattern: labels.get(pattern, pattern),
        key=f"market_form_{key}",
    )
    decimal = left.selectbox(
        "Numbers are written",
        [".", ","],
        index=[".", ","].index(found.decimal),
        format_func={".": "1,234.5", ",": "1.234,5"}.__getitem__,
        key=f"market_decimal_{key}",
        help="The decimal mark; matters where the file holds numbers as text, as CSV does.",
    )
    mapping = replace(
        found, layout=layout, date=day, date_pattern=form, values=values[0], percent=values[1], decimal=decimal
    )
    others = [column for column in columns if column != day]
    return _wide(mapping, others, key, answer.name) if layout == "wide" else _long(mapping, others, key)


def _wide(mapping: upload.Mapping, others: list[str], key: str, file: str) -> upload.Mapping:
    chosen = st.multiselect(
        "Assets",
        others,
        default=[column for column in mapping.columns if column in others],
        key=f"market_columns_{key}",
    )
    mapping = replace(mapping, columns=tuple(chosen), ticker="")
    return mapping if len(chosen) != 1 else _named(mapping, chosen[0], key, file)


def _named(mapping: upload.Mapping, column: str, key: str, file: str) -> upload.Mapping:
    """The one asset of a file, which often says nothing of it, by the name that a person gives."""
    found = upload.asset_names(mapping, file)[column]
    typed = st.text_input(
        "Name of the asset",
        found,
        max_chars=LONGEST_NAME,
        key=f"market_asset_{key}_{column}",
        help="The file has one series. A ticker such as AAPL lets FinGen find its sector, statements and holdings.",
    ).strip()
    if not typed or typed == found:
        return mapping
    refuse_marks(typed, "series")
    return replace(mapping, names=((column, typed), *(pair for pair in mapping.names if pair[0] != column)))


def _long(mapping: upload.Mapping, others: list[str], key: str) -> upload.Mapping:
    left, right = st.columns(2)
    ticker = left.selectbox(
        "Assets named in",
        others,
        index=others.index(mapping.ticker) if mapping.ticker in others else 0,
        key=f"market_ticker_{key}",
    )
    value = right.selectbox(
        "Values in",
        others,
        index=others.index(mapping.columns[0]) if mapping.columns[0] in others else len(others) - 1,
        key=f"market_value_{key}",
    )
    return replace(mapping, ticker=ticker, columns=(value,))
