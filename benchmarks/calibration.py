"""Calibrate the forecasts of all generators on the bundled market, and write the table of docs/benchmarks.md.

    python -m benchmarks.calibration              # one seed of every generator
    python -m benchmarks.calibration --table      # only write the table from the stored results

It is what ``python -m fingen_core benchmark --generators all --seeds 1`` prints. Judgements are kept in
``benchmarks/results/calibration``: run again, it goes on where it stopped.
"""

import shutil

import click
import pandas as pd

from benchmarks.fidelity import ROOT, show
from fingen_core.market import bundled
from fingen_core.validation.benchmark import GENERATORS, run
from fingen_core.validation.readme import calibration_table

RESULTS = ROOT / "benchmarks" / "results"
STORED = RESULTS / "calibration.csv"
DOCUMENT = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- calibration:begin -->", "<!-- calibration:end -->"


def document(text: str) -> str:
    """``text`` with the stored table between its markers."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise click.ClickException(f"docs/benchmarks.md has no {BEGIN} followed by {END}: put both where they belong")
    table = calibration_table(pd.read_csv(STORED, dtype={"commit": str}))
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


@click.command()
@click.option("--seeds", default=1, show_default=True)
@click.option("--table", is_flag=True, help="Only write the table from the stored results.")
def main(seeds: int, table: bool) -> None:
    """Calibrate all generators."""
    out = RESULTS / "calibration"
    if not table:
        run(bundled(), list(GENERATORS), seeds=seeds, out=out, on_progress=show)
        click.echo("", err=True)
        shutil.copy(out / STORED.name, STORED)
    DOCUMENT.write_text(document(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
    click.echo(calibration_table(pd.read_csv(STORED, dtype={"commit": str})))


if __name__ == "__main__":
    main()
