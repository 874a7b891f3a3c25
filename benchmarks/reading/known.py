"""Known markets: what a file is rendered from, and what a reading is held against."""

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import pandas as pd

__all__ = ["Known", "Truth", "draw_market"]

Kind = Literal["prices", "simple returns", "log returns"]
Step = Literal["day", "week", "month", "seven"]
_LAST = pd.Timestamp(2026, 5, 29)
"""No file knows later days, whatever the clock says: a seed gives the same files in a year."""
_WIDEST = np.log(40)
"""No asset's highest price is more than this above its lowest, in logs: what goes further was split in between."""
_PER_YEAR = {"day": 252, "week": 52, "month": 12, "seven": 365}

_TICKERS = ("AAPL", "MSFT", "JPM", "XOM", "KO", "T", "IBM", "GE", "BRK-B", "V", "NVDA", "F", "PG", "TSLA", "C", "MMM")
_FAMILIES: dict[str, tuple[str, ...]] = {
    "tickers": _TICKERS,
    "suffixed": (
        "SAP.DE",
        "MC.PA",
        "ENI.MI",
        "VOD.L",
        "7203.T",
        "005930.KS",
        "BHP.AX",
        "PKO.WA",
        "RELIANCE.NS",
        "PETR4.SA",
        "CEZ.PR",
    ),
    "yahoo": ("^GSPC", "^VIX", "EURUSD=X", "GC=F", "CL=F", "^STOXX50E", "DX-Y.NYB", "^GDAXI", "JPY=X", "ZN=F"),
    "coins": ("BTC-USD", "ETH-USD", "SOL-USD", "DOGE-USD", "XRP-USD", "ADA-USD", "BNB-USD"),
    "terminal": (
        "AAPL US Equity",
        "SAP GY Equity",
        "SPX Index",
        "EURUSD Curncy",
        "CL1 Comdty",
        "NESN SW Equity",
        "VOD LN Equity",
    ),
    "names": (
        "Société Générale",
        "Münchener Rück",
        "Coca-Cola Co.",
        "Tom & Co, Inc.",
        "S&P 500",
        "Crédit Agricole",
        "PKO Bank Polski",
        "Novo Nordisk B",
        "Iberdrola",
        "Škoda",
    ),
    "isins": ("US0378331005", "DE0007164600", "FR0000121014", "CH0038863350", "GB00BH4HKS39", "IT0003132476"),
    "plain": ("Stocks", "Bonds", "Gold", "Oil", "Real estate", "World", "Cash plus", "Credit"),
    "numbers": ("3M", "600519", "1810", "9988", "700", "2330"),
}


@dataclass(frozen=True)
class Known:
    """A market as somebody holds it before exporting it.

    Attributes
    ----------
    days : pd.DatetimeIndex
        Ascending.
    names : tuple of str
    written : np.ndarray, shape (days, assets)
        Numbers as they will stand in the file, rounded; NaN where none is known.
    places : tuple of int
        Digits after the mark, by asset.
    kind, percent, step
        What the numbers are, whether times 100, and how far days are apart.
    """

    days: pd.DatetimeIndex
    names: tuple[str, ...]
    written: np.ndarray
    places: tuple[int, ...]
    kind: Kind
    percent: bool
    step: Step
    traits: frozenset[str]

    @property
    def values(self) -> pd.DataFrame:
        """The truth: prices, or returns as decimals."""
        scale = 100.0 if self.percent else 1.0
        return pd.DataFrame(self.written / scale, index=self.days, columns=list(self.names))

    def without(self, rows: np.ndarray) -> "Known":
        """The same with those numbers missing: a mask of the form of `written`."""
        return replace(self, written=np.where(rows, np.nan, self.written))


@dataclass(frozen=True)
class Truth:
    """What a right reading of a file gives.

    ``also`` holds other names that an asset may bear, ``any_name`` says that the file names none; ``by_month`` that
    a day is known to its month only; ``expect`` what is good: "read", "ask" (a file that truly admits two readings)
    or "refuse".
    """

    values: pd.DataFrame
    kind: str
    also: dict[str, tuple[str, ...]] = field(default_factory=dict)
    any_name: bool = False
    by_month: bool = False
    expect: str = "read"


def _days(step: Step, rng: np.random.Generator, count: int, earliest: int) -> tuple[pd.DatetimeIndex, set[str]]:
    if step == "month":
        return _months(rng, count, earliest)
    frequency = {"day": "B", "week": f"W-{('MON', 'WED', 'FRI', 'FRI', 'SUN')[rng.integers(5)]}", "seven": "D"}[step]
    first_year = max(earliest, 2011 if step == "seven" else 1950 if rng.random() < 0.2 else 1998)
    latest = _LAST - pd.Timedelta(days=int(count * {"day": 1.45, "week": 7, "seven": 1}[step]) + 5)
    span = max((latest - pd.Timestamp(first_year, 1, 1)).days, 1)
    start = pd.Timestamp(first_year, 1, 1) + pd.Timedelta(days=int(rng.integers(span)))
    days = pd.date_range(start, periods=count, freq=frequency)
    if step == "day":  # holidays
        days = days[
            ~((days.month == 1) & (days.day == 1) | (days.month == 12) & (days.day == 25)) & (rng.random(count) > 0.01)
        ]
    return days, {{"day": "daily", "week": "weekly", "seven": "seven days a week"}[step]}


