"""Subset simulation on events whose probability is known in closed form, and what it refuses."""

import numpy as np
import pytest
from scipy import stats

from fingen_core.errors import InvalidInput, Stopped
from fingen_core.scenarios.search.subset_simulation import (
    MILDER,
    Effort,
    effective_number,
    honest_number,
    mean_errors,
    rare_event,
    rare_share,
)

SHAPE = (10, 3)
EFFORT = Effort(n_runs=6, n_paths=500)


def draw(noise):
    return noise.copy()


def total(paths):
    """Standard normal when the noise is."""
    return paths.sum(axis=(1, 2)) / np.sqrt(np.prod(SHAPE))


def beyond(limit):
    return lambda paths: total(paths) - limit


@pytest.mark.parametrize("limit", [2.326, 3.09, 4.5])
def test_probability_of_a_normal_tail_lies_in_its_band(limit):
    # A 90 % band misses once in ten; 2.5 bands of the log-normal kind do so about once in a thousand.
    found = rare_event(draw, beyond(limit), SHAPE, effort=EFFORT, seed=1)
    exact = stats.norm.sf(limit)
    assert found.reached
    assert abs(np.log(found.probability / exact)) < 2.5 * np.log(found.high / found.probability)
    assert found.variation < 0.2
    assert (beyond(limit)(found.paths) >= 0).all()
    assert found.n_drawn < 0.01 / exact * 1e6


def test_a_generator_that_is_a_tenth_too_wide_is_told_apart():
    found = rare_event(lambda noise: 1.1 * noise, beyond(4.5), SHAPE, effort=EFFORT, seed=1)
    assert np.log(found.probability / stats.norm.sf(4.5)) > 2.5 * np.log(found.high / found.probability)


def test_paths_follow_the_law_of_the_event():
    # Given that a standard normal exceeds 3 its mean is phi(3) / P(>3) = 3.283, its deviation .268.
    found = rare_event(draw, beyond(3.0), SHAPE, effort=EFFORT, seed=2)
    mean = float(found.weights @ total(found.paths))
    assert mean == pytest.approx(stats.norm.pdf(3) / stats.norm.sf(3), abs=4 * 0.268 / np.sqrt(found.effective))


def test_a_narrow_event_is_reached_through_a_wide_one():
    def score(paths):
        x = total(paths)
        return np.stack([x - 3.0, 0.1 - np.abs(x - 3.1)], axis=1)

    found = rare_event(draw, score, SHAPE, effort=EFFORT, seed=3)
    exact = stats.norm.sf([3.0, 3.0]) - stats.norm.sf([np.inf, 3.2])
    np.testing.assert_allclose(found.stages, exact, rtol=0.3)
    assert ((total(found.paths) >= 3.0 - 1e-6) & (total(found.paths) <= 3.2 + 1e-6)).all()


def test_what_cannot_happen_is_given_up_with_the_nearest():
    found = rare_event(lambda noise: np.clip(noise, -1, 1), beyond(5.48), SHAPE, effort=EFFORT, seed=4)
    assert not found.reached
    assert found.probability == 0
    assert found.threshold < 0
    assert (total(found.paths) > 2).all()


def test_what_is_offered_instead_is_what_one_path_in_a_million_exceeds():
    found = rare_event(draw, beyond(9.0), SHAPE, effort=EFFORT, seed=6)
    assert not found.reached
    offered = found.within_reach(total(found.milder))
    # The probability is known to a fifth or so, as above; 0.15 is that of a factor of two.
    assert offered == pytest.approx(stats.norm.isf(MILDER), abs=0.15)
    # Wrong on purpose: the middle of the sample, and where the search gave up, are neither of them.
    assert abs(np.median(total(found.milder)) - offered) > 0.02
    assert abs(9.0 + found.threshold - stats.norm.isf(MILDER)) > 0.15


def test_worst_share_holds_what_the_normal_distribution_says():
    found = rare_share(draw, total, SHAPE, 0.001, effort=EFFORT, seed=5)
    # Density over probability at the quantile turns the error of the probability into one of the quantile.
    slope = stats.norm.pdf(3.09) / 0.001
    assert found.threshold == pytest.approx(3.09, abs=4 * found.variation / slope)
    assert total(found.paths).min() == pytest.approx(found.threshold)
    assert found.low < 0.001 < found.high


def test_a_large_share_is_plain_selection():
    found = rare_share(draw, total, SHAPE, 0.25, effort=EFFORT, seed=6)
    assert found.n_drawn == 3000
    assert len(found.paths) == 750
    assert found.threshold == pytest.approx(stats.norm.isf(0.25), abs=0.1)


