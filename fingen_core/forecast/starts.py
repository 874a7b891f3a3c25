"""What a generator knew on the evening before each test day, with the yearly refits that practice allows itself."""

from typing import Any

import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.generators.protocol.base import Generator, States
from fingen_core.market import Market

__all__ = ["Evenings"]


class Evenings:
    """States of a fitted generator along a market, each refit made once, however many walks ask for it.

    Parameters
    ----------
    generator : Generator
        Fitted to days before the test.
    market : Market
        History before and during the test.
    from_date : date
        Last day before the test. The fit serves the rest of the calendar year in which the test begins.
    refit_yearly : bool
        Fit again, by the generator's ``refit``, to all days before each later calendar year.

    Raises
    ------
    InvalidInput
        If a refit is asked of a generator that has none.
    """

    def __init__(
        self, generator: Generator, market: Market, from_date: str | pd.Timestamp, *, refit_yearly: bool = False
    ) -> None:
        self.generator, self.market, self.refit_yearly = generator, market, refit_yearly
        later = market.return_dates[market.return_dates > pd.Timestamp(from_date)]
        self._first_year = later[0].year if len(later) else market.dates[-1].year
        self._years: dict[int, tuple[Generator, States]] = {}

    def before(self, day: int) -> tuple[Generator, Any]:
        """Generator and its state on the evening before the ``day``-th return of the market."""
        year = self.market.return_dates[day].year if self.refit_yearly else self._first_year
        generator, states = self._of_year(max(year, self._first_year))
        return generator, states.at(self.market.dates[day])

    def _of_year(self, year: int) -> tuple[Generator, States]:
        if year not in self._years:
            fitted = self.generator
            if year != self._first_year:
                # From the refit before, whose parameters are a good start; a year that no walk visited is passed over.
                before = self._years[max(known for known in self._years if known < year)][0] if self._years else fitted
                fitted = _refitted(before, self.market.between(end=pd.Timestamp(year - 1, 12, 31)))
            self._years[year] = fitted, fitted.states(self.market)
        return self._years[year]


def _refitted(generator: Generator, history: Market) -> Generator:
    refit = getattr(generator, "refit", None)
    if refit is None:
        raise InvalidInput(f"{generator.label} cannot be refitted during a walk: leave out the yearly refit")
    fresh: Generator = refit(history)
    return fresh
