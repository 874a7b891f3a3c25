"""Files on this machine, taken only as far as their size allows."""

from pathlib import Path
from typing import BinaryIO

from fingen_core.errors import InvalidInput
from fingen_core.market.tables.limits import MAX_BYTES, MEGABYTE, damage

__all__ = ["bytes_of", "refuse_bytes"]


def bytes_of(file: Path | BinaryIO, name: str = "") -> bytes:
    """The content of a file or of what is piped in.

    Raises
    ------
    InvalidInput
        If it cannot be opened, or is larger than anything that is read; no more of it is taken then.
    """
    name = name or (file.name if isinstance(file, Path) else "the input")
    with damage(f"{name} cannot be opened: look whether it is there and may be read"):
        if isinstance(file, Path):
            with file.open("rb") as stream:
                data = stream.read(MAX_BYTES + 1)
                size = file.stat().st_size
        else:
            data = file.read(MAX_BYTES + 1)
            size = len(data)
    refuse_bytes(max(size, len(data)), name)
    return data


def refuse_bytes(size: int, name: str, remedy: str = "leave assets or years out") -> None:
    """Refuse a file of so many bytes if that is too much."""
    if size > MAX_BYTES:
        raise InvalidInput(
            f"{name} has {size / MEGABYTE:,.0f} MB, but at most {MAX_BYTES // MEGABYTE} MB are read: {remedy}"
        )
