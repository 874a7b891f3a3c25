"""Counts of outcomes, and which traits stand in the wrong ones."""

from collections import Counter
from dataclasses import dataclass

from .files import Case
from .judge import Outcome, Verdict

__all__ = ["Result", "excerpt", "table"]

_BAD = (Outcome.SILENT, Outcome.TOLD, Outcome.BROKEN)
_MOST = 25


@dataclass(frozen=True)
class Result:
    """A file and what came of it."""

    case: Case
    verdict: Verdict


def table(results: list[Result]) -> str:
    """Outcomes with their shares; then, by trait, how many were asked, refused and wrong."""
    counts = Counter(result.verdict.outcome for result in results)
    lines = [
        f"{outcome.value:45s} {counts[outcome]:5d}  {counts[outcome] / max(len(results), 1):6.1%}"
        for outcome in Outcome
    ]
    return "\n".join([*lines, "", *_by_trait(results)])


def _by_trait(results: list[Result]) -> list[str]:
    seen: dict[str, Counter[Outcome]] = {}
    for result in results:
        for trait in result.case.traits:
            seen.setdefault(trait, Counter())[result.verdict.outcome] += 1

    def badness(trait: str) -> tuple[float, float]:
        counts, n = seen[trait], seen[trait].total()
        return sum(counts[o] for o in _BAD) / n, (counts[Outcome.REFUSED] + counts[Outcome.ASKED]) / n

    worst = sorted((t for t in seen if seen[t].total() > 1), key=badness, reverse=True)[:_MOST]
    heads = ("right", "asked", "refus.", "told", "silent", "broke")
    rows = [f"{'trait':45s} {'files':>6s} " + " ".join(f"{head:>6s}" for head in heads)]
    shown = (Outcome.RIGHT, Outcome.ASKED, Outcome.REFUSED, Outcome.TOLD, Outcome.SILENT, Outcome.BROKEN)
    return [
        *rows,
        *(f"{t[:45]:45s} {seen[t].total():6d} " + " ".join(f"{seen[t][o]:6d}" for o in shown) for t in worst),
    ]


def excerpt(result: Result, lines: int) -> str:
    """A file in a few lines: number, traits, its beginning, what it should have given and what came."""
    case, verdict, truth = result.case, result.verdict, result.case.truth
    begin = [
        f"seed {case.seed}, file {case.index}: {case.name}: {verdict.outcome.value}",
        f"  {verdict.why}",
        f"  traits: {', '.join(sorted(case.traits))}",
    ]
    if case.data[:4] not in (b"PK\x03\x04", b"PAR1"):
        encoding = next((t.removeprefix("encoding ") for t in case.traits if t.startswith("encoding ")), "utf-8")
        begin += [f"  | {line[:150]}" for line in case.data.decode(encoding).splitlines()[:lines]]
    first, last = truth.values.index[0], truth.values.index[-1]
    names = ", ".join(map(str, truth.values.columns))
    return "\n".join(
        [
            *begin,
            f"  truth: {truth.kind}, {len(truth.values)} days {first:%Y-%m-%d} to {last:%Y-%m-%d}, {names}",
            f"  expected: {truth.expect}",
            f"  first: {truth.values.iloc[0].tolist()}",
        ]
    )
