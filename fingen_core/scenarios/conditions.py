"""What-if conditions: how far something moves within how many days, and when a path satisfies them all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from fingen_core.errors import InvalidInput
from fingen_core.market.step import Step
from fingen_core.scenarios.losses import holding_returns
from fingen_core.types import Array, Paths

__all__ = ["NEAREST", "Conditions", "View", "percent_words", "refuse_contradictions", "values_of"]

NEAREST = "The nearest that it can give: "
"""Begins what a refusal offers instead: a question that can be asked as it is, up to a full stop and a space."""

_LEAST_WIDTH, _HALF_WIDTH = 1e-4, 0.01


@dataclass(frozen=True, kw_only=True)
class View:
    """One condition: holdings bought at the start have returned between ``low`` and ``high`` after some days.

    Attributes
    ----------
    label : str
        What moves, for people.
    weights : tuple of float
        Shares of the wealth, one per asset; a single asset has one 1.
    low, high : float or None
        Simple returns, decimals; ``None`` leaves that side open.
    n_days : int
        Steps of the market: days where its prices are daily.

    Raises
    ------
    InvalidInput
        If the range is empty, open on both sides, narrower than .01 %, or below -100 %.
    """

    label: str
    weights: tuple[float, ...]
    low: float | None
    high: float | None
    n_days: int

    def __post_init__(self) -> None:
        if self.low is None and self.high is None:
            raise InvalidInput(f"{self.label} may move anywhere: say from where to where, as in -21 % to -19 %")
        for value in (self.low, self.high):
            if value is not None and not (np.isfinite(value) and abs(value) <= 20):
                raise InvalidInput(f"{self.label} {value * 100:g} %: a move lies between -2,000 % and 2,000 %")
        if self.low is not None and self.high is not None and self.high - self.low < _LEAST_WIDTH:
            raise InvalidInput(
                f"{self.label} from {self.low * 100:g} % to {self.high * 100:g} %: give a range from the lower to the "
                "higher return, at least 0.01 % wide, as in -21 % to -19 %"
            )
        long_only = min(self.weights) >= 0 and sum(self.weights) <= 1 + 1e-9
        if long_only and self.high is not None and self.high <= -1:
            raise InvalidInput(f"{self.label} {self.range_words()}: nothing loses more than 100 %; ask for less")
        if isinstance(self.n_days, bool) or self.n_days < 1:
            raise InvalidInput(f"{self.label} within {self.n_days} days: use a whole number from 1 on")

    @property
    def middle(self) -> float:
        """The center of the range, or its closed end."""
        if self.low is None:
            return float(self.high if self.high is not None else 0.0)
        return self.low if self.high is None else (self.low + self.high) / 2

    def around(self, value: float) -> Self:
        """The same condition, moved so that ``value`` satisfies it, in tenths of a percent; ranges 2 % wide or more."""
        value = round(value, 3)
        if self.low is None or self.high is None:
            holds = value <= self.high if self.high is not None else value >= (self.low or 0.0)
            ends = (None, value) if self.low is None else (value, None)
            return self if holds else replace(self, low=ends[0], high=ends[1])
        half = max((self.high - self.low) / 2, _HALF_WIDTH)
        middle = self.middle if self.low <= value <= self.high else value
        return replace(self, low=middle - half, high=middle + half)

    def words(self, step: Step) -> str:
        """ "JPM -21 % to -19 % after 10 days", where steps are days."""
        return f"{self.label} {self.range_words()} {self.after(step)}"

    def range_words(self) -> str:
        """ "-21 % to -19 %"."""
        if self.low is None:
            return f"{percent_words(self.high or 0.0)} or less"
        if self.high is None:
            return f"{percent_words(self.low)} or more"
        return f"{percent_words(self.low)} to {percent_words(self.high)}"

    def after(self, step: Step) -> str:
        """ "after 10 days"."""
        return f"after {step.words(self.n_days)}"

    def as_dict(self) -> dict[str, Any]:
        """JSON values; ``from_dict`` gives back an equal view."""
        return {**vars(self), "weights": list(self.weights)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        return cls(**{**values, "weights": tuple(values["weights"])})


@dataclass(frozen=True, eq=False)
class Conditions:
    """Several views at once, as scores for a search.

    Attributes
    ----------
    views : tuple of View
    spreads, centers : array, shape (n_views,)
        Standard deviation and median of what the views look at, of plain paths: views are measured by their own spread,
        so that none drowns another.
    """

    views: tuple[View, ...]
    spreads: Array
    centers: Array

    @classmethod
    def of(cls, views: Sequence[View], plain: Paths, step: Step) -> Self:
        """Conditions on paths like ``plain``, shape (n_paths, n_steps, n_assets)."""
        _refuse_unfit(views, plain.shape[1], plain.shape[2], step)
        values = values_of(views, plain)
        return cls(tuple(views), np.maximum(values.std(axis=0), 1e-6), np.median(values, axis=0))

    def values(self, paths: Paths) -> Array:
        """Returns that the views look at, shape (n_paths, n_views)."""
        return values_of(self.views, paths)

    def satisfied(self, paths: Paths) -> Array:
        """Whether a path satisfies all views, shape (n_paths,)."""
        return np.asarray(self.score(paths)[:, -1] >= 0)

    def score(self, paths: Paths) -> Array:
        """Shape (n_paths, 2): 0 where satisfied, else minus the largest miss in spreads.

        The first column asks for "at least as far out" only, which a search reaches step by step; the second for the
        range itself. A range that holds the median is a range in both.
        """
        values = self.values(paths)
        columns = []
        for outward in (True, False):
            misses = [self._miss(row, view, values[:, row], outward) for row, view in enumerate(self.views)]
            columns.append(-np.max(misses, axis=0))
        return np.stack(columns, axis=1)

    def _miss(self, row: int, view: View, values: Array, outward: bool) -> Array:
        low = -np.inf if view.low is None else view.low
        high = np.inf if view.high is None else view.high
        if outward and high < self.centers[row]:
            low = -np.inf
        elif outward and low > self.centers[row]:
            high = np.inf
        return np.asarray(np.maximum(np.maximum(low - values, values - high), 0) / self.spreads[row])


def values_of(views: Sequence[View], paths: Paths) -> Array:
    """Returns that views look at, shape (n_paths, n_views)."""
    return np.stack([holding_returns(paths, view.weights, view.n_days) for view in views], axis=1)


def refuse_contradictions(views: Sequence[View], step: Step) -> None:
    """Refuse views of the same holdings after the same time whose ranges have nothing in common: no path satisfies
    both, and a search would take a minute to say so.

    Raises
    ------
    InvalidInput
    """
    for at, one in enumerate(views):
        for other in views[at + 1 :]:
            if one.n_days == other.n_days and one.weights == other.weights and _apart(one, other):
                raise InvalidInput(
                    f"{one.words(step)} and {other.words(step)}: both cannot hold; leave one out, or give them "
                    f"different {step.nouns}"
                )


def _apart(one: View, other: View) -> bool:
    low = max(-np.inf if view.low is None else view.low for view in (one, other))
    high = min(np.inf if view.high is None else view.high for view in (one, other))
    return bool(high - low < _LEAST_WIDTH)


def percent_words(value: float) -> str:
    """A decimal as signed percent in as few digits as it needs: -0.2 is "-20 %"."""
    rounded = round(value * 100, 2) + 0.0
    return f"{rounded:+g}\u202f%".replace("-", "\u2212") if rounded else "0\u202f%"


def _refuse_unfit(views: Sequence[View], n_steps: int, n_assets: int, step: Step) -> None:
    if not 1 <= len(views) <= 6:
        raise InvalidInput(f"{len(views)} conditions: give 1 to 6, more leave the model no freedom")
    for view in views:
        if view.n_days > n_steps:
            raise InvalidInput(
                f"{view.label} {view.after(step)}, but paths have {n_steps}: choose a longer horizon, or fewer "
                f"{step.nouns}"
            )
        if len(view.weights) != n_assets:
            raise InvalidInput(f"{view.label} holds {len(view.weights)} assets, but the model has {n_assets}")
    refuse_contradictions(views, step)
