"""Scenarios saved by name: what was asked for, on which portfolio, and the digest of what came; not the paths.

Equal requests give equal paths, so the request is enough to draw them again, and the digest says whether they are the
same: a run that was trained on, another machine, or another version may draw others.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np

from fingen_core.errors import InvalidInput
from fingen_core.portfolio.portfolio import Portfolio
from fingen_core.scenarios import Scenarios
from fingen_core.scenarios.requests import SampleRequest, StressRequest
from fingen_core.settings import commit
from fingen_core.storage import well_typed
from fingen_core.storage.records import Record, Shelf

__all__ = ["LONGEST_NOTES", "PAGES", "SavedScenario", "paths_digest", "scenario_shelf"]

PAGES = ("pages/stress/scenarios.py", "pages/risk/portfolio.py", "pages/stress/what_if.py", "pages/stress/reverse.py")
"""Pages that a saved scenario may open."""

LONGEST_NOTES = 2000

_WORDS = ("page", "market", "market_name", "headline", "notes", "who", "commit")


def scenario_shelf(home: Path) -> Shelf:
    """The scenarios of one home."""
    return Shelf(home / "scenarios", "scenario")


def paths_digest(scenarios: Scenarios) -> str:
    """Sixteen hexadecimal digits that identify the paths themselves, to the last bit."""
    return hashlib.sha256(np.ascontiguousarray(scenarios.log_returns).tobytes()).hexdigest()[:16]


@dataclass(frozen=True, kw_only=True)
class SavedScenario:
    """What was on screen, so that it can be drawn again.

    Attributes
    ----------
    page : str
        One of ``PAGES``.
    query : mapping of str to list of str
        The address: every setting of the page.
    requests : tuple of SampleRequest
        What the sampler was asked for.
    digests : tuple of str
        Of the paths that came, one per request.
    search : StressRequest or None
        What was searched for, where the paths were not just drawn: a what-if or a reverse stress.
    market, market_name : str
        Digest and name.
    portfolio : Portfolio
        What losses were measured on.
    headline, notes : str
        The answer in a sentence, and what somebody wrote about it.
    who, commit : str
        Who saved it, and the version of the code.

    Raises
    ------
    InvalidInput
        If the page is another one, requests and digests differ in number, or the notes are too long.
    """

    page: str
    query: dict[str, list[str]] = field(default_factory=dict)
    requests: tuple[SampleRequest, ...] = ()
    digests: tuple[str, ...] = ()
    search: StressRequest | None = None
    market: str = ""
    market_name: str = ""
    portfolio: Portfolio
    headline: str = ""
    notes: str = ""
    who: str = ""
    commit: str = field(default_factory=commit)

    def __post_init__(self) -> None:
        if self.page not in PAGES:
            raise InvalidInput(f"scenarios of {self.page[:60]!r}: only those of {', '.join(PAGES)} can be opened again")
        if len(self.requests) != len(self.digests):
            raise InvalidInput(f"{len(self.requests)} requests with {len(self.digests)} digests: give one for each")
        if len(self.notes) > LONGEST_NOTES:
            raise InvalidInput(f"notes of {len(self.notes):,} characters: keep them to {LONGEST_NOTES:,}")

    def body(self) -> dict[str, Any]:
        """The fields as JSON values."""
        plain = {name: getattr(self, name) for name in ("page", "query", "market", "market_name", "headline", "notes")}
        return {
            **plain,
            "requests": [asdict(request) for request in self.requests],
            "digests": list(self.digests),
            "search": self.search.as_dict() if self.search else None,
            "portfolio": self.portfolio.to_json(),
            "who": self.who,
            "commit": self.commit,
        }

    @classmethod
    def of(cls, record: Record) -> Self:
        """What ``body`` gave; ``InvalidInput`` if the file was changed into something that cannot be opened."""
        body: Mapping[str, Any] = record.body
        told = well_typed(body, dict.fromkeys(_WORDS, str))
        try:
            odd = [name for name in _WORDS if name in body and name not in told]
            if odd:
                raise TypeError(f"{odd[0]} is no text")
            return cls(
                **{
                    **body,
                    "query": {str(name): [str(v) for v in values] for name, values in body["query"].items()},
                    "requests": tuple(SampleRequest(**fields) for fields in body["requests"]),
                    "digests": tuple(body["digests"]),
                    "search": StressRequest.from_dict(body["search"]) if body.get("search") else None,
                    "portfolio": Portfolio.from_json(body["portfolio"]),
                }
            )
        except (LookupError, TypeError, AttributeError) as error:
            raise InvalidInput(
                f"scenario {record.name!r} cannot be read ({error}): delete it and save it again"
            ) from error

    def differs(self, drawn: Sequence[Scenarios]) -> bool:
        """Whether paths that were drawn anew are other ones than those that were saved."""
        return tuple(paths_digest(one) for one in drawn) != self.digests
