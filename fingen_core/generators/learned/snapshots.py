"""Taking snapshots of a training without touching it: own random streams, copies of weights, nothing on the device.

Paths are shown as the network draws them, before the calibration that a finished model gets: that would mend just what
one wants to watch being learned.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fingen_core.market import Market
from fingen_core.market.crises import crises
from fingen_core.models.factor import Decoder
from fingen_core.models.losses import draw_like
from fingen_core.representations.filtered import Filtered, Simulator, rollout
from fingen_core.training.loop import Loop
from fingen_core.training.snapshots import Album, is_due
from fingen_core.transforms import ewma
from fingen_core.types import Array, Paths

__all__ = ["N_DAYS", "Network", "Recorder", "equal_weight_path", "evenings"]

N_PATHS = 12
N_DAYS = 42
_N_EXAMPLES = 256
_N_CRISES = 4
_SEED = 7
_LEAST_PAST = 250


class Recorder:
    """Keeps the album of one training.

    Parameters
    ----------
    folder : Path or None
        Folder of the run; without one nothing is kept.
    market : Market
    draw : callable
        Log returns (n_evenings, 42, n_assets) of what a loop's network generates after the evenings in ``rows``.
    """

    def __init__(self, folder: Path | None, market: Market, draw: Callable[[Loop, NDArray[np.intp]], Paths]) -> None:
        self._folder, self._draw = folder, draw
        self.rows = evenings(market)
        returns = market.log_returns()
        real = np.stack([equal_weight_path(returns[row : row + N_DAYS]) for row in self.rows])
        starts = tuple(f"{market.dates[row]:%Y-%m-%d}" for row in self.rows)
        self._album = Album.read(folder) if folder is not None else None
        if self._album is None or self._album.starts != starts:
            self._album = Album.empty(starts, real.astype(np.float32), _N_EXAMPLES)

    def attend(self, loop: Loop, label: str, before: int, *, anyway: bool = False) -> None:
        """Take a snapshot if the moment calls for one; ``before`` counts the steps of earlier phases."""
        if self._folder is None or not (anyway or is_due(loop.step, loop.n_steps)):
            return
        assert self._album is not None
        paths = np.stack([equal_weight_path(path) for path in self._draw(loop, self.rows)])
        taken = self._album.with_one(label, loop.step, before + loop.step, paths, _verdicts(loop))
        taken.write(self._folder)
        self._album = taken


def evenings(market: Market) -> NDArray[np.intp]:
    """Rows of dates from which paths set out: eves of the deepest crises and dates spread evenly between."""
    first, last = min(_LEAST_PAST, market.n_steps // 4), market.n_steps - N_DAYS
    spread = np.linspace(first, last, N_PATHS).astype(np.intp)
    known = sorted(crises(), key=lambda crisis: crisis.fall)
    eves = [int(market.dates.searchsorted(crisis.start, side="right")) - 1 for crisis in known]
    named = [row for row in eves if first <= row <= last][:_N_CRISES]
    for row in named:  # each takes the place of the nearest that is none
        free = [place for place in range(N_PATHS) if spread[place] not in named]
        nearest = min(free, key=lambda place: abs(int(spread[place]) - row))
        spread[nearest] = row
    return np.sort(spread)


def equal_weight_path(log_returns: Array | Paths) -> Array:
    """Log returns (n_days,) of the portfolio that holds all assets equally, of theirs (n_days, n_assets)."""
    return np.asarray(np.log1p(np.expm1(np.asarray(log_returns, dtype=np.float64)).mean(axis=1)))


class Network:
    """Draws what a decoder would generate after some evenings, before any calibration.

    Parameters
    ----------
    representation : Filtered
    start : Memory
        The filter's averages on those evenings, along a leading axis.
    """

    def __init__(self, representation: Filtered, start: ewma.Memory) -> None:
        self._start = start
        self._representation = representation.on("cpu")
        self._tables = torch.as_tensor(representation.marginals.tables, dtype=torch.float32)

    def paths(self, decoder: Decoder) -> Paths:
        """Log returns (n_evenings, 42, n_assets); the same noise at every call."""

        def draw(condition: Tensor, generator: torch.Generator) -> Tensor:
            return draw_like(decoder, condition, generator)

        simulator = Simulator(self._representation, draw, self._tables)
        return rollout(simulator, self._start, len(self._start), N_DAYS, _SEED)


@torch.no_grad()
def _verdicts(loop: Loop) -> NDArray[np.float32] | None:
    """The critic's scores of real and of generated examples, (2, n); ``None`` without a critic."""
    for player in loop.players:
        if player.verdicts is not None:
            real, drawn = (part.flatten()[:: max(1, len(part) // _N_EXAMPLES)] for part in player.verdicts())
            n = min(len(real), len(drawn), _N_EXAMPLES)
            return torch.stack([real[:n], drawn[:n]]).float().cpu().numpy()
    return None
