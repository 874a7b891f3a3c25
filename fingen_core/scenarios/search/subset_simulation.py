"""How likely something rare is, and what it looks like: subset simulation.

Plain paths hold nothing of an event of one in a hundred thousand. Subset simulation comes there in steps: of a sample
it keeps the worst fifth, makes copies of those, moves the copies about without letting them fall back, and so holds a
sample of what is worse than that fifth; again and again, each step a factor of five. What is moved is the standard
normal noise behind a path, by preconditioned Crank-Nicolson moves::

    noise' = sqrt(1 - s^2) noise + s news,      kept if the path still lies beyond the level

They leave the law of the noise as it is whatever the number of dimensions, so every path that comes out is a path that
the model itself draws, given the event. The probability is the product of the shares. Several runs that know nothing
of each other tell how far it can be trusted.

References: Au and Beck, Estimation of small failure probabilities in high dimensions by subset simulation, 2001;
Cotter, Roberts, Stuart and White, MCMC methods for functions, 2013.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from fingen_core.errors import InvalidInput, Stopped
from fingen_core.scenarios.bands import reach_of
from fingen_core.types import Array, Paths

__all__ = [
    "LEAST",
    "MILDER",
    "Draw",
    "Effort",
    "Rare",
    "Score",
    "Tell",
    "effective_number",
    "honest_number",
    "mean_errors",
    "rare_event",
    "rare_share",
]

Draw = Callable[[Paths], Paths]
"""Noise (n_paths, n_steps, n_normals) to log returns (n_paths, n_steps, n_assets)."""

Score = Callable[[Paths], Array]
"""Log returns to scores (n_paths, n_stages): an event is a score of at least 0, and each stage lies inside the one
before."""

Tell = Callable[[float, str], bool]
"""Told the share that is done and a line for people; says whether to stop."""

LEAST = 1e-7
"""Probability below which an event is given up: the model was not made from enough days to say anything about it."""

MILDER = 10 * LEAST
"""Probability of what is kept of the way to an event that may turn out too rare: so much milder, it can be given."""

_FIRST_STEP = 0.45
_STEP_LIMITS = (0.05, 0.95)
_WISHED_ACCEPTANCE = 0.35


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How much work a search may be.

    Attributes
    ----------
    n_runs : int
        Independent runs; their spread is the error bar.
    n_paths : int
        Paths of each run.
    kept : float
        Share that survives a step.
    n_moves : int
        Moves of every copy in a step.
    """

    n_runs: int = 6
    n_paths: int = 1000
    kept: float = 0.2
    n_moves: int = 4

    def __post_init__(self) -> None:
        if self.n_runs < 2 or self.n_moves < 1 or not 0 < self.kept < 1 or self.n_paths * self.kept < 10:
            raise InvalidInput(
                f"{self.n_runs} runs of {self.n_paths} paths that keep {self.kept:g} after {self.n_moves} moves: use "
                "at least two runs, one move and ten paths that are kept"
            )


