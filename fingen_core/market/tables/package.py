"""The parts of an Excel workbook: members of a zip archive that hold XML, unpacked and parsed within bounds."""

import io
import posixpath
import re
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from xml.parsers import expat

from fingen_core.errors import InvalidInput
from fingen_core.market.tables.kinds import refuse_archive
from fingen_core.market.tables.limits import MEGABYTE, refuse_cells, refuse_rows

__all__ = ["Attributes", "Package", "parse"]

Attributes = dict[str, str]
Start = Callable[[str, Attributes], Any]
End = Callable[[str], Any]
Text = Callable[[str], Any]

_MAX_PARTS = 10_000
_MAX_SMALL, _MAX_LARGE = 16 * MEGABYTE, 160 * MEGABYTE
_MAX_ALL = 192 * MEGABYTE
_MAX_ELEMENTS = 200_000
_MAX_TOKEN = MEGABYTE // 2
_CHUNK, _PIECE = 256 * 1024, 4 * 1024
_MAX_NAMES, _MAX_DEPTH = 2_000, 10_000
_ROW_ENDS, _VALUE_ENDS = re.compile(rb"</(?:\w+:)?row>"), re.compile(rb"</(?:\w+:)?[vt]>")
_NAMES = re.compile(rb"<[^<>\s/!?]+|\s[^<>\s=\"']+(?==[\"'])")
"""What the parser keeps in memory for each new one, in pieces of a sheet."""


class Package:
    """The parts of a workbook, by their names."""

    def __init__(self, data: bytes, name: str) -> None:
        self.name = name
        if data.count(b"PK\x01\x02") > _MAX_PARTS:
            raise InvalidInput(f"{name} has more than {_MAX_PARTS:,} parts: save it with fewer sheets and pictures")
        self._archive = zipfile.ZipFile(io.BytesIO(data))
        self._parts = {info.filename.lower(): info for info in self._archive.infolist()}
        refuse_archive([info.filename for info in self._archive.infolist()], name)

    def __contains__(self, part: str) -> bool:
        return part.lower() in self._parts

    def size(self, part: str) -> int:
        """Bytes of a part when it is unpacked."""
        return self._parts[part.lower()].file_size

    def chunks(self, part: str, most: int = _MAX_LARGE) -> Iterator[bytes]:
        """The bytes of a part, some at a time; its check sum is looked at when the last have been taken."""
        info = self._parts[part.lower()]
        if info.file_size > most:
            raise InvalidInput(
                f"{self.name} unpacks to {info.file_size / MEGABYTE:,.0f} MB, but at most {most // MEGABYTE} MB are "
                "read: leave assets or years out"
            )
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise zipfile.BadZipFile("no spreadsheet program packs like this")
        with self._archive.open(info) as member:
            while chunk := member.read(_CHUNK):
                yield chunk

    def check(self, *tables: str) -> None:
        """Unpack everything once: each part has a check sum, and damage to one leaves little trust in the others.

        Parts with tables are also looked through by the parser alone, which takes a tenth of the time of reading them:
        damage near their end, and too much of anything, are found before.
        """
        counted = {table.lower() for table in tables}
        if sum(info.file_size for info in self._parts.values()) > _MAX_ALL:
            raise InvalidInput(
                f"{self.name} unpacks to more than {_MAX_ALL // MEGABYTE} MB: leave sheets, pictures or years out"
            )
        for part in self._parts:
            if part in counted:
                parse(self._counted(part))
            else:
                deque(self.chunks(part), maxlen=0)

    def _counted(self, part: str) -> Iterator[bytes]:
        rows = values = 0
        names: set[bytes] = set()
        for chunk in self.chunks(part):
            rows += len(_ROW_ENDS.findall(chunk))
            values += len(_VALUE_ENDS.findall(chunk))
            refuse_rows(self.name, rows, "at least ")
            refuse_cells(self.name, values, "at least ")
            names.update(_NAMES.findall(_piece(chunk)))
            if len(names) > _MAX_NAMES:
                raise ValueError("more names of elements and attributes than a sheet can have")
            yield chunk

    def elements(self, part: str, *tags: str) -> list[tuple[str, Attributes]]:
        """Elements of these names of a small part, in the order in which they begin."""
        found: list[tuple[str, Attributes]] = []

        def start(tag: str, attributes: Attributes) -> None:
            if tag not in tags:
                return
            if len(found) >= _MAX_ELEMENTS:
                raise InvalidInput(f"{part} of {self.name} has more than {_MAX_ELEMENTS:,} elements: save it as CSV")
            found.append((tag, attributes))

        parse(self.chunks(part, _MAX_SMALL), start=start)
        return found

    def targets(self, part: str) -> dict[str, tuple[str, str]]:
        """What a part refers to inside the package: kind and name of the other part, by identity."""
        folder, file = posixpath.split(part)
        relations = f"{folder}/_rels/{file}.rels".lstrip("/")
        found = {}
        for _, attributes in self.elements(relations, "Relationship") if relations in self else ():
            if attributes.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, attributes["Target"])).lstrip("/")
                found[attributes["Id"]] = (attributes["Type"].rpartition("/")[2], target)
        return found


def parse(
    chunks: Iterable[bytes],
    start: Start | None = None,
    end: End | None = None,
    text: Text | None = None,
    *,
    whole: bool = True,
) -> None:
    """Parse XML; where its first element has a prefix, names come without one.

    Parameters
    ----------
    chunks : iterable of bytes
        The XML.
    start, end, text : callable, optional
        Told the beginning of elements with their attributes, their end, and text.
    whole : bool
        Whether the XML has to be there to its end.

    Raises
    ------
    ExpatError, ValueError
        If it is damaged, or declares a document type: what entities stand for may be larger than any bound.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    if start is not None:
        parser.StartElementHandler, parser.CharacterDataHandler = _first(parser, start, end), text
    fed = 0
    for chunk in _shallow(chunks):
        parser.Parse(chunk, False)
        fed += len(chunk)
        if fed - max(parser.CurrentByteIndex, 0) > _MAX_TOKEN:
            raise ValueError("a tag of half a megabyte")
    if whole:
        parser.Parse(b"", True)


def _shallow(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Chunks of XML of which no element lies deep: the parser keeps a hundred bytes and more for each open one."""
    depth = 0
    for chunk in chunks:
        depth = max(depth + chunk.count(b"<") - 2 * chunk.count(b"</") - chunk.count(b"/>"), 0)
        if depth > _MAX_DEPTH:
            raise ValueError("elements within elements within elements")
        yield chunk


def _first(parser: Any, start: Start, end: End | None) -> Start:
    """What the first element is told to: it decides whether names have to be freed of prefixes."""

    def first(tag: str, attributes: Attributes) -> None:
        begin, finish = _without_prefix(start, end) if ":" in tag else (start, end)
        parser.StartElementHandler, parser.EndElementHandler = begin, finish
        begin(tag, attributes)

    return first


def _without_prefix(start: Start, end: End | None) -> tuple[Start, End | None]:
    return (
        lambda tag, attributes: start(tag.rpartition(":")[2], attributes),
        None if end is None else lambda tag: end(tag.rpartition(":")[2]),
    )


def _refuse_doctype(*_: object) -> None:
    raise ValueError("a document type is declared")


def _piece(chunk: bytes) -> bytes:
    """A piece of a chunk, from a place that nobody can foresee who does not look for it."""
    start = zlib.crc32(chunk) % max(len(chunk) - _PIECE, 1)
    return chunk[start : start + _PIECE]
