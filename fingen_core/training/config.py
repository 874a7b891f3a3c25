"""What the training of a filtered model is asked to do: one frozen value, checked when it is built."""

from dataclasses import dataclass
from typing import Any, ClassVar

from fingen_core.errors import InvalidInput
from fingen_core.training.rules import refuse_nonsense
from fingen_core.training.settings import PRESETS, Choice, Control, Preset, Settings, number
from fingen_core.training.vocabulary import CHOICE_CONTROLS, CHOICES, WITHOUT_WARMUP, Optimizer, Schedule, SeverityLabel
from fingen_core.types import GanLoss, Likelihood, ModelKind

__all__ = [
    "CHOICES",
    "CHOICE_CONTROLS",
    "PRESETS",
    "Choice",
    "Control",
    "Optimizer",
    "Preset",
    "Schedule",
    "TrainingConfig",
    "controls",
    "preset",
]


@dataclass(frozen=True, kw_only=True)
class TrainingConfig(Settings):
    """Settings of one training of a conditional VAE or GAN on the ``filtered`` representation."""

    vocabularies: ClassVar = CHOICES | {"preset": dict(PRESETS)}

    model: ModelKind = "vae"
    preset: Preset = "balanced"
    likelihood: Likelihood = "gaussian"
    gan_loss: GanLoss = "wasserstein"
    seed: int = number(
        0, "Seed", 0, 2**31 - 1, 1, "Same seed, same model. Change it to see how much is luck.", group="length"
    )
    vae_steps: int = number(
        800,
        "VAE steps",
        20,
        20_000,
        20,
        "Updates of the VAE. Long training overfits the mean before the likelihood shows it: fewer is safer.",
        group="length",
    )
    gan_steps: int = number(
        300,
        "GAN steps",
        10,
        20_000,
        10,
        "Generator updates after the warm start. Fewer is safer.",
        group="length",
        models=("gan",),
    )
    batch_size: int = number(
        256, "Batch size", 16, 8192, 2, "Market days per update. Larger is smoother and slower.", log=True
    )
    learning_rate: float = number(
        2e-3, "Learning rate (VAE)", 1e-6, 1.0, 10**0.25, "Size of a step. Lower is safer and slower.", log=True
    )
    generator_learning_rate: float = number(
        1e-4,
        "Learning rate (generator)",
        1e-6,
        1e-1,
        10**0.25,
        "Keep it at or below the critic's.",
        log=True,
        models=("gan",),
    )
    critic_learning_rate: float = number(
        2e-4,
        "Learning rate (critic)",
        1e-6,
        1e-1,
        10**0.25,
        "Faster than the generator's is safer.",
        log=True,
        models=("gan",),
    )
    critic_updates: int = number(
        2,
        "Critic updates per step",
        1,
        10,
        1,
        "More keeps the critic honest and costs time.",
        models=("gan",),
    )
    generator_updates: int = number(
        1,
        "Generator updates per step",
        1,
        10,
        1,
        "More than the critic's lets the generator run ahead of it: for a critic that is too strong.",
        models=("gan",),
    )
    optimizer: Optimizer = "adamw"
    schedule: Schedule = "one-cycle"
    gan_schedule: Schedule = "constant"
    rate_warmup: float = number(
        0.0,
        "Warm-up",
        0.0,
        0.5,
        0.05,
        "Share of the steps over which the learning rate grows from nothing. Not with one cycle, which has its own.",
        group="schedule",
        when={"schedule": WITHOUT_WARMUP, "gan_schedule": WITHOUT_WARMUP},
    )
    plateau_patience: int = number(
        2,
        "Plateau patience",
        1,
        20,
        1,
        "Validations without a better score before the learning rate is halved.",
        group="schedule",
        when={"schedule": ("plateau",), "gan_schedule": ("plateau",)},
    )
    early_stopping: int = number(
        0,
        "Early stopping",
        0,
        20,
        1,
        "Validations without a better score before the training ends. 0 never stops early.",
        group="length",
    )
    weight_decay: float = number(1e-2, "Weight decay", 0.0, 1.0, 0.001, "Pull of the weights to zero. More is safer.")
    gradient_clip: float = number(5.0, "Gradient clip", 0.1, 100.0, 0.1, "Largest gradient norm. Lower is safer.")
    averaging: float = number(
        0.995, "Weight averaging", 0.0, 0.9999, 0.001, "Decay of the average that is kept. 0 keeps the last weights."
    )
    reconstruction_weight: float = number(
        1.0, "Reconstruction", 0.0, 10.0, 0.1, "Weight of the likelihood (VAE).", group="loss"
    )
    kl_weight: float = number(
        1.0,
        "KL divergence",
        0.0,
        10.0,
        0.1,
        "Weight of the distance of the latent code from normal noise. 1 is the likelihood bound; "
        "lower sharpens, higher smooths.",
        group="loss",
    )
    kl_warmup: float = number(
        0.2, "KL warm-up", 0.0, 1.0, 0.05, "Share of the steps over which the KL weight grows from 0.", group="loss"
    )
    free_bits: float = number(
        0.0,
        "Free bits",
        0.0,
        2.0,
        0.05,
        "Nats that each latent factor may tell for free. More keeps factors alive when the KL empties them; 0 is off.",
        group="loss",
    )
    adversarial_weight: float = number(
        1.0,
        "Adversarial",
        0.0,
        10.0,
        0.1,
        "Weight of the critic's verdict in the generator's loss.",
        group="loss",
        models=("gan",),
    )
    gradient_penalty: float = number(
        10.0,
        "Gradient penalty",
        0.0,
        100.0,
        0.1,
        "Keeps the critic's slope near one between real and generated days. Wasserstein needs it: too low diverges.",
        group="loss",
        models=("gan",),
    )
    r1_weight: float = number(
        0.0,
        "R1 penalty",
        0.0,
        100.0,
        0.1,
        "Holds the critic's slope at real days down, with any loss. Usual instead of the gradient penalty. 0 is off.",
        group="loss",
        models=("gan",),
    )
    moments_weight: float = number(
        0.0,
        "Moments",
        0.0,
        100.0,
        0.1,
        "Extra term: difference of mean, spread, skew and kurtosis between generated and real days of a batch, for "
        "each asset and for equal weights. 0 is the validated choice.",
        group="terms",
    )
    correlation_weight: float = number(
        0.0,
        "Correlation (squared error)",
        0.0,
        100.0,
        0.1,
        "Extra term: squared error between generated and real correlations in a batch. 0 is the validated choice.",
        group="terms",
    )
    tail_weight: float = number(
        0.0,
        "Tail (FZ0 at 5 %)",
        0.0,
        100.0,
        0.1,
        "Extra term: score of generated value at risk and expected shortfall of random portfolios on the real days of "
        "a batch. Wants batches of 100 days or more. 0 is the validated choice.",
        group="terms",
    )
    severity_label: SeverityLabel = "none"
    condition_dropout: float = number(
        0.15,
        "Condition dropout",
        0.05,
        0.9,
        0.05,
        "Share of the examples that go without their label, so that the model can be asked with and without. Less "
        "leaves too little to learn the latter from.",
        group="conditions",
        when={"severity_label": ("learned",)},
    )
    latent_size: int = number(
        8, "Latent size", 1, 64, 1, "Common factors behind all assets. 4 to 12 is safe.", group="network"
    )
    network_size: int = number(
        32, "Network size", 4, 512, 2, "Units per hidden layer. Larger overfits sooner.", log=True, group="network"
    )
    filter_networks: int = number(
        1, "Volatility filters", 1, 10, 1, "Networks whose log volatility is averaged.", group="filter"
    )
    filter_epochs: int = number(20, "Filter epochs", 1, 200, 1, "Passes over all asset-days.", group="filter")
    filter_learning_rate: float = number(
        5e-3, "Learning rate (filter)", 1e-5, 1e-1, 10**0.25, "Peak rate of the filter.", log=True, group="filter"
    )
    validation_share: float = number(
        0.12,
        "Validation share",
        0.05,
        0.4,
        0.01,
        "Share of the days, at the end, held out to choose the best checkpoint; all days are used in the refit.",
        group="validation",
    )
    validate_every: int = number(
        100, "Validate every", 10, 1000, 10, "Steps between validation scores.", group="validation"
    )
    refit: bool = True

    def _refuse_nonsense(self) -> None:
        refuse_nonsense(self)


def controls() -> dict[str, Control]:
    """Limits and explanation of every numeric setting, by its name, in the order of the class."""
    return TrainingConfig.controls()


def preset(name: Preset, model: ModelKind = "vae", **changes: Any) -> TrainingConfig:
    """Settings of a named preset, with changes."""
    if name not in PRESETS:
        raise InvalidInput(f"preset {name!r}: choose one of {', '.join(PRESETS)}")
    lengths: dict[str, dict[str, Any]] = {
        "quick": {"vae_steps": 400, "gan_steps": 150, "filter_epochs": 10},
        "balanced": {},
        "thorough": {
            "vae_steps": 1200,
            "gan_steps": 400,
            "filter_networks": 3,
            "filter_epochs": 25,
            "learning_rate": 1.5e-3,
        },
    }
    return TrainingConfig(**{"model": model, "preset": name, **lengths[name], **changes})
