"""Rules and the backtester: against a slow loop, to the cent, and blind to what comes."""

import itertools
from dataclasses import dataclass

import numpy as np
import pytest

from fingen_core.errors import InvalidInput
from fingen_core.portfolio.strategies.backtest import backtest, trade_costs
from fingen_core.portfolio.strategies.expression import EXAMPLES, OwnRule
from fingen_core.portfolio.strategies.past import Past
from fingen_core.portfolio.strategies.rule import Rule
from fingen_core.portfolio.strategies.rules import (
    RULES,
    BuyAndHold,
    ConstantMix,
    DrawdownControl,
    MeanReversion,
    MomentumRotation,
    RiskParity,
    StopLoss,
    Trend,
    VolatilityTarget,
    equal_risk,
)
from fingen_core.portfolio.strategies.settings import Trading, knobs

N_BEFORE, N_STEPS, N_ASSETS = 260, 90, 4
BASE = np.array([0.4, 0.3, 0.2, 0.1])
SHORT = {
    "volatility": VolatilityTarget(days=20),
    "trend": Trend(days=30),
    "momentum": MomentumRotation(days=40, skip=5, hold=2),
    "reversion": MeanReversion(days=10),
    "parity": RiskParity(days=30),
    "stop": StopLoss(fall=0.05, pause=7),
    "drawdown": DrawdownControl(limit=0.04, keep=0.25, days=30),
}


def rules():
    return [SHORT.get(name, kind()) for name, kind in RULES.items()]


@pytest.fixture(scope="module")
def sample():
    rng = np.random.default_rng(3)
    paths = rng.standard_normal((3, N_STEPS, N_ASSETS)) * 0.02
    before = 50 * np.exp(np.cumsum(rng.standard_normal((N_BEFORE + 1, N_ASSETS)) * 0.02, axis=0))
    return before, paths


def slow_costs(amounts, trading):
    """Cents, trade by trade."""
    total = 0.0
    for amount in amounts:
        if abs(amount) >= 0.005:
            total += int((trading.proportional * abs(amount) + trading.fixed) * 100 + 0.5) / 100
    return total


def slow_weights(rule, prices, wealth, memory):  # noqa: PLR0911 (one for each rule)
    """Weights of one path from lists of prices (one row a day) and of its own wealth."""
    today = prices[-1]
    if isinstance(rule, VolatilityTarget):
        moves = [
            sum(b * (q / p - 1) for b, p, q in zip(BASE, x, y, strict=True)) for x, y in itertools.pairwise(prices)
        ]
        volatility = (sum(m * m for m in moves[-rule.days :]) / rule.days * 252) ** 0.5
        return BASE * min(rule.target / volatility, rule.most)
    if isinstance(rule, Trend):
        return np.array(
            [BASE[i] if today[i] > np.mean([p[i] for p in prices[-rule.days :]]) else 0 for i in range(N_ASSETS)]
        )
    if isinstance(rule, MomentumRotation):
        rise = [prices[-1 - rule.skip][i] / prices[-1 - rule.skip - rule.days][i] for i in range(N_ASSETS)]
        best = sorted(range(N_ASSETS), key=lambda i: -rise[i])[: rule.hold]
        return np.array([1 / rule.hold if i in best else 0.0 for i in range(N_ASSETS)])
    if isinstance(rule, MeanReversion):
        tilted = []
        for i in range(N_ASSETS):
            window = [p[i] for p in prices[-rule.days :]]
            tilted.append(BASE[i] * max(1 - rule.strength * (today[i] - np.mean(window)) / np.std(window), 0))
        return np.array(tilted) / sum(tilted)
    if isinstance(rule, RiskParity):
        moves = np.array(prices[-rule.days - 1 :])
        moves = moves[1:] / moves[:-1] - 1
        return equal_risk((moves.T @ moves / rule.days)[None], 200)[0]
    if isinstance(rule, StopLoss):
        return np.array([BASE[i] if memory["out"][i] == 0 else 0.0 for i in range(N_ASSETS)])
    if isinstance(rule, DrawdownControl):
        return BASE * (rule.keep if memory["cut"] else 1)
    return BASE


