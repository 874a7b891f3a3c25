"""What numbers are: prices, or returns in decimals or percent; judged by their signs, their sizes and their pace."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fingen_core.errors import InvalidInput
from fingen_core.market.returns import Values
from fingen_core.types import Array

__all__ = ["Evidence", "Meaning", "meanings", "refuse_levels"]

_QUIET, _WILD = 0.001, 6.0
"""Yearly volatility that no asset falls below (.1 %) or rises above (600 %)."""

_USUAL = 0.5
"""Up to so much yearly volatility, numbers of four decimals and more are decimal returns: in percent the quickest of
the assets would move by half a percent a year."""

_SURELY_PERCENT = 2.0
"""Below so much, numbers that a file calls percent may be decimals of a coin or a wild stock all the same: in percent
the quickest of its assets would move by less than 2 % a year."""

_NOISE = 0.2
"""A series whose steps are large beside its range is noise, as returns are; levels walk in small steps."""

_LOG = r"\blog[-_ ]?(?:ret|rend|chang|diff|var|ver)|logarit|logarytm|continuously compounded|\bln[-_ ]?(?:ret|\()"
_PERCENT = r"%|percent|prozent|pourcent|porcent|percentual|procent|pct"
_RUIN = np.log(1e-4)


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What the numbers of a table may be.

    Attributes
    ----------
    values : {"prices", "simple returns", "log returns"}
    percent : bool
        Whether returns are in percent.
    columns : tuple of str
        The assets of which the table has such numbers.
    label : str
        What tells this meaning from others, with a value.
    """

    values: Values
    percent: bool = False
    columns: tuple[str, ...]
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a file says of its numbers besides the numbers.

    Attributes
    ----------
    per_year : float
        Steps in a year.
    words : str
        All that it says in words, in small letters.
    signs : float
        Share of the numbers that had a percent sign; these are divided by 100 already.
    digits : int
        Decimals of most numbers as written, 15 where they are full.
    written : bool
        Whether the numbers are text, rather than cells with a number and a format.
    """

    per_year: float
    words: str = ""
    signs: float = 0.0
    digits: int = 15
    written: bool = True


def meanings(values: pd.DataFrame, evidence: Evidence) -> list[Meaning]:
    """What numbers may be, the likelier first.

    Parameters
    ----------
    values : DataFrame, shape (n_dates, n_assets)
        In order of time, NaN where one is missing.
    evidence : Evidence
    """
    names = [str(column) for column in values.columns]
    series = [_finite(values.iloc[:, place]) for place in range(values.shape[1])]
    noise = [place for place, each in enumerate(series) if _is_noise(each)]
    if not noise:
        return [Meaning(values="prices", columns=tuple(names))]
    scale = float(np.median([np.std(series[place]) for place in noise]))
    levels = [place for place, each in enumerate(series) if place not in noise and len(each) and bool((each > 0).all())]
    # Where the noise is what some level gained from row to row, all levels are prices, be they as small as its changes.
    explained = any(_are_moves(values, noise, [place]) for place in levels)
    large = [
        place
        for place, each in enumerate(series)
        if place not in noise and (_is_above(each, 3 * scale) or (explained and place in levels))
    ]
    small = [place for place in range(len(names)) if place not in large]
    returns = _returns(tuple(names[place] for place in small), [series[place] for place in noise], evidence)
    if not large:
        return returns
    prices = Meaning(
        values="prices",
        columns=tuple(names[place] for place in large),
        label=f"prices of {names[large[0]]}; {names[noise[0]]} is left out",
    )
    return [prices] if _are_moves(values, noise, large) else [prices, *returns]


def _finite(column: pd.Series) -> Array:
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(np.float64)
    return np.asarray(numbers[np.isfinite(numbers)])


def _is_above(series: Array, size: float) -> bool:
    return bool(len(series)) and float(np.median(np.abs(series))) > size


def _is_noise(series: Array) -> bool:
    """Whether both signs follow each other without memory; levels walk in small steps."""
    if not len(series) or not (series < 0).any() or not (series > 0).any():
        return False
    if len(series) < 10:
        return True
    ranks = pd.Series(series).rank().to_numpy()
    spread = float(np.var(ranks))
    pace = float(np.mean(np.diff(ranks) ** 2)) / (2 * spread) if spread else 0.0
    return pace > _NOISE and float((series < 0).mean()) > 0.01


def _are_moves(values: pd.DataFrame, noise: list[int], large: list[int]) -> bool:
    """Whether every noisy column is what one of the others gained from row to row."""
    gains = [values.iloc[:, place].astype(float).pct_change(fill_method=None) for place in large]
    steps = [values.iloc[:, place].astype(float).diff() for place in large]

    def explained(place: int) -> bool:
        column = values.iloc[:, place].astype(float)
        return any(abs(column.corr(move)) > 0.9 for move in [*gains, *steps] if move.std() > 0)

    return all(explained(place) for place in noise)


def _returns(names: tuple[str, ...], series: list[Array], evidence: Evidence) -> list[Meaning]:
    """Returns in decimals or percent: by what is possible, by what the file says, by what is usual; else both."""
    values: Values = "log returns" if re.search(_LOG, evidence.words) else "simple returns"
    decimal = Meaning(values=values, columns=names, label=_label(series, percent=False))
    percent = Meaning(values=values, percent=True, columns=names, label=_label(series, percent=True))
    widest = max(_spread(each) for each in series) * np.sqrt(evidence.per_year)
    if evidence.signs > 0.5 or widest / 100 < _QUIET:
        return [decimal]
    if widest > _WILD or (values == "simple returns" and any(_cannot_be_decimal(each, widest) for each in series)):
        return [percent]
    if re.search(_PERCENT, evidence.words):  # of a spreadsheet's cells the sign may be a format that is not read
        return [percent] if widest >= _SURELY_PERCENT and evidence.written else [percent, decimal]
    if widest < _USUAL:
        return [decimal] if evidence.digits >= 4 else [decimal, percent]
    return [percent, decimal]


def _cannot_be_decimal(series: Array, widest: float) -> bool:
    """Whether decimal returns would lose more than everything, or of quick assets leave less than a ten-thousandth;
    wild ones have come to that in fact."""
    ruined = bool((series > -1).all()) and bool(np.log1p(series).sum() < _RUIN)
    return bool((series < -1).any()) or (ruined and widest >= _SURELY_PERCENT)


def _spread(series: Array) -> float:
    """A standard deviation that a few wrong numbers do not move."""
    low, high = np.quantile(series, [0.16, 0.84])
    return float(high - low) / 2 or float(np.std(series))


def _label(series: list[Array], *, percent: bool) -> str:
    first = next((float(number) for number in series[0] if number), 0.0)
    share = first if percent else 100 * first
    return f"{first:g} is a return of {share:.4g} %"


def refuse_levels(values: pd.DataFrame) -> None:
    """Refuse a table all of whose columns go below zero like yields do: they are neither prices nor returns.

    Raises
    ------
    InvalidInput
        Naming the first column and its lowest value.
    """
    lowest = values.min()
    if len(lowest) and bool((lowest < 0).all()) and bool(((values < 0).mean() > 0.05).all()):
        raise InvalidInput(
            f"{lowest.index[0]} goes down to {lowest.iloc[0]:g} in small steps, as yields and spreads do: prices are "
            "above 0 and returns jump around it; upload prices, or the changes as returns"
        )
