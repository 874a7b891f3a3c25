"""What was done, by whom and when: a file of JSON lines that is only ever added to."""

import io
import json
import logging
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from fingen_core.errors import FinGenError, InvalidInput
from fingen_core.storage import BROKEN, well_typed
from fingen_core.storage.locks import Lock

__all__ = ["LOCAL", "AuditLog", "Entry"]

LOCAL = "local"
"""Who did it where nobody signs in."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing that was done; ``when`` is ISO in UTC."""

    when: str
    who: str
    what: str
    about: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


class AuditLog:
    """The log of one home: ``audit.jsonl``.

    Notes
    -----
    Each entry is one write to a file opened for appending, so that entries of several sessions do not mix. Nothing
    here changes or removes a line; who can write to the disk still can, so keep a copy elsewhere if that matters.
    """

    def __init__(self, home: Path) -> None:
        self.path = home / "audit.jsonl"

    def add(self, what: str, about: str = "", *, who: str = LOCAL, **facts: Any) -> Entry:
        """Write one line; ``InvalidInput`` if ``what`` says nothing."""
        if not what.strip():
            raise InvalidInput("an entry that says nothing: name what was done, for instance 'scenario saved'")
        when = datetime.now(UTC).isoformat(timespec="milliseconds")
        entry = Entry(when=when, who=who or LOCAL, what=what, about=about, facts=facts)
        # Letters beyond ASCII are escaped: U+2028 and its like would end the line for some readers of the file.
        line = json.dumps(asdict(entry), default=str) + "\n"
        try:
            # One at a time: a line that is being written must not be taken for one that was left half-written.
            with Lock(self.path.with_suffix(".lock")), self.path.open("ab", buffering=0) as file:
                file.write(b"\n" * self._is_torn() + line.encode())
        except OSError as error:
            raise FinGenError(
                f"the audit log {self.path} cannot be written to ({error.strerror or error}): free some space or mend "
                "its rights; what was done was done, but does not stand in the log"
            ) from error
        return entry

    def _is_torn(self) -> bool:
        """Whether the last line was left half-written by somebody who was killed: only that line is lost."""
        if not self.path.is_file() or not self.path.stat().st_size:
            return False
        with self.path.open("rb") as file:
            file.seek(-1, io.SEEK_END)
            return file.read(1) != b"\n"

    def entries(self, most: int = 1000) -> list[Entry]:
        """The last ``most`` entries, the newest first; lines that are no entry are skipped and logged."""
        if not self.path.is_file():
            return []
        found = []
        for number, line in enumerate(self.path.read_bytes().split(b"\n"), 1):
            try:
                if line.strip():
                    found.append(_entry(line))
            except BROKEN as error:
                _log.warning("line %d of %s is no entry: %s", number, self.path.name, error)
        return found[::-1][:most]

    def table(self, most: int = 1000) -> pd.DataFrame:
        """The same as a table: when, who, what, about, facts (as text)."""
        rows = [
            (entry.when, entry.who, entry.what, entry.about, ", ".join(f"{k} {v}" for k, v in entry.facts.items()))
            for entry in self.entries(most)
        ]
        return pd.DataFrame(rows, columns=["When (UTC)", "Who", "What", "About", "Facts"])


def _entry(line: bytes) -> Entry:
    found = well_typed(json.loads(line), {"when": str, "who": str, "what": str, "about": str, "facts": dict})
    return Entry(**found)
