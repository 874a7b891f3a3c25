"""Loss terms, each a scalar that is smaller when better, unweighted.

Everything but the functions that name a decoder works on plain tensors: verdicts of a critic, (n,), and samples,
(n, k), whatever they stand for. Terms over time (autocorrelation of sizes, spectra) need examples with a time axis,
which single days have not: see ``path_losses``.
"""

import functools
import math
from collections.abc import Callable, Mapping
from typing import TypeAlias

import torch
from torch import Tensor
from torch.nn.functional import relu, softplus

from fingen_core.models.factor import Critic, Decoder, Encoder
from fingen_core.types import GanLoss, Likelihood

__all__ = [
    "TAIL",
    "adversarial_loss",
    "adversarial_terms",
    "correlation_error",
    "critic_loss",
    "critic_terms",
    "draw_like",
    "gaussian_likelihood",
    "gradient_penalty",
    "kl_divergence",
    "latent_divergence",
    "moment_error",
    "random_portfolios",
    "real_slope",
    "squared_error",
    "student_likelihood",
    "tail_score",
    "variational_terms",
]

_LOG_TWO_PI = 1.8378770664093453

TAIL = 0.05
"""Tail probability of ``tail_score``."""

_N_PORTFOLIOS = 32
_LEAST_SHORTFALL = 1e-2

Verdict: TypeAlias = Callable[[Tensor], Tensor]


# -- GAN: losses over verdicts -----------------------------------------------------------------------------------------


def critic_loss(kind: GanLoss, real: Tensor, generated: Tensor) -> Tensor:
    """What the critic minimizes, from its verdicts on real and generated examples, each (n,).

    ::

        wasserstein          mean generated - mean real                      (Arjovsky et al. 2017)
        cross-entropy        mean softplus(-real) + mean softplus(generated)  (Goodfellow et al. 2014)
        minimax              the same
        least-squares        mean (real - 1)^2 / 2 + mean generated^2 / 2     (Mao et al. 2017)
        hinge                mean max(0, 1 - real) + mean max(0, 1 + generated)
    """
    match kind:
        case "wasserstein":
            return generated.mean() - real.mean()
        case "cross-entropy" | "minimax":
            return softplus(-real).mean() + softplus(generated).mean()
        case "least-squares":
            return 0.5 * (((real - 1) ** 2).mean() + (generated**2).mean())
        case "hinge":
            return relu(1 - real).mean() + relu(1 + generated).mean()


def adversarial_loss(kind: GanLoss, generated: Tensor) -> Tensor:
    """What the generator minimizes, from the critic's verdicts on what it drew, (n,).

    ::

        wasserstein, hinge   -mean generated
        cross-entropy        mean softplus(-generated)           non-saturating: pulls where the critic is sure
        minimax              -mean softplus(generated)           log(1 - D): fades where the critic is sure
        least-squares        mean (generated - 1)^2 / 2
    """
    match kind:
        case "wasserstein" | "hinge":
            return -generated.mean()
        case "cross-entropy":
            return softplus(-generated).mean()
        case "minimax":
            return -softplus(generated).mean()
        case "least-squares":
            return 0.5 * ((generated - 1) ** 2).mean()


def gradient_penalty(verdict: Verdict, real: Tensor, generated: Tensor, generator: torch.Generator) -> Tensor:
    """Squared departure of the critic's slope from one, on lines between real and generated (Gulrajani et al. 2017)."""
    mix = torch.rand(len(real), *[1] * (real.ndim - 1), generator=generator, device=generator.device)
    between = torch.lerp(generated, real, mix).requires_grad_()
    return ((_slope(verdict, between) - 1) ** 2).mean()


def real_slope(verdict: Verdict, real: Tensor) -> Tensor:
    """Mean squared slope of the critic at real examples: R1 without its factor 1/2 (Mescheder et al. 2018)."""
    return (_slope(verdict, real.detach().clone().requires_grad_()) ** 2).mean()


def _slope(verdict: Verdict, at: Tensor) -> Tensor:
    (slope,) = torch.autograd.grad(verdict(at).sum(), at, create_graph=True)
    norm: Tensor = slope.flatten(1).norm(dim=-1)
    return norm


# -- VAE: likelihoods and the divergence of the code -------------------------------------------------------------------


