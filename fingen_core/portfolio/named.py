"""Scenarios of every kind side by side: named sets of paths, what each costs, and which asset brings how much of it.

A set is anything that has gains of the assets from the start to its end: the worst share of generated paths, paths
from a crisis day's state, one stretch of history, or paths that a condition weighs. Whoever makes one names it here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from fingen_core.errors import InvalidInput
from fingen_core.market import Market
from fingen_core.portfolio.risk import Kind
from fingen_core.types import Array

__all__ = ["NamedPaths", "scenario_table", "waterfall"]

_FEWEST = 10
"""Effective paths below which no band of a mean is given."""

_NINETY = 1.645


@dataclass(frozen=True, eq=False, kw_only=True)
class NamedPaths:
    """A scenario: one path or many, with a name.

    Attributes
    ----------
    name : str
        For people, unique in a table: "Replay: Lehman".
    group : str
        The kind of scenario: "Severity", "State", "Replay", "What if", "Reverse".
    kind : {"generated", "history", "rival"}
        What the color means.
    gains : array, shape (n_paths, n_assets)
        Simple returns of the assets from start to end.
    n_steps : int
        Days from start to end.
    chances : array, shape (n_paths,), or None
        Weights of the paths, not negative; ``None`` counts all alike.
    effective : float or None
        Number of independent paths that the set is worth, where a search says so; else it follows from ``chances``.
    chosen : float
        Share of a larger sample of which these are the worst; 1 for all of it. Where such a tail begins is an estimate
        too, and widens the band of its mean.
    note : str
        The sample in words, what stands in for missing assets, how plausible it is.
    """

    name: str
    group: str
    kind: Kind
    gains: Array
    n_steps: int
    chances: Array | None = None
    effective: float | None = None
    chosen: float = 1.0
    note: str = ""

    def __post_init__(self) -> None:
        if self.gains.ndim != 2 or not len(self.gains) or not np.isfinite(self.gains).all():
            raise InvalidInput(f"{self.name}: gains of shape {self.gains.shape}, need finite ones (n_paths, n_assets)")
        if self.chances is not None and (
            self.chances.shape != (len(self.gains),) or (self.chances < 0).any() or not self.chances.sum() > 0
        ):
            raise InvalidInput(f"{self.name}: weights of paths must be one per path, none negative, not all 0")

    @property
    def probabilities(self) -> Array:
        """Weights of the paths, together 1."""
        if self.chances is None:
            return np.full(len(self.gains), 1 / len(self.gains))
        return np.asarray(self.chances / self.chances.sum())

    @property
    def n_effective(self) -> float:
        """Number of equally weighted paths that would tell as much: ``1 / sum p^2`` (Kish), or what a search says."""
        if self.effective is not None:
            return self.effective
        return float(1 / (self.probabilities**2).sum())


def waterfall(scenario: NamedPaths, weights: ArrayLike) -> Array:
    """Mean profit of every position over the paths, shape (n_assets,); the sum is the portfolio's mean return."""
    return np.asarray(scenario.probabilities @ scenario.gains * np.asarray(weights, dtype=np.float64))


def scenario_table(
    scenarios: Sequence[NamedPaths], weights: ArrayLike, value_at_risk: float, market: Market | None = None
) -> pd.DataFrame:
    """What each scenario costs.

    Parameters
    ----------
    scenarios : sequence of NamedPaths
    weights : array, shape (n_assets,)
    value_at_risk : float
        What losses are measured by; NaN or not above 0 leaves the multiple empty.
    market : Market or None
        Whose history tells whether a loss has a precedent; without it only the replays tell.

    Returns
    -------
    DataFrame
        Columns scenario, group, kind, days, paths (effective number), loss (mean over the paths), reach (half of its
        90 % band, by the effective number; NaN of few paths and of history, whose windows overlap), worst, multiple,
        worst_asset (the position that loses most, by mean), precedent (the most that this portfolio lost in as many
        days of history, or in a replay of no more days; NaN where neither is known), precedent_of (which one, in
        words), beyond (of generated sets whose mean loss lies above the precedent: how many times it; infinite where
        nothing was ever lost; else NaN), drawn (number of paths), ruined (those that lose more than everything, as
        short positions can), note; losses positive, shares of the value; the largest loss first.
    """
    shares = np.asarray(weights, dtype=np.float64)
    rows = []
    for scenario in scenarios:
        brought = waterfall(scenario, shares)
        loss = -float(brought.sum())
        returns = scenario.gains[scenario.probabilities > 0] @ shares
        precedent, told = _precedent(scenario.n_steps, scenarios, shares, market)
        rows.append(
            {
                "scenario": scenario.name,
                "group": scenario.group,
                "kind": scenario.kind,
                "days": scenario.n_steps,
                "paths": scenario.n_effective,
                "loss": loss,
                "reach": _reach(scenario, shares),
                "worst": -float(returns.min()),
                "multiple": loss / value_at_risk if value_at_risk > 0 else np.nan,
                "worst_asset": int(np.argmin(brought)),
                "precedent": precedent,
                "precedent_of": told,
                "beyond": _beyond(loss, precedent) if scenario.kind != "history" else np.nan,
                "drawn": len(returns),
                "ruined": int((returns < -1).sum()),
                "note": scenario.note,
            }
        )
    return pd.DataFrame(rows).sort_values("loss", ascending=False, kind="stable", ignore_index=True)


def _reach(scenario: NamedPaths, shares: Array) -> float:
    if scenario.kind == "history" or scenario.n_effective < _FEWEST:
        return float("nan")
    returns, p = scenario.gains @ shares, scenario.probabilities
    mean = p @ returns
    variance = p @ (returns - mean) ** 2 + (1 - scenario.chosen) * (returns.max() - mean) ** 2
    return float(_NINETY * np.sqrt(variance / scenario.n_effective))


def _precedent(n_days: int, scenarios: Sequence[NamedPaths], shares: Array, market: Market | None) -> tuple[float, str]:
    """The most that was really lost in so many days, by windows of history and by replays that took no longer."""
    found = [
        (-float((one.gains @ shares).min()), one.name)
        for one in scenarios
        if one.kind == "history" and one.n_steps <= n_days
    ]
    if market is not None and market.n_steps >= n_days:
        closes, first, last = market.prices.to_numpy(), market.dates[0], market.dates[-1]
        loss = -float(((closes[n_days:] / closes[:-n_days] - 1) @ shares).min())
        length = market.step.noun if n_days == 1 else market.step.words(n_days)
        found.insert(0, (loss, f"the worst {length} of {first:%Y}-{last:%Y}"))
    return max(found, key=lambda one: round(one[0], 9)) if found else (float("nan"), "")


def _beyond(loss: float, precedent: float) -> float:
    if not loss > max(precedent, 0.0):  # also where no precedent is known
        return float("nan")
    return loss / precedent if precedent > 0 else float("inf")
