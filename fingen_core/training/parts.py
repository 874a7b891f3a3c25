"""Small parts that every recipe is put together from."""

from collections.abc import Callable
from typing import TypeAlias, TypeVar

import torch
from torch import Tensor, nn

from fingen_core.models.networks import Lowered
from fingen_core.representations.severity import dropped
from fingen_core.training import optimizers
from fingen_core.training.settings.vocabulary import Optimizer, Precision

__all__ = ["Batch", "batches", "constant", "gan_optimizer", "initialized", "partly_labeled", "set_precision", "shown"]

Net = TypeVar("Net", bound=nn.Module)

Batch: TypeAlias = Callable[[], tuple[Tensor, Tensor]]
"""Examples with their conditions, others at each call."""


def batches(values: Tensor, condition: Tensor, size: int, generator: torch.Generator) -> Batch:
    """A function that draws a random batch of examples with their conditions."""
    size = min(size, len(values))

    def batch() -> tuple[Tensor, Tensor]:
        rows = torch.randint(len(values), (size,), generator=generator, device=generator.device)
        return values[rows], condition[rows]

    return batch


def partly_labeled(batch: Batch, n_targets: int, dropout: float, generator: torch.Generator) -> Batch:
    """Batches whose label, the last columns of the conditions, tells of one target, and of none for a share of rows.

    So a model can be asked without. Where no label is learned it is the batch itself.
    """
    if not n_targets:
        return batch

    def labeled() -> tuple[Tensor, Tensor]:
        real, given = batch()
        return real, dropped(given, n_targets, dropout, generator)

    return labeled


def shown(condition: Tensor, n_targets: int, dropout: float) -> Tensor:
    """Conditions as batches show them, for what is read along the way: nothing is ever told all of its labels at once.

    From a random stream of its own, so that looking changes nothing.
    """
    if not n_targets:
        return condition
    return dropped(condition, n_targets, dropout, torch.Generator(condition.device).manual_seed(0))


def initialized(build: Callable[[torch.Generator], Net], generator: torch.Generator) -> Net:
    """Build a network whose initial weights follow from ``generator`` alone, on its device.

    Layers of torch draw from the global stream, which is put back afterwards.
    """
    seed = int(torch.randint(2**31, (1,), generator=generator, device=generator.device))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build(torch.Generator().manual_seed(seed)).to(generator.device)


def gan_optimizer(module: nn.Module, learning_rate: float, name: Optimizer) -> torch.optim.Optimizer:
    """The optimizer of one side of a GAN."""
    # Momentum makes a critic chase where the generator was: betas (0, .9) as in Gulrajani et al. 2017, no decay.
    plain: Optimizer = "adam" if name == "adamw" else name
    return optimizers.build(plain, module.parameters(), learning_rate=learning_rate, weight_decay=0.0, betas=(0.0, 0.9))


def constant(weight: float) -> Callable[[float], float]:
    """A weight that does not depend on the share of steps done."""
    return lambda _: weight


def set_precision(module: nn.Module, precision: Precision) -> None:
    """Let the inner networks of a module compute in bfloat16, or in the precision of their weights."""
    for part in module.modules():
        if isinstance(part, Lowered):
            part.lowered = precision == "bfloat16"
