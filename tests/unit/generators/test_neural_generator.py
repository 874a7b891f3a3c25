"""The neural generator on a small real market: same seed same paths, no look-ahead, exact resume, files."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from fingen_core.errors import InvalidInput, NotFound, Stopped
from fingen_core.generators.filtered.generator import NeuralGenerator, train
from fingen_core.generators.protocol.base import Generator, States
from fingen_core.market import Market, bundled
from fingen_core.training import checkpoint
from fingen_core.training.loop import Loop
from fingen_core.training.progress import Progress
from fingen_core.training.settings.config import TrainingConfig, preset

SMALL: dict[str, Any] = {"vae_steps": 60, "gan_steps": 20, "filter_epochs": 1, "validate_every": 20, "batch_size": 64}


@pytest.fixture(scope="module")
def market() -> Market:
    return bundled().select(["AAPL", "JPM", "XOM"]).between("2005-01-01", "2011-12-31")


@pytest.fixture(scope="module")
def config() -> TrainingConfig:
    return preset("quick", "gan", **SMALL)


@pytest.fixture(scope="module")
def generator(market: Market, config: TrainingConfig) -> NeuralGenerator:
    return train(market, config, device="cpu")


def test_it_is_a_generator(generator: NeuralGenerator, market: Market) -> None:
    assert isinstance(generator, Generator)
    assert isinstance(generator.states(market), States)
    assert generator.tickers == market.tickers
    assert generator.market_digest == market.digest()


def test_the_same_seed_gives_the_same_paths_on_any_number_of_threads(generator: NeuralGenerator) -> None:
    before = torch.get_num_threads()
    try:
        drawn = []
        for threads in (1, 2):
            torch.set_num_threads(threads)
            drawn.append(generator.sample(1100, 5, seed=3))
    finally:
        torch.set_num_threads(before)
    np.testing.assert_array_equal(*drawn)
    assert drawn[0].shape == (1100, 5, 3)
    assert np.isfinite(drawn[0]).all()


def test_forecast_losses_are_stretched_and_nothing_else_is(generator: NeuralGenerator) -> None:
    simulator = generator.model.simulator()
    low = simulator.edge
    mild = torch.stack([low, low / 2, -low, -3 * low])
    torch.testing.assert_close(simulator.deepened(mild), mild)
    torch.testing.assert_close(simulator.deepened(low - 1)[None], low[None] - 1.15)


def test_several_states_are_gone_on_from_at_once(generator: NeuralGenerator, market: Market) -> None:
    states = generator.states(market)
    calm, wild = market.dates[500], pd.Timestamp("2008-10-15")
    together = generator.sample_each(states.each(pd.DatetimeIndex([calm] * 400 + [wild] * 400)), 3, seed=1)
    alone = [generator.sample(4000, 3, state=states.at(date), seed=2) for date in (calm, wild)]
    assert together.shape == (800, 3, 3)
    for part, whole in zip(np.split(together, 2), alone, strict=True):
        # four standard errors of a deviation of heavy-tailed draws
        np.testing.assert_allclose(part.std(axis=0), whole.std(axis=0), rtol=4 * np.sqrt(8 / 4 / 400))
    assert together[400:].std() > 2 * together[:400].std()  # the tolerance could not hide a mixed-up start


def test_the_model_before_the_refit_is_kept(market: Market, config: TrainingConfig, tmp_path: Path) -> None:
    train(market, config, folder=tmp_path, device="cpu")
    before = NeuralGenerator.load(tmp_path / "held-out")
    after = NeuralGenerator.load(tmp_path)
    n_fit = round(market.n_steps * (1 - config.validation_share))
    assert before.info["last_date"] == f"{market.dates[n_fit]:%Y-%m-%d}"
    assert after.info["last_date"] == f"{market.dates[-1]:%Y-%m-%d}"
    assert not before.info["refit"]
    changed = market.between(end=before.info["last_date"])
    np.testing.assert_array_equal(before.model.representation.scale, changed.log_returns().std(axis=0))


def test_a_model_of_another_format_is_refused(generator: NeuralGenerator, tmp_path: Path) -> None:
    stored = NeuralGenerator.of(
        generator.model, bundled().select(list(generator.tickers)), generator.config, {"format": 1}
    )
    stored.save(tmp_path)
    with pytest.raises(InvalidInput, match=r"format 1 .* train it again"):
        NeuralGenerator.load(tmp_path)


def test_another_seed_gives_other_paths_and_chunks_differ(generator: NeuralGenerator) -> None:
    drawn = generator.sample(1000, 2, seed=3)
    assert not np.array_equal(drawn, generator.sample(1000, 2, seed=4))
    assert not np.array_equal(drawn[:500], drawn[500:])


def test_a_state_does_not_know_the_future(generator: NeuralGenerator, market: Market) -> None:
    changed = market.prices.copy()
    changed.iloc[1000:] *= 1.7
    day = market.dates[999]
    told = generator.states(Market(changed, market.source)).at(day)
    for name, value in vars(generator.states(market).at(day)).items():
        np.testing.assert_array_equal(value, getattr(told, name))


def test_the_state_of_the_last_day_is_where_sampling_starts(generator: NeuralGenerator, market: Market) -> None:
    state = generator.states(market).at(market.dates[-1])
    np.testing.assert_array_equal(generator.sample(50, 3, seed=1), generator.sample(50, 3, state=state, seed=1))


def test_paths_from_a_crisis_are_wider_than_from_a_calm(generator: NeuralGenerator, market: Market) -> None:
    states = generator.states(market)
    crisis, calm = (
        generator.sample(400, 10, state=states.at(day), seed=1).std() for day in ("2008-11-20", "2007-01-31")
    )
    assert crisis > 2 * calm


def test_saving_and_loading_changes_nothing(generator: NeuralGenerator, tmp_path: Path) -> None:
    generator.save(tmp_path)
    again = NeuralGenerator.load(tmp_path)
    np.testing.assert_array_equal(again.sample(200, 4, seed=9), generator.sample(200, 4, seed=9))
    assert again.info == generator.info
    assert sorted(file.name for file in tmp_path.iterdir()) == ["generator.json", "generator.safetensors"]


def test_scores_stand_beside_two_rivals(generator: NeuralGenerator) -> None:
    names = {"fz0_1", "fz0_2.5", "fz0_5", "crps"}
    assert set(generator.info["scores"]) == names
    assert {key.split("/")[0] for key in generator.info["rivals"]} == {"fhs-gjr", "block-bootstrap"}
    assert generator.info["best_step"]["gan"] <= SMALL["gan_steps"]


class StopAfter:
    """Asks a training to stop at its n-th question."""

    def __init__(self, questions: int) -> None:
        self.left = questions

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0


def stopped(market: Market, config: TrainingConfig, folder: Path, questions: int) -> None:
    with pytest.raises(Stopped, match="resume to go on"):
        train(market, config, folder=folder, device="cpu", should_stop=StopAfter(questions))


def test_stopped_and_resumed_equals_undisturbed(
    market: Market, config: TrainingConfig, generator: NeuralGenerator, tmp_path: Path
) -> None:
    """Stopped inside each kind of phase, three times over, and the weights are the same to the last bit."""
    for questions in (2, 3, 3, 3):
        stopped(market, config, tmp_path, questions)
    resumed = train(market, config, folder=tmp_path, device="cpu")
    for name, value in generator.model.tensors().items():
        assert torch.equal(value, resumed.model.tensors()[name]), name
    assert resumed.info["scores"] == generator.info["scores"]


def test_stop_keeps_the_best_checkpoint_usable(market: Market, config: TrainingConfig, tmp_path: Path) -> None:
    stopped(market, config, tmp_path, 9)
    kept = NeuralGenerator.load(tmp_path)
    assert kept.sample(10, 2, seed=0).shape == (10, 2, 3)
    assert kept.info["refit"] is False


def test_progress_reaches_the_end_and_never_goes_back(market: Market, config: TrainingConfig) -> None:
    seen: list[Progress] = []
    train(market, config, device="cpu", on_progress=seen.append)
    steps = [progress.step for progress in seen]
    assert steps == sorted(steps)
    assert steps[-1] == seen[-1].n_steps
    assert seen[-1].seconds_left == 0
    assert {name for progress in seen for name in progress.losses} >= {"vae/kl", "critic/gradient_penalty"}
    assert sum(bool(progress.rivals) for progress in seen) == 1
    told = [progress for progress in seen if "vae/kl" in progress.losses and "refit" not in progress.phase]
    assert len(told) >= config.vae_steps // 10, "a short phase tells all that was read, however fast it is"


TOOLBOX: dict[str, dict[str, Any]] = {
    "plateau": {
        "schedule": "plateau",
        "gan_schedule": "plateau",
        "plateau_patience": 1,
        "rate_warmup": 0.1,
        "likelihood": "squared-error",
        "moments_weight": 1.0,
        "tail_weight": 1.0,
        "batch_size": 128,
    },
    "early stopping": {"early_stopping": 1, "learning_rate": 0.1, "gan_loss": "least-squares"},
    "student": {
        "validate_every": 40,
        "likelihood": "student-t",
        "optimizer": "radam",
        "gan_loss": "hinge",
        "r1_weight": 1.0,
    },
}


@pytest.mark.parametrize("kind", TOOLBOX)
def test_what_learns_from_validation_resumes_exactly_too(market: Market, kind: str, tmp_path: Path) -> None:
    config = preset("quick", "gan", **{**SMALL, "vae_steps": 80, "validate_every": 20, **TOOLBOX[kind]})
    whole = train(market, config, folder=tmp_path / "whole", device="cpu")
    for questions in (5, 4):
        stopped(market, config, tmp_path / "parts", questions)
    resumed = train(market, config, folder=tmp_path / "parts", device="cpu")
    for name, value in whole.model.tensors().items():
        assert torch.equal(value, resumed.model.tensors()[name]), name
    same = ("scores", "findings", "best_step")
    assert {name: resumed.info[name] for name in same} == {name: whole.info[name] for name in same}
    again = NeuralGenerator.load(tmp_path / "parts")
    np.testing.assert_array_equal(again.sample(20, 3, seed=1), whole.sample(20, 3, seed=1))


def test_a_plateau_halves_the_rates_and_says_so(market: Market) -> None:
    changes = {"vae_steps": 80, "validate_every": 10, "refit": False}
    config = preset("quick", "vae", **{**SMALL, **TOOLBOX["plateau"], **changes})
    notes = [found["sentence"] for found in train(market, config, device="cpu").info["findings"]]
    assert any(note.startswith("Learning rates halved at step") for note in notes)


def test_early_stopping_ends_a_phase_and_says_where(market: Market) -> None:
    changes = {**SMALL, "vae_steps": 400, "validate_every": 10, "learning_rate": 0.1, "refit": False}
    seen: list[Progress] = []
    stopped_early = train(
        market, preset("quick", "vae", early_stopping=2, **changes), device="cpu", on_progress=seen.append
    )
    (note,) = [found["sentence"] for found in stopped_early.info["findings"] if found["kind"] == "note"]
    best = stopped_early.info["best_step"]["vae"]
    assert note == f"Stopped early at step {best + 20} of 400: step {best} validated best."
    assert seen[-1].step == seen[-1].n_steps
    assert seen[-1].findings == stopped_early.info["findings"]


def test_a_model_from_before_a_warning_says_so(market: Market) -> None:
    """The generator runs away from its critic, and the first validation is the best."""
    sleeping = {"critic_learning_rate": 1e-6, "critic_updates": 1, "generator_learning_rate": 0.01, "refit": False}
    config = preset("quick", "gan", **{**SMALL, "gan_steps": 80, "averaging": 0.0, **sleeping})
    generator = train(market, config, device="cpu")
    best = generator.info["best_step"]["gan"]
    alarms = [found for found in generator.info["findings"] if found["kind"] != "note"]
    assert best < alarms[0]["step"]
    notes = [found["sentence"] for found in generator.info["findings"] if found["kind"] == "note"]
    assert notes == [f"The model is that of step {best}, from before the first warning."]


def test_out_of_memory_halves_the_batch_once_and_says_so(
    market: Market, config: TrainingConfig, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    advance, failures = Loop.advance, [1]
    config = config.replace(refit=False)

    def short_of_memory(loop: Loop) -> None:
        if loop.players[0].name == "vae" and loop.step == 30 and failures:
            failures.pop()
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        advance(loop)

    monkeypatch.setattr(Loop, "advance", short_of_memory)
    stopped(market, config, tmp_path, 11)
    smaller = train(market, config, folder=tmp_path, device="cpu")
    (note,) = [found for found in smaller.info["findings"] if found["kind"] == "note"]
    assert note["sentence"] == "Batches of 64 days did not fit into memory: halved to 32."
    monkeypatch.undo()
    straight = train(market, config.replace(batch_size=32), device="cpu")
    for name, value in straight.model.tensors().items():
        assert torch.equal(value, smaller.model.tensors()[name]), name


def test_a_second_shortage_of_memory_ends_the_training(
    market: Market, config: TrainingConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def always(loop: Loop) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    for_filter = Loop.advance
    monkeypatch.setattr(
        Loop, "advance", lambda loop: for_filter(loop) if loop.players[0].name == "filter" else always(loop)
    )
    with pytest.raises(torch.OutOfMemoryError):
        train(market, config, device="cpu")


def test_a_checkpoint_of_an_earlier_version_is_taken_up(
    market: Market, config: TrainingConfig, generator: NeuralGenerator, tmp_path: Path
) -> None:
    """It knows neither the newest settings nor what detectors remember."""
    stopped(market, config, tmp_path, 5)
    path = tmp_path / "checkpoint.safetensors"
    tensors, values = checkpoint.load(path)
    for name in ("history", "readings", "findings", "batch_size"):
        del values[name]
    old = json.loads(values["config"])
    for name in ("gan_loss", "likelihood", "gan_schedule", "moments_weight", "early_stopping"):
        del old[name]
    checkpoint.save(path, tensors, {**values, "config": json.dumps(old)})
    resumed = train(market, config, folder=tmp_path, device="cpu")
    for name, value in generator.model.tensors().items():
        assert torch.equal(value, resumed.model.tensors()[name]), name


def test_another_market_in_the_same_folder_is_refused(market: Market, config: TrainingConfig, tmp_path: Path) -> None:
    stopped(market, config, tmp_path, 1)
    with pytest.raises(InvalidInput, match="other settings or another market"):
        train(market, config.replace(seed=5), folder=tmp_path, device="cpu")


def test_a_short_market_is_refused_with_its_dates(market: Market, config: TrainingConfig) -> None:
    with pytest.raises(InvalidInput, match="needs 500"):
        train(market.between("2010-01-01", "2010-12-31"), config)


def test_a_constant_asset_is_refused(market: Market, config: TrainingConfig) -> None:
    flat = market.prices.assign(FLAT=1.0)
    with pytest.raises(InvalidInput):
        train(Market(flat, market.source), config, device="cpu")


def test_other_tickers_conditions_and_missing_files_are_refused(
    generator: NeuralGenerator, market: Market, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInput, match="same tickers"):
        generator.states(market.select(["JPM", "AAPL", "XOM"]))
    with pytest.raises(InvalidInput, match="does not know which days had trend"):
        generator.sample(1, 1, condition={"trend": 1.0}, seed=0)
    with pytest.raises(InvalidInput, match="has not been trained"):
        NeuralGenerator().sample(1, 1, seed=0)
    with pytest.raises(NotFound, match="train the model"):
        NeuralGenerator.load(tmp_path)


def test_one_asset_can_be_trained(market: Market) -> None:
    single = market.select(["JPM"])
    drawn = train(single, preset("quick", "vae", **SMALL), device="cpu").sample(500, 10, seed=0)
    assert drawn.std() == pytest.approx(single.log_returns()[-250:].std(), rel=0.5)


def test_the_pretrained_model_draws_the_bundled_market() -> None:
    from fingen_core.settings import ASSETS

    pretrained = NeuralGenerator.load(ASSETS / "pretrained")
    assert pretrained.market_digest == bundled().digest()
    drawn = pretrained.sample(500, 21, seed=1)
    assert drawn.shape == (500, 21, 19)
    assert pd.Timestamp(pretrained.info["last_date"]) == bundled().dates[-1]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_cuda_draws_the_same_distribution(generator: NeuralGenerator, tmp_path: Path) -> None:
    generator.save(tmp_path)
    on_gpu = NeuralGenerator.load(tmp_path, device="cuda").sample(5000, 5, seed=0)
    assert on_gpu.std() == pytest.approx(generator.sample(5000, 5, seed=0).std(), rel=0.1)