def slow_alarm(rule, day, prices, wealth, memory):
    """Whether one path trades tonight although it is no rebalancing day."""
    if isinstance(rule, DrawdownControl):
        cut = wealth[-1] < (1 - rule.limit) * max(wealth[-rule.days - 1 :])
        changed = day > 0 and cut != memory["cut"]
        memory["cut"] = cut
        return changed
    if not isinstance(rule, StopLoss):
        return False
    if day == 0:
        memory["out"], memory["high"] = [0] * N_ASSETS, list(prices[-1])
        return False
    changed = False
    for i, price in enumerate(prices[-1]):
        if memory["out"][i] > 0:
            memory["out"][i] -= 1
            if memory["out"][i] > 0:
                continue
            changed, memory["high"][i] = True, price
        memory["high"][i] = max(memory["high"][i], price)
        if price < (1 - rule.fall) * memory["high"][i]:
            memory["out"][i], changed = rule.pause, True
    return changed


def slow_backtest(rule, before, path, trading):
    """One path, one day, one asset at a time."""
    prices, wealth, memory = [list(row) for row in before], [float(trading.capital)], {}
    held, cash, paid = np.zeros(N_ASSETS), float(trading.capital), 0.0
    for day, returns in enumerate(path):
        alarm = slow_alarm(rule, day, prices, wealth, memory)
        regular = day == 0 or (rule.trades_again and day % trading.every == 0)
        if regular or alarm:
            weights = slow_weights(rule, prices, wealth, memory)
            worth = cash + sum(held)
            guess = slow_costs(worth * weights - held, trading)
            moved = (worth - guess) * weights - held
            moved[np.abs(moved) < 0.005] = 0
            costs = slow_costs(moved, trading)
            held, cash, paid = held + moved, cash - sum(moved) - costs, paid + costs
        held = held * np.exp(returns)
        cash *= (1 + trading.cash_rate) ** (1 / 252)
        prices.append([p * np.exp(r) for p, r in zip(prices[-1], returns, strict=True)])
        wealth.append(cash + sum(held))
    return np.array(wealth), paid


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.name)
def test_each_rule_agrees_with_a_slow_loop_to_the_cent(rule, sample):
    before, paths = sample
    trading = Trading(every=10, proportional=0.0015, fixed=2.5, cash_rate=0.02)
    fast = backtest(rule, paths, before=before, base=BASE, trading=trading, steps_per_year=252)
    for path, wealth, costs in zip(paths, fast.wealth, fast.costs, strict=True):
        expected, paid = slow_backtest(rule, before, path, trading)
        tolerance = 0.5 if rule.name == "parity" else 0.005  # the descent stops at a millionth of a weight
        np.testing.assert_allclose(wealth, expected, rtol=0, atol=tolerance)
        assert costs == pytest.approx(paid, abs=0.05 if rule.name == "parity" else 1e-6)
    assert fast.trades.min() >= N_ASSETS - 2


def test_costs_by_hand_to_the_cent():
    # 1,000 in two halves: each trade costs .123 % of 500 and 1.00, which is 1.615 and rounds to 1.62, together 3.24.
    # Then 996.76 is invested: 498.38 each, .613 + 1 = 1.61 a trade, together 3.22, and 2 cents stay in cash.
    trading = Trading(capital=1000, proportional=0.00123, fixed=1)
    found = backtest(
        BuyAndHold(), np.zeros((1, 5, 2)), before=np.ones((1, 2)), base=[0.5, 0.5], trading=trading, steps_per_year=252
    )
    assert found.costs[0] == pytest.approx(3.22, abs=1e-9)
    assert found.wealth[0, 0] == 1000
    np.testing.assert_allclose(found.wealth[0, 1:], 996.78, rtol=0, atol=1e-9)
    np.testing.assert_allclose(trade_costs(np.array([500.0, -500.0, 0.004]), trading), [1.62, 1.62, 0])
    assert found.turnover[0] == pytest.approx(0.99676)


def test_holding_without_costs_is_the_portfolio():
    rng = np.random.default_rng(0)
    paths = rng.standard_normal((4, 30, 3)) * 0.02
    found = backtest(
        BuyAndHold(),
        paths,
        before=np.ones((1, 3)),
        base=[0.5, 0.3, 0.2],
        trading=Trading(proportional=0, fixed=0),
        steps_per_year=252,
    )
    np.testing.assert_allclose(found.values[:, -1], np.exp(paths.sum(axis=1)) @ [0.5, 0.3, 0.2], rtol=1e-12)


