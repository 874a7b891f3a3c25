"""The days held out of a training, and how good one-day draws for them are: the model's and its rivals'."""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from fingen_core.generators.filtered.model import FittedModel
from fingen_core.generators.protocol.base import Generator
from fingen_core.generators.registry import rivals
from fingen_core.market import Market
from fingen_core.metrics.validation import quick_scores
from fingen_core.models.decoder_calibration import interpolate
from fingen_core.types import Array

__all__ = ["HeldOutDays", "mean_fz0"]

_PATHS = 200
_MOST_DAYS = 500


class HeldOutDays:
    """Validation days: those of ``market`` from row ``n_fit`` of its returns on, at most 500, evenly spread."""

    def __init__(self, market: Market, n_fit: int) -> None:
        self.market, self.n_fit = market, n_fit
        self.returns = market.log_returns()
        rows = np.arange(n_fit, len(self.returns), dtype=np.intp)
        self.rows: NDArray[np.intp] = rows[:: max(1, -(-len(rows) // _MOST_DAYS))]

    def __len__(self) -> int:
        """All of them, drawn for or not."""
        return len(self.returns) - self.n_fit

    @property
    def before(self) -> Market:
        """The market up to them."""
        return self.market.split(self.market.dates[self.n_fit])[0]

    def scores(self, model: FittedModel) -> dict[str, float]:
        """Scores of a model's one-day draws."""
        return quick_scores(self._draws(model), self.returns[self.rows])

    def rival_scores(self, tell: Callable[[str], None]) -> dict[str, float]:
        """Scores of the classical generators, fitted to the days before; ``tell`` hears the name of each."""
        found: dict[str, float] = {}
        for name, build in rivals().items():
            tell(name)
            scores = quick_scores(self._rival_draws(build().fit(self.before)), self.returns[self.rows])
            found |= {f"{name}/{key}": value for key, value in scores.items()}
        return found

    @torch.no_grad()
    def _draws(self, model: FittedModel) -> Array:
        """One-day draws for every day, (n_days, n_paths, n_assets); the same noise at every call."""
        memory = model.representation.memory(self.returns)[self.rows]
        sigma, condition = model.representation.sigma(memory), model.representation.condition(memory)
        simulator = model.simulator()
        given = torch.as_tensor(condition, dtype=torch.float32).repeat_interleave(_PATHS, 0)
        drawn = simulator.draw(given, torch.Generator().manual_seed(20_130_102))
        deepened = simulator.deepened(interpolate(simulator.tables, drawn))
        residuals = deepened.reshape(len(sigma), _PATHS, -1).numpy()
        drift = float(model.representation.volatility.drift()) * model.representation.scale
        return np.asarray(drift + sigma[:, None].astype(np.float32) * residuals)

    def _rival_draws(self, generator: Generator) -> Array:
        states = generator.states(self.market)
        dates = self.market.dates[self.rows]
        draws = [
            generator.sample(_PATHS, 1, state=states.at(date), seed=int(row))[:, 0]
            for row, date in zip(self.rows, dates, strict=True)
        ]
        return np.stack(draws)


def mean_fz0(scores: Mapping[str, float]) -> float:
    """What the best checkpoint is chosen by: FZ0 averaged over the three tails."""
    tails = [value for name, value in scores.items() if name.startswith("fz0")]
    return sum(tails) / len(tails)
