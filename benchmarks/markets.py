"""Judge the default VAE and GAN on markets on which no setting was tuned, and write the tables of docs/benchmarks.md.

    python -m benchmarks.markets              # all markets, one seed
    python -m benchmarks.markets --table      # only write the tables from the stored results

Judgements are kept in ``benchmarks/results/markets``: run again, it goes on where it stopped.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import click
import pandas as pd

from benchmarks.fidelity import ROOT, show
from fingen_core.market import Market, Source, sp500_index
from fingen_core.validation.benchmark import RIVAL, default_split, readme_table, run
from fingen_core.validation.protocol import full

RESULTS = ROOT / "benchmarks" / "results"
DOCUMENT = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- markets:begin -->", "<!-- markets:end -->"
GENERATORS = ("vae", "gan", "linear-copula", "filter-rows", RIVAL, "fhs-ewma", "historical", "block-bootstrap")


def _sp500_and_nasdaq() -> Market:
    from arch.data import nasdaq, sp500

    columns = {"SP500": sp500.load()["Adj Close"], "NASDAQ": nasdaq.load()["Adj Close"]}
    closes = pd.concat(columns, axis=1).dropna()
    source = Source(kind="upload", detail="arch.data")
    return Market(prices=closes, source=source, name="S&P 500 and Nasdaq (arch.data)")


MARKETS: Mapping[str, Callable[[], Market]] = {"sp500-nasdaq": _sp500_and_nasdaq, "sp500": sp500_index}
"""Two index levels that move almost as one, and one alone: the hardest case for a model of how assets move together."""


def stored(name: str) -> Path:
    """Where the table of a market is kept."""
    return RESULTS / f"market-{name}.csv"


def document(text: str) -> str:
    """``text`` with the tables of all stored markets between its markers."""
    parts = []
    for name in MARKETS:
        frame = pd.read_csv(stored(name), dtype={"commit": str})
        parts.append(f"### {frame['market'].iloc[0]}\n\n{readme_table(frame)}")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise click.ClickException(f"docs/benchmarks.md has no {BEGIN} followed by {END}: put both where they belong")
    tables = "\n\n".join(parts)
    return f"{before}{BEGIN}\n{tables}\n{END}{after}"


@click.command()
@click.option("--seeds", default=1, show_default=True)
@click.option("--table", is_flag=True, help="Only write the tables from the stored results.")
def main(seeds: int, table: bool) -> None:
    """Judge on other markets."""
    for name, market in MARKETS.items():
        if not table:
            loaded = market()
            frame = run(
                loaded,
                GENERATORS,
                protocol=full(default_split(loaded)),
                seeds=seeds,
                out=RESULTS / "markets" / name,
                on_progress=show,
            )
            frame.to_csv(stored(name), index=False, float_format="%.6g")
            click.echo(readme_table(frame))
    DOCUMENT.write_text(document(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
