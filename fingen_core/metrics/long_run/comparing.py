"""How far two long runs are apart, and how far apart real ones are."""

import numpy as np
from numpy.typing import ArrayLike

from fingen_core.errors import InvalidInput
from fingen_core.metrics.catalog import METRICS
from fingen_core.metrics.dependence import pairs
from fingen_core.metrics.long_run.measuring import portrait
from fingen_core.metrics.long_run.portrait import HORIZONS, LOSS_HORIZONS, MIN_STEPS, RANKS, Portrait
from fingen_core.metrics.paths import as_paths, halves_of
from fingen_core.types import Array

__all__ = ["CENTURY_FALL", "compare", "floors", "sampling_floors"]

CENTURY_FALL = 0.226
"""What the Dow Jones Industrial Average lost on 19 October 1987, its largest fall in a day on record."""

_IMPOSSIBLE = 5.0  # times the largest historical move


def compare(ours: Portrait, reference: Portrait) -> dict[str, float]:
    """Every number of the long run by its name in ``METRICS``, which says how each is made.

    Parameters
    ----------
    ours : Portrait
        Usually of generated paths, measured ``like=reference``.
    reference : Portrait
        Usually of the history the generator was fitted to.

    Returns
    -------
    dict
        Errors are 0 for equal portraits; relative ones are decimals. Names that compare pairs of assets are left out
        for markets of one asset.

    Raises
    ------
    InvalidInput
        If the two have different numbers of assets.
    """
    if ours.n_assets != reference.n_assets:
        raise InvalidInput(f"{ours.n_assets} assets against {reference.n_assets}: compare the same tickers")
    return {
        **_memory(ours, reference),
        **_moments(ours, reference),
        **_distributions(ours, reference),
        **(_together(ours, reference) if ours.n_assets > 1 else {}),
        **_losses(ours, reference),
        **_health(ours, reference),
    }


def floors(history: ArrayLike, *, year: int) -> dict[str, float]:
    """What ``compare`` says about real halves of the history: no generator can be asked to be closer.

    Parameters
    ----------
    history : array, shape (n_steps, n_assets)
        Log returns of at least 504 steps, and two years.
    year : int
        Steps in a year.

    Returns
    -------
    dict
        The names of ``compare``; each value is the mean distance from the ideal (``Metric.miss``), so compare it with
        the same distance of a generator's value.

    Raises
    ------
    InvalidInput
        If the history is too short for two halves of a year each.

    Notes
    -----
    The history is cut into stretches of a year or a little more, an even number of them; half of the stretches are
    compared with the other half, both ways, for up to ten ways to choose them, and the mean is taken. One choice
    alone (the first half against the second) would be as noisy as what it is to judge. A half has half the days, so
    chance makes the floor about twice as large as the difference between an endless sample of the truth and the
    whole history. How much a market changes from one decade to the next is another question: the years after the
    fit, compared as if they were generated, answer it.
    """
    misses: list[dict[str, float]] = []
    for halves in halves_of(history, max(MIN_STEPS, year)):
        one, other = (portrait(half, year=year) for half in halves)
        for ours, theirs in ((one, other), (other, one)):
            misses.append({name: METRICS[name].miss(value) for name, value in compare(ours, theirs).items()})
    return {name: float(np.mean([miss[name] for miss in misses])) for name in misses[0]}


def sampling_floors(
    history: ArrayLike, n_paths: int, n_steps: int = MIN_STEPS, *, year: int, seed: int = 0, repeats: int = 1
) -> dict[str, float]:
    """What ``compare`` says about paths that are pieces of the history itself: the noise of that many paths.

    Parameters
    ----------
    history : array, shape (n_steps, n_assets)
    n_paths, n_steps : int
        Size of the sample, as drawn from the generator to be judged.
    year : int
        Steps in a year.
    seed, repeats : int
        What makes the pieces repeatable, and over how many samples to average.

    Returns
    -------
    dict
        As of ``floors``. What is left when the law is right: chance, and that whole stretches of ``n_steps`` days
        weigh the first and last days of the history less.
    """
    past, _ = as_paths(history)
    if len(past) > 1 or not MIN_STEPS <= n_steps <= past.shape[1] or n_paths < 1 or repeats < 1:
        raise InvalidInput(
            f"{n_paths} pieces of {n_steps} days from {len(past)} x {past.shape[1]} days: choose at least one piece of "
            f"{MIN_STEPS} to {past.shape[1]} days from one history"
        )
    real = portrait(past, year=year)
    misses: list[dict[str, float]] = []
    for rng in np.random.default_rng(seed).spawn(repeats):
        starts = rng.integers(past.shape[1] - n_steps + 1, size=n_paths)
        pieces = past[0][starts[:, None] + np.arange(n_steps)]
        found = compare(portrait(pieces, year=year, like=real), real)
        misses.append({name: METRICS[name].miss(value) for name, value in found.items()})
    return {name: float(np.mean([miss[name] for miss in misses])) for name in misses[0]}


