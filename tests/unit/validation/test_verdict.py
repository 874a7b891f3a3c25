"""The three lights: each color for its reason, in words, and never a guess."""

import numpy as np
import pytest

from fingen_core.generators.classical.bootstrap import StationaryBootstrap
from fingen_core.metrics.catalog import METRICS
from fingen_core.metrics.long_run import compare
from fingen_core.validation.judge import judge, long_run, reference
from fingen_core.validation.verdict import LONG_RUN, THRESHOLDS, rules, verdict
from tests.validation_support import FIT_UNTIL, gaussian, judged_of, novelty_of, portrayed, small, toy_market

N = 1500
TRUE = 0.01 * np.exp(0.6 * np.sin(np.arange(N) / 30))
FLAT = np.full(N, np.sqrt((TRUE**2).mean()))


@pytest.fixture(scope="module")
def market():
    return toy_market(n_assets=2)


@pytest.fixture(scope="module")
def history(market):
    return reference(market, small())


@pytest.fixture(scope="module")
def base(market, history):
    fit = market.split(FIT_UNTIL)[0]
    judged = judge(StationaryBootstrap().fit(fit), market, small(), key="vae", against=history)
    return judged_of(judged, label="VAE", ten_day=None)


def made(base, believed, *, key="vae", label="VAE", ten=None, **changes):
    ten_day = None if ten is None else gaussian(ten, true=TRUE[: len(ten)], horizon=10, stride=5)
    one_day = gaussian(believed, true=TRUE[: len(believed)])
    return judged_of(base, key=key, label=label, one_day=one_day, ten_day=ten_day, **changes)


def rival(base, believed=FLAT, *, key="fhs-gjr", label="FHS", refit_yearly=True, **more):
    return made(base, believed, key=key, label=label, refit_yearly=refit_yearly, **more)


def tomorrow(ours, rivals, history):
    light = verdict(ours, rivals, history)[0]
    assert light.question == "tomorrow"
    return light


def test_the_truth_beats_a_rival_that_knows_no_state(base, history):
    light = tomorrow(made(base, TRUE, ten=TRUE[:200]), [rival(base, ten=FLAT[:200])], history)
    assert light.color == "good"
    assert light.sentence.startswith(
        "On 1,500 days it had not seen, its loss forecasts beat FHS refitted every year at every tail (t -"
    )
    assert ", mean over all portfolios), and " in light.sentence
    assert "and equal weight went beyond its value at risk about as often as promised." in light.sentence
    assert "Over 10 days" in light.sentence
    assert light.evidence["forecasts"] == N
    assert all(light.evidence[name] < -2 for name in ("t_fz0_1", "t_fz0_2.5", "t_fz0_5"))
    assert light.evidence["kupiec_1"] > 0.05 / 3
    assert "t_fz0_1_10d" in light.evidence


def test_the_same_forecasts_differ_by_luck(base, history):
    light = tomorrow(made(base, TRUE), [rival(base, TRUE * 1.001)], history)
    assert light.color == "unsure"
    assert "differ by no more than luck" in light.sentence
    assert "Longer horizons were not judged." in light.sentence


def test_one_that_loses_is_bad(base, history):
    light = tomorrow(made(base, FLAT), [rival(base, TRUE)], history)
    assert light.color == "bad"
    assert "lose to FHS refitted every year" in light.sentence


def test_without_the_rival_that_decides_tomorrow_is_never_good(base, history):
    ours, weak = made(base, TRUE, ten=TRUE[:200]), rival(base, ten=FLAT[:200], key="random-walk", label="Walk")
    light = tomorrow(ours, [weak], history)
    assert light.color == "unsure"
    assert "beat Walk refitted every year" in light.sentence
    assert "FHS on GJR-GARCH, the rival that decides, was not among its rivals." in light.sentence
    assert tomorrow(ours, [weak, rival(base, ten=FLAT[:200])], history).color == "good"


def test_the_rules_of_the_lights_are_told_with_their_thresholds():
    told = rules()
    assert list(told) == ["tomorrow", "long run", "novelty"]
    assert f"at most -{THRESHOLDS['t']:g}" in told["tomorrow"]
    assert f"{len(LONG_RUN)} measures" in told["long run"]
    assert f"beyond {THRESHOLDS['worst_bad']:g} times" in told["long run"]
    assert f"more than {THRESHOLDS['copies_bad']:.0%} copies" in told["novelty"]


@pytest.mark.parametrize(("factor", "few"), [(0.7, False), (1.4, True)])
def test_wrong_volatility_is_bad_whoever_the_rival_is(base, history, factor, few):
    for rivals in ([], [rival(base, FLAT * factor)]):
        light = tomorrow(made(base, TRUE * factor), rivals, history)
        assert light.color == "bad"
        assert "equal weight went beyond its value at risk at" in light.sentence
        hits, due = light.sentence.partition(" % on ")[2].split(" days where ")
        assert (int(hits) < float(due.split()[0])) == few


