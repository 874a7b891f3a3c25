"""Holding a training, letting it on in stretches and changing its rates: exact, and exactly repeated."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from fingen_core.errors import InvalidInput, Stopped
from fingen_core.generators.filtered.generator import NeuralGenerator, train
from fingen_core.market import Market, bundled
from fingen_core.runs import card
from fingen_core.training import steering
from fingen_core.training.progress import Progress
from fingen_core.training.settings.config import TrainingConfig, preset
from fingen_core.training.steering import RateChange, read_changes
from tests.unit.training.test_training_loop import run, two_player_loop

SHORT = {"filter_epochs": 1, "vae_steps": 40, "gan_steps": 30, "validate_every": 20, "validation_share": 0.05}


@pytest.fixture(scope="module")
def market() -> Market:
    return bundled().select(["JPM", "XOM"]).between("2007-01-01", "2009-06-30")


@pytest.fixture(scope="module")
def config() -> TrainingConfig:
    return preset("quick", "gan", **SHORT)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def plain(market: Market, config: TrainingConfig) -> NeuralGenerator:
    return train(market, config, device="cpu")


class Hand:
    """Somebody at the controls, who acts whenever a training says that it is held."""

    def __init__(self, folder: Path, act: Callable[["Hand", Progress], None]) -> None:
        self.folder, self._act = folder, act
        self.held: list[tuple[str, int]] = []
        folder.mkdir(exist_ok=True)
        (folder / steering.PAUSE).touch()

    def __call__(self, progress: Progress) -> None:
        if progress.paused:
            self.held.append((progress.phase, progress.step))
            self._act(self, progress)

    def let_go(self) -> None:
        (self.folder / steering.PAUSE).unlink()

    def step(self, n: int) -> None:
        (self.folder / steering.STEP).write_text(str(n))

    def rates(self, **rates: float) -> None:
        steering.write(self.folder / steering.RATES, rates)


def same(one: NeuralGenerator, other: NeuralGenerator) -> bool:
    pairs = zip(one.model.tensors().items(), other.model.tensors().items(), strict=True)
    return all(name == again and torch.equal(left, right) for (name, left), (again, right) in pairs)


def test_a_training_that_was_held_and_let_on_in_stretches_ends_where_an_undisturbed_one_does(
    market: Market, config: TrainingConfig, plain: NeuralGenerator, tmp_path: Path
) -> None:
    def act(hand: Hand, _: Progress) -> None:
        hand.step(10) if len(hand.held) < 4 else hand.let_go()

    hand = Hand(tmp_path, act)
    held = train(market, config, folder=tmp_path, device="cpu", on_progress=hand)
    begun = hand.held[1][1]  # of the VAE: the filter took fewer steps than it was let do
    assert hand.held == [("Volatility filter", 0), *(("VAE", begun + 10 * i) for i in range(3))]
    assert same(held, plain)
    assert held.info["changes"] == []


def test_a_training_does_not_count_the_time_in_which_it_was_held(
    market: Market, config: TrainingConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a clock of its own: each report takes a second, and somebody holds the training for a day."""
    now, a_day, told = [0.0], 86_400.0, []

    def act(hand: Hand, _: Progress) -> None:
        now[0] += a_day
        hand.let_go()

    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    hand = Hand(tmp_path, act)

    def listen(progress: Progress) -> None:
        told.append(progress.seconds)
        hand(progress)
        now[0] += 1.0

    model = train(market, config, folder=tmp_path, device="cpu", on_progress=listen)
    assert len(hand.held) == 1
    assert told == sorted(told)
    assert now[0] == a_day + len(told)
    assert 0 < told[-1] <= model.info["seconds"] <= len(told)


