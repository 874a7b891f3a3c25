"""The checks of the quality report, in their order."""

import pandas as pd

from fingen_core.market.quality.coverage import COVERAGE
from fingen_core.market.quality.flat import FLAT, ROUNDED
from fingen_core.market.quality.form import FORM
from fingen_core.market.quality.gaps import GAPS
from fingen_core.market.quality.jumps import JUMPS
from fingen_core.market.quality.look import MIN_DATES, Check, Look
from fingen_core.market.quality.remedies import Finding, count, day_text, years

__all__ = ["MIN_DATES", "OF_PRICES", "OF_VALUES", "span", "too_short"]

OF_VALUES: tuple[Check, ...] = (*FORM, *COVERAGE, *GAPS)
"""Checks of the numbers as they came, prices or returns: after them nothing is missing."""

OF_PRICES: tuple[Check, ...] = (*FLAT, *JUMPS, *ROUNDED)
"""Checks of what the numbers say about prices."""


def too_short(prices: pd.DataFrame, look: Look) -> list[Finding]:
    """What to say if there is nothing left to learn from."""
    if prices.shape[1] == 0:
        text = "No asset is left: every column has a problem that only dropping it would mend."
    elif prices.empty:
        text = "No date is left on which every asset has a number: leave out assets, or add history."
    elif len(prices) < look.least:
        dates = "date" if look.step.unit == "day" else f"{look.step.adjective} date"
        text = (
            f"Only {count(len(prices), dates)} common to {count(prices.shape[1], 'asset')}, but at least "
            f"{look.least} are needed: choose an earlier start, or leave out the assets with the shortest history."
        )
    else:
        return []
    return [Finding(severity="error", kind="span", text=text)]


def span(prices: pd.DataFrame) -> Finding:
    if prices.empty:
        return Finding(severity="info", kind="span", text="Nothing is left to describe.")
    first, last = prices.index[0], prices.index[-1]
    text = (
        f"{count(prices.shape[1], 'asset')} over {count(len(prices), 'common date')}, "
        f"{day_text(first)} to {day_text(last)} ({years(last - first)})."
    )
    return Finding(severity="info", kind="span", text=text)
