"""Walks through history with yearly weights: asked for by a page, done by a process of its own, kept in a folder.

::

    allocations/<digest>/request.json    what was asked for; equal requests share a folder, so nothing is done twice
                         progress.json   where the worker is, and how it ended
                         walk.npz        values and weights
                         log.txt
"""

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput, NotFound
from fingen_core.jobs.background import task
from fingen_core.jobs.background.task import LATER, MarketRequest, Progress, tell
from fingen_core.market.step import DAILY, Step
from fingen_core.portfolio.allocation.limits import Limits, sector_limits
from fingen_core.portfolio.allocation.methods import METHODS
from fingen_core.portfolio.allocation.walk_forward import SOURCES, Walk
from fingen_core.portfolio.strategies.settings import Trading
from fingen_core.settings import home

__all__ = ["NOUN", "WALKERS", "Progress", "WalkRequest", "load", "progress", "save", "start", "stop", "tell"]

WALKERS = {
    "vae": "VAE, quick preset, frozen at the start",
    "fhs-gjr": "FHS, GJR-GARCH, frozen at the start",
    "block-bootstrap": "Block bootstrap, refitted each year",
    "t-copula": "t copula, refitted each year",
}
"""Generators that a walk can use. A frozen one learns at the start and later only follows the state of the market."""

NOUN = "walk"
WORKER = (sys.executable, "-m", "fingen_core.jobs.background.walk_forward_worker")


@dataclass(frozen=True, kw_only=True)
class WalkRequest(MarketRequest):
    """What to walk with, besides the market and a seed.

    Attributes
    ----------
    source : str
        One of ``WALKERS``.
    method : str
        One of ``METHODS``.
    lowest, highest : float
        Limits of weights.
    start : str
        ISO date of the first choice.
    horizon, n_paths : int
        Days that a scenario spans, number of scenarios.
    proportional, fixed : float
        Costs of trading.
    sector_lowest, sector_highest : float
        Limits of what each sector weighs.
    sectors : tuple of (name, lowest, highest)
        Sectors with limits of their own.
    turnover : float
        Largest share of a portfolio that is exchanged at a refit; 1 is no limit. This and limits of sectors came
        later: where they are off a request is what it was before.
    """

    source: str
    method: str
    lowest: float = 0.0
    highest: float = 1.0
    start: str
    horizon: int
    n_paths: int = 2000
    proportional: float = 0.001
    fixed: float = 1.0
    sector_lowest: float = field(default=0.0, metadata=LATER)
    sector_highest: float = field(default=1.0, metadata=LATER)
    sectors: tuple[tuple[str, float, float], ...] = field(default=(), metadata=LATER)
    turnover: float = field(default=1.0, metadata=LATER)

    def __post_init__(self) -> None:
        if self.source not in WALKERS:
            raise InvalidInput(f"a walk with {self.source[:40]!r}: choose from {', '.join(WALKERS)}")
        if self.method not in METHODS:
            raise InvalidInput(f"no method is called {self.method[:40]!r}: choose from {', '.join(METHODS)}")
        if not 0 < self.turnover <= 1:
            raise InvalidInput(f"a turnover of at most {self.turnover:.1%}: choose a value above 0 and up to 100 %")
        own = tuple((name, float(low), float(high)) for name, low, high in self.sectors)
        object.__setattr__(self, "sectors", own)  # lists where it was read from a file
        Limits(lowest=self.lowest, highest=self.highest, own=own)
        Limits(sector_lowest=self.sector_lowest, sector_highest=self.sector_highest)
        self.trading(DAILY)

    def trading(self, step: Step) -> Trading:
        """What trading costs, and that it happens once a year."""
        return Trading(every=step.year, proportional=self.proportional, fixed=self.fixed)

    def limits(self, tickers: Sequence[str]) -> Limits:
        """Limits of weights of these tickers."""
        return sector_limits(
            tickers,
            lowest=self.lowest,
            highest=self.highest,
            sector_lowest=self.sector_lowest,
            sector_highest=self.sector_highest,
            own=self.sectors,
        )

    def folder(self) -> Path:
        """Where its walk is kept."""
        return home() / "allocations" / self.digest()


def start(request: WalkRequest) -> None:
    """Start the walk unless it is done or under way."""
    task.start(request.folder(), asdict(request), WORKER, NOUN)


def stop(request: WalkRequest) -> None:
    """Ask the walk to stop."""
    task.stop(request.folder(), NOUN)


def progress(request: WalkRequest) -> Progress:
    """Where the walk is now; a worker that is gone without a word is "lost"."""
    return task.progress(request.folder(), NOUN)


def save(folder: Path, walk: Walk) -> None:
    """Keep a walk in its folder."""
    arrays: dict[str, Any] = {"dates": walk.dates.as_unit("s").asi8, "refits": walk.refits.as_unit("s").asi8}
    for at, name in enumerate(SOURCES):
        arrays[f"values_{at}"], arrays[f"weights_{at}"] = walk.values[name], walk.weights[name]
        arrays[f"turnover_{at}"] = np.array(walk.turnover[name])
    with (folder / "walk.part").open("wb") as file:
        np.savez_compressed(file, **arrays)
    (folder / "walk.part").replace(folder / "walk.npz")


def load(request: WalkRequest) -> Walk:
    """A walk that is done; ``NotFound`` if it is not."""
    try:
        with np.load(request.folder() / "walk.npz", allow_pickle=False) as file:
            kept = {name: file[name] for name in file.files}
    except (OSError, ValueError):
        raise NotFound("this walk is not there any more: start it again") from None
    return Walk(
        dates=pd.DatetimeIndex(kept["dates"].astype("datetime64[s]"), name="date"),
        values={name: kept[f"values_{at}"] for at, name in enumerate(SOURCES)},
        weights={name: kept[f"weights_{at}"] for at, name in enumerate(SOURCES)},
        refits=pd.DatetimeIndex(kept["refits"].astype("datetime64[s]"), name="date"),
        turnover={name: float(kept[f"turnover_{at}"]) for at, name in enumerate(SOURCES)},
    )
