"""``sample``: draw scenarios and write them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fingen_core.cli.markets import is_saved, named_market
from fingen_core.cli.shown import Line, as_json, tell
from fingen_core.errors import InvalidInput
from fingen_core.settings import N_PATHS

if TYPE_CHECKING:
    import pandas as pd

    from fingen_core.market import Step
    from fingen_core.scenarios import Scenarios

__all__ = ["WRITERS", "sample", "write_scenarios"]


@click.command()
@click.option(
    "--run", "source", default="pretrained", show_default=True, help="Run id, pretrained, fhs-gjr, block-bootstrap."
)
@click.option("--market", "market_digest", default="", help="History to start from; the run's own market by default.")
@click.option("--paths", "n_paths", type=int, default=N_PATHS, show_default=True)
@click.option(
    "--steps", "n_steps", type=int, help="Steps of the market: business days, weeks, months.  [default: a quarter]"
)
@click.option("--seed", type=int, default=0, show_default=True, help="Same seed, same paths.")
@click.option("--start", default=None, metavar="DATE", help="Day to set out from; the last one by default.")
@click.option(
    "--severity", type=float, default=1.0, show_default=True, help="Keep the worst share of the paths, such as 0.05."
)
@click.option(
    "--by", default="equal-weight", show_default=True, help="Whose loss counts as bad: a ticker, or equal-weight."
)
@click.option(
    "--condition",
    "conditions",
    multiple=True,
    metavar="NAME=VALUE",
    help="What is asked for: volatility or trend as a percentile of history (0 to 100), or what the model has learned, "
    "such as severity=0.05. May be repeated.",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write, .parquet or .csv.")
@as_json
def sample(  # noqa: PLR0917
    source: str,
    market_digest: str,
    n_paths: int,
    n_steps: int | None,
    seed: int,
    start: str | None,
    severity: float,
    by: str,
    conditions: tuple[str, ...],
    out: Path | None,
    as_json: bool,
) -> None:
    """Draw scenarios: rows of path, step, date, ticker, log_return."""
    from fingen_core.jobs.warm.sampler import Sampler
    from fingen_core.scenarios.requests import RIVALS, SampleRequest

    if out is not None and out.suffix.lower() not in WRITERS:
        raise InvalidInput(f"--out {out.name}: the name must end in {' or '.join(WRITERS)}")
    if market_digest and not is_saved(market_digest):
        from fingen_core.market import library

        market_digest = library.save(named_market(market_digest))
    named = source if source in {*RIVALS, "pretrained"} else f"run:{source}"
    request = SampleRequest(
        source=named,
        n_paths=n_paths,
        n_steps=n_steps or _quarter(source, market_digest),
        seed=seed,
        start=start,
        market_digest=market_digest,
        condition=_conditions(conditions),
    )
    sampler = Sampler()
    try:
        with Line() as line:
            line.say("drawing")
            drawn = sampler.sample(request)
    finally:
        sampler.close()
    scenarios = _worst(drawn, severity, by)
    facts = {"source": source, "label": scenarios.label, "start": f"{scenarios.start:%Y-%m-%d}", "seed": seed}
    facts |= {"paths": scenarios.n_paths, "steps": scenarios.n_steps, "tickers": list(scenarios.tickers)}
    facts |= {"condition": dict(drawn.condition)}
    facts |= {"market_digest": scenarios.market_digest, "severity": severity, "loss": _loss_figures(scenarios)}
    if out is not None:
        facts |= {"out": str(out), "rows": write_scenarios(scenarios, out)}
    tell(facts, _sample_lines(facts, scenarios.step), as_json)


def _quarter(source: str, market_digest: str) -> int:
    """Steps in a quarter of the market that paths set out from."""
    from fingen_core.market import library
    from fingen_core.runs import RunStore
    from fingen_core.scenarios.requests import RIVALS

    if market_digest or source in {*RIVALS, "pretrained"}:
        return library.load(market_digest or library.SAMPLE).step.quarter
    return RunStore().market(source).step.quarter


def _conditions(texts: tuple[str, ...]) -> dict[str, float | str]:
    """What NAME=VALUE texts ask for; numbers are read as numbers."""
    found: dict[str, float | str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name or not value:
            raise InvalidInput(f"--condition {text}: use NAME=VALUE, such as volatility=95 or severity=0.05")
        try:
            found[name] = float(value)
        except ValueError:
            found[name] = value
    return found


def _worst(scenarios: "Scenarios", severity: float, by: str) -> "Scenarios":
    """The worst share of the paths, the worst first."""
    from fingen_core.scenarios.severity import horizon_losses, worst_share

    if severity == 1.0 and by == "equal-weight":
        return scenarios
    if by == "equal-weight":
        losses = horizon_losses(_equal_weight(scenarios))
    elif by in scenarios.tickers:
        losses = horizon_losses(scenarios.prices()[:, :, scenarios.tickers.index(by)])
    else:
        raise InvalidInput(f"--by {by}: use equal-weight or one of {', '.join(scenarios.tickers)}")
    return scenarios.take(list(worst_share(losses, severity).rows), severity=severity, by=by)


def _equal_weight(scenarios: "Scenarios") -> Any:
    import numpy as np

    from fingen_core.portfolio.values import portfolio_values

    n_assets = len(scenarios.tickers)
    return portfolio_values(scenarios.log_returns, np.full(n_assets, 1 / n_assets))


def _loss_figures(scenarios: "Scenarios") -> dict[str, float]:
    """Horizon loss of the equal-weight portfolio, in decimals."""
    import numpy as np

    from fingen_core.scenarios.severity import horizon_losses

    losses = horizon_losses(_equal_weight(scenarios))
    quantiles = {"median": 0.5, "worst_5_percent": 0.95, "worst_1_percent": 0.99}
    figures = {name: float(np.quantile(losses, level)) for name, level in quantiles.items()}
    return figures | {"worst": float(losses.max())}


def write_scenarios(scenarios: "Scenarios", out: Path) -> int:
    """Write long-form rows in one move; their number."""
    frame = scenarios.frame()
    frame.attrs = {
        "note": "Generated by FinGen; has not happened.",
        "label": scenarios.label,
        "run_id": scenarios.run_id,
        "seed": scenarios.seed,
        "start": f"{scenarios.start:%Y-%m-%d}",
        "market_digest": scenarios.market_digest,
        "condition": dict(scenarios.condition),
    }
    _write(frame, out)
    return len(frame)


def _csv(frame: "pd.DataFrame", path: Path) -> None:
    from fingen_core.market import spreadsheet

    path.write_text(spreadsheet.to_csv(frame), encoding="utf-8")


WRITERS: Mapping[str, Callable[["pd.DataFrame", Path], object]] = {
    ".parquet": lambda frame, path: frame.to_parquet(path, index=False),
    ".csv": _csv,
}


def _write(frame: "pd.DataFrame", out: Path) -> None:
    fresh = out.with_name(f".{out.name}.part")
    try:
        WRITERS[out.suffix.lower()](frame, fresh)
        fresh.replace(out)
    except OSError as error:
        raise InvalidInput(f"{out} cannot be written ({error.strerror}): choose another folder") from error
    finally:
        fresh.unlink(missing_ok=True)


def _sample_lines(facts: Mapping[str, Any], step: "Step") -> list[str]:
    loss = facts["loss"]
    return [
        f"{facts['paths']:,} generated paths of {step.words(facts['steps'])} {_origin(facts)} by {facts['label']}, "
        f"seed {facts['seed']}; none of them has happened",
        f"equal weight: median {-loss['median']:+.1%}; 1 in 20 loses {loss['worst_5_percent']:.1%} or more, "
        f"1 in 100 {loss['worst_1_percent']:.1%} or more, the worst {loss['worst']:.1%}",
        *_condition_lines(facts["condition"]),
        *([f"{facts['rows']:,} rows written to {facts['out']}"] if "out" in facts else []),
    ]


def _origin(facts: Mapping[str, Any]) -> str:
    return f"dated from {facts['start']}" if "market_state" in facts["condition"] else f"from {facts['start']}"


def _condition_lines(condition: Mapping[str, Any]) -> list[str]:
    """What was asked for, and from where the paths then set out."""
    asked = ", ".join(f"{name} {value}" for name, value in condition.items() if name != "market_state")
    found = condition.get("market_state")
    return [*([f"asked for {asked}"] if asked else []), *([f"setting out from {found['sentence']}"] if found else [])]
