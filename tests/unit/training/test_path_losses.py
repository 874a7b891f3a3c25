"""Terms over time see how days belong together, and nothing else; each pulls a painter where it should."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from fingen_core.generators.filtered import balancing
from fingen_core.generators.pictures.generator import board_for
from fingen_core.market import Market, bundled
from fingen_core.models import path_losses
from fingen_core.models.path_losses import memory_error, spectral_error
from fingen_core.models.picture_losses import painted
from fingen_core.representations.images import REPRESENTATIONS
from fingen_core.training.picture_recipe import picture_loop
from fingen_core.training.settings.knobs import KNOBS
from fingen_core.training.settings.picture_config import PictureConfig

N, DAYS, ASSETS = 400, 28, 3
CHANCE = {memory_error: 2 / (N * DAYS), spectral_error: 4 / N}
"""What two samples of one law differ by were their days normal and independent: each autocorrelation has variance
1 / (n days), each log power 1 / n. Seen over twelve pairs of seeds: .7 to 1.6 times as much; for days in another order
20 to 25 times (memory) and 5.6 to 6.3 times (spectrum)."""
APART = {memory_error: 4.0, spectral_error: 3.0}


def windows(seed: int, memory: float = 0.9, turn: float = 0.0) -> Tensor:
    """Shapes of windows with a volatility whose logarithm remembers, and moves with autocorrelation ``turn``."""
    rng = np.random.default_rng(seed)
    shocks = rng.standard_normal((N, DAYS + 50))
    log_volatility = np.zeros_like(shocks)
    for day in range(1, shocks.shape[1]):
        log_volatility[:, day] = memory * log_volatility[:, day - 1] + math.sqrt(1 - memory**2) * shocks[:, day]
    own = rng.standard_normal((N, DAYS + 50, ASSETS))
    for day in range(1, own.shape[1]):
        own[:, day] = turn * own[:, day - 1] + math.sqrt(1 - turn**2) * own[:, day]
    moves = (own * np.exp(0.5 * log_volatility)[..., None])[:, 50:]
    return torch.as_tensor(moves / np.sqrt((moves**2).mean((1, 2), keepdims=True)), dtype=torch.float32)


def shuffled(sample: Tensor) -> Tensor:
    order = torch.rand(N, DAYS, generator=torch.Generator().manual_seed(0)).argsort(1)
    return torch.gather(sample, 1, order[..., None].expand_as(sample))


@pytest.mark.parametrize("term", [memory_error, spectral_error])
def test_two_samples_of_one_law_differ_by_chance_only(term) -> None:
    assert float(term(windows(1), windows(2))) < APART[term] * CHANCE[term]


@pytest.mark.parametrize("term", [memory_error, spectral_error])
def test_days_in_another_order_are_seen(term) -> None:
    """The twin of the test above: the same days, so every term that pools days says they are right."""
    real = windows(1)
    assert float(term(shuffled(real), real)) > APART[term] * CHANCE[term]
    pooled = {"moments": 1.0, "correlation": 1.0, "tail": 0.0, "memory": 0.0, "spectral": 0.0}
    found = path_losses.extra_terms(shuffled(real), real, pooled, torch.Generator().manual_seed(0))
    assert all(float(value) < 1e-8 for value in found.values())


def test_moves_that_swing_are_seen_by_the_spectrum_and_hardly_by_the_memory_of_sizes() -> None:
    real, swinging = windows(1, memory=0.0), windows(2, memory=0.0, turn=-0.3)
    assert float(spectral_error(swinging, real)) > 10 * CHANCE[spectral_error]
    assert float(memory_error(swinging, real)) < 5 * CHANCE[memory_error]


def test_memory_is_that_of_the_slow_sum() -> None:
    sample = windows(3)[:5]
    sizes = torch.cat([sample, sample.mean(-1, keepdim=True)], -1).abs().numpy().astype(np.float64)
    centered = sizes - sizes.mean((0, 1))
    slow = np.zeros((10, ASSETS + 1))
    for lag in range(1, 11):
        for asset in range(ASSETS + 1):
            total = sum(
                centered[n, day, asset] * centered[n, day + lag, asset] for n in range(5) for day in range(DAYS - lag)
            )
            slow[lag - 1, asset] = total / (5 * (DAYS - lag)) / (centered[..., asset] ** 2).mean()
    white = torch.zeros(1, 28, ASSETS)
    np.testing.assert_allclose(float(memory_error(sample, white)), (slow**2).mean(), rtol=1e-4)


# -- in the training ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def market() -> Market:
    return bundled().select(["AAPL", "JPM", "XOM"]).between("2005-01-01", "2008-12-31")


@pytest.mark.parametrize("kind", list(REPRESENTATIONS))
def test_moves_are_the_windows_over_their_scale(kind: str, market: Market) -> None:
    representation = REPRESENTATIONS[kind].fit(market, 28)
    windows = representation.windows(market.log_returns())[::100]
    values, _ = representation.encode(windows)
    moves = representation.moves(torch.as_tensor(values, dtype=torch.float32)).numpy()
    if kind == "gasf":  # its scales are the deviation and the mean of each asset
        wanted = (windows - windows.mean(1, keepdims=True)) / windows.std(1, keepdims=True)
    else:
        wanted = windows / np.sqrt((windows**2).mean((1, 2), keepdims=True))
    np.testing.assert_allclose(moves, wanted, atol=0.02)


PULLS = {"moments": 1.0, "correlation": 10.0, "tail": 2.0, "memory": 50.0, "spectral": 1.0}


@pytest.mark.parametrize("term", path_losses.TERMS)
@pytest.mark.parametrize(("kind", "network"), [("windows", "dense"), ("gasf", "dense")])
def test_each_extra_term_pulls_a_painter_where_it_should(term: str, kind: str, network: str, market: Market) -> None:
    """A painter without a critic, moved by nothing but the term; its twin, whose term has no weight, stays."""
    representation = REPRESENTATIONS[kind].fit(market, 28)
    values, condition = representation.examples(market.log_returns())
    weights = {"moments": 1.0, "correlation": 1.0, "tail": 1.0, "memory": 1.0, "spectral": 1.0}
    found = []
    for weight in (0.0, PULLS[term]):
        config = PictureConfig(
            **{"representation": kind, "network": network, "model": "gan", "loss": "hinge", f"{term}_weight": weight},
            **{"adversarial_weight": 0.0, "steps": 60, "size": 4, "latent_size": 8, "learning_rate": 0.01},
            **{"gan_schedule": "constant", "averaging": 0.0},
        )
        board = board_for(representation, config)
        loop = picture_loop(values, condition, board, config, torch.Generator().manual_seed(0), representation.moves)
        for _ in range(60):
            loop.advance()
        with torch.no_grad():
            drawn = painted(loop.players[-1].module, condition, torch.Generator().manual_seed(1))  # type: ignore[arg-type]
            shapes, real = representation.moves(drawn), representation.moves(values)
            judged = path_losses.extra_terms(shapes, real, weights, torch.Generator().manual_seed(2))
        found.append(float(judged[term]))
        names = {name.partition("/")[2] for name in loop.losses()}
        assert (term in names) == (weight > 0)  # its curve is there, unweighted, when it takes part
    assert found[1] < found[0] - 0.1 * abs(found[0])


@pytest.mark.parametrize(("model", "loss"), [("vae", "gaussian"), ("vae", "mse"), ("gan", "wasserstein")])
def test_balanced_terms_of_pictures_pull_alike(model: str, loss: str, market: Market) -> None:
    config = PictureConfig(
        model=model, loss=loss, network="dense", size=4, latent_size=8, memory_weight=1.0, spectral_weight=1.0
    )
    found = {pull.term: pull for pull in balancing.pulls(market, config, "cpu")}
    main = found["reconstruction" if model == "vae" else "adversarial"]
    for term in ("memory", "spectral"):
        pulled = found[term].norm * found[term].proposed
        limit = found[term].proposed in (0.1, KNOBS[found[term].setting].high)
        assert limit or pulled == pytest.approx(main.norm * main.weight, rel=0.06)  # two digits are kept
    assert set(found) == {main.term, "memory", "spectral"}
