"""Markets by what people call them on the command line."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fingen_core.cli.shown import Line
from fingen_core.errors import InvalidInput, InvalidMarket, SourceUnavailable

if TYPE_CHECKING:
    import pandas as pd

    from fingen_core.market import Market, Source
    from fingen_core.market.yahoo import Fetched

__all__ = ["asked_for", "fetch_named", "is_saved", "named_market", "origin_of", "prices_of", "refuse_unfit", "span_of"]


def named_market(name: str) -> "Market":
    """A market by what people call it on the command line."""
    from fingen_core.market import library

    if is_saved(name):
        return library.load(name)
    if name.startswith("yahoo:"):
        fetched = fetch_named(name.removeprefix("yahoo:").split(","))
        market = asked_for(fetched)
        if market is None:
            raise SourceUnavailable(" ".join(one.text for one in fetched.statuses))
        library.save(market)
        return market
    path = Path(name)
    if path.is_file():
        return _uploaded(path)
    raise InvalidInput(f"market {name!r}: use sample, a digest from `data list`, a file, or yahoo:AAPL,MSFT")


def _uploaded(path: Path) -> "Market":
    """A file as a market; the first fault is refused by row and column."""
    from fingen_core.market import upload

    table = upload.read(path.read_bytes(), path.name)
    return upload.to_market(table, upload.guess(table), path.name)


def prices_of(path: Path) -> "pd.DataFrame":
    """The prices of a file with all their faults."""
    from fingen_core.market import upload

    table = upload.read(path.read_bytes(), path.name)
    return upload.to_prices(table, upload.guess(table), path.name)


def origin_of(path: Path) -> "tuple[Source, str]":
    from fingen_core.market import Source

    return Source(kind="upload", detail=path.name), path.stem


def refuse_unfit(market: "Market") -> None:
    """A model would learn from faults in the prices as if they were the market."""
    from fingen_core.market import quality_report

    errors = [finding.text for finding in quality_report(market).findings if finding.severity == "error"]
    if errors:
        raise InvalidMarket(f"{errors[0]} Mend it with `data quality --apply` and train on the market that it saves.")


def fetch_named(tickers: Sequence[str], start: str | None = None, end: str | None = None) -> "Fetched":
    from fingen_core.market.yahoo import Yahoo

    with Line() as line:
        return Yahoo().fetch(
            tickers, start, end, on_progress=lambda done, total, text: line.say(f"{done} of {total}: {text}")
        )


def asked_for(fetched: "Fetched") -> "Market | None":
    """The market of the tickers that were asked for; pages may show the bundled one instead, a command must not."""
    market = fetched.market
    return None if market is None or market.source.kind == "bundled" else market


def is_saved(name: str) -> bool:
    return name == "sample" or bool(re.fullmatch("[0-9a-f]{16}", name))


def span_of(market: "Market") -> dict[str, Any]:
    return {"first": f"{market.dates[0]:%Y-%m-%d}", "last": f"{market.dates[-1]:%Y-%m-%d}", "n_steps": market.n_steps}
