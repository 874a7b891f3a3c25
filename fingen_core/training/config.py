"""What a training is asked to do: one frozen value, checked when it is built.

Each setting carries its limits and its explanation, so that the sliders of the Train page, the command line and the
error messages cannot disagree.
"""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self, TypeAlias

from fingen_core.errors import InvalidInput
from fingen_core.training.rules import refuse_nonsense
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

Optimizer: TypeAlias = Literal[
    "adamw", "adam", "radam", "rmsprop", "sgd", "sgd-momentum", "sgd-nesterov", "gradient-descent"
]
Schedule: TypeAlias = Literal["one-cycle", "cosine", "constant", "plateau"]
Preset: TypeAlias = Literal["quick", "balanced", "thorough"]


@dataclass(frozen=True, kw_only=True)
class Control:
    """How a number may be set.

    Attributes
    ----------
    label, help : str
        For people; ``help`` says what the knob does and which way is safer.
    low, high : float
        Limits, both included.
    step : float
        Step of a slider; for a logarithmic one, the factor between its stops.
    log : bool
        Whether a slider should move in factors.
    group : str
        "loss", "terms", "optimizer", "schedule", "network", "length", "filter" or "validation".
    models : tuple of str
        The models that the setting matters to.
    when : mapping of str to tuple of str
        Choices under which the setting matters: a name, and the values of it.
    """

    label: str
    help: str
    low: float
    high: float
    step: float = 1
    log: bool = False
    group: str = "optimizer"
    models: tuple[str, ...] = ("vae", "gan")
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """How a word may be set: its label, its group, the models that it matters to; ``CHOICES`` has the words."""

    label: str
    group: str
    models: tuple[str, ...] = ("vae", "gan")


def _number(default: float, label: str, low: float, high: float, step: float, help: str, **more: Any) -> Any:  # noqa: PLR0917
    control = Control(label=label, help=help, low=low, high=high, step=step, **more)
    return field(default=default, metadata={"control": control})


_SCHEDULES = {
    "one-cycle": "One cycle: up, then down to nothing; the safe choice for a VAE",
    "cosine": "Cosine: from the full rate down to nothing; gentle, without a warm-up of its own",
    "constant": "Constant: the same rate throughout; usual for a GAN, whose target moves",
    "plateau": "Plateau: halved whenever validation has not improved for a while; no length to guess",
}

CHOICES: dict[str, dict[str, str]] = {
    "model": {"vae": "VAE: stable, a likelihood to watch", "gan": "GAN: a critic to please, started from the VAE"},
    "likelihood": {
        "gaussian": "Gaussian, learned scale: noise whose size follows the factors; the safe choice",
        "student-t": "Student-t, learned scale: noise with heavy tails, whose weight is learned too; one wild day of "
        "one asset moves the model less",
        "squared-error": "Squared error (MSE), fixed scale: fits the means only; the noise stays that of the linear "
        "start. Simple, and blind to changing spread",
    },
    "gan_loss": {
        "wasserstein": "Wasserstein: the distance that the critic can see; smooth, falls as the draws get better; "
        "needs the gradient penalty",
        "cross-entropy": "Cross-entropy, non-saturating: the classical GAN; learns fast where the critic is sure, and "
        "can swing",
        "minimax": "Cross-entropy, minimax: the original game; fades where the critic is sure, so mostly for teaching",
        "least-squares": "Least squares (MSE): pulls draws to the critic's border even when they are on its right side",
        "hinge": "Hinge: the critic stops where it is sure enough; robust with large networks",
    },
    "optimizer": {
        "adamw": "AdamW: Adam with decoupled weight decay; the safe choice",
        "adam": "Adam: adaptive steps",
        "radam": "RAdam: Adam that waits until it knows the gradients' spread; needs no warm-up",
        "rmsprop": "RMSprop: adaptive steps without momentum",
        "sgd": "SGD: plain gradient descent on batches; needs a larger learning rate and more steps",
        "sgd-momentum": "SGD with momentum: .9 of the last step goes on",
        "sgd-nesterov": "SGD with Nesterov momentum: looks ahead before it steps",
        "gradient-descent": "Gradient descent, all days: no batches, so no noise but that of the draws; slow, and for "
        "teaching",
    },
    "schedule": _SCHEDULES,
    "gan_schedule": _SCHEDULES,
}
"""Vocabularies of the settings that are a choice, with their explanations."""

CHOICE_CONTROLS: dict[str, Choice] = {
    "likelihood": Choice(label="Likelihood (VAE)", group="loss"),
    "gan_loss": Choice(label="GAN loss", group="loss", models=("gan",)),
    "optimizer": Choice(label="Optimizer", group="optimizer"),
    "schedule": Choice(label="Schedule (VAE)", group="schedule"),
    "gan_schedule": Choice(label="Schedule (GAN)", group="schedule", models=("gan",)),
}
"""Every setting that is a word, but model and preset."""

