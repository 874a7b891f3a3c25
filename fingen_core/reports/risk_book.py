"""What a risk workbook shows, and what its sheets are written on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fingen_core.market.step import DAILY, Step
from fingen_core.portfolio.named import NamedPaths
from fingen_core.portfolio.portfolio import Portfolio
from fingen_core.portfolio.risk import Gains
from fingen_core.reports.excel import Workbook
from fingen_core.scenarios.outcomes import Outcomes
from fingen_core.types import Array

__all__ = ["FIRST", "LEVEL", "VALUE", "RiskBook", "Writing"]

FIRST = 4
"""Row (from 0) of the first position on the sheet Portfolio."""

VALUE = "Portfolio!$B$2"
"""The cell of the portfolio's value, for formulas of all sheets."""

LEVEL = "'Tail risk'!$B$2"
"""The cell of the level."""


@dataclass(frozen=True, eq=False, kw_only=True)
class RiskBook:
    """What the workbook shows.

    Attributes
    ----------
    portfolio : Portfolio
    tickers : tuple of str
    weights : array, shape (n_assets,)
        In the order of ``tickers``.
    level : float
    sources : sequence of Gains
        Model, history, rival.
    table : DataFrame
        Of ``portfolio.risk.risk_table``: its bands are values.
    contributions : DataFrame
        Columns asset, weight, Normal and perhaps Stress.
    scenarios : sequence of NamedPaths
    marks : mapping of str to str
        What must be said beside a scenario's loss, by its name.
    outcomes : sequence of Outcomes
        Values of the portfolio along the paths of every source, for the fan and the drawdowns.
    step : Step
        Of the market: what horizons are counted in.
    about : mapping of str to str
        The cover: what for, date, owner, portfolio, market, model; a few words each.
    lights : sequence of (str, str, str)
        What validation knows of the model: question, color and sentence.
    facts : mapping of str to str
        What makes it repeatable.
    card : mapping of str to DataFrame
        Tables of the model card by heading; empty leaves the sheet out.
    """

    portfolio: Portfolio
    tickers: tuple[str, ...]
    weights: Array
    level: float
    sources: Sequence[Gains]
    table: pd.DataFrame
    contributions: pd.DataFrame
    scenarios: Sequence[NamedPaths]
    marks: Mapping[str, str]
    outcomes: Sequence[Outcomes] = ()
    step: Step = DAILY
    about: Mapping[str, str]
    lights: Sequence[tuple[str, str, str]] = ()
    facts: Mapping[str, str]
    card: Mapping[str, pd.DataFrame]


class Writing:
    """A workbook while its sheets are written, with what several of them need.

    Attributes
    ----------
    book : RiskBook
    workbook : Workbook
    returns : dict of (int, int) to array
        Returns of the portfolio by (place of the source, horizon), worst first: the columns of the sheet Outcomes.
    """

    def __init__(self, book: RiskBook) -> None:
        self.book, self.workbook = book, Workbook(f"Risk of {book.portfolio.name}")
        self.formats, self.heads, self.sheet = self.workbook.formats, self.workbook.heads, self.workbook.sheet
        self.returns = {
            (place, horizon): np.sort(source.returns(horizon, book.weights))
            for place, source in enumerate(book.sources)
            for horizon in source.over
        }
