"""What a run is called: while nobody has named it, and in few words where there is little room."""

import re
from collections.abc import Collection

from fingen_core.training.settings.picture_config import Configuration, PictureConfig
from fingen_core.training.settings.words import told

__all__ = ["LONGEST_NAME", "SHORT", "default_name", "shortened"]

LONGEST_NAME = 120
SHORT = 48
"""Letters of a short name, which fits into a legend on the screen of a phone."""

_GAP = "…"
_SPOKEN = {"gasf": "Gramian"}
_REST = re.compile(r"\d+ more")


def default_name(config: Configuration, market: str, taken: Collection[str] = ()) -> str:
    """A name that no other run has, of at most ``LONGEST_NAME`` characters.

    "VAE quick, US large caps, latent size 5": what differs from the preset follows the market, and where that is
    not enough a running number does.
    """
    differing = told(config)
    kind = config.model.upper()
    if isinstance(config, PictureConfig):
        kind = f"{kind} {_SPOKEN.get(config.representation, config.representation)}"
    name = f"{kind} {config.preset}, {market}{f', {differing}' if differing else ''}"[: LONGEST_NAME - 5].rstrip(" ,")
    if name not in taken:
        return name
    return next(numbered for number in range(2, len(taken) + 3) if (numbered := f"{name} ({number})") not in taken)


def shortened(name: str, market: str = "", most: int = SHORT) -> str:
    """A name in at most ``most`` characters, for legends, headings and lists.

    The ``market`` goes first, where what stands beside it has the same; then what only says that there is more; then
    the longest parts. The first says what kind a run is and stays, and so does the number of a trial, which is short.
    """
    parts = (name.replace(f", {market}", "", 1) if market else name).split(", ")
    if len(", ".join(parts)) > most and _REST.fullmatch(parts[-1]):
        parts[-1] = _GAP
    while len(", ".join(parts)) > most and any(part != _GAP for part in parts[1:]):
        parts[parts.index(max(parts[1:], key=len), 1)] = _GAP
        parts = [part for part, before in zip(parts, ["", *parts], strict=False) if part != _GAP or before != _GAP]
    short = ", ".join(parts)
    return short if len(short) <= most else f"{short[: most - 1].rstrip(' ,')}{_GAP}"
