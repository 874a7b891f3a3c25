"""Settings in words for people: labels, values, and what sets a configuration apart from its preset. No torch."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from fingen_core.training.settings.base import written
from fingen_core.training.settings.config import CHOICE_CONTROLS, CHOICES, Control, controls, preset
from fingen_core.training.settings.picture_config import (
    PICTURE_CHOICES,
    Configuration,
    PictureConfig,
    picture_controls,
    picture_preset,
)

__all__ = ["changed", "controls_of", "in_words", "label", "plain", "told", "value_in_words", "vocabularies_of"]

_LABELS = {
    "model": "Model",
    "preset": "Preset",
    "refit": "Refit on all days",
    "changes": "Changes while it trained",
    "representation": "Picture",
    "network": "Network",
    "loss": "Loss",
    "side": "Size of the pictures",
}


def controls_of(config: Configuration) -> dict[str, Control]:
    """Limits and explanation of every number among these settings."""
    return picture_controls() if isinstance(config, PictureConfig) else controls()


def vocabularies_of(config: Configuration) -> dict[str, dict[str, str]]:
    """For every word among these settings, what it may be, each with its explanation."""
    return PICTURE_CHOICES if isinstance(config, PictureConfig) else CHOICES


def label(name: str, config: Configuration) -> str:
    """What a setting is called on screen."""
    known = controls_of(config)
    if name in known:
        return known[name].label
    if name in CHOICE_CONTROLS:
        return CHOICE_CONTROLS[name].label
    return _LABELS.get(name, name.replace("_", " ").capitalize())


def value_in_words(name: str, value: Any, config: Configuration) -> str:
    """A value as a person would write it: "0.0018", "20,000", "Student-t, learned scale", "yes"."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return written(value if float(value).is_integer() else float(f"{value:.4g}"))
    words = vocabularies_of(config).get(name, {})
    text = words.get(value, str(value)).partition(":")[0]
    return text.upper() if name == "model" else text[:1].upper() + text[1:]


def in_words(settings: Mapping[str, Any]) -> dict[str, str]:
    """Settings as a card keeps them for a reader: "KL divergence, weight" is "0.5".

    Names that this version does not know are spelled out as they are.
    """
    paints = "representation" in settings
    config = picture_preset("quick", "vae") if paints else preset("quick", "vae")
    return {_titled(name, config): value_in_words(name, value, config) for name, value in settings.items()}


def _titled(name: str, config: Configuration) -> str:
    """A label that stands alone: among the weights of a form "Moments" is enough, in a list of settings it is not."""
    text = label(name, config)
    return f"{text}, weight" if name.endswith("_weight") and "weight" not in text.lower() else text


def plain(config: Configuration) -> Configuration:
    """The preset of these settings as it is."""
    return (picture_preset if isinstance(config, PictureConfig) else preset)(config.preset, config.model)


def changed(config: Configuration) -> dict[str, Any]:
    """Settings that differ from those of the preset, in their order."""
    base = asdict(plain(config))
    return {name: value for name, value in asdict(config).items() if value != base.get(name)}


def told(config: Configuration, most: int = 2) -> str:
    """What differs from the preset in a few words, "latent size 5, seed 3"; empty if nothing does.

    What a painter paints is left out: it stands beside the kind of model wherever this is said.
    """
    found = {name: value for name, value in changed(config).items() if name != "representation"}  # is in the kind
    shown = [_phrase(name, found[name], config) for name in list(found)[:most]]
    rest = len(found) - len(shown)
    return ", ".join([*shown, *([f"{rest} more"] if rest > 0 else [])])


def _phrase(name: str, value: Any, config: Configuration) -> str:
    if name == "severity_label" and value == "learned":
        return "severity label"  # there are models with one and models without
    if name == "network":
        return value_in_words(name, value, config).lower()  # "dense", "dilated convolutions": needs no noun
    return f"{_spoken(label(name, config))} {_inside(name, value, config)}"


def _spoken(text: str) -> str:
    """A label inside a sentence; names such as VAE and GAN stay as they are."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def _inside(name: str, value: Any, config: Configuration) -> str:
    text = value_in_words(name, value, config)
    return text.partition(";")[0].partition(",")[0] if isinstance(value, str) else text