def unchanged_before(rule, sample, day):
    """Whether changing every day from ``day`` on leaves all wealth before it as it was."""
    before, paths = sample
    terms = {"before": before, "base": BASE, "trading": Trading(every=1), "steps_per_year": 252}
    shifted = paths.copy()
    shifted[:, day:] = np.roll(paths[:, day:], 1, axis=1) * -3 + 0.01
    one, other = backtest(rule, paths, **terms).wealth, backtest(rule, shifted, **terms).wealth
    assert not np.array_equal(one[:, day + 1 :], other[:, day + 1 :])  # or nothing was tested
    return np.array_equal(one[:, : day + 1], other[:, : day + 1])


@dataclass(frozen=True, kw_only=True)
class Peeking(Rule):
    """Wrong on purpose: buys what will rise tomorrow."""

    def __init__(self, future):
        object.__setattr__(self, "future", future)

    def weights(self, past):
        return np.where(self.future[:, past.day] > 0, BASE, 0.0)


@pytest.mark.parametrize("rule", [*rules(), *(OwnRule(text=text) for text in EXAMPLES)], ids=lambda rule: rule.told())
def test_no_rule_sees_the_future(rule, sample):
    assert all(unchanged_before(rule, sample, day) for day in (1, 17, 60))


def test_a_rule_that_peeks_is_found_out(sample):
    before, paths = sample
    terms = {"before": before, "base": BASE, "trading": Trading(every=1), "steps_per_year": 252}
    shifted = paths.copy()
    shifted[:, 17:] *= -1
    one, other = (backtest(Peeking(lead(each)), each, **terms).wealth for each in (paths, shifted))
    assert not np.array_equal(one[:, :18], other[:, :18])


def lead(paths):
    """Two days ahead, so that a change from day 17 on reaches decisions before it."""
    return np.roll(paths, -2, axis=1)


def test_days_to_come_are_not_even_in_memory(sample):
    before, _ = sample
    past = Past(before, 2, 10, base=BASE, wealth=1.0, steps_per_year=252)
    past.reveal(np.full((2, N_ASSETS), 1.01), np.ones(2))
    memory = past.price().base
    while memory.base is not None:
        memory = memory.base
    assert np.isfinite(memory[: N_BEFORE + 2]).all()
    assert np.isnan(memory[N_BEFORE + 2 :]).all()


def test_rules_look_back_into_real_days(sample):
    before, paths = sample
    rising = np.linspace(1, 2, N_BEFORE + 1)[:, None] * np.ones(N_ASSETS)
    flat = np.zeros_like(paths)
    held = backtest(Trend(days=200), flat, before=rising, base=BASE, steps_per_year=252).turnover
    sold = backtest(Trend(days=200), flat, before=rising[::-1], base=BASE, steps_per_year=252).turnover
    assert held.min() > 0.9
    assert (sold == 0).all()
    with pytest.raises(InvalidInput, match="looks back 200 days, but only 99"):
        backtest(Trend(days=200), paths, before=before[:100], base=BASE, steps_per_year=252)


def test_equal_risk_gives_equal_contributions():
    rng = np.random.default_rng(1)
    roots = rng.standard_normal((5, 8, 8)) + 0.5
    covariance = roots @ roots.transpose(0, 2, 1)
    weights = equal_risk(covariance, 100)
    shares = weights * np.einsum("nij,nj->ni", covariance, weights)
    np.testing.assert_allclose(shares / shares.sum(axis=1, keepdims=True), 1 / 8, atol=1e-4)
    np.testing.assert_allclose(weights.sum(axis=1), 1)


def test_wealth_that_is_gone_stays_gone():
    crash = np.full((1, 3, 1), -0.9)
    found = backtest(
        ConstantMix(), crash, before=np.ones((1, 1)), base=[3.0], trading=Trading(every=1, fixed=0), steps_per_year=252
    )
    assert (found.wealth[0, 1:] == 0).all()


@pytest.mark.parametrize("kind", [*RULES.values(), Trading])
def test_settings_are_checked_against_what_sliders_allow(kind):
    for knob in knobs(kind):
        assert knob.low <= knob.default <= knob.high
        kind(**{knob.name: knob.low})
        with pytest.raises(InvalidInput, match=f"{knob.label} of .*choose a value from"):
            kind(**{knob.name: knob.limits[1] + 1})
