"""The one-day protocol: fit up to a date, freeze, then forecast each later day from the evening before.

For each test day the generator's state is filtered up to the close before, next-day returns are drawn, and the drawn
returns of every portfolio are compared with the one that came. Nothing after that close is used, unless a yearly refit
is asked for, which uses all days before the year begins.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fingen_core.errors import InvalidInput
from fingen_core.generators.base import Generator
from fingen_core.market import Market
from fingen_core.metrics.risk import tail_of_sorted
from fingen_core.metrics.scores import crps_of_sorted, energy_score, fz0_unchecked
from fingen_core.metrics.validation import LEAST_SHORTFALL, TAILS
from fingen_core.portfolio.values import portfolio_returns
from fingen_core.portfolio.weights import evaluation_portfolios
from fingen_core.training.progress import Progress
from fingen_core.types import Array

__all__ = ["Forecasts", "OnProgress", "one_day", "walk"]

OnProgress = Callable[[Progress], None]

MIN_PATHS = 200
_REPORT_SECONDS = 0.5


@dataclass(frozen=True, eq=False, kw_only=True)
class Forecasts:
    """One-day forecasts of every portfolio, and what came. Returns are simple, in decimals; losses are positive.

    Attributes
    ----------
    dates : DatetimeIndex, length n_days
        The days that were forecast.
    portfolios : tuple of str, length n_portfolios
    realized : array, shape (n_days, n_portfolios)
    value_at_risk, expected_shortfall : array, shape (n_days, n_portfolios, 3)
        At the tails of ``metrics.validation.TAILS``.
    crps, pit : array, shape (n_days, n_portfolios)
    energy : array, shape (n_days,)
        Energy score over the assets.
    """

    dates: pd.DatetimeIndex
    portfolios: tuple[str, ...]
    realized: Array
    value_at_risk: Array
    expected_shortfall: Array
    crps: Array
    pit: Array
    energy: Array

    def hits(self) -> Any:
        """Days on which the loss exceeded value at risk, bool of shape (n_days, n_portfolios, 3)."""
        return self.realized[..., None] <= -self.value_at_risk

    def fz0(self) -> Array:
        """FZ0 of returns in percent, shape (n_days, n_portfolios, 3)."""
        var, es = 100 * self.value_at_risk, np.maximum(100 * self.expected_shortfall, LEAST_SHORTFALL)
        tails = np.array(TAILS)
        return np.stack(
            [fz0_unchecked(var[..., i], es[..., i], 100 * self.realized, tail) for i, tail in enumerate(tails)], axis=-1
        )

    def rows(self, group: str) -> list[int]:
        """Columns of a group of portfolios: "all", or the name of one."""
        if group == "all":
            return list(range(len(self.portfolios)))
        if group not in self.portfolios:
            raise InvalidInput(f"portfolio {group!r}: choose all, {', '.join(self.portfolios)}")
        return [self.portfolios.index(group)]

    def table(self) -> pd.DataFrame:
        """Tidy rows: date, portfolio, tail, realized, value_at_risk, expected_shortfall, hit, fz0, crps, pit."""
        index = pd.MultiIndex.from_product([self.dates, self.portfolios, TAILS], names=["date", "portfolio", "tail"])
        per_tail = {
            "value_at_risk": self.value_at_risk,
            "expected_shortfall": self.expected_shortfall,
            "hit": self.hits(),
            "fz0": self.fz0(),
        }
        per_day = {"realized": self.realized, "crps": self.crps, "pit": self.pit}
        columns = {name: values.reshape(-1) for name, values in per_tail.items()}
        columns |= {name: np.repeat(values.reshape(-1), len(TAILS)) for name, values in per_day.items()}
        return pd.DataFrame(columns, index).reset_index()

    def save(self, path: Path) -> None:
        """Write as one ``.npz``, whole or not at all."""
        arrays = {item.name: getattr(self, item.name) for item in fields(self)}
        arrays |= {"dates": self.dates.as_unit("s").asi8, "portfolios": np.array(self.portfolios)}
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        with partial.open("wb") as file:
            np.savez_compressed(file, **arrays)
        partial.replace(path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what ``save`` wrote."""
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        dates = pd.DatetimeIndex(arrays.pop("dates").astype("datetime64[s]"), name="date")
        return cls(dates=dates, portfolios=tuple(map(str, arrays.pop("portfolios"))), **arrays)


