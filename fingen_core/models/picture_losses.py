"""Losses of painters: five ways for a GAN, four for a VAE."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from fingen_core.models import losses
from fingen_core.models.convolutional import Painter, Reader
from fingen_core.types import GanLoss

__all__ = ["Autoencoder", "critic_terms", "label_error", "painted", "variational_terms"]


class Autoencoder(nn.Module):
    """Both halves of a VAE."""

    def __init__(self, painter: Painter, reader: Reader) -> None:
        super().__init__()
        self.painter, self.reader = painter, reader


def painted(painter: Painter, condition: Tensor, generator: torch.Generator) -> Tensor:
    """One painting per condition."""
    shape = (len(condition), painter.canvas.n_code)
    code = torch.randn(shape, generator=generator, device=generator.device) + painter.expected(condition)
    return painter.paint(code, condition, generator)


def critic_terms(
    loss: GanLoss, critic: Reader, *, real: Tensor, drawn: Tensor, condition: Tensor, generator: torch.Generator
) -> dict[str, Tensor]:
    """What the critic minimizes: its verdict, and a penalty on its slope.

    With "wasserstein" the slope between real and drawn pictures is held at 1 (Gulrajani et al. 2017); with the others
    the slope at real pictures is held down (R1, Mescheder et al. 2018).
    """
    drawn = drawn.detach()
    on_real, on_drawn = critic(real, condition), critic(drawn, condition)
    verdict = losses.critic_loss(loss, on_real, on_drawn)
    if loss == "wasserstein":
        share = torch.rand((len(real), 1, 1, 1), generator=generator, device=generator.device)
        slope = _slope(critic, share * real + (1 - share) * drawn, condition)
        return {"wasserstein": verdict, "gradient_penalty": ((slope - 1) ** 2).mean()}
    return {"verdict": verdict, "gradient_penalty": (_slope(critic, real, condition) ** 2).mean()}


def label_error(drawn: Tensor, real: Tensor, condition: Tensor, targets: Tensor) -> Tensor:
    """How far drawn windows miss what their label says that they sum up to: mean square, in units of a day's variance.

    A label is the rank of a window's sum for one target, so with the scale it says what a window sums up to, and two
    windows under one condition sum up to the same. A critic sees that late: it is one number among hundreds.

    Parameters
    ----------
    drawn, real : tensor, shape (n, n_days, n_assets)
        Shapes of windows under the same conditions.
    condition : tensor, shape (n, n_conditions)
        Ends with the flags of the targets that are told; rows without one count nothing.
    targets : tensor, shape (n_targets, n_assets)
    """
    weights = condition[:, -len(targets) :] @ targets
    missed = ((drawn - real).sum(dim=1) * weights).sum(dim=1)
    return missed.square().mean() / real.shape[1]


def variational_terms(
    loss: str,
    model: Autoencoder,
    real: Tensor,
    condition: Tensor,
    *,
    generator: torch.Generator,
    free_bits: float = 0.0,
) -> tuple[dict[str, Tensor], Tensor]:
    """Reconstruction and KL divergence, averaged over the batch and per value; and the reconstructed pictures.

    "gaussian" and "student-t" learn a scale for every value, "mse" holds it at one tenth, "pixels" compares pixels.
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
        case "student-t":
            freedom = model.painter.freedom()
            assert freedom is not None, "the painter of such a loss has heavy noise"
            real_value, center, log_variance = (part.unsqueeze(-1) for part in (real, shown, 2 * log_sd))
            values = losses.student_likelihood(real_value, center, log_variance, freedom)
        case "mse":
            values = 0.5 * ((real - shown) / 0.1) ** 2
        case _:
            pixels = (1 + (real if model.painter.canvas.bounded else torch.tanh(real))) / 2
            values = functional.binary_cross_entropy_with_logits(2 * mean, pixels, reduction="none") * 10
    divergence = losses.kl_divergence(code_mean - model.painter.expected(condition), code_log_var, free_bits)
    return {"reconstruction": values.mean(), "kl": divergence / real[0].numel()}, shown


def _slope(critic: Reader, values: Tensor, condition: Tensor) -> Tensor:
    """Norm of the critic's gradient at each picture."""
    values = values.detach().requires_grad_(True)
    verdict = critic(values, condition).sum()
    (gradient,) = torch.autograd.grad(verdict, values, create_graph=True)
    return torch.as_tensor((gradient.flatten(1).square().sum(1) + 1e-12).sqrt())
