"""What is left when a part of the neural generator is taken away."""

import numpy as np
import pytest
import torch

from fingen_core.errors import InvalidInput
from fingen_core.generators.filtered import ablations, fitting
from fingen_core.generators.filtered.ablations import FilteredRows
from fingen_core.generators.filtered.generator import NeuralGenerator
from fingen_core.generators.protocol.base import Generator
from fingen_core.market import Market, bundled
from fingen_core.training.progress import Progress
from fingen_core.training.settings.config import preset


@pytest.fixture(scope="module")
def market() -> Market:
    return bundled().select(["AAPL", "JPM", "XOM"]).between("2007-01-01", "2011-12-31")


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    def brief(*_: object, seed: int) -> object:
        return preset("quick", "vae", vae_steps=60, filter_epochs=1, validate_every=30, batch_size=64, seed=seed)

    monkeypatch.setattr(ablations, "preset", brief)


def ignore(_: Progress) -> None:
    return None


def test_the_linear_copula_stays_linear_and_its_gate_learns(market: Market) -> None:
    built = ablations.build("linear-copula", market, seed=0, device="cpu", on_progress=ignore)
    assert isinstance(built, NeuralGenerator)
    assert built.label == "Linear factor copula"
    decoder = built.model.decoder
    latent, condition = torch.randn(50, decoder.n_latent), torch.randn(50, decoder.n_condition)
    mean, _ = decoder.moments(latent, condition)
    opposite, _ = decoder.moments(-latent, condition)
    torch.testing.assert_close(mean, -opposite)
    # The full model, trained alike, is not linear: the check above can fail.
    full = fitting.Fitting(market, ablations.preset(seed=0), NeuralGenerator, device="cpu").run()
    bent, back = (full.model.decoder.moments(sign * latent, condition)[0] for sign in (1, -1))
    assert float((bent + back).abs().max()) > 1e-4
    assert float(decoder.gate(condition).abs().max()) > 0


def test_residual_days_are_days_of_the_past(market: Market) -> None:
    built = ablations.build("filter-rows", market, seed=0, device="cpu", on_progress=ignore)
    assert isinstance(built, FilteredRows)
    assert isinstance(built, Generator)
    representation = built._fitted().representation
    scale = representation.sigma(representation.memory(market.log_returns()))
    drift = float(representation.volatility.drift()) * representation.scale
    past = (market.log_returns() - drift) / scale[:-1]
    residuals = built._fitted().deepened(torch.tensor(past, dtype=torch.float32)).numpy()
    drawn = (built.sample(50, 1, seed=1)[:, 0] - drift) / scale[-1]
    apart = np.abs(drawn[:, None] - residuals[None]).max(axis=-1)
    assert np.median(apart.min(axis=1)) < 1e-5
    assert (apart.min(axis=1) < 1e-3).mean() > 0.9  # tables interpolate between the most extreme days
    assert np.sort(apart, axis=1)[:, 1].min() > 1e-3  # any two days are farther apart than that
    np.testing.assert_array_equal(built.sample(5, 3, seed=2), built.sample(5, 3, seed=2))


def test_an_unknown_ablation_is_named(market: Market) -> None:
    with pytest.raises(InvalidInput, match="ablation 'depth': choose linear-copula or filter-rows"):
        ablations.build("depth", market, seed=0, device="cpu", on_progress=ignore)


def test_residual_days_must_be_fitted_first() -> None:
    with pytest.raises(InvalidInput, match="has not been fitted"):
        FilteredRows().sample(1, 1, seed=0)
