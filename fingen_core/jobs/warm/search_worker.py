"""The process that searches for stress: ``python -m fingen_core.jobs.warm.search_worker <temporary folder>``.

It speaks as the sampler's worker does, and says on the way how far it is and what it has found already.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.generators.filtered.coverage import StateRange
from fingen_core.generators.filtered.generator import NeuralGenerator
from fingen_core.generators.filtered.noise_map import SteeredGenerator
from fingen_core.jobs.warm.sampler_worker import Recent, Studio, main
from fingen_core.market import Market, bundled
from fingen_core.runs.store import RunStore
from fingen_core.scenarios.requests import StressRequest
from fingen_core.scenarios.search import search
from fingen_core.transforms import ewma
from fingen_core.types import Array

__all__ = ["StressStudio"]

_SAY_EVERY = 0.15
_FEWEST_DAYS = 250


class StressStudio(Studio):
    """The studio, with one more thing that can be asked of it."""

    def __init__(self, store: RunStore, folder: Path) -> None:
        super().__init__(store, folder)
        self._steered: Recent[SteeredGenerator] = Recent(4)
        self._ranges: Recent[StateRange] = Recent(4)
        self._number = 0
        self._send: Callable[[dict[str, Any]], None] = lambda _: None
        self._said = 0.0

    def begin(self, number: int, send: Callable[[dict[str, Any]], None]) -> None:
        self._number, self._send, self._said = number, send, 0.0

    def answer(self, message: dict[str, Any]) -> dict[str, Any]:
        if message["op"] == "stress":
            return self.stress(StressRequest.from_dict(message["request"]))
        return super().answer(message)

    def stress(self, request: StressRequest) -> dict[str, Any]:
        """Search, telling each part when it is there."""
        sample = request.sample()
        key, generator, fitted_to = self._generator(sample)
        if not isinstance(generator, NeuralGenerator):
            raise InvalidInput("this model paints pictures, which nothing can steer: choose a run from the Train page")
        history = self._history(sample, generator, fitted_to)
        if len(request.weights) != history.n_assets:
            raise InvalidInput(f"{len(request.weights)} weights for {history.n_assets} assets: give one per asset")
        day = pd.Timestamp(request.start or history.dates[-1])
        if day < history.dates[min(_FEWEST_DAYS, history.n_steps)] and day < history.dates[-1]:
            state, start, carried = _carried(generator, day)
        else:
            state, start = self._state(sample, key, generator, fitted_to, history)
            carried = ""
        steered = self._steered.get(key, lambda: SteeredGenerator(generator))
        own = self._own_market(replace(sample, market_digest="")).select(generator.tickers)
        known = self._ranges.get(key, lambda: StateRange.of(generator.states(own).memory))
        begin = state if state is not None else generator.last_state
        setting = search.Setting(
            request=request,
            draw=partial(steered.paths, state=begin),
            slopes=partial(steered.slopes, state=begin),
            n_normals=steered.n_normals,
            tickers=generator.tickers,
            step=history.step,
            before=_before(history, start),
            judge=partial(known.judge, begin, scale=generator.model.representation.scale),
            tell=self._tell,
            give=self._give,
            facts={"start": f"{start:%Y-%m-%d}", "label": generator.label, "carried": carried},
        )
        search.KINDS[request.kind](setting)
        return {}

    def _tell(self, share: float, line: str) -> bool:
        now = time.monotonic()
        if now - self._said > _SAY_EVERY:
            self._said = now
            self._send({"part": {"share": share, "line": line}})
        return (self._folder / f"stop-{self._number}").exists()

    def _give(self, name: str, facts: dict[str, Any], arrays: dict[str, Any]) -> None:
        files = self._kept({label: np.ascontiguousarray(value) for label, value in arrays.items()})
        self._send({"part": {"name": name, "facts": facts, "files": files}})


def _before(history: Market, start: pd.Timestamp) -> Array:
    """Log returns of the month that led up to a day; none where the history begins later."""
    if start <= history.dates[1]:
        return np.empty((0, history.n_assets))
    return history.between(end=start).log_returns()[-history.step.stretch :]


def _carried(generator: NeuralGenerator, day: pd.Timestamp) -> tuple[ewma.Memory, pd.Timestamp, str]:
    """The state of the bundled market's stocks on a day before this market begins, given to today's assets."""
    other = bundled()
    if not other.dates[_FEWEST_DAYS] <= day <= other.dates[-1]:
        raise InvalidInput(
            f"no state on {day:%Y-%m-%d}: neither this market nor {other.name} "
            f"({other.dates[_FEWEST_DAYS]:%Y-%m-%d} to {other.dates[-1]:%Y-%m-%d}) has 250 days before it; choose "
            "another day"
        )
    returns = other.log_returns()
    memory = ewma.run(returns / returns.std(axis=0))
    row = int(other.dates.searchsorted(day, side="right")) - 1
    state = ewma.spread_over(memory[row], len(generator.tickers))
    return state, other.dates[row], other.name


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], StressStudio))
