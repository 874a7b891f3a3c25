"""Judge a generator: tomorrow, the long run and novelty, by one protocol."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from fingen_core.errors import Stopped
from fingen_core.forecast.starts import Evenings
from fingen_core.forecast.walk_forward import Forecasts, OnProgress, walk
from fingen_core.generators.protocol.base import Generator
from fingen_core.market import Market
from fingen_core.metrics.long_run import MIN_STEPS, compare, floors, portrait
from fingen_core.metrics.novelty import novelty
from fingen_core.settings import commit
from fingen_core.types import Paths
from fingen_core.validation.judged import Judged, Reference
from fingen_core.validation.pace import Pace, Plan
from fingen_core.validation.protocol import Protocol

__all__ = ["judge", "long_run", "reference"]

_STARTS_SEED = 19900102
_WARM_DAYS = 250  # of the fit: filters still carry their start


def judge(
    generator: Generator,
    market: Market,
    protocol: Protocol,
    *,
    key: str,
    seed: int = 0,
    refit_yearly: bool = False,
    seconds_fit: float = 0.0,
    device: str = "",
    against: Reference | None = None,
    evenings: Evenings | None = None,
    on_progress: OnProgress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Judged:
    """Measure everything of a generator that was fitted to the days up to ``protocol.fit_until``.

    Parameters
    ----------
    generator : Generator
        Already fitted, to ``market`` up to ``protocol.fit_until`` and not beyond.
    market : Market
        All days, those of the fit and those of the test.
    protocol : Protocol
    key : str
        What tables call it.
    seed : int
        Of all draws.
    refit_yearly : bool
        Fit again to all days before each later calendar year, by the generator's ``refit``. The long run is that of
        the first fit.
    seconds_fit, device
        What the fit took and where, kept as facts.
    against : Reference, optional
        ``reference(market, protocol)`` where it is known already.
    evenings : Evenings, optional
        States and yearly refits shared with other judgements of the same generator.
    on_progress : callable, optional
        Told about twice a second; steps count over the whole judgement.
    should_stop : callable, optional
        Asked several times a second.

    Raises
    ------
    Stopped
        When ``should_stop`` turned true.
    InvalidInput
        If no day is left to test, or a draw is not finite.
    """
    began = time.perf_counter()
    fit, test = market.split(protocol.fit_until)
    if protocol.test_until is not None:
        test = test.between(end=protocol.test_until)
    history = (against or reference(market, protocol)).portrait
    shared = evenings or Evenings(generator, market, protocol.fit_until, refit_yearly=refit_yearly)
    pace = Pace(Plan.of(generator, protocol, test.n_steps), generator.label, on_progress)

    def forecasts(horizon: int, stride: int) -> Forecasts:
        return walk(
            generator,
            market,
            protocol.fit_until,
            to_date=protocol.test_until,
            n_paths=protocol.n_paths,
            seed=seed,
            horizon=horizon,
            stride=stride,
            evenings=shared,
            on_progress=pace.part(f"{market.step.words(horizon)} ahead"),
            should_stop=should_stop,
        )

    one_day = forecasts(1, _stride(test.n_steps, 1, protocol.max_days))
    horizon, ten_day = protocol.long_horizon, None
    if horizon is not None and test.n_steps >= horizon:
        ten_day = forecasts(horizon, _stride(test.n_steps - horizon + 1, protocol.stride, protocol.max_windows))
    paths = long_run(
        generator, fit, protocol, seed=seed, on_progress=pace.part("the long run").count, should_stop=should_stop
    )
    measured = pace.part("portrait and novelty")
    portrayed = portrait(paths, year=market.step.year, like=history)
    measured.count(1, 2)
    new = novelty(paths, fit.log_returns(), dates=fit.return_dates, seed=seed)
    measured.count(2, 2)
    return Judged(
        key=key,
        label=generator.label,
        seed=seed,
        one_day=one_day,
        ten_day=ten_day,
        portrait=portrayed,
        novelty=new,
        seconds_fit=round(seconds_fit, 3),
        seconds_judge=round(time.perf_counter() - began, 3),
        device=device,
        protocol=protocol,
        market_name=market.name,
        market_digest=market.digest(),
        tickers=market.tickers,
        commit=commit(),
        refit_yearly=refit_yearly,
    )


def reference(market: Market, protocol: Protocol) -> Reference:
    """History's own portrait over the fit period, its floors, and the test period as if it were generated.

    Raises
    ------
    InvalidInput
        If the fit period is too short for a portrait, or nothing is left to test.
    """
    fit, test = market.split(protocol.fit_until)
    if protocol.test_until is not None:
        test = test.between(end=protocol.test_until)
    year = market.step.year
    history = portrait(fit.log_returns(), year=year)
    compared = {}
    if test.n_steps >= (least := max(MIN_STEPS, year)):
        compared = compare(portrait(test.log_returns(), year=year, like=history), history)
    return Reference(
        portrait=history,
        floors=floors(fit.log_returns(), year=year) if fit.n_steps >= 2 * least else {},
        test=compared,
        n_fit=fit.n_steps,
        n_test=test.n_steps,
        market_name=market.name,
        market_digest=market.digest(),
        tickers=market.tickers,
        first_date=f"{fit.dates[0]:%Y-%m-%d}",
        last_date=f"{fit.dates[-1]:%Y-%m-%d}",
        protocol=protocol,
    )


def long_run(
    generator: Generator,
    fit: Market,
    protocol: Protocol,
    *,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Paths:
    """Paths of ``protocol.n_steps_long`` steps or a year from random evenings of the fit, the same for every generator.

    Returns
    -------
    array, shape (n_paths_long, n_steps_long, n_assets)
        Log returns; each evening has an equal number of paths, give or take one.
    """
    n_steps = max(protocol.n_steps_long, fit.step.year)
    states: Any = generator.states(fit)
    starts = _starts(fit.dates, protocol.n_starts)
    counts = np.full(len(starts), protocol.n_paths_long // len(starts))
    counts[: protocol.n_paths_long % len(starts)] += 1
    each = getattr(generator, "sample_each", None)
    if each is not None:  # all starts at once: much faster where a step costs more than its paths
        if should_stop is not None and should_stop():
            raise Stopped("stopped on request in the long run: start again to judge it")
        together: Paths = each(states.each(starts.repeat(counts)), n_steps, seed=seed)
        return together
    out = np.empty((protocol.n_paths_long, n_steps, fit.n_assets), dtype=np.float32)
    seeds = np.random.SeedSequence([seed, n_steps]).generate_state(len(starts)) >> 1
    first = 0
    for number, (date, count) in enumerate(zip(starts, counts, strict=True)):
        if should_stop is not None and should_stop():
            raise Stopped("stopped on request in the long run: start again to judge it")
        if count:
            drawn = generator.sample(int(count), n_steps, state=states.at(date), seed=int(seeds[number]))
            out[first : first + count] = drawn
        first += count
        if on_progress is not None:
            on_progress(number + 1, len(starts))
    return out


def _starts(dates: pd.DatetimeIndex, n_starts: int) -> pd.DatetimeIndex:
    """Random evenings, in order, each at most once, none before the filters have warmed up."""
    warm = dates[min(_WARM_DAYS, len(dates) // 4) :]
    rows = np.random.default_rng(_STARTS_SEED).choice(len(warm), min(n_starts, len(warm)), replace=False)
    return warm[np.sort(rows)]


def _stride(n_days: int, least: int, at_most: int | None) -> int:
    """Days from one forecast to the next so that there are no more than ``at_most``."""
    return least if at_most is None else max(least, -(-n_days // at_most))
