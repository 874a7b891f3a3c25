"""Judgements as one tidy table, with floors and comparisons."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from fingen_core.forecast.summary import summary
from fingen_core.generators.registry import classical
from fingen_core.metrics.catalog import METRICS
from fingen_core.metrics.long_run import compare
from fingen_core.validation.judged import Judged, Reference

__all__ = ["COLUMNS", "REFERENCE_RIVAL", "best_rival", "main_rival", "rows", "same_forecasts"]

REFERENCE_RIVAL = "fhs-gjr"
"""The rival that tomorrow is judged against, where it is among the rivals; else the one with the lowest score."""

COLUMNS = ("generator", "seed", "question", "horizon", "group", "metric", "value", "floor", "t", "t_short", "n")
"""Columns of the tidy table."""


def rows(judged: Judged, rival: Judged | None = None, reference: Reference | None = None) -> pd.DataFrame:
    """Everything measured of one generator as tidy rows.

    Parameters
    ----------
    judged : Judged
    rival : Judged, optional
        Whom the Diebold-Mariano ``t`` compares with; negative when ``judged`` is better. Missing where it forecast
        other days or portfolios.
    reference : Reference, optional
        History: without it the long run has nothing to be compared with and its rows are left out.

    Returns
    -------
    DataFrame
        ``COLUMNS``: generator (its key); question ("tomorrow", "long run", "novelty"); horizon in days (0 for the
        long run and novelty); group ("all", "equal weight"); metric (a key of ``metrics.catalog.METRICS``); value;
        floor (the distance from the ideal that two halves of history have between them; missing where there is none);
        t with automatic Newey-West lags; t_short with as many lags as forecasts overlap; n (forecasts, or paths).
    """
    parts = [_tomorrow(judged, rival, horizon) for horizon in judged.horizons]
    found: list[dict[str, Any]] = []
    if reference is not None:
        n = judged.portrait.n_paths + judged.portrait.n_nonfinite
        found += [
            {"question": "long run", "metric": name, "value": value, "floor": reference.floors.get(name), "n": n}
            for name, value in compare(judged.portrait, reference.portrait).items()
        ]
    n_windows = len(judged.novelty.generated)
    found += [
        {"question": "novelty", "metric": name, "value": value, "n": n_windows}
        for name, value in judged.novelty.numbers().items()
    ]
    parts.append(pd.DataFrame(found).assign(horizon=0, group="all"))
    table = pd.concat(parts, ignore_index=True).assign(generator=judged.key, seed=judged.seed)
    table = table.reindex(columns=list(COLUMNS))
    numbers = ["value", "floor", "t", "t_short"]
    return table.astype(dict.fromkeys(numbers, np.float64) | {"n": np.int64, "horizon": np.int64, "seed": np.int64})


def best_rival(table: pd.DataFrame, rivals: Sequence[str] | None = None) -> pd.DataFrame:
    """The best rival of each row of a tidy table.

    Parameters
    ----------
    table : DataFrame
        Rows of several generators; values are means over their seeds.
    rivals : sequence of str, optional
        Keys to choose from; every classical generator unless given.

    Returns
    -------
    DataFrame
        question, horizon, group, metric, generator, value: one row per metric that a rival has.
    """
    chosen = table[table["generator"].isin(list(classical()) if rivals is None else list(rivals))]
    keys = ["question", "horizon", "group", "metric"]
    means = chosen.groupby([*keys, "generator"], as_index=False, sort=False)["value"].mean().dropna(subset="value")
    losses = [_loss(metric, value) for metric, value in zip(means["metric"], means["value"], strict=True)]
    ordered = means.assign(loss=losses).sort_values("loss", kind="stable")
    best = ordered.drop_duplicates(keys).sort_index()
    return best[[*keys, "generator", "value"]].reset_index(drop=True)


def main_rival(judged: Judged, rivals: Sequence[Judged]) -> Judged | None:
    """Whom forecasts are compared with day by day: ``REFERENCE_RIVAL``, or the rival of the best score.

    Only rivals that forecast the same days can be; ``None`` where there is none.
    """
    able = [rival for rival in rivals if rival.key != judged.key and same_forecasts(judged, rival)]
    named = [rival for rival in able if rival.key == REFERENCE_RIVAL]
    return min(named or able, key=lambda rival: float(rival.one_day.fz0().mean()), default=None)


def same_forecasts(first: Judged, second: Judged) -> bool:
    """Whether both forecast the same days of the same portfolios one day ahead, so that they can be compared."""
    ours, theirs = first.one_day, second.one_day
    return ours.dates.equals(theirs.dates) and ours.portfolios == theirs.portfolios


def _tomorrow(judged: Judged, rival: Judged | None, horizon: int) -> pd.DataFrame:
    compared = None
    if rival is not None and rival.key != judged.key and horizon in rival.horizons and same_forecasts(judged, rival):
        compared = rival.forecasts(horizon)
    return summary(judged.forecasts(horizon), compared).assign(question="tomorrow", horizon=horizon)


def _loss(metric: str, value: float) -> float:
    """What a rival should have little of."""
    known = METRICS[metric]
    return -value if known.better == "higher" else known.miss(value)
