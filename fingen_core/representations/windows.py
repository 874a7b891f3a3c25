"""Windows of returns, days x assets, and how windows join into paths of any length.

A window is divided into three parts that are put together again exactly::

    state    what is known the evening before it: averages of sizes and directions of past moves
    scales   a few numbers of the whole window, such as its volatility, that a picture of fixed brightness cannot hold
    values   what is left: the shape of the window, which the network draws

Training sees every window of the history with the state before it. Simulation draws scales given the state, the
network draws values given both, the window is put together, its days move the state on, and the next window is drawn.
So a window begins where the one before it ended: in volatility, in direction, in how the assets move together.

The scales come from a regression on the state whose residuals are rows of history. A network could draw them as well,
but one number per window decides about the memory and the tails of a whole path, and a regression of a few coefficients
on 8,000 windows states it better than an adversary can (docs/decisions/0013-pictures.md).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Self, TypeAlias

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from torch import Tensor

from fingen_core.errors import InvalidInput
from fingen_core.market import Market
from fingen_core.representations.window_labels import WindowAim
from fingen_core.transforms import ewma
from fingen_core.transforms.pictures import FOLD
from fingen_core.types import Array, Paths

__all__ = ["Draw", "RawWindows", "ReturnWindows", "ScaleLaw", "WindowRepresentation", "sized"]

_Drawn: TypeAlias = tuple[Array, ewma.Memory]
"""A window of each path, and the averages before it."""

Draw: TypeAlias = Callable[[Tensor, torch.Generator], Tensor]
"""Values (n, *shape) given conditions (n, n_conditions)."""

N_STATE = len(ewma.DECAYS) * 3
"""Log size of moves, implied correlation, direction of the market, each at every decay."""

_LIMIT = 3.0
_LEAST_SPREAD = 1e-3
_RIDGE = 1e-3
_CHUNK = 250
_CANDIDATES, _PLAIN = 16, 2000
"""Windows drawn for each that is kept, where paths are to end somewhere; and plain paths to read severity among."""

_MOST_FOLDED = 4.0
"""Largest value that terms of a loss look at, a move of 41 times its window's: beyond it gradients would explode."""

_MOST_MOVE = 25.0
"""Daily moves are cut at 25 training standard deviations, as those of the filtered models are."""


@dataclass(frozen=True, eq=False)
class ScaleLaw:
    """How the scales of a window follow from the state before it: a linear regression with residuals of history.

    Attributes
    ----------
    coefficients : array, shape (1 + n_state, n_scales)
    residuals : array, shape (n_windows, n_scales)
        Rows of history, drawn as rows: the scales of one window belong together.
    center, spread : array, shape (n_scales,)
        Of the scales over history, to standardize them for the network.
    """

    coefficients: Array
    residuals: Array
    center: Array
    spread: Array

    @classmethod
    def fit(cls, state: Array, scales: Array) -> Self:
        """Least squares of scales (n, n_scales) on states (n, n_state), with some ridge for states that never move."""
        design = np.column_stack([np.ones(len(state)), state])
        penalty = _RIDGE * len(state) * np.eye(design.shape[1])
        penalty[0, 0] = 0.0
        coefficients = np.asarray(np.linalg.solve(design.T @ design + penalty, design.T @ scales), dtype=np.float64)
        spread: Array = np.maximum(scales.std(axis=0), _LEAST_SPREAD)
        center: Array = scales.mean(axis=0)
        return cls(coefficients, scales - design @ coefficients, center, spread)

    def draw(self, state: Array, rng: np.random.Generator, rows: NDArray[np.int64] | None = None) -> Array:
        """Scales of the next window, one row per row of ``state``; whose residuals they get may be given."""
        if rows is None:
            rows = rng.integers(len(self.residuals), size=len(state))
        return np.asarray(self.coefficients[0] + state @ self.coefficients[1:] + self.residuals[rows])

    def standardized(self, scales: Array) -> Array:
        """Scales as the network is told them, clipped to +-3."""
        return np.clip((scales - self.center) / self.spread, -_LIMIT, _LIMIT)


