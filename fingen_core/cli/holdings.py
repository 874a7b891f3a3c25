"""``holdings``: what a broker's export holds, line by line, and the weights that it makes, without a browser."""

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fingen_core.cli.markets import named_market
from fingen_core.cli.shown import as_json, market_option, tell
from fingen_core.errors import InvalidInput

if TYPE_CHECKING:
    from fingen_core.market import Market
    from fingen_core.market.currencies import Rate
    from fingen_core.portfolio.holdings import Answer, Entry
    from fingen_core.portfolio.portfolio import Portfolio

__all__ = ["holdings"]


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@market_option
@click.option(
    "--kind",
    type=click.Choice(["quantity", "value", "weight"]),
    default="quantity",
    show_default=True,
    help="What a single column of numbers is, unless its name says so.",
)
@click.option("--answer", "answers", multiple=True, metavar="KEY=CHOICE", help="Answer a question that was asked.")
@click.option("--take", "taken", multiple=True, metavar="LINE=TICKER", help="Take a line as an asset; LINE= leaves it.")
@click.option("--currency", default="", metavar="CODE", help="Of the portfolio.  [default: that of the list]")
@click.option("--rate", "rates", multiple=True, metavar="CODE=NUMBER", help="What one unit costs in that currency.")
@click.option("--value", type=float, default=1_000_000.0, show_default=True, help="Of a list that has weights only.")
@as_json
def holdings(file: Path, market_name: str, as_json: bool, **asked: Any) -> None:
    """Read FILE (- for what is piped) as holdings: what is matched, what is left out and why, and the weights."""
    from fingen_core.market.tables import bytes_of
    from fingen_core.portfolio.holdings import lines_of, nothing_words, question_words, to_portfolio, understand

    market = named_market(market_name)
    piped = str(file) == "-"
    lines = lines_of(bytes_of(sys.stdin.buffer if piped else file), "" if piped else file.name)
    prices = dict(zip(market.tickers, map(float, market.prices.iloc[-1]), strict=True))
    answer = understand(
        lines,
        market.tickers,
        asked["kind"],
        market.source.currencies,
        prices={} if market.is_indexed else prices,
        chosen=_pairs(asked["answers"], "answer"),
        assigned={_line(key): _asset(ticker, market) for key, ticker in _pairs(asked["taken"], "take").items()},
    )
    if answer.questions:
        raise InvalidInput(f"{question_words(answer.questions[0])}\n\nGive --answer with one of these.")
    if answer.holdings is None:
        raise InvalidInput(nothing_words(answer.entries))
    if answer.holdings.kind == "quantity" and market.is_indexed:
        raise InvalidInput(
            f"the prices of {market.name} were made from returns, so quantities have no value: give values"
        )
    currency = asked["currency"].upper() or answer.holdings.currency or "USD"
    made = to_portfolio(
        answer.holdings,
        prices,
        name=file.stem,
        value=asked["value"],
        currency=currency,
        rates=_rates(asked["rates"], currency),
        day=f"{market.dates[-1]:%Y-%m-%d}",
    )
    tell(_facts(answer, made), _lines(answer, made, market), as_json)


def _pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    for text in texts:
        if "=" not in text:
            raise InvalidInput(f"--{option} {text!r}: write KEY=VALUE")
    return dict(text.split("=", 1) for text in texts)


def _line(text: str) -> int:
    if not text.isdigit():
        raise InvalidInput(f"--take {text!r}: write the number of a line, like 3=AAPL")
    return int(text)


def _asset(ticker: str, market: "Market") -> str:
    if ticker and ticker not in market.tickers:
        raise InvalidInput(f"{ticker!r} is no asset of {market.name}: choose from {', '.join(market.tickers[:12])}")
    return ticker


def _rates(texts: Sequence[str], currency: str) -> "list[Rate]":
    from fingen_core.market.currencies import Rate, quotation

    found, today = [], datetime.now(UTC).date().isoformat()
    for code, number in _pairs(texts, "rate").items():
        try:
            value = float(number)
        except ValueError as problem:
            raise InvalidInput(f"--rate {code}={number}: write a number, like {code}=1.08") from problem
        found.append(Rate(base=quotation(code), quote=currency, value=value, day=today, source="typed"))
    return found


def _facts(answer: "Answer", made: "Portfolio") -> dict[str, Any]:
    weights: Mapping[str, float] = dict(zip(made.tickers, made.weights, strict=True))
    return {
        "kind": answer.holdings.kind if answer.holdings else "",
        "value": made.value,
        "currency": made.currency,
        "weights": weights,
        "cash": made.cash,
        "left_out": made.left_out.to_json() if made.left_out else None,
        "told": list(answer.told),
        "lines": [_entry(entry) for entry in answer.entries],
    }


def _entry(entry: "Entry") -> dict[str, Any]:
    return {
        "line": entry.line,
        "name": entry.name,
        "fate": entry.fate,
        "ticker": entry.ticker,
        "quantity": entry.quantity,
        "value": entry.value,
        "weight": entry.weight,
        "currency": entry.currency,
        "reason": entry.reason,
        "nearest": entry.nearest,
    }


def _lines(answer: "Answer", made: "Portfolio", market: "Market") -> list[str]:
    from fingen_core.portfolio.holdings import at_closes

    closes = dict(zip(market.tickers, map(float, market.prices.iloc[-1]), strict=True))
    valued = at_closes(answer.holdings, closes) if answer.holdings is not None else {}
    rows = [_row(entry, valued) for entry in answer.entries]
    counts = ", ".join(f"{answer.count(fate)} {fate}" for fate in ("matched", "cash", "left out", "no holding"))
    weights = [f"{ticker:10} {share:9.4%}" for ticker, share in zip(made.tickers, made.weights, strict=True)]
    total = f"{'cash':10} {made.cash:9.4%}   worth {made.currency} {made.value:,.2f}"
    return [*rows, counts, *answer.told, *weights, total, made.about(market.source.currencies)]


def _row(entry: "Entry", valued: Mapping[int, tuple[str, float]]) -> str:
    quantity = "" if entry.quantity is None else f"{entry.quantity:,.10g}"
    code, value = valued.get(entry.line, (entry.currency, entry.value))
    worth = "" if value is None else f"{code} {value:,.2f}".strip()
    if not worth and entry.weight is not None:
        worth = f"{entry.weight:.2%}"
    nearest = f"; nearest: {entry.nearest}" if entry.nearest and entry.nearest not in entry.reason else ""
    told = f"line {entry.line:<5}{entry.fate:11}{entry.ticker:8}{quantity:>12}{worth:>20}  {entry.name}"
    return f"{told}  ({entry.reason}{nearest})" if entry.reason or nearest else told
