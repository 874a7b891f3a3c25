"""The process that draws scenarios: ``python -m fingen_core.jobs.warm.sampler_worker <temporary folder>``.

It reads one JSON request per line and writes one JSON answer per line, until its stdin ends, which it does when the
server ends, however it ends. Generators, their states and markets stay loaded, a bounded number of each.
"""

import json
import logging
import os
import shutil
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
import pandas as pd

from fingen_core.errors import FinGenError, InvalidInput, NotFound
from fingen_core.generators.protocol.base import Generator, States
from fingen_core.generators.protocol.conditions import of_market
from fingen_core.generators.registry import rivals
from fingen_core.jobs.background.companies import Ask, folder_of
from fingen_core.jobs.warm.sampler import PAINTED
from fingen_core.market import Market, bundled, library
from fingen_core.runs.store import RunStore
from fingen_core.scenarios import market_state
from fingen_core.scenarios.requests import RIVALS, SampleRequest
from fingen_core.settings import ASSETS, home

if TYPE_CHECKING:
    from fingen_core.generators.companies.generator import CompanyGenerator
    from fingen_core.generators.filtered.generator import NeuralGenerator
    from fingen_core.generators.pictures.generator import PictureGenerator
    from fingen_core.generators.pictures.model import Gallery

__all__ = ["MOST_VALUES", "Recent", "Studio", "main", "serve"]

MOST_VALUES = 200_000_000
"""Returns in one answer: 800 MB."""

_log = logging.getLogger("fingen.sampler")
T = TypeVar("T")


