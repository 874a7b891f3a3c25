"""Limits per sector: kept to by every method that can, checked by hand, and refused when nothing can keep to them."""

import dataclasses
import hashlib
import json
import re
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import hadamard
from scipy.optimize import linprog

from fingen_core.errors import InvalidInput
from fingen_core.jobs.background.walk_forward import WalkRequest
from fingen_core.market import Market, Source
from fingen_core.portfolio.allocation.frontier import frontier
from fingen_core.portfolio.allocation.limits import Limits, sector_limits
from fingen_core.portfolio.allocation.methods import METHODS, allocate
from fingen_core.portfolio.allocation.walk_forward import walk_forward
from fingen_core.portfolio.strategies.settings import Trading

TICKERS = ("AAPL", "MSFT", "JPM", "KO")
TECHNOLOGY = [0, 1]
AT_MOST_40 = sector_limits(TICKERS, sector_highest=0.4)


@pytest.fixture(scope="module")
def returns():
    """Uncorrelated to the last digit, variances as 1 to 4 to 2 to 2, means falling."""
    columns = hadamard(8)[:, 1:5] * np.sqrt([1, 4, 2, 2]) * 0.01
    return np.tile(columns, (100, 1)) + np.array([0.004, 0.003, 0.002, 0.001])


def test_least_variance_under_a_sector_limit_is_what_it_is_by_hand(returns):
    free = allocate("variance", returns, TICKERS, Limits())
    np.testing.assert_allclose(free, np.array([1, 1 / 4, 1 / 2, 1 / 2]) / 2.25, atol=1e-3)
    assert free[TECHNOLOGY].sum() > 0.55  # the twin without a limit
    held = allocate("variance", returns, TICKERS, AT_MOST_40)
    np.testing.assert_allclose(held, [0.4 * 4 / 5, 0.4 / 5, 0.3, 0.3], atol=1e-3)
    raised = allocate("variance", returns, TICKERS, sector_limits(TICKERS, sector_lowest=0.3))
    np.testing.assert_allclose(raised, [0.4 * 4 / 5, 0.4 / 5, 0.3, 0.3], atol=1e-3)


@pytest.mark.parametrize("method", [name for name, one in METHODS.items() if one.knows_sectors])
def test_every_method_that_can_keeps_to_sectors(method, returns):
    limits = sector_limits(TICKERS, sector_lowest=0.22, sector_highest=0.4)
    free, held = (allocate(method, returns, TICKERS, one) for one in (Limits(), limits))
    assert free[TECHNOLOGY].sum() > 0.45
    for weights in (held[TECHNOLOGY].sum(), held[2], held[3]):
        assert 0.22 - 1e-4 <= weights <= 0.4 + 1e-4


def test_a_sector_can_have_limits_of_its_own(returns):
    own = sector_limits(TICKERS, sector_highest=0.5, own=[("Financials", 0.4, 0.4)])
    held = allocate("variance", returns, TICKERS, own)
    rest = np.array([1, 1 / 4, 0, 1 / 2]) / 1.75  # inverse variances of those that stay free
    np.testing.assert_allclose(held, 0.6 * rest + [0, 0, 0.4, 0], atol=1e-3)
    tight = sector_limits(TICKERS, sector_highest=0.5, own=[("Information Technology", 0, 0.2)])
    np.testing.assert_allclose(allocate("variance", returns, TICKERS, tight), [0.16, 0.04, 0.4, 0.4], atol=1e-3)


def test_a_tree_of_assets_refuses_what_it_cannot_keep_to(returns):
    with pytest.raises(InvalidInput, match="cannot keep to limits per sector: leave them out, or choose from Minimum"):
        allocate("hrp", returns, TICKERS, AT_MOST_40)
    unlimited = allocate("hrp", returns, TICKERS, sector_limits(TICKERS))
    np.testing.assert_array_equal(unlimited, allocate("hrp", returns, TICKERS, Limits()))


def test_the_frontier_keeps_to_sectors_up_to_its_end(returns):
    found, free = (
        frontier(returns, limits, per_year=252, n_points=4, n_resamples=3) for limits in (AT_MOST_40, Limits())
    )
    np.testing.assert_allclose(found.weights[0], [0.32, 0.08, 0.3, 0.3], atol=1e-3)
    np.testing.assert_allclose(found.weights[-1], [0.4, 0, 0.4, 0.2], atol=1e-3)  # the best means, filled up in turn
    np.testing.assert_allclose(free.weights[-1], [1, 0, 0, 0], atol=1e-3)
    for weights in (found.weights, found.resampled_weights):
        assert weights[..., TECHNOLOGY].sum(axis=-1).max() <= 0.4 + 1e-5


