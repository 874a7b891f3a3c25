"""Captured steps are the steps: the same weights to the last bit, or a fallback that says why.

There may be no GPU here. All but the graph itself runs on the processor with a stand-in capturer that keeps gradients
and terms in fixed memory and refills them, as a CUDA graph does.
"""

import itertools
import logging
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from benchmarks import bench_gpu, steps
from fingen_core.generators.filtered.fitting import Fitting
from fingen_core.generators.filtered.generator import NeuralGenerator
from fingen_core.generators.pictures.fitting import PictureFitting
from fingen_core.generators.pictures.generator import PictureGenerator, train_pictures
from fingen_core.market import Market, bundled
from fingen_core.training import capture
from fingen_core.training.capture import Captured, Capturer
from fingen_core.training.loop import Loop
from fingen_core.training.settings.base import Settings
from fingen_core.training.settings.config import preset
from fingen_core.training.settings.picture_config import picture_preset

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")

N_STEPS = 12
SMALL_PICTURES = {"steps": N_STEPS, "size": 4, "latent_size": 8, "batch_size": 16, "memory_weight": 1.0}
SMALL = {"filter_epochs": 1, "vae_steps": 20, "gan_steps": N_STEPS, "refit": False, "tail_weight": 0.1}


@pytest.fixture(scope="module")
def market() -> Market:
    return bundled().select(["AAPL", "JPM", "XOM"]).between("2005-01-01", "2008-12-31")


def settings(kind: str) -> Settings:
    model: Any = kind.rpartition(" ")[2]
    if kind.startswith("picture"):
        return picture_preset("quick", model, **SMALL_PICTURES)
    return preset("quick", model, **SMALL)  # type: ignore[arg-type]


def loop_of(kind: str, market: Market, device: str = "cpu") -> Loop:
    """The last loop of a training; those before it are run."""
    config = settings(kind)
    if kind.startswith("picture"):
        course: Any = PictureFitting(market, config, PictureGenerator, device=device)  # type: ignore[arg-type]
    else:
        course = Fitting(market, config, NeuralGenerator, device=device)  # type: ignore[arg-type]
    for phase in course.phases[:-1]:
        loop = course._loop(phase)
        for _ in range(5):
            loop.advance()
        course.done[phase.name] = course._weights(phase, loop)
    made: Loop = course._loop(course.phases[-1])
    return made


def in_fixed_memory(loop: Loop) -> Capturer:
    """As a CUDA graph: some runs to get ready, and then gradients that stay where they are and are filled anew."""
    parameters = [parameter for player in loop.players for parameter in player.module.parameters()]

    def record(work: Callable[[], None], generator: torch.Generator) -> Callable[[], None]:
        work()
        work()
        fixed = {parameter: parameter.grad for parameter in parameters if parameter.grad is not None}

        def again() -> None:
            work()
            for parameter, place in fixed.items():
                if parameter.grad is not None and parameter.grad is not place:
                    place.copy_(parameter.grad)
                    parameter.grad = place

        return again

    return record


KINDS = ["vae", "gan", "picture vae", "picture gan"]


@pytest.mark.parametrize("kind", KINDS)
def test_captured_steps_are_the_steps(kind: str, market: Market) -> None:
    plain, captured = loop_of(kind, market), loop_of(kind, market)
    captured.capturer = in_fixed_memory(captured)
    for _ in range(N_STEPS):
        plain.advance()
        captured.advance()
        assert plain.losses() == captured.losses()
    assert captured._captured.keys() == {player.name for player in captured.players}
    assert_same(plain.state(), captured.state())


def test_a_capture_that_forgets_the_randomness_is_found_out(market: Market) -> None:
    """The twin of the test above: each replay draws what the first one drew."""

    def frozen(work: Callable[[], None], generator: torch.Generator) -> Callable[[], None]:
        first = generator.get_state()

        def again() -> None:
            generator.set_state(first)
            work()

        work()
        return again

    plain, captured = loop_of("vae", market), loop_of("vae", market)
    captured.capturer = frozen
    for _ in range(3):
        plain.advance()
        captured.advance()
    assert not torch.equal(plain.players[0].average[0], captured.players[0].average[0])


