"""What a VAE makes of days of history: their codes, a map of them, and days decoded from codes between them."""

from dataclasses import dataclass

import numpy as np
import torch

from fingen_core.errors import InvalidInput
from fingen_core.generators.filtered.generator import NeuralGenerator
from fingen_core.market import Market
from fingen_core.types import Array

__all__ = ["LatentMap", "latent_map", "walk"]


@dataclass(frozen=True, eq=False)
class LatentMap:
    """Days of history in the plane in which their codes vary most.

    Attributes
    ----------
    points : array, shape (n_days, 2)
        Principal components of the mean codes.
    shares : array, shape (2,)
        Share of the variance of all codes along each.
    volatility : array, shape (n_days,)
        What the filter expected of each day the evening before: standard deviation of daily log returns, mean over
        assets.
    """

    points: Array
    shares: Array
    volatility: Array


def latent_map(generator: NeuralGenerator, market: Market) -> LatentMap:
    """The map of all days of a market; ``InvalidInput`` if the model has no encoder."""
    codes, _, sigma = _coded(generator, market)
    centered = codes - codes.mean(axis=0)
    _, strengths, directions = np.linalg.svd(centered, full_matrices=False)
    # Of two mirror images always the same: the largest entry of a direction is positive.
    signs = np.sign(directions[np.arange(len(directions)), np.abs(directions).argmax(axis=1)])
    turned = (directions * signs[:, None])[:2]
    points, shares = np.zeros((len(codes), 2)), np.zeros(2)
    points[:, : len(turned)] = centered @ turned.T
    shares[: len(turned)] = (strengths**2 / max(float((strengths**2).sum()), 1e-12))[:2]
    return LatentMap(points, shares, sigma.mean(axis=1))


@torch.no_grad()
def walk(generator: NeuralGenerator, market: Market, first: int, second: int, n: int) -> Array:
    """Log returns (n, n_assets) decoded on the straight line between the codes of two days, noise left out.

    Parameters
    ----------
    first, second : int
        Rows of returns. The same row twice gives what is decoded of that day.
    n : int
        Stops, both ends included.
    """
    codes, condition, sigma = _coded(generator, market)
    share = np.linspace(0, 1, n)[:, None]

    def between(values: Array) -> Array:
        return np.asarray((1 - share) * values[first] + share * values[second])

    model = generator.model
    mean, _ = model.decoder.moments(
        torch.as_tensor(between(codes), dtype=torch.float32),
        torch.as_tensor(between(condition), dtype=torch.float32),
    )
    residuals = model.representation.marginals.to_residuals(mean.double().numpy())
    drift = float(model.representation.volatility.drift()) * model.representation.scale
    return np.asarray(drift + np.exp(between(np.log(sigma))) * residuals)


@torch.no_grad()
def _coded(generator: NeuralGenerator, market: Market) -> tuple[Array, Array, Array]:
    """Mean codes, conditions and expected volatilities of all days."""
    model, returns = generator.model, market.log_returns()
    if model.encoder is None:
        raise InvalidInput(
            f"this {generator.label} cannot say which code a day has: train a VAE with this version; a GAN has no "
            "encoder, and models stored earlier were stored without theirs"
        )
    scores, condition = model.representation.examples(returns)
    codes = model.encoder(scores, model.unlabeled(condition))[0].double().numpy()
    sigma = model.representation.sigma(model.representation.memory(returns)[:-1])
    return codes, condition.double().numpy(), sigma
