"""Random code that must be right on average: fixed seeds, tolerance of four standard errors."""

import math

import numpy as np
import pytest
import torch

from fingen_core.models.decoder_calibration import Calibration, calibrate, interpolate
from fingen_core.models.factor import Critic, Decoder, Encoder
from fingen_core.models.losses import adversarial_terms, correlation_error, critic_terms, draw_like, variational_terms
from fingen_core.models.volatility import HOME, N_CANDIDATES, N_FEATURES, PULL, VolatilityFilter

N = 40_000
FOUR_ERRORS_OF_A_MEAN = 4 / math.sqrt(N)
FOUR_ERRORS_OF_A_CORRELATION = 4 / math.sqrt(N)


@pytest.fixture(scope="module")
def sample() -> torch.Tensor:
    """Correlated, heavy-tailed scores of four assets."""
    generator = np.random.default_rng(0)
    common = generator.standard_normal((N, 1))
    own = generator.standard_normal((N, 4))
    return torch.tensor((0.8 * common + 0.6 * own), dtype=torch.float32)


@pytest.fixture(scope="module")
def maps(sample: torch.Tensor) -> tuple[Calibration, torch.Tensor]:
    """Calibration of draws that are wrong in every way: scale, correlation, tails."""
    generator = torch.Generator().manual_seed(1)
    draws = torch.randn(N, 4, generator=generator) @ torch.tensor(
        [[0.5, 0.1, 0, 0], [0, 0.7, 0, 0], [0, 0, 2.0, 0.3], [0, 0, 0, 1.0]]
    )
    draws = torch.sinh(0.5 * draws) + 0.3
    return calibrate(draws, sample), draws


def calibrated(maps: tuple[Calibration, torch.Tensor]) -> torch.Tensor:
    calibration, draws = maps
    return interpolate(calibration.margins, calibration.align(draws))


def margin_errors(scores: torch.Tensor) -> torch.Tensor:
    levels = torch.tensor([0.01, 0.05, 0.5, 0.95, 0.99])
    exact = math.sqrt(2) * torch.erfinv(2 * levels - 1)
    return (torch.quantile(scores, levels, dim=0) - exact[:, None]).abs()


def test_calibrated_margins_are_standard_normal(maps: tuple[Calibration, torch.Tensor]) -> None:
    # The 1 % quantile of N draws has a standard error of sqrt(.01 * .99 / N) / density = .019.
    assert margin_errors(calibrated(maps)).max() < 4 * 0.019


def test_uncalibrated_margins_fail_the_same_test(maps: tuple[Calibration, torch.Tensor]) -> None:
    assert margin_errors(maps[1]).max() > 4 * 0.019


def test_calibrated_correlations_are_those_of_the_sample(
    maps: tuple[Calibration, torch.Tensor], sample: torch.Tensor
) -> None:
    difference = (torch.corrcoef(calibrated(maps).T) - torch.corrcoef(sample.T)).abs().max()
    # The rank maps after the transport bend correlations a little; .03 is what that costs on draws this wrong.
    assert difference < FOUR_ERRORS_OF_A_CORRELATION + 0.03
    assert (torch.corrcoef(maps[1].T) - torch.corrcoef(sample.T)).abs().max() > 0.3


def test_an_untrained_decoder_is_a_linear_factor_copula(sample: torch.Tensor) -> None:
    decoder = Decoder(4, 1, 4, 8)
    decoder.start_linear(sample)
    drawn = draw_like(decoder, torch.zeros(N, 4), torch.Generator().manual_seed(2))
    assert drawn.mean(0).abs().max() < FOUR_ERRORS_OF_A_MEAN
    difference = (torch.corrcoef(drawn.T) - torch.corrcoef(sample.T)).abs().max()
    assert difference < 2 * FOUR_ERRORS_OF_A_CORRELATION


def test_the_gate_moves_correlation_and_leaves_variance(sample: torch.Tensor) -> None:
    decoder = Decoder(4, 1, 4, 8)
    decoder.start_linear(sample)
    torch.nn.init.constant_(decoder.gate[-1].bias, 0.5)  # type: ignore[arg-type]
    drawn = draw_like(decoder, torch.zeros(N, 4), torch.Generator().manual_seed(2))
    # The variance of a sample variance is 2 / N.
    assert (drawn.var(0) - sample.var(0)).abs().max() < 2 * 4 * math.sqrt(2 / N)
    assert torch.corrcoef(drawn.T)[0, 1] > torch.corrcoef(sample.T)[0, 1] + 0.05