def test_weights_that_change_over_the_steps_are_refilled(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """The KL divergence warms up over the first fifth of the steps: a capture that kept them would not see it."""
    plain, captured = loop_of("picture vae", market), loop_of("picture vae", market)
    captured.capturer = in_fixed_memory(captured)
    seen = []
    for _ in range(4):
        plain.advance()
        captured.advance()
        seen.append(captured._captured["vae"].weights.tolist())
    assert seen[0] != seen[1]
    assert_same(plain.state(), captured.state())
    stuck = loop_of("picture vae", market)
    stuck.capturer = in_fixed_memory(stuck)
    stuck.advance()
    monkeypatch.setattr(Captured, "__call__", lambda captured, _: (captured.replay(), captured.seen)[1])
    for _ in range(3):
        stuck.advance()
    assert not torch.equal(plain.players[0].average[0], stuck.players[0].average[0])


def test_what_cannot_be_captured_is_trained_all_the_same_and_said(
    market: Market, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(work: Callable[[], None], generator: torch.Generator) -> Callable[[], None]:
        work()  # some of it has happened already
        raise RuntimeError("operation not permitted when stream is capturing\nCUDA kernel errors might be ...")

    straight = train_pictures(market, settings("picture gan"), device="cpu")  # type: ignore[arg-type]
    with caplog.at_level(logging.WARNING, logger="fingen.training"):
        monkeypatch.setattr("fingen_core.training.loop.capturer_for", lambda device: refuses)
        fallen = train_pictures(market, settings("picture gan"), device="cpu")  # type: ignore[arg-type]
    assert_same(straight.model.tensors(), fallen.model.tensors())
    sentence = (
        "Steps are taken one kernel after the other, since they could not be captured: operation not permitted when "
        "stream is capturing."
    )
    assert [found["sentence"] for found in fallen.info["findings"]] == [sentence]
    assert sentence in caplog.text
    assert straight.info["findings"] == []


def test_steps_are_captured_on_cuda_and_nowhere_else() -> None:
    assert capture.capturer_for(torch.device("cuda")) is capture.cuda_graph
    assert capture.capturer_for(torch.device("cpu")) is None
    assert capture.capturer_for(torch.device("mps")) is None


@pytest.mark.gpu
@needs_cuda
@pytest.mark.parametrize("kind", KINDS)
def test_a_cuda_graph_takes_the_same_steps_without_waiting(kind: str, market: Market) -> None:
    plain, captured = loop_of(kind, market, "cuda"), loop_of(kind, market, "cuda")
    plain.capturer = None
    for loop in (plain, captured):
        loop.advance()
        torch.cuda.set_sync_debug_mode("error")
        try:
            for _ in range(N_STEPS - 1):
                loop.advance()
        finally:
            torch.cuda.set_sync_debug_mode("default")
    assert captured.remark == ""
    for ours, theirs in zip(captured.players, plain.players, strict=True):
        for one, other in zip(ours.average, theirs.average, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-5)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_the_benchmark_of_a_gpu_says_where_there_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench_gpu.main([]) == bench_gpu.NO_CUDA == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("There is no CUDA device on this machine")
    assert said.err.count("\n") == 1


def test_its_way_of_measuring_counts_steps(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = itertools.count()
    monkeypatch.setattr(steps.time, "perf_counter", lambda: float(next(seconds)))  # each look at the clock takes one
    loop = loop_of("vae", market)
    loop.n_steps = 1000
    # Begun at 0; looks at 1, 2 and 3 find time left for ten steps each, that at 4 does not; read once more at 5.
    assert steps.steps_per_second(loop, seconds=3.5) == 30 / 5
    assert loop.step == 5 + 30


# -- bfloat16 ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_bfloat16_stays_inside_the_networks(kind: str, market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = loop_of(kind, market)
    monkeypatch.setattr(__name__ + ".settings", lambda kind, made=settings: made(kind).replace(precision="bfloat16"))
    lowered = loop_of(kind, market)
    for loop in (plain, lowered):
        for _ in range(3):
            loop.advance()
    assert all(value.dtype in (torch.float32, torch.int64, torch.uint8) for value in lowered.state().values())
    name = f"{lowered.players[-1].name}/{'reconstruction' if 'vae' in kind else 'adversarial'}"
    ours, theirs = lowered.losses()[name], plain.losses()[name]
    assert ours != theirs
    assert ours == pytest.approx(theirs, rel=0.05, abs=0.02)


def test_a_model_trained_in_bfloat16_draws_in_single_precision(market: Market) -> None:
    config = settings("picture gan").replace(precision="bfloat16")
    generator = train_pictures(market, config, device="cpu")  # type: ignore[arg-type]
    assert not any(getattr(part, "lowered", False) for part in generator.model.painter.modules())
    assert generator.sample(2, 40, seed=0).dtype == "float32"


def assert_same(left: dict[str, Tensor], right: dict[str, Tensor]) -> None:
    assert left.keys() == right.keys()
    for name, value in left.items():
        assert torch.equal(value, right[name]), name
