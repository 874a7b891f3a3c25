"""Walk forward: fit up to a date, freeze, then forecast later days from the evening before.

For each forecast the generator's state is filtered up to the close before, returns over the horizon are drawn, and the
drawn return of every portfolio is compared with the one that came. Nothing after that close is used, unless a yearly
refit is asked for, which uses all days before the year begins. Over several days a portfolio is bought at its weights
and held: its return is the weighted sum of the assets' compounded returns.

Draws are made one after the other, in order, so a generator need not be safe to share between threads; while the next
forecast is drawn, the one before is judged in a second thread (sorting and products of matrices leave the
interpreter's lock alone).
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fingen_core.errors import InvalidInput, Stopped
from fingen_core.forecast.starts import Evenings
from fingen_core.generators.protocol.base import Generator
from fingen_core.market import Market
from fingen_core.metrics.risk import tail_of_sorted
from fingen_core.metrics.scores import crps_of_sorted, energy_score, fz0_unchecked, pinball
from fingen_core.metrics.validation import LEAST_SHORTFALL, QUANTILES, TAILS
from fingen_core.portfolio.weights import evaluation_portfolios
from fingen_core.training.progress import Progress
from fingen_core.types import Array

__all__ = ["MIN_PATHS", "Forecasts", "OnProgress", "walk"]

OnProgress = Callable[[Progress], None]

MIN_PATHS = 200
_REPORT_SECONDS = 0.5
_AHEAD = 8  # draws that may wait for their judgement, so that memory stays bounded


@dataclass(frozen=True, eq=False, kw_only=True)
class Forecasts:
    """Forecasts of every portfolio, and what came. Returns are simple, in decimals; losses are positive.

    Attributes
    ----------
    dates : DatetimeIndex, length n_days
        The day on which each forecast's horizon ended.
    portfolios : tuple of str, length n_portfolios
    realized : array, shape (n_days, n_portfolios)
    value_at_risk, expected_shortfall : array, shape (n_days, n_portfolios, 3)
        At the tails of ``metrics.validation.TAILS``.
    crps, pit : array, shape (n_days, n_portfolios)
    energy : array, shape (n_days,)
        Energy score over the assets.
    horizon : int
        Days that each forecast spans; over several days a portfolio is bought at its weights and held.
    stride : int
        Days from one forecast to the next.
    quantiles : array, shape (n_days, n_portfolios, 7), or None
        Of the forecast, at ``metrics.validation.QUANTILES``; ``None`` where an earlier version made it.
    """

    dates: pd.DatetimeIndex
    portfolios: tuple[str, ...]
    realized: Array
    value_at_risk: Array
    expected_shortfall: Array
    crps: Array
    pit: Array
    energy: Array
    horizon: int = 1
    stride: int = 1
    quantiles: Any = None

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

    def pinball(self) -> Array:
        """Pinball loss of value at risk, of returns in percent, shape (n_days, n_portfolios, 3)."""
        y, quantiles = 100 * self.realized, -100 * self.value_at_risk
        return np.stack([pinball(quantiles[..., i], y, tail) for i, tail in enumerate(TAILS)], axis=-1)

    @property
    def overlap(self) -> int:
        """Forecasts in a row whose horizons share a day, at least 1: 2 for ten days on every fifth."""
        return max(1, -(-self.horizon // self.stride))

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
        arrays = {item.name: getattr(self, item.name) for item in fields(self) if getattr(self, item.name) is not None}
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
        names = tuple(map(str, arrays.pop("portfolios")))
        horizon, stride = (int(arrays.pop(name, np.ones(()))) for name in ("horizon", "stride"))
        return cls(dates=dates, portfolios=names, horizon=horizon, stride=stride, **arrays)


def walk(
    generator: Generator,
    market: Market,
    from_date: str | pd.Timestamp,
    *,
    to_date: str | pd.Timestamp | None = None,
    n_paths: int = 2000,
    seed: int = 0,
    refit_yearly: bool = False,
    horizon: int = 1,
    stride: int = 1,
    evenings: Evenings | None = None,
    on_progress: OnProgress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Forecasts:
    """Forecast the days after ``from_date``, each from the evening before.

    Parameters
    ----------
    generator : Generator
        Already fitted, to days up to ``from_date`` and not beyond.
    market : Market
        History before and during the test; the part before warms the filter up.
    from_date, to_date : date
        The first test day is the first one after ``from_date``, the last one is ``to_date`` (or the market's last).
    n_paths : int
        Draws per forecast, at least 200; under 1,000 the score at 1 % is noisy and biased.
    seed : int
        Each forecast draws with a seed of its own that depends on this one, its first day and the horizon.
    refit_yearly : bool
        Fit again to all days before each later calendar year, by the generator's ``refit``.
    horizon : int
        Days that each forecast spans.
    stride : int
        Days from one forecast to the next.
    evenings : Evenings, optional
        States and refits of another walk of the same generator over the same market and dates; then ``generator`` and
        ``refit_yearly`` have done their work there.
    on_progress : callable, optional
        Told the forecast and the seconds left, about twice a second.
    should_stop : callable, optional
        Asked before each forecast.

    Raises
    ------
    InvalidInput
        If no day is left to test, there are too few paths, or a draw is not finite.
    Stopped
        When ``should_stop`` turned true.
    """
    if n_paths < MIN_PATHS:
        raise InvalidInput(f"{n_paths} paths: a 1 % tail needs at least {MIN_PATHS}, and 2,000 to be compared with")
    days = _test_days(market, from_date, to_date, horizon, stride)
    phase = f"Forecasts of {generator.label}" + (f", {horizon} days" if horizon > 1 else "")
    report = _Reporter(len(days), phase, on_progress)
    portfolios = evaluation_portfolios(market.tickers)
    came = _came(market, days, horizon)
    known = evenings or Evenings(generator, market, from_date, refit_yearly=refit_yearly)
    draws = _drawn(known, days, n_paths, horizon, seed, should_stop)
    pieces = []
    for piece in _judged_behind(draws, portfolios.to_numpy(), came):
        pieces.append(piece)
        report(len(pieces))
    var, es, crps, pit, energy, quantiles = (np.stack(piece) for piece in zip(*pieces, strict=True))
    return Forecasts(
        dates=market.return_dates[days + horizon - 1],
        portfolios=tuple(portfolios.index),
        realized=came @ portfolios.to_numpy().T,
        value_at_risk=var,
        expected_shortfall=es,
        crps=crps,
        pit=pit,
        energy=energy,
        horizon=horizon,
        stride=stride,
        quantiles=quantiles,
    )


def _test_days(
    market: Market, from_date: str | pd.Timestamp, to_date: str | pd.Timestamp | None, horizon: int, stride: int
) -> NDArray[np.intp]:
    """Row of the first day of each forecast."""
    if horizon < 1 or stride < 1:
        raise InvalidInput(f"horizon of {horizon} days on every {stride}. day: both are whole numbers from 1 on")
    dates = market.return_dates
    first = int(dates.searchsorted(pd.Timestamp(from_date), side="right"))
    last = len(dates) if to_date is None else int(dates.searchsorted(pd.Timestamp(to_date), side="right"))
    if first >= last:
        raise InvalidInput(
            f"no day to test after {pd.Timestamp(from_date):%Y-%m-%d}: this market ends on {dates[-1]:%Y-%m-%d}, "
            "choose an earlier date"
        )
    if last - first < horizon:
        raise InvalidInput(
            f"{last - first} days to test after {pd.Timestamp(from_date):%Y-%m-%d}, but a forecast spans {horizon}: "
            "choose a shorter horizon or an earlier date"
        )
    return np.arange(first, last - horizon + 1, stride)


def _came(market: Market, days: NDArray[np.intp], horizon: int) -> Array:
    """Simple returns of the assets over each forecast's days, shape (n_days, n_assets)."""
    total = np.concatenate([np.zeros((1, market.n_assets)), np.cumsum(market.log_returns(), axis=0)])
    if horizon == 1:
        return np.asarray(np.expm1(market.log_returns()[days]))  # no rounding of a long sum
    return np.asarray(np.expm1(total[days + horizon] - total[days]))


def _drawn(  # noqa: PLR0917
    evenings: Evenings,
    days: NDArray[np.intp],
    n_paths: int,
    horizon: int,
    seed: int,
    should_stop: Callable[[], bool] | None,
) -> Iterator[Any]:
    """Drawn simple returns of the assets over the horizon, shape (n_paths, n_assets), forecast after forecast."""
    for day in days:
        if should_stop is not None and should_stop():
            raise Stopped("stopped on request before all days were forecast: start again to judge them")
        generator, state = evenings.before(int(day))
        date = evenings.market.return_dates[day]
        drawn = generator.sample(n_paths, horizon, state=state, seed=_day_seed(seed, date, horizon))
        returns = np.expm1(drawn[:, 0] if horizon == 1 else drawn.sum(axis=1))
        if not np.isfinite(returns).all():
            raise InvalidInput(
                f"{generator.label} drew a return that is not finite for {date:%Y-%m-%d}: "
                "train it again with a lower learning rate, or leave out the asset with the roughest prices"
            )
        yield returns


def _day_seed(seed: int, date: pd.Timestamp, horizon: int) -> int:
    """A seed of the forecast's own, so that no two days, horizons or runs share their noise."""
    entropy = [seed, date.toordinal()] if horizon == 1 else [seed, date.toordinal(), horizon]
    return int(np.random.SeedSequence(entropy).generate_state(1)[0] >> 1)


def _judged_behind(draws: Iterator[Any], weights: Array, came: Array) -> Iterator[tuple[Array, ...]]:
    """Judgements in the order of the draws, made in a second thread while the next are drawn."""
    waiting: deque[Future[tuple[Array, ...]]] = deque()
    with ThreadPoolExecutor(1, "judge") as pool:
        for returns, happened in zip(draws, came, strict=True):
            waiting.append(pool.submit(_judged, returns, weights, happened))
            if len(waiting) > _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _judged(returns: Any, weights: Array, came: Array) -> tuple[Array, ...]:
    """Value at risk, shortfall (n_portfolios, 3), CRPS, PIT (n_portfolios,), energy score, quantiles of a forecast."""
    realized = weights @ came
    outcomes = weights.astype(np.float32) @ returns.T
    outcomes.sort(axis=1)
    tails = [tail_of_sorted(outcomes.T, tail) for tail in TAILS]
    var, es = (-np.stack([tail[part] for tail in tails], axis=-1).astype(np.float64) for part in (0, 1))
    below = (outcomes < realized[:, None]).sum(axis=1)
    energy = np.float64(energy_score(returns, came))
    pit = (below + 0.5) / (outcomes.shape[1] + 1)
    edges = np.ceil(np.round(np.array(QUANTILES) * outcomes.shape[1], 9)).astype(int) - 1
    return var, es, crps_of_sorted(outcomes, realized), pit, np.asarray(energy), outcomes[:, edges]


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
