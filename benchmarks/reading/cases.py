"""One file with its truth: the common end of all renderers."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .files import Found
from .known import Known, Truth

__all__ = ["Case", "frame_of"]


@dataclass(frozen=True)
class Case:
    """A rendered file.

    ``back`` gives the truth again from the bytes alone, by the renderer's own rules; ``traits`` name what was drawn.
    """

    seed: int
    index: int
    name: str
    data: bytes
    truth: Truth
    traits: frozenset[str]
    back: Callable[[], pd.DataFrame]


def frame_of(found: Found, known: Known) -> pd.DataFrame:
    """Numbers found at their places as a table like the truth."""
    days = [
        next((found[i, j][0] for j in range(len(known.names)) if (i, j) in found), known.days[i])
        for i in range(len(known.days))
    ]
    values = np.full(known.written.shape, np.nan)
    for (i, j), (_, value) in found.items():
        values[i, j] = value
    return pd.DataFrame(values / (100 if known.percent else 1), index=pd.DatetimeIndex(days), columns=list(known.names))
