"""What the training of a filtered model is asked to do: one frozen value, checked when it is built."""

from dataclasses import dataclass
from typing import Any, ClassVar

from fingen_core.errors import InvalidInput
from fingen_core.training.settings.base import PRESETS, Choice, Control, Preset, Settings, number
from fingen_core.training.settings.knobs import knob
from fingen_core.training.settings.rules import refuse_nonsense
from fingen_core.training.settings.vocabulary import (
    CHOICE_CONTROLS,
    CHOICES,
    Optimizer,
    Precision,
    Schedule,
    SeverityLabel,
)
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
    seed: int = knob("seed", 0)
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
    critic_updates: int = knob("critic_updates", 2)
    generator_updates: int = knob("generator_updates", 1)
    optimizer: Optimizer = "adamw"
    precision: Precision = "float32"
    schedule: Schedule = "one-cycle"
    gan_schedule: Schedule = "constant"
    rate_warmup: float = knob("rate_warmup", 0.0)
    plateau_patience: int = knob("plateau_patience", 2)
    early_stopping: int = knob("early_stopping", 0)
    weight_decay: float = knob("weight_decay", 1e-2)
    gradient_clip: float = knob("gradient_clip", 5.0)
    averaging: float = knob("averaging", 0.995)
    reconstruction_weight: float = knob("reconstruction_weight", 1.0)
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
    kl_warmup: float = knob("kl_warmup", 0.2)
    free_bits: float = knob("free_bits", 0.0)
    adversarial_weight: float = knob("adversarial_weight", 1.0)
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
    moments_weight: float = knob("moments_weight", 0.0)
    correlation_weight: float = knob("correlation_weight", 0.0)
    tail_weight: float = knob("tail_weight", 0.0)
    severity_label: SeverityLabel = "none"
    condition_dropout: float = knob("condition_dropout", 0.15)
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
