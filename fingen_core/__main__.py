"""The command line: ``python -m fingen_core data|train|sample|runs|benchmark``, the app without a browser.

Results go to stdout, as text or with ``--json`` as one JSON object; progress and errors go to stderr. The exit code is
0, 1 for an error that a sentence explains, 2 for a wrong command line, 130 after Ctrl-C. Heavy imports wait until a
command needs them, so that ``--help`` is quick.
"""

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fingen_core import __version__
from fingen_core.errors import FinGenError, InvalidInput, InvalidMarket, JobFailed, SourceUnavailable

if TYPE_CHECKING:
    import pandas as pd

    from fingen_core.market import Market, Source
    from fingen_core.market.yahoo import Fetched
    from fingen_core.runs import Run, RunStore
    from fingen_core.scenarios import Scenarios
    from fingen_core.training.config import TrainingConfig
    from fingen_core.training.progress import Progress

__all__ = [
    "benchmark",
    "cli",
    "data",
    "data_list",
    "delete",
    "export",
    "fetch",
    "main",
    "quality",
    "rename",
    "restore",
    "resume",
    "runs",
    "runs_list",
    "sample",
    "show",
    "stop",
    "train",
]

F = TypeVar("F", bound=Callable[..., Any])
INTERRUPTED = 130

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
market_option = click.option(
    "--market",
    "market_name",
    default="sample",
    show_default=True,
    help="sample, a saved market's digest, a file (CSV, Parquet, Excel), or yahoo:AAPL,MSFT.",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code. Errors are one sentence on stderr, with ``--json`` an object on stdout as well."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return int(cli.main(arguments, prog_name="python -m fingen_core", standalone_mode=False) or 0)
    except click.ClickException as error:
        return _complain(error.format_message(), type(error).__name__, arguments, code=error.exit_code)
    except FinGenError as error:
        return _complain(str(error), type(error).__name__, arguments, code=1)
    except (click.Abort, KeyboardInterrupt):
        return _complain("interrupted", "Interrupted", arguments, code=INTERRUPTED)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="FinGen")
def cli() -> None:
    """Stress scenarios of financial markets from trained GANs and VAEs."""


# ------------------------------------------------------------------------------------------------------------- training


@cli.command()
@market_option
@click.option("--model", type=click.Choice(["vae", "gan"]), default="vae", show_default=True)
@click.option("--preset", type=click.Choice(["quick", "balanced", "thorough"]), default="balanced", show_default=True)
@click.option("--seed", type=int, default=0, show_default=True, help="Same seed, same model.")
@click.option("--set", "changes", multiple=True, metavar="NAME=VALUE", help="Change any setting; may be repeated.")
@click.option(
    "--config", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Settings from a JSON file."
)
@click.option("--name", default="", help="Name of the run.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda:0, mps.")
@click.option("--detach", is_flag=True, help="Do not wait: the training goes on by itself.")
@as_json
def train(  # noqa: PLR0917
    market_name: str,
    model: Any,
    preset: Any,
    seed: int,
    changes: tuple[str, ...],
    config: Path | None,
    name: str,
    device: str,
    detach: bool,
    as_json: bool,
) -> int:
    """Train a VAE or GAN on a market. Ctrl-C stops it and keeps the best checkpoint."""
    from fingen_core.jobs import Jobs
    from fingen_core.training import config as training

    if config:
        settings = training.TrainingConfig.from_json(config.read_text(encoding="utf-8"))
    else:
        settings = training.preset(preset, model, seed=seed)
    settings = _changed(settings, changes)
    market = _market(market_name)
    if market_name != "sample":
        _refuse_unfit(market)
    store = _store()
    run = store.create(market, settings, name=name, device=device)
    jobs = Jobs(store)
    jobs.submit(run.id)
    if detach:
        _print(_run_facts(store.get(run.id)), [f"run {run.id} is in line"], as_json)
        return 0
    return _watch(jobs, run.id, as_json)


