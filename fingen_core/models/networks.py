"""What networks of every kind are made of: dense layers, lower precision inside them, noise around them."""

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

__all__ = ["RAW_FREEDOM", "Lowered", "freedom_of", "mlp", "unit_noise", "zero_last"]

RAW_FREEDOM = 6.0
"""Where Student noise starts: 8.1 degrees of freedom, nearly normal."""


class Lowered(nn.Module):
    """A module whose inner networks may compute in bfloat16; everything around them keeps its precision."""

    lowered: bool = False

    def through(self, network: nn.Module, *inputs: Tensor | torch.Generator | None) -> Tensor:
        """What a network makes of its inputs, in the precision of the first."""
        if not self.lowered:
            out: Tensor = network(*inputs)
            return out
        first = inputs[0]
        assert isinstance(first, Tensor)
        with torch.autocast(first.device.type, torch.bfloat16):
            out = network(*inputs)
        return out.to(first.dtype)


def freedom_of(raw: Tensor) -> Tensor:
    """Degrees of freedom above 2.1 from a number without bounds."""
    return 2.1 + softplus(raw)


def unit_noise(shape: tuple[int, ...], freedom: Tensor | None, generator: torch.Generator) -> Tensor:
    """Noise of unit variance: normal, or Student's t with so many degrees of freedom, which gradients reach."""
    normal = torch.randn(shape, generator=generator, device=generator.device)
    if freedom is None:
        return normal
    half_chi_square = torch._standard_gamma((freedom / 2).expand_as(normal).contiguous(), generator=generator)
    # Heavier than any day of a century is noise that single precision made: keep the divisor off zero.
    return normal * torch.sqrt((freedom / 2 - 1) / half_chi_square.clamp_min(1e-4))


def mlp(n_inputs: int, n_hidden: int, n_outputs: int) -> nn.Sequential:
    """Two hidden layers of ``n_hidden`` units with SiLU between."""
    return nn.Sequential(
        nn.Linear(n_inputs, n_hidden),
        nn.SiLU(),
        nn.Linear(n_hidden, n_hidden),
        nn.SiLU(),
        nn.Linear(n_hidden, n_outputs),
    )


def zero_last(network: nn.Sequential) -> nn.Sequential:
    """Set the last layer to zero, so that training starts from what the network is added to."""
    last = network[-1]
    assert isinstance(last, nn.Linear)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    return network
