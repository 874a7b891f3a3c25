"""Weights that let the terms of a loss pull with the same strength.

A term's pull is the norm of its gradient on the parameters that draw: a weight says nothing by itself, since a
correlation error of .01 and a likelihood of 20 nats are different things. Measured early in a training, over several
batches, since one batch is mostly noise.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from fingen_core.training.loop import Loop, Player
from fingen_core.training.settings.knobs import EXTRA_TERMS, KNOBS

__all__ = ["Pull", "balance"]

_MAIN = ("reconstruction", "adversarial")
_BATCHES = 8


@dataclass(frozen=True, kw_only=True)
class Pull:
    """One term of the side that draws.

    Attributes
    ----------
    term : str
        "reconstruction", "moments".
    norm : float
        Root mean square norm of its unweighted gradient on the decoder's parameters.
    weight : float
        What it is weighted by now.
    proposed : float
        Weight with which it pulls as much as the main term; the present one where it is not free.
    """

    term: str
    norm: float
    weight: float
    proposed: float

    @property
    def setting(self) -> str:
        """Name of the setting that weighs it."""
        return f"{self.term}_weight"

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def balance(loop: Loop, share: float = 1.0, n_batches: int = _BATCHES) -> list[Pull]:
    """Measure the terms of the loop's last player, which draws, and propose weights for the extra ones.

    Parameters
    ----------
    loop : Loop
        A little way into its training; it is not moved, but its random numbers go on.
    share : float
        Share of the steps at which weights that change are read.
    n_batches : int
        Batches over which squared norms are averaged.

    Notes
    -----
    With g the gradient of a term and w its weight, ``w_extra = w_main |g_main| / |g_extra|``, rounded to two digits and
    held inside the limits of its setting. A term that does not pull at all keeps its weight.
    """
    player = loop.players[-1]
    squares: dict[str, float] = {}
    for _ in range(n_batches):
        for name, norm in _norms(player).items():
            squares[name] = squares.get(name, 0.0) + norm**2 / n_batches
    norms = {name: math.sqrt(square) for name, square in squares.items()}
    weights = {name: player.weights[name](share) for name in norms}
    main = next(name for name in _MAIN if name in norms)
    return [
        Pull(
            term=name,
            norm=norm,
            weight=weights[name],
            proposed=_proposed(name, norm, weights, norms[main] * weights[main]),
        )
        for name, norm in norms.items()
    ]


def _proposed(name: str, norm: float, weights: Mapping[str, float], target: float) -> float:
    if name not in EXTRA_TERMS or norm == 0 or target == 0:
        return weights[name]
    control = KNOBS[f"{name}_weight"]
    return float(f"{min(max(target / norm, control.step), control.high):.2g}")


def _norms(player: Player) -> dict[str, float]:
    """Gradient norm of each term on one batch; the KL divergence moves an encoder only, and has none."""
    whole: Any = player.module
    decoder = getattr(whole, "decoder", getattr(whole, "painter", whole))
    parameters = [parameter for parameter in decoder.parameters() if parameter.requires_grad]
    return {name: _norm(term, parameters) for name, term in player.terms().items() if name != "kl"}


def _norm(term: Tensor, parameters: list[nn.Parameter]) -> float:
    gradients = torch.autograd.grad(term, parameters, retain_graph=True, allow_unused=True)
    total = sum((gradient**2).sum() for gradient in gradients if gradient is not None)
    return float(torch.as_tensor(total).sqrt())
