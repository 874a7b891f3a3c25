"""Who answers for a model, whether somebody reviewed it, and what was decided when: the part of a card people write."""

import json
import logging
import re
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Self, TypeAlias, get_args

from fingen_core.errors import InvalidInput
from fingen_core.market.files import write_text

__all__ = ["STATUSES", "Change", "Status", "Stewardship", "load", "save"]

Status: TypeAlias = Literal["draft", "reviewed", "retired"]
STATUSES: tuple[Status, ...] = get_args(Status)

_SOURCE = re.compile(r"run:[0-9a-z]{12}|[a-z][a-z-]{2,30}")
_LONGEST = 500
_log = logging.getLogger(__name__)


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
    if not path.exists():
        return Stewardship()
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        return Stewardship(**{**fields, "changes": tuple(Change(**change) for change in fields["changes"])})
    except (OSError, ValueError, KeyError, TypeError) as error:
        _log.warning("%s is unreadable: %s", path, error)
        raise InvalidInput(
            f"what was written about {source} cannot be read: mend or remove {path.name} in the data folder"
        ) from error


def save(home: Path, source: str, stewardship: Stewardship) -> None:
    """Keep it, complete or not at all."""
    text = json.dumps(asdict(stewardship), indent=2, ensure_ascii=False)
    write_text(_path(home, source), text)


def _path(home: Path, source: str) -> Path:
    if not _SOURCE.fullmatch(source):
        raise InvalidInput(f"{source[:40]!r} is no source of scenarios: use pretrained, run:<id> or a rival's name")
    return home / "stewardship" / f"{source.replace(':', '-')}.json"
