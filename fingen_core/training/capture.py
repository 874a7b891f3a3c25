"""Capture of a training step: on CUDA the kernels of an update are recorded once and replayed as one launch.

Small networks wait for the launch of kernels, not for arithmetic. An update's forward pass, backward pass and clipping
are captured as a CUDA graph; the optimizer's own few fused kernels and the weight average stay outside, so that every
optimizer and every schedule works as it does without. What changes from step to step enters through tensors that are
refilled: the weights of the terms, and the state of the random generator, which the graph knows.

A capturer is what captures. It is an argument, so that all but the graph itself can be tested without a GPU.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import torch
from torch import Tensor, nn

__all__ = ["Captured", "Capturer", "capturer_for", "cuda_graph"]

Capturer: TypeAlias = Callable[[Callable[[], None], torch.Generator], Callable[[], None]]
"""Takes the work and the generator it draws from, runs the work at least once, and returns what repeats it."""

_WARM_UPS = 3
"""Runs before a capture, in which libraries allocate what they need and choose their algorithms."""


def capturer_for(device: torch.device) -> Capturer | None:
    """How to capture on a device; ``None`` where steps are taken one kernel after the other."""
    return cuda_graph if device.type == "cuda" else None


def cuda_graph(work: Callable[[], None], generator: torch.Generator) -> Callable[[], None]:
    """Capture ``work`` as a CUDA graph and return its replay."""
    aside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(_WARM_UPS):
            work()
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    graph.register_generator_state(generator)
    with torch.cuda.graph(graph):
        work()
    replay: Callable[[], None] = graph.replay
    return replay


class Captured:
    """An update whose gradients were recorded: replaying it fills the gradients of the parameters anew.

    Parameters
    ----------
    work : callable
        Sets gradients from weights of the terms, shape (n_terms,), and returns the unweighted terms and the norm.
    parameters : sequence of Parameter
        Of the player that moves.
    weights : sequence of float
        Of the terms at the first step.
    """

    def __init__(
        self,
        work: Callable[[Tensor], dict[str, Tensor]],
        parameters: Sequence[nn.Parameter],
        weights: Sequence[float],
        *,
        capturer: Capturer,
        generator: torch.Generator,
    ) -> None:
        self.parameters, self.given = parameters, tuple(weights)
        self.weights = torch.tensor(weights, dtype=parameters[0].dtype, device=generator.device)
        self.seen: dict[str, Tensor] = {}

        def run() -> None:
            self.seen = work(self.weights)

        before = generator.get_state()
        try:
            self.replay = capturer(run, generator)
        finally:  # what was drawn to get ready is drawn again by the first step
            generator.set_state(before)
        self.gradients = [parameter.grad for parameter in parameters]

    def __call__(self, weights: Sequence[float]) -> dict[str, Tensor]:
        """Fill the gradients; returns the unweighted terms and the norm, which the next call overwrites."""
        for place, (weight, before) in enumerate(zip(weights, self.given, strict=True)):
            if weight != before:
                self.weights[place].fill_(weight)  # a copy from the processor would wait for the device
        self.given = tuple(weights)
        for parameter, gradient in zip(self.parameters, self.gradients, strict=True):
            parameter.grad = gradient  # the other player's turn may have put another one there
        self.replay()
        return self.seen
