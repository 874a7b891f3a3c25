"""What can go wrong in a training while every number stays finite, told from figures that were read along the way.

Each detector is a function of the readings so far and answers with a sentence: what it sees, with the number, and which
knob to turn. It speaks when several readings in a row agree, so a single wild batch is passed over.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

__all__ = ["READ_EVERY", "Finding", "Readings", "findings"]

READ_EVERY = 20
"""Steps between readings; the first step is read too, for comparison."""

_IN_A_ROW = 3
_COLLAPSED_VARIANCE = 0.5
_COLLAPSED_RANK = 0.6
_SURE = 0.9
_GUESSING = 0.5
_MISMATCH = 0.2
"""Moment error of draws that anybody can see; trained with default settings it stays below .03."""

_SPOKEN = {"kl": "KL divergence"}
_GROWTH, _ROOM = 3.0, 10.0
_NO_LOSS = {"gradient_norm", "adversarial", "active_units", "told_apart", "variance", "effective_rank", "mismatch"}
"""Figures whose size says nothing about divergence. The adversarial term is one: a critic's scores have no zero of
their own, so it may wander far while all is well; the critic's verdict, a difference of scores, does not."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that goes wrong.

    Attributes
    ----------
    kind : str
        "posterior collapse", "mode collapse", "divergence", "critic too strong", "critic too weak"; for what was merely
        decided on the way "note".
    sentence : str
        What is seen, with its number.
    remedy : str
        Which knob to turn; empty for a note.
    phase : str
        Label of the phase.
    step : int
        Step of the phase.
    """

    kind: str
    sentence: str
    remedy: str = ""
    phase: str = ""
    step: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


Readings: TypeAlias = Mapping[str, Sequence[float]]
"""Figures by name ("vae/active_units", "critic/told_apart", every loss term), the oldest reading first."""


@dataclass(frozen=True, kw_only=True)
class _Facts:
    share: float
    useful: int
    warmup: float
    unit: str


def findings(
    readings: Readings, *, share: float, n_assets: int, n_latent: int, kl_warmup: float, unit: str = "days"
) -> list[Finding]:
    """What the detectors see after that share of a phase's steps.

    Parameters
    ----------
    readings : mapping of str to sequence of float
    share : float in (0, 1]
    n_assets, n_latent : int
        Of n assets at most n - 1 common factors can be told from noise of their own.
    kl_warmup : float
        Share of the steps before which the KL weight is not what it will be.
    unit : str
        What is generated: "days", "windows".
    """
    facts = _Facts(share=share, useful=min(n_latent, n_assets - 1), warmup=kl_warmup, unit=unit)
    return [found for detector in _DETECTORS if (found := detector(readings, facts)) is not None]


def _posterior_collapse(readings: Readings, facts: _Facts) -> Finding | None:
    active = readings.get("vae/active_units", ())
    # The encoder needs some time to begin, and a KL that is not yet at its weight has not decided anything.
    if facts.share < max(0.5, facts.warmup) or facts.useful < 1:
        return None
    if not _last(active, lambda units: units < 0.5 * facts.useful):
        return None
    alive = int(active[-1])
    carry = "carries" if alive <= 1 else "carry"
    some = f"{alive or 'None'} of {facts.useful} latent factors {carry} anything about a day"
    return Finding(
        kind="posterior collapse",
        sentence=f"{some}: {'the rest' if alive else 'they'} are noise, to which the decoder does not listen.",
        remedy="Lower the KL divergence's weight, lengthen its warm-up, or give free bits (.1 is a start); with plain "
        "gradient descent, train longer or at a higher learning rate.",
    )


def _mode_collapse(readings: Readings, facts: _Facts) -> Finding | None:
    variance, rank = readings.get("generator/variance", ()), readings.get("generator/effective_rank", ())
    if not _last(variance, lambda v: v < _COLLAPSED_VARIANCE) and not _last(rank, lambda v: v < _COLLAPSED_RANK):
        return None
    return Finding(
        kind="mode collapse",
        sentence=f"Generated {facts.unit} have {_percent(variance[-1])} of the variance of real ones, in "
        f"{_percent(rank[-1])} as many directions: the generator draws too much of the same.",
        remedy="Lower the generator's learning rate, give the critic more updates"
        + (", or give the moments term a weight." if facts.unit == "days" else ", or raise the gradient penalty."),
    )


def _critic_too_strong(readings: Readings, _: _Facts) -> Finding | None:
    apart = readings.get("critic/told_apart", ())
    if not _last(apart, lambda chance: chance > _SURE):
        return None
    return Finding(
        kind="critic too strong",
        sentence=f"The critic ranks a real day above a generated one in {_percent(apart[-1])} of pairs (a half is "
        "guessing): the generator no longer learns which way is better.",
        remedy="Lower the critic's learning rate or its updates, raise the generator's or the R1 or gradient penalty, "
        "or take a smaller network.",
    )


def _critic_too_weak(readings: Readings, _: _Facts) -> Finding | None:
    apart, mismatch = readings.get("critic/told_apart", ()), readings.get("generator/mismatch", ())
    if not _last(apart, lambda chance: chance < _GUESSING) or not _last(mismatch, lambda error: error > _MISMATCH):
        return None
    return Finding(
        kind="critic too weak",
        sentence=f"Generated days are off in mean, spread or tails (moment error {_plain(mismatch[-1])}, below .1 when "
        f"all is well), but the critic ranks a real day above one of them in only {_percent(apart[-1])} of pairs.",
        remedy="Raise the critic's learning rate or its updates, or lower the generator's learning rate.",
    )


def _divergence(readings: Readings, _: _Facts) -> Finding | None:
    for name, values in readings.items():
        beyond = [abs(value) > _ROOM + _GROWTH * abs(values[0]) for value in values[1:]]
        if name.partition("/")[2] not in _NO_LOSS and _last(beyond, bool):
            return Finding(
                kind="divergence",
                sentence=f"{_spoken(name)} went from {_plain(values[0])} "
                f"to {_plain(values[-1])}: the training runs away.",
                remedy="Lower the learning rate or the gradient clip; of a GAN, raise the gradient penalty.",
            )
    return None


def _spoken(name: str) -> str:
    """What the term of "player/term" is called at the beginning of a sentence."""
    term = name.partition("/")[2]
    return _SPOKEN.get(term, term.replace("_", " ").capitalize())


def _plain(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _percent(share: float) -> str:
    return f"{100 * share:,.0f} %"


def _last(values: Sequence[float], holds: Callable[[float], bool]) -> bool:
    """Whether it holds for the last few readings, one after the other."""
    return len(values) >= _IN_A_ROW and all(holds(value) for value in values[-_IN_A_ROW:])


_DETECTORS: tuple[Callable[[Readings, _Facts], Finding | None], ...] = (
    _posterior_collapse,
    _mode_collapse,
    _critic_too_strong,
    _critic_too_weak,
    _divergence,
)
