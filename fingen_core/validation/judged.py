"""What a judgement holds, and how it is kept: arrays as ``.npz``, facts as JSON, whole or not at all."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from fingen_core.errors import InvalidInput, NotFound
from fingen_core.forecast.walk_forward import Forecasts
from fingen_core.metrics.long_run import Portrait
from fingen_core.metrics.novelty import Novelty
from fingen_core.metrics.validation import evaluation_weights
from fingen_core.types import Array
from fingen_core.validation.protocol import Protocol

__all__ = ["Judged", "Reference"]

_FACTS = "facts.json"


@dataclass(frozen=True, eq=False, kw_only=True)
class Judged:
    """Everything that was measured of one generator with one seed.

    Attributes
    ----------
    key, label : str
        What tables call it ("vae", "fhs-gjr"), and people.
    seed : int
        Seed of its training and of all draws.
    one_day : Forecasts
    ten_day : Forecasts or None
        Of the protocol's longer horizon; ``None`` when the test is too short for it.
    portrait : Portrait
        Of its long run.
    novelty : Novelty
        Its long run beside the days it was fitted to.
    seconds_fit, seconds_judge : float
        What fitting and judging took.
    device : str
        Where it was fitted, for people.
    protocol : Protocol
    market_name, market_digest : str
    tickers : tuple of str
    commit : str
        Short hash of the code that judged; empty outside a checkout.
    refit_yearly : bool
        Whether it was fitted again before each test year.
    """

    key: str
    label: str
    seed: int
    one_day: Forecasts
    ten_day: Forecasts | None
    portrait: Portrait
    novelty: Novelty
    seconds_fit: float
    seconds_judge: float
    device: str
    protocol: Protocol
    market_name: str
    market_digest: str
    tickers: tuple[str, ...]
    commit: str = ""
    refit_yearly: bool = False

    @property
    def horizons(self) -> tuple[int, ...]:
        """Horizons that were judged."""
        return (self.one_day.horizon,) if self.ten_day is None else (self.one_day.horizon, self.ten_day.horizon)

    @property
    def keeps_all_portfolios(self) -> bool:
        """Whether the forecasts of all portfolios are here; of a validation that ships with the app only some are."""
        return len(self.one_day.portfolios) == len(evaluation_weights(len(self.tickers)))

    def forecasts(self, horizon: int) -> Forecasts:
        """Forecasts of a horizon in days; ``InvalidInput`` if it was not judged."""
        found = {part.horizon: part for part in (self.one_day, self.ten_day) if part is not None}
        if horizon not in found:
            raise InvalidInput(f"{self.label} was not judged over {horizon} days: choose from {sorted(found)}")
        return found[horizon]

    def save(self, folder: Path) -> None:
        """Write ``one-day.npz``, ``ten-day.npz``, ``portrait.npz``, ``novelty.npz``, and last ``facts.json``."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _FACTS).unlink(missing_ok=True)  # a folder without facts is not there
        self.one_day.save(folder / "one-day.npz")
        if self.ten_day is not None:
            self.ten_day.save(folder / "ten-day.npz")
        _save_arrays(folder / "portrait.npz", self.portrait.to_arrays())
        _save_arrays(folder / "novelty.npz", self.novelty.to_arrays())
        names = ("key", "label", "seed", "seconds_fit", "seconds_judge", "device", "market_name", "market_digest")
        facts = {name: getattr(self, name) for name in (*names, "tickers", "commit", "refit_yearly")}
        facts |= {"protocol": json.loads(self.protocol.to_json()), "ten_day": self.ten_day is not None}
        _save_facts(folder, facts)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote.

        Raises
        ------
        NotFound
            If there is nothing, or it was not finished.
        InvalidInput
            If a file cannot be read.
        """
        folder = Path(folder)
        facts = _load_facts(folder)
        with _readable(folder):
            ten_day = Forecasts.load(folder / "ten-day.npz") if facts.pop("ten_day") else None
            return cls(
                one_day=Forecasts.load(folder / "one-day.npz"),
                ten_day=ten_day,
                portrait=Portrait.from_arrays(_load_arrays(folder / "portrait.npz")),
                novelty=Novelty.from_arrays(_load_arrays(folder / "novelty.npz")),
                protocol=Protocol.from_json(json.dumps(facts.pop("protocol"))),
                tickers=tuple(facts.pop("tickers")),
                **facts,
            )


@dataclass(frozen=True, eq=False, kw_only=True)
class Reference:
    """What every generator of a market is compared with: history itself.

    Attributes
    ----------
    portrait : Portrait
        Of the fit period.
    floors : mapping of str to float
        ``metrics.long_run.floors`` of the fit period, how much disjoint halves of it differ: what even the truth would
        miss because history is short. Empty when the fit period is shorter than two years.
    test : mapping of str to float
        The test period compared with the fit period as if it were generated; empty when it is too short.
    n_fit, n_test : int
        Days of each.
    market_name, market_digest : str
    tickers : tuple of str
    first_date, last_date : ISO date
        Of the fit period.
    protocol : Protocol
    """

    portrait: Portrait
    floors: Mapping[str, float]
    test: Mapping[str, float]
    n_fit: int
    n_test: int
    market_name: str
    market_digest: str
    tickers: tuple[str, ...]
    first_date: str
    last_date: str
    protocol: Protocol

    def save(self, folder: Path) -> None:
        """Write ``portrait.npz``, and last ``facts.json``."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _FACTS).unlink(missing_ok=True)
        _save_arrays(folder / "portrait.npz", self.portrait.to_arrays())
        names = ("n_fit", "n_test", "market_name", "market_digest", "tickers", "first_date", "last_date")
        facts = {name: getattr(self, name) for name in names}
        facts |= {"floors": dict(self.floors), "test": dict(self.test), "protocol": json.loads(self.protocol.to_json())}
        _save_facts(folder, facts)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote; errors as for ``Judged.load``."""
        folder = Path(folder)
        facts = _load_facts(folder)
        with _readable(folder):
            return cls(
                portrait=Portrait.from_arrays(_load_arrays(folder / "portrait.npz")),
                protocol=Protocol.from_json(json.dumps(facts.pop("protocol"))),
                tickers=tuple(facts.pop("tickers")),
                **facts,
            )


def _save_facts(folder: Path, facts: Mapping[str, Any]) -> None:
    partial = folder / f"{_FACTS}.partial"
    partial.write_text(json.dumps(facts, indent=1), encoding="utf-8")
    partial.replace(folder / _FACTS)


def _load_facts(folder: Path) -> dict[str, Any]:
    path = folder / _FACTS
    if not path.is_file():
        raise NotFound(f"no finished judgement in {folder.name}: validate again")
    with _readable(folder):
        facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return facts


def _save_arrays(path: Path, arrays: Mapping[str, Any]) -> None:
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        np.savez_compressed(file, **dict(arrays))
    partial.replace(path)


def _load_arrays(path: Path) -> dict[str, Array]:
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


@contextmanager
def _readable(folder: Path) -> Iterator[None]:
    """A damaged file is told as one sentence."""
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput(f"the judgement in {folder.name} cannot be read ({error}): validate again") from error