def test_who_has_no_known_sector_is_limited_by_its_own_limit_only(returns):
    tickers = ("AAPL", "^GSPC", "JPM", "KO")
    limits = sector_limits(tickers, sector_highest=0.15)
    assert [name for name, _ in limits.sectors] == ["Consumer Staples", "Financials", "Information Technology"]
    assert allocate("variance", returns, tickers, limits)[1] == pytest.approx(0.55, abs=1e-3)


@pytest.mark.parametrize(
    ("tickers", "asked", "message"),
    [
        (
            ("AAPL", "JPM", "KO"),
            {"sector_highest": 0.2},
            "3 sectors of at most 20.0% each cannot add up to 100 %: allow at least 33.4% per sector",
        ),
        (
            ("AAPL", "MSFT", "JPM", "^GSPC"),
            {"highest": 0.3, "sector_highest": 0.25},
            "and 1 asset without a sector of at most 30.0% each cannot add up to 100 %: allow at least 40.0%",
        ),
        (TICKERS, {"sector_lowest": 0.4}, "3 sectors of at least 40.0% each are more than 100 %: ask for at most 33.3"),
        (TICKERS, {"sector_lowest": 0.3, "highest": 0.26}, "Consumer Staples cannot hold at least 30.0%: 1 asset of"),
        (
            TICKERS,
            {"sector_highest": 0.36, "lowest": 0.2},
            "Information Technology cannot hold at most 36.0%",
        ),
        (TICKERS, {"sector_lowest": 0.5, "sector_highest": 0.4}, "must lie below the largest"),
        (
            TICKERS,
            {"sector_highest": 0.3, "own": [("Financials", 0.0, 0.25)]},
            "3 sectors within their limits add up to at most 85.0%: allow 15.0% more where assets have room",
        ),
        (
            TICKERS,
            {"sector_lowest": 0.3, "own": [("Financials", 0.5, 1.0)]},
            "3 sectors within their limits are at least 110.0%: ask for 10.0% less",
        ),
        (TICKERS, {"own": [("Energy", 0.1, 0.2)]}, "no asset of this market belongs to 'Energy': choose from Consumer"),
        (TICKERS, {"own": [("Financials", 0.4, 0.2)]}, "Financials from 40.0% to 20.0%: its least weight must not"),
    ],
)
def test_limits_that_nothing_can_keep_to_are_refused_with_a_remedy(tickers, asked, message):
    with pytest.raises(InvalidInput, match=re.escape(message)):
        sector_limits(tickers, **asked).check(len(tickers))


def refusal(limits, n_assets):
    """What is said against these limits; nothing if some weights keep to them."""
    try:
        limits.check(n_assets)
    except InvalidInput as error:
        return str(error)
    return ""


def test_limits_are_refused_exactly_when_no_weights_exist_and_the_advice_is_enough():
    rng = np.random.default_rng(0)
    pool = np.array(["AAPL", "MSFT", "JPM", "BAC", "KO", "PEP", "XOM", "^GSPC", "BTC-USD"])
    refused = 0
    for _ in range(300):
        tickers = tuple(rng.permutation(pool)[: rng.integers(2, 9)])
        lowest, highest = rng.choice([0, 0, 0.05, 0.1]), rng.choice([0.2, 0.35, 0.6, 1])
        sector_lowest, sector_highest = rng.choice([0, 0.08, 0.15, 0.3]), rng.choice([0.31, 0.4, 0.55, 1])
        limits = sector_limits(
            tickers, lowest=lowest, highest=highest, sector_lowest=sector_lowest, sector_highest=sector_highest
        )
        if limits.sectors and rng.random() < 0.5:  # and limits of its own for one of them
            name = limits.sectors[0][0]
            limits = dataclasses.replace(limits, own=((name, rng.choice([0, 0.2]), rng.choice([0.25, 0.5])),))
        rows, bounds = limits.inequalities(len(tickers))
        exist = linprog(
            np.zeros(len(tickers)),
            A_ub=rows if len(rows) else None,
            b_ub=bounds if len(rows) else None,
            A_eq=np.ones((1, len(tickers))),
            b_eq=[1.0],
            bounds=(lowest, highest),
        )
        told = refusal(limits, len(tickers))
        assert (exist.status == 2) == bool(told), told
        refused += bool(told)
        advised = re.search(r"cannot add up to 100 %: allow at least ([\d.]+)% per sector", told)
        if advised:
            wider = sector_limits(tickers, lowest=lowest, highest=highest, sector_highest=float(advised[1]) / 100)
            assert not refusal(wider, len(tickers))
    assert 50 < refused < 250


