"""FinGen's generators where skfolio wants a distribution: ``SyntheticData(GeneratorDistribution(generator))``.

skfolio fits the distribution to daily returns and asks it for samples; here the samples are what the generator draws
from the state of the last of these days.
"""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from fingen_core.errors import InvalidInput
from fingen_core.market import Market, Source
from fingen_core.portfolio.values import asset_returns
from fingen_core.types import Array

__all__ = ["GeneratorDistribution"]

_POOL, _MOST_ROUNDS = 20, 10


class GeneratorDistribution(BaseEstimator):  # type: ignore[misc]
    """A generator as skfolio's distribution estimator.

    Parameters
    ----------
    generator : Generator
        Anything that follows ``fingen_core.generators.protocol.base.Generator``. If it is fitted already it stays as
        it is, and fitting only brings its state up to date: that is a frozen model.
    horizon : int
        Days that a sample spans; samples are simple returns over all of them.
    random_state : int
        Seed.
    refit : bool
        Whether the generator itself learns from the returns at each ``fit``.
    """

    def __init__(self, generator: Any, horizon: int = 1, random_state: int = 0, refit: bool = True) -> None:
        self.generator = generator
        self.horizon = horizon
        self.random_state = random_state
        self.refit = refit

    def __sklearn_clone__(self) -> Self:
        """A copy that shares the generator: a fitted network is not copied for every optimization."""
        return type(self)(self.generator, self.horizon, self.random_state, self.refit)

    def fit(self, X: Any, y: None = None) -> Self:
        """Learn from daily simple returns, or only take the state after the last of them.

        Parameters
        ----------
        X : DataFrame or array, shape (n_days, n_assets)
            Columns are tickers and the index dates where there are any.
        """
        del y
        history = _market(X)
        if self.refit:
            self.generator.fit(history)
        if tuple(self.generator.tickers) != history.tickers:
            raise InvalidInput(
                f"returns of {', '.join(history.tickers[:5])} for a generator of "
                f"{', '.join(self.generator.tickers[:5])}: give the same assets in the same order"
            )
        self.state_ = self.generator.states(history).at(history.dates[-1])
        self.feature_names_in_ = np.array(history.tickers, dtype=object)
        self.n_features_in_ = history.n_assets
        return self

    def sample(self, n_samples: int = 1, conditioning: Mapping[Any, Any] | None = None) -> Array:
        """Simple returns over the horizon, shape (n_samples, n_assets).

        Parameters
        ----------
        n_samples : int
        conditioning : mapping, optional
            By ticker or position: ``(low, high)`` keeps samples whose return lies between both, infinity allowed; a
            number keeps the nearest of twenty times as many samples and sets that asset to it.

        Raises
        ------
        InvalidInput
            If an asset is unknown, or fewer than ``n_samples`` of 200 times as many samples meet the bounds.
        """
        if not conditioning:
            return self._draw(n_samples, self.random_state)
        bounds, points = self._conditions(conditioning)
        pool = self._within(bounds, n_samples * (_POOL if points else 1))
        if not points:
            return pool[:n_samples]
        spread = np.maximum(pool.std(axis=0), 1e-12)
        away = sum(((pool[:, asset] - value) / spread[asset]) ** 2 for asset, value in points.items())
        chosen = pool[np.argsort(away, kind="stable")[:n_samples]].copy()
        for asset, value in points.items():
            chosen[:, asset] = value
        return chosen

    def _draw(self, n_samples: int, seed: int) -> Array:
        paths = self.generator.sample(n_samples, self.horizon, state=self.state_, seed=seed)
        return asset_returns(paths)

    def _within(self, bounds: Mapping[int, tuple[float, float]], count: int) -> Array:
        kept: list[Array] = []
        for at in range(_MOST_ROUNDS):
            drawn = self._draw(max(count * (1 if not bounds else _POOL), 1), self.random_state + at)
            inside = np.ones(len(drawn), dtype=bool)
            for asset, (low, high) in bounds.items():
                inside &= (drawn[:, asset] >= low) & (drawn[:, asset] <= high)
            kept.append(drawn[inside])
            if sum(map(len, kept)) >= count:
                return np.concatenate(kept)[:count]
        met = sum(map(len, kept))
        raise InvalidInput(
            f"only {met:,} of {count * _POOL * _MOST_ROUNDS:,} generated samples meet the condition, {count:,} are "
            "needed: ask for something less rare, or for fewer samples"
        )

    def _conditions(self, conditioning: Mapping[Any, Any]) -> tuple[dict[int, tuple[float, float]], dict[int, float]]:
        names = list(self.feature_names_in_)
        bounds, points = {}, {}
        for name, value in conditioning.items():
            asset = names.index(name) if name in names else name
            if not isinstance(asset, int) or not 0 <= asset < len(names):
                raise InvalidInput(
                    f"condition on {name!r}, which is not in this market: choose from {', '.join(names)}"
                )
            if isinstance(value, tuple) and len(value) == 2 and value[0] < value[1]:
                bounds[asset] = (float(value[0]), float(value[1]))
            elif isinstance(value, int | float) and np.isfinite(value):
                points[asset] = float(value)
            else:
                raise InvalidInput(f"condition {value!r} on {name}: give a return, or (low, high) with low below high")
        return bounds, points


def _market(X: Any) -> Market:
    returns = X if isinstance(X, pd.DataFrame) else pd.DataFrame(np.asarray(X))
    dated = isinstance(returns.index, pd.DatetimeIndex)
    dates = returns.index if dated else pd.bdate_range("2000-01-04", periods=len(returns))
    growth = 1 + returns.to_numpy(dtype=np.float64)
    if not np.isfinite(growth).all() or (growth <= 0).any():
        raise InvalidInput("a daily return is not finite or loses everything: drop that asset or that day")
    prices = 100 * np.concatenate([np.ones((1, growth.shape[1])), np.cumprod(growth, axis=0)])
    eve = dates[0] - pd.offsets.BDay(1)
    frame = pd.DataFrame(prices, [eve, *dates], [str(column) for column in returns.columns])
    return Market(frame, Source(kind="upload", detail="returns"), name="Returns")
