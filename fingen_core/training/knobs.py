"""Knobs that filtered models and pictures share: the same limits and the same words for both."""

from dataclasses import field, replace
from typing import Any

from fingen_core.training.settings import Control
from fingen_core.training.vocabulary import WITHOUT_WARMUP

__all__ = ["EXTRA_TERMS", "KNOBS", "knob"]

EXTRA_TERMS = ("moments", "correlation", "tail", "memory", "spectral")
"""Terms whose weights are free to choose; those of a likelihood bound or a critic's game are not taste."""

KNOBS: dict[str, Control] = {
    "seed": Control(
        label="Seed",
        low=0,
        high=2**31 - 1,
        help="Same seed, same model. Change it to see how much is luck.",
        group="length",
    ),
    "critic_updates": Control(
        label="Critic updates per step",
        low=1,
        high=10,
        help="More keeps the critic honest and costs time.",
        models=("gan",),
    ),
    "generator_updates": Control(
        label="Generator updates per step",
        low=1,
        high=10,
        help="More than the critic's lets the generator run ahead of it: for a critic that is too strong.",
        models=("gan",),
    ),
    "rate_warmup": Control(
        label="Warm-up",
        low=0.0,
        high=0.5,
        step=0.05,
        help="Share of the steps over which the learning rate grows from nothing. Not with one cycle, which has its "
        "own.",
        group="schedule",
        when={"schedule": WITHOUT_WARMUP, "gan_schedule": WITHOUT_WARMUP},
    ),
    "plateau_patience": Control(
        label="Plateau patience",
        low=1,
        high=20,
        help="Validations without a better score before the learning rate is halved.",
        group="schedule",
        when={"schedule": ("plateau",), "gan_schedule": ("plateau",)},
    ),
    "early_stopping": Control(
        label="Early stopping",
        low=0,
        high=20,
        help="Validations without a better score before the training ends. 0 never stops early.",
        group="length",
    ),
    "weight_decay": Control(
        label="Weight decay", low=0.0, high=1.0, step=0.001, help="Pull of the weights to zero. More is safer."
    ),
    "gradient_clip": Control(
        label="Gradient clip", low=0.1, high=100.0, step=0.1, help="Largest gradient norm. Lower is safer."
    ),
    "averaging": Control(
        label="Weight averaging",
        low=0.0,
        high=0.9999,
        step=0.001,
        help="Decay of the average that is kept. 0 keeps the last weights.",
    ),
    "reconstruction_weight": Control(
        label="Reconstruction",
        low=0.0,
        high=10.0,
        step=0.1,
        help="Weight of the likelihood (VAE).",
        group="loss",
    ),
    "kl_warmup": Control(
        label="KL warm-up",
        low=0.0,
        high=1.0,
        step=0.05,
        help="Share of the steps over which the KL weight grows from 0.",
        group="loss",
    ),
    "free_bits": Control(
        label="Free bits",
        low=0.0,
        high=2.0,
        step=0.05,
        help="Nats that each latent factor may tell for free. More keeps factors alive when the KL empties them; "
        "0 is off.",
        group="loss",
    ),
    "adversarial_weight": Control(
        label="Adversarial",
        low=0.0,
        high=10.0,
        step=0.1,
        help="Weight of the critic's verdict in the generator's loss.",
        group="loss",
        models=("gan",),
    ),
    "moments_weight": Control(
        label="Moments",
        low=0.0,
        high=100.0,
        step=0.1,
        help="Extra term: difference of mean, spread, skew and kurtosis between generated and real days of a batch, "
        "for each asset and for equal weights. 0 is the validated choice.",
        group="terms",
    ),
    "correlation_weight": Control(
        label="Correlation (squared error)",
        low=0.0,
        high=100.0,
        step=0.1,
        help="Extra term: squared error between generated and real correlations in a batch. 0 is the validated choice.",
        group="terms",
    ),
    "tail_weight": Control(
        label="Tail (FZ0 at 5 %)",
        low=0.0,
        high=100.0,
        step=0.1,
        help="Extra term: score of generated value at risk and expected shortfall of random portfolios on the real "
        "days of a batch. Wants batches of 100 days or more. 0 is the validated choice.",
        group="terms",
    ),
    "condition_dropout": Control(
        label="Condition dropout",
        low=0.05,
        high=0.9,
        step=0.05,
        help="Share of the examples that go without their label, so that the model can be asked with and without. "
        "Less leaves too little to learn the latter from.",
        group="conditions",
        when={"severity_label": ("learned",)},
    ),
    "memory_weight": Control(
        label="Memory of moves",
        low=0.0,
        high=1000.0,
        step=0.1,
        help="Extra term on the shapes of generated and real windows of a batch: squared error between the "
        "autocorrelations of the sizes of moves, lags of 1 to 10 days. 0 is the validated choice.",
        group="terms",
    ),
    "spectral_weight": Control(
        label="Spectral distance",
        low=0.0,
        high=100.0,
        step=0.1,
        help="Extra term on the shapes of generated and real windows of a batch: squared distance between the "
        "logarithms of their mean power spectra, of moves and of their sizes. 0 is the validated choice.",
        group="terms",
    ),
}
"""By the name of the setting."""


def knob(name: str, default: float, **changes: Any) -> Any:
    """A field of a ``Settings`` class for a shared knob, with what is different about it here."""
    return field(default=default, metadata={"control": replace(KNOBS[name], **changes)})
