"""The recipe: which players are trained on what, for the volatility filter, the VAE and the GAN.

Each function builds one loop. The GAN sets out from the VAE's decoder: an earlier prototype's Wasserstein critic,
begun from scratch, never taught the condition. That has not been tried again here.
"""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from fingen_core.models import losses
from fingen_core.models.factor import Critic, Decoder, Encoder
from fingen_core.models.volatility import VolatilityFilter
from fingen_core.representations.filtered import FILTER_HIDDEN, N_CONDITIONS, FilterData
from fingen_core.training import optimizers, probes
from fingen_core.training.loop import Loop, Player
from fingen_core.training.parts import (
    batches,
    constant,
    gan_optimizer,
    initialized,
    partly_labeled,
    set_precision,
    shown,
)
from fingen_core.training.settings.config import TrainingConfig

__all__ = ["decoder_for", "encoder_for", "filter_loop", "filter_steps", "gan_loop", "vae_loop"]

_FILTER_BATCH = 2048
_FILTER_DECAY = 1e-3


def filter_steps(n_asset_days: int, config: TrainingConfig) -> int:
    """Steps of the filter's loop for that many examples."""
    return config.filter_epochs * max(1, n_asset_days // _FILTER_BATCH)


def filter_loop(data: FilterData, config: TrainingConfig, generator: torch.Generator) -> Loop:
    """Student-t likelihood of every asset-day; each network of the ensemble sees batches of its own."""
    device = generator.device
    network = initialized(lambda start: VolatilityFilter(config.filter_networks, FILTER_HIDDEN, start), generator)
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


def decoder_for(n_assets: int, n_conditions: int, config: TrainingConfig, n_targets: int = 0) -> Decoder:
    """An untrained decoder of the configured size; labels of ``n_targets`` may follow its conditions."""
    heavy = config.likelihood == "student-t"
    return Decoder(n_assets, config.latent_size, n_conditions, config.network_size, heavy=heavy, n_targets=n_targets)


def _decoder_of(scores: Tensor, condition: Tensor, config: TrainingConfig) -> Decoder:
    """An untrained decoder for these examples, whose conditions end with the labels where such are learned."""
    n_targets = _n_targets(condition, config)
    return decoder_for(scores.shape[1], condition.shape[1] - 2 * n_targets, config, n_targets)


def _n_targets(condition: Tensor, config: TrainingConfig) -> int:
    return (condition.shape[1] - N_CONDITIONS) // 2 if config.severity_label == "learned" else 0


def encoder_for(n_assets: int, n_conditions: int, config: TrainingConfig) -> Encoder:
    """An untrained encoder of the configured size."""
    return Encoder(n_assets, config.latent_size, n_conditions, config.network_size)


class _Autoencoder(nn.Module):
    def __init__(self, decoder: Decoder, encoder: Encoder) -> None:
        super().__init__()
        self.decoder, self.encoder = decoder, encoder


def vae_loop(scores: Tensor, condition: Tensor, config: TrainingConfig, generator: torch.Generator) -> Loop:
    """Evidence lower bound with a KL weight that grows from zero."""
    sizes = (scores.shape[1], condition.shape[1])
    module = initialized(
        lambda _: _Autoencoder(_decoder_of(scores, condition, config), encoder_for(*sizes, config)), generator
    )
    module.decoder.start_linear(scores)
    if n_targets := _n_targets(condition, config):
        module.decoder.start_labels(scores, condition[:, -2 * n_targets : -n_targets])
    if config.likelihood == "squared-error":  # its scale is fixed: what forms the noise stays as it starts
        module.decoder.spread.requires_grad_(False)
        module.decoder.log_noise.requires_grad_(False)
    batch = _batches(scores, condition, config, generator)

    def terms() -> dict[str, Tensor]:
        real, given = batch()
        found = losses.variational_terms(
            module.encoder,
            module.decoder,
            real,
            given,
            generator,
            likelihood=config.likelihood,
            free_bits=config.free_bits,
        )
        if _extra(config, real.shape[1]):
            found |= _extra_terms(losses.draw_like(module.decoder, given, generator), real, config, generator)
        return found

    weights: dict[str, Callable[[float], float]] = {
        "reconstruction": lambda _: config.reconstruction_weight,
        "kl": lambda share: config.kl_weight * (min(1.0, share / config.kl_warmup) if config.kl_warmup else 1.0),
        **_extra_weights(config),
    }
    optimizer = optimizers.build(
        config.optimizer, module.parameters(), learning_rate=config.learning_rate, weight_decay=config.weight_decay
    )
    player = Player(
        name="vae",
        module=module,
        optimizer=optimizer,
        terms=terms,
        weights=weights,
        averaging=config.averaging,
        probe=probes.encoder_probe(module.encoder, scores, _as_shown(condition, config)),
    )
    return _loop([player], config.vae_steps, config, generator)


def gan_loop(
    decoder: Mapping[str, Tensor], scores: Tensor, condition: Tensor, config: TrainingConfig, generator: torch.Generator
) -> Loop:
    """A critic against a generator that starts at the weights ``decoder``; they play for ``config.gan_loss``."""
    player = _decoder_of(scores, condition, config).to(generator.device)
    player.load_state_dict(dict(decoder))
    critic = initialized(lambda _: Critic(scores.shape[1], condition.shape[1], config.network_size), generator)
    batch = _batches(scores, condition, config, generator)
    penalties = {"gradient_penalty": config.gradient_penalty, "r1": config.r1_weight}

    def critic_terms() -> dict[str, Tensor]:
        return losses.critic_terms(critic, player, *batch(), generator, kind=config.gan_loss, penalties=penalties)

    def generator_terms() -> dict[str, Tensor]:
        real, given = batch()
        drawn = losses.draw_like(player, given, generator)
        found = losses.adversarial_terms(critic, drawn, given, config.gan_loss)
        return found | _extra_terms(drawn, real, config, generator)

    critic_side = Player(
        name="critic",
        module=critic,
        optimizer=gan_optimizer(critic, config.critic_learning_rate, config.optimizer),
        terms=critic_terms,
        weights={name: constant(weight) for name, weight in penalties.items()},
        updates=config.critic_updates,
        probe=probes.critic_probe(critic, player, scores, _as_shown(condition, config)),
        verdicts=probes.critic_verdicts(critic, player, scores, _as_shown(condition, config)),
    )
    generator_side = Player(
        name="generator",
        module=player,
        optimizer=gan_optimizer(player, config.generator_learning_rate, config.optimizer),
        terms=generator_terms,
        weights={"adversarial": lambda _: config.adversarial_weight, **_extra_weights(config)},
        updates=config.generator_updates,
        averaging=config.averaging,
        probe=probes.generator_probe(player, scores, _as_shown(condition, config)),
    )
    schedule = config.replace(schedule=config.gan_schedule)
    return _loop([critic_side, generator_side], config.gan_steps, schedule, generator)


def _loop(players: list[Player], n_steps: int, config: TrainingConfig, generator: torch.Generator) -> Loop:
    for player in players:
        set_precision(player.module, config.precision)
    return Loop(
        players,
        n_steps,
        generator=generator,
        schedule=config.schedule,
        gradient_clip=config.gradient_clip,
        warmup=0.0 if config.schedule == "one-cycle" else config.rate_warmup,
    )


def _portfolio_tail(drawn: Tensor, real: Tensor, generator: torch.Generator) -> Tensor:
    return losses.tail_score(drawn, real, losses.random_portfolios(real.shape[1], generator))


_EXTRA: Mapping[str, Callable[[Tensor, Tensor, torch.Generator], Tensor]] = {
    "moments": lambda drawn, real, _: losses.moment_error(drawn, real),
    "correlation": lambda drawn, real, _: losses.correlation_error(drawn, real),
    "tail": _portfolio_tail,
}
"""Terms on draws and days of one batch, by name; each is weighed by the setting ``<name>_weight``."""


def _extra_weights(config: TrainingConfig) -> dict[str, Callable[[float], float]]:
    return {name: constant(getattr(config, f"{name}_weight")) for name in _EXTRA}


def _extra(config: TrainingConfig, n_assets: int) -> list[str]:
    """The extra terms that are asked for; one asset has no correlation with others."""
    asked = [name for name in _EXTRA if getattr(config, f"{name}_weight")]
    return [name for name in asked if name != "correlation" or n_assets > 1]


def _extra_terms(drawn: Tensor, real: Tensor, config: TrainingConfig, generator: torch.Generator) -> dict[str, Tensor]:
    return {name: _EXTRA[name](drawn, real, generator) for name in _extra(config, real.shape[1])}


def _as_shown(condition: Tensor, config: TrainingConfig) -> Tensor:
    return shown(condition, _n_targets(condition, config), config.condition_dropout)


def _batches(
    scores: Tensor, condition: Tensor, config: TrainingConfig, generator: torch.Generator
) -> Callable[[], tuple[Tensor, Tensor]]:
    """A function that draws a random batch of days with their conditions; for gradient descent, all of them.

    Where a label is learned, a share of the examples goes without it, so that the model can be asked without.
    """
    batch = batches(scores, condition, config.batch_size, generator)
    if config.optimizer == "gradient-descent":

        def batch() -> tuple[Tensor, Tensor]:
            return scores, condition

    return partly_labeled(batch, _n_targets(condition, config), config.condition_dropout, generator)
