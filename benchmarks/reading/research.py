"""Files as data libraries for research give them: returns in percent with codes, several tables, words around them."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from .cells import Day, Num, Numbers, Row, Rows
from .dates import MONTHLY, formed
from .known import Known
from .layouts import Laid, cell, other
from .vendors import Export

__all__ = ["PRICES", "RETURNS"]


def french(known: Known, rng: np.random.Generator) -> Export:
    """Words above, an empty corner, padded percent, -99.99, years below, a copyright."""
    monthly = known.step == "month"
    padded = replace(known, places=(2,) * len(known.names), written=np.round(known.written, 2))
    body: Rows = [
        [Day(day), *(cell(padded, i, j) for j in range(len(known.names)))] for i, day in enumerate(known.days)
    ]
    head: Rows = [
        ["This file was created with the 202605 database."],
        ["Missing data are indicated by -99.99 or -999."],
        [],
        ["  Average Value Weighted Returns -- " + ("Monthly" if monthly else "Daily")],
        ["", *known.names],
    ]
    if rng.random() < 0.5:
        head = [*head[:2], [], head[-1]]
    rows: Rows = [*head, *body]
    traits = {"statistics library"}
    if rng.random() < 0.6:
        rows += [[], ["  Average Equal Weighted Returns"], ["", *known.names], *_shaken(body, rng)]
        traits.add("second block")
    rows += [[], ["Copyright 2026"]]
    dates = MONTHLY[0] if monthly else formed("compact", "%Y%m%d")
    return Export(
        Laid(rows, len(head), traits),
        dates,
        Numbers(missing=("-99.99", "-999")[rng.integers(2)]),
        name="25_Portfolios.CSV",
    )


def _shaken(body: Rows, rng: np.random.Generator) -> Rows:
    """Other returns of the same days."""
    shaken: Rows = []
    for row in body:
        new: Row = [row[0].at.strftime("%Y%m%d") if isinstance(row[0], Day) else ""]
        new += [Num(c.value + float(rng.normal(0, 0.2)), c.places) for c in row[1:] if isinstance(c, Num)]
        shaken.append(new)
    return shaken


def crsp(known: Known, rng: np.random.Generator) -> Export:
    """A number and a ticker per share and day; returns as decimals beside nothing else."""
    rows: Rows = []
    for j, name in enumerate(known.names):
        rows += [
            [str(10107 + j * 13), Day(day), name, cell(known, i, j), other(np.exp(rng.normal(13, 1)), 0)]
            for i, day in enumerate(known.days)
        ]
    laid = Laid(
        [["PERMNO", "date", "TICKER", "RET" if known.kind != "prices" else "PRC", "VOL"], *rows],
        1,
        {"long", "long by asset"},
        {name: (str(10107 + j * 13),) for j, name in enumerate(known.names)},
    )
    return Export(
        laid, formed("compact", "%Y%m%d") if rng.random() < 0.5 else formed("iso", "%Y-%m-%d"), name="crsp.csv"
    )


def century(known: Known, rng: np.random.Generator) -> Export:
    """Year and month as one number with a point."""
    rows: Rows = [["Date", "P"]]
    rows += [[Day(day), cell(known, i, 0)] for i, day in enumerate(known.days)]
    return Export(Laid(rows, 1, any_name=True), MONTHLY[6 if rng.random() < 0.7 else 5], name="ie_data.csv")


def fund_house(known: Known, rng: np.random.Generator) -> Export:
    """Monthly returns of a fund with signs of percent, newest first."""
    rows: Rows = [["Month", "Net return"]]
    rows += [[Day(day), replace(cell(known, i, 0), unit="%")] for i, day in enumerate(known.days)]
    dates = (formed("month and year", "%b %Y", months_only=True), formed("month name", "%d %b %Y"))[rng.integers(2)]
    return Export(
        Laid(rows, 1, {"percent signs"}, any_name=True), dates, Numbers(), newest_first=True, name="track_record.csv"
    )


def statement_of_units(known: Known, rng: np.random.Generator) -> Export:
    """Net asset values of several funds, a row each, with code, name and three prices of which one is the value."""
    rows: Rows = [["Scheme Code", "Scheme Name", "Net Asset Value", "Repurchase Price", "Sale Price", "Date"]]
    for i, day in enumerate(known.days):
        for j, name in enumerate(known.names):
            price = known.written[i, j]
            around = [other(round(price * x, known.places[j]), known.places[j]) for x in (0.99, 1.0)]
            if not np.isnan(price):
                rows.append([str(119551 + j), name, cell(known, i, j), *around, Day(pd.Timestamp(day))])
    also: dict[str, tuple[str, ...]] = {name: (str(119551 + j),) for j, name in enumerate(known.names)}
    return Export(
        Laid(rows, 1, {"long"}, also), formed("month name", "%d-%b-%Y"), separator=(";", "|", ",")[rng.integers(3)]
    )


RETURNS: dict[str, Callable[[Known, np.random.Generator], Export]] = {
    "french": french,
    "crsp returns": crsp,
    "fund house": fund_house,
}
PRICES: dict[str, Callable[[Known, np.random.Generator], Export]] = {
    "crsp prices": crsp,
    "century": century,
    "fund values": statement_of_units,
}
