"""The process that walks through history: ``python -m fingen_core.jobs.background.walk_forward_worker <folder>``."""

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fingen_core.jobs.background import task
from fingen_core.jobs.background import walk_forward as allocations
from fingen_core.jobs.background.walk_forward import Progress, WalkRequest
from fingen_core.market import Market, library
from fingen_core.portfolio.allocation.limits import Limits
from fingen_core.portfolio.allocation.methods import allocate
from fingen_core.portfolio.allocation.walk_forward import walk_forward
from fingen_core.types import Array

__all__ = ["main"]

_FROZEN = ("vae", "fhs-gjr")


def main(arguments: list[str]) -> int:
    """Do what the folder ``arguments[0]`` asks for; exit code 0 unless it failed."""
    folder = Path(arguments[0]).resolve()
    return task.perform(folder, partial(_walk, folder), allocations.NOUN)


def _walk(folder: Path, now: Progress, stopped: Callable[[], bool]) -> None:
    request = WalkRequest.read(folder)
    market = library.load(request.market_digest)
    limits = request.limits(market.tickers)
    limits.check(market.n_assets)
    generator = _generator(request, market, partial(_tell, folder, now, (0.0, 0.4)), stopped)

    def refitted(done: int, total: int) -> None:
        _tell(folder, now, (0.4, 1.0), f"Choosing weights, year {min(done + 1, total)} of {total}", done / total)

    walk = walk_forward(
        market,
        partial(_generated, request, generator),
        request.method,
        limits,
        start=request.start,
        horizon=request.horizon,
        trading=request.trading(market.step),
        most_turnover=request.turnover,
        on_progress=refitted,
        should_stop=stopped,
    )
    allocations.save(folder, walk)


def _generator(
    request: WalkRequest, market: Market, tell: Callable[[str, float], None], stopped: Callable[[], bool]
) -> Any:
    """A generator that has learned from the days up to the start and nothing after it."""
    from fingen_core.generators.registry import classical

    known = market.between(None, request.start)
    tell(f"Learning from {known.step.words(known.n_steps)} up to {known.dates[-1]:%Y-%m-%d}", 0.0)
    if request.source != "vae":
        generator = classical()[request.source]()
        return generator.fit(known) if request.source in _FROZEN else generator
    from fingen_core.generators.filtered.generator import train
    from fingen_core.training.settings.config import preset

    def trained(progress: Any) -> None:
        share = getattr(progress, "step", 0) / max(getattr(progress, "n_steps", 1) or 1, 1)
        tell(f"Training a VAE on the {known.step.nouns} up to {known.dates[-1]:%Y-%m-%d}", min(share, 1.0))

    return train(known, preset("quick", seed=request.seed), on_progress=trained, should_stop=stopped)


def _generated(request: WalkRequest, generator: Any, known: pd.DataFrame, method: str, limits: Limits) -> Array:
    """Weights from generated scenarios, through skfolio's own door for synthetic data."""
    from skfolio.prior import SyntheticData

    from fingen_core.portfolio.allocation.adapter import GeneratorDistribution

    distribution = GeneratorDistribution(
        generator, horizon=request.horizon, random_state=request.seed, refit=request.source not in _FROZEN
    )
    prior = SyntheticData(distribution, n_samples=request.n_paths)
    return allocate(method, known.to_numpy(), tuple(known.columns), limits, prior)


def _tell(folder: Path, now: Progress, span: tuple[float, float], phase: str, share: float) -> None:
    done = span[0] + (span[1] - span[0]) * share
    allocations.tell(folder, replace(now, phase=phase, share=float(np.clip(done, 0, 1))))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
