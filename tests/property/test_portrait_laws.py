"""Laws of portraits and of novelty, whatever the returns."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fingen_core.metrics.catalog import METRICS
from fingen_core.metrics.dependence import tail_dependence_matrix, worst_days_correlation
from fingen_core.metrics.long_run import Portrait, compare
from fingen_core.metrics.long_run import portrait as portrait_of
from fingen_core.metrics.novelty import novelty
from fingen_core.metrics.rules import rule_returns

portrait = partial(portrait_of, year=252)

seeds = st.integers(0, 10_000)
few = settings(max_examples=12, deadline=None)


def paths_of(seed: int, n_paths: int = 3, n_assets: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    size = rng.uniform(0.005, 0.03, n_assets)
    return size * (rng.standard_t(4, (n_paths, 260, n_assets)) + rng.standard_normal((n_paths, 260, 1)))


@few
@given(seeds, st.integers(1, 3))
def test_a_portrait_compared_with_itself_misses_nothing(seed, n_assets):
    found = portrait(paths_of(seed, n_assets=n_assets))
    numbers = compare(found, found)
    health = {"share_nonfinite", "share_beyond", "share_beyond_century"}
    assert {name: METRICS[name].miss(value) for name, value in numbers.items() if name not in health} == pytest.approx(
        dict.fromkeys(set(numbers) - health, 0), abs=1e-12
    )


@few
@given(seeds)
def test_errors_are_never_negative_and_signed_ones_never_larger(seed):
    numbers = compare(portrait(paths_of(seed)), portrait(paths_of(seed + 1)))
    assert all(np.isfinite(value) for value in numbers.values())
    for name, value in numbers.items():
        if METRICS[name].better == "lower":
            assert value >= 0
        if name.endswith("_signed"):
            assert abs(value) <= numbers[name.replace("_signed", "_error")] + 1e-12


@few
@given(seeds, st.randoms(use_true_random=False))
def test_the_order_of_paths_does_not_matter(seed, shuffle):
    paths = paths_of(seed)
    order = [0, 1, 2]
    shuffle.shuffle(order)
    one, other = portrait(paths), portrait(paths[order])
    for name in vars(one):
        if name not in ("largest_moves", "worst_days"):
            assert getattr(one, name) == pytest.approx(getattr(other, name), rel=1e-5, abs=1e-8, nan_ok=True), name
    assert one.largest_moves[order] == pytest.approx(other.largest_moves)


@few
@given(seeds, st.permutations(range(3)))
def test_the_order_of_assets_does_not_matter(seed, order):
    paths = paths_of(seed)
    one, other = portrait(paths), portrait(paths[..., order])
    for name in ("acf", "acf_abs_assets", "leverage", "leverage_assets", "kurtosis_equal", "kurtosis_assets"):
        assert getattr(one, name) == pytest.approx(getattr(other, name)), name
    for name in ("volatility", "kurtosis", "skewness", "hill"):
        assert getattr(one, name)[list(order)] == pytest.approx(getattr(other, name)), name
    for name in ("correlation", "tail_dependence", "worst_decile_correlation"):
        assert getattr(one, name)[np.ix_(order, order)] == pytest.approx(getattr(other, name)), name
    singles = [0, *(1 + asset for asset in order)]  # equal weight and each asset; the others have fixed weights
    assert one.expected_shortfall[:, singles] == pytest.approx(other.expected_shortfall[:, :4], rel=1e-5)
    assert one.rules_expected_shortfall == pytest.approx(other.rules_expected_shortfall, rel=1e-5)
    assert one.drawdowns == pytest.approx(other.drawdowns)


@few
@given(seeds, st.floats(0.2, 3))
def test_shape_does_not_depend_on_scale(seed, scale):
    """Of one asset, whose equal weight is itself; of several it is not, because simple returns are averaged."""
    paths = paths_of(seed, n_assets=1)
    one, other = portrait(paths), portrait(scale * paths)
    for name in ("acf", "acf_abs", "acf_square", "leverage", "kurtosis", "kurtosis_equal", "skewness", "hill"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), abs=1e-9), name
    for name in ("quantiles_equal", "quantiles_assets"):  # in units of volatility
        assert getattr(one, name) == pytest.approx(getattr(other, name), rel=1e-4, abs=1e-6, nan_ok=True), name
    numbers = compare(other, one)
    assert numbers["volatility_equal"] == pytest.approx(scale - 1)
    assert numbers["kurtosis_error"] == pytest.approx(0, abs=1e-9)


@few
@given(seeds, st.floats(0.05, 0.5))
def test_dependence_lies_between_its_bounds(seed, share):
    paths = paths_of(seed)
    together = tail_dependence_matrix(paths, share)
    assert (together == together.T).all()
    assert (np.diag(together) == 1).all()
    assert ((together >= 0) & (together <= 1)).all()
    assert (np.abs(worst_days_correlation(paths, share)) <= 1 + 1e-12).all()


@few
@given(seeds)
def test_a_held_portfolio_turns_with_the_market_and_a_stake_is_never_above_one(seed):
    simple = np.clip(np.expm1(paths_of(seed)), -0.5, 0.5)
    up, down = (rule_returns(np.log1p(sign * simple)) for sign in (1, -1))
    assert up[..., 2] == pytest.approx(-down[..., 2])
    largest = np.abs(simple[:, 60:]).mean(axis=2)
    assert (np.abs(up[..., :2]) <= largest[..., None] + 1e-12).all()


@few
@given(seeds, st.floats(0.1, 10))
def test_novelty_does_not_depend_on_the_size_of_moves_or_on_the_order_of_assets(seed, scale):
    rng = np.random.default_rng(seed)
    generated, history = rng.standard_normal((4, 42, 3)), rng.standard_normal((300, 3))
    numbers = novelty(generated, history).numbers()
    assert novelty(scale * generated, history).numbers() == pytest.approx(numbers, abs=1e-4)
    assert novelty(scale * generated, scale * history).numbers() == pytest.approx(numbers, abs=1e-4)
    assert novelty(generated[..., ::-1], history[:, ::-1]).numbers() == pytest.approx(numbers, abs=1e-4)
    assert 0 <= numbers["share_copies"] <= 1


@few
@given(seeds)
def test_a_portrait_survives_its_arrays(seed):
    found = portrait(paths_of(seed))
    again = Portrait.from_arrays(found.to_arrays())
    for name, value in vars(found).items():
        assert getattr(again, name) == pytest.approx(value, rel=1e-6, nan_ok=True), name
