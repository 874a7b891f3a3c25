"""Loss terms, each a scalar that is smaller when better, unweighted."""

import torch
from torch import Tensor

from fingen_core.models.factor import Critic, Decoder, Encoder

__all__ = ["adversarial_terms", "correlation_error", "critic_terms", "draw_like", "variational_terms"]

_LOG_TWO_PI = 1.8378770664093453


def variational_terms(
    encoder: Encoder, decoder: Decoder, scores: Tensor, condition: Tensor, generator: torch.Generator
) -> dict[str, Tensor]:
    """Negative evidence lower bound in its two parts, nats per day (Kingma and Welling 2014).

    ``reconstruction`` is the Gaussian negative log likelihood summed over assets; ``kl`` the divergence of the latent
    code from standard normal noise.
    """
    mean, log_variance = encoder(scores, condition)
    noise = torch.randn(mean.shape, generator=generator, device=generator.device)
    latent = torch.addcmul(mean, torch.exp(0.5 * log_variance), noise)
    center, log_spread = decoder.moments(latent, condition)
    deviation = (scores - center) ** 2 * torch.exp(-log_spread)
    return {
        "reconstruction": 0.5 * (deviation + log_spread + _LOG_TWO_PI).sum(-1).mean(),
        "kl": 0.5 * (mean**2 + torch.exp(log_variance) - 1 - log_variance).sum(-1).mean(),
    }


def draw_like(decoder: Decoder, condition: Tensor, generator: torch.Generator) -> Tensor:
    """Generated scores, one day for each row of the condition."""
    n, device = len(condition), generator.device
    latent = torch.randn(n, decoder.n_latent, generator=generator, device=device)
    noise = torch.randn(n, decoder.n_assets, generator=generator, device=device)
    drawn: Tensor = decoder(latent, condition, noise)
    return drawn


def critic_terms(
    critic: Critic, decoder: Decoder, scores: Tensor, condition: Tensor, generator: torch.Generator
) -> dict[str, Tensor]:
    """Wasserstein loss of the critic and its gradient penalty (Gulrajani et al. 2017).

    ``wasserstein`` is minus the critic's estimate of the distance between generated and real days;
    ``gradient_penalty`` the squared departure of its slope from one on lines between the two.
    """
    with torch.no_grad():
        generated = draw_like(decoder, condition, generator)
    mix = torch.rand(len(scores), 1, generator=generator, device=generator.device)
    between = torch.lerp(generated, scores, mix).requires_grad_()
    (slope,) = torch.autograd.grad(critic(between, condition).sum(), between, create_graph=True)
    return {
        "wasserstein": critic(generated, condition).mean() - critic(scores, condition).mean(),
        "gradient_penalty": ((slope.norm(dim=-1) - 1) ** 2).mean(),
    }


def adversarial_terms(critic: Critic, drawn: Tensor, condition: Tensor) -> dict[str, Tensor]:
    """The critic's verdict on generated days, to be minimized by the generator."""
    return {"adversarial": -critic(drawn, condition).mean()}


def correlation_error(drawn: Tensor, scores: Tensor) -> Tensor:
    """Mean squared difference of the correlations of two samples, each (n, n_assets)."""
    return ((torch.corrcoef(drawn.T) - torch.corrcoef(scores.T)) ** 2).mean()
