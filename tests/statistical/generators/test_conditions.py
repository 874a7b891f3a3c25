"""Does a condition do what its name says? Each check comes with a generator that is wrong on purpose and must fail."""

import numpy as np
import pytest

from fingen_core.errors import InvalidInput
from fingen_core.generators.classical.fhs import FilteredHistoricalSimulation
from fingen_core.generators.filtered.generator import NeuralGenerator, train
from fingen_core.generators.filtered.latent_map import latent_map
from fingen_core.market import bundled
from fingen_core.representations.severity import Aim
from fingen_core.scenarios.market_state import conditions_over_time, draw, evenings
from fingen_core.scenarios.opening import MODEL
from fingen_core.training.settings.config import preset

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


# A learned label ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def taught(market, tmp_path_factory):
    """A small model that learned the label of severity, on six stocks, trained as runs are: into a folder."""
    few = market.select(market.tickers[:6])
    config = preset("quick", severity_label="learned", refit=False, filter_epochs=4, validate_every=400)
    return train(few, config, folder=tmp_path_factory.mktemp("taught"), device="cpu")


def mean_losses(paths):
    """Mean equal-weight loss over the horizon, and its standard error."""
    losses = 1 - np.exp(paths.astype(float).sum(axis=1)).mean(axis=1)
    return losses.mean(), losses.std() / np.sqrt(len(losses)), losses


def is_as_bad_as_asked(sample) -> bool:
    """Losses grow with the severity asked for, and those of the worst tenth are between .6 and 1.5 of what selection
    from 20,000 paths gives."""
    found = {share: mean_losses(sample(1500, {"severity": share})) for share in (1.0, 0.5, 0.1)}
    pairs = [(found[mild], found[bad]) for mild, bad in ((1.0, 0.5), (0.5, 0.1))]
    steps = [(bad[0] - mild[0], np.hypot(bad[1], mild[1])) for mild, bad in pairs]
    everything = np.sort(mean_losses(sample(20_000, None))[2])
    selected = everything[-2000:].mean()
    return all(gap > 4 * error for gap, error in steps) and 0.6 < found[0.1][0] / selected < 1.5


def test_a_model_that_learned_severity_is_as_bad_as_asked(taught):
    assert is_as_bad_as_asked(lambda n, condition: taught.sample(n, N_STEPS, condition=condition, seed=1))


def test_a_model_that_does_not_listen_is_found_out(taught):
    assert not is_as_bad_as_asked(lambda n, _: taught.sample(n, N_STEPS, seed=n))


def spreads_like_without(sample) -> bool:
    """Severity 1 asks for every month alike: mean within 4 errors of that without, deviation within a quarter."""
    asked, error, losses = mean_losses(sample(4000, {"severity": 1.0}))
    plain, other, others = mean_losses(sample(4001, None))
    return abs(asked - plain) < 4 * np.hypot(error, other) and 0.75 < losses.std() / others.std() < 1.25


def test_asked_for_every_severity_it_draws_what_it_draws_without(taught):
    assert spreads_like_without(lambda n, condition: taught.sample(n, N_STEPS, condition=condition, seed=n))


def test_a_label_on_top_of_the_noise_is_found_out(taught, monkeypatch):
    """Told the same every day, whatever has come, paths have the noise of a month on top of what they are to reach."""
    monkeypatch.setattr(Aim, "after", lambda self, *_: self)
    assert not spreads_like_without(lambda n, condition: taught.sample(n, N_STEPS, condition=condition, seed=n))


def falls_where_it_was_asked_to(generator) -> bool:
    """Asked for the worst tenth of a stock or a sector, it loses more beyond the portfolio than when all assets are
    asked for, and the portfolio loses less, each by 4 standard errors."""
    tickers = list(generator.tickers)
    everything = generator.sample(1500, N_STEPS, condition={"severity": 0.1}, seed=1)
    for place, members in ({"asset": "CVX"}, ["CVX"]), ({"sector": "Information Technology"}, ["AAPL", "AMD"]):
        asked = generator.sample(1500, N_STEPS, condition={"severity": 0.1, **place}, seed=2)
        columns = [tickers.index(member) for member in members]
        own, whole = (mean_losses(paths[:, :, columns])[2] for paths in (asked, everything))
        all_asked, all_whole = (mean_losses(paths)[2] for paths in (asked, everything))
        for more, less in ((own - all_asked, whole - all_whole), (all_whole, all_asked)):
            if more.mean() - less.mean() < 4 * np.sqrt((more.var() + less.var()) / len(more)):
                return False
    return True


def test_a_model_falls_where_it_was_asked_to(taught):
    assert falls_where_it_was_asked_to(taught)


def test_a_model_that_does_not_know_where_is_found_out(taught, monkeypatch):
    monkeypatch.setattr("fingen_core.generators.filtered.generator.target_of", lambda *_: 0)
    assert not falls_where_it_was_asked_to(taught)


def test_a_place_that_was_not_learned_is_refused_and_a_stored_model_knows_its_own(taught, market, tmp_path):
    with pytest.raises(InvalidInput, match="asset = 'TSLA': this VAE learned severity for AAPL, AMD, BAC"):
        taught.sample(2, 2, condition={"severity": 0.1, "asset": "TSLA"}, seed=0)
    taught.save(tmp_path)
    condition = {"severity": 0.1, "sector": "Information Technology"}
    kept = NeuralGenerator.load(tmp_path)
    drawn = taught.sample(20, 5, condition=condition, seed=4)
    np.testing.assert_array_equal(kept.sample(20, 5, condition=condition, seed=4), drawn)
    few = market.select(market.tickers[:6])
    assert latent_map(kept, few).points.shape == (few.n_steps, 2)