def _months(rng: np.random.Generator, count: int, earliest: int) -> tuple[pd.DatetimeIndex, set[str]]:
    first = max(earliest, int(rng.choice([1871, 1926, 1960, 1985])))
    start = pd.Timestamp(first + int(rng.integers(5)), int(rng.integers(1, 13)), 1)
    count = min(count, (_LAST.year - start.year) * 12 - 1)
    form = str(rng.choice(["MS", "MS", "ME", "BME"]))
    return pd.date_range(start, periods=count, freq=form), {
        "monthly",
        "first of the month" if form == "MS" else "end of the month",
    }


def _returns(rng: np.random.Generator, shape: tuple[int, int], yearly: np.ndarray, steps: int) -> np.ndarray:
    """Log returns with fat tails and one common factor, held to what passes for a return and not for a split."""
    shocks = rng.standard_t(5, shape) / np.sqrt(5 / 3)
    common = rng.standard_t(5, (shape[0], 1)) / np.sqrt(5 / 3)
    drawn = (np.sqrt(0.3) * common + np.sqrt(0.7) * shocks) * yearly / np.sqrt(steps)
    return np.asarray(np.clip(drawn, -0.3, 0.26))


def _volatility(rng: np.random.Generator, n: int, family: str) -> tuple[np.ndarray, str]:
    mood = "wild" if family == "coins" else str(rng.choice(["usual", "usual", "usual", "quiet", "wild", "both"]))
    low, high = {"quiet": (0.008, 0.05), "usual": (0.1, 0.45), "wild": (0.5, 1.3), "both": (0.01, 0.9)}[mood]
    return np.exp(rng.uniform(np.log(low), np.log(high), n)), mood


def _levels(rng: np.random.Generator, n: int, family: str) -> tuple[np.ndarray, str]:
    sizes = ["usual", "usual", "usual", "tiny", "thousands", "thousands", "mixed"]
    size = str(rng.choice(sizes if family != "coins" else ["tiny", "mixed", "thousands"]))
    low, high = {"usual": (4, 600), "tiny": (0.0003, 0.6), "thousands": (1_100, 80_000), "mixed": (0.01, 40_000)}[size]
    return np.exp(rng.uniform(np.log(low), np.log(high), n)), size


def _prices(rng: np.random.Generator, moves: np.ndarray, family: str) -> tuple[np.ndarray, tuple[int, ...], set[str]]:
    levels, size = _levels(rng, moves.shape[1], family)
    path = np.cumsum(moves, axis=0)
    path /= np.maximum(np.ptp(path, axis=0) / _WIDEST, 1.0)
    prices = levels * np.exp(path - path.mean(axis=0))
    whole = size == "thousands" and rng.random() < 0.4
    wanted = 0 if whole else int(rng.choice([2, 2, 2, 3, 4, 6]))
    places = tuple(max(wanted, int(np.ceil(3 - np.log10(low)))) for low in prices.min(axis=0))
    rounded = np.column_stack([np.round(prices[:, j], p) for j, p in enumerate(places)])
    traits = (
        {f"prices {size}"}
        | ({"whole numbers"} if whole else set())
        | ({"three decimals"} if set(places) == {3} else set())
    )
    return rounded, places, traits


def _as_returns(rng: np.random.Generator, moves: np.ndarray, kind: str) -> tuple[np.ndarray, bool, int]:
    values = moves if kind == "log returns" else np.expm1(moves)
    percent = bool(rng.random() < 0.5)
    fine = int(rng.choice([2, 3, 4, 6])) if percent else int(rng.choice([4, 5, 6, 8]))
    quietest = values.std(axis=0).min() * (100 if percent else 1)
    places = max(fine, int(np.ceil(1.3 - np.log10(quietest))))
    return np.round(values * (100 if percent else 1), places), percent, places


def draw_market(rng: np.random.Generator, *, n: int, kind: Kind, step: Step, count: int, earliest: int = 1800) -> Known:
    """A market of that many assets, days and kind.

    Parameters
    ----------
    n, count : int
        Assets; days, of which holidays are taken.
    earliest : int
        First year that the spelling of days can tell.
    """
    family = "coins" if step == "seven" else str(rng.choice([f for f in _FAMILIES if f != "coins"]))
    pool = _FAMILIES[family]
    names = tuple(str(pool[i]) for i in rng.permutation(len(pool))[: min(n, len(pool))])
    days, traits = _days(step, rng, count, earliest)
    yearly, mood = _volatility(rng, len(names), family)
    moves = _returns(rng, (len(days), len(names)), yearly, _PER_YEAR[step])
    traits |= {f"names: {family}", f"{mood} assets", kind}
    if kind == "prices":
        written, places, more = _prices(rng, moves, family)
        return Known(days, names, written, places, kind, False, step, frozenset(traits | more))
    written, percent, fine = _as_returns(rng, moves, kind)
    traits.add("percent" if percent else "decimal returns")
    return Known(days, names, written, (fine,) * len(names), kind, percent, step, frozenset(traits))
