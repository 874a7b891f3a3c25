"""Files of the kinds that have ended in a traceback before, made anew."""

import io
import zipfile
from collections.abc import Callable

import pandas as pd

from tests.workbook_support import as_excel, packed, prices, workbook

CELL = '<c r="A1"><v>1</v></c><c r="B1"><v>2</v></c>'


def parquet(frame: pd.DataFrame, **how: object) -> bytes:
    """A table as Parquet."""
    file = io.BytesIO()
    frame.to_parquet(file, **how)  # type: ignore[call-overload]
    return file.getvalue()


def with_part(part: str, change: Callable[[bytes], bytes]) -> bytes:
    """A healthy workbook of which one part was changed before it was packed."""
    archive = zipfile.ZipFile(io.BytesIO(as_excel(Prices=prices())))
    parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = change(archive.read(part))
    return packed(parts)


def flipped() -> bytes:
    """A workbook in which bits of a part that no table needs were turned."""
    data = bytearray(as_excel(Prices=prices()))
    place = zipfile.ZipFile(io.BytesIO(data)).getinfo("xl/theme/theme1.xml").header_offset
    for step in range(200, 260, 20):
        data[place + step] ^= 0x10
    return bytes(data)


def _of_lists() -> bytes:
    return parquet(pd.DataFrame({"Date": ["2020-01-01", "2020-01-02"], "AAA": [[1.0], [2.0, 3.0]]}))


def _of_bytes() -> bytes:
    return parquet(pd.DataFrame({"Date": [b"2020-01-01", b"2020-01-02"], "AAA": [1.0, 2.0]}))


def _year_one() -> bytes:
    table = prices(320).reset_index()
    days = [f"{1 + number // 200:04d}-01-{number % 28 + 1:02d}" for number in range(len(table))]
    return table.assign(Date=days).to_csv(index=False).encode()


def _years_to_come() -> bytes:
    return prices(320).set_axis(pd.bdate_range("2091-01-01", periods=320)).to_csv().encode()


DAMAGED: dict[str, tuple[str, Callable[[], bytes]]] = {
    "sheet cut": ("p.xlsx", lambda: with_part("xl/worksheets/sheet1.xml", lambda xml: xml[: len(xml) // 2])),
    "workbook is no XML": ("p.xlsx", lambda: with_part("xl/workbook.xml", lambda _: b"this is not XML")),
    "bits flipped": ("p.xlsx", flipped),
    "no workbook": ("p.xlsx", lambda: workbook(CELL, book=None)),
    "cut": ("p.xlsx", lambda: as_excel(Prices=prices())[:3_000]),
    "cells of lists": ("p.parquet", _of_lists),
    "dates of bytes": ("p.parquet", _of_bytes),
    "parquet cut": ("p.parquet", lambda: parquet(prices())[:-100]),
    "year one": ("p.csv", _year_one),
    "years to come": (
        "p.csv",
        lambda: prices(320).set_axis(pd.bdate_range("2091-01-01", periods=320)).to_csv().encode(),
    ),
    "open quote": ("p.csv", lambda: b'Date,AAA\n2020-01-01,"1\n' + b"2020-01-02,2\n" * 300),
    "nothing but marks": ("p.csv", lambda: b",,,\n" * 300),
    "password": ("p.xlsx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")),
    "a picture": ("p.csv", lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20),
}
"""By what is wrong: a name and what makes the file."""
