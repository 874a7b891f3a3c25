"""Ways to damage a file: a function of its bytes and of a source of randomness each."""

import io
import random
import re
import struct
import zipfile
from collections.abc import Callable

__all__ = ["ANYHOW", "DAMAGES", "EXTREMES", "LARGE"]

Draw = random.Random

EXTREMES = (
    "", " ", "-1", "0", "1e308", "1e999", "-1e999", "nan", "inf", "9" * 400, "99999999999", "0x1F", "1_000", "٣", "½",
    "#REF!", "=1+1", "TRUE", "null", "A" * 5_000, "\u2028", "\ufeff", "\U0001f600", "2020-13-45", "0000-00-00",
    "9999-12-31", "10000-01-01", "0001-01-01", "1899-12-30", "31/02/2020", "20201301", "12:34", "2020-01-01T25:00",
    "2020-01-01 00:00:00+99:00", "(5)", "5 %", "--", "'", '"', '""', ";", ",", "\t", "1,2,3", "1.2.3", "1.234,5.6",
)  # fmt: skip
"""What may stand in a cell, an attribute or a name."""


def _bits(data: bytes, draw: Draw) -> bytes:
    found = bytearray(data)
    for _ in range(draw.choice([1, 1, 3, 20, 200])):
        found[draw.randrange(len(found))] ^= 1 << draw.randrange(8)
    return bytes(found)


def _cut(data: bytes, draw: Draw) -> bytes:
    return data[: draw.randrange(len(data))]


def _behead(data: bytes, draw: Draw) -> bytes:
    return data[draw.randrange(len(data)) :]


def _splice(data: bytes, draw: Draw) -> bytes:
    """A piece of the file over or into another place of it."""
    start, place = draw.randrange(len(data)), draw.randrange(len(data))
    piece = data[start : start + draw.randrange(1, 2_000)]
    return data[:place] + piece + data[place + draw.choice([0, len(piece)]) :]


def _noise(data: bytes, draw: Draw) -> bytes:
    place = draw.randrange(len(data))
    return data[:place] + draw.randbytes(draw.randrange(1, 500)) + data[place + draw.choice([0, 100]) :]


def _zeros(data: bytes, draw: Draw) -> bytes:
    place, length = draw.randrange(len(data)), draw.randrange(1, 1_000)
    return data[:place] + b"\0" * length + data[place + length :]


def _all_noise(data: bytes, draw: Draw) -> bytes:
    head = draw.choice([b"", data[:4], data[:64], b"PAR1", b"PK\x03\x04", b"\xef\xbb\xbf", b"\xff\xfe", b"Date,A\n"])
    tail = draw.choice([b"", data[-8:], b"PAR1", data[-64:]])
    return head + draw.randbytes(draw.randrange(3_000)) + tail


def _end(data: bytes, draw: Draw) -> bytes:
    """Numbers near the end, where archives and Parquet files have what leads to everything else."""
    found = bytearray(data)
    for _ in range(draw.randint(1, 6)):
        place = max(len(found) - draw.randrange(1, 1_500), 0)
        found[place : place + 4] = struct.pack("<I", draw.choice([0, 1, 2**31 - 1, 2**32 - 1, draw.getrandbits(32)]))
    return bytes(found)


def _text(data: bytes, draw: Draw) -> bytes:
    """Cells of a text file replaced, lines doubled, joined or dropped."""
    lines = data.split(b"\n")
    for _ in range(draw.randint(1, 5)):
        place = draw.randrange(len(lines))
        parts = re.split(rb"([,;\t|])", lines[place])
        parts[draw.randrange(len(parts))] = draw.choice(EXTREMES).encode()
        lines[place : place + draw.choice([0, 1, 1, 1, 2])] = [b"".join(parts)] * draw.choice([1, 1, 1, 2])
    return b"\n".join(lines)


