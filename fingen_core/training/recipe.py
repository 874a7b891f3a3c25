"""The recipe: which players are trained on what, for the volatility filter, the VAE and the GAN.

Each function builds one loop. The GAN sets out from the VAE's decoder: an earlier prototype's Wasserstein critic,
begun from scratch, never taught the condition. That has not been tried again here.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar

import torch
from torch import Tensor, nn

from fingen_core.models import losses
from fingen_core.models.factor import Critic, Decoder, Encoder
from fingen_core.models.volatility import VolatilityFilter
from fingen_core.representations.filtered import FILTER_HIDDEN, FilterData
from fingen_core.training import optimizers
from fingen_core.training.config import TrainingConfig
from fingen_core.training.loop import Loop, Player

Net = TypeVar("Net", bound=nn.Module)

__all__ = ["decoder_for", "filter_loop", "filter_steps", "gan_loop", "vae_loop"]

_FILTER_BATCH = 2048
_FILTER_DECAY = 1e-3


def filter_steps(n_asset_days: int, config: TrainingConfig) -> int:
    """Steps of the filter's loop for that many examples."""
    return config.filter_epochs * max(1, n_asset_days // _FILTER_BATCH)


def filter_loop(data: FilterData, config: TrainingConfig, generator: torch.Generator) -> Loop:
    """Student-t likelihood of every asset-day; each network of the ensemble sees batches of its own."""
    device = generator.device
    network = _initialized(lambda start: VolatilityFilter(config.filter_networks, FILTER_HIDDEN, start), generator)
    size = min(_FILTER_BATCH, len(data.targets))

    def terms() -> dict[str, Tensor]:
        rows = torch.randint(len(data.targets), (config.filter_networks, size), generator=generator, device=device)
        features, candidates = data.features[rows].transpose(1, 2), data.candidates[rows].transpose(1, 2)
        loss = network.negative_log_likelihood(features, candidates, data.targets[rows])
        return {"likelihood": loss / config.filter_networks}

    # The average over networks is shown; the sum is minimized, so that each network learns at its own pace.
    weights = {"likelihood": lambda _: float(config.filter_networks)}
    optimizer = optimizers.build(
        "adamw", network.parameters(), learning_rate=config.filter_learning_rate, weight_decay=_FILTER_DECAY
    )
    player = Player(name="filter", module=network, optimizer=optimizer, terms=terms, weights=weights)
    n_steps = filter_steps(len(data.targets), config)
    return Loop([player], n_steps, generator=generator, gradient_clip=config.gradient_clip * config.filter_networks)


def decoder_for(n_assets: int, n_conditions: int, config: TrainingConfig) -> Decoder:
    """An untrained decoder of the configured size."""
    return Decoder(n_assets, config.latent_size, n_conditions, config.network_size)


class _Autoencoder(nn.Module):
    def __init__(self, decoder: Decoder, encoder: Encoder) -> None:
        super().__init__()
        self.decoder, self.encoder = decoder, encoder


def vae_loop(scores: Tensor, condition: Tensor, config: TrainingConfig, generator: torch.Generator) -> Loop:
    """Evidence lower bound with a KL weight that grows from zero."""
    sizes = (scores.shape[1], config.latent_size, condition.shape[1], config.network_size)
    module = _initialized(lambda _: _Autoencoder(Decoder(*sizes), Encoder(*sizes)), generator)
    module.decoder.start_linear(scores)
    batch = _batches(scores, condition, config.batch_size, generator)

    def terms() -> dict[str, Tensor]:
        real, given = batch()
        found = losses.variational_terms(module.encoder, module.decoder, real, given, generator)
        return found | _correlation_term(module.decoder, real, given, config, generator)

    weights: dict[str, Callable[[float], float]] = {
        "reconstruction": lambda _: config.reconstruction_weight,
        "kl": lambda share: config.kl_weight * (min(1.0, share / config.kl_warmup) if config.kl_warmup else 1.0),
        "correlation": lambda _: config.correlation_weight,
    }
    optimizer = optimizers.build(
        config.optimizer, module.parameters(), learning_rate=config.learning_rate, weight_decay=config.weight_decay
    )
    player = Player(
        name="vae", module=module, optimizer=optimizer, terms=terms, weights=weights, averaging=config.averaging
    )
    return _loop([player], config.vae_steps, config, generator)


def gan_loop(
    decoder: Mapping[str, Tensor], scores: Tensor, condition: Tensor, config: TrainingConfig, generator: torch.Generator
) -> Loop:
    """Wasserstein critic with gradient penalty against a generator that starts at the weights ``decoder``."""
    player = decoder_for(scores.shape[1], condition.shape[1], config).to(generator.device)
    player.load_state_dict(dict(decoder))
    critic = _initialized(lambda _: Critic(scores.shape[1], condition.shape[1], config.network_size), generator)
    batch = _batches(scores, condition, config.batch_size, generator)

    def critic_terms() -> dict[str, Tensor]:
        return losses.critic_terms(critic, player, *batch(), generator)

    def generator_terms() -> dict[str, Tensor]:
        real, given = batch()
        drawn = losses.draw_like(player, given, generator)
        found = losses.adversarial_terms(critic, drawn, given)
        return found | _correlation_term(player, real, given, config, generator)

    critic_side = Player(
        name="critic",
        module=critic,
        optimizer=_gan_optimizer(critic, config.critic_learning_rate, config),
        terms=critic_terms,
        weights={"gradient_penalty": lambda _: config.gradient_penalty},
        updates=config.critic_updates,
    )
    generator_side = Player(
        name="generator",
        module=player,
        optimizer=_gan_optimizer(player, config.generator_learning_rate, config),
        terms=generator_terms,
        weights={
            "adversarial": lambda _: config.adversarial_weight,
            "correlation": lambda _: config.correlation_weight,
        },
        averaging=config.averaging,
    )
    return _loop([critic_side, generator_side], config.gan_steps, config.replace(schedule="constant"), generator)


def _gan_optimizer(module: nn.Module, learning_rate: float, config: TrainingConfig) -> torch.optim.Optimizer:
    # Momentum makes a critic chase where the generator was: betas (0, .9) as in Gulrajani et al. 2017, no decay.
    name = "adam" if config.optimizer == "adamw" else config.optimizer
    return optimizers.build(name, module.parameters(), learning_rate=learning_rate, weight_decay=0.0, betas=(0.0, 0.9))


def _loop(players: list[Player], n_steps: int, config: TrainingConfig, generator: torch.Generator) -> Loop:
    return Loop(players, n_steps, generator=generator, schedule=config.schedule, gradient_clip=config.gradient_clip)


def _correlation_term(
    decoder: Decoder, real: Tensor, given: Tensor, config: TrainingConfig, generator: torch.Generator
) -> dict[str, Tensor]:
    if config.correlation_weight == 0 or real.shape[1] < 2:
        return {}
    return {"correlation": losses.correlation_error(losses.draw_like(decoder, given, generator), real)}


def _batches(
    scores: Tensor, condition: Tensor, size: int, generator: torch.Generator
) -> Callable[[], tuple[Tensor, Tensor]]:
    """A function that draws a random batch of days with their conditions."""
    size = min(size, len(scores))

    def batch() -> tuple[Tensor, Tensor]:
        rows = torch.randint(len(scores), (size,), generator=generator, device=generator.device)
        return scores[rows], condition[rows]

    return batch


def _initialized(build: Callable[[torch.Generator], Net], generator: torch.Generator) -> Net:
    """Build a network whose initial weights follow from ``generator`` alone, on its device.

    Layers of torch draw from the global stream, which is put back afterwards.
    """
    seed = int(torch.randint(2**31, (1,), generator=generator, device=generator.device))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build(torch.Generator().manual_seed(seed)).to(generator.device)