class Recent(Generic[T]):
    """Values that take time to make, the most recently used few of them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        if key not in self._kept:
            self._kept[key] = make()
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


class Studio:
    """Everything that is kept warm, and what can be asked of it."""

    def __init__(self, store: RunStore, folder: Path) -> None:
        self._store = store
        self._folder = folder
        self._markets: Recent[Market] = Recent(8)
        self._generators: Recent[tuple[Generator, str]] = Recent(6)
        self._states: Recent[States] = Recent(6)
        self._companies: Recent[CompanyGenerator] = Recent(3)
        self._drawn = 0

    def begin(self, number: int, send: Callable[[dict[str, Any]], None]) -> None:
        """Hear the number of the request that comes next, and by what to tell of it on the way."""

    def answer(self, message: dict[str, Any]) -> dict[str, Any]:
        """Do what a request asks; its fields besides "id" and "op" are arguments."""
        operations: dict[str, Callable[..., dict[str, Any]]] = {
            "sample": self.sample,
            "devices": self.devices,
            "balance": self.balance,
            "warm": self.warm,
            "gallery": self.gallery,
            "morph": self.morph,
            "latents": self.latents,
            "walk": self.walk,
            "company": self.company,
        }
        arguments = {name: value for name, value in message.items() if name not in {"id", "op"}}
        return operations[message["op"]](**arguments)

    def sample(self, **arguments: Any) -> dict[str, Any]:
        """Draw, write the paths to a file, and say where they set out from."""
        request = SampleRequest(**arguments)
        began = time.perf_counter()
        key, generator, fitted_to = self._generator(request)
        history = self._history(request, generator, fitted_to)
        _check_size(request, generator)
        found: dict[str, Any] = {}
        if of_market(request.condition):
            state, start, found = self._in_state(request, key, generator, history)
        else:
            state, start = self._state(request, key, generator, fitted_to, history)
        learned = {name: value for name, value in request.condition.items() if name not in of_market(request.condition)}
        paths = generator.sample(
            request.n_paths, request.n_steps, state=state, condition=learned or None, seed=request.seed
        )
        self._drawn += 1
        name = f"{self._drawn}.npy"
        np.save(self._folder / name, np.ascontiguousarray(paths, dtype=np.float32), allow_pickle=False)
        return {
            "file": name,
            "tickers": list(generator.tickers),
            "label": generator.label,
            "start": f"{start:%Y-%m-%d}",
            "market_digest": fitted_to,
            "step": history.step.as_dict(),
            "condition": {**request.condition, **({"market_state": found} if found else {})},
            "seconds": time.perf_counter() - began,
        }

    def gallery(self, source: str, n: int, seed: int) -> dict[str, Any]:
        """Pictures of ``n`` windows of history spread at random over it, and as many painted from the same evenings."""
        generator, market = self._painter(source)
        last = market.n_steps - generator.config.side
        rows = np.random.default_rng(seed).choice(last + 1, size=min(n, last + 1), replace=False)
        return self._shown(generator, market, rows, generator.real(market, rows), generator.paint(market, rows, seed))

    def morph(self, source: str, first: str, second: str, n: int) -> dict[str, Any]:
        """Pictures on the line between the windows that begin on two days, and the real ones at its ends."""
        generator, market = self._painter(source)
        last = market.n_steps - generator.config.side
        rows = np.minimum(market.return_dates.searchsorted(pd.DatetimeIndex([first, second])), last)
        between = generator.morph(market, int(rows[0]), int(rows[1]), n)
        return self._shown(generator, market, rows, generator.real(market, rows), between)

    def latents(self, source: str) -> dict[str, Any]:
        """Where the encoder of a VAE puts the days of its history."""
        from fingen_core.generators.filtered.latent_map import latent_map

        generator, market = self._coder(source)
        found = latent_map(generator, market)
        return {"files": self._kept(vars(found)), "days": [f"{day:%Y-%m-%d}" for day in market.return_dates]}

    def walk(self, source: str, first: str, second: str, n: int) -> dict[str, Any]:
        """Days decoded on the way between two days, and what happened on those."""
        from fingen_core.generators.filtered.latent_map import walk

        generator, market = self._coder(source)
        rows = market.return_dates.get_indexer(pd.DatetimeIndex([first, second]))
        if (rows < 0).any():
            raise InvalidInput(f"{first} or {second} is no day of {market.name}: choose days of its history")
        decoded = walk(generator, market, int(rows[0]), int(rows[1]), n)
        return {
            "files": self._kept({"decoded": decoded, "real": market.log_returns()[rows]}),
            "tickers": list(market.tickers),
        }

    def company(self, **arguments: Any) -> dict[str, Any]:
        """A company that is asked for by its numbers, and one of which nothing is told, from the same noise."""
        from fingen_core.generators.companies.generator import FILE, CompanyGenerator

        ask = Ask(**arguments)
        folder = folder_of(ask.model)
        if not (folder / FILE).exists():
            raise NotFound("this model of companies is not there any more: train it again")
        stamp = (folder / FILE).stat().st_mtime_ns
        model = self._companies.get((ask.model, stamp), lambda: CompanyGenerator.load(folder))
        how: dict[str, Any] = {"start": ask.start, "end": ask.end, "seed": ask.seed}
        told = model.sample(ask.n_paths, ask.n_steps, numbers=ask.numbers, **how)
        plain = model.sample(ask.n_paths, ask.n_steps, **how)
        return {"files": self._kept({"told": told, "plain": plain, "between": np.array(model.between(ask.numbers))})}

    def _coder(self, source: str) -> tuple["NeuralGenerator", Market]:
        """A filtered model and the market that it was trained on."""
        request = SampleRequest(source=source)
        _, generator, fitted_to = self._generator(request)
        from fingen_core.generators.filtered.generator import NeuralGenerator

        if not isinstance(generator, NeuralGenerator):
            raise InvalidInput(f"{_called(request)} has no latent map of days: choose a VAE of the Train page")
        return generator, self._history(request, generator, fitted_to)

    def _kept(self, arrays: Mapping[str, Any]) -> dict[str, str]:
        """Write arrays for the page; their files by name."""
        self._drawn += 1
        files = {name: f"{self._drawn}-{name}.npy" for name in arrays}
        for name, file in files.items():
            np.save(self._folder / file, arrays[name], allow_pickle=False)
        return files

    def _shown(
        self, generator: "PictureGenerator", market: Market, rows: Any, real: "Gallery", painted: "Gallery"
    ) -> dict[str, Any]:
        arrays = {
            f"{kind}_{name}": value
            for kind, g in (("real", real), ("painted", painted))
            for name, value in vars(g).items()
        }
        return {
            "files": self._kept(arrays),
            "starts": [f"{day:%Y-%m-%d}" for day in market.return_dates[rows]],
            "tickers": list(generator.tickers),
            "label": generator.label,
            "representation": generator.config.representation,
        }

    def _painter(self, source: str) -> tuple["PictureGenerator", Market]:
        """A model of pictures and the market that it was trained on."""
        run_id = source.removeprefix("run:") if source.startswith("run:") else ""
        folder = self._store.folder(run_id).path if run_id else PAINTED
        weights = folder / "generator.safetensors"
        if not weights.exists():
            raise NotFound(f"{source} has no model of pictures yet: wait for its training, or choose another run")
        generator: Any = self._generators.get((source, weights.stat().st_mtime_ns), lambda: _load(folder))[0]
        if generator.info.get("kind") != "pictures":
            raise InvalidInput(f"{source} does not paint: choose a run that was trained on the Images page")
        market = self._markets.get(run_id, lambda: self._store.market(run_id)) if run_id else bundled()
        return generator, market

    def devices(self) -> dict[str, Any]:
        from fingen_core.training.devices import devices

        return {"devices": [device.as_dict() for device in devices()]}

    def balance(self, market_digest: str, config: dict[str, Any]) -> dict[str, Any]:
        """How strongly the terms of a training's loss would pull on a market."""
        from fingen_core.generators.filtered.balancing import pulls
        from fingen_core.training.settings.picture_config import read_config

        settings = read_config(json.dumps(config))
        return {"pulls": [pull.as_dict() for pull in pulls(self._market(market_digest), settings)]}

    def warm(self) -> dict[str, Any]:
        """Load what the first request will need."""
        if (ASSETS / "pretrained" / "generator.safetensors").exists():
            self.sample(source="pretrained", n_paths=1, n_steps=1)
            (self._folder / f"{self._drawn}.npy").unlink()
        return self.devices()

    def _generator(self, request: SampleRequest) -> tuple[Hashable, Generator, str]:
        """What identifies the generator, the generator, and the digest of the market it was fitted to."""
        if request.source in RIVALS:
            market = self._market(request.market_digest or library.SAMPLE)
            key: Hashable = (request.source, market.digest())
            make = lambda: (rivals()[request.source]().fit(market), market.digest())  # noqa: E731
        else:
            folder = self._store.folder(request.run_id).path if request.run_id else ASSETS / "pretrained"
            weights = folder / "generator.safetensors"
            if not weights.exists():
                raise NotFound(f"{_called(request)} has no model yet: wait for its training, or choose another run")
            key = (request.source, weights.stat().st_mtime_ns)
            make = lambda: _load(folder)  # noqa: E731
        generator, fitted_to = self._generators.get(key, make)
        return key, generator, fitted_to

    def _history(self, request: SampleRequest, generator: Generator, fitted_to: str) -> Market:
        """The market whose days the paths can set out from, its columns in the generator's order."""
        if request.market_digest in {"", fitted_to}:
            market = self._own_market(request)
        else:
            market = self._market(request.market_digest)
        missing = [ticker for ticker in generator.tickers if ticker not in market.tickers]
        if missing:
            raise InvalidInput(
                f"{_called(request)} was trained on {', '.join(generator.tickers)}, but {', '.join(missing)} "
                f"{'is' if len(missing) == 1 else 'are'} not in the market {market.name}: choose a run of this market, "
                "or the market of the run"
            )
        return market if market.tickers == generator.tickers else market.select(generator.tickers)

    def _own_market(self, request: SampleRequest) -> Market:
        if request.run_id:
            return self._markets.get(request.run_id, lambda: self._store.market(request.run_id))
        return self._market(request.market_digest or library.SAMPLE)

    def _market(self, digest: str) -> Market:
        return bundled() if digest == library.SAMPLE else self._markets.get(digest, lambda: library.load(digest))

    def _state(
        self, request: SampleRequest, key: Hashable, generator: Generator, fitted_to: str, history: Market
    ) -> tuple[Any, pd.Timestamp]:
        """The state to set out from and its day."""
        if request.start is None and history.digest() == fitted_to:
            return None, history.dates[-1]
        states = self._states_of(key, generator, history)
        day = pd.Timestamp(request.start or history.dates[-1])
        state = states.at(day)
        return state, states.dates[states.dates.searchsorted(day, side="right") - 1]

    def _in_state(
        self, request: SampleRequest, key: Hashable, generator: Generator, history: Market
    ) -> tuple[Any, pd.Timestamp, dict[str, Any]]:
        """A state per path, each of a day on which the market was as asked for; the day their dates follow; facts."""
        states = self._states_of(key, generator, history)
        found = market_state.evenings(history, request.condition)
        state = market_state.starts(generator.label, states, found.drawn(request.n_paths, request.seed))
        return state, history.dates[-1], found.facts()

    def _states_of(self, key: Hashable, generator: Generator, history: Market) -> States:
        return self._states.get((key, history.digest()), lambda: generator.states(history))


