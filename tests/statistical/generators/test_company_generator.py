"""A made market whose truth is known: leverage raises volatility. What is asked for has to show it, and only it."""

import numpy as np
import pandas as pd
import pytest
import torch

from fingen_core.errors import InvalidInput, Stopped
from fingen_core.generators.companies.fitting import train
from fingen_core.generators.companies.generator import CompanyGenerator
from fingen_core.market import Market, Source
from fingen_core.market.statements import Statements
from fingen_core.scenarios import companies as reading
from fingen_core.training.settings.config import preset

SLOPE = 1.5
"""Log volatility per unit of leverage."""

LOW, HIGH = {"leverage": 0.1}, {"leverage": 0.7}
TRUTH = float(np.exp(SLOPE * (HIGH["leverage"] - LOW["leverage"])))
TOLERANCE = 0.15
"""Relative; a quick training of 60 steps came within .02."""

YEARS = range(2013, 2022)


def world(n: int = 24, days: int = 700, *, shuffled: bool = False, without_debt: int = 0, future: float = 0.0):
    """A market, and statements: of their own companies, or dealt to others."""
    rng = np.random.default_rng(1)
    leverage = rng.permutation(np.linspace(0.05, 0.75, n))
    shared = 0.008 * rng.standard_normal((days, 1))
    returns = np.exp(SLOPE * (leverage - 0.4)) * (shared + 0.01 * rng.standard_normal((days, n)))
    prices = 100 * np.exp(np.vstack([np.zeros(n), returns.cumsum(axis=0)]))
    tickers = [f"C{at:02d}" for at in range(n)]
    table = pd.DataFrame(prices, pd.bdate_range("2015-01-01", periods=days + 1), tickers)
    market = Market(table, Source(kind="upload", detail="made.csv"), name="Made")
    told = rng.permutation(leverage) if shuffled else leverage
    statements = {}
    for at, ticker in enumerate(tickers):
        assets = 1000.0 * np.exp(0.1 * at)
        items = {"Total assets": assets, "Net income": 0.05 * assets}
        if at >= without_debt:
            items["Total debt"] = assets * told[at]
        periods = {f"{year}-12-31": items for year in YEARS}
        if future:
            periods |= {f"{year}-12-31": {**items, "Total debt": assets * future} for year in range(2019, 2022)}
        statements[ticker] = Statements(ticker=ticker, table=pd.DataFrame(periods), source="made")
    return market, statements


def short(market, statements, **changes):
    return train(market, statements, preset("quick", "vae", **{"seed": 0, "vae_steps": 60, **changes}))


def small(**changes):
    return world(6, 520, **changes)


@pytest.fixture(scope="module")
def model() -> CompanyGenerator:
    return short(*world())


def volatility(model: CompanyGenerator, numbers) -> float:
    return float(model.sample(2000, 21, numbers=numbers, seed=1)[:, :, 1].std())


def keeps_the_truth(model: CompanyGenerator) -> bool:
    """High leverage moves by the known factor more than low leverage does."""
    return abs(volatility(model, HIGH) / volatility(model, LOW) / TRUTH - 1) <= TOLERANCE


def test_leverage_asked_for_gives_the_volatility_that_it_has(model):
    assert keeps_the_truth(model)
    assert reading.verdict(model.info, ["leverage"]) == "clear"
    size = 0.01 * np.hypot(1, 0.8) * np.exp(SLOPE * (LOW["leverage"] - 0.4))
    assert volatility(model, LOW) == pytest.approx(size, rel=TOLERANCE)
    low, high = model.between(HIGH)
    assert 0.8 < low < 1 < high < 1.25


def test_statements_dealt_to_other_companies_fail_that_check():
    twin = short(*world(shuffled=True))
    assert not keeps_the_truth(twin)
    assert reading.verdict(twin.info, ["leverage"]) in {"nothing", "weak"}


def test_nothing_told_is_any_company_and_never_a_zero(model):
    plain, zero = volatility(model, {}), volatility(model, {"leverage": 0.0})
    assert zero < 0.7 * plain  # no debt is a calm company here; nothing said is none in particular
    told, nothing = (model.whole.of(np.array([np.nan, value, np.nan])) for value in (0.0, np.nan))
    assert told < nothing - 0.3


def test_companies_without_an_item_teach_nothing_of_it():
    market, statements = small(without_debt=2)
    model = short(market, statements, vae_steps=20)
    at = next(one for one in model.info["relations"]["whole"] if one["told"] == ["leverage"])
    assert at["n_companies"] == 4
    missing = {one["ticker"] for one in model.info["companies"] if one["leverage"] is None}
    assert missing == {"C00", "C01"}
    assert model.info["low"][1] > 0.01  # a zero would be the least that was seen


def test_statements_that_are_not_known_yet_change_no_weight_and_the_same_seed_learns_the_same():
    plain, seen = (short(*small(future=debt), vae_steps=20) for debt in (0.3, 9.0))
    assert plain.info["last_date"] < "2019-12-31"
    for name, value in plain.model.tensors().items():
        assert torch.equal(value, seen.model.tensors()[name]), name
    np.testing.assert_array_equal(plain.whole.slopes, seen.whole.slopes)


def test_what_is_saved_draws_the_same_and_seeds_count(model, tmp_path):
    model.save(tmp_path)
    again = CompanyGenerator.load(tmp_path)
    how = {"numbers": HIGH, "start": "2016-06-01", "end": "2017-06-01"}
    first = model.sample(50, 5, **how, seed=3)
    np.testing.assert_allclose(again.sample(50, 5, **how, seed=3), first, rtol=1e-4, atol=1e-7)
    assert not np.allclose(model.sample(50, 5, **how, seed=4), first)
    with pytest.raises(InvalidInput, match="choose days from 2015-01-01"):
        model.sample(50, 5, start="1999-01-01", seed=0)
    with pytest.raises(InvalidInput, match="no number of a company here"):
        model.sample(50, 5, numbers={"mood": 1.0}, seed=0)
    with pytest.raises(InvalidInput, match="leave it out where it is not known"):
        model.sample(50, 5, numbers={"leverage": float("nan")}, seed=0)


def test_trainings_stop_when_asked_and_refuse_what_is_too_little():
    market, statements = small()
    with pytest.raises(Stopped):
        train(market, statements, preset("quick", "vae"), should_stop=lambda: True)
    with pytest.raises(InvalidInput, match="1 companies of Made have statements"):
        short(market, {"C00": statements["C00"]})


def test_readings_say_what_lies_outside_and_who_comes_nearest(model):
    assert reading.outside(model.info, {"leverage": 0.5}) == {}
    assert reading.outside(model.info, {"leverage": 2.0})["leverage"] > 1
    close = reading.nearest(model.info, {"leverage": 0.05})
    assert close["leverage"].iloc[0] == pytest.approx(0.05)
    assert close["distance"].is_monotonic_increasing
    few = short(*small(), vae_steps=20)
    assert reading.verdict(few.info, ["leverage"]) == "few"
    assert "may be luck" in reading.verdict_words(few.info, ["leverage"])
