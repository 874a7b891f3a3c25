"""From forecasts to the figures that are shown: means of scores, tests, and the comparison with a rival."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import kstest

from fingen_core.backtests import (
    DieboldMariano,
    acerbi_szekely,
    christoffersen,
    diebold_mariano,
    kupiec,
    newey_west_lags,
    rolling_traffic_lights,
)
from fingen_core.errors import InvalidInput
from fingen_core.forecast.walk_forward import Forecasts, walk
from fingen_core.generators.protocol.base import Generator
from fingen_core.market import Market
from fingen_core.metrics.validation import TAILS, tail_name
from fingen_core.types import Array

__all__ = ["GROUPS", "against", "compared", "daily_scores", "one_day", "summary"]

GROUPS = ("all", "equal weight")
"""Groups of portfolios that tables show."""

_LEAST = 20  # forecasts below which no test is worth its name
_LIGHT_DAYS = 250


def daily_scores(forecasts: Forecasts, group: str = "all") -> dict[str, Array]:
    """Score of each forecast, mean over a group of portfolios, shape (n_days,).

    fz0_1, fz0_2.5, fz0_5, crps, energy, pinball_1, pinball_2.5, pinball_5, in units of percent returns. The energy
    score is about the assets, so it is there for "all" only.
    """
    columns = forecasts.rows(group)
    fz0 = forecasts.fz0()[:, columns].mean(axis=1)
    scores: dict[str, Array] = {tail_name(tail): fz0[:, i] for i, tail in enumerate(TAILS)}
    scores["crps"] = 100 * forecasts.crps[:, columns].mean(axis=1)
    if group == "all":
        scores["energy"] = 100 * forecasts.energy
    lost = forecasts.pinball()[:, columns].mean(axis=1)
    return scores | {f"pinball_{100 * tail:g}": lost[:, i] for i, tail in enumerate(TAILS)}


def summary(
    forecasts: Forecasts, rival: Forecasts | None = None, *, groups: Sequence[str] | None = None
) -> pd.DataFrame:
    """Tidy table with columns group, metric, value, t, t_short and n.

    Scores (``fz0_1``, ``fz0_2.5``, ``fz0_5``, ``crps``, ``energy``, ``pinball_*``: mean over forecasts, percent, lower
    is better) carry the Diebold-Mariano t against ``rival``, negative when this one is better: ``t`` with the usual
    Newey-West lags, ``t_short`` with as many lags as forecasts overlap. Per tail and group: ``hits_*`` the share of
    hits; for "all" ``kupiec_rejected_*`` is the share of portfolios whose Kupiec test rejects at 5 %; for one portfolio
    ``kupiec_*``, ``independence_*``, ``joint_*`` and ``pit_p`` are p-values, ``z2_*`` the statistic of Acerbi and
    Szekely and ``green_*`` the share of 250-day stretches in Basel's green zone (one-day forecasts of every day only).
    ``n`` counts forecasts. What they are stands in ``metrics.catalog``.

    Forecasts that overlap are not independent, which the tests of hits and ranks assume: they are given every
    ``overlap``-th forecast only, and ``n`` says how many that were.
    """
    found: list[dict[str, Any]] = []
    known = GROUPS if forecasts.portfolios[0] in GROUPS else GROUPS[:1]
    for group in known if groups is None else groups:
        tests = compared(forecasts, rival, group) if rival is not None else {}
        for name, daily in daily_scores(forecasts, group).items():
            t, short = (test.t for test in tests[name]) if name in tests else (np.nan, np.nan)
            found.append({"group": group, "metric": name, "value": float(daily.mean()), "t": t, "t_short": short})
        for row in found:
            row.setdefault("n", len(forecasts.dates))
        found += _coverage(forecasts, group) if group == "all" else _tests(forecasts, group)
    return pd.DataFrame(found, columns=["group", "metric", "value", "t", "t_short", "n"])


def compared(
    forecasts: Forecasts, rival: Forecasts, group: str = "all"
) -> dict[str, tuple[DieboldMariano, DieboldMariano]]:
    """Diebold-Mariano of each score against a rival's forecasts of the same days: with automatic lags, and with few.

    The automatic lags are at least as many as forecasts overlap, the few are exactly so many. Empty with fewer than 20
    forecasts.

    Raises
    ------
    InvalidInput
        If days, horizons or portfolios differ.
    """
    same = forecasts.dates.equals(rival.dates) and forecasts.horizon == rival.horizon
    if not same or forecasts.portfolios != rival.portfolios:
        raise InvalidInput("forecasts of different days or portfolios cannot be compared: walk both over the same ones")
    if len(forecasts.dates) < _LEAST:
        return {}
    few = forecasts.overlap
    automatic = max(newey_west_lags(len(forecasts.dates)), few)
    ours, theirs = daily_scores(forecasts, group), daily_scores(rival, group)
    return {
        name: (
            diebold_mariano(ours[name], theirs[name], lags=automatic),
            diebold_mariano(ours[name], theirs[name], lags=few),
        )
        for name in ours
    }


def against(forecasts: Forecasts, rival: Forecasts, group: str = "all") -> dict[str, float]:
    """Diebold-Mariano t of each score with automatic lags."""
    return {name: tests[0].t for name, tests in compared(forecasts, rival, group).items()}


def _coverage(forecasts: Forecasts, group: str) -> list[dict[str, Any]]:
    hits = forecasts.hits()
    apart = hits[:: forecasts.overlap]
    found: list[dict[str, Any]] = []
    for i, tail in enumerate(TAILS):
        name = f"{100 * tail:g}"
        found.append({"group": group, "metric": f"hits_{name}", "value": float(hits[..., i].mean()), "n": len(hits)})
        if len(apart) >= _LEAST:
            rejected = [kupiec(apart[:, j, i], tail).p_value < 0.05 for j in range(apart.shape[1])]
            share = float(np.mean(rejected))
            found.append({"group": group, "metric": f"kupiec_rejected_{name}", "value": share, "n": len(apart)})
    return found


def _tests(forecasts: Forecasts, group: str) -> list[dict[str, Any]]:
    column = forecasts.rows(group)[0]
    hits = forecasts.hits()[:, column]
    apart = hits[:: forecasts.overlap]
    found: list[dict[str, Any]] = []
    if len(apart) >= _LEAST:
        even = kstest(forecasts.pit[:: forecasts.overlap, column], "uniform").pvalue
        found.append({"group": group, "metric": "pit_p", "value": float(even), "n": len(apart)})
    for i, tail in enumerate(TAILS):
        name = f"{100 * tail:g}"
        forecast = (forecasts.value_at_risk[:, column, i], forecasts.expected_shortfall[:, column, i])
        values: dict[str, tuple[float, int]] = {f"hits_{name}": (float(hits[:, i].mean()), len(hits))}
        if len(apart) >= _LEAST:
            clusters = christoffersen(apart[:, i], tail)
            values |= {
                f"kupiec_{name}": (kupiec(apart[:, i], tail).p_value, len(apart)),
                f"independence_{name}": (clusters.independence.p_value, len(apart)),
                f"joint_{name}": (clusters.joint.p_value, len(apart)),
            }
        if (forecast[1] > 0).all():  # not defined for a shortfall that is a gain
            z2 = acerbi_szekely(forecasts.realized[:, column], *forecast, tail).statistic
            values[f"z2_{name}"] = z2, len(hits)
        if forecasts.horizon == forecasts.stride == 1 and len(hits) >= _LIGHT_DAYS:
            green = float((rolling_traffic_lights(hits[:, i], tail) == 0).mean())
            values[f"green_{name}"] = green, len(hits)
        found += [{"group": group, "metric": metric, "value": value, "n": n} for metric, (value, n) in values.items()]
    return found


def one_day(generator: Generator, market: Market, from_date: str | pd.Timestamp, **options: Any) -> pd.DataFrame:
    """Scores of one generator by the one-day protocol as a tidy table: group, metric, value.

    ``options`` are those of ``walk``; the metrics those of ``summary``.
    """
    from fingen_core.forecast.summary import summary

    return summary(walk(generator, market, from_date, **options))
