"""How long a training will take and how much memory it needs, before it starts; no torch."""

from fingen_core.training.settings.config import TrainingConfig
from fingen_core.training.settings.knobs import terms_of

__all__ = ["estimate"]

_FILTER_BATCH = 2048
_START = 3.0
"""Seconds until the first step: process, torch, rivals."""

_STEP = {"filter": 2.6e-3, "vae": 3.2e-3, "gan": 14e-3}
"""Seconds per step of the default sizes on one core: chosen by hand, not measured; ``make bench`` shows how far off."""

_VALIDATION = 0.45
_BASE_BYTES = 420 * 2**20


def estimate(config: TrainingConfig, n_steps: int, n_assets: int) -> tuple[float, int]:
    """Seconds on two CPU cores and bytes of memory for a market of ``n_steps`` days and ``n_assets`` assets.

    A rough guess, good to a factor of two; a GPU is not much faster at the default sizes.
    """
    passes = 1 + config.refit
    filter_steps = config.filter_epochs * max(1, n_steps * n_assets // _FILTER_BATCH)
    batch = n_steps if config.optimizer == "gradient-descent" else config.batch_size
    rows, width = batch / 256, config.network_size / 32
    size = 0.5 + 0.5 * rows * (0.5 + 0.25 * width + 0.25 * n_assets / 19)
    extra = 0.7 * sum(getattr(config, f"{term}_weight") > 0 for term in terms_of(config))
    gan_steps = (
        config.gan_steps * (config.generator_updates + config.critic_updates) / 3 if config.model == "gan" else 0
    )
    seconds = passes * (
        filter_steps * _STEP["filter"] * (0.4 + 0.6 * config.filter_networks)
        + config.vae_steps * _STEP["vae"] * size * (1 + extra)
        + gan_steps * _STEP["gan"] * size * (1 + extra / 4 + 0.4 * (config.r1_weight > 0))
    )
    checks = (config.vae_steps + (config.gan_steps if config.model == "gan" else 0)) / config.validate_every
    asset_days = n_steps * n_assets
    memory = _BASE_BYTES + asset_days * 400 + 500 * 200 * n_assets * 40 + batch * config.network_size * 64
    return _START + seconds + checks * _VALIDATION * n_assets / 19, int(memory)
