"""The desk: each search once, parts as they come, stopped when asked; and real searches by the real worker."""

import sys
from pathlib import Path

import numpy as np
import pytest

from fingen_core.errors import InvalidInput
from fingen_core.generators.filtered.generator import NeuralGenerator
from fingen_core.jobs.warm import searcher as module
from fingen_core.jobs.warm.searcher import Desk
from fingen_core.market import bundled
from fingen_core.market.step import DAILY
from fingen_core.scenarios.conditions import NEAREST, View
from fingen_core.scenarios.requests import StressRequest
from fingen_core.scenarios.search.sentences import read
from fingen_core.scenarios.search.story import mean_correlation, volatility
from fingen_core.scenarios.search.subjects import subjects
from fingen_core.scenarios.severity import worst_share
from fingen_core.settings import ASSETS
from tests.jobs_support import until

WORKER = (sys.executable, "-m", "tests.workers.stress")
EQUAL = (1 / 19,) * 19


@pytest.fixture
def desk(home):
    found = Desk(command=WORKER)
    yield found
    for name in ("hang", "deaf"):
        (home / name).unlink(missing_ok=True)
    found.close()


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    found = Desk(tmp_path_factory.mktemp("desk"))
    yield found
    found.close()


def ask(**changes) -> StressRequest:
    return StressRequest(**{"kind": "reverse", "source": "pretrained", "n_steps": 5, "weights": EQUAL, **changes})


def view(low, high, n_days=5, **changes) -> View:
    return View(**{"label": "Equal weight", "weights": EQUAL, "low": low, "high": high, "n_days": n_days, **changes})


def asked(home: Path) -> int:
    return len((home / "asked.txt").read_text().split()) if (home / "asked.txt").exists() else 0


# -- the desk ----------------------------------------------------------------------------------------------------------


def test_parts_are_there_before_the_end(desk, home):
    (home / "hang").touch()
    key = ask().digest()
    desk.ask(ask())
    until(lambda: "closest" in desk.status(key).parts, "the first part")
    status = desk.status(key)
    assert status.state == "running"
    assert status.share == 0.25
    assert status.parts["closest"].facts == {"change": [1.5]}
    assert status.parts["closest"].arrays["paths"].shape == (2, 3, 4)
    assert not status.parts["closest"].arrays["paths"].flags.writeable
    (home / "hang").unlink()
    assert desk.wait(ask()).state == "done"


def test_the_same_search_runs_once(desk, home):
    assert desk.wait(ask()).state == "done"
    assert desk.wait(ask()).state == "done"
    assert asked(home) == 1
    desk.wait(ask(seed=1))
    assert asked(home) == 2


def test_a_running_search_stops_and_keeps_what_it_found(desk, home):
    (home / "hang").touch()
    key = ask().digest()
    desk.ask(ask())
    until(lambda: desk.status(key).parts, "the first part")
    desk.stop(key)
    until(lambda: desk.status(key).is_over, "the end")
    assert desk.status(key).state == "stopped"
    assert "closest" in desk.status(key).parts
    (home / "hang").unlink()
    assert desk.wait(ask()).state == "done"  # asked again, it begins again


def test_a_waiting_search_stops_without_being_run(desk, home):
    (home / "hang").touch()
    desk.ask(ask())
    until(lambda: asked(home) == 1, "the first search")
    desk.ask(ask(seed=1))
    assert desk.status(ask(seed=1).digest()).state == "waiting"
    desk.stop(ask(seed=1).digest())
    (home / "hang").unlink()
    assert desk.wait(ask()).state == "done"
    assert desk.wait(ask(seed=2)).state == "done"
    assert desk.status(ask(seed=1).digest()).state == "stopped"
    assert asked(home) == 2


def test_a_worker_that_does_not_listen_is_ended(desk, home, monkeypatch):
    monkeypatch.setattr(module, "_PATIENCE", 0.1)
    (home / "hang").touch()
    (home / "deaf").touch()
    key = ask().digest()
    desk.ask(ask())
    until(lambda: desk.status(key).parts, "the first part")
    desk.stop(key)
    until(lambda: desk.status(key).is_over, "the end")
    assert desk.status(key).state == "stopped"


def test_a_worker_that_dies_is_started_again(desk, home):
    (home / "die once").touch()
    assert desk.wait(ask()).state == "done"
    assert asked(home) == 2


def test_a_refusal_is_kept_with_its_words_and_can_be_tried_again(desk, home):
    (home / "refuse").touch()
    status = desk.wait(ask())
    assert (status.state, status.error) == ("failed", "no such loss")
    (home / "refuse").unlink()
    assert desk.wait(ask()).state == "done"


