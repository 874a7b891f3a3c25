"""What a run is called while nobody has named it: its kind and preset, its market, and what sets it apart."""

from collections.abc import Collection

from fingen_core.training.picture_config import Configuration, PictureConfig
from fingen_core.training.words import told

__all__ = ["LONGEST_NAME", "default_name"]

LONGEST_NAME = 120


def default_name(config: Configuration, market: str, taken: Collection[str] = ()) -> str:
    """A name that no other run has, of at most ``LONGEST_NAME`` characters.

    "VAE quick, US large caps, latent size 5": what differs from the preset follows the market, and where that is
    not enough a running number does.
    """
    differing = told(config)
    kind = f"{config.model.upper()}{f' {config.representation}' if isinstance(config, PictureConfig) else ''}"
    name = f"{kind} {config.preset}, {market}{f', {differing}' if differing else ''}"[: LONGEST_NAME - 5].rstrip(" ,")
    if name not in taken:
        return name
    return next(numbered for number in range(2, len(taken) + 3) if (numbered := f"{name} ({number})") not in taken)
