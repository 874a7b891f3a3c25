"""The loop on a problem whose answer is known: exact resume, averaging, the guard against divergence."""

from pathlib import Path
from typing import get_args

import pytest
import torch
from torch import Tensor, nn

from fingen_core.errors import InvalidInput, NotFound, TrainingDiverged
from fingen_core.training import checkpoint, devices, optimizers
from fingen_core.training.config import Optimizer, Schedule
from fingen_core.training.loop import Loop, Player


def two_player_loop(optimizer: Optimizer = "adamw", n_steps: int = 40, rate: float = 0.05, seed: int = 0) -> Loop:
    """Two linear players: one fits y = 2 x, the other minus the first one's weight."""
    generator = torch.Generator().manual_seed(seed)
    first, second = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)
    nn.init.zeros_(first.weight)
    nn.init.zeros_(second.weight)

    def fit() -> dict[str, Tensor]:
        x = torch.randn(32, 1, generator=generator)
        return {"squared": ((first(x) - 2 * x) ** 2).mean(), "size": (first.weight**2).sum()}

    def oppose() -> dict[str, Tensor]:
        return {"sum": (second.weight + first.weight.detach()).square().sum()}

    def player(name: str, module: nn.Module, terms: object, updates: int) -> Player:
        built = optimizers.build(optimizer, module.parameters(), learning_rate=rate, weight_decay=0.0)
        return Player(
            name=name,
            module=module,
            optimizer=built,
            terms=terms,  # type: ignore[arg-type]
            weights={"size": lambda _: 0.0},
            updates=updates,
            averaging=0.9,
        )

    return Loop([player("fit", first, fit, 1), player("oppose", second, oppose, 2)], n_steps, generator=generator)


def run(loop: Loop, n_steps: int) -> Loop:
    for _ in range(n_steps):
        loop.advance()
    return loop


def test_the_loop_finds_the_answer() -> None:
    loop = run(two_player_loop(n_steps=400), 400)
    first, second = (next(player.module.parameters()).item() for player in loop.players)
    assert first == pytest.approx(2.0, abs=0.02)
    assert second == pytest.approx(-2.0, abs=0.02)


@pytest.mark.parametrize("optimizer", get_args(Optimizer))
def test_stopping_and_resuming_changes_nothing(optimizer: Optimizer, tmp_path: Path) -> None:
    whole = run(two_player_loop(optimizer), 40)
    half = run(two_player_loop(optimizer), 17)
    checkpoint.save(tmp_path / "loop.safetensors", half.state(), {})
    other = two_player_loop(optimizer, seed=99)
    other.restore(checkpoint.load(tmp_path / "loop.safetensors")[0])
    resumed = run(other, 23)
    for name, value in whole.state().items():
        assert torch.equal(value, resumed.state()[name]), name


def test_a_resume_without_optimizer_memory_would_differ() -> None:
    """The twin of the test above: leave something out, and it must notice."""
    whole, half = run(two_player_loop(), 40), run(two_player_loop(), 17)
    other = two_player_loop()
    other.restore({name: value for name, value in half.state().items() if ".optimizer." not in name})
    resumed = run(other, 23)
    assert not torch.equal(whole.state()["fit.module.weight"], resumed.state()["fit.module.weight"])


def test_a_term_of_weight_zero_is_shown_but_does_not_pull() -> None:
    loop = run(two_player_loop(n_steps=400), 400)
    assert loop.losses()["fit/size"] == pytest.approx(4.0, abs=0.1)


def test_divergence_is_refused_with_a_remedy() -> None:
    loop = two_player_loop("sgd", rate=1e30)
    loop.gradient_clip = 1e38
    run(loop, 4)
    with pytest.raises(TrainingDiverged, match="lower the learning rate"):
        loop.losses()


def test_gradients_are_clipped() -> None:
    loop = two_player_loop("sgd", rate=1.0)
    loop.gradient_clip, loop.schedule = 0.01, "constant"
    run(loop, 1)
    assert abs(next(loop.players[0].module.parameters()).item()) == pytest.approx(0.01, rel=1e-3)


def test_averaged_weights_lag_behind() -> None:
    loop = run(two_player_loop(), 30)
    averaged = loop.averaged(loop.players[0])["weight"].item()
    assert 0 < averaged < next(loop.players[0].module.parameters()).item()


@pytest.mark.parametrize("schedule", get_args(Schedule))
def test_rates_stay_between_nothing_and_the_full_rate(schedule: Schedule) -> None:
    factors = [optimizers.rate_factor(schedule, step / 100) for step in range(100)]
    assert all(0 <= factor <= 1 for factor in factors)
    assert max(factors) == pytest.approx(1.0, abs=0.01)


def test_one_cycle_rises_then_falls() -> None:
    rate = [optimizers.rate_factor("one-cycle", share) for share in (0.0, 0.3, 1.0)]
    assert rate == pytest.approx([0.04, 1.0, 0.0001])


def test_a_missing_and_a_damaged_checkpoint_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"none\.safetensors"):
        checkpoint.load(tmp_path / "none.safetensors")
    (tmp_path / "bad.safetensors").write_bytes(b"not tensors at all")
    with pytest.raises(InvalidInput, match="damaged"):
        checkpoint.load(tmp_path / "bad.safetensors")


def test_devices_end_with_the_processor_and_unknown_ones_are_refused() -> None:
    assert devices.devices()[-1].name == "cpu"
    assert devices.pick("cpu").memory_bytes > 0
    with pytest.raises(InvalidInput, match="tpu"):
        devices.pick("tpu")
