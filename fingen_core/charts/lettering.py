"""How wide words are on a chart, measured with the font they are drawn in: Plotly does not wrap titles itself."""

import re
from functools import cache

from PIL import ImageFont

from fingen_core.settings import ASSETS

__all__ = ["width", "wrapped"]

_MEASURED_AT = 100
"""Pixels; large, so that hinting of small sizes does not round the widths."""


def width(text: str, size: float, weight: int = 400) -> float:
    """Pixels that a line takes, markup left out.

    Parameters
    ----------
    text : str
    size : float
        Of the letters, pixels.
    weight : int
        From 100 to 700; a heading has 600.
    """
    return _font(weight).getlength(re.sub("<[^>]+>", "", text)) * size / _MEASURED_AT


def wrapped(text: str, room: float, size: float, weight: int = 400) -> list[str]:
    """Lines of words no wider than ``room`` pixels; a word that is wider by itself gets a line of its own."""
    lines: list[str] = []
    for word in re.split(r"[ \n\t]+", text.strip(" \n\t")):  # not at narrow spaces: a unit stays with its number
        if lines and width(f"{lines[-1]} {word}", size, weight) <= room:
            lines[-1] += f" {word}"
        elif word:
            lines.append(word)
    return lines


@cache
def _font(weight: int) -> ImageFont.FreeTypeFont:
    # The basic layout is the same on every machine; the other asks for a library that may be missing.
    font = ImageFont.truetype(
        str(ASSETS / "fonts" / "ibm-plex-sans.woff2"), _MEASURED_AT, layout_engine=ImageFont.Layout.BASIC
    )
    font.set_variation_by_axes([weight])
    return font
