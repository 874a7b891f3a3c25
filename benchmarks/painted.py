"""Make the model of pictures that ships in ``assets/pictures``: ``python -m benchmarks.painted``.

A small VAE of heat maps of the bundled market, with the curves and the looks of its training, so that the Images page
has something to show before anybody trained.
"""

import csv
import shutil
import sys
import tempfile
from pathlib import Path

from fingen_core.generators.pictures.fitting import LOOKS
from fingen_core.generators.pictures.generator import train_pictures
from fingen_core.jobs.warm.sampler import PAINTED
from fingen_core.market import bundled
from fingen_core.training.progress import Progress
from fingen_core.training.settings.picture_config import picture_preset


def main() -> None:
    rows: list[tuple[int, str, str, float]] = []

    def keep(progress: Progress) -> None:
        sys.stderr.write(f"\r{progress.phase:30} {progress.step:5} of {progress.n_steps}")
        rows.extend((progress.step, progress.phase, name, value) for name, value in progress.scores.items())

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        config = picture_preset("balanced", "vae", seed=0, size=8)
        generator = train_pictures(bundled(), config, folder=folder, device="cpu", on_progress=keep)
        PAINTED.mkdir(exist_ok=True)
        for name in ("generator.safetensors", "generator.json", LOOKS):
            shutil.copy(folder / name, PAINTED / name)
    with (PAINTED / "curves.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("step", "phase", "name", "value"))
        writer.writerows(dict.fromkeys(rows))
    size = sum(file.stat().st_size for file in PAINTED.iterdir())
    sys.stderr.write(f"\n{PAINTED.name}: {size / 1e6:.2f} MB, {generator.info['seconds']:.0f} s\n")


if __name__ == "__main__":
    main()
