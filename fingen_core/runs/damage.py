"""Folders of runs, validations and sweeps that cannot be read any more."""

from collections.abc import Callable

from fingen_core.errors import Unreadable
from fingen_core.runs.folder import RunFolder
from fingen_core.storage import Damaged

__all__ = ["damage_of"]


def damage_of(folder: RunFolder, read: Callable[[], object]) -> list[Damaged]:
    """What is told about a folder whose reading is refused; nothing about one that can be read."""
    try:
        read()
    except Unreadable as problem:
        return [Damaged(noun=folder.noun, name=folder.name(), path=folder.path, why=str(problem))]
    return []
