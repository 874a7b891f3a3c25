"""Several distinct ways to the same loss: paths in groups by when they fall and by who falls."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fingen_core.portfolio.values import asset_returns
from fingen_core.types import Array, Paths

__all__ = ["Group", "groups_of", "name_of"]

_LEAST_SHARE = 0.08
_LEAST_SPREAD = 0.01
"""Features that differ by less (1 % of the loss) are alike and tell nobody apart."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Group:
    """Paths that are alike.

    Attributes
    ----------
    rows : array of int
        Of the sample.
    share : float
        Of the weight: how much of the event's probability lies here.
    center : int
        The row that is nearest to the middle of the group, of the half with the smaller losses: most paths lose little
        more than they have to.
    concentration : float
        Mean share of the loss that the three worst days make up.
    half_way : float
        Mean day on which half of the loss was reached, relative to the horizon.
    leaders : list of str
        Assets that contribute more here than in the sample as a whole, at most two.
    """

    rows: NDArray[np.intp]
    share: float
    center: int
    concentration: float
    half_way: float
    leaders: list[str]


def groups_of(
    paths: Paths, weights: Array, holdings: Array, tickers: Sequence[str], *, most: int = 3, seed: int = 0
) -> list[Group]:
    """Two or three groups, the most probable first.

    Parameters
    ----------
    paths : array, shape (n_paths, n_steps, n_assets)
        Log returns, all of which lose.
    weights : array, shape (n_paths,)
        Of the paths.
    holdings : array, shape (n_assets,)
    tickers : sequence of str
    most : int
        Fewer where a group would hold less than 8 % of the weight.
    seed : int

    Notes
    -----
    k-means (Lloyd 1982) on how much of the loss was there after each eighth of the days, how much of it three days make
    up, and each asset's share of it; the two kinds of features weigh the same.
    """
    from scipy.cluster.vq import kmeans2

    shape, shares, concentration = _features(paths, holdings)
    timing = np.concatenate([shape, concentration[:, None]], axis=1)
    features = np.concatenate([_standard(timing), _standard(shares)], axis=1)
    w = weights / weights.sum()
    labels = np.zeros(len(paths), dtype=np.intp)
    for k in range(most, 1, -1):
        _, labels = kmeans2(features, k, iter=30, minit="++", rng=np.random.default_rng(seed))
        held = np.array([w[labels == group].sum() for group in range(k)])
        if (held >= _LEAST_SHARE).all():
            break
    found = []
    for group in np.unique(labels):
        rows = np.flatnonzero(labels == group)
        middle = np.average(features[rows], axis=0, weights=w[rows])
        extra = np.average(shares[rows], axis=0, weights=w[rows]) - np.average(shares, axis=0, weights=w)
        losses = -(asset_returns(paths[rows]) @ holdings)
        mild = rows[losses <= np.median(losses)]
        lead = [int(asset) for asset in np.argsort(-extra, kind="stable")[:2] if extra[asset] > 0.002]
        found.append(
            Group(
                rows=rows,
                share=float(w[rows].sum()),
                center=int(mild[np.argmin(((features[mild] - middle) ** 2).sum(axis=1))]),
                concentration=float(np.average(concentration[rows], weights=w[rows])),
                half_way=float(np.average(_half_way(paths[rows], holdings), weights=w[rows])),
                leaders=[tickers[asset] for asset in lead],
            )
        )
    return sorted(found, key=lambda group: -group.share)


def name_of(group: Group, groups: Sequence[Group]) -> str:
    """A few words that tell a group from the others: "Early, in few days, harder on BAC and JPM"."""
    early = sorted(groups, key=lambda one: one.half_way)
    sharp = sorted(groups, key=lambda one: -one.concentration)
    when = "Early" if group is early[0] else "Late" if group is early[-1] else "Midway"
    how = "in few days" if group is sharp[0] else "spread out" if group is sharp[-1] else "in steps"
    lead = f", harder on {' and '.join(group.leaders)}" if group.leaders else ""
    return f"{when}, {how}{lead}"


def _features(paths: Paths, holdings: Array) -> tuple[Array, Array, Array]:
    """How much of the loss was there at each eighth; each asset's share of it; share of the three worst days."""
    growth = np.expm1(np.cumsum(paths, axis=1, dtype=np.float64))
    values = growth @ holdings
    loss = np.minimum(values[:, -1:], -1e-9)
    n_steps = paths.shape[1]
    places = np.unique(np.maximum(np.round(np.arange(1, 8) / 8 * n_steps).astype(int), 1)) - 1
    changes = np.diff(values, axis=1, prepend=0.0)
    worst = np.sort(changes, axis=1)[:, :3].sum(axis=1)
    return values[:, places] / loss, growth[:, -1] * holdings / loss, worst / loss[:, 0]


def _half_way(paths: Paths, holdings: Array) -> Array:
    """Day from which on at least half of the loss was there, relative to the horizon."""
    values = np.expm1(np.cumsum(paths, axis=1, dtype=np.float64)) @ holdings
    short = values > values[:, -1:] / 2
    last = paths.shape[1] - np.argmax(short[:, ::-1], axis=1)
    return np.asarray(np.where(short.any(axis=1), last + 1, 1) / paths.shape[1])


def _standard(features: Array) -> Array:
    """Unit variance each, unit variance together; extremes are cut at three deviations."""
    deviation = np.maximum(features.std(axis=0), _LEAST_SPREAD)
    scaled = np.clip((features - features.mean(axis=0)) / deviation, -3, 3)
    return np.asarray(scaled / np.sqrt(features.shape[1]))