def _watch(jobs: Any, run_id: str, as_json: bool) -> int:
    """Show a training until it ends, and then its scores; Ctrl-C stops it."""
    line, code = _Line(), 0
    try:
        for run in jobs.follow(run_id):
            line.show_run(run)
    except KeyboardInterrupt:
        line.say("stopping, the best checkpoint is kept; see `runs resume`")
        jobs.stop(run_id)
        jobs.wait(run_id)
        code = INTERRUPTED
    line.end()
    run = jobs.store.get(run_id)
    if run.status in {"failed", "lost"}:
        raise JobFailed(f"run {run_id} {run.status}: {run.error}")
    _print(_run_facts(run), _run_lines(run), as_json)
    return code


def _changed(config: "TrainingConfig", changes: tuple[str, ...]) -> "TrainingConfig":
    """Settings with ``name=value`` changes, the values read as JSON or else as words."""
    values: dict[str, Any] = {}
    for change in changes:
        name, sign, text = change.partition("=")
        if not sign or name not in config.__dataclass_fields__:
            known = ", ".join(sorted(config.__dataclass_fields__))
            raise InvalidInput(f"--set {change}: use NAME=VALUE with one of {known}")
        try:
            values[name] = json.loads(text)
        except json.JSONDecodeError:
            values[name] = text
    return config.replace(**values)


# ------------------------------------------------------------------------------------------------------------- sampling


