"""Markets by what people call them on the command line."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fingen_core.cli.shown import Line, sheet_and_reading
from fingen_core.errors import InvalidInput, InvalidMarket, SourceUnavailable

if TYPE_CHECKING:
    from fingen_core.market import Market, Source
    from fingen_core.market.upload import Answer, Reading
    from fingen_core.market.yahoo.client import Fetched

__all__ = ["asked_for", "fetch_named", "is_saved", "named_market", "origin_of", "reading_of", "refuse_unfit", "span_of"]


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

    answer, reading = _understood(path)
    return upload.to_market(answer.table, reading.mapping, path.name)


def reading_of(path: Path) -> "Reading":
    """What a file says, with all its faults.

    Raises
    ------
    InvalidInput
        If it cannot be read; or if it can be read in several ways, with the question and these ways by number.
    """
    return _understood(path)[1]


def _understood(path: Path) -> "tuple[Answer, Reading]":
    from fingen_core.market import upload
    from fingen_core.market.tables import bytes_of

    sheet, number = sheet_and_reading()
    answer = upload.understand(bytes_of(path), path.name, sheet=sheet)
    if number is not None and number > len(answer.readings):
        ways = "1 reading" if len(answer.readings) == 1 else f"{len(answer.readings)} readings"
        raise InvalidInput(f"--reading {number}: {path.name} has {ways}, give a number up to {len(answer.readings)}")
    if answer.question and number is None:
        raise InvalidInput(_asked(path, answer))
    reading = answer.readings[(number or 1) - 1]
    where = (f"{path.name}: sheet {answer.sheet} of {', '.join(answer.sheets)}",) if len(answer.sheets) > 1 else ()
    for sentence in (*where, *reading.told):
        click.echo(sentence, err=True)
    return answer, reading


def _asked(path: Path, answer: "Answer") -> str:
    """The question of a file, and each of its readings with first and last values."""
    lines = [f"{path.name} can be read in {len(answer.readings)} ways. {answer.question} Choose with --reading:"]
    for number, reading in enumerate(answer.readings, 1):
        column = reading.values.columns[0]
        known = reading.values[column].dropna()
        first, last = known.iloc[0], known.iloc[-1]
        span = f"{known.index[0]:%Y-%m-%d} {first:.6g} to {known.index[-1]:%Y-%m-%d} {last:.6g}"
        lines.append(f"  {number}: {reading.label} ({column}, {reading.mapping.values}: {span})")
    return "\n".join(lines)


def origin_of(path: Path, reading: "Reading") -> "tuple[Source, str]":
    from fingen_core.market import Source, upload

    made = reading.mapping.values != "prices"
    return Source(kind="upload", detail=path.name, note=upload.note_of(reading.mapping), indexed=made), path.stem


def refuse_unfit(market: "Market") -> None:
    """A model would learn from faults in the prices as if they were the market."""
    from fingen_core.market.quality import quality_report

    errors = [finding.text for finding in quality_report(market).findings if finding.severity == "error"]
    if errors:
        raise InvalidMarket(f"{errors[0]} Mend it with `data quality --apply` and train on the market that it saves.")


def fetch_named(tickers: Sequence[str], start: str | None = None, end: str | None = None) -> "Fetched":
    from fingen_core.market.yahoo.client import Yahoo

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
