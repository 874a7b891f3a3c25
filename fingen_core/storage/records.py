"""Named records in a folder: one JSON file each, complete or not there; deleting can be undone."""

import contextlib
import json
import re
import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

from fingen_core.errors import FinGenError, InvalidInput, NotFound, Unreadable
from fingen_core.storage import BROKEN, Damaged, read_object, unreadable, well_typed
from fingen_core.storage.files import write_atomically, write_text

__all__ = ["LONGEST_NAME", "MARKS", "Record", "Shelf", "refuse_marks"]

LONGEST_NAME = 80
MARKS = "*`$<>[]\\"
"""What pages, charts and reports read as formatting: "$5m and $6m" would become a formula."""

_ID = re.compile(r"[0-9a-f]{12}")
_KINDS: Mapping[str, type] = MappingProxyType(
    {"id": str, "name": str, "body": dict, "saved": str, "changed": str, "deleted": bool}
)
_REMEDY = "delete it, or restore the copy from before where the Library lists what is damaged"


@dataclass(frozen=True, kw_only=True)
class Record:
    """Something that was saved by name.

    Attributes
    ----------
    id : str
        Twelve hexadecimal digits; stays the same when the name changes.
    name : str
    body : mapping
        JSON values.
    saved, changed : str
        ISO times in UTC.
    deleted : bool
        Put away, but can still be restored.
    """

    id: str
    name: str
    body: dict[str, Any] = field(default_factory=dict)
    saved: str = ""
    changed: str = ""
    deleted: bool = False


def refuse_marks(name: str, noun: str) -> None:
    """Refuse a name that would be shown as something else.

    Raises
    ------
    InvalidInput
        Naming the first mark of formatting.
    """
    found = next((letter for letter in name if letter in MARKS), "")
    if found:
        raise InvalidInput(
            f"{name[:40]!r} as the name of a {noun} holds {found}, which would be read as formatting: leave out "
            f"{' '.join(MARKS)}"
        )


Damages: TypeAlias = list[Damaged]
Paths: TypeAlias = list[Path]  # inside the class, "list" is its method


