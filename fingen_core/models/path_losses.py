"""Loss terms over windows of moves, (n, n_days, n_assets): how the days of a window belong together.

A window here is its shape: moves in units of the window's own spread. Each term is a scalar, smaller when better.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from fingen_core.models import losses

__all__ = ["TERMS", "extra_terms", "memory_error", "spectral_error"]

TERMS = ("moments", "correlation", "tail", "memory", "spectral")
"""Names of the extra terms that windows can have."""

_LAGS = 10
_LEAST_POWER = 1e-6


def extra_terms(
    drawn: Tensor, real: Tensor, weights: Mapping[str, float], generator: torch.Generator
) -> dict[str, Tensor]:
    """The terms with a weight, on drawn and real windows of one batch; days are pooled where their order is no matter.

    One asset has no correlation with others, so there is no such term then.
    """
    ours, theirs = drawn.flatten(0, 1), real.flatten(0, 1)
    found = {}
    if weights["moments"]:
        found["moments"] = losses.moment_error(ours, theirs)
    if weights["correlation"] and real.shape[2] > 1:
        found["correlation"] = losses.correlation_error(ours, theirs)
    if weights["tail"]:
        found["tail"] = losses.tail_score(ours, theirs, losses.random_portfolios(real.shape[2], generator))
    if weights["memory"]:
        found["memory"] = memory_error(drawn, real)
    if weights["spectral"]:
        found["spectral"] = spectral_error(drawn, real)
    return found


def memory_error(drawn: Tensor, real: Tensor) -> Tensor:
    """Mean squared difference of the autocorrelations of sizes, lags 1 to 10 (half a window at most).

    Sizes are absolute moves of each asset and of equal weights. Means and variances are those of the whole batch, so
    a calm window counts as calm.
    """
    lags = min(_LAGS, real.shape[1] // 2)
    return ((_memory(_sizes(drawn), lags) - _memory(_sizes(real), lags)) ** 2).mean()


def spectral_error(drawn: Tensor, real: Tensor) -> Tensor:
    """Mean squared difference of the logarithms of mean power spectra, of moves and of their sizes.

    Frequency zero is left out. A logarithm weighs all frequencies alike, where an autocorrelation is led by the strong
    ones. Of n windows, chance alone gives about 2 / n.
    """
    return sum(
        (((_log_power(ours) - _log_power(theirs)) ** 2).mean() for ours, theirs in _pairs(drawn, real)),
        torch.zeros((), device=real.device),
    )


def _pairs(drawn: Tensor, real: Tensor) -> list[tuple[Tensor, Tensor]]:
    return [(_with_equal_weight(drawn), _with_equal_weight(real)), (_sizes(drawn), _sizes(real))]


def _with_equal_weight(moves: Tensor) -> Tensor:
    return torch.cat([moves, moves.mean(-1, keepdim=True)], -1)


def _sizes(moves: Tensor) -> Tensor:
    return _with_equal_weight(moves).abs()


def _memory(sizes: Tensor, lags: int) -> Tensor:
    """Autocorrelations (lags, k) over a batch of windows."""
    centered = sizes - sizes.mean((0, 1))
    variance = centered.square().mean((0, 1)).clamp_min(_LEAST_POWER)
    pairs = [(centered[:, :-lag] * centered[:, lag:]).mean((0, 1)) for lag in range(1, lags + 1)]
    return torch.stack(pairs) / variance


def _log_power(values: Tensor) -> Tensor:
    """Logarithm of the mean power at each frequency but zero, (n_days // 2, k)."""
    spectrum = torch.fft.rfft(values - values.mean((0, 1)), dim=1)[:, 1:]
    power = spectrum.real.square() + spectrum.imag.square()
    return torch.log(power.mean(0) / values.shape[1] + _LEAST_POWER)
