"""Knobs that filtered models and pictures share: the same limits and the same words for both."""

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any

from fingen_core.training.settings.base import Control, limits
from fingen_core.training.settings.vocabulary import WITHOUT_WARMUP

__all__ = ["EXTRA_TERMS", "KNOBS", "knob", "terms_of"]

EXTRA_TERMS: Mapping[str, str] = {
    "moments": "Moments",
    "correlation": "Correlation",
    "tail": "Tail",
    "memory": "Memory",
    "spectral": "Spectrum",
}
"""Terms whose weights are free to choose, with their names for people.

Those of a likelihood bound or a critic's game are not taste.
"""


def terms_of(settings: object) -> dict[str, str]:
    """The extra terms that settings have a weight for, by name, with their names for people."""
    return {term: label for term, label in EXTRA_TERMS.items() if hasattr(settings, f"{term}_weight")}


def _term(label: str, high: float, help: str) -> Control:
    """The weight of a term that training may add; 0 leaves it out."""
    return limits(label, 0.0, high, 0.1, help, group="terms")


KNOBS: dict[str, Control] = {
    "seed": limits(
        "Seed", 0, 2**31 - 1, 1, "Same seed, same model. Change it to see how much is luck.", group="length"
    ),
    "critic_updates": limits(
        "Critic updates per step", 1, 10, 1, "More keeps the critic honest and costs time.", models=("gan",)
    ),
    "generator_updates": limits(
        "Generator updates per step",
        1,
        10,
        1,
        "More than the critic's lets the generator run ahead of it: for a critic that is too strong.",
        models=("gan",),
    ),
    "rate_warmup": limits(
        "Warm-up",
        0.0,
        0.5,
        0.05,
        "Share of the steps over which the learning rate grows from nothing. Not with one cycle, which has its own.",
        group="schedule",
        when={"schedule": WITHOUT_WARMUP, "gan_schedule": WITHOUT_WARMUP},
    ),
    "plateau_patience": limits(
        "Plateau patience",
        1,
        20,
        1,
        "Validations without a better score before the learning rate is halved.",
        group="schedule",
        when={"schedule": ("plateau",), "gan_schedule": ("plateau",)},
    ),
    "early_stopping": limits(
        "Early stopping",
        0,
        20,
        1,
        "Validations without a better score before the training ends. 0 never stops early.",
        group="length",
    ),
    "weight_decay": limits("Weight decay", 0.0, 1.0, 0.001, "Pull of the weights to zero. More is safer."),
    "gradient_clip": limits("Gradient clip", 0.1, 100.0, 0.1, "Largest gradient norm. Lower is safer."),
    "averaging": limits(
        "Weight averaging", 0.0, 0.9999, 0.001, "Decay of the average that is kept. 0 keeps the last weights."
    ),
    "reconstruction_weight": limits("Reconstruction", 0.0, 10.0, 0.1, "Weight of the likelihood (VAE).", group="loss"),
    "kl_warmup": limits(
        "KL warm-up", 0.0, 1.0, 0.05, "Share of the steps over which the KL weight grows from 0.", group="loss"
    ),
    "free_bits": limits(
        "Free bits",
        0.0,
        2.0,
        0.05,
        "Nats that each latent factor may tell for free. More keeps factors alive when the KL empties them; 0 is off.",
        group="loss",
    ),
    "adversarial_weight": limits(
        "Adversarial",
        0.0,
        10.0,
        0.1,
        "Weight of the critic's verdict in the generator's loss.",
        group="loss",
        models=("gan",),
    ),
    "moments_weight": _term(
        "Moments",
        100.0,
        "Extra term: difference of mean, spread, skew and kurtosis between generated and real days of a batch, "
        "for each asset and for equal weights. 0 is the validated choice.",
    ),
    "correlation_weight": _term(
        "Correlation (squared error)",
        100.0,
        "Extra term: squared error between generated and real correlations in a batch. 0 is the validated choice.",
    ),
    "tail_weight": _term(
        "Tail (FZ0 at 5 %)",
        100.0,
        "Extra term: score of generated value at risk and expected shortfall of random portfolios on the real "
        "days of a batch. Wants batches of 100 days or more. 0 is the validated choice.",
    ),
    "condition_dropout": limits(
        "Condition dropout",
        0.05,
        0.9,
        0.05,
        "Share of the examples that go without their label, so that the model can be asked with and without. "
        "Less leaves too little to learn the latter from.",
        group="conditions",
        when={"severity_label": ("learned",)},
    ),
    "memory_weight": _term(
        "Memory of moves",
        1000.0,
        "Extra term on the shapes of generated and real windows of a batch: squared error between the "
        "autocorrelations of the sizes of moves, lags of 1 to 10 days. 0 is the validated choice.",
    ),
    "spectral_weight": _term(
        "Spectral distance",
        100.0,
        "Extra term on the shapes of generated and real windows of a batch: squared distance between the "
        "logarithms of their mean power spectra, of moves and of their sizes. 0 is the validated choice.",
    ),
}
"""By the name of the setting."""


def knob(name: str, default: float, **changes: Any) -> Any:
    """A field of a ``Settings`` class for a shared knob, with what is different about it here."""
    return field(default=default, metadata={"control": replace(KNOBS[name], **changes)})
