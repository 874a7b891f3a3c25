"""The type: what the long run of returns looks like, without tickers or dates."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from fingen_core.errors import InvalidInput
from fingen_core.market.step import TRADING_DAYS
from fingen_core.types import Array

__all__ = [
    "HORIZONS",
    "LAGS",
    "LEVEL",
    "LEVERAGE_LAGS",
    "LOSS_HORIZONS",
    "MIN_STEPS",
    "PROBABILITIES",
    "RANKS",
    "Portrait",
]

HORIZONS = (1, 5, 20, 100)
"""Days over which returns are summed to see their distribution."""

LAGS = tuple(range(1, 61))
"""Days between two returns whose relation is measured."""

LEVERAGE_LAGS = tuple(range(1, 21))
"""Days between a return and the squared return it may announce."""

LOSS_HORIZONS = (1, 10)
"""Days over which losses are measured."""

LEVEL = 0.99
"""Confidence level of value at risk and expected shortfall."""

MIN_STEPS = TRADING_DAYS
"""Fewest steps of a path: lag 60 and sums of 100 steps need them, whatever a step is."""

_FAR = np.array([1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4])
PROBABILITIES: Array = np.concatenate([_FAR, np.arange(1, 1000) / 1000, 1 - _FAR[::-1]])
"""Probabilities of ``quantiles_equal`` and ``quantiles_assets``: thousandths, and further out in both tails."""

RANKS: Array = (np.arange(200) + 0.5) / 200
"""Probabilities of ``quantiles_by_asset``: the middles of 200 equal slices, so that their mean gap is a distance."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Portrait:
    """What the long run looks like; history, generated paths and rivals give the same type.

    "Equal weight" is the portfolio of all assets brought back to equal weights every day, in log returns. Statistics
    that depend on how many days are looked at (moments, memory, tail index) are medians over groups of paths that
    together have as many days as the history: see ``portrait``. Horizons are ``HORIZONS`` unless said otherwise.

    Attributes
    ----------
    n_paths, n_steps : int
        Usable paths and their days; a history is one path.
    n_nonfinite : int
        Paths left out because a return is not finite or wealth leaves what a number can hold.
    volatility_equal : float
    volatility : array, shape (n_assets,)
        Standard deviation of daily log returns, all paths pooled.
    acf, acf_abs, acf_square : array, shape (60,)
        Autocorrelation of r, |r| and r^2 of equal weight at ``LAGS``.
    acf_abs_assets : array, shape (60,)
        Autocorrelation of |r|, mean over assets.
    leverage : array, shape (20,)
        Correlation of a return of equal weight with the squared return ``LEVERAGE_LAGS`` days later.
    leverage_assets : array, shape (20,)
        The same, mean over assets.
    kurtosis, skewness, hill : array, shape (n_assets,)
        Of daily returns; 3 is the normal kurtosis; the tail index is that of the worst 5 %.
    kurtosis_equal, kurtosis_assets : array, shape (4,)
        Kurtosis of sums over ``HORIZONS``: of equal weight, and the median over assets.
    skewness_equal, hill_equal : float
    quantiles_equal, quantiles_assets : array, shape (4, 1011)
        Quantiles at ``PROBABILITIES`` of sums over ``HORIZONS``: of equal weight, and of all assets pooled, each in
        units of the daily volatility of ``scale``, so multiples of sqrt(horizon) are usual. NaN further out than the
        sample reaches.
    quantiles_by_asset : array, shape (4, n_assets + 1, 200)
        Quantiles at ``RANKS`` of sums over ``HORIZONS`` in log returns: equal weight first, then each asset.
    scale : array, shape (n_assets + 1,)
        Volatilities that standardize the two above: equal weight first; those of the portrait compared with, if any.
    correlation : array, shape (n_assets, n_assets)
    tail_dependence : array, shape (n_assets, n_assets)
        Chance that an asset is in its worst 5 % of days when another is in its own; 1 on the diagonal.
    worst_decile_correlation : array, shape (n_assets, n_assets)
        Correlation over the tenth of days that is worst for equal weight.
    value_at_risk, expected_shortfall : array, shape (2, n_portfolios)
        At ``LEVEL`` over ``LOSS_HORIZONS``, simple returns, of ``evaluation_weights`` held from the start.
    rules_value_at_risk, rules_expected_shortfall : array, shape (2, 3)
        The same for the trading rules of ``fingen_core.metrics.rules``.
    drawdowns : array, shape (n_windows,)
        Largest drawdown of equal weight in windows of a year, sorted upwards.
    largest_moves : array, shape (n_paths, n_assets)
        Largest absolute daily log return of each path.
    worst_days : array, shape (n_paths,)
        Smallest daily simple return of equal weight of each path.

    Notes
    -----
    With one asset the pair matrices are ``[[1]]`` and say nothing.
    """

    n_paths: int
    n_steps: int
    n_nonfinite: int
    volatility_equal: float
    volatility: Array
    acf: Array
    acf_abs: Array
    acf_square: Array
    acf_abs_assets: Array
    leverage: Array
    leverage_assets: Array
    kurtosis: Array
    kurtosis_equal: Array
    kurtosis_assets: Array
    skewness: Array
    skewness_equal: float
    hill: Array
    hill_equal: float
    quantiles_equal: Array
    quantiles_assets: Array
    quantiles_by_asset: Array
    scale: Array
    correlation: Array
    tail_dependence: Array
    worst_decile_correlation: Array
    value_at_risk: Array
    expected_shortfall: Array
    rules_value_at_risk: Array
    rules_expected_shortfall: Array
    drawdowns: Array
    largest_moves: Array
    worst_days: Array

    @property
    def n_assets(self) -> int:
        return len(self.volatility)

    @property
    def n_days(self) -> int:
        """Days of all usable paths."""
        return self.n_paths * self.n_steps

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Arrays by name for an ``.npz``, in single precision: 7 digits are more than any of them is known to."""
        arrays = {item.name: np.asarray(getattr(self, item.name)) for item in fields(self)}
        return {name: a.astype(np.float32) if a.dtype == np.float64 else a for name, a in arrays.items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """What ``to_arrays`` gave; other names are refused."""
        names = {item.name for item in fields(cls)}
        if set(arrays) != names:
            odd = sorted(names.symmetric_difference(arrays))
            raise InvalidInput(
                f"{', '.join(odd)} missing or unknown: these arrays are not of a portrait, measure again"
            )
        values: dict[str, Any] = {}
        for name, stored in arrays.items():
            values[name] = stored.item() if stored.ndim == 0 else stored.astype(np.float64)
        return cls(**values)
