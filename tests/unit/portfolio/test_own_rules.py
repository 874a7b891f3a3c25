"""Own rules: what they compute, and that nothing else can be written."""

import numpy as np
import pytest

from fingen_core.errors import InvalidInput
from fingen_core.portfolio.strategies.backtest import backtest
from fingen_core.portfolio.strategies.expression import EXAMPLES, WORDS, OwnRule
from fingen_core.portfolio.strategies.past import Past
from fingen_core.portfolio.strategies.rules import Trend

BASE = np.array([0.5, 0.3, 0.2])


@pytest.fixture(scope="module")
def past():
    rng = np.random.default_rng(5)
    before = 20 * np.exp(np.cumsum(rng.standard_normal((300, 3)) * 0.02, axis=0))
    return Past(before, 1, 5, base=BASE, wealth=100.0, steps_per_year=252)


def multiples(text, past):
    return OwnRule(text=text).weights(past)[0] / BASE


def test_the_trend_rule_can_be_written_in_one_line(past):
    rng = np.random.default_rng(0)
    paths = rng.standard_normal((3, 40, 3)) * 0.02
    terms = {"before": past.window(300)[:, 0], "base": BASE, "steps_per_year": 252}
    own = backtest(OwnRule(text="weight = 1 if price > mean(price, 200) else 0"), paths, **terms)
    np.testing.assert_array_equal(own.wealth, backtest(Trend(days=200), paths, **terms).wealth)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("weight = 0.5", lambda p: np.full(3, 0.5)),
        ("1 - 2 * 0.25 / 4 + -0.5", lambda p: np.full(3, 0.375)),
        ("min(price / lowest(price, 30) - 1, 1)", lambda p: np.minimum(p[-1] / p[-30:].min(axis=0) - 1, 1)),
        ("price / highest(price, 30)", lambda p: p[-1] / p[-30:].max(axis=0)),
        (
            "1 if change(20) > 0 and not price < mean(price, 5) else 0.25",
            lambda p: np.where((p[-1] > p[-21]) & (p[-1] >= p[-5:].mean(axis=0)), 1, 0.25),
        ),
        ("1 if 0 < rank(change(60)) <= 1 else 0", lambda p: (p[-1] / p[-61] == (p[-1] / p[-61]).max()) * 1.0),
        ("1 if change(20) > 9 or 2 == 2 else 0", lambda p: np.ones(3)),
        ("abs(sqrt(4) * -1)", lambda p: np.full(3, 2.0)),
        ("size(root(4) * -1)", lambda p: np.full(3, 2.0)),  # as rules of before have it
        ("max(volatility(40), 0)", lambda p: np.sqrt(((p[-40:] / p[-41:-1] - 1) ** 2).mean(axis=0) * 252)),
        ("std(price, 20) / price", lambda p: p[-20:].std(axis=0) / p[-1]),
        ("larger(deviation(price, 20), smaller(0, 1)) / price", lambda p: p[-20:].std(axis=0) / p[-1]),
        ("1 - drawdown", lambda p: np.ones(3)),
    ],
)
def test_expressions_compute_what_they_say(text, expected, past):
    np.testing.assert_allclose(multiples(text, past), expected(past.window(300)[:, 0]), rtol=1e-9)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the rule is empty"),
        ("weight = 1 if price >", "cannot be read at letter 10"),
        ("__import__('os').system('ls')", "is not a function here"),
        ("price.base", "not part of the language"),
        ("(lambda: 1)()", "is not a function here"),
        ("[x for x in (1, 2)]", "not part of the language"),
        ("weight = price ** 9", "use [+], -, [*] or /"),
        ("size = 1", "only weight = ... can be set"),
        ("1; 2", "2 statements"),
        ("mean(price)", "mean has 1 value; give it 2"),
        ("mean(change(3), 5)", "mean takes the price"),
        ("mean(price, 9999)", "whole number from 1 to 504"),
        ("mean(price, 2.5)", "whole number from 1 to 504"),
        ("change(0)", "whole number from 1 to 504"),
        ("change(*price)", "give it 1"),
        ("rank(x=price)", "is not a function here"),
        ("wealth", "at letter 1, 'wealth': wealth is not known here"),
        ("1 if 'a' else 0", "is not a number"),
        ("1 if price is 3 else 0", "this comparison is not known"),
        ("True", "is not a number"),
        ("~price", "this sign is not known"),
        ("1e300", "too large"),
        ("+".join(["1"] * 150), "more than 120 parts"),
        ("1" * 500, "500 letters"),
        ("-" * 390 + "1", "nested too deeply|more than 120 parts|cannot be read"),
        ("price\0", "cannot be read"),
    ],
)
def test_everything_else_is_refused_with_place_and_remedy(text, message):
    with pytest.raises(InvalidInput, match=message):
        OwnRule(text=text)


def test_the_message_names_the_place():
    with pytest.raises(InvalidInput, match=r"at letter 16, 'prize': prize is not known here; use price"):
        OwnRule(text="weight = 1 if (prize > 3) else 0")


def test_weights_without_bounds_are_refused(past):
    with pytest.raises(InvalidInput, match="stay within 3; write min"):
        OwnRule(text="price").weights(past)
    with pytest.raises(InvalidInput, match="not a number on day 0"):
        backtest(
            OwnRule(text="0 / (price - price)"),
            np.zeros((1, 3, 3)),
            before=np.ones((9, 3)),
            base=BASE,
            steps_per_year=252,
        )


def test_it_looks_back_exactly_as_far_as_it_must():
    assert [OwnRule(text=text).lookback for text in ("1", "mean(price, 30)", "highest(price, 30)", "change(7)")] == [
        0,
        30,
        29,
        7,
    ]


def test_examples_and_words_are_part_of_the_language(past):
    for text in EXAMPLES:
        assert np.isfinite(multiples(text, past)).all()
    for word in WORDS:
        text = word.replace("(x", "(price").replace(", y", ", 1").replace("n)", "5)")
        assert OwnRule(text=f"0 * {text}").lookback <= 5
