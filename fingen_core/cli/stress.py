"""``stress``: what if, what it would take, and the tail beyond plain paths, without a browser."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fingen_core.cli.sampling import WRITERS, write_scenarios
from fingen_core.cli.shown import Line, as_json, tell
from fingen_core.errors import FinGenError, InvalidInput

if TYPE_CHECKING:
    from fingen_core.jobs.warm.searcher import Found
    from fingen_core.market import Market, Step
    from fingen_core.scenarios.requests import StressRequest

__all__ = ["reverse", "stress", "tail", "what_if"]


@click.group()
def stress() -> None:
    """Search a trained model for stress: what-if, reverse, tail."""


def _common(command: Callable[..., None]) -> Callable[..., None]:
    """Options that every search has."""
    effort = click.Choice(["quick", "normal", "thorough"])
    for option in (
        click.option("--run", "source", default="pretrained", show_default=True, help="Run id, or pretrained."),
        click.option(
            "--steps",
            "n_steps",
            type=int,
            help="Steps of the market: business days, weeks, months.  [default: a month]",
        ),
        click.option("--seed", type=int, default=0, show_default=True, help="Same seed, same paths."),
        click.option("--start", default=None, metavar="DATE", help="Day to set out from; the last one by default."),
        click.option("--by", default="equal-weight", show_default=True, help="What loses: a ticker, or equal-weight."),
        click.option("--effort", type=effort, default="normal", show_default=True, help="How many paths are moved."),
        click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Paths: .parquet or .csv."),
    ):
        command = option(command)
    return as_json(command)


@stress.command("what-if")
@click.argument("question")
@click.option("--soft", is_flag=True, help="Hold on average only, by weights of plain paths.")
@_common
def what_if(question: str, soft: bool, out: Path | None, as_json: bool, **common: Any) -> None:
    """Paths that satisfy a QUESTION such as "index falls 20 % +- 1 % in 10 days", and what they do to the rest.

    Without a time it means in 10 days, as on the page; paths reach at least as far as the question.
    """
    from fingen_core.scenarios.search.sentences import read
    from fingen_core.scenarios.search.subjects import subjects

    market = _market(common["source"])
    views = read(question, subjects(market), market.step)
    common["n_steps"] = max(common["n_steps"] or market.step.month, *(view.n_days for view in views))
    parts, request = _search(market, out, common, kind="what-if", views=views, soft=soft)
    facts = {"asked": [view.words(market.step) for view in views], **parts["answer"].facts}
    tell(_kept(facts, parts["answer"], market, request, out), _what_if_lines(facts, market.step), as_json)


@stress.command()
@click.option("--loss", type=float, default=0.2, show_default=True, help="A decimal: 0.2 is 20 %.")
@_common
def reverse(loss: float, out: Path | None, as_json: bool, **common: Any) -> None:
    """The most plausible ways to a loss, and how likely it is."""
    market = _market(common["source"])
    parts, request = _search(market, out, common, kind="reverse", loss=loss)
    event, answers = parts["event"].facts, parts["answers"].facts["answers"]
    stories = parts["closest"].facts.get("stories", [None])
    facts = {"loss": loss, **event, "answers": answers, "closest": stories[0]}
    lines = [
        f"{loss:.1%} or more in {market.step.words(request.n_steps)} from {event['start']}: {_odds(event)}",
        *(f"  {_share(answer)} of it: {answer['name']}" for answer in answers),
    ]
    tell(_kept(facts, parts["event"], market, request, out), lines, as_json)


@stress.command()
@click.option("--share", type=float, default=0.001, show_default=True, help="The worst share, a decimal.")
@_common
def tail(share: float, out: Path | None, as_json: bool, **common: Any) -> None:
    """The worst share of all paths that a model would ever draw."""
    market = _market(common["source"])
    parts, request = _search(market, out, common, kind="tail", share=share)
    facts = {"share": share, **parts["answer"].facts}
    lines = [
        f"the worst {share:.4%} lose {facts['threshold']:.1%} or more, {facts['mean_loss']:.1%} ± "
        f"{facts['mean_loss_reach']:.1%} on average; "
        f"{facts['effective']:,.0f} effective paths"
    ]
    tell(_kept(facts, parts["answer"], market, request, out), lines, as_json)


def _market(source: str) -> "Market":
    """What a model was trained on."""
    from fingen_core.market import bundled
    from fingen_core.runs import RunStore

    return bundled() if source == "pretrained" else RunStore().market(source)


def _search(
    market: "Market", out: Path | None, common: Mapping[str, Any], **asked: Any
) -> "tuple[Mapping[str, Found], StressRequest]":
    """Everything that a search finds; raises what it was refused with."""
    from fingen_core.jobs.warm.searcher import Desk
    from fingen_core.scenarios.requests import StressRequest

    if out is not None and out.suffix.lower() not in WRITERS:
        raise InvalidInput(f"--out {out.name}: the name must end in {' or '.join(WRITERS)}")
    by, named = common["by"], dict(common)
    if by not in ("equal-weight", *market.tickers):
        raise InvalidInput(f"--by {by}: use equal-weight or one of {', '.join(market.tickers)}")
    even = by == "equal-weight"
    weights = tuple(1 / market.n_assets if even else float(ticker == by) for ticker in market.tickers)
    source = common["source"] if common["source"] == "pretrained" else f"run:{common['source']}"
    del named["by"]
    named["n_steps"] = common["n_steps"] or market.step.month
    request = StressRequest(**{**named, "source": source, "weights": weights, **asked})
    desk = Desk()
    try:
        with Line() as line:
            line.say("searching")
            status = desk.wait(request)
    finally:
        desk.close()
    if status.state != "done":
        raise FinGenError(status.error or "the search took too long: choose a shorter horizon")
    return status.parts, request


def _kept(
    facts: dict[str, Any], found: "Found", market: "Market", request: "StressRequest", out: Path | None
) -> dict[str, Any]:
    """The facts, with the paths written where they were wanted."""
    if out is None:
        return facts
    import pandas as pd

    from fingen_core.scenarios import Scenarios

    scenarios = Scenarios(
        log_returns=found.arrays["paths"],
        tickers=market.tickers,
        start=pd.Timestamp(found.facts["start"]),
        step=market.step,
        label=found.facts["label"],
        seed=request.seed,
        condition={"search": request.kind, "digest": request.digest()},
        market_digest=market.digest(),
    )
    return {**facts, "out": str(out), "rows": write_scenarios(scenarios, out)}


def _what_if_lines(facts: Mapping[str, Any], step: "Step") -> list[str]:
    table = facts["table"]
    how = f"on average, {facts['effective']:,.0f} effective paths" if "probability" not in facts else _odds(facts)
    half = [high - mean for mean, high in zip(table["mean"], table["mean_high"], strict=True)]
    columns = (table[name] for name in ("asset", "mean", "low", "high", "plain_mean"))
    rows = zip(*columns, half, strict=True)
    return [
        f"{' and '.join(facts['asked'])}: {how}",
        f"{'after ' + step.words(facts['day']):16}{'mean':>9}{'±':>7}{'5 %':>9}{'95 %':>9}{'without':>9}",
        *(
            f"{name:16}{mean:+9.1%}{half:7.1%}{low:+9.1%}{high:+9.1%}{plain:+9.1%}"
            for name, mean, low, high, plain, half in rows
        ),
        "± is half of the mean's 90 % band, 5 % and 95 % are of paths",
    ]


def _share(answer: Mapping[str, Any]) -> str:
    return f"{answer['share']:4.0%} ({answer['share_low']:.0%} to {answer['share_high']:.0%})"


def _odds(facts: Mapping[str, Any]) -> str:
    return (
        f"probability {facts['probability']:.2g} ({facts['low']:.2g} to {facts['high']:.2g}), "
        f"{facts['effective']:,.0f} effective paths"
    )
