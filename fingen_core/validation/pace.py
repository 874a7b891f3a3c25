"""Progress of a judgement as a whole: what its parts will cost, and the seconds that are left."""

import time
from dataclasses import dataclass

from fingen_core.forecast.walk_forward import OnProgress
from fingen_core.generators.protocol.base import Generator
from fingen_core.training.progress import Progress
from fingen_core.validation.protocol import Protocol

__all__ = ["Pace", "Part", "Plan"]

_JUDGED = 1.5e-3
"""Seconds to judge one forecast of 2,000 paths and 19 assets; only shares of the bar depend on it."""

_PROBE_STEPS = 21
_REPORT_SECONDS = 0.5


@dataclass(frozen=True)
class Plan:
    """Expected seconds of each part, in the order in which they run."""

    seconds: tuple[float, ...]

    @classmethod
    def of(cls, generator: Generator, protocol: Protocol, n_test: int) -> "Plan":
        """Drawn from a short try of the generator, twice: the first call warms it up."""
        per_forecast = per_start = 0.0
        each = max(1, protocol.n_paths_long // protocol.n_starts)
        for _ in range(2):
            began = time.perf_counter()
            generator.sample(protocol.n_paths, 1, seed=0)
            middle = time.perf_counter()
            generator.sample(each, _PROBE_STEPS, seed=0)
            per_forecast, per_start = middle - began, time.perf_counter() - middle
        n_days = min(n_test, protocol.max_days or n_test)
        parts = [n_days * (per_forecast + _JUDGED)]
        if protocol.long_horizon is not None and n_test >= protocol.long_horizon:
            n_windows = min(n_test // protocol.stride + 1, protocol.max_windows or n_test)
            parts.append(n_windows * (protocol.long_horizon * per_forecast + _JUDGED))
        parts.append(protocol.n_starts * per_start * protocol.n_steps_long / _PROBE_STEPS)
        parts.append(2.0 + 2e-7 * protocol.n_paths_long * protocol.n_steps_long * len(generator.tickers))
        return cls(tuple(parts))


class Pace:
    """Turns steps of parts into steps of the whole, in thousandths of the planned time."""

    def __init__(self, plan: Plan, label: str, on_progress: OnProgress | None) -> None:
        self.plan, self.label, self.on_progress = plan, label, on_progress
        self.began = self.told = time.perf_counter()
        self._next = 0

    def part(self, name: str) -> "Part":
        """The next part of the plan."""
        number, self._next = self._next, self._next + 1
        return Part(self, number, name)

    def tell(self, number: int, share: float, name: str) -> None:
        """``share`` of part ``number`` is done."""
        now, total = time.perf_counter(), sum(self.plan.seconds)
        done = sum(self.plan.seconds[:number]) + share * self.plan.seconds[number]
        over = number == len(self.plan.seconds) - 1 and share >= 1
        if self.on_progress is None or (now - self.told < _REPORT_SECONDS and not over):
            return
        self.told, spent = now, now - self.began
        left = 0.0 if over else (total - done) * (spent / done if done > 0 else 1.0)
        step = 1000 if over else min(999, int(1000 * done / total))
        self.on_progress(
            Progress(phase=f"{self.label}: {name}", step=step, n_steps=1000, seconds_left=left, throughput=step / spent)
        )


class Part:
    """One part: may be told by its own ``Progress`` or by counts."""

    def __init__(self, pace: Pace, number: int, name: str) -> None:
        self._pace, self._number, self._name = pace, number, name

    def __call__(self, progress: Progress) -> None:
        """Hear a walk's own progress."""
        self.count(progress.step, progress.n_steps)

    def count(self, step: int, n_steps: int) -> None:
        """``step`` of ``n_steps`` of this part are done."""
        self._pace.tell(self._number, step / n_steps, self._name)
