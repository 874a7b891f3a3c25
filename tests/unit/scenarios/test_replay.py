"""Crises on today's holdings and shocks of a factor, on histories whose answers are known."""

import numpy as np
import pandas as pd
import pytest

from fingen_core.errors import InvalidInput
from fingen_core.market import Market, Source, bundled, crises, sp500_index
from fingen_core.scenarios.replay import factor_shock, replay

LEHMAN = next(crisis for crisis in crises() if crisis.name == "Lehman")
EQUAL = np.full(19, 1 / 19)


def test_a_crisis_is_lived_through_at_its_own_prices():
    found = replay(bundled(), EQUAL, LEHMAN, sp500_index())
    prices = bundled().prices
    expected = prices.loc["2009-03-09"] / prices.loc["2008-09-12"] - 1
    np.testing.assert_allclose(found.moves, expected)
    assert found.loss == pytest.approx(-expected.mean())
    assert found.contributions.sum() == pytest.approx(-found.loss)
    assert found.proxied == ()
    assert found.dates[0] == LEHMAN.start


def test_assets_without_prices_of_the_time_move_by_their_beta_and_are_marked():
    young = bundled().between("2015-01-02")
    found = replay(young, EQUAL, LEHMAN, sp500_index())
    assert found.proxied == young.tickers
    # Betas of large stocks lie around one, so equal weight falls about as the index did.
    assert np.nanmean(found.betas) == pytest.approx(1.0, abs=0.2)
    assert found.loss == pytest.approx(-LEHMAN.fall, abs=0.08)


def test_the_index_by_proxy_is_the_index():
    index = sp500_index()
    found = replay(index.between("2015-01-02"), [1.0], LEHMAN, index)
    assert found.betas[0] == pytest.approx(1.0)
    assert found.loss == pytest.approx(-LEHMAN.fall, abs=0.002)


def test_a_crisis_that_nobody_covers_is_refused():
    young = bundled().between("2015-01-02")
    with pytest.raises(InvalidInput, match="neither US large caps nor S&P 500 index has prices"):
        replay(young, EQUAL, LEHMAN, sp500_index().between("2015-01-02"))
    with pytest.raises(InvalidInput, match="a beta needs 250"):
        replay(bundled().between("2022-06-01"), EQUAL, LEHMAN, sp500_index())


def month_ends(market):
    """The last closes of each month, dated with its last calendar day, which may be a Saturday or a Sunday."""
    return Market(market.prices.resample("ME").last(), Source(kind="upload"), "Monthly")


@pytest.mark.parametrize(
    ("name", "freq", "first", "last"),
    [
        ("COVID-19", "ME", "2020-01-31", "2020-03-31"),
        ("Volmageddon", "ME", "2017-12-31", "2018-02-28"),
        ("Late 2018", "ME", "2018-08-31", "2018-12-31"),
        ("Lehman", "ME", "2008-08-31", "2009-03-31"),
        ("COVID-19", "W-FRI", "2020-02-14", "2020-03-27"),
        ("COVID-19", "D", "2020-02-19", "2020-03-23"),
    ],
)
def test_closes_of_longer_steps_enclose_the_crisis_and_the_index_is_told_between_them(name, freq, first, last):
    crisis, index = next(one for one in crises() if one.name == name), sp500_index()
    prices = bundled().prices if freq == "D" else bundled().prices.resample(freq).last()
    found = replay(Market(prices, Source(kind="upload")), EQUAL, crisis, index)
    assert (f"{found.dates[0]:%Y-%m-%d}", f"{found.dates[-1]:%Y-%m-%d}") == (first, last)
    days, closes = bundled().dates.to_numpy(), bundled().prices.to_numpy()
    rows = [np.flatnonzero(days <= np.datetime64(day))[-1] for day in (first, last)]
    np.testing.assert_allclose(found.moves, closes[rows[1]] / closes[rows[0]] - 1)
    days, level = index.dates.to_numpy(), index.prices.to_numpy()[:, 0]
    before, after = (level[np.flatnonzero(days <= np.datetime64(day))[-1]] for day in (first, last))
    assert found.is_wider == (freq != "D")
    assert found.index_move == pytest.approx(crisis.fall if freq == "D" else after / before - 1)


def test_month_ends_on_a_weekend_have_the_close_of_the_index_before_them():
    young, index = month_ends(bundled().between("2010-01-04")), sp500_index()
    found = replay(young, EQUAL, LEHMAN, index)
    days, level = index.dates.to_numpy(), index.prices.to_numpy()[:, 0]
    known = young.dates[young.dates <= index.dates[-1] + pd.Timedelta(days=30)].to_numpy()
    driver = level[[np.flatnonzero(days <= day)[-1] for day in known]]
    driver = driver[1:] / driver[:-1] - 1
    prices = young.prices.to_numpy()[: len(known)]
    returns = prices[1:] / prices[:-1] - 1
    expected = [np.cov(driver, column)[0, 1] / driver.var(ddof=1) for column in returns.T]
    assert len(driver) > 150
    assert (young.dates.day_of_week >= 5).any()
    np.testing.assert_allclose(found.betas, expected)
    with pytest.raises(InvalidInput, match="share 36 dates, but a beta needs 60"):
        replay(month_ends(bundled().between("2020-01-02", "2022-12-28")), EQUAL, LEHMAN, index)


