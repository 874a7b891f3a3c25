"""Check searched stress against a million plain paths, seed by seed, and measure how long a person waits.

Run by ``python -m benchmarks.stress`` (some minutes). With ``--write`` the tables go into ``docs/benchmarks.md``.
"""

import argparse
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.bench import machine
from fingen_core.generators.filtered.generator import NeuralGenerator
from fingen_core.generators.filtered.noise_map import SteeredGenerator
from fingen_core.jobs.warm.searcher import Desk, Status
from fingen_core.portfolio.values import asset_returns, portfolio_values
from fingen_core.scenarios.bands import reach_of
from fingen_core.scenarios.conditions import Conditions, View, percent_words
from fingen_core.scenarios.losses import PortfolioLoss
from fingen_core.scenarios.opening import model_digest
from fingen_core.scenarios.outcomes import Outcomes
from fingen_core.scenarios.requests import StressRequest
from fingen_core.scenarios.search.subset_simulation import (
    Effort,
    Rare,
    honest_number,
    mean_errors,
    rare_event,
    rare_share,
)
from fingen_core.settings import ASSETS
from fingen_core.types import Array

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT, RESULTS = ROOT / "docs" / "benchmarks.md", ROOT / "results"
BEGIN, END = "<!-- stress:begin -->", "<!-- stress:end -->"
N_STEPS, BATCH = 21, 50_000
EFFORT = Effort(n_paths=750)
SHARES = (0.01, 0.001, 0.0001)
BEYOND = (0.5, 0.6)
"""Losses in a month that a million plain paths hardly hold."""


@dataclass(frozen=True, eq=False)
class Plain:
    """What many plain paths say.

    Attributes
    ----------
    losses : array, shape (n_paths,)
        Of equal weight after 21 days.
    given : array, shape (n_given, n_assets)
        Returns after ten days of the paths whose equal weight has fallen 20 %, give or take one.
    n_given : int
        Of how many paths of ten days.
    """

    losses: Array
    given: Array
    n_given: int


