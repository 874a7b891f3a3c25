"""Make the pretrained model of the bundled market that ships in ``assets/pretrained``.

Run by ``make pretrained``: ``python -m fingen_core.generators.filtered.pretrained``.
"""

import sys

from fingen_core.generators.filtered.generator import train
from fingen_core.market import bundled
from fingen_core.settings import ASSETS
from fingen_core.training.progress import Progress
from fingen_core.training.settings.config import preset

__all__ = ["FOLDER", "main"]

FOLDER = ASSETS / "pretrained"


def main() -> None:
    """Train the balanced VAE with seed 0 on the CPU, so that the file can be made again anywhere."""

    def show(progress: Progress) -> None:
        sys.stderr.write(f"\r{progress.phase:40} {progress.step:5} of {progress.n_steps}")

    generator = train(bundled(), preset("balanced", "vae", seed=0), device="cpu", on_progress=show)
    generator.save(FOLDER)
    size = sum(file.stat().st_size for file in FOLDER.iterdir())
    sys.stderr.write(f"\n{FOLDER.name}: {size / 1e6:.2f} MB, {generator.info['seconds']:.0f} s\n")


if __name__ == "__main__":
    main()
