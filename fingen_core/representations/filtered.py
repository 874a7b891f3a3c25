"""Daily innovations of a volatility filter: the recommended representation.

::

    r  --scale-->  y  --filter-->  z  --marginal map-->  x ~ GAN or VAE given c        training
    r  <--scale--  y  <--filter--  z  <--marginal map--  x <- noise, c                 simulation, one day at a time

The filter takes care of volatility, the marginal map of tails; a network learns what is left: how the assets move
together, and how that changes with the market's state c (implied correlation, direction of its moves).
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
import torch
from torch import Tensor

from fingen_core.errors import InvalidInput
from fingen_core.models.decoder_calibration import interpolate
from fingen_core.models.volatility import VolatilityFilter, features_and_candidates
from fingen_core.representations.severity import Aim
from fingen_core.transforms import ewma
from fingen_core.transforms.marginals import MarginalMap
from fingen_core.types import Array, Paths

__all__ = ["FILTER_HIDDEN", "N_CONDITIONS", "FilterData", "Filtered", "Simulator", "rollout", "simulate"]

N_CONDITIONS = 2 * len(ewma.DECAYS)
FILTER_HIDDEN = 16

_CONDITION_LIMIT = 3.0
_LEAST_SPREAD = 1e-3
"""A market of one asset has a constant correlation state, which must not become noise when it is standardized."""

_SIGMA_LIMIT = 12.0
_MOVE_LIMIT = 25.0
"""Daily moves are cut at 25 training standard deviations: beyond any in a century of markets, far beyond any sample."""

_DEEPER = 0.15
"""Share by which residuals below the 5 % quantile are stretched.

Days that the filter was fitted to have milder surprises than the days to come, and it is losses that surprise: in four
blocks of held-out years up to 2012 every score of forecasts gained by this stretch, and stretching gains too added
nothing (docs/experiments.md). It stands for what the fit does not know, so it does not enter the filter's memory: there
it would raise volatility for good.
"""

_CHUNK = 500
"""Paths simulated together: their working set fits the cache of one core."""


@dataclass(frozen=True, eq=False)
class FilterData:
    """What the volatility filter learns from, asset-days flattened.

    Attributes
    ----------
    features : tensor, shape (n, 14)
    candidates : tensor, shape (n, 8)
    targets : tensor, shape (n,)
    """

    features: Tensor
    candidates: Tensor
    targets: Tensor

    @classmethod
    def of(cls, log_returns: Array, device: str = "cpu", scale: Array | None = None) -> Self:
        """Examples from log returns (n_steps, n_assets), in units of their own standard deviation or of ``scale``."""
        scaled = log_returns / (_scale(log_returns) if scale is None else scale)
        features, candidates = _inputs(ewma.run(scaled)[:-1])
        flat = (features.reshape(len(features), -1).T, candidates.reshape(len(candidates), -1).T)
        targets = torch.as_tensor(scaled, dtype=torch.float32).reshape(-1)
        return cls(*(part.contiguous().to(device) for part in (*flat, targets)))


@dataclass(frozen=True, eq=False)
class Filtered:
    """A fitted representation.

    Attributes
    ----------
    scale : array, shape (n_assets,)
        Standard deviation of daily log returns on the training days.
    volatility : VolatilityFilter
    marginals : MarginalMap
    center, spread : array, shape (8,)
        Mean and standard deviation of the market state on the training days.
    """

    scale: Array
    volatility: VolatilityFilter
    marginals: MarginalMap
    center: Array
    spread: Array

    @classmethod
    def fit(cls, log_returns: Array, volatility: VolatilityFilter) -> Self:
        """Everything but the filter, which has been trained on the same returns."""
        return cls.pooled([log_returns], _scale(log_returns), volatility)

    @classmethod
    def pooled(cls, parts: Sequence[Array], scale: Array, volatility: VolatilityFilter) -> Self:
        """The same from several histories (n_steps, n_assets) of assets that are to be told by one map."""
        memories = [ewma.run(part / scale)[:-1] for part in parts]
        pairs = zip(parts, memories, strict=True)
        residuals = np.concatenate([_residuals(part / scale, memory, volatility) for part, memory in pairs])
        state = np.concatenate([ewma.market_state(memory) for memory in memories])
        return cls(
            scale,
            volatility,
            MarginalMap.fit(residuals),
            state.mean(axis=0),
            np.maximum(state.std(axis=0), _LEAST_SPREAD),
        )

    def on(self, device: str) -> Self:
        """The same representation with its filter on a device."""
        volatility = VolatilityFilter(self.volatility.n_networks, self.volatility.n_hidden, torch.Generator())
        volatility.load_state_dict(self.volatility.state_dict())
        return replace(self, volatility=volatility.to(device).requires_grad_(False))

    def memory(self, log_returns: Array) -> ewma.Memory:
        """The filter's averages before the first day and after each."""
        return ewma.run(log_returns / self.scale)

    def sigma(self, memory: ewma.Memory) -> Array:
        """Daily standard deviations of the next day's log returns, shape (n_days, n_assets)."""
        return _sigma(memory, self.volatility) * self.scale

    def condition(self, memory: ewma.Memory) -> Array:
        """Standardized market state, shape (..., 8), clipped to +-3."""
        state = (ewma.market_state(memory) - self.center) / self.spread
        return np.clip(state, -_CONDITION_LIMIT, _CONDITION_LIMIT)

    def examples(self, log_returns: Array) -> tuple[Tensor, Tensor]:
        """Gaussian scores (n_steps, n_assets) and the conditions (n_steps, 8) under which they came."""
        memory = self.memory(log_returns)[:-1]
        scores = self.marginals.to_scores(_residuals(log_returns / self.scale, memory, self.volatility))
        pair = (scores, self.condition(memory))
        return torch.as_tensor(pair[0], dtype=torch.float32), torch.as_tensor(pair[1], dtype=torch.float32)

    def tensors(self) -> dict[str, Tensor]:
        """For a checkpoint; ``from_tensors`` gives back an equal value."""
        arrays = {"scale": self.scale, "center": self.center, "spread": self.spread, "tables": self.marginals.tables}
        weights = {f"volatility.{name}": value for name, value in self.volatility.state_dict().items()}
        return {**{name: torch.from_numpy(np.array(value)) for name, value in arrays.items()}, **weights}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor]) -> Self:
        """Take up ``tensors()`` again."""
        weights = {name.split(".", 1)[1]: part for name, part in tensors.items() if name.startswith("volatility.")}
        n_networks, n_hidden, _ = weights["weight1"].shape
        volatility = VolatilityFilter(n_networks, n_hidden, torch.Generator())
        volatility.load_state_dict(weights)
        arrays = {name: tensors[name].cpu().double().numpy() for name in ("scale", "center", "spread", "tables")}
        return cls(arrays["scale"], volatility, MarginalMap(arrays["tables"]), arrays["center"], arrays["spread"])


