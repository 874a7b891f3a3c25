"""Does a condition do what its name says? Each check comes with a generator that is wrong on purpose and must fail."""

import numpy as np
import pytest

from fingen_core.generators.fhs import FilteredHistoricalSimulation
from fingen_core.generators.neural import NeuralGenerator
from fingen_core.market import bundled
from fingen_core.scenarios.market_state import conditions_over_time, draw, evenings
from fingen_core.scenarios.opening import MODEL

N_PATHS, N_STEPS = 600, 21


@pytest.fixture(scope="module")
def market():
    return bundled()


@pytest.fixture(scope="module", params=["vae", "fhs"])
def generator(request, market):
    return NeuralGenerator.load(MODEL) if request.param == "vae" else FilteredHistoricalSimulation().fit(market)


class Deaf:
    """A generator that is asked and does not listen: its states are those of days drawn blindly."""

    def __init__(self, generator):
        self._generator, self.label = generator, "Deaf"

    def states(self, history):
        states = self._generator.states(history)
        every = conditions_over_time(history).index

        class Blind(type(states)):
            def each(self, dates):
                rng = np.random.default_rng(len(dates))
                return super().each(every[rng.integers(len(every), size=len(dates))])

        return Blind(**vars(states))

    def sample(self, *counts, **how):
        return self._generator.sample(*counts, **how)


def excess(generator, market, percentile):
    """Log of generated equal-weight volatility over that of the median state, in standard errors of it."""
    sizes = []
    for asked in (percentile, 50):
        paths = draw(generator, market, N_PATHS, N_STEPS, condition={"volatility": asked}, seed=asked)
        sizes.append((paths.mean(axis=2) ** 2).mean(axis=1))
    logs = [np.log(size.mean()) / 2 for size in sizes]
    error = np.sqrt(sum((size.std() / size.mean() / 2) ** 2 / N_PATHS for size in sizes))
    return logs[0] - logs[1], (logs[0] - logs[1]) / error


def test_paths_are_as_wide_as_the_state_that_was_asked_for(generator, market):
    """Order and size: at 95 at least 1.5 times the median's volatility, at 5 at most .9 of it, each by 4 errors.

    History's own ratios on such days, a month on, are near 1.8 and .7.
    """
    wild, calm = excess(generator, market, 95), excess(generator, market, 5)
    assert wild[0] > np.log(1.5)
    assert wild[1] > 4
    assert calm[0] < np.log(0.9)
    assert calm[1] < -4


def test_a_deaf_generator_is_found_out(generator, market):
    deaf = Deaf(generator)
    wild, calm = excess(deaf, market, 95), excess(deaf, market, 5)
    assert wild[0] < np.log(1.5)
    assert calm[0] > np.log(0.9)


def test_history_itself_is_wider_after_such_days(market):
    """What the thresholds above rest on: equal-weight volatility of the month after the days that are taken."""
    moves = market.log_returns().mean(axis=1)
    rows = market.return_dates
    after = {}
    for asked in (5, 50, 95):
        found = evenings(market, {"volatility": asked})
        starts = rows.searchsorted(found.dates, side="right")
        fits = starts + N_STEPS <= len(moves)
        squares = [np.mean(moves[start : start + N_STEPS] ** 2) for start in starts[fits]]
        after[asked] = np.sqrt(np.average(squares, weights=found.weights[fits]))
    assert 1.5 < after[95] / after[50] < 2.2
    assert 0.5 < after[5] / after[50] < 0.8
