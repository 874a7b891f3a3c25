"""What is left when a part of the neural generator is taken away: depth should only be claimed where it wins.

``linear-copula`` keeps filter, marginal map, gate and calibration, but its decoder stays linear: common factors whose
volatilities follow the market's state. ``filter-rows`` keeps the filter alone and resamples the residuals of whole
days, so that assets move together as they did on some day of the past, whatever the market's state.
"""

from collections.abc import Callable, Mapping
from typing import Any, Self

import torch
from torch import Tensor

from fingen_core.errors import InvalidInput
from fingen_core.generators.filtered.fitting import Fitting, Phase
from fingen_core.generators.filtered.generator import NeuralGenerator
from fingen_core.generators.learned.trained import FromMemory
from fingen_core.market import Market
from fingen_core.representations.filtered import FilterData, Filtered, Simulator, rollout
from fingen_core.training import recipe
from fingen_core.training.devices import pick
from fingen_core.training.enough import refuse_short
from fingen_core.training.loop import Loop
from fingen_core.training.progress import Progress
from fingen_core.training.settings.config import preset
from fingen_core.transforms import ewma
from fingen_core.types import Array, Paths

__all__ = ["ABLATIONS", "FilteredRows", "build", "linear_copula"]

_REPORT_EVERY = 50


class _Linear(Fitting[NeuralGenerator]):
    """A training whose decoder never leaves the linear start, but for its gate, loadings and noise."""

    def _loop(self, phase: Phase) -> Loop:
        loop = super()._loop(phase)
        if phase.kind == "vae":
            decoder: Any = loop.players[-1].module.decoder
            for bent in (decoder.bend, decoder.spread):
                bent.requires_grad_(False)  # their last layers are zero, and stay so
        return loop


def linear_copula(
    market: Market, *, seed: int, device: str = "auto", on_progress: Callable[[Progress], None]
) -> NeuralGenerator:
    """A linear factor copula with the gate of the full model, trained with the same settings."""
    config = preset("balanced", "vae", seed=seed)
    generator = _Linear(market, config, NeuralGenerator, device=device, on_progress=on_progress).run()
    generator.info["label"] = "Linear factor copula"
    return generator


class FilteredRows(FromMemory):
    """Filtered historical simulation with the learned filter: residuals of whole days, drawn with equal chance.

    Parameters
    ----------
    seed : int
        Of the filter's training.
    device : str
        Where the filter is trained; paths are drawn on the CPU.
    """

    label = "Learned filter, residual days"
    tickers: tuple[str, ...] = ()

    def __init__(
        self, seed: int = 0, device: str = "auto", on_progress: Callable[[Progress], None] | None = None
    ) -> None:
        super().__init__()
        self.seed, self.device, self.on_progress = seed, device, on_progress
        self.info: dict[str, Any] = {}
        self._simulator: Simulator | None = None

    def fit(self, market: Market) -> Self:
        """Train the filter and keep the residuals."""
        refuse_short(market)
        returns, device = market.log_returns(), pick(self.device)
        config = preset("balanced", "vae", seed=self.seed)
        generator = torch.Generator(device.name).manual_seed(self.seed)
        loop = recipe.filter_loop(FilterData.of(returns, device.name), config, generator)
        while loop.step < loop.n_steps:
            loop.advance()
            if self.on_progress is not None and loop.step % _REPORT_EVERY == 0:
                self.on_progress(Progress(phase="Volatility filter", step=loop.step, n_steps=loop.n_steps))
        network: Any = loop.players[-1].module
        network.load_state_dict(loop.averaged(loop.players[-1]))
        representation = Filtered.fit(returns, network.cpu().requires_grad_(False))
        scores, _ = representation.examples(returns)

        def draw(condition: Tensor, generator: torch.Generator) -> Tensor:
            return scores[torch.randint(len(scores), (len(condition),), generator=generator)]

        tables = torch.as_tensor(representation.marginals.tables, dtype=torch.float32)
        self._simulator = Simulator(representation.on("cpu"), draw, tables)
        self._last = representation.memory(returns)[-1]
        self.tickers, self.info = market.tickers, {"device": device.as_dict()}
        return self

    def _memory(self, log_returns: Array) -> ewma.Memory:
        return self._fitted().representation.memory(log_returns)

    def _paths(self, start: ewma.Memory, n_paths: int, n_steps: int, seed: int) -> Paths:
        return rollout(self._fitted(), start, n_paths, n_steps, seed)

    def _fitted(self) -> Simulator:
        if self._simulator is None:
            raise self._not_yet()
        return self._simulator


def _rows(market: Market, *, seed: int, device: str, on_progress: Callable[[Progress], None]) -> FilteredRows:
    return FilteredRows(seed, device, on_progress).fit(market)


ABLATIONS: Mapping[str, Callable[..., NeuralGenerator | FilteredRows]] = {
    "linear-copula": linear_copula,
    "filter-rows": _rows,
}
"""How to build each ablation, by the name that tables use."""


def build(
    key: str, market: Market, *, seed: int, device: str, on_progress: Callable[[Progress], None]
) -> NeuralGenerator | FilteredRows:
    """Fit an ablation to all of ``market``; ``InvalidInput`` if there is none of that name."""
    if key not in ABLATIONS:
        raise InvalidInput(f"ablation {key!r}: choose {' or '.join(ABLATIONS)}")
    return ABLATIONS[key](market, seed=seed, device=device, on_progress=on_progress)
