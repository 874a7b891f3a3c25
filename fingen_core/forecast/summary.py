"""From one-day forecasts to the figures that are shown: means of scores, tests, and the comparison with a rival."""

from typing import Any

import numpy as np
import pandas as pd

from fingen_core.backtests import acerbi_szekely, christoffersen, diebold_mariano, kupiec, rolling_traffic_lights
from fingen_core.errors import InvalidInput
from fingen_core.forecast.walk_forward import Forecasts
from fingen_core.metrics.validation import TAILS, tail_name
from fingen_core.types import Array

__all__ = ["GROUPS", "against", "daily_scores", "summary"]

GROUPS = ("all", "equal weight")
"""Groups of portfolios that tables show."""


def daily_scores(forecasts: Forecasts, group: str = "all") -> dict[str, Array]:
    """Score of each day, mean over a group of portfolios, shape (n_days,): fz0_1, fz0_2.5, fz0_5, crps, energy.

    In units of percent returns. The energy score is about the assets, so it is there for "all" only.
    """
    columns = forecasts.rows(group)
    fz0 = forecasts.fz0()[:, columns].mean(axis=1)
    scores: dict[str, Array] = {tail_name(tail): fz0[:, i] for i, tail in enumerate(TAILS)}
    scores["crps"] = 100 * forecasts.crps[:, columns].mean(axis=1)
    return scores | ({"energy": 100 * forecasts.energy} if group == "all" else {})


def summary(forecasts: Forecasts, rival: Forecasts | None = None) -> pd.DataFrame:
    """Tidy table with columns group, metric, value and t.

    Scores (``fz0_1``, ``fz0_2.5``, ``fz0_5``, ``crps``, ``energy``: mean over days, percent, lower is better) carry the
    Diebold-Mariano t against ``rival``, negative when this one is better. Per tail and group: ``hits_*`` the share
    of hits; for "all" ``kupiec_*`` is the share of portfolios whose Kupiec test rejects at 5 %; for one portfolio
    ``kupiec_*``, ``independence_*`` and ``joint_*`` are p-values, ``z2_*`` the statistic of Acerbi and Szekely and
    ``green_*`` the share of 250-day stretches in Basel's green zone.
    """
    rows: list[dict[str, Any]] = []
    for group in GROUPS if forecasts.portfolios[0] in GROUPS else GROUPS[:1]:
        ts = against(forecasts, rival, group) if rival is not None else {}
        rows += [
            {"group": group, "metric": name, "value": float(daily.mean()), "t": ts.get(name, np.nan)}
            for name, daily in daily_scores(forecasts, group).items()
        ]
        tests = _coverage(forecasts) if group == "all" else _tests(forecasts, group)
        rows += [{"group": group, "metric": name, "value": value, "t": np.nan} for name, value in tests.items()]
    return pd.DataFrame(rows)


def against(forecasts: Forecasts, rival: Forecasts, group: str = "all") -> dict[str, float]:
    """Diebold-Mariano t of each score against a rival's forecasts of the same days and portfolios."""
    if not forecasts.dates.equals(rival.dates) or forecasts.portfolios != rival.portfolios:
        raise InvalidInput("forecasts of different days or portfolios cannot be compared: walk both over the same ones")
    ours, theirs = daily_scores(forecasts, group), daily_scores(rival, group)
    return {name: diebold_mariano(ours[name], theirs[name]).t for name in ours}


def _coverage(forecasts: Forecasts) -> dict[str, float]:
    hits = forecasts.hits()
    values: dict[str, float] = {}
    for i, tail in enumerate(TAILS):
        rejected = [kupiec(hits[:, j, i], tail).p_value < 0.05 for j in range(hits.shape[1])]
        values |= {
            f"hits_{100 * tail:g}": float(hits[..., i].mean()),
            f"kupiec_{100 * tail:g}": float(np.mean(rejected)),
        }
    return values


def _tests(forecasts: Forecasts, group: str) -> dict[str, float]:
    column = forecasts.rows(group)[0]
    hits = forecasts.hits()[:, column]
    values: dict[str, float] = {}
    for i, tail in enumerate(TAILS):
        name, clusters = f"{100 * tail:g}", christoffersen(hits[:, i], tail)
        forecast = (forecasts.value_at_risk[:, column, i], forecasts.expected_shortfall[:, column, i])
        values |= {
            f"hits_{name}": float(hits[:, i].mean()),
            f"kupiec_{name}": kupiec(hits[:, i], tail).p_value,
            f"independence_{name}": clusters.independence.p_value,
            f"joint_{name}": clusters.joint.p_value,
            f"z2_{name}": acerbi_szekely(forecasts.realized[:, column], *forecast, tail).statistic,
        }
        if len(hits) >= 250:
            values[f"green_{name}"] = float((rolling_traffic_lights(hits[:, i], tail) == 0).mean())
    return values
