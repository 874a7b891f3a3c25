"""``risk``: value at risk and expected shortfall of a portfolio, as on its page, without a browser."""

from math import isfinite
from typing import TYPE_CHECKING, Any

import click

from fingen_core.cli.markets import is_saved, named_market
from fingen_core.cli.shown import Line, as_json, tell
from fingen_core.errors import InvalidInput
from fingen_core.settings import N_PATHS

if TYPE_CHECKING:
    import pandas as pd

    from fingen_core.market import Market, Step
    from fingen_core.portfolio.risk import Gains
    from fingen_core.scenarios import Scenarios
    from fingen_core.scenarios.value_at_risk import RiskQuestion

__all__ = ["risk"]


@click.command()
@click.option(
    "--run", "source", default="pretrained", show_default=True, help="Run id, pretrained, fhs-gjr, block-bootstrap."
)
@click.option("--market", "market_name", default="", help="History to start from; the run's own market by default.")
@click.option("--portfolio", "name", default="Equal weight", show_default=True, metavar="NAME", help="A saved one.")
@click.option("--paths", "n_paths", type=int, default=N_PATHS, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True, help="Same seed, same paths.")
@click.option("--start", default=None, metavar="DATE", help="Day to set out from; the last one by default.")
@click.option(
    "--level", type=float, default=None, help="Confidence, a decimal such as 0.975.  [default: 0.95, 0.975 and 0.99]"
)
@as_json
def risk(source: str, market_name: str, name: str, level: float | None, as_json: bool, **drawing: Any) -> None:
    """Value at risk and expected shortfall over up to four horizons: a model, history and a rival beside each other.

    The numbers are those of the page Portfolio for the same question.
    """
    from fingen_core.portfolio.risk import LEVELS, risk_table
    from fingen_core.portfolio.saved import by_name
    from fingen_core.scenarios.requests import RIVALS
    from fingen_core.scenarios.value_at_risk import RiskQuestion
    from fingen_core.settings import home

    levels = LEVELS if level is None else (level,)
    if not all(0 < one < 1 for one in levels):
        raise InvalidInput(f"--level {level:g}: a confidence level lies inside (0, 1), for instance 0.975")
    market = _market(source, market_name)
    portfolio = by_name(market, home(), name)
    weights = portfolio.on(market.tickers)
    named = source if source in {*RIVALS, "pretrained"} else f"run:{source}"
    asked = RiskQuestion(market=market, source=named, **drawing)
    drawn, sources = _sources(asked)
    table = risk_table(sources, weights, levels)
    facts: dict[str, Any] = {
        "source": source,
        "portfolio": portfolio.name,
        "weights": dict(zip(market.tickers, map(float, weights), strict=True)),
        "start": f"{drawn.start:%Y-%m-%d}",
        "paths": asked.n_paths,
        "seed": asked.seed,
        "market_digest": market.digest(),
        "table": table.astype(object).where(table.notna(), None).to_dict("records"),
    }
    first = f"{portfolio.name}, {sources[0].note}, by {sources[0].label}; none of them has happened"
    tell(facts, [first, *_lines(table, market.step)], as_json)


def _market(source: str, name: str) -> "Market":
    """The market that paths set out from, where the sampler finds it."""
    from fingen_core.market import bundled, library
    from fingen_core.runs import RunStore
    from fingen_core.scenarios.requests import RIVALS

    if not name:
        return bundled() if source in {*RIVALS, "pretrained"} else RunStore().market(source)
    market = named_market(name)
    if not is_saved(name):
        library.save(market)
    return market


def _sources(asked: "RiskQuestion") -> "tuple[Scenarios, list[Gains]]":
    """What the source drew, and gains of the source, of history and of the rival."""
    from fingen_core.jobs.warm.sampler import Sampler
    from fingen_core.scenarios.value_at_risk import RIVAL_NAMES, gains_of, history_gains, named_gains

    sampler = Sampler()
    try:
        with Line() as line:
            line.say("drawing")
            drawn, rival = (sampler.sample(one.request()) for one in (asked, asked.by_rival()))
    finally:
        sampler.close()
    own = named_gains(gains_of(drawn), drawn, RIVAL_NAMES.get(asked.source, drawn.label), asked.kind)
    beside = named_gains(gains_of(rival), rival, RIVAL_NAMES[asked.rival], "rival")
    return drawn, [own, history_gains(asked.market), beside]


def _lines(table: "pd.DataFrame", step: "Step") -> list[str]:
    """A row per horizon, measure and level, a column per source."""
    labels = list(dict.fromkeys(table["source"]))
    width = max(26, *(len(label) + 2 for label in labels))
    lines = [f"{'over':10}{'':12}" + "".join(f"{label:>{width}}" for label in labels)]
    for (horizon, measure, level), rows in table.groupby(["horizon", "measure", "level"], sort=False):
        cells = dict(zip(rows["source"], map(_cell, rows["estimate"], rows["low"], rows["high"]), strict=True))
        shown = "".join(f"{cells.get(label, ''):>{width}}" for label in labels)
        lines.append(f"{step.words(int(str(horizon))):10}{measure:4}{float(str(level)) * 100:5g} % {shown}")
    return [*lines, "90 % bands in brackets; losses are positive"]


def _cell(estimate: float, low: float, high: float) -> str:
    band = f" ({low * 100:.2f} to {high * 100:.2f})" if isfinite(low) else ""
    return f"{estimate * 100:.2f} %{band}"
