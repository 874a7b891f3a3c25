"""What a rule may know at the close of a day.

The backtester writes a day's prices into its memory only after the rule has decided for that day, so the future is not
hidden from a rule: it does not exist yet.
"""

from typing import Any

import numpy as np

from fingen_core.errors import InvalidInput
from fingen_core.types import Array

__all__ = ["Past"]

_FLAT = 1e-12  # a variance below this share of the squared mean is rounding: the price did not move


class Past:
    """Prices and wealth up to the close of one day, for many paths at once.

    Parameters
    ----------
    before : array, shape (n_before + 1, n_assets)
        Real prices up to the close that the paths set out from.
    n_paths, n_steps : int
        Number of paths, and of days that will follow.
    base : array, shape (n_assets,)
        The portfolio that a rule works on.
    wealth : float
        Money at the start.
    steps_per_year : float

    Attributes
    ----------
    base : array, shape (n_assets,)
    year : int
        Steps in a year.
    state : dict
        Whatever a rule wants to remember from day to day.
    """

    def __init__(
        self, before: Array, n_paths: int, n_steps: int, *, base: Array, wealth: float, steps_per_year: float
    ) -> None:
        n_known, n_assets = before.shape
        self._prices = np.full((n_known + n_steps, n_paths, n_assets), np.nan)
        self._prices[:n_known] = before[:, None, :]
        self._wealth = np.full((n_steps + 1, n_paths), np.nan)
        self._wealth[0] = wealth
        self._last: int = n_known - 1
        self._first: int = n_known - 1
        self._sums: dict[str, tuple[Array, int]] = {}
        self._root_year = float(np.sqrt(steps_per_year))
        self.year = max(1, round(steps_per_year))
        self.base = base
        self.state: dict[str, Any] = {}

    @property
    def day(self) -> int:
        """Days since the start: 0 at the close that the paths set out from."""
        return self._last - self._first

    @property
    def n_paths(self) -> int:
        return int(self._prices.shape[1])

    @property
    def n_assets(self) -> int:
        return int(self._prices.shape[2])

    def price(self, ago: int = 0) -> Array:
        """Prices ``ago`` days before this close, shape (n_paths, n_assets)."""
        return np.asarray(self._prices[self._at(ago)])

    def window(self, days: int) -> Array:
        """Prices of the last ``days`` closes, shape (days, n_paths, n_assets), the newest last."""
        return self._prices[self._at(days - 1) : self._last + 1]

    def change(self, days: int) -> Array:
        """Simple return of each asset over the last ``days`` days, shape (n_paths, n_assets)."""
        return np.asarray(self.price() / self.price(days) - 1)

    def mean(self, days: int) -> Array:
        """Mean price of the last ``days`` closes, this one included."""
        return self._total("price", days) / days

    def deviation(self, days: int) -> Array:
        """Standard deviation of the last ``days`` closing prices (their spread, not a sample's); 0 if none moved."""
        mean = self.mean(days)
        variance = self._total("square", days) / days - mean**2
        return np.where(variance > _FLAT * mean**2, np.sqrt(np.maximum(variance, 0)), 0.0)

    def volatility(self, days: int) -> Array:
        """Root mean square of the last ``days`` daily returns, a year, shape (n_paths, n_assets)."""
        return np.sqrt(np.maximum(self._total("move", days), 0) / days) * self._root_year

    def portfolio_volatility(self, days: int) -> Array:
        """The same of the base portfolio, brought back to its weights every day, shape (n_paths,)."""
        return np.sqrt(np.maximum(self._total("portfolio", days), 0) / days) * self._root_year

    def covariance(self, days: int) -> Array:
        """Covariance of the last ``days`` daily returns around zero, shape (n_paths, n_assets, n_assets)."""
        prices = self.window(days + 1)
        moves = (prices[1:] / prices[:-1] - 1).transpose(1, 2, 0)
        single = np.ascontiguousarray(moves, dtype=np.float32)  # far finer than any covariance is known, thrice as fast
        return np.asarray(single @ single.transpose(0, 2, 1) / days, dtype=np.float64)

    def wealth(self) -> Array:
        """What the rule is worth now, shape (n_paths,)."""
        return np.asarray(self._wealth[self.day])

    def drawdown(self, days: int) -> Array:
        """Share that the rule has lost since the highest close of the last ``days`` days, shape (n_paths,)."""
        high = self._wealth[max(0, self.day - days) : self.day + 1].max(axis=0)
        return np.asarray(1 - self.wealth() / np.where(high > 0, high, 1))

    def reveal(self, growth: Array, wealth: Array) -> None:
        """The next day has closed: each asset grew by the factor ``growth``, and the rule is worth ``wealth``."""
        np.multiply(self._prices[self._last], growth, out=self._prices[self._last + 1])
        self._last += 1
        self._wealth[self.day] = wealth

    def _at(self, ago: int) -> int:
        if not 0 <= ago <= self._last:
            raise InvalidInput(f"a rule looks back {ago} days, but only {self._last} are known: start it later")
        return self._last - ago

    def _total(self, what: str, days: int) -> Array:
        """Sum of the last ``days`` values from a running total, which grows with the days that are known."""
        start = self._at(days)
        total, filled = self._sums.get(what, (self._empty(what), 0))
        for at in range(filled + 1, self._last + 1):
            np.add(total[at - 1], self._value(what, at), out=total[at])
        self._sums[what] = (total, self._last)
        return np.asarray(total[self._last] - total[start])

    def _empty(self, what: str) -> Array:
        shape = self._prices.shape[:2] if what == "portfolio" else self._prices.shape
        total = np.empty(shape)
        total[0] = 0
        return total

    def _value(self, what: str, at: int) -> Array:
        price: Array = self._prices[at]
        if what == "price":
            return price
        if what == "square":
            return np.asarray(price**2)
        moves = price / self._prices[at - 1] - 1
        return np.asarray(moves**2 if what == "move" else (moves @ self.base) ** 2)
