"""Check searched stress against a million plain paths, seed by seed, and measure how long a person waits.

Run by ``python -m benchmarks.stress`` (some minutes). With ``--write`` the tables go into ``docs/benchmarks.md``.
"""

import argparse
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.bench import machine
from fingen_core.generators.neural import NeuralGenerator
from fingen_core.generators.steering import SteeredGenerator
from fingen_core.jobs.stress import Desk, Status, StressRequest
from fingen_core.portfolio.values import portfolio_values
from fingen_core.scenarios.aims import PortfolioLoss
from fingen_core.scenarios.opening import model_digest
from fingen_core.scenarios.outcomes import Outcomes
from fingen_core.scenarios.rare import Effort, Rare, rare_event, rare_share
from fingen_core.scenarios.views import Conditions, View
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
    """

    losses: Array
    given: Array


def plain(generator: NeuralGenerator, view: View, n_paths: int) -> Plain:
    """Draw many plain paths in batches, keeping what is looked at; what ``results/`` holds is not drawn again."""
    path = RESULTS / f"stress-{model_digest()}.npz"
    many = Plain(np.zeros(0), np.zeros((0, len(generator.tickers))))
    if path.exists():
        with np.load(path, allow_pickle=False) as kept:
            many = Plain(kept["losses"], kept["given"])
    RESULTS.mkdir(exist_ok=True)
    for batch in range(len(many.losses) // BATCH, n_paths // BATCH):
        paths = generator.sample(BATCH, N_STEPS, seed=10_000 + batch)
        losses = 1 - np.exp(paths.sum(axis=1, dtype=np.float64)).mean(axis=1)
        moves = np.expm1(paths[:, : view.n_days].sum(axis=1, dtype=np.float64))
        index = moves.mean(axis=1)
        given = moves[(index >= view.low) & (index <= view.high)]  # type: ignore[operator]
        many = Plain(np.concatenate([many.losses, losses]), np.concatenate([many.given, given]))
        np.savez(path, losses=many.losses, given=many.given)
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


def condition(steered: SteeredGenerator, many: Plain, view: View) -> Iterator[str]:
    """Paths under a condition beside those that many plain paths happen to hold."""
    conditions = Conditions.of([view], steered.paths(_noise(steered, 4000, 1)))
    found = rare_event(steered.paths, conditions.score, (N_STEPS, steered.n_normals), effort=EFFORT, seed=0)
    moves = np.expm1(found.paths[:, : view.n_days].sum(axis=1, dtype=np.float64))
    index = moves.mean(axis=1)
    satisfied = float(((index >= view.low - 1e-6) & (index <= view.high + 1e-6)).mean())  # type: ignore[operator]
    error = many.given.std(axis=0) * np.sqrt(1 / len(many.given) + 1 / found.effective)
    off = (found.weights @ moves - many.given.mean(axis=0)) / error
    share = len(many.given) / len(many.losses)
    yield (
        f"Equal weight {view.low * 100:.0f} to {view.high * 100:.0f} % after {view.n_days} days "  # type: ignore[operator]
        f"(probability {share:.2e} by {len(many.given):,} of {len(many.losses):,} plain paths, "
        f"{found.probability:.2e} ± {found.variation * 100:.0f} % by search): {satisfied * 100:.1f} % of the searched "
        f"paths satisfy it; the "
        f"{len(off)} assets' mean returns differ from those of the plain ones by at most {np.abs(off).max():.1f} "
        f"standard errors (root mean square {np.sqrt((off**2).mean()):.2f}), from {found.effective:,.0f} effective "
        "paths."
    )


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
        "condition": lambda: condition(steered, many, view),
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
