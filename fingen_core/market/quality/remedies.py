"""What can be wrong with a table of prices or returns, and the small changes that mend it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from fingen_core.market.returns import PRICES, Kind

__all__ = [
    "Action",
    "Finding",
    "Remedy",
    "Severity",
    "apply_remedy",
    "count",
    "day_text",
    "numbers",
    "percent",
    "possible",
    "tidy",
    "years",
]

MOST_GROWTH = 1e6
"""No return multiplies by more in a step."""

Severity: TypeAlias = Literal["info", "warning", "error"]
Action: TypeAlias = Literal[
    "keep",
    "drop column",
    "drop repeated column",
    "drop undated rows",
    "keep last of each date",
    "keep first of each date",
    "sort dates",
    "numbers only",
    "possible only",
    "cut start",
    "cut end",
    "drop dates",
    "common dates",
    "mend split",
]


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """One change to a table of prices or returns, small enough to be described in a few words.

    Attributes
    ----------
    action : Action
        What to do; ``keep`` changes nothing.
    label : str
        The same for people: "drop RRC", "start on 2004-08-19".
    ticker : str
        The column concerned; empty when it is about dates.
    dates : tuple of Timestamp
        The first date kept ("cut start"), the last one kept ("cut end"), the dates dropped ("drop dates") or the day of
        the split ("mend split").
    factor : float
        Of a split: what prices before it are multiplied by; 0.25 for 4:1.
    cost : str
        What is lost by it, for people; empty where that is nothing worth a word.
    """

    action: Action
    label: str
    ticker: str = ""
    dates: tuple[pd.Timestamp, ...] = ()
    factor: float = 1.0
    cost: str = field(default="", compare=False)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that a person should know about these prices.

    Attributes
    ----------
    severity : {"info", "warning", "error"}
    kind : str
        What sort of thing it is: "jumps".
    text : str
        For people.
    ticker : str
        Empty when it concerns all of them.
    remedy : Remedy, optional
        What will be done about it.
    options : tuple of Remedy
        What may be done instead, ``remedy`` among them; empty where there is no choice.
    day : Timestamp, optional
        The day that tells it from other findings of the same kind.
    """

    severity: Severity
    kind: str
    text: str
    ticker: str = ""
    remedy: Remedy | None = None
    options: tuple[Remedy, ...] = ()
    day: pd.Timestamp | None = None

    @property
    def key(self) -> str:
        """What choices are remembered by: "jumps AAPL 2000-09-29"."""
        return " ".join(filter(None, [self.kind, self.ticker, day_text(self.day) if self.day is not None else ""]))

    def decided(self, action: str) -> "Finding":
        """The same with the option of that action taken; unchanged if there is none."""
        taken = next((option for option in self.options if option.action == action), None)
        if taken is None:
            return self
        if taken.action != "keep":
            return replace(self, remedy=taken, severity="error" if self.severity == "warning" else self.severity)
        return replace(self, remedy=None, severity="warning" if self.severity == "error" else self.severity)


def tidy(values: pd.DataFrame) -> pd.DataFrame:
    """The same table with dates as index, text as column names and floats where nothing is lost by it."""
    values = values.copy()
    index = pd.to_datetime(values.index, errors="coerce")
    values.index = pd.DatetimeIndex(index.tz_localize(None) if index.tz is not None else index, name="date")
    values.columns = pd.Index([str(name) for name in values.columns], name="ticker")
    columns = [_tidy_column(values.iloc[:, place]) for place in range(values.shape[1])]
    return pd.concat(columns, axis=1).copy() if columns else values  # copied, many columns lie in one piece


def _tidy_column(column: pd.Series) -> pd.Series:
    values = numbers(column)
    return column if (column.notna() & values.isna()).any() else values


def apply_remedy(values: pd.DataFrame, remedy: Remedy, kind: Kind = PRICES) -> pd.DataFrame:
    """Change a copy of ``values`` as the remedy says; what it names may already be gone.

    Columns whose last text goes with it are numbers from then on.
    """
    return _as_numbers(_ACTIONS[remedy.action](values, remedy, kind))


def _as_numbers(values: pd.DataFrame) -> pd.DataFrame:
    texts = [place for place, dtype in enumerate(values.dtypes) if not pd.api.types.is_float_dtype(dtype)]
    if not texts:
        return values
    columns = [_tidy_column(values.iloc[:, place]) for place in range(values.shape[1])]
    return pd.concat(columns, axis=1)


def _with_column(values: pd.DataFrame, ticker: str, change: Callable[[pd.Series], pd.Series]) -> pd.DataFrame:
    return values.assign(**{ticker: change(values[ticker])}) if ticker in values.columns else values


def _mend_split(values: pd.DataFrame, remedy: Remedy, kind: Kind) -> pd.DataFrame:
    """Prices before the day by the factor; of returns, the growth of that day over the factor."""
    if remedy.ticker not in values.columns:
        return values
    if not kind.is_returns:
        before = values.index < remedy.dates[0]
        return _with_column(values, remedy.ticker, lambda column: column.where(~before, column * remedy.factor))
    at = values.index == remedy.dates[0]
    growth = kind.log_growth(values[[remedy.ticker]][at]).to_numpy().ravel()
    mended = values[remedy.ticker].copy()
    mended[at] = [kind.of_log_growth(float(each - np.log(remedy.factor))) for each in growth]
    return values.assign(**{remedy.ticker: mended})


_ACTIONS: dict[Action, Callable[[pd.DataFrame, Remedy, Kind], pd.DataFrame]] = {
    "keep": lambda values, *_: values,
    "drop column": lambda values, remedy, _: values.drop(columns=remedy.ticker, errors="ignore"),
    "drop repeated column": lambda values, *_: values.loc[:, ~values.columns.duplicated()],
    "drop undated rows": lambda values, *_: values[values.index.notna()],
    "keep last of each date": lambda values, *_: values.groupby(level=0, sort=False).last(),
    "keep first of each date": lambda values, *_: values.groupby(level=0, sort=False).first(),
    "sort dates": lambda values, *_: values.sort_index(),
    "numbers only": lambda values, remedy, _: _with_column(values, remedy.ticker, numbers),
    "possible only": lambda values, remedy, kind: _with_column(
        values, remedy.ticker, lambda column: possible(column, kind)
    ),
    "cut start": lambda values, remedy, _: values[values.index >= remedy.dates[0]],
    "cut end": lambda values, remedy, _: values[values.index <= remedy.dates[0]],
    "drop dates": lambda values, remedy, _: values[~values.index.isin(remedy.dates)],
    "common dates": lambda values, *_: values.dropna(how="any"),
    "mend split": _mend_split,
}


def numbers(column: pd.Series) -> pd.Series:
    return pd.to_numeric(column, errors="coerce").astype(np.float64)


def possible(column: pd.Series, kind: Kind = PRICES) -> pd.Series:
    """Finite and, of prices, positive; of returns, neither a loss of everything nor a million-fold."""
    if not kind.is_returns:
        return column.where(np.isfinite(column) & (column > 0))
    finite = column.where(np.isfinite(column))
    growth = kind.log_growth(finite.to_frame()).iloc[:, 0]
    return finite.where(growth.abs() <= np.log(MOST_GROWTH))


# -- words


def day_text(day: pd.Timestamp) -> str:
    return f"{pd.Timestamp(day):%Y-%m-%d}"


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def years(span: pd.Timedelta) -> str:
    days = span.days
    return f"{days / 365.25:.1f} years" if days >= 365 else count(days, "day")