def serve(studio: Studio, requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer requests until there are no more."""

    def send(message: dict[str, Any], content: dict[str, Any]) -> None:
        answers.write(json.dumps({"id": message["id"], **content}).encode() + b"\n")
        answers.flush()

    for line in requests:
        message = json.loads(line)
        studio.begin(message["id"], partial(send, message))
        try:
            answer = studio.answer(message)
        except FinGenError as error:
            answer = {"error": {"type": type(error).__name__, "message": str(error)}}
        except Exception as error:  # noqa: BLE001 - one bad request must not end the worker
            _log.exception("request %s", message)
            answer = {"error": {"type": "JobFailed", "message": _fault(error)}}
        send(message, answer)


def main(arguments: list[str], studio: type[Studio] = Studio) -> int:
    """Serve on stdin and stdout; whatever else this process prints goes to its log."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    folder = Path(arguments[0])
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        serve(studio(RunStore(home()), folder), sys.stdin.buffer, answers)
    shutil.rmtree(folder, ignore_errors=True)  # the server may have been killed before it could
    return 0


def _load(folder: Path) -> tuple[Generator, str]:
    """A stored model of either kind; its facts say which."""
    facts = json.loads((folder / "generator.json").read_text(encoding="utf-8"))
    if facts.get("kind") == "pictures":
        painter: Any = _painter(folder)
        return painter, painter.market_digest
    from fingen_core.generators.filtered.generator import NeuralGenerator

    generator: Any = NeuralGenerator.load(folder)  # its label is computed, which the protocol's type does not foresee
    return generator, generator.market_digest


def _painter(folder: Path) -> "PictureGenerator":
    from fingen_core.generators.pictures.generator import PictureGenerator

    return PictureGenerator.load(folder)


def _check_size(request: SampleRequest, generator: Generator) -> None:
    values = request.n_paths * request.n_steps * len(generator.tickers)
    if values > MOST_VALUES:
        raise InvalidInput(
            f"{request.n_paths:,} paths of {request.n_steps:,} days of {len(generator.tickers)} assets are {values:,} "
            f"returns: ask for at most {MOST_VALUES:,}"
        )


def _called(request: SampleRequest) -> str:
    return f"run {request.run_id}" if request.run_id else f"the {request.source} model"


def _fault(error: Exception) -> str:
    if isinstance(error, MemoryError) or "out of memory" in str(error).lower():
        return "the sampler ran out of memory: ask for fewer paths or steps"
    return f"the sampler met an unexpected fault ({type(error).__name__}: {error}): try again, or restart the app"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