@dataclass(frozen=True, eq=False)
class WindowRepresentation(ABC):
    """A fitted representation of windows.

    Attributes
    ----------
    n_days : int
        Length of a window.
    scale : array, shape (n_assets,)
        Standard deviation of daily log returns on the training days.
    center, spread : array, shape (12,)
        Of the state on the training days.
    law : ScaleLaw
    """

    n_days: int
    scale: Array
    center: Array
    spread: Array
    law: ScaleLaw

    kind: ClassVar[str]

    @property
    def n_assets(self) -> int:
        return len(self.scale)

    @property
    def n_conditions(self) -> int:
        return N_STATE + len(self.law.center)

    @property
    @abstractmethod
    def shape(self) -> tuple[int, int, int]:
        """Channels, rows and columns of what a network draws."""

    @abstractmethod
    def encode(self, windows: Array) -> tuple[Array, Array]:
        """Values (n, *shape) and scales (n, n_scales) of windows of standardized log returns (n, n_days, n_assets)."""

    @abstractmethod
    def decode(self, values: Array, scales: Array) -> Array:
        """Inverse of ``encode``, exact for values of a window; others are moved to the nearest that are."""

    @abstractmethod
    def off_manifold(self, values: Array) -> Array:
        """Root mean square distance in pixels of [0, 1] to the nearest picture of a window, shape (n,)."""

    @abstractmethod
    def pixels(self, values: Array) -> Array:
        """What is shown: pictures (n, channels, rows, columns) in [0, 1]."""

    @abstractmethod
    def moves(self, values: Tensor) -> Tensor:
        """Shapes of the windows that values show, (n, n_days, n_assets): days in units of the window's own spread.

        Gradients go through. Of values of a window it is the window over its scale; of others, near what ``decode``
        gives.
        """

    @property
    @abstractmethod
    def groups(self) -> tuple[int, ...]:
        """Which asset each column of a picture shows."""

    @classmethod
    def fit(cls, market: Market, n_days: int) -> Self:
        """Learn scales, the state's spread and the law of the windows' scales from all days of a market.

        Raises
        ------
        InvalidInput
            If an asset never moves, or there are fewer than ten windows.
        """
        returns = market.log_returns()
        if len(returns) < 10 * n_days:
            raise InvalidInput(
                f"{len(returns)} daily returns for windows of {n_days} days, but at least {10 * n_days} are needed: "
                "choose an earlier start or smaller pictures"
            )
        scale: Array = returns.std(axis=0)
        if not (scale > 0).all():
            raise InvalidInput(f"{market.tickers[int(np.argmin(scale))]} never moves: drop it before training")
        states = _state(ewma.run(returns / scale)[:-1])
        center, spread = states.mean(axis=0), np.maximum(states.std(axis=0), _LEAST_SPREAD)
        nothing = ScaleLaw(np.zeros((1 + N_STATE, 0)), np.zeros((1, 0)), np.zeros(0), np.ones(0))
        draft = cls(n_days, scale, center, spread, nothing)
        _, scales = draft.encode(draft.windows(returns))
        state = draft.state(draft.memory(returns)[: len(scales)])
        return cls(n_days, scale, center, spread, ScaleLaw.fit(state, scales))

    def windows(self, log_returns: Array) -> Array:
        """Every window of a history, standardized, shape (n_steps - n_days + 1, n_days, n_assets)."""
        return np.swapaxes(sliding_window_view(log_returns / self.scale, self.n_days, axis=0), 1, 2)

    def memory(self, log_returns: Array) -> ewma.Memory:
        """Averages before the first day and after each."""
        return ewma.run(log_returns / self.scale)

    def state(self, memory: ewma.Memory) -> Array:
        """Standardized state (n, 12) of averages, clipped to +-3."""
        return np.clip((_state(memory) - self.center) / self.spread, -_LIMIT, _LIMIT)

    def condition(self, memory: ewma.Memory, scales: Array) -> Array:
        """What the network is told about a window: the state before it and its scales, shape (n, n_conditions)."""
        return np.concatenate([self.state(memory), self.law.standardized(scales)], axis=1)

    def examples(self, log_returns: Array) -> tuple[Tensor, Tensor]:
        """Values (n, *shape) and conditions (n, n_conditions) of every window of a history."""
        values, scales = self.encode(self.windows(log_returns))
        condition = self.condition(self.memory(log_returns)[: len(values)], scales)
        return torch.as_tensor(values, dtype=torch.float32), torch.as_tensor(condition, dtype=torch.float32)

    def rollout(  # noqa: PLR0917
        self,
        draw: Draw,
        start: ewma.Memory,
        n_paths: int,
        n_steps: int,
        seed: int,
        aim: WindowAim | None = None,
    ) -> Paths:
        """Join windows into paths (n_paths, n_steps, n_assets), from one evening's averages or each from its own.

        With an ``aim`` each window is told what its path still has to reach, behind its condition.
        The same arguments give the same array: paths are drawn in chunks of fixed size with streams of their own.
        """
        several = start.size.ndim == 2
        if several and len(start) != n_paths:
            raise InvalidInput(f"{len(start)} starts for {n_paths} paths: give one start, or one per path")
        out = np.empty((n_paths, n_steps, self.n_assets), dtype=np.float32)
        aims = [] if aim is None else self._aims(draw, start, n_steps, seed, aim)
        for number, first in enumerate(range(0, n_paths, _CHUNK)):
            count = min(_CHUNK, n_paths - first)
            rows = np.arange(first, first + count) if several else np.zeros(count, dtype=np.intp)
            memory = (start if several else start[None])[rows]
            rng = np.random.default_rng([seed, number])
            if aim is None:
                windows = self._plain(draw, memory, n_steps, rng)
            else:
                windows = self._towards([one.part(slice(first, first + count)) for one in aims], draw, memory, rng)
            joined = np.concatenate([window for window, _ in windows], axis=1)[:, :n_steps]
            out[first : first + count] = joined * self.scale
        return out

    def _plain(self, draw: Draw, memory: ewma.Memory, n_steps: int, rng: np.random.Generator) -> list[_Drawn]:
        generator = torch.Generator().manual_seed(int(rng.integers(2**63)))
        parts = []
        for _ in range(0, n_steps, self.n_days):
            window = self._next(draw, memory, rng, generator)
            parts.append((window, memory))
            memory = ewma.advance(memory, window)
        return parts

    def _aims(self, draw: Draw, start: ewma.Memory, n_steps: int, seed: int, aim: WindowAim) -> list[WindowAim]:
        """The aim at each window of a path, read among plain windows from the same evening, as many days as count."""
        several = start.size.ndim == 2
        rows = np.arange(_PLAIN) % (len(start) if several else 1)
        # Not [seed] alone: NumPy takes a missing number for 0, and this would be the noise of the first chunk.
        rng = np.random.default_rng([seed, 0, 1])
        drawn = self._plain(draw, (start if several else start[None])[rows], n_steps, rng)
        lengths = [min(self.n_days, n_steps - done) for done in range(0, n_steps, self.n_days)]
        return [
            aim.read_among(window[:, :length], self.state(memory))
            for (window, memory), length in zip(drawn, lengths, strict=True)
        ]

    def _towards(
        self, aims: list[WindowAim], draw: Draw, memory: ewma.Memory, rng: np.random.Generator
    ) -> list[_Drawn]:
        """Windows of paths that are to end somewhere."""
        generator = torch.Generator().manual_seed(int(rng.integers(2**63)))
        left, n_days, parts = aims[0].left, aims[0].n_days, []
        for aim in aims:
            now, length = replace(aim, left=left, n_days=n_days), min(self.n_days, n_days)
            window = self._led(draw, memory, length, now, rng, generator)
            after = now.after(window[:, :length], self.state(memory))
            left, n_days = after.left, after.n_days
            parts.append((window, memory))
            memory = ewma.advance(memory, window)
        return parts

    def _next(  # noqa: PLR0917
        self,
        draw: Draw,
        memory: ewma.Memory,
        rng: np.random.Generator,
        generator: torch.Generator,
        rows: NDArray[np.int64] | None = None,
        label: Tensor | None = None,
    ) -> Array:
        """The next window of each path, standardized, shape (n_paths, n_days, n_assets)."""
        scales = self.law.draw(self.state(memory), rng, rows)
        condition = torch.as_tensor(self.condition(memory, scales), dtype=torch.float32)
        if label is not None:
            condition = torch.cat([condition, label], dim=1)
        values = draw(condition, generator).double().numpy()
        return np.clip(self.decode(values, scales), -_MOST_MOVE, _MOST_MOVE)

    def _led(  # noqa: PLR0917
        self,
        draw: Draw,
        memory: ewma.Memory,
        length: int,
        aim: WindowAim,
        rng: np.random.Generator,
        generator: torch.Generator,
    ) -> Array:
        """The next window of paths that are to end somewhere, of which ``length`` days count: the best of some."""
        n_paths, labels = len(memory), aim.labels
        goals = aim.goals(length, rng)
        several = np.repeat(np.arange(n_paths), _CANDIDATES)
        levels = aim.levels(goals[several], length, self.n_days, rng)
        found = self._next(
            draw,
            memory[several],
            rng,
            generator,
            labels.alike(aim.target, levels, rng),
            labels.telling(aim.target, levels),
        )
        state = self.state(memory)
        came = labels.quantiles(found[:, :length], state[several], aim.target).reshape(n_paths, _CANDIDATES)
        best = np.abs(came - goals[:, None]).argmin(axis=1)
        return np.asarray(found[np.arange(n_paths) * _CANDIDATES + best])

    def tensors(self) -> dict[str, Tensor]:
        """For a checkpoint; ``from_tensors`` gives back an equal value."""
        arrays = {"scale": self.scale, "center": self.center, "spread": self.spread}
        arrays |= {f"law.{name}": value for name, value in vars(self.law).items()}
        # Single precision is plenty for residuals that are drawn at random, and they are the bulk of a stored model.
        arrays["law.residuals"] = self.law.residuals.astype(np.float32)
        return {name: torch.from_numpy(np.array(value)) for name, value in arrays.items()}

    @classmethod
    def from_tensors(cls, n_days: int, tensors: Mapping[str, Tensor]) -> Self:
        """Take up ``tensors()`` again."""
        arrays = {name: tensor.cpu().double().numpy() for name, tensor in tensors.items()}
        law = ScaleLaw(**{name.removeprefix("law."): part for name, part in arrays.items() if name.startswith("law.")})
        return cls(n_days, arrays["scale"], arrays["center"], arrays["spread"], law)


