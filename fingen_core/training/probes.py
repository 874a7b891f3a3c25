"""Figures that say how a player does and are no loss: what the detectors look at.

They are taken on fixed examples with a random stream of their own, so that asking changes nothing in the training.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from fingen_core.models.factor import Critic, Decoder, Encoder
from fingen_core.models.losses import draw_like, moment_error

__all__ = [
    "active_units",
    "critic_probe",
    "critic_verdicts",
    "effective_rank",
    "encoder_probe",
    "generator_probe",
    "painter_probe",
    "painter_verdicts",
    "told_apart",
]

_N_EXAMPLES = 512
_N_PAINTINGS = 96
"""Painting takes time; the same number of real windows is what they are compared with."""

_ACTIVE = 0.01


def active_units(means: Tensor) -> Tensor:
    """Number of latents whose posterior mean, (n, n_latent), varies over the examples by more than .01 (Burda 2016)."""
    return (means.var(0) > _ACTIVE).sum()


def effective_rank(sample: Tensor) -> Tensor:
    """Exponential of the entropy of a sample's principal variances: in how many directions it varies (Roy 2007)."""
    # On the processor, since Apple's GPU has no double precision.
    exact = sample.cpu().double()
    if len(exact) <= sample.shape[1]:  # the same values but for zeros, from the smaller of the two matrices
        exact = exact - exact.mean(0)
        covariance = exact @ exact.T / (len(exact) - 1)
    else:
        covariance = torch.cov(exact.T).reshape(sample.shape[1], -1)
    values = torch.linalg.eigvalsh(covariance).clamp_min(1e-12)
    share = values / values.sum()
    return torch.exp(-(share * share.log()).sum())


def told_apart(real: Tensor, generated: Tensor) -> Tensor:
    """Chance that a critic's verdict on a real example is above that on a generated one; a half is guessing."""
    above, same = real[:, None] > generated[None], real[:, None] == generated[None]
    return (above.float() + 0.5 * same.float()).mean()


def encoder_probe(encoder: Encoder, scores: Tensor, condition: Tensor) -> Callable[[], dict[str, Tensor]]:
    """How many latents carry anything."""
    days, given = _fixed(scores, condition)
    return lambda: {"active_units": active_units(encoder(days, given)[0])}


def generator_probe(decoder: Decoder, scores: Tensor, condition: Tensor) -> Callable[[], dict[str, Tensor]]:
    """Variance and effective rank of draws, relative to those of the days."""
    days, given = _fixed(scores, condition)
    variance, rank = days.var(0).sum(), effective_rank(days)

    def probe() -> dict[str, Tensor]:
        drawn = _drawn(decoder, given)
        return {
            "variance": drawn.var(0).sum() / variance,
            "effective_rank": effective_rank(drawn) / rank,
            "mismatch": moment_error(drawn, days),
        }

    return probe


def critic_probe(
    critic: Critic, decoder: Decoder, scores: Tensor, condition: Tensor
) -> Callable[[], dict[str, Tensor]]:
    """How well the critic tells days from draws."""
    verdicts = critic_verdicts(critic, decoder, scores, condition)
    return lambda: {"told_apart": told_apart(*verdicts())}


def critic_verdicts(
    critic: Critic, decoder: Decoder, scores: Tensor, condition: Tensor
) -> Callable[[], tuple[Tensor, Tensor]]:
    """What the critic says to days and to draws under the same conditions."""
    days, given = _fixed(scores, condition)
    return lambda: (critic(days, given), critic(_drawn(decoder, given), given))


def painter_probe(
    paint: Callable[[Tensor], Tensor], values: Tensor, condition: Tensor
) -> Callable[[], dict[str, Tensor]]:
    """Variance and effective rank of painted windows, relative to those of real ones.

    ``paint`` gives one painting per condition, from the same noise at every call.
    """
    real, given = _fixed(values, condition, _N_PAINTINGS)
    flat = real.flatten(1)
    variance, rank = flat.var(0).sum(), effective_rank(flat)

    def probe() -> dict[str, Tensor]:
        drawn = paint(given).flatten(1)
        return {"variance": drawn.var(0).sum() / variance, "effective_rank": effective_rank(drawn) / rank}

    return probe


def painter_verdicts(
    critic: Callable[[Tensor, Tensor], Tensor], paint: Callable[[Tensor], Tensor], values: Tensor, condition: Tensor
) -> Callable[[], tuple[Tensor, Tensor]]:
    """What a critic says to real windows and to paintings under the same conditions."""
    real, given = _fixed(values, condition, _N_PAINTINGS)
    return lambda: (critic(real, given), critic(paint(given), given))


def _drawn(decoder: Decoder, given: Tensor) -> Tensor:
    return draw_like(decoder, given, torch.Generator(given.device).manual_seed(0))


def _fixed(scores: Tensor, condition: Tensor, most: int = _N_EXAMPLES) -> tuple[Tensor, Tensor]:
    """At most 512 examples, or as many as are asked for, evenly spread."""
    step = -(-len(scores) // most)
    return scores[::step], condition[::step]