class Shelf:
    """The records of one folder, shared by everybody on this server.

    Parameters
    ----------
    folder : Path
    noun : str
        What a record is, for messages: "portfolio".
    longest : int
        Characters of the longest name.

    Raises
    ------
    FinGenError
        From everything that writes, if the disk is full or the folder is not to be written to.
    """

    def __init__(self, folder: Path, noun: str, longest: int = LONGEST_NAME) -> None:
        self.folder = folder
        self.noun = noun
        self.longest = longest

    def list(self) -> list[Record]:
        """All records that are not deleted, the one changed last first; what cannot be read is told by ``damaged``."""
        found = []
        for path in self._files():
            with contextlib.suppress(Unreadable):
                found.append(self._read(path))
        return sorted(
            (record for record in found if not record.deleted), key=lambda record: record.changed, reverse=True
        )

    def damaged(self, open_body: Callable[[Record], object] = lambda record: record) -> Damages:
        """Records whose file cannot be read, or whose body ``open_body`` refuses with an error of :data:`BROKEN`."""
        found = []
        for path in self._files():
            try:
                record = self._read(path)
                with unreadable(f"the {self.noun} {record.name}", _REMEDY):
                    record.deleted or open_body(record)
            except Unreadable as problem:
                before = self._before(path)
                found.append(
                    Damaged(
                        noun=self.noun,
                        name=_name_of(path, before),
                        path=path,
                        why=str(problem),
                        before=before if _opens(before, open_body) else None,
                    )
                )
        return found

    def get(self, record_id: str) -> Record:
        """A record, deleted or not; ``NotFound`` if there is none, ``Unreadable`` if it was damaged."""
        if not _ID.fullmatch(record_id) or not self._path(record_id).exists():
            raise NotFound(f"there is no saved {self.noun} {record_id[:40]!r} on this server: choose one of the list")
        return self._read(self._path(record_id))

    def add(self, name: str, body: dict[str, Any]) -> Record:
        """Save something new; ``InvalidInput`` if the name is empty, too long, taken, or holds one of ``MARKS``."""
        now = _now()
        return self._write(Record(id=secrets.token_hex(6), name=self._free(name), body=body, saved=now, changed=now))

    def change(self, record_id: str, body: dict[str, Any]) -> Record:
        """Replace what a record holds; its name and id stay."""
        return self._write(replace(self.get(record_id), body=body, changed=_now()))

    def rename(self, record_id: str, name: str) -> Record:
        """Give a record another name; ``InvalidInput`` as of ``add``."""
        record = self.get(record_id)
        return self._write(replace(record, name=self._free(name, but=record_id), changed=_now()))

    def duplicate(self, record_id: str) -> Record:
        """A copy under the next free name."""
        record = self.get(record_id)
        taken = {other.name for other in self.list()}
        stem = "".join(letter for letter in record.name if letter not in MARKS)[: self.longest - 9]
        names = [f"{stem} copy", *(f"{stem} copy {number}" for number in range(2, len(taken) + 3))]
        return self.add(next(name for name in names if name not in taken), dict(record.body))

    def delete(self, record_id: str) -> None:
        """Put a record away; ``restore`` brings it back."""
        self._write(replace(self.get(record_id), deleted=True))

    def restore(self, record_id: str) -> Record:
        """Bring a deleted record back, under a free name if its own was taken meanwhile."""
        record = self.get(record_id)
        taken = {other.name for other in self.list() if other.id != record_id}
        name = record.name if record.name not in taken else f"{record.name[: self.longest - 11]} (restored)"
        return self._write(replace(record, name=name, deleted=False))

    def _free(self, name: str, but: str = "") -> str:
        plain = " ".join(name.split())
        if not plain or len(plain) > self.longest:
            raise InvalidInput(
                f"a name of {len(plain)} characters: a {self.noun} needs a name of 1 to {self.longest} characters"
            )
        refuse_marks(plain, self.noun)
        if any(other.name == plain and other.id != but for other in self.list()):
            raise InvalidInput(f"a {self.noun} is called {plain!r} already: choose another name, or rename that one")
        return plain

    def _path(self, record_id: str) -> Path:
        return self.folder / f"{record_id}.json"

    def _write(self, record: Record) -> Record:
        text = json.dumps(asdict(record), indent=2, ensure_ascii=False, allow_nan=False)
        path = self._path(record.id)
        try:
            if path.is_file():  # what was readable a moment ago, should the new file be damaged later
                write_atomically(self._before(path), partial(shutil.copyfile, path))
            write_text(path, text)
        except OSError as error:
            raise FinGenError(
                f"the {self.noun} cannot be written to {self.folder} ({error.strerror}): free some space or mend the "
                "rights, then try again"
            ) from error
        return record

    def _files(self) -> Paths:
        return sorted(path for path in self.folder.glob("*.json") if _ID.fullmatch(path.stem))

    def _before(self, path: Path) -> Path:
        """Where the copy from before the last change lies."""
        return path.with_suffix(".before")

    def _read(self, path: Path) -> Record:
        with unreadable(f"the saved {self.noun} {path.stem}", _REMEDY):
            return _record(path)


def _record(path: Path) -> Record:
    """The record in a file, every field of its kind."""
    found = well_typed(read_object(path), _KINDS)
    lacking = [name for name in _KINDS if name not in found]
    if lacking:
        raise Unreadable(f"{path.name} lacks {lacking[0]}, or it is of another kind than was written")
    return Record(**found)


def _opens(before: Path, open_body: Callable[[Record], object]) -> bool:
    try:
        open_body(_record(before))
    except (Unreadable, *BROKEN):
        return False
    return True


def _name_of(path: Path, before: Path) -> str:
    """What people called it, as far as a file still says so."""
    for file in (path, before):
        with contextlib.suppress(Unreadable):
            name = read_object(file).get("name")
            if isinstance(name, str) and name:
                return name
    return path.name


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
