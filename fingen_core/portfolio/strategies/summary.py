"""What is kept of a backtest on many paths: measures of each path and the fan of wealth."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from fingen_core.portfolio.strategies.backtest import Backtest
from fingen_core.portfolio.strategies.measures import MEASURES, luck, measures, worst_share_rows
from fingen_core.types import Array

__all__ = ["QUANTILES", "Summary", "fair_table", "neighbors_of"]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, eq=False, kw_only=True)
class Summary:
    """A rule's outcomes.

    Attributes
    ----------
    told : str
        The rule with its settings.
    measures : DataFrame
        One row for each path: columns ``MEASURES``.
    fan : array, shape (5, n_steps + 1)
        ``QUANTILES`` of wealth over capital, day by day; of one path its wealth five times.
    costs, turnover, trades : float
        Means over paths: share of capital paid, amounts traded over capital, number of trades.
    """

    told: str
    measures: pd.DataFrame
    fan: Array
    costs: float
    turnover: float
    trades: float

    @classmethod
    def of(cls, told: str, tested: Backtest, steps_per_year: float) -> Self:
        """Summarize a backtest."""
        return cls(
            told=told,
            measures=measures(tested.wealth, steps_per_year),
            fan=np.quantile(tested.values, QUANTILES, axis=0),
            costs=float((tested.costs / tested.wealth[:, 0]).mean()),
            turnover=float(tested.turnover.mean()),
            trades=float(tested.trades.mean()),
        )

    @property
    def n_paths(self) -> int:
        return len(self.measures)

    def middle(self, measure: str) -> tuple[float, float, float]:
        """Median of a measure with the 5 % and the 95 % quantile."""
        low, middle, high = np.quantile(self.measures[measure], [0.05, 0.5, 0.95])
        return float(middle), float(low), float(high)


def fair_table(generated: Sequence[Summary], history: Sequence[Summary], holding: Summary) -> pd.DataFrame:
    """Several rules side by side.

    Parameters
    ----------
    generated, history : sequence of Summary
        The same rules in the same order; ``history`` is empty where the paths set out from the last day.
    holding : Summary
        Buying and holding on the same generated paths: says which path is how bad.

    Returns
    -------
    DataFrame
        One row for each rule: median, 5 % and 95 % of each measure, history's value and its ``luck``, the share of
        paths on which the rule ends above holding, its mean return over the worst tenth of paths for holding, costs.
    """
    worst = worst_share_rows(holding.measures["total"], 0.1)
    rows = []
    for at, one in enumerate(generated):
        row: dict[str, float | str] = {"rule": one.told}
        for name in MEASURES:
            row[f"{name}_median"], row[f"{name}_low"], row[f"{name}_high"] = one.middle(name)
            if history:
                happened = float(history[at].measures[name].iloc[0])
                row[f"{name}_history"] = happened
                row[f"{name}_luck"] = luck(happened, one.measures[name])
        row["beats_holding"] = luck(0.0, (holding.measures["total"] - one.measures["total"]).round(12))
        row["worst_tenth"] = float(one.measures["total"].iloc[worst].mean())
        row["worst_tenth_drawdown"] = float(one.measures["drawdown"].iloc[worst].mean())
        row["costs"], row["turnover"], row["trades"] = one.costs, one.turnover, one.trades
        rows.append(row)
    return pd.DataFrame(rows)


def neighbors_of(value: float, low: float, high: float, count: int) -> list[float]:
    """``count`` values spread evenly over the middle of a setting's range, ``value`` itself left out."""
    spread = np.linspace(low, high, count + 2)[1:-1]
    return [float(one) for one in spread if abs(one - value) > 1e-9]
