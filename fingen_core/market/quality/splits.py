"""Is a large step a split that the prices were not adjusted for? Evidence for and against, as numbers.

Of a step by the factor ``g`` a split with ratio ``r`` leaves the ordinary move ``log g - log r``, so it speaks for a
split that this is no more than the usual noise of a day, and that the noise is small enough for such a hit to be no
accident: of the ratios between 1:2 and 2:3 alone, days with a deviation of 5 % cover a third of all falls between them.
It speaks against a split that the price comes back, that the days after are wilder than those before (as after news),
or that other assets fall alike. Steps of tenfold and more are no news, whatever the noise.
"""

from dataclasses import dataclass

import numpy as np

from fingen_core.types import Array

__all__ = ["HUGE", "Evidence", "around", "mostly_splits", "weigh"]

HUGE = 10.0
"""Steps of this factor and more, up or down, are taken for a fault of the prices."""

_FORWARD = (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 40, 50, 100)
_REVERSE = (*range(2, 11), 12, 15, 20, 25, 30, 40, 50, 75, 100, 125, 150, 200, 250, 300, 400, 500, 750, 1000)
_SMALL = ((4, 3), (5, 4))
"""Their steps are those of bad news too: they are asked about and never mended unasked."""

_FRACTIONS = ((3, 2), *_SMALL)
"""Falls of a third and less are common enough as news to need more than the ratio."""

_MOST = 1000
"""No split has a larger ratio; steps beyond are faults of another kind."""

_WINDOW, _AFTER = 60, 10
"""Steps before and after that tell what is usual."""

_LEAST_NOISE = 0.005
_HIT, _SURE_HIT = 2.5, 4.0
"""Deviations from the ratio, in noise, of a hit; the second where the noise is very small, or as a possibility."""

_HUGE_HIT = 3.0
"""The same for the usual ratios of huge steps; beyond it the nearest whole number is taken."""

_RARE, _VERY_RARE, _UNUSUAL = 20.0, 35.0, 12.0
"""A ratio so many times the noise is hit by accident seldom, hardly ever; below the last nothing can be said."""

_LEAST_STEP, _CAME_BACK = 0.36, 0.2
"""Size of log steps that are counted (3:2 takes .41), and what is left of one that was a wrong price for a day."""

_WILDER, _CALMER = 1.75, 0.25
"""Mean size of the moves after over that before, beyond which a step was news."""

_BACK, _BEYOND = 0.5, 1.5
"""Share of the step that is still there in the weeks after, between which the price stays where the ratio puts it."""

_ALIKE = 5.0
"""Moves of other assets beyond so many times their usual size are moves along with the step."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a step looks like.

    Attributes
    ----------
    old, new : int
        New shares for old ones: 4 for 1 is a fall to a quarter. 0 where no ratio explains the step.
    certain : bool
        Whether the step cannot well be news.
    huge : bool
        Whether it is tenfold or more.
    """

    new: int
    old: int
    certain: bool
    huge: bool

    @property
    def name(self) -> str:
        """The split as it is usually named: "4:1"; a reverse one "1:10"."""
        return f"{self.new}:{self.old}"

    @property
    def factor(self) -> float:
        """What the prices before it have to be multiplied by."""
        return self.old / self.new


def around(row: int) -> slice:
    """The rows that tell whether other assets moved along with the step from ``row`` to the next."""
    return slice(max(0, row - _WINDOW), row + 2 + _WINDOW)


def mostly_splits(prices: Array) -> bool:
    """Whether large steps of these assets lie at ratios rather than anywhere.

    Where chance made them, as in a history of wild days, about a quarter would hit a ratio, so as many hits as misses
    are more than that.

    Parameters
    ----------
    prices : array, shape (n_dates, n_assets)
    """
    moves = np.diff(np.log(prices), axis=0)
    hits = misses = 0
    for row, column in np.argwhere((np.abs(moves) > _LEAST_STEP) & (np.abs(moves) < np.log(HUGE))):
        step, noise = float(moves[row, column]), _noise(moves[:, column], int(row))
        pairs = moves[max(0, row - 1) : row + 2, column]
        back = len(pairs) > 1 and min(abs(pairs[:2].sum()), abs(pairs[-2:].sum())) < _CAME_BACK
        if back or abs(step) < _RARE * noise:
            continue
        ratio = _nearest(step, noise, huge=False)
        hit = ratio is not None and ratio not in _SMALL and _rare_hit(step, float(np.log(ratio[1] / ratio[0])), noise)
        hits, misses = hits + hit, misses + (not hit)
    return hits > misses