@torch.no_grad()
def test_the_condition_moves_correlation_and_nothing_else(sample: torch.Tensor) -> None:
    """Under every condition noise follows the latents alone, but for the division that keeps variances."""
    decoder = Decoder(4, 1, 2, 8)
    decoder.start_linear(sample)
    generator = torch.Generator().manual_seed(5)
    for weight in (*decoder.spread.parameters(), *decoder.gate.parameters()):
        torch.nn.init.normal_(weight, std=0.7, generator=generator)
    latent = torch.randn(100, 1, generator=torch.Generator().manual_seed(6))
    noise = []
    for condition in (torch.full((100, 2), -2.0), torch.full((100, 2), 2.0)):
        _, log_variance = decoder.moments(latent, condition)
        noise.append(log_variance + decoder._log_inflation(torch.tanh(decoder.gate(condition))))
    torch.testing.assert_close(*noise)
    assert noise[0].std(0).max() > 0.05  # it does vary from draw to draw
    drawn = [draw_like(decoder, torch.full((N, 2), at), torch.Generator().manual_seed(7)) for at in (-2.0, 2.0)]
    assert (torch.corrcoef(drawn[0].T) - torch.corrcoef(drawn[1].T)).abs().max() > 2 * FOUR_ERRORS_OF_A_CORRELATION


def test_the_likelihood_bound_holds_for_a_linear_gaussian_model() -> None:
    """With the exact posterior the bound is the Gaussian log likelihood itself."""
    decoder, encoder = Decoder(2, 1, 4, 4), Encoder(2, 1, 4, 4)
    with torch.no_grad():
        decoder.loadings.copy_(torch.tensor([[0.8], [0.6]]))
        decoder.log_noise.copy_(torch.log(torch.tensor([0.36, 0.64])))
        x = (
            torch.randn(N, 2, generator=torch.Generator().manual_seed(3))
            @ torch.linalg.cholesky(torch.tensor([[1.0, 0.48], [0.48, 1.0]])).T
        )
        precision = 1 + 0.8**2 / 0.36 + 0.6**2 / 0.64
        mean = (x @ torch.tensor([0.8 / 0.36, 0.6 / 0.64])) / precision

    class Exact(torch.nn.Module):
        def forward(self, scores: torch.Tensor, condition: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return mean[:, None], torch.full((N, 1), -math.log(precision))

    terms = variational_terms(
        Exact(),
        decoder,
        x,
        torch.zeros(N, 4),
        torch.Generator().manual_seed(4),  # type: ignore[arg-type]
    )
    covariance = torch.tensor([[1.0, 0.48], [0.48, 1.0]])
    exact = -torch.distributions.MultivariateNormal(torch.zeros(2), covariance).log_prob(x).mean()
    assert float(sum(terms.values()).detach()) == pytest.approx(float(exact), abs=4 * 1.5 / math.sqrt(N))  # type: ignore[union-attr]
    assert isinstance(encoder(x[:5], torch.zeros(5, 4))[0], torch.Tensor)


def test_volatility_filter_starts_a_little_home_from_the_plain_mean_of_its_candidates() -> None:
    network = VolatilityFilter(2, 8, torch.Generator().manual_seed(0))
    candidates = torch.arange(1.0, N_CANDIDATES + 1)[:, None].expand(-1, 3)
    sigma = network(torch.zeros(N_FEATURES, 3), candidates)
    exact = math.exp(0.5 * ((1 - PULL) * math.log(4.5) + PULL * HOME))
    torch.testing.assert_close(sigma, torch.full((3,), exact), rtol=1e-4, atol=0)


def test_student_likelihood_equals_that_of_torch() -> None:
    network = VolatilityFilter(1, 8, torch.Generator().manual_seed(0))
    y = torch.linspace(-3, 3, 7)
    candidates = torch.full((1, N_CANDIDATES, 7), 2.0)
    found = network.negative_log_likelihood(torch.zeros(1, N_FEATURES, 7), candidates, y[None])
    freedom = 2.1 + torch.nn.functional.softplus(torch.tensor(3.0))
    variance = math.exp((1 - PULL) * math.log(2.0001) + PULL * HOME)
    scale = torch.sqrt(variance * (freedom - 2) / freedom)
    exact = -torch.distributions.StudentT(freedom, torch.tensor(0.0), scale).log_prob(y).mean()
    assert float(found.detach()) == pytest.approx(float(exact), abs=1e-4)


def test_gradients_reach_every_parameter(sample: torch.Tensor) -> None:
    decoder, encoder, critic = Decoder(4, 2, 4, 8), Encoder(4, 2, 4, 8), Critic(4, 4, 8)
    for module in (decoder, encoder, critic):
        for parameter in module.parameters():
            torch.nn.init.normal_(parameter, std=0.3, generator=torch.Generator().manual_seed(5))
    generator = torch.Generator().manual_seed(6)
    rows, condition = sample[:64], torch.randn(64, 4, generator=generator)
    variational = sum(variational_terms(encoder, decoder, rows, condition, generator).values())
    drawn = draw_like(decoder, condition, generator)
    generative = sum(adversarial_terms(critic, drawn, condition).values()) + correlation_error(drawn, rows)
    critical = sum(critic_terms(critic, decoder, rows, condition, generator).values())
    for loss, modules in ((variational, (encoder, decoder)), (generative, (decoder,)), (critical, (critic,))):
        for module in modules:
            module.zero_grad()
        loss.backward(retain_graph=True)  # type: ignore[union-attr]
        for module in modules:
            # A shift of the critic's verdict changes no difference of verdicts.
            silent = [n for n, p in module.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
            assert set(silent) <= {"network.4.bias"}, silent
