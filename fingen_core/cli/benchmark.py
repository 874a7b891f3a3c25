"""``benchmark``: generators against their rivals."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fingen_core.cli.markets import named_market
from fingen_core.cli.shown import Line, as_json, market_option, tell
from fingen_core.errors import InvalidInput

if TYPE_CHECKING:
    import pandas as pd

    from fingen_core.validation.judged import Judged, Reference

__all__ = ["benchmark"]


@click.command()
@market_option
@click.option(
    "--generators",
    default="vae,gan,fhs-gjr,fhs-ewma,garch-normal,random-walk,historical,block-bootstrap",
    show_default=True,
    help='Names with commas, or "all" of them; a wrong one lists them.',
)
@click.option("--fit-until", default=None, metavar="DATE", help="Later days are the test; 60 % of the days by default.")
@click.option("--seeds", type=click.IntRange(1, 100), default=5, show_default=True)
@click.option("--paths", "n_paths", type=click.IntRange(200), default=None, help="Draws per forecast [2000].")
@click.option("--horizons", default="1,10", show_default=True, help="Days ahead: 1, or 1 and a longer one.")
@click.option("--quick", is_flag=True, help="Fewer days and paths: seconds for each generator, noisier figures.")
@click.option("--device", default="auto", show_default=True)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("results"), show_default=True)
@as_json
def benchmark(  # noqa: PLR0917
    market_name: str,
    generators: str,
    fit_until: str | None,
    seeds: int,
    n_paths: int | None,
    horizons: str,
    quick: bool,
    device: str,
    out: Path,
    as_json: bool,
) -> None:
    """Judge generators out of time: days ahead, in the long run, and whether they repeat history.

    Prints three kinds of tables: scores, the long run, and the calibration of forecasts (bands, ranks, what is
    predictable). Judgements are kept in OUT: started again, it goes on where it stopped. All generators on the bundled
    market with one seed (--generators all --seeds 1) take about ten minutes on two cores.
    """
    from fingen_core.validation import benchmark as benchmarks
    from fingen_core.validation import protocol as protocols

    market = named_market(market_name)
    made = protocols.quick if quick else protocols.full
    protocol = made(fit_until or benchmarks.default_split(market)).replace(horizons=_days(horizons))
    if n_paths is not None:
        protocol = protocol.replace(n_paths=n_paths)
    with Line() as line:
        table = benchmarks.run(
            market,
            _named(generators, tuple(benchmarks.GENERATORS)),
            protocol=protocol,
            seeds=seeds,
            out=out,
            device=device,
            report=_report,
            on_progress=line.show,
        )
    from fingen_core.market import spreadsheet
    from fingen_core.validation.readme import calibration_table

    calibrated = spreadsheet.read_csv(out / "calibration.csv")
    facts = {"rows": json.loads(table.to_json(orient="records")), "out": str(out)}
    tell(facts, [benchmarks.readme_table(table), "", calibration_table(calibrated)], as_json)


def _named(text: str, known: Sequence[str]) -> list[str]:
    return list(known) if text.strip() == "all" else [name.strip() for name in text.split(",") if name.strip()]


def _days(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise InvalidInput(f"--horizons {text}: give days with commas, for instance 1,10") from error


def _report(table: "pd.DataFrame", judged: "Sequence[Judged]", reference: "Reference") -> str:
    from fingen_core.reports.validation import benchmark_html

    return benchmark_html(table, judged, reference, title=f"Benchmark of generators: {reference.market_name}")
