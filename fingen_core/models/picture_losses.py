"""Losses of painters: four ways for a GAN, three for a VAE."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from fingen_core.models.convolutional import Painter, Reader

__all__ = ["Autoencoder", "adversarial", "critic_terms", "painted", "variational_terms"]


class Autoencoder(nn.Module):
    """Both halves of a VAE."""

    def __init__(self, painter: Painter, reader: Reader) -> None:
        super().__init__()
        self.painter, self.reader = painter, reader


def painted(painter: Painter, condition: Tensor, generator: torch.Generator) -> Tensor:
    """One painting per condition."""
    shape = (len(condition), painter.canvas.n_code)
    code = torch.randn(shape, generator=generator, device=generator.device)
    return painter.paint(code, condition, generator)


def critic_terms(
    loss: str, critic: Reader, *, real: Tensor, drawn: Tensor, condition: Tensor, generator: torch.Generator
) -> dict[str, Tensor]:
    """What the critic minimizes: its verdict, and a penalty on its slope.

    With "wasserstein" the slope between real and drawn pictures is held at 1 (Gulrajani et al. 2017); with the others
    the slope at real pictures is held down (R1, Mescheder et al. 2018).
    """
    drawn = drawn.detach()
    on_real, on_drawn = critic(real, condition), critic(drawn, condition)
    match loss:
        case "wasserstein":
            verdict = on_drawn.mean() - on_real.mean()
        case "cross-entropy":
            verdict = functional.softplus(-on_real).mean() + functional.softplus(on_drawn).mean()
        case "least-squares":
            verdict = ((on_real - 1) ** 2).mean() + (on_drawn**2).mean()
        case _:
            verdict = functional.relu(1 - on_real).mean() + functional.relu(1 + on_drawn).mean()
    if loss == "wasserstein":
        share = torch.rand((len(real), 1, 1, 1), generator=generator, device=generator.device)
        slope = _slope(critic, share * real + (1 - share) * drawn, condition)
        return {"wasserstein": verdict, "gradient_penalty": ((slope - 1) ** 2).mean()}
    return {"verdict": verdict, "gradient_penalty": (_slope(critic, real, condition) ** 2).mean()}


def adversarial(loss: str, critic: Reader, drawn: Tensor, condition: Tensor) -> Tensor:
    """What the generator minimizes; cross-entropy in its non-saturating form (Goodfellow et al. 2014)."""
    verdict: Tensor = critic(drawn, condition)
    match loss:
        case "cross-entropy":
            return functional.softplus(-verdict).mean()
        case "least-squares":
            return ((verdict - 1) ** 2).mean()
        case _:
            return -verdict.mean()


def variational_terms(
    loss: str, model: Autoencoder, real: Tensor, condition: Tensor, generator: torch.Generator
) -> dict[str, Tensor]:
    """Reconstruction and KL divergence, summed over values and codes, averaged over the batch and per value.

    "gaussian" learns a scale for every value, "mse" holds it at one tenth, "cross-entropy" compares pixels.
    """
    code_mean, code_log_var = model.reader(real, condition).chunk(2, dim=1)
    code_log_var = code_log_var.clamp(-10, 4)
    noise = torch.randn(code_mean.shape, generator=generator, device=generator.device)
    code = code_mean + (code_log_var / 2).exp() * noise
    mean, log_sd = model.painter(code, condition, None)
    shown = model.painter.bounded(mean)
    match loss:
        case "gaussian":
            if not model.painter.canvas.noisy:
                log_sd = 0.5 * torch.log(((real - shown) ** 2).mean().detach() + 1e-4).expand_as(real)
            values = 0.5 * ((real - shown) / log_sd.exp()) ** 2 + log_sd + 0.5 * math.log(2 * math.pi)
        case "mse":
            values = 0.5 * ((real - shown) / 0.1) ** 2
        case _:
            pixels = (1 + (real if model.painter.canvas.bounded else torch.tanh(real))) / 2
            values = functional.binary_cross_entropy_with_logits(2 * mean, pixels, reduction="none") * 10
    n_values = real[0].numel()
    divergence = 0.5 * (code_mean**2 + code_log_var.exp() - 1 - code_log_var).sum(dim=1).mean()
    return {"reconstruction": values.mean(), "kl": divergence / n_values}


def _slope(critic: Reader, values: Tensor, condition: Tensor) -> Tensor:
    """Norm of the critic's gradient at each picture."""
    values = values.detach().requires_grad_(True)
    verdict = critic(values, condition).sum()
    (gradient,) = torch.autograd.grad(verdict, values, create_graph=True)
    return torch.as_tensor((gradient.flatten(1).square().sum(1) + 1e-12).sqrt())
