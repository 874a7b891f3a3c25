"""What is compared on screen: the value of one portfolio along many paths, generated or from history."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from fingen_core.errors import InvalidInput
from fingen_core.market.step import Step
from fingen_core.metrics.risk import max_drawdown
from fingen_core.portfolio.risk import tail_bands
from fingen_core.scenarios.severity import Selection, horizon_losses, worst_share
from fingen_core.types import Array

__all__ = [
    "NOT_HAPPENED",
    "Kind",
    "Outcomes",
    "cluster_order",
    "correlation",
    "rolling_volatility",
    "stress_days",
    "tail_table",
]

NOT_HAPPENED = "Generated. Has not happened."
"""What every generated path says of itself, on pictures and in files."""

Kind: TypeAlias = Literal["generated", "history", "rival"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Outcomes:
    """Values of one portfolio along paths that start at 1.

    Attributes
    ----------
    label : str
        Whose paths they are, for people: "VAE, balanced", "History".
    kind : {"generated", "history", "rival"}
        What the color means.
    values : array, shape (n_paths, n_steps + 1)
    note : str
        The sample in words: "2,000 paths, 63 days, from 2022-12-28, seed 1".
    rows : array of int, shape (n_paths,)
        Where each path stands in the full sample.
    weights : array, shape (n_paths,)
        1, or a fraction for the last path of a selection.
    """

    label: str
    kind: Kind
    values: Array
    note: str
    rows: NDArray[np.intp]
    weights: Array

    @classmethod
    def of(cls, values: ArrayLike, *, label: str, kind: Kind, note: str) -> Self:
        """All paths of a sample; ``InvalidInput`` unless values are finite and positive, shape (n, n_steps + 1)."""
        array = np.asarray(values, dtype=np.float64)
        if array.ndim != 2 or array.shape[0] < 1 or array.shape[1] < 2:
            raise InvalidInput(f"values of shape {array.shape}: need at least one path of at least one step")
        if not (np.isfinite(array) & (array > 0)).all():
            raise InvalidInput(f"{label}: a value is not finite or not above 0; use long weights or another run")
        n_paths = len(array)
        return cls(label=label, kind=kind, values=array, note=note, rows=np.arange(n_paths), weights=np.ones(n_paths))

    @property
    def n_paths(self) -> int:
        return int(self.values.shape[0])

    @property
    def n_steps(self) -> int:
        return int(self.values.shape[1] - 1)

    def returns(self) -> Array:
        """Simple return over the horizon, shape (n_paths,)."""
        return -horizon_losses(self.values)

    def worst(self, share: float, losses: ArrayLike | None = None) -> Self:
        """The worst ``share`` of the paths, worst first; by their own horizon loss unless ``losses`` are given."""
        if share == 1:
            return self
        chosen: Selection = worst_share(horizon_losses(self.values) if losses is None else losses, share)
        return replace(self, values=self.values[chosen.rows], rows=self.rows[chosen.rows], weights=chosen.weights)

    def mean_loss(self) -> float:
        """Mean loss over the horizon, fractions counted: of the worst 1 % this is the expected shortfall at 99 %."""
        return float(np.average(-self.returns(), weights=self.weights))

    def worst_path(self) -> int:
        """Row (of this selection) that loses most over the horizon."""
        return int(np.argmin(self.values[:, -1]))

    def median_path(self) -> int:
        """Row (of this selection) whose return over the horizon is the median one (the lower of two)."""
        return int(np.argsort(self.values[:, -1], kind="stable")[(self.n_paths - 1) // 2])


def tail_table(
    samples: Sequence[Outcomes],
    *,
    step: Step,
    levels: tuple[float, float, float] = (0.95, 0.975, 0.99),
    seed: int = 0,
) -> pd.DataFrame:
    """Losses in the tail of each sample, with bands.

    Parameters
    ----------
    samples : sequence of Outcomes
        Whole samples, not selections: a tail of a tail has another meaning.
    step : Step
        Of their market.
    levels : tuple of float
        Confidence levels of value at risk and expected shortfall.
    seed : int
        Of the bootstrap.

    Returns
    -------
    DataFrame
        Columns measure, sample, kind, estimate, low, high (decimals, positive for a loss); 90 % bands.

    Notes
    -----
    Bands are those of ``portfolio.risk.tail_bands``, as on the page of a portfolio: generated paths are independent and
    resampled one by one; windows of history overlap and come in clusters, so they are resampled in blocks of the
    horizon and a month, in the order of time, and have no band where the tail holds less than one block. The worst loss
    and the worst drawdown are extremes of a sample and carry no band.
    """
    names = {"VaR": "Value at risk", "ES": "Expected shortfall"}
    rows = []
    for sample in samples:
        returns, depth = sample.returns(), max_drawdown(sample.values)
        mean_block = float(sample.n_steps + step.stretch) if sample.kind == "history" else 1.0
        tails = tail_bands(returns, levels, mean_block=mean_block, seed=seed)
        for name, words in names.items():
            for row in tails[tails["measure"] == name].itertuples(index=False):
                told = (f"{words}, {row.level * 100:g}\u00a0%", sample.label, sample.kind)
                rows.append((*told, row.estimate, row.low, row.high))
        falls = tail_bands(-depth, (0.95,), mean_block=mean_block, seed=seed).iloc[0]
        told = ("Drawdown that 1 in 20 exceeds", sample.label, sample.kind)
        rows.append((*told, falls["estimate"], falls["low"], falls["high"]))
        rows.append(("Worst loss over the horizon", sample.label, sample.kind, float(-returns.min()), np.nan, np.nan))
        rows.append(("Worst drawdown", sample.label, sample.kind, float(depth.max()), np.nan, np.nan))
    return pd.DataFrame(rows, columns=["measure", "sample", "kind", "estimate", "low", "high"])


def rolling_volatility(values: ArrayLike, n_days: int, steps_per_year: float) -> Array:
    """Annualized volatility of the last ``n_days`` log returns after each day from the ``n_days``-th on.

    Returns
    -------
    array, shape (n_paths, n_steps - n_days + 1)
        Root of the mean square of daily log returns (their mean over a month is noise) times the root of
        ``steps_per_year``; decimals.
    """
    logs = np.log(np.asarray(values, dtype=np.float64))
    squares = np.diff(logs, axis=1) ** 2
    n_steps = squares.shape[1]
    if not 1 <= n_days <= n_steps:
        raise InvalidInput(f"volatility over {n_days} steps of paths of {n_steps}: choose 1 to {n_steps}")
    total = np.concatenate([np.zeros((len(squares), 1)), np.cumsum(squares, axis=1)], axis=1)
    mean = np.maximum(total[:, n_days:] - total[:, :-n_days], 0) / n_days
    return np.asarray(np.sqrt(mean * steps_per_year))


def stress_days(log_returns: ArrayLike, share: float = 0.1) -> Array:
    """Days on which the equal-weight mean of the assets was among the worst ``share``, shape (n_days, n_assets)."""
    days = _days(log_returns)
    return days[worst_share(-days.mean(axis=1), share).rows]


def correlation(log_returns: ArrayLike) -> Array:
    """Correlation of the assets over all days of all paths, shape (n_assets, n_assets).

    An asset that never moves has no correlation: its entries are 0, and 1 on the diagonal.
    """
    days = _days(log_returns)
    centered = days - days.mean(axis=0)
    size = np.sqrt((centered**2).sum(axis=0))
    unit = centered / np.where(size > 0, size, 1)
    matrix = unit.T @ unit
    np.fill_diagonal(matrix, 1.0)
    return np.asarray(np.clip(matrix, -1, 1))


def cluster_order(matrix: ArrayLike) -> list[int]:
    """Order of the assets that puts like ones together: average linkage on ``sqrt((1 - correlation) / 2)``."""
    from scipy.cluster.hierarchy import leaves_list, linkage  # a third of a second that Home need not wait for
    from scipy.spatial.distance import squareform

    values = np.asarray(matrix, dtype=np.float64)
    if len(values) < 3:
        return list(range(len(values)))
    distance = np.sqrt(np.clip((1 - values) / 2, 0, 1))
    np.fill_diagonal(distance, 0)
    tree = linkage(squareform(distance, checks=False), method="average", optimal_ordering=True)
    return [int(leaf) for leaf in leaves_list(tree)]


def _days(log_returns: ArrayLike) -> Array:
    array = np.asarray(log_returns, dtype=np.float64)
    return array.reshape(-1, array.shape[-1])
