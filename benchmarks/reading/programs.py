"""Files of trading programs, exchanges of coins and languages for statistics: one asset a file."""

from collections.abc import Callable

import numpy as np

from .cells import Day, Numbers, Rows
from .dates import EPOCHS, UTC, Dates, formed
from .known import Known
from .layouts import Laid, other
from .vendors import Export, bars_of, rows_of

__all__ = ["ONE"]

_ISO, _COMPACT = formed("iso", "%Y-%m-%d"), formed("compact", "%Y%m%d")


def bulk(known: Known, rng: np.random.Generator) -> Export:
    """Angle brackets, a row of noughts as time."""
    header = "<TICKER>|<PER>|<DATE>|<TIME>|<OPEN>|<HIGH>|<LOW>|<CLOSE>|<VOL>|<OPENINT>"
    rows: Rows = [[known.names[0], "D", row[0], "000000", *row[1:]] for row in rows_of(known, rng, "dohlcvz")]
    return Export(Laid([list(header.split("|")), *rows], 1, any_name=True), _COMPACT, name="data.txt")


def google_sheet(known: Known, rng: np.random.Generator) -> Export:
    """Two columns, the hour of the close."""
    continental = rng.random() < 0.5
    base = (
        formed("%d/%m/%Y", "%d/%m/%Y", hint="continent") if continental else formed("%m/%d/%Y", "~%m/~%d/%Y", hint="us")
    )
    numbers = Numbers(",", "") if continental else Numbers()
    sixteen = Dates("16:00", lambda day: base.write(day) + " 16:00:00", lambda text: base.read(text[:-9]), base.hint)
    return Export(bars_of(known, rng, "dc", "Date|Close"), sixteen, numbers, "\t" if continental else ",")


def metatrader(known: Known, rng: np.random.Generator) -> Export:
    """Version 5 with angle brackets and tabs; version 4 with commas and no header."""
    dots = formed("iso dots", "%Y.%m.%d")
    if rng.random() < 0.5:
        header = "<DATE>|<OPEN>|<HIGH>|<LOW>|<CLOSE>|<TICKVOL>|<VOL>|<SPREAD>"
        rows: Rows = [[*row, "0", "12"] for row in rows_of(known, rng, "dohlcv")]
        return Export(
            Laid([list(header.split("|")), *rows], 1, any_name=True), dots, separator="\t", name="EURUSD_Daily.csv"
        )
    rows = [[row[0], "00:00", *row[1:]] for row in rows_of(known, rng, "dohlcv")]
    return Export(Laid(rows, 0, {"no header"}, any_name=True), dots, name="EURUSD1440.csv")


def coingecko(known: Known, rng: np.random.Generator) -> Export:
    """Price, worth of all coins, turnover."""
    rows: Rows = [
        [row[0], row[1], other(getattr(row[1], "value", 1.0) * 1.9e7, 2, bare=True), row[2]]
        for row in rows_of(known, rng, "dcw")
    ]
    return Export(
        Laid([["snapped_at", "price", "market_cap", "total_volume"], *rows], 1, any_name=True),
        UTC[0],
        name="btc-usd-max.csv",
    )


def binance(known: Known, rng: np.random.Generator) -> Export:
    """Milliseconds of opening and closing, with and without a header."""
    rows: Rows = []
    for row in rows_of(known, rng, "dohlcvw"):
        opened = EPOCHS[1].write(row[0]) if isinstance(row[0], Day) else ""
        rows.append([*row[:6], str(int(opened) + 86_399_999), row[6], "4521", *row[5:], "0"])
    header = "open_time|open|high|low|close|volume|close_time|quote_volume|count|taker_buy_volume|taker_quote|ignore"
    head: Rows = [list(header.split("|"))] if rng.random() < 0.7 else []
    return Export(
        Laid([*head, *rows], len(head), {"no header"} if not head else set(), any_name=True),
        EPOCHS[1],
        name="BTCUSDT-1d.csv",
    )


def crypto_download(known: Known, rng: np.random.Generator) -> Export:
    """An address above, seconds beside the date, newest first."""
    rows: Rows = []
    for row in rows_of(known, rng, "dohlcvw"):
        seconds = EPOCHS[0].write(row[0]) if isinstance(row[0], Day) else ""
        rows.append([seconds, row[0], "BTC/USD", *row[1:]])
    head: Rows = [
        ["https://www.example.com"],
        ["unix", "date", "symbol", "open", "high", "low", "close", "Volume BTC", "Volume USD"],
    ]
    stamp = Dates("iso with hour", lambda day: f"{day.at:%Y-%m-%d} 00:00:00", lambda text: _ISO.read(text[:10]))
    return Export(Laid([*head, *rows], 2, any_name=True), stamp, newest_first=True, name="Gemini_BTCUSD_d.csv")


def quantmod(known: Known, rng: np.random.Generator) -> Export:
    """Row names and dotted fields of R."""
    name = known.names[0]
    fields = ("Open", "High", "Low", "Close", "Volume", "Adjusted")
    head: Rows = [["", *(f"{name}.{f}" for f in fields)]]
    laid = Laid([*head, *rows_of(known, rng, "dohlcva")], 1, any_name=True)
    return Export(laid, _ISO, quote_all=rng.random() < 0.5, name=f"{name}.csv")


ONE: dict[str, Callable[[Known, np.random.Generator], Export]] = {
    f.__name__.replace("_", " "): f
    for f in (bulk, google_sheet, metatrader, coingecko, binance, crypto_download, quantmod)
}