def plain(generator: NeuralGenerator, view: View, n_paths: int) -> Plain:
    """Draw many plain paths in batches, keeping what is looked at; what ``results/`` holds is not drawn again.

    The condition is looked at on four times as many paths, which need its days only.
    """
    path = RESULTS / f"stress-{model_digest()}.npz"
    many = Plain(np.zeros(0), np.zeros((0, len(generator.tickers))), 0)
    if path.exists():
        with np.load(path, allow_pickle=False) as kept:
            many = Plain(kept["losses"], kept["given"], int(kept["n_given"]))
    RESULTS.mkdir(exist_ok=True)
    for batch in range(len(many.losses) // BATCH, n_paths // BATCH):
        paths = generator.sample(BATCH, N_STEPS, seed=10_000 + batch)
        losses = 1 - np.exp(paths.sum(axis=1, dtype=np.float64)).mean(axis=1)
        many = replace(many, losses=np.concatenate([many.losses, losses]))
        np.savez(path, **vars(many))
    for batch in range(many.n_given // BATCH, 4 * n_paths // BATCH):
        moves = asset_returns(generator.sample(BATCH, view.n_days, seed=50_000 + batch))
        index = moves.mean(axis=1)
        given = moves[(index >= view.low) & (index <= view.high)]  # type: ignore[operator]
        many = replace(many, given=np.concatenate([many.given, given]), n_given=many.n_given + BATCH)
        np.savez(path, **vars(many))
    return many


def agreement(steered: SteeredGenerator, many: Plain, n_seeds: int) -> Iterator[str]:
    """Subset simulation beside plain paths at several rarities, then where plain paths end."""
    yield (
        "| equal weight loses in 21 days | plain paths | searches, mean of seeds | ratio | own deviation | spread of "
        "seeds | bands that hold it | effective paths |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    limits = [float(np.quantile(many.losses, 1 - share)) for share in SHARES] + list(BEYOND)
    for limit in limits:
        found = [_search(steered, limit, seed) for seed in range(n_seeds)]
        mean = float(np.mean([one.probability for one in found]))
        spread = float(np.std([one.probability for one in found], ddof=1)) / mean
        own = float(np.mean([one.variation for one in found]))
        count = int((many.losses >= limit).sum())
        share = count / len(many.losses)
        noise = 1 / np.sqrt(max(count, 1))
        held = sum(one.low * (1 - 1.64 * noise) <= share <= one.high * (1 + 1.64 * noise) for one in found)
        effective = np.mean([one.effective for one in found])
        enough = count >= 20
        yield (
            f"| {limit * 100:.1f} % or more | {share:.2e} ({count:,} paths) | {mean:.2e} | "
            f"{f'{mean / share:.2f} ± {np.hypot(noise, spread / np.sqrt(n_seeds)):.2f}' if enough else ''} | "
            f"{own * 100:.0f} % | {spread * 100:.0f} % | {f'{held} of {n_seeds}' if enough else ''} | "
            f"{effective:,.0f} |"
        )


def severity(steered: SteeredGenerator, many: Plain, n_seeds: int) -> Iterator[str]:
    """The worst share by search beside the worst of all plain paths."""
    yield "| worst share | threshold: plain | searched, mean and spread of seeds | mean loss: plain | searched |"
    yield "|---|---|---|---|---|"
    loss = PortfolioLoss(np.full(len(steered.tickers), 1 / len(steered.tickers)), 0.1)
    for share in SHARES:
        found = [_tail(steered, loss, share, seed) for seed in range(n_seeds)]
        limits, means = (np.array(part) for part in zip(*found, strict=True))
        exact = float(np.quantile(many.losses, 1 - share))
        tail = many.losses[many.losses >= exact].mean()
        yield (
            f"| {share * 100:g} % | {exact * 100:.2f} % | {limits.mean() * 100:.2f} ± "
            f"{limits.std(ddof=1) * 100:.2f} % | {tail * 100:.2f} % | {means.mean() * 100:.2f} ± "
            f"{means.std(ddof=1) * 100:.2f} % |"
        )


def condition(steered: SteeredGenerator, many: Plain, view: View, n_seeds: int) -> Iterator[str]:
    """Means of the assets under a condition, seed by seed, beside those of the plain paths that happen to hold it.

    A miss in standard errors has a root mean square of 1.29 by the runs (Student's t of 5 degrees) and of 1 by the
    effective number. The assets of one seed miss together, and all seeds share the error of the plain paths.
    """
    conditions = Conditions.of([view], steered.paths(_noise(steered, 4000, 1)))
    plain, own = many.given.mean(axis=0), many.given.std(axis=0, ddof=1)
    noise, n_assets = own / np.sqrt(len(many.given)), len(steered.tickers)
    means, probabilities = [], []
    yield (
        f"Equal weight {percent_words(view.middle)} ± 1 % after {view.n_days} days: {len(many.given):,} of "
        f"{many.n_given:,} plain paths beside searches, means of {n_assets} assets, misses in standard errors "
        "(those of both added)."
    )
    yield ""
    yield (
        "| seed | probability / that of plain paths | satisfy it | by the runs: root mean square, largest, in their "
        "90 % bands | by the effective number | effective paths by noise / told |"
    )
    yield "|---|---|---|---|---|---|"
    share = len(many.given) / many.n_given
    for seed in range(n_seeds):
        found = rare_event(steered.paths, conditions.score, (N_STEPS, steered.n_normals), effort=EFFORT, seed=seed)
        moves = asset_returns(found.paths, view.n_days)
        mean, error, told = found.weights @ moves, mean_errors(moves, found), honest_number(moves, found)
        by_runs = (mean - plain) / np.hypot(error, noise)
        by_number = (mean - plain) / np.hypot(own / np.sqrt(found.effective), noise)
        held = np.abs(mean - plain) <= np.hypot(reach_of(EFFORT.n_runs) * error, 1.64 * noise)
        means.append(mean)
        probabilities.append(found.probability)
        yield (
            f"| {seed} | {found.probability / share:.2f} ± {found.variation:.2f} | "
            f"{conditions.satisfied(found.paths).mean() * 100:.0f} % | {_rms(by_runs):.2f}, "
            f"{np.abs(by_runs).max():.1f}, {held.sum()} of {n_assets} | {_rms(by_number):.2f}, "
            f"{np.abs(by_number).max():.1f} | {found.effective:,.0f} / {told:,.0f} |"
        )
    average, spread = np.mean(means, axis=0), np.std(means, axis=0, ddof=1)
    off = (average - plain) / np.hypot(spread / np.sqrt(n_seeds), noise)
    ratio = float(np.mean(probabilities)) / share
    spread_of = np.std(probabilities, ddof=1) / np.mean(probabilities)
    error = np.hypot(spread_of / np.sqrt(n_seeds), 1 / np.sqrt(len(many.given)))
    yield (
        f"| all | {ratio:.3f} ± {error:.3f} | | mean of the seeds: {_rms(off):.2f}, {np.abs(off).max():.1f} | | by "
        f"their spread {1 / np.mean((spread / own) ** 2):,.0f} |"
    )


def _rms(values: Array) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def waiting(n_assets: int) -> Iterator[str]:
    """Seconds that a person waits."""
    yield "| what | measured | goal |"
    yield "|---|---|---|"
    generator = NeuralGenerator.load(ASSETS / "pretrained")
    paths, shares = generator.sample(10_000, N_STEPS, seed=0), np.full(n_assets, 1 / n_assets)
    begun = time.perf_counter()
    sample = Outcomes.of(portfolio_values(paths, shares), label="", kind="generated", note="")
    first = time.perf_counter() - begun
    begun = time.perf_counter()
    sample.worst(0.001).mean_loss()
    again = time.perf_counter() - begun
    what = "severity dial, 10,000 paths x 21 days x 19 assets, first / moved again"
    yield f"| {what} | {first:.2f} / {again:.3f} s | 1 s |"
    desk = Desk()
    try:
        weights = tuple(float(share) for share in shares)
        base = {"source": "pretrained", "weights": weights, "n_steps": N_STEPS}
        desk.wait(StressRequest(kind="tail", share=0.25, **base))  # type: ignore[arg-type]
        request = StressRequest(kind="reverse", loss=0.2, **base)  # type: ignore[arg-type]
        first, whole = _timed(desk, request)
        yield f"| reverse stress, 20 % in 21 days: first answer / everything | {first:.1f} / {whole:.1f} s | 5 / 20 s |"
        for share in (0.001, 0.0001):
            _, whole = _timed(desk, StressRequest(kind="tail", share=share, **base))  # type: ignore[arg-type]
            yield f"| the worst {share * 100:g} % by search | {whole:.1f} s | |"
    finally:
        desk.close()


def _timed(desk: Desk, request: StressRequest) -> tuple[float, float]:
    """Seconds to the first part and to the end."""
    begun, first = time.perf_counter(), 0.0
    status: Status = desk.ask(request)
    while not status.is_over:
        time.sleep(0.01)
        status = desk.status(request.digest()) or status
        if status.parts and not first:
            first = time.perf_counter() - begun
    if status.state != "done":
        raise SystemExit(f"the search ended {status.state}: {status.error}")
    return first, time.perf_counter() - begun


def _search(steered: SteeredGenerator, limit: float, seed: int) -> Rare:
    loss = PortfolioLoss(np.full(len(steered.tickers), 1 / len(steered.tickers)), limit)
    return rare_event(steered.paths, loss.score, (N_STEPS, steered.n_normals), effort=EFFORT, seed=seed)


def _tail(steered: SteeredGenerator, loss: PortfolioLoss, share: float, seed: int) -> tuple[float, float]:
    shape = N_STEPS, steered.n_normals
    found = rare_share(steered.paths, lambda paths: loss.losses(paths)[:, None], shape, share, effort=EFFORT, seed=seed)
    return found.threshold, float(loss.losses(found.paths).mean())


def _noise(steered: SteeredGenerator, n_paths: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n_paths, N_STEPS, steered.n_normals), dtype=np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--paths", type=int, default=1_000_000, help="plain paths to compare with")
    parser.add_argument("--seeds", type=int, default=8, help="seeds of every search")
    names = ("agreement", "severity", "condition", "waiting")
    parser.add_argument("--only", nargs="*", choices=names, help="parts to measure; all by default, none to write only")
    parser.add_argument("--draw-only", action="store_true", help="draw and keep the plain paths, nothing else")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/benchmarks.md")
    arguments = parser.parse_args()
    generator = NeuralGenerator.load(ASSETS / "pretrained")
    steered = SteeredGenerator(generator)
    n = len(steered.tickers)
    view = View(label="Equal weight", weights=(1 / n,) * n, low=-0.21, high=-0.19, n_days=10)
    many = plain(generator, view, arguments.paths)
    if arguments.draw_only:
        return
    parts: dict[str, Callable[[], Iterator[str]]] = {
        "agreement": lambda: agreement(steered, many, arguments.seeds),
        "severity": lambda: severity(steered, many, arguments.seeds),
        "condition": lambda: condition(steered, many, view, arguments.seeds),
        "waiting": lambda: waiting(n),
    }
    for name in parts if arguments.only is None else arguments.only:
        text = "\n".join(parts[name]())
        (RESULTS / f"stress-{name}.md").write_text(text, encoding="utf-8")
        print(text, end="\n\n", flush=True)
    if arguments.write:
        _write(parts, f"{len(many.losses):,} plain paths", arguments.seeds)


def _write(names: Iterable[str], paths: str, n_seeds: int) -> None:
    """Put the parts that were measured last into the document."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True).stdout
    about = (
        f"{paths} of the pretrained model from the last day of the bundled market; searches of {EFFORT.n_runs} runs x "
        f"{EFFORT.n_paths} paths, seeds 0 to {n_seeds - 1}; {machine()}, which other work kept busy; commit "
        f"{commit.strip()}. Bands are 90 %, the plain count's own error added."
    )
    texts = [about, *((RESULTS / f"stress-{name}.md").read_text(encoding="utf-8") for name in names)]
    document = DOCUMENT.read_text(encoding="utf-8")
    before, after = document.split(BEGIN)[0], document.split(END)[1]
    text = "\n\n".join(texts)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
