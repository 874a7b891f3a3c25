"""Laws of the transforms, whatever the data."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fingen_core.models.decoder_calibration import calibrate, interpolate
from fingen_core.transforms import ewma
from fingen_core.transforms.marginals import MarginalMap


def heavy(seed: int, n: int = 300, k: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).standard_t(3, (n, k))


@given(seed=st.integers(0, 2**20), scale=st.floats(1e-3, 1e3), shift=st.floats(-3, 3))
@settings(max_examples=25, deadline=None)
def test_marginal_map_inverts_and_rises(seed: int, scale: float, shift: float) -> None:
    sample = scale * (heavy(seed) + shift)
    fitted = MarginalMap.fit(sample)
    assert (np.diff(fitted.tables, axis=1) > 0).all()
    np.testing.assert_allclose(fitted.to_residuals(fitted.to_scores(sample)), sample, rtol=1e-6, atol=1e-5 * scale)


@given(seed=st.integers(0, 2**20), cut=st.integers(1, 299))
@settings(max_examples=25, deadline=None)
def test_memory_of_a_day_is_deaf_to_later_days(seed: int, cut: int) -> None:
    whole = heavy(seed)
    changed = whole.copy()
    changed[max(cut, 250) :] *= 5  # the start value looks at the first 250 days
    before, after = ewma.run(whole), ewma.run(changed)
    np.testing.assert_array_equal(before.own_size[: cut + 1], after.own_size[: cut + 1])
    np.testing.assert_array_equal(ewma.market_state(before)[: cut + 1], ewma.market_state(after)[: cut + 1])


@given(seed=st.integers(0, 2**20))
@settings(max_examples=15, deadline=None)
def test_implied_correlation_never_exceeds_one(seed: int) -> None:
    state = ewma.market_state(ewma.run(heavy(seed)))
    assert (state[1:, :4] <= 0.2).all()
    assert (np.abs(state[:, 4:]) <= 1).all()


@given(points=st.lists(st.floats(-8, 8), min_size=1, max_size=20))
def test_interpolation_of_the_identity_is_the_identity_inside_the_grid(points: list[float]) -> None:
    table = torch.linspace(-6, 6, 1201)[None]
    found = interpolate(table, torch.tensor(points)[:, None])[:, 0]
    torch.testing.assert_close(found, torch.tensor(points).clamp(-6, 6), atol=2e-3, rtol=0)


@given(seed=st.integers(0, 2**20))
@settings(max_examples=10, deadline=None)
def test_calibration_tables_rise(seed: int) -> None:
    maps = calibrate(torch.tensor(heavy(seed, 2000)), torch.tensor(heavy(seed + 1, 600)))
    assert (maps.margins.diff(dim=1) >= 0).all()
    assert (maps.common.diff(dim=1) >= 0).all()
