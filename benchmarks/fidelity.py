"""Judge the default VAE and GAN and their rivals on the bundled market, and write the README's tables.

    python benchmarks/fidelity.py                       # all generators, 5 seeds
    python benchmarks/fidelity.py --seeds 1 vae         # a part of it, without touching the README
    python benchmarks/fidelity.py --renew t-copula      # judge it again and put it in the place of its stored results
    python benchmarks/fidelity.py --table               # only write the README's tables from the stored results

Judgements are kept in ``benchmarks/results/judged``: run again, it goes on where it stopped.
"""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click
import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from fingen_core.errors import FinGenError  # noqa: E402
from fingen_core.market import bundled  # noqa: E402
from fingen_core.training.progress import Progress  # noqa: E402
from fingen_core.validation.benchmark import GENERATORS, RIVAL, default_split, readme_table, run  # noqa: E402
from fingen_core.validation.protocol import full  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results"
DEFAULT = (
    "vae",
    "gan",
    "linear-copula",
    "filter-rows",
    RIVAL,
    "fhs-ewma",
    "historical",
    "historical-500",
    "block-bootstrap",
    "random-walk",
    "garch-normal",
    "t-copula",
    "vine-copula",
)
BEGIN, END = "<!-- fidelity:begin -->", "<!-- fidelity:end -->"


def between_markers(text: str, table: str) -> str:
    """``text`` with what stands between the markers replaced by ``table``."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise click.ClickException(f"README.md has no {BEGIN} followed by {END}: put both where the table belongs")
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def renewed(stored: pd.DataFrame, fresh: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """``stored`` with the rows of ``names`` replaced by those of ``fresh``.

    Both must judge alike: same market, days and draws. The rival's scores tell, since every run makes them.
    """
    before, after = (
        part[(part["generator"] == RIVAL) & (part["metric"] == "crps")].groupby("seed")["value"].first()
        for part in (stored, fresh)
    )
    if not np.allclose(before.reindex(after.index), after, rtol=1e-4):
        raise click.ClickException("the stored results were judged differently: run `make fidelity` as a whole")
    kept, new = stored[~stored["generator"].isin(names)], fresh[fresh["generator"].isin(names)]
    return pd.concat([kept, new], ignore_index=True)


def results() -> pd.DataFrame:
    """The stored results."""
    return pd.read_csv(RESULTS / "results.csv", dtype={"commit": str})


def show(progress: Progress) -> None:
    left = "" if progress.seconds_left is None else f", {progress.seconds_left:.0f} s left"
    click.echo(f"\r\033[K{progress.phase}: {progress.step} of {progress.n_steps}{left}", nl=False, err=True)


@click.command()
@click.argument("generators", nargs=-1, type=click.Choice(list(GENERATORS)))
@click.option("--seeds", default=5, show_default=True, help="Trainings and draws of each generator.")
@click.option("--paths", default=2000, show_default=True, help="Draws per forecast.")
@click.option("--device", default="auto", show_default=True, help="Where neural generators are trained.")
@click.option("--table", is_flag=True, help="Only write the README's tables from the stored results.")
@click.option("--renew", is_flag=True, help="Put the results of GENERATORS in the place of their stored ones.")
def main(  # noqa: PLR0917
    generators: tuple[str, ...], seeds: int, paths: int, device: str, table: bool, renew: bool
) -> None:
    """Judge GENERATORS (all unless named) out of time."""
    whole = not generators
    if table:
        frame = results()
    else:
        from fingen_core.reports.validation import benchmark_html  # plotly: not needed for the tables alone

        market = bundled()
        try:
            frame = run(
                market,
                DEFAULT if whole else [*generators, RIVAL],
                protocol=full(default_split(market)).replace(n_paths=paths),
                seeds=seeds,
                out=RESULTS if whole else RESULTS / "part",
                device=device,
                report=partial(benchmark_html, title=f"Benchmark of generators: {market.name}"),
                on_progress=show,
            )
        except FinGenError as error:
            raise click.ClickException(str(error)) from error
        click.echo("", err=True)
    if renew and not whole:
        renewed(results(), frame, generators).to_csv(RESULTS / "results.csv", index=False, float_format="%.6g")
    if whole or renew:
        frame = results()  # rounded as they are stored, so that the table can be made again from them
    text = readme_table(frame)
    click.echo(text)
    if whole or table or renew:
        readme = ROOT / "README.md"
        readme.write_text(between_markers(readme.read_text(encoding="utf-8"), text), encoding="utf-8")


if __name__ == "__main__":
    main()
