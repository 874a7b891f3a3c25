"""``python -m benchmarks.reading --files 1000 --seed 1``: render, have read, judge, count."""

import argparse
import sys
import time
import warnings
from pathlib import Path
from typing import cast

from fingen_core.errors import FinGenError
from fingen_core.market.upload import understand

from .files import Case
from .judge import Answered, Outcome, Verdict, judge
from .recipe import draw
from .report import Result, excerpt, table

_BAD = (Outcome.SILENT, Outcome.TOLD, Outcome.BROKEN)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading", description=__doc__)
    parser.add_argument("--files", type=int, default=1000, help="how many files to render")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", metavar="TRAIT", help="only files with a trait whose name holds this")
    parser.add_argument("--show", type=int, metavar="INDEX", help="print one file with what it is and what came of it")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="write the files that were read wrong there, with their truth"
    )
    parser.add_argument("--worst", type=int, default=12, help="how many wrong files to list")
    return parser.parse_args()


def _judged(case: Case) -> Verdict:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return judge(case.truth, lambda: cast("Answered", understand(case.data, case.name)), FinGenError)


def _cases(seed: int, files: int, only: str | None) -> list[Case]:
    """The first so many files; of those with the trait where one is asked for, among a hundred times as many."""
    if only is None:
        return [draw(seed, index) for index in range(files)]
    found: list[Case] = []
    for index in range(100 * files):
        case = draw(seed, index)
        if any(only in trait for trait in case.traits):
            found.append(case)
        if len(found) == files:
            break
    return found


def _keep(folder: Path, results: list[Result]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for result in results:
        case = result.case
        if result.verdict.outcome in _BAD:
            stem = f"{case.seed}-{case.index}"
            (folder / f"{stem}-{Path(case.name).name}").write_bytes(case.data)
            case.truth.values.to_csv(folder / f"{stem}-truth.csv")


def main() -> int:
    """Status 1 where anything was read wrong."""
    asked = _arguments()
    if asked.show is not None:
        case = draw(asked.seed, asked.show)
        print(excerpt(Result(case, _judged(case)), lines=14))
        return 0
    begun, results = time.perf_counter(), []
    for case in _cases(asked.seed, asked.files, asked.only):
        results.append(Result(case, _judged(case)))
    print(table(results))
    bad = [result for result in results if result.verdict.outcome in _BAD]
    for result in bad[: asked.worst]:
        print(f"\n{excerpt(result, lines=5)}")
    print(f"\n{len(results)} files, seed {asked.seed}, {time.perf_counter() - begun:.0f} s")
    if asked.keep is not None:
        _keep(asked.keep, results)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
