"""A market out of a file that has no fault at all."""

from pathlib import PurePath

import pandas as pd

from fingen_core.errors import InvalidMarket
from fingen_core.market.market import Market, Source
from fingen_core.market.quality.look import MIN_DATES, least_dates
from fingen_core.market.quality.remedies import count
from fingen_core.market.step import step_of
from fingen_core.market.upload.faults import faults
from fingen_core.market.upload.mapping import Mapping, note_of, prices_of, to_values

__all__ = ["to_market"]


def to_market(table: pd.DataFrame, mapping: Mapping, name: str) -> Market:
    """A market, if the file has no fault at all; dates that some asset lacks are left out.

    Raises
    ------
    InvalidMarket
        Naming the first fault by row and column, or that too few dates are common to all assets: 250 of daily prices,
        60 of those with longer steps.
    """
    values = to_values(table, mapping, name)
    wrong = faults(table, mapping, limit=1)
    if wrong:
        raise InvalidMarket(wrong[0])
    common = prices_of(values.dropna().sort_index(), mapping)
    least = least_dates(step_of(pd.DatetimeIndex(common.index))) if len(common) > 1 else MIN_DATES
    if len(common) < least:
        shortest = values.count().idxmin()
        raise InvalidMarket(
            f"only {count(len(common), 'date')} of {name} have a price of every asset, but at least {least} are "
            f"needed: leave out {shortest} ({count(int(values[shortest].count()), mapping.kind.noun)}), or add history"
        )
    source = Source(kind="upload", detail=name, note=note_of(mapping), indexed=mapping.values != "prices")
    return Market(common, source, PurePath(name).stem or "Upload")
