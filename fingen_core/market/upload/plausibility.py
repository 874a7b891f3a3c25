"""Can it be true? What was read of a file, beside what such numbers usually are.

One look before anything is used: how much of the file became assets and dates, where each asset begins and ends, and
how much it moves in a year beside what its kind does. What lies outside is no refusal but a question with the
likeliest cause.
"""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fingen_core.market.quality.remedies import count, day_text, possible, tidy
from fingen_core.market.returns import Kind
from fingen_core.market.step import DAILY, Step, step_of
from fingen_core.market.upload.answer import Answer, Reading

__all__ = ["AssetLook", "Band", "Plausibility", "band_of", "plausible", "span_text"]


@dataclass(frozen=True, kw_only=True)
class Band:
    """Yearly volatilities that a kind of asset has, as decimals.

    Attributes
    ----------
    name : str
        Of the kind, for people; empty where the name of an asset tells nothing.
    low, high : float
    """

    name: str
    low: float
    high: float

    @property
    def span(self) -> str:
        return f"{100 * self.low:g} to {100 * self.high:g} %"

    @property
    def words(self) -> str:
        """ "bond funds: 0.4 to 35 %"; empty where the name of an asset tells nothing."""
        return f"{self.name}: {self.span}" if self.name else ""


_BANDS: tuple[tuple[str, Band], ...] = (
    (r"\bvix\b|volatility|vstoxx", Band(name="volatility indices", low=0.3, high=3.0)),
    (
        r"\bbtc|bitcoin|\beth\b|\beth[-/]|ethereum|\bsol[-/]|\bxrp|\bada[-/]|doge|crypto|\bbnb\b|\bltc\b",
        Band(name="crypto currencies", low=0.1, high=3.0),
    ),
    (
        r"money market|\bt-?bills?\b|\bcash\b|\bbil\b|\bsgov\b|\bshv\b|€str|\bsofr\b|overnight",
        Band(name="money markets", low=0.0, high=0.03),
    ),
    (
        r"\bbonds?\b|treasur|\btips\b|\bgilts?\b|\bbunds?\b|\boat\b|\bbtp\b|\bobligations?\b|renten|\baggregate\b"
        r"|fixed income|duration"
        r"|\b(?:agg|bnd|shy|iei|ief|tlh|tlt|lqd|hyg|jnk|emb|mub|tip|vgit|vgsh|vglt|vcit|vcsh|bsv|biv|blv|govt|schz|bndx)\b",
        Band(name="bond funds", low=0.004, high=0.35),
    ),
    (
        r"^[a-z]{3}[/ ]?[a-z]{3}=x$|^(?:eur|usd|gbp|jpy|chf|aud|cad|nzd|sek|nok)[/ ]?"
        r"(?:eur|usd|gbp|jpy|chf|aud|cad|nzd|sek|nok|cny|inr|brl|mxn|zar|try|pln|czk|huf)$|\bdx-|currency|dollar index",
        Band(name="currencies", low=0.005, high=0.6),
    ),
    (
        r"\bgold\b|silver|copper|crude|\bwti\b|\bbrent\b|\boil\b|natural gas|wheat|\bcorn\b|coffee|commodit"
        r"|\b[a-z]{2}=f$",
        Band(name="commodities", low=0.03, high=2.0),
    ),
)
_ANY = Band(name="", low=0.01, high=1.5)

_FEWEST = 20
"""Moves from which a yearly volatility says anything."""

_FILLED = 0.5
"""Share of steps without a move from which prices are filled up rather than quiet."""

_WILD = 1.0
"""Size of log moves that a mixture of decimal and thousands marks makes."""


@dataclass(frozen=True, kw_only=True)
class AssetLook:
    """One asset as it was read.

    Attributes
    ----------
    name : str
    first_day, last_day : Timestamp, optional
        Of its first and last number.
    first_value, last_value : float
        As the file has them.
    n_values, n_missing : int
        Numbers, and dates of the file without one.
    volatility : float
        Yearly, as a decimal; not a number where there are too few moves.
    band : Band
        What assets of such a name have.
    doubt : str
        What is doubtful about it, the likeliest cause and what to do; empty where nothing is.
    """

    name: str
    first_day: pd.Timestamp | None
    last_day: pd.Timestamp | None
    first_value: float
    last_value: float
    n_values: int
    n_missing: int
    volatility: float
    band: Band
    doubt: str = ""


@dataclass(frozen=True, kw_only=True)
class Plausibility:
    """What was read of a file.

    Attributes
    ----------
    size : str
        Assets and dates beside the rows and columns of the file, in a sentence.
    step : Step
        How far apart dates are.
    assets : tuple of AssetLook
    told : tuple of str
        What was left out or taken for missing, from the reading.
    """

    size: str
    step: Step
    assets: tuple[AssetLook, ...]
    told: tuple[str, ...]

    @property
    def doubts(self) -> tuple[str, ...]:
        """Questions to a person, one an asset."""
        return tuple(asset.doubt for asset in self.assets if asset.doubt)

    @property
    def frequency(self) -> str:
        """ "Daily, 252 steps a year"."""
        return f"{self.step.adjective.capitalize()}, {self.step.per_year:g} steps a year"

    def table(self) -> pd.DataFrame:
        """One row an asset: numbers stay numbers, so that they can be sorted; volatility in percent."""
        return pd.DataFrame(
            {
                "Asset": [asset.name for asset in self.assets],
                "Volatility": [100 * asset.volatility for asset in self.assets],  # first: it shows a misread file
                "Usual": [asset.band.words for asset in self.assets],
                "From": [asset.first_day for asset in self.assets],
                "First": [asset.first_value for asset in self.assets],
                "To": [asset.last_day for asset in self.assets],
                "Last": [asset.last_value for asset in self.assets],
                "Missing": [asset.n_missing for asset in self.assets],
            }
        )


