"""What Yahoo has answered, kept on disk: one Parquet file per ticker under ``FINGEN_HOME/store``."""

import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote, unquote

import pandas as pd

from fingen_core.settings import home
from fingen_core.storage.files import write_atomically

__all__ = ["PriceStore", "Stored"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Stored:
    """Closes of one ticker.

    Attributes
    ----------
    closes : Series
        Adjusted closes, index: dates without time zone, increasing.
    asked_from : Timestamp
        The earliest start ever asked for: a company that is younger has no earlier prices to fetch.
    fetched : datetime
        When Yahoo last answered (UTC).
    name : str
        The company or contract, as Yahoo calls it.
    currency : str
        What it is quoted in; empty where that is not known (copies of older versions).
    """

    closes: pd.Series
    asked_from: pd.Timestamp
    fetched: datetime
    name: str = ""
    currency: str = ""


class PriceStore:
    """One Parquet file per ticker; files are complete or not there, and an unreadable one counts as not there.

    Parameters
    ----------
    folder : Path or None
        Default: ``FINGEN_HOME/store``, looked up at each access.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def read(self, ticker: str) -> Stored | None:
        """What is known about ``ticker``, if anything."""
        path = self._path(ticker)
        if not path.exists():
            return None
        try:
            table = pd.read_parquet(path)
            return Stored(
                closes=table["close"].rename(ticker),
                asked_from=pd.Timestamp(table.attrs["asked_from"]),
                fetched=datetime.fromisoformat(table.attrs["fetched"]),
                name=table.attrs["name"],
                currency=table.attrs.get("currency", ""),
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            _log.warning("stored prices of %s are unreadable and will be fetched again: %s", ticker, error)
            return None

    def write(self, ticker: str, stored: Stored) -> None:
        """Replace what is known about ``ticker``."""
        table = pd.DataFrame({"close": stored.closes.to_numpy()}, index=stored.closes.index.rename("date"))
        table.attrs = {
            "asked_from": f"{stored.asked_from:%Y-%m-%d}",
            "fetched": stored.fetched.isoformat(timespec="seconds"),
            "name": stored.name,
            "currency": stored.currency,
        }
        write_atomically(self._path(ticker), table.to_parquet)

    def tickers(self) -> tuple[str, ...]:
        """All tickers with stored prices, in alphabetical order."""
        return tuple(sorted(unquote(path.stem) for path in self._place().glob("*.parquet")))

    def _place(self) -> Path:
        return self._folder or home() / "store"

    def _path(self, ticker: str) -> Path:
        return self._place() / f"{quote(ticker, safe='')}.parquet"