def test_without_a_rival_it_is_said(base, history):
    light = tomorrow(made(base, TRUE), [], history)
    assert light.color == "unsure"
    assert "no rival was judged on the same days" in light.sentence
    other_days = rival(base, FLAT[:900])
    assert tomorrow(made(base, TRUE), [other_days], history).sentence == light.sentence


def test_too_few_days_are_said(base, history):
    light = tomorrow(made(base, TRUE[:120]), [rival(base, FLAT[:120])], history)
    assert light.color == "unsure"
    assert light.sentence.startswith("Only 120 days it had not seen: too few to tell")
    few = tomorrow(made(base, TRUE[:15]), [rival(base, FLAT[:15])], history)
    assert few.color == "unsure"
    assert "too few" in few.sentence


def test_a_second_rival_that_is_better_takes_the_green_light(base, history):
    better = rival(base, TRUE, key="fhs-ewma", label="FHS, EWMA", refit_yearly=False)
    ours = made(base, 0.6 * TRUE + 0.4 * FLAT)
    alone = tomorrow(ours, [rival(base)], history)
    assert alone.color == "good", alone
    light = tomorrow(ours, [rival(base), better], history)
    assert light.color == "unsure"
    assert light.sentence.count("It loses to FHS, EWMA.") == 1
    assert "beat FHS refitted every year" in light.sentence  # the one that it is judged against


def test_a_loss_over_ten_days_takes_the_green_light(base, history):
    light = tomorrow(made(base, TRUE, ten=TRUE[:200] * 2), [rival(base, ten=TRUE[:200])], history)
    assert light.color == "unsure"
    assert "Over 10 days it loses at" in light.sentence
    few = tomorrow(made(base, TRUE, ten=TRUE[:19]), [rival(base, ten=TRUE[:19])], history)
    assert few.color == "good"
    assert "too few stretches of 10 days" in few.sentence


def test_history_resampled_lives_like_history(base, history):
    light = verdict(base, [], history)[1]
    assert (light.question, light.color) == ("long run", "good")
    values = compare(base.portrait, history.portrait)
    ratios = {name: METRICS[name].miss(values[name]) / history.floors[name] for name in LONG_RUN}
    assert {name: light.evidence[name] for name in LONG_RUN} == pytest.approx(ratios)
    assert light.evidence["within"] == sum(ratio <= 1 for ratio in ratios.values())
    worst = max(ratios, key=ratios.get)
    assert f"{METRICS[worst].label[1:]} ({ratios[worst]:.1f} times that distance)" in light.sentence


def test_louder_or_broken_years_are_bad(base, market, history):
    fit = market.split(FIT_UNTIL)[0]
    paths = long_run(StationaryBootstrap().fit(fit), fit, small())
    loud = verdict(portrayed(base, 2 * paths, history), [], history)[1]
    assert loud.color == "bad"
    broken = paths.copy()
    broken[3, 5] = np.nan
    light = verdict(portrayed(base, broken, history), [], history)[1]
    assert light.color == "bad"
    assert "2.5% of its paths break." in light.sentence
    wild = paths.copy()
    wild[:4, 7] = 1.0
    light = verdict(portrayed(base, wild, history), [], history)[1]
    assert light.color == "bad"
    assert "10.0% of its paths hold a move that no market has seen." in light.sentence


def test_a_short_history_gives_no_yardstick(market, base):
    early = reference(market, small("2010-12-31"))
    light = verdict(base, [], early)[1]
    assert light.color == "unsure"
    assert "too few to say how much halves of history differ" in light.sentence


def test_one_asset_has_no_pairs():
    market = toy_market(n_assets=1)
    past = reference(market, small())
    judged = judge(StationaryBootstrap().fit(market.split(FIT_UNTIL)[0]), market, small(), key="x", against=past)
    light = verdict(judged, [], past)[1]
    assert light.evidence["measures"] == len(LONG_RUN) - 3
    assert light.sentence.endswith("One asset alone: nothing can be said about how assets move together.")


@pytest.mark.parametrize(
    ("scale", "copies", "color", "words"),
    [
        (1.0, 0, "good", "none is a copy"),
        (1.0, 2, "good", "0.2% are near copies"),
        (0.7, 0, "unsure", "lean on history"),
        (0.4, 0, "bad", "repeats history"),
        (1.0, 300, "bad", "30% are near copies"),
        (1.8, 0, "unsure", "1.8 times as far"),
    ],
)
def test_novelty_sees_copies_and_strangers(base, history, scale, copies, color, words):  # noqa: PLR0917
    real = np.random.default_rng(0).uniform(0.8, 1.2, 1000)
    generated = scale * real
    generated[:copies] = 0.01
    light = verdict(judged_of(base, novelty=novelty_of(generated, real)), [], history)[2]
    assert (light.question, light.color) == ("novelty", color)
    assert words in light.sentence
    assert light.evidence["share_copies"] == copies / 1000
