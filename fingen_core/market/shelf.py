"""Named records in a folder: one JSON file each, complete or not there; deleting can be undone."""

import json
import logging
import re
import secrets
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fingen_core.errors import FinGenError, InvalidInput, NotFound
from fingen_core.market.files import write_text

__all__ = ["LONGEST_NAME", "MARKS", "Record", "Shelf", "refuse_marks"]

LONGEST_NAME = 80
MARKS = "*`$<>[]\\"
"""What pages, charts and reports read as formatting: "$5m and $6m" would become a formula."""

_ID = re.compile(r"[0-9a-f]{12}")
_log = logging.getLogger(__name__)


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
        """All records that are not deleted, the one changed last first; unreadable files are skipped and logged."""
        found = [record for path in sorted(self.folder.glob("*.json")) if (record := self._read(path))]
        return sorted(
            (record for record in found if not record.deleted), key=lambda record: record.changed, reverse=True
        )

    def get(self, record_id: str) -> Record:
        """A record, deleted or not; ``NotFound`` if there is none."""
        record = self._read(self._path(record_id)) if _ID.fullmatch(record_id) else None
        if record is None:
            raise NotFound(f"there is no saved {self.noun} {record_id[:40]!r} on this server: choose one of the list")
        return record

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
        try:
            write_text(self._path(record.id), text)
        except OSError as error:
            raise FinGenError(
                f"the {self.noun} cannot be written to {self.folder} ({error.strerror}): free some space or mend the "
                "rights, then try again"
            ) from error
        return record

    def _read(self, path: Path) -> Record | None:
        try:
            return Record(**json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError) as error:
            _log.warning("%s %s is unreadable: %s", self.noun, path, error)
            return None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
