"""Allocation: weights within limits, generators behind skfolio's door, the frontier, and walks that see no future."""

import numpy as np
import pandas as pd
import pytest
from scipy.spatial import cKDTree

from fingen_core.errors import InvalidInput, Stopped
from fingen_core.generators.classical.bootstrap import StationaryBootstrap
from fingen_core.market import Market, Source
from fingen_core.market.step import DAILY
from fingen_core.portfolio.allocation.adapter import GeneratorDistribution
from fingen_core.portfolio.allocation.frontier import frontier
from fingen_core.portfolio.allocation.limits import Limits
from fingen_core.portfolio.allocation.methods import METHODS, allocate, risk_of
from fingen_core.portfolio.allocation.walk_forward import Walk, judge, walk_forward
from fingen_core.portfolio.strategies.settings import Trading

TICKERS = ("A", "B", "C", "D")


@pytest.fixture(scope="module")
def returns():
    rng = np.random.default_rng(0)
    common = rng.standard_normal((800, 1)) * 0.006
    own = rng.standard_normal((800, 4)) * np.array([0.004, 0.008, 0.012, 0.016])
    return common + own + np.array([0.0003, 0.0004, 0.0006, 0.0005])


@pytest.fixture(scope="module")
def market(returns):
    prices = 100 * np.cumprod(np.vstack([np.ones(4), 1 + returns]), axis=0)
    dates = pd.bdate_range("2010-01-04", periods=len(prices))
    return Market(pd.DataFrame(prices, dates, list(TICKERS)), Source(kind="upload"), name="Four")


@pytest.mark.parametrize("method", list(METHODS))
def test_every_method_keeps_to_its_limits(method, returns):
    free = allocate(method, returns, TICKERS, Limits())
    tight = allocate(method, returns, TICKERS, Limits(lowest=0.1, highest=0.35))
    for weights, low, high in ((free, 0, 1), (tight, 0.1, 0.35)):
        assert weights.sum() == pytest.approx(1)
        assert weights.min() >= low - 1e-4
        assert weights.max() <= high + 1e-4