class ReturnWindows(WindowRepresentation):
    """Windows as they are: one row per day, one column per asset, ``asinh(u / FOLD)`` of the returns ``u`` in units of
    the root mean square of their window, so that a network need not paint heavy tails itself."""

    kind = "windows"

    @property
    def shape(self) -> tuple[int, int, int]:
        return 1, self.n_days, self.n_assets

    @property
    def groups(self) -> tuple[int, ...]:
        return tuple(range(self.n_assets))

    def encode(self, windows: Array) -> tuple[Array, Array]:
        size = np.maximum(np.sqrt((windows**2).mean(axis=(1, 2))), 1e-12)
        return np.arcsinh(windows / size[:, None, None] / FOLD)[:, None], np.log(size)[:, None]

    def decode(self, values: Array, scales: Array) -> Array:
        return sized(FOLD * np.sinh(values[:, 0]), scales)

    def moves(self, values: Tensor) -> Tensor:
        sizes = FOLD * torch.sinh(values[:, 0].clamp(-_MOST_FOLDED, _MOST_FOLDED))
        return sizes / sizes.square().mean((1, 2), keepdim=True).clamp_min(1e-12).sqrt()

    def off_manifold(self, values: Array) -> Array:
        return np.zeros(len(values))

    def pixels(self, values: Array) -> Array:
        return np.asarray((1 + np.tanh(values)) / 2)


