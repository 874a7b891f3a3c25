"""Every loss term against a slow formula that anybody can read, and the things that must not hold."""

import math
from typing import get_args

import numpy as np
import pytest
import torch
from torch import Tensor

from fingen_core.metrics.scores import fz0
from fingen_core.models import losses
from fingen_core.models.factor import Decoder, Encoder
from fingen_core.types import GanLoss

REAL, GENERATED = [2.0, 0.5, -1.0], [0.3, -2.0, 1.5]


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


BY_HAND = {
    "wasserstein": (mean(GENERATED) - mean(REAL), -mean(GENERATED)),
    "cross-entropy": (
        -mean([math.log(sigmoid(r)) for r in REAL]) - mean([math.log(1 - sigmoid(g)) for g in GENERATED]),
        -mean([math.log(sigmoid(g)) for g in GENERATED]),
    ),
    "minimax": (
        -mean([math.log(sigmoid(r)) for r in REAL]) - mean([math.log(1 - sigmoid(g)) for g in GENERATED]),
        mean([math.log(1 - sigmoid(g)) for g in GENERATED]),
    ),
    "least-squares": (
        mean([(r - 1) ** 2 for r in REAL]) / 2 + mean([g**2 for g in GENERATED]) / 2,
        mean([(g - 1) ** 2 for g in GENERATED]) / 2,
    ),
    "hinge": (
        mean([max(0.0, 1 - r) for r in REAL]) + mean([max(0.0, 1 + g) for g in GENERATED]),
        -mean(GENERATED),
    ),
}


@pytest.mark.parametrize("kind", get_args(GanLoss))
def test_gan_losses_are_those_of_their_formulas(kind: GanLoss) -> None:
    real, generated = torch.tensor(REAL), torch.tensor(GENERATED)
    critic, generator = BY_HAND[kind]
    assert float(losses.critic_loss(kind, real, generated)) == pytest.approx(critic, rel=1e-5)
    assert float(losses.adversarial_loss(kind, generated)) == pytest.approx(generator, rel=1e-5)


@pytest.mark.parametrize("kind", get_args(GanLoss))
def test_both_sides_pull_at_the_verdict_in_opposite_directions(kind: GanLoss) -> None:
    verdict = torch.zeros(4, requires_grad=True)
    (critic,) = torch.autograd.grad(losses.critic_loss(kind, torch.zeros(4), verdict - 0.1), verdict)
    (generator,) = torch.autograd.grad(losses.adversarial_loss(kind, verdict - 0.1), verdict)
    assert (generator < 0).all()
    # Least squares pulls towards its labels 1 and 0, so a verdict below 0 is raised by both.
    assert (critic < 0).all() if kind == "least-squares" else (critic > 0).all()


def test_minimax_fades_where_the_critic_is_sure_and_its_cousin_does_not() -> None:
    sure = torch.full((3,), -12.0, requires_grad=True)
    pulls = {
        kind: float(torch.autograd.grad(losses.adversarial_loss(kind, sure), sure)[0].abs().sum())
        for kind in ("minimax", "cross-entropy")
    }
    assert pulls["minimax"] < 1e-4
    assert pulls["cross-entropy"] == pytest.approx(1.0, abs=1e-3)


def test_penalties_are_those_of_a_critic_whose_slope_is_known() -> None:
    weights = torch.tensor([3.0, 4.0])  # slope 5 everywhere
    generator = torch.Generator().manual_seed(0)
    real, generated = torch.randn(2, 6, 2, generator=generator)

    def linear(x: Tensor) -> Tensor:
        return x @ weights

    def bowl(x: Tensor) -> Tensor:
        return 0.5 * (x**2).sum(-1)  # slope x

    assert float(losses.gradient_penalty(linear, real, generated, generator)) == pytest.approx(16.0)
    assert float(losses.real_slope(linear, real)) == pytest.approx(25.0)
    assert float(losses.real_slope(bowl, real).detach()) == pytest.approx(float((real**2).sum(-1).mean()), rel=1e-6)


