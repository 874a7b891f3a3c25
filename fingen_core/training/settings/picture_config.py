"""Settings of one training on windows or pictures, and how any run's settings are read."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias, get_args

from fingen_core.errors import InvalidInput
from fingen_core.training.settings.base import PRESETS, Control, Preset, Settings, number, read_object
from fingen_core.training.settings.config import TrainingConfig
from fingen_core.training.settings.knobs import knob, terms_of
from fingen_core.training.settings.rules import bits_of_something, warmup_once
from fingen_core.training.settings.vocabulary import CHOICES, Optimizer, Precision, Schedule, SeverityLabel
from fingen_core.types import ModelKind

__all__ = [
    "PICTURE_CHOICES",
    "Configuration",
    "PictureConfig",
    "picture_controls",
    "picture_estimate",
    "picture_preset",
    "read_config",
]

Depiction: TypeAlias = Literal["heat-map", "gasf", "windows", "raw-windows"]
Network: TypeAlias = Literal["conv2d", "conv1d", "dense"]
PictureLoss: TypeAlias = Literal[
    "gaussian", "student-t", "mse", "pixels", "wasserstein", "cross-entropy", "minimax", "least-squares", "hinge"
]

_OF_MODEL: dict[str, tuple[str, ...]] = {
    "vae": ("gaussian", "student-t", "mse", "pixels"),
    "gan": ("wasserstein", "cross-entropy", "minimax", "least-squares", "hinge"),
}
_SIDES = (28, 64)

PICTURE_CHOICES: dict[str, dict[str, str]] = {
    "representation": {
        "heat-map": "Heat map: days as rows, assets as columns, one pixel per return",
        "gasf": "Gramian angular field: a square of angles, its diagonal is the path; VAEs paint it better than GANs",
        "windows": "Windows: the returns themselves, not painted; how volatile a window is follows a law of history",
        "raw-windows": "Raw windows: returns as they are; the network has to draw volatility itself, for comparison",
    },
    "model": {"vae": "VAE: has a map of pictures that can be walked", "gan": "GAN: a painter against a critic"},
    "network": {
        "conv2d": "Convolutions: over pictures, up and down as in DCGAN",
        "conv1d": "Dilated convolutions: along the days; for windows and heat maps",
        "dense": "Dense: two hidden layers",
    },
    "loss": {
        "gaussian": "Gaussian: likelihood with a learned scale (VAE)",
        "student-t": "Student-t: likelihood with a learned scale and learned tails (VAE)",
        "mse": "Squared error: a fixed scale (VAE)",
        "pixels": "Cross-entropy on pixels: each pixel as a shade between black and white (VAE)",
        "wasserstein": "Wasserstein: the distance that the critic can see, with a gradient penalty (GAN)",
        "cross-entropy": "Cross-entropy: non-saturating, the classical game (GAN)",
        "minimax": "Minimax: cross-entropy as in the original game, mostly for teaching (GAN)",
        "least-squares": "Least squares: pulls paintings to the critic's border (GAN)",
        "hinge": "Hinge: the critic stops where it is sure enough (GAN)",
    },
    **{name: CHOICES[name] for name in ("optimizer", "precision", "schedule", "gan_schedule", "severity_label")},
}
"""Vocabularies of the settings that are a choice, with their explanations."""


_EXTRA = "Extra term on the shapes of generated and real windows of a batch: {} 0 is the validated choice."
_MOMENTS = "mean, spread, skew and kurtosis of their days, for each asset and for equal weights."
_CORRELATION = "squared error between the correlations of the assets."
_TAIL = "score of value at risk and expected shortfall of random portfolios over a day."


@dataclass(frozen=True, kw_only=True)
class PictureConfig(Settings):
    """Settings of one training of a VAE or GAN on windows or pictures of them."""

    vocabularies: ClassVar = PICTURE_CHOICES | {"preset": dict(PRESETS)}

    representation: Depiction = "heat-map"
    model: ModelKind = "vae"
    network: Network = "conv2d"
    loss: PictureLoss = "gaussian"
    side: int = 28
    preset: Preset = "balanced"
    seed: int = knob("seed", 0)
    steps: int = number(
        1200, "Steps", 10, 50_000, 10, "Updates. More is sharper and slower; a GAN may get worse again.", group="length"
    )
    early_stopping: int = knob(
        "early_stopping",
        0,
        help="Looks without a better long run before the training ends; the model is then that of the best look. 0 "
        "never stops early and keeps the last.",
    )
    batch_size: int = number(
        64, "Batch size", 8, 1024, 2, "Pictures per update. Larger is smoother and slower.", log=True
    )
    learning_rate: float = number(
        2e-3, "Learning rate", 1e-6, 1e-1, 10**0.25, "Size of a step. Lower is safer and slower.", log=True
    )
    critic_learning_rate: float = number(
        1e-3,
        "Learning rate (critic)",
        1e-6,
        1e-1,
        10**0.25,
        "Faster than the painter's is safer.",
        log=True,
        models=("gan",),
    )
    critic_updates: int = knob("critic_updates", 2)
    generator_updates: int = knob("generator_updates", 1, label="Painter updates per step")
    optimizer: Optimizer = "adamw"
    precision: Precision = "float32"
    schedule: Schedule = "one-cycle"
    gan_schedule: Schedule = "cosine"
    rate_warmup: float = knob("rate_warmup", 0.0)
    plateau_patience: int = knob(
        "plateau_patience", 2, help="Looks without a better long run before the learning rate is halved."
    )
    weight_decay: float = knob("weight_decay", 1e-3, models=("vae",))
    gradient_clip: float = knob("gradient_clip", 5.0)
    averaging: float = knob("averaging", 0.99)
    reconstruction_weight: float = knob("reconstruction_weight", 1.0, models=("vae",))
    kl_weight: float = number(
        1.0,
        "KL divergence",
        0.0,
        10.0,
        0.1,
        "Weight of the distance of the code from normal noise.",
        group="loss",
        models=("vae",),
    )
    kl_warmup: float = knob("kl_warmup", 0.2, models=("vae",))
    free_bits: float = knob("free_bits", 0.0, models=("vae",))
    adversarial_weight: float = knob("adversarial_weight", 1.0)
    gradient_penalty: float = number(
        10.0,
        "Gradient penalty",
        0.0,
        100.0,
        0.5,
        "Holds the critic's slope: between real and painted pictures with Wasserstein, at real ones (R1) with any "
        "other loss. Too low diverges.",
        group="loss",
        models=("gan",),
    )
    moments_weight: float = knob("moments_weight", 0.0, help=_EXTRA.format(_MOMENTS))
    correlation_weight: float = knob("correlation_weight", 0.0, help=_EXTRA.format(_CORRELATION))
    tail_weight: float = knob("tail_weight", 0.0, help=_EXTRA.format(_TAIL))
    severity_label: SeverityLabel = "none"
    condition_dropout: float = knob("condition_dropout", 0.15)
    memory_weight: float = knob("memory_weight", 0.0)
    spectral_weight: float = knob("spectral_weight", 0.0)
    size: int = number(
        16,
        "Network size",
        4,
        128,
        2,
        "Width and depth follow from it: channels at full resolution.",
        log=True,
        group="network",
    )
    latent_size: int = number(
        32, "Latent size", 2, 256, 2, "Numbers that say what the whole picture is like.", log=True, group="network"
    )
    validate_every: int = number(
        100, "Look every", 10, 5000, 10, "Steps between looks at what it paints.", group="validation"
    )

    def _refuse_nonsense(self) -> None:
        if self.side not in _SIDES:
            raise InvalidInput(f"side = {self.side!r}: pictures are 28 or 64 days across")
        if self.loss not in _OF_MODEL[self.model]:
            raise InvalidInput(
                f"loss {self.loss} with a {self.model.upper()}: choose one of {', '.join(_OF_MODEL[self.model])}"
            )
        if self.network == "conv2d" and self.representation in {"windows", "raw-windows"}:
            raise InvalidInput(
                f"conv2d on {self.representation.replace('-', ' ')}: its up and down path needs a square; choose "
                "conv1d or dense, or the heat map"
            )
        if self.network == "conv1d" and self.representation == "gasf":
            raise InvalidInput(
                "conv1d on Gramian fields: both sides of such a picture are days; choose conv2d or dense, or windows"
            )
        if self.loss == "student-t" and self.representation == "gasf":
            raise InvalidInput(
                "loss student-t on Gramian fields: their noise lies on the days of a window, not on pixels; choose "
                "gaussian, or the heat map"
            )
        if self.optimizer == "gradient-descent":
            raise InvalidInput(
                "optimizer gradient-descent with pictures: all windows of a history at once do not fit into memory; "
                "choose sgd, with batch_size 1024 for smooth steps"
            )
        schedule = self.schedule if self.model == "vae" else self.gan_schedule
        if sentence := warmup_once(self.rate_warmup, [schedule]) or bits_of_something(self):
            raise InvalidInput(sentence)


Configuration: TypeAlias = TrainingConfig | PictureConfig
"""What a run was asked to do; both kinds have model, preset, seed, ``to_json`` and ``digest``."""


def picture_controls() -> dict[str, Control]:
    """Limits and explanation of every numeric setting, by its name, in the order of the class."""
    return PictureConfig.controls()


def picture_preset(name: str, model: str = "vae", **changes: Any) -> PictureConfig:
    """Settings of a named preset, with changes."""
    if name not in PRESETS:
        raise InvalidInput(f"preset {name!r}: choose one of {', '.join(PRESETS)}")
    if model not in get_args(ModelKind):
        raise InvalidInput(f"model {model!r}: choose one of {', '.join(get_args(ModelKind))}")
    own: dict[str, dict[str, Any]] = {
        "vae": {},
        "gan": {"loss": "wasserstein", "steps": 400, "learning_rate": 5e-4},
    }
    share = {"quick": 0.5, "balanced": 1.0, "thorough": 2.0}[name]
    settings = {"model": model, "preset": name, **own[model]}
    settings["steps"] = round(settings.get("steps", 1200) * share)
    return PictureConfig(**{**settings, **changes})


def picture_estimate(config: PictureConfig) -> float:
    """Seconds of a training on one core, good to a factor of two."""
    pixels: float = (config.side / 28) ** 2 * config.batch_size / 64 * (0.3 + 0.7 * (config.size / 16) ** 1.5)
    cheap = 0.35 if config.network != "conv2d" else 1.0
    a_step = 0.05 if config.model == "vae" else 0.07 * (config.generator_updates + config.critic_updates)
    terms = len([term for term in terms_of(config) if getattr(config, f"{term}_weight") > 0])
    extra = 1.3 + 0.05 * terms if terms else 1.0
    return 6.0 + config.steps * a_step * extra * pixels * cheap + 2.5 * config.steps / config.validate_every


def read_config(text: str) -> Configuration:
    """The settings of a run, whichever kind it is: those of pictures name their representation."""
    return (PictureConfig if "representation" in read_object(text) else TrainingConfig).from_json(text)