@pytest.mark.parametrize(
    ("freq", "first", "last", "n_steps"),
    [("ME", "2008-08-31", "2009-03-31", 7), ("W-FRI", "2008-09-12", "2009-03-13", 26)],
)
def test_by_proxy_longer_steps_take_the_index_at_their_own_dates(freq, first, last, n_steps):
    index = sp500_index()
    young = Market(index.between("2010-01-04").prices.resample(freq).last(), Source(kind="upload"), "Young")
    found = replay(young, [1.0], LEHMAN, index)
    assert (f"{found.dates[0]:%Y-%m-%d}", f"{found.dates[-1]:%Y-%m-%d}") == (first, last)
    assert found.n_steps == n_steps == len(found.dates) - 1
    assert found.is_wider
    level = index.prices.iloc[:, 0]
    assert found.index_move == pytest.approx(level.asof(pd.Timestamp(last)) / level.asof(pd.Timestamp(first)) - 1)
    assert found.loss == pytest.approx(-found.index_move)  # its beta to itself is 1


def linear(n_days, betas, seed, n_paths=20_000):
    """Returns of a driver and of two assets that follow it, one day each."""
    rng = np.random.default_rng(seed)
    driver = 0.02 * rng.standard_normal((n_paths, n_days))
    noise = 0.01 * rng.standard_normal((n_paths, n_days, len(betas)))
    return driver[..., None] * np.array([1.0, *betas]) + np.concatenate([0 * noise[..., :1], noise], axis=2)


def test_a_shock_by_beta_and_by_paths_agrees_where_the_world_is_linear():
    history = np.exp(np.cumsum(linear(1500, (0.5, 2.0), 0, 1)[0], axis=0))
    dates = pd.bdate_range("2015-01-01", periods=1500)
    market = Market(pd.DataFrame(history, dates, ["F", "A", "B"]), Source(kind="upload"))
    paths = linear(1, (0.5, 2.0), 1).astype(np.float32)
    found = factor_shock(market, paths, [1, 0, 0], -0.03, 1)
    # 700 paths lie in the stripe, each with noise of 1 %: standard error .0004; betas are as good.
    np.testing.assert_allclose(found.table["by_model"], [-0.03, -0.015, -0.06], atol=0.003)
    np.testing.assert_allclose(found.table["by_beta"], [-0.03, -0.015, -0.06], atol=0.003)
    bent = paths.copy()
    bent[..., 1] *= np.where(bent[..., 0] < -0.02, 2, 1)  # falls of the factor hit twice as hard
    assert factor_shock(market, bent, [1, 0, 0], -0.03, 1).table["by_model"][1] < -0.025


def test_the_band_of_a_shock_holds_the_truth_nine_times_in_ten():
    history = np.exp(np.cumsum(linear(600, (0.5, 2.0), 0, 1)[0], axis=0))
    dates = pd.bdate_range("2015-01-01", periods=600)
    market = Market(pd.DataFrame(history, dates, ["F", "A", "B"]), Source(kind="upload"))
    weights, truth = np.array([0.0, 0.8, -0.3]), -0.03 * (0.8 * 0.5 - 0.3 * 2.0)
    bands = [
        factor_shock(market, linear(1, (0.5, 2.0), seed, 2000), [1, 0, 0], -0.03, 1).mean_of(weights)
        for seed in range(300)
    ]
    mean, low, high = np.array(bands).T
    # Returns of log returns bend a little: 2 basis points here, against bands of 16.
    inside = ((low <= truth) & (truth <= high)).mean()
    assert 0.84 < inside < 0.95  # 3.5 standard errors are .06
    narrow = (np.abs(mean - truth) <= (high - low) / 4).mean()
    assert narrow < 0.7  # a band of half the width would be told apart


def test_a_shock_that_no_path_reaches_has_no_mean():
    market = bundled().between("2018-01-02")
    paths = 0.001 * np.random.default_rng(0).standard_normal((500, 3, 19)).astype(np.float32)
    found = factor_shock(market, paths, EQUAL, -0.5, 3)
    assert found.n_paths == 0
    assert np.isnan(found.mean_of(EQUAL)).all()
    assert found.table["by_model"].isna().all()
    assert found.table["by_beta"].notna().all()


@pytest.mark.parametrize(("days", "words"), [(0, "choose fewer"), (9, "choose fewer")])
def test_a_shock_longer_than_the_paths_is_refused(days, words):
    with pytest.raises(InvalidInput, match=words):
        factor_shock(bundled(), np.zeros((5, 3, 19), np.float32), EQUAL, -0.1, days)
