"""What happened: dates, tickers and adjusted prices, and where they came from."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, Self

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput, InvalidMarket
from fingen_core.market.step import Step, step_of
from fingen_core.types import Array

__all__ = ["Market", "Source"]


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a market's prices came from.

    Attributes
    ----------
    kind : {"bundled", "yahoo", "store", "upload"}
        ``store`` means: once from Yahoo, now from the local copy because Yahoo did not answer.
    detail : str
        One line for people: file name, data set, or provider.
    retrieved : str
        ISO date (or date and time) of the newest fetch; empty when it does not apply.
    note : str
        What a person must know about it: staleness, licence.
    currencies : mapping of str to str
        What prices are quoted in, by ticker (``GBp`` is pence); tickers of which nobody says so are left out.
    indexed : bool
        Whether prices were made from returns and begin at 100: they tell moves, and not what a share costs.
    accepted : tuple of str
        Findings of the quality report that somebody looked at and kept, by their keys.
    """

    kind: Literal["bundled", "yahoo", "store", "upload"]
    detail: str = ""
    retrieved: str = ""
    note: str = ""
    currencies: Mapping[str, str] = field(default_factory=dict, hash=False)
    indexed: bool = False
    accepted: tuple[str, ...] = field(default=(), hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "accepted", tuple(self.accepted))  # a list where it was read from JSON


@dataclass(frozen=True, eq=False)
class Market:
    """Adjusted closing prices of several assets over common dates.

    Parameters
    ----------
    prices : DataFrame, shape (n_dates, n_assets)
        Index: strictly increasing dates without time zone. Columns: tickers. Values: finite and positive.
    source : Source
        Where they came from.
    name : str
        A name for people.
    known_step : Step or None
        The step of the market that this one is a part of: a month of prices cannot tell its own; default: measured.

    Raises
    ------
    InvalidMarket
        If a price is missing, not finite or not positive, a date or ticker repeats, or dates go backwards.

    Notes
    -----
    ``n_dates`` prices give ``n_steps = n_dates - 1`` returns.
    """

    prices: pd.DataFrame
    source: Source
    name: str = "Market"
    known_step: Step | None = field(default=None, kw_only=True, repr=False)

    def __post_init__(self) -> None:
        prices = self.prices.astype(np.float64)
        prices.index = pd.DatetimeIndex(prices.index, name="date")
        prices.columns = pd.Index([str(column) for column in prices.columns], name="ticker")
        _refuse_unusable(prices)
        prices.to_numpy().flags.writeable = False
        object.__setattr__(self, "prices", prices)

    @property
    def tickers(self) -> tuple[str, ...]:
        return tuple(self.prices.columns)

    @property
    def dates(self) -> pd.DatetimeIndex:
        """Dates of the prices, length ``n_steps + 1``."""
        return pd.DatetimeIndex(self.prices.index)

    @property
    def return_dates(self) -> pd.DatetimeIndex:
        """Dates of the returns, length ``n_steps``."""
        return self.dates[1:]

    @cached_property
    def step(self) -> Step:
        """How far apart prices are, and how many steps make a year; a part of a market has the step of the whole."""
        return self.known_step or step_of(self.dates)

    @property
    def is_indexed(self) -> bool:
        """Whether nobody knows what a share costs: prices were made from returns, or several all begin at 100."""
        return self.source.indexed or (self.n_assets > 1 and bool((self.prices.iloc[0] == 100).all()))

    @property
    def n_assets(self) -> int:
        return int(self.prices.shape[1])

    @property
    def n_steps(self) -> int:
        return int(self.prices.shape[0]) - 1

    @cached_property
    def _log_returns(self) -> Array:
        values: Array = np.diff(np.log(self.prices.to_numpy()), axis=0)
        values.flags.writeable = False
        return values

    def log_returns(self) -> Array:
        """Log returns per step, shape (n_steps, n_assets), read-only."""
        return self._log_returns

    def select(self, tickers: list[str] | tuple[str, ...]) -> Self:
        """The same market with these columns only, in this order."""
        unknown = [ticker for ticker in tickers if ticker not in self.prices.columns]
        if unknown:
            raise InvalidInput(f"{', '.join(unknown)} not in this market: choose from {', '.join(self.tickers)}")
        return self._with(self.prices[list(tickers)])

    def between(self, start: str | pd.Timestamp | None = None, end: str | pd.Timestamp | None = None) -> Self:
        """Prices from ``start`` to ``end``, both included; ``None`` leaves that side open."""
        part = self.prices.loc[start:end]
        if len(part) < 2:
            raise InvalidInput(
                f"{len(part)} prices between {start or 'the start'} and {end or 'the end'}, but a return needs two: "
                f"choose dates inside {self.dates[0]:%Y-%m-%d} to {self.dates[-1]:%Y-%m-%d}"
            )
        return self._with(part)

    def split(self, date: str | pd.Timestamp) -> tuple[Self, Self]:
        """Cut in two whose returns do not overlap.

        The first part ends with the last price on or before ``date``; the second begins with that same price, so
        its first return is the first one after ``date``.
        """
        cut = int(self.dates.searchsorted(pd.Timestamp(date), side="right"))
        if cut < 2 or cut > self.n_steps:
            raise InvalidInput(
                f"split at {pd.Timestamp(date):%Y-%m-%d} leaves a part without returns: "
                f"choose a date inside {self.dates[1]:%Y-%m-%d} to {self.dates[-2]:%Y-%m-%d}"
            )
        return self._with(self.prices.iloc[:cut]), self._with(self.prices.iloc[cut - 1 :])

    @cached_property
    def _digest(self) -> str:
        text = "|".join(self.tickers).encode()
        dates = self.dates.as_unit("s").asi8.tobytes()
        return hashlib.sha256(text + dates + np.ascontiguousarray(self.prices.to_numpy()).tobytes()).hexdigest()[:16]

    def digest(self) -> str:
        """Sixteen hexadecimal digits that identify tickers, dates and prices (not the name or the source)."""
        return self._digest

    def _with(self, prices: pd.DataFrame) -> Self:
        return type(self)(prices, self.source, self.name, known_step=self.step)


def _refuse_unusable(prices: pd.DataFrame) -> None:
    """Raise ``InvalidMarket`` that names the first offending row and column."""
    if prices.shape[1] == 0 or len(prices) < 2:
        raise InvalidMarket(f"{len(prices)} dates of {prices.shape[1]} assets: a market needs two dates of one asset")
    twice = prices.columns[prices.columns.duplicated()]
    if len(twice):
        raise InvalidMarket(f"ticker {twice[0]} appears more than once: drop or rename one of the columns")
    if prices.index.hasnans or not prices.index.is_monotonic_increasing or not prices.index.is_unique:
        raise InvalidMarket("dates must be known, unique and increasing: sort the rows and drop repeated dates")
    values = prices.to_numpy()
    bad = ~(np.isfinite(values) & (values > 0))
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise InvalidMarket(
            f"price {values[row, column]} of {prices.columns[column]} on {prices.index[row]:%Y-%m-%d}: "
            "every price must be finite and positive; drop that column or cut the dates"
        )
