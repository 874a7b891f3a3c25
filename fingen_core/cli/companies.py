"""``companies``: statements from a file, a model of companies by their numbers, and a question to it."""

import time
from pathlib import Path
from typing import Any

import click

from fingen_core.cli.markets import named_market
from fingen_core.cli.shown import Line, as_json, market_option, tell
from fingen_core.errors import InvalidInput, JobFailed

__all__ = ["companies"]

_STEPS_PER_YEAR = 252


@click.group()
def companies() -> None:
    """Companies by their numbers: size, leverage, profitability."""


@companies.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_json
def add(file: Path, as_json: bool) -> None:
    """Keep the statements of several companies from FILE: columns ticker, item, then periods such as 2022-12-31."""
    from fingen_core.market.fundamentals import StatementStore, several_from_table
    from fingen_core.market.tables import read

    found = several_from_table(read(file.read_bytes(), file.name), file.name)
    for one in found.values():
        StatementStore().renew(one)
    tell({"tickers": list(found)}, [f"kept statements of {', '.join(found)}"], as_json)


@companies.command("train")
@market_option
@click.option("--model", type=click.Choice(["vae", "gan"]), default="vae", show_default=True)
@click.option("--preset", type=click.Choice(["quick", "balanced", "thorough"]), default="balanced", show_default=True)
@click.option("--annual", type=int, default=90, show_default=True, help="Days after which a year's statement is known.")
@click.option("--quarterly", type=int, default=60, show_default=True, help="The same for a quarter's.")
@click.option("--seed", type=int, default=0, show_default=True)
@as_json
def train_(market_name: str, as_json: bool, **settings: Any) -> None:
    """Learn from all companies of a market whose statements are kept; prints the model's name."""
    from fingen_core.jobs import companies as jobs
    from fingen_core.market import library
    from fingen_core.market.fundamentals import StatementStore
    from fingen_core.scenarios.companies import verdict_words

    market = named_market(market_name)
    digest = market_name if market_name == library.SAMPLE else library.save(market)
    statements = StatementStore().of(market.tickers)
    request = jobs.CompanyTraining(market_digest=digest, statements=jobs.digest_of(statements), **settings)
    jobs.start(request, statements)
    _wait(request)
    facts = jobs.facts(request.digest())
    known = [
        name for name, low in zip(("size", "leverage", "profitability"), facts["low"], strict=True) if low is not None
    ]
    lines = [f"model {request.digest()}", verdict_words(facts, known).replace("*", "")]
    tell({"model": request.digest(), **facts}, lines, as_json)


def _wait(request: Any) -> None:
    from fingen_core.jobs import companies as jobs

    with Line() as line:
        try:
            while (now := jobs.progress(request)).is_active:
                line.say(f"{now.phase} {now.share:4.0%}")
                time.sleep(0.2)
        except KeyboardInterrupt:
            jobs.stop(request)
            raise
    if now.status != "done":
        raise JobFailed(now.error or "the training was stopped: start it again")


@companies.command()
@click.argument("model")
@click.option("--assets", type=float, help="Total assets in millions.")
@click.option("--leverage", type=float, help="Debt / assets, a decimal: 0.6.")
@click.option("--profitability", type=float, help="Net income of a year / assets, a decimal.")
@click.option("--start", metavar="DATE", help="Day to set out from; the last one by default.")
@click.option("--end", metavar="DATE", help="With it, each path sets out from a day between the two.")
@click.option("--paths", "n_paths", type=int, default=4000, show_default=True)
@click.option("--steps", "n_steps", type=int, default=63, show_default=True, help="Trading days, at least 21.")
@click.option("--seed", type=int, default=0, show_default=True)
@as_json
def ask(model: str, assets: float | None, as_json: bool, **told: Any) -> None:
    """Ask a MODEL for a company by its numbers; what is left out is not said."""
    import numpy as np

    from fingen_core.generators.companies import CompanyGenerator
    from fingen_core.jobs import companies as jobs
    from fingen_core.scenarios import companies as reading

    if assets is not None and not assets > 0:
        raise InvalidInput(f"assets of {assets:g} millions: give more than 0, or leave it out where it is not known")
    if told["n_steps"] < reading.MONTH:
        raise InvalidInput(f"{told['n_steps']} days: ask for {reading.MONTH} or more, losses of a month are shown")
    numbers = {"size": None if assets is None else float(np.log(assets))}
    numbers |= {name: told.pop(name) for name in ("leverage", "profitability")}
    said = {name: value for name, value in numbers.items() if value is not None}
    jobs.Ask(model=model, numbers=said, **told)  # refuses what is out of range
    generator, facts = CompanyGenerator.load(jobs.folder_of(model)), jobs.facts(model)
    n = (told.pop("n_paths"), told.pop("n_steps"))
    with_numbers, plain = (
        reading.measures(generator.sample(*n, numbers=known, **told), _STEPS_PER_YEAR) for known in (said, {})
    )
    found = {
        "numbers": said,
        "with": with_numbers,
        "any_company": plain,
        "bounds": [factor * with_numbers["volatility"] for factor in generator.between(said)],
        "verdict": reading.verdict(facts, list(said)),
        "outside": reading.outside(facts, said),
        "nearest": list(reading.nearest(facts, said)["ticker"]),
    }
    lines = [
        f"{'':18}{'with':>10}{'any':>10}",
        *(f"{name:18}{with_numbers[name]:10.3f}{plain[name]:10.3f}" for name in with_numbers),
        reading.verdict_words(facts, list(said)).replace("*", "") if said else "nothing is told: any company",
        *(f"{name} lies {far:.1f} standard deviations outside what was seen" for name, far in found["outside"].items()),
    ]
    tell(found, lines, as_json)
