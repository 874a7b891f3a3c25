"""Days in a state of the market: against a slow definition, at the edges, and where history has none."""

import numpy as np
import pandas as pd
import pytest

from fingen_core.errors import InvalidInput
from fingen_core.generators.classical.bootstrap import StationaryBootstrap
from fingen_core.generators.classical.fhs import FilteredHistoricalSimulation
from fingen_core.generators.pictures.generator import PictureGenerator
from fingen_core.market import bundled
from fingen_core.scenarios import market_state
from fingen_core.scenarios.market_state import conditions_over_time, draw, evenings, standing
from fingen_core.settings import ASSETS
from tests.jobs_support import small_market


@pytest.fixture(scope="module")
def market():
    return bundled()


def test_the_state_of_a_day_is_that_of_the_month_and_quarter_before_its_close(market):
    levels = conditions_over_time(market)
    moves = market.log_returns().mean(axis=1)
    for row in (0, 100, len(levels) - 1):
        last = market.return_dates.get_loc(levels.index[row]) + 1
        month, quarter = moves[last - 21 : last], moves[last - 63 : last]
        assert levels["volatility"].iloc[row] == pytest.approx(np.sqrt(np.mean(month**2)))
        assert levels["trend"].iloc[row] == pytest.approx(quarter.sum())
    assert len(levels) == market.n_steps - 249


@pytest.mark.parametrize("condition", [{"volatility": 95}, {"trend": 3}, {"volatility": 50, "trend": 50}])
def test_days_are_in_the_state_that_was_asked_for(market, condition):
    found = evenings(market, condition)
    assert found.weights.sum() == pytest.approx(1)
    for name, value in condition.items():
        assert found.reached[name] == pytest.approx(value, abs=1.5)
    assert not found.is_far
    assert found.n_effective >= 20
    assert set(found.examples()) <= {f"{day:%Y-%m-%d}" for day in found.dates}
    assert "No day" not in found.sentence()
    assert " -" not in found.sentence()  # a true minus sign, as everywhere


def test_the_wildest_days_are_those_of_the_two_great_crises(market):
    found = evenings(market, {"volatility": 100})
    assert {day[:4] for day in found.examples()} == {"2008", "2020"}
    assert found.reached["volatility"] > 99


def test_a_state_that_history_lacks_is_said_with_the_nearest_day(market):
    found = evenings(market, {"volatility": 5, "trend": 5})
    assert found.is_far
    nearest = found.nearest_state
    assert found.distance == pytest.approx(np.hypot(nearest["volatility"] - 5, nearest["trend"] - 5))
    levels = conditions_over_time(market)
    percentiles = (levels.rank() - 1) / (len(levels) - 1) * 100
    gaps = np.hypot(percentiles["volatility"] - 5, percentiles["trend"] - 5)
    assert gaps.idxmin() == found.nearest
    assert found.sentence().startswith(f"No day of history was in this state. The nearest, {found.nearest:%Y-%m-%d}")
    assert found.facts()["distance"] == round(found.distance, 2)


def test_a_short_history_still_gives_twenty_days():
    found = evenings(small_market(), {"volatility": 100})
    assert found.n_effective > 10
    assert len(found.dates) >= 20


def test_days_are_drawn_by_weight_and_seed(market):
    found = evenings(market, {"volatility": 95, "trend": 10})
    days = found.drawn(20_000, seed=1)
    share = pd.Series(days).value_counts(normalize=True).reindex(found.dates, fill_value=0)
    error = np.sqrt(found.weights * (1 - found.weights) / 20_000)
    assert (np.abs(share.to_numpy() - found.weights) < 5 * error + 1e-4).all()
    pd.testing.assert_index_equal(days, found.drawn(20_000, seed=1))
    assert (days != found.drawn(20_000, seed=2)).any()


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        ({}, "no state of the market asked for"),
        ({"severity": 0.1}, "no state of the market asked for"),
        ({"volatility": -1}, "volatility = -1: use a percentile of history from 0 to 100"),
        ({"trend": "low"}, "trend = 'low'"),
        ({"volatility": True}, "volatility = True"),
    ],
)
def test_what_is_no_state_is_refused(condition, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        evenings(small_market(), condition)


def test_a_history_without_a_past_is_refused():
    with pytest.raises(InvalidInput, match="79 daily returns in Small: a state of the market needs 83"):
        evenings(small_market(80), {"volatility": 50})


def test_one_state_per_path_is_the_same_as_one_for_all():
    market = small_market()
    generator = FilteredHistoricalSimulation().fit(market)
    states = generator.states(market)
    day = market.dates[200]
    several = generator.sample(700, 5, state=states.each(pd.DatetimeIndex([day] * 700)), seed=3)
    np.testing.assert_array_equal(several, generator.sample(700, 5, state=states.at(day), seed=3))
    with pytest.raises(InvalidInput, match="state of shape"):
        generator.sample(699, 5, state=states.each(pd.DatetimeIndex([day] * 700)), seed=3)


def test_drawing_without_a_condition_is_the_generator_itself():
    market = small_market()
    generator = FilteredHistoricalSimulation().fit(market)
    np.testing.assert_array_equal(draw(generator, market, 5, 4, seed=1), generator.sample(5, 4, seed=1))


def test_a_generator_that_forgets_says_so():
    market = small_market()
    with pytest.raises(InvalidInput, match="draws the same whatever the market's state"):
        draw(StationaryBootstrap().fit(market), market, 5, 4, condition={"volatility": 90}, seed=1)
    assert not isinstance(StationaryBootstrap().fit(market).states(market), market_state.ManyStates)


def test_painters_set_out_from_such_days_too(market):
    painter = PictureGenerator.load(ASSETS / "pictures")
    wild = draw(painter, market, 60, 20, condition={"volatility": 98}, seed=1)
    calm = draw(painter, market, 60, 20, condition={"volatility": 5}, seed=1)
    assert wild.shape == (60, 20, market.n_assets)
    assert wild.std() > 1.5 * calm.std()


def test_an_evening_is_told_where_it_stands_among_all(market):
    calm, wild = (standing(market, pd.Timestamp(day)) for day in ("2017-10-10", "2008-10-10"))
    assert calm["volatility"] < 10
    assert wild["volatility"] > 98
    assert wild["trend"] < 2
    assert standing(market, pd.Timestamp("2008-10-12")) == wild  # a Sunday knows Friday's close
    with pytest.raises(InvalidInput, match="choose a later day"):
        standing(market, market.dates[20])