@dataclass(frozen=True, eq=False)
class Simulator:
    """The inverse direction: from noise to log returns, one day at a time.

    Attributes
    ----------
    representation : Filtered
        Its filter lives on ``device``.
    draw : callable
        Calibrated scores (n, n_assets) given conditions (n, 8) and a torch generator.
    tables : tensor, shape (n_assets, 1201)
        From a calibrated score to the standardized residual.
    device : str
    """

    representation: Filtered
    draw: Callable[[Tensor, torch.Generator], Tensor]
    tables: Tensor
    device: str = "cpu"

    @cached_property
    def edge(self) -> Tensor:
        """Where the lower tails of the residuals begin, shape (n_assets,)."""
        low = self.representation.marginals.lower_edge()
        return torch.as_tensor(low, dtype=torch.float32, device=self.device)

    def deepened(self, residuals: Tensor) -> Tensor:
        """Residuals (..., n_assets) as they are forecast: with the losses of days that are still to come."""
        return torch.add(residuals, (residuals - self.edge).clamp_max(0), alpha=_DEEPER)


@torch.no_grad()
def rollout(  # noqa: PLR0917
    simulator: Simulator, start: ewma.Memory, n_paths: int, n_steps: int, seed: int, aim: Aim | None = None
) -> Paths:
    """Draw log returns, shape (n_paths, n_steps, n_assets), that set out from one day's averages, or each from its own.

    For the latter ``start`` has a leading axis of length ``n_paths``. ``aim`` says where each path is to end, for
    models that have learned labels of severity.
    The same arguments give the same array, however many threads there are: paths are drawn in chunks of fixed size,
    each with its own random stream.
    """
    if n_paths < 1 or n_steps < 1:
        raise InvalidInput(f"{n_paths} paths of {n_steps} days: ask for at least one of each")
    several = start.size.ndim == 2
    if several and len(start) != n_paths:
        raise InvalidInput(f"{len(start)} starts for {n_paths} paths: give one start, or one per path")
    n_assets = len(simulator.representation.scale)
    out = np.empty((n_paths, n_steps, n_assets), dtype=np.float32)
    chunk = _CHUNK if simulator.device == "cpu" else n_paths
    starts = range(0, n_paths, chunk)
    seeds = np.random.SeedSequence(seed).generate_state(len(starts), dtype=np.uint64)

    def fill(index: int) -> None:
        begin = starts[index]
        generator = torch.Generator(simulator.device).manual_seed(int(seeds[index] >> np.uint64(1)))
        own = start[begin : begin + chunk] if several else start
        with torch.no_grad():  # the mode is per thread
            own_aim = None if aim is None else aim.part(slice(begin, begin + chunk), simulator.device)
            part = simulate(simulator, own, min(chunk, n_paths - begin), n_steps, generator, own_aim)
        out[begin : begin + part.shape[1]] = part.permute(1, 0, 2).cpu().numpy()

    threads = torch.get_num_threads()
    try:
        # One thread per chunk, each computing alone: faster than sharing every small operation, and the sums come out
        # the same whatever the number of threads.
        with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            list(pool.map(fill, range(len(starts))))
    finally:
        torch.set_num_threads(threads)
    return out


