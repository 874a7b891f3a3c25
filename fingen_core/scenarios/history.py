"""What really happened over a horizon: every window of history, to stand beside the generated paths.

Windows of ``n_steps`` days set out from every close that leaves room for them, so they overlap: thousands of windows
hold far fewer independent stories (about ``n_days / n_steps``), and whoever shows them says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from fingen_core.errors import InvalidInput
from fingen_core.market import Crisis, Market
from fingen_core.types import Array

__all__ = ["Likeness", "closest", "during", "window_starts", "window_values", "windows", "worst_window"]


def windows(market: Market, n_steps: int) -> Array:
    """All overlapping windows of log returns, shape (n_windows, n_steps, n_assets): a read-only view, nothing copied.

    Raises
    ------
    InvalidInput
        If the history holds fewer than ``n_steps`` returns.
    """
    _refuse_short(market, n_steps)
    view = sliding_window_view(market.log_returns(), n_steps, axis=0)
    return np.moveaxis(view, -1, 1)


def window_starts(market: Market, n_steps: int) -> pd.DatetimeIndex:
    """The day whose close each window sets out from, length n_windows."""
    _refuse_short(market, n_steps)
    return market.dates[: market.n_steps - n_steps + 1]


def window_values(market: Market, n_steps: int, weights: ArrayLike) -> Array:
    """Value of a portfolio bought at each window's start for 1 and held, shape (n_windows, n_steps + 1).

    Parameters
    ----------
    market : Market
    n_steps : int
        Length of the windows in days.
    weights : array, shape (n_assets,)
        Shares of the wealth at the start; what is missing to 1 is cash without interest.
    """
    _refuse_short(market, n_steps)
    shares = np.asarray(weights, dtype=np.float64)
    if shares.shape != (market.n_assets,):
        raise InvalidInput(f"{shares.size} weights for {market.n_assets} assets: give one per asset")
    prices = market.prices.to_numpy()
    cash = round(1 - float(shares.sum()), 12)
    total = np.full((market.n_steps - n_steps + 1, n_steps + 1), cash)
    for asset in np.flatnonzero(shares):  # asset by asset: all at once would need n_assets times the memory
        view = sliding_window_view(prices[:, asset], n_steps + 1)
        total += shares[asset] * (view / view[:, :1])
    return total


def worst_window(values: ArrayLike) -> int:
    """Row of the window that loses most from start to end; the earliest of equals."""
    paths = np.asarray(values)
    return int(np.argmin(paths[:, -1] / paths[:, 0]))


def during(starts: pd.DatetimeIndex, episodes: Iterable[Crisis]) -> NDArray[np.bool_]:
    """Which windows set out inside one of the named crises (eve included), shape (n_windows,)."""
    inside = np.zeros(len(starts), dtype=bool)
    for crisis in episodes:
        inside |= np.asarray((starts >= crisis.start) & (starts < crisis.end))
    return inside


@dataclass(frozen=True)
class Likeness:
    """The path that is most like something that happened: its row, the window's row, and the relative distance."""

    path: int
    window: int
    distance: float


def closest(values: ArrayLike, happened: ArrayLike, among: Sequence[int] | NDArray[np.intp] | None = None) -> Likeness:
    """The path most like a window of history.

    Parameters
    ----------
    values : array, shape (n_paths, n_steps + 1)
        Generated values.
    happened : array, shape (n_windows, n_steps + 1)
        Values of historical windows.
    among : sequence of int or None
        Rows of ``values`` to choose from; all by default.

    Notes
    -----
    Distance is the root mean square of the difference of log values over that of the window's own log values, so
    that two pronounced moves of one shape count as closer than two days on which nothing happened. 0 is a copy.
    """
    rows = np.arange(len(np.asarray(values))) if among is None else np.asarray(among, dtype=np.intp)
    paths = _log_moves(np.asarray(values)[rows])
    past = _log_moves(happened)
    size = np.maximum((past**2).sum(axis=1), 1e-9)
    best = Likeness(int(rows[0]), 0, np.inf)
    for first in range(0, len(rows), 256):  # in chunks: the full table of distances can be 100 MB
        part = paths[first : first + 256]
        squares = (part**2).sum(axis=1)[:, None] + size - 2 * part @ past.T
        relative = np.maximum(squares, 0) / size
        path, window = np.unravel_index(np.argmin(relative), relative.shape)
        distance = float(np.sqrt(relative[path, window]))
        if distance < best.distance:
            best = Likeness(int(rows[first + path]), int(window), distance)
    return best


def _log_moves(values: ArrayLike) -> NDArray[np.float32]:
    logs = np.log(np.asarray(values, dtype=np.float32))  # a distance needs no more digits, and it is twice as fast
    return np.asarray(logs[:, 1:] - logs[:, :1])


def _refuse_short(market: Market, n_steps: int) -> None:
    if not 1 <= n_steps <= market.n_steps:
        raise InvalidInput(
            f"horizon of {n_steps} days, but {market.name} has {market.n_steps} returns: "
            f"choose a horizon from 1 to {market.n_steps} days"
        )
