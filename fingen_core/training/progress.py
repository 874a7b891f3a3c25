"""What a training tells about itself while it runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Progress", "ignore", "never"]


@dataclass(frozen=True, kw_only=True)
class Progress:
    """One report of a running training.

    Attributes
    ----------
    phase : str
        What is being done, for people: "Volatility filter", "VAE", "GAN", "Validation", "Refit on all days".
    step, n_steps : int
        Work units done and in all, over all phases.
    seconds_left : float or None
        Estimate; ``None`` while there is nothing to base one on.
    throughput : float
        Steps per second of the present phase.
    losses : mapping
        Unweighted loss terms and gradient norms since the last report, "player/term" to value.
    scores : mapping
        Validation scores where this report carries new ones: "fz0_2.5" and "crps" of the model.
    rivals : mapping
        The same scores of the rivals: "fhs-gjr/fz0_2.5". Sent once.
    sample : sequence of float or None
        Equal-weight daily log returns of one generated path, for the eye.
    findings : list of dict
        What the detectors found so far, and what was decided on the way: the fields of ``Finding``.
    paused : bool
        Whether the training is held and waits to be let on.
    seconds : float
        Spent on the training so far, what was done before a resumption included, time in which it was held left out.
    """

    phase: str
    step: int
    n_steps: int
    seconds_left: float | None = None
    throughput: float = 0.0
    losses: Mapping[str, float] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)
    rivals: Mapping[str, float] = field(default_factory=dict)
    sample: list[float] | None = None
    findings: list[dict[str, Any]] = field(default_factory=list)
    paused: bool = False
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def ignore(_: Progress) -> None:
    """What is told where nobody listens."""


def never() -> bool:
    """What is answered where nobody asks to stop."""
    return False
