"""Days of history on which the market was in a state that somebody asks for, and paths that set out from them.

A state is said in percentiles of the market's own history, so that it means the same on every market:

- **volatility** of the equal-weight portfolio over the last month (21 days; at least five steps where steps are longer
  than days), 0 for the calmest evening of history
- **trend**, its return over the last quarter (63 days), 0 for the worst

What is not asked for stays as it was on those days. Days count by a Gaussian kernel on the distance in percentiles; its
width follows the history: narrow at the ends, where a percentile more is another world, and never so narrow that fewer
than about twenty days count. Each path sets out from a day of its own, so the paths carry the variety of these days.
No generator is trained for it: whoever has a state after each day of a history can be asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.generators.protocol.base import Generator, States
from fingen_core.generators.protocol.conditions import Condition, checked_condition, of_market
from fingen_core.market import Market, Step
from fingen_core.types import Array, Paths

__all__ = [
    "FAR",
    "Evenings",
    "ManyStates",
    "conditions_over_time",
    "draw",
    "evenings",
    "standing",
    "starts",
]

FAR = 5.0
"""Distance in percentile points beyond which no day of history counts as having been in a state."""

_LEAST_DAYS = 20
_WIDEST, _NARROWEST = 2.5, 0.5
_WEEKDAYS = 1.5  # calendar days per trading day, and a little more


@runtime_checkable
class ManyStates(States, Protocol):
    """States of which several can be taken at once, one per path."""

    def each(self, dates: pd.DatetimeIndex) -> Any:
        """States after the last close on or before each date, along a leading axis."""
        ...


@dataclass(frozen=True, eq=False, kw_only=True)
class Evenings:
    """The days that match a state.

    Attributes
    ----------
    dates : DatetimeIndex
        Days that count, in their order.
    weights : array, shape (n_days,)
        Share of the paths that set out from each; they sum to 1.
    asked, reached : mapping
        Percentiles by name: those asked for, and the mean of the days.
    levels : mapping
        Mean "volatility" of the days (per day, decimals) and mean "trend" (log return over a quarter).
    nearest : Timestamp
        The day that comes closest.
    nearest_state : mapping
        Its percentiles.
    n_episodes : int
        Stretches of history that the days fall into; days less than a month apart tell one story.
    step : Step
        Of the history.
    """

    dates: pd.DatetimeIndex
    weights: Array
    asked: Mapping[str, float]
    reached: Mapping[str, float]
    levels: Mapping[str, float]
    nearest: pd.Timestamp
    nearest_state: Mapping[str, float]
    n_episodes: int
    step: Step

    @property
    def n_effective(self) -> float:
        """Number of equally weighted days that say as much."""
        return float(1 / (self.weights**2).sum())

    @property
    def distance(self) -> float:
        """Percentile points between what was asked for and the nearest day."""
        return float(np.hypot.reduce([self.asked[name] - self.nearest_state[name] for name in self.asked]))

    @property
    def is_far(self) -> bool:
        """Whether history holds no day in this state."""
        return self.distance > FAR

    def drawn(self, n_paths: int, seed: int) -> pd.DatetimeIndex:
        """A day for each path, by weight; the same arguments give the same days."""
        rows = np.random.default_rng([seed, 1]).choice(len(self.dates), size=n_paths, p=self.weights)
        return self.dates[np.asarray(rows)]

    def examples(self, most: int = 3) -> tuple[str, ...]:
        """ISO dates of the heaviest days, each from another episode."""
        chosen: list[int] = []
        apart = (
            _WEEKDAYS * self.step.stretch if self.step.unit == "day" else 365 / self.step.per_year * self.step.stretch
        )
        for row in np.argsort(-self.weights, kind="stable"):
            if all(abs((self.dates[row] - self.dates[other]).days) > apart for other in chosen):
                chosen.append(int(row))
            if len(chosen) == most:
                break
        return tuple(f"{self.dates[row]:%Y-%m-%d}" for row in chosen)

    def sentence(self) -> str:
        """Where the paths set out from, and how well that matches, for people."""
        named = ", ".join(self.examples())
        yearly = self.levels["volatility"] * np.sqrt(self.step.per_year)
        said = (
            f"{self.step.words(len(self.dates))} of history in {self.n_episodes} episodes (worth "
            f"{self.n_effective:,.0f} equal {self.step.nouns}), such as {named}; their volatility was "
            f"{yearly * 100:.0f} % a year, their quarter brought "
            + f"{np.expm1(self.levels['trend']) * 100:+.0f} %".replace("-0 %", "0 %").replace("-", "\u2212")
        )
        reached = " and ".join(f"{value:.0f} of {name}" for name, value in self.reached.items())
        said += f" (on average percentile {reached})."
        if not self.is_far:
            return said
        nearest = " and ".join(f"{value:.0f} of {name}" for name, value in self.nearest_state.items())
        return (
            f"No {self.step.noun} of history was in this state. The nearest, {self.nearest:%Y-%m-%d}, stood at "
            f"percentile {nearest}, {self.distance:.0f} points away. Paths set out from the {self.step.nouns} that "
            f"come nearest: {said}"
        )

    def facts(self) -> dict[str, Any]:
        """JSON values for a file or an answer."""
        return {
            "reached": {name: round(value, 2) for name, value in self.reached.items()},
            "days": len(self.dates),
            "effective_days": round(self.n_effective, 1),
            "episodes": self.n_episodes,
            "examples": list(self.examples()),
            "nearest": f"{self.nearest:%Y-%m-%d}",
            "distance": round(self.distance, 2),
            "sentence": self.sentence(),
        }


def conditions_over_time(history: Market) -> pd.DataFrame:
    """The state of the market after each day: columns volatility and trend, by date.

    Volatility is the root mean square of equal-weight daily log returns over a month, trend their sum over a quarter;
    the first days of the history, which still lack a past, are left out.

    Raises
    ------
    InvalidInput
        If fewer than twenty days would be left.
    """
    moves = pd.Series(history.log_returns().mean(axis=1), history.return_dates)
    month, quarter = history.step.stretch, history.step.quarter
    first = max(
        month, quarter, min(250, len(moves) // 2)
    )  # filters, too, need a past before their states mean anything
    if len(moves) - first < _LEAST_DAYS:
        raise InvalidInput(
            f"{len(moves)} {history.step.adjective} returns in {history.name}: a state of the market needs "
            f"{max(month, quarter) + _LEAST_DAYS} to "
            "compare, choose an earlier start"
        )
    volatility = np.sqrt((moves**2).rolling(month).mean())
    return pd.DataFrame({"volatility": volatility, "trend": moves.rolling(quarter).sum()}).iloc[first - 1 :]


def evenings(history: Market, condition: Condition) -> Evenings:
    """The days of a history on which the market was in a state.

    Parameters
    ----------
    history : Market
    condition : mapping
        Percentiles (0 to 100) of "volatility", "trend" or both; other names are not looked at.

    Raises
    ------
    InvalidInput
        If neither is asked for, a percentile breaks its rule, or the history is too short.
    """
    asked = of_market(checked_condition(condition))
    if not asked:
        raise InvalidInput("no state of the market asked for: give a percentile of volatility, of trend, or of both")
    levels = conditions_over_time(history)
    percentiles = (levels.rank() - 1) / (len(levels) - 1) * 100
    gaps = np.stack([percentiles[name].to_numpy() - value for name, value in asked.items()])
    widths = np.array([np.clip(min(value, 100 - value), _NARROWEST, _WIDEST) for value in asked.values()])
    distance = np.sqrt(((gaps / widths[:, None]) ** 2).sum(axis=0))
    beyond = distance - distance.min()  # where nothing is near, the nearest count most
    reach = max(1.0, float(np.partition(beyond, _LEAST_DAYS - 1)[_LEAST_DAYS - 1]))
    weights = np.exp(-0.5 * (beyond / reach) ** 2)
    rows = np.flatnonzero(beyond <= 3 * reach)
    share = weights[rows] / weights[rows].sum()
    nearest = int(np.argmin(np.hypot.reduce(gaps)))
    return Evenings(
        dates=pd.DatetimeIndex(levels.index[rows]),
        weights=share,
        asked=asked,
        reached={name: float(share @ percentiles[name].to_numpy()[rows]) for name in asked},
        levels={name: float(share @ levels[name].to_numpy()[rows]) for name in levels},
        nearest=levels.index[nearest],
        nearest_state={name: float(percentiles[name].iloc[nearest]) for name in asked},
        n_episodes=1 + int((np.diff(rows) > history.step.stretch).sum()),
        step=history.step,
    )


def standing(history: Market, day: pd.Timestamp) -> dict[str, float]:
    """Where an evening stands among all of history: percentiles of "volatility" and "trend", 0 the calmest, the worst.

    Raises
    ------
    InvalidInput
        If the history has no state on that day yet, or is too short.
    """
    levels = conditions_over_time(history)
    row = int(levels.index.searchsorted(day, side="right")) - 1
    if row < 0:
        raise InvalidInput(
            f"no state of {history.name} on {day:%Y-%m-%d}: it is known from {levels.index[0]:%Y-%m-%d} on, choose a "
            "later day"
        )
    return {name: float((levels[name] < levels[name].iloc[row]).mean() * 100) for name in levels}


def starts(label: str, states: States, dates: pd.DatetimeIndex) -> Any:
    """A generator's states after several days, one per path; ``InvalidInput`` for a generator that forgets."""
    if not isinstance(states, ManyStates):
        raise InvalidInput(
            f"{label} draws the same whatever the market's state: ask a model or filtered historical simulation, or "
            "leave volatility and trend out"
        )
    return states.each(dates)


def draw(
    generator: Generator,
    history: Market,
    n_paths: int,
    n_steps: int,
    *,
    condition: Condition | None = None,
    states: States | None = None,
    seed: int,
) -> Paths:
    """Log returns (n_paths, n_steps, n_assets) under any condition that a generator answers to.

    Parameters
    ----------
    generator : Generator
    history : Market
        Where days in the state of the market are looked for; the generator's tickers.
    condition : mapping, optional
        A state of the market, and what the generator has learned; without, paths set out from the history's last day.
    states : States, optional
        ``generator.states(history)``, where it is at hand.

    Raises
    ------
    InvalidInput
        If a condition breaks its rule or the generator has not learned it.
    """
    asked = checked_condition(condition)
    learned = {name: value for name, value in asked.items() if name not in of_market(asked)} or None
    states = states or generator.states(history)
    if of_market(asked):
        days = evenings(history, asked).drawn(n_paths, seed)
        state = starts(generator.label, states, days)
    else:
        state = states.at(history.dates[-1])
    return generator.sample(n_paths, n_steps, state=state, condition=learned, seed=seed)
