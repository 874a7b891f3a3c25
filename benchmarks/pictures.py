"""Do decoded pictures live like a market? ``python -m benchmarks.pictures``; prints the table of docs/experiments.md.

Trains each painter on the bundled market up to 2012 and compares 1,000 joined paths of a year with that period, beside
the same network untrained and a Gaussian random walk. Figures are misses in units of how far halves of history are
apart: mean over the measures of the long run, and how many lie within 1.
"""

import csv
import sys
import time
from pathlib import Path

import numpy as np

from fingen_core.generators.classical.independent import GaussianRandomWalk
from fingen_core.generators.pictures.generator import PictureGenerator, train_pictures
from fingen_core.market import Market, bundled
from fingen_core.market.together import equal_weight
from fingen_core.metrics.long_run.distance import LongRun
from fingen_core.training.settings.picture_config import PictureConfig, picture_preset
from fingen_core.types import Paths

RESULTS = Path(__file__).parent / "results" / "pictures.csv"
SPLIT = "2012-12-31"
N_PATHS, N_DAYS = 1000, 252


def main() -> None:
    whole = bundled().between(end=SPLIT)
    markets = {"heat-map": whole, "gasf": equal_weight(whole)}
    rows: list[dict[str, object]] = []
    for representation, market in markets.items():
        history = LongRun.of(market.log_returns(), year=market.step.year)
        walk = GaussianRandomWalk().fit(market).sample(N_PATHS, N_DAYS, seed=7)
        rows.append(row(representation, "random walk", history, walk))
        for model in ("vae", "gan"):
            config = picture_preset("balanced", model, representation=representation)
            rows.append(row(representation, f"{model} untrained", history, *drawn(market, untrained(config))))
            rows.append(row(representation, model, history, *drawn(market, config)))
    with RESULTS.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[1])
        writer.writeheader()
        writer.writerows(rows)


def untrained(config: PictureConfig) -> PictureConfig:
    """As good as untrained: the fewest steps, at the smallest rates."""
    return config.replace(steps=10, validate_every=5000, learning_rate=1e-6, critic_learning_rate=1e-6)


def drawn(market: Market, config: PictureConfig) -> tuple[Paths, float, float]:
    """Paths from evenings spread over the history, seconds of training, distance from the manifold."""
    began = time.perf_counter()
    generator: PictureGenerator = train_pictures(market, config, device="cpu")
    seconds = time.perf_counter() - began
    rows = np.linspace(250, market.n_steps, N_PATHS).astype(np.intp)
    starts = generator.model.representation.memory(market.log_returns())[rows]
    return generator.sample_each(starts, N_DAYS, seed=7), seconds, generator.info["scores"]["off_manifold"]


def row(representation: str, name: str, history: LongRun, paths: Paths, *facts: float) -> dict[str, object]:
    misses, (seconds, off) = history.misses(paths), facts or (0.0, 0.0)
    found: dict[str, object] = {
        "pictures": representation,
        "model": name,
        "mean": round(float(np.mean(list(misses.values()))), 2),
        "within": f"{sum(miss <= 1 for miss in misses.values())} of {len(misses)}",
        "seconds": round(seconds),
        "off_manifold": round(off, 3),
        **{measure: round(miss, 2) for measure, miss in misses.items()},
    }
    sys.stdout.write(" | ".join(str(value) for value in found.values()) + "\n")
    sys.stdout.flush()
    return found


if __name__ == "__main__":
    main()