def upload(prices):
    dates = pd.bdate_range("2010-01-04", periods=len(prices))
    return Market(pd.DataFrame(prices, dates, list(TICKERS)), Source(kind="upload"))


def test_a_walk_keeps_to_sectors_at_every_choice(returns):
    prices = 100 * np.cumprod(np.vstack([np.ones(4), 1 + returns]), axis=0)
    market = Market(
        pd.DataFrame(prices, pd.bdate_range("2010-01-04", periods=801), list(TICKERS)), Source(kind="upload")
    )

    def chooses(known, method, limits):
        assert limits is AT_MOST_40
        return allocate(method, known.to_numpy(), TICKERS, limits)

    walk = walk_forward(
        market, chooses, "variance", AT_MOST_40, start=market.dates[520], horizon=3, trading=Trading(every=140)
    )
    for name in ("Generated", "History"):
        assert walk.weights[name][:, TECHNOLOGY].sum(axis=1).max() <= 0.4 + 1e-4


def test_turnover_is_limited_by_going_part_of_the_way(returns):
    targets = np.array([[0.5, 0.5, 0, 0], [0, 1, 0, 0], [0, 1, 0, 0]])
    prices = 100 * np.cumprod(np.vstack([np.ones(4), 1 + returns]), axis=0)
    prices[560:, 0] *= 2
    market = upload(prices)
    worth = targets[0] * prices[620] / prices[520]
    drifted = worth / worth.sum()
    assert 0.6 < drifted[0] < 0.9

    def walked(most):
        turns = iter(targets)
        return walk_forward(
            market,
            lambda *_: next(turns),
            "variance",
            Limits(),
            start=market.dates[520],
            horizon=21,
            trading=Trading(every=100),
            most_turnover=most,
        )

    free, slow = walked(1.0), walked(0.1)
    np.testing.assert_array_equal(free.weights["Generated"], targets)  # the twin without a limit
    held = slow.weights["Generated"]
    np.testing.assert_allclose(held[0], targets[0])
    np.testing.assert_allclose(held[1], np.add(drifted, [-0.1, 0.1, 0, 0]), atol=1e-12)
    np.testing.assert_allclose(walked(0.95).weights["Generated"], targets, atol=1e-12)  # all lies within that limit
    assert slow.turnover["Generated"] < free.turnover["Generated"]


def test_requests_from_before_there_were_sectors_keep_their_folder(tmp_path):
    before = {
        "market_digest": "sample",
        "seed": 3,
        "source": "t-copula",
        "method": "cvar",
        "lowest": 0.0,
        "highest": 0.2,
        "start": "2010-12-31",
        "horizon": 21,
        "n_paths": 2000,
        "proportional": 0.001,
        "fixed": 1.0,
    }
    (tmp_path / "request.json").write_text(json.dumps(before))
    request = WalkRequest.read(tmp_path)
    assert request.digest() == hashlib.sha256(json.dumps(before, sort_keys=True).encode()).hexdigest()[:16]
    assert request.limits(TICKERS) == Limits(highest=0.2)
    limited = WalkRequest(**before, sector_highest=0.4)
    assert limited.digest() != request.digest()
    assert WalkRequest(**asdict(limited)) == limited
    assert limited.limits(TICKERS).sectors == AT_MOST_40.sectors
    own = WalkRequest(**before, sectors=(("Financials", 0.1, 0.3),))
    assert WalkRequest(**json.loads(json.dumps(asdict(own)))) == own
    assert own.limits(TICKERS).own == (("Financials", 0.1, 0.3),)
    assert own.digest() != request.digest()
    assert WalkRequest(**before, turnover=0.2).digest() not in {limited.digest(), request.digest()}
    with pytest.raises(InvalidInput, match="choose a value above 0"):
        WalkRequest(**before, turnover=0.0)
    with pytest.raises(InvalidInput, match="must lie below the largest"):
        WalkRequest(**before, sector_lowest=0.6, sector_highest=0.4)
