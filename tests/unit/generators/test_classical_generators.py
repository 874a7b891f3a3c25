"""The laws of the classical generators: recursions by hand, windows that move, margins and copulas by construction."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from fingen_core.errors import InvalidInput
from fingen_core.generators.classical.fhs import EwmaHistoricalSimulation
from fingen_core.generators.classical.garch import LEAST_AVERAGE, Ewma
from fingen_core.generators.classical.historical import BEGINNING, HistoricalSimulation
from fingen_core.generators.classical.independent import GaussianRandomWalk
from fingen_core.generators.classical.t_copula import StudentMargin, TCopula, fit_t_copula
from fingen_core.generators.classical.vine import VineCopula, _depth
from fingen_core.generators.registry import classical
from fingen_core.market import Market, Source


def market_of(log_returns: np.ndarray, start: str = "2000-01-03") -> Market:
    dates = pd.bdate_range(start, periods=len(log_returns) + 1)
    prices = 100 * np.exp(np.vstack([np.zeros(log_returns.shape[1]), np.cumsum(log_returns, axis=0)]))
    return Market(pd.DataFrame(prices, dates, [f"A{i}" for i in range(prices.shape[1])]), Source(kind="upload"))


def heavy(n_steps: int, n_assets: int, seed: int) -> np.ndarray:
    """Daily t returns that share a factor, with volatility that comes and goes."""
    rng = np.random.default_rng(seed)
    common, own = rng.standard_t(5, (n_steps, 1)), rng.standard_t(5, (n_steps, n_assets))
    level = np.exp(0.7 * np.sin(np.arange(n_steps) / 60))[:, None]
    return 0.008 * level * (common + own)


@pytest.fixture(scope="module")
def market() -> Market:
    return market_of(heavy(1500, 3, seed=7))


# Exponentially weighted volatility ------------------------------------------------------------------------------------


def test_ewma_recursion_by_hand():
    variances = Ewma(decay=0.94).variances(np.array([2.0, 0.0, -1.0]))
    # .94 * 1 + .06 * 4 = 1.18; .94 * 1.18 = 1.1092; .94 * 1.1092 + .06 = 1.102648
    assert np.allclose(variances, [1, 1.18, 1.1092, 1.102648], rtol=1e-12)
    assert np.allclose(Ewma(decay=0.94, scale=1.5).variances(np.array([2.0])), [1.5, 1.77])


def test_ewma_stops_falling_where_prices_stand_still():
    y = np.r_[np.zeros(200), 1.0]
    assert Ewma(decay=0.94).variances(y)[200] == LEAST_AVERAGE
    assert LEAST_AVERAGE > 0.94**200  # the twin: without the floor it would be lower


def test_ewma_residuals_have_mean_square_one_and_the_variance_stays(market):
    y = (market.log_returns() - market.log_returns().mean(axis=0)) / market.log_returns().std(axis=0)
    for column in y.T:
        model = Ewma.fit(column, 0.94)
        residuals = column / np.sqrt(model.variances(column)[:-1])
        assert (residuals**2).mean() == pytest.approx(1, rel=1e-12)
        assert model.growth(residuals).mean() == pytest.approx(1, rel=1e-12)
        plain = Ewma(decay=0.94)  # the twin: unscaled, expected variance would grow day by day
        raw = column / np.sqrt(plain.variances(column)[:-1])
        assert plain.growth(raw).mean() > 1.003


def test_ewma_simulation_equals_the_slow_one(market):
    drawn = EwmaHistoricalSimulation().fit(market).sample(3, 20, seed=9)
    days = np.random.default_rng(9).integers(market.n_steps, size=(20, 3), dtype=np.int32)
    mean, sd = market.log_returns().mean(axis=0), market.log_returns().std(axis=0)
    y = (market.log_returns() - mean) / sd
    averages = np.ones((market.n_steps + 1, 3))
    for t, row in enumerate(y):
        averages[t + 1] = 0.94 * averages[t] + 0.06 * row**2
    scale = (y**2 / averages[:-1]).mean(axis=0)
    residuals = y / np.sqrt(scale * averages[:-1])
    residuals -= residuals.mean(axis=0)
    for path in range(3):
        variance = scale * averages[-1]
        for step in range(20):
            z = residuals[days[step, path]]
            expected = mean + sd * np.sqrt(variance) * z
            assert np.allclose(drawn[path, step], expected, rtol=3e-4, atol=1e-7)
            variance = variance * (0.94 + 0.06 * z**2)


def test_ewma_follows_the_days_before(market):
    returns = market.log_returns().copy()
    returns[699] -= 0.2
    fhs = EwmaHistoricalSimulation().fit(market)
    calm, shocked = fhs.states(market), fhs.states(market_of(returns))
    assert np.allclose(shocked.at(market.dates[699]), calm.at(market.dates[699]), rtol=1e-9)
    ratio = (
        fhs.sample(4000, 1, state=shocked.at(market.dates[700]), seed=0).std()
        / fhs.sample(4000, 1, state=calm.at(market.dates[700]), seed=0).std()
    )
    assert ratio > 1.5


@pytest.mark.parametrize("decay", [0, 1, -0.5, np.nan])
def test_ewma_refuses_a_decay_that_is_none(decay):
    with pytest.raises(InvalidInput, match=r"inside \(0, 1\)"):
        EwmaHistoricalSimulation(decay)


# Historical simulation ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("window", "first"), [(500, 700), (None, 0)])
def test_the_window_moves_with_the_state(market, window, first):
    fitted = HistoricalSimulation(window).fit(market.between(end=market.dates[1000]))
    rows = market.log_returns().astype(np.float32)
    later = fitted.states(market).at(market.dates[1200])
    assert np.array_equal(later, rows[first:1200])
    drawn = fitted.sample(400, 3, state=later, seed=0).reshape(-1, 3)
    assert {tuple(row) for row in drawn} <= {tuple(row) for row in rows[first:1200]}
    # Days after the end of the fit are among them: without the state they are not.
    new = {tuple(row) for row in rows[1000:1200]}
    assert {tuple(row) for row in drawn} & new
    assert not {tuple(row) for row in fitted.sample(400, 3, seed=0).reshape(-1, 3)} & new


def test_the_fit_stands_in_front_of_a_history_that_begins_later(market):
    fitted = HistoricalSimulation(500).fit(market.between(end=market.dates[1000]))
    whole, part = fitted.states(market), fitted.states(market.between(start=market.dates[1000]))
    for day in (1000, 1001, 1200, 1500):
        assert np.array_equal(whole.at(market.dates[day]), part.at(market.dates[day]))
    overlapping = fitted.states(market.between(start=market.dates[800]))
    assert np.array_equal(overlapping.at(market.dates[1200]), whole.at(market.dates[1200]))


def test_a_window_knows_no_later_day(market):
    generator = HistoricalSimulation().fit(market)
    early = HistoricalSimulation().fit(market.between(end=market.dates[700]))
    whole = generator.states(market)
    assert np.array_equal(whole.at(market.dates[700]), early.states(market).at(market.dates[700]))
    # Only the first year looks ahead, to its own end.
    assert len(whole.at(market.dates[0])) == len(whole.at(market.dates[BEGINNING])) == BEGINNING
    assert len(whole.at(market.dates[BEGINNING + 1])) == BEGINNING + 1


def test_historical_simulation_refuses_what_is_too_short(market):
    with pytest.raises(InvalidInput, match="window of 249 days"):
        HistoricalSimulation(249)
    with pytest.raises(InvalidInput, match=r"400 returns .* 500 days needs 500"):
        HistoricalSimulation(500).fit(market.between(end=market.dates[400]))
    with pytest.raises(InvalidInput, match="state of shape"):
        HistoricalSimulation().fit(market).sample(1, 1, state=np.ones((5, 2)), seed=0)


# Random walk ----------------------------------------------------------------------------------------------------------


def test_random_walk_has_the_moments_of_history_and_no_tails(market):
    returns = market.log_returns()
    drawn = GaussianRandomWalk().fit(market).sample(2000, 100, seed=0).reshape(-1, 3)
    error = returns.std(axis=0) / np.sqrt(len(drawn))  # of a mean
    assert (np.abs(drawn.mean(axis=0) - returns.mean(axis=0)) < 4 * error).all()
    covariance = np.cov(returns, rowvar=False)
    variances = np.diag(covariance)
    error = np.sqrt((covariance**2 + np.outer(variances, variances)) / len(drawn))  # of a normal sample's covariance
    assert (np.abs(np.cov(drawn, rowvar=False) - covariance) < 4 * error).all()
    four_errors = 4 * np.sqrt(24 / len(drawn))
    assert (np.abs(stats.kurtosis(drawn)) < four_errors).all()
    assert (stats.kurtosis(returns) > 1).all()  # the twin: history itself would not pass


def test_random_walk_of_assets_that_copy_each_other():
    returns = heavy(600, 2, seed=1)
    copied = market_of(np.c_[returns, returns.sum(axis=1)])
    drawn = GaussianRandomWalk().fit(copied).sample(50, 50, seed=0).reshape(-1, 3)
    drawn -= drawn.mean(axis=0)
    assert np.allclose(drawn[:, 2], drawn[:, 0] + drawn[:, 1], atol=1e-5)


# t copula -------------------------------------------------------------------------------------------------------------


def test_margins_are_as_likely_as_those_of_scipy(market):
    for returns in market.log_returns().T:
        ours, theirs = StudentMargin.fit(returns), stats.t.fit(returns)
        likelihood = stats.t.logpdf(returns, ours.degrees, ours.location, ours.scale).sum()
        assert likelihood > stats.t.logpdf(returns, *theirs).sum() - 0.01


def test_margins_undo_themselves_far_out():
    margin = StudentMargin(location=0.001, scale=0.01, degrees=3.0)
    scores = np.array([-60.0, -6.0, -0.5, 0.0, 0.5, 6.0, 60.0])
    assert np.allclose(margin.score(margin.quantile(scores, 7.0), 7.0), scores, rtol=1e-8)
    assert margin.quantile(scores, 3.0) == pytest.approx(0.001 + 0.01 * scores, rel=1e-8)
    probabilities = np.array([1e-9, 0.01, 0.5, 0.99])
    assert margin.probability(margin.at_probability(probabilities)) == pytest.approx(probabilities, rel=1e-6)
    assert margin.at_probability(probabilities) == pytest.approx(stats.t.ppf(probabilities, 3.0, 0.001, 0.01))


def test_degrees_stay_where_the_variance_is_finite():
    rng = np.random.default_rng(0)
    assert StudentMargin.fit(0.01 * rng.standard_t(1.2, 4000)).degrees == pytest.approx(2.1)
    assert StudentMargin.fit(0.01 * rng.standard_normal(4000)).degrees > 20


def test_sampling_goes_through_the_exact_quantiles(market):
    copula = TCopula().fit(market)
    drawn = copula.sample(3000, 1, seed=4)[:, 0].astype(np.float64)
    rng = np.random.default_rng(4)
    scores = rng.standard_normal((3000, 3), dtype=np.float32).astype(np.float64) @ copula._factor
    scores /= np.sqrt(rng.chisquare(copula.degrees, (3000, 1)) / copula.degrees)
    for column, margin in enumerate(copula.margins):
        assert np.allclose(drawn[:, column], margin.quantile(scores[:, column], copula.degrees), rtol=1e-4, atol=2e-7)


def test_copula_never_draws_a_return_without_a_price(market):
    copula = TCopula().fit(market)
    copula._tables = [table * 3 for table in copula._tables]  # tails as wild as one draw in hundreds of millions
    drawn = copula.sample(2000, 1, seed=0)
    assert np.isfinite(np.expm1(drawn)).all()
    limit = 25 * market.log_returns().std(axis=0)
    assert (np.abs(drawn) <= limit * (1 + 1e-6)).all()
    assert (np.abs(drawn) >= limit * (1 - 1e-6)).any()  # so that the line above could have failed


def test_copula_of_one_asset_is_its_margin():
    alone = market_of(heavy(800, 1, seed=2))
    copula = TCopula().fit(alone)
    assert copula.degrees == copula.margins[0].degrees
    assert fit_t_copula(alone.log_returns(), copula.margins)[0].tolist() == [[1.0]]


# Vine copula ----------------------------------------------------------------------------------------------------------


def test_vine_refuses_fewer_than_three_assets():
    with pytest.raises(InvalidInput, match="2 assets, but a vine needs at least three: choose the t copula"):
        VineCopula().fit(market_of(heavy(300, 2, seed=3)))


@pytest.mark.parametrize(("n_assets", "trees"), [(3, 2), (19, 18), (28, 27), (30, 21), (50, 8), (1000, 2)])
def test_vine_is_cut_where_pairs_would_be_too_many(n_assets, trees):
    assert _depth(n_assets) == trees


def test_vine_draws_days_of_its_bank(market):
    vine = VineCopula().fit(market)
    bank = {tuple(row) for row in vine._bank}
    assert {tuple(row) for row in vine.sample(30, 10, seed=0).reshape(-1, 3)} <= bank
    assert len(bank) == len(vine._bank)


# All of them ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", sorted(set(classical()) - {"vine-copula"}))
def test_one_asset_is_enough(key):
    alone = market_of(heavy(800, 1, seed=5))
    generator = classical()[key]().fit(alone)
    drawn = generator.sample(2000, 2, state=generator.states(alone).at(alone.dates[600]), seed=0)
    assert drawn.shape == (2000, 2, 1)
    assert 0.4 < drawn.std() / alone.log_returns().std() < 2.5


@pytest.mark.parametrize("key", sorted(classical()))
def test_states_end_with_the_day_they_are_asked_for(key, market):
    generator = classical()[key]().fit(market)
    day = market.dates[900]
    whole, early = generator.states(market).at(day), generator.states(market.between(end=day)).at(day)
    assert np.array_equal(generator.sample(50, 3, state=whole, seed=1), generator.sample(50, 3, state=early, seed=1))