@cli.command()
@click.option(
    "--run", "source", default="pretrained", show_default=True, help="Run id, pretrained, fhs-gjr, block-bootstrap."
)
@click.option("--market", "market_digest", default="", help="History to start from; the run's own market by default.")
@click.option("--paths", "n_paths", type=int, default=1000, show_default=True)
@click.option("--steps", "n_steps", type=int, default=63, show_default=True, help="Business days.")
@click.option("--seed", type=int, default=0, show_default=True, help="Same seed, same paths.")
@click.option("--start", default=None, metavar="DATE", help="Day to set out from; the last one by default.")
@click.option(
    "--severity", type=float, default=1.0, show_default=True, help="Keep the worst share of the paths, such as 0.05."
)
@click.option(
    "--by", default="equal-weight", show_default=True, help="Whose loss counts as bad: a ticker, or equal-weight."
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write, .parquet or .csv.")
@as_json
def sample(  # noqa: PLR0917
    source: str,
    market_digest: str,
    n_paths: int,
    n_steps: int,
    seed: int,
    start: str | None,
    severity: float,
    by: str,
    out: Path | None,
    as_json: bool,
) -> None:
    """Draw scenarios: rows of path, step, date, ticker, log_return."""
    from fingen_core.jobs.sampler import RIVALS, Sampler, SampleRequest

    if out is not None and out.suffix.lower() not in _WRITERS:
        raise InvalidInput(f"--out {out.name}: the name must end in {' or '.join(_WRITERS)}")
    if market_digest and not _is_saved(market_digest):
        from fingen_core.market import library

        market_digest = library.save(_market(market_digest))
    named = source if source in {*RIVALS, "pretrained"} else f"run:{source}"
    request = SampleRequest(
        source=named, n_paths=n_paths, n_steps=n_steps, seed=seed, start=start, market_digest=market_digest
    )
    sampler = Sampler()
    try:
        with _Line() as line:
            line.say("drawing")
            drawn = sampler.sample(request)
    finally:
        sampler.close()
    scenarios = _worst(drawn, severity, by)
    facts = {"source": source, "label": scenarios.label, "start": f"{scenarios.start:%Y-%m-%d}", "seed": seed}
    facts |= {"paths": scenarios.n_paths, "steps": n_steps, "tickers": list(scenarios.tickers)}
    facts |= {"market_digest": scenarios.market_digest, "severity": severity, "loss": _loss_figures(scenarios)}
    if out is not None:
        facts |= {"out": str(out), "rows": _write_scenarios(scenarios, out)}
    _print(facts, _sample_lines(facts), as_json)


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


def _write_scenarios(scenarios: "Scenarios", out: Path) -> int:
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


_WRITERS: Mapping[str, Callable[["pd.DataFrame", Path], object]] = {
    ".parquet": lambda frame, path: frame.to_parquet(path, index=False),
    ".csv": lambda frame, path: frame.to_csv(path, index=False),
}


def _write(frame: "pd.DataFrame", out: Path) -> None:
    fresh = out.with_name(f".{out.name}.part")
    try:
        _WRITERS[out.suffix.lower()](frame, fresh)
        fresh.replace(out)
    except OSError as error:
        raise InvalidInput(f"{out} cannot be written ({error.strerror}): choose another folder") from error
    finally:
        fresh.unlink(missing_ok=True)


def _sample_lines(facts: Mapping[str, Any]) -> list[str]:
    loss = facts["loss"]
    return [
        f"{facts['paths']:,} generated paths of {facts['steps']} days from {facts['start']} by {facts['label']}, "
        f"seed {facts['seed']}; none of them has happened",
        f"equal weight: median {-loss['median']:+.1%}; 1 in 20 loses {loss['worst_5_percent']:.1%} or more, "
        f"1 in 100 {loss['worst_1_percent']:.1%} or more, the worst {loss['worst']:.1%}",
        *([f"{facts['rows']:,} rows written to {facts['out']}"] if "out" in facts else []),
    ]


# ----------------------------------------------------------------------------------------------------------------- data


@cli.group()
def data() -> None:
    """Fetch, list and check markets."""


@data.command("list")
@as_json
def data_list(as_json: bool) -> None:
    """Saved markets."""
    from fingen_core.market import bundled, library

    market = bundled()
    rows = [{"digest": library.SAMPLE, "name": market.name, "tickers": list(market.tickers), **_span(market)}]
    for entry in library.listing():
        rows.append(
            {"digest": entry.digest, "name": entry.name, "tickers": list(entry.tickers)}
            | {"first": entry.first, "last": entry.last, "n_steps": entry.n_steps}
        )
    lines = [
        f"{row['digest']:16}  {row['first']} to {row['last']}  {len(row['tickers']):4} assets  {row['name']}"
        for row in rows
    ]
    _print({"markets": rows}, lines, as_json)


@data.command()
@market_option
@click.option("--apply", "apply", is_flag=True, help="Apply the remedies and save the result as a market.")
@as_json
def quality(market_name: str, apply: bool, as_json: bool) -> int:
    """What is wrong with a market's prices, and what would mend it. Exit code 1 if they cannot be used."""
    from fingen_core.market import Market, library, quality_report

    path = Path(market_name)
    known = None if path.is_file() and not _is_saved(market_name) else _market(market_name)
    prices = known.prices if known else _prices(path)
    report = quality_report(prices)
    facts: dict[str, Any] = {"usable": report.usable, "clean": report.clean}
    facts["findings"] = [_finding(finding) for finding in report.findings]
    lines = [
        f"{found['severity']:8}{found['text']}" + (f"  [remedy: {found['remedy']}]" if found["remedy"] else "")
        for found in facts["findings"]
    ]
    if apply and report.usable:
        source, name = (known.source, known.name) if known else _origin(path)
        facts["digest"] = library.save(Market(report.apply(prices), source, name))
        lines.append(f"mended and saved as {facts['digest']}")
    _print(facts, lines, as_json)
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

    fetched = _fetched(tickers, start, end)
    statuses = [{"ticker": one.ticker, "state": one.state, "text": one.text} for one in fetched.statuses]
    facts: dict[str, Any] = {"digest": "", "banner": fetched.banner, "statuses": statuses}
    if (market := _asked_for(fetched)) is not None:
        facts |= {"digest": library.save(market), "tickers": list(market.tickers), **_span(market)}
    lines = [f"{one['ticker']:10}{one['state']:14}{one['text']}" for one in statuses]
    _print(facts, [*lines, f"saved as {facts['digest']}" if market is not None else "nothing usable came"], as_json)
    return 0 if market is not None else 1


def _market(name: str) -> "Market":
    """A market by what people call it on the command line."""
    from fingen_core.market import library

    if _is_saved(name):
        return library.load(name)
    if name.startswith("yahoo:"):
        fetched = _fetched(name.removeprefix("yahoo:").split(","))
        market = _asked_for(fetched)
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


def _prices(path: Path) -> "pd.DataFrame":
    """The prices of a file with all their faults."""
    from fingen_core.market import upload

    table = upload.read(path.read_bytes(), path.name)
    return upload.to_prices(table, upload.guess(table), path.name)


def _origin(path: Path) -> "tuple[Source, str]":
    from fingen_core.market import Source

    return Source(kind="upload", detail=path.name), path.stem


def _refuse_unfit(market: "Market") -> None:
    """A model would learn from faults in the prices as if they were the market."""
    from fingen_core.market import quality_report

    errors = [finding.text for finding in quality_report(market).findings if finding.severity == "error"]
    if errors:
        raise InvalidMarket(f"{errors[0]} Mend it with `data quality --apply` and train on the market that it saves.")


def _fetched(tickers: Sequence[str], start: str | None = None, end: str | None = None) -> "Fetched":
    from fingen_core.market.yahoo import Yahoo

    with _Line() as line:
        return Yahoo().fetch(
            tickers, start, end, on_progress=lambda done, total, text: line.say(f"{done} of {total}: {text}")
        )


def _asked_for(fetched: "Fetched") -> "Market | None":
    """The market of the tickers that were asked for; pages may show the bundled one instead, a command must not."""
    market = fetched.market
    return None if market is None or market.source.kind == "bundled" else market


def _is_saved(name: str) -> bool:
    return name == "sample" or bool(re.fullmatch("[0-9a-f]{16}", name))


def _span(market: "Market") -> dict[str, Any]:
    return {"first": f"{market.dates[0]:%Y-%m-%d}", "last": f"{market.dates[-1]:%Y-%m-%d}", "n_steps": market.n_steps}


# ----------------------------------------------------------------------------------------------------------------- runs


@cli.group()
def runs() -> None:
    """List, open and manage trainings."""


run_argument = click.argument("run_id")


@runs.command("list")
@click.option("--deleted", is_flag=True, help="Those that can be restored.")
@as_json
def runs_list(deleted: bool, as_json: bool) -> None:
    """All runs, the newest first."""
    from fingen_core.jobs import Jobs

    store = _store()
    Jobs(store).reconcile()
    found = store.list(deleted=deleted)
    lines = [
        f"{run.id}  {run.status:8}  {run.created:%Y-%m-%d %H:%M}  {_score(run.scores):>8}  {run.name}" for run in found
    ]
    head = f"{'run':12}  {'state':8}  {'made (UTC)':16}  {'FZ0 2.5%':>8}  name"
    _print({"runs": [_run_facts(run) for run in found]}, [head, *lines] if found else ["no runs yet"], as_json)


@runs.command()
@run_argument
@as_json
def show(run_id: str, as_json: bool) -> None:
    """State, scores and model card of a run."""
    store = _store()
    run = store.get(run_id)
    _print(
        {**_run_facts(run), "card": store.card(run_id)}, [*_run_lines(run), "", store.card_markdown(run_id)], as_json
    )


@runs.command()
@run_argument
@click.argument("name")
@as_json
def rename(run_id: str, name: str, as_json: bool) -> None:
    """Give a run another name."""
    store = _store()
    store.rename(run_id, name)
    _recorded(store, run_id, f"run {run_id} is called {name}", as_json)


@runs.command()
@run_argument
@click.option("--forever", is_flag=True, help="Remove its files; it cannot be restored then.")
@as_json
def delete(run_id: str, forever: bool, as_json: bool) -> None:
    """Hide a run, stopping it first; `restore` brings it back."""
    from fingen_core.jobs import Jobs

    store = _store()
    jobs = Jobs(store)
    jobs.delete(run_id)
    jobs.wait(run_id)
    if forever:
        _record(store, run_id)
        store.purge(run_id)
        _print({"run_id": run_id, "purged": True}, [f"run {run_id} is gone"], as_json)
        return
    _recorded(store, run_id, f"run {run_id} is deleted; `runs restore {run_id}` brings it back", as_json)


@runs.command()
@run_argument
@as_json
def restore(run_id: str, as_json: bool) -> None:
    """Bring a deleted run back."""
    store = _store()
    store.restore(run_id)
    _recorded(store, run_id, f"run {run_id} is back", as_json)


@runs.command()
@run_argument
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File; fingen-<run>.zip by default.")
@click.option("--curves", is_flag=True, help="Only losses and scores, as CSV.")
@as_json
def export(run_id: str, out: Path | None, curves: bool, as_json: bool) -> None:
    """Write model, settings, curves and card to a zip."""
    store = _store()
    content = store.curves(run_id).to_csv(index=False).encode() if curves else store.export(run_id)
    out = out or Path(f"fingen-{run_id}{'-curves.csv' if curves else '.zip'}")
    try:
        out.write_bytes(content)
    except OSError as error:
        raise InvalidInput(f"{out} cannot be written ({error.strerror}): choose another folder") from error
    _print({"run_id": run_id, "out": str(out), "bytes": len(content)}, [f"{len(content):,} bytes in {out}"], as_json)


@runs.command()
@run_argument
@as_json
def stop(run_id: str, as_json: bool) -> None:
    """Stop a run; its best checkpoint is kept."""
    from fingen_core.jobs import Jobs

    store = _store()
    jobs = Jobs(store)
    jobs.stop(run_id)
    jobs.wait(run_id)
    run = store.get(run_id)
    _print(_run_facts(run), _run_lines(run), as_json)


@runs.command()
@run_argument
@click.option("--detach", is_flag=True, help="Do not wait.")
@as_json
def resume(run_id: str, detach: bool, as_json: bool) -> int:
    """Go on exactly where a stopped, failed or lost run was."""
    from fingen_core.jobs import Jobs

    store = _store()
    jobs = Jobs(store)
    jobs.resume(run_id)
    if detach:
        _print(_run_facts(store.get(run_id)), [f"run {run_id} is in line"], as_json)
        return 0
    return _watch(jobs, run_id, as_json)


def _recorded(store: "RunStore", run_id: str, sentence: str, as_json: bool) -> None:
    _record(store, run_id)
    _print(_run_facts(store.get(run_id)), [sentence], as_json)


def _record(store: "RunStore", run_id: str) -> None:
    """Tell the tracking server at once: this process has no page to keep quick."""
    with _Line() as line:
        line.say("recording")
        store.record.push(store.folder(run_id))


def _run_facts(run: "Run") -> dict[str, Any]:
    moments = {
        name: moment.isoformat() if (moment := getattr(run, name)) else "" for name in ("created", "started", "ended")
    }
    seconds = (run.ended - run.started).total_seconds() if run.started and run.ended else None
    return {
        "run_id": run.id,
        "name": run.name,
        "status": run.status,
        "error": run.error,
        "model": run.config.model,
        "preset": run.config.preset,
        "seed": run.config.seed,
        "market_digest": run.market_digest,
        "market_name": run.market_name,
        "tickers": list(run.tickers),
        **moments,
        "seconds": seconds,
        "scores": run.scores,
        "rivals": run.rivals,
        "has_model": run.has_model,
        "folder": str(run.folder),
        "deleted": run.deleted,
    }


def _run_lines(run: "Run") -> list[str]:
    took = f" in {_duration((run.ended - run.started).total_seconds())}" if run.started and run.ended else ""
    scores = [f"  {name:10}{value:8.4f}{_beside(run.rivals, name)}" for name, value in run.scores.items()]
    return [f"run {run.id} ({run.name}): {run.status}{took}", *([run.error] if run.error else []), *scores]


def _beside(rivals: Mapping[str, float], score: str) -> str:
    found = {key.partition("/")[0]: value for key, value in rivals.items() if key.endswith(f"/{score}")}
    return "".join(f"   {name} {value:.4f}" for name, value in found.items())


def _score(scores: Mapping[str, float]) -> str:
    return f"{scores['fz0_2.5']:.4f}" if "fz0_2.5" in scores else ""


# ------------------------------------------------------------------------------------------------------------ benchmark


@cli.command()
@market_option
@click.option("--generators", default="vae,gan,fhs-gjr,block-bootstrap", show_default=True, help="Names with commas.")
@click.option("--fit-until", default="2012-12-31", show_default=True, metavar="DATE", help="Later days are the test.")
@click.option("--seeds", type=click.IntRange(1, 100), default=5, show_default=True)
@click.option("--paths", "n_paths", type=click.IntRange(200), default=2000, show_default=True, help="Draws per day.")
@click.option("--device", default="auto", show_default=True)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("results"), show_default=True)
@as_json
def benchmark(  # noqa: PLR0917
    market_name: str, generators: str, fit_until: str, seeds: int, n_paths: int, device: str, out: Path, as_json: bool
) -> None:
    """Judge generators one day ahead, out of time, against their rivals."""
    from fingen_core.forecast.benchmark import readme_table, run

    with _Line() as line:
        table = run(
            _market(market_name),
            [name.strip() for name in generators.split(",") if name.strip()],
            fit_until=fit_until,
            seeds=seeds,
            out=out,
            n_paths=n_paths,
            device=device,
            on_progress=line.show,
        )
    _print({"rows": json.loads(table.to_json(orient="records")), "out": str(out)}, [readme_table(table)], as_json)


