"""On the bundled market: honest generators and spoiled ones fall on the sides of the lights on which they belong."""

import numpy as np
import pytest

from fingen_core.generators.classical.bootstrap import StationaryBootstrap
from fingen_core.generators.classical.fhs import FilteredHistoricalSimulation
from fingen_core.generators.classical.independent import GaussianRandomWalk
from fingen_core.market import bundled
from fingen_core.validation.judge import judge, reference
from fingen_core.validation.protocol import quick
from fingen_core.validation.verdict import verdict

FIT_UNTIL = "2012-12-31"
SPOILED = {"loud": 1.3, "quiet": 0.75}


class Scaled(FilteredHistoricalSimulation):
    """Right in everything but the size of its moves."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = np.float32(factor)

    def sample(self, n_paths, n_steps, **options):
        return self.factor * super().sample(n_paths, n_steps, **options)


@pytest.fixture(scope="module")
def lights():
    """Lights by generator, against FHS on GJR-GARCH with the fit of 2012."""
    market = bundled()
    protocol = quick(FIT_UNTIL).replace(n_paths_long=500)  # of 200, luck decides between good and unsure
    fit, _ = market.split(FIT_UNTIL)
    history = reference(market, protocol)
    generators = {
        "fhs-gjr": FilteredHistoricalSimulation(),
        "block-bootstrap": StationaryBootstrap(),
        "random-walk": GaussianRandomWalk(),
        **{name: Scaled(factor) for name, factor in SPOILED.items()},
    }
    judged = {
        key: judge(generator.fit(fit), market, protocol, key=key, against=history)
        for key, generator in generators.items()
    }
    return {key: verdict(one, [judged["fhs-gjr"]], history) for key, one in judged.items()}


def test_an_honest_filter_is_never_bad(lights):
    tomorrow, long_run, novelty = lights["fhs-gjr"]
    assert tomorrow.color != "bad", tomorrow.sentence
    assert long_run.color != "bad", long_run.sentence
    assert novelty.color == "good", novelty.sentence


@pytest.mark.parametrize("name", SPOILED)
def test_wrong_volatility_is_bad_tomorrow_and_in_the_long_run(lights, name):
    tomorrow, long_run, novelty = lights[name]
    assert tomorrow.color == "bad", tomorrow.sentence
    assert long_run.color != "good", long_run.sentence
    assert novelty.color == "good", novelty.sentence  # it repeats nothing: another question


def test_history_resampled_lives_like_history_and_is_nothing_new(lights):
    tomorrow, long_run, novelty = lights["block-bootstrap"]
    assert tomorrow.color == "bad", tomorrow.sentence  # it knows no state
    assert long_run.color == "good", long_run.sentence
    assert novelty.color == "bad", novelty.sentence


def test_normal_days_without_memory_are_bad_in_the_long_run(lights):
    assert lights["random-walk"][1].color == "bad", lights["random-walk"][1].sentence
