"""Representation x model x network x loss x optimizer: what is allowed trains, what is not is refused in words.

There are 2,400 combinations. Building settings costs nothing, so every one is built, and refused or not as the table
below says. Training costs, and faults lie in how two choices meet rather than in how five do: of the allowed ones a
covering array is trained, in which every allowed pair of choices occurs. Filtered models alone, with every schedule
and every term, are the subject of ``test_training_matrix.py``.
"""

import itertools
import json
import math
from functools import cache
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch
from torch import Tensor

from fingen_core.errors import InvalidInput
from fingen_core.generators.pictures.generator import PictureGenerator, board_for, train_pictures
from fingen_core.market import Market, bundled
from fingen_core.models.picture_losses import painted, variational_terms
from fingen_core.representations.images import REPRESENTATIONS
from fingen_core.representations.window_labels import WindowLabels
from fingen_core.representations.windows import WindowRepresentation
from fingen_core.training import recipe
from fingen_core.training.loop import Loop
from fingen_core.training.picture_recipe import picture_loop
from fingen_core.training.settings.config import TrainingConfig
from fingen_core.training.settings.picture_config import PictureConfig, read_config
from fingen_core.training.settings.vocabulary import Optimizer
from fingen_core.types import GanLoss

Combination = tuple[str, str, str, str, str]

AXES = (
    ("filtered", *REPRESENTATIONS),
    ("vae", "gan"),
    ("dense", "conv1d", "conv2d"),
    ("gaussian", "student-t", "squared-error", "mse", "pixels", *get_args(GanLoss)),
    get_args(Optimizer),
)
ALL: list[Combination] = list(itertools.product(*AXES))  # type: ignore[arg-type]
LIKELIHOODS = {
    "filtered": {"gaussian", "student-t", "squared-error"},
    "heat-map": {"gaussian", "student-t", "mse", "pixels"},
    "windows": {"gaussian", "student-t", "mse", "pixels"},
    "raw-windows": {"gaussian", "student-t", "mse", "pixels"},
    "gasf": {"gaussian", "mse", "pixels"},
}
NETWORKS = {
    "filtered": {"dense"},
    "heat-map": {"dense", "conv1d", "conv2d"},
    "windows": {"dense", "conv1d"},
    "raw-windows": {"dense", "conv1d"},
    "gasf": {"dense", "conv2d"},
}
RATES = {"sgd": 0.05, "sgd-momentum": 0.01, "sgd-nesterov": 0.01, "gradient-descent": 0.05}
"""Where steps do not adapt."""


def allowed(combination: Combination) -> bool:
    representation, model, network, loss, optimizer = combination
    losses = LIKELIHOODS[representation] if model == "vae" else set(get_args(GanLoss))
    everything = optimizer == "gradient-descent" and representation != "filtered"
    return network in NETWORKS[representation] and loss in losses and not everything


def settings(combination: Combination, **more: Any) -> TrainingConfig | PictureConfig:
    """As a run's file would hold them."""
    representation, model, network, loss, optimizer = combination
    rate = RATES.get(optimizer, 0.005)
    common = {"model": model, "optimizer": optimizer, "batch_size": 32, "learning_rate": rate}
    if representation == "filtered":
        own = {"likelihood" if model == "vae" else "gan_loss": loss, "network_size": 8, "latent_size": 2}
        own |= {"network": network} if network != "dense" else {}
    else:
        own = {"representation": representation, "network": network, "loss": loss, "size": 4, "latent_size": 4}
    return read_config(json.dumps({**common, **own, "critic_learning_rate": rate, **more}))


def test_every_combination_is_allowed_or_refused_as_the_table_says() -> None:
    for combination in ALL:
        if allowed(combination):
            assert settings(combination)
        else:
            with pytest.raises(InvalidInput, match=r"choose|the settings are"):
                settings(combination)


def covering(combinations: list[Combination]) -> list[Combination]:
    """Few combinations in which every pair of choices occurs that occurs in all of them; greedy."""
    pairs = {combination: set(itertools.combinations(enumerate(combination), 2)) for combination in combinations}
    missing, chosen = set().union(*pairs.values()), []
    while missing:
        best = max(combinations, key=lambda one: len(pairs[one] & missing))
        chosen.append(best)
        missing -= pairs[best]
    return chosen


def test_there_are_as_many_as_the_first_lines_say() -> None:
    assert len(ALL) == 2400
    assert f"{len(ALL):,}" in (__doc__ or "")


ALLOWED = [combination for combination in ALL if allowed(combination)]
CHOSEN = covering(ALLOWED)


def test_the_covering_array_covers() -> None:
    def pairs(combinations: list[Combination]) -> set[Any]:
        return {pair for one in combinations for pair in itertools.combinations(enumerate(one), 2)}

    assert pairs(CHOSEN) == pairs(ALLOWED)
    assert pairs(CHOSEN[:-1]) < pairs(ALLOWED)  # and is no longer than it must be
    assert len(ALLOWED) > 5 * len(CHOSEN)


@cache
def market() -> Market:
    return bundled().select(["AAPL", "JPM", "XOM"]).between("2005-01-01", "2007-12-31")


@cache
def examples(kind: str) -> tuple[WindowRepresentation, Tensor, Tensor]:
    representation = REPRESENTATIONS[kind].fit(market(), 28)
    return representation, *representation.examples(market().log_returns())


@cache
def labels_of(kind: str) -> WindowLabels:
    representation, *_ = examples(kind)
    windows = representation.windows(market().log_returns())
    state = representation.state(representation.memory(market().log_returns())[: len(windows)])
    return WindowLabels.fit(windows, state, {})