def _parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _packed(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return file.getvalue()


def _part(data: bytes, draw: Draw) -> bytes:
    """One part of a workbook dropped, swapped with another, or damaged within a whole archive."""
    parts = _parts(data)
    name, other = draw.choice(list(parts)), draw.choice(list(parts))
    way = draw.choice(["drop", "swap", "rename", "empty", "bytes", "bytes", "bytes"])
    if way == "drop":
        del parts[name]
    elif way == "rename":
        parts[draw.choice([" ", "/", "../x", name.upper(), "x" * 300])] = parts.pop(name)
    elif way == "bytes":
        parts[name] = draw.choice([_bits, _cut, _splice, _noise, _zeros])(parts[name] or b" ", draw)
    else:
        parts[name] = parts[other] if way == "swap" else b""
    return _packed(parts)


_TAG = re.compile(rb"<[^<>]+>")
_VALUE = re.compile(rb'"[^"<>]*"|>[^<>]+<')


def _xml(data: bytes, draw: Draw) -> bytes:
    """Tags, attributes and texts of the XML of a workbook changed."""
    parts = _parts(data)
    name = draw.choice([name for name in parts if name.endswith((".xml", ".rels"))])
    for _ in range(draw.randint(1, 4)):
        parts[name] = _edited(parts[name], draw)
    return _packed(parts)


def _edited(xml: bytes, draw: Draw) -> bytes:
    found = list((_VALUE if draw.random() < 0.6 else _TAG).finditer(xml))
    if not found:
        return xml
    hit = draw.choice(found)
    old = hit.group()
    extreme = draw.choice(EXTREMES).replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;").encode()
    new = (
        old[:1] + extreme + old[-1:]
        if old[:1] in b'">'
        else draw.choice([b"", old * 2, old + b"<a>", b"<!---->" + old])
    )
    if draw.random() < 0.05:
        new = b'<!DOCTYPE a [<!ENTITY b "c">]>' + new
    return xml[: hit.start()] + new + xml[hit.end() :]


def _header(data: bytes, draw: Draw) -> bytes:
    """Numbers of a zip archive's own records: sizes, methods, flags, offsets."""
    places = [hit.start() for hit in re.finditer(rb"PK[\x01\x03\x05][\x02\x04\x06]", data)]
    found = bytearray(data)
    for _ in range(draw.randint(1, 3)):
        place = draw.choice(places) + draw.randrange(4, 46)
        size = draw.choice([1, 2, 4])
        found[place : place + size] = draw.choice([b"\0", b"\xff", b"\x01", draw.randbytes(1)]) * size
    return bytes(found[: len(data)])


def _bomb(data: bytes, draw: Draw) -> bytes:
    """A part that unpacks to much more than it takes."""
    parts = _parts(data)
    name = draw.choice(list(parts))
    body = draw.choice([b"\0", b" ", b"<a/>", b"<a>", b"<row><c><v>1</v></c></row>", b"<si><t>ab</t></si>"])
    parts[name] = parts[name][: draw.randrange(len(parts[name]) + 1)] + body * (
        draw.choice([1, 20, 40]) * 2**20 // len(body)
    )
    return _packed(parts)


def _swelled(data: bytes, draw: Draw) -> bytes:
    """A text of megabytes: one line, one cell, an open quote, separators only."""
    body = draw.choice(
        [b",", b"a,", b"1;2\n", b'"', b"\n", b"\r", b"\t\n", b"9", b"2020-01-01,1\n", b'"a\n', b"\xff", b"|;,\t"]
    )
    place = draw.randrange(len(data))
    return data[:place] + body * (draw.choice([1, 8, 30]) * 2**20 // len(body)) + data[place:]


Way = Callable[[bytes, Draw], bytes]
ANYHOW: tuple[Way, ...] = (_bits, _bits, _cut, _behead, _splice, _noise, _zeros, _all_noise, _end)
"""Ways to damage any file."""
DAMAGES: dict[str, tuple[Way, ...]] = {
    "csv": (*ANYHOW, _text, _text, _text, _text),
    "xlsx": (*ANYHOW, _part, _part, _xml, _xml, _xml, _xml, _header, _header),
    "parquet": (*ANYHOW, _end, _end, _end),
}
"""Ways to damage a file of a form; those that it makes sense to try more often stand there twice."""
LARGE: dict[str, tuple[Way, ...]] = {"csv": (_swelled,), "xlsx": (_bomb,), "parquet": ()}
"""Damage that makes a file of megabytes."""
