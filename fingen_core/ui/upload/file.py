"""The way of a file on the Market page: given, read, asked about, looked at, and then a candidate for the market."""

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import PurePath
from typing import Any

import streamlit as st

from fingen_core.errors import InvalidInput
from fingen_core.market import Source, upload
from fingen_core.market.currencies import COMMON, quotation
from fingen_core.market.upload.answer import Answer, Reading
from fingen_core.market.upload.plausibility import plausible
from fingen_core.storage.records import MARKS
from fingen_core.ui.kit import show
from fingen_core.ui.kit.reading import read_once
from fingen_core.ui.upload import meaning, preview, question
from fingen_core.ui.upload.candidate import Candidate

__all__ = ["choose_file"]

KINDS = ["csv", "txt", "tsv", "parquet", "xlsx"]


def choose_file() -> Candidate | None:
    """Prices of a file that a person gives; ``None`` while there are none, or something has to be decided first."""
    place, top = st.columns([2, 1], gap="medium") if "market_upload" in st.session_state else (st, st)
    place.file_uploader(
        "A CSV, Parquet or Excel file with prices or returns",
        type=KINDS,
        key="market_file",
        on_change=_keep_file,
        max_upload_size=50,
        help="Wide (a date column, one column per asset) or long (a row per date and asset). It stays on this machine.",
    )
    if "market_upload" not in st.session_state:
        _example()
        return None
    name, data = st.session_state["market_upload"]
    try:
        return _candidate(name, data, top)
    except InvalidInput as problem:
        show.error(problem)
        return None


def _keep_file() -> None:
    """An uploader forgets its file when another page is opened; the session does not."""
    given = st.session_state.get("market_file")
    if given is None:
        st.session_state.pop("market_upload", None)
    else:
        st.session_state["market_upload"] = (given.name, given.getvalue())


def _example() -> None:
    st.caption("For instance, wide; or long, with one row per date and asset. Decimal commas and semicolons are fine.")
    st.code("Date,AAPL,MSFT\n2020-01-02,75.09,160.62\n2020-01-03,74.36,158.62", language=None)


def _candidate(name: str, data: bytes, top: Any) -> Candidate | None:
    digest = sha256(data).hexdigest()
    answer = _read_sheet(top, digest, name, data)
    number = question.ask(answer, digest[:12])
    if number is None:
        preview.first_rows(answer, digest[:12])
        return None
    # What hangs on the sheet and on the answer has its own widgets, so that none keeps the value of another.
    key = f"{digest[:12]}_{answer.sheet}_{number}"
    look, editor = st.container(), st.expander("What the columns mean", icon=":material/table_chart:")
    with editor:
        mapping = meaning.edit(answer, answer.readings[number].mapping, key)
    reading = _as_mapped(answer, number, mapping, digest)
    currency = _currency(top, answer, key) if mapping.values == "prices" else ""
    with look:
        preview.show_plausible(plausible(answer, reading), key)
    return Candidate(
        f"upload:{digest}:{answer.sheet}:{mapping}",
        reading.values,
        _stem(name),
        _source(answer, reading, currency),
        reading.faults,
        mapping.kind,
    )


# -- reading, once for each file, sheet and meaning ------------------------------------------------------------------


def _read_sheet(top: Any, digest: str, name: str, data: bytes) -> Answer:
    """What the file says; of a workbook with several sheets, the one that was chosen."""
    key, known = f"market_sheet_{digest[:12]}", f"market_sheets_{digest[:12]}"
    sheet, problem = str(st.session_state.get(key) or ""), None
    try:
        answer = read_once(
            ("prices", digest, name, sheet),
            name,
            len(data),
            lambda tell: upload.understand(data, name, sheet=sheet, progress=tell),
        )
        st.session_state[known] = answer.sheets
    except InvalidInput as refused:  # another sheet may be chosen all the same
        answer, problem = None, refused
    _choose_sheet(top, st.session_state.get(known, ()), answer, key)
    if answer is None:
        raise problem or InvalidInput(f"{name} cannot be read")
    return answer


def _choose_sheet(top: Any, sheets: tuple[str, ...], answer: Answer | None, key: str) -> None:
    """Which sheet was read; a choice where there are several."""
    if len(sheets) > 1:
        shown = answer.sheet if answer is not None else sheets[0]
        top.selectbox("Sheet", sheets, index=sheets.index(shown), key=key, persist_state="session")
    elif answer is not None and answer.sheet:
        top.caption(f"Sheet: {show.plain(answer.sheet)}")


def _as_mapped(answer: Answer, number: int, mapping: upload.Mapping, digest: str) -> Reading:
    """The chosen reading, or the file read again by what a person says its columns mean."""
    if mapping == answer.readings[number].mapping:
        return answer.readings[number]
    key = ("prices by meaning", digest, answer.name, answer.sheet, mapping)
    size = int(answer.table.memory_usage().sum())
    return read_once(key, answer.name, size, lambda _: upload.reread(answer.table, mapping, answer.name))


# -- what the file does not say --------------------------------------------------------------------------------------


def _currency(top: Any, answer: Answer, key: str) -> str:
    """What the prices of the file are quoted in; empty while nobody says so. ``InvalidInput`` for what is none."""
    guessed = upload.guess_currency(answer.table)
    codes = list(dict.fromkeys(code for code in (guessed, *COMMON) if code))
    picked = top.selectbox(
        "Prices are in",
        codes,
        index=0 if guessed else None,
        placeholder="Currency not known",
        accept_new_options=True,
        key=f"market_currency_{key}",
        persist_state="session",
        help="The currency of all prices in the file: choose, or type three letters; GBp is pence. Quantities of "
        "holdings are valued in it. While it is not known, they are taken to be in the currency of the portfolio, and "
        "the editor says so.",
    )
    return quotation(picked or "")


def _source(answer: Answer, reading: Reading, currency: str) -> Source:
    return Source(
        kind="upload",
        detail=f"{answer.name}, sheet {answer.sheet}" if answer.sheet else answer.name,
        retrieved=datetime.now(UTC).date().isoformat(),
        note=upload.note_of(reading.mapping),
        currencies=dict.fromkeys(map(str, reading.values.columns), currency) if currency else {},
        indexed=reading.mapping.values != "prices",
    )


def _stem(name: str) -> str:
    return PurePath(name).stem.translate(dict.fromkeys(map(ord, MARKS), " ")).strip() or "Upload"