def gaussian_likelihood(sample: Tensor, center: Tensor, log_variance: Tensor) -> Tensor:
    """Negative log likelihood of normal noise, nats per example: summed over (..., k), averaged over the rest."""
    deviation = (sample - center) ** 2 * torch.exp(-log_variance)
    return 0.5 * (deviation + log_variance + _LOG_TWO_PI).sum(-1).mean()


def student_likelihood(sample: Tensor, center: Tensor, log_variance: Tensor, freedom: Tensor) -> Tensor:
    """The same for Student's t with that variance and more than two degrees of freedom."""
    deviation = (sample - center) ** 2 * torch.exp(-log_variance) / (freedom - 2)
    kernel = (freedom + 1) / 2 * torch.log1p(deviation)
    constant = torch.lgamma(freedom / 2) - torch.lgamma((freedom + 1) / 2) + 0.5 * torch.log(math.pi * (freedom - 2))
    return (kernel + 0.5 * log_variance + constant).sum(-1).mean()


def squared_error(sample: Tensor, center: Tensor, log_variance: Tensor) -> Tensor:
    """Half the squared error in units of a fixed scale: the Gaussian likelihood without what only the scale moves."""
    return 0.5 * ((sample - center) ** 2 * torch.exp(-log_variance)).sum(-1).mean()