def test_likelihoods_are_those_of_torch() -> None:
    generator = torch.Generator().manual_seed(1)
    x, center, log_variance = (torch.randn(5, 3, generator=generator) for _ in range(3))
    freedom = torch.tensor(4.5)
    normal = torch.distributions.Normal(center, torch.exp(0.5 * log_variance))
    scale = torch.sqrt(torch.exp(log_variance) * (freedom - 2) / freedom)
    student = torch.distributions.StudentT(freedom, center, scale)
    assert float(losses.gaussian_likelihood(x, center, log_variance)) == pytest.approx(
        -float(normal.log_prob(x).sum(-1).mean()), rel=1e-5
    )
    assert float(losses.student_likelihood(x, center, log_variance, freedom)) == pytest.approx(
        -float(student.log_prob(x).sum(-1).mean()), rel=1e-5
    )


def test_student_likelihood_minds_an_outlier_less_than_the_gaussian() -> None:
    calm, wild = torch.zeros(1, 1), torch.full((1, 1), 8.0)
    zero, freedom = torch.zeros(1, 1), torch.tensor(4.0)
    gaussian = losses.gaussian_likelihood(wild, zero, zero) - losses.gaussian_likelihood(calm, zero, zero)
    student = losses.student_likelihood(wild, zero, zero, freedom) - losses.student_likelihood(
        calm, zero, zero, freedom
    )
    assert float(gaussian) == pytest.approx(32.0)
    assert float(student) < 10


def test_squared_error_is_half_the_squares_in_units_of_the_scale() -> None:
    x, center = torch.tensor([[1.0, 2.0], [0.0, 0.0]]), torch.tensor([[0.0, 0.0], [1.0, 4.0]])
    log_variance = torch.log(torch.tensor([1.0, 4.0]))
    assert float(losses.squared_error(x, center, log_variance)) == pytest.approx(0.5 * mean([1 + 1, 1 + 4]))


def test_kl_divergence_is_that_of_torch_and_free_bits_are_its_floor() -> None:
    means, log_variance = torch.randn(2, 7, 3, generator=torch.Generator().manual_seed(0))
    code = torch.distributions.Normal(means, torch.exp(0.5 * log_variance))
    exact = torch.distributions.kl_divergence(code, torch.distributions.Normal(0.0, 1.0))
    assert float(losses.kl_divergence(means, log_variance)) == pytest.approx(float(exact.sum(-1).mean()), rel=1e-5)
    each = exact.mean(0).tolist()
    floor = sorted(each)[1] + 1e-3
    expected = sum(max(value, floor) for value in each)
    assert float(losses.kl_divergence(means, log_variance, floor)) == pytest.approx(expected, rel=1e-5)


def test_an_empty_latent_is_not_pulled_further_while_it_has_free_bits() -> None:
    means = torch.full((4, 1), 0.1, requires_grad=True)
    (plain,) = torch.autograd.grad(losses.kl_divergence(means, torch.zeros(4, 1)), means)
    (free,) = torch.autograd.grad(losses.kl_divergence(means, torch.zeros(4, 1), 0.1), means)
    assert plain.abs().sum() > 0
    assert free.abs().sum() == 0


def test_moment_error_is_that_of_a_slow_formula() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((40, 2)), 1.5 * rng.standard_t(5, (50, 2)) + 0.2

    def moments(x: np.ndarray) -> list[float]:
        spread = math.sqrt(np.mean((x - x.mean()) ** 2))
        scaled = (x - x.mean()) / spread
        return [x.mean(), math.log(spread), np.mean(scaled**3), np.mean(scaled**4)]

    columns = [(a[:, 0], b[:, 0]), (a[:, 1], b[:, 1]), (a.mean(axis=1), b.mean(axis=1))]
    found = [
        (ours - theirs) ** 2 / chance
        for one, other in columns
        for ours, theirs, chance in zip(moments(one), moments(other), (1, 0.5, 6, 24), strict=True)
    ]
    assert float(losses.moment_error(torch.tensor(a), torch.tensor(b))) == pytest.approx(np.mean(found), rel=1e-5)


def test_moments_of_one_normal_sample_and_another_differ_by_chance_only() -> None:
    """Each of the four has mean 2 / n over samples of n; four standard errors over 200 pairs."""
    generator, n = torch.Generator().manual_seed(2), 500
    pairs = [losses.moment_error(*torch.randn(2, n, 1, generator=generator)) for _ in range(200)]
    errors = n / 2 * torch.stack(pairs)
    tolerance = 4 * float(errors.std()) / math.sqrt(len(errors))
    assert float(errors.mean()) == pytest.approx(1.0, abs=tolerance)
    heavy = losses.moment_error(torch.randn(n, 1, generator=generator) ** 3, torch.randn(n, 1, generator=generator))
    assert n / 2 * float(heavy) > 1 + tolerance  # and what is not normal is not taken for chance


