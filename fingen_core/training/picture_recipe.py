"""Which players are trained on what, for painters of windows and pictures."""

from collections.abc import Callable
from typing import TypeAlias, cast

import torch
from torch import Tensor

from fingen_core.models import losses as common
from fingen_core.models import picture_losses as losses
from fingen_core.models.convolutional import Canvas, Painter, Reader
from fingen_core.models.path_losses import TERMS, extra_terms
from fingen_core.training import optimizers, probes
from fingen_core.training.loop import Loop, Player
from fingen_core.training.parts import (
    Batch,
    batches,
    constant,
    gan_optimizer,
    initialized,
    partly_labeled,
    set_precision,
    shown,
)
from fingen_core.training.settings.picture_config import PictureConfig
from fingen_core.types import GanLoss

__all__ = ["Moves", "canvas", "painter_for", "picture_loop", "picture_module", "reader_for"]

Moves: TypeAlias = Callable[[Tensor], Tensor]
"""From values (n, *shape) to the shapes of the windows they show, (n, n_days, n_assets); gradients go through."""

_DAILY = 3
"""Numbers per day through which assets move together."""


def canvas(
    shape: tuple[int, int, int], n_conditions: int, groups: tuple[int, ...], config: PictureConfig, n_targets: int = 0
) -> Canvas:
    """What the networks of these settings paint on; labels of ``n_targets`` may follow its conditions."""
    noisy = config.representation != "gasf"
    return Canvas(
        channels=shape[0],
        rows=shape[1],
        columns=shape[2],
        network=config.network,
        size=config.size,
        n_latent=config.latent_size,
        n_daily=_DAILY if noisy else 0,
        n_conditions=n_conditions + 2 * n_targets,
        noisy=noisy,
        groups=groups,
        bounded=not noisy,
        n_targets=n_targets,
    )


def painter_for(board: Canvas, config: PictureConfig) -> Painter:
    """An untrained painter."""
    return Painter(board, spontaneous=config.model == "gan", heavy=config.loss == "student-t")


def reader_for(board: Canvas) -> Reader:
    """An untrained encoder."""
    return Reader(board, 2 * board.n_code)


def picture_module(board: Canvas, config: PictureConfig) -> losses.Autoencoder | Painter:
    """What is trained and kept, untrained: both halves of a VAE, or the painter of a GAN."""
    painter = painter_for(board, config)
    return losses.Autoencoder(painter, reader_for(board)) if config.model == "vae" else painter


def picture_loop(  # noqa: PLR0917
    values: Tensor,
    condition: Tensor,
    board: Canvas,
    config: PictureConfig,
    generator: torch.Generator,
    moves: Moves,
    targets: Tensor | None = None,
) -> Loop:
    """The loop of a VAE or a GAN on examples that lie on the generator's device; ``moves`` is the representation's.

    ``targets`` (n_targets, n_assets) are whom the labels behind the conditions are about, where such are learned.
    Its last player holds what is kept.
    """
    batch = partly_labeled(
        batches(values, condition, config.batch_size, generator), board.n_targets, config.condition_dropout, generator
    )
    if config.model == "vae":
        players = _vae(batch, board, config, generator, moves)
    else:
        players = _gan(batch, board, config, generator, moves, None if targets is None else targets.to(values.device))
        _watch(players, values, shown(condition, board.n_targets, config.condition_dropout))
    for player in players:
        set_precision(player.module, config.precision)
    schedule = config.schedule if config.model == "vae" else config.gan_schedule
    return Loop(
        players,
        config.steps,
        generator=generator,
        schedule=schedule,
        gradient_clip=config.gradient_clip,
        warmup=0.0 if schedule == "one-cycle" else config.rate_warmup,
    )


def _watch(players: list[Player], values: Tensor, condition: Tensor) -> None:
    """Let a GAN be asked how diverse its paintings are, and what its critic makes of them."""
    critic, painter = (player.module for player in players)

    def paint(given: Tensor) -> Tensor:
        with torch.no_grad():
            return losses.painted(cast(Painter, painter), given, torch.Generator(given.device).manual_seed(0))

    players[0].verdicts = probes.painter_verdicts(critic, paint, values, condition)
    players[1].probe = probes.painter_probe(paint, values, condition)


