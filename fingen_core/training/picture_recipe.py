"""Which players are trained on what, for painters of windows and pictures."""

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor, nn

from fingen_core.models import picture_losses as losses
from fingen_core.models.convolutional import Canvas, Painter, Reader
from fingen_core.training import probes
from fingen_core.training.loop import Loop, Player
from fingen_core.training.picture_config import PictureConfig

__all__ = ["canvas", "painter_for", "picture_loop", "reader_for"]

Net = TypeVar("Net", bound=nn.Module)

_DAILY = 3
"""Numbers per day through which assets move together."""

_KL_WARMUP = 0.2
_DECAY = 1e-3


def canvas(shape: tuple[int, int, int], n_conditions: int, groups: tuple[int, ...], config: PictureConfig) -> Canvas:
    """What the networks of these settings paint on."""
    noisy = config.representation != "gasf"
    return Canvas(
        channels=shape[0],
        rows=shape[1],
        columns=shape[2],
        network=config.network,
        size=config.size,
        n_latent=config.latent_size,
        n_daily=_DAILY if noisy else 0,
        n_conditions=n_conditions,
        noisy=noisy,
        groups=groups,
        bounded=not noisy,
    )


def painter_for(board: Canvas, config: PictureConfig) -> Painter:
    """An untrained painter."""
    return Painter(board, spontaneous=config.model == "gan")


def reader_for(board: Canvas) -> Reader:
    """An untrained encoder."""
    return Reader(board, 2 * board.n_code)


def picture_loop(
    values: Tensor, condition: Tensor, board: Canvas, config: PictureConfig, generator: torch.Generator
) -> Loop:
    """The loop of a VAE or a GAN on examples that lie on the generator's device.

    Its last player holds what is kept.
    """
    return (_vae if config.model == "vae" else _gan)(values, condition, board, config, generator)


def _vae(values: Tensor, condition: Tensor, board: Canvas, config: PictureConfig, generator: torch.Generator) -> Loop:
    model = _initialized(lambda: losses.Autoencoder(painter_for(board, config), reader_for(board)), generator)
    batch = _batches(values, condition, config.batch_size, generator)
    optimizer = torch.optim.AdamW(model.parameters(), lr=config.learning_rate, weight_decay=_DECAY)
    player = Player(
        name="vae",
        module=model,
        optimizer=optimizer,
        terms=lambda: losses.variational_terms(config.loss, model, *batch(), generator),
        weights={"kl": lambda share: config.kl_weight * min(1.0, share / _KL_WARMUP)},
        averaging=config.averaging,
    )
    return Loop([player], config.steps, generator=generator, schedule="one-cycle", gradient_clip=config.gradient_clip)


def _gan(values: Tensor, condition: Tensor, board: Canvas, config: PictureConfig, generator: torch.Generator) -> Loop:
    painter = _initialized(lambda: painter_for(board, config), generator)
    critic = _initialized(lambda: Reader(board, 1), generator)
    batch = _batches(values, condition, config.batch_size, generator)

    def critic_terms() -> dict[str, Tensor]:
        real, given = batch()
        with torch.no_grad():
            drawn = losses.painted(painter, given, generator)
        return losses.critic_terms(config.loss, critic, real=real, drawn=drawn, condition=given, generator=generator)

    def painter_terms() -> dict[str, Tensor]:
        _, given = batch()
        drawn = losses.painted(painter, given, generator)
        return {"adversarial": losses.adversarial(config.loss, critic, drawn, given)}

    def adam(module: nn.Module, rate: float) -> torch.optim.Optimizer:
        # Momentum makes a critic chase where the painter was: betas (0, .9) as in Gulrajani et al. 2017.
        return torch.optim.Adam(module.parameters(), lr=rate, betas=(0.0, 0.9))

    def paint(given: Tensor) -> Tensor:
        with torch.no_grad():
            return losses.painted(painter, given, torch.Generator(given.device).manual_seed(0))

    penalty = config.gradient_penalty
    sides = [
        Player(
            name="critic",
            module=critic,
            optimizer=adam(critic, config.critic_learning_rate),
            terms=critic_terms,
            weights={"gradient_penalty": lambda _: penalty},
            updates=config.critic_updates,
            verdicts=probes.painter_verdicts(critic, paint, values, condition),
        ),
        Player(
            name="generator",
            module=painter,
            optimizer=adam(painter, config.learning_rate),
            terms=painter_terms,
            averaging=config.averaging,
            probe=probes.painter_probe(paint, values, condition),
        ),
    ]
    return Loop(sides, config.steps, generator=generator, schedule="cosine", gradient_clip=config.gradient_clip)


def _batches(
    values: Tensor, condition: Tensor, size: int, generator: torch.Generator
) -> Callable[[], tuple[Tensor, Tensor]]:
    size = min(size, len(values))

    def batch() -> tuple[Tensor, Tensor]:
        rows = torch.randint(len(values), (size,), generator=generator, device=generator.device)
        return values[rows], condition[rows]

    return batch


def _initialized(build: Callable[[], Net], generator: torch.Generator) -> Net:
    """Build a network whose initial weights follow from ``generator`` alone; torch's own stream is put back."""
    seed = int(torch.randint(2**31, (1,), generator=generator, device=generator.device))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build().to(generator.device)
