"""Saved markets: what was uploaded or fetched can be opened again by its digest.

A market lives in two files under ``FINGEN_HOME/markets``: ``<digest>.parquet`` with the prices and ``<digest>.json``
with name, source and span. The digest is computed again at every load, so a damaged file is refused rather than used.
"""

import json
import logging
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from fingen_core.errors import NotFound
from fingen_core.market.bundled import bundled
from fingen_core.market.files import write_atomically, write_text
from fingen_core.market.market import Market, Source
from fingen_core.settings import home

__all__ = ["SAMPLE", "Entry", "delete", "listing", "load", "read", "save", "write"]

SAMPLE = "sample"
"""The id that always means the bundled market."""

_DIGEST = re.compile(r"[0-9a-f]{16}")
_log = logging.getLogger(__name__)


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
    """All saved markets, the newest first; files that cannot be read are skipped and logged."""
    entries = [_entry(path) for path in _folder().glob("*.json")]
    return sorted((entry for entry in entries if entry), key=lambda entry: entry.saved, reverse=True)


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
    """The market that :func:`write` put at ``stem``; ``NotFound`` if it is missing or unreadable."""
    try:
        record = json.loads(stem.with_name(f"{stem.name}.json").read_text(encoding="utf-8"))
        prices = pd.read_parquet(stem.with_name(f"{stem.name}.parquet"))
        return Market(prices, Source(**record["source"]), record["name"])
    except FileNotFoundError:
        raise NotFound(f"no market is saved as {stem.name}: choose one on the Market page") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        _log.warning("market %s is unreadable: %s", stem, error)
        raise NotFound(f"the saved market {stem.name} cannot be read: load it again on the Market page") from error


def _folder() -> Path:
    folder = home() / "markets"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _path(digest: str, suffix: str) -> Path:
    return _folder() / f"{digest}.{suffix}"


def _entry(path: Path) -> Entry | None:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        record["source"] = Source(**record["source"])
        record["tickers"] = tuple(record["tickers"])
        return Entry(**record)
    except (OSError, ValueError, KeyError, TypeError) as error:
        _log.warning("market record %s is unreadable: %s", path, error)
        return None
