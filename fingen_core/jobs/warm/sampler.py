"""Scenarios on request, drawn by one warm worker process per server.

The page asks, the worker draws and keeps torch, generators and their states; ``worker_process`` says how they speak.
"""

import json
import logging
import sys
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil

from fingen_core.errors import FinGenError, JobFailed
from fingen_core.jobs.background.companies import Ask, CompanyPaths, paths_of
from fingen_core.jobs.warm.worker_process import WorkerDied, WorkerOwner
from fingen_core.market.step import Step
from fingen_core.scenarios import Scenarios
from fingen_core.scenarios.requests import RIVALS, SampleRequest, check_date
from fingen_core.settings import ASSETS
from fingen_core.training.settings.picture_config import Configuration

__all__ = ["PAINTED", "Latents", "Paintings", "Sampler", "Walk"]

PAINTED = ASSETS / "pictures"
"""Folder of the model of pictures that ships with FinGen."""


WORKER = (sys.executable, "-m", "fingen_core.jobs.warm.sampler_worker")
_CACHE_BYTES = 256 * 2**20  # a year of many assets, at the usual number of paths, fits
_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False, kw_only=True)
class Paintings:
    """Real pictures and painted ones, with what they decode to.

    Attributes
    ----------
    real, painted : array, shape (n, channels, rows, columns)
        Pixels in [0, 1].
    real_paths, painted_paths : array, shape (n, n_days, n_assets)
        Log returns.
    off_manifold : array, shape (n,)
        Distance of each painted picture from the nearest picture of a window.
    starts : tuple of str
        ISO dates of the first day of each real window.
    tickers : tuple of str
    label, representation : str
    """

    real: np.ndarray[Any, Any]
    painted: np.ndarray[Any, Any]
    real_paths: np.ndarray[Any, Any]
    painted_paths: np.ndarray[Any, Any]
    off_manifold: np.ndarray[Any, Any]
    starts: tuple[str, ...]
    tickers: tuple[str, ...]
    label: str
    representation: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Latents:
    """Where a VAE sees the days of its history: see ``fingen_core.generators.filtered.latent_map.LatentMap``.

    Attributes
    ----------
    points : array, shape (n_days, 2)
    shares : array, shape (2,)
    volatility : array, shape (n_days,)
    days : tuple of str
        ISO dates.
    """

    points: np.ndarray[Any, Any]
    shares: np.ndarray[Any, Any]
    volatility: np.ndarray[Any, Any]
    days: tuple[str, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Walk:
    """Days decoded on the way between two days of history.

    Attributes
    ----------
    decoded : array, shape (n_stops, n_assets)
        Log returns.
    real : array, shape (2, n_assets)
        What happened on the two days.
    tickers : tuple of str
    """

    decoded: np.ndarray[Any, Any]
    real: np.ndarray[Any, Any]
    tickers: tuple[str, ...]


class Sampler(WorkerOwner):
    """Draws scenarios in a worker process. Safe to share among threads; requests are served one after the other.

    Parameters
    ----------
    home : Path, optional
        ``FINGEN_HOME`` by default.
    command : sequence of str, optional
        What is started, followed by the temporary folder; the sampler's worker by default.
    timeout : float
        Seconds that a request may take before its worker is given up.
    """

    _what = "the sampler"

    def __init__(
        self, home: Path | None = None, *, command: Sequence[str] | None = None, timeout: float = 180.0
    ) -> None:
        super().__init__(home, command or WORKER, timeout)
        self._turn = threading.Lock()
        self._results = _Results(_CACHE_BYTES)
        self._devices: list[dict[str, Any]] | None = None

    def sample(self, request: SampleRequest, *, timeout: float | None = None) -> Scenarios:
        """Draw the scenarios of a request, or take them from the last ones drawn. Their array is read-only.

        Raises
        ------
        InvalidInput, NotFound
            If the request does not fit: no such run, no history before that day, other tickers.
        JobFailed
            If the worker ended twice, met a bug, or took longer than ``timeout`` seconds.
        """
        key = self.identity(request)
        found = self._results.get(key)
        if found is not None:
            return found
        with self._turn:
            found = self._results.get(key)  # somebody before us in line may have asked the same
            if found is None:
                answer = self._ask({"op": "sample", **asdict(request)}, timeout)
                found = _scenarios(request, answer)
                self._results.put(key, found)
            return found

    def identity(self, request: SampleRequest) -> str:
        """What caches of paths go by: another one when the model behind a source is, as after a run was resumed."""
        return f"{request.digest()}-{self._stamp(request)}"

    def gallery(self, source: str, n: int, seed: int) -> Paintings:
        """Pictures of ``n`` windows of history and as many painted from the same evenings.

        ``source`` is "run:<id>" or "painted", the model of pictures that ships with FinGen. Errors as of ``sample``.
        """
        with self._turn:
            return _paintings(self._ask({"op": "gallery", "source": source, "n": n, "seed": seed}, None))

    def morph(self, source: str, first: str, second: str, n: int = 11) -> Paintings:
        """``n`` pictures on the way from the window that begins on the day ``first`` to that of ``second``, ISO dates.

        ``InvalidInput`` if the model is a GAN, which cannot tell the code of a picture.
        """
        for day in (first, second):
            check_date(day)
        message = {"op": "morph", "source": source, "first": first, "second": second, "n": n}
        with self._turn:
            return _paintings(self._ask(message, None))

    def latents(self, source: str) -> Latents:
        """The latent map of a VAE; ``InvalidInput`` if the model has no encoder."""
        with self._turn:
            answer = self._ask({"op": "latents", "source": source}, None)
        return Latents(days=tuple(answer["days"]), **answer["arrays"])

    def walk(self, source: str, first: str, second: str, n: int = 21) -> Walk:
        """``n`` days decoded on the way from one day of a VAE's history to another, ISO dates.

        Errors as of ``latents``. The same day twice gives what is decoded of it.
        """
        for day in (first, second):
            check_date(day)
        with self._turn:
            answer = self._ask({"op": "walk", "source": source, "first": first, "second": second, "n": n}, None)
        return Walk(tickers=tuple(answer["tickers"]), **answer["arrays"])

    def company(self, ask: Ask) -> CompanyPaths:
        """A company by its numbers, and one of which nothing is told; ``NotFound`` if there is no such model."""
        with self._turn:
            return paths_of(self._ask({"op": "company", **asdict(ask)}, None)["arrays"])

    def warm(self) -> None:
        """Start the worker in the background and let it load torch and the pretrained model."""
        threading.Thread(target=self._warm, daemon=True, name="warm sampler").start()

    def devices(self) -> list[dict[str, Any]]:
        """Devices of this machine, the preferred one first: name, label, memory_bytes, threads."""
        if self._devices is None:
            with self._turn:
                self._devices = list(self._ask({"op": "devices"}, None)["devices"])
        return self._devices

    def balance(self, market_digest: str, config: Configuration) -> list[dict[str, Any]]:
        """Pulls of a loss's terms on a market of the library ("sample" is the bundled one): the fields of ``Pull``.

        Takes some seconds, in which no scenarios are drawn. Raises ``InvalidInput`` when no extra term has a weight.
        """
        settings = json.loads(config.to_json())
        with self._turn:
            answer = self._ask({"op": "balance", "market_digest": market_digest, "config": settings}, None)
        return list(answer["pulls"])

    def info(self) -> dict[str, Any]:
        """State of the worker without waiting for it: "state" (off, idle, busy), "pid", "memory_bytes"."""
        process = self._process
        if process is None or not process.is_alive():
            return {"state": "off", "pid": 0, "memory_bytes": 0}
        try:
            memory = psutil.Process(process.pid).memory_info().rss
        except psutil.Error:
            memory = 0
        return {"state": "busy" if self._turn.locked() else "idle", "pid": process.pid, "memory_bytes": memory}

    def _warm(self) -> None:
        with self._turn:
            try:
                self._devices = list(self._ask({"op": "warm"}, None)["devices"])
            except FinGenError as error:
                _log.warning("the sampler did not warm up: %s", error)

    def _ask(self, message: dict[str, Any], timeout: float | None) -> dict[str, Any]:
        """One exchange with the worker. Only for whoever has the turn."""
        try:
            return self._exchange(message, self._timeout if timeout is None else timeout)
        except WorkerDied as death:
            raise JobFailed(
                "the sampler's process ended twice over this request, perhaps for lack of memory: try fewer paths or "
                f"steps. It said: {str(death) or 'nothing'}"
            ) from death

    def _stamp(self, request: SampleRequest) -> str:
        """Changes when the model behind a source does: a resumed run keeps its id."""
        if request.source in RIVALS:
            return ""
        folder = self.home / "runs" / request.run_id if request.run_id else ASSETS / "pretrained"
        try:
            found = (folder / "generator.safetensors").stat()
        except OSError:
            return ""
        return f"{found.st_mtime_ns}-{found.st_size}"


class _Results:
    """The last scenarios drawn, up to a number of bytes."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._kept: OrderedDict[str, Scenarios] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> Scenarios | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: str, scenarios: Scenarios) -> None:
        with self._lock:
            self._kept[key] = scenarios
            while sum(kept.log_returns.nbytes for kept in self._kept.values()) > self._most:
                self._kept.popitem(last=False)


def _paintings(answer: dict[str, Any]) -> Paintings:
    arrays = answer["arrays"]
    return Paintings(
        real=arrays["real_pixels"],
        painted=arrays["painted_pixels"],
        real_paths=arrays["real_log_returns"],
        painted_paths=arrays["painted_log_returns"],
        off_manifold=arrays["painted_off_manifold"],
        starts=tuple(answer["starts"]),
        tickers=tuple(answer["tickers"]),
        label=answer["label"],
        representation=answer["representation"],
    )


def _scenarios(request: SampleRequest, answer: dict[str, Any]) -> Scenarios:
    paths = answer["array"]
    paths.flags.writeable = False
    return Scenarios(
        log_returns=paths,
        tickers=tuple(answer["tickers"]),
        start=pd.Timestamp(answer["start"]),
        step=Step.of(answer.get("step")),
        label=answer["label"],
        run_id=request.run_id,
        seed=request.seed,
        condition=answer.get("condition", {}),
        market_digest=answer["market_digest"],
    )
