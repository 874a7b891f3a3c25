"""What a run is called: while nobody has named it, and in few words where there is little room."""

from collections.abc import Collection

from fingen_core.training.picture_config import Configuration, PictureConfig
from fingen_core.training.words import told

__all__ = ["LONGEST_NAME", "SHORT", "default_name", "shortened"]

LONGEST_NAME = 120
SHORT = 40
"""Letters of a short name, which fits into a legend on the screen of a phone."""

_GAP = "…"


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


def shortened(name: str, market: str = "", most: int = SHORT) -> str:
    """A name in at most ``most`` characters, for legends, headings and lists.

    The ``market`` goes first, where what stands beside it has the same. Then the parts in the middle: the beginning
    says what kind a run is, the end tells trials and repetitions apart.
    """
    parts = name.replace(f", {market}", "", 1).split(", ") if market else name.split(", ")
    gap: list[str] = []
    while len(", ".join([*parts[:1], *gap, *parts[1:]])) > most and len(parts) > 2:
        parts, gap = [parts[0], *parts[2:]], [_GAP]
    short = ", ".join([*parts[:1], *gap, *parts[1:]])
    return short if len(short) <= most else f"{short[: most - 1].rstrip(' ,')}{_GAP}"
