"""Damage files in every way and count what is not a refusal: ``python -m benchmarks.damage --files 3000 --seed 1``."""

import random
from collections import Counter
from pathlib import Path

import click

from benchmarks.damage.damages import DAMAGES, LARGE
from benchmarks.damage.measuring import Outcome, Worker
from benchmarks.damage.readers import READERS
from benchmarks.damage.sources import GRIDS, SOURCES

MOST_SECONDS, MOST_MEGABYTES = 2.0, 500.0


@click.command(context_settings={"show_default": True})
@click.option("--files", default=3000, type=click.IntRange(1), help="How many files are damaged.")
@click.option("--seed", default=1, help="The same seed damages the same files in the same ways.")
@click.option("--large", default=0.02, type=click.FloatRange(0, 1), help="Share of files that become megabytes large.")
@click.option("--keep", type=click.Path(path_type=Path), help="A folder for the files at fault.")
def main(files: int, seed: int, large: float, keep: Path | None) -> None:
    """Read damaged files, each measured in a process of its own kind, and print what was not refused as it should be.

    CPU time is that of the whole process; memory is the peak since the file was given, above what was held before.
    Files that are read although damaged are no fault: what they cost is measured all the same.
    """
    worker, counts, faults = Worker(READERS), Counter[str](), Counter[str]()
    most = [0.0, 0.0]
    worker.read("prices", b"Date,A\n2020-01-01,1\n", "first.csv")  # libraries are loaded once
    for number in range(files):
        kind, name, data = _file(seed, number, large)
        outcome = worker.read(kind, data, name)
        counts[outcome.fate] += 1
        most = [max(most[0], outcome.seconds), max(most[1], outcome.megabytes)]
        for fault in _faults(outcome):
            faults[fault] += 1
            click.echo(f"{fault}: file {number} ({kind}, {name}, {len(data):,} bytes)\n{outcome.words[-1500:]}\n")
            _keep(keep, f"{seed}-{number}-{name}", data)
    worker.close()
    _print(files, counts, faults, most)


def _file(seed: int, number: int, large: float) -> tuple[str, str, bytes]:
    draw = random.Random(f"{seed}-{number}")
    (kind, form), make = draw.choice(list(SOURCES.items()))
    if draw.random() < 0.1:
        return kind, f"grid.{form}", GRIDS[form](draw)
    data = make(draw)
    ways = LARGE[form] if LARGE[form] and draw.random() < large else DAMAGES[form]
    return kind, f"{kind}.{form}", draw.choice(ways)(data, draw)


def _faults(outcome: Outcome) -> list[str]:
    found = [outcome.fate] if outcome.fate in ("traceback", "died") else []
    if outcome.fate == "refused" and not outcome.words.strip():
        found.append("without words")
    if outcome.seconds > MOST_SECONDS:
        found.append("over 2 s")
    if outcome.megabytes > MOST_MEGABYTES:
        found.append("over 500 MB")
    return found


def _keep(folder: Path | None, name: str, data: bytes) -> None:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def _print(files: int, counts: Counter[str], faults: Counter[str], most: list[float]) -> None:
    click.echo(f"{files:,} damaged files: {counts['refused']:,} refused, {counts['read']:,} read")
    for fault in ("traceback", "died", "without words", "over 2 s", "over 500 MB"):
        click.echo(f"{fault:>14}: {faults[fault]}")
    click.echo(f"at most {most[0]:.2f} s of CPU and {most[1]:.0f} MB")


if __name__ == "__main__":
    main()
