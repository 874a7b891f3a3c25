"""Reports that were made, kept as files in the home beside a small record each, so that they can be fetched again.

``reports/<id>.json`` says what a report is, ``reports/<id>.<ending>`` is the report. One that is damaged costs only
itself. Only so many are kept, of only so many bytes: what is deleted goes first, then the oldest.
"""

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from fingen_core.errors import FinGenError, InvalidInput, NotFound
from fingen_core.storage import Damaged
from fingen_core.storage.files import write_atomically
from fingen_core.storage.records import Record, Shelf

__all__ = ["MOST", "MOST_BYTES", "Facts", "Kept", "KeptReports"]

MOST = 100
MOST_BYTES = 500 * 2**20
_LONGEST = 160
_ENDING = re.compile(r"[a-z]{2,8}")


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a report is: what it was made for, of what, by whom.

    ``file`` is the name to be saved under, with its ending; ``form`` is "PDF", "Excel" ...; ``drawn`` says in words
    which paths stand in it.
    """

    file: str
    form: str
    purpose: str = ""
    portfolio: str = ""
    model: str = ""
    market: str = ""
    drawn: str = ""
    who: str = ""

    @property
    def ending(self) -> str:
        return self.file.rpartition(".")[2]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A report that can be fetched: its record's id, when it was made (ISO, UTC), its bytes, and what it is."""

    id: str
    made: str
    size: int
    facts: Facts

    @classmethod
    def of(cls, record: Record) -> Self:
        """What a record says; ``InvalidInput`` if it is not what was written."""
        try:
            body = dict(record.body)
            size, facts = int(body.pop("size")), Facts(**body)
            if not _ENDING.fullmatch(facts.ending) or not all(isinstance(text, str) for text in asdict(facts).values()):
                raise ValueError(f"file {facts.file!r}")
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidInput(
                f"the record of report {record.name!r} cannot be read ({error}): delete it and make the report again"
            ) from error
        return cls(id=record.id, made=record.saved, size=size, facts=facts)


class KeptReports:
    """The reports of one home.

    Parameters
    ----------
    home : Path
    most, most_bytes : int
        How many are kept, and of how many bytes together.
    """

    def __init__(self, home: Path, *, most: int = MOST, most_bytes: int = MOST_BYTES) -> None:
        self.folder, self._most, self._most_bytes = home / "reports", most, most_bytes
        self._shelf = Shelf(self.folder, "report", longest=_LONGEST)

    def keep(self, facts: Facts, data: bytes) -> Kept:
        """Keep a report; what is too old or too much by then goes.

        Raises
        ------
        InvalidInput
            If it is larger than all reports together may be.
        FinGenError
            If it cannot be written.
        """
        if len(data) > self._most_bytes:
            raise InvalidInput(
                f"a report of {len(data) / 2**20:,.0f} MB, but {self._most_bytes // 2**20} MB of reports are kept: "
                "take fewer paths"
            )
        if not _ENDING.fullmatch(facts.ending):
            raise InvalidInput(f"a report called {facts.file!r}: its name needs an ending such as .pdf")
        record = self._shelf.add(self._free(facts.file), {**asdict(facts), "size": len(data)})
        try:
            write_atomically(self._file(record.id, facts), lambda part: part.write_bytes(data))
            self._tidy(but=record.id)
        except OSError as error:
            self._drop(record.id)
            raise FinGenError(
                f"the report cannot be written to {self.folder} ({error.strerror}): free some space or mend the "
                "rights, then make it again"
            ) from error
        return Kept.of(record)

    def records(self) -> list[Record]:
        """The records, the newest first; ``Kept.of`` says what each is, or that it is damaged."""
        return sorted(self._shelf.list(), key=lambda record: record.saved, reverse=True)

    def damaged(self) -> list[Damaged]:
        """Records that cannot be read."""
        return list(self._shelf.damaged(Kept.of))

    def get(self, record_id: str) -> Kept:
        """What a report is; ``NotFound`` if there is none of that id."""
        return Kept.of(self._shelf.get(record_id))

    def path(self, record_id: str) -> Path:
        """The file of a report.

        Raises
        ------
        NotFound
            If its file is gone.
        InvalidInput
            If the file or its record is not what was written.
        """
        kept = self.get(record_id)
        path = self._file(record_id, kept.facts)
        if not path.is_file():
            raise NotFound(f"the file of {kept.facts.file} is gone ({path}): delete its record and make it again")
        size = path.stat().st_size
        if size != kept.size:
            raise InvalidInput(
                f"{path} has {size:,} bytes, but {kept.size:,} were written: delete it and make the report again"
            )
        return path

    def delete(self, record_id: str) -> None:
        """Put a report away; ``restore`` brings it back as long as its room is not needed."""
        self._shelf.delete(record_id)

    def restore(self, record_id: str) -> Record:
        """Bring a deleted report back; ``NotFound`` if it is gone for good."""
        return self._shelf.restore(record_id)

    def _free(self, file: str) -> str:
        """The name of a record: its file's, with a number if there is one of that name."""
        taken = {record.name for record in self._shelf.list()}
        stem, _, ending = file[-(_LONGEST - 8) :].rpartition(".")
        names = (f"{stem}{f' {number}' if number else ''}.{ending}" for number in (0, *range(2, len(taken) + 3)))
        return next(name for name in names if name not in taken)

    def _file(self, record_id: str, facts: Facts) -> Path:
        return self.folder / f"{record_id}.{facts.ending}"

    def _tidy(self, but: str) -> None:
        """Deleted reports and old ones go until the rest has room."""
        found = sorted(self._everything(), key=lambda one: (not one[0].deleted, one[0].saved))
        count, size = len(found), sum(size for _, size in found)
        for record, each in found:
            if count <= self._most and size <= self._most_bytes:
                return
            if record.id != but:
                self._drop(record.id)
                count, size = count - 1, size - each

    def _everything(self) -> list[tuple[Record, int]]:
        """Readable records, deleted ones too, with the bytes of their files."""
        found = []
        for path in self.folder.glob("*.json"):
            try:
                record = self._shelf.get(path.stem)
            except NotFound:
                continue  # unreadable, and told so in the log; it takes no room worth speaking of
            found.append((record, sum(file.stat().st_size for file in self.folder.glob(f"{record.id}.*"))))
        return found

    def _drop(self, record_id: str) -> None:
        for path in self.folder.glob(f"{record_id}.*"):
            path.unlink(missing_ok=True)