@dataclass(frozen=True, eq=False, kw_only=True)
class Rare:
    """An event's probability and its paths.

    Attributes
    ----------
    probability : float
        Mean over the runs; 0 when no run came there.
    low, high : float
        90 % band: log-normal, from the spread of the runs with Student's t.
    variation : float
        Coefficient of variation of ``probability``.
    each : array, shape (n_runs,)
        Estimate of each run.
    stages : array, shape (n_stages,)
        Probability of each stage, the event itself last.
    paths : array, shape (n_paths, n_steps, n_assets)
        Log returns of paths inside the event.
    noise : array, shape (n_paths, n_steps, n_normals)
    weights : array, shape (n_paths,)
        They sum to 1.
    runs : array, shape (n_paths,)
        Which run found each path.
    effective : float
        How many independent paths are worth as much as these, by their noise.
    threshold : float
        Smallest score that counts.
    reached : bool
        Whether every run came into the event; otherwise ``paths`` are the nearest that were found.
    n_drawn : int
        Paths that were drawn on the way.
    milder : array, shape (n_runs * n_paths, n_steps, n_assets), or None
        Of an event: log returns of the last sample on the way that was not rarer than ``MILDER``.
    milder_share : float
        Probability of what that sample stands for.
    """

    probability: float
    low: float
    high: float
    variation: float
    each: Array
    stages: Array
    paths: Paths
    noise: Paths
    weights: Array
    runs: NDArray[np.intp]
    effective: float
    threshold: float
    reached: bool
    n_drawn: int
    milder: Paths | None = None
    milder_share: float = 1.0

    def within_reach(self, values: Array) -> float:
        """What ``MILDER`` of all paths exceed, of ``values`` (n,) of the paths in ``milder``.

        The values are those that the event's score goes up with; the farther ones of the sample are as many as it is
        more likely than ``MILDER``.
        """
        return float(np.quantile(values, 1 - min(1.0, MILDER / self.milder_share)))

    def representative(self, n_paths: int) -> NDArray[np.intp]:
        """Rows that stand for all, each as often as its weight asks for, evenly spread (systematic resampling)."""
        count = min(n_paths, len(self.weights))
        places = (np.arange(count) + 0.5) / count
        rows = np.searchsorted(np.cumsum(self.weights), places * self.weights.sum())
        return np.unique(np.minimum(rows, len(self.weights) - 1))


