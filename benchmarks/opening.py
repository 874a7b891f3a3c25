"""Draw the scenarios that Home opens with: ``python -m benchmarks.opening``, after every change of that model."""

from fingen_core.generators.filtered.generator import NeuralGenerator
from fingen_core.market import bundled
from fingen_core.portfolio.values import portfolio_values
from fingen_core.portfolio.weights import equal_weights
from fingen_core.scenarios.opening import MODEL, save_opening
from fingen_core.settings import N_PATHS

N_STEPS, SEED = 63, 0


def main() -> None:
    """Sample the pretrained model from the last day of the bundled market and write what Home needs."""
    market = bundled()
    generator = NeuralGenerator.load(MODEL)
    paths = generator.sample(N_PATHS, N_STEPS, seed=SEED)
    start = f"{market.dates[-1]:%Y-%m-%d}"
    about = {
        "label": f"{generator.label}, pretrained",
        "market_digest": market.digest(),
        "n_steps": N_STEPS,
        "note": f"{N_PATHS:,} paths, {N_STEPS} days, from {start}, seed {SEED}",
        "seed": SEED,
        "start": start,
    }
    path = save_opening(portfolio_values(paths, equal_weights(market.n_assets)), about)
    print(f"{path.name}: {about['note']}, {path.stat().st_size / 1024:.0f} kB")


if __name__ == "__main__":
    main()
