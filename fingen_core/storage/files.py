"""Files that are either complete or not there."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from fingen_core.errors import NotWritten

__all__ = ["write_atomically", "write_text"]


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` fill a temporary file beside ``path``, then put it in place in one step.

    Raises
    ------
    NotWritten
        If the disk is full or does not let it be written; what was there before is still there.
    """
    try:
        _write(path, write)
    except OSError as error:
        raise NotWritten(path, error) from error


def _write(path: Path, write: Callable[[Path], object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    os.close(handle)
    part = Path(name)
    try:
        write(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """``write_atomically`` for text."""
    write_atomically(path, lambda part: part.write_text(text, encoding="utf-8"))
