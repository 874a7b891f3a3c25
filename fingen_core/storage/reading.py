"""Reading what another version, another program or a failing disk may have changed: it is read, or refused by name."""

import contextlib
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fingen_core.errors import Unreadable

__all__ = ["BROKEN", "numbers", "read_object", "reason", "unreadable", "well_typed"]

BROKEN = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    NotImplementedError,
    EOFError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)
"""What reading a file ends in that is missing, cut, of another kind or written by somebody else."""


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in a file.

    Raises
    ------
    Unreadable
        If there is no such file, or something else in it; says which.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except BROKEN as error:
        raise Unreadable(f"{path.name} {reason(error)}") from error
    if not isinstance(value, dict):
        raise Unreadable(f"{path.name} holds a JSON {type(value).__name__}, not names and values")
    return value


def reason(error: BaseException) -> str:
    """Why something could not be read, to stand behind its name."""
    match error:
        case FileNotFoundError():
            return "is missing"
        case OSError():
            return f"cannot be opened ({error.strerror or error})"
        case UnicodeDecodeError():
            return "holds bytes that are no text"
        case json.JSONDecodeError() | RecursionError():
            return "is cut off or no JSON"
        case KeyError():
            return f"lacks {error.args[0] if error.args else 'a value'}"
        case _:
            return f"holds something else than was written ({str(error)[:120] or type(error).__name__})"


@contextlib.contextmanager
def unreadable(what: str, remedy: str) -> Iterator[None]:
    """Whatever reading ends in becomes one sentence: what, why, and what to do.

    Raises
    ------
    Unreadable
    """
    try:
        yield
    except Unreadable as error:
        raise Unreadable(f"{what} cannot be read: {error}; {remedy}") from error
    except BROKEN as error:
        raise Unreadable(f"{what} cannot be read: a file of it {reason(error)}; {remedy}") from error


def well_typed(found: Mapping[str, Any], kinds: Mapping[str, type | tuple[type, ...]]) -> dict[str, Any]:
    """Those of ``found`` that ``kinds`` names and that are of that kind; a yes or no never passes for a number."""
    return {
        name: found[name]
        for name, kind in kinds.items()
        if name in found and isinstance(found[name], kind) and (kind is bool or not isinstance(found[name], bool))
    }


def numbers(found: Any) -> dict[str, float]:
    """Those values of a mapping that are numbers, by their names; of anything else nothing."""
    if not isinstance(found, Mapping):
        return {}
    return {
        str(name): float(value)
        for name, value in found.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
