"""Small dense networks."""

from torch import nn

__all__ = ["mlp", "zero_last"]


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