def _memory(ours: Portrait, reference: Portrait) -> dict[str, float]:
    names = ("acf", "acf_abs", "acf_square", "acf_abs_assets")
    values = {f"{name}_rmse": _root_mean_square(getattr(ours, name) - getattr(reference, name)) for name in names}
    return values | {
        "leverage_ratio": float(ours.leverage.mean() / reference.leverage.mean()),
        "leverage_error": _root_mean_square(ours.leverage - reference.leverage),
        "leverage_assets_error": _root_mean_square(ours.leverage_assets - reference.leverage_assets),
    }


def _moments(ours: Portrait, reference: Portrait) -> dict[str, float]:
    kurtosis = _relative(ours.kurtosis, reference.kurtosis)
    kurtosis_equal = _relative(ours.kurtosis_equal, reference.kurtosis_equal)
    return {
        "volatility_equal": ours.volatility_equal / reference.volatility_equal - 1,
        "volatility_asset": float(np.median(_relative(ours.volatility, reference.volatility))),
        "kurtosis_equal": float(kurtosis_equal[0]),
        "kurtosis_asset": float(np.median(kurtosis)),
        "kurtosis_error": float(np.median(np.abs(kurtosis))),
        "kurtosis_equal_error": float(np.abs(kurtosis_equal).mean()),
        "skewness_error": float(np.abs(ours.skewness - reference.skewness).mean()),
        "hill_error": float(np.abs(_relative(ours.hill, reference.hill)).mean()),
    }


def _distributions(ours: Portrait, reference: Portrait) -> dict[str, float]:
    """Mean gap of quantiles over the reference's volatility times the root of the days."""
    days = np.sqrt(np.array(HORIZONS))[:, None]
    volatility = np.concatenate([[reference.volatility_equal], reference.volatility])
    gaps = np.abs(ours.quantiles_by_asset - reference.quantiles_by_asset).mean(axis=2) / (days * volatility)
    assets = {f"emd_{horizon}": float(gaps[i, 1:].mean()) for i, horizon in enumerate(HORIZONS)}
    return assets | {f"emd_{horizon}_equal": float(gaps[i, 0]) for i, horizon in enumerate(HORIZONS)}


def _together(ours: Portrait, reference: Portrait) -> dict[str, float]:
    values: dict[str, float] = {}
    for name in ("correlation", "tail_dependence", "worst_decile_correlation"):
        gap = pairs(getattr(ours, name)) - pairs(getattr(reference, name))
        values |= {f"{name}_error": float(np.abs(gap).mean()), f"{name}_signed": float(gap.mean())}
    return values


def _losses(ours: Portrait, reference: Portrait) -> dict[str, float]:
    values: dict[str, float] = {}
    singles = slice(1, 1 + ours.n_assets) if ours.n_assets > 1 else slice(0, 1)
    for short, name in (("var", "value_at_risk"), ("es", "expected_shortfall")):
        error = _relative(getattr(ours, name), getattr(reference, name))
        for i, horizon in enumerate(LOSS_HORIZONS):
            values |= {
                f"{short}_{horizon}d": float(np.abs(error[i]).mean()),
                f"{short}_{horizon}d_equal": float(error[i, 0]),
                f"{short}_{horizon}d_asset": float(np.median(error[i, singles])),
            }
    rules = np.abs(_relative(ours.rules_expected_shortfall, reference.rules_expected_shortfall)).mean(axis=1)
    values |= {f"es_{horizon}d_rules": float(rules[i]) for i, horizon in enumerate(LOSS_HORIZONS)}
    worst, theirs = (np.quantile(each.drawdowns, RANKS) for each in (ours, reference))
    return values | {
        "drawdown_error": float(np.abs(worst - theirs).mean() / theirs.mean()),
        "drawdown_signed": float(worst.mean() / theirs.mean() - 1),
    }


def _health(ours: Portrait, reference: Portrait) -> dict[str, float]:
    n_drawn = ours.n_paths + ours.n_nonfinite
    beyond = (ours.largest_moves > _IMPOSSIBLE * reference.largest_moves.max(axis=0)).any(axis=1)
    return {
        "share_nonfinite": ours.n_nonfinite / n_drawn,
        "share_beyond": float(beyond.sum() / n_drawn),
        "share_beyond_century": float((ours.worst_days < -CENTURY_FALL).sum() / n_drawn),
    }


def _relative(ours: Array, reference: Array) -> Array:
    if (reference == 0).any():
        raise InvalidInput("a measure of the reference is exactly 0, so nothing is relative to it: choose more days")
    return np.asarray((ours - reference) / np.abs(reference))


def _root_mean_square(values: Array) -> float:
    return float(np.sqrt((values**2).mean()))
