"""The conditional factor decoder that the VAE and the GAN share, and the networks they are trained against.

Of ``n_latent`` common factors z and the condition c (the market's state: implied correlation, direction of its moves)::

    z' = z exp(tanh(gate(c)))                 factor volatilities follow the condition
    x  = A z' + f(z') + exp(log_variance / 2) eps
    log_variance = b + 1.5 tanh(g(z))

eps is standard normal, or Student's t of unit variance where the likelihood asks for it (one learned number of degrees
of freedom).

f, g and the gate start at zero, A and b at probabilistic principal components of the sample: training sets out from a
linear factor copula and learns from there. The condition moves correlation and nothing else: in the mean it would find
spurious trends, in the noise it would do the volatility filter's work a second time, and in a simulation, which feeds
on its own days, that runs away.

Where labels of severity are learned (``representations.severity``), a level l and a flag for each of several targets
may follow the condition. They move the factors, z <- z + m(l), and each asset, x <- x + o(l), and nothing where no flag
is set: a model that is asked without is untouched.
"""

import torch
from torch import Tensor, nn

from fingen_core.models.networks import RAW_FREEDOM, Lowered, freedom_of, mlp, unit_noise, zero_last

__all__ = ["Critic", "Decoder", "Encoder"]

_GATE_HIDDEN = 16
_LEAST_NOISE = 0.05


