"""A generator of companies that are asked for by their numbers: size, leverage, profitability.

Every company and day of a market is an example: the move of the whole market (equal weight), and the company's own,
which the market does not explain. The numbers that were known on the evening before tell how much of the market's move
a company shares and how large its own moves are (``representations.company_relation``). What remains, in units of
these, is learned by the volatility filter and the VAE or GAN of every other model from all companies together, told
the market's state and the numbers: how the market's volatility and that of single companies go on, what a shock looks
like, and how the two hang together. What is not told has a flag of its own, and some numbers are left out at random
while training, so that a company can be asked for by any of them.

Paths set out from a day's state: the market's own averages and the mean of all companies', in units of volatility.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from fingen_core.errors import InvalidInput
from fingen_core.generators.filtered.model import FittedModel
from fingen_core.generators.protocol.checks import require_counts
from fingen_core.market.statements.known_numbers import NUMBERS
from fingen_core.representations.company_relation import Relation
from fingen_core.representations.filtered import rollout
from fingen_core.storage.files import write_text
from fingen_core.training import checkpoint
from fingen_core.training.settings.config import TrainingConfig
from fingen_core.transforms import ewma
from fingen_core.types import Array, Paths

__all__ = ["FILE", "FORMAT", "CompanyGenerator", "as_row", "flagged"]

FILE = "companies.safetensors"
FORMAT = 1


@dataclass(frozen=True, eq=False, kw_only=True)
class CompanyGenerator:
    """What a training gives, and what can be asked of it.

    Attributes
    ----------
    model : FittedModel
        Of two series: the market's equal weight, and a company's own moves in units of their size.
    exposure, own, whole : Relation
        Share of the market's move, log size of own moves and of whole moves, by numbers.
    states : Memory
        Averages after each of ``dates``, for the mean of all companies.
    dates : DatetimeIndex
    config : TrainingConfig
    info : mapping
        Facts for people, JSON values.
    """

    model: FittedModel
    exposure: Relation
    own: Relation
    whole: Relation
    states: ewma.Memory
    dates: pd.DatetimeIndex
    config: TrainingConfig
    info: Mapping[str, Any]

    def sample(
        self,
        n_paths: int,
        n_steps: int,
        *,
        numbers: Mapping[str, float] | None = None,
        start: str | None = None,
        end: str | None = None,
        seed: int,
    ) -> Paths:
        """Draw the market and a company with these numbers.

        Parameters
        ----------
        n_paths, n_steps : int
        numbers : mapping
            Any of ``NUMBERS``; what is left out is not known, and paths then hold companies of all kinds.
        start, end : str, optional
            Paths set out from the last close on or before ``start``, by default the last day; with ``end``, each from
            a day of its own between the two.
        seed : int

        Returns
        -------
        array, shape (n_paths, n_steps, 2)
            Log returns of the market and of the company.
        """
        require_counts(n_paths, n_steps)
        told = as_row(numbers or {})
        rng = np.random.default_rng([seed, 7])
        state = self.states[self._rows(start, end, n_paths, rng)]
        simulator = self.model.simulator()
        flags = torch.as_tensor(flagged(self.whole.standardized(told)), dtype=torch.float32)
        draw = simulator.draw

        def with_numbers(condition: Tensor, generator: torch.Generator) -> Tensor:
            return draw(torch.cat([condition, flags.expand(len(condition), -1)], dim=1), generator)

        paths = rollout(replace(simulator, draw=with_numbers), state, n_paths, n_steps, seed)
        # Companies of the same numbers are not alike: each path is one of them.
        chance = rng.standard_normal((2, n_paths))
        share = float(self.exposure.of(told)) + self.exposure.spread_of(told) * chance[0]
        size = np.exp(float(self.own.of(told)) + self.own.spread_of(told) * chance[1])
        paths[:, :, 1] = share[:, None] * paths[:, :, 0] + size[:, None] * paths[:, :, 1]
        return paths

    def between(self, numbers: Mapping[str, float]) -> tuple[float, float]:
        """Bounds (90 %) of the volatility that numbers tell, relative to what they tell, had companies been others."""
        told = as_row(numbers)
        low, high = self.whole.uncertainty(told)
        middle = float(self.whole.of(told))
        return float(np.exp(low - middle)), float(np.exp(high - middle))

    def save(self, folder: Path) -> None:
        """Write ``companies.safetensors`` and ``companies.json``, the facts for people and pages."""
        relations = {"exposure": self.exposure, "own": self.own, "whole": self.whole}
        arrays = {f"{kind}.{name}": value for kind, one in relations.items() for name, value in one.arrays().items()}
        arrays |= {f"states.{name}": value.astype(np.float32) for name, value in vars(self.states).items()}
        arrays["dates"] = self.dates.as_unit("s").asi8
        tensors = {name: torch.from_numpy(np.array(value)) for name, value in arrays.items()}
        checkpoint.save(folder / FILE, {**self.model.tensors(), **tensors}, self.info)
        write_text(folder / "companies.json", json.dumps(self.info, indent=1))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote; ``NotFound`` or ``InvalidInput`` say what is wrong."""
        tensors, info = checkpoint.load(folder / FILE)
        if info.get("format") != FORMAT:
            raise InvalidInput("this model of companies was stored by another version of FinGen: train it again")
        config = TrainingConfig.from_json(json.dumps(info["config"]))

        def relation(kind: str) -> Relation:
            return Relation(**{name: part.numpy() for name, part in checkpoint.under(tensors, f"{kind}.").items()})

        states = {name: part.double().numpy() for name, part in checkpoint.under(tensors, "states.").items()}
        return cls(
            model=FittedModel.from_tensors(tensors, config),
            exposure=relation("exposure"),
            own=relation("own"),
            whole=relation("whole"),
            states=ewma.Memory(**states),
            dates=pd.DatetimeIndex(tensors["dates"].numpy().astype("datetime64[s]")),
            config=config,
            info=info,
        )

    def _rows(self, start: str | None, end: str | None, n_paths: int, rng: np.random.Generator) -> Any:
        first = len(self.dates) - 1 if start is None else self._row(start)
        last = first if end is None else self._row(end)
        if not 0 <= first <= last:
            raise InvalidInput(
                f"paths from {start} to {end or start}: choose days from {self.dates[0]:%Y-%m-%d} to "
                f"{self.dates[-1]:%Y-%m-%d}, the first one first"
            )
        return first if end is None else rng.integers(first, last + 1, size=n_paths)

    def _row(self, day: str) -> int:
        """The last close on or before a day; -1 before the first."""
        try:
            return int(self.dates.searchsorted(pd.Timestamp(date.fromisoformat(day)), side="right")) - 1
        except ValueError:
            raise InvalidInput(f"{day[:40]!r} is no day: use a date such as 2008-09-12") from None


def as_row(numbers: Mapping[str, float]) -> Array:
    """Numbers by name as a row in the order of ``NUMBERS``; NaN for those that are not told."""
    unknown = sorted(set(numbers) - set(NUMBERS))
    if unknown:
        raise InvalidInput(f"{unknown[0][:40]!r} is no number of a company here: use {', '.join(NUMBERS)}")
    for name, value in numbers.items():
        if not np.isfinite(value):
            raise InvalidInput(f"{name} = {value}: give a finite number, or leave it out where it is not known")
    return np.array([numbers.get(name, np.nan) for name in NUMBERS], dtype=np.float64)


def flagged(told: Array) -> Array:
    """Numbers (..., 3) as a network reads them: 0 where one is not told, and a flag that says whether it is."""
    return np.concatenate([np.nan_to_num(told), ~np.isnan(told)], axis=-1)
