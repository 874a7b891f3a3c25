"""The neural generator as a function of its noise: the same paths as ``sample``, but somebody else holds the wheel.

A path is a differentiable function of standard normal numbers, so many of them a day (latent factors first, then the
noise of each asset), all independent. Whoever chooses them chooses the path: subset simulation and gradient descent
look for the noise that brings a loss, and how unlikely that noise is, is known exactly.

Where the decoder's noise is Student's t, each of its numbers is the t quantile of a normal one, so that one normal
number per asset and day is enough and the law of the paths stays the same.
"""

import copy
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from scipy import stats
from torch import Tensor

from fingen_core.errors import InvalidInput
from fingen_core.generators.filtered.generator import NeuralGenerator
from fingen_core.models.decoder_calibration import N_POINTS, SCORE_LIMIT, interpolate
from fingen_core.representations.filtered import Simulator, simulate
from fingen_core.transforms import ewma
from fingen_core.types import Array, Paths

__all__ = ["Aim", "Steerable", "SteeredGenerator"]

_CHUNK = 500

Aim = Callable[[Array], tuple[Array, Array]]
"""Of log returns (n_paths, n_steps, n_assets): a number for each path, and its slope in those returns."""


@runtime_checkable
class Steerable(Protocol):
    """Paths as a function of standard normal noise."""

    @property
    def tickers(self) -> tuple[str, ...]: ...

    @property
    def n_normals(self) -> int:
        """Standard normal numbers that a day takes."""
        ...

    def paths(self, noise: Paths, *, state: Any = None) -> Paths:
        """Log returns (n_paths, n_steps, n_assets) of noise (n_paths, n_steps, n_normals)."""
        ...

    def slopes(self, noise: Paths, aim: Aim, *, state: Any = None) -> tuple[Array, Paths]:
        """What ``aim`` gives for each path, and its slope in the noise, same shape as ``noise``."""
        ...


class SteeredGenerator:
    """A trained neural generator whose noise is given from outside.

    Parameters
    ----------
    generator : NeuralGenerator
        Fitted; it stays as it is.
    """

    def __init__(self, generator: NeuralGenerator) -> None:
        self.tickers = generator.tickers
        self._last = generator.last_state
        model = generator.model
        self._decoder = copy.deepcopy(model.decoder).cpu().requires_grad_(False)
        freedom = self._decoder.freedom()
        self._heavy = None if freedom is None else _student_table(float(freedom))
        align = model.calibration.to("cpu").align

        def draw(condition: Tensor, days: Iterator[Tensor]) -> Tensor:
            day = next(days)
            latent, noise = day[:, : self._decoder.n_latent], day[:, self._decoder.n_latent :]
            return align(self._decoder(latent, condition, self._noise(noise)))

        self._simulator: Simulator = replace(model.simulator("cpu"), draw=draw)  # type: ignore[arg-type]

    @property
    def n_normals(self) -> int:
        """Latent factors and assets."""
        return int(self._decoder.n_latent + self._decoder.n_assets)

    def paths(self, noise: Paths, *, state: ewma.Memory | None = None) -> Paths:
        """Log returns (n_paths, n_steps, n_assets), whatever the number of threads the same."""
        self._check(noise)
        start = self._last if state is None else state
        out = np.empty((*noise.shape[:2], len(self.tickers)), dtype=np.float32)

        def fill(begin: int) -> None:
            with torch.no_grad():  # the mode is per thread
                part = self._run(torch.from_numpy(noise[begin : begin + _CHUNK]), start)
            out[begin : begin + part.shape[1]] = part.permute(1, 0, 2).numpy()

        begins = range(0, len(noise), _CHUNK)
        threads = torch.get_num_threads()
        try:
            with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
                list(pool.map(fill, begins))
        finally:
            torch.set_num_threads(threads)
        return out

    def slopes(self, noise: Paths, aim: Aim, *, state: ewma.Memory | None = None) -> tuple[Array, Paths]:
        """Values of an aim and their slopes in the noise, by one pass backward through all days."""
        self._check(noise)
        given, threads = torch.from_numpy(noise).requires_grad_(), torch.get_num_threads()
        torch.set_num_threads(1)  # a few paths: threads that share each small operation would only wait for each other
        try:
            with torch.enable_grad():
                paths = self._run(given, self._last if state is None else state).permute(1, 0, 2)
                values, slope = aim(paths.detach().double().numpy())
                (back,) = torch.autograd.grad(paths, given, torch.as_tensor(slope, dtype=paths.dtype))
        finally:
            torch.set_num_threads(threads)
        return values, back.numpy()

    def _run(self, noise: Tensor, start: ewma.Memory) -> Tensor:
        n_paths, n_steps, _ = noise.shape
        return simulate(self._simulator, start, n_paths, n_steps, iter(noise.unbind(1)))  # type: ignore[arg-type]

    def _noise(self, normal: Tensor) -> Tensor:
        if self._heavy is None:
            return normal
        return interpolate(self._heavy.expand(normal.shape[1], -1), normal)

    def _check(self, noise: Paths) -> None:
        if noise.ndim != 3 or noise.shape[2] != self.n_normals or 0 in noise.shape or noise.dtype != np.float32:
            raise InvalidInput(
                f"noise of shape {noise.shape} and kind {noise.dtype}: need (n_paths, n_steps, {self.n_normals}) in "
                "single precision"
            )


def _student_table(freedom: float) -> Tensor:
    """Student's t of unit variance at each point of the grid of normal scores, shape (1, 1201)."""
    grid = np.linspace(-SCORE_LIMIT, SCORE_LIMIT, N_POINTS)
    lower = stats.t.ppf(stats.norm.cdf(-np.abs(grid)), freedom)  # the lower half keeps its digits in both tails
    return torch.as_tensor(-np.sign(grid) * lower * np.sqrt((freedom - 2) / freedom), dtype=torch.float32)[None]
