"""Each detector speaks on a training made to fail in its way, and holds its tongue on the default ones."""

from typing import Any

import pytest
import torch

from fingen_core.generators.filtered.generator import NeuralGenerator, train
from fingen_core.generators.pictures.generator import train_pictures
from fingen_core.market import Market, bundled
from fingen_core.training import detectors, probes
from fingen_core.training.settings.config import preset
from fingen_core.training.settings.picture_config import picture_preset

KINDS = {"posterior collapse", "mode collapse", "critic too strong", "critic too weak", "divergence"}


@pytest.fixture(scope="module")
def market() -> Market:
    return bundled().select(["AAPL", "JPM", "XOM"]).between("2005-01-01", "2011-12-31")


def trained(market: Market, model: Any, **changes: Any) -> NeuralGenerator:
    short = {"filter_epochs": 1, "vae_steps": 100, "gan_steps": 100, "validate_every": 1000, "refit": False}
    return train(market, preset("quick", model, **{**short, **changes}), device="cpu")


def kinds(generator: NeuralGenerator) -> set[str]:
    return {found["kind"] for found in generator.info["findings"]}


FAILURES: dict[str, dict[str, Any]] = {
    "posterior collapse": {"model": "vae", "kl_weight": 10.0, "kl_warmup": 0.0},
    "mode collapse": {
        "model": "gan",
        "gan_loss": "hinge",
        "gradient_penalty": 0.0,
        "critic_updates": 1,
        "critic_learning_rate": 1e-5,
        "generator_learning_rate": 0.01,
    },
    # The VAE runs away and leaves a generator that cannot move; the critic has an easy task.
    "critic too strong": {
        "model": "gan",
        "optimizer": "rmsprop",
        "schedule": "constant",
        "learning_rate": 1.0,
        "gan_loss": "cross-entropy",
        "critic_learning_rate": 0.01,
        "generator_learning_rate": 1e-6,
    },
    "critic too weak": {
        "model": "gan",
        "critic_learning_rate": 1e-6,
        "critic_updates": 1,
        "generator_learning_rate": 0.01,
    },
    "divergence": {"model": "vae", "optimizer": "rmsprop", "schedule": "constant", "learning_rate": 1.0},
}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_detector_fires_on_a_run_made_to_fail_in_its_way(market: Market, kind: str) -> None:
    generator = trained(market, **FAILURES[kind])
    found = [one for one in generator.info["findings"] if one["kind"] == kind]
    assert len(found) == 1, "once in a phase, and no more"
    assert found[0]["phase"] == ("VAE" if FAILURES[kind]["model"] == "vae" else "GAN")
    assert found[0]["step"] % detectors.READ_EVERY == 0
    assert found[0]["sentence"].endswith(".")
    assert any(character.isdigit() for character in found[0]["sentence"])
    assert found[0]["remedy"].endswith(".")
    if kind == "critic too weak":  # and the generator does what it likes
        assert "mode collapse" in kinds(generator)


def test_none_fires_on_the_default_training() -> None:
    """The GAN's training begins with that of the VAE, so it stands for both."""
    large = bundled().between("1998-01-01", "2012-12-31")
    shorter = {"validate_every": 1000, "filter_epochs": 2, "refit": False}
    generator = train(large, preset("quick", "gan", **shorter), device="cpu")  # type: ignore[arg-type]
    assert generator.info["findings"] == []


@pytest.mark.parametrize("tickers", [["JPM"], ["AAPL", "JPM", "XOM"]])
def test_none_fires_on_a_market_of_few_assets(market: Market, tickers: list[str]) -> None:
    generator = trained(market.select(tickers), "gan", vae_steps=200, gan_steps=100)
    assert generator.info["findings"] == []


def heard(readings: dict[str, list[float]], share: float = 1.0, n_assets: int = 9) -> list[str]:
    found = detectors.findings(readings, share=share, n_assets=n_assets, n_latent=8, kl_warmup=0.2)
    return [one.kind for one in found]


def test_one_wild_reading_is_passed_over() -> None:
    assert heard({"vae/kl": [1.0, 1.0, 500.0, 1.0]}) == []
    assert heard({"vae/kl": [1.0, 500.0, 600.0, 700.0]}) == ["divergence"]
    assert heard({"vae/gradient_norm": [1.0, 500.0, 600.0, 700.0]}) == []  # norms are clipped, so their size is no loss
    assert (
        heard({"generator/adversarial": [0.0, 17.0, 18.0, 19.0]}) == []
    )  # a critic's scores have no zero of their own
    assert heard({"critic/wasserstein": [0.0, 17.0, 18.0, 19.0]}) == ["divergence"]
    assert heard({"generator/mismatch": [0.1, 500.0, 600.0, 700.0]}) == []
    assert heard({"generator/variance": [0.2, 0.9, 0.2], "generator/effective_rank": [1.0] * 3}) == []
    assert heard({"generator/variance": [0.2, 0.2, 0.2], "generator/effective_rank": [1.0] * 3}) == ["mode collapse"]