def test_same_seed_same_paths_and_another_seed_others():
    one, two, other = (rare_event(draw, beyond(2.5), SHAPE, effort=EFFORT, seed=seed) for seed in (7, 7, 8))
    np.testing.assert_array_equal(one.paths, two.paths)
    assert one.probability != other.probability


def test_independent_paths_count_in_full_and_copies_as_one():
    noise = np.random.default_rng(0).standard_normal((400, *SHAPE), dtype=np.float32)
    even = np.full(400, 1 / 400)
    assert effective_number(noise, np.arange(400), even) == pytest.approx(400, rel=0.02)
    copies = np.repeat(noise[:100], 4, axis=0)
    assert effective_number(copies, np.repeat(np.arange(100), 4), even) == pytest.approx(100, rel=0.05)


@pytest.fixture(scope="module")
def conditioned():
    """Eight searches for a narrow event, and means of three quantities given it, in closed form."""

    def score(paths):
        x = total(paths)
        return np.stack([x - 3.0, 0.1 - np.abs(x - 3.1)], axis=1)

    found = [rare_event(draw, score, SHAPE, effort=EFFORT, seed=seed) for seed in range(8)]
    given = (stats.norm.pdf(3.0) - stats.norm.pdf(3.2)) / (stats.norm.sf(3.0) - stats.norm.sf(3.2))
    return found, given * SHAPE[0] / np.sqrt(np.prod(SHAPE))  # each column is a third of the sum


def columns(found):
    """Sum over the days of each of three columns, shape (n_paths, 3)."""
    return found.paths.sum(axis=1, dtype=float)


def off(conditioned, error):
    """Root mean square of the means' misses in standard errors, over seeds and quantities."""
    searches, exact = conditioned
    misses = [(one.weights @ columns(one) - exact) / error(one) for one in searches]
    return float(np.sqrt(np.mean(np.square(misses))))


def test_means_under_a_condition_miss_by_as_much_as_their_errors_say(conditioned):
    # With six runs a miss over its error is Student's t of 5 degrees: root mean square 1.29. Over 8 x 3 of them (of 9
    # degrees kurtosis) it lies within four of its standard errors: .6 to 2.0.
    assert 0.6 < off(conditioned, lambda one: mean_errors(columns(one), one)) < 2.0


def test_errors_that_count_relatives_as_strangers_are_told_apart(conditioned):
    # Wrong on purpose: 3,000 paths as if nobody of them descended from another.
    assert off(conditioned, lambda one: columns(one).std(axis=0) / np.sqrt(len(one.paths))) > 2.0


def test_errors_of_means_by_hand(conditioned):
    one = conditioned[0][0]
    values = (one.runs == 2).astype(float)[:, None]  # differs between runs only
    weight = one.each[2] / one.each.sum()
    share = one.each / one.each.sum()
    off_run = share * ((np.arange(6) == 2) - weight)
    assert mean_errors(values, one)[0] == pytest.approx(np.sqrt(6 / 5 * (off_run**2).sum()))


def test_the_honest_number_is_the_smaller_one(conditioned):
    one = conditioned[0][0]
    assert honest_number(columns(one), one) <= one.effective
    only_runs_differ = (one.runs % 2).astype(float)[:, None] + 1e-3 * columns(one)
    assert honest_number(only_runs_differ, one) < 12
    assert honest_number(np.ones((len(one.paths), 2)), one) == one.effective


def test_rows_that_stand_for_all_follow_the_weights():
    found = rare_event(draw, beyond(1.0), SHAPE, effort=EFFORT, seed=9)
    rows = found.representative(300)
    assert 250 < len(rows) <= 300
    assert total(found.paths[rows]).mean() == pytest.approx(float(found.weights @ total(found.paths)), abs=0.1)


def test_a_search_says_how_far_it_is_and_stops_when_told():
    told = []

    def tell(share, line):
        told.append((share, line))
        return len(told) == 6

    with pytest.raises(Stopped, match="start it again"):
        rare_event(draw, beyond(4.0), SHAPE, effort=EFFORT, tell=tell)
    assert [share for share, _ in told] == sorted(share for share, _ in told)
    assert told[-1][1].startswith("down to 1 in ")


@pytest.mark.parametrize("share", [0.0, 1.0, 1e-9])
def test_a_share_out_of_reach_is_refused(share):
    with pytest.raises(InvalidInput, match=r"choose one from 0\.000001"):
        rare_share(draw, total, SHAPE, share)


def test_too_little_effort_is_refused():
    with pytest.raises(InvalidInput, match="at least two runs"):
        Effort(n_runs=1)
