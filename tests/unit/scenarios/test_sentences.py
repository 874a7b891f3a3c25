"""What-if questions: what is read from which words, and what is said about words that make no sense."""

import pytest

from fingen_core.errors import InvalidInput
from fingen_core.market import Market, Source, bundled
from fingen_core.market.step import DAILY
from fingen_core.scenarios.search.sentences import examples, read, usual_time
from fingen_core.scenarios.search.subjects import EQUAL, SP500, find, subjects


@pytest.fixture(scope="module")
def known():
    return subjects(bundled())


def told(sentence, known):
    return [(view.label, view.low, view.high, view.n_days) for view in read(sentence, known, DAILY)]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("S&P -20 % in 10 days", [(SP500, -0.21, -0.19, 10)]),
        ("index falls 20 % +- 2 % in two weeks", [(EQUAL, -0.22, -0.18, 10)]),
        ("What if JPM rises by 5% within a month?", [("JPM", 0.04, 0.06, 21)]),
        ("JPM +40 % and KO −5 %", [("JPM", 0.39, 0.41, 10), ("KO", -0.06, -0.04, 10)]),
        ("banks between -25 % and -15 % and JNJ at least 0 %", [("Banks", -0.25, -0.15, 10), ("JNJ", 0.0, None, 10)]),
        (
            "apple flat while the market falls at least 10 % in 3 days",
            [("AAPL", -0.01, 0.01, 3), (EQUAL, None, -0.1, 3)],
        ),
        ("Exxon Mobil drops 20 to 25 percent", [("XOM", -0.25, -0.2, 10)]),
        ("GE below -15 %; MSFT above 3 %", [("GE", None, -0.15, 10), ("MSFT", 0.03, None, 10)]),
        (
            "PG -1 % give or take 0.5 % in 5 days, KO up 2 % in 1 day",
            [("PG", -0.015, -0.005, 5), ("KO", 0.01, 0.03, 1)],
        ),
    ],
)
def test_a_sentence_is_read(sentence, expected, known):
    found = told(sentence, known)
    assert [(label, days) for label, _, _, days in found] == [(label, days) for label, _, _, days in expected]
    for (_, low, high, _), (_, wanted_low, wanted_high, _) in zip(found, expected, strict=True):
        assert low == (None if wanted_low is None else pytest.approx(wanted_low))
        assert high == (None if wanted_high is None else pytest.approx(wanted_high))


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("", "an empty question: say what moves"),
        ("JPM up", "'jpm up' has no figure"),
        ("-20 % in 10 days", "does not say what moves"),
        ("oil +40 %", "'oil' is not in this market: choose from Equal weight"),
        ("rates +200bp", "there are no interest rates in this market, only prices, and moves are told in percent"),
        ("yields rise 2 % in a month", "no interest rates in this market"),
        ("JPM -300 basis points", "told in percent, not in basis points. Say how far a price moves, as in 'S&P -20 %"),
        ("aple -5 %", "did you mean AAPL"),
        ("JPM -20 % to -20 %", "at least 0.01 % wide"),
        ("JPM -130 %", "JPM \u2212131\u202f% to \u2212129\u202f%: nothing loses more than 100 %"),
        ("JPM -20 % and JPM +20 %", "both cannot hold; leave one out"),
        ("JPM at most -5 % and JPM at least 0 %", "both cannot hold"),
        ("JPM +9000 %", "between -2,000 % and 2,000 %"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_works(sentence, words, known):
    with pytest.raises(InvalidInput, match=words.replace("%", "%")):
        read(sentence, known, DAILY)


@pytest.mark.parametrize(
    "sentence",
    ["JPM -10 % and JPM -11 %", "JPM -20 % in 5 days and JPM +20 % in 10 days", "JPM -20 % and AAPL +20 %"],
)
def test_what_can_hold_together_is_not_refused(sentence, known):
    assert len(read(sentence, known, DAILY)) == 2


def test_examples_can_be_read(known):
    assert all(read(example, known, DAILY) for example in examples(DAILY))


def test_the_sp500_is_a_proxy_that_says_so(known):
    proxy = known[SP500]
    assert min(proxy.weights) >= 0
    assert 0.8 < sum(proxy.weights) < 1.1
    assert "correlation 0.9" in proxy.note


def test_words_stand_for_what_is_there():
    prices = bundled().prices.iloc[-600:, :3].set_axis(["CL=F", "TLT", "^GSPC"], axis=1)
    known = subjects(Market(prices, Source(kind="upload"), "Mixed"))
    assert find("oil", known).label == "CL=F"
    assert find("Bonds", known).label == "TLT"
    assert find("the S&P", known).label == "^GSPC"
    assert find("index", known).label == EQUAL
    assert SP500 not in known


def test_without_a_time_a_question_means_ten_days(known):
    assert [view.n_days for view in read("JPM -5 % and KO -2 % in 3 days", known, DAILY)] == [3, 3]
    assert [view.n_days for view in read("JPM -5 % and KO -2 %", known, DAILY)] == [usual_time(DAILY)] * 2 == [10, 10]