class Decoder(Lowered):
    """Generator of Gaussian scores of all assets on one day.

    Parameters
    ----------
    n_assets, n_latent, n_condition, n_hidden : int
    heavy : bool
        Whether the noise of single assets is Student's t instead of normal.
    n_targets : int
        Of labels that may follow the condition: (n, n_condition + 2 n_targets).
    """

    def __init__(
        self,
        n_assets: int,
        n_latent: int,
        n_condition: int,
        n_hidden: int,
        *,
        heavy: bool = False,
        n_targets: int = 0,
    ) -> None:
        super().__init__()
        self.n_assets, self.n_latent, self.n_condition, self.n_hidden = n_assets, n_latent, n_condition, n_hidden
        self.loadings = nn.Parameter(torch.zeros(n_assets, n_latent))
        self.log_noise = nn.Parameter(torch.zeros(n_assets))
        self.raw_freedom = nn.Parameter(torch.tensor(RAW_FREEDOM)) if heavy else None
        self.gate = zero_last(
            nn.Sequential(nn.Linear(n_condition, _GATE_HIDDEN), nn.SiLU(), nn.Linear(_GATE_HIDDEN, n_latent))
        )
        self.bend = zero_last(mlp(n_latent, n_hidden, n_assets))
        self.spread = zero_last(mlp(n_latent, n_hidden, n_assets))
        self.label = nn.Linear(n_targets, n_latent + n_assets, bias=False) if n_targets else None
        if self.label is not None:
            nn.init.zeros_(self.label.weight)

    @torch.no_grad()
    def start_linear(self, sample: Tensor) -> None:
        """Set loadings and noise to the principal factors of a sample of shape (n, n_assets)."""
        covariance = torch.cov(sample.double().T).reshape(self.n_assets, self.n_assets)
        values, vectors = torch.linalg.eigh(covariance)
        kept = min(self.n_latent, self.n_assets - 1)
        rest = values[: self.n_assets - kept].mean() if kept else values.mean()
        strengths = (values[self.n_assets - kept :] - rest).clamp_min(0).sqrt()
        loadings = torch.zeros_like(self.loadings, dtype=torch.float64)
        loadings[:, :kept] = (vectors[:, self.n_assets - kept :] * strengths).flip(1)
        noise = (covariance.diagonal() - (loadings**2).sum(1)).clamp_min(_LEAST_NOISE)
        self.loadings.copy_(loadings)
        self.log_noise.copy_(noise.log())

    @torch.no_grad()
    def start_labels(self, sample: Tensor, levels: Tensor) -> None:
        """Let labels move what they move in a linear regression on them: samples (n, n_assets), levels (n, n_targets).

        Every target but the first is told to few of the examples; from nothing it would be learned too slowly.
        """
        assert self.label is not None
        slopes = ((levels.T @ sample) / (levels**2).sum(0)[:, None]).T.double()
        loadings = self.loadings.double()
        covariance = loadings @ loadings.T + torch.diag(self.log_noise.double().exp())
        factors = loadings.T @ torch.linalg.solve(covariance, slopes)
        self.label.weight[: self.n_latent] = factors.float()
        self.label.weight[self.n_latent :] = (slopes - loadings @ factors).float()

    def freedom(self) -> Tensor | None:
        """Degrees of freedom of the noise, above 2.1; ``None`` where it is normal."""
        return None if self.raw_freedom is None else freedom_of(self.raw_freedom)

    def noise(self, n: int, generator: torch.Generator) -> Tensor:
        """Noise of unit variance for n days, (n, n_assets); gradients reach the degrees of freedom."""
        return unit_noise((n, self.n_assets), self.freedom(), generator)

    def moments(self, latent: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of the scores, each (..., n_assets), of latents (..., n_latent)."""
        own: Tensor | None = None
        if condition.shape[-1] > self.n_condition:
            pull, own = self._pulls(condition)
            latent, condition = latent + pull, condition[..., : self.n_condition]
        gate = torch.tanh(self.through(self.gate, condition))
        factors = latent * torch.exp(gate)
        mean = factors @ self.loadings.T + self.through(self.bend, factors)
        bend = torch.tanh(self.through(self.spread, latent))
        # Without this division a gate would raise variances along with correlations; variance is the filter's task.
        log_inflation = self._log_inflation(gate)
        mean = mean * torch.exp(-0.5 * log_inflation)
        return mean if own is None else mean + own, self.log_noise + 1.5 * bend - log_inflation

    def relative(self, factors: Tensor, condition: Tensor) -> Tensor:
        """Mean factors that a code tells, as latents that are standard normal whatever the label, for the KL.

        Taken of the factors themselves, a KL would leave the label's part to the code, and it is hardly learned.
        """
        return factors - self._pulls(condition)[0] if condition.shape[-1] > self.n_condition else factors

    def _pulls(self, condition: Tensor) -> tuple[Tensor, Tensor]:
        """Means that a label makes likely: of the factors (..., n_latent), of the assets (..., n_assets); else zero."""
        if self.label is None:
            raise ValueError(f"condition of {condition.shape[-1]} numbers for a decoder of {self.n_condition}")
        level, told = condition[..., self.n_condition :].chunk(2, dim=-1)
        said = self.label(told * level)  # linear: of mean zero over all labels, so with and without agree on average
        factors, assets = said.split([self.n_latent, self.n_assets], dim=-1)
        return factors, assets

    def forward(self, latent: Tensor, condition: Tensor, noise: Tensor) -> Tensor:
        """Draw scores (n, n_assets) from standard normal latents (n, n_latent) and ``noise`` (n, n_assets)."""
        mean, log_variance = self.moments(latent, condition)
        return torch.addcmul(mean, torch.exp(0.5 * log_variance), noise)

    def _log_inflation(self, gate: Tensor) -> Tensor:
        """Log of the linear part's variance under the gate, relative to its variance without, (..., n_assets)."""
        strength, noise = self.loadings**2, torch.exp(self.log_noise)
        gated = torch.exp(2 * gate) @ strength.T + noise
        return torch.log(gated) - torch.log(strength.sum(1) + noise)


class Encoder(Lowered):
    """Mean and log variance of the latents given scores and condition."""

    def __init__(self, n_assets: int, n_latent: int, n_condition: int, n_hidden: int) -> None:
        super().__init__()
        self.network = mlp(n_assets + n_condition, n_hidden, 2 * n_latent)

    def forward(self, scores: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_variance = self.through(self.network, torch.cat([scores, condition], -1)).chunk(2, -1)
        return mean, log_variance.clamp(-10, 5)


class Critic(Lowered):
    """A verdict without bounds on scores, their sizes, the market's mean and mean square, under the condition."""

    def __init__(self, n_assets: int, n_condition: int, n_hidden: int) -> None:
        super().__init__()
        self.network = mlp(2 * n_assets + 2 + n_condition, 2 * n_hidden, 1)

    def forward(self, scores: Tensor, condition: Tensor) -> Tensor:
        mean, square = scores.mean(-1, keepdim=True), (scores**2).mean(-1, keepdim=True)
        seen = torch.cat([scores, scores.abs(), mean, square, condition], -1)
        return self.through(self.network, seen).squeeze(-1)
