"""Walks through history with yearly weights: asked for by a page, done by a process of its own, kept in a folder.

::

    allocations/<digest>/request.json    what was asked for; equal requests share a folder, so nothing is done twice
                         progress.json   where the worker is, and how it ended
                         walk.npz        values and weights
                         log.txt
"""

import contextlib
import hashlib
import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import psutil

from fingen_core.errors import InvalidInput, JobFailed, NotFound
from fingen_core.jobs.spawning import spawn
from fingen_core.portfolio.allocation.methods import METHODS, Limits
from fingen_core.portfolio.allocation.walk import SOURCES, Walk
from fingen_core.runs.folder import tail, write_text
from fingen_core.settings import home

__all__ = ["WALKERS", "Progress", "WalkRequest", "load", "progress", "save", "start", "stop", "tell"]

WALKERS = {
    "vae": "VAE, quick preset, frozen at the start",
    "fhs-gjr": "FHS, GJR-GARCH, frozen at the start",
    "block-bootstrap": "Block bootstrap, refitted each year",
    "t-copula": "t copula, refitted each year",
}
"""Generators that a walk can use. A frozen one learns at the start and later only follows the state of the market."""

WORKER = (sys.executable, "-m", "fingen_core.jobs.allocation_worker")


@dataclass(frozen=True, kw_only=True)
class WalkRequest:
    """What to walk with; equal requests have equal digests.

    Attributes
    ----------
    market_digest : str
        Of a market in the library; "sample" is the bundled one.
    source : str
        One of ``WALKERS``.
    method : str
        One of ``METHODS``.
    lowest, highest : float
        Limits of weights.
    start : str
        ISO date of the first choice.
    horizon, n_paths, seed : int
        Days that a scenario spans, number of scenarios, seed.
    proportional, fixed : float
        Costs of trading.
    """

    market_digest: str
    source: str
    method: str
    lowest: float = 0.0
    highest: float = 1.0
    start: str
    horizon: int = 21
    n_paths: int = 2000
    seed: int = 0
    proportional: float = 0.001
    fixed: float = 1.0

    def __post_init__(self) -> None:
        if self.source not in WALKERS:
            raise InvalidInput(f"a walk with {self.source[:40]!r}: choose from {', '.join(WALKERS)}")
        if self.method not in METHODS:
            raise InvalidInput(f"no method is called {self.method[:40]!r}: choose from {', '.join(METHODS)}")
        Limits(lowest=self.lowest, highest=self.highest)

    def digest(self) -> str:
        """Sixteen hexadecimal digits that identify the request."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]

    def folder(self) -> Path:
        """Where its walk is kept."""
        return home() / "allocations" / self.digest()

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The request of a folder."""
        fields = json.loads((folder / "request.json").read_text(encoding="utf-8"))
        return cls(**fields)


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where a walk is: status "none", "running", "done", "failed", "stopped" or "lost"; phase and share for people."""

    status: str = "none"
    phase: str = ""
    share: float = 0.0
    error: str = ""
    pid: int = 0
    pid_started: float = 0.0

    @property
    def is_active(self) -> bool:
        return self.status == "running"


def start(request: WalkRequest) -> None:
    """Start the walk unless it is done or under way."""
    now = progress(request)
    if now.status in {"running", "done"}:
        return
    folder = request.folder()
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / "request.json", json.dumps(asdict(request), indent=1))
    me = os.getpid()
    ours = Progress(status="running", phase="Starting", pid=me, pid_started=_born(me))
    tell(folder, ours)
    try:
        with (folder / "log.txt").open("wb") as log:
            pid = spawn([*WORKER, str(folder)], log, home())
    except (OSError, JobFailed):
        tell(folder, Progress(status="failed", error="no process could be started"))
        raise
    if progress(request) == ours:  # else the worker has spoken already
        tell(folder, Progress(status="running", phase="Starting", pid=pid, pid_started=_born(pid)))


def stop(request: WalkRequest) -> None:
    """Ask the walk to stop."""
    now = progress(request)
    if now.is_active and now.pid:
        with contextlib.suppress(psutil.Error):
            psutil.Process(now.pid).terminate()


def progress(request: WalkRequest) -> Progress:
    """Where the walk is now; a worker that is gone without a word is "lost"."""
    folder = request.folder()
    try:
        told = Progress(**json.loads((folder / "progress.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return Progress()
    if told.is_active and _born(told.pid) != told.pid_started:
        said = tail(folder / "log.txt") or "nothing"
        return Progress(status="lost", error=f"the walk's process is gone, perhaps for lack of memory; it said: {said}")
    return told


def tell(folder: Path, now: Progress) -> None:
    """Write down where the walk is."""
    write_text(folder / "progress.json", json.dumps(asdict(now)))


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


def _born(pid: int) -> float:
    """When a process began; 0 if there is none, or only what is left of one."""
    try:
        process = psutil.Process(pid)
        return 0.0 if process.status() == psutil.STATUS_ZOMBIE else float(process.create_time())
    except (psutil.Error, ValueError):
        return 0.0
