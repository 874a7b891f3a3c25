"""The latent map: where the encoder puts days, what is decoded of them, and how the warm worker answers."""

import numpy as np
import pytest

from fingen_core.errors import InvalidInput
from fingen_core.generators.filtered.generator import NeuralGenerator, train
from fingen_core.generators.filtered.latent_map import latent_map, walk
from fingen_core.jobs.warm.sampler import Latents, Walk
from fingen_core.jobs.warm.sampler_worker import Studio
from fingen_core.market import Market, bundled
from fingen_core.runs import RunStore
from fingen_core.training.settings.config import TrainingConfig, preset

SHORT = {"filter_epochs": 2, "vae_steps": 60, "validate_every": 30, "validation_share": 0.05}


@pytest.fixture(scope="module")
def market() -> Market:
    return bundled().select(["AAPL", "JPM", "KO", "XOM"]).between("2007-01-01", "2009-06-30")


@pytest.fixture(scope="module")
def config() -> TrainingConfig:
    return preset("quick", "vae", **SHORT)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def folder(market: Market, config: TrainingConfig, tmp_path_factory):
    place = tmp_path_factory.mktemp("vae")
    train(market, config, folder=place, device="cpu")
    return place


@pytest.fixture(scope="module")
def generator(folder) -> NeuralGenerator:
    return NeuralGenerator.load(folder)


def test_the_map_holds_every_day_in_the_directions_of_most_variance(generator: NeuralGenerator, market: Market) -> None:
    found = latent_map(generator, market)
    assert found.points.shape == (market.n_steps, 2)
    assert found.volatility.shape == (market.n_steps,)
    assert (found.volatility > 0).all()
    assert 0 < found.shares[1] <= found.shares[0] < 1
    np.testing.assert_allclose(found.points.mean(axis=0), 0, atol=1e-6)
    assert abs(np.corrcoef(found.points.T)[0, 1]) < 1e-6
    # Wild days are where the volatility that was expected is high: the autumn of 2008 against the spring of 2007.
    dates = market.return_dates
    assert found.volatility[dates >= "2008-10-01"][:40].mean() > 2 * found.volatility[dates < "2007-04-01"].mean()


def test_a_day_decodes_to_a_pattern_like_its_own(generator: NeuralGenerator, market: Market) -> None:
    returns = market.log_returns()
    decoded = np.concatenate([walk(generator, market, row, row, 1) for row in range(0, market.n_steps, 10)])
    real = returns[::10]
    together = np.corrcoef(decoded.mean(axis=1), real.mean(axis=1))[0, 1]
    shuffled = np.corrcoef(decoded.mean(axis=1), np.roll(real.mean(axis=1), 7))[0, 1]
    assert together > 0.9
    assert abs(shuffled) < 0.5


def test_a_walk_begins_and_ends_at_its_days(generator: NeuralGenerator, market: Market) -> None:
    way = walk(generator, market, 10, 400, 5)
    np.testing.assert_allclose(way[0], walk(generator, market, 10, 10, 1)[0], rtol=1e-5)
    np.testing.assert_allclose(way[-1], walk(generator, market, 400, 400, 1)[0], rtol=1e-5)
    assert way.shape == (5, market.n_assets)
    steps = np.abs(np.diff(way, axis=0)).max(axis=0)
    assert (steps <= np.abs(way[-1] - way[0]) + 0.02).all(), "no jumps on the way"


def test_a_model_without_an_encoder_says_so(generator: NeuralGenerator, market: Market, config: TrainingConfig) -> None:
    model = generator.model
    tensors = {name: value for name, value in model.tensors().items() if not name.startswith("encoder.")}
    bare = NeuralGenerator.of(type(model).from_tensors(tensors, config), market, config, {})
    assert bare.model.encoder is None
    with pytest.raises(InvalidInput, match="cannot say which code a day has"):
        latent_map(bare, market)


def test_the_worker_answers_for_a_run(home, folder, market: Market, config: TrainingConfig, tmp_path) -> None:
    store = RunStore()
    run = store.create(market, config)
    for name in ("generator.safetensors", "generator.json"):
        (run.folder / name).write_bytes((folder / name).read_bytes())
    studio, source = Studio(store, tmp_path), f"run:{run.id}"
    answer = studio.answer({"id": 1, "op": "latents", "source": source})
    arrays = {name: np.load(tmp_path / file) for name, file in answer["files"].items()}
    found = Latents(days=tuple(answer["days"]), **arrays)
    assert len(found.days) == len(found.points) == market.n_steps
    first, second = found.days[10], found.days[400]
    answer = studio.answer({"id": 2, "op": "walk", "source": source, "first": first, "second": second, "n": 3})
    arrays = {name: np.load(tmp_path / file) for name, file in answer["files"].items()}
    way = Walk(tickers=tuple(answer["tickers"]), **arrays)
    assert way.decoded.shape == (3, market.n_assets)
    np.testing.assert_allclose(way.real, market.log_returns()[[10, 400]])
    with pytest.raises(InvalidInput, match="is no day of"):
        studio.answer({"id": 3, "op": "walk", "source": source, "first": "2008-01-05", "second": second, "n": 3})
    with pytest.raises(InvalidInput, match="no latent map of days"):
        studio.answer({"id": 4, "op": "latents", "source": "block-bootstrap"})
