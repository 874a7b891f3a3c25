"""All numbers of a validation as one table: value, floor, best rival, t and n, with the formula of each."""

from collections.abc import Sequence

import pandas as pd

from fingen_core.market import spreadsheet
from fingen_core.metrics.catalog import METRICS
from fingen_core.validation.judged import Judged, Reference
from fingen_core.validation.table import best_rival, main_rival, rows

__all__ = ["PLACE", "all_rows", "numbers", "to_csv"]

PLACE = ["question", "horizon", "group", "metric"]
"""What a number is, whoever it is measured of."""


def all_rows(judged: Sequence[Judged], rivals: Sequence[Judged], reference: Reference) -> pd.DataFrame:
    """Tidy rows of all, each compared with its main rival."""
    parts = [rows(one, main_rival(one, rivals), reference) for one in [*judged, *rivals]]
    return pd.concat(parts, ignore_index=True)


def numbers(table: pd.DataFrame, key: str, rivals: Sequence[str]) -> pd.DataFrame:
    """Raw numbers of one generator, for a table or a CSV.

    Parameters
    ----------
    table : DataFrame
        Tidy rows; several seeds of a generator are averaged.
    key : str
        The generator.
    rivals : sequence of str
        Keys among which the best of each row is looked for.

    Returns
    -------
    DataFrame
        question, horizon, group, metric, label, value, spread (standard deviation over seeds; missing with one), floor,
        best_rival, best_rival_value, t, t_short, n, unit, better, formula, source.
    """
    mine = table[table["generator"] == key].groupby(PLACE, sort=False)
    found = (
        mine[["value", "floor", "t", "t_short", "n"]].mean().join(mine["value"].std().rename("spread")).reset_index()
    )
    best = best_rival(table, [name for name in rivals if name != key])
    best = best.rename(columns={"generator": "best_rival", "value": "best_rival_value"})
    found = found.merge(best, on=PLACE, how="left")
    for name in ("label", "unit", "better", "formula", "source"):
        found[name] = [getattr(METRICS[metric], name) for metric in found["metric"]]
    order = [*PLACE, "label", "value", "spread", "floor", "best_rival", "best_rival_value", "t", "t_short", "n"]
    return found[[*order, "unit", "better", "formula", "source"]]


def to_csv(table: pd.DataFrame) -> bytes:
    """Any of these tables as a file: raw decimals, six digits."""
    return spreadsheet.to_csv(table, digits=6).encode()
