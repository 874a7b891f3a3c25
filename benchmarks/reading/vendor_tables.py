"""Files of data vendors and central banks with a column per asset."""

from collections.abc import Callable

import numpy as np

from .cells import Day, Numbers, Row, Rows
from .dates import formed
from .known import Known
from .layouts import Laid, bar, cell, other
from .vendors import Export

__all__ = ["MANY"]

_ISO = formed("iso", "%Y-%m-%d")


def _many(known: Known, head: Rows, also: dict[str, tuple[str, ...]] | None = None) -> Laid:
    body: Rows = [[Day(day), *(cell(known, i, j) for j in range(len(known.names)))] for i, day in enumerate(known.days)]
    return Laid([*head, *body], len(head), also=also or {})


def terminal_many(known: Known, rng: np.random.Generator) -> Export:
    """Names in one row and the field beneath, under a block of parameters."""
    above: Rows = [["Start Date", "01/01/1998"], ["End Date", "29/05/2026"], []] if rng.random() < 0.6 else []
    head: Rows = [*above, ["", *known.names], ["Dates", *["PX_LAST"] * len(known.names)]]
    return Export(_many(known, head), formed("%d/%m/%Y", "%d/%m/%Y"), separator=("," if rng.random() < 0.5 else "\t"))


def datastream(known: Known, rng: np.random.Generator) -> Export:
    """Name, code and currency above each column."""
    codes = [f"@{j}{name[:4].upper().strip()}(P)" for j, name in enumerate(known.names)]
    units = [("U$", "E", "£")[j % 3] for j in range(len(known.names))]
    head: Rows = [["Name", *known.names], ["Code", *codes]]
    if rng.random() < 0.6:
        head.append(["CURRENCY", *(f"{unit} " for unit in units)])
    also: dict[str, tuple[str, ...]] = {
        name: (code, f"{name} {code}", f"{name} {code} {unit}")
        for name, code, unit in zip(known.names, codes, units, strict=True)
    }
    return Export(_many(known, head, also), formed("%d/%m/%Y", "%d/%m/%Y"), Numbers(missing="NA"))


def fred(known: Known, rng: np.random.Generator) -> Export:
    """A full stop for what is missing."""
    head: Rows = [[("DATE", "observation_date")[rng.integers(2)], *(name.upper() for name in known.names)]]
    return Export(_many(known, head), _ISO, Numbers(missing="."), name="fredgraph.csv")


def central_bank(known: Known, rng: np.random.Generator) -> Export:
    """A comma at the end of each line, newest first, N/A."""
    laid = _many(known, [["Date", *known.names]])
    laid.rows = [[*row, ""] for row in laid.rows]
    if rng.random() < 0.5:
        return Export(laid, _ISO, Numbers(missing="N/A"), newest_first=True, name="eurofxref-hist.csv")
    twice: Rows = [["DATE", "TIME PERIOD", *laid.rows[0][1:-1]]]
    for row in laid.rows[1:]:
        day = row[0]
        assert isinstance(day, Day)
        twice.append([day, f"{day.at:%d %b %Y}", *row[1:-1]])
    return Export(Laid(twice, 1), _ISO, quote_all=True, name="ECB Data Portal.csv")


def yahoo_long(known: Known, rng: np.random.Generator) -> Export:
    """What Yahoo's Python client gives when its tickers are stacked into rows."""
    adjusted = rng.random() < 0.5
    header: Row = ["Date", "Ticker", *["Adj Close"] * adjusted, "Close", "High", "Low", "Open", "Volume"]
    rows: Rows = [header]
    around = [bar(known, rng, j) for j in range(len(known.names))]
    raised = 1.07 if adjusted else 1.0
    for i, day in enumerate(known.days):
        for j, name in enumerate(known.names):
            places, price = known.places[j], known.written[i, j]
            close = [cell(known, i, j)] + [other(round(price * raised, places), places)] * adjusted
            drawn = around[j]
            fields = [other(round(x[i] * raised, places), places) for x in (drawn.high, drawn.low, drawn.open)]
            if not np.isnan(price):
                rows.append([Day(day), name, *close, *fields, other(drawn.volume[i], 0)])
    return Export(Laid(rows, 1, {"long", "long with bars"}), _ISO)


def index_provider(known: Known, rng: np.random.Generator) -> Export:
    """Levels with three digits and thousands, a block above, words below."""
    variant = ("Net", "Gross", "Price")[rng.integers(3)]
    above: Rows = [
        ["Index performance"],
        ["Currency:", "USD"],
        ["Variant:", variant],
        ["Frequency:", "Monthly" if known.step == "month" else "Daily"],
        [],
    ]
    laid = _many(known, [*above, ["Date", *known.names]])
    laid.rows += [[], ["Copyright. All rights reserved. Levels are for information only, see the terms of use."]]
    return Export(laid, formed("month name", "%b %d, %Y"), Numbers(".", ","), name="historyIndex.csv")


MANY: dict[str, Callable[[Known, np.random.Generator], Export]] = {
    f.__name__.replace("_", " "): f for f in (terminal_many, datastream, fred, central_bank, index_provider, yahoo_long)
}
