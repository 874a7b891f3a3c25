"""``company``: paths of a company that is asked for by its numbers, without a browser."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fingen_core.cli.markets import named_market
from fingen_core.cli.shown import Line, as_json, market_option, tell
from fingen_core.errors import FinGenError, InvalidInput

if TYPE_CHECKING:
    from fingen_core.jobs.background.companies import CompanyTraining
    from fingen_core.market import Market, Step
    from fingen_core.market.statements import Statements, StatementsFile

__all__ = ["company"]

_UNITS = ("units", "thousands", "lakh", "millions", "crore", "billions", "trillions")
_LOOK_EVERY = 0.2


@click.command()
@market_option
@click.option(
    "--statements",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV or Excel: a row per company and item, per company and year, or per amount; else those kept by the "
    "Companies page.",
)
@click.option("--unit", type=click.Choice(_UNITS), help="What its amounts are counted in.  [found in the file]")
@click.option("--shares", type=click.Choice(_UNITS), help="What its shares are counted in.  [found in the file]")
@click.option("--ticker", default="", help="Whose statements a file has that names no company.")
@click.option("--show", is_flag=True, help="Say what the file of statements says, and do nothing else.")
@click.option("--size", type=float, help="Total assets in millions.  [left out: not said]")
@click.option("--leverage", type=float, help="Total debt / total assets, a decimal.  [left out: not said]")
@click.option("--profitability", type=float, help="Net income / total assets, a decimal.  [left out: not said]")
@click.option("--start", default=None, metavar="DATE", help="Day to set out from; the last one by default.")
@click.option("--end", default=None, metavar="DATE", help="Each path sets out from a day between --start and this.")
@click.option("--paths", "n_paths", type=click.IntRange(1), default=4000, show_default=True)
@click.option(
    "--steps",
    "n_steps",
    type=click.IntRange(1),
    help="Steps of the market: trading days, weeks, months.  [default: a quarter]",
)
@click.option("--model", type=click.Choice(["vae", "gan"]), default="vae", show_default=True)
@click.option("--preset", type=click.Choice(["quick", "balanced", "thorough"]), default="balanced", show_default=True)
@click.option("--annual", type=int, default=90, show_default=True, help="Days until a year's statement is known.")
@click.option("--quarterly", type=int, default=60, show_default=True, help="Days until a quarter's is known.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Same seed, same model and paths.")
@as_json
def company(market_name: str, file: Path | None, as_json: bool, **asked: Any) -> None:
    """Ask for a company by its numbers: its volatility and losses beside those of any company.

    The model is trained the first time, and kept for the same prices, statements and settings.
    """
    from fingen_core.generators.companies.generator import CompanyGenerator, as_row
    from fingen_core.jobs.background.companies import CompanyTraining, digest_of, folder_of
    from fingen_core.market import library
    from fingen_core.market.statements.known_numbers import mixed_sizes
    from fingen_core.scenarios import companies as reading

    if asked["show"] and file is not None:
        _say_what_is_read(_read(file, asked, ()), as_json)
        return
    numbers = _numbers(asked)
    as_row(numbers)  # refuses what is no number before a training
    market = named_market(market_name)
    statements = _statements(market, file, asked, say=not as_json)
    mixed = mixed_sizes(statements)
    if mixed and "size" in numbers:
        raise InvalidInput(f"--size {asked['size']:g}: {mixed[0].lower()}{mixed[1:]}. Leave --size out")
    settings = {name: asked[name] for name in ("annual", "quarterly", "model", "preset", "seed")}
    digest = library.SAMPLE if market_name == library.SAMPLE else library.save(market)
    request = CompanyTraining(market_digest=digest, statements=digest_of(statements), **settings)
    _trained(request, statements)
    generator = CompanyGenerator.load(folder_of(request.digest()))
    how = {name: asked[name] for name in ("start", "end", "seed")}
    n_steps = asked["n_steps"] or market.step.quarter
    if n_steps < market.step.month:
        raise InvalidInput(f"--steps {n_steps}: give a month or more, {market.step.words(market.step.month)}")
    drawn = [generator.sample(asked["n_paths"], n_steps, numbers=told, **how) for told in (numbers, {})]
    told, plain = (reading.measures(paths, market.step) for paths in drawn)
    low, high = generator.between(numbers)
    facts = {
        "model": request.digest(),
        "numbers": numbers,
        "n_companies": generator.info["n_companies"],
        "with_numbers": told,
        "any_company": plain,
        "volatility_between": [told["volatility"] * low, told["volatility"] * high],
        "verdict": reading.verdict(generator.info, list(numbers)) if numbers else None,
        "outside": reading.outside(generator.info, numbers),
        "nearest": reading.nearest(generator.info, numbers)["ticker"].tolist(),
    }
    words = reading.verdict_words(generator.info, list(numbers)).replace("**", "") if numbers else "no number is told"
    tell(facts, _lines(facts, words, market.step), as_json)


def _numbers(asked: dict[str, Any]) -> dict[str, float]:
    import numpy as np

    if asked["size"] is not None and not asked["size"] > 0:
        raise InvalidInput(f"--size {asked['size']:g}: give total assets above 0, or leave it out")
    told = {name: asked[name] for name in ("size", "leverage", "profitability") if asked[name] is not None}
    return told | ({"size": float(np.log(told["size"]))} if "size" in told else {})


def _statements(market: "Market", file: Path | None, asked: dict[str, Any], *, say: bool) -> "dict[str, Statements]":
    """Those of a file, with what is told of it, or those that are kept."""
    from fingen_core.market.statements import StatementStore

    if file is None:
        return StatementStore().of(market.tickers)
    found = _read(file, asked, market.tickers)
    for sentence in found.told if say else ():
        click.echo(f"{sentence}.")
    return {ticker: one for ticker, one in found.companies.items() if ticker in market.tickers}


def _read(file: Path, asked: dict[str, Any], tickers: Sequence[str]) -> "StatementsFile":
    """What a file says; a question that it leaves open is an error that names the option."""
    from fingen_core.market.statements import read_statements
    from fingen_core.market.tables import bytes_of

    units = {"unit": asked["unit"] or "", "shares": asked["shares"] or ""}
    owner = asked["ticker"] or (file.stem if asked["show"] else "")
    found = read_statements(bytes_of(file), file.name, owner, tickers, **units)
    if found.question:
        raise InvalidInput(f"{found.question} with {'--shares' if found.shares_offers else '--unit'}")
    return found


def _say_what_is_read(found: "StatementsFile", as_json: bool) -> None:
    """Items in millions and ratios, company by company."""
    import pandas as pd

    from fingen_core.market.statements import ratios

    companies: dict[str, Any] = {}
    lines = [f"{sentence}." for sentence in found.told]
    for ticker, one in found.companies.items():
        table = pd.concat([one.table, ratios(one)]).dropna(how="all")
        values = table.astype(object).where(table.notna(), None)
        companies[ticker] = {name: values.loc[name].to_dict() for name in values.index}
        lines += [
            "",
            f"{ticker}, in millions{f' of {one.currency}' * bool(one.currency)}",
            table.to_string(na_rep="missing", float_format="{:,.6g}".format),
        ]
    tell({"file": found.name, "unit": found.unit, "told": list(found.told), "companies": companies}, lines, as_json)


def _trained(request: "CompanyTraining", statements: "dict[str, Statements]") -> None:
    """Wait for the training, which goes on in a process of its own; Ctrl-C stops it."""
    from fingen_core.jobs.background import companies

    companies.start(request, statements)
    with Line() as line:
        try:
            while (now := companies.progress(request)).is_active:
                line.say(f"{now.phase}: {now.share:.0%}")
                time.sleep(_LOOK_EVERY)
        except KeyboardInterrupt:
            companies.stop(request)
            raise
    if now.status != "done":
        raise FinGenError(now.error or "the training was stopped: ask again to start it anew")


def _rows(step: "Step") -> dict[str, str]:
    """Names of the measures, for people."""
    losses = {
        f"{name}_{n}": f"{name.replace('var', 'VaR').replace('es', 'ES')} 99 %, {step.words(n)}"
        for n in dict.fromkeys((1, step.month))
        for name in ("var", "es")
    }
    return {"volatility": "volatility a year", **losses}


def _lines(facts: dict[str, Any], words: str, step: "Step") -> list[str]:
    rows = [(told, facts["with_numbers"][name], facts["any_company"][name]) for name, told in _rows(step).items()]
    low, high = facts["volatility_between"]
    return [
        f"{'':22}{'with numbers':>14}{'any company':>14}",
        *(f"{name:22}{told:>14.2%}{plain:>14.2%}" for name, told, plain in rows),
        f"volatility had other companies been learned from: {low:.1%} to {high:.1%} (90 %)",
        words,
        *(f"{name} lies {far:.1f} standard deviations outside training" for name, far in facts["outside"].items()),
        *([f"nearest: {', '.join(facts['nearest'])}"] if facts["nearest"] else []),
        "Generated by FinGen; has not happened.",
    ]
