"""How near a model that learned severity comes to what it is asked for: ``python -m benchmarks.conditions vae``.

Trains the balanced model of the bundled market with a severity label (half a minute on one core; "windows" and
"pictures" for a VAE of windows and a GAN of heat maps, one to four minutes) and prints, as rows of
Markdown, the mean loss and its deviation over the paths asked for beside those selected from unconditional paths of the
same model: for all assets by day and horizon, then for each sector and asset over a month. For painters, which keep the
best of some candidates, also what that choice reaches alone, and the label alone.
"""

import sys
from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
from torch import Generator, Tensor

from fingen_core.generators.filtered.generator import NeuralGenerator, train
from fingen_core.generators.pictures.generator import PictureGenerator, train_pictures
from fingen_core.generators.protocol.conditions import sector_columns
from fingen_core.market import bundled
from fingen_core.representations import windows
from fingen_core.representations.severity import asked_quantiles
from fingen_core.representations.window_labels import WindowAim
from fingen_core.training.settings.config import preset
from fingen_core.training.settings.picture_config import picture_preset
from fingen_core.types import Array, Paths

DAYS = (None, "2008-09-12", "2017-10-02")
HORIZONS = (10, 21, 63)
SEVERITY = 0.05
MONTH = 21
PAINTERS: dict[str, tuple[str, dict[str, str]]] = {
    "windows": ("vae", {"representation": "windows", "network": "conv1d"}),
    "pictures": ("gan", {"representation": "heat-map"}),
}
Labeled: TypeAlias = NeuralGenerator | PictureGenerator


def losses(paths: Paths, columns: list[int]) -> Array:
    """Share lost over the horizon by equal weights of some assets, bought at the start and held, shape (n_paths,)."""
    growth = np.exp(paths[:, :, columns].astype(np.float64).sum(axis=1))
    return np.asarray(1 - growth.mean(axis=1))


def told(values: Array) -> str:
    """Mean and deviation in percent."""
    return f"{values.mean() * 100:.1f} ± {values.std() * 100:.1f} %"


def by_horizon(generator: Labeled) -> Iterator[str]:
    """A row for each day and horizon."""
    everything, states = list(range(len(generator.tickers))), generator.states(bundled())
    for day in DAYS:
        state = None if day is None else states.at(day)
        for n_steps in HORIZONS:
            n_paths = 8000 if n_steps < HORIZONS[-1] else 4000
            plain = losses(generator.sample(n_paths, n_steps, state=state, seed=1), everything)
            asked = generator.sample(1000, n_steps, state=state, condition={"severity": SEVERITY}, seed=2)
            worst = np.sort(plain)[-round(SEVERITY * n_paths) :]
            cells = (str(n_steps), told(losses(asked, everything)), told(worst))
            yield f"| {day or bundled().dates[-1].date()} | {' | '.join(cells)} |"


def by_target(generator: Labeled) -> Iterator[str]:
    """A row for each sector and asset: its own loss, and that of all assets along with it."""
    tickers, plain = list(generator.tickers), generator.sample(20_000, MONTH, seed=1)
    everything = list(range(len(tickers)))
    sectors = sector_columns(tickers)
    for kind, name in generator.info["severity_targets"]:
        columns = everything if kind == "all" else list(sectors[name]) if kind == "sector" else [tickers.index(name)]
        own = losses(plain, columns)
        worst = np.argsort(-own)[: round(SEVERITY * len(own))]
        condition = {"severity": SEVERITY} | ({kind: name} if kind != "all" else {})
        asked = generator.sample(1000, MONTH, condition=condition, seed=2)
        cells = (losses(asked, columns), own[worst], losses(asked, everything), losses(plain[worst], everything))
        yield f"| {name or 'all assets'} | {' | '.join(map(told, cells))} |"


def by_part(generator: PictureGenerator) -> Iterator[str]:
    """A row for each horizon: label with choice among candidates, that choice alone, label alone, neither."""
    everything, model = list(range(len(generator.tickers))), generator.model
    assert model.labels is not None
    start, shapes = generator.states(bundled()).at(bundled().dates[-1]), model.representation
    n_columns, candidates = shapes.n_conditions, windows._CANDIDATES

    def unlabeled(condition: Tensor, stream: Generator) -> Tensor:
        return model.draw(condition[:, :n_columns], stream)

    for n_steps in HORIZONS:
        aim = WindowAim.at(model.labels, 0, asked_quantiles(SEVERITY, 1000, 2), n_steps)
        cells = []
        for count in (candidates, 1):
            windows._CANDIDATES = count
            for draw in (model.draw, unlabeled):
                cells.append(told(losses(shapes.rollout(draw, start, 1000, n_steps, 2, aim), everything)))
        windows._CANDIDATES = candidates
        yield f"| {n_steps} | {' | '.join(cells)} |"


def main(arguments: list[str]) -> None:
    """Train and print."""
    kind = arguments[0] if arguments else "vae"
    generator: Labeled
    if kind in PAINTERS:
        model, depicted = PAINTERS[kind]
        config = picture_preset("balanced", model, severity_label="learned", **depicted)
        generator = train_pictures(bundled(), config, device="cpu")
    else:
        generator = train(bundled(), preset("balanced", kind, severity_label="learned"), device="cpu")
    parts = by_part(generator) if isinstance(generator, PictureGenerator) else ()
    for rows in (by_horizon(generator), by_target(generator), parts):
        for row in rows:
            sys.stdout.write(f"{row}\n")
        sys.stdout.write("\n")


if __name__ == "__main__":
    main(sys.argv[1:])