def test_an_unknown_search_has_no_status(desk):
    assert desk.status("0" * 16) is None
    desk.stop("0" * 16)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"source": "block-bootstrap"}, "nothing can steer"),
        ({"source": "nobody"}, "scenarios from 'nobody'"),
        ({"n_steps": 300}, "up to 252, choose fewer"),
        ({"kind": "what-if"}, "no condition"),
        ({"loss": 0.0}, "a loss of 0 %"),
        ({"kind": "tail", "share": 1.0}, "choose one from"),
        ({"start": "yesterday"}, "use a date"),
        ({"effort": "heroic"}, "choose quick, normal, thorough"),
    ],
)
def test_what_cannot_be_searched_is_refused(wrong, words):
    with pytest.raises(InvalidInput, match=words):
        ask(**wrong)


def test_a_request_survives_its_way_to_the_worker():
    request = ask(kind="what-if", views=(view(None, -0.1),))
    assert StressRequest.from_dict(request.as_dict()) == request
    assert StressRequest.from_dict(request.as_dict()).digest() == request.digest()


# -- real searches, against brute force --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def brute():
    """Many plain paths of five days, and the losses of equal weight."""
    paths = NeuralGenerator.load(ASSETS / "pretrained").sample(120_000, 5, seed=11)
    return paths, 1 - np.exp(paths.sum(axis=1, dtype=float)).mean(axis=1)


@pytest.mark.parametrize("share", [0.01, 0.001])
def test_reverse_stress_agrees_with_many_plain_paths(real, brute, share):
    _, losses = brute
    loss = round(float(np.quantile(losses, 1 - share)), 4)
    exact = float((losses >= loss).mean())
    status = real.wait(ask(loss=loss))
    assert status.error == ""
    event = status.parts["event"].facts
    # Both have errors: that of the search (log-normal) and the binomial one of the plain paths.
    deviation = np.hypot(event["variation"], 1 / np.sqrt(exact * len(losses)))
    assert abs(np.log(event["probability"] / exact)) < 3.5 * deviation
    assert abs(np.log(1.6 * event["probability"] / exact)) > 3.5 * deviation  # a wrong one would be told apart
    nearest = status.parts["closest"].arrays["paths"]
    lost = 1 - np.exp(nearest.sum(axis=1, dtype=float)).mean(axis=1)
    np.testing.assert_allclose(lost, loss, rtol=0.005)
    told = status.parts["answers"].facts["answers"]
    assert 2 <= len(told) <= 3
    assert sum(answer["share"] for answer in told) == pytest.approx(1)
    assert all(0 <= answer["share_low"] < answer["share"] < answer["share_high"] <= 1 for answer in told)


def test_paths_under_a_condition_are_those_of_brute_force_selection(real, brute):
    paths, losses = brute
    chosen = paths[(losses >= 0.05) & (losses <= 0.07)]
    assert len(chosen) > 300
    found = real.wait(ask(kind="what-if", views=(view(-0.07, -0.05),))).parts["answer"]
    given = np.expm1(found.arrays["paths"].sum(axis=1, dtype=float))
    assert (given.mean(axis=1) >= -0.07 - 1e-6).all()
    assert (given.mean(axis=1) <= -0.05 + 1e-6).all()
    facts, expected = found.facts, np.expm1(chosen.sum(axis=1, dtype=float))
    assert facts["measured"]["mean"] == pytest.approx(facts["table"]["mean"][-1:])  # equal weights are measured here
    assert facts["volatility_before"] > 0
    error = expected.std(axis=0) * np.sqrt(1 / len(chosen) + 1 / facts["effective"])
    assert (np.abs(np.array(facts["table"]["mean"][:-1]) - expected.mean(axis=0)) < 4.5 * error).all()
    # Bands of 90 %, the plain paths' own error added: most hold, and the assets miss together.
    mean, high = (np.array(facts["table"][name][:-1]) for name in ("mean", "mean_high"))
    band = np.hypot(high - mean, 1.64 * expected.std(axis=0) / np.sqrt(len(chosen)))
    assert (np.abs(mean - expected.mean(axis=0)) < band).sum() >= 12
    # Wrong on purpose: the selection one step milder is told apart.
    milder = np.expm1(paths[(losses >= 0.03) & (losses <= 0.05)].sum(axis=1, dtype=float)).mean(axis=0)
    assert (np.abs(mean - milder) < band).sum() < 12
    assert (np.abs(np.array(facts["table"]["mean"][:-1]) - milder) > 4.5 * error).any()
    probability = len(chosen) / len(losses)
    deviation = np.hypot(facts["variation"], 1 / np.sqrt(len(chosen)))
    assert abs(np.log(facts["probability"] / probability)) < 3.5 * deviation