def test_tail_score_is_fz0_of_the_sorted_draws() -> None:
    rng = np.random.default_rng(1)
    drawn, real = rng.standard_normal((100, 3)), rng.standard_t(4, (60, 3))
    portfolios = rng.dirichlet(np.ones(3), 4).T
    expected = []
    for weights in portfolios.T:
        tail = np.sort(drawn @ weights)[:5]
        expected.append(np.mean(fz0(-tail[-1], -tail.mean(), real @ weights, tail=0.05)))
    found = losses.tail_score(torch.tensor(drawn), torch.tensor(real), torch.tensor(portfolios))
    assert float(found) == pytest.approx(np.mean(expected), rel=1e-6)


def test_tail_score_is_least_where_the_spread_is_right_and_pulls_there() -> None:
    generator = torch.Generator().manual_seed(3)
    real, noise = (torch.randn(4000, 4, generator=generator) for _ in range(2))
    portfolios = losses.random_portfolios(4, generator)
    scores = {size: float(losses.tail_score(size * noise, real, portfolios)) for size in (0.5, 0.8, 1.0, 1.25, 2.0)}
    assert min(scores, key=lambda size: scores[size]) == 1.0
    for size, sign in ((0.6, -1), (1.6, 1)):
        scale = torch.tensor(size, requires_grad=True)
        (slope,) = torch.autograd.grad(losses.tail_score(scale * noise, real, portfolios), scale)
        assert math.copysign(1, float(slope)) == sign


def test_tail_score_of_draws_that_only_gain_is_finite() -> None:
    drawn = torch.full((100, 2), 3.0, requires_grad=True)
    real = torch.randn(100, 2, generator=torch.Generator().manual_seed(0))
    found = losses.tail_score(drawn, real, torch.full((2, 3), 0.5))
    assert math.isfinite(float(found.detach()))


def test_portfolios_are_long_or_short_and_fully_invested() -> None:
    weights = losses.random_portfolios(5, torch.Generator().manual_seed(0), 8)
    torch.testing.assert_close(weights.sum(0), torch.tensor([1.0] * 4 + [-1.0] * 4))
    assert (weights[:, :4] >= 0).all()
    assert (weights[:, 4:] <= 0).all()


def test_student_noise_has_unit_variance_and_heavy_tails() -> None:
    n = 200_000
    decoder = Decoder(1, 1, 4, 4, heavy=True)
    with torch.no_grad():
        assert decoder.raw_freedom is not None
        decoder.raw_freedom.copy_(torch.tensor(8.0))  # 10.1 degrees: kurtosis 3 + 6 / 6.1
        noise = decoder.noise(n, torch.Generator().manual_seed(0))
    freedom = 2.1 + math.log1p(math.exp(8.0))
    kurtosis = 3 + 6 / (freedom - 4)
    assert float(noise.var()) == pytest.approx(1.0, abs=4 * math.sqrt((kurtosis - 1) / n))
    # The eighth moment is finite above 8 degrees only and huge here: the error of a kurtosis is taken from ten parts.
    parts = (noise.reshape(10, -1) ** 4).mean(1)
    assert float(parts.mean()) == pytest.approx(kurtosis, abs=4 * float(parts.std()) / math.sqrt(10))
    normal = Decoder(1, 1, 4, 4).noise(n, torch.Generator().manual_seed(0))
    assert abs(float((normal**4).mean()) - kurtosis) > 4 * float(parts.std()) / math.sqrt(10)


def test_gradients_reach_the_degrees_of_freedom_from_both_sides() -> None:
    decoder, encoder = Decoder(3, 2, 4, 8, heavy=True), Encoder(3, 2, 4, 8)
    generator = torch.Generator().manual_seed(0)
    scores, condition = torch.randn(50, 3, generator=generator), torch.zeros(50, 4)
    terms = losses.variational_terms(encoder, decoder, scores, condition, generator, likelihood="student-t")
    moments = losses.moment_error(losses.draw_like(decoder, condition, generator), scores)
    for loss in (terms["reconstruction"], moments):
        decoder.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        assert decoder.raw_freedom is not None
        assert decoder.raw_freedom.grad is not None
        assert float(decoder.raw_freedom.grad.abs()) > 0
