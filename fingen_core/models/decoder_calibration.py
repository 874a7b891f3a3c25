"""Mend what training leaves behind: covariance, the common factor's distribution, each margin.

A decoder that maximizes a likelihood bound, or pleases a critic, draws tails that are too mild. After training its
draws at the training conditions are mapped, monotonically, onto the training sample:

1. the covariance, by the optimal transport map between Gaussians;
2. the first principal component, rank by rank;
3. each asset, rank by rank, onto a standard normal.

The last map is folded with the marginal map of the representation into one table per asset. All are smooth enough to
differentiate through.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["Calibration", "calibrate", "interpolate"]

SCORE_LIMIT = 6.0
N_POINTS = 1201
_EDGE = 3.3
"""Gaussian score (about 1 in 2,000) beyond which rank maps go on as straight lines."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """Maps from a decoder's draws to calibrated scores.

    Attributes
    ----------
    transport : tensor, shape (n_assets, n_assets)
        Applied from the right to rows of draws.
    center : tensor, shape (n_assets,)
        Mean of the draws, taken away first.
    direction : tensor, shape (n_assets,)
        First principal component of the sample, unit length.
    common : tensor, shape (1, 1201)
        Common factor after the map at each point of the grid; in units of ``common_scale``.
    common_scale : tensor, shape ()
        Standard deviation of the common factor.
    margins : tensor, shape (n_assets, 1201)
        Standard normal score of each asset at each point of the grid.
    """

    transport: Tensor
    center: Tensor
    direction: Tensor
    common: Tensor
    common_scale: Tensor
    margins: Tensor

    def to(self, device: str) -> "Calibration":
        """The same maps on a device."""
        return Calibration(**{name: part.to(device) for name, part in vars(self).items()})

    def align(self, draws: Tensor) -> Tensor:
        """Steps 1 and 2, (n, n_assets) to (n, n_assets)."""
        moved = (draws - self.center) @ self.transport
        factor = (moved @ self.direction) / self.common_scale
        shift = (interpolate(self.common, factor[:, None])[:, 0] - factor) * self.common_scale
        return torch.addcmul(moved, shift[:, None], self.direction)


def interpolate(tables: Tensor, points: Tensor) -> Tensor:
    """Look up (n, k) points in k tables over the uniform grid [-6, 6]; beyond it, the ends. Differentiable."""
    place = ((points + SCORE_LIMIT) * ((N_POINTS - 1) / (2 * SCORE_LIMIT))).clamp(0, N_POINTS - 1.001)
    below = place.detach().to(torch.int32)
    flat = tables.reshape(-1)
    first = torch.arange(len(tables), dtype=torch.int32, device=points.device) * N_POINTS
    index = (below + first).reshape(-1)
    low, high = flat.index_select(0, index), flat.index_select(0, index + 1)
    return torch.lerp(low, high, (place - below).reshape(-1)).reshape(points.shape)


@torch.no_grad()
def calibrate(draws: Tensor, sample: Tensor) -> Calibration:
    """Fit the maps from draws (m, n_assets) to the training sample (n, n_assets)."""
    draws, sample = draws.double(), sample.double()
    center = draws.mean(0)
    draws = draws - center
    transport = _gaussian_transport(
        torch.cov(draws.T).reshape(len(center), -1), torch.cov(sample.T).reshape(len(center), -1)
    )
    moved = draws @ transport
    direction = torch.linalg.eigh(torch.cov(sample.T).reshape(len(center), -1)).eigenvectors[:, -1]
    scale = (sample @ direction).std()
    factor, real = moved @ direction / scale, (sample - sample.mean(0)) @ direction / scale
    common = _rank_map(factor, real)
    moved = moved + ((interpolate(common[None], factor[:, None])[:, 0] - factor) * scale)[:, None] * direction
    margins = torch.stack([_rank_map(column, None) for column in moved.T])
    kept = (transport, center, direction, common[None], scale, margins)
    return Calibration(*(part.float() for part in kept))


def _grid() -> Tensor:
    return torch.linspace(-SCORE_LIMIT, SCORE_LIMIT, N_POINTS, dtype=torch.float64)


def _gaussian_transport(source: Tensor, target: Tensor) -> Tensor:
    """Symmetric map that takes a centered Gaussian of one covariance to that of another (Gelbrich 1990)."""
    root, inverse = _power(source, 0.5), _power(source, -0.5)
    return inverse @ _power(root @ target @ root, 0.5) @ inverse


def _power(matrix: Tensor, exponent: float) -> Tensor:
    values, vectors = torch.linalg.eigh(matrix)
    powered: Tensor = (vectors * values.clamp_min(1e-9) ** exponent) @ vectors.T
    return powered


def _rank_map(source: Tensor, target: Tensor | None) -> Tensor:
    """Table over the grid that sends quantiles of ``source`` to those of ``target``, or to standard normal scores."""
    scores = torch.linspace(-_EDGE, _EDGE, 265, dtype=torch.float64)
    levels = 0.5 * (1 + torch.erf(scores / math.sqrt(2)))
    before = torch.quantile(source, levels)
    after = scores if target is None else torch.quantile(target, levels)
    points = _grid()
    right = torch.searchsorted(before, points).clamp(1, len(before) - 1)
    x0, x1, y0, y1 = before[right - 1], before[right], after[right - 1], after[right]
    inside = y0 + (points - x0) / (x1 - x0).clamp_min(1e-9) * (y1 - y0)
    # Beyond the sample: a straight line through the edge and the center, whose slope a few extremes cannot bend.
    low = after[0] + (points - before[0]) * (after[0] / before[0]).clamp(0.5, 2.0)
    high = after[-1] + (points - before[-1]) * (after[-1] / before[-1]).clamp(0.5, 2.0)
    table = torch.where(points < before[0], low, torch.where(points > before[-1], high, inside))
    return torch.cummax(table, 0).values + 1e-9 * points
