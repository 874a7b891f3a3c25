"""Files as data vendors, exchanges and trading programs export them: one asset a file, from memory of their layouts."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from .cells import Cell, Day, Numbers, Row, Rows
from .dates import UTC, Dates, formed
from .known import Known
from .layouts import Laid, bar, cell, change, other
from .strange import STRANGE
from .words import LANGUAGES

__all__ = ["ONE", "Export", "bars_of", "rows_of"]


@dataclass
class Export:
    """A table with the spelling that this vendor has."""

    laid: Laid
    dates: Dates
    numbers: Numbers = field(default_factory=Numbers)
    separator: str = ","
    quote_all: bool = False
    encoding: str = "utf-8"
    newest_first: bool = False
    name: str = ""


_ISO, _COMPACT = formed("iso", "%Y-%m-%d"), formed("compact", "%Y%m%d")
_LANGUAGE = {language.code: language for language in (*LANGUAGES, *STRANGE)}


def rows_of(known: Known, rng: np.random.Generator, order: str, *, zero: str = "0") -> Rows:
    """A bar a day: d day, o h l c, a adjusted (then the truth, and c is higher), v volume, w turnover, x change."""
    drawn, places = bar(known, rng, 0), known.places[0]
    raised = 1.07 if "a" in order else 1.0
    rows: Rows = []
    for i, day in enumerate(known.days):
        close = known.written[i, 0]
        plain = cell(known, i, 0) if "a" not in order else other(round(close * raised, places), places)
        parts: dict[str, Cell] = {
            "d": Day(day),
            "c": plain,
            "a": cell(known, i, 0),
            "v": other(drawn.volume[i], 0, bare=True),
            "z": zero,
            "w": other(drawn.volume[i] * close, 2, bare=True),
            "x": change(known, i, 0),
        }
        for part, values in (("o", drawn.open), ("h", drawn.high), ("l", drawn.low)):
            parts[part] = other(round(values[i] * raised, places), places)
        rows.append([parts[part] for part in order])
    return rows


def bars_of(
    known: Known, rng: np.random.Generator, order: str, header: str, *, above: Rows | None = None, zero: str = "0"
) -> Laid:
    head: Rows = [*(above or []), list(header.split("|"))]
    return Laid([*head, *rows_of(known, rng, order, zero=zero)], len(head), any_name=True)


def stooq(known: Known, rng: np.random.Generator) -> Export:
    """Bars in English or, without its letters, in Polish."""
    header = ("Date|Open|High|Low|Close|Volume", "Data|Otwarcie|Najwyzszy|Najnizszy|Zamkniecie|Wolumen")[
        rng.integers(2)
    ]
    return Export(bars_of(known, rng, "dohlcv", header), _ISO, name="wig20_d.csv")


_INVESTING = {
    "en": ("Date|Price|Open|High|Low|Vol.|Change %", "%m/%d/%Y"),
    "de": ("Datum|Zuletzt|Eröffn.|Hoch|Tief|Vol.|+/- %", "%d.%m.%Y"),
    "fr": ("Date|Dernier|Ouv.| Plus Haut|Plus Bas|Vol.|Variation %", "%d/%m/%Y"),
    "es": ("Fecha|Último|Apertura|Máximo|Mínimo|Vol.|% var.", "%d.%m.%Y"),
    "it": ("Data|Ultimo|Apertura|Massimo|Minimo|Vol.|Var. %", "%d.%m.%Y"),
    "pl": ("Data|Ostatnio|Otwarcie|Max.|Min.|Wol.|Zmiana%", "%d.%m.%Y"),
    "pt": ("Data|Último|Abertura|Máxima|Mínima|Vol.|Var%", "%d.%m.%Y"),
    "nl": ("Datum|Laatste|Open|Hoog|Laag|Vol.|Verschil (%)", "%d-%m-%Y"),
    "tr": ("Tarih|Şimdi|Açılış|Yüksek|Düşük|Hac.|Fark %", "%d.%m.%Y"),
    "hu": ("Dátum|Zárszint|Nyitó|Max|Min|Forg.|Változás %", "%Y.%m.%d"),
    "sv": ("Datum|Senaste|Öppen|Högsta|Lägsta|Vol.|+/- %", "%Y-%m-%d"),
}


def investing(known: Known, rng: np.random.Generator) -> Export:
    """All cells quoted, newest first, volumes in millions, in the language of the site."""
    code = sorted(_INVESTING)[rng.integers(len(_INVESTING))]
    header, form = _INVESTING[code]
    language = _LANGUAGE[code]
    decimal, thousands = (".", ",") if code == "en" else (",", ".")
    laid = bars_of(known, rng, "dcohlvx", header)
    for row in laid.rows[1:]:
        volume = row[5]
        row[5] = other(getattr(volume, "value", 0.0) / 1e6, 2, "M", bare=True)
    dates = formed(form, form, language, hint="us" if code == "en" else "continent")
    return Export(
        laid,
        dates,
        Numbers(decimal, thousands),
        quote_all=True,
        encoding="utf-8-sig",
        newest_first=True,
        name="DAX Historische Daten.csv",
    )


def nasdaq(known: Known, rng: np.random.Generator) -> Export:
    """Close/Last in dollars, newest first."""
    laid = bars_of(known, rng, "dcvohl", "Date|Close/Last|Volume|Open|High|Low")
    return Export(
        laid,
        formed("%m/%d/%Y", "%m/%d/%Y", hint="us"),
        Numbers(before="$"),
        newest_first=True,
        name="HistoricalData_1717000000000.csv",
    )


def ariva(known: Known, rng: np.random.Generator) -> Export:
    """Semicolons, German marks; dates as ISO."""
    laid = bars_of(known, rng, "dohlcvw", "Datum|Erster|Hoch|Tief|Schlusskurs|Stuecke|Volumen")
    return Export(
        laid, _ISO, Numbers(",", "."), ";", newest_first=True, encoding="cp1252", name="wkn_716460_historic.csv"
    )


def onvista(known: Known, rng: np.random.Generator) -> Export:
    """Semicolons, dotted dates."""
    laid = bars_of(known, rng, "dohlcv", "Datum|Eröffnung|Hoch|Tief|Schluss|Volumen")
    return Export(laid, formed("%d.%m.%Y", "%d.%m.%Y", hint="continent"), Numbers(",", "."), ";", name="history.csv")


def euronext(known: Known, rng: np.random.Generator) -> Export:
    """Three lines above; the closing price beside the last."""
    above: Rows = [["Historical Data"], ["From 2016-01-01 to 2026-05-29"], ["FR0000120271"]]
    header = "Date|Open|High|Low|Last|Close|Number of Shares|Number of Trades|Turnover|vwap"
    rows: Rows = [
        [
            *row[:4],
            other(getattr(row[4], "value", 0.0), known.places[0]),
            row[4],
            row[5],
            "812",
            row[6],
            other(getattr(row[4], "value", 0.0) * 1.001, 4),
        ]
        for row in rows_of(known, rng, "dohlcvw")
    ]
    laid = Laid([*above, list(header.split("|")), *rows], 4, any_name=True)
    return Export(laid, formed("%d/%m/%Y", "%d/%m/%Y", hint="continent"), Numbers(), ";", newest_first=True)


def yahoo_page(known: Known, rng: np.random.Generator) -> Export:
    """The old download button of one ticker."""
    return Export(bars_of(known, rng, "dohlcav", "Date|Open|High|Low|Close|Adj Close|Volume"), _ISO, name="AAPL.csv")


def yahoo_table(known: Known, rng: np.random.Generator) -> Export:
    """The table of the page, copied."""
    header = "Date|Open|High|Low|Close|Adj Close|Volume"
    return Export(
        bars_of(known, rng, "dohlcav", header),
        formed("month name", "%b ~%d, %Y"),
        Numbers(".", ","),
        "\t",
        newest_first=True,
    )


def quandl(known: Known, rng: np.random.Generator) -> Export:
    """Raw and adjusted bars side by side."""
    raw = rows_of(known, rng, "dohlcv")
    header = (
        "Date|Open|High|Low|Close|Volume|Ex-Dividend|Split Ratio|Adj. Open|Adj. High|Adj. Low|Adj. Close|Adj. Volume"
    )
    rows: Rows = [
        [
            row[0],
            *(other(round(getattr(c, "value", 0.0) * 4, known.places[0]), known.places[0]) for c in row[1:5]),
            row[5],
            "0.0",
            "1.0",
            *row[1:],
        ]
        for row in raw
    ]
    return Export(
        Laid([list(header.split("|")), *rows], 1, any_name=True), _ISO, newest_first=True, name="WIKI-AAPL.csv"
    )


def tiingo(known: Known, rng: np.random.Generator) -> Export:
    """Lower case, midnight of Greenwich, adjusted close."""
    header = "date|close|high|low|open|volume|adjClose|divCash|splitFactor"
    rows: Rows = [[*row, "1.0"] for row in rows_of(known, rng, "dchlovaz")]
    return Export(Laid([list(header.split("|")), *rows], 1, any_name=True), UTC[1])


def alpha_vantage(known: Known, rng: np.random.Generator) -> Export:
    """Newest first, four digits."""
    return Export(
        bars_of(known, rng, "dohlcv", "timestamp|open|high|low|close|volume"),
        _ISO,
        newest_first=True,
        name="daily_IBM.csv",
    )


def exchange_india(known: Known, rng: np.random.Generator) -> Export:
    """Blanks behind the names; last, previous close and average price beside the close; groups of two digits."""
    header = "Date |series |OPEN |HIGH |LOW |PREV. CLOSE |ltp |close |vwap |52W H |52W L |VOLUME |VALUE |No of trades "
    p, rows, before = known.places[0], [], float(known.written[0, 0])
    for row in rows_of(known, rng, "dohlcvw"):
        close = float(getattr(row[4], "value", np.nan))
        more: Row = [other(close, p), row[4], other(close * 1.001, p), other(close * 1.4, p), other(close * 0.7, p)]
        rows.append([row[0], "EQ", *row[1:4], other(before, p), *more, *row[5:], "1,234"])
        before = close
    return Export(
        Laid([list(header.split("|")), *rows], 1, any_name=True),
        formed("month name", "%d-%b-%Y"),
        Numbers(".", ",", lakh=True),
        quote_all=True,
        encoding="utf-8-sig",
        newest_first=True,
        name="Quote-Equity-EQ.csv",
    )


def terminal_block(known: Known, rng: np.random.Generator) -> Export:
    """Parameters of the request above the header."""
    above: Rows = [
        ["Security", known.names[0]],
        ["Start Date", "01/01/1998"],
        ["End Date", "29/05/2026"],
        ["Period", "D"],
        ["Currency", "USD"],
        ["Pricing source", "BGN"],
        [],
    ]
    above = [above[0], *[row for row in above[1:-1] if rng.random() < 0.7], []]
    volume = rng.random() < 0.5
    header = "Date|PX_LAST|PX_VOLUME" if volume else "Date|PX_LAST"
    dates = formed("%d/%m/%Y", "%d/%m/%Y") if rng.random() < 0.5 else formed("%m/%d/%Y", "%m/%d/%Y")
    return Export(
        bars_of(known, rng, "dcv" if volume else "dc", header, above=above), dates, newest_first=rng.random() < 0.6
    )


ONE: dict[str, Callable[[Known, np.random.Generator], Export]] = {
    f.__name__.replace("_", " "): f
    for f in (
        stooq,
        investing,
        nasdaq,
        ariva,
        onvista,
        euronext,
        yahoo_page,
        yahoo_table,
        quandl,
        tiingo,
        alpha_vantage,
        exchange_india,
        terminal_block,
    )
}
