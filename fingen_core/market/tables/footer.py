"""What a Parquet file says about itself, read before anything else believes it.

The library that reads the cells ends the whole process on some footers that contradict themselves, and unpacks pages
however large they are: so the footer and the heads of the pages, which are in Thrift's compact protocol, are looked
through first.
"""

from fingen_core.errors import InvalidInput
from fingen_core.market.tables.limits import MEGABYTE, refuse_cells, refuse_columns, refuse_rows

__all__ = ["check_footer"]

_MAX_PLAIN = 128 * MEGABYTE
_MAX_FACTS = 1_000_000
_MAX_DEPTH = 24
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)

Struct = dict[int, "Value"]
Value = int | list["Value"] | Struct | None


def check_footer(data: bytes, name: str) -> None:
    """Refuse a Parquet file that contradicts itself, is nested deeply, or unpacks to too much.

    Raises
    ------
    InvalidInput
        If there is too much of something.
    ValueError, IndexError, KeyError, TypeError
        If it is damaged.
    """
    if data[-4:] == b"PARE":
        raise InvalidInput(f"{name} is encrypted: save it without encryption")
    length = int.from_bytes(data[-8:-4], "little")
    if data[-4:] != b"PAR1" or length > len(data) - 12:
        raise ValueError("the file has no end")
    facts = _Facts(data, name)
    footer = facts.struct(len(data) - 8 - length)
    columns = _columns(_list(footer[2]))
    refuse_columns(name, columns)
    groups = [_struct(group) for group in _list(footer[4])]
    rows = max(_int(footer[3]), sum(_int(group[3]) for group in groups))
    if rows <= 0:
        raise InvalidInput(f"{name} has column names but no rows: export it again with its values")
    refuse_rows(name, rows)
    refuse_cells(name, rows * columns)
    _refuse_plain(sum(_plain(group, columns, facts) for group in groups), name)


def _columns(schema: list[Value]) -> int:
    """The number of columns of a tree that is written as a list, each branch before its own branches."""
    open_: list[int] = []
    leaves = 0
    for element in map(_struct, schema):
        children = _int(element.get(5, 0))
        leaves += not children
        if open_:
            open_[-1] -= 1
        if children:
            open_.append(children)
        while open_ and open_[-1] == 0:
            open_.pop()
        if children < 0 or len(open_) > _MAX_DEPTH:
            raise ValueError("columns within columns")
    if open_ or not leaves:
        raise ValueError("columns that are announced are missing")
    return leaves


def _plain(group: Struct, columns: int, facts: "_Facts") -> int:
    """Bytes of a group of rows when its pages are unpacked, as the pages themselves say."""
    chunks = [_struct(chunk) for chunk in _list(group[1])]
    if len(chunks) != columns:
        raise ValueError("a group of rows has other columns than the table")
    total = 0
    for chunk in chunks:
        about = _struct(chunk[3])
        first = min(_int(about[9]), _int(about.get(11)) or _int(about[9]))
        total += facts.pages(first, first + _int(about[7]))
        _refuse_plain(total, facts.name)
    return total


def _refuse_plain(size: int, name: str) -> None:
    if size > _MAX_PLAIN:
        raise InvalidInput(
            f"{name} unpacks to more than {_MAX_PLAIN // MEGABYTE} MB: leave assets, years or columns of text out"
        )


def _int(value: Value) -> int:
    if value is None:
        return 0
    if not isinstance(value, int):
        raise TypeError("no number where one is needed")
    return value


def _list(value: Value) -> list[Value]:
    if not isinstance(value, list):
        raise TypeError("no list where one is needed")
    return value


def _struct(value: Value) -> Struct:
    if not isinstance(value, dict):
        raise TypeError("no structure where one is needed")
    return value


class _Facts:
    """Structures of Thrift's compact protocol: numbers, lists and structures by field; texts as ``None``."""

    def __init__(self, data: bytes, name: str) -> None:
        self.name = name
        self._data = data
        self._place = self._read = 0

    def struct(self, place: int) -> Struct:
        """The structure that begins at a place of the file."""
        if place < 0:
            raise ValueError("a place before the file")
        self._place = place
        return self._struct(0)

    def pages(self, place: int, end: int) -> int:
        """Bytes of all pages between two places when they are unpacked."""
        if not 0 < place <= end <= len(self._data):
            raise ValueError("pages outside the file")
        total = 0
        while place < end:
            head = self.struct(place)
            unpacked, packed = _int(head[2]), _int(head[3])
            if min(unpacked, packed) < 0:
                raise ValueError("a page of less than nothing")
            total += unpacked
            place = self._place + packed
        return total

    def _struct(self, depth: int) -> Struct:
        found: Struct = {}
        field = 0
        while head := self._byte():
            field = field + (head >> 4) if head >> 4 else self._signed()
            found[field] = self._value(head & 15, depth + 1)
        return found

    def _value(self, kind: int, depth: int) -> Value:
        self._read += 1
        if self._read > _MAX_FACTS or depth > _MAX_DEPTH:
            raise InvalidInput(f"{self.name} is cut into too many pieces: save it with fewer, larger row groups")
        if kind in (_TRUE, _FALSE):
            return int(kind == _TRUE)
        if kind in (_I16, _I32, _I64):
            return self._signed()
        if kind in (_BYTE, _DOUBLE, _BINARY):
            length = {_BYTE: 1, _DOUBLE: 8}.get(kind) or self._unsigned()
            self._place += length
            return None
        if kind in (_LIST, _SET):
            return self._list(depth)
        if kind == _STRUCT:
            return self._struct(depth)
        self._skip_map(depth)
        return None

    def _list(self, depth: int) -> list[Value]:
        head = self._byte()
        size = self._unsigned() if head >> 4 == 15 else head >> 4
        kind = head & 15
        # In a list, a truth value takes a byte of its own.
        return [self._value(_BYTE if kind in (_TRUE, _FALSE) else kind, depth + 1) for _ in range(size)]

    def _skip_map(self, depth: int) -> None:
        size = self._unsigned()
        kinds = self._byte() if size else 0
        for _ in range(size):
            self._value(kinds >> 4, depth + 1)
            self._value(kinds & 15, depth + 1)

    def _byte(self) -> int:
        self._place += 1
        return self._data[self._place - 1]

    def _unsigned(self) -> int:
        number = shift = 0
        while (byte := self._byte()) & 128:
            number |= (byte & 127) << shift
            shift += 7
            if shift > 63:
                raise ValueError("a number of more than 64 bits")
        return number | byte << shift

    def _signed(self) -> int:
        number = self._unsigned()
        return (number >> 1) ^ -(number & 1)