def test_the_worst_thousandth_is_that_of_many_plain_paths(real, brute):
    _, losses = brute
    worst = worst_share(losses, 0.001)
    facts = real.wait(ask(kind="tail", share=0.001)).parts["answer"].facts
    spread = losses[worst.rows].std()
    error = spread * np.sqrt(1 / len(worst.rows) + 1 / facts["effective"])
    assert facts["mean_loss"] == pytest.approx(float(worst.mean(losses)), abs=6 * error)
    assert 0 < facts["mean_loss_reach"] < 0.2 * facts["mean_loss"]
    assert float(worst_share(losses, 0.002).mean(losses)) < facts["mean_loss"] - error


def test_the_worst_hundredth_by_search_is_that_by_selection(real, brute):
    _, losses = brute
    worst = worst_share(losses, 0.01)
    facts = real.wait(ask(kind="tail", share=0.01)).parts["answer"].facts
    # The threshold's error is that of its probability over the density there, which the sample gives.
    step = abs(np.quantile(losses, 0.99) - np.quantile(losses, 0.987)) / 0.003
    deviation = 0.01 * np.hypot(facts["variation"], 1 / np.sqrt(0.01 * len(losses)))
    assert facts["threshold"] == pytest.approx(worst.threshold, abs=4 * step * deviation)


def test_what_the_model_cannot_give_is_refused_with_the_nearest(real):
    status = real.wait(ask(kind="what-if", n_steps=1, views=(view(-0.95, -0.9, n_days=1),), effort="quick"))
    assert status.state == "failed"
    assert "rarer than one in ten million" in status.error
    offered = status.error.partition(NEAREST)[2].partition(". ")[0]
    (nearest,) = read(offered, subjects(bundled()), DAILY)
    assert nearest.high < -0.05
    assert real.wait(ask(kind="what-if", n_steps=1, views=(nearest,), effort="quick")).state == "done"


def test_a_loss_that_the_model_cannot_reach_is_refused_with_the_deepest_that_it_gives(real):
    status = real.wait(ask(n_steps=1, loss=0.95, effort="quick"))
    assert status.state == "failed"
    offered = status.parts["nearest"].facts["loss"]
    assert f"{NEAREST}a loss of {100 * offered:g} %, once in a million paths" in status.error
    found = real.wait(ask(n_steps=1, loss=offered, effort="quick"))
    assert found.error == ""
    # Two quick searches, whose probabilities are each known to a factor of two or so.
    assert 2e-7 < found.parts["event"].facts["probability"] < 5e-6
    # Wrong on purpose: a little more than what is offered is not the same, half as much again is refused.
    assert real.wait(ask(n_steps=1, loss=round(1.5 * offered, 3), effort="quick")).state == "failed"


def test_soft_views_keep_their_mean(real):
    found = real.wait(ask(kind="what-if", views=(view(-0.03, -0.02),), soft=True)).parts["answer"]
    assert -0.03 - 1e-6 <= found.facts["reached"][0] <= -0.02 + 1e-6
    assert found.facts["effective"] > 100


def test_states_of_crises_are_wilder_and_more_tied_together():
    """March 2020 and autumn 2008 against 2017; the same seed, so that only the state differs."""
    generator = NeuralGenerator.load(ASSETS / "pretrained")
    states = generator.states(bundled())

    def wildness(day):
        paths = generator.sample(1000, 10, state=states.at(day), seed=3).astype(float)
        return volatility(paths.reshape(-1, 19), np.array(EQUAL), 252), np.mean([mean_correlation(p) for p in paths])

    calm, middling = wildness("2017-10-10"), wildness("2016-10-10")
    for crisis in ("2008-10-10", "2020-03-18"):
        wild = wildness(crisis)
        assert wild[0] > 3 * calm[0]
        assert wild[1] > calm[1] + 0.1
    assert not middling[0] > 3 * calm[0]  # an ordinary day would not do


def test_a_market_too_young_for_a_crisis_gets_its_state_carried_over():
    from fingen_core.jobs.warm.search_worker import _carried

    generator = NeuralGenerator.load(ASSETS / "pretrained")
    state, day, name = _carried(generator, bundled().dates[bundled().dates.searchsorted("2008-10-10")])
    assert name == "US large caps"
    assert f"{day:%Y-%m-%d}" == "2008-10-10"
    carried, calm = (generator.sample(500, 5, state=one, seed=0).std() for one in (state, None))
    assert carried > 3 * calm
    with pytest.raises(InvalidInput, match="has 250 days before it"):
        _carried(generator, bundled().dates[3])


def test_weights_of_another_market_are_refused(real):
    status = real.wait(ask(weights=(0.5, 0.5)))
    assert "2 weights for 19 assets" in status.error
