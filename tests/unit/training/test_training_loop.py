"""The loop on a problem whose answer is known: exact resume, averaging, the guard against divergence."""

from pathlib import Path
from typing import get_args

import pytest
import torch
from torch import Tensor, nn

from fingen_core.errors import InvalidInput, NotFound, TrainingDiverged
from fingen_core.training import checkpoint, devices, optimizers
from fingen_core.training.loop import Loop, Player
from fingen_core.training.settings.config import Optimizer, Schedule


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


@pytest.mark.parametrize("schedule", get_args(Schedule))
def test_stopping_and_resuming_changes_nothing_under_any_schedule(schedule: Schedule) -> None:
    def loop(seed: int = 0) -> Loop:
        made = two_player_loop(seed=seed)
        made.schedule, made.halvings = schedule, [10, 20]
        made.warmup = 0.0 if schedule == "one-cycle" else 0.3
        return made

    whole, half, other = run(loop(), 40), run(loop(), 17), loop(seed=99)
    other.restore(half.state())
    resumed = run(other, 23)
    for name, value in whole.state().items():
        assert torch.equal(value, resumed.state()[name]), name


def test_rates_of_each_schedule_at_a_step_are_those_of_the_hand() -> None:
    loop = two_player_loop(n_steps=40, rate=0.08)
    loop.schedule, loop.halvings, loop.warmup = "plateau", [10, 20], 0.25
    seen = {}
    for step in range(25):
        loop.advance()
        seen[step] = loop.players[0].optimizer.param_groups[0]["lr"]
    assert seen[5] == pytest.approx(0.08 / 2)  # half of the warm-up
    assert seen[9] == pytest.approx(0.08 * 0.9)
    assert seen[10] == pytest.approx(0.04)
    assert seen[20] == pytest.approx(0.02)


@pytest.mark.parametrize(
    ("scores", "patience", "steps"),
    [
        ([3, 2, 1, 0], 1, []),
        ([3, 2, 2, 2, 1], 2, [40]),
        ([3, 4, 4, 4, 4], 2, [30, 50]),
        ([3, 4, 2, 4, 4], 2, [50]),
        ([], 1, []),
    ],
)
def test_a_plateau_is_given_up_after_so_many_validations(scores: list[int], patience: int, steps: list[int]) -> None:
    history = [(10 * (place + 1), float(score)) for place, score in enumerate(scores)]
    assert optimizers.halvings(history, patience) == steps


def test_waiting_counts_from_the_best_score() -> None:
    assert optimizers.waited([]) == 0
    assert optimizers.waited([(10, 3.0), (20, 1.0), (30, 2.0), (40, 1.0)]) == 2
    assert optimizers.waited([(10, 3.0), (20, 1.0)]) == 0


def test_probes_are_read_apart_from_the_losses_and_without_gradients() -> None:
    loop = two_player_loop()
    module = loop.players[0].module
    loop.players[0].probe = lambda: {"weight": next(module.parameters()).sum()}
    run(loop, 5)
    assert loop.probe() == {"fit/weight": next(module.parameters()).item()}
    assert "fit/weight" not in loop.losses()