def _vae(batch: Batch, board: Canvas, config: PictureConfig, generator: torch.Generator, moves: Moves) -> list[Player]:
    model = initialized(lambda _: losses.Autoencoder(painter_for(board, config), reader_for(board)), generator)
    weights = _extra_weights(config)

    def terms() -> dict[str, Tensor]:
        real, given = batch()
        found, seen = losses.variational_terms(
            config.loss, model, real, given, generator=generator, free_bits=config.free_bits
        )
        if any(weights.values()):
            drawn = _drawn_moves(model.painter, config, given, generator, moves, real=real, shown=seen)
            found |= extra_terms(drawn, moves(real), weights, generator)
        return found

    def kl(share: float) -> float:
        return config.kl_weight * (min(1.0, share / config.kl_warmup) if config.kl_warmup else 1.0)

    player = Player(
        name="vae",
        module=model,
        optimizer=optimizers.build(
            config.optimizer, model.parameters(), learning_rate=config.learning_rate, weight_decay=config.weight_decay
        ),
        terms=terms,
        weights={"reconstruction": constant(config.reconstruction_weight), "kl": kl, **_constants(weights)},
        averaging=config.averaging,
    )
    return [player]


def _drawn_moves(
    painter: Painter,
    config: PictureConfig,
    given: Tensor,
    generator: torch.Generator,
    moves: Moves,
    *,
    real: Tensor,
    shown: Tensor,
) -> Tensor:
    """Shapes of windows as the trained VAE would draw them.

    Where the painter learns no noise of its own, what a code leaves unsaid is drawn as noise afterwards; here its size
    is that of the batch.
    """
    drawn = moves(losses.painted(painter, given, generator))
    if painter.canvas.noisy and config.loss in {"gaussian", "student-t"}:
        return drawn
    unsaid = (moves(real) - moves(shown)).square().mean((0, 1)).sqrt().detach()
    return drawn + unsaid * torch.randn(drawn.shape, generator=generator, device=generator.device)


def _gan(  # noqa: PLR0917
    batch: Batch,
    board: Canvas,
    config: PictureConfig,
    generator: torch.Generator,
    moves: Moves,
    targets: Tensor | None,
) -> list[Player]:
    painter = initialized(lambda _: painter_for(board, config), generator)
    critic = initialized(lambda _: Reader(board, 1), generator)
    weights, loss = _extra_weights(config), cast(GanLoss, config.loss)  # settings refuse any other with a GAN

    def critic_terms() -> dict[str, Tensor]:
        real, given = batch()
        with torch.no_grad():
            drawn = losses.painted(painter, given, generator)
        return losses.critic_terms(loss, critic, real=real, drawn=drawn, condition=given, generator=generator)

    def painter_terms() -> dict[str, Tensor]:
        real, given = batch()
        drawn = losses.painted(painter, given, generator)
        found = {"adversarial": common.adversarial_loss(loss, critic(drawn, given))}
        if any(weights.values()):
            found |= extra_terms(moves(drawn), moves(real), weights, generator)
        if targets is not None:
            found["label"] = losses.label_error(moves(drawn), moves(real), given, targets)
        return found

    return [
        Player(
            name="critic",
            module=critic,
            optimizer=gan_optimizer(critic, config.critic_learning_rate, config.optimizer),
            terms=critic_terms,
            weights={"gradient_penalty": constant(config.gradient_penalty)},
            updates=config.critic_updates,
        ),
        Player(
            name="generator",
            module=painter,
            optimizer=gan_optimizer(painter, config.learning_rate, config.optimizer),
            terms=painter_terms,
            weights={"adversarial": constant(config.adversarial_weight), **_constants(weights)},
            updates=config.generator_updates,
            averaging=config.averaging,
        ),
    ]


def _extra_weights(config: PictureConfig) -> dict[str, float]:
    return {term: float(getattr(config, f"{term}_weight")) for term in TERMS}


def _constants(weights: dict[str, float]) -> dict[str, Callable[[float], float]]:
    return {term: constant(weight) for term, weight in weights.items()}