def walk(
    generator: Generator,
    market: Market,
    from_date: str | pd.Timestamp,
    *,
    to_date: str | pd.Timestamp | None = None,
    n_paths: int = 2000,
    seed: int = 0,
    refit_yearly: bool = False,
    on_progress: OnProgress | None = None,
) -> Forecasts:
    """Forecast each day after ``from_date`` from the evening before.

    Parameters
    ----------
    generator : Generator
        Already fitted, to days up to ``from_date`` and not beyond.
    market : Market
        History before and during the test; the part before warms the filter up.
    from_date, to_date : date
        The first test day is the first one after ``from_date``, the last one is ``to_date`` (or the market's last).
    n_paths : int
        Draws per day, at least 200; under 1,000 the score at 1 % is noisy and biased.
    seed : int
        Each day draws with a seed of its own that depends on this one and on the date.
    refit_yearly : bool
        Fit again to all days before each later calendar year, by the generator's ``refit``.
    on_progress : callable, optional
        Told the day and the seconds left, about twice a second.

    Raises
    ------
    InvalidInput
        If no day is left to test, there are too few paths, or a draw is not finite.
    """
    if n_paths < MIN_PATHS:
        raise InvalidInput(f"{n_paths} paths: a 1 % tail needs at least {MIN_PATHS}, and 2,000 to be compared with")
    days = _test_days(market, from_date, to_date)
    report = _Reporter(len(days), f"Forecasts of {generator.label}", on_progress)
    portfolios = evaluation_portfolios(market.tickers)
    realized = portfolio_returns(market.log_returns()[days], portfolios.to_numpy())
    evenings = _evenings(generator, market, days, refit_yearly)
    pieces = []
    for number, (day, (current, state)) in enumerate(zip(days, evenings, strict=True)):
        drawn = current.sample(n_paths, 1, state=state, seed=_day_seed(seed, market.return_dates[day]))
        returns = np.expm1(drawn[:, 0])
        came = np.expm1(market.log_returns()[day])
        if not np.isfinite(returns).all():
            raise InvalidInput(
                f"{generator.label} drew a return that is not finite for {market.return_dates[day]:%Y-%m-%d}: "
                "train it again with a lower learning rate, or leave out the asset with the roughest prices"
            )
        pieces.append((*_judged(returns, portfolios.to_numpy(), realized[number]), energy_score(returns, came)))
        report(number + 1)
    var, es, crps, pit, energy = (np.stack(piece) for piece in zip(*pieces, strict=True))
    return Forecasts(
        dates=market.return_dates[days],
        portfolios=tuple(portfolios.index),
        realized=realized,
        value_at_risk=var,
        expected_shortfall=es,
        crps=crps,
        pit=pit,
        energy=energy,
    )


def one_day(generator: Generator, market: Market, from_date: str | pd.Timestamp, **options: Any) -> pd.DataFrame:
    """Scores of one generator by the one-day protocol as a tidy table: group, metric, value.

    ``options`` are those of ``walk``; the metrics those of ``summary``.
    """
    from fingen_core.forecast.summary import summary

    return summary(walk(generator, market, from_date, **options))


def _test_days(market: Market, from_date: str | pd.Timestamp, to_date: str | pd.Timestamp | None) -> NDArray[np.intp]:
    dates = market.return_dates
    first = int(dates.searchsorted(pd.Timestamp(from_date), side="right"))
    last = len(dates) if to_date is None else int(dates.searchsorted(pd.Timestamp(to_date), side="right"))
    if first >= last:
        raise InvalidInput(
            f"no day to test after {pd.Timestamp(from_date):%Y-%m-%d}: this market ends on {dates[-1]:%Y-%m-%d}, "
            "choose an earlier date"
        )
    return np.arange(first, last)


def _evenings(
    generator: Generator, market: Market, days: NDArray[np.intp], refit_yearly: bool
) -> Iterator[tuple[Generator, Any]]:
    """Generator and its state on the evening before each of ``days``."""
    states, year = generator.states(market), market.return_dates[days[0]].year
    for day in days:
        date, evening = market.return_dates[day], market.dates[day]
        if refit_yearly and date.year != year:
            generator = _refitted(generator, market.between(end=evening))
            states, year = generator.states(market), date.year
        yield generator, states.at(evening)


def _day_seed(seed: int, date: pd.Timestamp) -> int:
    """A seed of the day's own, so that no two days and no two runs share their noise."""
    return int(np.random.SeedSequence([seed, date.toordinal()]).generate_state(1)[0] >> 1)


def _refitted(generator: Generator, history: Market) -> Generator:
    refit = getattr(generator, "refit", None)
    if refit is None:
        raise InvalidInput(f"{generator.label} cannot be refitted during a walk: leave out the yearly refit")
    fresh: Generator = refit(history)
    return fresh


def _judged(returns: Any, weights: Array, realized: Array) -> tuple[Array, Array, Array, Array]:
    """Value at risk, shortfall (n_portfolios, 3), CRPS and PIT (n_portfolios,) of one day's draws."""
    outcomes = weights.astype(np.float32) @ returns.T
    outcomes.sort(axis=1)
    tails = [tail_of_sorted(outcomes.T, tail) for tail in TAILS]
    var, es = (-np.stack([tail[part] for tail in tails], axis=-1).astype(np.float64) for part in (0, 1))
    below = (outcomes < realized[:, None]).sum(axis=1)
    return var, es, crps_of_sorted(outcomes, realized), (below + 0.5) / (outcomes.shape[1] + 1)


class _Reporter:
    """Tells progress about twice a second, and at the end."""

    def __init__(self, n_steps: int, phase: str, on_progress: OnProgress | None) -> None:
        self.n_steps, self.phase, self.on_progress = n_steps, phase, on_progress
        self.start = self.told = time.perf_counter()

    def __call__(self, step: int) -> None:
        now = time.perf_counter()
        if self.on_progress is None or (now - self.told < _REPORT_SECONDS and step < self.n_steps):
            return
        self.told, spent = now, now - self.start
        left = spent / step * (self.n_steps - step)
        self.on_progress(
            Progress(phase=self.phase, step=step, n_steps=self.n_steps, seconds_left=left, throughput=step / spent)
        )
