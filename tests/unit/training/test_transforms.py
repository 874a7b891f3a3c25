"""The filter's memory against a slow loop, and the marginal map."""

import numpy as np
import pytest

from fingen_core.errors import InvalidInput
from fingen_core.transforms import ewma
from fingen_core.transforms.marginals import GRID, MarginalMap


@pytest.fixture(scope="module")
def scaled() -> np.ndarray:
    return np.random.default_rng(0).standard_t(4, (400, 3)) / np.sqrt(2)


def test_averages_agree_with_a_loop(scaled: np.ndarray) -> None:
    memory = ewma.run(scaled)
    own = np.clip(np.abs(scaled[:250]).mean(axis=0), 0.05, 5)
    size, mean, size_of_mean = own.mean(), 0.0, np.abs(scaled[:250].mean(axis=1)).mean()
    own_mean = np.zeros(3)
    decay = ewma.DECAYS[1]
    for day, y in enumerate(scaled, start=1):
        own = decay * own + (1 - decay) * np.abs(y)
        own_mean = decay * own_mean + (1 - decay) * y
        size = decay * size + (1 - decay) * np.abs(y).mean()
        size_of_mean = decay * size_of_mean + (1 - decay) * abs(y.mean())
        mean = decay * mean + (1 - decay) * y.mean()
        if day in (1, 2, 400):
            np.testing.assert_allclose(memory.own_size[day, 1], own, rtol=1e-10)
            np.testing.assert_allclose(memory.own_mean[day, 1], own_mean, rtol=1e-9, atol=1e-14)
            found = (memory.size[day, 1], memory.size_of_mean[day, 1], memory.mean[day, 1])
            np.testing.assert_allclose(found, (size, size_of_mean, mean), rtol=1e-9, atol=1e-14)


def test_memory_has_an_entry_before_the_first_day(scaled: np.ndarray) -> None:
    assert len(ewma.run(scaled)) == len(scaled) + 1


def test_one_asset_is_perfectly_correlated_with_itself(scaled: np.ndarray) -> None:
    state = ewma.market_state(ewma.run(scaled[:, :1])[300:])
    np.testing.assert_allclose(state[:, :4], 0.0, atol=1e-9)


def test_direction_is_one_after_rises_and_minus_one_after_falls() -> None:
    days = np.abs(np.random.default_rng(1).standard_normal((3000, 2)))
    rising, falling = (ewma.market_state(ewma.run(sign * days))[-1, 4:] for sign in (1, -1))
    np.testing.assert_allclose(rising, 1, atol=2e-3)
    np.testing.assert_allclose(falling, -1, atol=2e-3)


def test_memory_refuses_a_vector() -> None:
    with pytest.raises(InvalidInput, match="n_steps, n_assets"):
        ewma.run(np.zeros(5))


def test_scores_and_residuals_are_inverse_inside_the_table(scaled: np.ndarray) -> None:
    map_ = MarginalMap.fit(scaled)
    np.testing.assert_allclose(map_.to_residuals(map_.to_scores(scaled)), scaled, atol=1e-9)


def test_the_lower_tail_begins_at_the_five_percent_quantile(scaled: np.ndarray) -> None:
    low = MarginalMap.fit(scaled).lower_edge()
    np.testing.assert_allclose(low, np.quantile(scaled, 0.05, axis=0), atol=0.02)
    assert (low < -1).all()


def test_scores_are_gaussian_in_the_middle(scaled: np.ndarray) -> None:
    scores = MarginalMap.fit(scaled).to_scores(scaled)
    np.testing.assert_allclose(np.quantile(scores, [0.25, 0.5, 0.75], axis=0).T, [[-0.6745, 0, 0.6745]] * 3, atol=0.03)


def test_tails_go_on_past_the_worst_day(scaled: np.ndarray) -> None:
    tables = MarginalMap.fit(scaled).tables
    assert (tables[:, 0] < scaled.min(axis=0)).all()
    assert (tables[:, -1] > scaled.max(axis=0)).all()
    assert (np.diff(tables, axis=1) > 0).all()
    assert tables.shape == (3, len(GRID))


def test_prices_that_move_in_steps_still_have_an_inverse(scaled: np.ndarray) -> None:
    stepped = np.round(scaled * 2) / 2
    map_ = MarginalMap.fit(stepped)
    np.testing.assert_allclose(map_.to_residuals(map_.to_scores(stepped)), stepped, atol=1e-6)


def test_marginals_refuse_a_short_sample() -> None:
    with pytest.raises(InvalidInput, match="250 days"):
        MarginalMap.fit(np.zeros((100, 2)))