def plausible(answer: Answer, reading: Reading) -> Plausibility:
    """Look at a reading before it is used."""
    values = tidy(reading.values)
    days = pd.DatetimeIndex(values.index[values.index.notna()]).sort_values().unique()
    step = step_of(days) if len(days) > 1 else DAILY
    rows = pd.DataFrame({"n": 1}, index=values.index)
    kind = reading.mapping.kind
    columns = [(str(name), values.iloc[:, place]) for place, name in enumerate(values.columns)]
    return Plausibility(
        size=_size(answer, values, rows),
        step=step,
        assets=tuple(_asset(name, column, kind, step) for name, column in columns),
        told=reading.told,
    )


def band_of(name: str) -> Band:
    """What assets of such a name have; a wide one where it tells nothing."""
    lower = name.strip().lower()
    return next((band for pattern, band in _BANDS if re.search(pattern, lower)), _ANY)


def _size(answer: Answer, values: pd.DataFrame, rows: pd.DataFrame) -> str:
    n_rows, n_columns = answer.table.shape
    dates = int(rows.index[rows.index.notna()].nunique())
    return (
        f"{count(values.shape[1], 'asset')} on {count(dates, 'date')}, from {count(n_rows, 'row')} of "
        f"{count(n_columns, 'column')}"
    )


def _asset(name: str, column: pd.Series, kind: Kind, step: Step) -> AssetLook:
    numbers = pd.to_numeric(column, errors="coerce")
    numbers = numbers[numbers.index.notna()].sort_index()
    known = numbers.dropna()
    moves = _moves(known, kind)
    volatility = float(moves.std(ddof=1) * np.sqrt(step.per_year)) if len(moves) >= _FEWEST else float("nan")
    band = band_of(name)
    return AssetLook(
        name=name,
        first_day=known.index[0] if len(known) else None,
        last_day=known.index[-1] if len(known) else None,
        first_value=float(known.iloc[0]) if len(known) else float("nan"),
        last_value=float(known.iloc[-1]) if len(known) else float("nan"),
        n_values=len(known),
        n_missing=int(numbers.isna().sum()),
        volatility=volatility,
        band=band,
        doubt=_doubt(name, moves, volatility, band, kind),
    )


def _moves(known: pd.Series, kind: Kind) -> pd.Series:
    """Log returns between numbers that are there and possible, a day that stands twice counted once."""
    once = possible(known[~known.index.duplicated(keep="last")].astype(float), kind).dropna()
    if kind.is_returns:
        return kind.log_growth(once.to_frame()).iloc[:, 0]
    return pd.Series(np.diff(np.log(once.to_numpy())))


def _doubt(name: str, moves: pd.Series, volatility: float, band: Band, kind: Kind) -> str:
    if not np.isfinite(volatility) or band.low <= volatility <= band.high:
        return ""
    usual = f"{band.name} have {band.span}" if band.name else f"most assets have {band.span}"
    cause = _too_wild(moves, volatility, band, kind) if volatility > band.high else _too_quiet(moves, kind)
    return f"{name} moves {_percent(volatility)} a year; {usual}. {cause}"


def _too_wild(moves: pd.Series, volatility: float, band: Band, kind: Kind) -> str:
    if kind.is_returns and not kind.percent and band.low <= volatility / 100 <= band.high:
        return 'Are the returns in percent? Then choose that under "What the columns mean".'
    if not kind.is_returns and (moves.abs() > _WILD).mean() > 0.005:
        return "Were decimal and thousands marks mixed, or rows of several assets? Check how numbers are written."
    if (moves.abs() > _WILD).any():
        return "A few steps are behind it: see the quality report below."
    return "Check that this column holds what its name says."


def _too_quiet(moves: pd.Series, kind: Kind) -> str:
    if kind.is_returns and kind.percent:
        return 'Are the returns decimals rather than percent? Then choose that under "What the columns mean".'
    if (moves == 0).mean() > _FILLED:
        return "Most steps have no move at all: are these monthly numbers filled into days?"
    if not kind.is_returns:
        return "Is this an interest rate or a return rather than a price?"
    return "Check that this column holds what its name says."


def _percent(share: float) -> str:
    value = 100 * share
    return f"{value:.2g} %" if value < 1 else f"{value:,.1f} %" if value < 10_000 else f"{value:.1e} %"


def span_text(asset: AssetLook) -> str:
    """First and last value and day: "79.7 on 2016-03-01 to 82.82 on 2017-05-22"."""
    if asset.first_day is None or asset.last_day is None:
        return "no number"
    first, last = day_text(asset.first_day), day_text(asset.last_day)
    return f"{asset.first_value:,.6g} on {first} to {asset.last_value:,.6g} on {last}"