def loop_of(combination: Combination, **more: Any) -> Loop:
    config, generator = settings(combination, **more), torch.Generator().manual_seed(0)
    if isinstance(config, PictureConfig):
        representation, values, condition = examples(config.representation)
        labels = labels_of(config.representation) if config.severity_label == "learned" else None
        board = board_for(representation, config, labels.n_targets if labels else 0)
        given = torch.cat([condition, labels.told()], dim=1) if labels else condition
        return picture_loop(values, given, board, config, generator, representation.moves)
    days = torch.Generator().manual_seed(1)
    scores, condition = torch.randn(300, 4, generator=days), torch.randn(300, 8, generator=days)
    if config.model == "vae":
        return recipe.vae_loop(scores, condition, config, generator)
    decoder = recipe.decoder_for(4, 8, config)
    decoder.start_linear(scores)
    return recipe.gan_loop(decoder.state_dict(), scores, condition, config, generator)


@pytest.mark.parametrize("combination", CHOSEN, ids="-".join)
def test_what_is_allowed_trains(combination: Combination) -> None:
    loop = loop_of(combination)
    for _ in range(3):
        loop.advance()
        assert all(math.isfinite(value) for value in loop.losses().values())
    untouched = {
        f"{player.name}.{name}"
        for player in loop.players
        for name, parameter in player.module.named_parameters()
        if parameter.requires_grad and (parameter.grad is None or not parameter.grad.abs().sum() > 0)
    }
    # These compare the critic with itself, so a number added to all its verdicts cancels.
    cancels = {"critic.head.2.bias", "critic.network.4.bias"} if combination[3] in {"wasserstein", "hinge"} else set()
    assert untouched <= cancels


BODIES = sorted({(one[0], one[1], one[2]) for one in ALLOWED if one[0] != "filtered"})


@pytest.mark.parametrize("body", BODIES, ids="-".join)
def test_what_was_trained_draws_and_survives_its_file(body: tuple[str, str, str], tmp_path: Path) -> None:
    loss = "gaussian" if body[1] == "vae" else "hinge"
    config = settings((*body, loss, "adam"), steps=10, validate_every=10)
    assert isinstance(config, PictureConfig)
    generator = train_pictures(market(), config, device="cpu")
    drawn = generator.sample(3, 40, seed=1)
    assert drawn.shape == (3, 40, 3)
    assert np.isfinite(drawn).all()
    np.testing.assert_array_equal(drawn, generator.sample(3, 40, seed=1))
    assert not np.array_equal(drawn, generator.sample(3, 40, seed=2))
    again = train_pictures(market(), config, device="cpu")
    for name, value in generator.model.tensors().items():
        assert torch.equal(value, again.model.tensors()[name]), name
    generator.save(tmp_path)
    loaded = PictureGenerator.load(tmp_path)
    assert loaded.config == config
    # Residuals of scales are stored in single precision.
    np.testing.assert_allclose(loaded.sample(3, 40, seed=1), drawn, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("body", BODIES, ids="-".join)
def test_every_body_learns_how_bad_a_window_was(body: tuple[str, str, str]) -> None:
    """With the label on gradients reach its weights from the first steps on; off, it has none."""

    def weights(**more: Any) -> Tensor | None:
        loss = "gaussian" if body[1] == "vae" else "hinge"
        loop = loop_of((*body, loss, "adam"), **more)
        for _ in range(2):
            loop.advance()
        painter = dict(loop.players[-1].module.named_parameters())
        found = [value for name, value in painter.items() if name.endswith("label.weight")]
        return found[0].grad if found else None

    found = weights(severity_label="learned")
    assert found is not None
    assert found.abs().sum() > 0
    assert weights() is None


AUTOENCODERS = sorted({(one[0], one[2], one[3]) for one in ALLOWED if one[1] == "vae" and one[0] != "filtered"})


@pytest.mark.parametrize("kind", AUTOENCODERS, ids="-".join)
def test_every_vae_of_pictures_says_more_about_windows_it_has_not_seen(kind: tuple[str, str, str]) -> None:
    representation, network, loss = kind
    loop = loop_of((representation, "vae", network, loss, "adam"), steps=30)
    _, values, condition = examples(representation)
    held_out = slice(len(values) - 60, None)

    def bound() -> float:
        module: Any = loop.players[0].module
        with torch.no_grad():
            terms, _ = variational_terms(
                loss, module, values[held_out], condition[held_out], generator=torch.Generator().manual_seed(2)
            )
        return float(sum(terms.values()))  # type: ignore[arg-type]

    before = bound()
    for _ in range(30):
        loop.advance()
    assert bound() < before - 0.01


@pytest.mark.parametrize("loss", get_args(GanLoss))
def test_every_gan_loss_mends_a_painter_that_is_off(loss: str) -> None:
    """Its windows begin far too high; the critic sees it, and they come down. Without its verdict they stay."""

    def gap(weight: float) -> float:
        loop = loop_of(
            ("windows", "gan", "dense", loss, "adam"),
            **{"steps": 40, "critic_updates": 3, "gan_schedule": "constant", "averaging": 0.0},
            **{"adversarial_weight": weight, "gradient_penalty": 1.0},
        )
        painter: Any = loop.players[-1].module
        _, values, condition = examples("windows")
        with torch.no_grad():
            painter.body.layers[-1].bias[: 28 * 3] += 3.0
        for _ in range(40):
            loop.advance()
        with torch.no_grad():
            drawn = painted(painter, condition, torch.Generator().manual_seed(3))
        return float((drawn.mean() - values.mean()).abs())

    assert gap(1.0) < 0.8 * gap(0.0)