def test_the_encoder_gets_time_and_one_asset_has_no_common_factor() -> None:
    empty = {"vae/active_units": [0.0, 0.0, 0.0]}
    assert heard(empty) == ["posterior collapse"]
    assert heard(empty, share=0.3) == []
    assert heard(empty, n_assets=1) == []
    assert heard({"vae/active_units": [4.0, 4.0, 4.0]}) == []


def test_a_critic_that_guesses_is_not_weak_while_the_draws_are_good() -> None:
    guessing = {"critic/told_apart": [0.4, 0.4, 0.4]}
    assert heard({**guessing, "generator/mismatch": [0.01, 0.01, 0.01]}) == []
    assert heard({**guessing, "generator/mismatch": [0.5, 0.5, 0.5]}) == ["critic too weak"]
    assert heard({"critic/told_apart": [0.95, 0.97, 0.99]}) == ["critic too strong"]


def test_effective_rank_counts_directions() -> None:
    generator = torch.Generator().manual_seed(0)
    sample = torch.randn(20_000, 4, generator=generator)
    assert float(probes.effective_rank(sample)) == pytest.approx(4.0, abs=0.01)
    flat = sample * torch.tensor([1.0, 1.0, 1e-3, 1e-3])
    assert float(probes.effective_rank(flat)) == pytest.approx(2.0, abs=0.01)
    assert float(probes.effective_rank(sample[:, :1])) == pytest.approx(1.0)


def test_told_apart_is_the_share_of_pairs_in_the_right_order() -> None:
    real, generated = torch.tensor([1.0, 2.0]), torch.tensor([0.0, 1.0, 3.0])
    right = sum((r > g) + 0.5 * (r == g) for r in real.tolist() for g in generated.tolist())
    assert float(probes.told_apart(real, generated)) == pytest.approx(right / 6)


def test_active_units_are_those_whose_means_vary() -> None:
    means = torch.randn(500, 3, generator=torch.Generator().manual_seed(0)) * torch.tensor([1.0, 0.2, 0.01])
    assert int(probes.active_units(means)) == 2


def painted(market: Market, **changes: Any) -> list[dict[str, Any]]:
    settings = {"network": "dense", "size": 8, "steps": 80, "validate_every": 40, "loss": "hinge"}
    generator = train_pictures(market, picture_preset("quick", "gan", **{**settings, **changes}), device="cpu")
    return [found for found in generator.info["findings"] if found["kind"] != "note"]


def test_a_painter_that_paints_the_same_again_and_again_is_found_out_and_a_plain_one_is_not(market: Market) -> None:
    spoiled = {"learning_rate": 0.02, "critic_learning_rate": 1e-5, "critic_updates": 1, "gradient_penalty": 0.0}
    (found,) = [one for one in painted(market, **spoiled) if one["kind"] == "mode collapse"]
    assert found["phase"] == "Painting (GAN)"
    assert found["sentence"].startswith("Generated windows have ")
    assert "gradient penalty" in found["remedy"]
    assert "mode collapse" not in {one["kind"] for one in painted(market)}


def test_diversity_of_paintings_is_measured_against_as_many_windows() -> None:
    generator = torch.Generator().manual_seed(0)
    windows, condition = torch.randn(96, 1, 12, 10, generator=generator), torch.zeros(96, 2)
    same = probes.painter_probe(lambda _: windows, windows, condition)()
    assert same["variance"] == pytest.approx(1.0)
    assert same["effective_rank"] == pytest.approx(1.0)
    stripes = windows[:, :, :1].expand(-1, -1, 12, -1)
    assert probes.painter_probe(lambda _: stripes, windows, condition)()["effective_rank"] < 0.3
    assert probes.painter_probe(lambda _: 0.1 * windows, windows, condition)()["variance"] == pytest.approx(0.01)


def test_the_rank_of_few_examples_is_that_of_the_large_matrix() -> None:
    few = torch.randn(20, 30, generator=torch.Generator().manual_seed(1))
    values = torch.linalg.eigvalsh(torch.cov(few.double().T)).clamp_min(1e-12)
    share = values / values.sum()
    by_hand = torch.exp(-(share * share.log()).sum())
    assert float(probes.effective_rank(few)) == pytest.approx(float(by_hand), rel=1e-6)
