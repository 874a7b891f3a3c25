"""What papers report, for comparison with the literature only.

Most papers on generated time series show these scores. They say whether a small model can tell short windows apart, or
learn from them; none of them sees what risk is about. ``PAPER_METRICS`` says of each what it is blind to, and pages
show that sentence beside the number. FinGen's own verdict rests on none of them.

Every score takes real and generated windows of shape (n_windows, n_steps, n_assets): disjoint stretches of log returns,
the real ones in the order of time. Both are standardized per asset by the mean and the standard deviation of the real
ones. Papers differ in networks and settings, and most use recurrent ones; here they are small fixed models, so figures
compare rows of one table, not papers with each other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from fingen_core.errors import InvalidInput
from fingen_core.metrics.signatures import lead_lag, signature
from fingen_core.types import Array

__all__ = [
    "PAPER_METRICS",
    "PaperMetric",
    "discriminative_score",
    "disjoint_windows",
    "frechet_distance",
    "paper_floors",
    "paper_metrics",
    "predictive_score",
    "signature_mmd",
]

WINDOW = 21
"""Days of a window, about a month; papers use 24 steps."""

MOST_WINDOWS = 1000
"""Windows of each side that a score looks at; more are thinned at random."""

LEAST_WINDOWS = 20

_FOLDS = 5
_MEMORY = 5
_PENALTY = 0.05
_MOST_SERIES = 20
_KERNELS = 32
_KERNEL_DAYS = 5


@dataclass(frozen=True, kw_only=True)
class PaperMetric:
    """One score of the literature, explained.

    Attributes
    ----------
    label : str
    formula : str
        How it is made here, in words.
    source : str
        The paper that brought it up.
    blind : str
        What it cannot see.
    """

    label: str
    formula: str
    source: str
    blind: str


PAPER_METRICS: Mapping[str, PaperMetric] = MappingProxyType(
    {
        "discriminative": PaperMetric(
            label="Discriminative score",
            formula="Share of windows that a forest of random trees sorts into real and generated correctly, less one "
            "half; five folds of time, each judged by trees that saw the others. 0: cannot tell, 0.5: always right.",
            source="Yoon, Jarrett and van der Schaar (2019), Time-series generative adversarial networks, NeurIPS 32",
            blind="Copies: resampled history gets 0, as the trees have seen its windows under the other name. Rare "
            "days: few months hold a crash, so few windows give away a generator that has none. And a score far above "
            "0 may only say that the times differ: two halves of history are told apart, too.",
        ),
        "predictive": PaperMetric(
            label="Predictive score",
            formula="Mean absolute error, in standard deviations, of a ridge regression that learned from generated "
            "windows to predict real returns of the next day from those of five days. Lower is better.",
            source="Yoon, Jarrett and van der Schaar (2019), Time-series generative adversarial networks, NeurIPS 32",
            blind="Daily returns can hardly be predicted, so every generator without drift comes out alike, pure noise "
            "included: the figure is that of real returns around zero.",
        ),
        "signature_mmd": PaperMetric(
            label="Signature MMD",
            formula="Squared distance between the mean signatures (level 4, of time, lead and lag) of real and "
            "generated windows, per coordinate and in its standard deviations, without the bias of a finite sample; "
            "mean over equal weight and single assets. 0 is ideal; noise can push it below.",
            source="Buehler, Horvath, Lyons, Perez Arribas and Wood (2020), A data-driven market simulator for small "
            "data environments; Chevyrev and Oberhauser (2022), Signature moments to characterize laws of stochastic "
            "processes, JMLR 23",
            blind="Level 4 holds moments up to the fourth of one series at a time: it sees the far tail only as far as "
            "it moves those, how assets fall together only through their average, and no memory beyond the window.",
        ),
        "frechet": PaperMetric(
            label="Fréchet distance",
            formula="Distance between normal distributions fitted to features of real and generated windows: share "
            "above zero and maximum of 32 random convolutions. Like context-FID, with random in place of learned "
            "features. Lower is better; never quite 0 on a finite sample.",
            source="Jeha, Bohlke-Schneider, Mercado and others (2022), PSA-GAN: progressive self attention GANs for "
            "synthetic time series, ICLR",
            blind="It compares means and covariances of features; whatever leaves those alone, such as the size of the "
            "rarest moves, leaves the distance alone.",
        ),
    }
)
"""The scores of ``paper_metrics``, explained; the order in which tables list them."""


def disjoint_windows(returns: ArrayLike, n_steps: int = WINDOW) -> Array:
    """Cut a history or paths into windows that share no day.

    Parameters
    ----------
    returns : array, shape (n_days, n_assets) or (n_paths, n_days, n_assets)
        Log returns.
    n_steps : int
        Days of a window.

    Returns
    -------
    array, shape (n_windows, n_steps, n_assets)
        In the order of time, path after path; days that fill no window are dropped from the beginning of each path.

    Raises
    ------
    InvalidInput
        If a path is shorter than one window.
    """
    x = np.asarray(returns, dtype=np.float64)
    x = x[None] if x.ndim == 2 else x
    if x.ndim != 3 or n_steps < 1 or x.shape[1] < n_steps:
        raise InvalidInput(
            f"returns of shape {x.shape} cannot be cut into windows of {n_steps} days: give (n_days, n_assets) or "
            "(n_paths, n_days, n_assets) with at least that many days"
        )
    kept = x.shape[1] // n_steps * n_steps
    return x[:, x.shape[1] - kept :].reshape(-1, n_steps, x.shape[2])


def paper_metrics(real: ArrayLike, generated: ArrayLike, *, seed: int) -> dict[str, float]:
    """All scores of ``PAPER_METRICS`` by name; the arguments and errors are those of each score."""
    return {name: score(real, generated, seed=seed) for name, score in _SCORES.items()}


def paper_floors(real: ArrayLike, *, seed: int) -> dict[str, float]:
    """What history gets when its second half is judged as if it were generated from the first, and the reverse.

    Mean of both ways; ``real`` as for the scores. With half as many windows on each side the noise is larger.
    """
    windows = np.asarray(real, dtype=np.float64)
    half = len(windows) // 2
    first, second = windows[:half], windows[half : 2 * half]
    there, back = paper_metrics(first, second, seed=seed), paper_metrics(second, first, seed=seed)
    return {name: (there[name] + back[name]) / 2 for name in there}


def discriminative_score(real: ArrayLike, generated: ArrayLike, *, seed: int) -> float:
    """How far above one half is the accuracy of a classifier that tells real from generated windows?

    Parameters
    ----------
    real, generated : array, shape (n_windows, n_steps, n_assets)
        Disjoint windows; at least 20 each.
    seed : int
        Of the thinning and of the trees.

    Returns
    -------
    float
        Between 0 (cannot tell) and 0.5 (always right). Chance alone stays below 0.6 / sqrt(n_windows) in 19 of 20
        cases.

    Raises
    ------
    InvalidInput
        If shapes do not fit, a value is not finite, there are too few windows, or real windows overlap.

    Notes
    -----
    Folds are stretches of time, so no window is judged by trees that saw its neighbors. Papers take the absolute value;
    here an accuracy below one half counts as 0, as it comes about where generated windows copy real ones: the trees
    meet a real window whose copy they learned as generated. The trees see the window's
    returns averaged over assets, their size, and per asset mean, spread, best and worst day; 200 trees. Source: see
    ``PAPER_METRICS``; the paper trains a recurrent network instead.
    """
    from sklearn.ensemble import ExtraTreesClassifier  # a second to import

    ours, theirs = _both(real, generated, seed, balanced=True)
    features = np.concatenate([_features(ours), _features(theirs)])
    is_real = np.arange(len(features)) < len(ours)
    fold = np.tile(np.arange(len(ours)) * _FOLDS // len(ours), 2)
    right = np.empty(len(features), dtype=bool)
    for number in range(_FOLDS):
        out = fold == number
        trees = ExtraTreesClassifier(n_estimators=200, min_samples_leaf=3, random_state=seed % 2**32)
        right[out] = trees.fit(features[~out], is_real[~out]).predict(features[out]) == is_real[out]
    return max(0.0, float(right.mean()) - 0.5)


def predictive_score(real: ArrayLike, generated: ArrayLike, *, seed: int) -> float:
    """Error on real windows of a forecast learned from generated ones.

    Parameters
    ----------
    real, generated : array, shape (n_windows, n_steps, n_assets)
        Disjoint windows of at least 6 steps; at least 20 each.
    seed : int
        Of the thinning.

    Returns
    -------
    float
        Mean absolute error over assets and days, in standard deviations of the real returns; forecasting zero gets the
        mean absolute real return.

    Raises
    ------
    InvalidInput
        As ``discriminative_score``, or if windows have fewer than 6 steps.

    Notes
    -----
    Ridge regression of all assets' returns on those of the five days before. Source: see ``PAPER_METRICS``; the paper
    trains a recurrent network instead.
    """
    ours, theirs = _both(real, generated, seed)
    if ours.shape[1] <= _MEMORY:
        raise InvalidInput(f"windows of {ours.shape[1]} days: a forecast from {_MEMORY} days needs {_MEMORY + 1}")
    past, following = _lagged(theirs)
    penalty = _PENALTY * len(past) * np.eye(past.shape[1])
    weights = np.linalg.solve(past.T @ past + penalty, past.T @ following)
    past, following = _lagged(ours)
    return float(np.abs(following - past @ weights).mean())


def signature_mmd(real: ArrayLike, generated: ArrayLike, *, seed: int, level: int = 4) -> float:
    """Distance between the mean signatures of real and generated windows.

    Parameters
    ----------
    real, generated : array, shape (n_windows, n_steps, n_assets)
        Disjoint windows; at least 20 each.
    seed : int
        Of the thinning, and of the choice of at most 19 assets.
    level : int
        Level of truncation, 1 to 4.

    Returns
    -------
    float
        Mean over series and coordinates of the squared difference, in variances of the real coordinate, less what the
        finite samples add to it on average. 0 when both laws have the same expected signature; can be negative.

    Raises
    ------
    InvalidInput
        As ``discriminative_score``.

    Notes
    -----
    The unbiased estimate of the squared maximum mean discrepancy under the linear kernel of the scaled coordinates.
    Sources: see ``PAPER_METRICS``.
    """
    ours, theirs = _both(real, generated, seed)
    assets = np.random.default_rng([seed, 1]).permutation(ours.shape[2])[: _MOST_SERIES - 1]
    distances = [_expected_distance(_market(ours), _market(theirs), level)]
    distances += [_expected_distance(ours[..., asset], theirs[..., asset], level) for asset in assets]
    return float(np.mean(distances))


def frechet_distance(real: ArrayLike, generated: ArrayLike, *, seed: int) -> float:
    """Fréchet distance between features of real and generated windows.

    Parameters
    ----------
    real, generated : array, shape (n_windows, n_steps, n_assets)
        Disjoint windows of at least 5 steps; at least 20 each.
    seed : int
        Of the thinning and of the random features.

    Returns
    -------
    float
        ``|m - m'|^2 + tr(C + C' - 2 (C C')^(1/2))`` over the number of features, each scaled to unit variance on the
        real windows.

    Raises
    ------
    InvalidInput
        As ``discriminative_score``, or if windows have fewer than 5 steps.

    Notes
    -----
    Dempster, Petitjean and Webb (2020), "ROCKET: exceptionally fast and accurate time series classification using
    random convolutional kernels", Data Mining and Knowledge Discovery 34: a linear model on such features classifies
    series as well as trained networks do. Kernels span five days of a random mixture of all assets.
    """
    ours, theirs = _both(real, generated, seed, balanced=True)
    if ours.shape[1] < _KERNEL_DAYS:
        raise InvalidInput(f"windows of {ours.shape[1]} days: the features span {_KERNEL_DAYS}")
    rng = np.random.default_rng([seed, 2])
    kernels = rng.standard_normal((_KERNELS, _KERNEL_DAYS * ours.shape[2])) / np.sqrt(_KERNEL_DAYS * ours.shape[2])
    a, b = _convolved(ours, kernels), _convolved(theirs, kernels)
    center, scale = a.mean(axis=0), a.std(axis=0)
    scale[scale == 0] = 1.0
    a, b = (a - center) / scale, (b - center) / scale
    shift = float((b.mean(axis=0) ** 2).sum())
    first, second = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    # The eigenvalues of C C' are real and not negative, as those of the similar C^(1/2) C' C^(1/2).
    root = _root(first)
    overlap = float(np.sqrt(np.maximum(np.linalg.eigvalsh(root @ second @ root), 0)).sum())
    return float((shift + np.trace(first) + np.trace(second) - 2 * overlap) / a.shape[1])


_SCORES: Mapping[str, Callable[..., float]] = {
    "discriminative": discriminative_score,
    "predictive": predictive_score,
    "signature_mmd": signature_mmd,
    "frechet": frechet_distance,
}


def _both(real: ArrayLike, generated: ArrayLike, seed: int, *, balanced: bool = False) -> tuple[Array, Array]:
    """Checked, thinned and standardized windows; as many of each kind where ``balanced``."""
    ours, theirs = np.asarray(real, dtype=np.float64), np.asarray(generated, dtype=np.float64)
    if ours.ndim != 3 or theirs.ndim != 3 or ours.shape[1:] != theirs.shape[1:] or ours.shape[1] < 2:
        raise InvalidInput(
            f"real windows of shape {ours.shape} and generated ones of {theirs.shape}: give (n_windows, n_steps, "
            "n_assets) with the same steps and assets, at least two steps"
        )
    if min(len(ours), len(theirs)) < LEAST_WINDOWS:
        raise InvalidInput(
            f"{len(ours)} real and {len(theirs)} generated windows: at least {LEAST_WINDOWS} of each are needed, take "
            "a longer history or shorter windows"
        )
    if not (np.isfinite(ours).all() and np.isfinite(theirs).all()):
        raise InvalidInput("a return is not finite: leave out the paths that are not finite, and say how many")
    _refuse_overlap(ours)
    rng = np.random.default_rng([seed, 0])
    most = min(MOST_WINDOWS, len(ours), len(theirs)) if balanced else MOST_WINDOWS
    ours, theirs = _thinned(ours, most, rng), _thinned(theirs, most, rng)
    mean, sd = ours.mean(axis=(0, 1)), ours.std(axis=(0, 1))
    if (sd == 0).any():
        raise InvalidInput(f"asset {int(np.argmin(sd))} never moves in the real windows: leave it out")
    return (ours - mean) / sd, (theirs - mean) / sd


def _refuse_overlap(windows: Array) -> None:
    """Windows that share days put the same days on both sides of a split."""
    for shift in range(1, windows.shape[1]):
        if np.array_equal(windows[0, shift:], windows[1, :-shift]):
            raise InvalidInput(
                f"real windows begin {shift} days apart but last {windows.shape[1]}: cut them with disjoint_windows"
            )


def _thinned(windows: Array, most: int, rng: np.random.Generator) -> Array:
    """At most ``most`` windows, in their order."""
    if len(windows) <= most:
        return windows
    return np.asarray(windows[np.sort(rng.choice(len(windows), most, replace=False))])


def _market(windows: Array) -> Array:
    """Equal weight of the standardized assets."""
    return np.asarray(windows.mean(axis=2))


def _features(windows: Array) -> Array:
    """What the trees see of each window, shape (n_windows, n_features)."""
    market = _market(windows)
    sizes = np.abs(windows).mean(axis=2)
    worst, best, mean, spread = (
        windows.min(axis=1),
        windows.max(axis=1),
        windows.mean(axis=1),
        windows.std(axis=1),
    )
    together = market.std(axis=1) / np.maximum(spread.mean(axis=1), 1e-12)
    memory = (sizes[:, 1:] * sizes[:, :-1]).mean(axis=1) - (market[:, 1:] * market[:, :-1]).mean(axis=1)
    return np.column_stack([market, sizes, worst, best, mean, spread, together, memory])


def _lagged(windows: Array) -> tuple[Array, Array]:
    """Returns of five days, shape (n, 5 n_assets), and those of the next, shape (n, n_assets)."""
    n_windows, n_steps, n_assets = windows.shape
    views = np.lib.stride_tricks.sliding_window_view(windows[:, :-1], _MEMORY, axis=1)
    past = views.reshape(n_windows * (n_steps - _MEMORY), n_assets * _MEMORY)
    return past, windows[:, _MEMORY:].reshape(-1, n_assets)


def _expected_distance(real: Array, generated: Array, level: int) -> float:
    """Unbiased squared distance of mean signatures of one series, shapes (n_windows, n_steps)."""
    size = real.std() * np.sqrt(real.shape[1])
    a, b = signature(lead_lag(real / size), level), signature(lead_lag(generated / size), level)
    scale = a.std(axis=0)
    moving = scale > 1e-12  # the words of time alone are the same for every path
    a, b = a[:, moving] / scale[moving], b[:, moving] / scale[moving]
    a, b = a - a.mean(axis=0), b - a.mean(axis=0)  # distances do not move, products lose fewer digits
    cross = float(a.mean(axis=0) @ b.mean(axis=0))
    return float((_mean_product(a) + _mean_product(b) - 2 * cross) / a.shape[1])


def _mean_product(rows: Array) -> float:
    """Mean inner product of two different rows, over all pairs."""
    n = len(rows)
    return float(((rows.sum(axis=0) ** 2).sum() - (rows**2).sum()) / (n * (n - 1)))


def _convolved(windows: Array, kernels: Array) -> Array:
    """Share above zero and maximum of each kernel's response, shape (n_windows, 2 n_kernels)."""
    views = np.lib.stride_tricks.sliding_window_view(windows, _KERNEL_DAYS, axis=1)
    responses = views.reshape(*views.shape[:2], -1) @ kernels.T
    return np.concatenate([(responses > 0).mean(axis=1), responses.max(axis=1)], axis=1)


def _root(matrix: Array) -> Array:
    """Symmetric square root of a covariance."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T)