class RawWindows(ReturnWindows):
    """Windows without any of that: returns in units of each asset's standard deviation over the training days.

    There are no scales, so the network has to draw how volatile a window is and how heavy its tails are.
    """

    kind = "raw-windows"

    def encode(self, windows: Array) -> tuple[Array, Array]:
        return windows[:, None].astype(np.float64), np.zeros((len(windows), 0))

    def decode(self, values: Array, scales: Array) -> Array:  # noqa: ARG002 (there are none)
        return np.asarray(values[:, 0])

    def moves(self, values: Tensor) -> Tensor:
        sizes = values[:, 0].clamp(-_MOST_MOVE, _MOST_MOVE)
        return sizes / sizes.square().mean((1, 2), keepdim=True).clamp_min(1e-12).sqrt()


def sized(moves: Array, scales: Array) -> Array:
    """Windows (n, n_days, n_assets) with the shape of ``moves`` and the root mean square that ``scales`` tell."""
    size = np.maximum(np.sqrt((moves**2).mean(axis=(1, 2))), 1e-12)
    return np.asarray(moves * (np.exp(scales[:, 0]) / size)[:, None, None])


def _state(memory: ewma.Memory) -> Array:
    """Log size of the market's moves and its state, shape (..., 12)."""
    return np.concatenate([np.log(memory.size + ewma.EPSILON), ewma.market_state(memory)], axis=-1)