def steer(hand: Hand, progress: Progress) -> None:
    """Change the VAE's rate at its step 20 and the critic's at the beginning of the GAN."""
    if progress.phase == "VAE" and "20" not in hand.__dict__:
        hand.__dict__["20"] = True
        hand.step(20)
    elif progress.phase == "VAE":
        hand.rates(vae=1e-4)
        hand.step(20)
    elif progress.phase == "GAN":
        hand.rates(critic=3e-3, vae=1.0)  # the VAE is over: nothing to change
        hand.let_go()
    else:
        hand.step(1000)


def test_changed_rates_are_recorded_and_a_repetition_with_them_gives_the_same_weights(
    market: Market, config: TrainingConfig, plain: NeuralGenerator, tmp_path: Path
) -> None:
    steered = train(market, config, folder=tmp_path / "a", device="cpu", on_progress=Hand(tmp_path / "a", steer))
    changes = read_changes(tmp_path / "a")
    assert [(one.phase, one.step, one.player, one.rate) for one in changes] == [
        ("vae", 20, "vae", 1e-4),
        ("gan", 0, "critic", 3e-3),
    ]
    assert changes[0].before == config.learning_rate
    assert changes[1].at - changes[1].step == changes[0].at - changes[0].step + config.vae_steps
    assert not same(steered, plain)
    assert [RateChange(**one) for one in steered.info["changes"]] == changes
    made = card.build({}, json.loads(config.to_json()), steered.info)
    assert made["changes"][0] == "VAE, step 20: learning rate of the vae from 0.002 to 0.0001"
    assert "Changed while it trained" in card.markdown({**made, "data": {}})
    # Again without a hand, and once more stopped and resumed on the way: both read the list and do the same.
    for name in ("b", "c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / steering.CHANGES).write_text((tmp_path / "a" / steering.CHANGES).read_text())
    assert same(train(market, config, folder=tmp_path / "b", device="cpu"), steered)
    asked = iter([False] * (changes[1].at // 10 + 2) + [True] * 3)
    with pytest.raises(Stopped):
        train(market, config, folder=tmp_path / "c", device="cpu", should_stop=lambda: next(asked))
    assert same(train(market, config, folder=tmp_path / "c", device="cpu"), steered)


def test_a_training_can_be_stopped_while_it_is_held(market: Market, config: TrainingConfig, tmp_path: Path) -> None:
    stop: list[bool] = []
    hand = Hand(tmp_path, lambda _hand, _progress: stop.append(True))
    with pytest.raises(Stopped):
        train(market, config, folder=tmp_path, device="cpu", on_progress=hand, should_stop=lambda: bool(stop))
    assert (tmp_path / "checkpoint.safetensors").exists()


def test_a_changed_rate_holds_from_its_step_on_under_the_schedule() -> None:
    loop = two_player_loop(n_steps=40, rate=0.08)
    loop.schedule, loop.halvings = "plateau", [10]
    name = loop.players[0].name
    loop.changes = [(5, name, 0.4), (15, name, 0.02)]
    seen, other = {}, {}
    for step in range(20):
        loop.advance()
        seen[step], other[step] = (player.optimizer.param_groups[0]["lr"] for player in loop.players)
    assert (seen[4], seen[5], seen[10], seen[15]) == pytest.approx((0.08, 0.4, 0.2, 0.01))
    assert other[4] == pytest.approx(other[9])
    assert other[15] == pytest.approx(other[4] / 2)


def test_a_loop_without_changes_is_the_loop_it_was() -> None:
    one, other = run(two_player_loop(), 20), two_player_loop()
    other.changes = [(30, other.players[0].name, 1.0)]  # later than it gets
    run(other, 20)
    for name, value in one.state().items():
        assert torch.equal(value, other.state()[name]), name


@pytest.mark.parametrize("rate", [0.0, -1e-3, 2.0, float("nan"), True, "fast"])
def test_rates_that_are_none_are_refused_with_the_rule(rate: float) -> None:
    with pytest.raises(InvalidInput, match=r"learning rate of the critic = .*above 0, at most 1"):
        steering.checked_rates({"critic": rate})