# -------------------------------------------------------------------------------------------------------------- helpers


class _Line:
    """One line on a terminal's stderr that is written over and over; nothing when stderr is a file."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._last = ""

    def __enter__(self) -> "_Line":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def show(self, progress: "Progress") -> None:
        self._bar(progress.as_dict())

    def show_run(self, run: "Run") -> None:
        if run.status == "running" and run.progress.get("n_steps"):
            self._bar(run.progress)
        elif run.is_active:
            self.say("waiting for the device" if run.status == "queued" else "starting")

    def say(self, text: str) -> None:
        if self._shown and text != self._last:
            click.echo(f"\r\033[K{text}", err=True, nl=False)
            self._last = text

    def end(self) -> None:
        """Leave an empty line behind."""
        self.say("")

    def _bar(self, progress: Mapping[str, Any]) -> None:
        share = min(1.0, progress["step"] / max(1, progress["n_steps"]))
        left = progress.get("seconds_left")
        remaining = f"{_duration(left)} left" if left is not None else ""
        filled = round(24 * share)
        self.say(f"{progress['phase'][:28]:28} {'█' * filled}{'░' * (24 - filled)} {share:4.0%}  {remaining}")


def _store() -> "RunStore":
    from fingen_core.runs import RunStore

    return RunStore()


def _print(facts: Mapping[str, Any], lines: Iterable[str], as_json: bool) -> None:
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else "\n".join(lines))


def _complain(sentence: str, kind: str, arguments: list[str], *, code: int) -> int:
    if "--json" in arguments:
        click.echo(json.dumps({"error": {"type": kind, "message": sentence}}, ensure_ascii=False))
    click.echo(f"error: {sentence}", err=True)
    return code


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


if __name__ == "__main__":
    sys.exit(main())
