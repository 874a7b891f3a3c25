"""``data``: fetch, list and check markets."""

from pathlib import Path
from typing import Any

import click

from fingen_core.cli.markets import asked_for, fetch_named, is_saved, named_market, origin_of, reading_of, span_of
from fingen_core.cli.shown import as_json, market_option, tell

__all__ = ["data", "data_list", "fetch", "quality"]


@click.group()
def data() -> None:
    """Fetch, list and check markets."""


@data.command("list")
@as_json
def data_list(as_json: bool) -> None:
    """Saved markets."""
    from fingen_core.market import bundled, library

    market = bundled()
    rows = [{"digest": library.SAMPLE, "name": market.name, "tickers": list(market.tickers), **span_of(market)}]
    for entry in library.listing():
        rows.append(
            {"digest": entry.digest, "name": entry.name, "tickers": list(entry.tickers)}
            | {"first": entry.first, "last": entry.last, "n_steps": entry.n_steps}
        )
    lines = [
        f"{row['digest']:16}  {row['first']} to {row['last']}  {len(row['tickers']):4} assets  {row['name']}"
        for row in rows
    ]
    tell({"markets": rows}, lines, as_json)


@data.command()
@market_option
@click.option("--apply", "apply", is_flag=True, help="Apply the remedies and save the result as a market.")
@as_json
def quality(market_name: str, apply: bool, as_json: bool) -> int:
    """What is wrong with a market's prices, and what would mend it. Exit code 1 if they cannot be used."""
    from fingen_core.market import Market, library
    from fingen_core.market.quality import quality_report

    path = Path(market_name)
    if path.is_file() and not is_saved(market_name):
        reading = reading_of(path)
        values, (source, name) = reading.values, origin_of(path, reading)
        report = quality_report(values, reading.mapping.kind)
    else:
        known = named_market(market_name)
        values, source, name, report = known.prices, known.source, known.name, quality_report(known)
    facts: dict[str, Any] = {"usable": report.usable, "clean": report.clean}
    facts["findings"] = [_finding(finding) for finding in report.findings]
    lines = [
        f"{found['severity']:8}{found['text']}" + (f"  [remedy: {found['remedy']}]" if found["remedy"] else "")
        for found in facts["findings"]
    ]
    if apply and report.usable:
        facts["digest"] = library.save(Market(report.apply(values), source, name))
        lines.append(f"mended and saved as {facts['digest']}")
    tell(facts, lines, as_json)
    return 0 if report.usable else 1


def _finding(finding: Any) -> dict[str, str]:
    remedy = finding.remedy.label if finding.remedy else ""
    return {name: getattr(finding, name) for name in ("severity", "kind", "ticker", "text")} | {"remedy": remedy}


@data.command()
@click.argument("tickers", nargs=-1, required=True)
@click.option("--start", default="2000-01-01", show_default=True, metavar="DATE")
@click.option("--end", default=None, metavar="DATE", help="Last day; today by default.")
@as_json
def fetch(tickers: tuple[str, ...], start: str, end: str | None, as_json: bool) -> int:
    """Fetch prices from Yahoo (personal use only) and save them as a market."""
    from fingen_core.market import library

    fetched = fetch_named(tickers, start, end)
    statuses = [{"ticker": one.ticker, "state": one.state, "text": one.text} for one in fetched.statuses]
    facts: dict[str, Any] = {"digest": "", "banner": fetched.banner, "statuses": statuses}
    if (market := asked_for(fetched)) is not None:
        facts |= {"digest": library.save(market), "tickers": list(market.tickers), **span_of(market)}
    lines = [f"{one['ticker']:10}{one['state']:14}{one['text']}" for one in statuses]
    tell(facts, [*lines, f"saved as {facts['digest']}" if market is not None else "nothing usable came"], as_json)
    return 0 if market is not None else 1