@dataclass(eq=False)
class _Cloud:
    """Paths of all runs together: the leading axes are runs and paths."""

    noise: Paths
    paths: Paths
    scores: Array
    roots: NDArray[np.intp]
    steps: Array
    n_drawn: int = 0
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))

    def all_paths(self) -> Paths:
        """Paths of all runs, one run after the other."""
        return self.paths.reshape(-1, *self.paths.shape[2:])

    def copy_of(self, run: int, rows: NDArray[np.intp]) -> None:
        """Fill a run with copies of some of its paths, each as often as the others, give or take one."""
        n = self.noise.shape[1]
        source = np.concatenate([np.tile(rows, n // len(rows)), self.rng.permutation(rows)[: n % len(rows)]])
        for part in (self.noise, self.paths, self.scores, self.roots):
            part[run] = part[run, source]

    def move(self, draw: Draw, score: Score, runs: NDArray[np.intp], floors: Array) -> None:
        """Move every path of some runs once, unless it would fall below the run's floors (n_runs, n_stages)."""
        step = self.steps[runs].astype(np.float32)[:, None, None, None]
        news = self.rng.standard_normal(self.noise[runs].shape, dtype=np.float32)
        proposed = np.sqrt(1 - step**2) * self.noise[runs] + step * news
        flat = proposed.reshape(-1, *proposed.shape[2:])
        paths = draw(flat)
        scores = _scores(score, paths).reshape(*proposed.shape[:2], -1)
        good: NDArray[np.bool_] = np.all(scores >= floors[:, None, :], axis=2)
        paths = paths.reshape(*proposed.shape[:2], *paths.shape[1:])
        for at, run in enumerate(runs):
            taken = np.flatnonzero(good[at])
            self.noise[run, taken], self.paths[run, taken] = proposed[at, taken], paths[at, taken]
            self.scores[run, taken] = scores[at, taken]
        # Longer steps where most are taken, shorter ones where most are refused.
        self.steps[runs] = np.clip(
            self.steps[runs] * np.exp(0.6 * (good.mean(axis=1) - _WISHED_ACCEPTANCE)), *_STEP_LIMITS
        )
        self.n_drawn += flat.shape[0]


def rare_event(
    draw: Draw,
    score: Score,
    shape: tuple[int, int],
    *,
    effort: Effort | None = None,
    seed: int = 0,
    tell: Tell | None = None,
    least: float = LEAST,
) -> Rare:
    """The probability that a path's scores reach 0, and paths for which they do.

    Parameters
    ----------
    draw : callable
        The generator from one state.
    score : callable
        Several stages help to come to a narrow event: "falls 20 % or more" before "falls 20 % give or take one".
    shape : (n_steps, n_normals)
        Of the noise of a path.
    effort : Effort, optional
    seed : int
    tell : callable, optional
    least : float
        Probability at which a run gives up.

    Returns
    -------
    Rare
        Filled up with moved copies to ``n_runs * n_paths`` paths inside the event; where ``reached`` is false, with the
        nearest that were found.

    Raises
    ------
    Stopped
        When ``tell`` said so.
    """
    effort = effort or Effort()
    cloud = _start(draw, score, shape, effort, seed)
    n_stages = cloud.scores.shape[2]
    shares = np.ones((effort.n_runs, n_stages))  # probability of each stage, so far
    floors = np.full((effort.n_runs, n_stages), -np.inf)
    stage = np.zeros(effort.n_runs, dtype=int)
    lost = np.zeros(effort.n_runs, dtype=bool)
    milder, milder_share = cloud.all_paths(), 1.0
    while True:
        if shares[:, -1].mean() >= MILDER:
            milder, milder_share = cloud.all_paths().copy(), float(shares[:, -1].mean())
        runs = np.flatnonzero((stage < n_stages) & ~lost)
        if not len(runs):
            break
        for run in runs:
            while stage[run] < n_stages:
                share, floor, rows = _cut(cloud.scores[run, :, stage[run]], effort.kept)
                shares[run, stage[run] :] *= share
                floors[run, stage[run]] = floor
                stage[run] += floor == 0
                cloud.copy_of(int(run), rows)
                if len(rows) < len(cloud.noise[run]):  # those that went through whole need no moves
                    break
        lost |= (shares[:, -1] < least) & (stage < n_stages)
        moving = runs[~lost[runs]]
        done = _progress(shares[:, -1], least, stage >= n_stages)
        for turn in range(effort.n_moves):
            _say(tell, done + 0.05 * turn / effort.n_moves, float(shares[:, -1].mean()))
            if len(moving):
                cloud.move(draw, score, moving, floors[moving])
    found = np.where(stage >= n_stages, shares[:, -1], 0.0)
    stages = np.where(np.arange(n_stages) < stage[:, None], shares, 0.0).mean(axis=0)
    reached = bool((found > 0).all())
    result = _result(cloud, found, stages, 0.0 if reached else float(floors[:, -1].min()), reached)
    return replace(result, milder=milder, milder_share=milder_share)


def rare_share(
    draw: Draw,
    score: Score,
    shape: tuple[int, int],
    share: float,
    *,
    effort: Effort | None = None,
    seed: int = 0,
    tell: Tell | None = None,
) -> Rare:
    """The worst ``share`` of all paths that a generator would ever draw: those with the highest scores (one stage).

    The steps lead to a fraction that holds the share several times over; then the highest of all runs together are
    taken, exactly as many as the share asks for. ``threshold`` is the value at risk of level ``1 - share``.

    Raises
    ------
    InvalidInput
        If ``share`` is not above 1e-6 and below 1.
    Stopped
        When ``tell`` said so.
    """
    if not 1e-6 <= share < 1:
        raise InvalidInput(f"share {share}: choose one from 0.000001 up to (not including) 1")
    effort = effort or Effort()
    cloud = _start(draw, score, shape, effort, seed)
    n_levels = max(0, int(np.floor(np.log(share * 1.6) / np.log(effort.kept))))
    runs = np.arange(effort.n_runs)
    for level in range(n_levels):
        cuts = [_top(scores, effort.kept) for scores in cloud.scores[:, :, 0]]
        for run, (_, rows) in enumerate(cuts):
            cloud.copy_of(run, rows)
        floors = np.array([[floor] for floor, _ in cuts])
        for turn in range(effort.n_moves):
            _say(tell, (level + turn / effort.n_moves) / max(n_levels, 1), effort.kept ** (level + 1))
            cloud.move(draw, score, runs, floors)
    reached_share = (effort.kept**n_levels) if n_levels else 1.0
    pooled = cloud.scores[:, :, 0]
    n_chosen = max(1, round(share / reached_share * pooled.size))
    threshold = float(np.sort(pooled, axis=None)[-n_chosen])
    each = (pooled >= threshold).mean(axis=1) * reached_share
    chosen = _result(cloud, each, np.array([share]), threshold, True)
    inside = np.flatnonzero(pooled.reshape(-1) >= threshold)
    roots = _numbered(cloud.roots)[inside]
    weights = np.full(len(inside), 1 / len(inside))
    return Rare(
        probability=share,
        low=chosen.low * share / max(chosen.probability, 1e-300),
        high=chosen.high * share / max(chosen.probability, 1e-300),
        variation=chosen.variation,
        each=each,
        stages=np.array([share]),
        paths=chosen.paths[inside],
        noise=chosen.noise[inside],
        weights=weights,
        runs=chosen.runs[inside],
        effective=effective_number(chosen.noise[inside], roots, weights),
        threshold=threshold,
        reached=True,
        n_drawn=cloud.n_drawn,
    )


def effective_number(noise: Paths, roots: NDArray[np.intp], weights: Array) -> float:
    """How many independent paths are worth as much as a sample of relatives.

    Parameters
    ----------
    noise : array, shape (n_paths, n_steps, n_normals)
    roots : array, shape (n_paths,)
        Which path of the first sample each one descends from.
    weights : array, shape (n_paths,)

    Returns
    -------
    float
        ``1 / sum_families |sum_i w_i v_i|^2`` where ``v_i`` is the noise without its mean, of unit length: equal
        weights and no relatives give ``n_paths``, copies of one path give 1.

    Notes
    -----
    Paths of different roots are independent by construction. Within a family the correlation of the noise is measured,
    averaged over all its directions; of a quantity that hangs on few of them the sample may be worth more or less:
    ``honest_number`` asks the quantities themselves.
    """
    w = weights / weights.sum()
    flat = noise.reshape(len(noise), -1).astype(np.float32)
    centered = flat - (w @ flat).astype(np.float32)
    length = np.sqrt(np.einsum("ij,ij->i", centered, centered, dtype=np.float64))
    unit = centered * (w / np.maximum(length, 1e-12))[:, None].astype(np.float32)
    order = np.argsort(roots, kind="stable")
    firsts = np.flatnonzero(np.diff(roots[order], prepend=roots[order[0]] - 1))
    sums = np.add.reduceat(unit[order], firsts, axis=0, dtype=np.float64)
    return float(1 / max((sums**2).sum(), 1 / len(noise)))


def mean_errors(values: Array, found: Rare) -> Array:
    """Standard errors of weighted means, from how far the independent runs of a search are apart.

    Parameters
    ----------
    values : array, shape (n_paths, ...)
        One or more numbers for each of the paths that were found.
    found : Rare

    Returns
    -------
    array, shape (...)
        ``sqrt(R / (R - 1) sum_r (W_r (m_r - m))^2)`` with weight ``W_r`` and mean ``m_r`` of run ``r``: paths of one
        run are relatives, runs know nothing of each other. That the weights of the runs are estimates too is in it.
    """
    n_runs = len(found.each)
    w = found.weights / found.weights.sum()
    flat = np.asarray(values, dtype=np.float64).reshape(len(w), -1)
    off = (flat - w @ flat) * w[:, None]
    sums = np.stack([off[found.runs == run].sum(axis=0) for run in range(n_runs)])
    return np.asarray(np.sqrt(n_runs / (n_runs - 1) * (sums**2).sum(axis=0)).reshape(values.shape[1:]))


def honest_number(values: Array, found: Rare) -> float:
    """The smaller of two effective numbers of paths: by their noise, and by how far means of the runs are apart.

    Parameters
    ----------
    values : array, shape (n_paths, n_things)
        What is told about the paths, say the returns of the assets; things that never differ do not count.
    found : Rare

    Notes
    -----
    So many independent paths would have means with the errors that are seen, averaged over the things. With six runs
    that number is itself known to a third or so, hence the smaller one.
    """
    w = found.weights / found.weights.sum()
    flat = np.asarray(values, dtype=np.float64)
    variance = w @ (flat - w @ flat) ** 2
    told = variance > 1e-16
    if not told.any():
        return found.effective
    seen = float(np.mean(mean_errors(flat, found)[told] ** 2 / variance[told]))
    return min(found.effective, 1 / max(seen, 1 / len(w)))


def _start(draw: Draw, score: Score, shape: tuple[int, int], effort: Effort, seed: int) -> _Cloud:
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((effort.n_runs * effort.n_paths, *shape), dtype=np.float32)
    paths = draw(noise)
    sizes = (effort.n_runs, effort.n_paths)
    return _Cloud(
        noise=noise.reshape(*sizes, *shape),
        paths=paths.reshape(*sizes, *paths.shape[1:]),
        scores=_scores(score, paths).reshape(*sizes, -1),
        roots=np.tile(np.arange(effort.n_paths), (effort.n_runs, 1)),
        steps=np.full(effort.n_runs, _FIRST_STEP),
        n_drawn=len(noise),
        rng=rng,
    )


def _scores(score: Score, paths: Paths) -> Array:
    found = np.asarray(score(paths), dtype=np.float64)
    return found.reshape(len(paths), -1)


def _cut(scores: Array, kept: float) -> tuple[float, float, NDArray[np.intp]]:
    """Share that goes on, the floor it stands on (0: the event itself), and the rows."""
    inside = np.flatnonzero(scores >= 0)
    if len(inside) >= kept * len(scores):
        return len(inside) / len(scores), 0.0, inside
    floor, rows = _top(scores, kept)
    return len(rows) / len(scores), floor, rows


def _top(scores: Array, kept: float) -> tuple[float, NDArray[np.intp]]:
    rows = np.argsort(-scores, kind="stable")[: round(kept * len(scores))]
    return float(scores[rows[-1]]), rows


def _progress(shares: Array, least: float, done: NDArray[np.bool_]) -> float:
    """A guess: how far the rarest run has come on a logarithmic scale, never beyond 95 %."""
    deepest = np.log(max(float(shares.min()), least)) / np.log(least)
    return 0.95 if done.all() else 0.9 * float(np.sqrt(deepest))


def _say(tell: Tell | None, share: float, probability: float) -> None:
    if tell is not None and tell(min(share, 0.99), f"down to 1 in {1 / max(probability, 1e-12):,.0f}"):
        raise Stopped("the search was stopped: start it again to go on")


def _numbered(roots: NDArray[np.intp]) -> NDArray[np.intp]:
    """Roots of all runs, no two runs sharing one."""
    return np.asarray((roots + np.arange(len(roots))[:, None] * roots.shape[1]).reshape(-1))


def _result(cloud: _Cloud, each: Array, stages: Array, threshold: float, reached: bool) -> Rare:
    n_runs, n_paths = cloud.roots.shape
    probability = float(each.mean())
    variation = float(each.std(ddof=1) / np.sqrt(n_runs) / probability) if probability > 0 else np.inf
    reach = np.exp(reach_of(n_runs) * variation)
    shares = each / each.sum() if probability > 0 else np.full(n_runs, 1 / n_runs)
    weights = np.repeat(shares / n_paths, n_paths)
    noise = cloud.noise.reshape(-1, *cloud.noise.shape[2:])
    return Rare(
        probability=probability,
        low=probability / reach if probability > 0 else 0.0,
        high=min(1.0, probability * reach) if probability > 0 else np.nan,
        variation=variation,
        each=each,
        stages=stages,
        paths=cloud.all_paths(),
        noise=noise,
        weights=weights,
        runs=np.repeat(np.arange(n_runs), n_paths),
        effective=effective_number(noise, _numbered(cloud.roots), weights),
        threshold=threshold,
        reached=reached,
        n_drawn=cloud.n_drawn,
    )
