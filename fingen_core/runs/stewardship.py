"""Who answers for a model, whether somebody reviewed it, and what was decided when: the part of a card people write."""

import json
import re
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Self, TypeAlias, get_args

from fingen_core.errors import InvalidInput, Unreadable
from fingen_core.storage import Damaged, read_object, unreadable
from fingen_core.storage.files import write_text

__all__ = ["STATUSES", "Change", "Status", "Stewardship", "damaged", "load", "save"]

Status: TypeAlias = Literal["draft", "reviewed", "retired"]
STATUSES: tuple[Status, ...] = get_args(Status)

_SOURCE = re.compile(r"run:[0-9a-z]{12}|[a-z][a-z-]{2,30}")
_LONGEST = 500


@dataclass(frozen=True, kw_only=True)
class Change:
    """One line of the change log; ``when`` is an ISO date in UTC."""

    when: str
    who: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Stewardship:
    """Owner, status and change log of one model; the newest change last.

    Raises
    ------
    InvalidInput
        If the status is another one, or owner or a text is too long.
    """

    owner: str = ""
    status: Status = "draft"
    changes: tuple[Change, ...] = ()

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise InvalidInput(f"status {self.status!r}: use {', '.join(STATUSES[:-1])} or {STATUSES[-1]}")
        longest = max([len(self.owner), *(len(change.text) for change in self.changes)])
        if longest > _LONGEST:
            raise InvalidInput(f"a text of {longest:,} characters: keep owner and changes to {_LONGEST}")

    def changed(self, *, owner: str, status: Status, text: str, who: str) -> Self:
        """The same with another owner or status and a line in the log that says so; itself if nothing changes."""
        said = [text.strip()] if text.strip() else []
        if status != self.status:
            said.append(f"status {self.status} to {status}")
        if owner.strip() != self.owner:
            said.append(f"owner {self.owner or 'nobody'} to {owner.strip() or 'nobody'}")
        if not said:
            return self
        change = Change(when=f"{datetime.now(UTC):%Y-%m-%d %H:%M}", who=who, text="; ".join(said))
        return replace(self, owner=owner.strip(), status=status, changes=(*self.changes, change))


def load(home: Path, source: str) -> Stewardship:
    """What is known about a source of scenarios: "pretrained", "run:<id>" or a rival's name; a draft if nothing."""
    path = _path(home, source)
    return _read(path, source) if path.exists() else Stewardship()


def damaged(home: Path) -> list[Damaged]:
    """Cards whose part that people wrote cannot be read any more."""
    found = []
    for path in sorted((home / "stewardship").glob("*.json")):
        try:
            _read(path, path.stem)
        except Unreadable as problem:
            found.append(Damaged(noun="model card", name=path.stem, path=path, why=str(problem)))
    return found


def _read(path: Path, source: str) -> Stewardship:
    with unreadable(f"what was written about {source}", "delete it where the Library lists what is damaged"):
        fields = read_object(path)
        changes = tuple(Change(**change) for change in fields["changes"])
        if not all(isinstance(text, str) for change in changes for text in vars(change).values()):
            raise TypeError("a line of its change log is no text")
        return Stewardship(**{**fields, "changes": changes})


def save(home: Path, source: str, stewardship: Stewardship) -> None:
    """Keep it, complete or not at all."""
    text = json.dumps(asdict(stewardship), indent=2, ensure_ascii=False)
    write_text(_path(home, source), text)


def _path(home: Path, source: str) -> Path:
    if not _SOURCE.fullmatch(source):
        raise InvalidInput(f"{source[:40]!r} is no source of scenarios: use pretrained, run:<id> or a rival's name")
    return home / "stewardship" / f"{source.replace(':', '-')}.json"
