"""Compare the default VAE and GAN with their rivals on the bundled market, and write the README's table.

    python benchmarks/fidelity.py                       # all generators, 5 seeds: about a quarter of an hour on 2 cores
    python benchmarks/fidelity.py --seeds 1 vae         # a part of it, without touching the README
    python benchmarks/fidelity.py --table               # only write the README's table from the stored results

Forecasts are kept in ``benchmarks/results/forecasts``: run again, it goes on where it stopped.
"""

import sys
from pathlib import Path

import click
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from fingen_core.errors import FinGenError  # noqa: E402
from fingen_core.forecast.benchmark import GENERATORS, RIVAL, readme_table, run  # noqa: E402
from fingen_core.market import bundled  # noqa: E402
from fingen_core.training.progress import Progress  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results"
BEGIN, END = "<!-- fidelity:begin -->", "<!-- fidelity:end -->"


def between_markers(text: str, table: str) -> str:
    """``text`` with what stands between the markers replaced by ``table``."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise click.ClickException(f"README.md has no {BEGIN} followed by {END}: put both where the table belongs")
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def show(progress: Progress) -> None:
    left = "" if progress.seconds_left is None else f", {progress.seconds_left:.0f} s left"
    click.echo(f"\r\033[K{progress.phase}: {progress.step} of {progress.n_steps}{left}", nl=False, err=True)


@click.command()
@click.argument("generators", nargs=-1, type=click.Choice(list(GENERATORS)))
@click.option("--seeds", default=5, show_default=True, help="Trainings and draws of each generator.")
@click.option("--paths", default=2000, show_default=True, help="Draws per day.")
@click.option("--device", default="auto", show_default=True, help="Where neural generators are trained.")
@click.option("--table", is_flag=True, help="Only write the README's table from the stored results.")
def main(generators: tuple[str, ...], seeds: int, paths: int, device: str, table: bool) -> None:
    """Judge GENERATORS (all unless named) out of time."""
    whole = not generators
    stored = RESULTS / "fidelity.csv"
    if table:
        frame = pd.read_csv(stored, dtype={"commit": str})
    else:
        names = list(generators) if not whole else list(GENERATORS)
        out = RESULTS if whole else RESULTS / "part"
        try:
            frame = run(
                bundled(), [*names, RIVAL], seeds=seeds, out=out, n_paths=paths, device=device, on_progress=show
            )
        except FinGenError as error:
            raise click.ClickException(str(error)) from error
        click.echo("", err=True)
    text = readme_table(frame)
    click.echo(text)
    if whole:
        readme = ROOT / "README.md"
        readme.write_text(between_markers(readme.read_text(encoding="utf-8"), text), encoding="utf-8")


if __name__ == "__main__":
    main()
