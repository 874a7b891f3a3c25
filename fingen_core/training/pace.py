"""How long a training will still take."""

from collections.abc import Sequence
from typing import ClassVar

__all__ = ["Pace"]


class Pace:
    """Seconds per step of each kind of phase, measured where possible, else guessed from the others."""

    guess: ClassVar[dict[str, float]] = {"filter": 1.0, "vae": 1.2, "gan": 5.0}
    """Relative cost of a step."""

    def __init__(self) -> None:
        self.begun: dict[str, tuple[int, float]] = {}
        self.cost: dict[str, float] = {}

    def measure(self, kind: str, step: int, now: float) -> None:
        """Note that a phase of this kind has done so many steps at that time."""
        first, then = self.begun.get(kind, (step, now))
        if step <= first:
            self.begun[kind] = (step, now)
        elif now > then:
            self.begun.setdefault(kind, (step, now))
            self.cost[kind] = (now - then) / (step - first)

    def rest(self, seconds: float) -> None:
        """Time in which nothing was to be done does not count."""
        self.begun = {kind: (step, then + seconds) for kind, (step, then) in self.begun.items()}

    def rate(self, kind: str) -> float:
        """Steps per second; 0 before it is known."""
        return 1 / self.cost[kind] if kind in self.cost else 0.0

    def seconds(self, left: Sequence[tuple[str, int]]) -> float | None:
        """How long so many steps of each kind will take; ``None`` while there is nothing to base a guess on."""
        if not self.cost:
            return None
        known, cost = next(iter(self.cost.items()))
        unit = cost / self.guess[known]
        return sum(steps * self.cost.get(kind, unit * self.guess[kind]) for kind, steps in left)
