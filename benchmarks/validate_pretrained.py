"""Validate the settings of the pretrained model and keep the result beside it, small enough to ship.

Run after ``make pretrained``: ``python -m benchmarks.validate_pretrained`` (some minutes on two cores). The settings
of the pretrained model are trained anew on the days up to the benchmark's split and judged on all days after it by the
full protocol. All numbers and the verdict are kept as they were found; of the forecasts, which fill ten megabytes, only
those of a few portfolios are, to three digits, so charts of the others need a validation of one's own.
"""

import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fingen_core.forecast.walk_forward import Forecasts
from fingen_core.generators.filtered.pretrained import FOLDER
from fingen_core.jobs.queue.validation import judge_all
from fingen_core.market import bundled
from fingen_core.runs import RunStore
from fingen_core.runs.folder import RunFolder, now
from fingen_core.runs.validations import BENCHMARK_SPLIT, DEFAULT_RIVALS, ValidationFolder, create
from fingen_core.training.progress import Progress
from fingen_core.training.settings.config import TrainingConfig
from fingen_core.validation.protocol import full

__all__ = ["ship", "validate"]

PORTFOLIOS = ("equal weight", "JPM", "long-short 1")
"""Whose forecasts are shipped."""

_CLEARED = 14  # of the 23 bits of a fraction
SHIPPED = FOLDER / "validation"
_LEFT_OUT = ("lock", "progress.json", "log.txt", "model", "reserve")


def validate(config: TrainingConfig, home: Path) -> ValidationFolder:
    """The full protocol on the bundled market, in a store of its own under ``home``."""
    run = RunStore(home).create(bundled(), config, name="Pretrained", device="cpu")
    folder = create(RunFolder(run.folder), kind="full", protocol=full(BENCHMARK_SPLIT), rivals=DEFAULT_RIVALS)

    def show(progress: Progress) -> None:
        left = f", {progress.seconds_left:.0f} s left" if progress.seconds_left is not None else ""
        sys.stderr.write(f"\r{progress.phase:50.50} {progress.step / progress.n_steps:4.0%}{left:15}")

    judge_all(folder, on_progress=show, should_stop=lambda: False)
    folder.change(status="done", ended=now())
    return folder


def ship(folder: ValidationFolder, target: Path) -> int:
    """Copy a validation to where the app finds it, thinned; returns its size in bytes."""
    if target.exists():
        shutil.rmtree(target)
    shutil.copytree(folder.path, target, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    for path in target.rglob("*-day.npz"):
        _keep(Forecasts.load(path)).save(path)
    for path in target.rglob("*.npz"):
        with np.load(path, allow_pickle=False) as stored:
            arrays: dict[str, Any] = {name: _rounded(stored[name]) for name in stored.files}
        np.savez_compressed(path, **arrays)
    return sum(path.stat().st_size for path in target.rglob("*") if path.is_file())


def _keep(forecasts: Forecasts) -> Forecasts:
    names = [name for name in forecasts.portfolios if name in PORTFOLIOS]
    columns = [forecasts.portfolios.index(name) for name in names]
    fields = ("realized", "value_at_risk", "expected_shortfall", "crps", "pit")
    kept = {name: getattr(forecasts, name)[:, columns] for name in fields}
    if forecasts.quantiles is not None:
        kept["quantiles"] = forecasts.quantiles[:, columns]
    return replace(forecasts, portfolios=tuple(names), **kept)


def _rounded(values: NDArray[Any]) -> NDArray[Any]:
    """Floats in single precision with the last bits cleared, which compresses to half; others as they are."""
    if values.dtype.kind != "f" or values.ndim == 0:
        return values
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    half = np.uint32(1 << (_CLEARED - 1))
    return np.asarray(((bits + half) & ~np.uint32((1 << _CLEARED) - 1)).view(np.float32))


def main() -> None:
    """Validate with the settings that the pretrained model was trained with."""
    from fingen_core.generators.filtered.generator import NeuralGenerator

    config = NeuralGenerator.load(FOLDER).config
    with tempfile.TemporaryDirectory() as home:
        size = ship(validate(config, Path(home)), SHIPPED)
    sys.stderr.write(f"\n{SHIPPED.relative_to(FOLDER.parent)}: {size / 1e6:.2f} MB\n")


if __name__ == "__main__":
    main()
