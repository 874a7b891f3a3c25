"""What kind of file some bytes are, told by the content and never by the name."""

import re
from typing import Literal, TypeAlias

from fingen_core.errors import InvalidInput

__all__ = ["Kind", "kind_of", "refuse_archive"]

Kind: TypeAlias = Literal["parquet", "zip", "text"]

_AS = "save it as .xlsx or CSV"
_SIGNS: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "a PDF", "export the table itself as CSV or Excel (.xlsx)"),
    (b"\x1f\x8b", "a compressed one (gzip)", "unpack it and choose the file inside"),
    (b"BZh", "a compressed one (bzip2)", "unpack it and choose the file inside"),
    (b"\xfd7zXZ\x00", "a compressed one (xz)", "unpack it and choose the file inside"),
    (b"\x28\xb5\x2f\xfd", "a compressed one (zstandard)", "unpack it and choose the file inside"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it and choose the file inside"),
    (b"Rar!\x1a\x07", "a RAR archive", "unpack it and choose the file inside"),
    (b"PARE", "an encrypted Parquet file", "save it without encryption"),
    (b"ARROW1", "an Arrow or Feather file", "save it as Parquet or CSV"),
    (b"FEA1", "a Feather file", "save it as Parquet or CSV"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "save the table as Parquet or CSV"),
    (b"\x93NUMPY", "a NumPy file", "save the table as Parquet or CSV"),
    (b"SQLite format 3", "a database (SQLite)", "export the table as CSV"),
    (b"Obj\x01", "an Avro file", "save it as Parquet or CSV"),
    (b"ORC", "an ORC file", "save it as Parquet or CSV"),
    (b"MATLAB 5.0", "a MATLAB file", "save the table as CSV"),
    (b"<stata_dta>", "a Stata file", "save the table as CSV"),
    (b"$FL2", "an SPSS file", "save the table as CSV"),
    (b"{\\rtf", "a text document (RTF)", "save the table as .xlsx or CSV"),
    (b"ID;P", "a SYLK file", _AS),
    (b"\x09\x08\x10\x00", "an Excel file of an old form (.xls)", _AS),
    (b"\x09\x04\x06\x00", "an Excel file of an old form (.xls)", _AS),
    (b"\x89PNG", "a picture", "choose the file that holds the numbers"),
    (b"\xff\xd8\xff", "a picture", "choose the file that holds the numbers"),
    (b"GIF8", "a picture", "choose the file that holds the numbers"),
)
_PARTS: tuple[tuple[str, str, str], ...] = (
    ("xl/workbook.bin", "an Excel file of the binary form (.xlsb)", _AS),
    ("content.xml", "an OpenDocument file (.ods)", _AS),
    (".iwa", "an Apple Numbers file", "export it as Excel (.xlsx) or CSV"),
    ("index.apxl", "an Apple file", "export it as Excel (.xlsx) or CSV"),
    ("word/document.xml", "a Word file", "put the table into .xlsx or CSV"),
    ("ppt/presentation.xml", "a PowerPoint file", "put the table into .xlsx or CSV"),
)
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PASSWORD = "EncryptedPackage".encode("utf-16-le")
_OLD_BOOK = ("Workbook".encode("utf-16-le"), "Book\0".encode("utf-16-le"))
_PAGE = re.compile(rb"<(!doctype\s+html|html|head|body|table|div|script)\b", re.IGNORECASE)
_JSON = re.compile(rb'\{\s*("|\})|\[\s*([{\["]|\])')


def kind_of(data: bytes, name: str) -> Kind:
    """The kind of a file that can be read.

    Raises
    ------
    InvalidInput
        If it is of a kind that is known and not read: with its name and what to do.
    """
    if data[:4] == b"PAR1":
        return "parquet"
    if data[:4] == b"PK\x03\x04":
        return "zip"
    if data[:4] in (b"PK\x05\x06", b"PK\x07\x08"):
        _refuse(name, "an archive (.zip)", "unpack it and choose the file inside")
    _refuse_compound(data, name)
    for sign, what, remedy in _SIGNS:
        if data.startswith(sign):
            _refuse(name, what, remedy)
    _refuse_markup(data, name)
    return "text"


def refuse_archive(parts: list[str], name: str) -> None:
    """Refuse an archive that is no Excel workbook, by the names of its parts."""
    for part, what, remedy in _PARTS:
        if any(found.endswith(part) for found in parts):
            _refuse(name, what, remedy)
    if "[Content_Types].xml" not in parts:
        _refuse(name, "an archive (.zip)", "unpack it and choose the file inside")


def _refuse(name: str, what: str, remedy: str) -> None:
    raise InvalidInput(f"{name} is no CSV, Parquet or Excel (.xlsx) file but {what}: {remedy}")


def _refuse_compound(data: bytes, name: str) -> None:
    """Old Office files and protected new ones share an envelope."""
    if not data.startswith(_COMPOUND):
        return
    if _PASSWORD in data:
        raise InvalidInput(f"{name} is protected by a password: save it without one")
    if any(sign in data for sign in _OLD_BOOK):
        _refuse(name, "an Excel file of an old form (.xls)", _AS)
    _refuse(name, "an Office file of an old form", _AS)


def _refuse_markup(data: bytes, name: str) -> None:
    head = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if b"urn:schemas-microsoft-com:office:spreadsheet" in head:
        _refuse(name, "an Excel file of an old form (XML)", _AS)
    if head.startswith(b"<") and _PAGE.search(head):
        _refuse(name, "a web page", "save the table itself as CSV or Excel (.xlsx)")
    if head.startswith((b"<?xml", b"<!--")) or (head.startswith(b"<") and b"</" in head):
        _refuse(name, "an XML file", _AS)
    if _JSON.match(head):
        _refuse(name, "a JSON file", "save it as a table, CSV for instance")
