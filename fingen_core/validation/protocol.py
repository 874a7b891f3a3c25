"""What a validation is asked to do: one frozen value, checked when it is built."""

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Self

import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.forecast.walk_forward import MIN_PATHS
from fingen_core.metrics.long_run import MIN_STEPS

__all__ = ["Protocol", "full", "quick"]


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """How a generator is judged.

    Attributes
    ----------
    fit_until : ISO date
        Last day that a generator may have learned from; every later one is a test day.
    test_until : ISO date or None
        Last day of the test; ``None`` is the market's last.
    n_paths : int
        Draws per forecast.
    horizons : tuple of int
        Steps that forecasts span; the first must be 1. A later one that the test is too short for is left out.
    stride : int
        Days from one forecast of a longer horizon to the next. One-day forecasts are made on every day.
    max_days, max_windows : int or None
        At most so many one-day forecasts, and forecasts of each longer horizon; where there are more, evenly spaced
        ones are kept.
    n_paths_long, n_steps_long : int
        Paths of the long run, and their steps; at least a year is drawn.
    n_starts : int
        The long run sets out from so many random evenings of the fit.

    Raises
    ------
    InvalidInput
        If a date is none or a number breaks its rule.
    """

    fit_until: str
    test_until: str | None = None
    n_paths: int = 2000
    horizons: tuple[int, ...] = (1, 10)
    stride: int = 5
    max_days: int | None = None
    max_windows: int | None = None
    n_paths_long: int = 1000
    n_steps_long: int = MIN_STEPS
    n_starts: int = 100

    def __post_init__(self) -> None:
        object.__setattr__(self, "fit_until", _iso("fit_until", self.fit_until))
        if self.test_until is not None:
            object.__setattr__(self, "test_until", _iso("test_until", self.test_until))
            if self.test_until <= self.fit_until:
                raise InvalidInput(
                    f"test until {self.test_until} but fitted until {self.fit_until}: choose a later end of the test"
                )
        object.__setattr__(self, "horizons", tuple(int(horizon) for horizon in self.horizons))
        if not self.horizons or self.horizons[0] != 1 or list(self.horizons) != sorted(set(self.horizons)):
            raise InvalidInput(f"horizons {self.horizons}: begin with 1 and go up, for instance 1,10")
        if len(self.horizons) > 2:
            raise InvalidInput(f"horizons {self.horizons}: one day and at most one longer horizon are judged")
        _at_least("n_paths", self.n_paths, MIN_PATHS)
        for name in ("stride", "n_paths_long", "n_starts"):
            _at_least(name, getattr(self, name), 1)
        _at_least("n_steps_long", self.n_steps_long, MIN_STEPS)
        for name in ("max_days", "max_windows"):
            if getattr(self, name) is not None:
                _at_least(name, getattr(self, name), 2)

    @property
    def long_horizon(self) -> int | None:
        """The horizon beside one day, if there is one."""
        return self.horizons[1] if len(self.horizons) > 1 else None

    def replace(self, **changes: Any) -> Self:
        """The same protocol with some changes, checked again."""
        return dataclasses.replace(self, **changes)

    def to_json(self) -> str:
        """All settings as JSON, keys sorted; ``from_json`` gives back an equal value."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read settings; ``InvalidInput`` names what cannot be read."""
        try:
            values = json.loads(text)
            return cls(**values)
        except (json.JSONDecodeError, TypeError) as error:
            raise InvalidInput(f"a protocol cannot be read ({error}): start the validation again") from error

    def digest(self) -> str:
        """Twelve hexadecimal digits that identify the protocol."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:12]


def full(fit_until: str | pd.Timestamp) -> Protocol:
    """The protocol that decides: every test day with 2,000 paths, ten days on every fifth, 1,000 paths of a year."""
    return Protocol(fit_until=_iso("fit_until", fit_until))


def quick(fit_until: str | pd.Timestamp) -> Protocol:
    """Half a minute on two cores, rivals included: fewer days and paths, so its figures are noisier."""
    return Protocol(
        fit_until=_iso("fit_until", fit_until),
        n_paths=500,
        max_days=250,
        max_windows=60,
        n_paths_long=300,
        n_starts=20,
    )


def _iso(name: str, date: str | pd.Timestamp) -> str:
    try:
        stamp = pd.Timestamp(date)
    except (ValueError, TypeError) as error:
        raise InvalidInput(f"{name} {date!r}: give a date such as 2012-12-31") from error
    if stamp is pd.NaT:
        raise InvalidInput(f"{name} {date!r}: give a date such as 2012-12-31")
    return f"{stamp:%Y-%m-%d}"


def _at_least(name: str, value: int, least: int) -> None:
    if not isinstance(value, int) or value < least:
        raise InvalidInput(f"{name} of {value}: choose a whole number from {least} on")