def test_minimum_variance_is_the_closed_form(returns):
    inverse = np.linalg.solve(np.cov(returns, rowvar=False), np.ones(4))
    assert (inverse > 0).all()  # so that the ban on short positions does not bind
    found = allocate("variance", returns, TICKERS, Limits())
    np.testing.assert_allclose(found, inverse / inverse.sum(), atol=1e-3)
    other = allocate("cvar", returns, TICKERS, Limits())
    assert risk_of(other, returns, 252)["shortfall"] <= risk_of(found, returns, 252)["shortfall"] + 1e-7


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda x: allocate("variance", x, TICKERS, Limits(highest=0.2)),
            "cannot add up to 100 %: allow at least 25",
        ),
        (lambda x: allocate("variance", x, TICKERS, Limits(lowest=0.3)), "more than 100 %"),
        (lambda x: Limits(lowest=0.5, highest=0.4), "must lie below"),
        (lambda x: allocate("magic", x, TICKERS, Limits()), "no method is called 'magic'"),
        (lambda x: allocate("ratio", -np.abs(x), TICKERS, Limits()), "choose a method without a ratio"),
        (lambda x: allocate("hrp", x, TICKERS[:2], Limits()), "for 2 tickers"),
        (lambda x: frontier(x[:3], Limits(), per_year=12), "more scenarios than assets"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_remedy(call, message, returns):
    with pytest.raises(InvalidInput, match=message):
        call(returns)


def frame(returns):
    return pd.DataFrame(returns, pd.bdate_range("2010-01-05", periods=len(returns)), list(TICKERS))


def test_a_generator_is_a_distribution_for_skfolio(returns):
    from skfolio import RiskMeasure
    from skfolio.optimization import MeanRisk
    from skfolio.prior import SyntheticData

    distribution = GeneratorDistribution(StationaryBootstrap(), random_state=3)
    prior = SyntheticData(distribution, n_samples=4000)
    found = MeanRisk(risk_measure=RiskMeasure.VARIANCE, prior_estimator=prior).fit(frame(returns))
    samples = found.prior_estimator_.return_distribution_.returns
    assert samples.shape == (4000, 4)
    np.testing.assert_allclose(found.weights_, allocate("variance", returns, TICKERS, Limits()), atol=0.06)


def test_samples_are_repeatable_and_span_the_horizon(returns):
    one = GeneratorDistribution(StationaryBootstrap(), horizon=5).fit(frame(returns))
    np.testing.assert_array_equal(one.sample(50), one.sample(n_samples=50))
    day = GeneratorDistribution(StationaryBootstrap(), horizon=1).fit(frame(returns)).sample(3000)
    assert one.sample(3000).std() > 1.8 * day.std()
    assert cKDTree(returns).query(day)[0].max() < 1e-6  # each is a day of history, in single precision


def test_samples_can_be_conditioned(returns):
    one = GeneratorDistribution(StationaryBootstrap()).fit(frame(returns))
    fallen = one.sample(200, conditioning={"A": (-np.inf, -0.005)})
    assert fallen.shape == (200, 4)
    assert fallen[:, 0].max() <= -0.005
    assert fallen[:, 1].mean() < one.sample(2000)[:, 1].mean() - 0.002  # assets share a common move
    fixed = one.sample(100, conditioning={"B": -0.01})
    assert (fixed[:, 1] == -0.01).all()
    for condition, message in (
        ({"Z": 0.0}, "choose from A, B, C, D"),
        ({"A": (0.1, -0.1)}, "low below high"),
        ({"A": (0.5, 0.6)}, "less rare"),
    ):
        with pytest.raises(InvalidInput, match=message):
            one.sample(20, conditioning=condition)


class Counting(StationaryBootstrap):
    """Notes how often it learned."""

    learned = 0

    def fit(self, market):
        self.learned += 1
        return super().fit(market)


def test_a_frozen_generator_does_not_learn_again(returns):
    frozen = Counting()
    GeneratorDistribution(frozen).fit(frame(returns))
    assert frozen.learned == 1
    held = GeneratorDistribution(frozen, refit=False).fit(frame(returns))
    assert frozen.learned == 1
    assert held.sample(10).shape == (10, 4)
    with pytest.raises(InvalidInput, match="same assets in the same order"):
        held.fit(frame(returns).iloc[:, ::-1])


def test_the_frontier_is_efficient_and_its_resamples_are_not_better(returns):
    found = frontier(returns, Limits(highest=0.6), per_year=252, n_points=6, n_resamples=8)
    np.testing.assert_allclose(found.weights[0], allocate("variance", returns, TICKERS, Limits(highest=0.6)), atol=2e-3)
    assert (np.diff(found.volatility) > -1e-6).all()
    assert (np.diff(found.mean) > 0).all()
    assert found.weights.max() <= 0.6 + 1e-6
    at = np.interp(found.resampled_mean, found.mean, found.volatility)
    assert (found.resampled_volatility >= at - 2e-3).all()
    assert found.claimed_mean[:, -1].std() > 0.01  # what is claimed of the best asset is hardly known


def equal_by_chance(known, method, limits):
    return np.full(len(known.columns), 1 / len(known.columns))


def test_a_walk_gives_only_days_that_are_over(market):
    seen = []

    def chooses(known, method, limits):
        seen.append(known.index[-1])
        return equal_by_chance(known, method, limits)

    walk = walk_forward(
        market, chooses, "variance", Limits(), start=market.dates[520], horizon=21, trading=Trading(every=60)
    )
    assert list(walk.refits) == [market.dates[row] for row in range(520, 800, 60)]
    assert seen == list(walk.refits)
    np.testing.assert_array_equal(walk.values["Generated"], walk.values["Equal weight"])
    changed = market.prices.copy()
    changed.iloc[701:] *= [1.5, 0.7, 1.1, 2.0]
    other = walk_forward(
        Market(changed, market.source),
        chooses,
        "variance",
        Limits(),
        start=market.dates[520],
        horizon=21,
        trading=Trading(every=60),
    )
    before = walk.dates < market.dates[701]
    for name in walk.values:
        np.testing.assert_allclose(walk.values[name][before], other.values[name][before], rtol=1e-9)
        np.testing.assert_allclose(walk.weights[name][:4], other.weights[name][:4], atol=1e-9)


def lived(generated, history):
    """A walk with these daily returns."""
    wealth = {"Generated": generated, "History": history, "Equal weight": history}
    return Walk(
        dates=pd.bdate_range("2010-01-04", periods=len(history) + 1),
        values={name: np.cumprod(np.append(1.0, 1 + days)) for name, days in wealth.items()},
        weights={},
        refits=pd.DatetimeIndex([]),
        turnover={},
    )


@pytest.mark.parametrize("method", ["variance", "cvar", "ratio"])
def test_the_verdict_needs_a_difference_beyond_chance(method):
    rng = np.random.default_rng(2)
    days = rng.standard_normal(1500) * 0.01 + 0.0005
    calm = 0.5 * (days - 0.0005) + 0.001
    assert judge(lived(calm, days), method, step=DAILY).wins == "generated"
    assert judge(lived(days, calm), method, step=DAILY).wins == "history"
    found = judge(lived(days[::-1].copy(), days), method, step=DAILY)  # the same days in another order
    assert found.wins == "neither"
    assert found.low < 0 < found.high


def test_a_walk_can_be_stopped_and_refuses_too_short_a_history(market):
    with pytest.raises(Stopped):
        walk_forward(
            market, equal_by_chance, "hrp", Limits(), start=market.dates[520], horizon=21, should_stop=lambda: True
        )
    with pytest.raises(InvalidInput, match="needs 504 and 252"):
        walk_forward(market, equal_by_chance, "hrp", Limits(), start=market.dates[100], horizon=21)
