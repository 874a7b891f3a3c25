"""The smallest change of a path that brings a loss, by gradient through the generator.

A path is a differentiable function of its standard normal noise ``u``. From an ordinary path's noise ``u0`` the nearest
noise whose path loses as much as asked for is found by going, again and again, to the nearest point of the tangent
plane of that loss (the method of Hasofer, Lind, Rackwitz and Fiessler in structural reliability, begun elsewhere than
at the origin)::

    u  <-  u0 + slope * (slope . (u - u0) + target - loss(u)) / |slope|^2        half of the way

A dozen rounds do what takes a gradient descent hundreds. The loss surface has bends, so at the end a search along the
line from ``u0`` brings the loss to the target exactly.

From the origin, the noise of no news at all, the same gives the **design point**: the least noise that brings the loss.
It is the center of all ways to lose that much, smoother than any of them, and its distance is not a probability: in
hundreds of dimensions nearly no path lies near the origin.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from fingen_core.errors import InvalidInput, Stopped
from fingen_core.scenarios.search.subset_simulation import Draw, Tell
from fingen_core.types import Array, Paths

__all__ = ["TOLERANCE", "Aim", "Closest", "Slopes", "closest_paths", "design_point"]

Aim = Callable[[Array], tuple[Array, Array]]
"""Of log returns (n_paths, n_steps, n_assets): a number for each path, and its slope in those returns."""


class Slopes(Protocol):
    """Noise and an aim to the aim's values and their slopes in the noise."""

    def __call__(self, noise: Paths, aim: Aim) -> tuple[Array, Paths]: ...


TOLERANCE = 0.005
"""By which a loss may miss its target, relative."""

_STEPS = np.array([0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 1.3, 1.7, 2.5])
_HALVINGS = 10


@dataclass(frozen=True, eq=False, kw_only=True)
class Closest:
    """Paths that were changed as little as possible.

    Attributes
    ----------
    paths : array, shape (n_paths, n_steps, n_assets)
        Log returns; the smallest change first.
    before : array, shape (n_paths, n_steps, n_assets)
        The ordinary paths that they were.
    noise : array, shape (n_paths, n_steps, n_normals)
    change : array, shape (n_paths,)
        Length of the change of the noise; an ordinary path has the root of its number of dimensions.
    size : array, shape (n_paths,)
        Mean square of the noise: 1 for an ordinary path, give or take ``sqrt(2 / n_dimensions)``.
    values : array, shape (n_paths,)
        What the aim gives for the changed paths.
    """

    paths: Paths
    before: Paths
    noise: Paths
    change: Array
    size: Array
    values: Array

    def __len__(self) -> int:
        return len(self.values)


def closest_paths(
    draw: Draw,
    slopes: Slopes,
    aim: Aim,
    target: float,
    starts: Paths,
    *,
    n_rounds: int = 12,
    tell: Tell | None = None,
) -> Closest:
    """Change each of several paths as little as possible so that an aim reaches its target.

    Parameters
    ----------
    draw, slopes : callable
        The generator from one state: paths, and slopes of an aim.
    aim : callable
        As ``PortfolioLoss``.
    target : float
    starts : array, shape (n_paths, n_steps, n_normals)
        Standard normal noise.
    n_rounds : int
    tell : callable, optional

    Returns
    -------
    Closest
        Those paths that come within ``TOLERANCE`` of the target; a start that cannot get there is left out.

    Raises
    ------
    InvalidInput
        If none comes there.
    """
    with_slopes = partial(slopes, aim=aim)
    return _search(draw, with_slopes, aim, target, starts, centers=starts, n_rounds=n_rounds, tell=tell)


def design_point(
    draw: Draw,
    slopes: Slopes,
    aim: Aim,
    target: float,
    starts: Paths,
    *,
    n_rounds: int = 14,
    tell: Tell | None = None,
) -> Closest:
    """The least noise that brings an aim to its target; the best of several starts comes first.

    ``change`` is the distance from the origin, the reliability index of structural engineering.
    """
    with_slopes, origin = partial(slopes, aim=aim), np.zeros_like(starts)
    return _search(draw, with_slopes, aim, target, 0.4 * starts, centers=origin, n_rounds=n_rounds, tell=tell)


def _search(
    draw: Draw,
    slopes: Callable[[Paths], tuple[Array, Paths]],
    aim: Aim,
    target: float,
    starts: Paths,
    *,
    centers: Paths,
    n_rounds: int,
    tell: Tell | None,
) -> Closest:
    noise, late = starts, []
    for turn in range(n_rounds):
        if tell is not None and tell(turn / (n_rounds + 3), "nearest paths"):
            raise Stopped("the search was stopped: start it again to go on")
        values, slope = slopes(noise)
        squares = np.maximum(np.einsum("ijk,ijk->i", slope, slope), 1e-12)
        ahead = np.einsum("ijk,ijk->i", slope, noise - centers)
        nearest = centers + slope * ((ahead + target - values) / squares).astype(np.float32)[:, None, None]
        noise = (noise + np.float32(0.5) * (nearest - noise)).astype(np.float32)
        if turn >= n_rounds - 4:
            late.append(noise)

    def value(paths: Paths) -> Array:
        return aim(paths.astype(np.float64))[0]

    rounds = len(late)  # the last few rounds all at once: a call costs more than a path
    found, length = _on_target(draw, value, target, np.tile(centers, (rounds, 1, 1)), np.concatenate(late))
    found, lengths = found.reshape(rounds, *starts.shape), length.reshape(rounds, -1)
    if not np.isfinite(lengths).any():
        raise InvalidInput(
            f"none of {len(starts)} paths could be brought to {target * 100:g} %: choose a milder loss or a longer "
            "horizon"
        )
    best = np.argmin(lengths, axis=0)
    chosen, length = found[best, np.arange(len(best))], lengths[best, np.arange(len(best))]
    order = [int(row) for row in np.argsort(length) if np.isfinite(length[row])]
    noise, paths = chosen[order], draw(chosen[order])
    return Closest(
        paths=paths,
        before=draw(np.ascontiguousarray(centers[order])),
        noise=noise,
        change=length[order],
        size=np.mean(noise.astype(np.float64) ** 2, axis=(1, 2)),
        values=value(paths),
    )


def _on_target(
    draw: Draw, value: Callable[[Paths], Array], target: float, centers: Paths, tried: Paths
) -> tuple[Paths, Array]:
    """The point on each ray from a center at which the target is met, and its distance; infinite without one."""
    way = tried - centers

    def along(scale: Array) -> Array:
        """Values at scales (n_paths, n_scales)."""
        points = centers[:, None] + scale[..., None, None].astype(np.float32) * way[:, None]
        flat = np.ascontiguousarray(points.reshape(-1, *way.shape[1:]), dtype=np.float32)
        return value(draw(flat)).reshape(scale.shape)

    scales = np.broadcast_to(_STEPS, (len(way), len(_STEPS)))
    reached = along(scales) >= target
    first = np.argmax(reached, axis=1)
    high = _STEPS[first]
    low = np.where(first > 0, _STEPS[first - 1], 0.0)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        beyond = along(middle[:, None])[:, 0] >= target
        low, high = np.where(beyond, low, middle), np.where(beyond, middle, high)
    points = (centers + high.astype(np.float32)[:, None, None] * way).astype(np.float32)
    missed = np.abs(value(draw(points)) - target) > TOLERANCE * abs(target)
    length = np.sqrt(np.einsum("ijk,ijk->i", points - centers, points - centers, dtype=np.float64))
    return points, np.where(reached.any(axis=1) & ~missed, length, np.inf)
