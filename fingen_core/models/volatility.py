"""A variance forecast as a learned mixture of averages that were observed.

One network for all assets reads ratios of exponentially weighted averages (no levels: scale-free inputs travel to other
markets and other decades) and answers with softmax weights over eight candidate variances and a bounded correction; a
little of the way it is pulled home::

    log sigma^2 = .97 log sum_k softmax(o)_k candidate_k  +  .03 home  +  tanh(o_9) / 2

The candidates are squares of the asset's own mean sizes at four decays, of its longest mean size moved by the market's
ratio at three decays, and the anchor: the training variance, counterpart of GARCH's omega. So sigma stays within
e^{1/4} of values that were observed and cannot run away; home is learned, and over long horizons sigma comes there.
"""

import math

import torch
from torch import Tensor, nn

__all__ = ["HOME", "N_CANDIDATES", "N_FEATURES", "PULL", "VolatilityFilter", "features_and_candidates"]

N_FEATURES = 14
N_CANDIDATES = 8
_EPSILON = 1e-4
_VARIANCE_PER_SQUARED_SIZE = 1.8
"""Variance over the squared mean size: pi / 2 for a normal distribution, 2 for Student's t with 4 degrees of freedom.
A start only: the bounded correction and the anchor find the level."""

_LOGIT_LIMIT = 15.0

PULL = 0.03
"""Share of the way home that the log variance goes. Ratios cannot tell a high level from a low one, and one day ahead
it hardly matters (the likelihood of held-out years is the same from 0 to .1); without it volatility drifts upward over
a simulated year."""

HOME = -0.3
"""Where the learned home of the log variance starts: the usual mean log variance of a scaled return's forecast."""


def features_and_candidates(own_size: Tensor, own_mean: Tensor, size: Tensor, mean: Tensor) -> tuple[Tensor, Tensor]:
    """Inputs of the filter from the averages, asset-days along the last axes.

    Parameters
    ----------
    own_size, own_mean : tensor, shape (4, n, n_assets)
    size, mean : tensor, shape (4, n, 1)

    Returns
    -------
    features : tensor, shape (14, n, n_assets)
    candidates : tensor, shape (8, n, n_assets)
    """
    shape = own_size.shape[1:]
    own, market = own_size + _EPSILON, size + _EPSILON
    log_own, log_market = torch.log(own), torch.log(market)
    features = torch.cat(
        [
            log_own[:3] - log_own[3],
            own_mean / own[3],
            (log_market[:3] - log_market[3]).expand(-1, *shape),
            (mean / market[3]).expand(-1, *shape),
        ]
    )
    variance = _VARIANCE_PER_SQUARED_SIZE * own**2
    ratios = (market[:3] / market[3]) ** 2
    candidates = torch.cat([variance, variance[3] * ratios, torch.ones_like(own[:1])])
    return features, candidates


class VolatilityFilter(nn.Module):
    """Several networks of the same form, whose log variances are averaged.

    Parameters
    ----------
    n_networks, n_hidden : int
    generator : torch.Generator
        Source of the initial weights.
    """

    def __init__(self, n_networks: int, n_hidden: int, generator: torch.Generator) -> None:
        super().__init__()
        self.n_networks, self.n_hidden = n_networks, n_hidden

        def weight(n_out: int, n_in: int) -> nn.Parameter:
            bound = 1 / math.sqrt(n_in)
            return nn.Parameter((2 * torch.rand(n_networks, n_out, n_in, generator=generator) - 1) * bound)

        self.weight1, self.weight2 = weight(n_hidden, N_FEATURES), weight(n_hidden, n_hidden)
        self.weight3 = nn.Parameter(torch.zeros(n_networks, N_CANDIDATES + 1, n_hidden))
        self.bias1 = nn.Parameter(torch.zeros(n_networks, n_hidden, 1))
        self.bias2 = nn.Parameter(torch.zeros(n_networks, n_hidden, 1))
        self.bias3 = nn.Parameter(torch.zeros(n_networks, N_CANDIDATES + 1, 1))
        self.home = nn.Parameter(torch.full((n_networks, 1), HOME))
        self.mean = nn.Parameter(torch.zeros(n_networks))
        self.raw_freedom = nn.Parameter(torch.full((n_networks,), 3.0))

    def log_variance(self, features: Tensor, candidates: Tensor) -> Tensor:
        """Log variance of each network, shape (n_networks, n), from (.., 14, n) features and (.., 8, n) candidates."""
        hidden = torch.nn.functional.silu(self.weight1 @ features + self.bias1)
        hidden = torch.nn.functional.silu(torch.baddbmm(self.bias2, self.weight2, hidden))
        out = torch.baddbmm(self.bias3, self.weight3, hidden)
        weights = torch.exp(out[:, :N_CANDIDATES].clamp(-_LOGIT_LIMIT, _LOGIT_LIMIT))
        mixture = (weights * candidates).sum(1) / weights.sum(1)
        observed = torch.lerp(torch.log(mixture + _EPSILON), self.home, PULL)
        return observed + 0.5 * torch.tanh(out[:, N_CANDIDATES])

    def forward(self, features: Tensor, candidates: Tensor) -> Tensor:
        """Standard deviation, same trailing shape as the inputs: (14, ...) and (8, ...) give (...)."""
        shape = features.shape[1:]
        each = self.log_variance(features.reshape(N_FEATURES, -1), candidates.reshape(N_CANDIDATES, -1))
        return torch.exp(0.5 * each.mean(0)).reshape(shape)

    def drift(self) -> Tensor:
        """Mean return in units of the training standard deviation, averaged over the networks."""
        return self.mean.mean()

    def negative_log_likelihood(self, features: Tensor, candidates: Tensor, target: Tensor) -> Tensor:
        """Student-t with variance sigma^2 per asset-day; (K, 14, n), (K, 8, n) and (K, n) give a scalar, mean over n,
        sum over networks (so that each learns at its own pace)."""
        freedom = 2.1 + torch.nn.functional.softplus(self.raw_freedom)[:, None]
        log_variance = self.log_variance(features, candidates)
        scale = torch.exp(-log_variance) * freedom / (freedom - 2)
        kernel = (freedom + 1) / 2 * torch.log1p((target - self.mean[:, None]) ** 2 * scale / freedom)
        constant = (
            torch.lgamma(freedom / 2) - torch.lgamma((freedom + 1) / 2) + 0.5 * torch.log(math.pi * (freedom - 2))
        )
        return (kernel + 0.5 * log_variance + constant).mean(1).sum()
