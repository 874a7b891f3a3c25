"""The words among the settings of a filtered model: losses, likelihoods, optimizers, schedules."""

from typing import Literal, TypeAlias

from fingen_core.training.settings.base import Choice

__all__ = [
    "CHOICES",
    "CHOICE_CONTROLS",
    "SEVERITY_LABEL",
    "WITHOUT_WARMUP",
    "Optimizer",
    "Precision",
    "Schedule",
    "SeverityLabel",
]

Optimizer: TypeAlias = Literal[
    "adamw", "adam", "radam", "rmsprop", "sgd", "sgd-momentum", "sgd-nesterov", "gradient-descent"
]
Precision: TypeAlias = Literal["float32", "bfloat16"]
Schedule: TypeAlias = Literal["one-cycle", "cosine", "constant", "plateau"]
SeverityLabel: TypeAlias = Literal["none", "learned"]

_SCHEDULES = {
    "one-cycle": "One cycle: up, then down to nothing; the safe choice for a VAE",
    "cosine": "Cosine: from the full rate down to nothing; gentle, without a warm-up of its own",
    "constant": "Constant: the same rate throughout; usual for a GAN, whose target moves",
    "plateau": "Plateau: halved whenever validation has not improved for a while; no length to guess",
}

SEVERITY_LABEL = {
    "none": "None: scenarios as bad as they come; the validated choice",
    "learned": "Learned: each day is told how bad its month was, and Scenarios can ask for the worst 5 % of months",
}
"""Words of the label of severity, of both kinds of settings."""

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
    "precision": {
        "float32": "Single precision: the safe choice",
        "bfloat16": "bfloat16 inside the networks: coarser numbers, faster on a large GPU; weights, losses and noise "
        "keep single precision. Not measured to be as good",
    },
    "schedule": _SCHEDULES,
    "gan_schedule": _SCHEDULES,
    "severity_label": SEVERITY_LABEL,
}
"""Vocabularies of the settings that are a choice, with their explanations."""

CHOICE_CONTROLS: dict[str, Choice] = {
    "likelihood": Choice(label="Likelihood (VAE)", group="loss"),
    "gan_loss": Choice(label="GAN loss", group="loss", models=("gan",)),
    "optimizer": Choice(label="Optimizer", group="optimizer"),
    "precision": Choice(label="Precision", group="optimizer"),
    "schedule": Choice(label="Schedule (VAE)", group="schedule"),
    "gan_schedule": Choice(label="Schedule (GAN)", group="schedule", models=("gan",)),
    "severity_label": Choice(label="Severity label", group="conditions"),
}
"""Every setting that is a word, but model and preset."""

WITHOUT_WARMUP: tuple[Schedule, ...] = ("constant", "cosine", "plateau")
"""Schedules that do not warm up by themselves."""
