"""Joined windows show no seam, and what the shipped painter learned is worth something; each beside a spoiled twin."""

import numpy as np
import pytest
import torch

from fingen_core.generators.classical.independent import GaussianRandomWalk
from fingen_core.generators.pictures.generator import PictureGenerator
from fingen_core.jobs.warm.sampler import PAINTED
from fingen_core.market import bundled
from fingen_core.metrics.long_run.distance import LongRun
from fingen_core.representations.images import HeatMaps
from fingen_core.training.picture_recipe import painter_for
from fingen_core.types import Array, Paths

N_PATHS, DAYS, WINDOWS = 1000, 28, 9


class Deaf(HeatMaps):
    """Windows that do not know where the one before them ended."""

    def state(self, memory):
        return np.zeros((len(memory), 12))


@pytest.fixture(scope="module")
def generator() -> PictureGenerator:
    return PictureGenerator.load(PAINTED)


def joined(generator: PictureGenerator, representation: HeatMaps) -> Paths:
    market = bundled()
    rows = np.linspace(250, market.n_steps, N_PATHS).astype(np.intp)
    starts = representation.memory(market.log_returns())[rows]
    return representation.rollout(generator.model.draw, starts, N_PATHS, DAYS * WINDOWS, 3)


def at_each_day(paths: Paths) -> tuple[Array, Array]:
    """By day of the window: mean size of equal-weight moves, and its correlation with the next day's."""
    sizes = np.abs(paths.mean(axis=2)).astype(np.float64)
    days = np.arange(sizes.shape[1]) % DAYS
    level = np.array([sizes[:, days == day].mean() for day in range(DAYS)])
    now, then = sizes[:, :-1], sizes[:, 1:]
    follows = [np.corrcoef(now[:, days[:-1] == d].ravel(), then[:, days[:-1] == d].ravel())[0, 1] for d in range(DAYS)]
    return level / level.mean(), np.array(follows)


def strangeness(values: Array, days: list[int]) -> float:
    """How far days stand from the rest, in deviations of the rest from its mean."""
    rest = np.delete(values, days)
    return float(np.abs(values[days] - rest.mean()).max() / rest.std())


def test_windows_join_without_a_seam(generator):
    level, follows = at_each_day(joined(generator, generator.model.representation))
    # Among 28 days the farthest lies about two deviations out; three is beyond the noise of the rest.
    assert strangeness(level, [0, DAYS - 1]) < 3
    assert strangeness(follows, [DAYS - 1]) < 3


def test_windows_that_forget_are_found_out(generator):
    _, follows = at_each_day(joined(generator, Deaf(**vars(generator.model.representation))))
    assert strangeness(follows, [DAYS - 1]) > 3
    assert follows[DAYS - 1] < follows[: DAYS - 1].mean()


def test_the_shipped_painter_is_nearer_to_history_than_a_random_walk_and_an_untrained_one_is_not(generator):
    market = bundled()
    history = LongRun.of(market.log_returns(), year=252)
    rows = np.linspace(250, market.n_steps, 200).astype(np.intp)
    representation = generator.model.representation
    starts = representation.memory(market.log_returns())[rows]
    walk = history.score(GaussianRandomWalk().fit(market).sample(200, 252, seed=1))
    assert history.score(generator.sample_each(starts, 252, seed=1)) < 0.75 * walk
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        fresh = painter_for(generator.model.painter.canvas, generator.config)

    def draw(condition, stream):
        code = torch.randn((len(condition), fresh.canvas.n_code), generator=stream)
        with torch.no_grad():
            return fresh.paint(code, condition, stream)

    assert history.score(representation.rollout(draw, starts, 200, 252, 1)) > walk
