"""Windows of history: against a slow loop, and the path closest to them."""

import numpy as np
import pandas as pd
import pytest

from fingen_core.errors import InvalidInput
from fingen_core.market import Crisis, Market, Source
from fingen_core.scenarios.history import closest, during, window_starts, window_values, windows, worst_window


def market(prices):
    dates = pd.bdate_range("2020-01-01", periods=len(prices))
    columns = [f"A{i}" for i in range(np.asarray(prices).shape[1])]
    return Market(pd.DataFrame(prices, dates, columns), Source(kind="upload"))


RANDOM = market(np.exp(np.cumsum(np.random.default_rng(3).normal(0, 0.02, (40, 3)), axis=0)))


def test_windows_are_the_slices_of_the_returns_without_a_copy():
    cut = windows(RANDOM, 5)
    returns = RANDOM.log_returns()
    assert cut.shape == (35, 5, 3)
    assert all((cut[row] == returns[row : row + 5]).all() for row in range(35))
    assert np.shares_memory(cut, returns)


def test_values_are_those_of_buying_and_holding():
    weights = np.array([0.5, 0.3, 0.2])
    values = window_values(RANDOM, 5, weights)
    prices = RANDOM.prices.to_numpy()
    slow = [[(weights * prices[row + day] / prices[row]).sum() for day in range(6)] for row in range(35)]
    np.testing.assert_allclose(values, slow, rtol=1e-12)


def test_starts_are_the_closes_that_windows_set_out_from():
    starts = window_starts(RANDOM, 5)
    assert len(starts) == len(window_values(RANDOM, 5, [1, 0, 0]))
    assert starts[0] == RANDOM.dates[0]
    assert starts[-1] == RANDOM.dates[-6]


def test_worst_window_is_found_by_its_last_value():
    assert worst_window([[1, 0.2, 1.0], [1, 0.9, 0.8], [1, 1.1, 0.8]]) == 1


def test_windows_during_a_crisis_begin_on_its_eve():
    starts = pd.bdate_range("2020-02-18", periods=6)
    crisis = Crisis(name="x", start=starts[1], end=starts[4], fall=-0.1, line="", source="")
    assert during(starts, [crisis]).tolist() == [False, True, True, True, False, False]


def test_a_copy_is_closest_and_its_distance_is_zero():
    happened = window_values(RANDOM, 5, [1, 0, 0])
    paths = np.vstack([happened[7] ** 1.3, happened[20], happened[3] ** 0.5])
    found = closest(paths, happened)
    assert (found.path, found.window) == (1, 20)
    assert found.distance == pytest.approx(0, abs=1e-2)


def test_closest_among_some_paths_only():
    happened = window_values(RANDOM, 5, [1, 0, 0])
    assert closest(happened, happened, among=[4, 9]).path in {4, 9}


def test_a_horizon_longer_than_history_is_refused_with_the_longest_that_fits():
    with pytest.raises(InvalidInput, match="horizon from 1 to 39 days"):
        windows(RANDOM, 40)


def test_weights_must_fit_the_assets():
    with pytest.raises(InvalidInput, match="2 weights for 3 assets"):
        window_values(RANDOM, 5, [0.5, 0.5])