def simulate(  # noqa: PLR0917
    simulator: Simulator,
    start: ewma.Memory,
    n_paths: int,
    n_steps: int,
    generator: torch.Generator,
    aim: Aim | None = None,
) -> Tensor:
    """Log returns of one chunk, shape (n_steps, n_paths, n_assets); differentiable in what ``simulator.draw`` gives."""
    representation, device = simulator.representation, simulator.device

    def tensor(values: Array) -> Tensor:
        return torch.as_tensor(np.asarray(values), dtype=torch.float32, device=device)

    # With a common start one row stands for all paths until the first day has told them apart.
    averages = start if start.size.ndim == 2 else start[None]
    own_size, own_mean = (tensor(part).transpose(0, 1) for part in (averages.own_size, averages.own_mean))
    size, size_of_mean, mean = (
        tensor(part).T[..., None] for part in (averages.size, averages.size_of_mean, averages.mean)
    )
    gain = 1 - tensor(np.asarray(ewma.DECAYS))[:, None, None]
    scale, center, spread = (
        tensor(part) for part in (representation.scale, representation.center, representation.spread)
    )
    drift = representation.volatility.drift().to(device)
    days = []
    for _ in range(n_steps):
        sigma = representation.volatility(*features_and_candidates(own_size, own_mean, size, mean))
        correlation = 2 * (torch.log(size_of_mean + ewma.EPSILON) - torch.log(size + ewma.EPSILON))
        state = torch.cat([correlation, mean / (size_of_mean + ewma.EPSILON)])
        condition = ((state[..., 0].T - center) / spread).clamp(-_CONDITION_LIMIT, _CONDITION_LIMIT)
        told = condition.expand(n_paths, -1)
        if aim is not None:
            told = torch.cat([told, aim.labels()], dim=1)
        residuals = interpolate(simulator.tables, simulator.draw(told, generator))
        aim = aim.after(residuals, size, size_of_mean) if aim is not None else None
        bounded = sigma.clamp_max(_SIGMA_LIMIT)
        shown = torch.addcmul(drift, bounded, simulator.deepened(residuals)).clamp(-_MOVE_LIMIT, _MOVE_LIMIT)
        days.append(shown * scale)
        moves = torch.addcmul(drift, bounded, residuals).clamp(-_MOVE_LIMIT, _MOVE_LIMIT)
        sizes, market = moves.abs(), moves.mean(-1, keepdim=True)
        own_size = own_size + gain * (sizes - own_size)
        own_mean = own_mean + gain * (moves - own_mean)
        size = size + gain * (sizes.mean(-1, keepdim=True) - size)
        size_of_mean = size_of_mean + gain * (market.abs() - size_of_mean)
        mean = mean + gain * (market - mean)
    return torch.stack(days)


def _scale(log_returns: Array) -> Array:
    scale = np.asarray(log_returns.std(axis=0))
    if not (scale > 0).all():
        raise InvalidInput(f"asset number {int(np.argmin(scale)) + 1} never moves: drop it before training")
    return scale


def _inputs(memory: ewma.Memory) -> tuple[Tensor, Tensor]:
    """Features (14, n_days, n_assets) and candidates (8, n_days, n_assets) of several days' averages."""

    def tensor(values: Array) -> Tensor:
        return torch.as_tensor(np.moveaxis(values, 1, 0), dtype=torch.float32)

    market = (tensor(part)[..., None] for part in (memory.size, memory.mean))
    return features_and_candidates(tensor(memory.own_size), tensor(memory.own_mean), *market)


@torch.no_grad()
def _sigma(memory: ewma.Memory, volatility: VolatilityFilter) -> Array:
    """Standard deviations in units of the training standard deviation, shape (n_days, n_assets)."""
    sigma: Array = volatility(*_inputs(memory)).double().numpy()
    return sigma


def _residuals(scaled: Array, memory: ewma.Memory, volatility: VolatilityFilter) -> Array:
    drift = float(volatility.drift())
    return (scaled - drift) / np.minimum(_sigma(memory, volatility), _SIGMA_LIMIT)
