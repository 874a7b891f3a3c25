"""Measure a GPU: training steps taken one kernel after the other against captured ones, sampling, memory.

Run by ``make bench-gpu``. Without a CUDA device it says so and ends with status 3; ``--device cpu`` tries the script
itself on a processor, where no steps are captured.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.steps import filtered_loops, picture_loops, steps_per_second  # noqa: E402
from fingen_core.errors import InvalidInput  # noqa: E402
from fingen_core.generators.filtered.generator import NeuralGenerator  # noqa: E402
from fingen_core.settings import ASSETS  # noqa: E402
from fingen_core.training.devices import Device, pick  # noqa: E402
from fingen_core.training.loop import Loop  # noqa: E402
from fingen_core.training.parts import set_precision  # noqa: E402

__all__ = ["NO_CUDA", "main"]

NO_CUDA = 3
"""Exit status where there is nothing to measure."""

_STEPS = 63
_WAYS = ("one kernel after the other", "captured", "captured, bfloat16")

Loops = Callable[[str], Iterator[tuple[str, Loop]]]


def main(arguments: list[str] | None = None) -> int:
    """Print the tables; exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda", help="cuda, cuda:1, mps or cpu (default: cuda)")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each loop is measured (default: 3)")
    parser.add_argument("--paths", type=int, default=20_000, help=f"paths of {_STEPS} days to draw (default: 20,000)")
    chosen = parser.parse_args(arguments)
    if chosen.device.startswith("cuda") and not torch.cuda.is_available():
        print(
            "There is no CUDA device on this machine, so there is nothing to measure: run it where there is one, or "
            "try the script itself with  make bench-gpu ARGS='--device cpu'",
            file=sys.stderr,
        )
        return NO_CUDA
    try:
        device = pick(chosen.device)
    except InvalidInput as error:
        parser.error(str(error))
    print(f"{device.label} ({device.name}), torch {torch.__version__}, one run per number\n")
    _print_steps(device, chosen.seconds)
    _print_sampling(device, chosen.paths)
    return 0


def _print_steps(device: Device, seconds: float) -> None:
    """Steps per second of every loop of the balanced presets, in every way."""
    print(f"| steps per second, balanced | {' | '.join(_WAYS)} | memory |\n| --- | --- | --- | --- | --- |", flush=True)
    remarks: dict[str, None] = {}
    for loops in (filtered_loops, picture_loops):
        for index, (name, _) in enumerate(list(loops("balanced", device.name))):
            cells = []
            for way in _WAYS:
                _, loop = list(loops("balanced", device.name))[index]
                cells.append(_measured(loop, way, seconds))
                if loop.remark:
                    remarks[f"{name}: {loop.remark}"] = None
            print(f"| {name} | {' | '.join(cells)} | {_memory(device)} |", flush=True)
    print("".join(f"\n{remark}" for remark in remarks))


def _measured(loop: Loop, way: str, seconds: float) -> str:
    if way == _WAYS[0]:
        loop.capturer = None
    elif loop.capturer is None:
        return "not here"
    if way == _WAYS[2]:
        for player in loop.players:
            set_precision(player.module, "bfloat16")
    measured = steps_per_second(loop, seconds)
    rate = f"{measured:,.0f}" if measured >= 100 else f"{measured:.1f}"
    return f"{rate} (fell back)" if loop.remark else rate


def _print_sampling(device: Device, n_paths: int) -> None:
    """Asset-days per second of the shipped model."""
    generator = NeuralGenerator.load(ASSETS / "pretrained", device=device.name)
    generator.sample(n_paths, 2, seed=0)
    begun = time.perf_counter()
    drawn = generator.sample(n_paths, _STEPS, seed=1)
    seconds = time.perf_counter() - begun
    what = f"sampling, {n_paths:,} paths x {_STEPS} days x {drawn.shape[2]} assets"
    print(f"\n| {what} | measured |\n| --- | --- |")
    print(f"| million asset-days per second | {drawn.size / seconds / 1e6:.1f} |")
    print(f"| seconds | {seconds:.2f} |")
    print(f"| memory | {_memory(device)} |")


def _memory(device: Device) -> str:
    """The most that was in use since last asked; of a processor, that of the process now."""
    if device.name.startswith("cuda"):
        most = torch.cuda.max_memory_allocated(device.name)
        torch.cuda.reset_peak_memory_stats(device.name)
        return f"{most / 1e6:,.0f} MB"
    return f"{psutil.Process().memory_info().rss / 1e6:,.0f} MB"


if __name__ == "__main__":
    sys.exit(main())