def latent_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Divergence of each latent of each example from standard normal noise, nats, shape of the inputs."""
    return 0.5 * (mean**2 + torch.exp(log_variance) - 1 - log_variance)


def kl_divergence(mean: Tensor, log_variance: Tensor, free_bits: float = 0.0) -> Tensor:
    """Divergence of the code (n, n_latent), nats per example.

    With ``free_bits`` each latent counts at least so many nats (its mean over the batch), so nothing is gained by
    emptying it (Kingma et al. 2016).
    """
    each = latent_divergence(mean, log_variance)
    return each.mean(0).clamp_min(free_bits).sum() if free_bits else each.sum(-1).mean()


# -- extra terms over samples ------------------------------------------------------------------------------------------


def correlation_error(drawn: Tensor, scores: Tensor) -> Tensor:
    """Mean squared difference of the correlations of two samples, each (n, n_assets)."""
    return ((torch.corrcoef(drawn.T) - torch.corrcoef(scores.T)) ** 2).mean()


def moment_error(drawn: Tensor, sample: Tensor) -> Tensor:
    """How far mean, spread, skew and kurtosis of two samples are apart, mean over the columns and their average.

    Each squared difference is divided by what chance gives it in a normal sample of one example (1, 1/2, 6, 24), so the
    four weigh the same. The average of the columns stands for the portfolio of equal weights, whose moments depend on
    how the columns move together.
    """
    ours, theirs = (_moments(torch.cat([part, part.mean(-1, keepdim=True)], -1)) for part in (drawn, sample))
    return ((ours - theirs) ** 2 / _chance(str(drawn.device))).mean()


@functools.cache
def _chance(device: str) -> Tensor:
    """Made once: a copy to the device in the middle of a step would hold it up."""
    return torch.tensor([1.0, 0.5, 6.0, 24.0], device=device)[:, None]


def _moments(sample: Tensor) -> Tensor:
    """Mean, log standard deviation, skew and kurtosis of each column, (4, k)."""
    mean = sample.mean(0)
    centered = sample - mean
    spread = centered.square().mean(0).sqrt().clamp_min(1e-6)
    scaled = centered / spread
    return torch.stack([mean, spread.log(), (scaled**3).mean(0), (scaled**4).mean(0)])


def tail_score(drawn: Tensor, sample: Tensor, portfolios: Tensor, tail: float = TAIL) -> Tensor:
    """FZ0 of value at risk and expected shortfall of draws, on a real sample, mean over portfolios.

    Parameters
    ----------
    drawn, sample : tensor, shape (n, k)
    portfolios : tensor, shape (k, n_portfolios)
        Weights; a portfolio's outcome is the weighted sum.
    tail : float
        Tail probability; ``n * tail`` should be five or more.

    Notes
    -----
    Value at risk v is the sorted draw at which the tail ends, expected shortfall e the mean of the tail, both negative;
    sorting lets gradients through to the draws in the tail::

        FZ0 = -1{y <= v} (v - y) / (tail e) + v / e + log(-e) - 1

    (Fissler and Ziegel 2016; Patton, Ziegel and Chen 2019). The score is least, on average, where both are right.
    """
    outcomes = torch.sort(drawn @ portfolios, 0).values
    real = sample @ portfolios
    count = max(1, round(len(outcomes) * tail))
    # Not defined for a tail that gains: a draw so far off is held at a loss that is nearly none.
    shortfall = outcomes[:count].mean(0).clamp_max(-_LEAST_SHORTFALL)
    value_at_risk = outcomes[count - 1].clamp_max(-_LEAST_SHORTFALL)
    beyond = relu(value_at_risk - real)
    score = -beyond / (tail * shortfall) + value_at_risk / shortfall + torch.log(-shortfall) - 1
    return score.mean()


def random_portfolios(n_assets: int, generator: torch.Generator, n: int = _N_PORTFOLIOS) -> Tensor:
    """Weights (n_assets, n): one half long only, evenly over the simplex, the other half sold short."""
    device = generator.device
    drawn = -torch.log(torch.rand(n_assets, n, generator=generator, device=device).clamp_min(1e-9))
    weights = drawn / drawn.sum(0)
    weights[:, n // 2 :] *= -1
    return weights


# -- the factor decoder's terms ----------------------------------------------------------------------------------------


def variational_terms(
    encoder: Encoder,
    decoder: Decoder,
    scores: Tensor,
    condition: Tensor,
    generator: torch.Generator,
    *,
    likelihood: Likelihood = "gaussian",
    free_bits: float = 0.0,
) -> dict[str, Tensor]:
    """Negative evidence lower bound in its two parts, nats per day (Kingma and Welling 2014).

    ``reconstruction`` is the negative log likelihood summed over assets, or the squared error in units of the decoder's
    noise; ``kl`` the divergence of the latent code from standard normal noise.
    """
    factors, log_variance = encoder(scores, condition)
    mean = decoder.relative(factors, condition)
    noise = torch.randn(mean.shape, generator=generator, device=generator.device)
    latent = torch.addcmul(mean, torch.exp(0.5 * log_variance), noise)
    center, log_spread = decoder.moments(latent, condition)
    if likelihood == "squared-error":
        reconstruction = squared_error(scores, center, decoder.log_noise.detach())
    elif (freedom := decoder.freedom()) is not None:
        reconstruction = student_likelihood(scores, center, log_spread, freedom)
    else:
        reconstruction = gaussian_likelihood(scores, center, log_spread)
    return {"reconstruction": reconstruction, "kl": kl_divergence(mean, log_variance, free_bits)}


def draw_like(decoder: Decoder, condition: Tensor, generator: torch.Generator) -> Tensor:
    """Generated scores, one day for each row of the condition."""
    n, device = len(condition), generator.device
    latent = torch.randn(n, decoder.n_latent, generator=generator, device=device)
    drawn: Tensor = decoder(latent, condition, decoder.noise(n, generator))
    return drawn


def critic_terms(
    critic: Critic,
    decoder: Decoder,
    scores: Tensor,
    condition: Tensor,
    generator: torch.Generator,
    *,
    kind: GanLoss = "wasserstein",
    penalties: Mapping[str, float] | None = None,
) -> dict[str, Tensor]:
    """The critic's loss, named by its kind, and the penalties on its slope whose weight is not zero.

    ``wasserstein`` is minus the critic's estimate of the distance between generated and real days;
    ``gradient_penalty`` and ``r1`` are those of ``gradient_penalty`` and ``real_slope``.
    """
    weights = {"gradient_penalty": 1.0} if penalties is None else penalties

    def verdict(days: Tensor) -> Tensor:
        said: Tensor = critic(days, condition)
        return said

    with torch.no_grad():
        generated = draw_like(decoder, condition, generator)
    slopes = {}
    if weights.get("gradient_penalty"):
        slopes["gradient_penalty"] = gradient_penalty(verdict, scores, generated, generator)
    if weights.get("r1"):
        slopes["r1"] = real_slope(verdict, scores)
    unwanted, wanted = verdict(generated), verdict(scores)
    return {kind: critic_loss(kind, wanted, unwanted), **slopes}


def adversarial_terms(
    critic: Critic, drawn: Tensor, condition: Tensor, kind: GanLoss = "wasserstein"
) -> dict[str, Tensor]:
    """The critic's verdict on generated days, to be minimized by the generator."""
    return {"adversarial": adversarial_loss(kind, critic(drawn, condition))}
