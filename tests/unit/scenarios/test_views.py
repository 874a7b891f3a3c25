"""Conditions on paths: which satisfy them, by how much the others miss, and what is refused."""

import numpy as np
import pytest

from fingen_core.errors import InvalidInput
from fingen_core.market.step import DAILY
from fingen_core.scenarios.conditions import Conditions, View


def view(low=-0.21, high=-0.19, n_days=2, **changes):
    return View(**{"label": "A", "weights": (1.0, 0.0), "low": low, "high": high, "n_days": n_days, **changes})


def paths(*returns):
    """Two days, two assets, one path for each return of the first asset after two days."""
    out = np.zeros((len(returns), 2, 2), dtype=np.float32)
    out[:, 0, 0] = np.log1p(returns)
    return out


PLAIN = paths(-0.1, 0.0, 0.1)


def test_scores_by_hand():
    conditions = Conditions.of([view()], PLAIN, DAILY)
    spread = np.std([-0.1, 0.0, 0.1])
    found = conditions.score(paths(-0.20, -0.25, -0.10))
    # The first column asks for "as far down" only, the second for the range.
    np.testing.assert_allclose(found, [[0, 0], [0, -0.04 / spread], [-0.09 / spread, -0.09 / spread]], atol=1e-5)
    assert conditions.satisfied(paths(-0.20, -0.25)).tolist() == [True, False]


def test_a_range_that_holds_the_median_is_a_range_in_both_stages():
    conditions = Conditions.of([view(-0.01, 0.01)], PLAIN, DAILY)
    assert (conditions.score(paths(0.2))[0] < 0).all()


def test_the_largest_miss_of_several_counts():
    both = [view(-0.05, None), view(None, 0.05)]
    assert Conditions.of(both, PLAIN, DAILY).satisfied(paths(0.0, 0.1, -0.1)).tolist() == [True, False, False]


def test_days_are_counted_from_the_start():
    longer = np.concatenate([paths(-0.2), np.ones((1, 3, 2), np.float32)], axis=1)
    assert Conditions.of([view()], np.concatenate([PLAIN, np.zeros((3, 3, 2), np.float32)], axis=1), DAILY).satisfied(
        longer
    )[0]


def test_round_trip():
    assert View.from_dict(view(low=None).as_dict()) == view(low=None)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"low": None, "high": None}, "may move anywhere"),
        ({"low": 0.1, "high": 0.0}, "from the lower to the higher"),
        ({"low": float("nan")}, "between -2,000"),
        ({"low": None, "high": -1.0}, "nothing loses more than 100"),
        ({"n_days": 0}, "whole number from 1"),
    ],
)
def test_a_view_that_says_nothing_is_refused(wrong, words):
    with pytest.raises(InvalidInput, match=words):
        view(**wrong)


@pytest.mark.parametrize(
    ("views", "words"),
    [
        ([], "give 1 to 6"),
        ([view()] * 7, "give 1 to 6"),
        ([view(n_days=3)], "choose a longer horizon"),
        ([view(weights=(1.0,))], "the model has 2"),
        ([view(), view(0.19, 0.21)], "both cannot hold"),
        ([view(-0.2, -0.19), view(-0.19, -0.18)], "both cannot hold"),
    ],
)
def test_views_that_do_not_fit_the_paths_are_refused(views, words):
    with pytest.raises(InvalidInput, match=words):
        Conditions.of(views, PLAIN, DAILY)


@pytest.mark.parametrize(
    ("asked", "value", "words"),
    [
        ((-0.61, -0.59), -0.2523, "A \u221226.2\u202f% to \u221224.2\u202f% after 2 days"),
        ((-0.2002, -0.2), -0.2001, "A \u221221.01\u202f% to \u221219.01\u202f% after 2 days"),  # was too narrow
        ((-0.3, -0.2), -0.1, "A \u221215\u202f% to \u22125\u202f% after 2 days"),
        ((0.1, None), 0.04, "A +4\u202f% or more after 2 days"),
        ((None, 0.1), 0.04, "A +10\u202f% or less after 2 days"),  # holds already
    ],
)
def test_a_condition_moves_to_what_can_be_given(asked, value, words):
    assert view(*asked).around(value).words(DAILY) == words
