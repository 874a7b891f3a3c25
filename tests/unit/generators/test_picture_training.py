"""Painters and their training: every combination learns or is refused; stopped and resumed is undisturbed."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from fingen_core.errors import InvalidInput, Stopped
from fingen_core.generators.pictures.fitting import LOOKS, PictureFitting
from fingen_core.generators.pictures.generator import PictureGenerator, train_pictures
from fingen_core.generators.protocol.base import Generator, States
from fingen_core.market import Market, bundled
from fingen_core.training.loop import Loop
from fingen_core.training.settings.config import TrainingConfig
from fingen_core.training.settings.picture_config import (
    PictureConfig,
    picture_controls,
    picture_estimate,
    picture_preset,
    read_config,
)

SMALL = {"steps": 20, "validate_every": 10, "size": 4, "latent_size": 8, "batch_size": 16}


@pytest.fixture(scope="module")
def market() -> Market:
    return bundled().select(["AAPL", "JPM", "XOM"]).between("2005-01-01", "2011-12-31")


@pytest.fixture(scope="module")
def vae(market: Market) -> PictureGenerator:
    return train_pictures(market, picture_preset("quick", "vae", **SMALL), device="cpu")


@pytest.mark.parametrize(("kind", "side"), [("heat-map", 64), ("gasf", 28), ("windows", 28)])
def test_other_sizes_and_kinds_train_to_the_end(kind: str, side: int, market: Market) -> None:
    network = "conv1d" if kind == "windows" else "conv2d"
    settings = {**SMALL, "steps": 10, "representation": kind, "network": network, "side": side}
    generator = train_pictures(market, PictureConfig(model="vae", loss="mse", **settings), device="cpu")
    drawn = generator.sample(5, 100, seed=0)
    assert drawn.shape == (5, 100, 3)
    assert np.isfinite(drawn).all()
    assert generator.model.residual.numel() > 0  # what the code does not carry is drawn as noise


def test_it_is_a_generator(vae: PictureGenerator, market: Market) -> None:
    assert isinstance(vae, Generator)
    assert isinstance(vae.states(market), States)
    assert vae.tickers == market.tickers
    assert vae.market_digest == market.digest()
    with pytest.raises(InvalidInput, match="has not been trained"):
        PictureGenerator().sample(1, 1, seed=0)


def test_the_same_seed_gives_the_same_paths(vae: PictureGenerator) -> None:
    np.testing.assert_array_equal(vae.sample(260, 40, seed=3), vae.sample(260, 40, seed=3))
    assert not np.array_equal(vae.sample(2, 40, seed=3), vae.sample(2, 40, seed=4))


def test_paths_from_a_wild_evening_are_wilder(vae: PictureGenerator, market: Market) -> None:
    states = vae.states(market)
    calm, wild = (vae.sample(300, 20, state=states.at(day), seed=1).std() for day in ("2006-11-01", "2008-10-15"))
    assert wild > 2 * calm


def test_a_model_survives_its_file(vae: PictureGenerator, tmp_path: Path) -> None:
    vae.save(tmp_path)
    again = PictureGenerator.load(tmp_path)
    np.testing.assert_allclose(again.sample(20, 60, seed=5), vae.sample(20, 60, seed=5), rtol=1e-4, atol=1e-6)
    assert json.loads((tmp_path / "generator.json").read_text())["kind"] == "pictures"
    assert again.config == vae.config


def test_a_walk_begins_and_ends_at_what_the_codes_say(vae: PictureGenerator, market: Market) -> None:
    way = vae.morph(market, 100, 900, 5)
    back = vae.morph(market, 900, 100, 5)
    assert way.pixels.shape == (5, 1, 28, 28)
    np.testing.assert_allclose(way.pixels[0], back.pixels[-1], atol=1e-5)
    assert np.isfinite(way.log_returns).all()


def test_a_gan_cannot_be_walked(market: Market) -> None:
    gan = train_pictures(market, picture_preset("quick", "gan", **SMALL), device="cpu")
    with pytest.raises(InvalidInput, match="choose a VAE"):
        gan.morph(market, 0, 10, 3)


@pytest.mark.parametrize("model", ["vae", "gan"])
def test_stopped_and_resumed_is_undisturbed(model: str, market: Market, tmp_path: Path) -> None:
    config = picture_preset("quick", model, **SMALL)
    straight = train_pictures(market, config, folder=tmp_path / "straight", device="cpu")
    asked = iter([False, True])
    with pytest.raises(Stopped, match="step 10 of 20"):
        train_pictures(market, config, folder=tmp_path / "halved", device="cpu", should_stop=lambda: next(asked))
    assert (tmp_path / "halved" / "generator.safetensors").exists()
    halved = train_pictures(market, config, folder=tmp_path / "halved", device="cpu")
    for name, tensor in straight.model.tensors().items():
        assert torch.equal(tensor, halved.model.tensors()[name]), name
    with np.load(tmp_path / "halved" / LOOKS, allow_pickle=False) as kept:
        assert kept["steps"].tolist() == [0, 10, 20]
        assert kept["pictures"].shape == (3, 6, 28, 28)
    with pytest.raises(InvalidInput, match="other settings"):
        train_pictures(market, config.replace(seed=1), folder=tmp_path / "halved", device="cpu")


def test_settings_survive_json_and_tell_their_kind() -> None:
    config = picture_preset("thorough", "gan", seed=3)
    assert PictureConfig.from_json(config.to_json()) == config
    assert read_config(config.to_json()) == config
    assert read_config(TrainingConfig(seed=3).to_json()) == TrainingConfig(seed=3)
    assert config.digest() != config.replace(seed=4).digest()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"steps": 0}, "steps = 0"),
        ({"side": 32}, "28 or 64"),
        ({"network": "transformer"}, "choose one of conv2d, conv1d, dense"),
        ({"model": "vae", "loss": "hinge"}, "loss hinge with a VAE"),
    ],
)
def test_wrong_settings_are_refused(changes: dict, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        PictureConfig(**changes)


def test_every_control_explains_itself() -> None:
    for name, control in picture_controls().items():
        assert control.help.endswith("."), name
        assert control.low <= getattr(PictureConfig(), name) <= control.high, name


def test_estimate_grows_with_what_costs() -> None:
    base = picture_estimate(picture_preset("balanced"))
    assert picture_estimate(picture_preset("thorough")) > 1.5 * base
    assert picture_estimate(picture_preset("balanced", side=64)) > 3 * base


def test_markets_that_cannot_be_painted_are_refused(market: Market) -> None:
    with pytest.raises(InvalidInput, match="a model needs 500"):
        train_pictures(market.between(end="2006-06-30"), PictureConfig(), device="cpu")


def test_out_of_memory_halves_the_batch_of_pictures_once_and_says_so(
    market: Market, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = picture_preset("quick", "vae", **SMALL)
    advance, failures = Loop.advance, [1]

    def short_of_memory(loop: Loop) -> None:
        if loop.step == 13 and failures:
            failures.pop()
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        advance(loop)

    monkeypatch.setattr(Loop, "advance", short_of_memory)
    asked = iter([False, False, False, True])  # at steps 0 and 10, and again after the halving
    with pytest.raises(Stopped, match="step 10 of 20"):
        train_pictures(market, config, folder=tmp_path, device="cpu", should_stop=lambda: next(asked))
    smaller = train_pictures(market, config, folder=tmp_path, device="cpu")
    monkeypatch.undo()
    (note,) = smaller.info["findings"]
    assert note["sentence"] == "Batches of 16 pictures did not fit into memory: halved to 8."
    straight = train_pictures(market, config.replace(batch_size=8), device="cpu")
    for name, value in straight.model.tensors().items():
        assert torch.equal(value, smaller.model.tensors()[name]), name


def test_a_second_shortage_of_memory_ends_a_training_of_pictures(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    def always(loop: Loop) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(Loop, "advance", always)
    with pytest.raises(torch.OutOfMemoryError):
        train_pictures(market, picture_preset("quick", "vae", **SMALL), device="cpu")


RUNNING_AWAY = {
    "vae": {"loss": "mse", "learning_rate": 0.1, "gradient_clip": 100.0},
    "gan": {"loss": "wasserstein", "gradient_penalty": 0.0, "learning_rate": 0.1, "critic_learning_rate": 0.1},
}


@pytest.mark.parametrize("model", ["vae", "gan"])
def test_a_painter_that_runs_away_is_told(model: str, market: Market) -> None:
    settings = {**SMALL, "steps": 80, "validate_every": 80, "model": model, "network": "dense"}
    wild = train_pictures(market, PictureConfig(**{**settings, **RUNNING_AWAY[model]}), device="cpu")
    assert "divergence" in {found["kind"] for found in wild.info["findings"]}
    loss = RUNNING_AWAY[model]["loss"]
    calm = train_pictures(market, PictureConfig(**settings, loss=loss), device="cpu")
    assert calm.info["findings"] == []


def test_early_stopping_keeps_the_best_look_also_when_it_was_resumed(
    market: Market, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = picture_preset("quick", "vae", **{**SMALL, "steps": 40, "network": "dense", "early_stopping": 1})

    def judged(distances: list[float]) -> None:
        following = iter(distances)
        monkeypatch.setattr(PictureFitting, "_distance", lambda fitting, paths: next(following))

    judged([9.0, 1.0, 2.0])  # untrained, and after 10 and 20 steps
    early = train_pictures(market, config, device="cpu")
    assert early.info["step"] == 10
    assert early.info["scores"]["long_run"] == 1.0
    (note,) = [found["sentence"] for found in early.info["findings"] if found["kind"] == "note"]
    assert note == "Stopped early at step 20 of 40: step 10 validated best."
    judged([9.0, 1.0])
    asked = iter([False, True])
    with pytest.raises(Stopped, match="step 10 of 40"):
        train_pictures(market, config, folder=tmp_path, device="cpu", should_stop=lambda: next(asked, True))
    judged([2.0])
    resumed = train_pictures(market, config, folder=tmp_path, device="cpu")
    for name, value in early.model.tensors().items():
        assert torch.equal(value, resumed.model.tensors()[name]), name
    judged([9.0, 1.0, 0.9, 0.8, 0.7])  # the twin: what gets better goes on to the end
    assert train_pictures(market, config, device="cpu").info["step"] == 40


def test_a_plateau_halves_the_rates_of_a_painter_and_says_so(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    flat = {"schedule": "plateau", "plateau_patience": 1, "network": "dense"}
    config = picture_preset("quick", "vae", **{**SMALL, "steps": 30, **flat})
    following = iter([9.0, 1.0, 2.0, 0.5])
    monkeypatch.setattr(PictureFitting, "_distance", lambda fitting, paths: next(following))
    generator = train_pictures(market, config, device="cpu")
    notes = [found["sentence"] for found in generator.info["findings"] if found["kind"] == "note"]
    assert notes == ["Learning rates halved at step 20."]
