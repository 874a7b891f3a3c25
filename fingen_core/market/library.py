"""Saved markets: what was uploaded or fetched can be opened again by its digest.

A market lives in two files under ``FINGEN_HOME/markets``: ``<digest>.parquet`` with the prices and ``<digest>.json``
with name, source and span. The digest is computed again at every load, so a damaged file is refused rather than used.
"""

import contextlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from fingen_core.errors import NotFound, Unreadable
from fingen_core.market.bundled import bundled
from fingen_core.market.market import Market, Source
from fingen_core.settings import home
from fingen_core.storage import Damaged, read_object, unreadable
from fingen_core.storage.files import write_atomically, write_text

__all__ = ["SAMPLE", "Entry", "damaged", "delete", "listing", "load", "read", "save", "write"]

SAMPLE = "sample"
"""The id that always means the bundled market."""

_DIGEST = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What the library knows about a market without reading its prices; dates are ISO, ``saved`` is UTC."""

    digest: str
    name: str
    tickers: tuple[str, ...]
    first: str
    last: str
    n_steps: int
    source: Source
    saved: str


def save(market: Market) -> str:
    """Keep ``market`` and return its digest; saving the same prices again renews name and source."""
    write(market, _folder() / market.digest())
    return market.digest()


def load(digest: str) -> Market:
    """The market saved under ``digest``; ``"sample"`` is the bundled one.

    Raises
    ------
    NotFound
        If nothing, or nothing intact, is saved under this digest.
    """
    if digest == SAMPLE:
        return bundled()
    if not _DIGEST.fullmatch(digest):
        raise NotFound(f"{digest[:40]!r} is not a market's id: choose a market on the Market page")
    if not _path(digest, "json").exists() and digest == bundled().digest():
        return bundled()
    market = read(_folder() / digest)
    if market.digest() != digest:
        raise NotFound(f"the saved market {digest} was changed on disk: load it again on the Market page")
    return market


def listing() -> list[Entry]:
    """All saved markets, the newest first; what cannot be read is told by :func:`damaged`."""
    entries = []
    for path in _folder().glob("*.json"):
        with contextlib.suppress(Unreadable):
            entries.append(_entry(path))
    return sorted(entries, key=lambda entry: entry.saved, reverse=True)


def delete(digest: str) -> None:
    """Forget a market; runs keep their own copy."""
    if digest == SAMPLE or not _DIGEST.fullmatch(digest) or not _path(digest, "json").exists():
        raise NotFound(f"there is no saved market {digest[:40]!r} to delete")
    for suffix in ("json", "parquet"):
        _path(digest, suffix).unlink(missing_ok=True)


def write(market: Market, stem: Path) -> None:
    """Write ``<stem>.parquet`` and ``<stem>.json``, the prices first so that a record never lacks them."""
    entry = Entry(
        digest=market.digest(),
        name=market.name,
        tickers=market.tickers,
        first=f"{market.dates[0]:%Y-%m-%d}",
        last=f"{market.dates[-1]:%Y-%m-%d}",
        n_steps=market.n_steps,
        source=market.source,
        saved=datetime.now(UTC).isoformat(timespec="microseconds"),
    )
    text = json.dumps(asdict(entry), indent=2, ensure_ascii=False)
    write_atomically(stem.with_name(f"{stem.name}.parquet"), market.prices.to_parquet)
    write_text(stem.with_name(f"{stem.name}.json"), text)


def read(stem: Path) -> Market:
    """The market that :func:`write` put at ``stem``; ``NotFound`` if it is missing, ``Unreadable`` if damaged."""
    record = stem.with_name(f"{stem.name}.json")
    if not record.exists():
        raise NotFound(f"no market is saved as {stem.name}: choose one on the Market page")
    with unreadable(f"the saved market {stem.name}", "load it again on the Market page"):
        found = read_object(record)
        prices = pd.read_parquet(stem.with_name(f"{stem.name}.parquet"))
        return Market(prices, _source(found["source"]), _text(found["name"]))


def damaged() -> list[Damaged]:
    """Saved markets that cannot be read any more: the record, or the prices that it is about."""
    found = []
    for path in sorted(_folder().glob("*.json")):
        try:
            _entry(path)
            if not path.with_suffix(".parquet").is_file():
                raise Unreadable(f"the saved market {path.stem} lacks its prices: load it again on the Market page")
        except Unreadable as problem:
            found.append(Damaged(noun="market", name=path.stem, path=path, why=str(problem)))
    return found


def _folder() -> Path:
    folder = home() / "markets"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _path(digest: str, suffix: str) -> Path:
    return _folder() / f"{digest}.{suffix}"


def _entry(path: Path) -> Entry:
    with unreadable(f"the saved market {path.stem}", "load it again on the Market page"):
        found = read_object(path)
        words = {name: _text(found[name]) for name in ("digest", "name", "first", "last", "saved")}
        return Entry(
            **words,
            tickers=tuple(_text(ticker) for ticker in found["tickers"]),
            n_steps=int(found["n_steps"]),
            source=_source(found["source"]),
        )


def _source(fields: Mapping[str, Any]) -> Source:
    source = Source(**fields)
    for value in (source.kind, source.detail, source.retrieved, source.note, *source.currencies.values()):
        _text(value)
    return source


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{str(value)[:40]} where a text was written")
    return value