_WITHOUT_WARMUP = ("constant", "cosine", "plateau")

PRESETS: dict[Preset, str] = {
    "quick": "Quick: a first look; shorter training",
    "balanced": "Balanced: the default that was validated",
    "thorough": "Thorough: three filters and longer training, for a result that will be kept",
}
"""Names of the presets, with their explanations."""


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """Settings of one training of a conditional VAE or GAN on the ``filtered`` representation.

    Raises
    ------
    InvalidInput
        If a value lies outside the limits of its control, a choice is unknown, or settings contradict each other.
    """

    model: ModelKind = "vae"
    preset: Preset = "balanced"
    likelihood: Likelihood = "gaussian"
    gan_loss: GanLoss = "wasserstein"
    seed: int = _number(
        0, "Seed", 0, 2**31 - 1, 1, "Same seed, same model. Change it to see how much is luck.", group="length"
    )
    vae_steps: int = _number(
        800,
        "VAE steps",
        20,
        20_000,
        20,
        "Updates of the VAE. Long training overfits the mean before the likelihood shows it: fewer is safer.",
        group="length",
    )
    gan_steps: int = _number(
        300,
        "GAN steps",
        10,
        20_000,
        10,
        "Generator updates after the warm start. Fewer is safer.",
        group="length",
        models=("gan",),
    )
    batch_size: int = _number(
        256, "Batch size", 16, 8192, 2, "Market days per update. Larger is smoother and slower.", log=True
    )
    learning_rate: float = _number(
        2e-3, "Learning rate (VAE)", 1e-6, 1.0, 10**0.25, "Size of a step. Lower is safer and slower.", log=True
    )
    generator_learning_rate: float = _number(
        1e-4,
        "Learning rate (generator)",
        1e-6,
        1e-1,
        10**0.25,
        "Keep it at or below the critic's.",
        log=True,
        models=("gan",),
    )
    critic_learning_rate: float = _number(
        2e-4,
        "Learning rate (critic)",
        1e-6,
        1e-1,
        10**0.25,
        "Faster than the generator's is safer.",
        log=True,
        models=("gan",),
    )
    critic_updates: int = _number(
        2,
        "Critic updates per step",
        1,
        10,
        1,
        "More keeps the critic honest and costs time.",
        models=("gan",),
    )
    generator_updates: int = _number(
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
    rate_warmup: float = _number(
        0.0,
        "Warm-up",
        0.0,
        0.5,
        0.05,
        "Share of the steps over which the learning rate grows from nothing. Not with one cycle, which has its own.",
        group="schedule",
        when={"schedule": _WITHOUT_WARMUP, "gan_schedule": _WITHOUT_WARMUP},
    )
    plateau_patience: int = _number(
        2,
        "Plateau patience",
        1,
        20,
        1,
        "Validations without a better score before the learning rate is halved.",
        group="schedule",
        when={"schedule": ("plateau",), "gan_schedule": ("plateau",)},
    )
    early_stopping: int = _number(
        0,
        "Early stopping",
        0,
        20,
        1,
        "Validations without a better score before the training ends. 0 never stops early.",
        group="length",
    )
    weight_decay: float = _number(1e-2, "Weight decay", 0.0, 1.0, 0.001, "Pull of the weights to zero. More is safer.")
    gradient_clip: float = _number(5.0, "Gradient clip", 0.1, 100.0, 0.1, "Largest gradient norm. Lower is safer.")
    averaging: float = _number(
        0.995, "Weight averaging", 0.0, 0.9999, 0.001, "Decay of the average that is kept. 0 keeps the last weights."
    )
    reconstruction_weight: float = _number(
        1.0, "Reconstruction", 0.0, 10.0, 0.1, "Weight of the likelihood (VAE).", group="loss"
    )
    kl_weight: float = _number(
        1.0,
        "KL divergence",
        0.0,
        10.0,
        0.1,
        "Weight of the distance of the latent code from normal noise. 1 is the likelihood bound; "
        "lower sharpens, higher smooths.",
        group="loss",
    )
    kl_warmup: float = _number(
        0.2, "KL warm-up", 0.0, 1.0, 0.05, "Share of the steps over which the KL weight grows from 0.", group="loss"
    )
    free_bits: float = _number(
        0.0,
        "Free bits",
        0.0,
        2.0,
        0.05,
        "Nats that each latent factor may tell for free. More keeps factors alive when the KL empties them; 0 is off.",
        group="loss",
    )
    adversarial_weight: float = _number(
        1.0,
        "Adversarial",
        0.0,
        10.0,
        0.1,
        "Weight of the critic's verdict in the generator's loss.",
        group="loss",
        models=("gan",),
    )
    gradient_penalty: float = _number(
        10.0,
        "Gradient penalty",
        0.0,
        100.0,
        0.1,
        "Keeps the critic's slope near one between real and generated days. Wasserstein needs it: too low diverges.",
        group="loss",
        models=("gan",),
    )
    r1_weight: float = _number(
        0.0,
        "R1 penalty",
        0.0,
        100.0,
        0.1,
        "Holds the critic's slope at real days down, with any loss. Usual instead of the gradient penalty. 0 is off.",
        group="loss",
        models=("gan",),
    )
    moments_weight: float = _number(
        0.0,
        "Moments",
        0.0,
        100.0,
        0.1,
        "Extra term: difference of mean, spread, skew and kurtosis between generated and real days of a batch, for "
        "each asset and for equal weights. 0 is the validated choice.",
        group="terms",
    )
    correlation_weight: float = _number(
        0.0,
        "Correlation (squared error)",
        0.0,
        100.0,
        0.1,
        "Extra term: squared error between generated and real correlations in a batch. 0 is the validated choice.",
        group="terms",
    )
    tail_weight: float = _number(
        0.0,
        "Tail (FZ0 at 5 %)",
        0.0,
        100.0,
        0.1,
        "Extra term: score of generated value at risk and expected shortfall of random portfolios on the real days of "
        "a batch. Wants batches of 100 days or more. 0 is the validated choice.",
        group="terms",
    )
    latent_size: int = _number(
        8, "Latent size", 1, 64, 1, "Common factors behind all assets. 4 to 12 is safe.", group="network"
    )
    network_size: int = _number(
        32, "Network size", 4, 512, 2, "Units per hidden layer. Larger overfits sooner.", log=True, group="network"
    )
    filter_networks: int = _number(
        1, "Volatility filters", 1, 10, 1, "Networks whose log volatility is averaged.", group="filter"
    )
    filter_epochs: int = _number(20, "Filter epochs", 1, 200, 1, "Passes over all asset-days.", group="filter")
    filter_learning_rate: float = _number(
        5e-3, "Learning rate (filter)", 1e-5, 1e-1, 10**0.25, "Peak rate of the filter.", log=True, group="filter"
    )
    validation_share: float = _number(
        0.12,
        "Validation share",
        0.05,
        0.4,
        0.01,
        "Share of the days, at the end, held out to choose the best checkpoint; all days are used in the refit.",
        group="validation",
    )
    validate_every: int = _number(
        100, "Validate every", 10, 1000, 10, "Steps between validation scores.", group="validation"
    )
    refit: bool = True

    def __post_init__(self) -> None:
        for name, control in controls().items():
            value = getattr(self, name)
            if (
                isinstance(value, bool)
                or not isinstance(value, int | float)
                or not control.low <= value <= control.high
            ):
                raise InvalidInput(
                    f"{name} = {value!r}, but it must be a number from {control.low:g} to {control.high:g}: "
                    f"{control.help}"
                )
        for name, words in (CHOICES | {"preset": dict(PRESETS)}).items():
            if getattr(self, name) not in words:
                raise InvalidInput(f"{name} = {getattr(self, name)!r}: choose one of {', '.join(words)}")
        refuse_nonsense(self)

    def to_json(self) -> str:
        """All settings as JSON, keys sorted; ``from_json`` gives back an equal value."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read settings; ``InvalidInput`` names unknown keys and values out of range."""
        try:
            values = json.loads(text)
        except json.JSONDecodeError as error:
            raise InvalidInput(f"settings are not JSON ({error}): export them again from the Train page") from error
        if not isinstance(values, dict):
            raise InvalidInput(
                f"settings are a JSON {type(values).__name__}, but must be an object of names and values"
            )
        known = {item.name for item in dataclasses.fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise InvalidInput(f"unknown setting {', '.join(unknown)}: the settings are {', '.join(sorted(known))}")
        return cls(**values)

    def digest(self) -> str:
        """Twelve hexadecimal digits that identify the settings."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:12]

    def replace(self, **changes: Any) -> Self:
        """The same settings with some changed, checked again."""
        return dataclasses.replace(self, **changes)


def controls() -> dict[str, Control]:
    """Limits and explanation of every numeric setting, by its name, in the order of the class."""
    return {
        item.name: item.metadata["control"] for item in dataclasses.fields(TrainingConfig) if "control" in item.metadata
    }


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