def weigh(prices: Array, row: int, others: Array) -> Evidence | None:
    """Weigh the step from ``row`` to the next.

    Parameters
    ----------
    prices : array, shape (n_dates,)
        Of one asset, all positive.
    row : int
        The last price before the step.
    others : array, shape (n_rows, n_others)
        Prices of the other assets in the rows of :func:`around`.

    Returns
    -------
    Evidence, optional
        ``None`` if the step is neither huge nor as a split would leave it.
    """
    moves = np.diff(np.log(prices))
    step = float(moves[row])
    huge = abs(step) >= np.log(HUGE) - 1e-9
    noise = _noise(moves, row)
    ratio = _nearest(step, noise, huge=huge)
    if ratio is None:
        return Evidence(new=0, old=0, certain=True, huge=True) if huge else None
    expected = float(np.log(ratio[1] / ratio[0]))
    rare = _rare_hit(step, expected, noise)
    stays = _stays(prices, row, expected)
    calm = not _wilder_after(moves, row) and not _alike(others, row, step)
    near = stays and calm and abs(step - expected) <= _HIT * noise
    possible = huge or rare or near or ratio not in _FRACTIONS
    if ratio in _SMALL:
        possible = rare and stays and calm
    if not possible or (not huge and abs(expected) < _UNUSUAL * noise):
        return None
    certain = huge or (ratio not in _SMALL and rare and stays and calm)
    return Evidence(new=ratio[0], old=ratio[1], certain=certain, huge=huge)


def _noise(moves: Array, row: int) -> float:
    """Usual move of a step around this one: from the median, which neither the step nor a few others move."""
    near = np.concatenate([moves[max(0, row - _WINDOW) : row], moves[row + 1 : row + 1 + _WINDOW // 3]])
    return max(1.4826 * float(np.median(np.abs(near))), _LEAST_NOISE) if len(near) else _LEAST_NOISE


def _nearest(step: float, noise: float, *, huge: bool) -> tuple[int, int] | None:
    """The usual ratio within noise, or for huge steps the nearest whole number."""
    usual = [(new, 1) for new in _FORWARD] + [(1, old) for old in _REVERSE] + [(5, 2), *_FRACTIONS]
    best: tuple[int, int] = min(usual, key=lambda ratio: abs(step - np.log(ratio[1] / ratio[0])))
    off = abs(step - float(np.log(best[1] / best[0])))
    if off <= (_HUGE_HIT if huge else _SURE_HIT) * noise:
        return best
    whole = round(float(np.exp(abs(step))))
    if not huge or whole > _MOST:
        return None
    return (1, whole) if step > 0 else (whole, 1)


def _rare_hit(step: float, expected: float, noise: float) -> bool:
    off, rarity = abs(step - expected) / noise, abs(expected) / noise
    return rarity >= _RARE and off <= (_SURE_HIT if rarity >= _VERY_RARE else _HIT)


def _stays(prices: Array, row: int, expected: float) -> bool:
    """Whether the prices afterwards are where the ratio puts them, rather than back or far beyond."""
    after = prices[row + 1 : row + 1 + _WINDOW]
    gone = float(np.log(np.median(after) / prices[row])) / expected
    return _BACK <= gone <= _BEYOND


def _wilder_after(moves: Array, row: int) -> bool:
    """News makes the next days wilder, or (a takeover at a fixed price) far calmer; a split does neither."""
    before, after = moves[max(0, row - _WINDOW) : row], moves[row + 1 : row + 1 + _AFTER]
    if len(before) < _AFTER or len(after) < _AFTER:
        return False
    ratio = float(np.abs(after).mean() / max(np.abs(before).mean(), 1e-9))
    return ratio > _WILDER or ratio < _CALMER


def _alike(others: Array, row: int, step: float) -> bool:
    """Whether at least half of the others moved far in the same direction on that day, as in a crash."""
    if not others.shape[1]:
        return False
    moves = np.diff(np.log(others), axis=0)
    usual = 1.4826 * np.median(np.abs(moves), axis=0)
    far = moves[min(row, _WINDOW)] * np.sign(step) > _ALIKE * np.maximum(usual, _LEAST_NOISE)
    return bool(far.mean() >= 0.5)
